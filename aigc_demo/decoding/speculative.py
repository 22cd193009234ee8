"""What may come next, guessed from what came next before: drafts that a network then checks for nothing.

Knows sequences of token ids, of all runs of one model. Knows nothing of probabilities: a guess is only ever a
question, and the answer is the network's (prompt lookup decoding, Saxena 2023, with the memory shared).
"""

from __future__ import annotations

from collections.abc import Sequence

_LONGEST = 3
_ROOM = 60_000


class NgramDraft:
    """Remembers which token followed the last two and three. Not thread-safe."""

    def __init__(self) -> None:
        self._after: dict[tuple[int, ...], int] = {}

    def learn(self, tokens: Sequence[int], new: int = 1) -> None:
        """Take in the last ``new`` tokens of a sequence."""
        if len(self._after) > _ROOM:
            self._after.clear()
        for end in range(max(1, len(tokens) - new), len(tokens)):
            for length in range(2, min(_LONGEST, end) + 1):
                self._after[tuple(tokens[end - length : end])] = tokens[end]

    def __call__(self, tokens: Sequence[int], most: int) -> list[int]:
        """Up to ``most`` tokens that may follow; fewer where nothing like it was seen."""
        recent = list(tokens[-_LONGEST:])
        result: list[int] = []
        while len(result) < most:
            for length in range(min(_LONGEST, len(recent)), 1, -1):
                token = self._after.get(tuple(recent[-length:]))
                if token is not None:
                    break
            else:
                break
            result.append(token)
            recent.append(token)
        return result
