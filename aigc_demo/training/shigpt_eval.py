"""Examine ShiGPT: python -m aigc_demo.training.shigpt_eval.

Reads the published model (``--model``) and the poems that ``shigpt`` prepared (``--folder``); writes
``figures.json`` and ``card.md`` beside the model, and fifty unchosen poems to read into ``--folder``. Poems
are asked for by titles of authors that were held out. The same judge looks at what the model writes, at what
people wrote and at characters drawn by chance.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from aigc_demo.tasks.poems import report
from aigc_demo.tasks.poems.constraint import Tables
from aigc_demo.tasks.poems.pipeline import from_folder
from aigc_demo.tasks.poems.prosody import FORMS, RULES, Prosody, judge, load
from aigc_demo.tasks.poems.tokens import PoemRequest, Vocabulary
from aigc_demo.training import gpt
from aigc_demo.training.shigpt import in_batches, read_poems
from aigc_demo.training.shigpt_card import write_card
from aigc_demo.training.shigpt_data import Poem, Words, encode, side_of
from aigc_demo.training.shigpt_writing import Manner, Writer

Lines = Sequence[str]


def rates(poems: Iterable[Lines], prosody: Prosody) -> dict[str, float]:
    """How often each rule holds where it can be judged, in per cent."""
    held: Counter[str] = Counter()
    judged: Counter[str] = Counter()
    for lines in poems:
        for verdict in judge(lines, prosody):
            held[verdict.rule] += verdict.holds
            judged[verdict.rule] += 1
    return {rule: _percent(held[rule], judged[rule]) for rule in RULES}


def variety(poems: Sequence[Lines], known: set[str]) -> dict[str, float]:
    """Characters said twice in a poem, different pairs, and lines that stand in a training poem: per cent.

    Different pairs depend on how many poems are looked at: compare equal numbers.
    """
    repeated = sum(len(text) - len(set(text)) for text in map("".join, poems))
    pairs = [line[at : at + 2] for lines in poems for line in lines for at in range(len(line) - 1)]
    lines = [line for poem in poems for line in poem]
    return {
        "repeated": _percent(repeated, sum(map(len, lines))),
        "distinct_2": _percent(len(set(pairs)), len(pairs)),
        "verbatim": _percent(sum(line in known for line in lines), len(lines)),
    }


def valid(lines: Lines, form: str) -> bool:
    """Whether a poem has the lines of its form."""
    return [len(line) for line in lines] == [FORMS[form].length] * FORMS[form].lines


def bits_per_char(model: Any, poems: Sequence[Poem], vocabulary: Vocabulary, prosody: Prosody) -> float:
    """Bits of plan, lines and end, given the title, for each character of the poems."""
    rows = [encode(p, PoemRequest(p.form, p.dynasty, p.title), vocabulary, prosody) for p in poems]
    tokens = sum(len(ids) - start for ids, start in rows)
    chars = sum(len(line) for poem in poems for line in poem.lines)
    return gpt.bits(model, in_batches(rows, 4096)) * tokens / chars


def by_chance(poems: Sequence[Poem], vocabulary: Vocabulary, rng: random.Random) -> list[list[str]]:
    """Poems of the same forms whose characters are drawn blindly."""
    chars = vocabulary.tokens[vocabulary.first_char :]
    return [["".join(rng.choices(chars, k=len(line))) for line in poem.lines] for poem in poems]


class Examination:
    """The model, the poems that were held out, and the figures found so far."""

    def __init__(self, model: Path, folder: Path, temperature: float, top_p: float) -> None:
        self.vocabulary = Vocabulary.load(model / "tokens.json")
        self.prosody = load(model / "rhymes.json")
        self.network = from_folder(model)
        self.writer = Writer(self.network, Tables(self.vocabulary, self.prosody))
        self.raw = Manner("learned", temperature, top_p)
        self.enforced = Manner("enforced", temperature, top_p)
        poems = read_poems(folder)
        training = [poem for poem in poems if side_of(poem) == "train"]
        self.test = [poem for poem in poems if side_of(poem) == "test"]
        random.Random(1).shuffle(self.test)
        self.known = {line for poem in training for line in poem.lines}
        self.words = Words(training)
        self.trained_on, self.tested_on = len(training), len(self.test)

    def some(self, form: str, count: int) -> list[Poem]:
        """Held-out poems of a form that have a title."""
        return [poem for poem in self.test if poem.form == form and poem.title][:count]

    def write(self, requests: Sequence[PoemRequest], manner: Manner, seed: int = 0) -> list[list[str]]:
        """The lines for each wish."""
        return [self.vocabulary.read(ids) for ids in self.writer(requests, manner, seed)]

    def figures(self, count: int) -> dict[str, Any]:
        """Everything that the card prints, over ``count`` poems of each form."""
        chosen = {form: self.some(form, count) for form in FORMS}
        asked = [poem for poems in chosen.values() for poem in poems]
        requests = [PoemRequest(poem.form, poem.dynasty, poem.title) for poem in asked]
        raw, enforced = self.write(requests, self.raw), self.write(requests, self.enforced)
        rows: dict[str, Sequence[Lines]] = {
            "raw": raw,
            "enforced": enforced,
            "human": [poem.lines for poem in asked],
            "chance": by_chance(asked, self.vocabulary, random.Random(2)),
        }
        forms = [poem.form for poem in asked]
        whole = raw + enforced
        return {
            "count": count,
            "written": len(whole),
            "trained_on": self.trained_on,
            "tested_on": self.tested_on,
            "temperature": self.raw.temperature,
            "top_p": self.raw.top_p,
            "bits": round(bits_per_char(self.network, asked, self.vocabulary, self.prosody), 2),
            "validity": _percent(sum(map(valid, whole, forms * 2)), len(whole)),
            "rules": {name: self._by_form(poems, forms) for name, poems in rows.items()},
            "variety": {name: variety(poems, self.known) for name, poems in rows.items()},
            "keywords": self.keywords(count),
            "acrostic": self.acrostics(count),
            "poems": self.unchosen(12),
        }

    def _by_form(self, poems: Sequence[Lines], forms: Sequence[str]) -> dict[str, dict[str, float]]:
        """Rates for all poems and for those of each form."""
        result = {"all": rates(poems, self.prosody)}
        for form in FORMS:
            result[form] = rates(
                (p for p, one in zip(poems, forms, strict=True) if one == form), self.prosody
            )
        return result

    def keywords(self, count: int) -> dict[str, float]:
        """Asked by words of held-out poems: how many are used, left to the model and given places."""
        rng = random.Random(3)
        drawn = [(poem, self.words.draw(poem, rng)) for poem in self.test[: 2 * count]]
        requests = [PoemRequest(poem.form, poem.dynasty, keys=keys) for poem, keys in drawn if keys][:count]
        result = {}
        for name, manner in (("raw", self.raw), ("placed", replace(self.enforced, placed=True))):
            poems = self.write(requests, manner, seed=10_000)
            found = [
                any(key in line for line in lines)
                for request, lines in zip(requests, poems, strict=True)
                for key in request.keys
            ]
            result[name] = _percent(sum(found), len(found))
        return result

    def acrostics(self, count: int) -> float:
        """Asked by the heads of held-out poems: how many poems begin their lines so."""
        requests = [
            PoemRequest(poem.form, poem.dynasty, poem.title, heads="".join(line[0] for line in poem.lines))
            for poem in self.test[:count]
        ]
        poems = self.write(requests, self.enforced, seed=20_000)
        right = [
            "".join(line[0] for line in lines) == request.heads and valid(lines, request.form)
            for request, lines in zip(requests, poems, strict=True)
        ]
        return _percent(sum(right), len(right))

    def unchosen(self, count: int) -> list[dict[str, Any]]:
        """The first poems for held-out titles, enforced, forms in turn: none left out."""
        names = list(FORMS)
        titled = {form: iter(self.some(form, count)) for form in names}
        asked = [next(titled[names[number % len(names)]]) for number in range(count)]
        requests = [PoemRequest(poem.form, poem.dynasty, poem.title) for poem in asked]
        poems = self.write(requests, self.enforced, seed=30_000)
        return [
            {
                "form": request.form,
                "text": report.text_of(request.title, lines),
                "verbatim": [line for line in lines if line in self.known],
            }
            for request, lines in zip(requests, poems, strict=True)
        ]


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else math.nan


def main(arguments: list[str] | None = None) -> None:
    """The command of the first line of this page."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--folder", type=Path, default=Path(".training/shigpt"), help="poems.json")
    options.add_argument("--model", type=Path, default=Path("assets/models/shigpt"))
    options.add_argument("--count", type=int, default=100, help="poems of each form and kind")
    options.add_argument("--temperature", type=float, default=0.7)
    options.add_argument("--top-p", type=float, default=0.9)
    options.add_argument("--threads", type=int, default=1)
    args = options.parse_args(arguments)
    torch.set_num_threads(args.threads)
    examination = Examination(args.model, args.folder, args.temperature, args.top_p)
    figures = examination.figures(args.count)
    (args.model / "figures.json").write_text(
        json.dumps(figures, ensure_ascii=False, indent=1) + "\n", "utf-8"
    )
    write_card(args.model)
    fifty = [one["text"] for one in examination.unchosen(min(50, 4 * args.count))]
    (args.folder / "fifty.txt").write_text("\n\n----\n\n".join(fifty) + "\n", "utf-8")
    print((args.model / "card.md").read_text("utf-8"))


if __name__ == "__main__":
    main()
