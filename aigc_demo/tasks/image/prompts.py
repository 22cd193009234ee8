"""What a model is told: wildcards decided by the seed, the words of looks and styles, which language.

Knows texts only; the prompts that result are what a picture's facts show.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigc_demo.types import UserError

if TYPE_CHECKING:
    from aigc_demo.tasks.image.params import ImageParams

_CHOICE = re.compile(r"\{([^{}|]*+\|[^{}]*+)\}")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
MAX_CHOICES = 64

STYLES = {
    "photo": "photograph, natural light, sharp focus, 50mm",
    "watercolour": "watercolour painting, soft washes, paper texture",
    "ink": "Chinese ink wash painting, brush strokes, rice paper",
    "anime": "anime illustration, clean lines, cel shading",
    "pixel": "pixel art, 16-bit, limited palette",
    "line": "line drawing, black ink on white, no shading",
    "clay": "clay figure, soft studio light, rounded shapes",
    "poster": "flat vector poster, bold shapes, few colours",
}
"""What each style preset adds to a prompt."""


@dataclass(frozen=True)
class Words:
    """What one picture is painted from."""

    prompt: str
    negative: str = ""


def resolved(text: str, seed: int) -> str:
    """``{a|b}`` replaced by one of its parts, inner ones first; one seed always chooses alike."""
    rng = random.Random(f"{seed}")

    def choose(found: re.Match[str]) -> str:
        return rng.choice(found[1].split("|")).strip()

    for _ in range(MAX_CHOICES):
        text, count = _CHOICE.subn(choose, text, count=1)
        if not count:
            break
    return text


def words_for(params: ImageParams, seed: int, *, english_only: bool = False) -> Words:
    """The texts of the picture with this seed, in the style wanted.

    Raises :class:`UserError` where the model reads English only and has been given Chinese alone.
    """
    text = params.prompt_en if english_only and params.prompt_en.strip() else params.prompt
    prompt = resolved(text, seed).strip()
    if english_only and is_chinese(prompt):
        raise UserError("english_only", "image.error.english_only", status=422, field="prompt_en")
    if params.style:
        prompt = ", ".join(part for part in (prompt, STYLES[params.style]) if part)
    return Words(prompt, resolved(params.negative_prompt, seed).strip())


def is_chinese(text: str) -> bool:
    """Whether any of it is written in Chinese characters."""
    return _CHINESE.search(text) is not None


LOOK_WORDS = {"flat": ("flat", "扁平"), "3d": ("3d", "立体")}
"""What EmojiFlow calls its looks, in English and in Chinese."""


def with_look(prompt: str, look: str) -> str:
    """The prompt with the look's own word behind it, in the prompt's language."""
    if not look:
        return prompt
    english, chinese = LOOK_WORDS[look]
    return f"{prompt}，{chinese}" if is_chinese(prompt) else f"{prompt}, {english}"
