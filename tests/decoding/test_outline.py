"""Outlines: whatever a model would rather say, its text has the parts that were asked for."""

from __future__ import annotations

import re

import numpy as np
import pytest

from aigc_demo.decoding.outline import Filling, Outline, Spelling

WORDS = [b" What", b"What", b"?\n", b"", b".", b".\n", "你".encode(), b"A) ", b"\nB", b" the", b"\n\n"]
SPELLED = [*(bytes([one]) for one in range(256)), *WORDS]
END, SCORES = len(SPELLED), len(SPELLED) + 3
SPELLING = Spelling(SPELLED)
QUIZ = "1. {q:2-6}?\nA) {option:1-4}\nB) {option}\nKey: {A|B}\n"


def outline(text: str) -> Outline:
    return Outline(text, SPELLING, SCORES, [END])


def filled(form: Outline, seed: int, begun: str = "") -> bytes:
    """A text by a model that would say anything at all."""
    rng, filling = np.random.default_rng(seed), Filling(form, begun)
    made: list[int] = []
    for _ in range(form.tokens + 1):
        allowed = filling.allowed(made)
        assert allowed is not None
        assert allowed.any()
        token = int(rng.choice(np.flatnonzero(allowed)))
        if token == END:
            return b"".join(SPELLED[one] for one in made)
        made.append(token)
    raise AssertionError("it has no end")


@pytest.mark.parametrize("seed", range(12))
def test_a_text_has_its_parts_and_is_whole_characters(seed: int) -> None:
    text = filled(outline(QUIZ), seed).decode()
    found = re.fullmatch(r"1\. (.+)\?\nA\) (.+)\nB\) (.+)\nKey: (A|B)\n", text)
    assert found is not None
    words = [re.findall(r"\w+", one.casefold()) for one in found.groups()[1:3]]
    assert words[0] != words[1]


def test_a_gap_ends_with_a_sentence_once_it_is_long_enough() -> None:
    form, filling = outline("{text:1-10}\n\nEnd"), Filling(outline("{text:1-10}\n\nEnd"))
    made = [SPELLED.index(b"W")] + [SPELLED.index(b" the")] * 5
    after = filling.allowed(made)
    assert after is not None
    assert after[SPELLED.index(b" What")]
    after = filling.allowed([*made, SPELLED.index(b".")])
    assert after is not None
    assert all(b"\n" in SPELLED[one] for one in np.flatnonzero(after))
    assert form.gaps[0].most == 10


def test_what_is_there_already_is_gone_on_with_and_what_does_not_fit_is_free() -> None:
    form = outline("# {title:1-3}\n")
    assert filled(form, 1, "# A ca").startswith((b"t", b""))
    assert not Filling(form, "Once upon a time").fits
    assert Filling(form, "Once upon a time").allowed([]) is None


def test_the_last_gap_ends_with_the_text() -> None:
    assert b"\n" not in filled(outline("Say: {words:1-5}"), 3)


@pytest.mark.parametrize("text", ["{a:1-2}{b:1-2}", "{unknown}", "{a|ab}"])
def test_an_outline_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"gap|begin"):
        outline(text)
