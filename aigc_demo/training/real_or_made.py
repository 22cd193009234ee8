"""The material of the lesson "Real or made": ``python -m aigc_demo.training.real_or_made [--only poems]``.

Poems and tunes that people wrote and that our models wrote to the same orders, each made one beside what it
is nearest to of all that its model learnt from; what EmojiFlow draws for words that say nothing of sex or
age; and how near its pictures come to those it has seen. Nothing is chosen by eye: what is real is drawn by a
seed from authors and tunes that no model has learnt from, what is made has the seeds 0, 1, 2 ...

Writes ``assets/ui/learn/data/real.json`` and pictures beside it. Fetches the packages that the models were
trained on. Knows data and models; knows no page.
"""

from __future__ import annotations

import argparse
import json
import random
import string
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from PIL import Image

from aigc_demo import decoding
from aigc_demo.settings import ASSETS
from aigc_demo.tasks.music import tokens
from aigc_demo.tasks.music.composer import Composer
from aigc_demo.tasks.music.composer import from_folder as folk_network
from aigc_demo.tasks.music.folk import FolkPipeline
from aigc_demo.tasks.music.params import ScoreParams
from aigc_demo.tasks.music.score import pitch_class
from aigc_demo.tasks.music.tune import Tune, mean_pitch, part_notes
from aigc_demo.tasks.poems.params import PoemParams
from aigc_demo.tasks.poems.pipeline import PoemPipeline
from aigc_demo.tasks.poems.pipeline import from_folder as poem_network
from aigc_demo.tasks.poems.prosody import load as load_prosody
from aigc_demo.tasks.poems.tokens import Vocabulary
from aigc_demo.training import folk_data, shigpt_data
from aigc_demo.training.shigpt_data import Poem

TARGET = ASSETS / "ui" / "learn" / "data" / "real.json"
MODELS = ASSETS / "models"
DOWNLOADS = Path(".training/downloads")
SEED = 13
COUNT = 6
FORMS = ("五绝", "七绝")
STYLES = ("jig", "reel", "hornpipe")
BARS = 8
MIDDLE = 69
"""Tunes are played in the octave whose mean is nearest to this pitch, for the octave tells nothing."""
TITLES = {"oneill": "O'Neill's Music of Ireland (1903)", "ryan": "Ryan's Mammoth Collection (1883)",
          "aird": "Aird's Airs (1778 to 1801)", "northumbrian": "Northumbrian Minstrelsy (1882)"}  # fmt: skip

# -- poems ----------------------------------------------------------------------------------------------


def poems() -> list[dict[str, Any]]:
    """As many real poems of held-out authors as made ones, to titles drawn in the same way."""
    every = shigpt_data.load_poems(DOWNLOADS)
    learnt = [poem for poem in every if shigpt_data.side_of(poem) == "train"]
    unseen = [
        poem
        for poem in every
        if shigpt_data.side_of(poem) == "test" and poem.form in FORMS and 2 <= len(poem.title) <= 6
    ]
    drawn = random.Random(SEED).sample(unseen, 2 * COUNT)
    runs = Runs(((line, poem) for poem in learnt for line in poem.lines), 2)
    write = _poet()
    rows = [_real_poem(poem) for poem in drawn[:COUNT]]
    for seed, poem in enumerate(drawn[COUNT:]):
        made = write(poem, seed)
        row = {"real": False, "title": poem.title, "form": poem.form, "lines": list(made), "seed": seed}
        rows.append({**row, "nearest": _nearest_line(made, runs)})
    return rows


def _real_poem(poem: Poem) -> dict[str, Any]:
    return {"real": True, "title": poem.title, "form": poem.form, "lines": list(poem.lines),
            "author": poem.author, "dynasty": poem.dynasty}  # fmt: skip


def _poet() -> Any:
    folder = MODELS / "shigpt"
    vocabulary = Vocabulary.load(folder / "tokens.json")
    pipeline = PoemPipeline(
        decoding.decoder(poem_network(folder)), vocabulary, load_prosody(folder / "rhymes.json")
    )

    def write(poem: Poem, seed: int) -> tuple[str, ...]:
        order = {"prompt": poem.title, "form": poem.form, "dynasty": poem.dynasty, "seed": seed}
        (output,) = pipeline(PoemParams.model_validate(order), lambda _: None)
        return tuple(output.meta["poem"]["lines"])

    return write


