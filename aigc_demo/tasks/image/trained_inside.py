"""Looking inside a picture of a visitor's own model: its way from noise, what it learnt that is near, a walk.

Knows the painter. The first picture of an item is drawn once more; the sets that come along are here, so that
what is nearest is told of the very pictures that were learnt from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from aigc_demo.explain import Explanation, Section, pictures, rounded
from aigc_demo.learning.pictures import data, judge
from aigc_demo.learning.pictures.data import to_bytes
from aigc_demo.pictures.steps import StepProgress
from aigc_demo.tasks.image.emoji import between
from aigc_demo.types import MAX_SEED, Emit, Remark, StoredItem

if TYPE_CHECKING:
    from aigc_demo.tasks.image.params import TrainedParams
    from aigc_demo.tasks.image.trained import TrainedPainter

FRAMES = 10
NEAREST = 6
WALK = 6
SIDE = 64
"""Of a picture that is shown, in pixels, at least."""
SETS = {"digits": data.digits, "faces": data.faces}


def explain(painter: TrainedPainter, params: TrainedParams, _: StoredItem, emit: Emit) -> Explanation:
    """What was behind the first picture of an item."""
    looker = _Looker(painter, params, emit)
    return Explanation((*looker.film(), *looker.learnt(), looker.walk()))


class _Looker:
    """Looks at one picture."""

    def __init__(self, painter: TrainedPainter, params: TrainedParams, emit: Emit) -> None:
        self._painter, self._params = painter, params
        self._steps = StepProgress(emit, WALK + 1)
        self._seed = (params.seed or 0) % (MAX_SEED + 1)
        self._noise = painter.noise([self._seed])
        self._labels = painter.labels(params.label, [self._seed])
        self._way = self._drawn(self._noise, params.guidance_scale)
        self._steps.step(1)

    @property
    def _arrived(self) -> Tensor:
        """The finished picture (1, channels, side, side)."""
        return self._way[-1:]

    def _drawn(self, noise: Tensor, guidance: float) -> Tensor:
        """Where the picture was before each step, and the finished one last: (steps + 1, ...)."""
        config = self._painter.config
        kept = [noise.view(-1, config.channels, config.side, config.side)] if config.method == "flow" else []
        self._painter.draw(
            noise,
            self._labels,
            steps=self._params.num_inference_steps,
            guidance=guidance,
            tick=lambda _, now: kept.append(now.clone()),
        )
        return torch.cat(kept)

    # -- the way ------------------------------------------------------------------------------------

    def film(self) -> list[Section]:
        """The strip of a flow's steps; the other methods draw at once and have none."""
        if self._painter.config.method != "flow":
            return []
        count = len(self._way) - 1
        at = sorted({round(n) for n in np.linspace(0, count - 1, min(FRAMES, count))})
        guidance = self._params.guidance_scale
        rows = [
            self._row("inside.film.latents", self._way[:-1], at),
            self._row("inside.film.expected", expected(self._way), at),
        ]
        remarks = []
        if guidance > 1:
            free = expected(self._drawn(self._noise, 1.0))
            rows.append(self._row("inside.film.free", free, at))
        else:
            remarks.append(Remark("inside.film.unguided"))
        told = {
            "rows": rows,
            "steps": [step + 1 for step in at],
            "noise": [rounded(1 - (step + 1) / count, 3) for step in at],
            "guidance": guidance,
            "pixels": True,
        }
        return [Section("film", told, tuple(remarks))]

    def _row(self, key: str, way: Tensor, at: Sequence[int]) -> dict[str, Any]:
        """One row of frames, with how far each is from the finished picture (RMS of the pixels)."""
        return {
            "key": key,
            "frames": [pictures.address(image) for image in _images(way[list(at)])],
            "far": [self._far(way[step]) for step in at],
        }

    def _far(self, picture: Tensor) -> float:
        return rounded(float((picture - self._arrived[0]).square().mean().sqrt()), 3)

    # -- around it ----------------------------------------------------------------------------------

    def learnt(self) -> list[Section]:
        """The pictures of all that were learnt that are nearest to it, pixel by pixel."""
        known = SETS.get(self._painter.config.data)
        if known is None:
            return []
        learnt = known()
        far = torch.cdist(self._arrived.flatten(1), learnt.pictures.flatten(1))[0]
        near = far.topk(NEAREST, largest=False).indices
        things = [
            {
                "src": pictures.address(image),
                "labels": [
                    name for name, there in zip(learnt.names, learnt.labels[row], strict=True) if there
                ],
                "far": self._far(learnt.pictures[row]),
            }
            for row, image in zip(near.tolist(), _images(learnt.pictures[near]), strict=True)
        ]
        told: dict[str, Any] = {"data": learnt.id, "of": len(learnt.pictures), "things": things}
        if learnt.id == "digits":
            told["recognised"] = int(judge.digits_judge()(self._arrived.flatten(1)).argmax())
        return [Section("learnt", told)]

    def walk(self) -> Section:
        """A few steps through noise, from this picture's to that of the next seed, the label unchanged."""
        other = self._painter.noise([self._seed + 1])
        frames = []
        for number in range(WALK):
            share = number / (WALK - 1)
            arrived = self._drawn(between(self._noise, other, share), self._params.guidance_scale)[-1:]
            (image,) = _images(arrived)
            frames.append(
                {"src": pictures.address(image), "share": rounded(share, 2), "far": self._far(arrived[0])}
            )
            self._steps.step(number + 2)
        told = {"frames": frames, "seed": self._seed, "seed2": self._seed + 1, "pixels": True}
        return Section("walk", told)


def expected(way: Tensor) -> Tensor:
    """Where a flow expected to arrive at each step, (steps, ...), from where it was before and after it.

    A step goes from x to x + (expected - x) / (steps left).
    """
    count = len(way) - 1
    left = torch.arange(count, 0, -1).view(-1, 1, 1, 1)
    return way[:-1] + (way[1:] - way[:-1]) * left


def _images(drawn: Tensor) -> list[Image.Image]:
    scale = max(1, SIDE // int(drawn.shape[-1]))
    return [Image.fromarray(one.repeat(scale, 0).repeat(scale, 1)) for one in to_bytes(drawn)]
