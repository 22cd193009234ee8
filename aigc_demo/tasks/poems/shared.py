"""A poem on the page of its link, and as the card by which that is previewed.

Knows the report that the poet writes beside each poem (:mod:`report`), and how columns of characters are set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from aigc_demo import i18n
from aigc_demo.tasks.poems.report import EITHER, LEVEL, OBLIQUE, UNKNOWN
from aigc_demo.types import Language, SharedItem

if TYPE_CHECKING:
    from PIL.Image import Image

_TONES = {
    LEVEL: ("level", "○"),
    OBLIQUE: ("oblique", "●"),
    EITHER: ("either", "◐"),
    UNKNOWN: ("unknown", "·"),
}
_STOPS = ("，", "。")


def view(item: SharedItem) -> dict[str, Any] | None:
    """Title, and every line with its characters and what is marked beside them; None for what is no poem."""
    told = _report(item)
    if told is None:
        return None
    lines = [str(line) for line in told["lines"]]
    length = max(map(len, lines), default=0)
    return {
        "title": told.get("title") or "",
        "tongue": "zh-Hant" if told.get("script") == "traditional" else "zh-Hans",
        "length": length,
        "columns": len(lines) + bool(told.get("title")),
        "lines": [_line(told, row, line, length, item.language) for row, line in enumerate(lines)],
        "text": next((one.text for one in item.job.outputs if one.text), ""),
        "about": " · ".join(_about(told, item.language)),
        "legend": i18n.t("text.poem.legend", item.language) if told.get("tones") else "",
        "kind": i18n.t("text.poem", item.language),
    }


def card(item: SharedItem, _: Callable[[str], bytes]) -> Image | None:
    """The poem in columns from right to left."""
    told = _report(item)
    return None if told is None else _drawn(told)


def _report(item: SharedItem) -> Mapping[str, Any] | None:
    reports = (output.meta.get("poem") for output in item.job.outputs)
    found = next((report for report in reports if isinstance(report, Mapping)), None)
    return found if found and found.get("lines") else None


def _line(told: Mapping[str, Any], row: int, line: str, length: int, language: Language) -> dict[str, Any]:
    rhymes = {tuple(place) for place in told.get("rhymes") or ()}
    broken = {tuple(place): fault["rule"] for fault in told.get("broken") or () for place in fault["places"]}
    glyphs = []
    for column, char in enumerate(line):
        name, sign = _TONES.get(_at(told, "tones", row, column), ("", ""))
        said = [f"text.poem.tone.{name}"] if name else []
        said += ["text.poem.rhymes"] if (row, column) in rhymes else []
        said += [f"text.poem.broken.{broken[row, column]}"] if (row, column) in broken else []
        glyphs.append(
            {
                "char": char,
                "sign": sign,
                "sound": _at(told, "pinyin", row, column),
                "rhymes": (row, column) in rhymes,
                "broken": (row, column) in broken,
                "said": " · ".join(i18n.t(key, language) for key in said),
            }
        )
    return {"glyphs": glyphs, "stop": _STOPS[row % 2] if len(line) == length else ""}


def _at(told: Mapping[str, Any], name: str, row: int, column: int) -> str:
    """A mark beside one character; empty where there is none."""
    rows = told.get(name) or ()
    marks = rows[row] if row < len(rows) else ()
    return str(marks[column]) if column < len(marks) else ""


def _about(told: Mapping[str, Any], language: Language) -> list[str]:
    keys = [f"text.form.{told.get('form')}", f"text.poem.plan.{told.get('plan')}"]
    about = [i18n.t(key, language) for key in keys if i18n.has(key)]
    if told.get("rhyme"):
        about.insert(1, i18n.t("text.poem.rhyme", language, group=told["rhyme"]))
    if told.get("heads"):
        about.append(i18n.t("text.poem.heads", language, heads=told["heads"]))
    return about


def _drawn(told: Mapping[str, Any]) -> Image:
    from aigc_demo.pictures import card as cards

    image, pen = cards.sheet()
    lines, title = [str(line) for line in told["lines"]], str(told.get("title") or "")
    width, height = cards.SIZE[0] - 2 * cards.MARGIN, cards.SIZE[1] - 130
    columns = len(lines) + (1.4 if title else 0)
    longest = max(map(len, lines)) + 1
    step = min(height / longest, width / columns / 1.25)
    across = min(width / columns, step * 1.75)
    size = int(step * 0.86)
    rhymes = {tuple(place) for place in told.get("rhymes") or ()}
    x = cards.SIZE[0] / 2 + (columns - 1) * across / 2
    top = (cards.SIZE[1] - 40 - longest * step) / 2 + step / 2
    if title:
        small = int(size * 0.62)
        for row, char in enumerate(title[: int(height / small / 1.2)]):
            place = (x, top + row * small * 1.2)
            pen.text(place, char, fill=cards.SOFT, font=cards.font(small, serif=True), anchor="mm")
        x -= 1.4 * across
    for row, line in enumerate(lines):
        for column, char in enumerate(line):
            ink = cards.ACCENT if (row, column) in rhymes else cards.INK
            place = (x - row * across, top + column * step)
            pen.text(place, char, fill=ink, font=cards.font(size, serif=True), anchor="mm")
    return image
