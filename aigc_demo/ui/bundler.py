"""Joins the page's modules into few files, each named by what it holds.

Knows the part of JavaScript's module syntax that our modules keep to, and refuses the rest by name: a bundle
behaves as its modules do, or there is none. Modules run in the order that the language gives them, each in a
scope of its own. Knows nothing of tasks, routes or the page's head.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import rjsmin  # type: ignore[import-untyped]

VENDOR = "vendor/"
"""Below it lie other people's files, which are sent as they are."""

_IMPORT = re.compile(r'^import (?:\{([^}]*)\}|\* as (\w+)) from "(\.[^"]+)";$|^import "(\.[^"]+)";$', re.M)
_REEXPORT = re.compile(r'^export \{([^}]*)\} from "(\.[^"]+)";$', re.M)
_EXPORTED = re.compile(r"^export ((?:async )?function\*?|class|const) (\w+)", re.M)
_LISTED = re.compile(r"^export \{([^}]*)\};$", re.M)
_LEFT = re.compile(r"^(?:import|export)\b.*", re.M)
_SHEET = re.compile(r'new URL\(\s*"(\.[^"]+\.css)",\s*import\.meta\.url\s*\)')
_LAZY = re.compile(r'\bimport\(\s*"(\.[^"]+)"\s*\)')
_CALL = re.compile(r"\bimport\(")
_COMMENT = re.compile(r"^\s*(?://|/?\*).*$", re.M)
_TAKEN = re.compile(r'\$m\["([^"]+)"\]\.(\w+)')
_BOUND = re.compile(r'^const \{ (.*) \} = \$m\["([^"]+)"\];$', re.M)
_OURS = re.compile(r"(?<![\w$])\$(?:m|url|load)\b")

_RUNTIME = """\
const $m = {}, $at = {PARTS}, $asked = {};
const $url = (path) => new URL(path, import.meta.url).href;
const $load = (url) => {
  const path = url.startsWith($url("./")) ? url.slice($url("./").length) : url;
  if ($m[path]) return Promise.resolve($m[path]);
  const file = $at[path] ?? url;
  $asked[file] ??= import($url(file)).then((part) => (part.$define?.($m, $url, $load), part));
  $asked[file].catch(() => delete $asked[file]);
  return $asked[file].then((part) => $m[path] ?? part);
};
"""
"""``$m``: what each module exports. ``$url``: where a module would lie. ``$load``: ``import()`` of one."""


class BundleError(ValueError):
    """A module uses syntax that the bundler does not know, or asks for what is not there."""


@dataclass(frozen=True)
class Bundle:
    """Files to serve beside the modules, and under which name each module or style sheet is sent.

    ``files`` has names below the modules' folder with a hash in them; ``address`` leads there from a path.
    """

    files: Mapping[str, bytes]
    address: Mapping[str, str]


@dataclass(frozen=True)
class _Module:
    path: str
    source: str
    imports: tuple[str, ...]
    lazy: tuple[str, ...]
    exports: Mapping[str, str] = field(default_factory=dict)
    """How each exported name is spelt within."""


