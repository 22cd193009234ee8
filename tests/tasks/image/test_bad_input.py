"""Files that lie, burst, break or tell too much: what the Image task makes of each."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from aigc_demo.tasks.image import canvas
from aigc_demo.tasks.image.debug import TinyEnlarger
from aigc_demo.tasks.image.params import ImageParams
from aigc_demo.tasks.image.upscale import Upscale
from aigc_demo.types import Output, UserError


def gradient(width: int = 48, height: int = 32) -> Image.Image:
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.stack([x, y, 255 - x], -1).astype(np.uint8))


def encoded(kind: str = "PNG", image: Image.Image | None = None, **options: object) -> bytes:
    buffer = io.BytesIO()
    (image or gradient()).save(buffer, kind, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def written(folder: Path, data: bytes, name: str = "photo.png") -> str:
    (folder / name).write_bytes(data)
    return str(folder / name)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_of(width: int, height: int, *more: bytes) -> bytes:
    """A PNG that claims to be this large, with chunks of one's own before its end."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(more) + chunk(b"IEND", b"")


def with_chunk(kind: bytes, body: bytes) -> bytes:
    """A good PNG with one chunk more behind its header."""
    good = encoded()
    return good[:33] + chunk(kind, body) + good[33:]


def refusal(folder: Path, data: bytes) -> UserError:
    with pytest.raises(UserError) as caught:
        canvas.read(written(folder, data), "image")
    assert caught.value.problem.field == "image"
    return caught.value


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\x89PNG\r\n\x1a\n",
        b"SIMPLE  =                    T / FITS" + b" " * 2843,
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99999 99999\n",
        b"8BPS\x00\x01" + bytes(30),
        b"icns\x00\x00\x00\x10ic07\x00\x00\x00\x08",
        b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(40),
        b"BLP2" + bytes(60),
        b"<svg xmlns='http://www.w3.org/2000/svg'><image href='http://host/'/></svg>",
        b"%PDF-1.7\n",
        b"GIF89a" + bytes(20),
        encoded("GIF"),
        encoded("TIFF"),
        encoded("BMP"),
    ],
    ids=range(15),
)
def test_only_png_jpeg_and_webp_are_read_whatever_a_file_is_called(tmp_path: Path, data: bytes) -> None:
    assert refusal(tmp_path, data).problem.code == "bad_picture"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_file_cut_short_is_refused(tmp_path: Path, kind: str) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    whole = encoded(kind, noise)
    assert refusal(tmp_path, whole[: len(whole) // 3]).problem.code == "bad_picture"


def test_a_wrong_checksum_is_refused(tmp_path: Path) -> None:
    good = bytearray(encoded())
    good[30] ^= 0xFF  # in the header's checksum
    assert refusal(tmp_path, bytes(good)).problem.code == "bad_picture"


@pytest.mark.parametrize(
    ("size", "code"),
    [
        ((30_000, 30_000), "picture_too_large"),
        ((13_000, 7_000), "picture_too_large"),
        ((4001, 4000), "picture_too_large"),
        ((1, 65_000), "picture_too_small"),
        ((65_000, 1), "picture_too_small"),
    ],
)
def test_a_size_is_judged_by_the_header_before_anything_is_decoded(
    tmp_path: Path, size: tuple[int, int], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        PngImagePlugin.PngImageFile, "load", lambda _: pytest.fail("the picture was decoded"), raising=False
    )
    assert refusal(tmp_path, png_of(*size, chunk(b"IDAT", zlib.compress(b"")))).problem.code == code


def test_a_file_over_ten_megabytes_is_refused_unopened(tmp_path: Path) -> None:
    heavy = encoded() + bytes(10_000_000)
    assert refusal(tmp_path, heavy).problem.values["limit"] == 10


@pytest.mark.parametrize(
    "data",
    [
        with_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(80_000_000))),
        with_chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(80_000_000))),
    ],
    ids=["zTXt", "iCCP"],
)
def test_text_that_unpacks_to_a_bomb_does_not_burst(tmp_path: Path, data: bytes) -> None:
    try:
        assert canvas.read(written(tmp_path, data), "image").size == (48, 32)
    except UserError as error:
        assert error.problem.code == "bad_picture"


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_moves_is_refused(tmp_path: Path, kind: str) -> None:
    frames = [gradient().rotate(angle) for angle in (5, 10)]
    data = encoded(kind, save_all=True, append_images=frames)
    assert refusal(tmp_path, data).problem.key == "error.picture.moves"


