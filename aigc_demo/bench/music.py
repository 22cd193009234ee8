"""Music: how fast a score is heard and seen, and what the worker holds while it plays.

Rendering is measured against time itself: how many seconds of sound a second of work makes. The piece is a
reel of half a minute for fiddle, guitar, bass and drums.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from aigc_demo import bench
from aigc_demo.bench import composing
from aigc_demo.settings import ROOT
from aigc_demo.tasks.music import engrave
from aigc_demo.tasks.music.outputs import outputs
from aigc_demo.tasks.music.score import Note, Part, Repeat, Score
from aigc_demo.tasks.music.sound import Orchestra

ROUNDS = 5
_HELD = "import sys; sys.path.insert(0, sys.argv[1]); from aigc_demo.bench.music import held; print(held())"


def main() -> None:
    """Measure and tell."""
    bench.tell(figures())


def figures() -> list[bench.Figure]:
    """Sound, sheet and memory; then composing."""
    return [*rendering(), memory(), *composing.figures()]


def rendering() -> list[bench.Figure]:
    """Seconds of sound a second, and everything a visitor takes away in seconds."""
    score, players = reel(), Orchestra()
    seconds = players.play(score).seconds
    played = median(lambda: players.play(score))
    drawn = median(lambda: engrave.sheets(score))
    all_of_it = median(lambda: outputs(score, players=players))
    note = f"{seconds:.1f} s of sound, four players, one thread: {played:.2f} s; sheet {drawn:.2f} s"
    return [
        bench.at_least("music.render", seconds / played, 20.0, note),
        in_seconds(
            "music.outputs", all_of_it, 2.0, "sound, Opus, MIDI, ABC, MusicXML and sheets of the same piece"
        ),
    ]


def memory() -> bench.Figure:
    """What a process holds that imports torch, plays and engraves; a composer of ours adds its weights."""
    command = [sys.executable, "-c", _HELD, str(ROOT)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    megabytes = float(done.stdout.split()[-1])
    figure = bench.at_most(
        "music.memory", megabytes, 500.0, "RSS with torch, orchestra and engraver, after ten pieces"
    )
    return replace(figure, unit="MB, at most")


def held() -> int:
    """Megabytes that this process holds after ten pieces were made."""
    import psutil  # type: ignore[import-untyped]
    import torch

    torch.set_num_threads(1)
    players = Orchestra()
    for _ in range(10):
        outputs(reel(), players=players)
    return int(psutil.Process().memory_info().rss / 1e6)


def reel() -> Score:
    """A reel of sixteen bars, each strain twice, by chance but always the same."""
    rng = random.Random(7)
    scale = (62, 64, 66, 67, 69, 71, 73, 74, 76, 78, 79, 81)
    place, notes = 5, []
    for eighth in range(128):
        place = min(len(scale) - 1, max(0, place + rng.choice((-2, -1, -1, 1, 1, 2))))
        notes.append(Note(Fraction(eighth, 2), Fraction(1, 2), scale[place]))
    beats = [Fraction(beat) for beat in range(64)]
    chords = tuple(Note(beat, Fraction(1, 2), pitch) for beat in beats for pitch in (57, 62, 66))
    bass = tuple(Note(beat, Fraction(1), 38 if beat % 4 else 45) for beat in beats[::2])
    drums = tuple(Note(beat, Fraction(1, 2), 36 if beat % 2 == 0 else 38) for beat in beats)
    parts = (
        Part("Fiddle", 110, tuple(notes)),
        Part("Guitar", 24, chords),
        Part("Bass", 32, bass),
        Part("Drums", 0, drums, percussion=True),
    )
    repeats = (Repeat(0, 7), Repeat(8, 15))
    return Score("Reel", "D", "major", (4, 4), 240.0, parts, repeats=repeats)


def median(work: Callable[[], object]) -> float:
    """Seconds that the work takes, the median of several after a first."""
    work()
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def in_seconds(name: str, value: float, limit: float, note: str) -> bench.Figure:
    """A time that shall not be longer than its limit."""
    return replace(bench.at_most(name, value, limit, note), unit="seconds, at most")
