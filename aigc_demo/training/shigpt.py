"""Train ShiGPT: python -m aigc_demo.training.shigpt [--minutes 150] [--smoke].

A character-level Llama of 8 million parameters that writes Chinese poems in the four regulated forms. The
corpus is read and cleaned at the first start and kept in ``.training/shigpt/``. Resumable. Knows the poems
and how batches are made of them; the loop is :mod:`aigc_demo.training.gpt`, the examination ``shigpt_eval``,
publishing ``shigpt_export``.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import torch
from transformers import LlamaForCausalLM

from aigc_demo.tasks.poems.prosody import Prosody, load
from aigc_demo.tasks.poems.tokens import BOS, EOS, PAD, PoemRequest, Vocabulary
from aigc_demo.training import gpt, loop
from aigc_demo.training.shigpt_data import (
    Poem,
    Words,
    common_chars,
    encode,
    load_poems,
    load_rhymes,
    request_for,
    save_rhymes,
    side_of,
)

CONTEXT = 128
POOL = 1024  # poems that are sorted by length together, so that little is padded


def prepare(folder: Path) -> None:
    """Write rhymes.json, tokens.json and poems.json, if they are not there yet."""
    if (folder / "poems.json").exists():
        return
    prosody = load_rhymes(folder / "downloads")
    save_rhymes(prosody, folder / "rhymes.json")
    poems = load_poems(folder / "downloads")
    vocabulary = Vocabulary.make(prosody.groups, common_chars(poems))
    vocabulary.save(folder / "tokens.json")
    whole = [p for p in poems if all(vocabulary.knows(c) for line in p.lines for c in line)]
    rows = [list(asdict(poem).values()) for poem in whole]
    (folder / "poems.json").write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
    print(f"{len(poems):,} poems, {len(whole):,} within {len(vocabulary):,} tokens", flush=True)


def read_poems(folder: Path) -> list[Poem]:
    """The poems that :func:`prepare` wrote."""
    rows = json.loads((folder / "poems.json").read_text("utf-8"))
    return [Poem(author, dynasty, title, form, tuple(lines)) for author, dynasty, title, form, lines in rows]


class Batches:
    """Draws training batches: Tang poems twice as often, wishes anew each time."""

    def __init__(self, poems: list[Poem], vocabulary: Vocabulary, prosody: Prosody, tokens: int) -> None:
        self.poems, self.vocabulary, self.prosody, self.tokens = poems, vocabulary, prosody, tokens
        self.words = Words(poems)
        self.weights = [2.0 if poem.dynasty == "唐" else 1.0 for poem in poems]
        self._ready: Iterator[gpt.Batch] = iter(())

    def __call__(self, rng: torch.Generator) -> gpt.Batch:
        """The next batch, about ``tokens`` tokens large."""
        batch = next(self._ready, None)
        if batch is None:
            seed = int(torch.randint(2**31, (), generator=rng))
            self._ready = iter(self.pool(random.Random(seed)))
            batch = next(self._ready)
        return batch

    def pool(self, rng: random.Random) -> list[gpt.Batch]:
        """Batches of a pool of poems, equal lengths together, in random order."""
        drawn = rng.choices(self.poems, self.weights, k=POOL)
        rows = [encode(p, request_for(p, self.words, rng), self.vocabulary, self.prosody) for p in drawn]
        batches = in_batches(rows, self.tokens)
        rng.shuffle(batches)
        return batches


def in_batches(rows: list[tuple[list[int], int]], tokens: int) -> list[gpt.Batch]:
    """Rows and where each is asked from, sorted by length and cut into batches of about ``tokens``."""
    rows = sorted(rows, key=lambda row: len(row[0]))
    batches = []
    while rows:
        size = max(1, tokens // len(rows[0][0]))
        part, rows = rows[:size], rows[size:]
        batches.append(gpt.shifted([ids for ids, _ in part], PAD, [start for _, start in part]))
    return batches


def held_out(poems: list[Poem], vocabulary: Vocabulary, prosody: Prosody, count: int) -> list[gpt.Batch]:
    """Batches of the first ``count`` poems of a side, asked by title alone."""
    rows = [encode(p, PoemRequest(p.form, p.dynasty, p.title), vocabulary, prosody) for p in poems[:count]]
    return in_batches(rows, 4096)


def show(model: LlamaForCausalLM, vocabulary: Vocabulary) -> None:
    """Print one poem of each form as the network writes it now."""
    torch.manual_seed(0)
    for form in ("五绝", "七绝", "五律", "七律"):
        ids = torch.tensor([vocabulary.header(PoemRequest(form, "唐", "秋夜"))])
        result = model.generate(
            ids, max_new_tokens=75, do_sample=True, temperature=0.8, top_p=0.95, pad_token_id=PAD
        )
        new = result[0, ids.shape[1] :].tolist()
        print(form, [vocabulary.tokens[i] for i in new[:2]], " ".join(vocabulary.read(new)), flush=True)


def main(arguments: list[str] | None = None) -> None:
    """The command of the first line of this page."""
    options = loop.options(__doc__, ".training/shigpt", minutes=150.0, rate=2e-3)
    options.add_argument("--tokens", type=int, default=3072, help="in one batch")
    args: argparse.Namespace = options.parse_args(arguments)
    args.folder.mkdir(parents=True, exist_ok=True)
    prepare(args.folder)
    prosody, vocabulary = load(args.folder / "rhymes.json"), Vocabulary.load(args.folder / "tokens.json")
    poems = read_poems(args.folder)
    sides = {side: [p for p in poems if side_of(p) == side] for side in ("train", "validation", "test")}
    print({side: len(several) for side, several in sides.items()}, flush=True)
    random.Random(0).shuffle(sides["validation"])
    model = gpt.make_model(gpt.Shape(len(vocabulary), CONTEXT), BOS, EOS, PAD)
    batches = Batches(sides["train"], vocabulary, prosody, args.tokens)
    validation = held_out(sides["validation"], vocabulary, prosody, 600)
    gpt.train("shigpt", model, batches, validation, args, lambda result: show(result, vocabulary))


if __name__ == "__main__":
    main()
