"""A poem as the page shows it: every character with its tone and sound, every rule with its verdict.

Knows prosody and pinyin. Knows nothing of models. All of it is plain JSON values.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from aigc_demo.tasks.poems import script
from aigc_demo.tasks.poems.prosody import RULES, Prosody, judge

LEVEL, OBLIQUE, EITHER, UNKNOWN = "平", "仄", "中", "?"


def text_of(title: str, lines: Sequence[str], whole: bool = True) -> str:
    """Title and lines with their punctuation, a couplet on each line of text."""
    result = ""
    for row, line in enumerate(lines):
        ended = whole or row < len(lines) - 1
        result += line + (("，" if row % 2 == 0 else "。\n") if ended else "")
    return (f"{title}\n\n" if title else "") + result.strip()


def tones_of(line: str, prosody: Prosody) -> str:
    """One mark for each character: level, oblique, either, unknown."""
    marks = {"level": LEVEL, "oblique": OBLIQUE}
    return "".join(
        marks[tone] if (tone := prosody.tone(char)) else EITHER if char in prosody.of else UNKNOWN
        for char in line
    )


_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"不", "bù"),  # as it is written: what speech makes of it before another fourth tone is not
        (r"一", "yī"),
        (r"曾(?![孙祖子参])", "céng"),
        (r"泊(?<!湖泊)(?<!血泊)(?<!梁山泊)", "bó"),
        (r"长(?=[恨东江河安天空亭城风门歌短夜亭相思])", "cháng"),
        (r"重(?=[山阳门楼帘云围城湖檐关岩峦叠重来过逢到游])|(?<=[九万千几一三])重", "chóng"),
        (r"朝(?=[朝辞云露雨阳霞暮夕来发日晖晴])|(?<=[今明一花朝])朝", "zhāo"),
    )
)
"""How verse reads characters that dictionaries of today read otherwise in such company."""


def pinyin_of(line: str) -> list[str]:
    """The sound of each character today, by its company where it has several."""
    from pypinyin import Style, lazy_pinyin

    sounds = list(lazy_pinyin(line, style=Style.TONE, errors=list))  # type: ignore[arg-type]
    for pattern, sound in _SOUNDS:
        for found in pattern.finditer(line):
            sounds[found.start()] = sound
    return sounds


def describe(lines: Sequence[str], prosody: Prosody, in_traditional: bool) -> dict[str, Any]:
    """Everything about finished lines (simplified characters) that does not depend on how they came.

    ``checked`` holds, for each rule, how often it held and how often it could be judged; ``broken`` the
    places (line, character) of those that do not hold.
    """
    verdicts = judge(lines, prosody)
    held = Counter(verdict.rule for verdict in verdicts if verdict.holds)
    judged = Counter(verdict.rule for verdict in verdicts)
    return {
        "lines": [script.traditional(line) if in_traditional else line for line in lines],
        "tones": [tones_of(line, prosody) for line in lines],
        "pinyin": [pinyin_of(line) for line in lines],
        "rhymes": rhymes(lines, prosody),
        "checked": {rule: [held[rule], judged[rule]] for rule in RULES if judged[rule]},
        "broken": [
            {"rule": verdict.rule, "places": [list(place) for place in verdict.places]}
            for verdict in verdicts
            if not verdict.holds
        ],
        "keeps": all(verdict.holds for verdict in verdicts),
    }


def rhymes(lines: Sequence[str], prosody: Prosody) -> list[list[int]]:
    """Where rhyme-words stand: the ends of even lines, and of the first where it rhymes with them."""
    last = len(lines[0]) - 1
    found = [[row, last] for row in range(1, len(lines), 2)]
    shared = prosody.shared([lines[row][last] for row, _ in found])
    if shared & prosody.of.get(lines[0][last], frozenset()):
        found.insert(0, [0, last])
    return found
