"""A wish in English for models that read no Chinese: the visitor's words, or what we understand of them.

Knows our own reader of wishes, whose settings it says in English. It is no translator, and says so where it
understands nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_demo.tasks.music.describe import FAST, HAPPY, SAD, SLOW, describe
from aigc_demo.types import UserError

if TYPE_CHECKING:
    from aigc_demo.tasks.music.params import AnySoundParams

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_MOODS = tuple(
    (re.compile(words), mood)
    for words, mood in ((HAPPY, "happy"), (SAD, "sad"), (SLOW, "slow and calm"), (FAST, "fast"))
)
_PLAYERS = {"dizi": "bamboo flute", "xiao": "end-blown bamboo flute", "music_box": "music box"}
PLAIN = "a folk tune"


def english(params: AnySoundParams) -> str:
    """What an English model is given: ``prompt_en``, else an English prompt, else what a Chinese one names.

    Raises UserError (422, field ``prompt_en``) for Chinese of which nothing is understood.
    """
    if params.prompt_en.strip():
        return params.prompt_en.strip()
    piece = params.prompt.strip()
    if not _CHINESE.search(piece):
        return piece or PLAIN
    said = named(piece)
    if not said:
        raise UserError("english_only", "music.error.english_only", status=422, field="prompt_en")
    return said


def named(piece: str) -> str:
    """The moods, the style, the key and the instrument that a wish names, in English; may be nothing."""
    found = describe(piece)
    words = [mood for pattern, mood in _MOODS if pattern.search(piece)]
    if found.get("scale", "off") != "off":
        words.append("Chinese pentatonic")
    if "style" in found:
        words.append(str(found["style"]).replace("_", " "))
    if "key" in found or "mode" in found:
        words.append(f"in {found.get('key', '')} {found.get('mode', 'major')}".replace("  ", " "))
    if "instrument" in found:
        words.append(f"played on {_PLAYERS.get(found['instrument'], found['instrument'])}")
    return ", ".join(words)
