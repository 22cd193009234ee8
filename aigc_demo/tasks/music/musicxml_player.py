"""Who plays the parts of a MusicXML score: names, General MIDI programs, drums. Knows nothing of bars."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from aigc_demo.tasks.music import limits
from aigc_demo.tasks.music.musicxml_values import whole


@dataclass(frozen=True)
class Player:
    """A part as the list names it; ``drums`` maps an instrument's id to a General MIDI drum."""

    name: str
    program: int = 0
    drums: dict[str, int] = field(default_factory=dict)
    percussion: bool = False


def part_list(root: ET.Element) -> dict[str, Player]:
    """The players of a score by the ids of their parts."""
    players = {}
    for number, element in enumerate(root.iterfind("part-list/score-part"), 1):
        name = limits.plain(element.findtext("part-name") or "") or f"Part {number}"
        played = element.findall("midi-instrument")
        drums = {
            m.get("id", ""): min(127, max(0, whole(m.findtext("midi-unpitched"), 1) - 1))
            for m in played
            if m.find("midi-unpitched") is not None
        }
        tenth = any((m.findtext("midi-channel") or "").strip() == "10" for m in played)
        program = whole(played[0].findtext("midi-program"), 1) - 1 if played else 0
        players[element.get("id", "")] = Player(name, min(127, max(0, program)), drums, tenth)
    return players
