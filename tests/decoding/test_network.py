"""The short path against transformers, number formats against one another, rows against their neighbours."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_demo.decoding import architecture, format_selection, linear, rotation, store
from aigc_demo.decoding.batched_model import Part
from aigc_demo.decoding.format_selection import Choice, Trial
from aigc_demo.decoding.network import Network, Weights
from tests.decoding import tiny

FAMILIES = ("llama", "llama-biased", "qwen3", "gpt2")
IDS = [int(n) for n in torch.randint(0, 99, (40,), generator=torch.Generator().manual_seed(1))]


def scores(network: Network, pieces: list[int]) -> torch.Tensor:
    """The scores after each token of IDS, read in pieces of these sizes."""
    cache, start, result = network.cache(3, 64), 0, []
    for size in pieces:
        result.append(torch.from_numpy(network.every(cache, Part(1, start, IDS[start : start + size]))))
        start += size
    return torch.cat(result)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_short_path_computes_what_transformers_computes(family: str) -> None:
    model = tiny.model(family)
    with torch.inference_mode():
        theirs = model(torch.tensor([IDS])).logits[0]
    network = Network(format_selection.weights(model, "float32"))
    torch.testing.assert_close(scores(network, [40]), theirs, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(scores(network, [7, 1, 1, 20, 11]), theirs, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("family", FAMILIES)
def test_folding_changes_the_weights_and_not_the_function(family: str) -> None:
    model = tiny.model(family)
    plain = format_selection.weights(model, "float32")
    config, tensors = rotation.rotated(architecture.config(model), format_selection.tensors_of(model))
    network = Network(Weights(config, "float32", dict(tensors), plain.rope_table))
    torch.testing.assert_close(scores(network, [40]), scores(Network(plain), [40]), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("family", FAMILIES)
def test_int8_stays_close_to_float32(family: str) -> None:
    model = tiny.model(family)
    exact, quick = (
        scores(Network(format_selection.weights(model, form)), [40]) for form in ("float32", "int8")
    )
    noise = (quick - exact).std() / exact.std()
    assert noise < 0.25


rows = st.integers(0, 2**16).map(lambda n: torch.randn(9, 48, generator=torch.Generator().manual_seed(n)))


@settings(deadline=None, max_examples=25)
@given(rows, st.integers(0, 8), st.floats(1e-3, 1e3))
def test_a_row_in_int8_does_not_depend_on_its_neighbours(batch: torch.Tensor, row: int, loud: float) -> None:
    matrix = torch.randn(40, 48, generator=torch.Generator().manual_seed(0))
    multiply = linear.Int8Linear(*linear.quantised(matrix), None)
    others = torch.arange(9) != row
    batch[others] *= loud
    assert torch.equal(multiply(batch)[row], multiply(batch[row : row + 1])[0])


def test_the_int8_product_is_what_integers_say_but_for_rare_small_cuts() -> None:
    matrix = torch.randn(40, 577, generator=torch.Generator().manual_seed(0))
    weight, scale = linear.quantised(matrix)
    inputs = torch.randn(50, 577, generator=torch.Generator().manual_seed(1))
    largest = inputs.abs().amax(1, True)
    rounded = (inputs / largest * 127).round() / 127 * largest
    wanted = (rounded.double() @ (weight.double() * scale.double()[:, None]).T).float()
    off = (linear.Int8Linear(weight, scale, None)(inputs) - wanted) / wanted.std()
    assert (off.abs() > 1e-3).float().mean() < 0.01
    assert off.square().mean().sqrt() < 0.003, "well below the one per cent that rounding costs"


def test_even_at_the_extremes_a_sum_is_cut_by_a_sixth_at_most() -> None:
    matrix = torch.full((8, 64), 3.0)
    got = linear.Int8Linear(*linear.quantised(matrix), None)(torch.ones(1, 64))
    assert float(got[0, 0]) == pytest.approx(192.0, rel=1 / 3)
    assert torch.equal(got, got[:, :1].expand(1, 8))


@pytest.mark.parametrize("family", FAMILIES)
@settings(deadline=None, max_examples=15)
@given(data=st.data())
def test_scores_are_the_same_bits_alone_and_in_company(family: str, data: st.DataObject) -> None:
    network = NETWORKS[family]
    starts = data.draw(st.lists(st.integers(0, 70), min_size=6, max_size=6))
    present = sorted(data.draw(st.sets(st.integers(0, 5), min_size=1)))
    cache = network.cache(6, 128)
    for slot, start in enumerate(starts):
        if start:
            network.step(cache, [Part(slot, 0, (IDS * 2)[:start], scored=False)])
    parts = [Part(slot, starts[slot], [slot]) for slot in present]
    co_batched = network.step(cache, [*parts, Part(7 % 6, 0, IDS[:5])] if 1 not in present else parts)
    for row, part in enumerate(parts):
        assert np.array_equal(network.step(cache, [part])[0], co_batched[row])


NETWORKS = {family: Network(format_selection.weights(tiny.model(family), "int8")) for family in FAMILIES}


def test_the_ladder_takes_a_quicker_format_only_if_it_writes_as_well() -> None:
    model = tiny.model("llama")
    choice = format_selection.choose(model, IDS)
    for trial in choice.trials:
        good = trial.perplexity <= trial.perplexity_float32 * format_selection.TOLERANCE
        assert not trial.holds or (good and trial.seconds < trial.seconds_float32)
    assert choice.network.form == next((t.form for t in choice.trials if t.holds), "float32")
    assert format_selection.choose(model, ()).network.form == "float32"


def test_perplexity_is_what_transformers_loss_says() -> None:
    model = tiny.model("llama")
    network = Network(format_selection.weights(model, "float32"))
    with torch.inference_mode():
        loss = model(torch.tensor([IDS]), labels=torch.tensor([IDS])).loss
    assert format_selection.perplexity(network, IDS) == pytest.approx(float(loss.exp()), rel=1e-3)


@pytest.mark.parametrize("family", ["llama", "gpt2"])
def test_a_kept_network_computes_the_same_bits(family: str, tmp_path: Path) -> None:
    kept = format_selection.weights(tiny.model(family), "int8")
    trial = Trial("int8", 2.0, 2.0, 0.1, 0.2, True)
    store.save(tmp_path, Choice(kept, Network(kept), (trial,)))
    loaded = store.load(tmp_path)
    assert loaded is not None
    network, trials = loaded
    assert trials == (trial,)
    assert torch.equal(scores(network, [40]), scores(Network(kept), [40]))


def test_nothing_is_read_where_nothing_or_something_older_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert store.load(tmp_path) is None
    kept = format_selection.weights(tiny.model("llama"), "int8")
    store.save(tmp_path, Choice(kept, Network(kept), ()))
    monkeypatch.setattr(store, "FORMAT", "another")
    assert store.load(tmp_path) is None


def test_what_is_kept_is_chosen_anew_where_a_quicker_form_was_not_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = format_selection.weights(tiny.model("llama"), "float32")
    store.save(tmp_path, Choice(kept, Network(kept), (Trial("float32", 2.0, 2.0, 0.1, 0.2, True),)))
    monkeypatch.setattr(format_selection, "candidates", lambda: ("int8",))
    assert store.load(tmp_path) is None
    trials = (Trial("int8", 3.0, 2.0, 0.1, 0.2, False),)
    store.save(tmp_path, Choice(kept, Network(kept), trials))
    assert store.load(tmp_path) is not None
