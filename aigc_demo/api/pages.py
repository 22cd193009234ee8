"""What the page of a link, the frame and the preview of it show: one value for all three, and their HTML.

Knows templates, addresses and kinds of files. How a task's own items are shown is declared by the task; where
none of its parts fits, the table of kinds here says. Knows nothing of routes, owners or what may be shown.
"""

from __future__ import annotations

import hashlib
import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader

import aigc_demo.tasks
from aigc_demo import i18n
from aigc_demo.api import kinds, request_line
from aigc_demo.catalog import Catalog, resolve
from aigc_demo.explain.words import Words
from aigc_demo.history import Ancestor, Share
from aigc_demo.pictures import card as cards
from aigc_demo.types import (
    Job,
    Kind,
    Language,
    SharedItem,
    SharedPart,
    Task,
    says_something,
    words_first,
)

if TYPE_CHECKING:
    from PIL.Image import Image

NAME = "AIGC Studio"
WIDTH = 640
"""Of a frame, pixels, unless a smaller one is asked for."""
_FOOT = 52
"""Height of what stands below the result in a frame."""
_SHORTEST, _LONGEST = 240, 900
_HEIGHTS: Mapping[Kind, int] = {"text": 400, "image": WIDTH, "audio": 160, "video": 420, "file": 160}
_LONGEST_DESCRIPTION = 200
_templates = Environment(
    loader=FileSystemLoader([Path(__file__).parent / "templates", *aigc_demo.tasks.__path__]),
    autoescape=True,
    trim_blocks=True,
)


@dataclass(frozen=True)
class Download:
    """A file to take away: where it lies, what it is called on the reader's disk, what its type is called."""

    address: str
    name: str
    label: str


