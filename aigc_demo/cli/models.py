"""``models``: what there is, what is on disk, fetching and removing."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from aigc_demo import catalog, i18n
from aigc_demo.cli.terminal import bar, language, note, print_json
from aigc_demo.engine import sources
from aigc_demo.engine.devices import fits
from aigc_demo.settings import Settings
from aigc_demo.types import ModelSpec, UserError

app = typer.Typer(no_args_is_help=True, help="List, inspect, fetch and remove models.", rich_markup_mode=None)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Every model with its task, size, licence and whether it is here and fits."""
    settings = Settings()
    rows = [_row(spec, settings) for spec in catalog.of(settings).models.values() if not spec.debug]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        state = "here" if row["installed"] else f"{row['download_mb']} MB to fetch"
        print(
            f"{row['id']:28} {row['task']:7} {state:16} {row['license']:18} {row.get('problem', '')}".rstrip()
        )


@app.command()
def show(model_id: str, as_json: AsJson = False) -> None:
    """All about one model."""
    settings = Settings()
    row = _row(catalog.of(settings).model(model_id), settings)
    if as_json:
        print_json(row)
        return
    for name, value in row.items():
        print(f"{name:14} {value}")


@app.command()
def pull(
    model_ids: Annotated[list[str] | None, typer.Argument(help="Models to fetch.")] = None,
    embedded: Annotated[bool, typer.Option("--embedded", help="All that work without the Hub.")] = False,
) -> None:
    """Fetch models now instead of at their first use."""
    settings = Settings()
    models = catalog.of(settings)
    chosen = [models.model(model_id) for model_id in model_ids or []]
    if embedded:
        chosen += [spec for spec in models.models.values() if spec.tier == "embedded" and not spec.debug]
    if not chosen:
        raise UserError("nothing_chosen", "error.nothing_chosen")
    for spec in chosen:
        sources.fetch(spec, settings, bar(spec.id))
        note(f"\r\033[K{spec.id}: {i18n.t('cli.here', language())}")


@app.command()
def rm(model_ids: Annotated[list[str], typer.Argument(help="Models to remove from disk.")]) -> None:
    """Remove fetched models from disk; what ships with the app stays."""
    settings = Settings()
    for spec in [catalog.of(settings).model(model_id) for model_id in model_ids]:
        freed = sources.remove(spec, settings)
        note(f"{spec.id}: {freed / 1e6:.0f} MB")


def _row(spec: ModelSpec, settings: Settings) -> dict[str, Any]:
    problem = fits(spec, settings)
    return {
        "id": spec.id,
        "name": spec.name,
        "task": spec.task,
        "tier": spec.tier,
        "license": spec.license,
        "languages": list(spec.languages),
        "memory_gb": spec.memory_gb,
        "download_mb": spec.download_mb,
        "installed": sources.installed(spec, settings),
        "disk_mb": round(sources.size_on_disk(spec, settings) / 1e6, 1),
        "about": i18n.about(spec.id, language()),
        **({"problem": i18n.message(problem, language())} if problem else {}),
    }
