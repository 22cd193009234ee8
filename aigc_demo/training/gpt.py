"""Training of our small language models: one loop for poems, folk tunes and chorales.

Knows networks, optimisers, the schedule and the state on disk. Knows nothing of what the tokens mean: a
script brings batches and what to validate on, and calls :func:`train`.

The networks are transformers' ``LlamaForCausalLM``, so that anybody can load what is published. The rate is
held and falls to zero over the last quarter of the time (warm-up, stable, decay: Hagele et al. 2024). State
is saved only while it is held: a later sitting with more ``--minutes`` goes on from there, as if the rate had
never fallen.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import LlamaConfig, LlamaForCausalLM

from aigc_demo.training.alike import SumOfParts
from aigc_demo.training.checkpoint import Average, Log, fast_autocast, save_state
from aigc_demo.training.loop import Every, Trainer, begin, decayed, saving, sitting
from aigc_demo.training.muon import Muon

NONE = -100
"""A target that is not asked for: padding, or a header that is given and not to be guessed."""

HELD = 0.75
"""The part of the way over which the rate is held, and the state saved."""

LOOK_EVERY = 240
"""Seconds between two looks at how the average does."""

Batch = tuple[Tensor, Tensor]
"""Token ids and targets, both (batch, tokens); targets are already one further on, NONE where not asked."""


@dataclass(frozen=True)
class Shape:
    """The size of a network; ``context`` is the most tokens it will ever see."""

    vocabulary: int
    context: int
    width: int = 256
    depth: int = 8
    heads: int = 4
    inner: int = 704


def make_model(shape: Shape, bos: int, eos: int, pad: int, dropout: float = 0.0) -> LlamaForCausalLM:
    """A fresh network with tied embeddings; ``dropout`` falls on every branch while training."""
    config = LlamaConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.width,
        intermediate_size=shape.inner,
        num_hidden_layers=shape.depth,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        max_position_embeddings=shape.context,
        tie_word_embeddings=True,
        initializer_range=0.02,
        bos_token_id=bos,
        eos_token_id=eos,
        pad_token_id=pad,
    )
    torch.manual_seed(0)
    model = LlamaForCausalLM(config)
    for layer in model.model.layers:
        for last in (layer.self_attn.o_proj, layer.mlp.down_proj):
            nn.init.zeros_(last.weight)  # every block starts as the identity
            if dropout:
                last.register_forward_hook(lambda m, _, out: F.dropout(out, dropout, m.training))
    return model


def shifted(
    rows: list[list[int]], pad: int, asked_from: list[int] | None = None, length: int | None = None
) -> Batch:
    """Rows of token ids -> a batch, padded to ``length`` or the longest.

    Row i is asked from its token ``asked_from[i]`` on: what stands before is given.
    """
    longest = (length or max(map(len, rows))) - 1
    ids = torch.full((len(rows), longest), pad)
    targets = torch.full((len(rows), longest), NONE)
    for i, row in enumerate(rows):
        ids[i, : len(row) - 1] = torch.tensor(row[:-1])
        first = max(1, asked_from[i]) if asked_from else 1
        targets[i, first - 1 : len(row) - 1] = torch.tensor(row[first:])
    return ids, targets


def loss_of(model: nn.Module, batch: Batch, weights: Tensor | None = None) -> Tensor:
    """Mean cross-entropy in nats over the targets that are asked for.

    ``weights`` (vocabulary,) say how much each token counts; all alike without.
    """
    ids, targets = batch
    with fast_autocast():
        logits = model(input_ids=ids, use_cache=False).logits
    return F.cross_entropy(logits.flatten(0, 1).float(), targets.flatten(), weights, ignore_index=NONE)


@torch.no_grad()
def bits(model: nn.Module, batches: list[Batch]) -> float:
    """Bits for each token that is asked for, over all batches; the network is left as it was."""
    was, total, count = model.training, 0.0, 0
    model.eval()
    for batch in batches:
        asked = int((batch[1] != NONE).sum())
        total += float(loss_of(model, batch)) * asked
        count += asked
    model.train(was)
    return total / max(1, count) / math.log(2)


def make_optimisers(
    model: LlamaForCausalLM, rate: float, parts: Sequence[Sequence[str]] = ()
) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside the blocks, AdamW for norms and embeddings.

    ``parts`` are those of each token where tokens are result of parts that they share (:mod:`alike`).
    """
    inside = [p for p in model.model.layers.parameters() if p.ndim == 2]
    embedding = model.get_input_embeddings().weight
    known = {id(p) for p in (*inside, *([embedding] if parts else []))}
    others = [p for p in model.parameters() if id(p) not in known]
    return [
        Muon(inside, lr=rate),
        torch.optim.AdamW(others, lr=rate, betas=(0.9, 0.95), weight_decay=0.0),
        *([SumOfParts(embedding, parts, rate)] if parts else []),
    ]


