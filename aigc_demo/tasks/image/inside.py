"""Looking inside a picture of EmojiFlow: what the words brought to mind, and the way from noise to picture.

Knows the painter and its networks. The picture is painted once more, with every step kept, and once without
guidance beside it. The pictures that it learnt from are not here: what is nearest is told of what it
remembers of each thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from aigc_demo.explain import Explanation, Section, pictures, rounded
from aigc_demo.pictures.picture import to_image
from aigc_demo.pictures.steps import StepProgress
from aigc_demo.tasks.image.emoji import EmojiFlow, Recipe, Shot, between
from aigc_demo.tasks.image.flow import sigmas_for
from aigc_demo.tasks.image.params import ImageParams
from aigc_demo.tasks.image.prior import sampled_rows, uniform_from_noise
from aigc_demo.types import Emit, Remark, StoredItem, UserError

if TYPE_CHECKING:
    from aigc_demo.tasks.image.debug import Slowed

SINGLE = ("generate", "vary", "image_to_image", "inpaint")
"""What makes a single picture; sheets, films and scenes are made of several."""
FRAMES = 10
"""Steps of the way that are shown, at most."""
THINGS = 8
NEAREST = 6
WALK = 6
"""Pictures of the walk, its beginning included."""
WALK_STEPS = 8


def explain(painter: EmojiFlow, params: ImageParams, item: StoredItem, emit: Emit) -> Explanation:
    """What was behind the first picture of an item.

    Raises:
        UserError: ``not_one_picture`` for a sheet, a film, a scene or an enlargement.
    """
    params = ImageParams.widen(params)
    made = item.first("image")
    staged = made is not None and made.meta.get("action") == "scene"
    if params.effective_action not in SINGLE or staged:
        raise UserError("not_one_picture", "error.not_one_picture", status=422)
    recipe, shot = painter.first(params)
    looker = _Looker(painter, recipe, shot, emit)
    sections = [*looker.concepts(), looker.sketch(), looker.film(), *looker.nearest(), looker.walk()]
    return Explanation(tuple(sections))


def explain_slowed(painter: Slowed, params: ImageParams, item: StoredItem, emit: Emit) -> Explanation:
    """The same of a painter for tests."""
    inner: Any = painter.pipeline
    return explain(inner, params, item, painter.paused(emit))


@dataclass(frozen=True)
class _Way:
    """A picture's way: at each step where it was and where it expected to arrive, (steps, 16, 8, 8)."""

    latents: Tensor
    predictions: Tensor

    @property
    def arrived(self) -> Tensor:
        """The finished picture's latents (1, 16, 8, 8)."""
        return self.predictions[-1:]


