"""Judge ChoraleGPT: python -m aigc_demo.training.chorale_eval [--chorales 40].

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

from aigc_demo import decoding
from aigc_demo.decoding import Sampling
from aigc_demo.tasks.music.chorale_rules import ChoraleRules, Sung, limit
from aigc_demo.tasks.music.chorale_tokens import (
    EOS,
    ID,
    RANGES,
    WORDS,
    Chorale,
    decode,
    header_ids,
    is_whole,
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

TRUST = (100.0, 30.0, 8.0, 3.0, 1.5, 1.0, 0.7, 0.5)
"""Of the baseline's cache: with what serves tunes it does worse on chorales."""

MOST = 2000
"""More tokens than any chorale that we learn from has; the network has heard of no more."""

THREADS = 8
"""So many pieces are composed at once: the model's decoder serves them in one step."""


def compose(
    composer: Composer,
    example: Example,
    seed: int,
    *,
    ruled: bool,
    melody: Sequence[Sung] = (),
    upbeat: int = 0,
) -> list[int] | None:
    """The ids of a chorale as long as ``example``, its end included; None where it did not come to one."""
    metre = metre_of(example.metre)
    rules = ChoraleRules(metre, example.bars, example.tonic, melody, upbeat) if ruled else None
    how = Sampling(0.8, 0.95, seed=seed)
    most = min(limit(example.bars, metre), MOST)
    head = header_ids(example.metre, example.mode, example.tonic, example.bars)
    said = [t for t in composer.generate(head, how, most, rules) if t is not None]
    return [*said, ID[EOS]] if len(said) < most else None


def is_valid(ids: Sequence[int] | None, example: Example) -> bool:
    """Whether they are four voices in as many bars as asked for, which all sum, with an end."""
    return ids is not None and is_whole(ids, metre_of(example.metre), example.bars)


def broken(chorales: Iterable[tuple[Chorale, int]]) -> dict[str, float]:
    """Parallels, crossings and notes out of range, in 100 chords of chorales over their tonics."""
    chords = fifths = octaves = crossed = out = 0
    for chorale, tonic in chorales:
        voices = voice_notes(chorale, tonic)
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
    composer = Composer(decoding.decoder(model), ID[EOS])
    notes = sum(notes_in(e.ids) for e in sides["test"])
    baselines = {n: Ngram([e.ids for e in sides["train"]], len(WORDS), n) for n in (4, 6)}
    asked = [sides["test"][i % len(sides["test"])] for i in range(count)]

    def harmonise(job: tuple[int, Example]) -> tuple[list[int] | None, Example]:
        melody, upbeat = melody_of(job[1].chorale)
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
            n: sum(ngram.bits(e.ids, memory=len(TRUST), trust=TRUST) for e in sides["test"]) / notes
            for n, ngram in baselines.items()
        },
        "valid": {
            "raw": mean(is_valid(ids, e) for ids, e in zip(raw, asked, strict=True)),
            "raw_any_length": mean(
                ids is not None and is_whole(ids, metre_of(e.metre))
                for ids, e in zip(raw, asked, strict=True)
            ),
            "ruled": mean(is_valid(ids, e) for ids, e in zip(ruled, asked, strict=True)),
            "harmonised": mean(is_valid(ids, e) for ids, e in harmonised),
            "bach": mean(is_valid(e.ids, e) for e in examples),
        },
        "broken": {
            "raw": broken(_made(zip(raw, asked, strict=True))),
            "ruled": broken(_made(zip(ruled, asked, strict=True))),
            "harmonised": broken(_made(harmonised)),
            "bach": broken((e.chorale, e.tonic) for e in sides["test"]),
        },
    }


def _made(rows: Iterable[tuple[list[int] | None, Example]]) -> list[tuple[Chorale, int]]:
    """Those that are valid, and their tonics."""
    return [(decode(ids, metre_of(e.metre), e.mode), e.tonic) for ids, e in rows if ids and is_valid(ids, e)]


def main(arguments: list[str] | None = None) -> None:
    """The command of the first line of this page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path(".training/choralegpt"))
    parser.add_argument("--chorales", type=int, default=40)
    args = parser.parse_args(arguments)
    torch.set_num_threads(1)
    figures = examine(args.folder, args.chorales)
    print(json.dumps(figures, indent=2))
    (args.folder / "figures.json").write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
