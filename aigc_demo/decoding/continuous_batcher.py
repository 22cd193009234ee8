"""One model for many callers at once: runs join and leave between two tokens, and one step serves them all.

Knows runs, slots and turns. Knows nothing of layers, nor of who asks or why.

There is no thread of its own: whoever waits for a token computes the next step for everybody, while the
others wait for it. Every step gives each run its next token, so that all advance alike; prompts are read in
small pieces beside, the oldest first, so that a long one holds nobody up.

The same seed gives the same tokens, alone or in company: a run has its own chance, the network's numbers for
a sequence do not depend on the others where it ``batches``, and where it does not, each step serves one run.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from aigc_demo.decoding.batched_model import BatchedModel, Floats, Part
from aigc_demo.decoding.kv_cache import KVCache
from aigc_demo.decoding.sampling import Sampler
from aigc_demo.decoding.speculative import NgramDraft

CHUNK = 16
"""Prompt tokens read beside the next tokens of others; pieces end at multiples of it."""
ALONE_CHUNK = 256
"""The same where each step serves one run."""
AHEAD = 8
"""Tokens that a run may have waiting for its caller before it stands still."""
FREE_ROWS = 4
"""So many rows take a network hardly longer than one: what runs leave free is used to check guesses."""
SHORTEST = 512
"""Positions that a slot has at least."""
PATIENCE = 0.2
"""Seconds after which a caller without a slot is asked whether it still wants one."""


@dataclass(eq=False)
class _Run:
    """One caller's sequence. ``read`` counts the tokens whose keys and values are in its slot."""

    prompt: list[int]
    sampler: Sampler
    limit: int
    stop: Collection[int]
    tokens: list[int]
    slot: int | None = None
    read: int = 0
    out: deque[int | None] = field(default_factory=deque)
    done: bool = False
    error: BaseException | None = None

    @property
    def writes(self) -> bool:
        """Whether its prompt is read and its last token waits to be."""
        return self.read >= len(self.prompt)


