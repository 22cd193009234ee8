"""ShiGPT's pipeline: a wish in Chinese becomes a poem, character by character, with its tones beside it.

Knows the order of the steps. Reading the wish, the rules and the report are its neighbours' business.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_demo import decoding
from aigc_demo.decoding import prepared
from aigc_demo.decoding.decoding_mode import CoBatch, decoding_mode_of, metadata
from aigc_demo.language.encoder import SentenceEncoder
from aigc_demo.tasks.poems import asking, report, script
from aigc_demo.tasks.poems.asking import Asked
from aigc_demo.tasks.poems.constraint import PoemRules, Tables, limit
from aigc_demo.tasks.poems.images import nearest
from aigc_demo.tasks.poems.prosody import FORMS, Prosody
from aigc_demo.tasks.poems.prosody import load as load_prosody
from aigc_demo.tasks.poems.tokens import EOS, PoemRequest, Vocabulary
from aigc_demo.types import Emit, LoadContext, Output, Partial, Progress

if TYPE_CHECKING:
    from aigc_demo.tasks.poems.params import PoemParams

TRIES = 4
"""So many poems are written, at most, until one has all the keywords; each is quick. Where rules are
enforced, the second one has the words at places they were given.
"""


def load(context: LoadContext) -> PoemPipeline:
    """ShiGPT from its folder: by the compiled step where there is one, else by torch."""
    folder = context.path
    size = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    context.progress(0, size)
    vocabulary = Vocabulary.load(folder / "tokens.json")
    network = prepared.from_folder(folder, context.work, threads=context.threads, compilers=context.compilers)
    if network is not None:
        decoder: decoding.Decoder = decoding.ContinuousBatcher(network, context.spec.concurrency)
    else:
        decoder = decoding.decoder(from_folder(folder), slots=context.spec.concurrency)
    report.pinyin_of("诗")  # reads its dictionary now rather than beside the first poem
    context.progress(size, size)
    images = images_by(context.extras.get("sentences"))
    return PoemPipeline(decoder, vocabulary, load_prosody(folder / "rhymes.json"), images)


def images_by(folder: Path | None) -> asking.Images | None:
    """Finds images by the sentence encoder in a folder, which is read when it is first asked for."""
    if folder is None:
        return None
    encoder = cache(lambda: SentenceEncoder(folder))
    return lambda word: nearest(word, encoder())


def from_folder(folder: Path) -> Any:
    """The network in float32, as torch computes it: half precision on disk."""
    import torch
    from transformers import LlamaForCausalLM

    vocabulary = json.loads((folder / "tokens.json").read_text("utf-8"))
    model = LlamaForCausalLM.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True, use_safetensors=True
    )
    if model.config.vocab_size != len(vocabulary):
        raise ValueError(f"{folder}: {len(vocabulary)} tokens for a network of {model.config.vocab_size}.")
    return model.eval()


@dataclass(frozen=True)
class Written:
    """A poem as the model wrote it: its plan and rhyme as tokens, its lines in simplified characters.

    ``attempt`` counts how many were written before it.
    """

    ids: list[int]
    lines: list[str]
    attempt: int = 0

    def lacks(self, keys: tuple[str, ...]) -> int:
        """How many of these words are in no line."""
        return sum(not any(key in line for line in self.lines) for key in keys)


class PoemPipeline:
    """Writes one poem for each call; calls may overlap.

    Args:
        decoder: what goes on with token ids of the vocabulary.
        vocabulary: its tokens.
        prosody: tones and rhymes of characters.
        images: finds images for a word of today, where there is something to find them by.
    """

    def __init__(
        self,
        decoder: decoding.Decoder,
        vocabulary: Vocabulary,
        prosody: Prosody,
        images: asking.Images | None = None,
    ) -> None:
        self._images = images
        self.vocabulary, self.prosody = vocabulary, prosody
        self.tables = Tables(vocabulary, prosody)
        self.decoder = decoder
        self._form = decoder.network.form if isinstance(decoder, decoding.ContinuousBatcher) else "float32"
        self._co_batch = CoBatch()

    def __call__(self, params: PoemParams, emit: Emit) -> tuple[Output, ...]:
        """Write a poem as ``params`` asks for it, emitting what stands so far after every character."""
        asked = asking.read(params, self.vocabulary, self._images)
        began = time.perf_counter()
        with self._co_batch() as run:
            written, tries, result = self._best(asked.request, params, emit)
        seconds = max(time.perf_counter() - began, 1e-9)
        metrics = {
            "tokens": result,
            "tokens_per_second": round(result / seconds, 1),
            "finish_reason": "stop",
            "number_format": self._form,
            **metadata(decoding_mode_of(self.decoder), run),
            "poem": self._described(written, asked, params, tries),
        }
        return (self._output(written.lines, asked.request, params, metrics),)

    def _best(self, request: PoemRequest, params: PoemParams, emit: Emit) -> tuple[Written, int, int]:
        """The first poem with all keywords, else the one of several that has most; tries and tokens."""
        found: list[Written] = []
        while not found or (len(found) < TRIES and all(one.lacks(request.keys) for one in found)):
            ids: list[int] = []
            for ids in self._ids(request, params, len(found)):
                self._show(ids, request, params, emit)
            found.append(Written(ids, self.vocabulary.read(ids), len(found)))
        best = min(found, key=lambda one: one.lacks(request.keys))
        return best, len(found), sum(len(one.ids) for one in found)

    def again(self, params: PoemParams, emit: Emit) -> tuple[PoemRequest, Written]:
        """What ``params`` asks for, and the poem that they give, as its tokens."""

        def quietly(event: Any) -> None:
            if isinstance(event, Progress):
                emit(event)

        request = asking.read(params, self.vocabulary, self._images).request
        return request, self._best(request, params, quietly)[0]

    def drawn_by(
        self, request: PoemRequest, params: PoemParams, attempt: int
    ) -> tuple[decoding.Sampling, PoemRules]:
        """The settings and the rules of one of several tries."""
        how = decoding.Sampling(
            temperature=params.temperature,
            top_p=params.top_p,
            seed=(params.seed or 0) + attempt * 0x9E3779B1,
        )
        place = how.seed if attempt and params.strictness == "enforced" else None
        return how, PoemRules(self.tables, request, params.strictness, place)

    def text_of(self, request: PoemRequest, written: Written, params: PoemParams) -> str:
        """A poem as it is kept."""
        return self._output(written.lines, request, params, {}).text or ""

    def _ids(self, request: PoemRequest, params: PoemParams, number: int) -> Iterator[list[int]]:
        """The new tokens so far, again and again, of one try."""
        how, rules = self.drawn_by(request, params, number)
        prompt, max_new = self.vocabulary.header(request), limit(FORMS[request.form])
        ids: list[int] = []
        for token in decoding.generate(self.decoder, prompt, how, max_new, {EOS}, rules):
            if token is not None:
                ids.append(token)
            yield ids

    def _show(self, ids: list[int], request: PoemRequest, params: PoemParams, emit: Emit) -> None:
        total = limit(FORMS[request.form])
        emit(Progress(len(ids), total))
        lines = self.vocabulary.read(ids)
        if lines[0]:
            poem: dict[str, Any] = {"title": self.shown(request.name, params), "form": request.form}
            poem["lines"] = [self.shown(line, params) for line in lines]
            emit(
                Partial(self._output(lines, request, params, {"tokens": len(ids), "poem": poem}, whole=False))
            )

    def _described(self, written: Written, asked: Asked, params: PoemParams, tries: int) -> dict[str, Any]:
        """The report beside the poem, with what it was asked for."""
        request, group = asked.request, written.ids[1] - self.vocabulary.first_rhyme
        known = group < len(self.prosody.groups)
        return {
            "title": self.shown(request.name, params),
            "form": request.form,
            "dynasty": request.dynasty,
            "strictness": params.strictness,
            "script": params.script,
            "plan": self.vocabulary.tokens[written.ids[0]][1:-1],
            "rhyme": self.shown(self.prosody.groups[group].name, params) if known else None,
            **report.describe(written.lines, self.prosody, params.script == "traditional"),
            "heads": self.shown(request.heads, params),
            "keywords": [
                {"word": self.shown(key, params), "found": any(key in line for line in written.lines)}
                for key in request.keys
            ],
            "placed": bool(request.keys) and tries > 1 and params.strictness == "enforced",
            "tries": tries,
            "notes": [asdict(note) for note in asked.notes],
        }

    def _output(
        self,
        lines: list[str],
        request: PoemRequest,
        params: PoemParams,
        metadata: dict[str, Any],
        whole: bool = True,
    ) -> Output:
        shown = [self.shown(line, params) for line in lines]
        text = report.text_of(self.shown(request.name, params), shown, whole)
        return Output("text", "poem.txt", "text/plain; charset=utf-8", text=text, meta=metadata)

    @staticmethod
    def shown(text: str, params: PoemParams) -> str:
        """Words of the poem in the script that was asked for."""
        return script.traditional(text) if params.script == "traditional" else text
