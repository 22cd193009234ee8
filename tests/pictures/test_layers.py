"""A picture carries its parts in a chunk, which is read within bounds, whoever wrote it."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from aigc_demo.pictures.layers import CHUNK, MOST, Layer, Layers, embedded, read


def png(size: tuple[int, int] = (96, 64)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "white").save(buffer, "PNG")
    return buffer.getvalue()


def two_layers() -> Layers:
    red = Image.new("RGBA", (40, 30), (220, 30, 30, 255))
    things = (
        Layer(red, (5, 6, 20, 15), "house", "house", home="back", stands=True),
        Layer(red, (9, 1, 8, 8), "cat", "猫", True, "running", "land", 0, rides=True),
    )
    return Layers(Image.new("RGB", (96, 64), (20, 120, 60)), things, "rain", "night", "a cat")


def with_chunk(body: bytes) -> bytes:
    data = png()
    chunk = struct.pack(">I", len(body)) + CHUNK + body + struct.pack(">I", zlib.crc32(CHUNK + body))
    return data[:-12] + chunk + data[-12:]


def test_a_picture_with_layers_is_a_picture_and_gives_them_back(tmp_path: Path) -> None:
    path = tmp_path / "scene.png"
    path.write_bytes(embedded(png(), two_layers()))
    assert Image.open(path).convert("RGB").getpixel((3, 3)) == (255, 255, 255)
    found = read(path)
    assert found is not None
    assert [(one.box, one.name, one.label, one.flip, one.motion, one.parent) for one in found.things] == [
        ((5, 6, 20, 15), "house", "house", False, "", -1),
        ((9, 1, 8, 8), "cat", "猫", True, "running", 0),
    ]
    assert found.things[0].image.size == (40, 30)
    assert (found.weather, found.time, found.ground.size) == ("rain", "night", (96, 64))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        png(),
        with_chunk(b""),
        with_chunk(b"\xff" * 40),
        with_chunk(struct.pack(">III", 4, 0, 0) + b"null"),
        with_chunk(struct.pack(">III", 2**31, 5, 5) + b"{}"),
        with_chunk(struct.pack(">III", 50_000, 0, 0) + b"[" * 50_000),
    ],
)
def test_a_file_without_layers_that_can_be_believed_has_none(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "other.png"
    path.write_bytes(data)
    assert read(path) is None


@pytest.mark.parametrize("lie", ['"box": [5, 6, 20', '"size": [40, 30', '"picture": 0', '"parent": -1'])
def test_layers_that_lie_of_themselves_are_refused_or_brought_back(tmp_path: Path, lie: str) -> None:
    data = embedded(png(), two_layers())
    start = data.index(CHUNK) + 4
    head = int.from_bytes(data[start : start + 4])
    text = data[start + 12 : start + 12 + head].decode()
    number = lie.rsplit(" ", 1)[1]
    changed = text.replace(lie, lie[: -len(number)] + "9" * 9)
    body = bytearray(data[start : data.index(b"IEND") - 8])
    body[:4] = struct.pack(">I", len(changed.encode()))
    body[12 : 12 + head] = changed.encode()
    path = tmp_path / "lies.png"
    path.write_bytes(with_chunk(bytes(body)))
    found = read(path)
    assert found is None or all(-1 <= one.parent < 2 for one in found.things)


def test_a_chunk_of_megabytes_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(with_chunk(bytes(MOST + 1)))
    assert read(path) is None
