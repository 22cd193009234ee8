"""The routes that clients of OpenAI's interface know, over the same jobs: chats, pictures, models.

Knows the forms of that interface: what it calls things, how its streams are cut. Knows no model. Whatever
it can ask for and no model here does is refused with a sentence, never left out in silence. The caller is
whoever the bearer token belongs to, which such clients call the API key.

Source: OpenAI's API reference, "Chat completions", "Images" and "Models".
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from sse_starlette import EventSourceResponse, ServerSentEvent

from aigc_demo import i18n
from aigc_demo.api.jobs import is_newcomer
from aigc_demo.engine import gpu_tokens
from aigc_demo.guard.http import PRIVATE, language_of
from aigc_demo.guard.identity import owner_of
from aigc_demo.guard.limits import Streams
from aigc_demo.studio import Studio
from aigc_demo.types import Job, Kind, ModelSpec, Partial, Problem, UserError

PING_SECONDS = 15
MOST_PICTURES = 4
"""Pictures that one request may ask for; each is a job."""
FINISHED = {"stop": "stop", "length": "length"}


# -- what comes in ----------------------------------------------------------------------------------


class TextPart(BaseModel):
    """A piece of a message; of the kinds there are, models here read text."""

    type: str
    text: str = ""


class Message(BaseModel):
    """One turn of a conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[TextPart] | None = None

    def words(self) -> str:
        """Its text.

        Raises:
            UserError: it holds a picture or a sound.
        """
        if isinstance(self.content, list):
            if other := next((part.type for part in self.content if part.type != "text"), None):
                raise _unsupported(other)
            return "".join(part.text for part in self.content)
        return self.content or ""


class StreamOptions(BaseModel):
    """What a stream tells besides the text."""

    include_usage: bool = False


class ChatIn(BaseModel):
    """A conversation to be gone on with. Members not named here change nothing and are passed over."""

    model: str | None = Field(None, max_length=200)
    messages: list[Message] = Field(min_length=1, max_length=100)
    stream: bool = False
    stream_options: StreamOptions | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    seed: int | None = None
    n: int | None = None
    stop: Any = None
    tools: Any = None
    functions: Any = None
    logprobs: Any = None
    audio: Any = None
    response_format: dict[str, Any] | None = None


class ImagesIn(BaseModel):
    """Pictures to be painted."""

    model: str | None = Field(None, max_length=200)
    prompt: str = Field(max_length=32_000)
    n: int | None = Field(None, ge=1, le=MOST_PICTURES)
    size: str | None = Field(None, max_length=20)
    response_format: Literal["url", "b64_json"] | None = None
    seed: int | None = None


# -- what goes out ----------------------------------------------------------------------------------


class Model(BaseModel):
    """A model that can be named."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str


class Models(BaseModel):
    """All of them."""

    object: Literal["list"] = "list"
    data: list[Model]


class Usage(BaseModel):
    """Tokens read and written."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Answer(BaseModel):
    """The turn that was written."""

    role: Literal["assistant"] = "assistant"
    content: str


class Choice(BaseModel):
    """One way to go on; there is one only."""

    index: int = 0
    message: Answer
    finish_reason: str


