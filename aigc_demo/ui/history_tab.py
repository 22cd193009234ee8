"""The tab with everything this visitor made.

Knows only where it stands in the page: searching, paging, starring, deleting and undoing go through
``/api/history`` from ``assets/ui/history.js``, what is kept is metrics by ``usage.js``; owner-checked there.
"""

from __future__ import annotations

from aigc_demo.ui.wiring import element


def draw() -> None:
    """Draw the tab inside the current Blocks context."""
    element("studio-history")
    element("studio-usage")
