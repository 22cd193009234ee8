"""The short path through small Llama- and GPT-2-like networks on a CPU, for many sequences in one step.

Knows layers and attention, by torch. Knows nothing of text, sampling or of who is
served. On a small model most of a step is not arithmetic but the many small operations around it; here there
are few, and what can be prepared once a step or once for all is.

A step takes parts: each some tokens of one sequence, usually one. Everything but attention works on all rows
together. Attention is computed for sequences of about equal length together, always over a multiple of
:data:`kv_cache.BUCKET` positions with those not there yet masked: so the numbers of a sequence do not depend
on who is beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_demo.decoding import linear, rotation
from aigc_demo.decoding.architecture import ModelConfig
from aigc_demo.decoding.batched_model import Floats, Format, Part
from aigc_demo.decoding.kv_cache import KVCache


class _TorchCache(KVCache):
    """A KV cache that torch sees too."""

    def __init__(self, config: ModelConfig, slots: int, length: int) -> None:
        super().__init__(config, slots, length)
        self._all = torch.from_numpy(self.array)
        self.flat = [layer.view(-1, config.width) for layer in self._all]
        self._views: dict[tuple[int, int, int], list[tuple[Tensor, Tensor]]] = {}
        heads = torch.arange(2 * config.kv_heads)
        side = slots * config.kv_heads * self.length  # keys first, then values
        self._offsets = (heads % config.kv_heads) * self.length + (heads // config.kv_heads) * side
        self._stride = config.kv_heads * self.length

    def rows(self, parts: Sequence[Part]) -> Tensor:
        """Where the new keys and values go in :attr:`flat`: (tokens, 2 kv heads)."""
        first = [part.slot * self._stride + at for part in parts for at in range(part.start, part.end)]
        return torch.tensor(first)[:, None] + self._offsets

    def views(self, first: int, last: int, span: int) -> list[tuple[Tensor, Tensor]]:
        """For each layer, of some slots: keys (n kv heads, width, span), values (n kv heads, span, width)."""
        known = self._views.get((first, last, span))
        if known is None:
            some = self._all[:, :, first : last + 1, :, :span].flatten(2, 3)
            known = [(layer[0].transpose(1, 2), layer[1]) for layer in some]
            self._views[first, last, span] = known
        return known


@dataclass(frozen=True)
class _Group:
    """Rows whose attention is computed together: neighbours with one token each, or one part with more."""

    rows: slice
    count: int
    tokens: int
    views: list[tuple[Tensor, Tensor]]
    mask: Tensor


@dataclass(frozen=True)
class Weights:
    """What a network is built of.

    Args:
        facts: sizes.
        form: the number format of the matrices.
        kept: weights as :func:`linear.in_format` gives them.
        turns: rotary embedding, (context, width / 2) complex; None where positions are learnt.
    """

    config: ModelConfig
    form: Format
    kept: Mapping[str, Tensor]
    rope_table: Tensor | None


class Network:
    """A model ready to step, by torch; of the weights it keeps only what it needs."""

    def __init__(self, weights: Weights) -> None:
        config, form, kept, rope_table = weights.config, weights.form, weights.kept, weights.rope_table
        self.config, self.form = config, form
        self._embed = linear.table(form, kept, "embed")
        self._positions = kept.get("places.weight")
        self._rope_table = None if rope_table is None else rope_table[:, None]  # (context, 1, width / 2)
        self._layers = [_Layer(config, form, kept, number) for number in range(config.layers)]
        self._final = _Norm(config, kept, "final")
        self._head = linear.linear(form, kept, "embed" if config.tied else "head")

    @property
    def batches(self) -> bool:
        """See :class:`BatchedModel`."""
        return self.form == "int8"

    def cache(self, slots: int, length: int) -> KVCache:
        """See :class:`BatchedModel`."""
        return _TorchCache(self.config, slots, length)

    @torch.inference_mode()
    def step(self, cache: KVCache, parts: Sequence[Part]) -> Floats:
        """See :class:`BatchedModel`."""
        hidden = self._read(cache, parts)
        last, ends = [], 0
        for part in parts:
            ends += len(part.tokens)
            if part.scored:
                last.append(ends - 1)
        if not last:
            return hidden.new_empty(0, self.config.vocabulary).numpy()
        normed, factor = self._final(hidden[last] if len(last) < len(hidden) else hidden)
        return self._head(normed, factor).numpy()

    @torch.inference_mode()
    def every(self, cache: KVCache, part: Part) -> Floats:
        """See :class:`BatchedModel`."""
        normed, factor = self._final(self._read(cache, [part]))
        return self._head(normed, factor).numpy()

    def _read(self, cache: KVCache, parts: Sequence[Part]) -> Tensor:
        if not isinstance(cache, _TorchCache):
            raise TypeError("The cache is another model's.")
        ids = torch.tensor([token for part in parts for token in part.tokens])
        positions = torch.tensor([at for part in parts for at in range(part.start, part.end)])
        hidden = self._embed(ids)
        if self._positions is not None:
            hidden = hidden + self._positions[positions]
        turn = None if self._rope_table is None else self._rope_table[positions]  # (T, 1, W / 2)
        rows = cache.rows(parts)
        groups = list(self._groups(cache, parts))
        for number, layer in enumerate(self._layers):
            hidden = layer(hidden, number, turn, cache.flat[number], rows, groups)
        return hidden

    def _groups(self, cache: _TorchCache, parts: Sequence[Part]) -> Iterator[_Group]:
        config, row, number = self.config, 0, 0
        while number < len(parts):
            first = last = parts[number]
            together = [first]
            if len(first.tokens) == 1:
                for other in parts[number + 1 :]:
                    if len(other.tokens) > 1 or other.slot != last.slot + 1 or other.span != first.span:
                        break
                    together.append(other)
                    last = other
            count = sum(len(part.tokens) for part in together)
            views = cache.views(first.slot, last.slot, first.span)
            mask = _mask(together, config)
            yield _Group(slice(row, row + count), len(together), len(first.tokens), views, mask)
            row += count
            number += len(together)


def _mask(parts: Sequence[Part], config: ModelConfig) -> Tensor:
    """0 for what may be seen and minus infinity for the rest.

    (parts * kv heads, 1, span) for parts of one token; (1, heads sharing keys * tokens, span) for one part of
    more.
    """
    at = torch.arange(parts[0].span)
    if len(parts[0].tokens) == 1:
        ends = torch.tensor([part.start for part in parts])[:, None]
        hidden = (at > ends).repeat_interleave(config.kv_heads, 0)[:, None]
    else:
        ends = torch.arange(parts[0].start, parts[0].end)[:, None]
        hidden = (at > ends).repeat(config.heads // config.kv_heads, 1)[None]
    return torch.zeros(hidden.shape).masked_fill_(hidden, -torch.inf)


class _Norm:
    """RMS or layer normalisation; what is one factor for a row is left to the matrix that follows."""

    def __init__(self, config: ModelConfig, kept: Mapping[str, Tensor], name: str) -> None:
        self._weight, self._bias = kept.get(f"{name}.weight"), kept.get(f"{name}.bias")
        self._epsilon = config.epsilon
        self._least = torch.tensor(config.epsilon)
        self._centred = config.family == "gpt2" and not config.rotated

    def __call__(self, rows: Tensor) -> tuple[Tensor, Tensor | None]:
        """Rows and, where they still lack it, a factor for each."""
        if self._centred:
            return F.layer_norm(rows, rows.shape[-1:], self._weight, self._bias, self._epsilon), None
        length = torch.linalg.vector_norm(rows, 2, -1, True)
        factor = torch.addcmul(self._least, length, length, value=1 / rows.shape[-1]).rsqrt_()
        return rows if self._weight is None else rows * self._weight, factor


class _Layer:
    def __init__(self, config: ModelConfig, form: Format, kept: Mapping[str, Tensor], number: int) -> None:
        def matrix(name: str) -> linear.Linear:
            return linear.linear(form, kept, f"{number}.{name}")

        self._config = config
        self._gated = config.family == "llama"
        self._scale = config.width**-0.5
        self._norm1, self._norm2 = (
            _Norm(config, kept, f"{number}.norm1"),
            _Norm(config, kept, f"{number}.norm2"),
        )
        self._qkv, self._out, self._up, self._down = map(matrix, ("qkv", "out", "up", "down"))
        self._qnorm, self._knorm = kept.get(f"{number}.qnorm.weight"), kept.get(f"{number}.knorm.weight")

    def __call__(
        self,
        hidden: Tensor,
        number: int,
        turn: Tensor | None,
        cache: Tensor,
        rows: Tensor,
        groups: Sequence[_Group],
    ) -> Tensor:
        """(T, D) -> (T, D)."""
        config = self._config
        result = self._qkv(*self._norm1(hidden)).view(len(hidden), -1, config.width)  # (T, heads + 2 kv, W)
        turned = config.heads + config.kv_heads
        if self._qnorm is not None:
            result[:, : config.heads] = F.rms_norm(
                result[:, : config.heads], self._qnorm.shape, self._qnorm, config.epsilon
            )
            result[:, config.heads : turned] = F.rms_norm(
                result[:, config.heads : turned], self._qnorm.shape, self._knorm, config.epsilon
            )
        if turn is not None:
            pairs = result[:, :turned].unflatten(-1, (-1, 2))
            torch.view_as_complex(pairs).mul_(turn)
        cache.index_put_((rows,), result[:, config.heads :])
        queries = result[:, : config.heads]
        if len(groups) == 1:
            mixed = self._mix(queries, groups[0], number)
        else:
            mixed = torch.cat([self._mix(queries[group.rows], group, number) for group in groups])
        hidden = self._out.added(hidden, mixed)
        result = self._up(*self._norm2(hidden))
        if self._gated:
            inner = config.inner
            result = F.silu(result[:, :inner]).mul_(result[:, inner:])
        else:
            result = F.gelu(result, approximate="tanh")
        return self._down.added(hidden, rotation.hadamard(result, config.hadamard))

    def _mix(self, queries: Tensor, group: _Group, number: int) -> Tensor:
        """Attention proper: (T, heads, W) -> (T, heads * W).

        The query heads that share keys are like several positions of one head: nothing is copied for them.
        """
        config = self._config
        keys, values = group.views[number]
        sharing = config.heads // config.kv_heads
        if group.tokens == 1:
            queries = queries.reshape(-1, sharing, config.width)  # (n kv heads, sharing, W)
        else:
            queries = queries.unflatten(1, (config.kv_heads, sharing)).permute(1, 2, 0, 3).flatten(1, 2)
        scores = torch.baddbmm(group.mask, queries, keys, alpha=self._scale)
        mixed = torch.bmm(scores.softmax(-1), values)
        if group.tokens > 1:
            mixed = mixed.unflatten(1, (sharing, group.tokens)).permute(2, 0, 1, 3)
        return mixed.reshape(group.count * group.tokens, -1)
