"""Teach EmojiFlow's prior: python -m aigc_demo.training.emojiflow_prior [--minutes 6] [--smoke].

First the reading network learns which emoji a caption means: cross-entropy over all emoji that are not held
out, on their single words and on the composed captions. Then the prototypes are found by principal components
of the latents of both looks: no training is needed for those.

Needs ``emojiflow_vae`` and ``emojiflow_text``. Short, so not resumable; writes
``.training/emojiflow/prior/``.
Knows nothing of how pictures are painted or judged.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from aigc_demo.tasks.image.e5 import E5TextEncoder
from aigc_demo.tasks.image.net import EmojiVAE
from aigc_demo.tasks.image.prior import EmojiPrior
from aigc_demo.training.checkpoint import load_state, save_state
from aigc_demo.training.emojiflow_data import (
    Emoji,
    Language,
    Split,
    base_captions,
    load_emoji,
    make_split,
)
from aigc_demo.training.emojiflow_text import compose_all, encode
from aigc_demo.training.loop import Trainer, begin, halved, options, sitting

SINGLE = 0.6
"""Share of single words in a batch; the rest are composed captions."""
LABELLED = 6
"""How many times as often as a tag the label of a thing is learnt: many things may be tagged "cat", but only
one is called so."""
LANGUAGES: tuple[Language, Language] = ("en", "zh")


@dataclass(frozen=True)
class Lesson:
    """Pooled texts (texts, width), and which thing each row means: pairs (rows, 2) of text and thing."""

    pooled: Tensor
    pairs: Tensor

    def batch(self, size: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Pooled texts (size, width) and things (size,)."""
        text, thing = self.pairs[torch.randint(len(self.pairs), (size,), generator=rng)].unbind(1)
        return self.pooled[text], thing


def pool(states: Tensor, starts: Tensor) -> Tensor:
    """The mean state of each text: (texts, width)."""
    lengths = starts[1:] - starts[:-1]
    owner = torch.repeat_interleave(torch.arange(len(lengths)), lengths)
    return torch.zeros(len(lengths), states.shape[1]).index_add_(0, owner, states.float()) / lengths[:, None]


def things_of(emoji: list[Emoji], split: Split) -> list[Emoji]:
    """The emoji that may be remembered, in the order of the prior's rows."""
    return [one for one in emoji if one.code not in split.emoji]


def single_words(folder: Path, emoji: list[Emoji], split: Split) -> tuple[Lesson, dict[Language, Lesson]]:
    """Single captions of what may be remembered: those for training, and the held-out ones by language."""
    things = things_of(emoji, split)
    number: dict[str, int] = {}
    known: list[tuple[int, int]] = []
    held: dict[Language, list[tuple[int, int]]] = {language: [] for language in LANGUAGES}
    for thing, one in enumerate(things):
        for language in LANGUAGES:
            for text in base_captions(one, language):
                pair = (number.setdefault(text, len(number)), thing)
                times = LABELLED if text == one.labels[language] else 1
                (held[language] if (one.code, text) in split.captions else known).extend(times * [pair])
    stored = load_state(folder / "words.pt")
    if stored is None or stored["texts"] != list(number):
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder / "tokenizer")
        encoder = E5TextEncoder.from_pretrained(folder / "text_encoder").eval()
        stored = {"texts": list(number), "pooled": pool(*encode(encoder, tokenizer, list(number)))}
        save_state(folder / "words.pt", stored)
    pooled: Tensor = stored["pooled"]
    held_out = {language: Lesson(pooled, torch.tensor(pairs)) for language, pairs in held.items()}
    return Lesson(pooled, torch.tensor(known)), held_out


def composed(folder: Path, emoji: list[Emoji], split: Split) -> tuple[Lesson, Tensor, Tensor]:
    """The captions of ``captions.pt`` with the thing each means; mean and spread of all their states."""
    text = load_state(folder / "captions.pt")
    if text is None:
        raise FileNotFoundError("There are no captions yet: run aigc_demo.training.emojiflow_text first.")
    row = {one.code: i for i, one in enumerate(things_of(emoji, split))}
    pictures, _ = compose_all(emoji, split, text["plain"], text["with_look"], text["seed"])
    pairs = sorted({(caption, row[picture.code]) for picture in pictures for caption in picture.captions})
    states = text["states"].float()
    return Lesson(pool(states, text["starts"]), torch.tensor(pairs)), states.mean(0), states.std(0)


