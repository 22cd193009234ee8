"""What the docs name exists, and what exists stands in the docs: routes, settings, commands, tasks, files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from fastapi import FastAPI
from fastapi.routing import APIRoute

from aigc_demo.cli import app
from aigc_demo.settings import ROOT, Settings
from aigc_demo.studio import Studio
from aigc_demo.web import parts
from tests.declared import CATALOG

PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXT = {page.name: page.read_text("utf-8") for page in PAGES}
EVERYTHING = "\n".join(TEXT.values())
OURS = re.compile(r"^/(api|media|r|p|healthz|readyz|metrics)\b")
READ_BESIDES = {"AIGC_STUDIO_CHROMIUM", "AIGC_LANES"}
"""Variables that only tests read, and earlier names that are still read."""


def shape(path: str) -> str:
    """A route with its placeholders blank: ``/api/jobs/{}``."""
    return re.sub(r"\{[^}]*\}|(?<=/)ID\b", "{}", path.partition("?")[0])


def flat(routes: Iterable[Any]) -> Iterator[Any]:
    """All routes, those of included routers among them, however deep FastAPI keeps them."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is None:
            yield route
        else:
            yield from flat(inner.routes)


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """Method and shape of every route of ours, the catch-alls left out."""
    studio = Studio(Settings(data_dir=tmp_path_factory.mktemp("data"), engine="inline"))
    try:
        found = list(flat(FastAPI(**parts(studio)).routes))
    finally:
        studio.close()
    return {
        (method, shape(route.path))
        for route in found
        if isinstance(route, APIRoute) and route.include_in_schema and ":path" not in route.path
        for method in route.methods - {"HEAD"}
        if OURS.match(route.path)
    }


def documented() -> set[str]:
    """Shapes of the routes that docs/api.md names."""
    named = re.findall(r"(?<![\w.])/(?:api|media|r|p|healthz|readyz|metrics)\b[^\s,`\"]*", TEXT["api.md"])
    found = {shape(path) for path in named}
    # "`POST .../restore`" goes on from the route of its row
    for row in TEXT["api.md"].splitlines():
        base = re.search(r"(/api/[^\s?`]*\})", row)
        if base is not None:
            found |= {shape(base[1] + rest) for rest in re.findall(r"`[A-Z ]*\.\.\.(/[^\s`]+)`", row)}
    return found


def test_every_route_stands_in_the_docs(routes: set[tuple[str, str]]) -> None:
    assert {path for _, path in routes if path != "/api/openapi.json"} - documented() == set()


def test_every_route_in_the_docs_exists(routes: set[tuple[str, str]]) -> None:
    known = {path for _, path in routes} | {"/api/openapi.json"}
    assert {path for path in documented() if not path.startswith("/media/{}/")} - known == set()


def variables(text: str) -> set[str]:
    """The settings that a text names; ``AIGC_<NAME>`` stands for all of them."""
    return set(re.findall(r"\bAIGC_[A-Z][A-Z_]*[A-Z]\b", text))


def test_every_setting_stands_in_the_docs_and_the_reverse() -> None:
    fields = {f"AIGC_{name.upper()}" for name in Settings.model_fields}
    assert fields - variables(TEXT["deploy.md"]) == set()
    assert variables(EVERYTHING) - fields - READ_BESIDES == set()


def commands(group: Any, path: str = "") -> dict[str, Any]:
    """Every command by its full name: ``models list``."""
    if not hasattr(group, "commands"):
        return {path: group}
    found: dict[str, Any] = {}
    for name, command in group.commands.items():
        found |= commands(command, f"{path} {name}".strip())
    return found


COMMANDS = commands(typer.main.get_command(app))
USAGE = [line for line in TEXT["api.md"].splitlines() if line.startswith("python -m aigc_demo ")]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_its_flags_stand_in_the_docs(name: str) -> None:
    first, *rest = name.split()
    usages = [line for line in USAGE if line.split()[3] == first and all(word in line for word in rest)]
    assert usages, f"no line of docs/api.md shows {name}"
    flags = {flag for param in COMMANDS[name].params for flag in param.opts if flag.startswith("--")}
    shown = set(re.findall(r"--[a-z-]+", "\n".join(usages)))
    assert flags - {"--help"} - shown - {"--json"} == set()


@pytest.mark.parametrize("line", re.findall(r"^python -m aigc_demo .*$", EVERYTHING, re.MULTILINE))
def test_commands_in_the_docs_are_ones_that_exist(line: str) -> None:
    words = line.split()[3:]
    named = [n for n in COMMANDS if n.split()[0] == words[0] and (" " not in n or n.split()[1] in words)]
    assert named, f"there is no command {words[0]}"
    known = [COMMANDS[name] for name in named]
    flags = {flag for command in known for param in command.params for flag in param.opts}
    assert set(re.findall(r"(?<=\s|\[)--[a-z-]+", line)) - flags == set()


def test_everything_that_the_docs_make_is_a_target() -> None:
    rules = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z%-]+):", rules, re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z]+(?:-[a-z]+)*)(?=[` ]|$)", EVERYTHING, re.MULTILINE))
    assert {"run", "test", "proof"} <= named
    assert {re.sub("^train-.*", "train-%", name) for name in named} <= targets


@pytest.mark.parametrize("task", CATALOG.tasks)
def test_every_task_is_told_of_in_the_readme(task: str) -> None:
    assert re.search(rf"\b{task}\b", TEXT["README.md"], re.IGNORECASE)


def files() -> list[tuple[str, str]]:
    """What pages name as a file or folder of this repository, by page."""
    rooted = re.compile(r"(?:aigc_demo|assets|tests|docs|\.ci)/[\w./-]*\w")
    return [
        (page, name)
        for page, text in TEXT.items()
        for code in re.findall(r"`([^`\n]+)`", text)
        for name in rooted.findall(code)
        if code == name
    ]


@pytest.mark.parametrize(("page", "name"), sorted(set(files())))
def test_files_that_the_docs_name_are_there(page: str, name: str) -> None:
    assert (ROOT / name).exists() or "<" in name, f"{page} names {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
    local = [target for target in targets if not re.match(r"[a-z]+:", target)]
    assert [target for target in local if not (page.parent / target).exists()] == []