class Runs:
    """Finds, of many sequences, the one that shares the longest run with another.

    Args:
        known: sequences, each with whose it is.
        least: how long a run must be to be found at all.
    """

    def __init__(self, known: Iterable[tuple[Sequence[Any], Any]], least: int) -> None:
        self._known, self._least = list(known), least
        self._by: dict[tuple[Any, ...], list[tuple[int, int]]] = {}
        for number, (sequence, _) in enumerate(self._known):
            for at in range(len(sequence) - least + 1):
                self._by.setdefault(tuple(sequence[at : at + least]), []).append((number, at))

    def longest(self, ours: Sequence[Any]) -> tuple[int, int, Sequence[Any], Any]:
        """Length of the run, where it begins in ``ours``, the known sequence, and whose that is."""
        best: tuple[int, int, Sequence[Any], Any] = (0, 0, (), None)
        for at in range(len(ours) - self._least + 1):
            for number, place in self._by.get(tuple(ours[at : at + self._least]), ()):
                theirs, owner = self._known[number]
                length = self._least
                while (
                    at + length < len(ours)
                    and place + length < len(theirs)
                    and ours[at + length] == theirs[place + length]
                ):
                    length += 1
                if length > best[0]:
                    best = (length, at, theirs, owner)
        return best


def _nearest_line(lines: Sequence[str], runs: Runs) -> dict[str, Any]:
    """The longest run of characters that any of ``lines`` shares with a known one, and whose that is."""
    found = [(runs.longest(line), line) for line in lines]
    (length, at, source, poem), line = max(found, key=lambda one: one[0][0])
    if not length:
        return {"shared": ""}
    return {"shared": line[at : at + length], "line": line, "source": source, "author": poem.author,
            "dynasty": poem.dynasty, "title": poem.title}  # fmt: skip


# -- tunes ----------------------------------------------------------------------------------------------


def tunes() -> list[dict[str, Any]]:
    """As many real tunes that were held out as made ones of the same metre, mode and dance."""
    every = folk_data.make(folk_data.corpus_folder(), folk_data.PATTERNS)
    learnt = [one for one in every if one.side == "train"]
    unseen = [
        one for one in every if one.side == "test" and one.header.style in STYLES and one.header.bars >= BARS
    ]
    drawn = random.Random(SEED).sample(unseen, 2 * COUNT)
    runs = Runs(((_steps(_decoded(one)), one.title) for one in learnt), 3)
    composer = Composer(decoding.decoder(folk_network(MODELS / "folkgpt")), tokens.ID[tokens.EOS])
    pipeline = FolkPipeline(composer, "folkgpt")
    rows: list[dict[str, Any]] = []
    for one in drawn[:COUNT]:
        source = {"title": _named(one.title), "collection": TITLES[one.collection]}
        rows.append({"real": True, **_order(one), "notes": _notes(_decoded(one)), **source})
    for seed, one in enumerate(drawn[COUNT:]):
        order = _order(one)
        asked = {**order, "bars": 16, "seed": seed, "temperature": 0.95}
        score, _ = pipeline.score(ScoreParams.model_validate(asked), lambda _: None)
        up = 62 - 60 - pitch_class(score.tonic)
        notes = [(float(n.start), float(n.length), n.pitch + up) for n in score.parts[0].notes]
        steps = _steps_of([note for note in notes if note[0] < _end(order["metre"])])
        length, at, _, title = runs.longest(steps)
        nearest = {"notes": length + 1 if length else 0, "from": at, "title": _named(title or "")}
        row = {"real": False, **order, "notes": _cut(notes, order["metre"]), "seed": seed}
        rows.append({**row, "nearest": nearest})
    return rows


def _order(one: folk_data.Example) -> dict[str, str]:
    return {"metre": one.header.metre, "mode": one.header.mode, "style": str(one.header.style)}


def _decoded(one: folk_data.Example) -> Tune:
    return tokens.decode(one.ids, tokens.metre_of(one.header.metre), one.header.mode)


def _notes(tune: Tune) -> list[list[float]]:
    """The first bars over D, as (start, length, pitch)."""
    notes = [(float(n.start), float(n.length), n.pitch) for n in part_notes(tune, 62)]
    return _cut(notes, f"{tune.metre[0]}/{tune.metre[1]}")


def _cut(notes: Sequence[tuple[float, float, int]], metre: str) -> list[list[float]]:
    heard = [note for note in notes if note[0] < _end(metre)]
    octaves = 12 * round((MIDDLE - mean_pitch(note[2] for note in heard)) / 12)
    return [[round(start, 4), round(length, 4), pitch + octaves] for start, length, pitch in heard]


