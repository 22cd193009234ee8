"""A history can be carried to another house: words, files, dates and stars, under new ids."""

from __future__ import annotations

import io
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from aigc_demo import provenance
from aigc_demo.history import History
from aigc_demo.history.transfer import export_items, import_items
from aigc_demo.settings import Settings
from aigc_demo.tasks.text import TextParams
from aigc_demo.types import Output, Request, UserError


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (16, 16), "red").save(file, "PNG")
    return file.getvalue()


def make(history: History, prompt: str, *outputs: Output) -> str:
    job = history.create(Request("text", "debug-text", TextParams(prompt=prompt, seed=1), "ann"))
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


@pytest.mark.parametrize("damage", ["not a zip", "no items", "bad line", "missing file", "climbing name"])
def test_a_damaged_archive_is_refused_in_words(tmp_path: Path, damage: str) -> None:
    archive = tmp_path / "bad.zip"
    line = (
        '{"id": "00000000000000000000000000", "task": "text", "model": "debug-text", "status": "done",'
        ' "params": {"prompt": "a"}, "language": "en", "created": "2026-01-01T00:00:00Z", "outputs":'
        ' [{"kind": "image", "name": "NAME", "media_type": "image/png"}]}'
    )
    if damage == "not a zip":
        archive.write_bytes(b"PK but no")
    else:
        with zipfile.ZipFile(archive, "w") as file:
            if damage == "bad line":
                file.writestr("items.jsonl", "{}")
            if damage == "missing file":
                file.writestr("items.jsonl", line.replace("NAME", "image.png"))
            if damage == "climbing name":
                file.writestr("items.jsonl", line.replace("NAME", "../../evil.png"))
    with closing(open_in(tmp_path / "data")) as history, pytest.raises(UserError) as caught:
        import_items(history, "ann", archive)
    assert caught.value.problem.code == "bad_archive"
