"""``history``: what was made on the command line, and care of the whole store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from aigc_demo.api.forms import item
from aigc_demo.archive import import_items, select, stream
from aigc_demo.cli.generate import OWNER
from aigc_demo.cli.terminal import language, note, print_json
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
    with _history() as history:
        items = history.page(OWNER, query=query, limit=limit).items
    if as_json:
        print_json([item(job, None, language(), history.catalog) for job in items])
        return
    for job in items:
        print(f"{job.id}  {job.created:%Y-%m-%d %H:%M}  {job.status:9} {job.task:6} {job.title}")


@app.command()
def show(job_id: str) -> None:
    """One item as JSON."""
    with _history() as history:
        print_json(item(history.get(OWNER, job_id), None, language(), history.catalog))


@app.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="The zip to write.")],
    item_ids: Annotated[
        list[str] | None, typer.Option("--item", help="An item's id; may be given again. All without it.")
    ] = None,
) -> None:
    """Write all of it, or some, into one zip."""
    with _history() as history:
        most = int(Settings().max_export_mb * 1e6)
        selection = select(history, OWNER, item_ids or None, most)
        with file.open("wb") as target:
            target.writelines(stream(history, selection, language()))
        note(f"{len(selection.ids)} -> {file}")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A zip that export wrote.", exists=True, dir_okay=False)],
) -> None:
    """Add what another installation exported."""
    with _history() as history, file.open("rb") as source:
        note(f"{import_items(history, OWNER, source, name=file.name)} <- {file}")


@app.command()
def prune(
    days: Annotated[
        int | None, typer.Option(min=1, help="Also remove everybody's unstarred items older than this.")
    ] = None,
) -> None:
    """Remove for good what was deleted, or has outlived its days."""
    with _history(Settings().model_copy(update={"retention_days": days})) as history:
        note(str(history.purge(older_than_seconds=0.0, sure=True)))


@contextmanager
def _history(settings: Settings | None = None) -> Iterator[History]:
    with closing(History.open(settings or Settings())) as history:
        yield history