def _named(title: str) -> str:
    """A title without the dashes and capitals of one of the collections."""
    return string.capwords(title.replace(" -- ", " ").strip(" ."))


def _end(metre: str) -> float:
    """The end of the bars that are played, in quarter notes."""
    beats, unit = map(int, metre.split("/"))
    return BARS * beats * 4 / unit


Step = tuple[int, int]
"""An interval in semitones, and the length of its first note in 24ths of a quarter."""


def _steps_of(notes: Sequence[tuple[float, float, int]]) -> list[Step]:
    return [(after[2] - before[2], round(before[1] * 24)) for before, after in pairwise(notes)]


def _steps(tune: Tune) -> list[Step]:
    return _steps_of([(float(n.start), float(n.length), n.pitch) for n in part_notes(tune, 62)])


# -- pictures -------------------------------------------------------------------------------------------

ASKED = (("nurse", "护士"), ("boss", "老板"), ("teacher", "老师"), ("scientist", "科学家"))
KNOWN = (("guitar", "吉他"), ("red apple", "红苹果"), ("owl", "猫头鹰"), ("rocket", "火箭"),
         ("blue cat", "蓝色的猫"), ("sad robot", "难过的机器人"))  # fmt: skip
SEEDS = 8


def pictures() -> dict[str, Any]:
    """What is drawn for people's work, and how near known things come to what was learnt."""
    from aigc_demo.tasks.image.flow import EmojiFlowPipeline
    from aigc_demo.tasks.image.quantize import quantize_all_
    from aigc_demo.training.emojiflow_data import load_emoji, make_split
    from aigc_demo.training.emojiflow_eval import Gallery, pipeline_painter
    from aigc_demo.training.lite_net import in_batches, load_features

    emoji = load_emoji(DOWNLOADS)
    split = make_split(emoji)
    net = load_features(DOWNLOADS)
    gallery = Gallery([one for one in emoji if one.code not in split.emoji], net)
    paint = pipeline_painter(quantize_all_(EmojiFlowPipeline.from_pretrained(MODELS / "emojiflow")), 20, 3.0)

    def drawn(prompts: list[str], name: str) -> dict[str, Any]:
        """Pictures, their nearest ones by look, and how far apart both are, pixel by pixel."""
        made = paint(prompts, 0)
        near = [row[0] for row in gallery.nearest(in_batches(net, made), 1)]
        shown, labels, apart = [], [], []
        for picture, owner in zip(made, near, strict=True):
            looks = [at for at, one in enumerate(gallery.owner) if one == owner]
            distances = [float((gallery.pictures[at] - picture).square().mean().sqrt()) / 2 for at in looks]
            best = min(range(len(looks)), key=distances.__getitem__)
            shown.append(gallery.pictures[looks[best]])
            labels.append(dict(gallery.emoji[owner].labels))
            apart.append(round(distances[best], 3))
        _row(made, f"{name}-made")
        _row(shown, f"{name}-nearest")
        counted = Counter(label["en"] for label in labels)
        return {"name": name, "labels": labels, "apart": apart, "counted": counted.most_common()}

    people = [
        {"language": language, "prompt": words[at], **drawn([words[at]] * SEEDS, f"{words[0]}-{language}")}
        for words in ASKED
        for at, language in enumerate(("en", "zh"))
    ]
    known = {"prompts": [list(words) for words in KNOWN], **drawn([words[0] for words in KNOWN], "known")}
    return {"people": people, "known": known}


def _row(made: Iterable[Any], name: str) -> None:
    """Pictures side by side, as one file beside the numbers."""
    from aigc_demo.training.emojiflow_eval import to_uint8

    every = [Image.fromarray(to_uint8(one)) for one in made]
    row = Image.new("RGB", (64 * len(every), 64), "white")
    for at, one in enumerate(every):
        row.paste(one, (64 * at, 0))
    row.save(TARGET.parent / f"real-{name}.webp", quality=90, method=6)


# -- all ------------------------------------------------------------------------------------------------

PARTS = {"poems": poems, "tunes": tunes, "pictures": pictures}


def main(arguments: Sequence[str] | None = None) -> None:
    """Make every part, or those named, and keep the others as they are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=list(PARTS), default=list(PARTS))
    options = parser.parse_args(arguments)
    kept = json.loads(TARGET.read_text("utf-8")) if TARGET.exists() else {}
    for name in options.only:
        kept[name] = PARTS[name]()
        TARGET.write_text(json.dumps(kept, ensure_ascii=False, indent=None) + "\n", "utf-8")
        print(name, TARGET.stat().st_size)


if __name__ == "__main__":
    main()
