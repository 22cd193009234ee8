"""A visitor's own pictures: what is learnt of them, and one clear sentence for everything that is none."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch
from PIL import Image

from aigc_demo import i18n
from aigc_demo.learning.pictures import album, data, model
from aigc_demo.tasks.train_pictures.params import TrainPicturesParams
from aigc_demo.tasks.train_pictures.pipeline import PictureTrainer
from aigc_demo.types import UserError


def picture(kind: str = "PNG", size: tuple[int, int] = (12, 9), colour: str = "red") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, kind)
    return buffer.getvalue()


def packed(folder: Path, members: Mapping[str, bytes]) -> Path:
    path = folder / "pictures.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def several(count: int = 20, folder: str = "", **how: str) -> dict[str, bytes]:
    return {f"{folder}{number:03}.png": picture(**how) for number in range(count)}


def test_pictures_become_squares_and_every_fifth_is_held_back(tmp_path: Path) -> None:
    odd = {"a.jpg": picture("JPEG"), "b.webp": picture("WEBP"), ".DS_Store": b"x", "__MACOSX/._a.jpg": b"x"}
    found = album.read(str(packed(tmp_path, several(18) | odd)))
    assert (len(found.pictures), len(found.held_pictures)) == (16, 4)
    assert found.pictures.shape[1:] == (3, 32, 32)
    assert found.names == ()
    assert torch.allclose(found.held_pictures[0, :, 16, 16], torch.tensor([1.0, -1.0, -1.0]))


def test_what_is_transparent_is_learnt_as_white(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (9, 9), (255, 0, 0, 0)).save(buffer, "PNG")
    found = album.read(str(packed(tmp_path, {f"{n}.png": buffer.getvalue() for n in range(20)})))
    assert float(found.pictures.min()) == 1.0


@pytest.mark.parametrize("method", ["gan", "dcgan", "vae", "flow"])
def test_every_method_learns_them_with_folders_as_labels(tmp_path: Path, method: str) -> None:
    path = packed(tmp_path, several(11, "cats/", colour="red") | several(9, "mice/", colour="blue"))
    asked = {"data": "mine", "method": method, "pictures": str(path), "steps": 3, "width": 16, "seed": 1}
    made = {one.name: one for one in PictureTrainer()(TrainPicturesParams(**asked), lambda _: None)}
    assert made["nearest.png"].meta["role"] == "before", "a link keeps it back"
    (tmp_path / "model").write_bytes(made["model.safetensors"].data or b"")
    net, config = model.read(tmp_path / "model")
    assert config.names == ("cats", "mice")
    drawn = model.draw(net, config, torch.zeros(1, model.noise_size(config)), torch.eye(2)[:1], steps=2)
    assert data.to_bytes(drawn).shape == (1, 32, 32, 3)


def large(_: Path) -> dict[str, bytes]:
    return several(19) | {"z.png": picture(size=(5000, 4000))}


BAD: dict[str, tuple[Callable[[Path], Mapping[str, bytes]], str]] = {
    "too few": (lambda _: several(3), "there are 3, and 20 to 200 are needed"),
    "none": (lambda _: {"notes/.keep": b""}, "there are 0"),
    "too many": (lambda _: several(201), "20 to 200 are needed"),
    "no picture": (lambda _: several(20) | {"b.txt": b"hello"}, "“b.txt” is no picture that can be read"),
    "a clip": (lambda _: several(20) | {"c.gif": picture("GIF")}, "“c.gif” is no picture"),
    "half a picture": (lambda _: several(19) | {"h.png": picture()[:45]}, "“h.png” is damaged"),
    "a tiny one": (lambda _: several(19) | {"t.png": picture(size=(4, 4))}, "“t.png” is too small"),
    "a huge one": (large, "“z.png” is one too many"),
    "a bomb": (lambda _: several(19) | {"bomb.png": bytes(album.MOST_UNPACKED + 1)}, "more than 40 MB"),
    "many folders": (
        lambda _: {name: one for n in range(11) for name, one in several(2, f"{n}/").items()},
        "at most 10",
    ),
    "some in no folder": (lambda _: several(10) | several(10, "cats/"), "every picture lies in one"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_album_is_refused_in_one_sentence(tmp_path: Path, what: str) -> None:
    members, sentence = BAD[what]
    with pytest.raises(UserError) as refusal:
        album.read(str(packed(tmp_path, members(tmp_path))))
    assert (refusal.value.problem.code, refusal.value.problem.field) == ("bad_album", "pictures")
    assert sentence in i18n.message(refusal.value.problem, "en")


def test_half_an_archive_and_none_at_all_are_refused(tmp_path: Path) -> None:
    whole = packed(tmp_path, several()).read_bytes()
    (tmp_path / "half.zip").write_bytes(whole[: len(whole) // 2])
    for path in ("", str(tmp_path / "half.zip")):
        with pytest.raises(UserError) as refusal:
            album.read(path)
        assert refusal.value.problem.code == "bad_album"
