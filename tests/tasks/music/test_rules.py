"""The rules let only whole music through: whatever a model says under them is valid."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_demo.tasks.music import chorale_tokens, constraint, tokens
from aigc_demo.tasks.music.chorale_rules import ChoraleRules, Sung
from aigc_demo.tasks.music.chorale_rules import limit as chorale_limit
from aigc_demo.tasks.music.chorale_tokens import RANGES
from aigc_demo.tasks.music.constraint import FolkRules, SameRhythm
from aigc_demo.tasks.music.score import Note
from aigc_demo.tasks.music.tokens import EOS, ID, PITCHES, WORDS, NotSayableError, pitch_of
from aigc_demo.tasks.music.tune import Event, Section, Tune, bar_ticks
from aigc_demo.training import music_measures

METRES = [tokens.metre_of(name) for name in tokens.METRES]


def drawn(rules: object, seed: int, most: int, end: int) -> list[int]:
    """What a model that knows nothing says under the rules."""
    rng = np.random.default_rng(seed)
    result: list[int] = []
    while len(result) < most:
        allowed = rules.allowed(result)  # type: ignore[attr-defined]
        assert allowed.any()
        token = int(rng.choice(np.flatnonzero(allowed)))
        if token == end:
            return result
        result.append(token)
    raise AssertionError("it never ended")


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(METRES), st.integers(4, 64), st.integers(0, 6), st.integers(0, 10**6))
def test_every_tune_has_the_wanted_bars_and_sections_and_every_bar_sums(
    metre: tuple[int, int], bars: int, sections: int, seed: int
) -> None:
    sections = min(sections, bars // 2)
    rules = FolkRules(metre, bars, sections)
    result = drawn(rules, seed, constraint.limit(bars, metre), ID[EOS])
    tune = tokens.decode(result, metre, "major")
    assert tune.bars == bars
    assert not sections or len(tune.sections) == sections
    for section in tune.sections:
        for bar in section.bars:
            assert sum(event.ticks for event in bar) == bar_ticks(metre)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(METRES), st.integers(0, 10**6))
def test_a_tune_ends_on_its_tonic_and_a_scale_is_kept(metre: tuple[int, int], seed: int) -> None:
    scale = (0, 2, 4, 7, 9)
    result = drawn(FolkRules(metre, 4, scale=scale), seed, 10_000, ID[EOS])
    pitches = [pitch_of(token) for token in result if token in PITCHES]
    assert all(pitch % 12 in scale for pitch in pitches)
    assert pitches[-1] % 12 == 0


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(METRES), st.integers(4, 24), st.integers(0, 10**6))
def test_what_a_tune_says_is_read_back_as_the_same_tokens(
    metre: tuple[int, int], bars: int, seed: int
) -> None:
    result = drawn(FolkRules(metre, bars), seed, constraint.limit(bars, metre), ID[EOS])
    tune = tokens.decode(result, metre, "dorian")
    assert tokens.decode(tokens.encode(tune), metre, "dorian") == tune


def test_a_note_says_where_in_its_bar_it_ends_and_signs_count_what_is_left() -> None:
    bar, last = (Event(0, 36), Event(2, 12), Event(None, 48)), (Event(4, 96),)
    tune = Tune((4, 4), "major", (Section((bar, bar), repeated=True), Section((last,))), (Event(7, 12),))
    assert [WORDS[token] for token in tokens.encode(tune)] == [
        "pickup:12", "7@96",
        "|:2", "left:3", "bar:2", "0@36", "2@48", "rest@96", "bar:1", "0@36", "2@48", "rest@96",
        "[|1", "left:1", "bar:1", "4@96", EOS,
    ]  # fmt: skip


def test_only_what_sounds_at_the_bar_line_may_be_held() -> None:
    rules = FolkRules((2, 4), 4, 1)
    held = ID["hold@48"]
    result = [ID[word] for word in ("[|1", "left:4", "bar:4")]
    assert not rules.allowed(result)[held]
    result += [ID[word] for word in ("0@48", "bar:3")]
    assert rules.allowed(result)[held]
    result += [ID[word] for word in ("rest@48", "bar:2")]
    assert not rules.allowed(result)[held]


def test_a_triplet_is_three_notes_from_an_eighth_on() -> None:
    def bar(*events: tuple[int | None, int]) -> Tune:
        return Tune((2, 4), "major", (Section((tuple(Event(*event) for event in events),)),))

    whole = bar((0, 24), (4, 8), (5, 8), (7, 8))
    assert tokens.decode(tokens.encode(whole), (2, 4), "major") == whole
    for broken in (
        bar((0, 24), (4, 8), (5, 16)),
        bar((0, 32), (4, 16)),
        bar((0, 24), (4, 8), (None, 8), (7, 8)),
        bar((0, 6), (4, 8), (5, 8), (7, 8), (0, 18)),
    ):
        with pytest.raises(NotSayableError):
            tokens.encode(broken)


def test_a_tune_may_have_more_sections_than_are_counted() -> None:
    tune = Tune((2, 4), "major", (Section(((Event(0, 48),),)),) * 11)
    assert tokens.decode(tokens.encode(tune), (2, 4), "major") == tune


def test_a_beginning_is_kept_and_the_rest_fits_around_it() -> None:
    bar = (Event(0, 24), Event(4, 24), Event(7, 24), Event(4, 24))
    half = (Event(0, 48),)
    beginning = Tune((4, 4), "major", (Section((bar, bar, half)),))
    said = tokens.encode_beginning(beginning, [8, 8])
    rules = FolkRules((4, 4), 16, 2, given=said)
    tune = tokens.decode([*said, *drawn(rules, 3, 10_000, ID[EOS])], (4, 4), "major")
    assert tune.bars == 16
    assert tune.sections[0].bars[:2] == (bar, bar)
    assert tune.sections[0].bars[2][0] == half[0]


def test_a_variation_keeps_every_length_and_the_first_note_of_each_bar() -> None:
    bars = (
        (Event(0, 36), Event(2, 12), Event(4, 48)),
        (Event(7, 24), Event(5, 24), Event(0, 48)),
    )
    theme = Tune((4, 4), "major", (Section(bars),))
    ids = tokens.encode(theme)[:-1]
    found = set()
    for seed in range(5):
        result = tokens.decode(drawn(SameRhythm(ids), seed, 100, ID[EOS]), (4, 4), "major")
        for new, old in zip(result.sections[0].bars, bars, strict=True):
            assert [event.ticks for event in new] == [event.ticks for event in old]
            assert new[0] == old[0]
        found.add(result)
    assert len(found) > 1


@settings(max_examples=15, deadline=None)
@given(st.sampled_from([(4, 4), (3, 4)]), st.integers(1, 12), st.integers(60, 71), st.integers(0, 10**6))
def test_every_chorale_has_the_wanted_bars_and_its_voices_stay_in_range(
    metre: tuple[int, int], bars: int, tonic: int, seed: int
) -> None:
    result = sung(ChoraleRules(metre, bars, tonic), seed, chorale_limit(bars, metre))
    assert chorale_tokens.is_whole(result, metre, bars)
    chorale = chorale_tokens.decode(result, metre, "major")
    assert len(chorale.bars) == bars
    for bar in chorale.bars:
        assert sum(cut.ticks for cut in bar) == bar_ticks(metre)
    for voice, (low, high) in zip(chorale_tokens.voice_notes(chorale, tonic), RANGES, strict=True):
        assert all(low <= note.pitch <= high for note in voice)
    bass = chorale_tokens.voice_notes(chorale, tonic)[3]
    assert (bass[-1].pitch - tonic) % 12 == 0


@settings(max_examples=15, deadline=None)
@given(st.sampled_from([(4, 4), (3, 4)]), st.integers(1, 12), st.integers(0, 10**6))
def test_what_a_chorale_says_is_read_back_as_the_same_tokens(
    metre: tuple[int, int], bars: int, seed: int
) -> None:
    result = sung(ChoraleRules(metre, bars, 65), seed, chorale_limit(bars, metre))
    assert chorale_tokens.encode(chorale_tokens.decode(result, metre, "minor")) == result


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([6, 12, 24, 48]), st.integers(-4, 8), st.sampled_from([0, 0, 0, 12])),
        min_size=4,
        max_size=16,
    ),
    st.sampled_from([0, 24, 36]),
    st.integers(0, 10**6),
)
def test_a_given_melody_is_sung_note_for_note(
    steps: list[tuple[int, int, int]], upbeat: int, seed: int
) -> None:
    melody, now = [], 0
    for ticks, pitch, gap in steps:
        melody.append(Sung(now, ticks, pitch))
        now += ticks + gap
    bars = max(1, -(-(now - upbeat) // 96))
    last = melody[-1]
    melody[-1] = Sung(last.start, upbeat + 96 * bars - last.start, last.pitch)
    rules = ChoraleRules((4, 4), bars, 65, melody, upbeat)
    result = sung(rules, seed, chorale_limit(bars, (4, 4)))
    assert chorale_tokens.is_whole(result, (4, 4), bars)
    soprano = chorale_tokens.voice_notes(chorale_tokens.decode(result, (4, 4), "major"), 0)[0]
    assert [(n.start * 24, n.length * 24, n.pitch) for n in soprano] == [
        (note.start, note.ticks, note.pitch) for note in melody
    ]


def test_no_voice_crosses_another_while_there_is_room() -> None:
    for seed in range(5):
        voices = voices_of(sung(ChoraleRules((4, 4), 6, 65), seed, 4_000))
        assert music_measures.crossings(voices) == 0


def test_voices_that_may_go_elsewhere_make_no_parallel_fifths_or_octaves() -> None:
    found = [
        music_measures.parallels(voices_of(sung(ChoraleRules((4, 4), 6, 65), seed, 4_000)))
        for seed in range(5)
    ]
    assert found == [(0, 0)] * 5


def sung(rules: ChoraleRules, seed: int, most: int) -> list[int]:
    """What a choir that knows nothing sings under the rules, its end included."""
    end = chorale_tokens.ID[chorale_tokens.EOS]
    return [*drawn(rules, seed, most, end), end]


def voices_of(ids: list[int]) -> tuple[tuple[Note, ...], ...]:
    return chorale_tokens.voice_notes(chorale_tokens.decode(ids, (4, 4), "major"), 65)


GOOD = "@72 S7 A3 T0 B-12 bar:2 S12 @24 S10 B-14 @36 T2 bar:1 fermata S12 A3 T0 B-12 <eos>"


def is_whole(text: str) -> bool:
    ids = [chorale_tokens.ID[word] for word in text.split()]
    return chorale_tokens.is_whole(ids, (4, 4), 2)


def test_a_chorale_says_only_what_moves_and_lengths_follow() -> None:
    assert is_whole(GOOD)
    ids = [chorale_tokens.ID[word] for word in GOOD.split()]
    soprano, _, tenor, _ = voices_of(ids)
    assert [(note.start, note.length) for note in soprano] == [(0, 1), (1, 1), (2, 3), (5, 4)]
    assert [(note.start, note.length) for note in tenor] == [(0, Fraction(5, 2)), (2.5, 2.5), (5, 4)]


@pytest.mark.parametrize(
    "bad",
    [
        GOOD.replace("A3 T0 B-12 bar:2", "T0 B-12 bar:2"),  # a voice that never begins
        GOOD.replace("S10 B-14", "B-14 S10"),  # from below
        GOOD.replace("@36", "@12"),  # back in time
        GOOD.replace("T2 ", ""),  # a place where nothing happens
        GOOD.replace("bar:1 ", ""),  # a bar too few
        GOOD.replace("bar:1", "bar:1 S9 bar:1"),  # a bar too many
        GOOD.replace(" <eos>", ""),  # without an end
        GOOD.replace("fermata S12", "fermata fermata S12"),
    ],
)
def test_what_is_no_chorale_is_not_whole(bad: str) -> None:
    assert not is_whole(bad)


def test_a_chorale_that_lost_count_of_its_bars_is_whole_where_nobody_asked_how_many() -> None:
    longer = [chorale_tokens.ID[word] for word in GOOD.replace("bar:1", "bar:1 S9 bar:1").split()]
    assert chorale_tokens.is_whole(longer, (4, 4))
    assert not chorale_tokens.is_whole(longer, (4, 4), 3)
