"""The sets that Learn's trainings of words learn from: python -m aigc_demo.training.words_data.

Knows which poems and tunes are taken and how they are written to ``assets/data``. The poems are of the
Tang (chinese-poetry, MIT), simplified; the tunes are those of two printed books in the public domain, as
notes in the words of the folk model (found in music21's corpus). Knows nothing of networks.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import numpy as np

from aigc_demo.settings import ASSETS
from aigc_demo.tasks.music.tokens import WORDS, header_ids
from aigc_demo.training import folk_data
from aigc_demo.training.shigpt_data import Poem, load_poems

CHARACTERS = 2000
"""The commonest of the Tang's quatrains; poems that use others are left out, or most of a small network would
stand for characters that it hardly meets."""
TUNES = 1200
BOOKS = ("ryan", "oneill")


def tang(folder: Path, downloads: Path) -> None:
    """Poems of the four forms, one a line, in an order left to a fixed chance."""
    found = [poem for poem in load_poems(downloads) if poem.dynasty == "唐"]
    counts = Counter(char for poem in found if len(poem.lines) == 4 for line in poem.lines for char in line)
    known = {char for char, _ in counts.most_common(CHARACTERS)}
    kept = [poem for poem in found if known.issuperset(char for line in poem.lines for char in line)]
    random.Random(0).shuffle(kept)
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{written(poem)}\n" for poem in kept)
    (folder / "poems.txt").write_text(text, "utf-8")
    print(f"{len(found)} poems, {len(kept)} of common characters alone, {len(text):,} characters")


def written(poem: Poem) -> str:
    """A poem as sentences of two lines."""
    return "".join(f"{line}{'。' if number % 2 else '，'}" for number, line in enumerate(poem.lines))


def tunes(folder: Path, downloads: Path) -> None:
    """Tunes as numbers of words, each with the header that it can be asked for with."""
    found = [one for one in folk_data.load(downloads) if one.collection in BOOKS and one.header.style]
    random.Random(0).shuffle(found)
    rows = [[*header_ids(one.header), *one.ids] for one in found if len(one.ids) <= 400][:TUNES]
    used = sorted({token for row in rows for token in row})
    number = {token: place for place, token in enumerate(used)}
    folder.mkdir(parents=True, exist_ok=True)
    ids = np.array([number[token] for row in rows for token in row], np.uint16)
    np.savez_compressed(
        folder / "tunes.npz", ids=ids, lengths=np.array([len(row) for row in rows], np.uint16)
    )
    (folder / "words.json").write_text(json.dumps([WORDS[token] for token in used]) + "\n", "utf-8")
    print(f"{len(rows)} tunes, {len(ids):,} tokens of {len(used)} words")


def main() -> None:
    """Both sets."""
    downloads = Path(".training")
    tang(ASSETS / "data" / "tang", downloads / "shigpt" / "downloads")
    tunes(ASSETS / "data" / "tunes", downloads / "folkgpt")


if __name__ == "__main__":
    main()
