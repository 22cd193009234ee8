"""Files and words that a careless reader takes too long over: each can be made of any size.

Knows how such input is put together: blanks behind an opening, openings without an end, pieces without
content, numbers that never stop. Knows no reader. All of it is harmless to one that looks at every byte once.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from itertools import cycle, islice
from typing import Any

FileMaker = Callable[[int], bytes]
"""About so many bytes, at least one piece of whatever is repeated."""
WordsMaker = Callable[[int], str]
"""Exactly so many characters."""
SettingsMaker = Callable[[int], dict[str, Any]]
"""About so many bytes of JSON."""


def _filled(head: bytes, unit: bytes, tail: bytes = b"") -> FileMaker:
    """``head``, as many of ``unit`` as there is room for, ``tail``."""
    return lambda size: head + unit * max(1, (size - len(head) - len(tail)) // len(unit)) + tail


def _counted(head: str, unit: str, tail: str = "") -> FileMaker:
    """As :func:`_filled`, each unit with another prime number in place of ``{}``."""

    def make(size: int) -> bytes:
        wanted = max(1, (size - len(head) - len(tail)) // (len(unit) + 2))
        return (head + "".join(unit.format(prime) for prime in islice(_primes(), wanted)) + tail).encode()

    return make


def _primes(most: int = 65_000) -> Iterator[int]:
    """The primes from 2 on, again and again from the start: denominators with nothing in common."""
    marks = bytearray([1]) * most
    for number in range(2, int(most**0.5) + 1):
        marks[number * number :: number] = bytes(len(range(number * number, most, number)))
    return cycle(number for number in range(2, most) if marks[number])


# -- containers -----------------------------------------------------------------------------------

_PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBBI", 13, b"IHDR", 8, 8, 8, 2, 0, 0, 0, 0)
_JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0"
_VP8L = b"VP8L" + struct.pack("<I", 6) + b"\x2f\x07\xc0\x01\0\0"
_MARK = b'{"AIGC":{"Label":"1"}}'
_TAG = b"<TC260:AIGC>"
_XMP_NAME = b"http://ns.adobe.com/xap/1.0/\0"


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + bytes(4)


def _riff(form: bytes, body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + form + body


def _png_text(
    keyword: bytes, unit: bytes, kind: bytes = b"iTXt", before: bytes = b"", after: bytes = b""
) -> FileMaker:
    """A picture with one long text, behind a mark of ours."""
    long = _filled(keyword + (b"\0" * 5 if kind == b"iTXt" else b"\0") + before, unit, after)
    head = _PNG + _chunk(b"tEXt", b"AIGC\0" + _MARK)
    return lambda size: head + _chunk(kind, long(size - len(head))) + _chunk(b"IDAT", b"")


def _jpeg_packet(unit: bytes) -> FileMaker:
    """A picture with as many XMP segments as it takes."""
    body = _XMP_NAME + unit * (60_000 // len(unit))
    return _filled(_JPEG, b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body, b"\xff\xda\0\2")


def _in_riff(form: bytes, head: bytes, unit: bytes) -> FileMaker:
    inside = _filled(head, unit)
    return lambda size: _riff(form, inside(size - 12))


def _listed(unit: bytes) -> FileMaker:
    """Sound with one list of information."""
    inside = _filled(b"INFO", unit)

    def make(size: int) -> bytes:
        body = inside(size - 20)
        return _riff(b"WAVE", b"LIST" + struct.pack("<I", len(body)) + body)

    return make


def _midi(unit: bytes, tail: bytes = b"") -> FileMaker:
    """One track of so many events."""
    events = _filled(b"", unit, tail)

    def make(size: int) -> bytes:
        body = events(size - 26) + b"\x00\xff\x2f\x00"
        return b"MThd" + struct.pack(">IHHH", 6, 0, 1, 480) + b"MTrk" + struct.pack(">I", len(body)) + body

    return make


def _notes_then_ends(size: int) -> bytes:
    """One pitch is begun again and again, and only then ended."""
    half = max(1, (size - 30) // 8)
    return _midi(b"\x00\x90\x3c\x40" * half + b"\x00\x80\x3c\x40" * half)(0)


def _ogg(size: int) -> bytes:
    """Comments that fill their page."""
    comments = b"\x01\0\0\0a" * min(max(1, size // 5), 12_000)
    packet = b"OpusTags" + bytes(4) + struct.pack("<I", len(comments) // 5) + comments
    lacing = b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255])
    page = b"OggS" + bytes(22) + bytes([len(lacing)]) + lacing + packet
    return b"OggS" + bytes(22) + b"\x01\x08OpusHead" + page


def _packed(make: FileMaker) -> FileMaker:
    """A score in an archive, as large as it is alone: what one that is squeezed may become is bounded."""

    def result(size: int) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("META-INF/container.xml", "<container/>")
            archive.writestr("a.musicxml", make(size))
        return buffer.getvalue()

    return result


def _own_score(size: int) -> bytes:
    """Our own form of a score, every time with another denominator."""
    notes = [["0", f"1/{prime % 9_000 + 1}", 60] for prime in islice(_primes(), max(1, size // 18))]
    part = {"name": "a", "program": 0, "percussion": False, "notes": notes}
    score = {"title": "", "tonic": "C", "mode": "major", "metre": [4, 4], "tempo": 120, "parts": [part]}
    return json.dumps(score).encode()


def _pdf(unit: bytes) -> FileMaker:
    """A document whose table of objects is so."""

    def make(size: int) -> bytes:
        table = _filled(b"xref\n", unit)(size - 60)
        trailer = b"trailer\n<< /Size 9 /Root 1 0 R /Info 2 0 R >>\nstartxref\n9\n%%EOF\n"
        return b"%PDF-1.4\n" + table + trailer

    return make


def _named_pdf(size: int) -> bytes:
    """A whole document that has a name without an end."""
    objects = b"1 0 obj\n<< >>\nendobj\n", b"2 0 obj\n<< >>\nendobj\n"
    body = b"%PDF-1.4\n" + b"".join(objects)
    table = b"xref\n1 2\n%010d 00000 n \n%010d 00000 n \n" % (9, 9 + len(objects[0]))
    trailer = _filled(b"trailer\n<< /Size 3 /Root 1 0 R /Info 2 0 R ", b"/ID [")(size - 160)
    return body + table + trailer + b">>\nstartxref\n%d\n%%%%EOF\n" % len(body)


_SCORE = b'<score-partwise><part-list><score-part id="P"/></part-list><part id="P">'
_SCORE_END = b"</part></score-partwise>"
_NOTE = b"<note><pitch><step>C</step><octave>4</octave></pitch><duration>1</duration></note>"


def _score(unit: bytes, head: bytes = b"<measure>", tail: bytes = b"</measure>") -> FileMaker:
    return _filled(_SCORE + head, unit, tail + _SCORE_END)


def _tune(unit: bytes) -> FileMaker:
    return _filled(b"X:1\nK:C\n", unit, b"\n")


FILES: Mapping[str, FileMaker] = {
    "zeros": _filled(b"", b"\0"),
    "blanks": _filled(b"", b" ", b"x"),
    "line breaks": _filled(b"", b"\n", b"x"),
    "braces": _filled(b"", b"{"),
    "brackets": _filled(b"", b"["),
    "empty lists": _filled(b"[", b"[],", b"[]]"),
    "angles": _filled(b"", b"<"),
    "sound: steps that lead nowhere": _filled(b"ID3\x04\x00\x00\x00\x00\x00\x00", b"\xff\xfb\x90\x00"),
    "sound: a tag of a tag": _filled(b"ID3\x04\x00\x00\x00\x00\x00\x00", b"ID3\x04\x00\x00\x00\x00\x00\x00"),
    "text: halves of letters": _filled("界".encode("gbk"), b"\x81"),
    "text: letters of two bytes": _filled(b"", "界".encode("gbk")),
    "text: letters of three bytes": _filled(b"", "界".encode()),
    "declarations": _filled(b"<", b"<!"),
    "tune: blanks": _filled(b"X:", b" "),
    "tune: comments": _filled(b"", b"%\n", b"x"),
    "tune: one long comment": _filled(b"%", b"a"),
    "tune: comments and blanks": _filled(b"", b"%\n \n", b"x"),
    "tune: labels": _filled(b"X:1\n", b"%%aigc \n"),
    "tune: long label": _filled(b"X:1\n%%aigc " + _MARK + b"\n%%aigc-studio ", b"{"),
    "tune: wide label": _filled(b"X:1\n%%aigc " + _MARK + b"\n%%aigc-studio ", b"a", "\U0001f3b5".encode()),
    "tune: graces": _tune(b"{"),
    "tune: graces on lines": _tune(b"{a\n"),
    "tune: inline fields": _tune(b"[K:"),
    "tune: chords": _tune(b"[CEG"),
    "tune: whole chords": _filled(b"X:1\nL:1/32\nK:C\n", b"[CEG]/9"),
    "tune: chord names": _filled(b"X:1\nL:1/32\nK:C\n", b'"Am"C/9'),
    "tune: one chord": _tune(b"[" + b"C" * 60),
    "tune: ornaments": _tune(b"!a+b"),
    "tune: quotes": _tune(b'"'),
    "tune: halves": _tune(b"/"),
    "tune: halved note": _filled(b"X:1\nK:C\nC", b"/"),
    "tune: lengths": _counted("X:1\nL:1/32\nK:C\n", "C/{} "),
    "tune: divided lengths": _counted("X:1\nL:1/32\nK:C\n", "C/7/11/13/17/{} "),
    "tune: notes": _filled(b"X:1\nL:1/32\nQ:400\nK:C\n", b"C/9"),
    "tune: endings": _filled(b"X:1\nL:1/32\nK:C\n", b"|:C/9|1C/9:|2C/9"),
    "tune: bars": _filled(b"X:1\nK:C\n", b"|:"),
    "tune: overlays": _filled(b"X:1\nL:1/32\nK:C\n", b"C/9&"),
    "tune: ties": _filled(b"X:1\nL:1/32\nK:C\n", b"C/9-"),
    "tune: broken": _filled(b"X:1\nL:1/32\nK:C\nC/9", b">"),
    "tune: words": _filled(b"X:1\nK:C\nCDE\nw:", b"a-*_"),
    "tune: escaped words": _filled(b"X:1\nK:C\nCDE\nw:", b"\\-"),
    "tune: voices": _filled(b"X:1\nK:C\n", b"V:1\nC/9\n"),
    "tune: voice names": _filled(b"X:1\nK:C\nV:1 ", b'name="'),
    "tune: directives": _filled(b"X:1\nK:C\n%%MIDI program ", b"1 "),
    "tune: metre": _filled(b"X:1\nM:3/4", b" ", b"\nK:C\nC\n"),
    "tune: parts": _filled(b"X:1\nP:", b"(A)9", b"\nK:C\nP:A\nC\n"),
    "tune: keys": _filled(b"X:1\nK:C ", b"^f ", b"\nC\n"),
    "tune: summed metre": _filled(b"X:1\nM:(2", b"+2", b")/8\nK:C\nC\n"),
    "tune: summed tempo": _filled(b"X:1\nQ:", b"1/4 ", b"\nK:C\nC\n"),
    "tune: tempo": _filled(b"X:1\nQ:1/4", b" ", b"x\nK:C\nC\n"),
    "score: blanks": _filled(b"<score-partwise>", b" "),
    "score: openings": _filled(b"<score-partwise>", b'<miscellaneous-field name="AIGC">'),
    "score: open field": _filled(b'<score-partwise><miscellaneous-field name="AIGC">', b"a"),
    "score: entities": _filled(
        b'<score-partwise><miscellaneous-field name="AIGC">', b"&#65;", b"</miscellaneous-field>"
    ),
    "score: long entity": _filled(
        b'<score-partwise><miscellaneous-field name="AIGC">&#', b"9", b";</miscellaneous-field>"
    ),
    "score: place": _filled(b"<score-partwise><miscellaneous", b" "),
    "score: declaration": _filled(b"<?xml", b" ", b"><score-partwise/>"),
    "score: nested": _filled(b"<score-partwise>", b"<a>"),
    "score: elements": _score(b"<a/>"),
    "score: measures": _filled(_SCORE, b"<measure/>", _SCORE_END),
    "score: notes": _score(_NOTE, b"<measure><attributes><divisions>999</divisions></attributes>"),
    "score: divisions": _counted(
        (_SCORE + b"<measure>").decode(),
        f"<attributes><divisions>{{}}</divisions></attributes>{_NOTE.decode()}",
        (b"</measure>" + _SCORE_END).decode(),
    ),
    "score: repeats": _filled(
        _SCORE,
        b'<measure><barline><repeat direction="forward"/></barline>' + _NOTE
        + b'<barline><repeat direction="backward"/></barline></measure>',
        _SCORE_END,
    ),
    "score: one note": _score(b"<tie/><lyric/>", b"<measure><note>", b"</note></measure>"),
    "score: number": _filled(_SCORE + b"<measure><attributes><divisions>", b" ", b"x</divisions>"),
    "score: packed": _packed(_score(_NOTE)),
    "score: ours": _own_score,
    "drawing: roots": _filled(b"<", b"<svg a"),
    "drawing: metadata": _filled(b"<svg a>", b'<metadata id="aigc-studio">'),
    "drawing: marks": _filled(b'<svg a><metadata id="aigc-studio">', _TAG),
    "drawing: instructions": _filled(b"<svg a>", b"<?xpacket"),
    "PNG: chunks": _filled(_PNG, _chunk(b"aaaa", b"")),
    "PNG: empty texts": _filled(_PNG, _chunk(b"tEXt", b"AIGC\0")),
    "PNG: long record": _png_text(b"aigc-studio", b"a"),
    "PNG: wide record": _png_text(b"aigc-studio", b"a\xf0\x9f\x8e\xb5aaaaaaaaaaaaaaaaaaaaaa"),
    "PNG: record of lists": _png_text(b"aigc-studio", b"[],", before=b'{"task":"image","params":['),
    "PNG: record of settings": _png_text(
        b"aigc-studio", b'"":1,', before=b'{"task":"image","params":{', after=b'"a":1}}'
    ),
    "PNG: record of a long word": _png_text(
        b"aigc-studio", b"a", before=b'{"task":"image","params":{"prompt":"', after=b'"}}'
    ),
    "PNG: nested record": _png_text(b"aigc-studio", b'{"a":'),
    "PNG: long number": _png_text(b"aigc-studio", b"1"),
    "PNG: zeros": _png_text(b"aigc-studio", b"\0"),
    "PNG: open packet": _png_text(b"XML:com.adobe.xmp", _TAG),
    "PNG: long name": _png_text(b"a" * 70, b"a", b"tEXt"),
    "JPEG: segments": _filled(_JPEG, b"\xff\xe2\0\2"),
    "JPEG: fill": _filled(_JPEG, b"\xff"),
    "JPEG: packets": _jpeg_packet(_TAG),
    "GIF": _filled(b"GIF89a\x08\0\x08\0\0\0\0", b"!"),
    "WebP: chunks": _in_riff(b"WEBP", _VP8L, b"aaaa\0\0\0\0"),
    "WebP: packets": _in_riff(b"WEBP", _VP8L, b"XMP \x0c\0\0\0" + _TAG),
    "WAV: chunks": _in_riff(b"WAVE", b"", b"aaaa\0\0\0\0"),
    "WAV: lists": _in_riff(b"WAVE", b"", b"LIST\x04\0\0\0INFO"),
    "WAV: a list": _listed(b"AIGC\0\0\0\0"),
    "WAV: zeros in a list": _listed(b"AIGC\xff\xff\xff\x7f" + bytes(1_000)),
    "MIDI: texts": _midi(b"\x00\xff\x01\x00"),
    "MIDI: marks": _midi(b"\x00\xff\x01\x05AIGC:"),
    "MIDI: notes": _midi(b"\x00\x90\x3c\x40\x01\x80\x3c\x40"),
    "MIDI: notes, then their ends": _notes_then_ends,
    "MIDI: tempos": _midi(b"\x00\xff\x51\x03\x07\xa1\x20"),
    "MIDI: names": _midi(b"\x00\xff\x03\x01a"),
    "MIDI: long number": _midi(b"\xff"),
    "Ogg: comments": _ogg,
    "PDF: table": _pdf(b"0000000000 00000 n \n"),
    "PDF: sections": _pdf(b"1 1\n0000000000 00000 n \n"),
    "PDF: blanks": _pdf(b" "),
    "PDF: digits": _pdf(b"1"),
    "PDF: names": _named_pdf,
    "PDF: end": _filled(b"%PDF-1.4\nstartxref", b" "),
    "PDF: marks": _filled(b"%PDF-1.4\n", _TAG),
}  # fmt: skip
"""By name; several of them are whole files that a task takes."""


# -- words ----------------------------------------------------------------------------------------


def _said(head: str, unit: str, tail: str = "") -> WordsMaker:
    def make(size: int) -> str:
        times = max(1, -(-(size - len(head) - len(tail)) // len(unit)))
        return ((head + unit * times)[: max(0, size - len(tail))] + tail)[:size]

    return make


def _marks(size: int) -> str:
    """Accents above, then accents below, which have their place before those above."""
    return "a" + "\u0301" * ((size - 1) // 2) + "\u0316" * (size - 1 - (size - 1) // 2)


WORDS: Mapping[str, WordsMaker] = {
    "letters": _said("", "a"),
    "words": _said("", "ab "),
    "blanks": _said("a", " ", "x"),
    "line breaks": _said("", "\n"),
    "digits": _said("", "1"),
    "commas": _said("", ",", "x"),
    "Chinese commas": _said("一", "，", "x"),
    "Chinese": _said("", "春"),
    "Chinese and digits": _said("", "春1"),
    "wide letters": _said("", "\U00020000a"),
    "emoji": _said("", "\U0001f3b5"),
    "accents": _marks,
    "one letter that is eighteen": _said("", "\ufdfa"),
    "vowels": _said("", "ae"),
    "syllables": _said("", "be"),
    "quotes": _said("", '"'),
    "signs": _said("", "%_!"),
    "braces": _said("", "{"),
    "bars in a brace": _said("{", "|"),
    "choices": _said("", "{a|b}"),
    "nested choices": _said("", "{a|"),
    "open choices": _said("", "{aaaaaaaaaaaaaaaaaaaaaaaa"),
    "a number and blanks": _said("12", " ", "x"),
    "numbers and blanks": _said("", "十 ", "x"),
    "a key and blanks": _said("A", " ", "x"),
    "keys": _said("", "in A", "x"),
    "keys of": _said("", "key of "),
    "tempos": _said("", "tempo "),
    "minor songs": _said("", "小调"),
    "polite": _said("", "请", "\n"),
    "polite, in words": _said("", "我要", "\n"),
    "a poem": _said("写一首", "的", "\n"),
    "poems": _said("", "诗，"),
    "heads": _said("", "藏头"),
    "heads and commas": _said("藏头", "，"),
    "forms": _said("", "五言"),
    "a form and commas": _said("五绝", "，"),
    "commas and a form": _said("", "，", "五绝"),
    "pairs": _said("", "a=b;"),
    "addresses": _said("", "a=b&"),
    "preferences": _said("", "a;q=1,"),
    "notes": _said("", "C4:1 "),
    "a long note": _said("C4:1.", "1"),
    "blend": _said("", "ember:1,"),
    "a blend and blanks": _said("ember", " ", "x"),
    "sentences": _said("", "。"),
    "chord": _said("C", "/"),
}
"""By name, as somebody may write them into any field."""


# -- settings -------------------------------------------------------------------------------------


def _strangers(size: int) -> dict[str, Any]:
    return {f"name{number}": 1 for number in range(max(1, size // 15))}


def _nested(size: int) -> dict[str, Any]:
    """As deep as JSON may be read, over and over."""
    deep: list[Any] = []
    for _ in range(100):
        deep = [deep]
    return {"prompt": [deep] * max(1, size // 204)}


SETTINGS: Mapping[str, SettingsMaker] = {
    "strangers": _strangers,
    "nested": _nested,
    "a list": lambda size: {"prompt": [1] * (size // 3)},
    "a list of texts": lambda size: {"prompt": "a", "top_k": ["ab"] * (size // 6)},
    "a long number": lambda size: {"prompt": "a", "top_k": 10 ** min(size, 4_000)},
    "a long text": lambda size: {"prompt": "a" * size},
    "an object": lambda size: {"prompt": _strangers(size)},
}
"""By name, about so many bytes of JSON each."""