class Completion(BaseModel):
    """A conversation's next turn."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: Usage


class Picture(BaseModel):
    """A picture as PNG in base64, or where it is: readable with the same token."""

    b64_json: str | None = None
    url: str | None = None


class Pictures(BaseModel):
    """What was painted."""

    created: int
    data: list[Picture]


def router(studio: Studio, streams: Streams) -> APIRouter:
    """These routes, bound to one studio."""
    api = APIRouter()

    async def seat(request: Request) -> AsyncIterator[None]:
        with streams.seat(owner_of(request)):
            yield

    @api.get("/v1/models", summary="Models, as OpenAI's clients list them", response_model=Models)
    def models() -> Models:
        specs = [spec for kind in ("text", "image") for spec in _offered(studio, kind)]
        return Models(data=[_model(spec) for spec in specs])

    @api.get("/v1/models/{model_id}", summary="One of them", response_model=Model)
    def model(model_id: str) -> Model:
        return _model(_chosen(studio, ("text", "image"), model_id))

    @api.post(
        "/v1/chat/completions",
        summary="Go on with a conversation, as OpenAI's clients ask for it",
        response_model=Completion,
        dependencies=[Depends(seat)],
    )
    async def chat(request: Request, body: ChatIn) -> Any:
        spec = _chosen(studio, ("text",), body.model)
        job = await asyncio.to_thread(_submit, studio, request, spec, _conversation(spec, body))
        if not body.stream:
            return _completion(await _ended(studio, request, job))
        told = body.stream_options is not None and body.stream_options.include_usage
        return EventSourceResponse(
            _chunks(studio, request, job, told), ping=PING_SECONDS, headers={"Cache-Control": PRIVATE}
        )

    @api.post(
        "/v1/images/generations",
        summary="Paint, as OpenAI's clients ask for it",
        response_model=Pictures,
        response_model_exclude_none=True,
        dependencies=[Depends(seat)],
    )
    async def images(request: Request, body: ImagesIn) -> Pictures:
        spec = _chosen(studio, ("image",), body.model)
        params = {"prompt": body.prompt, **_size(spec, body.size)}
        seeds = [None if body.seed is None else body.seed + place for place in range(body.n or 1)]
        jobs = [
            await asyncio.to_thread(
                _submit, studio, request, spec, params if seed is None else params | {"seed": seed}
            )
            for seed in seeds
        ]
        ended = [await _ended(studio, request, job) for job in jobs]
        painted = [_picture(studio, request, job, url=body.response_format == "url") for job in ended]
        return Pictures(created=int(jobs[0].created.timestamp()), data=painted)

    return api


# -- models -----------------------------------------------------------------------------------------


def _offered(studio: Studio, kind: Kind) -> list[ModelSpec]:
    """What this machine can make of a kind from words alone: of the first task that makes it."""
    task = next((task for task in studio.catalog.tasks.values() if task.produces == kind), None)
    views = studio.models(task.id) if task is not None else []
    return [view.spec for view in views if view.fits is None and "prompt" in view.spec.params.model_fields]


def _chosen(studio: Studio, kinds: tuple[Kind, ...], model_id: str | None) -> ModelSpec:
    """The model of that name, or the first one where none is named; a :class:`UserError` (404) else."""
    specs = [spec for kind in kinds for spec in _offered(studio, kind)]
    named = [spec for spec in specs if model_id in (None, spec.id)]
    if not named:
        raise UserError(
            "unknown_model", "error.unknown_model", status=404, field="model", name=str(model_id)[:80]
        )
    return named[0]


def _model(spec: ModelSpec) -> Model:
    return Model(id=spec.id, owned_by=spec.license)


# -- requests ---------------------------------------------------------------------------------------


def _conversation(spec: ModelSpec, body: ChatIn) -> dict[str, Any]:
    """The model's own parameters for a conversation.

    Raises:
        UserError: 422 where it asks for what no model here does, or for nothing.
    """
    _refuse_unsupported(body)
    turns = [(message.role, message.words()) for message in body.messages]
    told = [words for role, words in turns if role in ("system", "developer")]
    said = [(role, words) for role, words in turns if role not in ("system", "developer")]
    begun = said.pop()[1] if said and said[-1][0] == "assistant" else ""
    roles = [role for role, _ in said]
    if not said or roles != ["user", "assistant"] * (len(said) // 2) + ["user"]:
        raise UserError("bad_turns", "error.bad_turns", status=422, field="messages")
    asked = {
        "prompt": said[-1][1],
        "turns": tuple(words for _, words in said[:-1]),
        "system": "\n\n".join(told),
        "prefix": begun,
        "temperature": body.temperature,
        "top_p": body.top_p,
        "max_new_tokens": body.max_completion_tokens or body.max_tokens,
        "seed": body.seed,
        "drafts": 1,  # what was streamed stands: no other may take its place at the end
    }
    known = spec.params.model_fields
    if asked["turns"] and "turns" not in known:
        raise UserError("one_turn", "error.one_turn", status=422, field="messages", name=spec.name)
    return {name: value for name, value in asked.items() if name in known and value not in (None, "", ())}


def _refuse_unsupported(body: ChatIn) -> None:
    asked = {
        "n": body.n not in (None, 1),
        "stop": bool(body.stop),
        "tools": bool(body.tools),
        "functions": bool(body.functions),
        "logprobs": bool(body.logprobs),
        "audio": bool(body.audio),
        "response_format": (body.response_format or {}).get("type", "text") != "text",
    }
    if name := next((name for name, is_asked in asked.items() if is_asked), None):
        raise _unsupported(name)


def _unsupported(name: str) -> UserError:
    return UserError("unsupported", "error.unsupported", status=422, name=name[:40])


def _size(spec: ModelSpec, size: str | None) -> dict[str, int]:
    """Width and height for a model that takes them; the model's own where it does not."""
    if size in (None, "auto"):
        return {}
    width, _, height = str(size).partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise UserError("unsupported", "error.unsupported", status=422, name=f"size {size}")
    if not {"width", "height"} <= spec.params.model_fields.keys():
        return {}
    return {"width": int(width), "height": int(height)}


