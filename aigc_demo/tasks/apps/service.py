"""Customer service: from parameters and files to an answer that can be read anywhere.

Knows files by their paths and what is kept between questions. What is answered is the business of
:mod:`answering`.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aigc_demo import i18n
from aigc_demo.documents import tables
from aigc_demo.documents.reading import read
from aigc_demo.language.encoder import SentenceEncoder
from aigc_demo.language.sentences import language_of
from aigc_demo.settings import ASSETS
from aigc_demo.tasks.apps.answering import Answer, Service, goes_on, joined
from aigc_demo.tasks.apps.knowledge import (
    MOST_PASSAGES,
    Pair,
    Passage,
    pairs_of,
    passages_of,
    typed_pairs,
)
from aigc_demo.tasks.apps.params import ServiceParams
from aigc_demo.types import Emit, Language, LoadContext, Output, Progress, UserError

SAMPLE = ASSETS / "examples" / "apps" / "service"
KEPT = 4
"""Services that are kept for the next question."""
AT_ONCE = 32
"""Sentences that are read before the visitor is told how far it is."""


def load(context: LoadContext) -> CustomerService:
    """With EmojiFlow's text encoder."""
    return CustomerService(SentenceEncoder(context.path))


class CustomerService:
    """Answers one question at a time from the files that come with it."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self._encoder = encoder
        self._kept: OrderedDict[str, Service] = OrderedDict()

    def __call__(self, params: ServiceParams, emit: Emit) -> tuple[Output, ...]:
        """The answer as text, with what it stands on in its metadata.

        Raises:
            UserError: a file cannot be read, or there is nothing to answer from.
        """
        key = _key(params)
        if key not in self._kept:
            self._kept[key] = self._read(params, emit)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        answer, after = self._answered(self._kept[key], params)
        told = {**_measured(params), "after": after}
        return (_output(answer, language_of(params.question), told),)

    @staticmethod
    def _answered(service: Service, params: ServiceParams) -> tuple[Answer, str]:
        """The answer, and the earlier question that it was understood by; empty where it stands alone."""
        alone = service(params.question, params.threshold)
        if alone.found != "none" or not params.before or not goes_on(params.question):
            return alone, ""
        before = params.before[-1]
        together = joined(alone, service(f"{before} {params.question}", params.threshold))
        return (alone, "") if together is None else (together, before)

    def _read(self, params: ServiceParams, emit: Emit) -> Service:
        pairs, passages = list(_pairs(params)), list(_passages(params))
        if len(passages) + len(pairs) > MOST_PASSAGES:
            raise UserError("document_too_large", "documents.error.too_large", status=422, field="document")
        if not pairs and not passages:
            raise UserError("nothing_known", "apps.error.nothing_known", status=422, field="document")
        texts = [passage.in_context for passage in passages]
        for at in range(0, len(texts), AT_ONCE):  # kept by the encoder, so that it can be told how far it is
            emit(Progress(at, len(texts)))
            self._encoder(texts[at : at + AT_ONCE], "passage")
        return Service(self._encoder, pairs, passages)


def sample_pairs() -> list[Pair]:
    """The prepared answers that come along."""
    return pairs_of(tables.rows(SAMPLE / "pairs.csv"))


def sample_passages() -> list[Passage]:
    """The documents that come along, in both languages."""
    return [one for path in sorted(SAMPLE.glob("*.??.md")) for one in passages_of(read(path), path.name)]


def _pairs(params: ServiceParams) -> Iterator[Pair]:
    yield from typed_pairs(params.own_pairs)
    if params.pairs:
        with _for("pairs"):
            found = pairs_of(tables.rows(Path(params.pairs)))
        if not found:
            raise UserError("no_pairs", "apps.error.no_pairs", status=422, field="pairs")
        yield from found
    if params.sample != "none":
        yield from sample_pairs()


def _passages(params: ServiceParams) -> Iterator[Passage]:
    for number, name in enumerate(("document", "document_2", "document_3"), 1):
        if path := getattr(params, name):
            with _for(name):
                yield from passages_of(read(Path(path)), i18n.t("apps.document", "en", number=number))
    if params.sample != "none":
        yield from sample_passages()


@contextmanager
def _for(field: str) -> Iterator[None]:
    """Names the parameter in what is refused within."""
    try:
        yield
    except UserError as error:
        told = error.problem
        raise UserError(told.code, told.key, status=error.status, field=field, **told.values) from error


def _key(params: ServiceParams) -> str:
    """What is known, whatever is asked: the bytes of the files and the lines typed."""
    digest = hashlib.sha256(f"{params.sample}\0{params.own_pairs}".encode())
    for name, path in sorted(params.files().items()):
        digest.update(name.encode() + hashlib.sha256(Path(path).read_bytes()).digest())
    return digest.hexdigest()


def _measured(params: ServiceParams) -> dict[str, Any]:
    """How the threshold did on the questions to the examples, where these are asked; nothing elsewhere."""
    if params.sample == "none":
        return {}
    figures = json.loads((SAMPLE / "figures.json").read_text("utf-8"))["thresholds"]
    return {"measured": min(figures, key=lambda one: abs(one["threshold"] - params.threshold))}


def _output(answer: Answer, language: Language, measured: Mapping[str, Any]) -> Output:
    text = answer.text or i18n.t("apps.service.not_found", language)
    places = [f"[{number}] {_place(one, language)}: {one.text}" for number, one in enumerate(answer.cited, 1)]
    shown = "\n\n".join([text, "\n".join(places)]) if places else text
    told = {
        "found": answer.found,
        "confidence": round(answer.confidence, 3),
        "answer": text,
        "cited": [{**asdict(one), "place": _place(one, language)} for one in answer.cited],
        "nearest": [{**asdict(one), "place": _place(one, language)} for one in answer.nearest],
        "pair": answer.pair.question if answer.pair is not None else "",
        **measured,
    }
    return Output("text", "answer.txt", "text/plain; charset=utf-8", text=shown, meta=told)


def _place(passage: Passage, language: Language) -> str:
    """Where it stands, as one says it."""
    page = i18n.t("apps.page", language, page=passage.page) if passage.page else ""
    return ", ".join(part for part in (passage.source, passage.heading, page) if part)
