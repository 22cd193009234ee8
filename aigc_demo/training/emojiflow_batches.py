"""What a step of EmojiFlow's training draws: latents, the words of their captions, what the prior retrieves.

Knows the files of the training folder and how often which picture and caption come; no loss, no optimiser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aigc_demo.tasks.image.net import EmojiVAE
from aigc_demo.tasks.image.prior import EmojiPrior
from aigc_demo.training.checkpoint import Log, load_state, save_state
from aigc_demo.training.emojiflow_data import COLOURS, Look, load_emoji, make_split
from aigc_demo.training.emojiflow_prior import things_of
from aigc_demo.training.emojiflow_text import Picture, compose_all

MISLED = 0.5
"""How often the words are those of another thing in the same look and colour, while the sketch is right.

So the flow learns to take from the prior what is painted, and from the words how: it would rather learn
every caption by heart, and be lost at one that it has never seen.
"""
WORDS = 12  # token states per caption seen in training; longer prompts are allowed when sampling

Text = tuple[Tensor, Tensor, Tensor]
"""States (batch, WORDS, width) and mask (batch, WORDS) of texts, and the prior's sketches for them."""
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
    things: Tensor  # (pictures,) which thing each shows
    sketches: Tensor  # (things, recalled channels, side, side) of the prior

    def text(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """States and mask of the captions with these numbers."""
        places = self.starts[numbers][:, None] + torch.arange(WORDS)
        mask = places < self.starts[numbers + 1][:, None]
        return self.states[places.clamp(max=len(self.states) - 1)].float(), mask

    def empty(self) -> Text:
        """The text that says nothing, and no sketch."""
        return *self.text(torch.tensor([0])), torch.zeros_like(self.sketches[:1])

    def batch(self, size: int, drop: float, rng: torch.Generator) -> Batch:
        """A random batch; a share ``drop`` has the empty text, a share ``MISLED`` another thing's words."""
        return self.draw(size, drop, rng)[1]

    def draw(self, size: int, drop: float, rng: torch.Generator) -> tuple[Tensor, Batch]:
        """The numbers of the pictures beside what :meth:`batch` gives."""
        chosen = torch.multinomial(self.weights, size, replacement=True, generator=rng)
        draws = torch.rand(size, 2, generator=rng)
        picked = zip(chosen.tolist(), draws[:, 0].tolist(), strict=True)
        numbers = torch.stack([self.captions[i][int(u * len(self.captions[i]))] for i, u in picked])
        misled = torch.rand(size, 2, generator=rng)
        words = torch.where(misled[:, 0] < MISLED, self._decoys(chosen, misled[:, 1]), numbers)
        for one in (numbers, words):
            one[draws[:, 1] < drop] = 0
        recalled = self.sketches[self.things[chosen]] * (numbers != 0)[:, None, None, None]
        return chosen, (self.latents[chosen], *self.text(words), recalled)

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
    result = load_state(folder / "pictures.pt")
    if result is None:
        result = make_pictures(folder, text)
        save_state(folder / "pictures.pt", result)
    weights, turned = result["weights"], result["turned"]
    weights[result["solid"]] *= solid
    weights[turned] *= recoloured / (1 - recoloured) * weights[~turned].sum() / weights[turned].sum()
    log(
        f"flow: {len(turned):,} pictures, {int(turned.sum()):,} recoloured, "
        f"{len(text['captions']):,} captions"
    )
    prior = EmojiPrior.from_pretrained(folder / "prior")
    with torch.no_grad():
        sketches = prior.sketched(prior.prototypes)
    return FlowData(
        result["latents"],
        weights,
        result["captions"],
        text["states"],
        text["starts"],
        result["kinds"],
        result["decoys"],
        result["things"],
        sketches,
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
    row = {one.code: i for i, one in enumerate(things_of(emoji, make_split(emoji)))}
    return {
        "latents": encode_pictures(vae, pictures),
        "weights": weights,
        "turned": turned,
        "solid": solid,
        "captions": numbers,
        "things": torch.tensor([row[p.code] for p in pictures]),
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


def guided_by(text: Text, empty: Text) -> list[Tensor]:
    """The texts of a batch, then the empty text as many times: what guidance compares."""
    return [torch.cat([one, none.expand_as(one)]) for one, none in zip(text, empty, strict=True)]
