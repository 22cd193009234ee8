"""Train FolkGPT: python -m aigc_demo.training.folkgpt [--minutes 60] [--smoke] [--collection essen-han].

Needs music21 for its corpus (requirements-train.txt). State and result are in ``.training/folkgpt``; a later
run with more minutes goes on. ``folk_eval`` judges the result, ``music_export`` ships it.

``--collection essen-han`` adds Chinese folk songs of the Essen collection, whose terms allow non-commercial
use only: those weights stay in ``.training/folkgpt-han`` and are never exported.

Knows which network learns which tunes in what order; the loop itself is :mod:`gpt`.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import torch
from transformers import LlamaForCausalLM

from aigc_demo.tasks.music.tokens import BOS, EOS, HOLD, ID, PAD, REST, WORDS, Header, header_ids, notes_in
from aigc_demo.training.folk_data import Example, load
from aigc_demo.training.gpt import Batch, Shape, bits, make_model, shifted, train
from aigc_demo.training.loop import options

SHAPE = Shape(len(WORDS), 1024, width=256, depth=6, heads=4, inner=688)
DROPOUT = 0.25
TOKENS = 2500
"""Tokens in a batch, padding included: many small steps, for there is little time."""

KEEP = {"style": 0.85, "collection": 0.6, "bars": 0.85, "sections": 0.85}
"""How often each part of the header is given in training: what is dropped at times may be left open later."""


def parts(word: str) -> tuple[str, ...]:
    """What a word has in common with others: pitch and end, sign and number with its digits."""
    name, at, end = word.partition("@")
    if at:
        octave = (f"class {int(name) % 12}",) if name not in (REST, HOLD) else ()
        return (f"name {name}", f"end {end}", *octave)
    found = re.fullmatch(r"<?([a-z]+:|\[\||\|:)(\d+)>?", word)
    if not found:
        return ()
    tens, ones = divmod(int(found[2]), 10)
    return found[1], f"number {found[2]}", f"tens {tens}", f"ones {ones}"


def network(dropout: float = DROPOUT) -> LlamaForCausalLM:
    """A fresh FolkGPT."""
    return make_model(SHAPE, ID[BOS], ID[EOS], ID[PAD], dropout)


def thinned(header: Header, rng: torch.Generator) -> Header:
    """The header with some of it left open; metre and mode always stay."""
    draws = torch.rand(len(KEEP), generator=rng).tolist()
    kept = {name: draw < share for (name, share), draw in zip(KEEP.items(), draws, strict=True)}
    return Header(
        header.metre,
        header.mode,
        header.style if kept["style"] else None,
        header.collection if kept["collection"] else None,
        header.bars if kept["bars"] else 0,
        header.sections if kept["sections"] else 0,
    )


class Batches:
    """Batches of tunes of like length, every tune once before any comes again."""

    def __init__(self, examples: list[Example]) -> None:
        self.examples = examples
        self._waiting: list[list[Example]] = []

    def __call__(self, rng: torch.Generator) -> Batch:
        """The next batch, with headers thinned anew."""
        if not self._waiting:
            self._waiting = self._dealt(rng)
        return batch([(thinned(e.header, rng), e.ids) for e in self._waiting.pop()])

    def _dealt(self, rng: torch.Generator) -> list[list[Example]]:
        jitter = torch.rand(len(self.examples), generator=rng).tolist()
        order = sorted(
            range(len(self.examples)), key=lambda i: len(self.examples[i].ids) * (0.9 + 0.2 * jitter[i])
        )
        groups: list[list[Example]] = [[]]
        for i in order:
            if (len(groups[-1]) + 1) * (len(self.examples[i].ids) + 7) > TOKENS and groups[-1]:
                groups.append([])
            groups[-1].append(self.examples[i])
        return [groups[i] for i in torch.randperm(len(groups), generator=rng).tolist()]


def batch(rows: list[tuple[Header, list[int]]]) -> Batch:
    """Headers and ids as a batch in which the headers are given and not asked for."""
    heads = [header_ids(header) for header, _ in rows]
    result = [head + ids for head, (_, ids) in zip(heads, rows, strict=True)]
    return shifted(result, ID[PAD], [len(head) for head in heads])


def full_batches(examples: list[Example], size: int = 16) -> list[Batch]:
    """All examples with their whole headers, for judging."""
    ordered = sorted(examples, key=lambda e: len(e.ids))
    return [batch([(e.header, e.ids) for e in ordered[i : i + size]]) for i in range(0, len(ordered), size)]


def bits_per_note(model: LlamaForCausalLM, examples: list[Example]) -> float:
    """How surprised the model is by each note of these tunes, with all that belongs to it."""
    tokens = sum(len(e.ids) for e in examples)
    return bits(model, full_batches(examples)) * tokens / sum(notes_in(e.ids) for e in examples)


def main(arguments: list[str] | None = None) -> None:
    """The command of the first line of this page."""
    parser = options(__doc__, ".training/folkgpt", minutes=60, rate=2e-3)
    parser.add_argument("--collection", choices=["shipped", "essen-han"], default="shipped")
    args: argparse.Namespace = parser.parse_args(arguments)
    han = args.collection == "essen-han"
    if han and args.folder == Path(".training/folkgpt"):
        args.folder = Path(".training/folkgpt-han")
    if han:
        print(
            "Essen's terms: non-commercial use only. These weights are for private use and are not exported."
        )
    examples = load(args.folder, han=han)
    sides = {side: [e for e in examples if e.side == side] for side in ("train", "validation", "test")}
    tokens, notes = (sum(f(e.ids) for e in sides["train"]) for f in (len, notes_in))
    print({side: len(tunes) for side, tunes in sides.items()}, f"{tokens:,} tokens, {notes:,} notes to learn")

    def look(model: LlamaForCausalLM) -> None:
        print(f"validation: {bits_per_note(model, sides['validation']):.3f} bits a note", flush=True)

    train(
        "folk",
        network(),
        Batches(sides["train"]),
        full_batches(sides["validation"]),
        args,
        look,
        [parts(word) for word in WORDS],
    )


if __name__ == "__main__":
    main()
