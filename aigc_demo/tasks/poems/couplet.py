"""Couplets (对联): to an upper line of five or seven characters ShiGPT writes the lower one.

Knows that the second couplet of a regulated poem (律诗) is parallel: the given line is put where its first
line stands, after two lines of the model's own, and the model goes on. The rules of couplets are masks: tones
opposed where they count, the end of the other tone, no character of the upper line, what is doubled there
doubled here. Of several lower lines the one that the network finds likeliest is shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from aigc_demo import decoding
from aigc_demo.decoding import teacher_forcing
from aigc_demo.decoding.sampling import Mask, softmax
from aigc_demo.tasks.poems import report, script
from aigc_demo.tasks.poems.asking import chinese
from aigc_demo.tasks.poems.constraint import PoemRules, Tables
from aigc_demo.tasks.poems.pipeline import PoemPipeline
from aigc_demo.tasks.poems.pipeline import load as load_poet
from aigc_demo.tasks.poems.prosody import FORMS, Form, Tone, pattern
from aigc_demo.tasks.poems.tokens import EOS, LINE, STARTS, PoemRequest, Vocabulary
from aigc_demo.types import MAX_SEED, Emit, LoadContext, Output, Progress, Reading, Remark, UserError

if TYPE_CHECKING:
    from aigc_demo.tasks.poems.params import CoupletParams
    from aigc_demo.types import ModelSpec

UPPER, LOWER = 2, 3
"""The lines of a regulated poem that the couplet stands in, from 0."""
_FORMS = {5: "五律", 7: "七律"}
_OTHER: dict[Tone, Tone] = {"level": "oblique", "oblique": "level"}
_ASKED = re.compile(r"^.*?上联\s*[是为:：]?|[,，。;；\s]*(?:求|请|帮|对|写|给|下联).*$")


def load(context: LoadContext) -> Couplets:
    """ShiGPT, as for poems."""
    return Couplets(load_poet(context))


class Couplets:
    """Writes lower lines.

    Args:
        poet: the model with its vocabulary and its tones.
    """

    def __init__(self, poet: PoemPipeline) -> None:
        self._poet = poet

    def __call__(self, params: CoupletParams, emit: Emit) -> tuple[Output, ...]:
        """The couplet, with the other lower lines beside it.

        Raises:
            UserError: ``couplet_length``, ``couplet_unknown``.
        """
        upper = upper_of(params.prompt, self._poet.vocabulary)
        found: list[tuple[float, str, int]] = []
        for number in range(params.drafts):
            emit(Progress(number, params.drafts))
            seed = ((params.seed or 0) + number) % (MAX_SEED + 1)
            found.append((*self._written(upper, params, seed), seed))
        texts = [_text(upper, lower, params.script == "traditional") for _, lower, _ in found]
        best = max(range(len(found)), key=lambda at: found[at][0])
        tones = [report.tones_of(line, self._poet.prosody) for line in (upper, found[best][1])]
        told: dict[str, object] = {"tones": tones}
        if len(found) > 1:
            told |= {"likeliest": True, "draft": best + 1, "draft_seed": found[best][2]}
            told["drafts"] = [
                {"seed": seed, "text": text, "score": round(score, 4), "finish_reason": "stop"}
                for text, (score, _, seed) in zip(texts, found, strict=True)
            ]
        return (Output("text", "couplet.txt", "text/plain; charset=utf-8", text=texts[best], meta=told),)

    def _written(self, upper: str, params: CoupletParams, seed: int) -> tuple[float, str]:
        """A lower line, and how likely the network finds it: the geometric mean over its characters."""
        poet, request = self._poet, PoemRequest(_FORMS[len(upper)])
        how = decoding.Sampling(temperature=params.temperature, top_p=params.top_p, seed=seed)
        rules, prompt = CoupletRules(poet.tables, request, upper), poet.vocabulary.header(request)
        most = 2 + (LOWER + 1) * (len(upper) + 1)
        ids = [
            token
            for token in decoding.generate(poet.decoder, prompt, how, most, {EOS}, rules)
            if token is not None
        ]
        read = teacher_forcing.read(poet.decoder, prompt, ids, lambda done: None)
        first = 2 + LOWER * (len(upper) + 1)
        rows = range(first, first + len(upper))
        logs = [float(np.log(softmax(read.scores[row])[ids[row]] + 1e-12)) for row in rows]
        return float(np.exp(np.mean(logs))), poet.vocabulary.read(ids)[LOWER]


class CoupletRules:
    """The rules for one couplet: a :class:`aigc_demo.decoding.sampling.Constraint`.

    Args:
        tables: of the model's vocabulary.
        request: a regulated poem of lines as long as the upper one.
        upper: the given line, of characters that the model knows.
    """

    def __init__(self, tables: Tables, request: PoemRequest, upper: str) -> None:
        self._tables, self._form, self._upper = tables, FORMS[request.form], upper
        self._poem = PoemRules(tables, request, "enforced")
        self._ids = [tables.vocabulary.id(char) for char in upper]
        self._plans = tables.mask(tables.vocabulary.id(f"<{plan}>") for plan in self._fitting())

    def allowed(self, result: Sequence[int]) -> Mask:
        """See :class:`aigc_demo.decoding.sampling.Constraint`."""
        if not result:
            return self._plans
        row, column = divmod(len(result) - 2, self._form.length + 1)
        if len(result) == 1 or row < UPPER:
            return self._poem.allowed(result)
        if column == self._form.length:
            return self._tables.only(LINE if row < LOWER else EOS)
        if row == UPPER:
            return self._tables.only(self._ids[column])
        return self._opposed(result[-column:] if column else (), column)

    def _opposed(self, said: Sequence[int], column: int) -> Mask:
        """The characters that answer the upper line's at a place."""
        again = self._upper.find(self._upper[column])
        if again < column:
            return self._tables.only(said[again])
        mask = self._tables.chars.copy()
        tone = self._tables.prosody.tone(self._upper[column])
        if column == self._form.length - 1:
            mask &= self._tables.toned[_OTHER[tone] if tone else "level"]
        elif tone and column in self._form.positions:
            mask &= self._tables.toned[_OTHER[tone]]
        mask[[*self._ids, *said]] = False
        return mask

    def _fitting(self) -> Sequence[str]:
        """The plans whose tones the upper line breaks least."""
        broken = {start: self._broken(self._form, start) for start in STARTS}
        least = min(broken.values())
        return [plan for start in STARTS if broken[start] == least for plan in (start, f"{start}+")]

    def _broken(self, form: Form, start: Tone) -> int:
        wanted = pattern(form, start)[UPPER]
        tones = {place: self._tables.prosody.tone(self._upper[place]) for place in wanted}
        return sum(tone is not None and tone != wanted[place] for place, tone in tones.items())


