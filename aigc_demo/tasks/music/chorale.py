"""ChoraleGPT's pipeline: compose four voices, continue a melody's setting, or harmonise a given soprano.

Knows the order of the steps. The words and the rules are its neighbours' business.
"""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction

from aigc_demo.decoding import Sampling
from aigc_demo.tasks.music import arrange, chorale_tokens, melody, plan, primer
from aigc_demo.tasks.music.chorale_rules import ChoraleRules, Sung, limit
from aigc_demo.tasks.music.chorale_tokens import EOS, ID, RANGES, SAYABLE, TONICS, VOICES, Chorale
from aigc_demo.tasks.music.composer import load as load_composer
from aigc_demo.tasks.music.harmony import estimated_key
from aigc_demo.tasks.music.instruments import INSTRUMENTS
from aigc_demo.tasks.music.params import ChoraleParams, ScoreParams
from aigc_demo.tasks.music.pipeline import ScorePipeline
from aigc_demo.tasks.music.score import Mode, Part, Score, pitch_class
from aigc_demo.tasks.music.steps import Bars
from aigc_demo.tasks.music.tune import TICKS, bar_ticks
from aigc_demo.types import Emit, LoadContext, UserError

TEMPO = 72.0


def load(context: LoadContext) -> ChoralePipeline:
    """ChoraleGPT from its folder."""
    return ChoralePipeline(load_composer(context, chorale_tokens.WORDS, ID[EOS]), context.spec.id)


class ChoralePipeline(ScorePipeline):
    """One chorale at a time; the composer says the words of :mod:`chorale_tokens`."""

    def score(self, params: ChoraleParams, emit: Emit) -> tuple[Score, dict[str, object]]:
        """The finished score, and facts worth showing.

        Raises:
            UserError: for what this model cannot do, and for a melody that it cannot set.
        """
        params = ScoreParams.widen(params)
        match params.action:
            case "arrange":
                return arrange.arranged(params), {}
            case "harmonise":
                return self._harmonised(params, emit)
            case "compose":
                return self._composed(params, emit)
        raise UserError(
            "not_this_model", "music.error.not_this_model", status=422, field="action", name="ChoraleGPT"
        )

    def _composed(self, params: ScoreParams, emit: Emit) -> tuple[Score, dict[str, object]]:
        params = plan.described(params)
        tonic, mode = plan.chorale_key(params)
        metre = "3/4" if params.metre == "3/4" or params.style in ("waltz", "minuet") else "4/4"
        bars = min(params.bars, chorale_tokens.MAX_BARS)
        pitch = TONICS[pitch_class(tonic)]
        rules = ChoraleRules(_metre(metre), bars, pitch)
        sheet = _Sheet(_title(params, tonic, mode), tonic, mode, metre, bars, pitch, params)
        return self._generate(sheet, rules, emit)

    def _harmonised(self, params: ScoreParams, emit: Emit) -> tuple[Score, dict[str, object]]:
        given = _in_range(primer.in_key(primer.required(params), params))
        params = plan.described(params)
        mode = given.mode if params.mode == "auto" else params.mode
        if mode not in chorale_tokens.MODES:
            mode = estimated_key(melody.melody(given), pitch_class(given.tonic))[1]
        metre = "3/4" if given.bar == 3 else "4/4"
        if given.metre != _metre(metre):
            given = replace(given, metre=_metre(metre), pickup=given.pickup * 0, repeats=())
        bars = melody.whole_bars(given)
        if not 1 <= bars <= chorale_tokens.MAX_BARS:
            raise UserError(
                "start_too_long", "music.error.start_too_long", status=422, field="start", bars=bars
            )
        pitch = TONICS[pitch_class(given.tonic)]
        upbeat, sung = _to_sing(given, pitch, bars)
        rules = ChoraleRules(_metre(metre), bars, pitch, sung, upbeat)
        title = params.title or given.title or _title(params, given.tonic, mode)
        sheet = _Sheet(title, given.tonic, mode, metre, bars, pitch, params, given.tempo)
        return self._generate(sheet, rules, emit)

    def _generate(self, sheet: _Sheet, rules: ChoraleRules, emit: Emit) -> tuple[Score, dict[str, object]]:
        params = sheet.params
        how = Sampling(params.temperature, params.top_p, seed=params.seed or 0)
        metre = _metre(sheet.metre)
        reader = chorale_tokens.Reader(metre, sheet.mode)
        header = chorale_tokens.header_ids(sheet.metre, sheet.mode, sheet.pitch, sheet.bars)
        steps = Bars(emit, sheet.bars)
        result, began = 0, time.perf_counter()
        for token in self.composer.generate(header, how, limit(sheet.bars, metre), rules):
            if token is not None:
                reader.add(token)
                result += 1
            steps.at(reader.full, lambda: sheet.score(reader.chorale()))
        reader.add(ID[EOS])
        steps.at(reader.full, lambda: sheet.score(reader.chorale()))
        seconds = max(time.perf_counter() - began, 1e-9)
        metadata: dict[str, object] = {"tokens": result, "tokens_per_second": round(result / seconds, 1)}
        return sheet.score(reader.chorale()).transposed(params.transpose), metadata


