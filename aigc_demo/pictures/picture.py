"""Pictures in and out: what a visitor's file may be, and what of it survives being painted.

Knows formats, limits, orientation, colour profiles and transparency. Knows nothing of networks. Nothing
of a file's metadata but its colour profile is ever carried over, so a place or a comment cannot be.
"""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageCms, ImageOps
from torch import Tensor

from aigc_demo.types import UserError, media

FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF")
STILL = ("PNG", "JPEG", "WEBP", "AVIF")
MAX_PIXELS = 16_000_000
MIN_SIDE = 16
MAX_BYTES = 32_000_000
MAX_PROFILE = 2**20
_NAMES = {"WEBP": "WebP"}
_SRGB = ImageCms.createProfile("sRGB")


@dataclass(frozen=True)
class Picture:
    """An upright sRGB picture; ``alpha`` (mode L) and ``profile`` (ICC bytes) where it came with them."""

    image: Image.Image
    alpha: Image.Image | None = None
    profile: bytes | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.image.size

    def fitted(self, side: int, *, shortest: int = MIN_SIDE) -> Picture:
        """Scaled down so that the longer side is at most ``side``, the shorter at least ``shortest``."""
        width, height = self.size
        scale = min(1.0, max(side / max(width, height), shortest / min(width, height)))
        if scale == 1.0:
            return self
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        alpha = self.alpha.resize(size, Image.Resampling.LANCZOS) if self.alpha else None
        return Picture(self.image.resize(size, Image.Resampling.LANCZOS), alpha, self.profile)


# -- in -------------------------------------------------------------------------------------------


def sniff(path: Path) -> str | None:
    """PNG, JPEG, WEBP, GIF, MP4, WEBM or None, by the first bytes of the file and never by its name."""
    with path.open("rb") as file:
        found = media.sniffed(file.read(64))
    if found is None or not {"picture", "clip"}.intersection(found.kinds):
        return None
    return found.title.upper()


def read_picture(
    path: Path,
    field: str,
    *,
    smallest: int = MIN_SIDE,
    formats: tuple[str, ...] = FORMATS,
    max_bytes: int = MAX_BYTES,
    still: bool = False,
) -> Picture:
    """The first frame of a file a visitor gave, upright and in sRGB.

    Raises :class:`UserError` (naming ``field``) for what is no picture of one of the ``formats``, is
    damaged, has more than 16 megapixels (looked up in the header, before anything is decoded), more than
    ``max_bytes``, or a side shorter than ``smallest``; with ``still`` also for what moves.
    """
    kind = sniff(path) if path.is_file() else None
    if kind is None or kind not in formats:
        kinds = ", ".join(_NAMES.get(name, name) for name in formats)
        raise UserError("bad_picture", "error.picture.not_a_picture", field=field, kinds=kinds)
    if path.stat().st_size > max_bytes:
        limit = max_bytes // 1_000_000
        raise UserError("picture_too_large", "error.picture.file_too_large", field=field, limit=limit)
    try:
        with _opened(path, kind) as opened:
            check_size(opened.size, field, smallest)
            if still and getattr(opened, "n_frames", 1) > 1:
                raise UserError("bad_picture", "error.picture.moves", field=field)
            opened.seek(0)
            opened.load()
            return upright(opened)
    except Image.DecompressionBombError as error:
        raise _too_large(2 * (Image.MAX_IMAGE_PIXELS or 0), field) from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise UserError("bad_picture", "error.picture.damaged", field=field) from error


def _opened(path: Path, kind: str) -> Image.Image:
    """The picture with its header read; Pillow's own warning of large ones says less than our sentence."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(path, formats=(kind,))


def check_size(size: tuple[int, int], field: str, smallest: int = MIN_SIDE) -> None:
    """Raise :class:`UserError` where a picture of this width and height is too large or too small."""
    width, height = size
    if width * height > MAX_PIXELS:
        raise _too_large(width * height, field)
    if min(size) < smallest:
        raise UserError(
            "picture_too_small",
            "error.picture.too_small",
            field=field,
            width=width,
            height=height,
            limit=smallest,
        )


def _too_large(pixels: int, field: str) -> UserError:
    megapixels, limit = round(pixels / 1e6), MAX_PIXELS // 1_000_000
    return UserError(
        "picture_too_large", "error.picture.too_large", field=field, megapixels=megapixels, limit=limit
    )


def upright(opened: Image.Image) -> Picture:
    """A decoded frame turned as the camera meant it, its colours in sRGB, its transparency apart."""
    profile = opened.info.get("icc_profile")
    image = turned(opened)
    image = eight_bit(image)
    alpha = None
    if image.has_transparency_data:
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
        if alpha.getextrema() == (255, 255):
            alpha = None
    image, kept = in_srgb(image, profile)
    return Picture(filled(image, alpha) if alpha else image, alpha, kept)


def turned(opened: Image.Image) -> Image.Image:
    """The picture as the camera was held; as it lies in the file where that cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            return ImageOps.exif_transpose(opened)
    except (SyntaxError, ValueError, TypeError, KeyError, struct.error, OSError):
        return opened.copy()


