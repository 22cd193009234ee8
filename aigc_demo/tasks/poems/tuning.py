"""Fine-tuning ShiGPT on poems that somebody likes: whole, or by two thin matrices beside each layer (LoRA).

Knows how lines of verse become poems of the four forms, and what such a run checks and leaves. The step is
:class:`aigc_demo.learning.texts.learner.TextLearner`'s, the change's file :mod:`tuned_model`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import torch

from aigc_demo.decoding import Sampling
from aigc_demo.learning.texts import model
from aigc_demo.learning.texts.learner import Batch, TextLearner, padded
from aigc_demo.tasks.poems import script, tuned_model
from aigc_demo.tasks.poems.constraint import PoemRules, Tables, limit
from aigc_demo.tasks.poems.prosody import FORMS, Prosody
from aigc_demo.tasks.poems.prosody import load as load_prosody
from aigc_demo.tasks.poems.tokens import PAD, PoemRequest, Vocabulary, plan_of
from aigc_demo.types import Output, UserError

FEWEST, MOST = 5, 500
"""Poems that are learnt from."""
HELD_BACK = 5
"""Every so-manieth poem is held back."""
SHOWN = (("秋夜", "七绝"), ("登高", "五绝"))
"""What is written before and after, by title and form."""
KIND = "mine-poems"
PLAIN = "text/plain; charset=utf-8"
_BREAK = re.compile(r"[^\u3400-\u9fff]+")


@dataclass(frozen=True)
class Verses:
    """A poem of one of the four forms, in simplified characters."""

    form: str
    lines: tuple[str, ...]


def poems_of(lines: Iterable[str], vocabulary: Vocabulary) -> list[Verses]:
    """Whole poems in lines of text: one a line, or verses of one length on lines after one another.

    A verse with a character that ShiGPT does not know ends what was being put together.
    """
    found: list[Verses] = []
    open_: list[str] = []
    for line in lines:
        verses = [part for part in _BREAK.split(script.simplified(line)) if part]
        known = all(len(verse) in (5, 7) and all(map(vocabulary.knows, verse)) for verse in verses)
        if not verses or not known or (open_ and {len(one) for one in verses} != {len(open_[0])}):
            open_ = []
        if not verses or not known or len({len(one) for one in verses}) > 1:
            continue
        if len(verses) in (4, 8):
            found.append(_poem(verses))
            open_ = []
            continue
        open_ += verses
        while len(open_) >= 4:
            found.append(_poem(open_[:4]))
            open_ = open_[4:]
    return found


def _poem(verses: Sequence[str]) -> Verses:
    name = next(
        name for name, form in FORMS.items() if (form.lines, form.length) == (len(verses), len(verses[0]))
    )
    return Verses(name, tuple(verses))


def make(
    method: Literal["finetune", "lora"], lines: Sequence[str], batch_size: int, seed: int
) -> TuningLearner:
    """ShiGPT, about to learn from these lines. Raises UserError where they hold too few poems."""
    vocabulary = Vocabulary.load(tuned_model.BASE / "tokens.json")
    poems = poems_of(lines, vocabulary)[:MOST]
    if len(poems) < FEWEST:
        raise UserError(
            "bad_lines",
            "train_text.error.no_poems",
            status=422,
            field="text",
            task="train_text",
            count=len(poems),
            fewest=FEWEST,
        )
    return TuningLearner(method, poems, vocabulary, batch_size, seed)


class TuningLearner(TextLearner):
    """ShiGPT and some poems; see :class:`aigc_demo.learning.run.Learner`.

    Args:
        method: whether all weights change, or matrices beside them.
        poems: what is learnt from and what is held back.
        vocabulary: ShiGPT's tokens.
        batch_size: poems in a step.
        seed: everything random follows from it and the number of a step.
    """

    warm_up = 5

    def __init__(
        self,
        method: Literal["finetune", "lora"],
        poems: Sequence[Verses],
        vocabulary: Vocabulary,
        batch_size: int,
        seed: int,
    ) -> None:
        self.seed = seed
        self.config = tuned_model.config(method)
        net = tuned_model.base()
        rng = torch.Generator().manual_seed(self.seed_for("matrices"))
        learning = (
            tuned_model.with_low_rank(net, self.config, rng) if method == "lora" else list(net.parameters())
        )
        super().__init__(net, learning, seed)
        self.vocabulary, self.batch_size = vocabulary, batch_size
        self._prosody = load_prosody(tuned_model.BASE / "rhymes.json")
        self._tables = Tables(vocabulary, self._prosody)
        rows = [encoded(poem, vocabulary, self._prosody) for poem in poems]
        self._rows = [row for place, row in enumerate(rows) if place % HELD_BACK != HELD_BACK - 1]
        held = rows[HELD_BACK - 1 :: HELD_BACK] or rows[-1:]
        self._checks = [padded([ids for ids, _ in held], PAD, [given for _, given in held])]
        self.texts, self.held_back = len(self._rows), len(held)
        self._before = self._poems()

    @property
    def identity(self) -> dict[str, Any]:
        """How ShiGPT is changed."""
        return self.config.model_dump(mode="json")

    @property
    def epoch(self) -> int:
        """Steps in which every poem is seen once."""
        return -(-len(self._rows) // self.batch_size)

    def batch(self, number: int) -> Batch:
        """The next poems of this epoch's order."""
        epoch, place = divmod(number - 1, self.epoch)
        rng = torch.Generator().manual_seed(self.seed_for(f"order {epoch}"))
        order = torch.randperm(len(self._rows), generator=rng).tolist()
        picked = [self._rows[one] for one in order[place * self.batch_size : (place + 1) * self.batch_size]]
        return padded([ids for ids, _ in picked], PAD, [given for _, given in picked])

    @property
    def about(self) -> Mapping[str, Any]:
        """How many poems there are to learn from."""
        return {"base": self.config.base, "texts": self.texts, "held_back": self.held_back}

    @cached_property
    def untuned(self) -> float:
        """Bits that ShiGPT needs as it ships."""
        net, self.net = self.net, tuned_model.base()
        try:
            return self.bits(self._checks)
        finally:
            self.net = net

    def validate(self) -> Mapping[str, float]:
        """Bits for a character of the poems held back, beside those of ShiGPT as it ships."""
        return {"validation": self.bits(self._checks), "untuned": self.untuned}

    def samples(self) -> Output:
        """The same titles before and now, by the same chance."""
        return Output("text", "samples.txt", PLAIN, text=self._compared())

    def files(self, measures: Mapping[str, Any]) -> Sequence[Output]:
        """The poems before and after, the change with its configuration inside, and that beside it."""
        told = {
            "for": "text",
            "as": KIND,
            "method": self.config.method,
            "steps": measures["steps"],
            "ended": measures["ended"],
            **{name: round(value, 4) for name, value in measures["measures"].items()},
        }
        weights = tuned_model.to_bytes(self.weights(), self.config)
        return (
            Output("text", "samples.txt", PLAIN, text=self._compared()),
            Output("model", "model.safetensors", "application/vnd.safetensors", data=weights, meta=told),
            Output("file", "config.json", "application/json", data=self.config.model_dump_json().encode()),
        )

    def _compared(self) -> str:
        now = self._poems()
        rows = zip(SHOWN, self._before, now, strict=True)
        return "\n\n".join(f"《{title}》\n○ {before}\n● {after}" for (title, _), before, after in rows)

    def _poems(self) -> list[str]:
        self.net.eval()
        return ["，".join(self._lines(title, form)) for title, form in SHOWN]

    def _lines(self, title: str, form: str) -> list[str]:
        request = PoemRequest(form, title=title)
        rules = PoemRules(self._tables, request, "enforced")
        how = Sampling(0.7, 0.9, seed=self.seed)
        prompt = self.vocabulary.header(request)
        ids = model.sample(self.net, prompt, how, limit(FORMS[form]), rules, self.vocabulary.id("<eos>"))
        return self.vocabulary.read(ids)


def encoded(poem: Verses, vocabulary: Vocabulary, prosody: Prosody) -> tuple[list[int], int]:
    """A poem as ShiGPT's tokens, asked for by its form alone, and where it begins."""
    header = vocabulary.header(PoemRequest(poem.form))
    plan, group = plan_of(poem.lines, prosody)
    return header + vocabulary.body(plan, group, poem.lines), len(header)
