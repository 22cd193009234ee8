"""How like real music: measures of tunes, of chorales, and of what was learnt by heart.

Knows values of the music task only; no networks and no files.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise

from aigc_demo.tasks.music.score import SCALES, Note
from aigc_demo.tasks.music.tune import Tune, bar_ticks

Voices = Sequence[Sequence[Note]]


def divergence(found: Counter[int], wanted: Counter[int]) -> float:
    """Kullback-Leibler divergence of ``found`` from ``wanted`` in bits, one count added to each."""
    keys = set(found) | set(wanted)
    all_found, all_wanted = found.total() + len(keys), wanted.total() + len(keys)
    return sum(
        (wanted[k] + 1) / all_wanted * math.log2((wanted[k] + 1) / all_wanted / ((found[k] + 1) / all_found))
        for k in keys
    )


def sounding(tune: Tune) -> list[tuple[int, int]]:
    """Pitches above the tonic and lengths in ticks, held notes joined."""
    notes: list[tuple[int, int]] = []
    for event in (*tune.pickup, *(e for s in tune.sections for bar in s.bars for e in bar)):
        if event.pitch is None:
            continue
        if event.held and notes:
            notes[-1] = (notes[-1][0], notes[-1][1] + event.ticks)
        else:
            notes.append((event.pitch, event.ticks))
    return notes


def pitch_classes(tunes: Iterable[Tune]) -> Counter[int]:
    """How often each pitch class above the tonic sounds."""
    return Counter(pitch % 12 for tune in tunes for pitch, _ in sounding(tune))


def lengths(tunes: Iterable[Tune]) -> Counter[int]:
    """How often each length occurs, in ticks."""
    return Counter(ticks for tune in tunes for _, ticks in sounding(tune))


def scale_consistency(tune: Tune) -> float:
    """The largest share of notes that one major or minor scale holds (Mogren 2016, as in MusPy)."""
    classes = Counter(pitch % 12 for pitch, _ in sounding(tune))
    total = max(1, classes.total())
    scales = [{(step + tonic) % 12 for step in SCALES[m]} for m in ("major", "minor") for tonic in range(12)]
    return max(sum(n for pitch, n in classes.items() if pitch in scale) for scale in scales) / total


def groove(tune: Tune) -> float:
    """How alike the onsets of neighbouring bars are, 0..1 (Wu and Yang 2020), on a grid of sixteenths."""
    places = bar_ticks(tune.metre) // 6
    patterns = []
    for section in tune.sections:
        for bar in section.bars:
            at, onsets = 0, set()
            for event in bar:
                if event.pitch is not None and not event.held:
                    onsets.add(at // 6)
                at += event.ticks
            patterns.append(onsets)
    alike = [1 - len(a ^ b) / places for a, b in pairwise(patterns)]
    return sum(alike) / len(alike) if alike else 1.0


def repeated_bars(tune: Tune) -> float:
    """The share of bars that are the same as an earlier one."""
    known: set[tuple[object, ...]] = set()
    again = total = 0
    for section in tune.sections:
        for bar in section.bars:
            total += 1
            again += bar in known
            known.add(bar)
    return again / max(1, total)


def intervals(tune: Tune) -> tuple[int, ...]:
    """Steps from note to note in semitones."""
    return tuple(b - a for (a, _), (b, _) in pairwise(sounding(tune)))


class Memory:
    """Which runs of intervals the training tunes have.

    Args:
        tunes: their intervals.
        longest: runs beyond this are not told apart.
    """

    def __init__(self, tunes: Iterable[Sequence[int]], longest: int = 40) -> None:
        self._longest = longest
        self._known: list[set[int]] = [set() for _ in range(longest + 1)]
        for steps in tunes:
            for n in range(4, longest + 1):
                self._known[n].update(hash(tuple(steps[i : i + n])) for i in range(len(steps) - n + 1))

    def longest_known(self, steps: Sequence[int]) -> int:
        """The longest run of ``steps`` that some training tune has too."""
        best = 0
        for n in range(4, self._longest + 1):
            found = any(hash(tuple(steps[i : i + n])) in self._known[n] for i in range(len(steps) - n + 1))
            if not found:
                break
            best = n
        return best


# -- four voices --


def chords_of(voices: Voices) -> list[tuple[int | None, ...]]:
    """What the voices sing together at every moment that one of them begins a note."""
    times = sorted({note.start for voice in voices for note in voice})
    return [tuple(_at(voice, time) for voice in voices) for time in times]


def _at(voice: Sequence[Note], time: Fraction) -> int | None:
    return next((note.pitch for note in voice if note.start <= time < note.end), None)


def parallels(voices: Voices) -> tuple[int, int]:
    """Parallel fifths and parallel octaves: two voices that move together from one to the next."""
    fifths = octaves = 0
    for before, after in pairwise(chords_of(voices)):
        for high in range(len(voices)):
            for low in range(high + 1, len(voices)):
                kind = _parallel(before[high], before[low], after[high], after[low])
                fifths += kind == 7
                octaves += kind == 0
    return fifths, octaves


def _parallel(a: int | None, b: int | None, c: int | None, d: int | None) -> int | None:
    if a is None or b is None or c is None or d is None or a == c or b == d:
        return None
    same = (a - b) % 12 == (c - d) % 12 and (c > a) == (d > b)
    return (a - b) % 12 if same else None


def crossings(voices: Voices) -> int:
    """Moments at which a lower voice is above a higher one."""
    return sum(
        any(a is not None and b is not None and b > a for a, b in pairwise(chord))
        for chord in chords_of(voices)
    )


def outside(voices: Voices, ranges: Sequence[tuple[int, int]]) -> int:
    """Notes beyond the range of their voice."""
    return sum(
        not low <= note.pitch <= high
        for voice, (low, high) in zip(voices, ranges, strict=True)
        for note in voice
    )
