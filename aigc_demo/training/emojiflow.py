"""Train EmojiFlow: python -m aigc_demo.training.emojiflow [--minutes 90] [--decay-minutes 10] [--smoke].

A rectified flow (Liu et al. 2022) in the latent of the autoencoder: the transformer learns the velocity
noise - picture at (1 - t) * picture + t * noise, given the words and what the memory recalls for them.
``emojiflow_vae``, ``emojiflow_text`` and ``emojiflow_memory`` are run first where they have not been. After a
new autoencoder remove ``pictures.pt``, ``memory/`` and ``flow.pt``: they belong to the old one.

The learning rate is held constant, so training can be stopped and taken up in another sitting with the same
command: state is saved in ``.training/emojiflow/flow.pt``. ``--decay-minutes`` forks from that state, lowers
the rate to zero and writes the weights to export into ``.training/emojiflow/flow/``; the state stays as it
was, so more training remains possible (a warm-up, stable, decay schedule). Where the state is lost,
``--begin-with assets/models/emojiflow/transformer`` begins with what was shipped.

Knows the flow and its data; not how pictures are judged (``emojiflow_eval``) or shipped
(``emojiflow_export``).
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import threading
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from aigc_demo.tasks.image.memory import EmojiMemory
from aigc_demo.tasks.image.net import EmojiTransformer, EmojiVAE
from aigc_demo.training import emojiflow_memory, emojiflow_text, emojiflow_vae
from aigc_demo.training.checkpoint import Average, Log, fast_autocast, load_state, save_state
from aigc_demo.training.emojiflow_data import COLOURS, Look, load_emoji, make_split
from aigc_demo.training.emojiflow_text import Picture, compose_all
from aigc_demo.training.muon import Muon

TOWARDS_NOISE = 0.5
MISLED = 0.5
"""How often the words are those of another thing in the same look and colour, while the memory is right.

So the flow learns to take from the memory what is painted, and from the words how: it would rather learn
every caption by heart, and be lost at one that it has never seen.
"""
WORDS = 12  # token states per caption seen in training; longer prompts are allowed when sampling
PROMPTS = [
    "red apple", "a cat", "house", "bicycle", "smiling face", "fire", "banana", "a dog, 3d",
    "一只蓝色的猫", "披萨", "汽车", "红色的心", "树", "扁平风格的太阳", "a green frog", "rocket",
]  # fmt: skip


# ---------------------------------------------------------------------------------------------------------
# Data

Text = tuple[Tensor, Tensor, Tensor]
"""States (batch, WORDS, width) and mask (batch, WORDS) of texts, and what the memory recalls for them."""
Batch = tuple[Tensor, Tensor, Tensor, Tensor]
"""Latents of pictures, then a text for each."""


@dataclass
class FlowData:
    """Everything one training step needs, in memory."""

    latents: Tensor  # (pictures, channels, side, side)
    weights: Tensor  # (pictures,) how often each is drawn
    captions: list[Tensor]  # for each picture the numbers of its captions; number 0 is the empty text
    states: Tensor  # (pieces, text width) float16, all captions end to end
    starts: Tensor  # (captions + 1,)
    kinds: Tensor  # (pictures,) of the same look and colour
    decoys: list[Tensor]  # for each kind the numbers of captions that say no more than look and colour
    memory: EmojiMemory  # in training mode it is unsure at times, as it will be of captions never seen

    def text(self, numbers: Tensor) -> Text:
        """The captions with these numbers."""
        places = self.starts[numbers][:, None] + torch.arange(WORDS)
        mask = places < self.starts[numbers + 1][:, None]
        states = self.states[places.clamp(max=len(self.states) - 1)].float()
        with torch.no_grad():
            return states, mask, self.memory(states, mask)

    def batch(self, size: int, drop: float, chance: torch.Generator) -> Batch:
        """A random batch; a share ``drop`` has the empty text, a share ``MISLED`` another thing's words."""
        return self.draw(size, drop, chance)[1]

    def draw(self, size: int, drop: float, chance: torch.Generator) -> tuple[Tensor, Batch]:
        """The numbers of the pictures beside what :meth:`batch` gives."""
        chosen = torch.multinomial(self.weights, size, replacement=True, generator=chance)
        draws = torch.rand(size, 2, generator=chance)
        picked = zip(chosen.tolist(), draws[:, 0].tolist(), strict=True)
        numbers = torch.stack([self.captions[i][int(u * len(self.captions[i]))] for i, u in picked])
        misled = torch.rand(size, 2, generator=chance)
        words = torch.where(misled[:, 0] < MISLED, self._decoys(chosen, misled[:, 1]), numbers)
        for one in (numbers, words):
            one[draws[:, 1] < drop] = 0
        states, mask, _ = self.text(words)
        return chosen, (self.latents[chosen], states, mask, self.text(numbers)[2])

    def _decoys(self, chosen: Tensor, draws: Tensor) -> Tensor:
        """A caption for each of these pictures, of some picture of its kind."""
        kinds = [self.decoys[kind] for kind in self.kinds[chosen].tolist()]
        return torch.stack([kind[int(u * len(kind))] for kind, u in zip(kinds, draws.tolist(), strict=True)])


