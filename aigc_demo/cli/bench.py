"""``bench``: the figures that matter, as ratios against a named peer or limit in one run."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from aigc_demo.bench import run, table
from aigc_demo.cli.terminal import print_json


def command(
    names: Annotated[list[str] | None, typer.Argument(help="Which figures; none means all.")] = None,
    beside: Annotated[
        Path | None,
        typer.Option(
            help="Another checkout: the same of its code, in the same run.", file_okay=False, exists=True
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure, print a table, exit 1 if a figure misses its limit."""
    figures = run(names or [], beside)
    if as_json:
        print_json([asdict(figure) for figure in figures])
    else:
        print(table(figures))
    if not all(figure.passed for figure in figures):
        raise typer.Exit(1)
