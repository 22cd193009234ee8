"""What is done to a composed tune before it is heard: octave, ornaments, words. Knows no model."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from heapq import heapify, heappop, heappush
from itertools import pairwise

from aigc_demo.tasks.music.instruments import INSTRUMENTS
from aigc_demo.tasks.music.score import SCALES, Note, Score, between, pitch_class

_LEANING = ((Fraction(3), Fraction(1)), (Fraction(3, 2), Fraction(1, 2)), (Fraction(1), Fraction(1, 4)))
"""How long the note that leans on another is, by the length that both have, longest first."""
_CUT = re.compile(r"[\n,，。.;；!！?？、:：]++")
_WORD = re.compile(r"[\u3400-\u9fff]|[A-Za-z\u00c0-\u024f'’]++")
_VOWELS = re.compile(r"[aeiouyàâäéèêëîïôöùûü]++", re.IGNORECASE)


def within(score: Score, instrument: str) -> Score:
    """The first part moved by octaves into the instrument's range, as near its middle as can be."""
    part = score.parts[0]
    if not part.notes:
        return score
    wanted = INSTRUMENTS[instrument]
    low, high = min(n.pitch for n in part.notes), max(n.pitch for n in part.notes)
    mean = sum(n.pitch for n in part.notes) / len(part.notes)

    def misfit(shift: int) -> tuple[int, float, int]:
        outside = max(0, wanted.low - low - shift) + max(0, high + shift - wanted.high)
        return outside, abs(mean + shift - wanted.middle), abs(shift)

    shift = min((12 * octaves for octaves in range(-4, 5)), key=misfit)
    notes = tuple(replace(n, pitch=n.pitch + shift) for n in part.notes)
    return replace(score, parts=(replace(part, notes=notes), *score.parts[1:]))


def ornamented(score: Score, how: str, seed: int) -> Score:
    """The first part with grace notes from the note above, and turns where there are to be many.

    ``how`` is few or many; notes that carry a syllable keep it on their first sound.
    """
    rng = random.Random(seed)
    part = score.parts[0]
    scale = sorted((pitch_class(score.tonic) + step) % 12 for step in SCALES[score.mode])
    share = 0.35 if how == "few" else 0.7
    notes: list[Note] = []
    for note in part.notes:
        drawn = rng.random()
        if note.length < 1 or drawn > share:
            notes.append(note)
        elif how == "many" and note.length >= Fraction(3, 2):
            notes += _turn(note, scale)
        else:
            notes += _leaning(note, scale)
    return replace(score, parts=(replace(part, notes=tuple(notes)), *score.parts[1:]))


def _neighbour(pitch: int, scale: Sequence[int], step: int) -> int:
    """The next note of the scale above (1) or below (-1)."""
    pitch += step
    while pitch % 12 not in scale:
        pitch += step
    return pitch


def _leaning(note: Note, scale: Sequence[int]) -> list[Note]:
    """The note above, then the note: a long appoggiatura (长倚音), easily written and read."""
    first = next(short for length, short in _LEANING if note.length >= length)
    return [
        replace(note, length=first, pitch=_neighbour(note.pitch, scale, 1)),
        replace(note, start=note.start + first, length=note.length - first, lyric=""),
    ]


def _turn(note: Note, scale: Sequence[int]) -> list[Note]:
    """Note, above, note, below, note: the first four a sixteenth each."""
    short = Fraction(1, 4)
    around = (note.pitch, _neighbour(note.pitch, scale, 1), note.pitch, _neighbour(note.pitch, scale, -1))
    result = [
        Note(note.start + n * short, short, pitch, note.lyric if n == 0 else "")
        for n, pitch in enumerate(around)
    ]
    return [*result, Note(note.start + 4 * short, note.length - 4 * short, note.pitch)]


def lines(text: str) -> tuple[tuple[str, ...], ...]:
    """The syllables of each line: a Chinese character is one, an English word has one or more."""
    result = []
    for line in _CUT.split(text):
        syllables = [s for word in _WORD.findall(line) for s in _syllables(word)]
        if syllables:
            result.append(tuple(syllables))
    return tuple(result)


def _syllables(word: str) -> list[str]:
    """``"morning"`` -> ``["morn-", "ing"]``: cut before the consonant that precedes each further vowel.

    A rule of thumb, not a dictionary: a silent e at the end is no syllable.
    """
    groups = list(_VOWELS.finditer(word))
    silent = word.lower().endswith("e") and not word.lower().endswith("le")
    if len(groups) > 1 and silent and groups[-1][0].lower() == "e":
        groups.pop()
    cuts = []
    for before, after in pairwise(groups):
        between = after.start() - before.end()
        cuts.append(after.start() - (1 if between else 0))
    pieces = [word[a:b] for a, b in zip([0, *cuts], [*cuts, len(word)], strict=True)]
    return [piece + "-" for piece in pieces[:-1]] + pieces[-1:]


def bars_per_line(words: Sequence[Sequence[str]]) -> int:
    """How many bars a line of words wants: two for the lines of a Chinese poem."""
    longest = max((len(line) for line in words), default=0)
    return 1 if longest <= 3 else 2 if longest <= 9 else 4


def sung(score: Score, words: Sequence[Sequence[str]]) -> Score:
    """The first part with the words, each line over its share of the bars; a line ends on its last note.

    Where a line has more syllables than notes its longest notes are divided; where it has fewer the syllables
    go to the longest and strongest notes and the others are sung on.
    """
    if not words or not score.parts:
        return score
    part = score.parts[0]
    size = Fraction(score.bars, len(words)) * score.bar
    notes: list[Note] = []
    for number, line in enumerate(words):
        first = score.pickup + number * size if number else Fraction(0)
        last = score.pickup + (number + 1) * size
        phrase = list(between(part.notes, first, last))
        notes += _set(phrase, line, score)
    return replace(score, parts=(replace(part, notes=tuple(notes)), *score.parts[1:]))


def _set(phrase: list[Note], line: Sequence[str], score: Score) -> list[Note]:
    """One line of words on one phrase."""
    if not phrase:
        return phrase
    phrase = _divided(phrase, len(line))
    inner = range(1, len(phrase))
    ranked = sorted(inner, key=lambda i: (-_weight(phrase[i], score), i))
    chosen = sorted([0, *ranked[: len(line) - 1]])
    said = dict(zip(chosen, line, strict=True))
    return [replace(note, lyric=said.get(i, "")) for i, note in enumerate(phrase)]


def _divided(phrase: Sequence[Note], wanted: int) -> list[Note]:
    """So many notes at least: the longest is halved again and again, of equals the first."""
    # A half keeps the number of the note it was cut from, so that order stays what it was.
    longest = [(-note.length, number, note.start, note) for number, note in enumerate(phrase)]
    heapify(longest)
    while len(longest) < wanted:
        _, number, start, whole = heappop(longest)
        half = whole.length / 2
        for at in (start, start + half):
            heappush(longest, (-half, number, at, replace(whole, start=at, length=half)))
    return [note for _, _, _, note in sorted(longest, key=lambda each: each[1:3])]


def _weight(note: Note, score: Score) -> float:
    """How much a note asks for a syllable: long, and on a beat."""
    inside = (note.start - score.pickup) % score.bar
    strong = 1.0 if inside == 0 else 0.5 if inside % 1 == 0 else 0.0
    return float(note.length) + strong
