"""What may come in, what is refused in words, and what of a file survives."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from aigc_demo.guard import uploads
from aigc_demo.pictures.picture import (
    Picture,
    encode_png,
    encode_preview,
    keep_colours,
    read_picture,
    sniff,
    to_image,
    to_tensor,
)
from aigc_demo.types import UserError


def saved(path: Path, image: Image.Image, kind: str = "PNG", **options: object) -> Path:
    image.save(path, kind, **options)  # type: ignore[arg-type]
    return path


def gradient(width: int = 48, height: int = 32) -> Image.Image:
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.stack([x, y, 255 - x], -1).astype(np.uint8))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_the_known_kinds_are_read_whatever_they_are_called(tmp_path: Path, kind: str) -> None:
    path = saved(tmp_path / "photo.txt", gradient(), kind)
    assert sniff(path) == kind
    picture = read_picture(path, "content")
    assert picture.size == (48, 32)
    assert picture.image.mode == "RGB"


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "ICO", "PPM", "TGA", "PCX"])
def test_other_kinds_are_refused_even_under_a_false_name(tmp_path: Path, kind: str) -> None:
    with pytest.raises(UserError, match="bad_picture"):
        read_picture(saved(tmp_path / "photo.png", gradient(), kind), "content")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
    ],
)
def test_what_is_no_picture_is_refused_in_words(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(data)
    with pytest.raises(UserError, match="bad_picture") as caught:
        read_picture(path, "content")
    assert caught.value.problem.field == "content"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_cut_short_is_refused_in_words(tmp_path: Path, kind: str) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8))
    path = saved(tmp_path / "photo", noise, kind)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    with pytest.raises(UserError, match="bad_picture"):
        read_picture(path, "content")


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    data = b"IDAT" + zlib.compress(b"\x00" * 100)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk
        + struct.pack(">I", len(data) - 4)
        + data
        + struct.pack(">I", zlib.crc32(data))
    )


@pytest.mark.parametrize(
    ("size", "code"),
    [
        ((9434, 9434), "picture_too_large"),
        ((30000, 30000), "picture_too_large"),
        ((4001, 4000), "picture_too_large"),
        ((65000, 1), "picture_too_small"),
        ((1, 1), "picture_too_small"),
    ],
)
def test_sizes_are_judged_by_the_header_alone(tmp_path: Path, size: tuple[int, int], code: str) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(png_header(*size))
    with pytest.raises(UserError) as caught:
        read_picture(path, "content")
    assert caught.value.problem.code in (code, "bad_picture")  # Pillow itself refuses the largest
    if max(size) < 20000:
        assert caught.value.problem.code == code


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_as_the_camera_meant_it(tmp_path: Path, orientation: int) -> None:
    upright = Image.new("RGB", (40, 20), "black")
    upright.paste("white", (0, 0, 10, 10))  # a white corner above left
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(turns[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path / "photo.jpg", stored, "JPEG", exif=exif, quality=95)
    picture = read_picture(path, "content")
    assert picture.size == (40, 20)
    assert np.asarray(picture.image)[3, 3].min() > 200
    assert np.asarray(picture.image)[15, 35].max() < 60


def test_places_and_comments_never_reach_the_result(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 24.0)  # a latitude
    exif[0x010E] = "<script>secret</script>"
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "<script>secret</script>")
    path = saved(tmp_path / "photo.png", gradient(), "PNG", exif=exif, pnginfo=text)
    data = encode_png(read_picture(path, "content").image, read_picture(path, "content"))
    assert b"secret" not in data
    again = Image.open(io.BytesIO(data))
    assert not again.getexif()
    assert "Comment" not in again.info


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("L", "PNG"),
        ("1", "PNG"),
        ("P", "PNG"),
        ("LA", "PNG"),
        ("RGBA", "PNG"),
        ("CMYK", "JPEG"),
        ("L", "JPEG"),
    ],
)
def test_every_mode_becomes_colour(tmp_path: Path, mode: str, kind: str) -> None:
    picture = read_picture(saved(tmp_path / "photo", gradient().convert(mode), kind), "content")
    assert picture.image.mode == "RGB"


def test_sixteen_bits_are_scaled_and_not_clipped(tmp_path: Path) -> None:
    values = np.linspace(0, 65535, 32 * 32).reshape(32, 32).astype(np.uint16)
    picture = read_picture(saved(tmp_path / "photo.png", Image.fromarray(values)), "content")
    grey = np.asarray(picture.image)[..., 0].astype(float)
    assert abs(grey.mean() - 127.5) < 2


def test_transparency_is_kept_and_its_hidden_colours_do_not_bleed(tmp_path: Path) -> None:
    image = Image.new("RGBA", (32, 32), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (0, 0, 16, 32))
    picture = read_picture(saved(tmp_path / "photo.png", image), "content")
    assert picture.alpha is not None
    assert np.asarray(picture.image)[5, 25].tolist() == [0, 0, 255]  # the visible parts' mean, not hidden red
    out = Image.open(io.BytesIO(encode_png(picture.image, picture)))
    assert out.mode == "RGBA"
    assert out.getpixel((25, 5))[3] == 0  # type: ignore[index]
    assert out.getpixel((5, 5))[3] == 255  # type: ignore[index]


def test_a_colour_profile_is_followed_and_given_back(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = saved(tmp_path / "photo.png", gradient(), "PNG", icc_profile=profile)
    picture = read_picture(path, "content")
    assert picture.profile == profile
    out = Image.open(io.BytesIO(encode_png(picture.image, picture)))
    assert out.info["icc_profile"] == profile


def test_a_broken_colour_profile_is_ignored(tmp_path: Path) -> None:
    path = saved(tmp_path / "photo.png", gradient(), "PNG", icc_profile=b"broken" * 20)
    picture = read_picture(path, "content")
    assert picture.profile is None
    assert picture.size == (48, 32)


def test_an_animation_as_a_style_is_its_first_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "green", "blue")]
    path = tmp_path / "style.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    assert np.asarray(read_picture(path, "style_image").image)[5, 5].tolist() == [255, 0, 0]


def test_a_long_narrow_picture_keeps_enough_of_its_short_side() -> None:
    picture = Picture(Image.new("RGB", (4000, 20))).fitted(256)
    assert picture.size == (3200, 16)
    assert Picture(Image.new("RGB", (1000, 500))).fitted(100).size == (100, 50)
    assert Picture(Image.new("RGB", (64, 32))).fitted(100).size == (64, 32)


def test_keeping_colours_takes_only_light_from_the_painting() -> None:
    content, painting = Image.new("RGB", (8, 8), (200, 60, 60)), Image.new("RGB", (8, 8), (20, 90, 200))
    kept = np.asarray(keep_colours(painting, content).convert("YCbCr"))[0, 0].astype(int)
    light = np.asarray(painting.convert("YCbCr"))[0, 0].astype(int)[0]
    colour = np.asarray(content.convert("YCbCr"))[0, 0].astype(int)[1:]
    assert abs(kept[0] - light) <= 12
    assert np.abs(kept[1:] - colour).max() <= 25


def test_tensors_and_pictures_are_each_others_inverse() -> None:
    image = gradient()
    assert np.array_equal(np.asarray(to_image(to_tensor(image))), np.asarray(image))


def test_a_preview_is_small() -> None:
    data = encode_preview(gradient(2000, 1000))
    assert max(Image.open(io.BytesIO(data)).size) == 512


def test_a_picture_whose_exif_is_broken_is_read_as_it_lies(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", gradient(), exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xffbroken")
    assert read_picture(path, "image").size == (48, 32)


def test_a_colour_stays_under_any_alpha_above_nothing(tmp_path: Path) -> None:
    image = Image.new("LA", (32, 32), (255, 255))
    image.paste((90, 26), (0, 0, 16, 32))
    image.paste((10, 0), (0, 0, 4, 32))
    found = read_picture(saved(tmp_path / "a.png", image), "image")
    assert found.image.getpixel((10, 10)) == (90, 90, 90)
    assert found.image.getpixel((1, 1)) != (10, 10, 10)


def test_an_avif_is_a_picture_and_a_heic_photo_is_refused_by_name(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.avif", gradient(), "AVIF")
    found = uploads.sniffed(path.read_bytes(), "a.avif", ("picture",))
    assert found.suffix == "avif"
    assert read_picture(path, "image").size == (48, 32)
    photo = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(100)
    for taken in ((), ("picture",)):
        with pytest.raises(UserError) as caught:
            uploads.sniffed(photo, "IMG_1.HEIC", taken)
        assert caught.value.problem.key == "error.heic"


def test_an_avif_that_claims_too_many_pixels_is_refused_by_its_header() -> None:
    buffer = io.BytesIO()
    gradient().save(buffer, "AVIF")
    data = bytearray(buffer.getvalue())
    at = data.index(b"ispe")
    data[at + 8 : at + 16] = struct.pack(">II", 30_000, 30_000)
    with pytest.raises(UserError) as caught:
        uploads.sniffed(bytes(data))
    assert caught.value.problem.key == "error.too_many_pixels"
