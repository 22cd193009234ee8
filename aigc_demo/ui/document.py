"""The HTML document of the page: Gradio's, with what runs first in its head and without what can be kept.

What is the same at every visit (the configuration, our scripts and style sheets, Gradio's style sheets)
becomes files that are named by their contents, so that a browser asks for each once. The document that is
left is small, and says in which language it is. Knows Gradio's document; knows nothing of any task.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, cached_property
from typing import Any

from aigc_demo.settings import ASSETS
from aigc_demo.types import Language
from aigc_demo.ui import bundler, gradio_files
from aigc_demo.ui.gradio_files import BUILT
from aigc_demo.ui.words import LOCALES

OURS = ASSETS / "ui"
ENTRY = "page.js"
BOOT = "boot.js"
SHEET = "studio.css"
LATE = "page.css"
"""What the bundle calls the style sheets that its modules add after Gradio's."""

_HEAD = re.compile(r"<html\b[^>]*>\s*<head>")
_CONFIG = "<script>window.gradio_config = "
_API = re.compile(r";</script>\s*<script>(window\.gradio_api_info = [^\n]*?;)</script>")
_SHEET = re.compile(r'<link rel="stylesheet" crossorigin href="\./assets/([\w-]+\.css)">')
_CARD = re.compile(r'<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*')
_MANIFEST = '<link rel="manifest" href="/manifest.json" />'
_RESIZER = re.compile(
    r"<script>\s*\(\(\) => \{\s*const root = (?:(?!</script>).)*iframeResizer.*?</script>", re.S
)