def bundle(root: Path, entry: str, groups: Mapping[str, Sequence[str]], first: Iterable[str] = ()) -> Bundle:
    """One file for ``entry`` with all it needs, and one for each group of modules that are loaded later.

    Args:
        root: the folder of the modules; paths are relative to it.
        entry: the module that the page imports.
        groups: entrances that the entry imports by path when they are needed, by the name of the group.
        first: groups that go into the entry's file, because every first load needs them.

    What two groups need goes into the entry's file as well. A literal ``import("./x.js")`` makes a group too.
    The style sheets that modules of the entry's file ask for become one, of the entry's name.

    Raises:
        BundleError: a module is not there, does not export what another asks for, or goes beyond the syntax.
    """
    modules = _read(root, [entry, *(path for paths in groups.values() for path in paths)])
    lazy = sorted({path for module in modules.values() for path in module.lazy})
    later = {name: list(paths) for name, paths in groups.items()}
    later |= {path.removesuffix(".js"): [path] for path in lazy if not path.startswith(VENDOR)}
    main = _closure(modules, [entry, *(path for name in first for path in later.pop(name, []))])
    parts = {name: [p for p in _closure(modules, paths) if p not in main] for name, paths in later.items()}
    shared = [path for path in modules if sum(path in part for part in parts.values()) > 1]
    main = _closure(modules, [*main, *shared])

    out = _Writer(root, modules)
    out.join_sheets(f"{entry.removesuffix('.js')}.css", main)
    for path in lazy:
        if path.startswith(VENDOR):
            out.keep(path, (root / path).read_bytes())
    for name, paths in later.items():
        if rest := [path for path in parts[name] if path not in main]:
            file = out.script(
                name, f"export const $define = ($m, $url, $load) => {{\n{out.scopes(rest)}}};\n"
            )
            out.address.update({path: file for path in paths if path not in main})
    where = {path: file for path, file in out.address.items() if path.endswith(".js")}
    names = ", ".join(modules[entry].exports)
    text = _RUNTIME.replace("{PARTS}", json.dumps(where)) + out.scopes(main)
    end = f"export const {{{names}}} = $m[{json.dumps(entry)}];\n"
    out.address[entry] = out.script(entry.removesuffix(".js"), text + end)
    return Bundle(out.files, out.address)


def named(name: str, content: bytes) -> str:
    """``a/b.js`` as ``a/b.<hash of the content>.js``."""
    stem, dot, ending = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}{dot}{ending}"


def script(source: str) -> bytes:
    """A script without what only its readers need: comments and white space. Names stay."""
    return str(rjsmin.jsmin(source)).encode()


class _Writer:
    """Collects files under the names of their contents."""

    def __init__(self, root: Path, modules: Mapping[str, _Module]) -> None:
        self.root, self.modules = root, modules
        self.files: dict[str, bytes] = {}
        self.address: dict[str, str] = {}

    def keep(self, path: str, content: bytes) -> str:
        """A file, and how it is called from now on."""
        self.address[path] = file = named(path, content)
        self.files[file] = content
        return file

    def script(self, name: str, source: str) -> str:
        """A file of joined modules; modules below folders are joined in a file above them."""
        content = script(source)
        file = named(f"{name.replace('/', '-')}.js", content)
        self.files[file] = content
        return file

    def join_sheets(self, name: str, paths: Iterable[str]) -> None:
        """The style sheets of these modules as one file, in their order."""
        asked = [
            _from(path, found[1]) for path in paths for found in _SHEET.finditer(self.modules[path].source)
        ]
        texts = [(self.root / sheet).read_text("utf-8") for sheet in asked]
        if any("url(" in text for text in texts):
            raise BundleError(f"{', '.join(asked)}: a style sheet that is joined may not name files.")
        if texts:
            file = self.keep(name, "\n".join(texts).encode())
            self.address.update(dict.fromkeys(asked, file))

    def scopes(self, paths: Iterable[str]) -> str:
        """The modules one after another, each as a function that runs at once and returns its exports."""
        return "".join(self._scope(self.modules[path]) for path in paths)

    def _scope(self, module: _Module) -> str:
        text = _SHEET.sub(lambda found: self._sheet(module, found[1]), module.source)
        text = _LAZY.sub(lambda found: f"$load($url({json.dumps(_from(module.path, found[1]))}))", text)
        text = _CALL.sub("$load(", text).replace("import.meta.url", f"$url({json.dumps(module.path)})")
        exports = ", ".join(
            name if name == inner else f"{name}: {inner}" for name, inner in module.exports.items()
        )
        return f"$m[{json.dumps(module.path)}] = (() => {{\n{text}\nreturn {{ {exports} }};\n}})();\n"

    def _sheet(self, module: _Module, path: str) -> str:
        sheet = _from(module.path, path)
        if sheet not in self.address:
            self.keep(sheet, (self.root / sheet).read_bytes())
        return f"new URL($url({json.dumps(self.address[sheet])}))"


