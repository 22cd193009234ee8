"""Work on a picture as its visitor sees it: progress, previews now and then, the finished file.

Knows events and how a picture travels in one. Knows nothing of what is being computed.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PIL import Image

from aigc_demo.pictures.picture import Picture, encode_png, encode_preview
from aigc_demo.types import Emit, Output, Partial, Progress

PREVIEW_SECONDS = 0.5
"""A preview is shown this often at most: encoding and sending one costs a tenth of that."""


def image_output(
    image: Image.Image, like: Picture | None, name: str = "styled.png", **metadata: object
) -> Output:
    """A finished picture, with transparency and colour profile of ``like``; ``metadata`` go into its meta."""
    meta = {"width": image.width, "height": image.height, **metadata}
    return Output("image", name, "image/png", data=encode_png(image, like), meta=meta)


def preview(image: Image.Image) -> Partial:
    """A picture on its way."""
    return Partial(Output("image", "preview.webp", "image/webp", data=encode_preview(image)))


class StepProgress:
    """Turns steps into progress with a time of arrival, and now and then into a preview.

    ``preview_seconds`` is the least time between two previews; the first and the last are always shown.
    """

    def __init__(self, emit: Emit, total: int, preview_seconds: float = PREVIEW_SECONDS) -> None:
        self._emit, self.total, self._pause = emit, total, preview_seconds
        self._began = time.perf_counter()
        self._shown = 0.0
        emit(Progress(0, total))

    def step(self, done: int, picture: Callable[[], Image.Image] | None = None) -> None:
        """``done`` steps are done; ``picture`` is asked for only when it is time to show one."""
        now = time.perf_counter()
        self._emit(Progress(done, self.total, (now - self._began) / done * (self.total - done)))
        if picture is not None and self.due(done):
            self._shown = now
            self._emit(preview(picture()))

    def due(self, done: int) -> bool:
        """Whether it is time to show a picture."""
        return done == self.total or time.perf_counter() - self._shown > self._pause