class ContinuousBatcher:
    """A :class:`Decoder` that serves several runs in each step.

    Args:
        network: the model.
        slots: runs at once; more wait for a slot.
        guesses: whether rows left free check guesses.
    """

    def __init__(self, network: BatchedModel, slots: int = 8, *, speculate: bool = True) -> None:
        self.network = network
        self._slots = slots
        self._draft = NgramDraft() if speculate and network.batches else None
        self._prefixes = PrefixCache()
        self._cache: KVCache | None = None
        self._active: list[_Run] = []
        self._waiting: deque[_Run] = deque()
        self._changed = threading.Condition()
        self._leading = False
        self._turn = 0

    def run(
        self, prompt: list[int], sampler: Sampler, limit: int, stop: Collection[int]
    ) -> Iterator[int | None]:
        """See :class:`aigc_demo.decoding.loop.Decoder`."""
        run = _Run(prompt, sampler, limit, stop, list(prompt))
        with self._changed:
            self._waiting.append(run)
        try:
            while not (run.done and not run.out):
                yield from self._news(run)
        finally:
            self._leave(run)

    def _news(self, run: _Run) -> Iterator[int | None]:
        """What there is for a run, after waiting for it or computing it; sometimes nothing yet."""
        with self._changed:
            if not run.out and not run.done and (self._leading or not self._has_place(run)):
                patient = self._changed.wait(PATIENCE)
                if not patient and run.slot is None:
                    run.out.append(None)
            lead = self._has_place(run) and not run.out and not run.done and not self._leading
            self._leading = self._leading or lead
        if lead:
            try:
                self._step()
            finally:
                with self._changed:
                    self._leading = False
                    self._changed.notify_all()
        if run.error is not None:
            raise run.error
        while run.out:
            yield run.out.popleft()

    def _has_place(self, run: _Run) -> bool:
        return run.slot is not None or len(self._active) < self._slots

    def _leave(self, run: _Run) -> None:
        with self._changed:
            run.done = True
            if run in self._waiting:
                self._waiting.remove(run)
            if not self._leading:
                self._tidy()
                self._changed.notify_all()

    # -- one step: by whoever leads ---------------------------------------------------------------

    def _step(self) -> None:
        with self._changed:
            self._tidy()
            self._admit()
            runs = list(self._active)
        cache = self._cache
        if cache is None:
            return
        try:
            work = self._work(runs, cache)
            if work:
                scores = self.network.step(cache, [part for _, part in work])
                self._take(work, scores)
        except Exception as error:
            for run in runs:
                run.error, run.done = error, True

    def _tidy(self) -> None:
        """Free the slots of runs that left; with nobody here, keys and values go too. Holds the lock."""
        self._active = [run for run in self._active if not run.done]
        if not self._active and not self._waiting:
            self._cache = None

    def _admit(self) -> None:
        """Give free slots to those who wait. Holds the lock."""
        while self._waiting and len(self._active) < self._slots:
            run = self._waiting.popleft()
            taken = {other.slot for other in self._active}
            run.slot = next(slot for slot in range(self._slots) if slot not in taken)
            self._make_room(len(run.prompt) + run.limit + FREE_ROWS)
            self._active.append(run)
            if self._draft is not None:
                self._draft.learn(run.prompt, len(run.prompt))

    def _make_room(self, length: int) -> None:
        if self._cache is None:
            self._cache = self.network.cache(self._slots, max(SHORTEST, length))
        elif length > self._cache.length:
            larger = self.network.cache(self._slots, max(length, 2 * self._cache.length))
            for run in self._active:
                if run.slot is not None:
                    larger.paste(run.slot, self._cache.copy(run.slot, run.read))
            self._cache = larger

    def _work(self, runs: list[_Run], cache: KVCache) -> list[tuple[_Run, Part]]:
        """What the next step computes: a token of each that writes, a piece of one prompt."""
        able = [run for run in runs if len(run.out) < AHEAD and not run.done]
        if not able:
            return []
        if not self.network.batches:
            self._turn += 1
            return [self._next(able[self._turn % len(able)], ALONE_CHUNK)]
        writers = sorted((run for run in able if run.writes), key=lambda run: run.slot or 0)
        work: list[tuple[_Run, Part]] = []
        for run in writers:
            work.append(self._next(run, CHUNK))
            work += self._guessed(run, FREE_ROWS // len(writers) - 1)
        for run in [run for run in able if not run.writes][:1]:
            if run.read == 0:
                self._recall(run, runs, cache)
            work.append(self._next(run, CHUNK))
        return work

    def _recall(self, run: _Run, runs: list[_Run], cache: KVCache) -> None:
        """Take over what is known of a prompt's beginning: kept from earlier runs, or read by one beside."""
        slot = run.slot or 0
        run.read = self._prefixes.paste(cache, slot, run.prompt)
        for other in runs:
            alike = (
                min(common_prefix_len(run.prompt, other.prompt), other.read, len(run.prompt) - 1)
                // CHUNK
                * CHUNK
            )
            if other is not run and alike > run.read:
                cache.paste(slot, cache.copy(other.slot or 0, alike))
                run.read = alike

    @staticmethod
    def _next(run: _Run, chunk: int) -> tuple[_Run, Part]:
        """The next token, or the next piece of the prompt, scored where it is the last."""
        slot = run.slot or 0
        if run.writes:
            return run, Part(slot, run.read, run.tokens[-1:])
        end = min(len(run.prompt), (run.read // chunk + 1) * chunk)
        return run, Part(slot, run.read, run.prompt[run.read : end], scored=end == len(run.prompt))

    def _guessed(self, run: _Run, most: int) -> list[tuple[_Run, Part]]:
        """Guesses of what follows, each a part of its own, so that it is computed like any next token."""
        left = run.limit - (len(run.tokens) - len(run.prompt)) - 1
        if self._draft is None or min(most, left) < 1:
            return []
        tokens = self._draft(run.tokens, min(most, left))
        slot = run.slot or 0
        return [(run, Part(slot, run.read + n, [token])) for n, token in enumerate(tokens, 1)]

    def _take(self, work: list[tuple[_Run, Part]], scores: Floats) -> None:
        """Draw the new tokens and hand them out. A guess counts if it is what was drawn."""
        row = 0
        for run, part in work:
            vector = scores[row] if part.scored else None
            row += part.scored
            if (
                run.done
                or part.start != run.read
                or (run.writes and run.tokens[part.start] != part.tokens[0])
            ):
                continue  # after a guess that was wrong, or the end
            read_before = run.read
            run.read = part.end
            if read_before < len(run.prompt):
                self._prefixes.note(self._cache, run.slot or 0, run.prompt[: run.read], self.network.batches)
                run.out.append(None)
            if vector is not None:
                self._draw(run, vector)

    def _draw(self, run: _Run, scores: Floats) -> None:
        try:
            token = run.sampler(scores)
        except Exception as error:  # a constraint's mistake is its own run's
            run.error, run.done = error, True
            return
        run.tokens.append(token)
        if self._draft is not None:
            self._draft.learn(run.tokens)
        run.done = token in run.stop or len(run.tokens) - len(run.prompt) >= run.limit
        run.out.append(token)


def common_prefix_len(first: list[int], second: list[int]) -> int:
    """How many tokens two sequences begin with alike."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((at for at, (one, two) in pairs if one != two), min(len(first), len(second)))


class PrefixCache:
    """Keys and values of beginnings that several prompts share: system prompts, mostly.

    What is kept ends where pieces end, so that it is what reading it again would give, bit for bit.
    """

    LONGEST = 8 * CHUNK
    MOST = 8

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[int, ...], npt.NDArray[Any] | None] = OrderedDict()

    def note(self, cache: KVCache | None, slot: int, tokens: list[int], useful: bool) -> None:
        """A prompt was read so far; the second time, what was read is kept."""
        length = len(tokens)
        if cache is None or not useful or length % CHUNK or length > self.LONGEST:
            return
        key = tuple(tokens)
        if key in self._seen:
            if self._seen[key] is None:
                self._seen[key] = cache.copy(slot, length)
            self._seen.move_to_end(key)
            return
        self._seen[key] = None
        while len(self._seen) > self.MOST * self.LONGEST // CHUNK:
            self._seen.popitem(last=False)

    def paste(self, cache: KVCache, slot: int, prompt: list[int]) -> int:
        """Put the longest known beginning into a slot; how many tokens it has.

        At least one token of the prompt is left to read: its scores are needed.
        """
        for length in range(min(len(prompt) - 1, self.LONGEST) // CHUNK * CHUNK, 0, -CHUNK):
            key = tuple(prompt[:length])
            kept = self._seen.get(key)
            if kept is not None:
                self._seen.move_to_end(key)
                cache.paste(slot, kept)
                return length
        return 0
