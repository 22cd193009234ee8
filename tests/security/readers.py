"""Everything that reads a visitor's bytes or words, each in a form that takes just these.

Knows how to ask each reader, and how many bytes it may hold for one that it is given. What is refused at the
door for its size is asked here for more than that: the door is a reader of its own.
"""

from __future__ import annotations

import atexit
import inspect
import io
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

from aigc_demo import catalog, i18n, letters, phrases, provenance, setups
from aigc_demo.api.readers import opens_by_hand
from aigc_demo.archive import directory, import_items
from aigc_demo.bench import hostile
from aigc_demo.classroom import contact_sheet
from aigc_demo.classroom.cloud import cloud
from aigc_demo.classroom.names import nickname
from aigc_demo.documents import reading as documents
from aigc_demo.documents import tables
from aigc_demo.guard import cookies, doors, http, languages, origin, params, policy, uploads
from aigc_demo.guard.identity import Identity
from aigc_demo.history import History, bundles, grams, ids, media, naming, projects, rows, search, uploading
from aigc_demo.language import entities, sentences
from aigc_demo.learning.tags import data as tags
from aigc_demo.pictures import card, foreign, header
from aigc_demo.pictures import layers as picture_layers
from aigc_demo.provenance import checking, labels, xmp
from aigc_demo.provenance.manifests import Manifests
from aigc_demo.settings import Settings
from aigc_demo.tasks.apps import answering
from aigc_demo.tasks.image import expansion, loras, prompts
from aigc_demo.tasks.image import params as image_params
from aigc_demo.tasks.image import reading as image_reading
from aigc_demo.tasks.image.scene import lexicon as scene_lexicon
from aigc_demo.tasks.image.scene import parser as scene_parser
from aigc_demo.tasks.image.scene import values as scene_values
from aigc_demo.tasks.music import (
    abc,
    abc_file,
    abc_reader,
    describe,
    english_prompt,
    engrave,
    hummed,
    import_file,
    limits,
    midi_reader,
    musicxml,
    musicxml_reader,
    postprocess,
    recording,
    roadmap,
)
from aigc_demo.tasks.music import params as music_params
from aigc_demo.tasks.music.score import Note, Part, Score
from aigc_demo.tasks.poems import asking, prose, report, script, tuning
from aigc_demo.tasks.poems.tokens import PoemRequest, Vocabulary
from aigc_demo.tasks.scenarios import composing
from aigc_demo.tasks.scenarios.params import ScenarioParams
from aigc_demo.tasks.speech import pipeline as speech
from aigc_demo.tasks.style import styles
from aigc_demo.tasks.text import reading as text_reading
from aigc_demo.tasks.text import scoring, translate
from aigc_demo.tasks.text.params import ChatParams
from aigc_demo.types import Job, ModelSpec, Output, Params, UserError, sniffing

FILES, WORDS, SETTINGS = (
    {name: cache(make) for name, make in makers.items()}
    for makers in (hostile.FILES, hostile.WORDS, hostile.SETTINGS)
)
"""Made once for all readers."""
PLAIN_WORDS = (
    "letters",
    "blanks",
    "digits",
    "commas",
    "Chinese",
    "accents",
    "notes",
    "a key and blanks",
    "blend",
)
"""For parameters, whose own readers are given all."""


@dataclass(frozen=True)
class Reader:
    """``holds`` is how many bytes it may hold for one that it reads; ``why`` says why more than three."""

    read: Callable[[Any], object]
    holds: float = 3.0
    why: str = ""
    given: Mapping[str, Callable[[int], Any]] = field(default_factory=lambda: FILES)


def of_words(read: Callable[[str], object], holds: float = 3.0, why: str = "") -> Reader:
    """A reader of what somebody wrote."""
    return Reader(read, holds, why, WORDS)


