"""``generate TASK``: one generation from the terminal, with the same checks as everywhere.

It is kept in the history under the terminal's own owner; while a server holds the data folder it
runs beside it and keeps nothing.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from aigc_demo import i18n, provenance
from aigc_demo.cli import formats
from aigc_demo.cli.terminal import language, note, print_json, show_event
from aigc_demo.guard import languages
from aigc_demo.history import ids
from aigc_demo.settings import Settings
from aigc_demo.studio import Studio
from aigc_demo.types import Job, UserError, media

OWNER = "terminal"
"""The owner of what is made on the command line; no cookie can carry this id."""


def command(
    task: Annotated[str | None, typer.Argument(help="What to make: text, image, style, music ...")] = None,
    model: Annotated[str | None, typer.Option(help="Model id; see `models list`.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="A parameter, NAME=VALUE; repeatable.")
    ] = None,
    seed: Annotated[
        str | None, typer.Option(help="0 to 4294967295; the same seed gives the same result.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="File or folder for what is made; the ending chooses the format.")
    ] = None,
    from_: Annotated[
        Path | None, typer.Option("--from", help="A file made here: repeats how it was made.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make one thing and print it, or where it is."""
    values = _values(set_ or [])
    if seed is not None:
        values["seed"] = seed
    stopped = False
    with _studio() as (studio, passing):
        if from_ is not None:
            task, model, values = _as_made(studio, from_, task, model, values)
        if task is None:
            raise UserError("bad_argument", "error.bad_argument", argument="TASK")
        formats.check(studio.catalog.task(task).produces, out)
        _upload_files(studio, task, values)
        job = studio.submit(OWNER, task, model, values, language=language(), from_text=True)
        try:
            job = studio.wait(OWNER, job.id, None if as_json else show_event)
        except KeyboardInterrupt:
            job, stopped = studio.cancel(OWNER, job.id), True
        # where a server holds the folder, what is made here is gone with it: files stay below the caller's
        if passing and out is None:
            out = Path("out", job.id)
            out.mkdir(parents=True, exist_ok=True)
        report = _report(studio, job, out)
    if not as_json and sys.stderr.isatty():
        note("\r\033[K")
    if as_json:
        print_json(report)
    else:
        for warning in report.get("warnings", ()):
            note(warning)
        for output in report["outputs"]:
            print(output.get("text") or output["path"])
    if stopped:
        raise typer.Exit(130)
    if job.status != "done":
        note(report.get("error", job.status))
        raise typer.Exit(1)


@contextlib.contextmanager
def _studio() -> Iterator[tuple[Studio, bool]]:
    """The installation's studio, or one with a passing history (True) where a server holds the folder."""
    # The machine's own user. What can be made again to the byte has no signature, which never repeats.
    settings = Settings().model_copy(update={"max_upload_mb_per_visitor": None, "signing": "off"})
    with contextlib.ExitStack() as stack:
        passing = False
        try:
            studio = Studio(settings)
        except UserError as error:
            if error.problem.code != "data_in_use":
                raise
            passing = True
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aigc-")))
            cache = settings.cache_dir or settings.data / "cache"
            studio = Studio(settings.model_copy(update={"data_dir": folder, "cache_dir": cache}))
        stack.callback(studio.close, grace=0.0)
        studio.open()
        yield studio, passing


def _values(pairs: list[str]) -> dict[str, str]:
    """``NAME=VALUE`` pairs as a dictionary; the value keeps further equal signs."""
    values: dict[str, str] = {}
    for pair in pairs:
        name, equal, value = pair.partition("=")
        if not equal:
            raise UserError("bad_argument", "error.bad_argument", argument=pair[:80])
        values[name.strip()] = value
    return values


def _upload_files(studio: Studio, task: str, values: dict[str, str]) -> None:
    """A file-valued parameter is a path here: bring it in as an upload.

    Where ``style_image`` takes a file and ``style`` a name, a path given as ``style`` is the file.
    """
    fields = studio.catalog.task(task).fields()
    for name in [field.name for field in fields if field.control.widget == "file"]:
        named = name.removesuffix("_image")
        if named != name and Path(values.get(named, "")).is_file():
            values[name] = values.pop(named)
        path = Path(values.get(name, ""))
        if values.get(name) and path.is_file():
            values[name] = studio.upload(OWNER, path.name, path.read_bytes(), task, name)
        elif values.get(name) and ids.is_id(values[name]):
            values[name] = _file_of_item(studio, task, name, values[name])
        elif values.get(name) and not ids.is_id(values[name].partition("/")[0]):
            raise UserError("no_such_file", "error.no_such_file", field=name, name=values[name][:200])


def _as_made(
    studio: Studio, path: Path, task: str | None, model: str | None, values: dict[str, str]
) -> tuple[str, str | None, dict[str, str]]:
    """Task, model and parameters of a file made here; what is said on the command line comes first.

    Raises UserError 422 where it does not say, or was made for another task.
    """
    if not path.is_file():
        raise UserError("no_such_file", "error.no_such_file", name=str(path)[:200])
    made = studio.inspect(OWNER, path.read_bytes())
    if task is not None and task != made["task"]:
        raise UserError("bad_argument", "error.bad_argument", argument=task[:80])
    kept = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in made["params"].items()
        if value is not None
    }
    return made["task"], model or made["model"], {**kept, **values}


def _file_of_item(studio: Studio, task: str, name: str, value: str) -> str:
    """The first file of an item that the parameter takes, where the value is an item's id; else the value."""
    families = {spec.params for spec in studio.catalog.task(task).models}
    taken = {one for family in families if name in family.file_fields() for one in family.taken_for(name)}
    try:
        outputs = studio.get(OWNER, value).outputs
    except UserError:
        return value  # an upload's id looks the same
    fitting = (one.name for one in outputs if media.of_type(one.media_type).is_one_of(taken))
    return next((f"{value}/{one}" for one in fitting), value)


def _report(studio: Studio, job: Job, out: Path | None) -> dict[str, Any]:
    """The JSON object of the contract; files are brought to ``out``."""
    report: dict[str, Any] = {
        "id": job.id,
        "status": job.status,
        "task": job.task,
        "model": job.model,
        "seed": job.seed,
        "params": dict(job.params),
        "outputs": [],
        "seconds": job.seconds,
        "load_seconds": job.load_seconds,
    }
    wanted = formats.of_these([result.name for result in job.outputs], out)
    many = len(job.outputs) > 1 and wanted is None
    for result in job.outputs:
        source = studio.history.file(job.owner, job.id, result.name).path
        target = out if wanted in (None, result.name) else None
        path = str(_place(source, result.name, target, many))
        entry: dict[str, Any] = {"kind": result.kind, "path": path, "meta": dict(result.meta)}
        if result.text is not None:
            entry["text"] = result.text
        report["outputs"].append(entry)
    if found := languages.warnings(studio.catalog.find(job.task, job.model, job.params), job):
        report["warnings"] = [i18n.message(problem, language()).strip() for problem in found]
    if job.problem is not None:
        report["error"] = i18n.message(job.problem, language())
    return report


def _place(source: Path, name: str, out: Path | None, many: bool) -> Path:
    """Copy one file to where it was asked for; without ``--out`` it stays in the media store.

    The copy says how it was made but not in which run, so that the same wish gives the same bytes.
    """
    if out is None:
        return source
    if many or out.is_dir():
        out.mkdir(parents=True, exist_ok=True)
        target = out / name
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        target = out
    target.write_bytes(formats.written(provenance.repeatable(source.read_bytes()), name, target))
    return target.resolve()
