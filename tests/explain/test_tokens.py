"""Token by token: what the model would have said, what was taken away before the draw, and what was drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from aigc_demo.decoding.sampling import Mask, Sampler, Sampling
from aigc_demo.explain import Bytes, Explanation, Section, tokens, words
from aigc_demo.explain import told as without_words
from aigc_demo.types import Remark

PIECES = [b"cat", b"\xe7\x8c", b"\xab", b"!", b""]
SCORES = np.log(np.array([0.5, 0.25, 0.125, 0.1, 0.025], np.float32))


class NoCat:
    """A rule that forbids the first token."""

    def allowed(self, result: Sequence[int]) -> Mask:
        return np.array([False, True, True, True, True])


def looked(said: Sequence[int], how: Sampling, *, rule: bool = False) -> list[tokens.Position]:
    sampler = Sampler(how, [0], NoCat() if rule else None)
    scores = np.stack([SCORES] * len(said))
    return tokens.positions(
        scores, said, sampler, lambda before: PIECES.__getitem__, lambda before: "character"
    )


def test_each_token_has_its_probability_its_surprise_and_alternatives() -> None:
    (one,) = looked([1], Sampling(temperature=1.0, seed=1))
    assert one.said["p"] == pytest.approx(0.25)
    assert one.said["bits"] == 2.0
    assert [choice["p"] for choice in one.said["choices"]] == pytest.approx([0.5, 0.25, 0.125, 0.1, 0.025])
    assert [choice.get("chosen", False) for choice in one.said["choices"]] == [False, True, *[False] * 3]
    assert "wanted" not in one.said


def test_what_temperature_and_top_p_cut_off_is_told() -> None:
    (one,) = looked([0], Sampling(temperature=1.0, top_p=0.6, seed=1))
    assert one.said["left"] == 2
    assert one.said["q"] == pytest.approx(0.5 / 0.75, abs=1e-4)
    assert one.said["cut"]["settings"] == pytest.approx(0.25)
    assert [choice["why"] for choice in one.said["choices"]] == ["", "", *["settings"] * 3]


def test_at_temperature_zero_one_token_is_left() -> None:
    (one,) = looked([0], Sampling(temperature=0.0))
    assert (one.said["left"], one.said["q"], one.chosen) == (1, 1.0, 0)


def test_a_rule_that_overruled_the_model_says_what_it_wanted() -> None:
    (one,) = looked([1], Sampling(temperature=1.0, seed=1), rule=True)
    assert one.said["wanted"] == {"text": "cat", "p": pytest.approx(0.5)}
    assert one.said["rule"] == "character"
    assert one.said["cut"]["rules"] == pytest.approx(0.5)
    assert one.said["q"] == pytest.approx(0.5)


def test_tokens_that_are_one_character_together_are_shown_as_one() -> None:
    how = Sampling(temperature=1.0, seed=1)
    section = tokens.section(looked([0, 1, 2, 3], how), how)
    assert [one["text"] for one in section.data["tokens"]] == ["cat", "猫", "!"]
    whole = section.data["tokens"][1]
    assert [step["text"] for step in whole["steps"]] == ["⟨E7 8C⟩", "⟨AB⟩"]
    assert whole["bits"] == pytest.approx(sum(step["bits"] for step in whole["steps"]))


def test_bytes_that_are_no_character_stand_alone() -> None:
    how = Sampling(temperature=1.0, seed=1)
    section = tokens.section(looked([2, 0, 1], how), how)
    assert [one["text"] for one in section.data["tokens"]] == ["⟨AB⟩", "cat", "⟨E7 8C⟩"]


def test_the_sampler_draws_again_what_it_drew() -> None:
    how = Sampling(temperature=1.0, top_p=0.9, seed=11)
    writer = Sampler(how, [0])
    said = [writer(SCORES) for _ in range(20)]
    assert tokens.retraced(looked(said, how))
    assert not tokens.retraced(looked([*said[:-1], (said[-1] + 1) % 4], how))


def test_numbers_for_a_drawing_come_back_to_a_255th() -> None:
    values = np.random.default_rng(1).random((3, 4, 5)).astype(np.float32)
    packed = Bytes.of(values)
    assert packed.numbers().shape == (3, 4, 5)
    assert np.abs(packed.numbers() - values).max() <= 0.5 / 255 + 1e-6


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_same_is_told_in_words(language: str) -> None:
    how = Sampling(temperature=1.0, top_p=0.6, seed=1)
    said = [1, 2, 3]
    remarks = [Remark("inside.not_retraced")]
    text = tokens.section(looked(said, how, rule=True), how, remarks=remarks)
    looks = np.full((2, 2, 3, 4), 0.25, np.float32)
    seen = tokens.attention(looks, ["asked"], tokens.spelled(said, PIECES.__getitem__))
    first, second = words.told(Explanation((text, seen)).plain(), language)  # type: ignore[arg-type]
    assert [row[0] for row in first.rows] == ["“猫”", "“!”"]
    assert all("cat" in row[-1] for row in first.rows)
    assert len(first.sentences) == 3
    assert [len(row) for row in second.rows] == [2, 2, 2]
    assert not [part for part in (*first.head, *first.sentences, *second.sentences) if "inside." in part]


def test_a_link_that_keeps_the_request_back_is_not_told_it() -> None:
    looks = np.full((1, 1, 1, 2), 0.5, np.float32)
    plain = Explanation((tokens.attention(looks, ["secret"], ["cat"]),)).plain()
    shown = without_words(plain)
    assert "secret" in str(plain)
    assert "secret" not in str(shown)
    assert words.columns_of(shown["sections"][0]["data"]) == ["·", "cat"]


def test_a_section_of_no_known_kind_is_left_out_of_the_words() -> None:
    assert words.told(Explanation((Section("later", {}),)).plain(), "en") == []
