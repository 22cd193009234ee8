"""What a file is, told from its bytes."""

from __future__ import annotations

import io
import zipfile

import pytest

from aigc_demo.guard.uploads import sniffed
from aigc_demo.types import UserError

TUNE = b"X: 1\nT: A tune\nM: 4/4\nL: 1/8\nK: D\nD2F2A2d2 |]\n"
XML = '<?xml version="1.0" encoding="{0}"?>\n<score-partwise version="4.0"><part-list/></score-partwise>'


def compressed() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("META-INF/container.xml", "<container/>")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x00\x60", "audio/midi"),
        (TUNE, "text/vnd.abc"),
        (b"%abc-2.1\n" + TUNE, "text/vnd.abc"),
        (b"\xef\xbb\xbf% a comment\n\n" + TUNE, "text/vnd.abc"),
        (XML.format("UTF-8").encode(), "application/vnd.recordare.musicxml+xml"),
        (XML.format("UTF-16").encode("utf-16"), "application/vnd.recordare.musicxml+xml"),
        (compressed(), "application/vnd.recordare.musicxml"),
    ],
)
def test_a_written_tune_is_known_by_its_beginning(data: bytes, kind: str) -> None:
    assert sniffed(data) == kind


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"#EXTM3U\nhttp://example.com/x", b"<html>X:1</html>", b"PK\x03\x04"]
)
def test_what_no_task_takes_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(UserError) as refusal:
        sniffed(data)
    assert refusal.value.problem.key == "error.unknown_file"
