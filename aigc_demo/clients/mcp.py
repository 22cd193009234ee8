"""Tools for agents, by the Model Context Protocol: write, paint, restyle, compose, upscale, check files.

Knows what an agent is told of each tool and how its calls become jobs. An answer is text and links, never the
file itself; what takes longer than an agent waits comes with the id of its job, which ``look`` takes.

Source: Model Context Protocol, revision 2025-06-18, "Streamable HTTP" and "Tools".
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from mcp.server.fastmcp import Context, FastMCP
from mcp.server.fastmcp.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import Field
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from aigc_demo import i18n
from aigc_demo.api.verify import told
from aigc_demo.clients import calls
from aigc_demo.clients.calls import Caller
from aigc_demo.studio import Studio
from aigc_demo.types import FINAL, Loading, Progress, Queued, UserError

PATH = "/gradio_api/mcp"
"""Where agents look for the tools of a Gradio app."""
PATIENCE = 50.0
"""Seconds until a call answers with the job as it is by then: many agents give up after a minute."""
LEFT = "aigc.left"
"""Where the scope of a request holds the event that its caller has hung up."""
POET, UPSCALER = "shigpt", "upscale-fast"
"""Models that a tool of its own stands for."""
INSTRUCTIONS = (
    "Text, poems, pictures, restyled photos and tunes, made by models on this server. Every result has a "
    "page and files as links that open for a day. Where status is not done yet, call look with the id later."
)

Call = Context[Any, Any, Any]
Prompt = Annotated[str, Field(description="What it shall be, in English or Chinese.")]
Seed = Annotated[
    int | None, Field(description="The same seed gives the same result; leave out for a new one.")
]
Source = Annotated[
    str,
    Field(
        description="A file: a link that another tool gave, `<job id>/<file name>` of an own result, "
        "or the file itself in base64."
    ),
]


def server(studio: Studio) -> FastMCP:
    """The tools of one studio."""
    tools = FastMCP(
        "AIGC Studio",
        instructions=INSTRUCTIONS,
        stateless_http=True,
        # Host and Origin are checked at our own gate.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    _add_makers(tools, studio)
    _add_readers(tools, studio)
    return tools


class Endpoint:
    """Where the tools are served, as an ASGI application.

    Tells a tool, through :data:`LEFT`, that whoever called it has hung up.
    """

    def __init__(self, tools: FastMCP) -> None:
        tools.streamable_http_app()  # makes the session manager
        self.sessions = tools.session_manager

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, looking out for its end."""
        left = asyncio.Event()

        async def noted() -> Message:
            message = await receive()
            if message["type"] == "http.disconnect":
                left.set()
            return message

        await self.sessions.handle_request({**scope, LEFT: left}, noted, send)


def _add_makers(tools: FastMCP, studio: Studio) -> None:
    @tools.tool()
    async def write_text(
        ctx: Call,
        prompt: Prompt,
        model: str | None = None,
        max_new_tokens: Annotated[int, Field(ge=1, le=2048, description="Tokens at most.")] = 256,
        seed: Seed = None,
    ) -> dict[str, Any]:
        """Write a text with a small chat model. It follows short requests in English; it is weak at facts."""
        return await _made(
            ctx, studio, "text", model, prompt=prompt, max_new_tokens=max_new_tokens, seed=seed
        )

    @tools.tool()
    async def write_poem(ctx: Call, subject: Prompt, seed: Seed = None) -> dict[str, Any]:
        """Write a classical Chinese poem in strict form (rhyme, tones) about a subject given in Chinese."""
        return await _made(ctx, studio, "text", POET, prompt=subject, seed=seed)

    @tools.tool()
    async def paint(ctx: Call, prompt: Prompt, model: str | None = None, seed: Seed = None) -> dict[str, Any]:
        """Paint a picture from words. The small model draws single things, animals and signs as emoji."""
        return await _made(ctx, studio, "image", model, prompt=prompt, seed=seed)

    @tools.tool()
    async def restyle(
        ctx: Call,
        picture: Source,
        style: Annotated[
            str, Field(description="A style's name such as great_wave, or a blend: ember:2, frost:1.")
        ] = "great_wave",
        strength: Annotated[float, Field(ge=0, le=1)] = 1.0,
    ) -> dict[str, Any]:
        """Paint a photo anew in a style of painting."""
        content = await _brought(ctx, studio, picture, "style", "content")
        return await _made(ctx, studio, "style", None, content=content, style=style, strength=strength)

    @tools.tool()
    async def compose(ctx: Call, prompt: Prompt, seed: Seed = None) -> dict[str, Any]:
        """Compose a short tune; words such as "a slow air in D minor" set key, metre, tempo and players."""
        wished = await asyncio.to_thread(studio.parse, "music", prompt)
        return await _made(ctx, studio, "music", None, **{**wished, "prompt": prompt, "seed": seed})

    @tools.tool()
    async def upscale(
        ctx: Call, picture: Source, scale: Annotated[int, Field(ge=1, le=4)] = 4
    ) -> dict[str, Any]:
        """Enlarge a picture two to four times, with sharp edges."""
        image = await _brought(ctx, studio, picture, "image", "image")
        return await _made(ctx, studio, "image", UPSCALER, image=image, scale=scale)