class Document:
    """Rewrites Gradio's document, and holds the files that the result names.

    Args:
        title: of the page, for whoever shows no scripts.
        scripts: the modules of each task below ``assets/ui``, in tab order; the first tab's come at once.
        kinds: Gradio's components on the page, by type.
        theme: Gradio's style sheet of the theme; known once the page has been mounted.
        values: what components hold whose words depend on the language, by their elements' ids.
        later: what scripts ask for once it is needed, in a language.
        separate: our modules as the files that they are, for whoever works on them.
        framed: whether another site frames the page and resizes the frame.
    """

    def __init__(
        self,
        title: str,
        scripts: Mapping[str, Sequence[str]],
        kinds: Iterable[str],
        theme: Callable[[], str] = str,
        values: Mapping[str, Callable[[Language], str]] | None = None,
        later: Callable[[Language], Mapping[str, Any]] = lambda _: {},
        *,
        separate: bool = False,
        framed: bool = False,
    ) -> None:
        self.title, self.separate, self.framed, self._theme = title, separate, framed, theme
        # Each once a language, under however many names somebody calls the server.
        self._values = {element: cache(told) for element, told in (values or {}).items()}
        self._later = cache(
            lambda language: self._held(f"later.{language}.json", _compact(later(language)).encode())
        )
        self.files: dict[str, bytes] = {}
        """What is named by its content, by address."""
        needed = gradio_files.first_load(sorted(set(kinds)))
        self._preloads = [name for name in needed if name.endswith(".js")]
        self.files.update({f"/assets/{name}": (BUILT / name).read_bytes() for name in self._preloads})
        self._sheets = [name for name in needed if name.endswith(".css")]
        self._bundle = bundler.bundle(OURS, ENTRY, scripts, first=list(scripts)[:1])
        if not separate:
            self.files.update({f"/assets/ui/{name}": content for name, content in self._bundle.files.items()})

    def rewritten(self, document: bytes, language: Language) -> bytes:
        """Gradio's document as ours, in a language; as it is where it is not Gradio's."""
        text = document.decode()
        if not _HEAD.search(text):
            return document
        text = _CARD.sub("", text).replace(_MANIFEST, "")
        if not self.framed:
            text = _RESIZER.sub("", text)
        text, first = self._with_config(self._with_sheets(text), language)
        html = f'<html lang="{LOCALES[language]}" data-later="{self._later(language)}">'
        opening = f"{html}<head><title>{self.title}</title>{first}{self.head}"
        return _HEAD.sub(lambda _: opening, text, count=1).encode()

    @cached_property
    def head(self) -> str:
        """What comes first: language and theme, our style sheet, and every script that will be needed.

        It runs before Gradio reads the browser's language and colour scheme, and answers for both with what
        the visitor chose (all Chinese variants read as zh-CN, which Gradio knows). Addresses are relative, so
        the app may live below a path.
        """
        boot = bundler.script((OURS / BOOT).read_text("utf-8")).decode()
        entry = ENTRY if self.separate else self._bundle.address[ENTRY]
        loads = [f"ui/{name}" for name in (_modules() if self.separate else [entry])] + self._preloads
        return (
            f"<script>{boot}</script>"
            f'<link rel="icon" href="./assets/ui/{self._kept("icon.svg")}">'
            + "".join(f'<link rel="stylesheet" href="./assets/ui/{name}">' for name in self._own_sheets())
            + "".join(f'<link rel="modulepreload" href="./assets/{name}">' for name in loads)
            + f'<script>window.studio = import("./assets/ui/{entry}");</script>'
        )

    def _kept(self, name: str) -> str:
        """A file of ours under the name of its content."""
        if self.separate:
            return name
        return self._held(name, (OURS / name).read_bytes())

    def _held(self, name: str, content: bytes) -> str:
        address = bundler.named(name, content)
        self.files[f"/assets/ui/{address}"] = content
        return address

    def _own_sheets(self) -> list[str]:
        """The style sheets that no module asks for, the one of the whole page first."""
        names = sorted(path.name for path in OURS.glob("*.css") if path.name not in self._bundle.address)
        names.sort(key=lambda name: name != SHEET)
        if self.separate:
            return names
        text = "\n".join((OURS / name).read_text("utf-8") for name in names)
        return [self._held(SHEET, text.encode())]

    def _with_config(self, text: str, language: Language) -> tuple[str, str]:
        """The configuration as a file, with the words of one language; the document keeps what changes.

        And what asks for that file before anything else.
        """
        start = text.find(_CONFIG)
        if start < 0:
            return text, ""
        config, end = json.JSONDecoder().raw_decode(text, start + len(_CONFIG))
        rest = _API.match(text, end)
        root = config.pop("root", "")
        if rest is None or (root and json.dumps(root)[1:-1] in json.dumps(config)):
            return text, ""
        changing = {"root": root, "app_id": config.pop("app_id", None)}
        words: dict[str, Any] = config.get("i18n_translations") or {}
        config["i18n_translations"] = {
            name: table for name, table in words.items() if name == LOCALES[language]
        }
        for component in config["components"]:
            if value := self._values.get(component["props"].get("elem_id")):
                component["props"]["value"] = value(language)
        name = self._held(
            f"config.{language}.js", f"window.gradio_config={_compact(config)};{rest[1]}".encode()
        )
        late = f"<script>Object.assign(window.gradio_config,{_compact(changing)})</script>"
        theme = f'<link rel="stylesheet" disabled href="{root}/theme.css?v={config.get("theme_hash")}">'
        whole = f'<script src="./assets/ui/{name}"></script>{late}{theme if self._theme() else ""}'
        first = f'<link rel="preload" as="script" href="./assets/ui/{name}">'
        return text[:start] + whole + text[rest.end() :], first

    def _with_sheets(self, text: str) -> str:
        """Gradio's style sheets as one. Its scripts find each of them named, and do not ask for it."""
        found = _SHEET.search(text)
        if found is None or not self._sheets:
            return text
        sheets = list(dict.fromkeys([found[1], *self._sheets]))
        content = gradio_files.joined(sheets) + self._theme().encode()
        name = bundler.named("gradio.css", content)
        self.files[f"/assets/{name}"] = content
        here = "".join(f'<link rel="stylesheet" disabled href="./assets/{sheet}">' for sheet in sheets)
        late = self._bundle.address.get(LATE)
        own = f'<link rel="stylesheet" href="./assets/ui/{late}">' if late and not self.separate else ""
        return text.replace(found[0], f'<link rel="stylesheet" href="./assets/{name}">{own}{here}')


def _modules() -> list[str]:
    """Our modules as they lie there, those of the tasks excepted."""
    return sorted(path.name for path in OURS.glob("*.js") if path.name != BOOT)


def _compact(value: Any) -> str:
    """JSON that may stand in a script element."""
    return (
        json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        .replace("</", "<\\/")
        .replace("<!--", "<\\!--")
    )
