"""The command line: serve, generate, explain, verify, models, history, bench, deploy.

Knows how arguments become the studio's verbs and how answers and failures are printed. Every
command exits 0, with 2 and one sentence on stderr for bad input, or with 1 for a failure.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from aigc_demo.cli import bench, deploy, explain, generate, history, models, verify
from aigc_demo.cli.terminal import end
from aigc_demo.settings import Settings
from aigc_demo.types import UserError

app = typer.Typer(no_args_is_help=True, add_completion=False, help="AIGC Studio.", rich_markup_mode=None)
app.command("generate")(generate.command)
app.command("explain")(explain.command)
app.command("verify")(verify.command)
app.add_typer(models.app, name="models")
app.add_typer(history.app, name="history")
app.command("bench")(bench.command)
app.command("deploy")(deploy.command)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder for everything that is kept.")] = None,
) -> None:
    """Serve the page and the HTTP interface."""
    given = {"host": host, "port": port, "data_dir": data_dir}
    settings = Settings().model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )
    from aigc_demo.studio import Studio

    studio = Studio(settings)
    studio.start_worker()
    # Only this command needs the page; importing it costs seconds, in which the worker gets ready.
    from aigc_demo import web
    from aigc_demo.ui.app import build

    web.serve(studio, build(studio))


def main() -> None:
    """Run one command; say what went wrong in one sentence."""
    try:
        app()
    except UserError as error:
        end(error)
    except KeyboardInterrupt:
        sys.exit(130)
