"""The typed answers of the HTTP contract: what a program may count on in each of them.

Knows names and types only; :mod:`forms` makes the items, the routes the rest. A member that has a default may
be missing from an answer.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from aigc_demo.types import Kind, Language, Status


class Problem(BaseModel):
    """What went wrong: ``code`` for programs, ``message`` for people, ``field`` the parameter at fault.

    ``instead`` is a model that needs no GPU, where none was lent.
    """

    code: str
    message: str
    field: str | None = None
    reference: str | None = None
    instead: str | None = None


class Refusal(BaseModel):
    """The form of every failure."""

    error: Problem


class StoredFile(BaseModel):
    """One thing that was made. ``size`` in bytes; ``text`` where it is text."""

    kind: Kind
    name: str
    media_type: str
    size: int
    url: str
    meta: dict[str, Any] = {}
    text: str | None = None


class Steps(BaseModel):
    """How far it is: tokens, denoising steps, bars."""

    done: int
    total: int


class Item(BaseModel):
    """A job or history item. Times are ISO 8601 in UTC, durations seconds."""

    id: str
    task: str
    model: str
    status: Status
    seed: int | None
    params: dict[str, Any]
    language: Language
    created: str
    title: str
    starred: bool
    parent: str | None
    outputs: list[StoredFile]
    warnings: list[str] = []
    seconds: float | None = None
    load_seconds: float | None = None
    place: int | None = None
    eta_seconds: float | None = None
    progress: Steps | None = None
    paused: bool = False
    error: Problem | None = None


class Look(BaseModel):
    """A look inside an item: ``ready`` at ``url``, or a ``job`` that is to be followed first."""

    ready: bool
    url: str
    job: Item | None = None


class RemarkTold(BaseModel):
    """A sentence by its key, with what it is filled with."""

    key: str
    values: dict[str, Any] = {}


class InsideSection(BaseModel):
    """One part of an explanation; ``kind`` says what is in ``data``."""

    kind: str
    data: dict[str, Any]
    remarks: list[RemarkTold] = []


class InsideWords(BaseModel):
    """A part of an explanation in words: sentences, and a table where there are rows."""

    title: str
    sentences: list[str] = []
    head: list[str] = []
    rows: list[list[str]] = []


class Explanation(BaseModel):
    """What was seen inside an item: ``sections`` to be drawn, ``words`` that say the same."""

    version: int
    sections: list[InsideSection]
    words: list[InsideWords] = []


class Items(BaseModel):
    """Several items."""

    items: list[Item]


class Page(Items):
    """A page of the history; ``next_cursor`` asks for the next one, null at the end."""

    next_cursor: str | None


class Deleted(BaseModel):
    """How many items were deleted."""

    deleted: int


class ProjectLink(BaseModel):
    """A link that opens a project for anyone, until ``expires`` where that is said."""

    token: str
    url: str
    expires: str | None
    show_prompt: bool


class ProjectHead(BaseModel):
    """A project of the caller's; ``count`` are the items that are in it now."""

    id: str
    name: str
    created: str
    count: int
    link: ProjectLink | None


class Project(ProjectHead):
    """A project with its items, in the order in which they were added."""

    items: list[Item]


class Projects(BaseModel):
    """Several projects."""

    items: list[ProjectHead]


class Changed(BaseModel):
    """How many items were changed."""

    changed: int


class Export(BaseModel):
    """A zip to be fetched from ``url`` for a while; ``bytes`` are those of its files, unpacked."""

    id: str
    url: str
    items: int
    bytes: int


class Imported(BaseModel):
    """How many items came in."""

    items: int


class Brought(BaseModel):
    """A file brought in; ``id`` is the value of a file parameter, ``size`` in bytes."""

    id: str
    name: str
    size: int


class Refused(BaseModel):
    """What of a settings link was not taken, by its name there, and why."""

    name: str
    message: str


class Setup(BaseModel):
    """What a settings link fills in, which fields it fixes and hides, and what of it was not taken."""

    task: str
    model: str
    values: dict[str, Any]
    locked: list[str]
    hidden: list[str]
    refused: list[Refused]


class Settings(BaseModel):
    """How a file was made, to make it again; ``model`` is null where it is not offered here.

    ``left_out`` names what another program said of its picture that no setting here means.
    """

    task: str
    model: str | None
    params: dict[str, Any]
    left_out: list[str] = []


class Layer(BaseModel):
    """One layer of a checked file. ``details`` have names such as ``signer``; ``ours`` is proved."""

    name: str
    title: str
    state: Literal["valid", "unproven", "changed", "invalid", "unreadable", "absent", "unavailable"]
    by: str
    ours: bool
    message: str
    details: dict[str, str]


class OwnItem(BaseModel):
    """The caller's own item that a checked file names; ``unchanged`` where it is one of its files."""

    id: str
    title: str
    unchanged: bool


class Verified(BaseModel):
    """What a checked file says of itself; ``type`` is empty where it is not known here."""

    verdict: Literal["proved", "changed", "marked", "said", "signed", "nothing"]
    message: str
    type: str
    size: int
    layers: list[Layer]
    item: OwnItem | None


