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
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import LlamaConfig, LlamaForCausalLM

from aigc_demo.training.alike import SumOfParts
from aigc_demo.training.checkpoint import Average, Log, fast_autocast, load_state, save_state
from aigc_demo.training.muon import Muon

NONE = -100
"""A target that is not asked for: padding, or a header that is given and not to be guessed."""

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

    ``parts`` are those of each token where tokens are made of parts that they share (:mod:`alike`).
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


def options(description: str | None, folder: str, minutes: float) -> argparse.ArgumentParser:
    """The arguments that every script of this kind takes."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path(folder), help="state and downloads")
    parser.add_argument(
        "--minutes", type=float, default=minutes, help="time to train in all, over every sitting"
    )
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--smoke", action="store_true", help="two steps and no more")
    return parser


class Training:
    """Network, optimisers, average, chance and counters: all that is saved, and the one step."""

    def __init__(
        self,
        model: LlamaForCausalLM,
        batches: Callable[[torch.Generator], Batch],
        rate: float,
        parts: Sequence[Sequence[str]] = (),
        weights: Tensor | None = None,
    ) -> None:
        self.model, self.batches, self.weights = model, batches, weights
        self.optimisers = make_optimisers(model, rate, parts)
        self.rate = rate
        self.average = Average(model, 0.99)
        self.chance = torch.Generator().manual_seed(0)
        self.step, self.seen, self.spent, self.loss = 0, 0, 0.0, 0.0
        self.best, self.kept, self.facts = math.inf, self.average.shadow, dict[str, float]()

    def advance(self, scale: float) -> None:
        """One step at the rate times ``scale``."""
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = self.rate * scale * min(1.0, (self.step + 1) / 100)
        batch = self.batches(self.chance)
        loss = loss_of(self.model, batch, self.weights)
        self.model.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
        self.step += 1
        self.seen += int((batch[1] != NONE).sum())
        self.average.update(self.model, min(self.average.decay, self.step / (self.step + 10)))
        self.loss += (loss.item() - self.loss) * max(0.02, 1 / self.step)

    def keep(self, bits: float) -> None:
        """Remember the average as it is, the best so far with so many bits for a token to validate on."""
        self.best, self.kept = bits, [value.clone() for value in self.average.shadow]
        self.facts = {
            "steps": self.step,
            "tokens": self.seen,
            "minutes": round(self.spent / 60, 1),
            "validation_bits": round(bits, 4),
        }

    def state(self) -> dict[str, Any]:
        """All that is needed to go on as if training had never stopped."""
        return {
            "model": self.model.state_dict(),
            "optimisers": [o.state_dict() for o in self.optimisers],
            "average": self.average.shadow,
            "chance": self.chance.get_state(),
            "numbers": [self.step, self.seen, self.spent, self.loss],
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take up a saved state."""
        self.model.load_state_dict(state["model"])
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self.average.load(state["average"])
        self.chance.set_state(state["chance"])
        self.step, self.seen, self.spent, self.loss = state["numbers"]


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
        batches: draws one training batch with the given chance.
        validation: batches that :func:`bits` is printed for now and then.
        args: of :func:`options`.
        on_look: called with the averaged network now and then, to print samples.
        parts: of each token, where tokens that have a part in common shall learn it together.
        weights: how much each token counts while training, (vocabulary,); all alike without.
    """
    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    log = Log(args.folder / "log.txt")
    training = Training(model.train(), batches, args.rate, parts, weights)
    state_file = args.folder / "state.pt"
    if state := load_state(state_file):
        training.load(state)
    log(f"{name}: {sum(p.numel() for p in model.parameters()):,} parameters, step {training.step}")
    stopped = threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
    limit, first = 60 * args.minutes, training.step
    start = time.monotonic() - training.spent
    saved = shown = time.monotonic()
    seen, hold = training.seen, training.spent
    averaged = make_twin(model)
    while not stopped.is_set():
        training.spent = time.monotonic() - start
        left = max(0.0, 1 - training.spent / limit)
        if left == 0.0:
            break
        training.advance(1.0 if left > 0.25 else 1 - math.sqrt(1 - left / 0.25))
        if training.step % 50 == 0:
            speed = (training.seen - seen) / max(1e-9, training.spent - hold)
            log(
                f"{name}: step {training.step}, {training.spent / 60:.1f} min, {training.seen:,} tokens, "
                f"{speed:.0f}/s, {training.loss / math.log(2):.3f} bits"
            )
        if left > 0.25 and time.monotonic() - saved > 180:
            saved = time.monotonic()
            save_state(state_file, training.state())
        if time.monotonic() - shown > LOOK_EVERY:
            shown = time.monotonic()
            look(name, training, averaged, validation, on_look, log)
        if args.smoke and training.step - first == 2:
            break
    if left > 0.25:
        save_state(state_file, training.state())
    look(name, training, averaged, validation, on_look, log)
    training.average.load(training.kept)
    training.average.copy_to(averaged)
    averaged.save_pretrained(args.folder / "model")
    (args.folder / "model" / "training.json").write_text(json.dumps(training.facts) + "\n")
    return averaged


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
