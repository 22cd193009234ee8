"""What a class may be asked, kind by kind: which contents are good, and which answers.

Knows values. Knows nothing of rooms, stores or pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aigc_demo.history import rows
from aigc_demo.types import UserError

MOST_TITLE, MOST_NOTES = 200, 2_000


def words(content: Mapping[str, Any], name: str, most: int = MOST_TITLE) -> str:
    """One line of words of a content; 422 where they are too many."""
    said = content.get(name, "")
    if not isinstance(said, str) or len(said) > most:
        raise UserError("bad_round", "error.class_words_too_long", status=422, field=name, limit=most)
    return rows.one_line(rows.storable(said))