class SharedItem(BaseModel):
    """What a link tells, to make another like it."""

    task: str
    model: str
    title: str
    params: dict[str, Any]
    language: Language


class Link(BaseModel):
    """A link that opens for anyone, until ``expires`` where that is said.

    ``opened`` counts openings by others, ``embed`` is HTML that shows the item on another page.
    """

    token: str
    url: str
    expires: str | None
    show_prompt: bool
    caption: str
    created: str
    opened: int
    embed: str


class LinkedItem(Link):
    """A link of the caller's with the item that it opens; ``ended`` where its time is over."""

    item: str
    task: str
    title: str
    ended: bool


class LinkedItems(BaseModel):
    """The caller's links, newest item first."""

    items: list[LinkedItem]
    next_cursor: str | None


class Embedding(BaseModel):
    """How to show a shared item on another page, as oEmbed 1.0 asks for it."""

    version: Literal["1.0"] = "1.0"
    type: Literal["rich"] = "rich"
    title: str
    provider_name: str
    provider_url: str
    html: str
    width: int
    height: int
    thumbnail_url: str | None = None
    thumbnail_width: int | None = None
    thumbnail_height: int | None = None
    cache_age: int


class ModelView(BaseModel):
    """A model as offered on this machine; ``problem`` says why it cannot run here."""

    id: str
    name: str
    task: str
    tier: Literal["embedded", "hub"]
    license: str
    languages: list[Language]
    memory_gb: float
    download_mb: int
    installed: bool
    about: str
    mine: bool
    family: str
    problem: str | None = None


class ModelViews(BaseModel):
    """Models in order; the first is the default."""

    items: list[ModelView]


class TaskModel(BaseModel):
    """A model of a task: ``params`` names its family of parameters, ``defaults`` are its own."""

    id: str
    name: str
    params: str
    defaults: dict[str, Any]
    languages: list[Language]
    tier: Literal["embedded", "hub"]


class Invitation(BaseModel):
    """Parameters that give a good first result, in the language they are written in."""

    language: Language
    values: dict[str, Any]


class TaskView(BaseModel):
    """A task: its models, and the JSON schema of each family of parameters that they take.

    In a schema every property has ``labels`` in both languages.
    """

    id: str
    labels: dict[Language, str]
    produces: Kind
    models: list[TaskModel]
    params: dict[str, dict[str, Any]]
    examples: list[Invitation]


class TaskViews(BaseModel):
    """Every task, in the order of the tabs."""

    items: list[TaskView]


class Parsed(BaseModel):
    """The settings that words name."""

    values: dict[str, Any]


class TermView(BaseModel):
    """One thing of a request: the visitor's ``words``, what it is called, how likely it is, what asks for it.

    It is called by ``names`` (by language), else by a sentence's ``key`` with ``values``, else as the form
    calls ``setting`` at ``value``, else by its words.
    """

    words: str = ""
    names: dict[str, str] = {}
    key: str = ""
    values: dict[str, Any] = {}
    setting: str = ""
    value: Any = None
    share: float | None = None
    sets: dict[str, Any] = {}


class StepView(BaseModel):
    """A way on: settings for the form of a task, this one where none is named."""

    key: str
    values: dict[str, Any] = {}
    sets: dict[str, Any] = {}
    task: str = ""
    model: str = ""


class RemarkView(BaseModel):
    """A sentence about a request as a whole, and ways on."""

    key: str
    values: dict[str, Any] = {}
    steps: list[StepView] = []


class ReadingView(BaseModel):
    """What is understood of a request; not ``sure``: what would be made has little to do with its words."""

    kept: list[TermView] = []
    left_out: list[TermView] = []
    unknown: list[TermView] = []
    also: list[TermView] = []
    remarks: list[RemarkView] = []
    sure: bool = True


class Expanded(BaseModel):
    """A prompt with words added, and which they are."""

    text: str
    added: list[str]


class Names(BaseModel):
    """The names that a setting may have on this server."""

    items: list[str]


class Vocabulary(BaseModel):
    """What a model has learnt to make."""

    items: list[dict[str, Any]]


class Warmed(BaseModel):
    """The model that is being loaded ahead, null where none is."""

    model: str | None


class Health(BaseModel):
    """``alive`` or ``ready``."""

    status: str


class Usage(BaseModel):
    """How much a visitor keeps, in items and bytes, and how many bytes of uploads may be kept.

    ``passing`` is whether a restart loses all of it; ``notice`` what else is to be known, in words;
    ``signed_in`` whether it belongs to an account, and so is found on other devices.
    """

    items: int
    item_bytes: int
    uploads: int
    upload_bytes: int
    upload_limit_bytes: int | None
    passing: bool
    notice: str | None
    signed_in: bool


class TokenView(BaseModel):
    """A bearer token without its text; times in UTC."""

    id: str
    name: str
    created: str
    expires: str
    last_used: str | None


class NewToken(TokenView):
    """A bearer token, the only time that its text is told."""

    token: str


class TokenViews(BaseModel):
    """Tokens that are valid, oldest first."""

    items: list[TokenView]
