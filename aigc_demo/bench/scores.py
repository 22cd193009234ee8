"""Scores that people bring: how fast one of a thousand notes is read, beside music21 in the same run.

music21 is a peer for tests and measurements only; where it is not installed nothing is told.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from aigc_demo import bench
from aigc_demo.tasks.music import import_file

NOTES = 1_000
TIMES = 5
LEAST = 10.0
"""Times as fast as the peer. ABC is; MusicXML was seen at four to six, so that this figure is missed."""


def main() -> None:
    """Measure and tell."""
    bench.tell(figures())


def figures() -> list[bench.Figure]:
    """For ABC and MusicXML: how many of ours go into the time that music21 takes for one."""
    import music21

    found = []
    for kind, text in (("abc", tune()), ("musicxml", score())):
        data = text.encode()
        ours = best(lambda data=data: import_file.read_bytes(data))  # type: ignore[misc]
        theirs = best(
            lambda text=text, kind=kind: music21.converter.parseData(text, format=kind),  # type: ignore[misc]
            2,
        )
        note = f"{NOTES} notes: {1000 * ours:.0f} ms, music21 {music21.__version__}: {1000 * theirs:.0f} ms"
        found.append(bench.at_least(f"scores.{kind}", theirs / ours, LEAST, note))
    return found


def tune() -> str:
    """A tune of a thousand eighths in bars of eight."""
    bars = "|".join("CDEFGABc" for _ in range(NOTES // 8))
    return f"X:1\nT:t\nM:4/4\nL:1/8\nK:G\n{bars}|\n"


def score() -> str:
    """The same as MusicXML."""
    notes = "".join(
        f"<note><pitch><step>{step}</step><octave>5</octave></pitch><duration>1</duration></note>"
        for step in "CDEFGABC"
    )
    metre = "<time><beats>4</beats><beat-type>4</beat-type></time>"
    head = f"<attributes><divisions>2</divisions>{metre}</attributes>"
    bars = "".join(
        f'<measure number="{n + 1}">{"" if n else head}{notes}</measure>' for n in range(NOTES // 8)
    )
    listed = '<part-list><score-part id="P1"><part-name>a</part-name></score-part></part-list>'
    return f'<score-partwise version="4.0">{listed}<part id="P1">{bars}</part></score-partwise>'


def best(action: Callable[[], object], times: int = TIMES) -> float:
    """Seconds of processor time that it takes, the least of several."""
    seconds = []
    for _ in range(times):
        begin = time.process_time()
        action()
        seconds.append(time.process_time() - begin)
    return min(seconds)