def find_prototypes(prior: EmojiPrior, latents: Tensor) -> float:
    """Fill the prototypes and the sketch from latents (things, looks * channels * side * side).

    The variance that the prototypes keep, in [0, 1].
    """
    mean = latents.mean(0)
    left, sizes, right = torch.linalg.svd(latents - mean, full_matrices=False)
    kept = min(prior.config.prototype_width, len(sizes))
    with torch.no_grad():
        prior.prototypes.zero_()
        prior.prototypes[:, :kept] = left[:, :kept] * sizes[:kept] / sizes[0]
        prior.sketch.weight[:, :kept] = right[:kept].T * sizes[0]
        prior.sketch.bias.copy_(mean)
    return float(sizes[:kept].square().sum() / sizes.square().sum())


@torch.no_grad()
def latents_of(vae: EmojiVAE, things: list[Emoji]) -> Tensor:
    """(things, 2 * channels * side * side): flat, then 3d, or flat again where there is no 3d picture."""
    rows = []
    for one in things:
        pictures = [one.pictures["flat"], one.pictures.get("3d", one.pictures["flat"])]
        pixels = torch.stack([torch.from_numpy(p.copy()) for p in pictures]).permute(0, 3, 1, 2)
        rows.append(vae.encode(pixels.float() / 127.5 - 1.0).flatten())
    return torch.stack(rows)


@torch.no_grad()
def right(prior: EmojiPrior, lesson: Lesson, carriers: dict[int, set[int]], count: int) -> float:
    """Percent of texts with a thing that carries them among the first ``count`` thoughts."""
    prior.eval()
    texts = lesson.pairs[:, 0].unique()
    found = prior.logits(standard(prior, lesson.pooled[texts])).topk(count).indices.tolist()
    prior.train()
    hits = [bool(carriers[t] & set(row)) for t, row in zip(texts.tolist(), found, strict=True)]
    return round(100 * sum(hits) / len(hits), 1)


def standard(prior: EmojiPrior, pooled: Tensor) -> Tensor:
    """Pooled texts in standard deviations from the mean."""
    scaled: Tensor = (pooled - prior.text_mean) / prior.text_std
    return scaled


def learn(
    prior: EmojiPrior, lessons: tuple[Lesson, Lesson], args: argparse.Namespace, log: Callable[[str], None]
) -> None:
    """Cross-entropy of the thing that a text means; the rate falls over the second half."""
    reading = [p for name, p in prior.named_parameters() if name.startswith(("read", "recognise"))]
    training = Trainer(prior, [torch.optim.AdamW(reading, lr=args.rate, weight_decay=0.05)], clip=None)
    single = int(args.batch * SINGLE)
    for done in sitting(training, args, log, name="prior", unit="texts"):
        one, first = lessons[0].batch(single, training.rng)
        other, second = lessons[1].batch(args.batch - single, training.rng)
        logits = prior.logits(standard(prior, torch.cat([one, other])))
        training.advance(F.cross_entropy(logits, torch.cat([first, second])), args.batch, halved(done))


def main(arguments: list[str] | None = None) -> None:
    """The command of the first line of this page."""
    args = options(__doc__, ".training/emojiflow", minutes=6.0, rate=1e-3, batch=512).parse_args(arguments)

    log = begin(args)
    torch.manual_seed(0)
    random.seed(0)
    emoji = load_emoji(args.folder / "downloads")
    split = make_split(emoji)
    things = things_of(emoji, split)
    words, held_out = single_words(args.folder, emoji, split)
    captions, mean, std = composed(args.folder, emoji, split)
    prior = EmojiPrior(things=len(things), text_width=mean.numel()).train()
    prior.text_mean.copy_(mean)
    prior.text_std.copy_(std)
    vae = EmojiVAE.from_pretrained(args.folder / "vae").eval()
    kept = find_prototypes(prior, latents_of(vae, things))
    log(f"prior: {len(things)} things, prototypes keep {kept:.1%} of the variance")

    learn(prior, (words, captions), args, log)
    carriers: dict[int, set[int]] = {}
    for lesson in (words, *held_out.values()):
        for text, thing in lesson.pairs.tolist():
            carriers.setdefault(text, set()).add(thing)
    lessons = {"seen": words, **{str(language): held_out[language] for language in LANGUAGES}}
    figures = {name: [right(prior, one, carriers, n) for n in (1, 5)] for name, one in lessons.items()}
    prior.eval().save_pretrained(args.folder / "prior")
    (args.folder / "prior" / "training.json").write_text(json.dumps(figures) + "\n")
    log(f"prior: written; top 1 and 5 of seen words and of held-out captions: {figures}")


if __name__ == "__main__":
    main()
