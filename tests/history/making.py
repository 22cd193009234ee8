"""What the tests of the history are made of: wishes, pictures, sounds and a tidy way to open."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from aigc_demo.history import History
from aigc_demo.settings import Settings
from aigc_demo.types import Job, Output, Params, Request, Status, param


class PoemRequest(Params):
    prompt: str = param("", widget="prompt")
    negative_prompt: str = param("")
    width: int | None = param(None)
    temperature: float = param(1.0)
    image: str = param("", widget="file")
    mask: str = param("", widget="file")


def submission(prompt: str = "a cat", owner: str = "alice", **other: Any) -> Request:
    parent = other.pop("parent", None)
    task = other.pop("task", "text")
    return Request(task, "debug", PoemRequest(prompt=prompt, **({"seed": 7} | other)), owner, "en", parent)


def text(words: str = "Cats sleep.", name: str = "answer.txt") -> Output:
    return Output("text", name, "text/plain", text=words)


def picture(size: tuple[int, int] = (40, 30), fmt: str = "PNG") -> Output:
    buffer = io.BytesIO()
    Image.new("RGB", size, (200, 80, 40)).save(buffer, fmt)
    return Output("image", "picture", f"image/{fmt.lower()}", data=buffer.getvalue(), meta={"steps": 4})


def sound() -> Output:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\x01\x02" * 400)
    return Output("audio", "tune", "audio/wav", data=buffer.getvalue())


@contextmanager
def opened(folder: Path, **other: Any) -> Iterator[History]:
    history = History.open(Settings(data_dir=folder, **other))
    try:
        yield history
    finally:
        history.close()


def finished(
    history: History, request: Request, *outputs: Output, status: Status = "done", **other: Any
) -> Job:
    """A job on the straight way to its end."""
    job = history.create(request)
    history.start(job.id)
    return history.finish(job.id, status, outputs, seconds=1.0, load_seconds=0.5, **other)


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