@torch.no_grad()
def encode_pictures(vae: EmojiVAE, pictures: list[Picture]) -> Tensor:
    """(pictures, channels, side, side) in float32."""
    latents = []
    for start in range(0, len(pictures), 64):
        pixels = torch.stack([torch.from_numpy(p.pixels.copy()) for p in pictures[start : start + 64]])
        latents.append(vae.encode(pixels.permute(0, 3, 1, 2).float() / 127.5 - 1.0))
    return torch.cat(latents)


def load_data(folder: Path, recoloured: float, solid: float, log: Log) -> FlowData:
    """The data made by emojiflow_vae and emojiflow_text.

    ``recoloured`` is the share of all draws in a turned colour, ``solid`` how often the look "3d" is drawn
    for each time that "flat" is.
    """
    text = load_state(folder / "captions.pt")
    if text is None:
        raise FileNotFoundError("There are no captions yet: run aigc_demo.training.emojiflow_text first.")
    made = load_state(folder / "pictures.pt")
    if made is None:
        made = make_pictures(folder, text)
        save_state(folder / "pictures.pt", made)
    weights, turned = made["weights"], made["turned"]
    weights[made["solid"]] *= solid
    weights[turned] *= recoloured / (1 - recoloured) * weights[~turned].sum() / weights[turned].sum()
    log(
        f"flow: {len(turned):,} pictures, {int(turned.sum()):,} recoloured, "
        f"{len(text['captions']):,} captions"
    )
    memory = EmojiMemory.from_pretrained(folder / "memory").requires_grad_(False).train()
    return FlowData(
        made["latents"],
        weights,
        made["captions"],
        text["states"],
        text["starts"],
        made["kinds"],
        made["decoys"],
        memory,
    )


def make_pictures(folder: Path, text: dict[str, Any]) -> dict[str, Any]:
    """Latents, weights and caption numbers of all training pictures, kept in a file: they take a minute."""
    if not (folder / "vae").exists():
        raise FileNotFoundError("There is no autoencoder yet: run aigc_demo.training.emojiflow_vae first.")
    emoji = load_emoji(folder / "downloads")
    pictures, captions = compose_all(emoji, make_split(emoji), text["plain"], text["with_look"], text["seed"])
    if captions != text["captions"]:
        raise RuntimeError("captions.pt belongs to other data: remove it and make the captions again.")
    vae = EmojiVAE.from_pretrained(folder / "vae").eval()
    weight_of = {e.code: e.weight for e in emoji}
    weights = torch.tensor([weight_of[p.code] for p in pictures])
    turned = torch.tensor([p.colour is not None for p in pictures])
    solid = torch.tensor([p.look == "3d" for p in pictures])
    numbers = [torch.tensor(p.captions) for p in pictures]
    kinds, decoys = sort_kinds(pictures, captions)
    return {
        "latents": encode_pictures(vae, pictures),
        "weights": weights,
        "turned": turned,
        "solid": solid,
        "captions": numbers,
        "kinds": kinds,
        "decoys": decoys,
    }


