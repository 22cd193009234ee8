"""Bad files: each is one clear sentence, never a crash, and never grows."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_demo import i18n
from aigc_demo.tasks.music import abc, import_file, midi, musicxml
from aigc_demo.tasks.music import score as score_values
from aigc_demo.types import UserError
from tests.tasks.music.pieces import jig, song


def midi_file(
    track: bytes, *, ppq: int = 480, tracks: int = 1, kind: int = 1, size: int | None = None
) -> bytes:
    head = b"MThd" + struct.pack(">IHHH", 6, kind, tracks, ppq)
    return head + b"MTrk" + struct.pack(">I", len(track) if size is None else size) + track


def number(value: int) -> bytes:
    encoded = [value & 0x7F]
    while value := value >> 7:
        encoded.append(value & 0x7F | 0x80)
    return bytes(reversed(encoded))


END = b"\x00\xff\x2f\x00"
NOTE = b"\x00\x90\x3c\x40\x60\x80\x3c\x40"
TEMPO = b"\x00\xff\x51\x03"


def mxl(inside: bytes, name: str = "score.xml") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, inside)
    return buffer.getvalue()


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE score-partwise [<!ENTITY a "ha">'
    b'<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><score-partwise><part id="P1">&b;</part></score-partwise>'
)
OUTSIDE = LAUGHS.replace(b'ENTITY a "ha"', b'ENTITY a SYSTEM "file:///etc/passwd"')

BAD: dict[str, tuple[bytes, str]] = {
    "nothing at all": (b"", "file_unknown"),
    "a song of three hours in 37 bytes": (
        midi_file(number(0x0FFFFFFF) + b"\x90\x3c\x40\x01\x80\x3c\x40" + END, ppq=96), "file_too_long",
    ),
    "a tempo of zero": (midi_file(TEMPO + b"\0\0\0" + NOTE + END), "file_tempo"),
    "a tempo nobody can play": (midi_file(TEMPO + b"\0\0\x01" + NOTE + END), "file_tempo"),
    "film frames": (midi_file(NOTE + END, ppq=0xE728), "file_smpte"),
    "no ticks in a quarter": (midi_file(NOTE + END, ppq=0), "file_damaged"),
    "more tracks than may be": (
        midi_file(NOTE + END) + (b"MTrk\0\0\0\4" + END) * 1_000, "file_too_many_tracks",
    ),
    "more parts than may be": (
        midi_file(NOTE + END) + (b"MTrk" + struct.pack(">I", len(NOTE + END)) + NOTE + END) * 64,
        "file_too_many_tracks",
    ),
    "a track longer than the file": (midi_file(NOTE + END, size=0xFFFFFFF0), "file_damaged"),
    "an event longer than its track": (midi_file(b"\x00\xff\x01" + number(0x0FFFFFFF) + END), "file_damaged"),
    "sixty thousand notes": (midi_file(b"\x00\x90\x3c\x40" * 60_000 + END), "file_too_many_notes"),
    "no note": (midi_file(END), "file_no_notes"),
    "a SoundFont": (b"RIFF\x20\0\0\0sfbkLIST" + bytes(20), "file_unknown"),
    "an MP3": (b"ID3\x04" + bytes(100), "file_unknown"),
    "a recording": (b"RIFF\x24\0\0\0WAVEfmt " + bytes(20), "file_unknown"),
    "a playlist": (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "file_unknown"),
    "a web page": (b"<html><script>alert(1)</script></html>", "file_damaged"),
    "a picture of lines": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "file_damaged"),
    "a billion laughs": (LAUGHS, "file_declares"),
    "a file from outside": (OUTSIDE, "file_declares"),
    "laughs in another encoding": (LAUGHS.decode().encode("utf-16"), "file_declares"),
    "laughs in a packed file": (mxl(LAUGHS), "file_declares"),
    "a zip bomb": (mxl(b"<score-partwise>" + b" " * 30_000_000), "file_too_large"),
    "a zip of something else": (mxl(b"x", "readme.txt"), "file_damaged"),
    "a broken zip": (b"PK\x03\x04" + bytes(60), "file_damaged"),
    "elements ten thousand deep": (b"<score-partwise>" + b"<a>" * 10_000, "file_damaged"),
    "nested and closed": (
        b"<score-partwise>" + b"<a>" * 9_999 + b"</a>" * 9_999 + b"</score-partwise>", "file_damaged",
    ),
    "ordered by time": (b"<score-timewise/>", "file_no_notes"),
    "an empty score": (b"<score-partwise/>", "file_no_notes"),
    "a tune of headers": (b"X:1\nT:none\nK:C\n", "file_no_notes"),
    "a tempo of zero in text": (b"X:1\nQ:1/4=0\nK:C\nCDEF|\n", "file_tempo"),
    "nine hundred bars of rest": (b"X:1\nM:4/4\nK:C\nC Z999 Z999 C|\n", "file_too_long"),
    "sixty thousand letters": (b"X:1\nL:1/256\nQ:1/4=400\nK:C\n" + b"C" * 60_000, "file_too_many_notes"),
    "endings that double": (b"X:1\nL:1/8\nK:C\nCDEF" + b"|1 G :|2 A" * 3_000, "file_too_long"),
    "our own with a time of a million digits": (
        json.dumps({**score_values.to_json(jig()), "pickup": "1e9999999"}).encode(), "file_damaged",
    ),
    "our own with a pitch that is none": (
        json.dumps(score_values.to_json(jig())).replace(", 74]", ", 740]").encode(), "file_damaged",
    ),
    "braces": (b"{" * 100_000, "file_damaged"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_clear_sentence(name: str) -> None:
    data, key = BAD[name]
    with pytest.raises(UserError) as caught:
        import_file.read_bytes(data)
    assert caught.value.problem.key == f"music.error.{key}"
    for language in ("en", "zh"):
        said = i18n.t(caught.value.problem.key, language, **caught.value.problem.values)
        assert said and "{" not in said


def test_the_three_hours_take_thirty_seven_bytes() -> None:
    assert len(BAD["a song of three hours in 37 bytes"][0]) == 37


def test_a_file_is_refused_by_its_size_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.mid"
    path.write_bytes(b"MThd" + bytes(4_000_000))
    with pytest.raises(UserError) as caught:
        import_file.read_score(path)
    assert (caught.value.problem.key, caught.value.status) == ("music.error.file_too_large", 413)
    assert caught.value.problem.field == "start"


def test_a_document_type_alone_is_no_offence() -> None:
    assert import_file.read_bytes(musicxml.write(jig())) == jig()


def test_a_packed_score_is_read() -> None:
    assert import_file.read_bytes(mxl(musicxml.write(jig()), "jig.musicxml")) == jig()


def test_what_programs_write_into_text_is_passed_over() -> None:
    text = (
        "X:7\nT:Grace % and a comment\nR:reel\nM:C|\nL:1/8\nK:Dmix clef=treble\n"
        '|:"D"~D2 {g}FA (3ABc d>e|!fermata!f4 [DF]2 z2:|1 A4 B4:|2 d8|]\n'
    )
    score = import_file.read_bytes(text.encode())
    assert (score.tonic, score.mode, score.metre, score.title) == ("D", "mixolydian", (2, 2), "Grace")
    assert score.chords[0] == (0, "D")
    assert max(note.pitch for note in score.parts[0].notes) == 78  # the grace note is no note


def test_words_lose_what_could_mislead() -> None:
    hostile = b"\x00\xff\x05\x0b\xe2\x80\xae<b>x\x07\x00yz" + NOTE + END
    lyric = import_file.read_bytes(midi_file(hostile)).parts[0].notes[0].lyric
    assert "\u202e" not in lyric and "\x07" not in lyric and "\x00" not in lyric


WHOLE: dict[str, Callable[[], bytes]] = {
    "midi": lambda: midi.write(song()),
    "abc": lambda: abc.write(song()),
    "musicxml": lambda: musicxml.write(song()),
    "mxl": lambda: mxl(musicxml.write(song())),
    "json": lambda: json.dumps(score_values.to_json(song())).encode(),
}


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_no_mangled_file_raises_anything_else(kind: str, data: st.DataObject) -> None:
    whole = bytearray(WHOLE[kind]())
    for _ in range(data.draw(st.integers(0, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    try:
        score = import_file.read_bytes(bytes(whole if data.draw(st.booleans()) else whole[:cut]))
    except UserError:
        return
    assert score.parts and score.seconds <= 300


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet='XTMLQKVw:[]|"(){}<>/-^_=,1234567890ABCDEFGabcdefgz&~!%\n ', max_size=200))
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        import_file.read_bytes(b"X:1\nK:C\n" + text.encode())
    except UserError:
        return
