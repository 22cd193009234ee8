"""One call of a program: a job that is waited for, and what is told of it.

Knows the studio's verbs. Knows no protocol.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from starlette.requests import Request

from aigc_demo import i18n
from aigc_demo.engine import gpu_tokens
from aigc_demo.engine.gpu_tokens import GpuToken
from aigc_demo.guard.http import language_of
from aigc_demo.guard.identity import owner_of, visitor_of
from aigc_demo.studio import Studio
from aigc_demo.types import FINAL, Event, Job, Language, Loading, Partial, Problem, Progress, Queued

LINK_LIFE = timedelta(days=1)
"""Links in an answer open for anyone for so long; the item itself stays in the caller's history."""


@dataclass(frozen=True)
class Caller:
    """Who calls: the owner of what is made, their language, whether they are new, and our address.

    ``gpu_token`` says on whose quota a GPU is borrowed, where one is.
    """

    owner: str
    language: Language
    newcomer: bool
    base_url: str
    gpu_token: GpuToken | None = None


def caller(studio: Studio, request: Request) -> Caller:
    """Who makes a request, and how the answer's links have to begin: as others find us."""
    settings = studio.settings
    ours = f"{request.url.scheme}://{request.url.netloc}"
    return Caller(
        owner=owner_of(request),
        language=language_of(request.scope),
        newcomer=visitor_of(request).known_by is None,
        gpu_token=gpu_tokens.read(request.headers),
        base_url=(settings.public_url or settings.space_url or ours).rstrip("/"),
    )


@asynccontextmanager
async def started(
    studio: Studio, caller: Caller, task: str, model: str | None, params: Mapping[str, Any]
) -> AsyncIterator[Job]:
    """A job that is cancelled where it has not ended when the caller leaves.

    Raises:
        UserError: as :meth:`Studio.submit`.
    """
    job = await asyncio.to_thread(
        studio.submit,
        caller.owner,
        task,
        model,
        dict(params),
        language=caller.language,
        newcomer=caller.newcomer,
        gpu_token=caller.gpu_token,
    )
    try:
        yield job
    except BaseException:
        await asyncio.shield(asyncio.to_thread(studio.cancel, caller.owner, job.id))
        raise


def progress(event: Event, language: Language) -> dict[str, Any] | None:
    """What happened, for a program: ``status`` and figures; None where there is nothing to tell."""
    match event:
        case Queued(place, eta):
            return {"status": "queued", "place": place, "eta_seconds": eta}
        case Loading(model, done, total):
            return {"status": "loading", "model": model, "done_bytes": done, "total_bytes": total}
        case Progress(done, total, eta):
            return {"status": "running", "done": done, "total": total, "eta_seconds": eta}
        case Partial(output) if output.text is not None:
            return {"status": "running", "text": output.text}
    return None


def told(studio: Studio, caller: Caller, job: Job) -> dict[str, Any]:
    """A job as a program is told of it: its id, what was made as text and links, or why it failed."""
    form: dict[str, Any] = {"id": job.id, "status": job.status, "task": job.task, "model": job.model}
    form |= {"seed": job.seed, "title": job.title}
    if job.status not in FINAL:
        return form
    if job.status != "done":
        problem = job.problem or Problem("cancelled", "error.cancelled")
        return form | {"error": i18n.message(problem, caller.language)}
    form["text"] = next((output.text for output in job.outputs if output.text is not None), None)
    expires = datetime.now(UTC) + LINK_LIFE
    link = studio.history.links.make(caller.owner, job.id, show_prompt=False, expires=expires)
    page = f"{caller.base_url}/r/{link.token}"
    files = [
        {"kind": output.kind, "media_type": output.media_type, "url": f"{page}/media/{quote(output.name)}"}
        for output in job.outputs
    ]
    return form | {"page": page, "files": files, "link_ends": expires.isoformat(timespec="seconds")}
