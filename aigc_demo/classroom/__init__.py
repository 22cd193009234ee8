"""Class: a room that a teacher opens and pupils come into by a code, without accounts.

Knows what may be done in a room, by whom, and what each is told of it; composes the studio's verbs with the
store's rooms. A seat's jobs are the seat's, so that turns are fair by seat; nothing of a room is in anybody's
history. Knows nothing of HTTP and pages.
"""

from __future__ import annotations

from aigc_demo.classroom.room import Classroom

__all__ = ["Classroom"]
