"""A painting on the page of its link: the photo lies beneath it. Knows what the task's parameters mean."""

from __future__ import annotations

from typing import Any

from aigc_demo.tasks.style.styles import EVERY
from aigc_demo.types import SharedItem


def view(item: SharedItem) -> dict[str, Any] | None:
    """The photo that was painted over; None where it is not shown, or where every style was tried at once."""
    params = item.job.params
    if params.get("style") == EVERY or len([one for one in item.job.outputs if one.kind == "image"]) != 1:
        return None
    if "content" in item.brought:
        before = item.brought["content"]
    else:
        photo = params.get("photo")
        before = f"/assets/ui/style/photos/{photo}.webp" if isinstance(photo, str) else None
    return None if before is None else {"before": before}
