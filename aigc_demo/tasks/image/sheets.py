"""Several pictures shown as one: sheets, strips and films, and what their facts say of each part.

Knows layout and outputs. Writes no words into pictures: labels are facts, drawn by whoever shows them.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PIL import Image

from aigc_demo.pictures.steps import image_output
from aigc_demo.types import Output

FRAME_MS = 120


def sheet(images: Sequence[Image.Image], columns: int) -> Image.Image:
    """Pictures of one size side by side, row by row, with nothing between them."""
    width, height = images[0].size
    rows = -(-len(images) // columns)
    canvas = Image.new("RGB", (columns * width, rows * height), "white")
    for index, image in enumerate(images):
        canvas.paste(image, (index % columns * width, index // columns * height))
    return canvas


def square_columns(count: int) -> int:
    """How many columns make a sheet of this many pictures about square."""
    return max(1, round(count**0.5 + 0.499))


def separate(images: Sequence[Image.Image], metadata: Sequence[dict[str, Any]]) -> tuple[Output, ...]:
    """Each picture as an output of its own, with its facts, and with the seed that makes it alone.

    One that is the wish's only picture needs none; a variant is more than its seed.
    """
    names = (
        ["picture.png"] if len(images) == 1 else [f"picture-{n:02}.png" for n in range(1, len(images) + 1)]
    )
    outputs = (
        image_output(image, None, name, **one)
        for image, name, one in zip(images, names, metadata, strict=True)
    )
    return tuple(
        replace(result, param_overrides=_alone(one, len(images)))
        for result, one in zip(outputs, metadata, strict=True)
    )


def _alone(metadata: dict[str, Any], count: int) -> dict[str, Any]:
    return {"seed": metadata["seed"], "batch": 1} if count > 1 and "variation" not in metadata else {}


def grid(
    images: Sequence[Image.Image],
    across: tuple[str, Sequence[Any]],
    down: tuple[str, Sequence[Any]],
    cells: Sequence[dict[str, Any]],
    **metadata: Any,
) -> Output:
    """A compare grid: ``across`` and ``down`` are each the name of a parameter and its values."""
    columns = len(across[1])
    return image_output(
        sheet(images, columns),
        None,
        "grid.png",
        action="grid",
        columns=columns,
        rows=len(down[1]),
        cell=list(images[0].size),
        x_axis=across[0],
        x_labels=_labels(across),
        y_axis=down[0],
        y_labels=_labels(down),
        cells=list(cells),
        **metadata,
    )


def _labels(axis: tuple[str, Sequence[Any]]) -> list[str]:
    return [f"{value:g}" if isinstance(value, float) else str(value) for value in axis[1]] if axis[0] else []


def film(
    images: Sequence[Image.Image], cells: Sequence[dict[str, Any]], **metadata: Any
) -> tuple[Output, Output]:
    """A walk from one picture to another: all frames as a strip, and as a film that goes there and back."""
    strip = image_output(
        sheet(images, len(images)),
        None,
        "strip.png",
        action="interpolate",
        columns=len(images),
        rows=1,
        cell=list(images[0].size),
        cells=list(cells),
        **metadata,
    )
    there_and_back = [*images, *reversed(images[1:-1])]
    buffer = io.BytesIO()
    first, *rest = there_and_back
    first.save(buffer, "WEBP", save_all=True, append_images=rest, duration=FRAME_MS, loop=0, quality=85)
    width, height = first.size
    meta = {"width": width, "height": height, "frames": len(there_and_back), "action": "interpolate"}
    return strip, Output("image", "film.webp", "image/webp", data=buffer.getvalue(), meta=meta)
