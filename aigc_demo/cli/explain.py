"""``explain ITEM``: look inside what was made on the command line, in words or as JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from aigc_demo import i18n
from aigc_demo.cli.generate import OWNER
from aigc_demo.cli.terminal import language, note, print_json, show_event
from aigc_demo.explain import words
from aigc_demo.settings import Settings
from aigc_demo.studio import Studio


def command(
    item: Annotated[str, typer.Argument(help="An item's id; see `history list`.")],
    out: Annotated[Path | None, typer.Option(help="File for the JSON.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Look inside one item, unless that was done already, and tell what was seen."""
    with Studio(Settings()) as studio:
        look = studio.explain(OWNER, item)
        if look is not None:
            look = studio.wait(OWNER, look.id, None if as_json else show_event)
        if look is not None and look.status != "done":
            note(i18n.message(look.problem, language()) if look.problem else look.status)
            raise typer.Exit(1)
        told = studio.history.explanations.read(OWNER, item) or {}
    if not as_json and sys.stderr.isatty():
        note("\r\033[K")
    _tell({**told, "words": [one.plain() for one in words.told(told, language())]}, out, as_json)


def _tell(told: dict[str, Any], out: Path | None, as_json: bool) -> None:
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")
    if as_json:
        print_json(told)
        return
    for part in told["words"]:
        print(f"\n{part['title']}\n")
        for sentence in part["sentences"]:
            print(sentence)
        for row in (part["head"], *part["rows"]):
            print("\t".join(row))