def sort_kinds(pictures: list[Picture], captions: list[str]) -> tuple[Tensor, list[Tensor]]:
    """The kind of each picture, and the captions of each kind that do not name a colour of their own."""
    names: dict[tuple[Look, str | None], int] = {}
    kinds = [names.setdefault((p.look, p.colour), len(names)) for p in pictures]
    colours = re.compile("|".join([rf"\b{en}\b|{zh}" for en, (zh, _) in COLOURS.items()]))
    decoys: list[list[int]] = [[] for _ in names]
    for picture, kind in zip(pictures, kinds, strict=True):
        decoys[kind] += [n for n in picture.captions if picture.colour or not colours.search(captions[n])]
    return torch.tensor(kinds), [torch.tensor(numbers) for numbers in decoys]


# ---------------------------------------------------------------------------------------------------------
# The step


def spread_normal(count: int, chance: torch.Generator) -> Tensor:
    """(count,) normal draws, one from each of ``count`` parts of equal chance: gradients vary less so."""
    return torch.special.ndtri((torch.arange(count) + torch.rand(count, generator=chance)) / count).clamp(
        -4, 4
    )


def flow_loss(model: EmojiTransformer, batch: Batch, chance: torch.Generator) -> Tensor:
    """Squared error of the velocity, at times drawn from a logit-normal (Esser et al. 2024).

    Its mean lies towards noise, where the words decide what is painted; near the picture the autoencoder
    forgives small errors.
    """
    latents, *text = batch
    t = (spread_normal(len(latents), chance) + TOWARDS_NOISE).sigmoid()
    noise = torch.randn(latents.shape, generator=chance)
    mixed = torch.lerp(latents, noise, t[:, None, None, None])
    with fast_autocast():
        velocity: Tensor = model(mixed, t, *text)
    return (velocity.float() - (noise - latents)).square().mean()


def make_optimisers(model: EmojiTransformer, rate: float) -> list[torch.optim.Optimizer]:
    """Muon (Jordan 2024) for the matrices inside the blocks, AdamW for everything else."""
    inner = [*model.blocks.named_parameters(), *model.meaning.named_parameters()]
    matrices = [p for name, p in inner if p.ndim == 2 and "modulation" not in name]
    inside = {id(p) for p in matrices}
    others = [p for p in model.parameters() if id(p) not in inside]
    return [
        Muon(matrices, lr=2 * rate),
        torch.optim.AdamW(others, lr=rate, betas=(0.9, 0.98), weight_decay=0.0),
    ]


