"""Which of Gradio's built files a page needs for its first load.

Gradio's scripts ask for one another in five rounds, and for a style sheet each. Named in the page's head they
come in one round, the sheets as one. Reads how Vite wrote Gradio's build; where that changes, nothing is
named and the page loads as Gradio does by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from gradio.routes import STATIC_TEMPLATE_LIB

FRONTEND = Path(STATIC_TEMPLATE_LIB) / "frontend"
BUILT = FRONTEND / "assets"

_ENTRY = re.compile(r'src="\./assets/([\w-]+\.js)"')
_TABLE = re.compile(r"m\.f=\[([^\]]*)\]")
"""The files that a script's dynamic imports need, to which they point by number."""
_FILE = re.compile(r'"\./([^"]+)"')
_CORE = re.compile(r"core-[\w-]+\.js")
_BLOCKS = re.compile(r"import\(`\./Blocks-[\w-]+\.js`\)[^\[]*?__vite__mapDeps\(\[([\d,]*)\]\)")
_KIND = r"(?<!\w){kind}:\{{([^{{}}]*)\}}"
_PART = re.compile(r"(\w+):\(\)=>\w+\(\(\)=>import\(.*?__vite__mapDeps\(\[([\d,]*)\]\)")


def first_load(kinds: Iterable[str]) -> list[str]:
    """Names of scripts and style sheets for a page with these kinds of component, in the order of need."""
    entry = _ENTRY.search((FRONTEND / "index.html").read_text("utf-8"))
    if entry is None:
        return []
    found = dict.fromkeys([entry[1]])
    source, names = _table(entry[1])
    found |= dict.fromkeys(names)
    app = next((name for name in names if f"`./{name}`" in source), None)
    core = next(filter(_CORE.fullmatch, names), None)
    if app is None or core is None:
        return []
    for name in (*_blocks(app), *_components(core, kinds)):
        found[name] = None
    return [name for name in found if (BUILT / name).is_file()]


def joined(sheets: Iterable[str]) -> bytes:
    """Style sheets as one, for the folder that they lie in."""
    return b"\n".join((BUILT / name).read_bytes() for name in sheets)


def _table(script: str) -> tuple[str, list[str]]:
    source = (BUILT / script).read_text("utf-8")
    table = _TABLE.search(source)
    return source, _FILE.findall(table[1]) if table else []


def _blocks(script: str) -> Iterator[str]:
    """What the part that draws every page needs, itself included."""
    source, names = _table(script)
    if found := _BLOCKS.search(source):
        yield from _numbered(names, found[1])


def _components(script: str, kinds: Iterable[str]) -> Iterator[str]:
    source, names = _table(script)
    for kind in kinds:
        if entry := re.compile(_KIND.format(kind=kind)).search(source):
            for part, numbers in _PART.findall(entry[1]):
                if part != "example":
                    yield from _numbered(names, numbers)


def _numbered(names: list[str], numbers: str) -> Iterator[str]:
    for number in filter(None, numbers.split(",")):
        if int(number) < len(names):
            yield names[int(number)]
