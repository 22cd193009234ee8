"""The mark in a text's choice of words: fair to each word, found by its key alone, and off unless wanted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from aigc_demo.decoding import mark_key, watermark
from aigc_demo.decoding.sampling import Sampler, Sampling, softmax
from aigc_demo.engine import sources, text_marks
from aigc_demo.provenance.checking import THRESHOLD
from aigc_demo.settings import Settings
from aigc_demo.tasks.text.answer import sampling
from aigc_demo.tasks.text.params import ChatParams
from aigc_demo.tasks.text.pipeline import mark_of
from tests.declared import CATALOG

KEY, OTHER = b"k" * 32, b"o" * 32
HOW = Sampling(temperature=1.0, top_k=40, seed=3)
WORDS = 300


def written(how: Sampling, count: int = 400) -> list[int]:
    """What a model would say that has no preference but a new one at each step."""
    rng, sampler = np.random.default_rng(5), Sampler(how, [1, 2])
    return [sampler(rng.standard_normal(WORDS).astype(np.float32) * 2) for _ in range(count)]


def test_without_a_key_nothing_changes_and_the_likeliest_bears_none() -> None:
    assert written(replace(HOW, mark=b"")) == written(HOW) != written(replace(HOW, mark=KEY))
    cold = replace(HOW, temperature=0.0)
    assert written(replace(cold, mark=KEY)) == written(cold)


def test_each_token_keeps_its_probability_on_the_average_over_keys() -> None:
    probabilities = softmax(np.array([3, 2, 1, 0, 0, -1], np.float32))
    tokens = np.arange(6)
    every = [
        watermark.marked(
            probabilities, watermark.bits(watermark.context_key(b"%d" % n, [1, 2, 3, 4]), tokens)
        )
        for n in range(3_000)
    ]
    assert all(abs(float(one.sum()) - 1) < 1e-5 for one in every)
    assert np.abs(np.mean(every, axis=0) - probabilities).max() < 0.06


def test_it_is_found_by_its_key_alone() -> None:
    marked, plain = written(replace(HOW, mark=KEY)), written(HOW)
    found = [
        watermark.likeness(tokens, key) for tokens, key in ((marked, KEY), (marked, OTHER), (plain, KEY))
    ]
    assert found[0] is not None and found[0] > 3 * THRESHOLD
    assert all(one is not None and abs(one) < THRESHOLD for one in found[1:])
    assert watermark.likeness(marked[:150], KEY) is None
    assert watermark.likeness(marked[:150] * 3, KEY) is None, "what comes again proves nothing more"


def test_a_text_is_long_enough_to_be_marked_or_is_not(tmp_path: Path) -> None:
    on, off = (Settings(data_dir=tmp_path, text_mark=marks) for marks in (True, False))
    assert mark_of(off) == b""
    assert list(tmp_path.iterdir()) == []
    key = mark_of(on)
    assert len(key) == 32 and key == mark_of(on) == mark_key.load(tmp_path)
    long_, short = (ChatParams(prompt="a", max_new_tokens=count) for count in (watermark.LEAST, 50))
    assert (sampling(long_, key).mark, sampling(short, key).mark) == (key, b"")


def test_the_marks_of_an_installation_are_found_by_its_tokenizers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, settings = CATALOG.model("smollm2-135m"), Settings(data_dir=tmp_path, text_mark=True)
    text = " ".join(map(str, written(replace(HOW, mark=mark_of(settings))))).encode()

    class Numbers:
        def encode(self, text: str, add_special_tokens: bool) -> SimpleNamespace:
            return SimpleNamespace(ids=[int(word) for word in text.split()])

    monkeypatch.setattr(text_marks, "_read", lambda _: Numbers())
    assert text_marks.likeness(text, settings, [model]) is None, "no model has written here"
    file = sources.home(model, settings) / text_marks.TOKENIZER
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    found = text_marks.likeness(text, settings, [model])
    assert found is not None and found > THRESHOLD
    assert text_marks.likeness(text, Settings(data_dir=tmp_path), [model]) is None, "off"
