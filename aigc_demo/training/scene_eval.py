"""Judge scenes: python -m aigc_demo.training.scene_eval [--further | --unseen] [--words] [--sheet FILE].

Asks for the sixty scenes of ``scene_requests.txt``, written apart from the rules, or for the forty of
``scene_relations.txt`` or of ``scene_unseen.txt``, and prints what came of them: things and counts, relations
as geometry of the boxes, what is missing without a word. ``--words`` paints nothing and asks no memory: it
prints which of these things and relations the words were read as. With ``--judge`` each thing is also
looked for in its box of the finished picture by EfficientNet-Lite0: among the five nearest of all emoji.
``--sheet`` keeps 24 of the pictures, unchosen.
"""

from __future__ import annotations

import argparse
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from aigc_demo.pictures.enlarging import Enlarger
from aigc_demo.settings import ASSETS
from aigc_demo.tasks.image.concept_labels import read_concepts
from aigc_demo.tasks.image.emoji import EmojiFlow
from aigc_demo.tasks.image.flow import EmojiFlowPipeline
from aigc_demo.tasks.image.params import WorldParams
from aigc_demo.tasks.image.quantize import quantize_
from aigc_demo.tasks.image.scene.lexicon import kinds, lexicon
from aigc_demo.tasks.image.scene.parser import understood
from aigc_demo.tasks.image.scene.values import Scene
from aigc_demo.types import Output

REQUESTS = Path(__file__).parent / "scene_requests.txt"
FURTHER = Path(__file__).parent / "scene_relations.txt"
UNSEEN = Path(__file__).parent / "scene_unseen.txt"
MODELS = ASSETS / "models"
SHEET = 24
MEASURES = (
    "things present", "counts right", "relations satisfied", "missing declared", "nothing missing undeclared",
    "seen in its box, top 5",
)  # fmt: skip
READ = ("things read", "counts read", "relations read")
_ALIKE = {"riding": "on"}
"""Relations that stand alike."""
_INVERSE = {
    "left_of": "right_of", "right_of": "left_of", "above": "under", "under": "above", "behind": "in_front_of",
    "in_front_of": "behind", "next_to": "next_to",
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """One request, with what it asks for; ``missing`` are words that nobody can paint."""

    text: str
    things: tuple[tuple[str, int], ...]
    relations: tuple[tuple[str, str, str], ...] = ()
    missing: tuple[str, ...] = ()


@dataclass
class Tally:
    """Hits and misses by measure, and what to look at."""

    counts: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)

    def add(self, measure: str, hit: bool, about: str = "") -> None:
        """Count one."""
        self.counts[f"{measure} asked"] += 1
        self.counts[measure] += hit
        if not hit:
            self.missed.append(f"{measure}: {about}")

    def line(self, measure: str) -> str:
        """``measure 57 of 60, 95.0 %``."""
        hits, asked = self.counts[measure], self.counts[f"{measure} asked"]
        return f"| {measure} | {hits} of {asked} | {100 * hits / max(1, asked):.1f} % |"


def requests(path: Path = REQUESTS) -> list[Asked]:
    """All of them, in the order of the file."""
    rows = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return [_asked(*(part.strip() for part in row.split("|"))) for row in rows]


def _asked(text: str, things: str, relations: str, missing: str) -> Asked:
    named = [one.strip().split("*") for one in things.split(",")]
    related = [one.strip().split(":") for one in relations.split(",") if one.strip()]
    return Asked(
        text,
        tuple((name, int(count)) for name, count in named),
        tuple((one, kind, other) for one, kind, other in related),
        tuple(one.strip() for one in missing.split(",") if one.strip()),
    )


def measure(asked: Asked, made: Output, tally: Tally) -> None:
    """What of one request is in its picture's facts."""
    things: Sequence[dict[str, Any]] = made.meta.get("things", ())
    there = Counter(one["name"] for one in things)
    for name, count in asked.things:
        tally.add("things present", there[name] > 0, f"{name} in {asked.text}")
        tally.add("counts right", there[name] == count, f"{name} {there[name]} for {count} in {asked.text}")
    for one, kind, other in asked.relations:
        held = any(
            holds(kind, first["box"], second["box"])
            for first in things
            for second in things
            if (first["name"], second["name"]) == (one, other)
        )
        tally.add("relations satisfied", held, f"{one} {kind} {other} in {asked.text}")
    told = " ".join(made.meta.get("left_out", ()))
    for word in asked.missing:
        tally.add("missing declared", word in told, f"{word} in {asked.text}")
    silent = [name for name, _ in asked.things if not there[name] and not told]
    tally.add("nothing missing undeclared", not silent, f"{silent} in {asked.text}")


