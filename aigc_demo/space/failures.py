"""What the Hub refuses and what breaks on the way there, in one sentence each.

Knows the statuses of the Hub and the errors of its client. Knows nothing of what was being done.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from huggingface_hub.errors import HfHubHTTPError, HTTPError, RepositoryNotFoundError

from aigc_demo.space.plan import Plan
from aigc_demo.types import UserError

_HERS = {401: "space_token", 402: "space_payment", 403: "space_forbidden", 404: "space_unseen"}
"""What the caller can mend: another token, another plan, another name."""
_MOVED = frozenset({409, 412})  # somebody else's commit came between ours and what it stands on


@contextlib.contextmanager
def explained(plan: Plan) -> Iterator[None]:
    """Turn what the Hub's client raises inside into a UserError; bugs of ours pass as they are."""
    try:
        yield
    except UserError:
        raise
    except HfHubHTTPError as error:
        raise _refused(error, plan) from error
    except RuntimeError as error:  # raised around the failure of one file of many
        cause = error.__cause__
        if isinstance(cause, HfHubHTTPError):
            raise _refused(cause, plan) from error
        if not isinstance(cause, HTTPError | OSError):
            raise
        raise UserError("space_broken_off", "error.space_broken_off", status=502) from error
    except (HTTPError, ConnectionError, TimeoutError) as error:
        raise UserError("hub_unreachable", "error.hub_unreachable", status=502) from error
    except ValueError as error:  # the Hub's check of the card, or an answer that is none
        reason = " ".join(str(error).split())[:300]
        raise UserError("space_refused", "error.space_refused", status=502, reason=reason) from error


def _refused(error: HfHubHTTPError, plan: Plan) -> UserError:
    status = error.response.status_code
    said = " ".join((error.server_message or error.response.reason_phrase or str(status)).split())[:300]
    if isinstance(error, RepositoryNotFoundError) and status != 401:
        status = 404
    if status in _HERS:
        code = _HERS[status]
        hardware = plan.hardware or "ZeroGPU"
        return UserError(
            code, f"error.{code}", status=status, space=plan.space, reason=said, hardware=hardware
        )
    if status in _MOVED:
        return UserError("space_moved", "error.space_moved", status=503, space=plan.space)
    if status == 413:
        return UserError("space_hub_full", "error.space_hub_full", status=413, reason=said)
    if status == 429:
        wait = _seconds(error.response.headers.get("retry-after"))
        return UserError("hub_busy", "error.hub_busy", status=503, retry_after=wait, seconds=wait)
    if status >= 500:
        return UserError("hub_trouble", "error.hub_trouble", status=502, status_code=status)
    return UserError("space_refused", "error.space_refused", status=400, reason=said)


def _seconds(header: str | None) -> int:
    return int(header) if header and header.isdigit() else 60
