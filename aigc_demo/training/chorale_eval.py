"""Judge ChoraleGPT: python -m aigc_demo.training.chorale_eval [--chorales 60].

Prints and keeps (``.training/choralegpt/figures.json``) what the card says: surprise on chorales never seen
beside an n-gram baseline, and how often the rules of voice leading are broken in what it composes with and
without the app's rules, when it harmonises melodies it never saw, and by Bach himself in the same test
chorales.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import mean
from typing import Any

import torch

from aigc_demo.decoding import Sampling
from aigc_demo.tasks.music.chorale_rules import RANGES, ChoraleRules, Sung, limit
from aigc_demo.tasks.music.chorale_tokens import (
    EOS,
    ID,
    WORDS,
    Chorale,
    decode,
    header_ids,
    notes_in,
    voice_notes,
)
from aigc_demo.tasks.music.composer import Composer, from_folder
from aigc_demo.tasks.music.tokens import metre_of
from aigc_demo.tasks.music.tune import TICKS
from aigc_demo.training import music_measures as measures
from aigc_demo.training.chorale_data import Example, load
from aigc_demo.training.choralegpt import LONGEST, bits_per_note
from aigc_demo.training.ngram import Ngram

THREADS = 8
"""So many pieces are composed at once: the model's decoder serves them in one step."""

TONIC = 65
"""Chorales are judged in F, about the middle of the keys that they are written in."""


def chorale_of(example: Example) -> Chorale:
    """A chorale of Bach's as a value."""
    return decode(example.ids, metre_of(example.metre), example.mode)


def compose(
    composer: Composer,
    example: Example,
    seed: int,
    *,
    ruled: bool,
    melody: Sequence[Sung] = (),
    upbeat: int = 0,
) -> list[int] | None:
    """The ids of a chorale as long as ``example``, the end left out; None where it did not come to an end."""
    metre = metre_of(example.metre)
    rules = ChoraleRules(metre, example.bars, TONIC, melody, upbeat) if ruled else None
    how = Sampling(0.8, 0.95, seed=seed)
    most = limit(example.bars, metre) if ruled else 2000
    head = header_ids(example.metre, example.mode, example.bars)
    said = [t for t in composer.say(head, how, most, rules) if t is not None]
    return said if len(said) < most else None


def is_valid(ids: Sequence[int] | None, example: Example) -> bool:
    """Whether rules that only ask for form let it pass: bars sum, voices are four, the length is as asked."""
    if ids is None:
        return False
    rules = ChoraleRules(metre_of(example.metre), example.bars, TONIC, strict=False)
    made: list[int] = []
    for token in (*ids, ID[EOS]):
        if not rules.allowed(made)[token]:
            return False
        made.append(token)
    return True


def broken(chorales: Iterable[Chorale]) -> dict[str, float]:
    """Parallels, crossings and notes out of range, in 100 chords."""
    chords = fifths = octaves = crossed = out = 0
    for chorale in chorales:
        voices = voice_notes(chorale, TONIC)
        chords += len(measures.chords_of(voices))
        five, eight = measures.parallels(voices)
        fifths, octaves = fifths + five, octaves + eight
        crossed += measures.crossings(voices)
        out += measures.outside(voices, RANGES)
    names = ("parallel_fifths", "parallel_octaves", "crossings", "out_of_range")
    return {n: 100 * v / max(1, chords) for n, v in zip(names, (fifths, octaves, crossed, out), strict=True)}


def melody_of(chorale: Chorale) -> tuple[list[Sung], int]:
    """Its soprano, and the ticks before the first bar."""
    notes = voice_notes(chorale, 0)[0]
    upbeat = sum(cut.ticks for cut in chorale.pickup)
    return [Sung(int(n.start * TICKS), int(n.length * TICKS), n.pitch) for n in notes], upbeat


def examine(folder: Path, count: int) -> dict[str, Any]:
    """All figures."""
    examples = [e for e in load(folder) if len(e.ids) <= LONGEST]
    sides = {s: [e for e in examples if e.side == s] for s in ("train", "validation", "test")}
    model = from_folder(folder / "model").eval()
    composer = Composer(model, ID[EOS])
    notes = sum(notes_in(e.ids) for e in sides["test"])
    baselines = {n: Ngram([e.ids for e in sides["train"]], len(WORDS), n) for n in (4, 6)}
    asked = [sides["test"][i % len(sides["test"])] for i in range(count)]

    def harmonise(job: tuple[int, Example]) -> tuple[list[int] | None, Example]:
        melody, upbeat = melody_of(chorale_of(job[1]))
        return compose(composer, job[1], job[0], ruled=True, melody=melody, upbeat=upbeat), job[1]

    with ThreadPoolExecutor(THREADS) as pool:
        raw = list(pool.map(lambda job: compose(composer, job[1], job[0], ruled=False), enumerate(asked)))
        ruled = list(pool.map(lambda job: compose(composer, job[1], job[0], ruled=True), enumerate(asked)))
        harmonised = list(pool.map(harmonise, enumerate(sides["test"][:count])))
    return {
        "chorales": {side: len(group) for side, group in sides.items()},
        "train_tokens": sum(len(e.ids) for e in sides["train"]),
        "bits_per_note": {s: bits_per_note(model, sides[s]) for s in ("validation", "test")},
        "ngram_bits_per_note": {
            n: sum(ngram.bits(e.ids) for e in sides["test"]) / notes for n, ngram in baselines.items()
        },
        "valid": {
            "raw": mean(is_valid(ids, e) for ids, e in zip(raw, asked, strict=True)),
            "ruled": mean(is_valid(ids, e) for ids, e in zip(ruled, asked, strict=True)),
        },
        "broken": {
            "raw": broken(_made(zip(raw, asked, strict=True))),
            "ruled": broken(_made(zip(ruled, asked, strict=True))),
            "harmonised": broken(_made(harmonised)),
            "bach": broken(map(chorale_of, sides["test"])),
        },
    }


def _made(rows: Iterable[tuple[list[int] | None, Example]]) -> list[Chorale]:
    return [decode(ids, metre_of(e.metre), e.mode) for ids, e in rows if ids]


def main(arguments: list[str] | None = None) -> None:
    """The command of the first line of this page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path(".training/choralegpt"))
    parser.add_argument("--chorales", type=int, default=60)
    args = parser.parse_args(arguments)
    torch.set_num_threads(1)
    figures = examine(args.folder, args.chorales)
    print(json.dumps(figures, indent=2))
    (args.folder / "figures.json").write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