def holds(kind: str, one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether two boxes (left, top, width, height) stand so; near means within half a width."""
    middle, base = one[0] + one[2] / 2, one[1] + one[3]
    centre = other[0] + other[2] / 2
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    touching = across > 0 and min(base, other[1] + other[3]) > max(one[1], other[1])
    match kind:
        case "on" | "riding":
            return touching and base < other[1] + other[3] and one[1] < other[1] + 0.3 * other[3]
        case "above":
            return base <= other[1] + 0.35 * other[3]
        case "under":
            return one[1] >= other[1] and abs(middle - centre) < other[2] / 2 + one[2] / 2
        case "left_of":
            return middle < centre
        case "right_of":
            return middle > centre
        case "behind":
            return touching and base <= other[1] + other[3]
        case "in_front_of":
            return touching and base >= other[1] + other[3]
        case "in" | "held_by" | "worn_by":
            return touching
        case _:
            return across > -0.75 * max(one[2], other[2])


def understanding(asked: Asked, scene: Scene, tally: Tally) -> None:
    """What of one request its words were read as."""
    there = Counter(thing.name for thing in scene.things)
    for name, count in asked.things:
        tally.add("things read", there[name] > 0, f"{name} in {asked.text}")
        tally.add("counts read", there[name] == count, f"{name} {there[name]} for {count} in {asked.text}")
    stands = {
        (thing.name, _ALIKE.get(relation.kind, relation.kind), scene.things[at].name)
        for thing in scene.things
        if (relation := thing.relation) is not None
        for at in relation.to
    }
    for one, kind, other in asked.relations:
        told = {(one, _ALIKE.get(kind, kind), other), (other, _INVERSE.get(kind, ""), one)}
        tally.add("relations read", bool(told & stands), f"{one} {kind} {other} in {asked.text}")


def read_only(wanted: Sequence[Asked]) -> Tally:
    """What the words of all of them were read as."""
    tally = Tally()
    names = lexicon([vars(one) for one in read_concepts(MODELS / "emojiflow" / "known.json")])
    for asked in wanted:
        understanding(asked, understood(asked.text, names).scene, tally)
    return tally


def painter() -> EmojiFlow:
    """The model as the app runs it."""
    folder = MODELS / "emojiflow"
    pipe = EmojiFlowPipeline.from_pretrained(folder, torch.float32, quantize_)
    return EmojiFlow(pipe, Enlarger(MODELS / "upscale", "cpu"), read_concepts(folder / "known.json"))


class Judge:
    """Looks for things in their boxes, by the nearest of all emoji."""

    def __init__(self, downloads: Path) -> None:
        from aigc_demo.training.emojiflow_data import load_emoji  # fetches packages
        from aigc_demo.training.emojiflow_eval import Gallery
        from aigc_demo.training.lite_net import load_features

        emoji = load_emoji(downloads)
        self._net = load_features(downloads)
        self._gallery = Gallery(emoji, self._net)
        self._names = [one.labels["en"] for one in emoji]

    def sees(self, picture: Image.Image, thing: dict[str, Any]) -> bool:
        """Whether a thing is among the five nearest of what its box shows."""
        left, top, width, height = thing["box"]
        side = max(width, height) * 1.06
        middle, centre = left + width / 2, top + height / 2
        box = middle - side / 2, centre - side / 2, middle + side / 2, centre + side / 2
        seen = picture.crop(tuple(map(round, box))).resize((64, 64), Image.Resampling.BOX).convert("RGB")
        pixels = (
            torch.tensor(list(seen.tobytes()), dtype=torch.float32).view(1, 64, 64, 3).permute(0, 3, 1, 2)
        )
        nearest = self._gallery.nearest(self._net(pixels / 127.5 - 1))[0]
        kind = kinds().get(thing["name"])
        painted = (kind.painted if kind else "") or thing["name"]
        return painted in {self._names[one] for one in nearest}


def main(arguments: Sequence[str] | None = None) -> None:
    """Ask, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--folder", type=Path, default=Path(".training/emojiflow"), help="downloads")
    parser.add_argument("--judge", action="store_true")
    parser.add_argument("--further", action="store_true", help="those of scene_relations.txt")
    parser.add_argument("--unseen", action="store_true", help="those of scene_unseen.txt")
    parser.add_argument("--words", action="store_true", help="paint nothing: what the words were read as")
    options = parser.parse_args(arguments)
    wanted = requests(UNSEEN if options.unseen else FURTHER if options.further else REQUESTS)
    if options.words:
        tally = read_only(wanted)
        print("\n".join([*map(tally.line, READ), *tally.missed]))
        return
    model, tally = painter(), Tally()
    judge = Judge(options.folder / "downloads") if options.judge else None
    pictures = []
    for number, asked in enumerate(wanted):
        params: Any = WorldParams(prompt=asked.text, seed=number, frame="wide")
        (made,) = model(params, lambda _: None)
        measure(asked, made, tally)
        picture = Image.open(io.BytesIO(made.data or b"")).convert("RGB")
        pictures.append(picture)
        for thing in made.meta["things"] if judge else ():
            if judge and thing["name"] in {name for name, _ in asked.things}:
                tally.add(MEASURES[-1], judge.sees(picture, thing), f"{thing['name']} in {asked.text}")
    print("\n".join(map(tally.line, MEASURES[: None if judge else -1])))
    print("\n".join(tally.missed))
    if options.sheet:
        small = [one.resize((384, 256)) for one in pictures[:: max(1, len(pictures) // SHEET)][:SHEET]]
        sheet = Image.new("RGB", (4 * 384, 6 * 256))
        for at, one in enumerate(small):
            sheet.paste(one, (at % 4 * 384, at // 4 * 256))
        sheet.save(options.sheet)


if __name__ == "__main__":
    main()