NOBODY = Manifests()
LABELS = labels.labels_for(labels.Metadata("a", "image", "b", params={"prompt": "c"}))
_WIDE = "one letter beyond the common ones makes Python keep four bytes for each of a text"
_JSON = f"values are made of what it says, up to {labels.LONGEST_RECORD} bytes of it"
_PIECES = f"one small object for each of at most {labels.MOST_PIECES} pieces; our own files have a dozen"
_SCORE = f"notes are made of it: of files up to {limits.MAX_BYTES} bytes, up to {limits.MAX_EVENTS} notes"
_WRITTEN = f"two documents are made of at most {limits.MAX_EVENTS} notes, each of which may be one letter"
_FORMS = "it is read in nine forms at once, and one letter may become eighteen; a prompt is short"
_LIST = "a string for each of its words or letters; every field that is read so is short"


def _inspected(data: bytes) -> object:
    """What is asked of a file that may have been made here."""
    return provenance.read_parameters(data, uploads.sniffed(data).name)


def embedding(embed: Callable[[bytes, labels.Labels], bytes]) -> Reader:
    """Labels into a file: one of our own, or out of an archive."""
    return Reader(lambda data: embed(data, LABELS), 110, _PIECES)


def _written_again(data: bytes) -> object:
    """What is done with a beginning that somebody gives."""
    score = import_file.read_bytes(data).unfolded()
    return abc.write(score), musicxml.write(score)


def _directed(text: str) -> object:
    """What a direction of a score says: words, and how fast."""
    measure, direction = ET.Element("measure"), ET.Element("direction")
    kind = ET.SubElement(direction, "direction-type")
    ET.SubElement(kind, "words").text = text
    metronome = ET.SubElement(kind, "metronome")
    ET.SubElement(metronome, "beat-unit").text = "quarter"
    ET.SubElement(metronome, "per-minute").text = text
    measure.append(direction)
    return musicxml_reader.tempo_of(direction), musicxml_reader.sent_back(text)


contact_sheet.write("a room", [], "a foot")  # makes its fonts known, which takes room once


def _printed(text: str) -> object:
    return contact_sheet._lines(text, 160, contact_sheet.SMALL, contact_sheet.MOST_ASKED)


def _setup(query: str) -> object:
    return setups.read(catalog.of(Settings()), query, "en")


def _scope(text: str) -> dict[str, Any]:
    wire = text.encode("utf-8", "replace")
    names = (b"cookie", b"accept-language", b"x-forwarded-proto")
    return {"type": "http", "query_string": wire, "headers": [(name, wire) for name in names]}


@cache
def _history() -> History:
    """A history of nothing, as long as the process lives."""
    folder = tempfile.TemporaryDirectory()
    history = History.open(Settings(data_dir=Path(folder.name)))
    atexit.register(lambda: (history.close(), folder.cleanup()))
    return history


def _imported(data: bytes) -> object:
    return import_items(_history(), "a", io.BytesIO(data), name="a.zip")


def _named(text: str) -> object:
    job = Job("", "", "text", "debug-text", "done", {"prompt": text}, "en", datetime.now(UTC))
    with _history()._reading() as connection:
        return naming.Namer(catalog.of(Settings()))(connection, job)


def _search_on_a_server(text: str) -> object:
    return search._server_text("a", [search.fold(term) for term in text.split()], {})


def _sung(text: str) -> object:
    notes = tuple(Note(Fraction(n, 2), Fraction(1, 2), 60) for n in range(64))
    score = Score("", "C", "major", (4, 4), 120.0, (Part("a", 0, notes),))
    return postprocess.sung(score, postprocess.lines(text))


def _engraved(text: str) -> object:
    notes = (Note(Fraction(0), Fraction(1), 60, text),)
    return engrave._spaced(Score("", "C", "major", (4, 4), 120.0, (Part("a", 0, notes),)))


@cache
def _vocabulary() -> Vocabulary:
    return Vocabulary.make((), "春江花月夜")


def _models() -> Iterable[ModelSpec]:
    return catalog.of(Settings()).models.values()


