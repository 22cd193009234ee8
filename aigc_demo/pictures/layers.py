"""A picture that still knows its parts, in a chunk of the PNG that shows them all.

Knows the chunk and its bounds. Whoever makes such a picture writes it, whoever sets its things in motion
reads it; neither knows the other. What a stranger's file says of itself is believed within bounds only.
"""

from __future__ import annotations

import io
import json
import struct
import zlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

CHUNK = b"scNe"
"""Ancillary, private, safe to copy."""
MOST = 4_000_000
"""Bytes of the chunk."""
MOST_LAYERS = 64
_MOST_HEAD = 64_000
_MAGIC = b"\x89PNG\r\n\x1a\n"
_SIDE = 256
_ACROSS = 4
_LARGEST = 1024


@dataclass(frozen=True)
class Layer:
    """One thing: its picture (RGBA), and its box as left, top, width and height in pixels of the whole.

    ``parent`` is the layer that it moves along with, -1 for none. ``home`` is where such a thing is at home
    (land, water, air, sky ...); ``stands`` says that it has a shadow under it.
    """

    image: Image.Image
    box: tuple[int, int, int, int]
    name: str = ""
    label: str = ""
    flip: bool = False
    motion: str = ""
    home: str = "land"
    parent: int = -1
    rides: bool = False
    stands: bool = False


@dataclass(frozen=True)
class Layers:
    """The ground (RGB, as large as the picture), the things, the farthest first, and the weather."""

    ground: Image.Image
    things: tuple[Layer, ...]
    weather: str = ""
    time: str = "day"
    title: str = ""


class Writer:
    """Writes layers into pictures, and keeps the parts that it encoded last.

    The same ground and things, only elsewhere, are written without being encoded again; the same means the
    same objects. Calls must not overlap.
    """

    _KEPT = 6

    def __init__(self) -> None:
        self._parts: OrderedDict[tuple[int, ...], tuple[Sequence[Image.Image], bytes]] = OrderedDict()

    def embedded(self, png: bytes, layers: Layers) -> bytes:
        """The PNG with its layers in a chunk of their own, before its end."""
        pictures = _different(layers.things)
        ground = self._part((layers.ground,), lambda: layers.ground)
        sheet = self._part(pictures, lambda: _sheet(pictures))
        return _with_chunk(png, _written(layers, pictures, ground, sheet))

    def _part(self, pictures: Sequence[Image.Image], drawn: Callable[[], Image.Image]) -> bytes:
        """What these pictures are encoded as; they are held, so that no other can take their number."""
        key = tuple(map(id, pictures))
        if key not in self._parts:
            self._parts[key] = pictures, _webp(drawn())
        self._parts.move_to_end(key)
        while len(self._parts) > self._KEPT:
            self._parts.popitem(last=False)
        return self._parts[key][1]


def embedded(png: bytes, layers: Layers) -> bytes:
    """The PNG with its layers in a chunk of their own, before its end."""
    return Writer().embedded(png, layers)


def _with_chunk(png: bytes, body: bytes) -> bytes:
    chunk = struct.pack(">I", len(body)) + CHUNK + body + struct.pack(">I", zlib.crc32(CHUNK + body))
    end = png.rindex(b"IEND") - 4
    return png[:end] + chunk + png[end:]


def read(path: Path) -> Layers | None:
    """The layers of a PNG file; None where it has none, or none that can be believed."""
    try:
        body = _chunk(path.read_bytes())
        return None if body is None else _read(body)
    except (
        ValueError,
        OSError,
        KeyError,
        TypeError,
        RecursionError,
        struct.error,
        Image.DecompressionBombError,
    ):
        return None


def _different(things: Sequence[Layer]) -> tuple[Image.Image, ...]:
    """The pictures of all things, each once."""
    return tuple({id(layer.image): layer.image for layer in things}.values())


