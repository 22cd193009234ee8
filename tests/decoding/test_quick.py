"""The compiled step: right to within its rounding; the same bits in any company, by any number of threads."""

import ctypes
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aigc_demo.decoding import anatomy, blocks, compiled, ladder, linear, quick, store
from aigc_demo.decoding.ladder import Choice, Trial
from aigc_demo.decoding.linear import Format
from aigc_demo.decoding.network import Network, Part, Steps, Weights
from aigc_demo.decoding.quick import QuickNetwork
from tests.decoding import tiny

FAMILIES = ("llama", "llama-biased", "qwen3")
IDS = [int(n) for n in torch.randint(0, 99, (60,), generator=torch.Generator().manual_seed(1))]


@pytest.fixture(scope="module", params=FAMILIES)
def model(request: pytest.FixtureRequest) -> Any:
    return tiny.wide(request.param)


@pytest.fixture(scope="module")
def network(model: Any, library: ctypes.CDLL) -> QuickNetwork:
    return QuickNetwork(ladder.weights(model, "int4"), library)


class RoundedLinear(linear.FloatLinear):
    """Brings rows into blocks of 8 bits first, as the compiled step does."""

    def __call__(self, rows: torch.Tensor, factor: torch.Tensor | None = None) -> torch.Tensor:
        parts = rows.unflatten(-1, (-1, 32))
        scale = parts.abs().amax(-1, True).clamp_min(1e-30) / 127
        return super().__call__(((parts / scale).round() * scale).flatten(-2), factor)


def by_torch(model: Any, monkeypatch: pytest.MonkeyPatch, form: Format = "int4") -> Network:
    """In float32, with the weights that blocks of this form keep and rows that are rounded alike."""
    monkeypatch.setattr(linear, "FloatLinear", RoundedLinear)
    plain = ladder.weights(model, "float32")
    kept = {
        name: blocks.unpacked(weight)[: len(plain.kept[name])] if linear.is_matrix(name) else weight
        for name, weight in ladder.weights(model, form).kept.items()
    }
    return Network(Weights(plain.facts, "float32", kept, plain.turns))


def scores(network: Steps, pieces: list[int]) -> torch.Tensor:
    """The scores after each token of IDS, read in pieces of these sizes."""
    memory, start, made = network.memory(3, 64), 0, []
    for size in pieces:
        made.append(network.every(memory, Part(1, start, IDS[start : start + size])))
        start += size
    return torch.cat(made)


