"""A picture made from another on the page of its link: the earlier one lies beneath. Knows outputs' roles."""

from __future__ import annotations

from typing import Any

from aigc_demo.types import SharedItem


def view(item: SharedItem) -> dict[str, Any] | None:
    """The picture that stood there before; None where there was none, or where there are several results."""
    pictures = [one for one in item.job.outputs if one.kind == "image"]
    before = next((one for one in pictures if one.meta.get("role") == "before"), None)
    results = [one for one in pictures if one.meta.get("role") not in ("before", "control")]
    if before is None or len(results) != 1:
        return None
    return {"before": item.address(before)}