def _written(layers: Layers, pictures: Sequence[Image.Image], ground: bytes, sheet: bytes) -> bytes:
    places = {id(picture): at for at, picture in enumerate(pictures)}
    things = [
        {
            "picture": places[id(layer.image)], "size": list(layer.image.size), "box": list(layer.box),
            "name": layer.name, "label": layer.label, "flip": layer.flip, "motion": layer.motion,
            "home": layer.home, "parent": layer.parent, "rides": layer.rides, "stands": layer.stands,
        }
        for layer in layers.things
    ]  # fmt: skip
    head = {"things": things, "weather": layers.weather, "time": layers.time, "title": layers.title[:200]}
    text = json.dumps(head, ensure_ascii=False).encode("utf-8")
    return struct.pack(">III", len(text), len(ground), len(sheet)) + text + ground + sheet


def _sheet(pictures: Sequence[Image.Image]) -> Image.Image:
    rows = max(1, -(-len(pictures) // _ACROSS))
    sheet = Image.new("RGBA", (_ACROSS * _SIDE, rows * _SIDE))
    for at, picture in enumerate(pictures):
        fitting = picture.crop((0, 0, min(picture.width, _SIDE), min(picture.height, _SIDE)))
        sheet.paste(fitting, (at % _ACROSS * _SIDE, at // _ACROSS * _SIDE))
    return sheet


def _webp(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=88, method=2)
    return buffer.getvalue()


def _chunk(data: bytes) -> bytes | None:
    """The body of our chunk, where the file has one that is not too long."""
    at = len(_MAGIC)
    if not data.startswith(_MAGIC):
        return None
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4])
        if data[at + 4 : at + 8] == CHUNK:
            return data[at + 8 : at + 8 + size] if size <= MOST else None
        at += 12 + size
    return None


def _read(body: bytes) -> Layers:
    sizes = struct.unpack(">III", body[:12])
    if sizes[0] > _MOST_HEAD or sum(sizes) + 12 > len(body):
        raise ValueError("the layers are cut short")
    head = json.loads(body[12 : 12 + sizes[0]])
    ground = _image(body[12 + sizes[0] :][: sizes[1]], "RGB", _LARGEST)
    sheet = _image(body[12 + sizes[0] + sizes[1] :][: sizes[2]], "RGBA", MOST_LAYERS * _SIDE // _ACROSS)
    told = head["things"]
    if not isinstance(told, list) or len(told) > MOST_LAYERS:
        raise ValueError("too many layers")
    things = tuple(_layer(one, sheet, ground.size, len(told)) for one in told)
    return Layers(ground, things, str(head["weather"])[:8], str(head["time"])[:8], str(head["title"])[:200])


def _image(data: bytes, mode: str, largest: int) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=("WEBP",))
    if max(image.size) > largest:
        raise ValueError("a layer is too large")
    return image.convert(mode)


def _layer(told: Any, sheet: Image.Image, size: tuple[int, int], count: int) -> Layer:
    at, (width, height) = int(told["picture"]), (int(side) for side in told["size"])
    left, top, across, down = (int(part) for part in told["box"])
    most = 3 * max(size)
    if not (0 <= at < MOST_LAYERS and 0 < width <= _SIDE and 0 < height <= _SIDE):
        raise ValueError("a layer has no picture")
    if not (0 < across <= most and 0 < down <= most and max(abs(left), abs(top)) <= 2 * most):
        raise ValueError("a layer is nowhere")
    x, y = at % _ACROSS * _SIDE, at // _ACROSS * _SIDE
    parent = int(told["parent"])
    return Layer(
        sheet.crop((x, y, x + width, y + height)),
        (left, top, across, down),
        name=str(told["name"])[:80],
        label=str(told["label"])[:80],
        flip=told["flip"] is True,
        motion=str(told["motion"])[:12],
        home=str(told["home"])[:8],
        parent=parent if -1 <= parent < count else -1,
        rides=told["rides"] is True,
        stands=told["stands"] is True,
    )
