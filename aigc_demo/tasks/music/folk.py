"""FolkGPT's pipeline: compose, continue, vary, and what needs no model: arrange.

Knows the order of the steps. The words, the rules, the plan and the finishing are its neighbours' business.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from aigc_demo.decoding import Sampling
from aigc_demo.tasks.music import arrange, constraint, melody, plan, postprocess, primer, tokens
from aigc_demo.tasks.music.composer import load as load_composer
from aigc_demo.tasks.music.harmony import estimated_key
from aigc_demo.tasks.music.instruments import INSTRUMENTS
from aigc_demo.tasks.music.params import ChoraleParams, ScoreParams
from aigc_demo.tasks.music.pipeline import ScorePipeline
from aigc_demo.tasks.music.plan import Plan
from aigc_demo.tasks.music.score import Score, pitch_class
from aigc_demo.tasks.music.steps import Bars
from aigc_demo.tasks.music.tokens import EOS, ID
from aigc_demo.tasks.music.tune import Tune, home, to_score
from aigc_demo.types import Emit, LoadContext, UserError

SECTION = 8
"""Bars of a section where nothing else is asked for."""


def load(context: LoadContext) -> FolkPipeline:
    """FolkGPT from its folder."""
    return FolkPipeline(load_composer(context, tokens.WORDS, ID[EOS]), context.spec.id)


class FolkPipeline(ScorePipeline):
    """One tune at a time; the composer says the words of :mod:`tokens`."""

    def score(self, params: ChoraleParams, emit: Emit) -> tuple[Score, dict[str, object]]:
        """The finished score, and facts worth showing."""
        params = ScoreParams.widen(params)
        match params.action:
            case "arrange":
                return arrange.arranged(params), {}
            case "harmonise":
                return arrange.arranged(params.model_copy(update={"chords": True, "bass": True})), {}
            case "continue":
                return self._continued(params, emit)
            case "vary":
                return self._varied(params, emit)
        return self._composed(params, emit)

    # -- three ways to a tune --

    def _composed(self, params: ScoreParams, emit: Emit) -> tuple[Score, dict[str, object]]:
        piece = plan.make(params)
        words = postprocess.lines(params.lyrics)
        if words:
            piece = with_bars_for(piece, words)
        rules = constraint.FolkRules(
            tokens.metre_of(piece.metre),
            piece.bars,
            piece.sections,
            piece.scale,
            pickup=not words,
            repeats=not words,
        )
        tonic = 60 + pitch_class(piece.tonic)
        return self._generate(piece, params, rules, [], tonic, emit)

    def _continued(self, params: ScoreParams, emit: Emit) -> tuple[Score, dict[str, object]]:
        beginning = _in_known_metre(primer.required(params), params)
        piece, tonic = _plan_after(beginning, params)
        had = melody.whole_bars(beginning)
        if had >= piece.bars:
            raise UserError(
                "start_too_long", "music.error.start_too_long", status=422, field="bars", bars=had
            )
        sizes = section_sizes(piece)
        tune = melody.in_sections(melody.tune_of(beginning, tonic), sizes)
        primer_ids = tokens.encode_beginning(tune, sizes)
        metre = tokens.metre_of(piece.metre)
        rules = constraint.FolkRules(metre, piece.bars, len(sizes), piece.scale, given=primer_ids)
        return self._generate(piece, params, rules, primer_ids, tonic, emit)

    def _varied(self, params: ScoreParams, emit: Emit) -> tuple[Score, dict[str, object]]:
        theme = _in_known_metre(primer.required(params), params)
        piece, tonic = _plan_after(theme, params)
        had = melody.whole_bars(theme)
        if had > tokens.MAX_BARS:
            raise UserError(
                "start_too_long", "music.error.start_too_long", status=422, field="start", bars=had
            )
        piece = replace(piece, bars=had, sections=0)
        tune = melody.filled(melody.tune_of(theme, tonic))
        ids = tokens.encode(melody.in_sections(tune, _sizes_of(theme, had), repeated=_twice(theme, had)))
        rules = constraint.SameRhythm(ids[:-1], piece.scale)
        return self._generate(piece, params, rules, [], tonic, emit)

    def _generate(
        self,
        piece: Plan,
        params: ScoreParams,
        rules: constraint.FolkRules | constraint.SameRhythm,
        primer_ids: list[int],
        tonic: int,
        emit: Emit,
    ) -> tuple[Score, dict[str, object]]:
        """Let the model speak under the rules, from ``primer_ids`` on, and finish the result."""
        header = piece.header if piece.bars >= tokens.MIN_BARS else replace(piece.header, bars=0)
        metre = tokens.metre_of(piece.metre)
        how = Sampling(params.temperature, params.top_p, seed=params.seed or 0)
        reader = tokens.Reader(metre, piece.mode)
        for known in primer_ids:
            reader.add(known)
        steps = Bars(emit, piece.bars, reader.full)
        result = 0
        began = time.perf_counter()
        limit = constraint.limit(piece.bars, metre)
        for token in self.composer.generate([*tokens.header_ids(header), *primer_ids], how, limit, rules):
            if token is not None:
                reader.add(token)
                result += 1
            steps.at(reader.full, lambda: plain_score(reader.tune(), piece, tonic))
        seconds = max(time.perf_counter() - began, 1e-9)
        metadata: dict[str, object] = {"tokens": result, "tokens_per_second": round(result / seconds, 1)}
        return arrange.postprocessed(plain_score(reader.tune(), piece, tonic), piece, params), metadata


def plain_score(tune: Tune, piece: Plan, tonic: int) -> Score:
    """A tune as a score of one part, as yet without ornaments, words and accompaniment."""
    instrument = INSTRUMENTS[piece.instrument]
    return to_score(
        tune,
        title=piece.title,
        tonic=piece.tonic,
        tonic_pitch=tonic,
        tempo=piece.tempo,
        name=arrange.part_name(piece.instrument),
        program=instrument.program,
    )


def with_bars_for(piece: Plan, words: Sequence[Sequence[str]]) -> Plan:
    """The plan with as many bars as the lines of a poem want, and sections of whole lines."""
    each = postprocess.bars_per_line(words)
    count = min(len(words), tokens.MAX_BARS // each)
    bars = max(tokens.MIN_BARS, each * count)
    return replace(piece, bars=bars, sections=bars // 8 if bars % 8 == 0 else 1)


def section_sizes(piece: Plan) -> list[int]:
    """Bars of each section: equal ones as asked for, else of eight; the last takes what is left."""
    count = piece.sections or max(1, piece.bars // SECTION)
    size = piece.bars // count
    return [size] * (count - 1) + [piece.bars - size * (count - 1)]


def _sizes_of(score: Score, bars: int) -> list[int]:
    """The sections that repeats divide a score into."""
    edges = sorted({0, bars, *(r.first for r in score.repeats), *(r.last + 1 for r in score.repeats)})
    edges = [edge for edge in edges if 0 <= edge <= bars]
    return [b - a for a, b in pairwise(edges)]


def _twice(score: Score, bars: int) -> list[bool]:
    """Which of those sections are played twice."""
    firsts, flags = {r.first for r in score.repeats}, []
    at = 0
    for size in _sizes_of(score, bars):
        flags.append(at in firsts)
        at += size
    return flags


def _in_known_metre(score: Score, params: ScoreParams) -> Score:
    """The score in the metre that was asked for, or in its own if the model knows it, else in 4/4."""
    own = f"{score.metre[0]}/{score.metre[1]}"
    wanted = params.metre if params.metre != "auto" else own if own in tokens.METRES else "4/4"
    if wanted == own:
        return score
    return replace(score, metre=tokens.metre_of(wanted), repeats=(), pickup=score.pickup * 0)


def _plan_after(score: Score, params: ScoreParams) -> tuple[Plan, int]:
    """The plan for a piece that has a beginning already, and the MIDI pitch of its tonic."""
    described = plan.described(params)
    tonic, mode = score.tonic, score.mode
    if described.mode != "auto":
        mode = described.mode
    if mode not in tokens.MODES:
        mode = estimated_key(melody.melody(score))[1]
    metre = f"{score.metre[0]}/{score.metre[1]}"
    update = {"metre": metre, "mode": mode, "key": tonic if tonic in plan.KEYS else "auto"}
    piece = plan.make(described.model_copy(update=update))
    piece = replace(piece, tonic=tonic, tempo=float(described.tempo or score.tempo))
    if score.title and not params.title:
        piece = replace(piece, title=score.title)
    return piece, home((note.pitch for note in melody.melody(score)), pitch_class(tonic))
