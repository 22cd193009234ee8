"""Train ChoraleGPT: python -m aigc_demo.training.choralegpt [--minutes 35] [--smoke].

Needs music21 for its corpus (requirements-train.txt). State and result are in ``.training/choralegpt``; a
later run with more minutes goes on. ``chorale_eval`` judges the result, ``music_export`` ships it.

Knows which network learns which chorales in what order; the loop itself is :mod:`gpt`.
"""

from __future__ import annotations

import torch
from transformers import LlamaForCausalLM

from aigc_demo.tasks.music.chorale_tokens import BOS, EOS, ID, PAD, WORDS, header_ids, notes_in
from aigc_demo.training.chorale_data import Example, load
from aigc_demo.training.gpt import Batch, Shape, bits, make_model, options, shifted, train

SHAPE = Shape(len(WORDS), 2048, width=256, depth=5, heads=4, inner=688)
DROPOUT = 0.2
TOKENS = 2500
"""Tokens in a batch, padding included."""

LONGEST = 1000
"""Longer chorales (a few cantata movements) are not learnt from."""

KEEP_BARS = 0.8
"""How often the number of bars is given."""


def network(dropout: float = DROPOUT) -> LlamaForCausalLM:
    """A fresh ChoraleGPT."""
    return make_model(SHAPE, ID[BOS], ID[EOS], ID[PAD], dropout)


class Batches:
    """Batches of chorales of like length, every one once before any comes again."""

    def __init__(self, examples: list[Example]) -> None:
        self.examples = [e for e in examples if len(e.ids) <= LONGEST]
        self._waiting: list[list[Example]] = []

    def __call__(self, chance: torch.Generator) -> Batch:
        """The next batch."""
        if not self._waiting:
            self._waiting = self._dealt(chance)
        group = self._waiting.pop()
        given = torch.rand(len(group), generator=chance) < KEEP_BARS
        return batch(group, [e.bars if keep else 0 for e, keep in zip(group, given.tolist(), strict=True)])

    def _dealt(self, chance: torch.Generator) -> list[list[Example]]:
        jitter = torch.rand(len(self.examples), generator=chance).tolist()
        sizes = [len(e.ids) * (0.85 + 0.3 * j) for e, j in zip(self.examples, jitter, strict=True)]
        groups: list[list[Example]] = [[]]
        for i in sorted(range(len(sizes)), key=sizes.__getitem__):
            longest = max([len(e.ids) for e in groups[-1]] + [len(self.examples[i].ids)])
            if groups[-1] and (len(groups[-1]) + 1) * longest > TOKENS:
                groups.append([])
            groups[-1].append(self.examples[i])
        return [groups[i] for i in torch.randperm(len(groups), generator=chance).tolist()]


def batch(examples: list[Example], bars: list[int]) -> Batch:
    """Chorales as a batch in which the headers are given and not asked for."""
    heads = [header_ids(e.metre, e.mode, n) for e, n in zip(examples, bars, strict=True)]
    rows = [head + e.ids for head, e in zip(heads, examples, strict=True)]
    return shifted(rows, ID[PAD], [len(head) for head in heads])


def full_batches(examples: list[Example], size: int = 6) -> list[Batch]:
    """All examples with their whole headers, for judging."""
    ordered = sorted((e for e in examples if len(e.ids) <= LONGEST), key=lambda e: len(e.ids))
    groups = [ordered[i : i + size] for i in range(0, len(ordered), size)]
    return [batch(group, [e.bars for e in group]) for group in groups]


def bits_per_note(model: LlamaForCausalLM, examples: list[Example]) -> float:
    """How surprised the model is by each note of these chorales, with all that belongs to it."""
    judged = [e for e in examples if len(e.ids) <= LONGEST]
    tokens = sum(len(e.ids) for e in judged)
    return bits(model, full_batches(judged)) * tokens / sum(notes_in(e.ids) for e in judged)


def main(arguments: list[str] | None = None) -> None:
    """The command of the first line of this page."""
    args = options(__doc__, ".training/choralegpt", 35).parse_args(arguments)
    examples = load(args.folder)
    sides = {side: [e for e in examples if e.side == side] for side in ("train", "validation", "test")}
    print({side: len(group) for side, group in sides.items()})

    def look(model: LlamaForCausalLM) -> None:
        print(f"validation: {bits_per_note(model, sides['validation']):.3f} bits a note", flush=True)

    train("chorale", network(), Batches(sides["train"]), full_batches(sides["validation"]), args, look)


if __name__ == "__main__":
    main()
