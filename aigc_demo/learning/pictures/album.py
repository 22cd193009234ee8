"""A visitor's own pictures as a set to learn from: a ZIP file of them, whose folders, if any, are labels.

Knows archives as a stranger may have made them: nothing is unpacked to disk, each picture's header is looked
at before it is decoded, and everything is bounded while it is read. Knows nothing of what learns.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from aigc_demo.learning.pictures.data import PictureSet, split
from aigc_demo.pictures import header
from aigc_demo.pictures.picture import MAX_PIXELS, STILL, upright
from aigc_demo.types import UserError

SIDE = 32
"""Of a picture as it is learnt, in pixels; the middle square of what was brought."""
FEWEST, MOST = 20, 200
MOST_LABELS = 10
LONGEST_LABEL = 40
MOST_MEMBERS = 2_000
MOST_UNPACKED = 40_000_000
"""Bytes of all pictures together."""
MOST_DECODED = 200_000_000
"""Pixels of all pictures together."""
SMALLEST = 8


@dataclass(frozen=True)
class _Member:
    """One picture of the archive: its name, the folder it lies in and its bytes."""

    name: str
    folder: str
    data: bytes


def read(path: str) -> PictureSet:
    """The pictures in the ZIP file there, 20 to 200 of them, cut to squares of 32 pixels in colour.

    Where they lie in two to ten folders, each folder is a label. Raises UserError ``bad_album`` for anything
    else, with a sentence that names the picture at fault.
    """
    members = _members(path) if path else []
    if not FEWEST <= len(members) <= MOST:
        raise _refused("how_many", count=len(members), fewest=FEWEST, most=MOST)
    _check_headers(members)
    pictures = torch.stack([_learnt(member) for member in members])
    names, labels = _labels([member.folder for member in members])
    return split("mine", pictures, labels, names, exclusive=bool(names), licence="yours")


def _members(path: str) -> list[_Member]:
    """Everything in the archive but folders and what systems put there, in the order of names."""
    try:
        with zipfile.ZipFile(path) as archive:
            listed = archive.infolist()
            if len(listed) > MOST_MEMBERS:
                raise _refused("how_many", count=len(listed), fewest=FEWEST, most=MOST)
            wanted = sorted((one for one in listed if _is_meant(one)), key=lambda one: one.filename)
            return list(_unpacked(archive, wanted[: MOST + 1])) if wanted else []
    except (zipfile.BadZipFile, OSError, ValueError, KeyError, RuntimeError, EOFError, zlib.error) as error:
        raise _refused("damaged") from error


def _is_meant(one: zipfile.ZipInfo) -> bool:
    parts = one.filename.split("/")
    return not one.is_dir() and not any(part.startswith((".", "__MACOSX")) for part in parts)


def _unpacked(archive: zipfile.ZipFile, wanted: list[zipfile.ZipInfo]) -> Iterator[_Member]:
    left = MOST_UNPACKED
    for one in wanted:
        with archive.open(one) as member:
            data = member.read(left + 1)
        left -= len(data)
        if left < 0:
            raise _refused("large", most=MOST_UNPACKED // 1_000_000)
        folder, name = posixpath.split(one.filename)
        yield _Member(name[:80], posixpath.basename(folder)[:LONGEST_LABEL].strip(), data)


def _check_headers(members: list[_Member]) -> None:
    """Raise UserError at the first that is no picture, or where all are too large to be decoded."""
    total = 0
    for member in members:
        known = header.read(member.data)
        if known is None or known.kind not in STILL:
            raise _refused("no_picture", name=member.name)
        if min(known.width, known.height) < SMALLEST:
            raise _refused("small_picture", name=member.name, least=SMALLEST)
        pixels = known.width * known.height
        total += pixels
        if pixels > MAX_PIXELS or total > MOST_DECODED:
            raise _refused("many_pixels", name=member.name)


def _learnt(member: _Member) -> Tensor:
    """The middle square on white, (3, side, side) from -1 to 1."""
    try:
        with Image.open(io.BytesIO(member.data), formats=STILL) as opened:
            opened.draft("RGB", (4 * SIDE, 4 * SIDE))  # of a JPEG no more is decoded than is needed
            picture = upright(opened)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise _refused("damaged_picture", name=member.name) from error
    image = Image.new("RGB", picture.size, "white")
    image.paste(picture.image, mask=picture.alpha)
    pixels = np.asarray(ImageOps.fit(image, (SIDE, SIDE), Image.Resampling.LANCZOS), np.float32)
    return torch.from_numpy(pixels / 127.5 - 1).permute(2, 0, 1).contiguous()


def _labels(folders: list[str]) -> tuple[tuple[str, ...], Tensor]:
    """Names of the folders and, for each picture, which is its own; none where all lie in one."""
    names = tuple(dict.fromkeys(folders))
    if len(names) < 2:
        return (), torch.zeros(len(folders), 0)
    if len(names) > MOST_LABELS or "" in names:
        raise _refused("labels", most=MOST_LABELS)
    return names, torch.eye(len(names))[[names.index(folder) for folder in folders]]


def _refused(what: str, **values: Any) -> UserError:
    key = f"train_pictures.error.album.{what}"
    return UserError("bad_album", key, status=422, field="pictures", task="train_pictures", **values)