class _Looker:
    """Looks at one shot."""

    def __init__(self, painter: EmojiFlow, recipe: Recipe, shot: Shot, emit: Emit) -> None:
        self._painter, self._recipe, self._shot = painter, recipe, shot
        self._pipe = painter.pipe
        self._walking = Recipe(WALK_STEPS, recipe.guidance, fast=recipe.fast)
        ways = recipe.count * (1 if recipe.fast else 2)
        steps = ways + (WALK - 1) * self._walking.count
        self._steps = StepProgress(emit, steps)
        self._done = 0
        self._way = self._painted(recipe, shot)

    def _painted(self, recipe: Recipe, shot: Shot) -> _Way:
        kept: dict[str, list[Tensor]] = {"latents": [], "prediction": []}

        def keep(_pipe: Any, _step: int, _time: Any, tensors: dict[str, Tensor]) -> None:
            for name, value in tensors.items():
                kept[name].append(value)
            self._done += 1
            self._steps.step(self._done)

        self._painter.paint(recipe, shot, keep, ["latents", "prediction"])
        return _Way(torch.cat(kept["latents"]), torch.cat(kept["prediction"]))

    # -- the words ----------------------------------------------------------------------------------

    @torch.no_grad()
    def concepts(self) -> list[Section]:
        """What the words may mean, and what was drawn of it; nothing where there are no names."""
        names = self._painter.names
        if not names or not self._shot.prompt.strip():
            return []
        shares = self._probabilities()
        drawn = float(uniform_from_noise(self._shot.noise))
        painted = int(sampled_rows(shares[None], uniform_from_noise(self._shot.noise)))
        likely = shares.topk(min(THINGS, len(shares))).indices.tolist()
        rows = likely if painted in likely else [*likely[:-1], painted]
        things = [
            {
                "names": {"en": names[row].en, "zh": names[row].zh},
                "share": rounded(float(shares[row])),
                **({"painted": True} if row == painted else {}),
            }
            for row in rows
            if row < len(names)
        ]
        data = {"prompt": self._shot.prompt, "things": things, "of": len(shares), "drawn": rounded(drawn, 3)}
        return [Section("concepts", data, private=("prompt",))]

    def _probabilities(self) -> Tensor:
        prior, text = self._pipe.prior, self._painter.text_of(self._shot.prompt)
        found: Tensor = prior.probabilities(*text, self._shown())[0]
        return found.float().cpu()

    def _shown(self) -> Tensor | None:
        """The latents of a picture to start from, where that tells what is meant."""
        image = self._recipe.image if self._recipe.mask is None else None
        return None if image is None else self._pipe.encode(image)

    # -- the way ------------------------------------------------------------------------------------

    @torch.no_grad()
    def sketch(self) -> Section:
        """What it painted over: the thing in every look that the prior keeps, noise, any picture given."""
        recipe, text = self._recipe, self._painter.text_of(self._shot.prompt)
        start = self._sigmas()[0]
        drawn = self._pipe.retrieve(*text, self._shot.noise, self._shown(), start)
        looks = drawn[0].unflatten(0, (-1, self._pipe.transformer.config.latent_channels)).float()
        captioned = [
            self._captioned("look", image, number=number)
            for number, image in enumerate(self._images(looks), 1)
        ]
        captioned.append(self._captioned("noise", self._images(self._shot.noise)[0]))
        captioned.append(self._captioned("painted", self._images(self._way.arrived)[0]))
        data: dict[str, Any] = {"pictures": captioned}
        if recipe.image is not None:
            image = to_image((recipe.image[0].float().cpu() + 1) / 2)
            data["given"] = [self._captioned("given", image, share=f"{start:.0%}")]
        return Section("sketch", data, private=("given",) if recipe.image is not None else ())

    @staticmethod
    def _captioned(name: str, image: Image.Image, **values: Any) -> dict[str, Any]:
        return {"src": pictures.address(image), "key": f"inside.sketch.{name}", "values": values}

    def _sigmas(self) -> list[float]:
        """The shares of noise at which the steps began."""
        recipe = self._recipe
        start = recipe.strength if recipe.image is not None else 1.0
        return sigmas_for(recipe.steps, start, fast=recipe.fast)

    def film(self) -> Section:
        """The strip of steps: where it was, where it expected to arrive, and the same without guidance."""
        recipe = self._recipe
        sigmas = self._sigmas()
        at = sorted({round(n) for n in np.linspace(0, len(sigmas) - 1, min(FRAMES, len(sigmas)))})
        rows = [
            self._row("inside.film.latents", self._way.latents, at),
            self._row("inside.film.expected", self._way.predictions, at),
        ]
        remarks = []
        if recipe.fast:
            remarks.append(Remark("inside.film.fast"))
        elif recipe.guidance > 1:
            free = Recipe(recipe.steps, 1.0, recipe.strength, recipe.image, recipe.mask)
            rows.append(self._row("inside.film.free", self._painted(free, self._shot).predictions, at))
        else:
            remarks.append(Remark("inside.film.unguided"))
        data = {
            "rows": rows,
            "steps": [step + 1 for step in at],
            "noise": [rounded([*sigmas, 0.0][step + 1], 3) for step in at],  # when the step was taken
            "guidance": recipe.guidance,
        }
        return Section("film", data, tuple(remarks))

    @torch.no_grad()
    def _row(self, key: str, latents: Tensor, at: Sequence[int]) -> dict[str, Any]:
        """One row of frames, with how far each is from the finished picture (RMS of the latents)."""
        far = (latents - self._way.arrived).square().mean((1, 2, 3)).sqrt()
        return {
            "key": key,
            "frames": [pictures.address(image) for image in self._images(latents[list(at)])],
            "far": [rounded(float(far[step]), 3) for step in at],
        }

    # -- around it ----------------------------------------------------------------------------------

    @torch.no_grad()
    def nearest(self) -> list[Section]:
        """Of all that the prior remembers what the finished picture is most like."""
        names, prior = self._painter.names, self._pipe.prior
        if not names:
            return []
        likeness = prior.likeness(self._way.arrived)[0].float().cpu()
        rows = likeness.topk(min(NEAREST, len(likeness))).indices.tolist()
        sketches = prior.sketched(prior.prototypes[rows])[:, : self._pipe.transformer.config.latent_channels]
        found = [
            {
                "src": pictures.address(image),
                "names": {"en": names[row].en, "zh": names[row].zh},
                "likeness": rounded(float(likeness[row]), 3),
            }
            for row, image in zip(rows, self._images(sketches.float()), strict=True)
            if row < len(names)
        ]
        return [Section("nearest", {"things": found})]

    def walk(self) -> Section:
        """A few steps through noise, from this picture's to that of the next seed, the words unchanged."""
        seed = int(self._shot.metadata["seed"])
        other = self._painter.noise(seed + 1)
        frames = [{"src": pictures.address(self._images(self._way.arrived)[0]), "share": 0.0, "far": 0.0}]
        for number in range(1, WALK):
            share = number / (WALK - 1)
            noise = between(self._shot.noise, other, share)
            shot = Shot(self._shot.prompt, self._shot.negative, noise, self._shot.metadata)
            arrived = self._painted(self._walking, shot).arrived
            far = float((arrived - self._way.arrived).square().mean().sqrt())
            frames.append(
                {
                    "src": pictures.address(self._images(arrived)[0]),
                    "share": rounded(share, 2),
                    "far": rounded(far, 3),
                }
            )
        return Section("walk", {"frames": frames, "seed": seed, "seed2": seed + 1})

    def _images(self, latents: Tensor) -> list[Image.Image]:
        """Latents (n, 16, 8, 8) as small pictures."""
        pixels = (self._pipe.decode(latents.to(self._pipe.device)).float().cpu() + 1) / 2
        return [to_image(one) for one in pixels]