def upper_of(said: str, vocabulary: Vocabulary) -> str:
    """The upper line in what somebody wrote, in simplified characters.

    Raises:
        UserError: it has neither five nor seven characters, or some that the model has never met.
    """
    line = chinese(_ASKED.sub("", script.simplified(" ".join(said[:400].split()))))
    if len(line) not in _FORMS:
        raise UserError("couplet_length", "error.couplet_length", field="prompt", count=len(line))
    unknown = "".join(dict.fromkeys(char for char in line if not vocabulary.knows(char)))
    if unknown:
        raise UserError("couplet_unknown", "error.couplet_unknown", field="prompt", chars=unknown)
    return line


def account(params: CoupletParams, outputs: Sequence[Output], _: ModelSpec) -> Reading:
    """The tones of both lines, and whether the upper one ends as it should."""
    upper, lower = outputs[0].meta["tones"]
    remarks = [Remark("text.couplet.tones", {"upper": upper, "lower": lower})]
    if upper[-1] == report.LEVEL:
        remarks.append(Remark("text.couplet.level_end"))
    return Reading(remarks=tuple(remarks))


def _text(upper: str, lower: str, in_traditional: bool) -> str:
    text = f"上联：{upper}\n\n下联：{lower}"
    return script.traditional(text) if in_traditional else text
