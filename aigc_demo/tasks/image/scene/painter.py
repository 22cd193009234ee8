"""Scenes painted by EmojiFlow: the things of a description in one batch, each cut free and put in its place.

Knows the painter's network, its things and how a scene is told in an output's facts. Which words make which
scene is :mod:`parser`'s business.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from PIL import Image

from aigc_demo.pictures.enlarging import Enlarger
from aigc_demo.pictures.layers import Writer
from aigc_demo.pictures.picture import to_image
from aigc_demo.pictures.steps import image_output, preview
from aigc_demo.tasks.image.concept_labels import Concept
from aigc_demo.tasks.image.flow import FAST_STEPS, EmojiFlowPipeline
from aigc_demo.tasks.image.params import ImageParams
from aigc_demo.tasks.image.prompts import resolved, with_look
from aigc_demo.tasks.image.scene.colours import recoloured, varied
from aigc_demo.tasks.image.scene.compose import composed, in_its_light, layers
from aigc_demo.tasks.image.scene.cutout import cut_out
from aigc_demo.tasks.image.scene.drawn import drawn
from aigc_demo.tasks.image.scene.editing import boxed, fitted, kept, merged
from aigc_demo.tasks.image.scene.grounds import ground
from aigc_demo.tasks.image.scene.layout import placed
from aigc_demo.tasks.image.scene.lexicon import Kind, Way, lexicon
from aigc_demo.tasks.image.scene.parser import Guess, understood
from aigc_demo.tasks.image.scene.settled import Understood
from aigc_demo.tasks.image.scene.telling import reading, told
from aigc_demo.tasks.image.scene.values import Scene, Thing, refused, restored, stored
from aigc_demo.types import MAX_SEED, Emit, Output, Progress, Reading, UserError, says_something

SCALE = 4
BATCHES = 6
"""Batches of painted things that are kept, so that a thing is moved without being painted again."""
DRESSED = 48
"""Things in their colours and light that are kept for the same reason."""
_VAGUE = ("Smileys & Emotion", "People & Body", "Symbols", "Flags")
"""What unknown words shall not become: a friend is no silhouette. Names of people are not guessed at all."""
_APART = 7919
"""Between the seeds of two things of one kind."""


@dataclass(frozen=True)
class Sprite:
    """What is painted: the painter's name of a thing, its look and noise, and how it is set free."""

    name: str
    look: str
    seed: int
    cut: Way = ""
    drawn: bool = False


_Dress = tuple[Sprite, str, str, int, str]
"""A sprite for a thing of a name, with its colour, its number among its kind, and the time of day."""


