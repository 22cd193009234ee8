"""A history can be carried to another installation: words, files, dates and stars, under new ids."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import random
import re
import struct
import warnings
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from aigc_demo import i18n, provenance
from aigc_demo.archive import import_items, select, stream
from aigc_demo.explain import VERSION
from aigc_demo.history import History
from aigc_demo.history.bundles import sidecar_names
from aigc_demo.history.explanations import NAME, keep
from aigc_demo.settings import Settings
from aigc_demo.tasks.style.params import StyleParams
from aigc_demo.tasks.text.params import ChatParams
from aigc_demo.types import Job, Output, Request, UserError

TOKENS = {
    "bits": 3.5,
    "settings": {"temperature": 1.0, "top_p": 1.0, "top_k": 0, "repetition_penalty": 1.0},
    "more": 0,
    "tokens": [
        {"text": text, "bits": bits, "steps": [{"p": 0.3, "q": 0.3, "choices": [], "cut": {"settings": 0.0}}]}
        for text, bits in (("a", 1.5), ("<b>", 2.0))
    ],
}
"""As a look into a text tells it, in small."""


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


def exported(history: History, owner: str = "ann", ids: list[str] | None = None) -> bytes:
    return b"".join(stream(history, select(history, owner, ids, 10**9), "en"))


def bring(history: History, data: bytes, owner: str = "ann", **options: Any) -> int:
    return import_items(history, owner, io.BytesIO(data), name="mine.zip", **options)


def stored(history: History, job: Job) -> dict[str, bytes]:
    """Every file of an item, those beside its outputs too."""
    names = {output.name for output in job.outputs} | sidecar_names(job)
    found = {}
    for name in names:
        with contextlib.suppress(UserError):
            found[name] = history.file(job.owner, job.id, name).path.read_bytes()
    return found


def test_everything_comes_back_elsewhere_byte_for_byte(tmp_path: Path) -> None:
    with closing(open_in(tmp_path / "old")) as old:
        first = make(old, "月亮", Output("text", "text.txt", "text/plain; charset=utf-8", text="床前明月光"))
        make(old, "a red square", Output("image", "image.png", "image/png", data=picture()))
        old.patch("ann", first, starred=True)
        old.links.make("ann", first, show_prompt=True)
        before = old.page("ann").items
        files = [stored(old, job) for job in before]
        archive = exported(old)
    with closing(open_in(tmp_path / "new")) as new:
        assert bring(new, archive, "ben") == 2
        after = new.page("ben").items
        assert [(job.title, job.created, job.starred, dict(job.params), job.seconds) for job in after] == [
            (job.title, job.created, job.starred, dict(job.params), job.seconds) for job in before
        ]
        assert [[dict(output.meta) for output in job.outputs] for job in after] == [
            [dict(output.meta) for output in job.outputs] for job in before
        ]
        assert [stored(new, job) for job in after] == files
        assert len(files[0]) > 1, "thumbnails and labels too"
        assert new.links.of_job("ben", after[1].id) is None, "links stay where they were made"
        assert new.page("ann").items == ()
        assert [job.id for job in new.page("ben", query="明月").items] == [after[1].id]
        again = exported(new, "ben")
    with closing(open_in(tmp_path / "third")) as third:
        assert bring(third, again) == 2
        assert [stored(third, job) for job in third.page("ann").items] == files


def test_a_clip_whose_label_stands_beside_it_as_once_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def beside(result: provenance.Stamped, metadata: provenance.Metadata) -> provenance.Stamped:
        return replace(result, sidecar=provenance._sidecar(provenance.labels_for(metadata)))

    monkeypatch.setattr(provenance, "STEPS", (beside,))
    with closing(open_in(tmp_path / "old")) as old:
        buffer = io.BytesIO()
        Image.new("RGB", (8, 8)).save(buffer, "GIF")
        make(old, "a clip", Output("file", "a.gif", "image/gif", data=buffer.getvalue()))
        archive = exported(old)
    monkeypatch.undo()
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert json.loads(opened.comment)["AIGC"]["Label"] == "1"
    with closing(open_in(tmp_path / "new")) as new:
        assert bring(new, archive) == 1


def test_some_items_may_be_exported_and_no_one_else_s(tmp_path: Path) -> None:
    with closing(open_in(tmp_path / "data")) as history:
        ids = [make(history, f"cat {n}", Output("text", "t", "text/plain", text="a")) for n in range(3)]
        with zipfile.ZipFile(io.BytesIO(exported(history, ids=[ids[1]]))) as archive:
            lines = archive.read("items.jsonl").decode().splitlines()
            assert [json.loads(line)["id"] for line in lines] == [ids[1]]
            assert all(name.startswith(("items", "index", f"files/{ids[1]}/")) for name in archive.namelist())
        with pytest.raises(UserError) as caught:
            select(history, "ben", [ids[1]], 10**9)
        assert caught.value.status == 404
        assert select(history, "ben", None, 10**9).ids == ()


def test_what_was_made_from_an_item_names_it_by_its_new_id(tmp_path: Path) -> None:
    with closing(open_in(tmp_path / "old")) as old:
        source = make(old, "a square", Output("image", "image.png", "image/png", data=picture()))
        params = StyleParams(content=f"{source}/image.png", seed=1)
        job = old.create(Request("style", "debug-style", params, "ann", "en", source))
        old.start(job.id)
        old.finish(job.id, "done", [Output("image", "image.png", "image/png", data=picture())], seconds=1)
        archive = exported(old)
    with closing(open_in(tmp_path / "new")) as new:
        bring(new, archive)
        made, before = new.page("ann").items
        assert made.parent == before.id
        assert made.params["content"] == f"{before.id}/image.png"


def test_what_was_brought_in_goes_along_once_and_is_named_by_its_new_id(tmp_path: Path) -> None:
    photo = picture()
    with closing(open_in(tmp_path / "old")) as old:
        upload = old.put_upload("ann", "my photo.png", "image/png", photo)
        for _ in range(2):
            params = StyleParams(content=upload, seed=1)
            job = old.create(Request("style", "debug-style", params, "ann"))
            old.start(job.id)
            old.finish(job.id, "done", [Output("image", "a.png", "image/png", data=photo)], seconds=1.0)
        archive = exported(old)
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert [name for name in opened.namelist() if name.startswith("brought/")] == [
            f"brought/{upload}.png"
        ]
    with closing(open_in(tmp_path / "new")) as new:
        assert bring(new, archive, "ben") == 2
        (named,) = {job.params["content"] for job in new.page("ben").items}
        kept = new.get_upload("ben", named)
        assert (kept.name, kept.path.read_bytes()) == ("my photo.png", photo)
        for job in new.page("ben").items:
            new.delete("ben", [job.id])
        new.purge(0, sure=True)
        with pytest.raises(UserError):
            new.get_upload("ben", named)


def test_a_photo_that_is_none_is_not_brought_in_and_nothing_stays(tmp_path: Path) -> None:
    with closing(open_in(tmp_path / "old")) as old:
        upload = old.put_upload("ann", "a.png", "image/png", b"no picture")
        job = old.create(Request("style", "debug-style", StyleParams(content=upload, seed=1), "ann"))
        old.start(job.id)
        old.finish(job.id, "done", [Output("image", "a.png", "image/png", data=picture())], seconds=1.0)
        archive = exported(old)
    with closing(open_in(tmp_path / "new")) as new:
        with pytest.raises(UserError):
            bring(new, archive)
        assert new.page("ann").items == () and new.kept("ann").uploads == 0


def test_an_export_is_bounded(tmp_path: Path) -> None:
    with closing(open_in(tmp_path / "data")) as history:
        make(history, "a", Output("image", "image.png", "image/png", data=picture()))
        with pytest.raises(UserError) as caught:
            select(history, "ann", None, 10)
    assert caught.value.status == 413


def test_an_item_that_is_deleted_meanwhile_is_left_out(tmp_path: Path) -> None:
    with closing(open_in(tmp_path / "data")) as history:
        ids = [make(history, f"cat {n}", Output("text", "t", "text/plain", text="a")) for n in range(2)]
        selection = select(history, "ann", None, 10**9)
        history.delete("ann", [ids[0]])
        with zipfile.ZipFile(io.BytesIO(b"".join(stream(history, selection, "zh")))) as archive:
            assert len(archive.read("items.jsonl").splitlines()) == 1


def test_pieces_are_small_however_large_the_files(tmp_path: Path) -> None:
    noise = random.Random(7).randbytes(3_000_000)
    with closing(open_in(tmp_path / "data")) as history:
        make(history, "a", Output("file", "noise.bin", "application/octet-stream", data=noise))
        pieces = list(stream(history, select(history, "ann", None, 10**9), "en"))
    assert max(map(len, pieces)) < 600_000
    assert sum(map(len, pieces)) > len(noise)


def test_the_page_in_it_opens_offline(tmp_path: Path) -> None:
    words = "<script>alert(1)</script> \u202egnp.exe"
    with closing(open_in(tmp_path / "data")) as history:
        make(history, words, Output("image", "image.png", "image/png", data=picture()))
        make(history, "b", Output("text", "t", "text/plain", text="<b>bold</b>"))
        with zipfile.ZipFile(io.BytesIO(exported(history))) as archive:
            page = archive.read("index.html").decode()
            addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
            assert addresses
            assert set(addresses) <= set(archive.namelist())
    assert "<script" not in page
    assert "&lt;b&gt;bold" in page


def test_what_was_seen_inside_an_item_goes_along_and_is_read_offline(tmp_path: Path) -> None:
    seen = {"version": VERSION, "sections": [{"kind": "tokens", "data": TOKENS, "remarks": []}]}
    with closing(open_in(tmp_path / "old")) as history:
        told = make(history, "a", Output("text", "t", "text/plain", text="a b"))
        make(history, "b", Output("text", "t", "text/plain", text="b"))
        look, _ = history.explanations.ask(history.get("ann", told))
        inside = Output("file", NAME, "application/json", data=json.dumps(seen).encode())
        keep(history._media, look, inside)
        data = exported(history)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        looks = [name for name in archive.namelist() if name.endswith(NAME)]
        assert looks == [f"files/{told}/{NAME}"]
        assert json.loads(archive.read(looks[0]))["sections"] == seen["sections"]
        page = archive.read("index.html").decode()
    assert page.count("<details>") == 1
    assert "&lt;b&gt;" in page.split("<details>")[1], "what is told is text, whatever it says"
    with closing(open_in(tmp_path / "new")) as history:
        assert bring(history, data) == 2
        copies = history.page("ann").items
        assert all(history.explanations.read("ann", copy.id) is None for copy in copies)


def test_imported_items_count_among_what_a_visitor_brings_in(tmp_path: Path) -> None:
    with closing(open_in(tmp_path / "old")) as old:
        make(old, "a", Output("image", "image.png", "image/png", data=picture()))
        archive = exported(old)
    small = Settings(data_dir=tmp_path / "new", max_upload_mb_per_visitor=0.01)
    with closing(History.open(small)) as new:
        assert bring(new, archive, most_bytes=10**6) == 1
        with pytest.raises(UserError) as caught:
            for _ in range(9):
                bring(new, archive, most_bytes=10**6)
        assert caught.value.problem.code == "quota_full"
        kept = len(new.page("ann").items)
        with pytest.raises(UserError) as caught:
            new.put_upload("ann", "a.txt", "text/plain", b"a" * 9900)
        assert caught.value.problem.code == "quota_full"
        assert len(new.page("ann").items) == kept
        assert new.put_upload("ben", "a.txt", "text/plain", b"a" * 100)


def test_where_one_item_cannot_be_kept_none_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(open_in(tmp_path / "old")) as old:
        for n in range(3):
            make(old, f"cat {n}", Output("text", "t", "text/plain", text="a"))
        archive = exported(old)
    with closing(open_in(tmp_path / "new")) as new:
        real, calls = new._media.put, []

        def put(key: str, files: Any) -> None:
            calls.append(key)
            if len(calls) == 3:
                raise OSError(28, "No space left on device")
            real(key, files)

        monkeypatch.setattr(new._media, "put", put)
        with pytest.raises(UserError) as caught:
            bring(new, archive)
        assert caught.value.problem.code == "disk_full"
        assert new.page("ann").items == ()
    assert not list((tmp_path / "new" / "media").rglob("*.txt"))


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
            with warnings.catch_warnings(action="ignore"):  # of a name that is there already
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
    "no items": zipped(("index.html", "")),
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


def hashed(data: bytes, told: bytes | None = None, **changed: Any) -> bytes:
    """An archive of one picture, its hash told as of ``told``."""
    told = data if told is None else told
    line = output(sha256=hashlib.sha256(told).hexdigest(), **changed)
    return zipped(("items.jsonl", line), (f"files/{LINE['id']}/image.png", data))


def lying_about_its_size() -> bytes:
    """A member that says it is small, and is not."""
    data = bytearray(zipped(("items.jsonl", "\n" * 100_000)))
    place = data.find(b"PK\x01\x02") + 24
    data[place : place + 4] = (10).to_bytes(4, "little")
    return bytes(data)


REFUSED = {
    "a path upwards": (zipped(("items.jsonl", ""), ("../evil", "a")), "foreign_archive"),
    "a path from the root": (zipped(("items.jsonl", ""), ("/etc/passwd", "a")), "foreign_archive"),
    "a path with a drive": (zipped(("items.jsonl", ""), ("C:\\evil", "a")), "foreign_archive"),
    "a path inside a folder of ours": (
        zipped(("items.jsonl", ""), (f"files/{LINE['id']}/../x", "a")),
        "foreign_archive",
    ),
    "something else": (zipped(("items.jsonl", ""), ("evil.exe", "a")), "foreign_archive"),
    "a name twice": (zipped(("items.jsonl", ""), ("items.jsonl", "")), "foreign_archive"),
    "a wrong hash": (hashed(picture(), b"another"), "archive_changed"),
    "a picture that nobody labelled": (hashed(picture()), "bad_archive"),
    "no hash at all": (output(sha256="x").encode(), "bad_archive"),
    "a bomb": (
        zipped(("items.jsonl", ""), (f"files/{LINE['id']}/a.png", bytes(30_000_000))),
        "archive_too_large",
    ),
    "a bomb of lines": (zipped(("items.jsonl", "\n" * 30_000_000)), "archive_too_large"),
    "a size that is a lie": (lying_about_its_size(), "bad_archive"),
    "one item twice": (zipped(("items.jsonl", f"{line(outputs=[])}\n{line(outputs=[])}")), "bad_archive"),
    "a model that no task has": (
        zipped(("items.jsonl", line(task="none", outputs=[]))),
        ("bad_archive", "unknown_task"),
    ),
}


@pytest.mark.parametrize("why", REFUSED)
def test_an_archive_of_something_else_is_refused_in_one_sentence(tmp_path: Path, why: str) -> None:
    data, code = REFUSED[why]
    with closing(open_in(tmp_path / "data")) as history:
        with pytest.raises(UserError) as caught:
            bring(history, data, most_bytes=20_000_000)
        assert history.page("ann").items == ()
        assert history.stats()["outputs"] == 0
    assert caught.value.problem.code in code
    assert i18n.message(caught.value.problem, "en").startswith(
        ("“mine.zip”", "In “mine.zip”", "There is no task")
    )
    assert not [path for path in (tmp_path / "data" / "media").rglob("*") if path.is_file()]


def test_a_list_of_millions_of_entries_is_not_even_read(tmp_path: Path) -> None:
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65_535, 65_535, 400_000_000, 0, 0)
    with closing(open_in(tmp_path / "data")) as history, pytest.raises(UserError):
        bring(history, b"PK\x03\x04" + bytes(1000) + end)


def test_what_computers_add_when_they_pack_is_passed_over(tmp_path: Path) -> None:
    data = zipped(
        ("items.jsonl", ""), ("__MACOSX/._items.jsonl", "x"), ("files/.DS_Store", "x"), ("files/", "")
    )
    with closing(open_in(tmp_path / "data")) as history:
        assert bring(history, data) == 0


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_archive_is_refused_in_one_sentence(tmp_path: Path, damage: str) -> None:
    with closing(open_in(tmp_path / "data")) as history:
        with pytest.raises(UserError) as caught:
            bring(history, DAMAGED[damage])
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
    told = output(kind=kind, media_type=media_type, text="a" if kind == "text" else None)
    data = zipped(("items.jsonl", told), (f"files/{LINE['id']}/image.png", picture()))
    with closing(open_in(tmp_path / "data")) as history, pytest.raises(UserError) as caught:
        bring(history, data)
    assert caught.value.problem.code == "bad_archive"


def test_an_archive_of_an_earlier_version_is_taken_and_labelled(tmp_path: Path) -> None:
    """Its lines tell no hashes."""
    with closing(open_in(tmp_path / "data")) as history:
        assert bring(history, WHOLE) == 1
        job = history.page("ann").items[0]
        data = history.file("ann", job.id, "image.png").path.read_bytes()
        assert provenance.read(data, "image.png") is not None
