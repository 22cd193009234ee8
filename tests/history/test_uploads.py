"""Uploads: the visitor's own, named for show only, gone when forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from aigc_demo.history import History
from aigc_demo.types import UserError
from tests.history.making import files_below


def test_an_upload_comes_back_to_its_owner_alone(history: History) -> None:
    upload = history.put_upload("alice", "猫.png", "image/png", b"bytes")
    name, media_type, path = history.get_upload("alice", upload)
    assert (name, media_type, path.read_bytes()) == ("猫.png", "image/png", b"bytes")
    for owner, upload_id in (("bob", upload), ("alice", "0" * 26), ("alice", "../x"), ("alice", "")):
        with pytest.raises(UserError) as caught:
            history.get_upload(owner, upload_id)
        assert caught.value.status == 404


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\cat.png", "cat.png"),
        ("a\r\nSet-Cookie: x", "a Set-Cookie: x"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("", "upload"),
        ("/", "upload"),
        ("x" * 500, "x" * 200),
        ("nul\x00.png", "nul\ufffd.png"),
        ("\ud800.png", "?.png"),
    ],
)
def test_a_name_is_only_shown(history: History, tmp_path: Path, name: str, shown: str) -> None:
    upload = history.put_upload("alice", name, "image/png", b"x")
    found = history.get_upload("alice", upload)
    assert found.name == shown
    assert found.path.name == "upload.png"
    assert found.path.is_relative_to(tmp_path / "media" / "uploads")


def test_a_strange_media_type_becomes_a_plain_file(history: History) -> None:
    upload = history.put_upload("alice", "x", "../../x\r\n", b"")
    assert history.get_upload("alice", upload).path.name == "upload.bin"


def test_an_upload_that_vanished_says_so(history: History, tmp_path: Path) -> None:
    upload = history.put_upload("alice", "x.png", "image/png", b"x")
    for path in files_below(tmp_path / "media"):
        path.unlink()
    with pytest.raises(UserError) as caught:
        history.get_upload("alice", upload)
    assert caught.value.problem.code == "file_missing"
