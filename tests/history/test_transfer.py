"""A history can be carried to another house: words, files, dates and stars, under new ids."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from aigc_demo import provenance
from aigc_demo.history import History
from aigc_demo.history.transfer import export_items, import_items
from aigc_demo.settings import Settings
from aigc_demo.tasks.text.params import ChatParams
from aigc_demo.types import Output, Request, UserError


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (16, 16), "red").save(file, "PNG")
    return file.getvalue()


def make(history: History, prompt: str, *outputs: Output) -> str:
    job = history.create(Request("text", "debug-text", ChatParams(prompt=prompt, seed=1), "ann"))
    history.start(job.id)
    history.finish(job.id, "done", outputs, seconds=1.5)
    return job.id


def open_in(folder: Path) -> History:
    return History.open(Settings(data_dir=folder))


def test_everything_comes_back_in_another_house(tmp_path: Path) -> None:
    archive = tmp_path / "mine.zip"
    with closing(open_in(tmp_path / "old")) as old:
        first = make(old, "月亮", Output("text", "text.txt", "text/plain; charset=utf-8", text="床前明月光"))
        make(old, "a red square", Output("image", "image.png", "image/png", data=picture()))
        old.patch("ann", first, starred=True)
        before = old.page("ann").items
        marks = old.file("ann", before[0].id, "image.png").path.read_bytes().count(b"AIGC")
        assert export_items(old, "ann", archive) == 2
    with closing(open_in(tmp_path / "new")) as new:
        assert import_items(new, "ben", archive) == 2
        after = new.page("ben").items
        assert [(job.title, job.created, job.starred, dict(job.params)) for job in after] == [
            (job.title, job.created, job.starred, dict(job.params)) for job in before
        ]
        assert after[1].outputs[0].text == "床前明月光"
        data = new.file("ben", after[0].id, after[0].outputs[0].name).path.read_bytes()
        assert data.count(b"AIGC") == marks, "labelled once, not twice"
        assert provenance.read(data, "image.png") is not None
        assert new.page("ann").items == ()


LINE: dict[str, Any] = {
    "id": "00000000000000000000000000",
    "task": "text",
    "model": "debug-text",
    "status": "done",
    "params": {"prompt": "a"},
    "language": "en",
    "created": "2026-01-01T00:00:00Z",
    "outputs": [{"kind": "image", "name": "image.png", "media_type": "image/png"}],
}


def line(**changed: Any) -> str:
    return json.dumps({**LINE, **changed})


def output(**changed: Any) -> str:
    return line(outputs=[{**LINE["outputs"][0], **changed}])


def zipped(*members: tuple[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


WHOLE = zipped(("items.jsonl", line()), (f"files/{LINE['id']}/image.png", picture()))


def with_method(number: int) -> bytes:
    """Every member claims to be packed in another way."""
    data = bytearray(WHOLE)
    for mark, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = data.find(mark)
        while at >= 0:
            data[at + place : at + place + 2] = number.to_bytes(2, "little")
            at = data.find(mark, at + 4)
    return bytes(data)


def encrypted() -> bytes:
    data = bytearray(WHOLE)
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(mark) + place] |= 1
    return bytes(data)


DAMAGED = {
    "empty": b"",
    "not a zip": b"PK but no",
    "cut short": WHOLE[:-40],
    "flipped bits": bytes([*WHOLE[:50], *(byte ^ 0xFF for byte in WHOLE[50:70]), *WHOLE[70:]]),
    "an unknown way of packing": with_method(77),
    "no bzip2": with_method(12),
    "no LZMA": with_method(14),
    "encrypted": encrypted(),
    "no items": zipped(("else.txt", "")),
    "no JSON": zipped(("items.jsonl", "{")),
    "no UTF-8": zipped(("items.jsonl", b"\xff\xfe")),
    "a line of something else": zipped(("items.jsonl", "{}")),
    "deep JSON": zipped(("items.jsonl", "[" * 100_000)),
    "a missing file": zipped(("items.jsonl", line())),
    "a climbing name": zipped(("items.jsonl", output(name="../../evil.png"))),
    "parameters that no task has": zipped(("items.jsonl", line(params={"flavour": "sweet"}, outputs=[]))),
    "a date without its zone": zipped(("items.jsonl", line(created="2026-01-01T00:00:00", outputs=[]))),
    "a date at the end of time": zipped(
        ("items.jsonl", line(created="9999-12-31T23:59:59-12:00", outputs=[]))
    ),
    "no number of seconds": zipped(("items.jsonl", line(seconds=float("nan"), outputs=[]))),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_archive_is_refused_in_one_sentence(tmp_path: Path, damage: str) -> None:
    archive = tmp_path / "bad.zip"
    archive.write_bytes(DAMAGED[damage])
    with closing(open_in(tmp_path / "data")) as history:
        with pytest.raises(UserError) as caught:
            import_items(history, "ann", archive)
        assert history.page("ann").items == ()
    assert caught.value.problem.code == "bad_archive"


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [
        ("image", "text/html"),
        ("file", "text/html"),
        ("file", "application/javascript"),
        ("image", "audio/wav"),
        ("text", "application/json"),
        ("image", "image/png; x=\r\nSet-Cookie: a=b"),
        ("image", "IMAGE/PNG"),
        ("image", ""),
    ],
)
def test_a_file_of_a_type_that_no_output_has_is_refused(tmp_path: Path, kind: str, media_type: str) -> None:
    archive = tmp_path / "bad.zip"
    metrics = output(kind=kind, media_type=media_type, text="a" if kind == "text" else None)
    archive.write_bytes(zipped(("items.jsonl", metrics), (f"files/{LINE['id']}/image.png", picture())))
    with closing(open_in(tmp_path / "data")) as history, pytest.raises(UserError) as caught:
        import_items(history, "ann", archive)
    assert caught.value.problem.code == "bad_archive"


def test_an_archive_that_is_whole_is_taken(tmp_path: Path) -> None:
    archive = tmp_path / "good.zip"
    archive.write_bytes(WHOLE)
    with closing(open_in(tmp_path / "data")) as history:
        assert import_items(history, "ann", archive) == 1
