"""What may be wrong with a file that somebody brings, as one sentence."""

from __future__ import annotations

from typing import Any

from aigc_demo.types import UserError


def refused(what: str, **values: Any) -> UserError:
    """The refusal ``documents.error.<what>``; whoever knows the parameter names it."""
    return UserError(f"document_{what}", f"documents.error.{what}", status=422, **values)