class ScenePainter:
    """Makes scenes; calls must not overlap.

    Args:
        pipe: what paints things.
        enlarger: what enlarges them.
        names: of the painter's things, in the order of its rows.
        guess: what unknown words mean.
    """

    def __init__(
        self, pipe: EmojiFlowPipeline, enlarger: Enlarger, names: Sequence[Concept], guess: Guess
    ) -> None:
        self._pipe, self._enlarger = pipe, enlarger
        vague = {one.en for one in names if one.category in _VAGUE}
        self._guess = lambda words: None if words[:1].isupper() or (name := guess(words)) in vague else name
        self._rows = {one.en: row for row, one in enumerate(names)}
        self.lexicon = lexicon([vars(one) for one in names])
        self._painted: OrderedDict[tuple[Sprite, ...], dict[Sprite, Image.Image]] = OrderedDict()
        self._dressed: OrderedDict[_Dress, tuple[Image.Image, Image.Image, Image.Image]] = OrderedDict()
        self._writer = Writer()

    def wanted(self, params: ImageParams) -> Understood | None:
        """What the words name, where a scene is asked for: several things, a place, or by its form."""
        if not self._rows or params.effective_action != "generate":
            return None
        if not says_something(params.prompt):
            return None
        found = understood(resolved(params.prompt, params.seed or 0).strip(), self.lexicon, self._guess)
        by_form = bool(params.frame or params.scene) and bool(found.scene.things or found.names_ground)
        return found if found.is_scene or by_form else None

    def before(self, values: Mapping[str, Any]) -> Reading | None:
        """What a prompt's scene will hold; None where it is not one."""
        if values.get("image") or values.get("action") not in (None, "", "generate"):
            return None
        found = understood(resolved(str(values.get("prompt") or ""), 0).strip(), self.lexicon, self._guess)
        asked = found.is_scene or (
            bool(values.get("frame")) and bool(found.scene.things or found.names_ground)
        )
        return reading(found.scene) if asked else None

    def __call__(
        self, params: ImageParams, wanted: Understood | None, seed: int, emit: Emit, began: float
    ) -> Output:
        """The scene of the description, of the words, or the one changed by the other."""
        scene = self._described(params, wanted, seed)
        steps = len(scene.things) + 3
        emit(Progress(0, steps))
        back = ground(scene.ground, scene.time, scene.weather, scene.size, scene.seed)
        emit(Progress(1, steps))
        kinds = [self.lexicon.kind(thing.name) for thing in scene.things]
        if not self._has_painted(scene, kinds, params.look):
            emit(preview(back))
        cut = self._sprites(scene, kinds, params.look, lambda done: emit(Progress(1 + done, steps)))
        shapes = [cut[self._sprite(*one, params.look)].size for one in _pairs(scene, kinds)]
        scene = replace(scene, things=tuple(map(fitted, scene.things, shapes)))
        if not scene.is_placed:
            scene = self._laid_out(scene, kinds, shapes)
            kinds = [self.lexicon.kind(thing.name) for thing in scene.things]
        dressed = [self._in_colours(scene, *one, params.look, cut) for one in _pairs(scene, kinds)]
        sprites, bright = [one[0] for one in dressed], [one[1] for one in dressed]
        picture = composed(scene, back, sprites, kinds, scene.seed)
        emit(Progress(steps, steps))
        metadata = {
            "action": "scene",
            "seed": seed,
            "prompt": scene.words,
            "num_inference_steps": FAST_STEPS,
            "seconds": round(time.perf_counter() - began, 3),
            "request": reading(scene).plain(),
        }
        metadata |= told(scene)
        metadata["scene"] = stored(scene)
        output = image_output(picture, None, "scene.png", **metadata)
        data = self._writer.embedded(output.data or b"", layers(scene, back, bright, kinds))
        return replace(output, data=data, param_overrides={"scene": stored(scene), "seed": seed, "batch": 1})

    # -- what is in it ----------------------------------------------------------------------------

    def _described(self, params: ImageParams, wanted: Understood | None, seed: int) -> Scene:
        fresh = None if wanted is None else self._seeded(wanted.scene, params, seed)
        if not params.scene:
            if fresh is None:
                raise UserError("nothing_asked", "image.scene.nothing", status=422, field="prompt")
            return fresh
        given = restored(params.scene)
        if any(
            thing.name not in self._rows
            and not self.lexicon.kind(thing.name).drawn
            and self.lexicon.kind(thing.name).painted not in self._rows
            for thing in given.things
        ):
            raise refused()
        if fresh is not None and fresh.words != given.words:
            before = understood(given.words, self.lexicon, self._guess).scene
            return boxed(merged(given, fresh, before), given.boxes)
        return replace(given, boxes=())

    def _seeded(self, scene: Scene, params: ImageParams, seed: int) -> Scene:
        things = tuple(
            replace(thing, seed=(seed + _APART * thing.coat) % (MAX_SEED + 1)) for thing in scene.things
        )
        return replace(scene, things=things, seed=seed, form=params.frame or "wide")

    def _laid_out(self, scene: Scene, kinds: Sequence[Kind], shapes: Sequence[tuple[int, int]]) -> Scene:
        fresh = placed(
            replace(scene, things=tuple(replace(one, box=None) for one in scene.things)),
            kinds,
            shapes,
            scene.seed,
        )
        return kept(fresh, scene) if any(one.box is not None for one in scene.things) else fresh

    # -- painting ---------------------------------------------------------------------------------

    def _sprite(self, thing: Any, kind: Kind, look: str) -> Sprite:
        name = kind.painted or thing.name
        return Sprite(name, look or kind.look or "flat", thing.seed, kind.cut, kind.drawn)

    def _sprites(
        self, scene: Scene, kinds: Sequence[Kind], look: str, done: Callable[[int], None]
    ) -> Mapping[Sprite, Image.Image]:
        """Each different thing of the scene, cut free. The same things are painted in the same batch."""
        key = self._batch_of(scene, kinds, look)
        if key not in self._painted:
            self._painted[key] = self._fresh(key, done)
        self._painted.move_to_end(key)
        while len(self._painted) > BATCHES:
            self._painted.popitem(last=False)
        return self._painted[key]

    def _batch_of(self, scene: Scene, kinds: Sequence[Kind], look: str) -> tuple[Sprite, ...]:
        wanted = {self._sprite(*one, look) for one in _pairs(scene, kinds)}
        return tuple(sorted(wanted, key=lambda one: (one.name, one.look, one.seed)))

    def _has_painted(self, scene: Scene, kinds: Sequence[Kind], look: str) -> bool:
        """Whether all of it is there already, so that the picture itself comes at once."""
        return scene.is_placed and self._batch_of(scene, kinds, look) in self._painted

    def _in_colours(
        self, scene: Scene, thing: Thing, kind: Kind, look: str, cut: Mapping[Sprite, Image.Image]
    ) -> tuple[Image.Image, Image.Image]:
        """A thing in its own colour, and the same in the light of its scene: the same objects each time."""
        sprite = self._sprite(thing, kind, look)
        source = cut[sprite]
        key = sprite, thing.name, thing.colour, thing.coat, scene.time
        kept = self._dressed.get(key)
        if kept is None or kept[0] is not source:
            coloured = _coloured(source, thing)
            self._dressed[key] = kept = source, coloured, in_its_light(scene, thing, coloured)
        self._dressed.move_to_end(key)
        while len(self._dressed) > DRESSED:
            self._dressed.popitem(last=False)
        return kept[1], kept[2]

    def _fresh(self, sprites: Sequence[Sprite], done: Callable[[int], None]) -> dict[Sprite, Image.Image]:
        painted = [one for one in sprites if not one.drawn]
        large = {one: drawn(one.name) for one in sprites if one.drawn}
        if painted:
            small = self._batch(painted)
            done(1)
            for number, (one, pixels) in enumerate(zip(painted, small, strict=True)):
                large[one] = self._enlarger(to_image(pixels), SCALE)
                done(2 + number)
        return {one: cut_out(image, one.cut) for one, image in large.items()}

    @torch.no_grad()
    def _batch(self, sprites: Sequence[Sprite]) -> torch.Tensor:
        """Pictures (sprites, 3, 64, 64) in [0, 1]: each of its thing, whatever else its name may mean."""
        pipe = self._pipe
        rows = [self._rows[one.name] for one in sprites]
        noise = torch.cat([self._noise(one.seed) for one in sprites])
        prompts = [with_look(one.name, one.look) for one in sprites]
        sketches = pipe.prior.sketched(pipe.prior.prototypes[rows])
        result: torch.Tensor = pipe(
            prompts,
            num_inference_steps=FAST_STEPS,
            guidance_scale=1.0 if pipe.has_fast else 3.0,
            latents=noise,
            retrieved=sketches,
            fast=pipe.has_fast,
            output_type="pt",
        ).images
        return result.float().cpu()

    def _noise(self, seed: int) -> torch.Tensor:
        config = self._pipe.transformer.config
        generator = torch.Generator().manual_seed(seed)
        return torch.randn(1, config.latent_channels, config.side, config.side, generator=generator)


def _pairs(scene: Scene, kinds: Sequence[Kind]) -> list[tuple[Any, Kind]]:
    return list(zip(scene.things, kinds, strict=True))


def _coloured(sprite: Image.Image, thing: Any) -> Image.Image:
    return recoloured(sprite, thing.colour) if thing.colour else varied(sprite, thing.coat)
