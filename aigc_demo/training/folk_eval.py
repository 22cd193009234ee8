"""Judge FolkGPT: python -m aigc_demo.training.folk_eval [--tunes 200].

Prints and keeps (``.training/folkgpt/figures.json``) what the card says: surprise on tunes never seen beside
an n-gram baseline, validity with and without rules, likeness to real tunes, and what is known by heart.
Nothing is chosen: seeds count from 0.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import mean, median
from typing import Any

import torch

from aigc_demo import decoding
from aigc_demo.decoding import Sampling
from aigc_demo.tasks.music import constraint
from aigc_demo.tasks.music.composer import Composer, from_folder
from aigc_demo.tasks.music.params import ScoreParams
from aigc_demo.tasks.music.score import Score
from aigc_demo.tasks.music.tokens import EOS, ID, WORDS, Header, decode, header_ids, metre_of, notes_in
from aigc_demo.tasks.music.tune import Tune
from aigc_demo.training import music_measures as measures
from aigc_demo.training.folk_data import Example, load
from aigc_demo.training.folkgpt import bits_per_note
from aigc_demo.training.ngram import Ngram

THREADS = 8
"""So many pieces are composed at once: the model's decoder serves them in one step."""

LIKELY = Sampling(temperature=0.95, top_p=0.95)
"""How the app samples."""


def tune_of(example: Example) -> Tune:
    """A tune of the collections as a value."""
    return decode(example.ids, metre_of(example.header.metre), example.header.mode)


def compose(composer: Composer, header: Header, seed: int, *, ruled: bool) -> list[int] | None:
    """The ids of a tune, ``<eos>`` left out; None where it did not come to an end."""
    metre = metre_of(header.metre)
    rules = constraint.FolkRules(metre, header.bars, header.sections) if ruled else None
    how = Sampling(LIKELY.temperature, LIKELY.top_p, seed=seed)
    most = constraint.limit(header.bars, metre) if ruled else 900
    said = [t for t in composer.generate(header_ids(header), how, most, rules) if t is not None]
    return said if len(said) < most else None


def is_valid(ids: Sequence[int] | None, header: Header) -> bool:
    """Whether rules that only ask for form let it pass: bars sum, sections close, the length is as asked."""
    if ids is None:
        return False
    rules = constraint.FolkRules(metre_of(header.metre), header.bars, header.sections, home=False)
    result: list[int] = []
    for token in (*ids, ID[EOS]):
        if not rules.allowed(result)[token]:
            return False
        result.append(token)
    return True


def likeness(tunes: Sequence[Tune], real: Sequence[Tune], memory: measures.Memory) -> dict[str, Any]:
    """Measures of a set of tunes against real ones."""
    known = [memory.longest_known(measures.intervals(tune)) for tune in tunes]
    return {
        "pitch_kl": divergence(measures.pitch_classes, tunes, real),
        "length_kl": divergence(measures.lengths, tunes, real),
        "scale_consistency": mean(map(measures.scale_consistency, tunes)),
        "groove": mean(map(measures.groove, tunes)),
        "repeated_bars": mean(map(measures.repeated_bars, tunes)),
        "known_run_median": median(known),
        "known_run_longest": max(known),
        "known_16": mean(run >= 16 for run in known),
    }


def divergence(count: Any, tunes: Sequence[Tune], real: Sequence[Tune]) -> float:
    """In bits; two halves of the real tunes differ by what the card calls the floor."""
    return measures.divergence(count(tunes), count(real))


def ngram_bits(train: Sequence[Example], test: Sequence[Example], order: int) -> float:
    """Bits per note of n-grams that are told the same headers as the model."""
    ngram = Ngram([[*header_ids(e.header), *e.ids] for e in train], len(WORDS), order)
    metrics = [(header_ids(e.header), e.ids) for e in test]
    total = sum(ngram.bits([*header, *ids], given=len(header)) for header, ids in metrics)
    return total / sum(notes_in(ids) for _, ids in metrics)


def examine(folder: Path, count: int) -> dict[str, Any]:
    """All figures."""
    examples = load(folder)
    sides = {s: [e for e in examples if e.side == s] for s in ("train", "validation", "test")}
    model = from_folder(folder / "model").eval()
    composer = Composer(decoding.decoder(model), ID[EOS])
    figures: dict[str, Any] = {
        "tunes": {side: len(group) for side, group in sides.items()},
        "train_tokens": sum(len(e.ids) for e in sides["train"]),
        "bits_per_note": {s: bits_per_note(model, sides[s]) for s in ("validation", "test")},
        "ngram_bits_per_note": {n: ngram_bits(sides["train"], sides["test"], n) for n in (5, 7)},
    }
    headers = [e.header for e in sides["test"]]
    asked = [headers[i % len(headers)] for i in range(count)]
    with ThreadPoolExecutor(THREADS) as pool:
        raw = list(pool.map(lambda job: compose(composer, job[1], job[0], ruled=False), enumerate(asked)))
        ruled = list(pool.map(lambda job: compose(composer, job[1], job[0], ruled=True), enumerate(asked)))
    figures["valid"] = {
        "raw": mean(is_valid(ids, h) for ids, h in zip(raw, asked, strict=True)),
        "ruled": mean(is_valid(ids, h) for ids, h in zip(ruled, asked, strict=True)),
    }
    memory = measures.Memory(measures.intervals(tune_of(e)) for e in sides["train"])
    real = [tune_of(e) for e in sides["test"]]
    result = [decode(ids, metre_of(h.metre), h.mode) for ids, h in zip(ruled, asked, strict=True) if ids]
    figures["made"] = likeness(result, real, memory)
    figures["real"] = likeness(real, [tune_of(e) for e in sides["validation"]], memory)
    return figures


def readable_by_music21(seeds: int, folder: Path) -> dict[str, Any]:
    """Whether music21 reads each seed's MusicXML, and finds that every bar sums to its metre."""
    import music21

    from aigc_demo.tasks.music import musicxml
    from aigc_demo.tasks.music.folk import FolkPipeline

    pipeline = FolkPipeline(Composer(decoding.decoder(from_folder(folder / "model")), ID[EOS]), "folkgpt")
    read = whole = 0

    def composed(seed: int) -> Score:
        return pipeline.score(ScoreParams(seed=seed, bars=(8, 16, 24)[seed % 3]), lambda _: None)[0]

    with ThreadPoolExecutor(THREADS) as pool:
        scores = list(pool.map(composed, range(seeds)))
    for score in scores:
        sheet: Any = music21.converter.parseData(musicxml.write(score), format="musicxml")
        read += 1
        bars = [m for m in sheet.parts[0].getElementsByClass("Measure") if m.number]
        whole += all(abs(m.duration.quarterLength - m.barDuration.quarterLength) < 1e-6 for m in bars)
    return {"seeds": seeds, "read": read, "whole": whole}


def main(arguments: list[str] | None = None) -> None:
    """The command of the first line of this page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path(".training/folkgpt"))
    parser.add_argument("--tunes", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=200, help="tunes that music21 is asked to read")
    args = parser.parse_args(arguments)
    torch.set_num_threads(1)
    figures = examine(args.folder, args.tunes)
    figures["music21"] = readable_by_music21(args.seeds, args.folder)
    print(json.dumps(figures, indent=2))
    (args.folder / "figures.json").write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
