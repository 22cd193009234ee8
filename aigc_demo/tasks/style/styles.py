"""The styles that come with the app, and how a wish for one, or for a blend of some, is spelt.

Knows names only: no torch, no files. What visitors read is ``style.name.<id>`` in strings.json.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TABLE = (
    "amber", "black_outline", "quarry", "electric_maze", "crimson_shore", "carnival", "night_beads",
    "primary_masks", "rose_ink", "pebbles", "copper", "gold_engraving", "lavender_haze", "jungle", "frost",
    "leaded_pastel", "cobalt_pastel", "red_lattice", "willow", "starry_night", "ember", "cut_outs",
    "marble_wine", "dusk", "great_wave", "patchwork",
)  # fmt: skip
"""The published network's 26 styles in the order of its table. They came nameless: the names are ours."""

OWN = {
    "ink_wash": "Chinese ink wash painting, mist and mountains, brush on rice paper",
    "porcelain": "blue and white porcelain, cobalt brushwork on white glaze",
    "paper_cut": "Chinese red paper-cut, layered cut paper on white",
    "woodblock_waves": "Japanese woodblock print, bold outlines, flat indigo inks",
    "mosaic": "Byzantine mosaic of small gold and teal stones",
    "stained_glass": "stained glass window, jewel colours, black lead lines",
    "pointillism": "pointillist painting, dots of pure colour",
    "swirling_oil": "oil painting in thick swirling strokes, night blues and yellow",
    "halftone": "comic book print, halftone dots, thick outlines",
    "pixel": "pixel art, limited palette, dithering",
}
"""Our own style images and how they are put into words for models that read."""

ALL = (*TABLE, *OWN)
EVERY = "all"
"""Asks for a sheet of every style at thumbnail size."""

MAX_BLEND = 4
IMAGE = "image"
"""In a blend, names the picture given beside it."""

_PART = re.compile(r"\s*([a-z_]+)\s*(?::\s*(\d{1,3}(?:\.\d{1,6})?|\.\d{1,6})\s*)?")


class UnknownStyleError(ValueError):
    """No style has this name, or a blend is not spelt as one."""


@dataclass(frozen=True)
class Part:
    """One style of a blend and its share; shares of a blend sum to one."""

    style: str
    share: float


def blend(text: str) -> tuple[Part, ...]:
    """``"ember"``, or up to four with weights: ``"ember:2, great_wave:1"`` -> two thirds, one third.

    Raises:
        UnknownStyleError: an unknown name, five or more styles, a weight that is no number, or none above 0.
    """
    parts: dict[str, float] = {}
    for piece in text.split(","):
        match = _PART.fullmatch(piece)
        if match is None or match[1] not in (*ALL, IMAGE):
            raise UnknownStyleError(piece.strip()[:60])
        parts[match[1]] = parts.get(match[1], 0.0) + float(match[2] or 1)
    total = sum(parts.values())
    if total <= 0 or len(parts) > MAX_BLEND:
        raise UnknownStyleError(text[:60])
    return tuple(Part(style, weight / total) for style, weight in parts.items() if weight > 0)


def words(style: str) -> str:
    """A style in English words, for models that take a prompt."""
    return OWN.get(style, f"painting in the style of {style.replace('_', ' ')}")
