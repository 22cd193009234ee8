"""A Llama-like network whose whole step is compiled code.

Knows the compiled step's structs (``native/step.c``) and fills them in. Knows nothing of sampling or of who
is served. It is a :class:`batched_model.BatchedModel`. Imports no torch.

Each row is computed by itself and each sum is added in one order, so the numbers of a sequence do not depend
on who is beside it, nor on the number of threads.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from aigc_demo.decoding import blocks
from aigc_demo.decoding.architecture import Array
from aigc_demo.decoding.batched_model import Floats, Part
from aigc_demo.decoding.kv_cache import KVCache
from aigc_demo.decoding.packed import PackedWeights

_Int, _Pointer = ctypes.c_int64, ctypes.c_void_p
_NORMS = ("norm1", "norm2", "qnorm", "knorm")


class _Rows(ctypes.Structure):
    _fields_ = [
        ("inputs", _Int),
        *((name, _Pointer) for name in ("numbers", "scales", "sums", "floats")),
    ]


class _Matrix(ctypes.Structure):
    _fields_ = [("panels", _Pointer), ("bias", _Pointer), ("bits", _Int), ("inputs", _Int), ("outputs", _Int)]


class _Layer(ctypes.Structure):
    _fields_ = [(name, _Pointer) for name in _NORMS] + [
        (name, _Matrix) for name in ("qkv", "out", "up", "down")
    ]


class _Network(ctypes.Structure):
    _fields_ = [
        *((name, _Int) for name in ("hidden", "layers", "heads", "kv_heads", "width", "inner")),
        ("epsilon", ctypes.c_float),
        *((name, _Pointer) for name in ("rope", "final", "layer")),
        ("table", _Matrix),
        ("head", _Matrix),
    ]


class _Step(ctypes.Structure):
    _fields_ = [
        ("network", _Pointer),
        *((name, _Int) for name in ("count", "scored_count")),
        *((name, _Pointer) for name in ("tokens", "places", "slots", "scored", "memory")),
        *((name, _Int) for name in ("memory_slots", "memory_bits", "length", "chances_kept")),
        *((name, _Pointer) for name in ("stream", "made", "chances", "scores")),
        *((name, _Rows) for name in ("narrow", "mixed", "wide")),
        ("ticket", ctypes.c_uint64),
        ("done", ctypes.c_uint64),
    ]


class NativeModel:
    """A model ready to step.

    Args:
        weights: in panels.
        library: the compiled step.
        threads: how many threads a step may use now, at least one; asked before each.
    """

    batches = True

    def __init__(
        self, weights: PackedWeights, library: ctypes.CDLL, threads: Callable[[], int] = lambda: 1
    ) -> None:
        self.config, self.form = weights.config, weights.form
        self._tensors = dict(weights.tensors)  # what the structs point to: each array as long as the model
        self._pool = ThreadPool(library)
        self.threads = threads
        self._network = self._filled(weights)

    def cache(self, slots: int, length: int) -> KVCache:
        """See :class:`BatchedModel`. In half precision but where weights are: every token reads all of it."""
        return KVCache(self.config, slots, length, np.float32 if self.form == "float16" else np.float16)

    def step(self, cache: KVCache, parts: Sequence[Part]) -> Floats:
        """See :class:`BatchedModel`.

        Raises:
            ValueError: a part goes beyond the context, or beyond the cache.
        """
        last, ends = [], 0
        for part in parts:
            ends += len(part.tokens)
            if part.scored:
                last.append(ends - 1)
        return self._run(cache, parts, last)

    def every(self, cache: KVCache, part: Part) -> Floats:
        """See :class:`BatchedModel`."""
        return self._run(cache, [part], range(len(part.tokens)))

    def watched(self, cache: KVCache, part: Part) -> tuple[Floats, Floats]:
        """As :meth:`every`, and where each head of each layer looked meanwhile.

        Returns:
            Scores (tokens, vocabulary) and attention (layers, heads, tokens, positions); rows sum to one.
        """
        config, count = self.config, len(part.tokens)
        attention = np.zeros((config.layers, count, config.heads, cache.length), np.float32)
        scores = self._run(cache, [part], range(count), attention)
        return scores, attention[..., : part.end].swapaxes(1, 2)

    def _run(
        self,
        cache: KVCache,
        parts: Sequence[Part],
        scored: Sequence[int],
        attention: Floats | None = None,
    ) -> Floats:
        """Scores of some rows; ``attention`` is room for that of every layer, where that is wanted."""
        config = self.config
        if max(part.end for part in parts) > min(config.context, cache.length):
            raise ValueError(f"The network knows no more than {config.context} positions.")
        rows = [(token, part.start + n, part.slot) for part in parts for n, token in enumerate(part.tokens)]
        count = len(rows)
        numbers = np.array(rows, np.int64).T.copy()  # (3, count): tokens, positions, slots
        wanted = np.array(scored, np.int64)
        vocabulary = -(-config.vocabulary // blocks.PANEL) * blocks.PANEL
        scores = np.empty((len(wanted), vocabulary), np.float32)
        widest = max(2 * config.inner, (config.heads + 2 * config.kv_heads) * config.width)
        sizes = (config.hidden, widest)
        scratch = [np.empty((count, size), np.float32) for size in sizes]
        scratch.append(
            np.empty((count, config.heads * cache.length), np.float32) if attention is None else attention
        )
        inputs = (config.hidden, config.heads * config.width, config.inner)
        kept = [self._rows(count, size) for size in inputs]
        step = _Step(
            ctypes.addressof(self._network),
            count,
            len(wanted),
            *(_address(row) for row in numbers),
            _address(wanted),
            _address(cache.array),
            cache.slots,
            8 * cache.array.itemsize,
            cache.length,
            0 if attention is None else attention[0].size,
            *(_address(part) for part in scratch),
            _address(scores),
            *(_Rows(size, *map(_address, each)) for size, each in zip(inputs, kept, strict=True)),
        )
        step.owner = self  # a helper that comes late still looks whether there is work
        self._pool.run(step, self.threads())
        return scores[:, : config.vocabulary]

    def _rows(self, count: int, inputs: int) -> tuple[Array | None, ...]:
        """Scratch for rows: numbers, scales and sums where they are quantized, else floats."""
        if self.form == "float16":
            return None, None, None, np.empty((count, inputs), np.float32)
        numbers = np.empty((count, inputs), np.int8)
        scales, sums = np.empty((2, count, inputs // blocks.BLOCK), np.float32)
        return numbers, scales, sums, None

    def _filled(self, weights: PackedWeights) -> _Network:
        config = weights.config
        qkv = (config.heads + 2 * config.kv_heads) * config.width
        self._layers = (_Layer * config.layers)(
            *(
                _Layer(
                    *(_address(self._tensors.get(f"{n}.{name}.weight")) for name in _NORMS),
                    self._matrix(f"{n}.qkv", qkv),
                    self._matrix(f"{n}.out", config.hidden),
                    self._matrix(f"{n}.up", 2 * config.inner),
                    self._matrix(f"{n}.down", config.hidden),
                )
                for n in range(config.layers)
            )
        )
        sizes = (config.hidden, config.layers, config.heads, config.kv_heads, config.width, config.inner)
        return _Network(
            *sizes,
            config.epsilon,
            _address(self._tensors["rope"]),
            _address(self._tensors["final.weight"]),
            ctypes.addressof(self._layers),
            self._matrix("embed", config.vocabulary),
            self._matrix("embed" if config.tied else "head", config.vocabulary),
        )

    def _matrix(self, name: str, outputs: int) -> _Matrix:
        """A matrix and its bias, if it has one."""
        panels = self._tensors[f"{name}.weight"]
        bias = _address(self._tensors.get(f"{name}.bias"))
        inputs = panels.shape[1] * blocks.BLOCK
        return _Matrix(_address(panels), bias, blocks.bits_of(panels), inputs, outputs)


def _address(array: Array | None) -> int | None:
    """Where an array begins; None where there is none."""
    return None if array is None else int(array.ctypes.data)


class ThreadPool:
    """Threads that help with a step. One that comes late finds the work done: nobody waits for it."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._step: Any = library.run
        self._helpers: ThreadPoolExecutor | None = None
        self._most = 0

    def run(self, step: _Step, threads: int) -> None:
        """Compute a step with so many threads, this one among them."""
        if threads - 1 > self._most:
            self._most = threads - 1
            self._helpers = ThreadPoolExecutor(self._most, "decoding")
        for _ in range(threads - 1):
            if self._helpers is not None:
                self._helpers.submit(self._help, step)
        self._help(step)

    def _help(self, step: _Step) -> None:
        self._step(ctypes.byref(step))
