"""Train ChoraleGPT: python -m aigc_demo.training.choralegpt [--minutes 14] [--smoke].

Needs music21 for its corpus (requirements-train.txt). State and result are in ``.training/choralegpt``; a
later run with more minutes goes on. ``chorale_eval`` judges the result, ``music_export`` ships it.

Knows which network learns which chorales in what order; the loop itself is :mod:`gpt`.
"""

from __future__ import annotations

import torch
from transformers import LlamaForCausalLM

from aigc_demo.tasks.music.chorale_tokens import (
    BOS,
    EOS,
    ID,
    LETTERS,
    PAD,
    REST,
    WORDS,
    header_ids,
    notes_in,
)
from aigc_demo.tasks.music.tune import TICKS
from aigc_demo.training.chorale_data import Example, load
from aigc_demo.training.chorale_rows import Row, Rows
from aigc_demo.training.gpt import Batch, Shape, bits, make_model, shifted, train
from aigc_demo.training.loop import options

SHAPE = Shape(len(WORDS), 2048, width=192, depth=5, heads=3, inner=512)
DROPOUT = 0.35
TOKENS = 1800
"""Tokens in a batch, padding included."""

COUNTING = 4.0
"""How much a bar line, which counts, and the end weigh beside a note: there are few of them, and one that is
wrong makes the whole piece too long or too short."""

LONGEST = 1000
"""Longer chorales (a few cantata movements) are not learnt from."""


def network() -> LlamaForCausalLM:
    """A fresh ChoraleGPT."""
    return make_model(SHAPE, ID[BOS], ID[EOS], ID[PAD], DROPOUT)


def parts_of(word: str) -> tuple[str, ...]:
    """What a token shares with others: a note has a voice, a pitch, and a degree that its voice sings.

    Numbers share their digits: who can count down from 9 counts down from 29 as well.
    """
    if word[0] in LETTERS:
        voice, said = word[0], word[1:]
        if said == REST:
            return voice, REST
        degree = f"degree {int(said) % 12}"
        return voice, f"pitch {said}", degree, f"{voice} on {degree}"
    if word[0] == "@":
        return "@", f"after the beat {int(word[1:]) % TICKS}"
    if ":" in word:
        kind, number = word.strip("<>").split(":")
        tens, ones = divmod(int(number), 10)
        return kind, f"number {number}", f"tens {tens}", f"ones {ones}", f"{kind} with ones {ones}"
    return ()


class Batches:
    """Batches of rows of like length, one of every chorale before any comes again."""

    def __init__(self, examples: list[Example]) -> None:
        self._makers = [Rows(e) for e in examples if len(e.ids) <= LONGEST]
        self._waiting: list[list[Row]] = []

    def __call__(self, rng: torch.Generator) -> Batch:
        """The next batch."""
        if not self._waiting:
            self._waiting = self._dealt(rng)
        return batch(self._waiting.pop())

    def _dealt(self, rng: torch.Generator) -> list[list[Row]]:
        rows = sorted((maker.draw(rng) for maker in self._makers), key=lambda row: len(row[1]))
        groups: list[list[Row]] = [[]]
        for row in rows:
            if groups[-1] and (len(groups[-1]) + 1) * len(row[1]) > TOKENS:
                groups.append([])
            groups[-1].append(row)
        return [groups[i] for i in torch.randperm(len(groups), generator=rng).tolist()]


def batch(rows: list[Row]) -> Batch:
    """Headers, which are given and not asked for, and what follows them, as a batch."""
    return shifted([head + ids for head, ids in rows], ID[PAD], [len(head) for head, _ in rows])


def full_batches(examples: list[Example], size: int = 6) -> list[Batch]:
    """All examples as they are, for judging."""
    ordered = sorted((e for e in examples if len(e.ids) <= LONGEST), key=lambda e: len(e.ids))
    rows = [(header_ids(e.metre, e.mode, e.tonic, e.bars), e.ids) for e in ordered]
    return [batch(rows[i : i + size]) for i in range(0, len(rows), size)]


def bits_per_note(model: LlamaForCausalLM, examples: list[Example]) -> float:
    """How surprised the model is by each note of these chorales, with all that belongs to it."""
    judged = [e for e in examples if len(e.ids) <= LONGEST]
    tokens = sum(len(e.ids) for e in judged)
    return bits(model, full_batches(judged)) * tokens / sum(notes_in(e.ids) for e in judged)


def main(arguments: list[str] | None = None) -> None:
    """The command of the first line of this page."""
    args = options(__doc__, ".training/choralegpt", minutes=14, rate=2e-3).parse_args(arguments)
    examples = load(args.folder)
    sides = {side: [e for e in examples if e.side == side] for side in ("train", "validation", "test")}
    print({side: len(group) for side, group in sides.items()})

    def look(model: LlamaForCausalLM) -> None:
        print(f"validation: {bits_per_note(model, sides['validation']):.3f} bits a note", flush=True)

    validation = full_batches(sides["validation"])
    weights = torch.tensor([COUNTING if word == EOS or word.startswith("bar:") else 1.0 for word in WORDS])
    parts = [*map(parts_of, WORDS)]
    train("chorale", network(), Batches(sides["train"]), validation, args, look, parts, weights)


if __name__ == "__main__":
    main()
