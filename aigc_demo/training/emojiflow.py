"""Train EmojiFlow: python -m aigc_demo.training.emojiflow [--minutes 90] [--decay-minutes 10] [--smoke].

A rectified flow (Liu et al. 2022) in the latent of the autoencoder: the transformer learns the velocity
noise - picture at (1 - t) * picture + t * noise, given the words and what the prior retrieves for them.
``emojiflow_vae``, ``emojiflow_text`` and ``emojiflow_prior`` are run first where they have not been. After a
new autoencoder remove ``pictures.pt``, ``prior/`` and ``flow.pt``: they belong to the old one.

The learning rate is held constant, so training can be stopped and taken up in another sitting with the same
command: state is saved in ``.training/emojiflow/flow.pt``. ``--decay-minutes`` forks from that state, lowers
the rate to zero and writes the weights to export into ``.training/emojiflow/flow/``; the state stays as it
was, so more training remains possible (a warm-up, stable, decay schedule). Where the state is lost,
``--begin-with assets/models/emojiflow`` begins with what was shipped, and counts on from its pictures and
minutes.

Knows the flow and its schedule; not what a step draws (``emojiflow_batches``), how pictures are judged
(``emojiflow_eval``) or shipped (``emojiflow_export``).
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor

from aigc_demo.tasks.image.module import WEIGHTS
from aigc_demo.tasks.image.net import EmojiTransformer, EmojiVAE
from aigc_demo.tasks.image.prior import EmojiPrior
from aigc_demo.training import emojiflow_prior, emojiflow_text, emojiflow_vae
from aigc_demo.training.checkpoint import Average, fast_autocast, save_state
from aigc_demo.training.emojiflow_batches import Batch, FlowData, Text, guided_by, load_data
from aigc_demo.training.loop import Every, Trainer, begin, decayed, options, saving, sitting
from aigc_demo.training.muon import Muon

TOWARDS_NOISE = 0.5
METADATA = "training.json"
"""What is kept beside weights: pictures seen and minutes spent."""

PROMPTS = [
    "red apple", "a cat", "house", "bicycle", "smiling face", "fire", "banana", "a dog, 3d",
    "一只蓝色的猫", "披萨", "汽车", "红色的心", "树", "扁平风格的太阳", "a green frog", "rocket",
]  # fmt: skip


# ---------------------------------------------------------------------------------------------------------
# The step


def spread_normal(count: int, rng: torch.Generator) -> Tensor:
    """(count,) normal draws, one from each of ``count`` parts of equal chance: gradients vary less so."""
    return torch.special.ndtri((torch.arange(count) + torch.rand(count, generator=rng)) / count).clamp(-4, 4)


def flow_loss(model: EmojiTransformer, batch: Batch, rng: torch.Generator) -> Tensor:
    """Squared error of the velocity, at times drawn from a logit-normal (Esser et al. 2024).

    Its mean lies towards noise, where the words decide what is painted; near the picture the autoencoder
    forgives small errors.
    """
    latents, *text = batch
    t = (spread_normal(len(latents), rng) + TOWARDS_NOISE).sigmoid()
    noise = torch.randn(latents.shape, generator=rng)
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


class Training(Trainer):
    """The flow's training: batches of latents and words, and the loss of a step."""

    average: Average

    def __init__(
        self, model: EmojiTransformer, data: FlowData, rate: float, batch: int, drop: float = 0.1
    ) -> None:
        super().__init__(model, make_optimisers(model, rate), average=0.998, warmup=200, smoothing=0.01)
        self.data, self.batch, self.drop = data, batch, drop
        self.forward: EmojiTransformer = model  # or its compiled twin

    def objective(self) -> Tensor:
        """What a step makes smaller, on a batch of its own."""
        return flow_loss(self.forward, self.data.batch(self.batch, self.drop, self.rng), self.rng)

    def train_step(self, rate: float = 1.0) -> None:
        """One step at ``rate`` times the peak learning rates."""
        self.advance(self.objective(), self.batch, rate)


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