def _from(module: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(module), path))


def _read(root: Path, entries: Iterable[str]) -> dict[str, _Module]:
    """Every module that the entries lead to, now or later; checked against one another."""
    found: dict[str, _Module] = {}
    wanted = list(entries)
    while wanted:
        path = wanted.pop()
        if path not in found and not path.startswith(VENDOR):
            found[path] = _parsed(root, path)
            wanted += [*found[path].imports, *found[path].lazy]
    for module in found.values():
        for exporter, name in _asked(module):
            if name not in found[exporter].exports:
                raise BundleError(f"{module.path}: {exporter} exports no {name}.")
    return found


def _parsed(root: Path, path: str) -> _Module:
    try:
        source = (root / path).read_text("utf-8")
    except FileNotFoundError as error:
        raise BundleError(f"There is no module {path}.") from error
    if _OURS.search(source):
        raise BundleError(f"{path}: $m, $url and $load are the bundle's own names.")
    lazy = tuple(_from(path, found[1]) for found in _LAZY.finditer(_COMMENT.sub("", source)))
    imports = [(found.start(), found[3] or found[4]) for found in _IMPORT.finditer(source)]
    imports += [(found.start(), found[2]) for found in _REEXPORT.finditer(source)]
    exports: dict[str, str] = {}
    for found in _REEXPORT.finditer(source):
        for outer, inner in _names(found[1]):
            exports[inner] = f"$m[{json.dumps(_from(path, found[2]))}].{outer}"
    exports |= {found[2]: found[2] for found in _EXPORTED.finditer(source)}
    exports |= {inner: outer for found in _LISTED.finditer(source) for outer, inner in _names(found[1])}
    body = _EXPORTED.sub(r"\1 \2", _LISTED.sub("", _REEXPORT.sub("", source)))
    body = _IMPORT.sub(lambda found: _bound(path, found), body)
    if left := _LEFT.search(body):
        raise BundleError(f"{path}: the bundler does not know {left[0]!r}.")
    return _Module(path, body, tuple(_from(path, target) for _, target in sorted(imports)), lazy, exports)


def _bound(path: str, found: re.Match[str]) -> str:
    """An import as the constants that it makes."""
    if found[4]:
        return ""
    target = f"$m[{json.dumps(_from(path, found[3]))}]"
    if found[2]:
        return f"const {found[2]} = {target};"
    names = (outer if outer == inner else f"{outer}: {inner}" for outer, inner in _names(found[1]))
    return f"const {{ {', '.join(names)} }} = {target};"


def _names(listed: str) -> Iterator[tuple[str, str]]:
    """``a, b as c`` as pairs of what stands before and after ``as``."""
    for item in filter(None, (part.strip() for part in listed.split(","))):
        outer, _, inner = item.partition(" as ")
        yield outer, inner or outer


def _asked(module: _Module) -> Iterator[tuple[str, str]]:
    """Which names a module takes from which."""
    yield from _TAKEN.findall(" ".join(module.exports.values()))
    for names, target in _BOUND.findall(module.source):
        yield from ((target, name.partition(":")[0]) for name in names.split(", "))


def _closure(modules: Mapping[str, _Module], entries: Iterable[str]) -> list[str]:
    """What the entries need, each after all that it needs itself: the order in which the language runs them.

    Raises:
        BundleError: modules need one another in a circle.
    """
    done: dict[str, None] = {}

    def visit(path: str, above: tuple[str, ...]) -> None:
        if path in above:
            raise BundleError(f"Modules import one another in a circle: {' -> '.join([*above, path])}.")
        if path not in done:
            for target in modules[path].imports:
                visit(target, (*above, path))
            done[path] = None

    for entry in entries:
        visit(entry, ())
    return list(done)
