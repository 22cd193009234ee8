"""What can be told of a request for a text: what kind it names, how long it shall be, and what came of that.

Knows words for kinds and lengths. What a language model makes of the rest, nobody can say before it has
written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aigc_demo.tasks.text.params import PROMPT_MOST, PromptParams
from aigc_demo.types import ModelSpec, Output, Reading, Remark, Step, Term
from aigc_demo.types.readings import shortened

LONGEST = 600
"""Characters of a request that are read: kind and length stand at its beginning or end."""
KINDS = (
    ("letter", r"letters?|一封信|书信|请假条"),
    ("email", r"e-?mails?|邮件"),
    ("story", r"stor(?:y|ies)|tales?|故事|小说|童话"),
    ("poem", r"poems?|haikus?|sonnets?|limericks?|verses?|诗"),
    ("slogan", r"slogans?|taglines?|口号|标语"),
    ("joke", r"jokes?|笑话"),
    ("recipe", r"recipes?|菜谱|食谱"),
    ("list", r"lists?|bullet points|列出|清单"),
    ("speech", r"speech(?:es)?|演讲"),
    ("summary", r"summar(?:y|ize|ise)|总结|概括"),
    ("translation", r"translat[a-z]{1,6}|翻译|译成"),
    ("explanation", r"explain|解释|为什么"),
    ("greeting", r"(?:birthday|greeting|christmas|thank[- ]you) (?:cards?|messages?)|祝福|贺卡"),
    ("code", r"code|program|function|script|代码|程序"),
)
"""Kinds of text and the words for them, small letters."""
_KINDS = tuple(re.compile(rf"(?<![a-z])(?:{words})(?![a-z])", re.IGNORECASE) for _, words in KINDS)
_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10,
    "一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10,
    "百": 100, "千": 1000,
}  # fmt: skip
_LENGTH = re.compile(
    r"(?<![a-z\d])(\d{1,5}|one|two|three|four|five|six|seven|eight|nine|ten)[ -]"
    r"(words?|sentences?|lines?|paragraphs?)(?![a-z])",
    re.IGNORECASE,
)
_LENGTH_ZH = re.compile(r"(\d{1,5}|[一两二三四五六七八九十百千])(字|句话|句|行|段)")
_UNITS = {"字": "chars", "句话": "sentences", "句": "sentences", "行": "lines", "段": "paragraphs"}
_TOKENS = {"words": 1.5, "chars": 1.6, "sentences": 28, "lines": 14, "paragraphs": 110}
"""About how many tokens one of each takes."""
_WORD = re.compile(r"[^\W\d_]++(?:['’-][^\W\d_]++)*+|\d++")
_HAN = re.compile(r"[\u3400-\u9fff]")
_SENTENCE = re.compile(r"[^.!?。！？\n]*+[.!?。！？\n]++")
_LEAST_REPEATED = 8
"""Characters of a line that is worth counting."""
OFF = 0.25
"""By so much of the length asked for may the length written differ."""


@dataclass(frozen=True)
class Length:
    """How long a text shall be."""

    count: int
    unit: str

    def term(self, words: str = "") -> Term:
        """As one says it."""
        return Term(shortened(words), key=f"text.request.length.{self.unit}", values={"n": self.count})


def read(values: Mapping[str, Any], spec: ModelSpec, _: Sequence[Mapping[str, str]]) -> Reading:
    """The kind and the length that a request names, and whether so much may be written."""
    text = _ends(str(values.get("prompt") or ""))
    if not text.strip():
        return Reading()
    length, words = length_of(text)
    kept = _kinds(text) + ((length.term(words),) if length else ())
    wanted = round(length.count * _TOKENS[length.unit]) if length else 0
    limit = values.get("max_new_tokens")
    if not isinstance(limit, int) or "max_new_tokens" not in spec.params.model_fields or wanted <= limit:
        return Reading(kept)
    more = min(2048, -(-wanted // 64) * 64)
    step = Step("text.request.longer", {"n": more}, {"max_new_tokens": more})
    return Reading(
        kept, remarks=(Remark("text.request.too_long", {"limit": limit, "wanted": wanted}, (step,)),)
    )


def account(params: PromptParams, outputs: Sequence[Output], _: ModelSpec) -> Reading:
    """How much was written, whether it came to its end, and whether it says the same again and again."""
    text, meta = outputs[0].text or "", outputs[0].meta
    if not text.strip():
        return Reading()
    chinese = len(_HAN.findall(text)) > len(text) / 4
    kept = (*_kinds(_ends(params.prompt)), counted(text, "chars" if chinese else "words").term())
    asked, words = length_of(_ends(params.prompt))
    left_out: list[Term] = []
    if asked is not None and abs(counted(text, asked.unit).count - asked.count) > OFF * asked.count:
        left_out.append(asked.term(words))
    if meta.get("finish_reason") == "length":
        left_out.append(Term(key="text.request.the_end", values={"limit": meta.get("tokens", 0)}))
    if meta.get("finish_reason") == "loop":
        return Reading(kept, tuple(left_out), remarks=(Remark("text.request.looped"),))
    times = repeated(text)
    remarks = (Remark("text.request.repeats", {"n": times}),) if times > 2 else ()
    return Reading(kept, tuple(left_out), remarks=remarks)


def length_of(text: str) -> tuple[Length | None, str]:
    """The length that a request names, and in which words; None where it names none."""
    found = _LENGTH.search(text)
    if found:
        unit = found[2].lower().removesuffix("s") + "s"
    elif found := _LENGTH_ZH.search(text):
        unit = _UNITS[found[2]]
    else:
        return None, ""
    said = found[1].lower()
    count = int(said) if said.isdigit() else _NUMBERS[said]
    return (Length(count, unit), found[0]) if count else (None, "")


def counted(text: str, unit: str) -> Length:
    """How long a text is."""
    match unit:
        case "chars":
            count = len(_HAN.findall(text))
        case "sentences":
            count = sum(1 for part in _SENTENCE.findall(text.strip() + "\n") if part.strip(" .!?。！？\n"))
        case "lines":
            count = sum(1 for line in text.splitlines() if line.strip())
        case "paragraphs":
            count = sum(1 for part in text.split("\n\n") if part.strip())
        case _:
            count = len(_WORD.findall(text))
    return Length(count, unit)


def repeated(text: str) -> int:
    """How often the line or sentence stands there that stands there most often."""
    parts = (part.strip(" -*#.!?。！？\n").lower() for part in _SENTENCE.findall(text[:PROMPT_MOST] + "\n"))
    often = Counter(part for part in parts if len(part) >= _LEAST_REPEATED)
    return max(often.values(), default=0)


def _kinds(text: str) -> tuple[Term, ...]:
    """The first kinds of text that are named, at most two."""
    named = [
        (found.start(), name, found[0])
        for (name, _), words in zip(KINDS, _KINDS, strict=True)
        if (found := words.search(text))
    ]
    return tuple(
        Term(shortened(words), key=f"text.request.kind.{name}") for _, name, words in sorted(named)[:2]
    )


def _ends(text: str) -> str:
    """Beginning and end of a long request."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]}\n{text[-LONGEST // 2 :]}"
