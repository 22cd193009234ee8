"""Choosing tokens: laws of the sampler, and the loop on a tiny random model."""

import copy
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_demo import decoding
from aigc_demo.decoding import (
    ContinuousBatcher,
    Sampler,
    Sampling,
    architecture,
    continuous_batcher,
    sampling,
)
from aigc_demo.decoding.sampling import Floats, Mask
from aigc_demo.decoding.transformers_decoder import TransformersDecoder
from tests.engine import tiny_llama


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from transformers import AutoModelForCausalLM

    folder = tiny_llama.save(tmp_path_factory.mktemp("tiny"))
    return AutoModelForCausalLM.from_pretrained(folder).eval()


def tokens(
    model: Any,
    how: Sampling,
    prompt: list[int] | None = None,
    limit: int = 24,
    constraint: decoding.Constraint | None = None,
) -> list[int]:
    result = decoding.generate(decoding.decoder(model), prompt or [5, 6, 7], how, limit, (), constraint)
    return [token for token in result if token is not None]


def test_the_likeliest_token_is_what_generate_takes_too(model: Any) -> None:
    prompt = [5, 6, 7, 8]
    out = model.generate(torch.tensor([prompt]), do_sample=False, max_new_tokens=24, min_new_tokens=24)
    assert tokens(model, Sampling(temperature=0.0), prompt) == out[0, len(prompt) :].tolist()


def test_every_decoder_of_a_model_gives_the_same_tokens(model: Any) -> None:
    assert isinstance(decoding.decoder(model), ContinuousBatcher)
    prompt = list(range(5, 60))
    short, general = (
        list(decoding.generate(each, prompt, Sampling(temperature=0.0), 40, stop=()))
        for each in (decoding.decoder(model), TransformersDecoder(model))
    )
    assert short == general


def tiny_qwen3() -> Any:
    from transformers import Qwen3Config, Qwen3ForCausalLM

    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "head_dim": 16}
    config = Qwen3Config(vocab_size=99, num_attention_heads=4, num_key_value_heads=2, **sizes)
    return Qwen3ForCausalLM(config).eval()


def test_the_short_path_takes_qwen3_too() -> None:
    model = tiny_qwen3()
    assert isinstance(decoding.decoder(model), ContinuousBatcher)
    prompt = [3, 50, 7, 7]
    out = model.generate(torch.tensor([prompt]), do_sample=False, max_new_tokens=20, min_new_tokens=20)
    assert tokens(model, Sampling(temperature=0.0), prompt, 20) == out[0, 4:].tolist()


def test_the_short_path_takes_gpt2_too() -> None:
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    gpt2 = GPT2LMHeadModel(GPT2Config(vocab_size=99, n_embd=32, n_layer=2, n_head=4)).eval()
    assert isinstance(decoding.decoder(gpt2), ContinuousBatcher)
    out = gpt2.generate(torch.tensor([[3, 5]]), do_sample=False, max_new_tokens=10, min_new_tokens=10)
    assert tokens(gpt2, Sampling(temperature=0.0), [3, 5], 10) == out[0, 2:].tolist()


def test_other_models_and_formats_take_the_general_path(model: Any) -> None:
    half = copy.deepcopy(model).to(torch.bfloat16)
    assert isinstance(decoding.decoder(half), TransformersDecoder)
    assert not architecture.fits(torch.nn.Linear(2, 2))


