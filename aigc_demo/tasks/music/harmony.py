"""Chords for a melody, and the players that go with it: chords, bass and drums as parts of their own.

A small harmoniser: the best path (Viterbi 1967) through the chords of the mode, one or two a bar, scored by
how well they hold the melody's notes and how usual one is after the other. Knows no model and no sound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from aigc_demo.tasks.music.score import Mode, Note, Part, Score, pitch_class, spell

CHORDS_NAME, BASS_NAME, DRUMS_NAME = "Chords", "Bass", "Drums"
_PROGRAMS = {CHORDS_NAME: 24, BASS_NAME: 32}
ACCOMPANIMENT = (CHORDS_NAME, BASS_NAME, DRUMS_NAME)
"""Names of the parts that are made here."""

# Degree in semitones above the tonic, quality, how readily it is chosen.
_TABLES: dict[str, tuple[tuple[int, str, float], ...]] = {
    "major": ((0, "", 1.0), (7, "", 0.7), (5, "", 0.7), (2, "m", 0.1), (9, "m", 0.1), (4, "m", -0.5)),
    "minor": (
        (0, "m", 1.0), (7, "m", 0.2), (7, "", 0.3), (5, "m", 0.5), (10, "", 0.5), (8, "", 0.3), (3, "", 0.3),
    ),
    "dorian": ((0, "m", 1.0), (10, "", 0.8), (5, "", 0.4), (3, "", 0.3), (7, "m", 0.3)),
    "mixolydian": ((0, "", 1.0), (10, "", 0.8), (5, "", 0.4), (7, "m", 0.3), (2, "m", 0.0)),
}  # fmt: skip
_LIKE: dict[Mode, str] = {
    "major": "major", "minor": "minor", "dorian": "dorian", "mixolydian": "mixolydian",
    "gong": "major", "shang": "dorian", "jue": "minor", "zhi": "major", "yu": "minor",
}  # fmt: skip
_FOURTH_UP, _STAY_IN_BAR, _CHANGE_IN_BAR = 0.5, 0.6, -0.4
_HELD, _FOREIGN, _FIRST = 1.0, -0.8, 1.6


@dataclass(frozen=True)
class Chord:
    """``root`` as a pitch class 0..11 and ``quality``: nothing for major, ``m`` for minor."""

    root: int
    quality: str

    @property
    def classes(self) -> tuple[int, int, int]:
        """The pitch classes of its triad."""
        return self.root, (self.root + (3 if self.quality == "m" else 4)) % 12, (self.root + 7) % 12


@dataclass(frozen=True)
class Stretch:
    """So long one chord sounds: times in quarter notes."""

    start: Fraction
    length: Fraction
    chord: Chord


def with_chords(score: Score, stretches: Sequence[Stretch] | None = None) -> Score:
    """The score with chord symbols, where they change: of its first part, or of ``stretches``."""
    result, last = [], None
    for stretch in harmonised(score) if stretches is None else stretches:
        if stretch.chord != last:
            last = stretch.chord
            result.append((stretch.start, symbol(last, score)))
    return replace(score, chords=tuple(result))


def symbol(chord: Chord, score: Score) -> str:
    """``F#m``, spelt in the key of the score."""
    spelt = spell(60 + chord.root, score.fifths)
    return spelt.step + {-2: "bb", -1: "b", 0: "", 1: "#", 2: "##"}[spelt.alter] + chord.quality


def harmonised(score: Score) -> tuple[Stretch, ...]:
    """A chord for every stretch of every full bar of the first part."""
    spans = _spans(score)
    if not spans or not score.parts:
        return ()
    table = _TABLES[_LIKE[score.mode]]
    tonic = pitch_class(score.tonic)
    chords = [Chord((tonic + degree) % 12, quality) for degree, quality, _ in table]
    likes = [like for _, _, like in table]
    fits = [
        [_fit(sung, chord) + like for chord, like in zip(chords, likes, strict=True)]
        for sung in _sung(score, spans)
    ]
    fits[0] = [f + (1.5 if c.root == tonic else 0.0) for f, c in zip(fits[0], chords, strict=True)]
    fits[-1] = [f + (6.0 if c.root == tonic else 0.0) for f, c in zip(fits[-1], chords, strict=True)]
    path = _best_path(fits, lambda i, a, b: _move(score, spans[i][0], chords[a], chords[b]))
    return tuple(Stretch(start, length, chords[n]) for (start, length), n in zip(spans, path, strict=True))


