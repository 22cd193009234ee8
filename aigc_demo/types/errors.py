"""What can go wrong in a way that a visitor can act on, free of language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing that went wrong, free of language: a sentence of strings.json and its values.

    ``code`` is stable and for machines; ``key`` names the sentence; ``field`` the parameter at fault.
    """

    code: str
    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    field: str | None = None


class UserError(Exception):
    """A failure that a visitor can act on; everything else that is raised is a bug or a fault.

    ``status`` is the HTTP status it maps to, ``retry_after`` (seconds) accompanies 429 and 503.
    """

    def __init__(
        self,
        code: str,
        key: str,
        *,
        status: int = 400,
        field: str | None = None,
        retry_after: int | None = None,
        **values: Any,
    ) -> None:
        super().__init__(f"{code}: {key} {values}" if values else f"{code}: {key}")
        self.problem = Problem(code, key, values, field)
        self.status = status
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by value: the error crosses from the worker process to the web process."""
        return _rebuild_user_error, (self.problem, self.status, self.retry_after)


def _rebuild_user_error(problem: Problem, status: int, retry_after: int | None) -> UserError:
    return UserError(
        problem.code,
        problem.key,
        status=status,
        field=problem.field,
        retry_after=retry_after,
        **problem.values,
    )


class CancelledByVisitor(Exception):
    """Raised out of ``emit`` inside a pipeline when its job was cancelled; pipelines let it pass."""