def test_a_prompt_read_in_parts_gives_the_same_as_one_read_at_once(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt = list(range(3, 103))
    whole = tokens(model, Sampling(temperature=0.0), prompt)
    monkeypatch.setattr(continuous_batcher, "ALONE_CHUNK", 7)
    assert tokens(model, Sampling(temperature=0.0), prompt) == whole


def test_the_same_seed_gives_the_same_tokens_and_another_gives_others(model: Any) -> None:
    how = Sampling(temperature=1.0, seed=7)
    assert tokens(model, how) == tokens(model, how)
    assert tokens(model, how) != tokens(model, Sampling(temperature=1.0, seed=8))


def test_a_run_has_its_own_chance_whatever_runs_beside_it(model: Any) -> None:
    how = Sampling(temperature=1.0, seed=7)
    alone = tokens(model, how)
    torch.manual_seed(0)
    beside = decoding.generate(
        decoding.decoder(model), [9, 9], Sampling(temperature=1.0, seed=1), 24, stop=()
    )
    mixed = []
    for token in decoding.generate(decoding.decoder(model), [5, 6, 7], how, 24, stop=()):
        next(beside)
        torch.rand(3)  # somebody uses the common chance
        if token is not None:
            mixed.append(token)
    assert mixed == alone


def test_a_stop_token_ends_the_text(model: Any) -> None:
    free = tokens(model, Sampling(temperature=1.0, seed=3))
    stopped = list(
        decoding.generate(
            decoding.decoder(model), [5, 6, 7], Sampling(temperature=1.0, seed=3), 24, stop={free[4]}
        )
    )
    result = [token for token in stopped if token is not None]
    assert result == free[: free.index(free[4]) + 1]


scores = st.lists(st.floats(-20, 20, width=32), min_size=3, max_size=40).map(
    lambda numbers: np.array(numbers, np.float32)
)


def drawn(seed: int, count: int) -> Floats:
    return np.random.default_rng(seed).standard_normal(count, np.float32)


@settings(deadline=None)
@given(scores, st.integers(0, 2**32 - 1))
def test_temperature_zero_ignores_the_seed(logits: Floats, seed: int) -> None:
    assert Sampler(Sampling(temperature=0.0, seed=seed), [])(logits) == int(logits.argmax())


@settings(deadline=None)
@given(scores, st.integers(1, 5), st.integers(0, 1000))
def test_top_k_takes_one_of_the_k_likeliest(logits: Floats, k: int, seed: int) -> None:
    token = Sampler(Sampling(temperature=1.0, top_k=k, seed=seed), [])(logits)
    assert (logits > logits[token]).sum() < k


@settings(deadline=None)
@given(scores, st.floats(0.01, 0.99), st.integers(0, 1000))
def test_top_p_takes_only_what_the_likelier_ones_leave_room_for(logits: Floats, p: float, seed: int) -> None:
    token = Sampler(Sampling(temperature=1.0, top_p=p, seed=seed), [])(logits)
    probabilities = sampling.softmax(logits)
    likelier = probabilities[probabilities > probabilities[token]].sum()
    assert likelier <= p + 1e-5


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000), st.floats(0.05, 1.0))
def test_looking_at_the_likeliest_first_changes_no_choice(seed: int, p: float) -> None:
    logits = drawn(seed, 3000) * 3
    how = Sampling(temperature=1.0, top_p=p, seed=seed)
    short = Sampler(how, [])(logits)
    guess, sampling.NUCLEUS_GUESS = sampling.NUCLEUS_GUESS, 3000
    try:
        assert Sampler(how, [])(logits) == short
    finally:
        sampling.NUCLEUS_GUESS = guess


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 1000), st.integers(1, 60), st.sampled_from([50, 1000, 49_152]), st.booleans())
def test_the_largest_are_found_without_sorting_all(seed: int, count: int, size: int, alike: bool) -> None:
    values = np.round(drawn(seed, size)) if alike else drawn(seed, size)
    wanted = np.argsort(-values, kind="stable")[:count]
    assert sampling.largest(values, count).tolist() == wanted.tolist()


def test_draws_follow_the_probabilities() -> None:
    logits = np.log(np.array([0.6, 0.3, 0.1], np.float32))
    drawn = Counter(Sampler(Sampling(temperature=1.0, seed=seed), [])(logits) for seed in range(3000))
    assert all(abs(drawn[n] / 3000 - share) < 0.04 for n, share in enumerate([0.6, 0.3, 0.1]))


def test_repetition_penalty_works_as_in_transformers() -> None:
    from transformers import RepetitionPenaltyLogitsProcessor

    logits = torch.from_numpy(drawn(0, 50))
    prompt = [3, 9, 9, 20]
    theirs = RepetitionPenaltyLogitsProcessor(1.7)(torch.tensor([prompt]), logits[None].clone())[0]
    sampler = Sampler(Sampling(temperature=0.0, repetition_penalty=1.7), prompt)
    assert np.array_equal(sampler._penalised(logits.numpy()), theirs.numpy())
    said = sampler(logits.numpy())
    again = RepetitionPenaltyLogitsProcessor(1.7)(torch.tensor([[*prompt, said]]), logits[None].clone())[0]
    assert np.array_equal(sampler._penalised(logits.numpy()), again.numpy())


class Evens:
    """Only even tokens, and 8 first."""

    def allowed(self, result: Sequence[int]) -> Mask:
        return np.arange(99) % 2 == 0 if result else np.arange(99) == 8


def test_a_constraint_decides_what_may_be_said_at_all() -> None:
    model = tiny_qwen3()
    result = tokens(model, Sampling(temperature=1.0, seed=1), constraint=Evens())
    assert result[0] == 8 and all(token % 2 == 0 for token in result)
    assert len(set(result)) > 3


def test_a_constraint_comes_before_top_k_and_top_p() -> None:
    logits = np.zeros(99, np.float32)
    logits[[1, 3, 5, 8]] = [30.0, 29.0, 28.0, 1.0]
    for how in (Sampling(1.0, top_k=2), Sampling(1.0, top_p=0.5), Sampling(0.0)):
        assert Sampler(how, [], Evens())(logits) == 8


def test_a_constraint_that_leaves_nothing_is_a_mistake_and_said_so() -> None:
    class Nothing:
        def allowed(self, result: Sequence[int]) -> Mask:
            return np.zeros(99, bool)

    with pytest.raises(ValueError, match="leaves no token"):
        Sampler(Sampling(), [], Nothing())(np.zeros(99, np.float32))
