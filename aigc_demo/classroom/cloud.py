"""The words that stand out in open answers: a word cloud as values, in both languages.

English answers count by word, without the words that every sentence has; Chinese ones by the whole answer
where it is short, else by the pieces between its signs and commonest words. One answer counts a word once.
Knows no page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from aigc_demo.classroom.names import is_refused

MOST_WORDS = 60
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_LONGEST_PIECE = 6
_LONGEST_WORD = 30
"""Letters; what is longer is no word, and looked at no further."""
_COMMON = frozenset(
    (
        *(
            "a",
            "an",
            "and",
            "are",
            "as",
            "at",
            "be",
            "because",
            "but",
            "by",
            "can",
            "do",
            "does",
            "for",
            "from",
        ),
        *("had", "has", "have", "he", "her", "his", "how", "i", "if", "in", "is", "it", "its", "just", "me"),
        *("more", "my", "no", "not", "of", "on", "or", "our", "she", "so", "some", "than", "that", "the"),
        *("their", "them", "then", "there", "they", "this", "to", "too", "very", "was", "we", "were", "what"),
        *("when", "which", "who", "will", "with", "would", "you", "your"),
    )
)
_HAN_BREAKS = re.compile(
    "因为|所以|觉得|认为|可以|没有|一个|我们|他们|它们|就是|还是|但是|这个|那个"
    "|[的了是我你他她它在有和也都就很不会能要吗呢吧啊着把被让给对]"
)


def cloud(answers: Iterable[str]) -> list[tuple[str, int]]:
    """Words with the number of answers that have them, the most frequent first; none that no wall shows."""
    counted: Counter[str] = Counter()
    for said in answers:
        counted.update(word for word in dict.fromkeys(_words(said)) if not is_refused(word))
    return counted.most_common(MOST_WORDS)


def _words(said: str) -> Iterable[str]:
    for run in _HAN.findall(said):
        if len(run) <= _LONGEST_PIECE - 2:
            yield run
            continue
        for piece in _HAN_BREAKS.split(run):
            if 1 < len(piece) <= _LONGEST_PIECE:
                yield piece
    for word in _WORD.findall(_HAN.sub(" ", said).casefold()):
        if len(word) <= _LONGEST_WORD and word not in _COMMON:
            yield word