@dataclass(frozen=True)
class SharedPage:
    """One shared item as one reader sees it.

    ``base`` is the address of this server without a slash at its end; ``brought`` as in :class:`SharedItem`;
    ``inside`` what was seen inside it, in words.
    """

    base: str
    share: Share
    job: Job
    language: Language
    catalog: Catalog
    brought: Mapping[str, str | None]
    ancestors: tuple[Ancestor, ...] = ()
    inside: Sequence[Words] = ()

    # -- addresses --------------------------------------------------------------------------------

    @property
    def token(self) -> str:
        """What the link is known by."""
        return self.share.token

    @property
    def url(self) -> str:
        """The page's own address."""
        return f"{self.base}/r/{self.token}"

    @property
    def card_url(self) -> str:
        """The picture for previews; another one where the item is called otherwise."""
        return f"{self.url}/card.jpg?v={self.card_version}"

    @property
    def card_version(self) -> str:
        """What the picture for previews depends on, besides the files."""
        told = f"1 {self.share.show_prompt} {self.job.title}"
        return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:10]

    @property
    def oembed_url(self) -> str:
        """Where another site learns how to show the item."""
        return f"{self.base}/api/oembed?{urlencode({'url': self.url, 'format': 'json'})}"

    # -- words ------------------------------------------------------------------------------------

    @cached_property
    def title(self) -> str:
        """What the item is called: by its own title, else by what it is."""
        kind = "" if says_something(self.job.title) else self.view.get("kind", "")
        return kind or self.item.title

    @property
    def caption(self) -> str:
        """What its owner says with it; empty where there is nothing to be seen."""
        return self.share.caption if says_something(self.share.caption) else ""

    @cached_property
    def about(self) -> list[str]:
        """Kind, model, day and seed."""
        spec = self.catalog.find(self.job.task, self.job.model, self.job.params)
        kind = kind_of(self.job.task, self.language)
        told = [*([kind] if kind != self.title else []), spec.name if spec else self.job.model]
        told.append(self.job.created.strftime("%Y-%m-%d"))
        if self.job.seed is not None:
            told.append(f"{i18n.t('share.seed', self.language)} {self.job.seed}")
        return told

    @cached_property
    def account(self) -> list[str]:
        """What became of the request's words."""
        return request_line.lines(self.job, self.language)

    @cached_property
    def description(self) -> str:
        """The caption, else the beginning of a text, else that an AI made it."""
        text = next((one.text for one in self.job.outputs if one.kind == "text" and one.text), "")
        said = " ".join((self.caption or text).split())
        if len(said) > _LONGEST_DESCRIPTION:
            said = said[: _LONGEST_DESCRIPTION - 1].rstrip() + "…"
        return said or i18n.t("share.made_by_ai", self.language)

    @cached_property
    def words(self) -> dict[str, str]:
        """The words of the request by what they are called; a title is above them already."""
        spec = self.catalog.find(self.job.task, self.job.model, self.job.params)
        controls = spec.params.controls() if spec is not None else {}
        found: dict[str, str] = {}
        for name in words_first(controls):
            text, control = self.job.params.get(name), controls[name]
            is_prompt = control.widget == "prompt"
            above = isinstance(text, str) and " ".join(text.split()) == self.title
            if (
                isinstance(text, str)
                and says_something(text)
                and not above
                and (is_prompt or not control.names)
            ):
                named = i18n.label(self.job.task, name, self.language)
                found[i18n.t("share.prompt", self.language) if is_prompt else named] = text
        return found

    @cached_property
    def strings(self) -> dict[str, str]:
        """The words that the part's scripts say."""
        table = i18n.tables()[self.language]
        wanted = (*self.part.words, *(("inside.", "ui.output.") if self.inside else ()))
        return {key: text for key, text in table.items() if wanted and key.startswith(wanted)}

    @cached_property
    def lineage(self) -> list[dict[str, str]]:
        """What it was made from, nearest first: a kind, and title and address where that has a link."""
        return [
            {
                "kind": kind_of(one.task, self.language),
                "title": one.title if says_something(one.title) else kind_of(one.task, self.language),
                "address": f"/r/{one.token}" if one.token else "",
            }
            for one in self.ancestors
        ]

    # -- what is shown ----------------------------------------------------------------------------

    @cached_property
    def item(self) -> SharedItem:
        """The item, for whoever draws it."""
        own = self.job.title
        title = own if says_something(own) else kind_of(self.job.task, self.language)
        return SharedItem(self.job, title, self.language, f"/r/{self.token}/media/", self.brought)

    @cached_property
    def _drawn(self) -> tuple[SharedPart, dict[str, Any]]:
        task = self.catalog.tasks.get(self.job.task)
        for part in task.shared if task else ():
            view = resolve(part.view)(self.item)
            if view is not None:
                return part, self._completed(view)
        kind = self._kind(task)
        return SharedPart("", f"kind-{kind}.html", height=_HEIGHTS[kind]), kinds.VIEWS[kind](self.item)

    def _completed(self, view: dict[str, Any]) -> dict[str, Any]:
        """Where a part tells what was there before, with the picture that came of it."""
        pictures = (one for one in self.job.outputs if one.kind == "image" and kinds.is_result(one))
        picture = next(pictures, None)
        if "before" not in view or picture is None:
            return view
        width, height = kinds.size(picture)
        return view | {"after": self.item.address(picture), "width": width, "height": height}

    def _kind(self, task: Task | None) -> Kind:
        found = [one.kind for one in self.job.outputs if kinds.is_result(one)]
        if task is not None and task.produces in found and task.produces in kinds.VIEWS:
            return task.produces
        return next((kind for kind in found if kind in kinds.VIEWS and kind != "file"), "file")

    @property
    def is_model(self) -> bool:
        """Whether it is a trained model, which whoever opens the link may use and train further."""
        return any(one.kind == "model" for one in self.job.outputs)

    @property
    def part(self) -> SharedPart:
        """How the item is shown."""
        return self._drawn[0]

    @property
    def view(self) -> dict[str, Any]:
        """What its template is filled with."""
        return self._drawn[1]

    @cached_property
    def downloads(self) -> list[Download]:
        """Files that people take away, by plain names; of several of one type each has its number."""
        wanted = kinds.taken_away(self.job)
        labels = [kinds.label(one) for one in wanted]
        found = []
        for place, (one, label) in enumerate(zip(wanted, labels, strict=True)):
            number = f" {labels[: place + 1].count(label)}" if labels.count(label) > 1 else ""
            ending = one.name.rpartition(".")[2]
            name = f"{file_name(self.title)}{number}.{ending}"
            found.append(Download(f"{self.item.address(one)}?download=true", name, label + number))
        return found

    @cached_property
    def media(self) -> list[tuple[str, str, str]]:
        """Sound and film for previews that play: property, address and type."""
        found: dict[str, tuple[str, str, str]] = {}
        for one in kinds.playable(self.job):
            kind = one.media_type.partition("/")[0]
            found[kind] = (kind, self.item.address(one), one.media_type)
        return list(found.values())

    @property
    def sound(self) -> str:
        """Where the item can be heard; empty where it makes no sound."""
        heard = kinds.playable(self.job)
        return self.item.address(heard[-1]) if heard and heard[-1].media_type.startswith("audio/") else ""

    def html(self, template: str) -> str:
        """The page, or the frame."""
        assets = {"styles": self.part.styles, "scripts": self.part.scripts, "strings": self.strings}
        return render(template, self.language, page=self, item=self.item, view=self.view, **assets)

    # -- elsewhere --------------------------------------------------------------------------------

    card_size = cards.SIZE

    def card(self, read: Callable[[str], bytes]) -> Image:
        """The picture for previews, from files that are read by name."""
        if self.part.card is not None:
            drawn: Image | None = resolve(self.part.card)(self.item, read)
            if drawn is not None:
                return drawn
        return kinds.card(self.item, read)

    def frame(self, max_width: int | None = None, max_height: int | None = None) -> tuple[int, int]:
        """Width and height of a frame that shows the item, within limits."""
        width = max(120, min(WIDTH, max_width or WIDTH))
        height = self.part.height
        if {"width", "height"} <= self.view.keys() and self.view["width"]:
            height = round(width * self.view["height"] / self.view["width"])
        height = max(_SHORTEST, min(_LONGEST, height)) + _FOOT
        return width, min(height, max_height) if max_height else height

    def embed_code(self, max_width: int | None = None, max_height: int | None = None) -> str:
        """HTML that shows the item on another page."""
        width, height = self.frame(max_width, max_height)
        return (
            f'<iframe src="{html.escape(self.url)}/embed" width="{width}" height="{height}" '
            f'title="{html.escape(self.title)}" loading="lazy" style="border:0;max-width:100%" '
            'allow="fullscreen" referrerpolicy="no-referrer"></iframe>'
        )


def render(template: str, language: Language, **values: Any) -> str:
    """A template in one language."""
    words = {"lang": language, "t": lambda key, **filled: i18n.t(key, language, **filled)}
    return _templates.get_template(template).render(words | values)


def kind_of(task: str, language: Language) -> str:
    """What a thing of this task is called where its owner keeps its words."""
    key = f"task.{task}"
    return i18n.t(key, language) if i18n.has(key) else NAME


def file_name(title: str) -> str:
    """A title as the name of a file on any disk."""
    plain = "".join(char if char.isalnum() or char in " ._-" else " " for char in title)
    return "-".join(plain.split()).strip(".-")[:60] or "aigc-studio"