def _model(model_id: str) -> ModelSpec:
    return catalog.of(Settings()).model(model_id)


def _fields() -> dict[tuple[type, str], type[Params]]:
    """Every parameter that takes words, by who declares it, with one family that has it."""
    families = sorted({spec.params for spec in _models()}, key=lambda family: family.__name__)
    return {
        (_declares(family, name), name): family
        for family in families
        for name, info in family.model_fields.items()
        if info.annotation not in (int, float, bool)
    }


def _declares(family: type[Params], name: str) -> type:
    return next(kind for kind in family.__mro__ if name in inspect.get_annotations(kind))


def _poem(part: Callable[[str, list[asking.Note]], object]) -> Reader:
    return of_words(lambda text: part(text, []), 60, _LIST)


def _document(ending: str, pack: Callable[[bytes], bytes] = bytes) -> Callable[[bytes], object]:
    """What a document or a table says, of bytes that lie in a file with this ending."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)

    def read(data: bytes) -> object:
        path = folder / f"a.{ending}"
        path.write_bytes(pack(data))
        try:
            return (documents.read if ending in ("txt", "docx", "pdf") else tables.rows)(path)
        except UserError:
            return None

    return read


def _as_docx(data: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("word/document.xml", data)
    return packed.getvalue()


_RECORDED = Path(tempfile.mkdtemp()) / "a.bin"
atexit.register(shutil.rmtree, _RECORDED.parent, ignore_errors=True)


def _recorded(data: bytes) -> object:
    """The melody of a recording, of its first tenth of a second."""
    _RECORDED.write_bytes(data)
    tone = recording.read_sound(_RECORDED)
    return hummed.heard(recording.Tone(tone.samples[: tone.rate // 10], tone.rate))


def _composed(text: str) -> object:
    return composing.compose(ScenarioParams(scenario="birthday", to="a", prompt=f"b{text[:20_000]}"))


_DOCUMENT = "text of at most half a million letters, and a value for each line, cell or element"

FILE_READERS = {
    "documents, plain": Reader(_document("txt"), 100, _DOCUMENT),
    "documents, docx": Reader(_document("docx", _as_docx), 300, _DOCUMENT),
    "documents, pdf": Reader(_document("pdf"), 60, _DOCUMENT),
    "tables, csv": Reader(_document("csv"), 300, _DOCUMENT),
    "tables, xlsx": Reader(_document("xlsx"), 60, _DOCUMENT),
    "archive": Reader(_imported, 12, "zipfile keeps an object for each entry, of which there is a bound"),
    "uploads.sniffed": Reader(uploads.sniffed),
    "header.read": Reader(header.read),
    "inspected": Reader(_inspected, 30, _JSON),
    "provenance.read": Reader(provenance.read, 30, _JSON),
    "provenance.read side-car": Reader(lambda data: provenance.read(data, "a.json"), 30, _JSON),
    "provenance.without_record": Reader(provenance.without_record, 30, _JSON),
    "provenance.repeatable": Reader(provenance.repeatable, 30, _JSON),
    **{
        f"{carrier} extract": Reader(provenance._CARRIERS[carrier].extract, 6, _WIDE)
        for carrier in provenance._CARRIERS
    },
    **{
        f"{carrier} embed": embedding(provenance._CARRIERS[carrier].embed) for carrier in provenance._CARRIERS
    },
    "checking.check": Reader(lambda data: checking.check(data, NOBODY, "a.json"), 30, _JSON),
    "xmp.read": Reader(xmp.read, 6, _WIDE),
    "layers, their chunk": Reader(picture_layers._chunk),
    "import_file.kind_of": Reader(import_file.kind_of),
    "import_file.read_bytes": Reader(import_file.read_bytes, 450, _SCORE),
    "import_file.read_bytes, written again": Reader(_written_again, 6_000, _WRITTEN),
    "recording._wav": Reader(
        lambda data: recording._wav(data, "melody"), 30, "samples become floats; a file has ten megabytes"
    ),
    "recording.read_sound": Reader(_recorded, 60, "samples become floats; a file has ten megabytes"),
    "abc_reader.read": Reader(abc_reader.read, 450, _SCORE),
    "musicxml_reader.read": Reader(musicxml_reader.read, 200, _SCORE),
    "midi_reader.read": Reader(midi_reader.read, 200, _SCORE),
}

WORD_READERS = {
    "sniffing.is_abc, a key": of_words(lambda text: sniffing.is_abc(f"K: {text}".encode("utf-8", "replace"))),
    "sniffing.is_abc, music": of_words(
        lambda text: sniffing.is_abc(f"|CDEF|{text}".encode("utf-8", "replace"))
    ),
    "foreign.automatic1111": of_words(
        lambda text: foreign.automatic1111(f"{text}\nSteps: 1, Size: {text[:60]}, a: {text}"), 60, _LIST
    ),
    "script.traditional": of_words(script.traditional, 60, _LIST),
    "report.pinyin_of": of_words(report.pinyin_of, 400, _LIST),
    "roadmap.spelt": of_words(lambda text: list(roadmap.spelt(text[: roadmap.MOST_PLAYED])), 60, _LIST),
    "abc_file.syllables": of_words(lambda text: list(abc_file.syllables(text)), 90, _LIST),
    "musicxml_reader, a direction": of_words(_directed, 60, _LIST),
    "letters.one_form": of_words(letters.one_form, 40, _LIST),
    "policy.find": of_words(lambda text: policy.find([text], "classroom"), 900, _FORMS),
    "languages.written_in": of_words(languages.written_in),
    "i18n.negotiate": of_words(lambda text: i18n.negotiate(text, text)),
    "http.language_of": of_words(lambda text: http.language_of(_scope(text)), 60, _LIST),
    "http.is_secure": of_words(lambda text: http.is_secure(_scope(text)), 60, _LIST),
    "cookies.values": of_words(lambda text: cookies.values(text, "a", longest=100), 60, _LIST),
    "cookies.only": of_words(lambda text: cookies.only(_scope(text)["headers"], "a"), 90, _LIST),
    "identity.from_cookies": of_words(Identity("s" * 32).from_cookies, 60, _LIST),
    "identity.from_cookies, ours": of_words(
        lambda text: Identity("s" * 32).from_cookies("aigc_owner=" + text), 60, _LIST
    ),
    "params.checked prompt": of_words(lambda text: params.checked(_model("debug-text"), {"prompt": text})),
    "params.checked name": of_words(lambda text: params.checked(_model("debug-text"), {text: 1}), 10, _WIDE),
    "params.checked number": of_words(
        lambda text: params.checked(_model("debug-text"), {"prompt": "a", "top_k": text}, from_text=True)
    ),
    "classroom.cloud": of_words(lambda text: cloud([text]), 160, _LIST),
    "classroom.nickname": of_words(nickname),
    "contact_sheet, lines": of_words(_printed, 160, _LIST),
    "setups.read": of_words(_setup, 160, _LIST),
    "setups.read, values": of_words(
        lambda text: _setup(
            f"task=image&prompt={text}&steps={text}&look={text}&{text}&lock={text}&model={text}"
        ),
        120,
        _LIST,
    ),
    "setups.read, several values": of_words(lambda text: setups._several([text]), 400, _LIST),
    "archive, where a file lies": of_words(directory.is_ours),
    "archive, what a system adds": of_words(directory.is_of_a_system),
    "ids.is_id": of_words(ids.is_id),
    "media.is_name": of_words(media.is_name),
    "packing names": of_words(
        lambda text: bundles._free_name(bundles.OutputBundle(), Output("text", text, "text/plain", text="")),
        60,
        _LIST,
    ),
    "rows.one_line": of_words(rows.one_line, 60, _LIST),
    "rows.shortened": of_words(rows.shortened),
    "naming": of_words(_named, 10, _WIDE),
    "origin.include": of_words(
        lambda text: origin.Names(frozenset(), any_address=True).include(text, None), 8, _WIDE
    ),
    "rows.storable": of_words(rows.storable, 10, _WIDE),
    "a link's picture": of_words(card.of_text, 900, "a picture of 1200 by 630 points, whatever the text"),
    "robots": of_words(
        lambda text: opens_by_hand(
            {"type": "http", "method": "GET", "headers": [(b"user-agent", text.encode("utf-8"))]}
        ),
        10,
        _WIDE,
    ),
    "doors": of_words(
        lambda text: doors.Doors(None, clients=True)._is_known({"method": "GET", "path": text}), 10, _WIDE
    ),
    "projects, name": of_words(projects._name, 60, _LIST),
    "uploading.new_row": of_words(lambda text: uploading.new_row("", "", text, text, b""), 60, _LIST),
    "search.fold": of_words(search.fold, 160, _LIST),
    "grams.entries": of_words(grams.entries, 160, _LIST),
    "search": of_words(lambda text: _history().page("a", query=text), 160, _LIST),
    "search on a server": of_words(_search_on_a_server, 500, _LIST),
    "describe.understood": of_words(describe.understood, 30, _LIST),
    "english_prompt.english": of_words(
        lambda text: english_prompt.english(SimpleNamespace(prompt=text, prompt_en="")), 30, _LIST
    ),
    "expansion.expand": of_words(lambda text: expansion.expand(text, _model("debug-image"), []), 10, _WIDE),
    "expansion.expand, a small world": of_words(
        lambda text: expansion.expand(text, _model("emojiflow"), [{"en": "red", "zh": "红"}]), 10, _WIDE
    ),
    "prompts.resolved": of_words(lambda text: prompts.resolved(text, 1), 10, _WIDE),
    "image axis of words": of_words(lambda text: image_params.axis_values("prompt", text), 60, _LIST),
    "image axis of numbers": of_words(lambda text: image_params.axis_values("seed", text), 60, _LIST),
    "loras.is_name": of_words(loras.is_name),
    "loras.is_name, short": of_words(lambda text: loras.is_name(text[: loras.LONGEST])),
    "music notes": of_words(music_params.read_notes, 60, _LIST),
    "styles.blend": of_words(styles.blend, 60, _LIST),
    "limits.plain": of_words(limits.plain),
    "postprocess.lines": of_words(postprocess.lines, 200, _LIST),
    "postprocess.sung": of_words(_sung, 900, "a note for each syllable; lyrics have four thousand letters"),
    "engrave syllables": of_words(_engraved, 60, _LIST),
    "asking, understood": _poem(
        lambda text, notes: asking.understood(text, PoemRequest("七绝", "唐"), notes)
    ),
    "asking, title": _poem(lambda text, notes: asking.title_of(text, _vocabulary(), notes)),
    "asking, keywords": of_words(lambda text: asking.keys_of(text, _vocabulary(), []), 900, _LIST),
    "tags, cut": of_words(lambda text: tags.cut(text, "en"), 60, _LIST),
    "tuning, poems": of_words(lambda text: tuning.poems_of(text.splitlines(), _vocabulary()), 900, _LIST),
    "asking, heads": _poem(
        lambda text, _: asking._check_heads(text, PoemRequest("七绝", "唐"), _vocabulary())
    ),
    "script.simplified": of_words(script.simplified, 60, _LIST),
    "entities": of_words(lambda text: entities.entities(text, lambda _: []), 300, _LIST),
    "answering, a question that goes on": of_words(answering.goes_on),
    "translate.sentences_of": of_words(translate.sentences_of, 60, _LIST),
}

FIELD_READERS = {
    f"{owner.__name__}.{name}": Reader(
        lambda text, family=family, name=name: family.model_validate({"prompt": "a", name: text}),
        60,
        _LIST,
        {name: WORDS[name] for name in PLAIN_WORDS},
    )
    for (owner, name), family in _fields().items()
}

_ASKS = catalog.of(Settings()).task("image").asks


def _written(text: str) -> tuple[Output, ...]:
    return (Output("text", "text.txt", "text/plain", text=text),)


def _for_a_model(family: type[Params]) -> ModelSpec:
    return next(spec for spec in _models() if spec.params is family)


def _read(family: type[Params], name: str) -> Callable[[str], object]:
    """What is understood of a request that may never be sent, as the route asks for it."""
    spec, things = _for_a_model(family), [{"en": "a cat", "zh": "猫"}]
    read = catalog.resolve(family.reader)
    return lambda text: read({"prompt": "a", name: text}, spec, things)


_SCENE_WORDS = scene_lexicon.lexicon([{"en": "cat", "zh": "猫"}, {"en": "house", "zh": "房子"}])
_READS_SO_MANY = "an object for each word of at most two thousand letters, whatever the text"


_SENTENCES = "a value for each of its sentences, words or runs of words; all that is read so has a limit"


def _spoken(text: str) -> object:
    try:
        return list(speech.pieces(speech.readable(text)[0]))
    except UserError:
        return None


def _restored(text: str) -> object:
    try:
        return scene_values.restored(text)
    except UserError:
        return None


REQUEST_READERS = {
    "scenes, words": of_words(lambda text: scene_parser.understood(text, _SCENE_WORDS), 900, _READS_SO_MANY),
    "speech, its sentences": of_words(_spoken, 60, _LIST),
    "scenes, a description": of_words(_restored, 60, _LIST),
    "sentences": of_words(lambda text: sentences.sentences(f"{text}. Dr. Lee"), 300, _SENTENCES),
    "words of a sentence": of_words(
        lambda text: (sentences.words(text), sentences.language_of(text)), 250, _SENTENCES
    ),
    "drafts judged": of_words(
        lambda text: scoring.best(text, [scoring.Draft(one, True) for one in (text, "a", "猫")], None),
        300,
        _SENTENCES,
    ),
    "scenarios composed": of_words(_composed, 300, _SENTENCES),
    "phrases": of_words(lambda text: phrases.object_of(_ASKS, phrases.phrase(text)), 30, _LIST),
    "prose": of_words(lambda text: (prose.is_prose(text), prose.theme_of(text)), 60, _LIST),
    "image words": of_words(image_reading.content_words, 60, _LIST),
    "text written": of_words(
        lambda text: text_reading.account(ChatParams(prompt="a"), _written(text), _model("debug-text")),
        200,
        _LIST,
    ),
    **{
        f"{family.__name__} read {name}": of_words(_read(family, name), 200, _LIST)
        for family in sorted(
            {spec.params for spec in _models() if spec.params.reader}, key=lambda one: one.__name__
        )
        for name in ("prompt", "style", "keywords")
        if name in family.model_fields
    },
}

SETTING_READERS = {
    "params.checked": Reader(
        lambda given: params.checked(_model("debug-text"), given), 30, "a finding for each", SETTINGS
    ),
    "rows.plain": Reader(rows.plain, 60, "a copy of every value", SETTINGS),
}

READERS: dict[str, Reader] = {
    **FILE_READERS,
    **WORD_READERS,
    **REQUEST_READERS,
    **FIELD_READERS,
    **SETTING_READERS,
}

_OWNER = "reads what the owner of the server wrote into its settings"
_BUILT = "reads our own scripts, or Gradio's document and files, before anybody asks"
_OURS = "reads what we have written ourselves"
ELSEWHERE = {
    "aigc_demo.language.entities._ORGANISATION": "looks at one name",
    "aigc_demo.language.entities._PLACED": "looks at the twelve letters before a name",
    "aigc_demo.language.entities._TITLE": "looks at the twelve letters before a name",
    "aigc_demo.tasks.poems.couplet._ASKED": "takes what is asked off 400 letters and no more",
    "aigc_demo.tasks.text.outlines._QUESTION": "reads what a model wrote into an outline of ours",
    "aigc_demo.tasks.text.drafts._SENTENCE": "looks at the last eight letters of what a model wrote",
    "aigc_demo.classroom.meaning._HAN": "looks for one letter in an answer, which is short",
    "aigc_demo.guard.policy._SIGNS": "takes signs out of one word that was found, at most three at a time",
    "aigc_demo.provenance.checking._SOURCE": "looks at 300 bytes and no more",
    "aigc_demo.provenance.visible._KEY": _OURS,
    "aigc_demo.provenance.visible._VIEW_BOX": _OURS,
    "aigc_demo.tasks.music.musicxml_values._WHOLE": "reads one number of seven digits at most",
    "aigc_demo.tasks.music.musicxml_values._NUMBER": "reads one number of seven digits and nine more",
    "aigc_demo.tasks.image.user_models._HUB_NAME": _OWNER,
    "aigc_demo.tasks.image.user_models._NO_ID": _OWNER,
    "aigc_demo.tasks.image.user_models._SIZE": _OWNER,
    "aigc_demo.tasks.text.user_models._NO_ID": _OWNER,
    "aigc_demo.tasks.text.user_models._ON_HUB": _OWNER,
    "aigc_demo.tasks.text.user_models._OPUS": _OWNER,
    "aigc_demo.tasks.text.user_models._SIZE": _OWNER,
    "aigc_demo.tasks.text.chat.MARKS": "splits a chat template, before anybody's words are put into it",
    "aigc_demo.tasks.image.prior_reading._NAME_PART": _OURS,
    "aigc_demo.history.snapshots._NAME": _OURS,
    "aigc_demo.learning.preference.couplets._COUPLET": _OURS,
    "aigc_demo.learning.tags.data._SLOT": _OURS,
    "aigc_demo.lessons.__init__._EXPORTS": _OURS,
    "aigc_demo.tasks.music.chorale_tokens._FORM": _OURS,
    "aigc_demo.tasks.music.pdf._CALL": _OURS,
    "aigc_demo.tasks.music.pdf._DATE": _OURS,
    "aigc_demo.tasks.music.pdf._STEP": _OURS,
    "aigc_demo.ui.bundler._BOUND": _BUILT,
    "aigc_demo.ui.bundler._CALL": _BUILT,
    "aigc_demo.ui.bundler._COMMENT": _BUILT,
    "aigc_demo.ui.bundler._EXPORTED": _BUILT,
    "aigc_demo.ui.bundler._IMPORT": _BUILT,
    "aigc_demo.ui.bundler._LAZY": _BUILT,
    "aigc_demo.ui.bundler._LEFT": _BUILT,
    "aigc_demo.ui.bundler._LISTED": _BUILT,
    "aigc_demo.ui.bundler._OURS": _BUILT,
    "aigc_demo.ui.bundler._REEXPORT": _BUILT,
    "aigc_demo.ui.bundler._SHEET": _BUILT,
    "aigc_demo.ui.bundler._TAKEN": _BUILT,
    "aigc_demo.ui.document._API": _BUILT,
    "aigc_demo.ui.document._CARD": _BUILT,
    "aigc_demo.ui.document._HEAD": _BUILT,
    "aigc_demo.ui.document._RESIZER": _BUILT,
    "aigc_demo.ui.document._SHEET": _BUILT,
    "aigc_demo.ui.gradio_files._BLOCKS": _BUILT,
    "aigc_demo.ui.gradio_files._CORE": _BUILT,
    "aigc_demo.ui.gradio_files._ENTRY": _BUILT,
    "aigc_demo.ui.gradio_files._FILE": _BUILT,
    "aigc_demo.ui.gradio_files._PART": _BUILT,
    "aigc_demo.ui.gradio_files._TABLE": _BUILT,
}
"""Patterns that no reader here asks, and why they need not be."""