def eight_bit(image: Image.Image) -> Image.Image:
    """16-bit grey scaled (Pillow would clip it) to 8 bits; everything else as it is."""
    if not image.mode.startswith("I"):
        return image
    values = np.asarray(image).astype(np.float64)
    return Image.fromarray(np.clip(values / 257 + 0.5, 0, 255).astype(np.uint8))


def in_srgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, bytes | None]:
    """RGB in sRGB, and the picture's own profile where we can go back to it; bad ones are ignored."""
    if not profile or len(profile) > MAX_PROFILE:
        return image.convert("RGB"), None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = source.profile.xcolor_space.strip()
        image = image.convert({"GRAY": "L", "CMYK": "CMYK"}.get(space, "RGB"))
        converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image.convert("RGB"), None
    return converted or image.convert("RGB"), profile if space == "RGB" else None


def filled(image: Image.Image, alpha: Image.Image) -> Image.Image:
    """What is wholly transparent painted over with the visible parts' mean colour: no hidden colour bleeds.

    Under any alpha above 0 the colour stays: it will be seen.
    """
    weights = np.asarray(alpha, np.float32)[..., None] / 255
    colours = np.asarray(image, np.float32)
    mean = (colours * weights).sum((0, 1)) / max(float(weights.sum()), 1.0)
    return Image.fromarray((np.where(weights > 0, colours, mean) + 0.5).astype(np.uint8))


# -- between --------------------------------------------------------------------------------------


def to_tensor(image: Image.Image) -> Tensor:
    """RGB picture -> (3, H, W) float32 in 0..1."""
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255


def to_image(tensor: Tensor) -> Image.Image:
    """(3, H, W) in 0..1 -> RGB picture."""
    values = tensor.clamp(0, 1).mul(255).add_(0.5).to(torch.uint8)
    return Image.fromarray(values.permute(1, 2, 0).contiguous().numpy())


def keep_colours(painted: Image.Image, content: Image.Image) -> Image.Image:
    """The painting's light and dark with the content's colours (both RGB, of one size)."""
    light = painted.convert("YCbCr").getchannel(0)
    _, blue, red = content.convert("YCbCr").split()
    return Image.merge("YCbCr", (light, blue, red)).convert("RGB")


# -- out ------------------------------------------------------------------------------------------


def encode_png(image: Image.Image, like: Picture | None = None) -> bytes:
    """Lossless bytes, with the transparency and in the colour profile of ``like``."""
    profile = None
    if like and like.profile:
        try:
            target = ImageCms.ImageCmsProfile(io.BytesIO(like.profile))
            image = ImageCms.profileToProfile(image, _SRGB, target, outputMode="RGB") or image
            profile = like.profile
        except (ImageCms.PyCMSError, OSError):  # a profile that can only be read
            profile = None
    if like and like.alpha:
        image = image.copy()
        image.putalpha(like.alpha.resize(image.size, Image.Resampling.LANCZOS))
    buffer = io.BytesIO()
    # level 2 writes a megapixel in a fifth of the time of the default, at a tenth more bytes
    image.save(buffer, "PNG", compress_level=2, icc_profile=profile)
    return buffer.getvalue()


def encode_webp(image: Image.Image, alpha: Image.Image | None = None, quality: int = 90) -> bytes:
    """Small bytes that look the same, for showing rather than for keeping."""
    if alpha is not None:
        image = image.copy()
        image.putalpha(alpha)
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=quality, method=2)
    return buffer.getvalue()


def encode_preview(image: Image.Image, side: int = 512) -> bytes:
    """Small WebP bytes for showing while the work goes on."""
    if max(image.size) > side:
        image = image.copy()
        image.thumbnail((side, side))
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=80, method=0)
    return buffer.getvalue()
