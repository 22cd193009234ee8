"""``deploy``: puts the app onto a Hugging Face Space, or says what that would do."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from aigc_demo import i18n
from aigc_demo.cli.terminal import language, note, print_json
from aigc_demo.settings import ROOT
from aigc_demo.space import plan
from aigc_demo.space.plan import Plan


def command(
    space: Annotated[str, typer.Option("--space", help="The Space, OWNER/NAME; made if it is not there.")],
    bucket: Annotated[
        str | None, typer.Option(help="A Storage Bucket that keeps history; made if it is not there.")
    ] = None,
    private: Annotated[bool, typer.Option("--private", help="Only its owner sees it.")] = False,
    hardware: Annotated[
        str | None, typer.Option(help="What it runs on; a new Space takes ZeroGPU, zero-a10g.")
    ] = None,
    variable: Annotated[
        list[str] | None, typer.Option(help="A setting of the Space, AIGC_NAME=VALUE; repeatable.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Send nothing: check the card, list what would be sent and set.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make a Space of this app, send what it needs in one commit, wait until its page answers."""
    planned = plan.make(
        ROOT, space, bucket=bucket, private=private, hardware=hardware, variables=variable or ()
    )
    if dry_run:
        _show(planned, as_json)
        return
    from huggingface_hub.utils import disable_progress_bars

    from aigc_demo.space.hub import deploy  # the Hub's client takes a second to import

    if as_json or not sys.stderr.isatty():
        disable_progress_bars()
    done = deploy(planned, _say)
    if as_json:
        print_json(done)
    else:
        print(i18n.t("cli.deploy.done", language(), url=done["url"]))


def _say(key: str, **values: Any) -> None:
    note(i18n.t(key, language(), **values))


def _show(planned: Plan, as_json: bool) -> None:
    report = planned.report()
    if as_json:
        print_json(report)
        return
    for file in report["files"]:
        print(f"{file['size']:>12,}  {file['path']}")
    for name in ("hardware", "private", "bucket", "variables", "secrets"):
        print(f"{name}: {report[name] or '-'}")
    _say(
        "cli.deploy.would",
        files=len(report["files"]),
        mb=round(planned.size / 1e6, 1),
        space=planned.space,
    )
