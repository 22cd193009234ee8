"""The compiled step: right to within its rounding; the same bits in any company, by any number of threads."""

import ctypes
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aigc_demo.decoding import architecture, blocks, compiled, format_selection, linear, packed
from aigc_demo.decoding.batched_model import BatchedModel, Floats, Format, Part
from aigc_demo.decoding.native import NativeModel
from aigc_demo.decoding.network import Network, Weights
from aigc_demo.settings import Settings
from aigc_demo.types import UserError
from tests.conftest import CACHE
from tests.decoding import tiny

FAMILIES = ("llama", "llama-biased", "qwen3")
FORMS: tuple[Format, ...] = ("int4", "blocks8", "float16")
IDS = [int(n) for n in torch.randint(0, 99, (60,), generator=torch.Generator().manual_seed(1))]


@pytest.fixture(scope="module", params=FAMILIES)
def model(request: pytest.FixtureRequest) -> Any:
    return tiny.wide(request.param)


@pytest.fixture(scope="module", params=FORMS)
def network(request: pytest.FixtureRequest, model: Any, library: ctypes.CDLL) -> NativeModel:
    return tiny.native(model, request.param, library)


class RoundedLinear(linear.FloatLinear):
    """Brings rows into blocks of 8 bits first, as the compiled step does."""

    def __call__(self, rows: torch.Tensor, factor: torch.Tensor | None = None) -> torch.Tensor:
        parts = rows.unflatten(-1, (-1, 32))
        scale = parts.abs().amax(-1, True).clamp_min(1e-30) / 127
        return super().__call__(((parts / scale).round() * scale).flatten(-2), factor)


def by_torch(model: Any, form: Format) -> Network:
    """In float32, with the weights that blocks of this form keep."""
    plain, kept = format_selection.weights(model, "float32"), tiny.bundles(model, form).tensors
    weights = {
        name: torch.from_numpy(blocks.unpacked(kept[name])[: len(weight)])
        if packed.is_matrix(name)
        else weight
        for name, weight in plain.kept.items()
    }
    return Network(Weights(plain.config, "float32", weights, plain.rope_table))


def scores(network: BatchedModel, pieces: list[int]) -> Floats:
    """The scores after each token of IDS, read in pieces of these sizes."""
    cache, start, result = network.cache(3, 64), 0, []
    for size in pieces:
        result.append(network.every(cache, Part(1, start, IDS[start : start + size])))
        start += size
    return np.concatenate(result)


@pytest.mark.parametrize("form", ["int4", "blocks8"])
def test_it_computes_what_torch_computes_with_the_same_rounding(
    model: Any, form: Format, library: ctypes.CDLL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linear, "FloatLinear", RoundedLinear)
    exact = scores(by_torch(model, form), [60])
    off = np.abs(scores(tiny.native(model, form, library), [60]) - exact) / exact.std()
    assert np.median(off) < 0.02, "keys and values in half precision make some numbers round otherwise"
    assert off.max() < 0.3


def test_weights_in_half_precision_are_computed_with_as_torch_does_in_single(
    model: Any, library: ctypes.CDLL
) -> None:
    exact = scores(by_torch(model, "float16"), [60])
    ours = scores(tiny.native(model, "float16", library), [60])
    assert np.abs(ours - exact).max() < 1e-4 * exact.std()


def test_a_text_read_in_any_pieces_gives_the_same_bits(network: NativeModel) -> None:
    whole = scores(network, [60])
    assert np.array_equal(scores(network, [1] * 60), whole)
    assert np.array_equal(scores(network, [7, 1, 2, 3, 30, 17]), whole)


@pytest.mark.parametrize("form", FORMS)
def test_the_number_of_threads_changes_no_bit(form: Format, library: ctypes.CDLL) -> None:
    count = [1]
    network = tiny.native(tiny.wide("qwen3"), form, library, lambda: count[0])
    alone = scores(network, [30, 1, 2, 1, 26])
    for more in (2, 2, 3, 2, 1, 3):
        count[0] = more
        assert np.array_equal(scores(network, [30, 1, 2, 1, 26]), alone)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_scores_are_the_same_bits_alone_and_in_company(network: NativeModel, data: st.DataObject) -> None:
    starts = data.draw(st.lists(st.integers(0, 70), min_size=6, max_size=6))
    present = sorted(data.draw(st.sets(st.integers(0, 5), min_size=1)))
    cache = network.cache(6, 128)
    for slot, start in enumerate(starts):
        if start:
            network.step(cache, [Part(slot, 0, (IDS * 2)[:start], scored=False)])
    parts = [Part(slot, starts[slot], [slot]) for slot in present]
    co_batched = network.step(cache, [*parts, Part(1, 0, IDS[:5])] if 1 not in present else parts)
    for row, part in enumerate(parts):
        assert np.array_equal(network.step(cache, [part])[0], co_batched[row])