class Training:
    """Model, optimisers, average, randomness and counters: all that is saved, and the one step."""

    def __init__(
        self, model: EmojiTransformer, data: FlowData, rate: float, batch: int, drop: float = 0.1
    ) -> None:
        self.model, self.data, self.batch, self.drop = model, data, batch, drop
        self.optimisers = make_optimisers(model, rate)
        self.rates = [group["lr"] for o in self.optimisers for group in o.param_groups]
        self.average = Average(model, 0.998)
        self.chance = torch.Generator().manual_seed(0)
        self.step, self.seen, self.spent, self.loss = 0, 0, 0.0, 1.0
        self.forward: EmojiTransformer = model  # or its compiled twin

    def objective(self) -> Tensor:
        """What a step makes smaller, on a batch of its own."""
        return flow_loss(self.forward, self.data.batch(self.batch, self.drop, self.chance), self.chance)

    def advance(self, rate_scale: float = 1.0) -> None:
        """One optimiser step; ``rate_scale`` multiplies the learning rates."""
        groups = [group for o in self.optimisers for group in o.param_groups]
        for group, rate in zip(groups, self.rates, strict=True):
            group["lr"] = rate * rate_scale * min(1.0, (self.step + 1) / 200)
        torch.manual_seed(self.step)  # of the memory's dropout: the same where training is taken up again
        loss = self.objective()
        self.model.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
        self.step += 1
        self.seen += self.batch
        self.average.update(self.model, min(self.average.decay, self.step / (self.step + 10)))
        self.loss += (loss.item() - self.loss) * max(0.01, 1 / self.step)

    def state(self) -> dict[str, object]:
        """All that is needed to go on exactly as if training had never stopped."""
        return {
            "model": self.model.state_dict(),
            "optimisers": [o.state_dict() for o in self.optimisers],
            "average": self.average.shadow,
            "chance": self.chance.get_state(),
            "step": self.step,
            "seen": self.seen,
            "spent": self.spent,
            "loss": self.loss,
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take up a saved state."""
        self.model.load_state_dict(state["model"])
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self.average.load(state["average"])
        self.chance.set_state(state["chance"])
        self.step, self.seen = state["step"], state["seen"]
        self.spent, self.loss = state["spent"], state["loss"]


# ---------------------------------------------------------------------------------------------------------
# Looking


@torch.no_grad()
def sample(
    model: EmojiTransformer,
    text: Text,
    empty: Text,
    steps: int = 20,
    guidance: float = 3.0,
    seed: int = 0,
) -> Tensor:
    """Latents for a batch of texts by Euler steps with classifier-free guidance (Ho and Salimans 2022)."""
    count, side, channels = len(text[0]), model.config.side, model.config.latent_channels
    x = torch.randn(count, channels, side, side, generator=torch.Generator().manual_seed(seed))
    both = guided_by(text, empty)
    times = torch.linspace(1, 0, steps + 1)
    for now, then in pairwise(times):
        with fast_autocast():
            wanted, plain = model(torch.cat([x, x]), now.expand(2 * count), *both).float().chunk(2)
        x = x + (then - now) * (plain + guidance * (wanted - plain))
    return x


def guided_by(text: Text, empty: Text) -> list[Tensor]:
    """The texts of a batch, then the empty text as many times: what guidance compares."""
    return [torch.cat([one, none.expand_as(one)]) for one, none in zip(text, empty, strict=True)]


class Viewer:
    """Draws the same prompts from the same noise, so that grids of different steps can be compared."""

    def __init__(self, folder: Path) -> None:
        from transformers import PreTrainedTokenizerFast

        from aigc_demo.tasks.image.net import E5TextEncoder
        from aigc_demo.training.emojiflow_text import encode

        self.vae = EmojiVAE.from_pretrained(folder / "vae").eval()
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder / "tokenizer")
        encoder = E5TextEncoder.from_pretrained(folder / "text_encoder").eval()
        states, starts = encode(encoder, tokenizer, ["", *PROMPTS])
        memory = EmojiMemory.from_pretrained(folder / "memory").eval()
        none = torch.empty(0)
        texts = FlowData(none, none, [], states, starts, none, [], memory)
        self.text = texts.text(torch.arange(1, len(PROMPTS) + 1))
        self.empty = texts.text(torch.tensor([0]))

    @torch.no_grad()
    def draw(self, model: EmojiTransformer, path: Path) -> None:
        """Write the grid of PROMPTS."""
        pictures = self.vae.decode(sample(model, self.text, self.empty)).clamp(-1, 1)
        columns = 8
        grid = pictures.view(-1, columns, 3, 64, 64).permute(0, 3, 1, 4, 2).reshape(-1, columns * 64, 3)
        image = Image.fromarray(((grid + 1) * 127.5).byte().numpy())
        image.resize((image.width * 2, image.height * 2), Image.Resampling.LANCZOS).save(path)


def prepare(folder: Path) -> None:
    """Run the scripts before this one, where they have not been."""
    for result, script in (
        ("vae", emojiflow_vae.main),
        ("captions.pt", emojiflow_text.main),
        ("memory", emojiflow_memory.main),
    ):
        if not (folder / result).exists():
            script(["--folder", str(folder)])


def first_weights(data: FlowData, begin_with: Path | None) -> EmojiTransformer:
    """A fresh network, or the shipped one."""
    if begin_with is not None:
        return EmojiTransformer.from_pretrained(begin_with).float().train()
    model: EmojiTransformer = EmojiTransformer()
    model.text_mean.copy_(data.states.float().mean(0))
    model.text_std.copy_(data.states.float().std(0))
    return model


def main(arguments: list[str] | None = None) -> None:  # noqa: PLR0915 - straight on, top to bottom
    """The command of the first line of this page."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument(
        "--folder", type=Path, default=Path(".training/emojiflow"), help="state and downloads"
    )
    options.add_argument(
        "--minutes", type=float, default=90.0, help="time to train in all, over every sitting"
    )
    options.add_argument(
        "--decay-minutes", type=float, default=0.0, help="fork, decay this long, write flow/"
    )
    options.add_argument("--begin-with", type=Path, help="weights to begin with where there is no state")
    options.add_argument("--batch", type=int, default=128)
    options.add_argument("--rate", type=float, default=1e-3)
    options.add_argument(
        "--recoloured", type=float, default=0.10, help="share of pictures in a turned colour"
    )
    options.add_argument("--solid", type=float, default=1.0, help="how often 3d is drawn, flat being 1")
    options.add_argument("--threads", type=int, default=2)
    options.add_argument(
        "--compile", action="store_true", help="needs a C++ compiler; about 1.3 times faster"
    )
    options.add_argument("--smoke", action="store_true", help="two steps and no more")
    args = options.parse_args(arguments)

    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)  # zero-initialised layers make denormals, which are very slow
    log = Log(args.folder / "log.txt")
    prepare(args.folder)
    data = load_data(args.folder, args.recoloured, args.solid, log)
    torch.manual_seed(0)
    model = first_weights(data, args.begin_with)
    training = Training(model, data, args.rate, args.batch)
    state_file = args.folder / "flow.pt"
    if state := load_state(state_file):
        training.load(state)
    if args.compile:
        training.forward = torch.compile(model)  # type: ignore[assignment]
    viewer = Viewer(args.folder)
    log(f"flow: {sum(p.numel() for p in model.parameters()):,} parameters, step {training.step}")

    decaying = args.decay_minutes > 0
    if decaying:
        training.average.decay = 0.99  # a falling rate averages by itself
    limit = 60 * args.decay_minutes if decaying else 60 * args.minutes - training.spent
    before, start, saved, drawn, first = (
        training.spent,
        time.monotonic(),
        time.monotonic(),
        time.monotonic(),
        training.step,
    )
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())  # finish the step, then save
    while (passed := time.monotonic() - start) < limit and not stopped.is_set():
        training.advance(
            max(0.0, 1 - (passed / limit) ** 0.5) if decaying else 1.0
        )  # 1-sqrt: Hagele et al. 2024
        training.spent = before + passed
        if training.step % 50 == 0:
            speed = (training.step - first) * args.batch / passed
            log(
                f"flow: step {training.step}, {training.spent / 60:.1f} min, {training.seen:,} pictures, "
                f"{speed:.0f}/s, loss {training.loss:.4f}"
            )
        if not decaying and time.monotonic() - saved > 240:
            saved = time.monotonic()
            save_state(state_file, training.state())
        if time.monotonic() - drawn > 480:
            drawn = time.monotonic()
            shown = EmojiTransformer(**model.config)
            shown.load_state_dict(model.state_dict())
            training.average.copy_to(shown)
            viewer.draw(shown.eval(), args.folder / f"flow_{training.step:06d}.png")
        if args.smoke and training.step - first == 2:
            break
    if not decaying:
        save_state(state_file, training.state())
    training.average.copy_to(model)
    model.eval()
    model.save_pretrained(args.folder / "flow")
    facts = {"steps": training.step, "pictures": training.seen, "minutes": round(training.spent / 60, 1)}
    (args.folder / "flow" / "training.json").write_text(json.dumps(facts) + "\n")
    viewer.draw(model, args.folder / f"flow_{training.step:06d}{'_decayed' if decaying else ''}.png")
    log(f"flow: written after step {training.step}, loss {training.loss:.4f}")


if __name__ == "__main__":
    main()
