"""``history``: what was made on the command line, and care of the whole store."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from aigc_demo.api.forms import item
from aigc_demo.cli.generate import OWNER
from aigc_demo.cli.terminal import language, print_json
from aigc_demo.history import History
from aigc_demo.settings import Settings

app = typer.Typer(no_args_is_help=True, help="List and care for what was made.", rich_markup_mode=None)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_(
    query: Annotated[str, typer.Option(help="Words to look for.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100)] = 30,
    as_json: AsJson = False,
) -> None:
    """What the command line made, newest first."""
    with closing(History.open(Settings())) as history:
        items = history.page(OWNER, query=query, limit=limit).items
    if as_json:
        print_json([item(job, None, language()) for job in items])
        return
    for job in items:
        print(f"{job.id}  {job.created:%Y-%m-%d %H:%M}  {job.status:9} {job.task:6} {job.title}")


@app.command()
def show(job_id: str) -> None:
    """One item as JSON."""
    with closing(History.open(Settings())) as history:
        print_json(item(history.get(OWNER, job_id), None, language()))
