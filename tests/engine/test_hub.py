"""Models from the Hub, fetched from a stand-in of it on this machine."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aigc_demo.engine import sources
from aigc_demo.engine.local import LocalEngine
from aigc_demo.settings import Settings
from aigc_demo.types import CancelledByVisitor, Finished, Hub, Loading, ModelSpec, UserError
from tests.engine import tiny_llama
from tests.engine.conftest import ask, follow, spec
from tests.engine.hub_stand_in import COMMIT, StandIn, serving

QUIET = lambda done, total: None  # noqa: E731


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """A Hub that has one tiny Llama, beside files that nobody should fetch."""
    folder = tiny_llama.save(tmp_path / "repository")
    (folder / "pytorch_model.bin").write_bytes(b"pickle")
    (folder / "modeling_tiny.py").write_text("raise SystemExit")
    with serving(StandIn(folder)) as stand_in:
        monkeypatch.setenv("HF_ENDPOINT", stand_in.url)
        monkeypatch.setenv("HF_HUB_OFFLINE", "0")
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf-home"))
        yield stand_in


def tiny(**metadata: object) -> ModelSpec:
    values = {"pipeline": "aigc_demo.tasks.text.causal:from_folder", "tier": "hub", **metadata}
    return spec("tiny-hub", sources=(Hub("tiny/llama", "main"),), download_mb=1, **values)


def manifest_of(settings: Settings) -> dict[str, object]:
    text = (settings.model_cache / "tiny-hub" / "manifest.json").read_text()
    loaded: dict[str, object] = json.loads(text)
    return loaded


def test_a_hub_model_is_fetched_with_progress_and_generates(hub: StandIn, settings: Settings) -> None:
    engine = LocalEngine(settings, find=lambda _: tiny())
    events = list(follow(engine, ask("Hello", model="tiny-hub")))
    assert isinstance(events[-1], Finished), events[-1]
    assert any(isinstance(event, Loading) and event.total_bytes for event in events)
    engine.close()


def test_only_safetensors_and_words_are_fetched_never_pickles_or_code(
    hub: StandIn, settings: Settings
) -> None:
    folder = sources.fetch(tiny(), settings, QUIET)
    assert {path.suffix for path in folder.iterdir()} == {".json", ".safetensors"}
    assert not any("pytorch_model.bin" in line or "modeling_tiny" in line for line in hub.asked)


def test_a_branch_is_pinned_at_the_first_pull(hub: StandIn, settings: Settings) -> None:
    sources.fetch(tiny(), settings, QUIET)
    asked = len(hub.asked)
    hub.commit = COMMIT[::-1]  # the branch moves on
    sources.fetch(tiny(), settings, QUIET)
    assert manifest_of(settings)["revision"] == COMMIT
    assert len(hub.asked) == asked, "a model that is here asks no network"


def test_a_broken_download_goes_on_where_it_stopped(hub: StandIn, settings: Settings) -> None:
    (hub.folder / "more.safetensors").write_bytes(b"weights!" * 3_000_000)
    hub.slow.set()

    def impatient(done: int, total: int | None) -> None:
        if done > 10_000_000:
            raise CancelledByVisitor

    with pytest.raises(CancelledByVisitor):
        sources.fetch(tiny(), settings, impatient)
    hub.slow.clear()
    weights = sources.fetch(tiny(), settings, QUIET) / "more.safetensors"
    assert weights.read_bytes() == (hub.folder / "more.safetensors").read_bytes()
    assert any(not wanted.startswith("bytes=0-") for wanted in hub.ranges), hub.ranges


def test_weights_that_differ_from_the_hubs_own_sha256_are_refused(
    hub: StandIn, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = hub.info()
    for entry in honest["siblings"]:
        if "lfs" in entry:
            entry["lfs"]["sha256"] = "0" * 64
    monkeypatch.setattr(hub, "info", lambda: honest)
    with pytest.raises(UserError) as caught:
        sources.fetch(tiny(), settings, QUIET)
    assert caught.value.problem.code == "model_unreachable"
    assert not sources.installed(tiny(), settings)


def test_a_repository_without_safetensors_is_refused(hub: StandIn, settings: Settings) -> None:
    (hub.folder / "model.safetensors").unlink()
    with pytest.raises(UserError) as caught:
        sources.fetch(tiny(), settings, QUIET)
    assert caught.value.problem.code == "model_unreachable"


def test_one_gguf_file_is_fetched_alone(hub: StandIn, settings: Settings) -> None:
    (hub.folder / "model.safetensors").unlink()
    (hub.folder / "Tiny-Q4.gguf").write_bytes(b"GGUF" * 100)
    (hub.folder / "Tiny-Q8.gguf").write_bytes(b"GGUF" * 200)
    one = replace(tiny(), sources=(Hub("tiny/llama", "main", ("Tiny-Q4.gguf",)),))
    folder = sources.fetch(one, settings, QUIET)
    assert {path.name: path.stat().st_size for path in folder.iterdir()} == {"Tiny-Q4.gguf": 400}


def test_network_gone_gives_a_clear_sentence(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    with pytest.raises(UserError) as caught:
        sources.fetch(tiny(), settings, QUIET)
    assert caught.value.problem.key == "error.model_unreachable"
    assert caught.value.problem.values["name"] == "Tiny"


def test_offline_says_what_is_missing_and_how_to_get_it(hub: StandIn, settings: Settings) -> None:
    offline = settings.model_copy(update={"offline": True})
    with pytest.raises(UserError) as caught:
        sources.fetch(tiny(), offline, QUIET)
    assert caught.value.problem.key == "error.model_missing_offline"
    assert caught.value.problem.values["model"] == "tiny-hub"
    assert hub.asked == []


def test_what_was_fetched_before_works_offline(hub: StandIn, settings: Settings) -> None:
    sources.fetch(tiny(), settings, QUIET)
    offline = settings.model_copy(update={"offline": True})
    assert sources.installed(tiny(), offline)
    assert (sources.fetch(tiny(), offline, QUIET) / "config.json").exists()


def test_removing_gives_the_disk_back(hub: StandIn, settings: Settings) -> None:
    sources.fetch(tiny(), settings, QUIET)
    assert sources.size_on_disk(tiny(), settings) > 10_000
    assert sources.remove(tiny(), settings) > 10_000
    assert not sources.installed(tiny(), settings)
    assert sources.size_on_disk(tiny(), settings) == 0
