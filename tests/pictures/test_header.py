"""A picture's kind and size come from its header alone, and are what Pillow makes of the whole file."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from aigc_demo.pictures import header

CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("PNG", "RGB", {}),
    ("PNG", "LA", {}),
    ("PNG", "1", {}),
    ("JPEG", "RGB", {}),
    ("JPEG", "CMYK", {"progressive": True}),
    ("JPEG", "L", {"icc_profile": b"x" * 200_000}),
    ("GIF", "P", {}),
    ("WEBP", "RGB", {}),
    ("WEBP", "RGBA", {"lossless": True}),
    ("WEBP", "RGB", {"icc_profile": b"x" * 100}),
]


def drawn(kind: str, mode: str, size: tuple[int, int], **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("size", [(1, 1), (37, 300), (16_383, 2)])
@pytest.mark.parametrize(("kind", "mode", "options"), CASES)
def test_kind_and_size_are_told_from_the_header(
    kind: str, mode: str, options: dict[str, Any], size: tuple[int, int]
) -> None:
    data = drawn(kind, mode, size, **options)
    assert header.read(data) == header.Header(kind, *size)


def test_moving_pictures_have_the_size_of_their_canvas() -> None:
    frames = [Image.new("RGB", (20, 30), colour) for colour in ("red", "blue")]
    for kind in ("GIF", "WEBP"):
        buffer = io.BytesIO()
        frames[0].save(buffer, kind, save_all=True, append_images=frames[1:])
        assert header.read(buffer.getvalue()) == header.Header(kind, 20, 30)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_header_that_is_cut_short_is_none(kind: str) -> None:
    data = drawn(kind, "RGB", (8, 8))
    found = [header.read(data[:length]) for length in range(len(data))]
    whole = header.Header(kind, 8, 8)
    known = found.index(whole) if whole in found else len(found)
    assert found[:known] == [None] * known
    assert set(found[known:]) <= {whole}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"BM" + bytes(60),
        b"\x89PNG\r\n\x1a\n" + bytes(30),
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(20),
        b"\xff\xd8\xff\xe0\0\0" + bytes(20),
        b"\xff\xd8\xff\xda\0\2" + bytes(20),
        b"RIFF\0\0\0\0WAVEfmt " + bytes(20),
        b"RIFF\0\0\0\0WEBPVP8 " + bytes(20),
    ],
)
def test_what_is_no_picture_has_no_header(data: bytes) -> None:
    assert header.read(data) is None


def test_a_file_that_only_claims_to_be_vast_is_told_without_making_room_for_it() -> None:
    canvas = b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff\x3f\0" * 2
    assert header.read(canvas + bytes(8)) == header.Header("WEBP", 16_384, 16_384)