def test_a_thousand_frames_are_refused_by_their_count(tmp_path: Path) -> None:
    data = with_chunk(b"acTL", struct.pack(">II", 10_000, 0))
    assert refusal(tmp_path, data).problem.key == "error.picture.moves"


@pytest.mark.parametrize(
    "image",
    [
        Image.fromarray(np.linspace(0, 65535, 48 * 32).reshape(32, 48).astype(np.uint16)),
        gradient().convert("L"),
        gradient().convert("1"),
        gradient().convert("P"),
        gradient().convert("LA"),
        gradient().quantize(8),
    ],
    ids=["16-bit", "L", "1", "P", "LA", "few colours"],
)
def test_every_kind_of_pixel_becomes_upright_rgb(tmp_path: Path, image: Image.Image) -> None:
    picture = canvas.read(written(tmp_path, encoded(image=image)), "image")
    assert picture.image.mode == "RGB"
    assert picture.size == (48, 32)
    low, high = picture.image.convert("L").getextrema()
    assert high - low > 60  # type: ignore[operator]


def test_inks_become_colours(tmp_path: Path) -> None:
    picture = canvas.read(written(tmp_path, encoded("JPEG", gradient().convert("CMYK"))), "image")
    difference = np.asarray(picture.image).astype(int) - np.asarray(gradient()).astype(int)
    assert np.abs(difference).mean() < 12


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_picture_is_turned_as_its_camera_meant(tmp_path: Path, turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    picture = canvas.read(written(tmp_path, encoded("JPEG", exif=exif)), "image")
    assert picture.size == ((48, 32) if turn < 5 else (32, 48))


def test_a_broken_profile_is_left_aside(tmp_path: Path) -> None:
    picture = canvas.read(written(tmp_path, encoded(icc_profile=b"nonsense" * 20)), "image")
    assert np.array_equal(np.asarray(picture.image), np.asarray(gradient()))


def enlarged(folder: Path, data: bytes) -> tuple[Output, ...]:
    return Upscale(TinyEnlarger())(ImageParams(image=written(folder, data), scale=2), lambda _: None)


def test_nothing_a_file_says_of_a_place_or_a_person_survives(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "<script>alert(1)</script>"
    exif[0x8825] = {1: "N", 2: (48.0, 8.0, 0.0), 3: "E", 4: (11.0, 34.0, 0.0)}
    for data in (
        encoded("JPEG", exif=exif, comment=b"<script>home</script>"),
        encoded("WEBP", exif=exif),
        with_chunk(b"tEXt", b"Comment\0<script>home</script>"),
    ):
        for output in enlarged(tmp_path, data):
            result = output.data or b""
            assert b"script" not in result
            assert b"Exif" not in result
            assert b"EXIF" not in result
            assert not Image.open(io.BytesIO(result)).getexif()


@pytest.mark.parametrize("tail", [b"<html><script>x</script>", b"%PDF-1.7 x", b"PK\x03\x04 zip"])
def test_what_is_hidden_behind_a_picture_is_gone_after_it(tmp_path: Path, tail: bytes) -> None:
    for output in enlarged(tmp_path, encoded() + tail):
        assert tail not in (output.data or b"")


def test_a_mask_and_a_control_picture_are_read_as_carefully(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        canvas.read_mask(written(tmp_path, encoded("GIF")), (48, 32))
    assert caught.value.problem.field == "mask"