class Viewer:
    """Draws the same prompts from the same noise, so that grids of different steps can be compared."""

    @torch.no_grad()
    def __init__(self, folder: Path) -> None:
        from transformers import PreTrainedTokenizerFast

        from aigc_demo.tasks.image.e5 import E5TextEncoder
        from aigc_demo.training.emojiflow_text import encode

        self.vae = EmojiVAE.from_pretrained(folder / "vae").eval()
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder / "tokenizer")
        encoder = E5TextEncoder.from_pretrained(folder / "text_encoder").eval()
        prior = EmojiPrior.from_pretrained(folder / "prior").eval()
        none = torch.empty(0)
        states, starts = encode(encoder, tokenizer, ["", *PROMPTS])
        texts = FlowData(none, none, [], states, starts, none, [], none, prior.sketched(prior.prototypes[:1]))
        words = texts.text(torch.arange(1, len(PROMPTS) + 1))
        self.text = (*words, prior(*words, torch.full((len(PROMPTS),), 0.5)))
        self.empty = texts.empty()

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
        ("prior", emojiflow_prior.main),
    ):
        if not (folder / result).exists():
            script(["--folder", str(folder)])


def first_weights(data: FlowData, begin_with: Path | None) -> EmojiTransformer:
    """A fresh network, or the shipped one; what that has no weights for begins at zero, as it does afresh."""
    model: EmojiTransformer = EmojiTransformer()
    if begin_with is not None:
        model.load_state_dict(load_file(begin_with / "transformer" / WEIGHTS), strict=False)
        return model
    model.text_mean.copy_(data.states.float().mean(0))
    model.text_std.copy_(data.states.float().std(0))
    return model


def main(arguments: list[str] | None = None) -> None:
    """The command of the first line of this page."""
    parser = options(__doc__, ".training/emojiflow", minutes=90.0, rate=1e-3, batch=128)
    parser.add_argument("--decay-minutes", type=float, default=0.0, help="fork, decay this long, write flow/")
    parser.add_argument("--begin-with", type=Path, help="the model to begin with where there is no state")
    parser.add_argument("--recoloured", type=float, default=0.10, help="part of pictures in a turned colour")
    parser.add_argument("--solid", type=float, default=1.0, help="how often 3d is drawn, flat being 1")
    parser.add_argument("--compile", action="store_true", help="needs a C++ compiler; about 1.3 times faster")
    args = parser.parse_args(arguments)

    log = begin(args)
    prepare(args.folder)
    data = load_data(args.folder, args.recoloured, args.solid, log)
    torch.manual_seed(0)
    model = first_weights(data, args.begin_with)
    training, state_file = Training(model, data, args.rate, args.batch), args.folder / "flow.pt"
    if not training.resume(state_file) and args.begin_with is not None:
        earlier = json.loads((args.begin_with / METADATA).read_text())
        training.seen, training.spent = earlier["pictures"], 60 * earlier["minutes"]
    if args.compile:
        training.forward = torch.compile(model)  # type: ignore[assignment]
    viewer = Viewer(args.folder)
    log(f"flow: {sum(p.numel() for p in model.parameters()):,} parameters, step {training.step}")

    def draw(_: float) -> None:
        shown = EmojiTransformer(**model.config)
        shown.load_state_dict(model.state_dict())
        training.average.copy_to(shown)
        viewer.draw(shown.eval(), args.folder / f"flow_{training.step:06d}.png")

    decaying = args.decay_minutes > 0
    if decaying:
        training.average.decay = 0.99  # a falling rate averages by itself
    every = [Every(480, draw), *([] if decaying else [saving(training, state_file, seconds=240)])]
    minutes = args.decay_minutes if decaying else None
    for done in sitting(training, args, log, name="flow", minutes=minutes, every=every):
        training.train_step(decayed(done, 1.0) if decaying else 1.0)
    if not decaying:
        save_state(state_file, training.state())
    training.average.copy_to(model)
    model.eval()
    model.save_pretrained(args.folder / "flow")
    metadata = {"pictures": training.seen, "minutes": round(training.spent / 60, 1)}
    (args.folder / "flow" / METADATA).write_text(json.dumps(metadata) + "\n")
    viewer.draw(model, args.folder / f"flow_{training.step:06d}{'_decayed' if decaying else ''}.png")
    log(f"flow: written after step {training.step}, loss {training.loss:.4f}")


if __name__ == "__main__":
    main()
