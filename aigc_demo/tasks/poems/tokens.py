"""The language of the poem model: characters, and markers that no visitor can type.

Knows how a wish and a poem become token ids and back. One sequence is

    <bos> <form> <dynasty> [<title> chars] [<keys> chars <,> chars] [<heads> chars] <body> <plan> <rhyme>
    line / line / ... <eos>

Everything before ``<body>`` is given; from there on the model writes, its own plan first: how the tones
begin, whether the first line rhymes, and which rhyme group is used.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from aigc_demo.tasks.poems.prosody import FORMS, Form, Group, Prosody, Tone, pattern

PAD, BOS, EOS, BODY, TITLE, KEYS, COMMA, HEADS, LINE = range(9)
_MARKERS = ("<pad>", "<bos>", "<eos>", "<body>", "<title>", "<keys>", "<,>", "<heads>", "</>")
DYNASTIES = ("唐", "宋")
STARTS: tuple[Tone, ...] = ("level", "oblique")
PLANS = ("level", "level+", "oblique", "oblique+", "free")
"""How line one begins at its second character; ``+``: it rhymes too. ``free``: the rules are not kept."""


@dataclass(frozen=True)
class PoemRequest:
    """What a poem is asked for; an empty value leaves it to the model.

    ``called`` is its title where the model is given other words for it.
    """

    form: str
    dynasty: str = "唐"
    title: str = ""
    keys: tuple[str, ...] = ()
    heads: str = ""
    called: str = ""

    @property
    def name(self) -> str:
        """The title that is shown."""
        return self.called or self.title


@dataclass(frozen=True)
class Vocabulary:
    """All tokens in order: markers, forms, dynasties, plans, rhymes, then characters."""

    tokens: tuple[str, ...]

    @classmethod
    def make(cls, groups: Iterable[Group], chars: Iterable[str]) -> Vocabulary:
        """The vocabulary over these rhyme groups and characters."""
        own = [*_MARKERS, *(f"<{name}>" for name in (*FORMS, *DYNASTIES, *PLANS))]
        own += [f"<rhyme {number} {group.name}>" for number, group in enumerate(groups)]
        return cls((*own, "<rhyme ?>", *chars))

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        """Read the list beside the weights."""
        return cls(tuple(json.loads(path.read_text("utf-8"))))

    def save(self, path: Path) -> None:
        """Write the list, one token a line."""
        path.write_text(json.dumps(self.tokens, ensure_ascii=False, indent=0) + "\n", "utf-8")

    def __len__(self) -> int:
        return len(self.tokens)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {token: number for number, token in enumerate(self.tokens)}

    @property
    def first_char(self) -> int:
        """The id from which on tokens are characters."""
        return self._ids["<rhyme ?>"] + 1

    def id(self, token: str) -> int:
        """The id of a marker, given with its brackets, or of a character."""
        return self._ids[token]

    def knows(self, char: str) -> bool:
        """Whether a visitor's character is in the vocabulary: markers are never one character long."""
        return char in self._ids

    def chars(self, text: str) -> list[int]:
        """Ids of the characters of a text that are known; the others are passed over."""
        return [self._ids[char] for char in text if char in self._ids]

    def rhyme(self, group: int | None) -> int:
        """The marker of a rhyme group, or of an unknown one."""
        return self._ids["<rhyme ?>"] if group is None else self.first_rhyme + group

    @property
    def first_rhyme(self) -> int:
        """The id of the first rhyme group's marker; the others follow."""
        return self._ids[f"<{PLANS[-1]}>"] + 1

    def header(self, request: PoemRequest) -> list[int]:
        """Everything that is given, ``<body>`` included."""
        ids = [BOS, self.id(f"<{request.form}>"), self.id(f"<{request.dynasty}>")]
        if title := self.chars(request.title):
            ids += [TITLE, *title]
        if request.keys:
            ids.append(KEYS)
            for number, key in enumerate(request.keys):
                ids += [*([COMMA] if number else []), *self.chars(key)]
        if request.heads:
            ids += [HEADS, *self.chars(request.heads)]
        return [*ids, BODY]

    def body(self, plan: str, group: int | None, lines: Sequence[str]) -> list[int]:
        """The plan and the lines, to the end."""
        ids = [self.id(f"<{plan}>"), self.rhyme(group)]
        for line in lines:
            ids += [*self.chars(line), LINE]
        return [*ids[:-1], EOS]

    def read(self, ids: Iterable[int]) -> list[str]:
        """The lines in what the model wrote, finished or not; markers are not text."""
        lines = [""]
        for one in ids:
            if one == LINE:
                lines.append("")
            elif one >= self.first_char:
                lines[-1] += self.tokens[one]
        return lines


def plan_of(lines: Sequence[str], prosody: Prosody) -> tuple[str, int | None]:
    """The plan that a poem follows and its rhyme group (the lowest of several; None where it has none).

    A poem follows a plan if its rhyme-words share a level group and its tones fit one of the two regulated
    patterns, but for one place in six.
    """
    form = next(f for f in FORMS.values() if (f.lines, f.length) == (len(lines), len(lines[0])))
    ends = [line[-1] for line in lines[1::2]]
    shared = prosody.shared(ends) if sum(end in prosody.of for end in ends) > 1 else frozenset[int]()
    level = sorted(i for i in shared if prosody.groups[i].tone == "level")
    group = next(iter(level or sorted(shared)), None)
    broken, known, start = min(misfits(lines, form, start, prosody) for start in STARTS)
    if not level or broken * 6 > known:
        return "free", group
    also = bool(prosody.of.get(lines[0][-1], frozenset()) & set(level))
    return start + ("+" if also else ""), group


def misfits(lines: Sequence[str], form: Form, start: Tone, prosody: Prosody) -> tuple[int, int, Tone]:
    """How many counting positions break the pattern that begins so, of how many whose tone is known."""
    tones = [
        (prosody.tone(line[place]), wanted)
        for line, row in zip(lines, pattern(form, start), strict=True)
        for place, wanted in row.items()
    ]
    known = [(tone, wanted) for tone, wanted in tones if tone]
    return sum(tone != wanted for tone, wanted in known), len(known), start
