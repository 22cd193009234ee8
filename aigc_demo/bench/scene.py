"""Scenes, films and speech: what a visitor waits for, and what painting things together saves.

Ratios are against the same things painted one by one, and against the length of what is heard. Seconds hold
for an idle machine with two cores.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from aigc_demo import bench
from aigc_demo.bench.image import EMOJIFLOW, _seconds, _timed, emojiflow
from aigc_demo.settings import Settings
from aigc_demo.tasks.film import FilmParams
from aigc_demo.tasks.image.params import ImageParams
from aigc_demo.tasks.speech import HIBARI, SpeechParams
from aigc_demo.types import LoadContext, Output, Partial, Placement

WORDS = "a cat riding a bicycle, a dog, a house and a tree under the moon"
"""Six things."""
TEXT = "The moon rose over the quiet town, and a small cat rode its bicycle down the hill. " * 3
ROUNDS = 4


def main() -> None:
    """Measure and tell."""
    bench.tell(figures() if (EMOJIFLOW / "manifest.json").exists() else [])


def figures() -> list[bench.Figure]:
    """All figures of scenes, films and speech."""
    model = emojiflow()
    made = _scene(model, 0)
    return [*_painting(model), _moving(model, made), _filming(made), _speaking()]


def _scene(model: Any, seed: int, **values: Any) -> Output:
    (output,) = model(ImageParams(**{"prompt": WORDS, "seed": seed, **values}), values.pop("emit", _ignored))
    return output


def _ignored(_: object) -> None: ...


def _painting(model: Any) -> list[bench.Figure]:
    first: list[float] = []
    whole = []
    for seed in range(1, ROUNDS + 1):  # new seeds: what was painted is kept
        shown: list[float] = []
        began = time.perf_counter()

        def seen(event: object, began: float = began, shown: list[float] = shown) -> None:
            if isinstance(event, Partial):
                shown.append(time.perf_counter() - began)

        model(ImageParams(prompt=WORDS, seed=seed), seen)
        whole.append(time.perf_counter() - began)
        first.append(shown[0])
    names = [thing["name"] for thing in _scene(model, 0).meta["things"]]
    painter = model._scenes
    sprites = [painter._sprite(_Named(name, 99), painter.lexicon.kind(name), "") for name in names]
    alone = min(_timed(lambda: [painter._batch([one]) for one in sprites]) for _ in range(ROUNDS))
    together = min(_timed(lambda: painter._batch(sprites)) for _ in range(ROUNDS))
    return [
        _seconds("scene.first", min(first), 0.3, "until the first preview, the ground"),
        _seconds("scene.seconds", min(whole), 2.0, f"a scene of {len(names)} things at 768 x 512, warm"),
        bench.at_least(
            "scene.batch", alone / together, 1.8, "things painted one by one over all in one batch"
        ),
    ]


class _Named:
    """What a sprite is asked for by."""

    def __init__(self, name: str, seed: int) -> None:
        self.name, self.seed = name, seed


def _moving(model: Any, made: Output) -> bench.Figure:
    """A thing moved, a little further each time."""
    scene = json.loads(made.param_overrides["scene"])
    spent = []
    for _ in range(ROUNDS):
        scene["things"][-1]["box"][0] += 3
        spent.append(_timed(lambda: _scene(model, 0, prompt="", scene=json.dumps(scene))))
    return _seconds(
        "scene.move", min(spent), 0.15, "a moved thing shown anew, the PNG written, nothing painted"
    )


def _filming(made: Output) -> bench.Figure:
    from aigc_demo.tasks.film.pipeline import Mover

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scene.png"
        path.write_bytes(made.data or b"")
        spent = min(_timed(lambda: Mover()(FilmParams(scene=str(path)), _ignored)) for _ in range(2))
    return _seconds("scene.film", spent, 6.0, "three seconds of film at 768 x 512, H.264")


def _speaking() -> bench.Figure:
    from aigc_demo.tasks.speech.pipeline import load

    speaker = load(
        LoadContext(HIBARI, EMOJIFLOW, EMOJIFLOW, Placement(), lambda *_: None, settings=Settings())
    )
    heard = speaker(SpeechParams(text=TEXT, seed=1), _ignored)[0].meta["seconds"]
    spent = min(_timed(lambda: speaker(SpeechParams(text=TEXT, seed=1), _ignored)) for _ in range(ROUNDS))
    return bench.at_least(
        "scene.speech", heard / spent, 20.0, "seconds heard over seconds computed, one thread"
    )
