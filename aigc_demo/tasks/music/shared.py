"""A piece of music on the page of its link, and as the card by which that is previewed.

Knows the names of the task's files and what is told beside its sound (:mod:`outputs`).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from aigc_demo import i18n
from aigc_demo.types import Language, SharedItem, StoredOutput

if TYPE_CHECKING:
    from PIL.Image import Image

_SOUNDS = ("tune.wav", "tune.mp3", "tune.ogg")
_SMALL = ("tune.ogg", "tune.mp3")
_SCORE_HEIGHT = 500


def view(item: SharedItem) -> dict[str, Any] | None:
    """The sound, smallest file first, what it is in a line, its score to be seen and to be read."""
    sound = _sound(item)
    if sound is None:
        return None
    small = item.output(*_SMALL)
    sources = list(dict.fromkeys(one.name for one in (small, sound) if one is not None))
    sheet, score = item.output("score.svg"), item.output("score.json")
    told = _told(sound.meta, item.language)
    return {
        "sources": [(item.files + name, _type(item, name)) for name in sources],
        "peaks": list(sound.meta.get("peaks") or ()),
        "seconds": sound.meta.get("seconds") or 0,
        "told": " · ".join(told),
        "sheet": item.address(sheet) if sheet else "",
        "sheet_alt": ", ".join([i18n.t("music.sheet", item.language), *told]),
        "sheet_name": i18n.t("music.sheet", item.language),
        "score": item.address(score) if score else "",
    }


def card(item: SharedItem, read: Callable[[str], bytes]) -> Image | None:
    """The beginning of the score over the loudness of the sound; without a score the sound alone."""
    from aigc_demo.pictures import card as cards

    sound = _sound(item)
    if sound is None:
        return None
    peaks, paper = sound.meta.get("peaks") or (), item.output("score.pdf")
    if paper is None:
        return cards.of_sound(peaks, item.title)
    image, pen = cards.sheet()
    pen.rectangle((0, 0, cards.SIZE[0], _SCORE_HEIGHT), fill="white")
    image.paste(_first_staves(read(paper.name), cards.SIZE[0]), (0, 0))
    pen.line((0, _SCORE_HEIGHT, cards.SIZE[0], _SCORE_HEIGHT), fill=cards.LINE)
    cards.wave(pen, peaks, _SCORE_HEIGHT + 60, 44, right=cards.SIZE[0] - 270)
    return image


def _first_staves(paper: bytes, width: int) -> Image:
    """The top of the first page, as wide as this."""
    from pypdfium2 import PdfDocument

    with io.BytesIO(paper) as file:
        document = PdfDocument(file)
        try:
            page = document[0]
            drawn: Image = page.render(scale=width / page.get_width()).to_pil().convert("RGB")
        finally:
            document.close()
    return drawn.crop((0, 0, width, _SCORE_HEIGHT))


def _sound(item: SharedItem) -> StoredOutput | None:
    """What is heard, of several files that with the most told beside it."""
    return item.output(*_SOUNDS) or next((one for one in item.job.outputs if one.kind == "audio"), None)


def _type(item: SharedItem, name: str) -> str:
    output = item.output(name)
    media_type = output.media_type if output else ""
    return "audio/ogg; codecs=opus" if media_type == "audio/ogg" else media_type


def _told(meta: Mapping[str, Any], language: Language) -> list[str]:
    tonic, _, mode = str(meta.get("key") or "").partition(" ")
    scale = f"music.scale_name.{mode}"
    told = [f"{_sign(tonic)} {i18n.t(scale, language)}"] if tonic and i18n.has(scale) else []
    told += [str(meta["metre"])] if meta.get("metre") else []
    told += [i18n.t("music.fact.tempo", language, n=round(meta["tempo"]))] if meta.get("tempo") else []
    told += [i18n.t("music.fact.bars", language, n=meta["bars"])] if meta.get("bars") else []
    told += [i18n.t("ui.time.seconds", language, n=round(meta["seconds"]))] if meta.get("seconds") else []
    return told


def _sign(tonic: str) -> str:
    """``B♭`` for ``Bb``."""
    return tonic[:1] + tonic[1:].replace("#", "♯").replace("b", "♭")
