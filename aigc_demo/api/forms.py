"""The JSON forms of the HTTP contract: what comes in, what goes out.

Knows how jobs and events look to the outside. Knows nothing of routes. Owners never appear.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from aigc_demo import i18n
from aigc_demo.catalog import Catalog
from aigc_demo.engine import gpu_tokens
from aigc_demo.guard import languages
from aigc_demo.guard.http import language_of
from aigc_demo.history import MOST_CAPTION
from aigc_demo.studio import Studio
from aigc_demo.types import (
    Cancelled,
    Event,
    Failed,
    Finished,
    Job,
    Language,
    Loading,
    Output,
    Partial,
    Paused,
    Progress,
    Queued,
    Training,
)


class JobIn(BaseModel):
    """A request. ``seed`` is a shorthand for ``params.seed``; ``parent`` the job it continues."""

    model_config = ConfigDict(extra="forbid")

    task: str
    model: str | None = None
    params: dict[str, Any] = {}
    seed: Any = None
    parent: str | None = None


class WordsIn(BaseModel):
    """A prompt in the visitor's own words."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str = Field(max_length=8_000)


class ReadIn(BaseModel):
    """A form as it stands, half written as it may be."""

    model_config = ConfigDict(extra="forbid", strict=True)

    model: str | None = Field(None, max_length=200)
    params: dict[str, Any] = {}


class ExpandIn(WordsIn):
    """A prompt that is to get more words, for a model."""

    model: str | None = Field(None, max_length=200)


class TranslateIn(WordsIn):
    """Chinese that shall become English, perhaps by a model of the caller's choice."""

    model: str | None = Field(None, max_length=200)


class ControlIn(BaseModel):
    """What a training is told: see :class:`RunControl`."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    action: Literal["pause", "continue", "finish", "adjust"]
    learning_rate: float | None = Field(None, ge=0, le=100)
    more_steps: int | None = Field(None, ge=1, le=100_000)


class GpuTokenIn(BaseModel):
    """A fresh ZeroGPU token, as the frame around the page hands it out."""

    model_config = ConfigDict(extra="forbid", strict=True)

    token: str = Field(max_length=gpu_tokens.LONGEST)


class TokenIn(BaseModel):
    """What a bearer token is for, and for how many days; None is as long as the server allows."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field("", max_length=100)
    days: int | None = Field(None, ge=1)


class SignedIn(BaseModel):
    """What a tab that signed in tells the frame that opened it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    code: str = Field(max_length=500)


class ItemPatch(BaseModel):
    """What an owner may change of an item."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: str | None = None
    starred: bool | None = None


class LinkIn(BaseModel):
    """What a link shows: the words only where ``show_prompt`` says so; for how many ``days``, None for good.

    ``caption`` is what its maker says with it.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    show_prompt: bool = False
    days: int | None = Field(None, ge=1, le=3650)
    caption: str = Field("", max_length=MOST_CAPTION)


class LinkPatch(BaseModel):
    """What is to be changed of a link; what is not named stays."""

    model_config = ConfigDict(extra="forbid", strict=True)

    show_prompt: bool = False
    days: int | None = Field(None, ge=1, le=3650)
    caption: str = Field("", max_length=MOST_CAPTION)


class Stars(BaseModel):
    """Several of the caller's items that are to get a star, or to lose it; all or none."""

    model_config = ConfigDict(extra="forbid", strict=True)

    ids: list[str] = Field(max_length=100)
    starred: bool


class Ids(BaseModel):
    """Several of the caller's items at once; all or none."""

    model_config = ConfigDict(extra="forbid", strict=True)

    ids: list[str]


class ProjectIn(BaseModel):
    """A new project and what is in it at first."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(max_length=1000)
    ids: list[str] = Field([], max_length=500)


class ProjectPatch(BaseModel):
    """What is to change of a project."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str | None = Field(None, max_length=1000)
    add: list[str] = Field([], max_length=500)
    remove: list[str] = Field([], max_length=500)


class ProjectLinkIn(BaseModel):
    """What a project's link shows, and for how many days it opens."""

    model_config = ConfigDict(extra="forbid", strict=True)

    show_prompt: bool = False
    days: int | None = Field(None, ge=1, le=3650)


