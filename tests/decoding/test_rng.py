"""A seed means what it meant when torch drew: the same numbers, the same choices."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_demo.decoding import Sampler, Sampling
from aigc_demo.decoding.rng import Rng

seeds = st.one_of(st.integers(0, 2**32 - 1), st.integers(2**32, 2**40))


@settings(deadline=None, max_examples=200)
@given(seeds, st.lists(st.integers(1, 900), min_size=1, max_size=4))
def test_exponential_numbers_are_torchs_to_the_bit(seed: int, counts: list[int]) -> None:
    ours, theirs = Rng(seed), torch.Generator().manual_seed(seed)
    for count in counts:
        wanted = torch.empty(count).exponential_(1, generator=theirs).numpy()
        assert np.array_equal(ours.exponential(count), wanted)


@settings(deadline=None, max_examples=200)
@given(seeds, st.integers(2, 3000), st.floats(0.0, 0.9))
def test_choices_are_multinomials(seed: int, size: int, zeros: float) -> None:
    numbers = np.random.default_rng(seed)
    weights = numbers.random(size, np.float32) * (numbers.random(size) >= zeros)
    weights[numbers.integers(size)] = 1.0
    ours, theirs = Rng(seed), torch.Generator().manual_seed(seed)
    for _ in range(5):
        wanted = int(torch.multinomial(torch.from_numpy(weights), 1, generator=theirs))
        assert ours.choice(weights) == wanted


def by_torch(logits: torch.Tensor, how: Sampling, rng: torch.Generator) -> int:
    """The choice as torch makes it."""
    scores = logits / how.temperature
    tokens = torch.arange(len(scores))
    if how.top_k:
        scores, tokens = scores.topk(how.top_k)
    probabilities = scores.softmax(0)
    if how.top_p < 1.0:
        probabilities, order = probabilities.sort(descending=True)
        tokens = tokens[order]
        before = probabilities.cumsum(0) - probabilities
        probabilities = probabilities.masked_fill(before >= how.top_p, 0.0)[:1024]
    return int(tokens[torch.multinomial(probabilities, 1, generator=rng)])


HOWS = [
    Sampling(0.3, top_p=0.9, top_k=50),
    Sampling(1.0),
    Sampling(0.7, top_p=0.9),
    Sampling(1.4, top_k=7),
    Sampling(0.9, top_p=0.01, top_k=50),
]


@pytest.mark.parametrize("how", HOWS, ids=str)
def test_a_sampler_chooses_what_torch_would(how: Sampling) -> None:
    for seed in range(40):
        numbers = np.random.default_rng(seed)
        ours = Sampler(Sampling(how.temperature, how.top_p, how.top_k, seed=seed), [])
        theirs = torch.Generator().manual_seed(seed)
        for _ in range(8):
            logits = 4 * numbers.standard_normal((99, 6450, 49_152)[seed % 3], np.float32)
            assert ours(logits) == by_torch(torch.from_numpy(logits), how, theirs)
