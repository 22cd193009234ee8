"""A text is read by the numbers that it was written from; attention is what the network itself computes."""

import ctypes
from typing import Any

import numpy as np
import pytest
import torch

from aigc_demo import decoding
from aigc_demo.decoding import teacher_forcing
from aigc_demo.decoding.sampling import Sampler, Sampling
from aigc_demo.decoding.transformers_decoder import TransformersDecoder
from tests.decoding import tiny

PROMPT = [5, 17, 3, 60, 8]
TEXT = [int(n) for n in torch.randint(0, 99, (70,), generator=torch.Generator().manual_seed(2))]


def check(done: int) -> None:
    """Nobody stops it."""


@pytest.mark.parametrize("family", ["llama", "llama-biased", "qwen3"])
def test_attention_is_that_of_transformers(library: ctypes.CDLL, family: str) -> None:
    model = tiny.wide(family)
    for values in model.parameters():  # half precision is what its blocks keep
        values.data = values.data.half().float()
    decoder = decoding.ContinuousBatcher(tiny.native(model, "float16", library))
    read = teacher_forcing.read(decoder, PROMPT, TEXT, check)
    model.set_attn_implementation("eager")
    with torch.inference_mode():
        told = model(torch.tensor([[*PROMPT, *TEXT[:-1]]]), output_attentions=True)
    wanted = torch.stack(told.attentions)[:, 0, :, len(PROMPT) - 1 :].numpy()
    assert read.attention is not None
    assert read.attention.shape == wanted.shape == (2, 4, len(TEXT), len(PROMPT) + len(TEXT) - 1)
    assert np.abs(read.attention - wanted).max() < 0.002
    assert read.attention.sum(-1) == pytest.approx(1, abs=1e-4)


class Keeping(Sampler):
    """Keeps the scores that it was shown."""

    def __init__(self, how: Sampling) -> None:
        super().__init__(how, PROMPT)
        self.shown: list[Any] = []

    def __call__(self, logits: Any) -> int:
        self.shown.append(np.array(logits))
        return super().__call__(logits)


@pytest.mark.parametrize("form", ["int4", "blocks8", "float16"])
def test_the_scores_are_those_that_the_text_was_written_from(library: ctypes.CDLL, form: Any) -> None:
    decoder = decoding.ContinuousBatcher(tiny.native(tiny.wide("llama"), form, library))
    sampler = Keeping(Sampling(temperature=1.0, seed=4))
    text = [token for token in decoder.run(PROMPT, sampler, 50, set()) if token is not None]
    read = teacher_forcing.read(decoder, PROMPT, text, check)
    assert np.array_equal(read.scores, np.stack(sampler.shown))


def test_networks_of_torch_tell_their_scores_too() -> None:
    model = tiny.model("gpt2")
    with torch.inference_mode():
        wanted = model(torch.tensor([[*PROMPT, *TEXT[:-1]]])).logits[0, len(PROMPT) - 1 :].numpy()
    for decoder in (decoding.decoder(model), TransformersDecoder(model)):
        read = teacher_forcing.read(decoder, PROMPT, TEXT, check)
        assert read.attention is None
        assert np.abs(read.scores - wanted).max() < 1e-3


def test_attention_of_a_long_text_is_kept_for_its_beginning(
    library: ctypes.CDLL, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoder = decoding.ContinuousBatcher(tiny.native(tiny.wide("llama"), "float16", library))
    whole = teacher_forcing.read(decoder, PROMPT, TEXT, check)
    monkeypatch.setattr(teacher_forcing, "MOST_ATTENTION", 2 * 4 * 40 * (len(PROMPT) + len(TEXT) - 1))
    cut = teacher_forcing.read(decoder, PROMPT, TEXT, check)
    assert cut.attention is not None
    assert whole.attention is not None
    assert cut.attention.shape[2] == 40
    assert np.array_equal(cut.attention, whole.attention[:, :, :40])
    assert np.array_equal(cut.scores, whole.scores)


def test_whoever_reads_can_be_stopped() -> None:
    def stop(done: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        teacher_forcing.read(decoding.decoder(tiny.model("llama")), PROMPT, TEXT, stop)
