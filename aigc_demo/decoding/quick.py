"""A Llama-like network in blocks of few bits whose whole step is compiled code.

Knows the compiled step's structs (``native/step.c``) and fills them in. Knows nothing of formats beyond
:mod:`blocks`, nor of sampling or of who is served. It is :class:`network.Steps`.

Each row is quantised by itself and each sum is added in one order, so the numbers of a sequence do not
depend on who is beside it, nor on the number of threads.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_demo.decoding import blocks, linear
from aigc_demo.decoding.anatomy import Facts
from aigc_demo.decoding.network import Memory, Part, Weights

_Int, _Pointer = ctypes.c_int64, ctypes.c_void_p
_NORMS = ("norm1", "norm2", "qnorm", "knorm")


class _Rows(ctypes.Structure):
    _fields_ = [("inputs", _Int), ("numbers", _Pointer), ("scales", _Pointer), ("sums", _Pointer)]


class _Matrix(ctypes.Structure):
    _fields_ = [("panels", _Pointer), ("bias", _Pointer), ("bits", _Int), ("inputs", _Int), ("outputs", _Int)]


class _Layer(ctypes.Structure):
    _fields_ = [(name, _Pointer) for name in ("norm1", "norm2", "query_norm", "key_norm")] + [
        (name, _Matrix) for name in ("qkv", "out", "up", "down")
    ]


class _Network(ctypes.Structure):
    _fields_ = [
        *((name, _Int) for name in ("hidden", "layers", "heads", "kv_heads", "width", "inner")),
        ("epsilon", ctypes.c_float),
        *((name, _Pointer) for name in ("turns", "final", "layer")),
        ("table", _Matrix),
        ("head", _Matrix),
    ]


class _Step(ctypes.Structure):
    _fields_ = [
        ("network", _Pointer),
        *((name, _Int) for name in ("count", "scored_count")),
        *((name, _Pointer) for name in ("tokens", "places", "slots", "scored", "memory")),
        *((name, _Int) for name in ("memory_slots", "length")),
        *((name, _Pointer) for name in ("stream", "made", "chances", "scores")),
        *((name, _Rows) for name in ("narrow", "mixed", "wide")),
        ("ticket", ctypes.c_uint64),
        ("done", ctypes.c_uint64),
    ]


def fits(facts: Facts) -> bool:
    """Whether the compiled step can take a network of these sizes."""
    whole = (facts.hidden, facts.width)  # the inner size is filled up by :func:`filled`
    return facts.family == "llama" and not facts.folded and all(size % blocks.BLOCK == 0 for size in whole)


def filled(facts: Facts, tensors: Iterable[tuple[str, Tensor]]) -> tuple[Facts, Iterator[tuple[str, Tensor]]]:
    """The same function with an inner size of whole blocks: zeros behind gate and behind up."""
    more = -facts.inner % blocks.BLOCK
    return replace(facts, inner=facts.inner + more), (
        (name, _longer(name, tensor, more)) for name, tensor in tensors
    )


def _longer(name: str, tensor: Tensor, more: int) -> Tensor:
    if name.endswith(".down.weight"):
        return F.pad(tensor, (0, more))
    if ".up." in name:  # gate and up are one matrix, and each gets its own zeros
        halves = tensor.unflatten(0, (2, -1))
        return F.pad(halves, (*(0, 0) * (tensor.ndim - 1), 0, more)).flatten(0, 1)
    return tensor


class QuickNetwork:
    """A model ready to step.

    Args:
        weights: in blocks of 4 or of 8 bits.
        library: the compiled step.
    """

    shares = True

    def __init__(self, weights: Weights, library: ctypes.CDLL) -> None:
        self.facts, self.form = weights.facts, weights.form
        self._kept = _Kept(weights.kept)
        self._library = library
        self._crew = _Crew(library)
        self._network = self._filled(weights)

    def memory(self, slots: int, length: int) -> Memory:
        """See :class:`network.Steps`. In half precision: every token reads all of its text's again."""
        return Memory(self.facts, slots, length, np.float16)

    def step(self, memory: Memory, parts: Sequence[Part]) -> Tensor:
        """See :class:`network.Steps`."""
        last, ends = [], 0
        for part in parts:
            ends += len(part.tokens)
            if part.scored:
                last.append(ends - 1)
        return self._run(memory, parts, last)

    def every(self, memory: Memory, part: Part) -> Tensor:
        """See :class:`network.Steps`."""
        return self._run(memory, [part], range(len(part.tokens)))

    def _run(self, memory: Memory, parts: Sequence[Part], scored: Sequence[int]) -> Tensor:
        facts = self.facts
        rows = [(token, part.start + n, part.slot) for part in parts for n, token in enumerate(part.tokens)]
        count = len(rows)
        numbers = torch.tensor([*zip(*rows, strict=True)])  # (3, count): tokens, places, slots
        wanted = torch.tensor(scored, dtype=torch.long)
        vocabulary = -(-facts.vocabulary // blocks.PANEL) * blocks.PANEL
        scores = torch.empty(len(wanted), vocabulary)
        widest = max(2 * facts.inner, (facts.heads + 2 * facts.kv_heads) * facts.width)
        sizes = (facts.hidden, widest, facts.heads * memory.length)
        room = [torch.empty(count, size) for size in sizes]
        inputs = (facts.hidden, facts.heads * facts.width, facts.inner)
        rooms = [_room(count, size) for size in inputs]
        step = _Step(
            ctypes.addressof(self._network),
            count,
            len(wanted),
            *(row.data_ptr() for row in numbers),
            wanted.data_ptr(),
            memory.address,
            memory.slots,
            memory.length,
            *(part.data_ptr() for part in room),
            scores.data_ptr(),
            *(
                _Rows(size, *(part.data_ptr() for part in each))
                for size, each in zip(inputs, rooms, strict=True)
            ),
        )
        step.owner = self  # a helper that comes late still looks whether there is work
        self._crew.run(step, torch.get_num_threads())
        return scores[:, : facts.vocabulary]

    def _filled(self, weights: Weights) -> _Network:
        facts, turns = weights.facts, weights.turns
        if turns is None:
            raise ValueError("The compiled step turns queries and keys: it needs the angles.")
        qkv = (facts.heads + 2 * facts.kv_heads) * facts.width
        self._layers = (_Layer * facts.layers)(
            *(
                _Layer(
                    *(
                        self._kept.address(f"{n}.{name}.weight")
                        for name in ("norm1", "norm2", "qnorm", "knorm")
                    ),
                    self._kept.matrix(f"{n}.qkv", qkv),
                    self._kept.matrix(f"{n}.out", facts.hidden),
                    self._kept.matrix(f"{n}.up", 2 * facts.inner),
                    self._kept.matrix(f"{n}.down", facts.hidden),
                )
                for n in range(facts.layers)
            )
        )
        self._turns = torch.view_as_real(turns).contiguous()
        return _Network(
            *(
                facts.hidden,
                facts.layers,
                facts.heads,
                facts.kv_heads,
                facts.width,
                facts.inner,
                facts.epsilon,
            ),
            self._turns.data_ptr(),
            self._kept.address("final.weight"),
            ctypes.addressof(self._layers),
            self._kept.matrix("embed", facts.vocabulary),
            self._kept.matrix("embed" if facts.tied else "head", facts.vocabulary),
        )


def _room(count: int, inputs: int) -> tuple[Tensor, Tensor, Tensor]:
    """Room for rows in blocks: numbers, scales and sums."""
    whole = torch.empty(count, inputs, dtype=torch.int8)
    return whole, torch.empty(count, inputs // blocks.BLOCK), torch.empty(count, inputs // blocks.BLOCK)


class _Kept:
    """Weights at addresses that do not change: all matrices in one piece, the rest as it comes."""

    def __init__(self, kept: Mapping[str, Tensor]) -> None:
        panels = {name: kept[name].shape for name in kept if linear.is_matrix(name)}
        # numpy asks the system for large pages: so many small ones take time to find.
        self._all = torch.from_numpy(np.empty(sum(shape.numel() for shape in panels.values()), np.uint8))
        self._held: dict[str, Tensor] = {}
        start = 0
        for name in kept:
            shape = panels.get(name)
            if shape is None:
                self._held[name] = (
                    _in_panels(kept[name]) if name.endswith("bias") else kept[name].contiguous()
                )
                continue
            place = self._all[start : start + shape.numel()].view(shape)
            self._held[name] = place.copy_(kept[name])
            start += shape.numel()

    def address(self, name: str) -> int | None:
        """Where a weight is; None where there is none."""
        return self._held[name].data_ptr() if name in self._held else None

    def matrix(self, name: str, outputs: int) -> _Matrix:
        """A matrix and its bias, if it has one."""
        panels = self._held[f"{name}.weight"]
        inputs = panels.shape[1] * blocks.BLOCK
        return _Matrix(
            panels.data_ptr(), self.address(f"{name}.bias"), blocks.bits_of(panels), inputs, outputs
        )


def _in_panels(bias: Tensor) -> Tensor:
    return F.pad(bias, (0, -len(bias) % blocks.PANEL))


class _Crew:
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
