"""Everything the server remembers: jobs, what they made, uploads, links and tokens.

``History`` is the door; the other modules of this package are its own. Imports types, settings, guard and
provenance only.
"""

from __future__ import annotations

from aigc_demo.history.errors import IllegalMove
from aigc_demo.history.links import MOST_CAPTION
from aigc_demo.history.media import Stored
from aigc_demo.history.records import Page
from aigc_demo.history.sharing import Ancestor, Share
from aigc_demo.history.store import History
from aigc_demo.history.tokens import Token
from aigc_demo.history.uploading import Upload

__all__ = ["MOST_CAPTION", "Ancestor", "History", "IllegalMove", "Page", "Share", "Stored", "Token", "Upload"]