@pytest.fixture(scope="session")
def by_zig(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The step as the compiler out of the wheel translates it."""
    from aigc_demo.engine import compiler, sources

    zig = compiler.declared(sys.platform, platform.machine())
    if zig is None:
        pytest.skip("No wheel holds a compiler for this kind of machine.")
    try:
        program = sources.fetch(zig, Settings(cache_dir=CACHE), lambda done, total: None) / "zig"
    except UserError as reason:
        pytest.skip(f"The compiler's wheel could not be had: {reason}")
    program.chmod(0o755)
    result = compiled.library(tmp_path_factory.mktemp("by-zig"), lambda: [(str(program), "cc")])
    assert result is not None
    return result


@pytest.fixture(scope="session")
def by_the_system(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The step as the system's own compiler translates it."""
    result = compiled.library(tmp_path_factory.mktemp("by-the-system"))
    if result is None:
        pytest.skip("The system has no compiler of its own.")
    return result


@pytest.mark.parametrize("form", FORMS)
def test_whichever_compiler_translated_it_the_bits_are_the_same(
    model: Any, form: Format, by_zig: ctypes.CDLL, by_the_system: ctypes.CDLL
) -> None:
    one, two = (scores(tiny.native(model, form, each), [30, 1, 29]) for each in (by_zig, by_the_system))
    assert np.array_equal(one, two)


def test_more_bits_are_nearer_to_the_model(model: Any, library: ctypes.CDLL) -> None:
    whole = scores(Network(format_selection.weights(model, "float32")), [60])
    off = [np.linalg.norm(scores(tiny.native(model, form, library), [60]) - whole) for form in FORMS]
    assert off[1] < 0.5 * off[0]
    assert off[2] < 0.1 * off[1]


def test_where_it_cannot_be_compiled_there_is_none(tmp_path: Path) -> None:
    assert compiled.library(tmp_path, lambda: [["false"], ["/no/such/compiler"]]) is None
    assert compiled.library(tmp_path, list) is None
    assert not list(tmp_path.iterdir())


def test_a_compiler_that_cannot_is_followed_by_the_next_one(tmp_path: Path) -> None:
    if not list(compiled.system_compilers()):
        pytest.skip("The system has no compiler of its own.")
    assert compiled.library(tmp_path, lambda: [["false"], *compiled.system_compilers()]) is not None


def test_none_is_asked_for_where_the_step_is_there(folder: Path) -> None:
    assert compiled.library(folder, lambda: pytest.fail("a compiler was asked for")) is not None


def test_it_is_compiled_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any, **__: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(subprocess, "run", never)
    assert compiled.library(folder) is not None


def test_only_networks_whose_sizes_are_whole_blocks_fit() -> None:
    assert packed.fits(architecture.config(tiny.wide("qwen3")))
    assert not packed.fits(architecture.config(tiny.model("llama")))
    assert not packed.fits(architecture.config(tiny.model("gpt2")))


@pytest.mark.parametrize("form", FORMS)
def test_kept_weights_compute_the_same_bits(
    model: Any, form: Format, library: ctypes.CDLL, tmp_path: Path
) -> None:
    weights = tiny.bundles(model, form)
    saved = packed.save(tmp_path, weights)
    loaded = packed.load(tmp_path)
    assert loaded is not None and (loaded.config, loaded.form) == (weights.config, weights.form)
    before = scores(NativeModel(weights, library), [60])
    assert np.array_equal(scores(NativeModel(loaded, library), [60]), before)
    assert np.array_equal(scores(NativeModel(saved, library), [60]), before)


def test_what_another_version_packed_is_not_read_and_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = tiny.bundles(tiny.wide("llama"), "int4")
    packed.save(tmp_path, weights)
    monkeypatch.setattr(packed, "VERSION", "next")
    assert packed.load(tmp_path) is None
    packed.save(tmp_path, weights)
    assert [file.name for file in tmp_path.iterdir()] == ["packed-next.safetensors"]


@pytest.mark.parametrize("family", ["llama", "llama-biased"])
def test_zeros_that_fill_up_the_inner_size_change_no_score(family: str) -> None:
    model = tiny.wide(family, inner=150)
    config = architecture.config(model)
    tensors = list(architecture.tensors(config, architecture.state_of(model)))
    wider, filled = packed.filled(config, tensors)
    assert (config.inner, wider.inner) == (150, 160)
    rope_table = format_selection.weights(model, "float32").rope_table
    result = []
    for sizes, kept in ((config, tensors), (wider, filled)):
        weights = {name: torch.from_numpy(value) for name, value in kept}
        network = Network(Weights(sizes, "float32", weights, rope_table))
        result.append(network.step(network.cache(1, 4), [Part(0, 0, [7, 8, 9])]))
    np.testing.assert_allclose(result[0], result[1], atol=1e-5)
