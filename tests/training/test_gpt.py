"""The loop that trains our small language models: optimiser, batches, and taking up where it stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from aigc_demo.training import gpt
from aigc_demo.training.checkpoint import Log
from aigc_demo.training.loop import options
from aigc_demo.training.muon import Muon, orthogonal

TINY = gpt.Shape(vocabulary=24, context=32, width=16, depth=2, heads=2, inner=32)


def tiny() -> gpt.LlamaForCausalLM:
    return gpt.make_model(TINY, bos=1, eos=2, pad=0)


def counting(rng: torch.Generator) -> gpt.Batch:
    """Rows that count upwards: easy to learn."""
    first = torch.randint(3, 10, (8,), generator=rng).tolist()
    return gpt.shifted([[1, *range(n, n + 10), 2] for n in first], pad=0)


def arguments(folder: Path, *more: str) -> object:
    return options("", str(folder), minutes=1.0, rate=2e-3).parse_args(["--minutes", "10", "--smoke", *more])


@pytest.mark.parametrize("shape", [(3, 8, 20), (2, 20, 8), (1, 12, 12)])
def test_orthogonal_brings_all_singular_values_near_one(shape: tuple[int, int, int]) -> None:
    matrices = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonal(matrices, steps=8))
    assert values.min() > 0.5
    assert values.max() < 1.3


def test_muon_minimises_a_quadratic() -> None:
    wanted = torch.randn(6, 10, generator=torch.Generator().manual_seed(1))
    matrix = torch.nn.Parameter(torch.zeros(6, 10))
    optimiser = Muon([matrix], lr=0.1)
    before = float((matrix - wanted).detach().square().mean())
    for _ in range(60):
        optimiser.zero_grad()
        (matrix - wanted).square().sum().backward()
        optimiser.step()
    assert float((matrix - wanted).detach().square().mean()) < 0.1 * before


def test_a_batch_asks_only_for_what_comes_after_the_given_part() -> None:
    ids, targets = gpt.shifted([[1, 5, 6, 7, 2], [1, 8, 2]], pad=0, asked_from=[3, 1])
    assert ids.tolist() == [[1, 5, 6, 7], [1, 8, 0, 0]]
    assert targets.tolist() == [[-100, -100, 7, 2], [8, 2, -100, -100]]


def test_the_loss_falls_on_what_can_be_learnt() -> None:
    training = gpt.Training(tiny().train(), counting, rate=0.01)
    training.train_step()
    first = training.loss
    for _ in range(80):
        training.train_step()
    assert gpt.loss_of(training.model, counting(training.rng)).item() < 0.6 * first


def test_tokens_that_weigh_nothing_are_not_learnt() -> None:
    weights = torch.ones(TINY.vocabulary)
    weights[2] = 0.0  # the end
    training = gpt.Training(tiny().train(), counting, rate=0.01, weights=weights)
    for _ in range(80):
        training.train_step()
    ids, targets = counting(training.rng)
    ends = torch.where(targets == 2, targets, gpt.NONE)
    others = torch.where(targets == 2, gpt.NONE, targets)
    assert gpt.loss_of(training.model, (ids, ends)) > 2 * gpt.loss_of(training.model, (ids, others))


def test_a_fresh_network_knows_nothing_in_bits() -> None:
    found = gpt.bits(tiny(), [counting(torch.Generator().manual_seed(0))])
    assert found == pytest.approx(torch.tensor(24.0).log2().item(), abs=0.3)


def test_a_smoke_run_writes_a_model_and_its_facts_and_goes_on_from_its_state(tmp_path: Path) -> None:
    args = arguments(tmp_path)
    validation = [counting(torch.Generator().manual_seed(9))]
    gpt.train("tiny", tiny(), counting, validation, args)  # type: ignore[arg-type]
    assert "model.embed_tokens.weight" in load_file(tmp_path / "model" / "model.safetensors")
    gpt.train("tiny", tiny(), counting, validation, args)  # type: ignore[arg-type]
    assert '"steps": 4' in (tmp_path / "model" / "training.json").read_text()


def test_of_all_averages_that_were_looked_at_the_best_is_kept(tmp_path: Path) -> None:
    training = gpt.Training(tiny().train(), counting, rate=0.01)
    twin, log = gpt.make_twin(training.model), Log(tmp_path / "log.txt")
    validation = [counting(torch.Generator().manual_seed(7))]
    for _ in range(5):
        training.train_step()
    gpt.look("tiny", training, twin, validation, None, log)
    best, kept = training.best, [value.clone() for value in training.kept]
    for value in training.average.shadow:
        value.add_(torch.randn(value.shape, generator=torch.Generator().manual_seed(0)))
    gpt.look("tiny", training, twin, validation, None, log)
    assert training.best == best
    assert all(torch.equal(a, b) for a, b in zip(training.kept, kept, strict=True))
