"""Words that gave way to the field's own do not come back as names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from aigc_demo.settings import ROOT

RETIRED = frozenset(
    [
        "wish",
        "wishes",
        "Wish",
        "Made",
        "chance",
        "chances",
        "facts",
        "Facts",
        "Parcel",
        "parcel",
        "companions",
        "lane",
        "lanes",
        "Lane",
        "lane_of",
        "Company",
        "company",
        "COMPANY",
        "JOINERS",
        "Atelier",
        "atelier",
        "Glimpse",
        "glimpse",
        "EmojiMemory",
        "thoughts",
        "fate_of",
        "sureness",
        "gists",
        "gist",
        "Lean4",
        "Lean8",
        "lighten",
        "Guesses",
        "ladder",
        "rung",
        "rungs",
        "folding",
        "QuickNetwork",
        "PlainDecoder",
        "guide_libraries",
        "fetch_for_house",
        "understands",
        "enriches",
        "richer",
    ]
)
"""See docs/glossary.md for what each is called now."""

RETIRED_IN_THE_PAGE = frozenset(
    ["deeds", "curtain", "besides", "accompany", "richer", "understood", "glimpse"]
)

SOURCES = sorted((ROOT / "aigc_demo").rglob("*.py"))
SCRIPTS = sorted((ROOT / "assets" / "ui").rglob("*.js"))


def names(tree: ast.AST) -> Iterator[str]:
    """Everything that is given a name: variables, attributes, arguments, functions, classes, imports."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.keyword(arg=str(name)):
                yield name


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "aigc_demo")))
def test_no_retired_word_is_a_name(source: Path) -> None:
    found = {part for name in names(ast.parse(source.read_text("utf-8"))) for part in name.split(".")}
    assert {name for name in found if name.lstrip("_") in RETIRED} == set()
    assert source.stem.lstrip("_") not in RETIRED


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT / "assets" / "ui")))
def test_no_retired_word_is_a_name_in_the_page(script: Path) -> None:
    code = re.sub(
        r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`",
        " ",
        script.read_text("utf-8"),
        flags=re.DOTALL,
    )
    assert set(re.findall(r"[A-Za-z_$][\w$]*", code)) & RETIRED_IN_THE_PAGE == set()
    assert script.stem not in RETIRED_IN_THE_PAGE


def test_the_glossary_names_rooms_that_exist() -> None:
    rows = [
        row.split("|")
        for row in (ROOT / "docs" / "glossary.md").read_text("utf-8").splitlines()
        if row.startswith("| ")
    ]
    rooms = {
        room for row in rows[2:] for room in re.findall(r"`([\w/.]+)`", row[3]) if not room.startswith("/")
    }
    assert rooms
    assert {room for room in rooms if not (ROOT / "aigc_demo" / room).exists()} == set()