def test_it_computes_what_torch_computes_with_the_same_rounding(
    model: Any, network: QuickNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = scores(by_torch(model, monkeypatch), [60])
    off = (scores(network, [60]) - exact).abs() / exact.std()
    assert off.median() < 0.02, "keys and values in half precision make some numbers round otherwise"
    assert off.max() < 0.3


def test_a_text_read_in_any_pieces_gives_the_same_bits(network: QuickNetwork) -> None:
    whole = scores(network, [60])
    assert torch.equal(scores(network, [1] * 60), whole)
    assert torch.equal(scores(network, [7, 1, 2, 3, 30, 17]), whole)


def test_the_number_of_threads_changes_no_bit(network: QuickNetwork) -> None:
    alone = scores(network, [30, 1, 2, 1, 26])
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        for _ in range(10):
            assert torch.equal(scores(network, [30, 1, 2, 1, 26]), alone)
    finally:
        torch.set_num_threads(before)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_scores_are_the_same_bits_alone_and_in_company(network: QuickNetwork, data: st.DataObject) -> None:
    starts = data.draw(st.lists(st.integers(0, 70), min_size=6, max_size=6))
    present = sorted(data.draw(st.sets(st.integers(0, 5), min_size=1)))
    memory = network.memory(6, 128)
    for slot, start in enumerate(starts):
        if start:
            network.step(memory, [Part(slot, 0, (IDS * 2)[:start], scored=False)])
    parts = [Part(slot, starts[slot], [slot]) for slot in present]
    company = network.step(memory, [*parts, Part(1, 0, IDS[:5])] if 1 not in present else parts)
    for row, part in enumerate(parts):
        assert torch.equal(network.step(memory, [part])[0], company[row])


def test_the_systems_compiler_serves_as_well(
    library: ctypes.CDLL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = shutil.which("cc")
    if other is None:
        pytest.skip("The system has no compiler of its own.")
    monkeypatch.setattr(compiled, "_compiler", lambda: [other])
    theirs = compiled.library(tmp_path)
    assert theirs is not None
    weights = ladder.weights(tiny.wide("llama"), "int4")
    one, two = (scores(QuickNetwork(weights, each), [9, 1]) for each in (library, theirs))
    torch.testing.assert_close(one, two, rtol=0.02, atol=0.2)


def test_blocks_of_eight_bits_are_computed_as_torch_would(
    model: Any, library: ctypes.CDLL, monkeypatch: pytest.MonkeyPatch
) -> None:
    eight = QuickNetwork(ladder.weights(model, "blocks8"), library)
    assert eight.form == "blocks8"
    exact = scores(by_torch(model, monkeypatch, "blocks8"), [60])
    off = (scores(eight, [60]) - exact).abs() / exact.std()
    assert off.median() < 0.02
    assert off.max() < 0.3


def test_eight_bits_in_blocks_are_nearer_to_the_model_than_four(
    model: Any, network: QuickNetwork, library: ctypes.CDLL
) -> None:
    whole = scores(Network(ladder.weights(model, "float32")), [60])
    eight = scores(QuickNetwork(ladder.weights(model, "blocks8"), library), [60])
    assert (eight - whole).norm() < 0.5 * (scores(network, [60]) - whole).norm()


def test_where_four_bits_write_worse_eight_are_tried_next(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ladder, "TOLERANCE", 0.0)  # no form is ever good enough
    tried = [trial.form for trial in ladder.choose(tiny.wide("llama"), IDS, folder).trials]
    assert tried[:2] == ["int4", "blocks8"]


def test_where_it_cannot_be_compiled_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_compiler", lambda: ["false"])
    assert compiled.library(tmp_path) is None
    monkeypatch.setattr(compiled, "_compiler", lambda: None)
    assert compiled.library(tmp_path) is None
    assert not list(tmp_path.iterdir())


def test_it_is_compiled_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any, **__: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(subprocess, "run", never)
    assert compiled.library(folder) is not None


def test_only_networks_whose_sizes_are_whole_blocks_fit() -> None:
    assert quick.fits(anatomy.facts(tiny.wide("qwen3")))
    assert not quick.fits(anatomy.facts(tiny.model("llama")))
    assert not quick.fits(anatomy.facts(tiny.model("gpt2")))


def test_the_ladder_begins_with_it_and_does_without_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny.wide("llama")
    assert next(trial.form for trial in ladder.choose(model, IDS, folder).trials) == "int4"
    monkeypatch.setattr(compiled, "library", lambda folder: None)
    assert "int4" not in [trial.form for trial in ladder.choose(model, IDS, folder).trials]


def test_a_kept_network_computes_the_same_bits(model: Any, network: QuickNetwork, folder: Path) -> None:
    trial = Trial("int4", 2.0, 2.0, 0.1, 0.2, True)
    store.save(folder, Choice(ladder.weights(model, "int4"), network, (trial,)))
    loaded = store.load(folder)
    assert loaded is not None
    assert loaded[1] == (trial,)
    assert torch.equal(scores(loaded[0], [60]), scores(network, [60]))


def test_what_is_kept_is_chosen_anew_where_the_step_was_not_tried(folder: Path) -> None:
    trial = Trial("float32", 2.0, 2.0, 0.1, 0.2, True)
    plain = ladder.weights(tiny.wide("llama"), "float32")
    store.save(folder, Choice(plain, Network(plain), (trial,)))
    assert store.load(folder) is None


def test_what_is_kept_is_chosen_anew_where_a_quicker_form_was_not_tried(folder: Path) -> None:
    trials = (Trial("int4", 3.0, 2.0, 0.1, 0.2, False), Trial("int8", 2.0, 2.0, 0.1, 0.2, True))
    smaller = ladder.weights(tiny.wide("llama"), "int8")
    store.save(folder, Choice(smaller, Network(smaller), trials))
    assert store.load(folder) is None
    store.save(folder, Choice(smaller, Network(smaller), (replace(trials[0], form="blocks8"), *trials)))
    assert store.load(folder) is not None


def test_what_is_kept_is_chosen_anew_where_the_step_cannot_be_had(
    model: Any, network: QuickNetwork, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(folder, Choice(ladder.weights(model, "int4"), network, ()))
    monkeypatch.setattr(compiled, "library", lambda folder: None)
    assert store.load(folder) is None
