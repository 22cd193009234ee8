"""What a file is, told from its bytes, and what a sentence says where it is not wanted."""

from __future__ import annotations

import io
import wave
import zipfile

import av
import numpy as np
import pytest
from PIL import Image

from aigc_demo import i18n
from aigc_demo.guard.uploads import check_kind, sniffed
from aigc_demo.types import UserError, media

TUNE = b"X: 1\nT: A tune\nM: 4/4\nL: 1/8\nK: D\nD2F2A2d2 |]\n"
XML = '<?xml version="1.0" encoding="{0}"?>\n<score-partwise version="4.0"><part-list/></score-partwise>'


def compressed() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("META-INF/container.xml", "<container/>")
    return buffer.getvalue()


def picture(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, kind)
    return buffer.getvalue()


def sound(container: str, codec: str, rate: int = 44_100) -> bytes:
    """Half a second of a tone, as a real encoder writes it."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate, layout="mono")
        wanted = stream.codec_context.format.name
        wave_ = np.sin(np.arange(rate // 2) * 0.06)[None].astype(np.float32)
        frame = av.AudioFrame.from_ndarray(wave_, "flt", "mono")
        frame.sample_rate = rate
        for part in av.AudioResampler(wanted, "mono", rate, stream.codec_context.frame_size or None).resample(
            frame
        ):
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return buffer.getvalue()


def wav() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(800))
    return buffer.getvalue()


def clip(container: str, codec: str) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        stream = out.add_stream(codec, rate=10)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        for _ in range(3):
            out.mux(stream.encode(av.VideoFrame.from_image(Image.new("RGB", (32, 32)))))
        out.mux(stream.encode())
    return buffer.getvalue()


FILES = {
    "png": (lambda: picture("PNG"), "image/png"),
    "jpeg": (lambda: picture("JPEG"), "image/jpeg"),
    "webp": (lambda: picture("WEBP"), "image/webp"),
    "gif": (lambda: picture("GIF"), "image/gif"),
    "mp4": (lambda: clip("mp4", "mpeg4"), "video/mp4"),
    "webm": (lambda: clip("webm", "libvpx"), "video/webm"),
    "wav": (wav, "audio/wav"),
    "mp3": (lambda: sound("mp3", "libmp3lame"), "audio/mpeg"),
    "mp3 of few samples": (lambda: sound("mp3", "libmp3lame", 16_000), "audio/mpeg"),
    "mp3 without a tag": (lambda: untagged(sound("mp3", "libmp3lame")), "audio/mpeg"),
    "mp3 with a large tag": (lambda: tagged(untagged(sound("mp3", "libmp3lame"))), "audio/mpeg"),
    "ogg": (lambda: sound("ogg", "libopus", 48_000), "audio/ogg"),
    "flac": (lambda: sound("flac", "flac"), "audio/flac"),
    "midi": (lambda: b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x00\x60", "audio/midi"),
    "abc": (lambda: TUNE, "text/vnd.abc"),
    "abc that says so": (lambda: b"%abc-2.1\n" + TUNE, "text/vnd.abc"),
    "abc behind a comment": (lambda: b"\xef\xbb\xbf% a comment\n\n" + TUNE, "text/vnd.abc"),
    "musicxml": (lambda: XML.format("UTF-8").encode(), "application/vnd.recordare.musicxml+xml"),
    "musicxml in UTF-16": (
        lambda: XML.format("UTF-16").encode("utf-16"),
        "application/vnd.recordare.musicxml+xml",
    ),
    "musicxml, compressed": (compressed, "application/vnd.recordare.musicxml"),
    "pdf": (lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "application/pdf"),
    "text": (lambda: b"hello", "text/plain"),
    "chinese text": ("春眠不觉晓，处处闻啼鸟。\r\n".encode, "text/plain"),
    "chinese text in GBK": (lambda: "春眠不觉晓，处处闻啼鸟。\r\n".encode("gbk"), "text/plain"),
}


def untagged(data: bytes) -> bytes:
    size = sum(byte << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
    return data[10 + size :] if data[:3] == b"ID3" else data


def tagged(data: bytes, size: int = 700_000) -> bytes:
    """With a tag that holds a picture of so many bytes, as players write them."""
    packed = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x04\x00\x00" + packed + bytes(size) + data


@pytest.mark.parametrize("file", FILES)
def test_a_file_is_known_by_its_bytes_whatever_its_name(file: str) -> None:
    make, kind = FILES[file]
    assert sniffed(make()).name == kind
    assert sniffed(make(), "evil.exe").name == kind
    assert sniffed(make(), "x.png").name == kind


def test_among_types_that_look_alike_the_name_chooses() -> None:
    table = "name,年\nAnn,1\n".encode()
    assert sniffed(table, "people.csv").name == "text/csv"
    assert sniffed(table, "PEOPLE.CSV").name == "text/csv"
    assert sniffed(table, "notes.md").name == "text/markdown"
    assert sniffed(table, "people.txt").name == "text/plain"
    assert sniffed(TUNE, "tune.csv").name == "text/vnd.abc", "a tune is no mere text"


NOTHING = {
    "nothing": b"",
    "a zip": b"PK\x03\x04",
    "a program": b"\x7fELF\x02\x01\x01" + bytes(50),
    "text with a NUL": b"hello\x00world",
    "text in UTF-16": "hello".encode("utf-16"),
    "bytes above 127": bytes(range(128, 256)) * 4,
    "half a picture": picture("PNG")[:20],
    "a picture of the container of clips": b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00",
    "a film in Ogg": b"OggS" + bytes(24) + b"\x80theora" + bytes(300),
    "one frame of MP3 and then something else": b"\xff\xfb\x90\x00" + bytes(1000),
    "a tag without a sound": b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(4000),
    "another kind of Matroska": b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska",
}


@pytest.mark.parametrize("file", NOTHING)
def test_what_is_nothing_known_is_refused_with_a_sentence(file: str) -> None:
    with pytest.raises(UserError) as refusal:
        sniffed(NOTHING[file])
    assert refusal.value.status == 415
    sentence = i18n.message(refusal.value.problem, "en")
    assert sentence.startswith(
        "This file can't be used here. Choose a picture (PNG, JPEG, WebP, AVIF), a clip ("
    )
    assert sentence.endswith("a table (XLSX, CSV), a text (TXT, Markdown, CSV) or several pictures (ZIP).")


def test_a_file_of_another_kind_is_refused_with_what_is_taken() -> None:
    with pytest.raises(UserError) as refusal:
        sniffed(TUNE, "a.png", ("picture", "clip"), task="style", field="content")
    assert (refusal.value.status, refusal.value.problem.field) == (415, "content")
    assert i18n.message(refusal.value.problem, "en") == (
        "This file can't be used as “Photo”. "
        "Choose a picture (PNG, JPEG, WebP, AVIF) or a clip (GIF, MP4, WebM)."
    )
    assert i18n.message(refusal.value.problem, "zh") == (
        "此文件不能用作“照片”，请选择图片（PNG、JPEG、WebP、AVIF）或短片（GIF、MP4、WebM）。"
    )


def test_a_kind_that_can_only_be_passed_on_is_not_asked_for() -> None:
    check_kind(media.of_file("style.bin"), ("picture", "model"))
    with pytest.raises(UserError) as refusal:
        check_kind(
            media.of_file("tune.mid"), ("picture", "image/gif", "model"), task="style", field="style_image"
        )
    assert refusal.value.problem.values["taken"] == ("kind.picture", "GIF")


def test_a_file_that_is_too_large_is_refused_whatever_it_is() -> None:
    for data in (picture("PNG"), b"", b"\x7fELF"):
        with pytest.raises(UserError) as refusal:
            sniffed(data + bytes(media.MAX_BYTES + 1))
        assert refusal.value.status == 413
