"""What is understood of a request for a restyling: which styles in which shares, of which picture.

Knows how a blend is spelt and what the styles are called; where a name is not known, which are nearest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any, get_args

from aigc_demo import i18n
from aigc_demo.tasks.style import styles
from aigc_demo.tasks.style.params import Photo, StyleParams
from aigc_demo.types import ModelSpec, Output, Reading, Term
from aigc_demo.types.readings import shortened

LONGEST = 200
"""Characters of a blend that are read: more are refused."""
_NEAR = 3
_WEIGHT = re.compile(r"\s*+:\s*+[\d.]*+\s*+")
_LEFT_IN_NAMES = str.maketrans("_-", "  ")


def read(values: Mapping[str, Any], _: ModelSpec, __: Sequence[Mapping[str, str]]) -> Reading:
    """The styles of a blend, half written as it may be, and the picture that they are for."""
    given = {
        name: str(values.get(name) or "") for name in ("style", "style_image", "content", "photo", "prompt")
    }
    return _reading(**given)


def account(params: StyleParams, _: Sequence[Output], __: ModelSpec) -> Reading:
    """Which styles, in which shares, are in the painting of which picture."""
    given = {
        name: str(getattr(params, name, ""))
        for name in ("style", "style_image", "content", "photo", "prompt")
    }
    return _reading(**given)


def _reading(style: str, style_image: str, content: str, photo: str, prompt: str) -> Reading:
    kept, left_out, unknown = [_subject(content, photo)], [], []
    if style.strip() == styles.EVERY:
        kept.append(Term(key="style.gallery.all"))
        return Reading(tuple(kept))
    known, unread = _parts(style[:LONGEST])
    total = sum(share for _, share in known) or 1.0
    pictured = bool(style_image) and all(name != styles.IMAGE for name, _ in known)
    if pictured:
        kept.append(Term(key="style.request.own_style"))
        left_out += [_term(name) for name, _ in known]
    else:
        alone = len(known) == 1
        kept += [_term(name, None if alone else round(share / total, 3)) for name, share in known]
    unknown = [Term(shortened(name)) for name in unread]
    also = [_term(name) for name in dict.fromkeys(near for name in unread for near in nearest(name))]
    if prompt.strip():
        kept.append(Term(shortened(prompt.strip())))
    sure = pictured or bool(known) or not unread
    return Reading(tuple(kept), tuple(left_out), tuple(unknown), tuple(also[:_NEAR]), sure=sure)


def _parts(text: str) -> tuple[list[tuple[str, float]], list[str]]:
    """Styles that are known with their weights, and what is no style."""
    known: list[tuple[str, float]] = []
    unread: list[str] = []
    for piece in text.split(","):
        try:
            (part,) = styles.blend(piece)
            weight = piece.partition(":")[2].strip()
            known.append((part.style, float(weight or 1)))
        except (styles.UnknownStyleError, ValueError):
            if name := _WEIGHT.sub("", piece).strip():
                unread.append(name)
    return known, list(dict.fromkeys(unread))


def nearest(name: str) -> list[str]:
    """The styles whose name, in either language, is most like this; none where nothing is."""
    called = _called()
    low = name.lower().translate(_LEFT_IN_NAMES).strip()
    inside = [style for spelt, style in called.items() if len(low) > 1 and (low in spelt or spelt in low)]
    close = [called[spelt] for spelt in get_close_matches(low, called, n=_NEAR, cutoff=0.5)]
    return list(dict.fromkeys(inside or close))[:_NEAR]


@cache
def _called() -> dict[str, str]:
    """What each style is called, in small letters, in both languages and by its id -> the id."""
    names = {
        i18n.t(f"style.name.{style}", language).lower(): style
        for style in styles.ALL
        for language in i18n.LANGUAGES
    }
    return names | {style.translate(_LEFT_IN_NAMES): style for style in styles.ALL}


def _subject(content: str, photo: str) -> Term:
    if content:
        return Term(key="style.request.own_photo")
    if photo in get_args(Photo):
        return Term(names={language: i18n.t(f"style.photo.{photo}", language) for language in i18n.LANGUAGES})
    return Term(key="style.request.own_photo")


def _term(style: str, share: float | None = None) -> Term:
    key = "style.style_image.label" if style == styles.IMAGE else f"style.name.{style}"
    names: Mapping[str, str] = {language: i18n.t(key, language) for language in i18n.LANGUAGES}
    return Term(names=names, share=share, sets={} if style == styles.IMAGE else {"style": style})