def _spans(score: Score) -> list[tuple[Fraction, Fraction]]:
    """Bars, cut in two where the metre has two halves."""
    parts = 2 if score.metre in ((4, 4), (6, 8)) else 1
    length = score.bar / parts
    return [(score.bar_start(0) + n * length, length) for n in range(score.bars * parts)]


def _sung(score: Score, spans: Sequence[tuple[Fraction, Fraction]]) -> list[list[float]]:
    """For each stretch how much each pitch class sounds, 0..1; a note at its beginning counts more."""
    result = [[0.0] * 12 for _ in spans]
    length = float(spans[0][1])
    first = float(spans[0][0])
    for note in score.parts[0].notes:
        start, end = float(note.start), float(note.end)
        for n in range(
            max(0, int((start - first) // length)), min(len(spans), int((end - first) / length) + 1)
        ):
            begins = first + n * length
            overlap = min(end, begins + length) - max(start, begins)
            if overlap > 0:
                result[n][note.pitch % 12] += overlap * (_FIRST if start == begins else 1.0) / length
    return result


def _fit(sung: Sequence[float], chord: Chord) -> float:
    """How well a chord holds what the melody sings over it."""
    return 2.0 * sum(
        share * (_HELD if pitch in chord.classes else _FOREIGN) for pitch, share in enumerate(sung) if share
    )


def _move(score: Score, start: Fraction, before: Chord, after: Chord) -> float:
    """How usual one chord is after another, at the time it begins."""
    in_bar = (start - score.pickup) % score.bar != 0
    if before == after:
        return _STAY_IN_BAR if in_bar else 0.0
    usual = _FOURTH_UP if (after.root - before.root) % 12 == 5 else 0.0
    return usual + (_CHANGE_IN_BAR if in_bar else 0.0)


def _best_path(fits: Sequence[Sequence[float]], move: object) -> list[int]:
    """The states, one for each row of ``fits``, with the best sum of fits and moves."""
    assert callable(move)  # noqa: S101
    score, back = list(fits[0]), []
    for i in range(1, len(fits)):
        came, fresh = [], []
        for b, fit in enumerate(fits[i]):
            totals = [score[a] + move(i, a, b) for a in range(len(score))]
            best = max(range(len(totals)), key=totals.__getitem__)
            came.append(best)
            fresh.append(totals[best] + fit)
        back.append(came)
        score = fresh
    path = [max(range(len(score)), key=score.__getitem__)]
    for came in reversed(back):
        path.append(came[path[-1]])
    return path[::-1]


def accompanied(score: Score, *, chords: bool, bass: bool, drums: bool) -> Score:
    """The score with the players that are wanted, and without those that are not."""
    own = tuple(part for part in score.parts if part.name not in ACCOMPANIMENT)
    score = replace(score, parts=own, chords=() if not (chords or bass) else score.chords)
    if not own or not own[0].notes:
        return score
    stretches = harmonised(score) if chords or bass else ()
    result: list[Part] = []
    if chords:
        result.append(Part(CHORDS_NAME, _PROGRAMS[CHORDS_NAME], _strummed(score, stretches)))
    if bass:
        result.append(Part(BASS_NAME, _PROGRAMS[BASS_NAME], _plucked(score, stretches)))
    if drums:
        result.append(Part(DRUMS_NAME, 0, _drummed(score), percussion=True))
    return replace(with_chords(score, stretches) if stretches else score, parts=(*own, *result))


def beat_of(score: Score) -> Fraction:
    """The length of a felt beat: a dotted quarter in 6/8 and 9/8."""
    if score.metre[1] == 8 and score.metre[0] % 3 == 0:
        return Fraction(3, 2)
    return Fraction(4, score.metre[1])


def _strummed(score: Score, stretches: Sequence[Stretch]) -> tuple[Note, ...]:
    """On the beats after the first of each bar, where the bass is; on every beat where bars have one."""
    beat = beat_of(score)
    notes = []
    for stretch in stretches:
        now = stretch.start
        while now < stretch.start + stretch.length:
            offbeat = (now - score.pickup) % score.bar != 0 or score.bar == beat
            length = min(beat / 2 if offbeat else beat, stretch.start + stretch.length - now)
            notes += [Note(now, length, pitch) for pitch in _voiced(stretch.chord)]
            now += beat
    return tuple(notes)


def _voiced(chord: Chord) -> tuple[int, ...]:
    """The triad in close position between C3 and B3, lowest first."""
    return tuple(sorted(48 + pitch for pitch in chord.classes))


def _plucked(score: Score, stretches: Sequence[Stretch]) -> tuple[Note, ...]:
    """The root at the beginning of a chord, its fifth on the next strong beat."""
    notes = []
    beat = beat_of(score)
    for stretch in stretches:
        root = 36 + (stretch.chord.root - 36) % 12
        half = stretch.length / 2 if stretch.length >= 2 * beat and score.metre[0] != 3 else stretch.length
        if score.metre[0] in (3, 9) and stretch.length > beat:
            half = beat  # one long beat, then a short lead into the next bar
            notes.append(Note(stretch.start, stretch.length - half, root))
            notes.append(Note(stretch.start + stretch.length - half, half, _fifth(root)))
            continue
        notes.append(Note(stretch.start, half, root))
        if half < stretch.length:
            notes.append(Note(stretch.start + half, stretch.length - half, _fifth(root)))
    return tuple(notes)


def _fifth(root: int) -> int:
    return root + 7 if root < 40 else root - 5


_KICK, _SNARE, _HAT, _STICK = 36, 38, 42, 37
_PATTERNS: dict[tuple[int, int], tuple[tuple[Fraction, int], ...]] = {
    (4, 4): tuple(
        [(Fraction(n, 2), _HAT) for n in range(8)]
        + [(Fraction(0), _KICK), (Fraction(1), _SNARE), (Fraction(2), _KICK), (Fraction(3), _SNARE)]
    ),
    (2, 4): tuple([(Fraction(n, 2), _HAT) for n in range(4)] + [(Fraction(0), _KICK), (Fraction(1), _SNARE)]),
    (3, 4): tuple(
        [(Fraction(n), _HAT) for n in range(3)]
        + [(Fraction(0), _KICK), (Fraction(1), _STICK), (Fraction(2), _STICK)]
    ),
    (3, 8): ((Fraction(0), _KICK), (Fraction(1, 2), _STICK), (Fraction(1), _STICK)),
    (6, 8): tuple(
        [(Fraction(n, 2), _HAT) for n in range(6)] + [(Fraction(0), _KICK), (Fraction(3, 2), _SNARE)]
    ),
    (9, 8): tuple(
        [(Fraction(n, 2), _HAT) for n in range(9)]
        + [(Fraction(0), _KICK), (Fraction(3, 2), _STICK), (Fraction(3), _SNARE)]
    ),
}


def _drummed(score: Score) -> tuple[Note, ...]:
    """The pattern of the metre in every bar; beats on the closed hi-hat where there is none."""
    beat = beat_of(score)
    plain = tuple((n * beat, _HAT if n else _KICK) for n in range(int(score.bar // beat)))
    pattern = _PATTERNS.get(score.metre, plain)
    notes = [
        Note(score.bar_start(bar) + at, Fraction(1, 4), drum)
        for bar in range(score.bars)
        for at, drum in pattern
    ]
    return tuple(sorted(notes, key=lambda note: (note.start, note.pitch)))


def estimated_key(notes: Sequence[Note], known: int | None = None) -> tuple[int, Mode]:
    """The tonic's pitch class, and major or minor: the key that fits best what sounds; ends count more.

    ``known`` is the tonic's pitch class where only the mode is asked for.
    """
    if not notes:
        return known or 0, "major"
    weight = [0.0] * 12
    for note in notes:
        weight[note.pitch % 12] += float(note.length)
    total = sum(weight)
    weight[notes[-1].pitch % 12] += 0.3 * total
    weight[notes[0].pitch % 12] += 0.15 * total
    # Krumhansl and Kessler 1982: how well each degree fits a key, for listeners.
    major = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
    minor = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
    found: list[tuple[float, int, Mode]] = []
    for tonic in range(12) if known is None else (known,):
        turned = weight[tonic:] + weight[:tonic]
        found.append((_correlation(turned, major), -tonic, "major"))
        found.append((_correlation(turned, minor), -tonic, "minor"))
    _, tonic, mode = max(found)
    return -tonic, mode


def _correlation(a: Sequence[float], b: Sequence[float]) -> float:
    mean_a, mean_b = sum(a) / len(a), sum(b) / len(b)
    over = sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True))
    below = (sum((x - mean_a) ** 2 for x in a) * sum((y - mean_b) ** 2 for y in b)) ** 0.5
    return over / below if below else 0.0