def _add_readers(tools: FastMCP, studio: Studio) -> None:
    @tools.tool()
    async def look(ctx: Call, id: str) -> dict[str, Any]:
        """How a job of yours is doing, and what was made once it is done."""
        caller = _caller(studio, ctx)
        try:
            job = await asyncio.to_thread(studio.get, caller.owner, id)
            return await asyncio.to_thread(calls.told, studio, caller, job)
        except UserError as error:
            raise _sentence(error, caller) from None

    @tools.tool()
    async def read_back(ctx: Call, file: Source) -> dict[str, Any]:
        """How a file that was made here was made: task, model and settings, out of the file itself."""
        caller = _caller(studio, ctx)
        try:
            data = await asyncio.to_thread(_bytes, studio, caller, file)
            return await asyncio.to_thread(studio.inspect, caller.owner, data)
        except UserError as error:
            raise _sentence(error, caller) from None

    @tools.tool()
    async def verify(ctx: Call, file: Source = "", text: str = "", manifest: Source = "") -> dict[str, Any]:
        """Which labels and signatures (C2PA, GB 45438) a file or text carries, whose, whether they hold.

        manifest is one that stands beside the file (.c2pa).
        """
        caller = _caller(studio, ctx)
        try:
            data, beside = [
                await asyncio.to_thread(_bytes, studio, caller, source) if source else b""
                for source in (file, manifest)
            ]
            data = data if file else text.encode("utf-8", "replace")
            found = await asyncio.to_thread(studio.verify, caller.owner, data, "", beside)
        except UserError as error:
            raise _sentence(error, caller) from None
        return told(found, caller.language)


# -- calls ------------------------------------------------------------------------------------------


async def _made(ctx: Call, studio: Studio, task: str, model: str | None, **params: Any) -> dict[str, Any]:
    """The answer of a job: what was made, or how far it is after :data:`PATIENCE` seconds.

    Raises:
        ToolError: it was refused or failed, in a sentence.
    """
    caller = _caller(studio, ctx)
    given = {name: value for name, value in params.items() if value is not None}
    try:
        async with calls.started(studio, caller, task, model, given) as job:
            follow = asyncio.create_task(_follow(ctx, studio, caller, job.id))
            leaves = asyncio.create_task(_request(ctx).scope[LEFT].wait())
            await asyncio.wait({follow, leaves}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
            left = leaves.done() and not follow.done()
            for waiting in (follow, leaves):
                waiting.cancel()
            if left:
                await asyncio.to_thread(studio.cancel, caller.owner, job.id)
        ended = await asyncio.to_thread(studio.get, caller.owner, job.id)
        result = await asyncio.to_thread(calls.told, studio, caller, ended)
    except UserError as error:
        raise _sentence(error, caller) from None
    if ended.status in FINAL and ended.status != "done":
        raise ToolError(result["error"])
    return result


async def _follow(ctx: Call, studio: Studio, caller: Caller, job_id: str) -> None:
    """Tell an agent that asked for it how far the job is."""
    async for event in studio.watch(caller.owner, job_id):
        match event:
            case Queued(place, _):
                await ctx.report_progress(0, None, f"waiting, {place} before this")
            case Loading(model, done, total):
                await ctx.report_progress(done, total, f"loading {model}")
            case Progress(done, total, _):
                await ctx.report_progress(done, total, "running")


def _request(ctx: Call) -> Request:
    request = ctx.request_context.request
    if not isinstance(request, Request):
        raise RuntimeError("A tool was called other than over HTTP.")
    return request


def _caller(studio: Studio, ctx: Call) -> Caller:
    return calls.caller(studio, _request(ctx))


def _sentence(error: UserError, caller: Caller) -> ToolError:
    return ToolError(i18n.message(error.problem, caller.language))


# -- files ------------------------------------------------------------------------------------------


async def _brought(ctx: Call, studio: Studio, source: str, task: str, field: str) -> str:
    """A reference that a file-valued parameter takes.

    Raises:
        ToolError: there is no such file, or it is not of a kind that is taken.
    """
    caller = _caller(studio, ctx)
    try:
        data = await asyncio.to_thread(_bytes, studio, caller, source)
        return await asyncio.to_thread(studio.upload, caller.owner, "picture", data, task, field)
    except UserError as error:
        raise _sentence(error, caller) from None


def _bytes(studio: Studio, caller: Caller, source: str) -> bytes:
    """The file that an agent means; no address but our own is ever asked.

    Raises:
        UserError: 404 nothing there, or not the caller's; 422 no file can be meant.
    """
    parts = urlsplit(source)
    if parts.scheme in ("http", "https"):
        return _linked(studio, caller, parts.path)
    if "/" in source and len(source) < 400 and source.count("/") == 1:
        try:
            return studio.inputs.path(caller.owner, source).read_bytes()
        except UserError:
            pass  # base64 has slashes too
    try:
        return base64.b64decode(source.partition("base64,")[2] or source, validate=True)
    except (binascii.Error, ValueError):
        raise UserError("not_found", "error.not_found", status=404) from None


def _linked(studio: Studio, caller: Caller, path: str) -> bytes:
    """The file behind a link of ours, or the first that its page shows; whole where the caller owns it."""
    links = studio.history.links
    match path.strip("/").split("/"):
        case ["r", token, "media", quoted]:
            name = unquote(quoted)
            job, _ = links.by_token(token)
        case ["r", token]:
            job, _ = links.by_token(token)
            name = job.outputs[0].name
        case _:
            raise UserError("not_found", "error.not_found", status=404)
    try:
        return studio.inputs.path(caller.owner, f"{job.id}/{name}").read_bytes()
    except UserError:
        return links.file(token, name)