def _submit(studio: Studio, request: Request, spec: ModelSpec, params: dict[str, Any]) -> Job:
    return studio.submit(
        owner_of(request),
        spec.task,
        spec.id,
        params,
        language=language_of(request.scope),
        newcomer=is_newcomer(request),
        gpu_token=gpu_tokens.read(request.headers),
    )


# -- answers ----------------------------------------------------------------------------------------


async def _ended(studio: Studio, request: Request, job: Job) -> Job:
    """The job once it is done; one whose caller hangs up is cancelled.

    Raises:
        UserError: it failed or was cancelled, in words.
    """
    follow = asyncio.create_task(_follow(studio, job))
    leaves = asyncio.create_task(_hung_up(request))
    await asyncio.wait({follow, leaves}, return_when=asyncio.FIRST_COMPLETED)
    leaves.cancel()
    if not follow.done():
        follow.cancel()
        await asyncio.to_thread(studio.cancel, job.owner, job.id)
    ended = await asyncio.to_thread(studio.get, job.owner, job.id)
    if ended.status != "done":
        raise _failure(ended)
    return ended


async def _follow(studio: Studio, job: Job) -> None:
    async for _ in studio.watch(job.owner, job.id):
        pass


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _failure(job: Job) -> UserError:
    problem = job.problem or Problem("cancelled", "error.cancelled")
    return UserError(
        problem.code, problem.key, status=503 if job.status == "failed" else 409, **problem.values
    )


def _completion(job: Job) -> Completion:
    output = job.outputs[0]
    return Completion(
        id=job.id,
        created=int(job.created.timestamp()),
        model=job.model,
        choices=[Choice(message=Answer(content=output.text or ""), finish_reason=_reason(job))],
        usage=_usage(job),
    )


def _reason(job: Job) -> str:
    return FINISHED.get(str(job.outputs[0].meta.get("finish_reason")), "stop")


def _usage(job: Job) -> Usage:
    metadata = job.outputs[0].meta
    read, written = int(metadata.get("prompt_tokens", 0)), int(metadata.get("tokens", 0))
    return Usage(prompt_tokens=read, completion_tokens=written, total_tokens=read + written)


async def _chunks(studio: Studio, request: Request, job: Job, usage: bool) -> AsyncIterator[ServerSentEvent]:
    """The text as it comes, in pieces; whoever stops reading cancels the job."""

    def chunk(delta: dict[str, str], finish: str | None = None, **more: Any) -> ServerSentEvent:
        head = {"id": job.id, "object": "chat.completion.chunk", "model": job.model}
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        return _sent({**head, "created": int(job.created.timestamp()), "choices": choices, **more})

    said, finished = str(job.params.get("prefix", "")), False
    try:
        yield chunk({"role": "assistant", "content": said})
        async for event in studio.watch(job.owner, job.id):
            text = (event.output.text or "") if isinstance(event, Partial) else ""
            if text.startswith(said) and text != said:
                yield chunk({"content": text[len(said) :]})
                said = text
        finished = True
        ended = await asyncio.to_thread(studio.get, job.owner, job.id)
        if ended.status != "done":
            problem = _failure(ended).problem
            message = i18n.message(problem, language_of(request.scope))
            yield _sent({"error": {"code": problem.code, "message": message}})
            return
        whole = ended.outputs[0].text or ""
        yield chunk({"content": whole[len(said) :]} if whole.startswith(said) else {}, _reason(ended))
        if usage:
            yield chunk({}, choices=[], usage=_usage(ended).model_dump())
        yield ServerSentEvent(data="[DONE]")
    finally:
        if not finished:
            await asyncio.shield(asyncio.to_thread(studio.cancel, job.owner, job.id))


def _sent(value: dict[str, Any]) -> ServerSentEvent:
    return ServerSentEvent(data=json.dumps(value, ensure_ascii=False))


def _picture(studio: Studio, request: Request, job: Job, *, url: bool) -> Picture:
    name = next(output.name for output in job.outputs if output.kind == "image")
    if url:
        return Picture(url=str(request.base_url).rstrip("/") + f"/media/{job.id}/{name}")
    return Picture(
        b64_json=base64.b64encode(studio.history.file(job.owner, job.id, name).path.read_bytes()).decode()
    )