class _Sheet:
    """What a chorale is written on: everything but its notes."""

    def __init__(
        self,
        title: str,
        tonic: str,
        mode: Mode,
        metre: str,
        bars: int,
        pitch: int,
        params: ScoreParams,
        tempo: float = TEMPO,
    ) -> None:
        self.title, self.tonic, self.mode, self.metre = title, tonic, mode, metre
        self.bars, self.pitch, self.params = bars, pitch, params
        self.tempo = float(params.tempo or tempo)

    def score(self, chorale: Chorale) -> Score:
        """The notes as four parts."""
        name = self.params.instrument if self.params.instrument != "auto" else "choir"
        program = INSTRUMENTS[name].program
        voices = chorale_tokens.voice_notes(chorale, self.pitch)
        parts = tuple(Part(voice, program, notes) for voice, notes in zip(VOICES, voices, strict=True))
        upbeat = sum(cut.ticks for cut in chorale.pickup)
        return Score(
            self.title, self.tonic, self.mode, _metre(self.metre), self.tempo, parts, Fraction(upbeat, TICKS)
        )


def _metre(name: str) -> tuple[int, int]:
    upper, lower = name.split("/")
    return int(upper), int(lower)


def _title(params: ScoreParams, tonic: str, mode: Mode) -> str:
    return params.title or plan.title("chorale", tonic, mode, chinese=plan.is_chinese(params.prompt))


def _in_range(score: Score) -> Score:
    """The melody moved by octaves to where a soprano sings."""
    notes = melody.melody(score)
    low, high = RANGES[0]
    mean = sum(note.pitch for note in notes) / len(notes)
    middle = (low + high) / 2
    return score.transposed(12 * round((middle - mean) / 12))


def _to_sing(score: Score, tonic: int, bars: int) -> tuple[int, list[Sung]]:
    """The upbeat in ticks, and the melody on a grid of sixteenths, within so many bars."""
    upbeat = round(float(score.pickup) * 4) * (TICKS // 4)
    end = upbeat + bars * bar_ticks(score.metre)
    notes = [
        (start, min(length, end - start), pitch - tonic)
        for start, length, pitch in melody.snapped(melody.melody(score))
        if start < end
    ]
    start, _, pitch = notes[-1]
    notes[-1] = (start, end - start, pitch)  # the last chord fills its bar
    return upbeat, [Sung(start, length, _sayable(pitch, tonic)) for start, length, pitch in notes]


def _sayable(pitch: int, tonic: int) -> int:
    """A pitch above the tonic, moved by octaves to where there is a word for it."""
    low, high = SAYABLE[0]
    while pitch + tonic < low:
        pitch += 12
    while pitch + tonic > high:
        pitch -= 12
    return pitch