class Training(Trainer):
    """A language model's training: batches of token ids, and the best average so far."""

    average: Average

    def __init__(
        self,
        model: LlamaForCausalLM,
        batches: Callable[[torch.Generator], Batch],
        rate: float,
        parts: Sequence[Sequence[str]] = (),
        weights: Tensor | None = None,
    ) -> None:
        super().__init__(model, make_optimisers(model, rate, parts), average=0.99, warmup=100)
        self.batches, self.weights = batches, weights
        self.best, self.kept, self.metrics = math.inf, self.average.shadow, dict[str, float]()

    def train_step(self, rate: float = 1.0) -> None:
        """One step on the next batch, at ``rate`` times the peak learning rate."""
        batch = self.batches(self.rng)
        loss = loss_of(self.model, batch, self.weights)
        self.advance(loss, int((batch[1] != NONE).sum()), rate)

    def keep(self, bits: float) -> None:
        """Remember the average as it is, the best so far with so many bits for a token to validate on."""
        self.best, self.kept = bits, [value.clone() for value in self.average.shadow]
        self.metrics = {
            "steps": self.step,
            "tokens": self.seen,
            "minutes": round(self.spent / 60, 1),
            "validation_bits": round(bits, 4),
        }


def train(
    name: str,
    model: LlamaForCausalLM,
    batches: Callable[[torch.Generator], Batch],
    validation: list[Batch],
    args: argparse.Namespace,
    on_look: Callable[[LlamaForCausalLM], None] | None = None,
    parts: Sequence[Sequence[str]] = (),
    weights: Tensor | None = None,
) -> LlamaForCausalLM:
    """Train until ``args.minutes`` are spent; the averaged network, also written to ``folder/model``.

    Few examples are learnt by heart in the end: of the averages that this sitting looked at, the one that
    did best on ``validation`` is kept.

    Args:
        name: how the log calls it.
        model: a fresh network from :func:`make_model`.
        batches: draws one training batch with the given generator.
        validation: batches that :func:`bits` is printed for now and then.
        args: of :func:`loop.options`.
        on_look: called with the averaged network now and then, to print samples.
        parts: of each token, where tokens that have a part in common shall learn it together.
        weights: how much each token counts while training, (vocabulary,); all alike without.
    """
    log = begin(args)
    training = Training(model.train(), batches, args.rate, parts, weights)
    state_file, averaged, done = args.folder / "state.pt", make_twin(model), 0.0
    training.resume(state_file)
    log(f"{name}: {sum(p.numel() for p in model.parameters()):,} parameters, step {training.step}")

    def see(_: float = 0.0) -> None:
        look(name, training, averaged, validation, on_look, log)

    every = (saving(training, state_file, until=HELD), Every(LOOK_EVERY, see))
    for done in sitting(training, args, log, name=name, unit="tokens", every=every, describe=in_bits):
        training.train_step(decayed(done, 1 - HELD))
    if done < HELD:
        save_state(state_file, training.state())
    see()
    training.average.load(training.kept)
    training.average.copy_to(averaged)
    averaged.save_pretrained(args.folder / "model")
    (args.folder / "model" / "training.json").write_text(json.dumps(training.metrics) + "\n")
    return averaged


def in_bits(loss: float) -> str:
    """A loss in nats as bits."""
    return f"{loss / math.log(2):.3f} bits"


def make_twin(model: LlamaForCausalLM) -> LlamaForCausalLM:
    """A network of the same shape, to hold averaged weights."""
    twin = LlamaForCausalLM(model.config)
    return twin.eval()


def look(
    name: str,
    training: Training,
    averaged: LlamaForCausalLM,
    validation: list[Batch],
    on_look: Callable[[LlamaForCausalLM], None] | None,
    log: Log,
) -> None:
    """Bits of the averaged network on the validation batches, printed; then what the script wants to see."""
    averaged.load_state_dict(training.model.state_dict())
    training.average.copy_to(averaged)
    found = bits(averaged, validation)
    log(f"{name}: step {training.step}, validation {found:.4f} bits a token")
    if found < training.best:
        training.keep(found)
    if on_look is not None:
        on_look(averaged)
