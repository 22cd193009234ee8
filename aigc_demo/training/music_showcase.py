"""Makes the pieces that the music tab shows before anybody has asked for one, with the model that ships.

Run: ``python -m aigc_demo.training.music_showcase [--language zh]``. It composes through the command line
as any visitor would, keeps the files that a page needs beside its scripts (the sound as Ogg only, a tenth of
the WAV), and writes ``assets/examples/music/showcase.<language>.json``. Knows no model.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import wave
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aigc_demo.settings import ASSETS
from aigc_demo.tasks.music.outputs import PEAKS
from aigc_demo.tasks.music.sound import Sound
from aigc_demo.training import showcase

FOLDER = ASSETS / "ui" / "music" / "showcase"
REQUESTS: Mapping[str, Mapping[str, object]] = {
    "en": {"prompt": "a lively jig in D for the fiddle", "chords": True},
    "zh": {"prompt": "欢快的江南小调", "chords": True},
}
"""The first example of the form in each language."""
SEED = 5
KINDS = {
    ".ogg": "audio",
    ".mid": "file",
    ".abc": "file",
    ".musicxml": "file",
    ".svg": "file",
    ".json": "file",
}
TYPES = {
    ".ogg": "audio/ogg", ".mid": "audio/midi", ".abc": "text/vnd.abc", ".svg": "image/svg+xml",
    ".musicxml": "application/vnd.recordare.musicxml+xml", ".json": "application/json",
}  # fmt: skip


def sound_facts(path: Path) -> dict[str, Any]:
    """Length and loudness of a WAV file, as the player draws them."""
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
    sound = Sound(samples)
    return {"seconds": round(sound.seconds, 2), "peaks": sound.peaks(PEAKS)}


def outputs(result: Path, kept: Path, address: str) -> list[dict[str, Any]]:
    """What the page takes of the files in ``result``; those it names go to ``kept``, at ``address``."""
    found = []
    for path in sorted(result.iterdir(), key=lambda path: path.suffix != ".ogg"):  # the sound first
        if path.suffix not in KINDS or path.stem.startswith("page-"):
            continue
        entry: dict[str, Any] = {
            "kind": KINDS[path.suffix], "name": path.name, "media_type": TYPES[path.suffix], "meta": {},
        }  # fmt: skip
        if path.suffix == ".json":
            entry["text"] = path.read_text("utf-8")
        else:
            shutil.copyfile(path, kept / path.name)
            entry["url"] = f"{address}/{path.name}"
        if path.suffix == ".ogg":
            entry["meta"] = sound_facts(result / "tune.wav")
        found.append(entry)
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Compose, keep and write down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="folkgpt")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--language", choices=REQUESTS, default="en")
    options = parser.parse_args(arguments)
    kept = FOLDER / options.language
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        report = showcase.result(
            "music", options.model, options.seed, REQUESTS[options.language], Path(folder)
        )
        found = outputs(Path(folder), kept, f"assets/ui/music/showcase/{options.language}")
        print(showcase.keep("music", report, found, options.language))


if __name__ == "__main__":
    main()