class ExportIn(BaseModel):
    """Which of the caller's items; all where none are named."""

    model_config = ConfigDict(extra="forbid", strict=True)

    ids: list[str] | None = Field(None, min_length=1, max_length=5_000)


def item(job: Job, newest: Event | None, language: Language, catalog: Catalog) -> dict[str, Any]:
    """A job or history item as design section 8 of the contract describes it."""
    form: dict[str, Any] = {
        "id": job.id,
        "task": job.task,
        "model": job.model,
        "status": job.status,
        "seed": job.seed,
        "params": catalog.params_of(job),
        "language": job.language,
        "created": job.created.isoformat(),
        "title": job.title,
        "starred": job.starred,
        "parent": job.parent,
        "outputs": [
            {
                "kind": output.kind,
                "name": output.name,
                "media_type": output.media_type,
                "size": output.size,
                "url": f"/media/{job.id}/{quote(output.name)}",
                "meta": dict(output.meta),
                **({"text": output.text} if output.text is not None else {}),
            }
            for output in job.outputs
        ],
    }
    if found := languages.warnings(catalog.find(job.task, job.model, job.params), job):
        form["warnings"] = [i18n.message(problem, language).strip() for problem in found]
    if job.seconds is not None:
        form |= {"seconds": round(job.seconds, 3), "load_seconds": round(job.load_seconds or 0.0, 3)}
    if job.problem is not None:
        form["error"] = {"code": job.problem.code, "message": i18n.message(job.problem, language)}
        if instead := job.problem.values.get("instead"):
            form["error"]["instead"] = instead
        if job.reference:
            form["error"]["reference"] = job.reference
    match newest:
        case Queued(place, eta):
            form |= {"place": place, "eta_seconds": eta}
        case Progress(done, total, eta):
            form |= {"progress": {"done": done, "total": total}, "eta_seconds": eta}
        case Training(step, total):
            form |= {"progress": {"done": step, "total": total or step}}
        case Paused():
            form |= {"paused": True}
    return form


def answer(studio: Studio, request: Request, job: Job) -> dict[str, Any]:
    """The item as whoever asks is told of it: with what happens to it now, in their language."""
    return item(job, studio.newest(job.id), language_of(request.scope), studio.catalog)


def event(happened: Event) -> tuple[str, dict[str, Any]] | None:
    """Name and data of one passing event; None for a final one, whose data is the whole item."""
    match happened:
        case Queued(place, eta):
            return "queued", {"place": place, "eta_seconds": eta}
        case Loading(model, done, total):
            return "loading", {"model": model, "done_bytes": done, "total_bytes": total}
        case Progress(done, total, eta):
            return "progress", {"done": done, "total": total, "eta_seconds": eta}
        case Partial(output):
            return "partial", _preview(output)
        case Training():
            return "training", _training(happened)
        case Paused():
            return "paused", {}
        case Finished() | Failed() | Cancelled():
            return None


def _training(told: Training) -> dict[str, Any]:
    """How a training stands, with the points of its curves that the watcher does not know yet."""
    form: dict[str, Any] = {
        "step": told.step,
        "total": told.total,
        "seconds": round(told.seconds, 2),
        "learning_rate": told.learning_rate,
        "losses": _rounded(told.losses),
        "metrics": _rounded(told.metrics),
        "points": [{"step": point.step, **_rounded(point.values)} for point in told.points],
        "notes": list(told.notes),
    }
    if told.patience is not None:
        form["patience"] = list(told.patience)
    if told.samples is not None:
        form["samples"] = _preview(told.samples)
    return form


def _rounded(values: Mapping[str, float]) -> dict[str, float | None]:
    """JSON knows no infinity; six digits are enough for a curve."""
    return {name: float(f"{value:.6g}") if math.isfinite(value) else None for name, value in values.items()}


def _preview(output: Output) -> dict[str, Any]:
    """A partial result small enough to send many times: text, or a preview as a data address."""
    form: dict[str, Any] = {"kind": output.kind, "meta": dict(output.meta)}
    if output.text is not None:
        form["text"] = output.text
    elif output.data is not None:
        form["url"] = f"data:{output.media_type};base64,{base64.b64encode(output.data).decode()}"
    return form
