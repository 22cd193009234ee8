#!/bin/sh
# One would guess: a tie is of the note that carries it. Where one note of a chord is tied over the bar line, MIDI made
# of the score holds this note and no other.
# True in music21 10.5.1: ties are those of whole chords. C and E with a tie at C alone, before a single C: the E sounds
# for eight quarters too, twice as long as written. Before C and F: nothing is tied, and the C is struck again. Verovio
# 6.4.1 plays the same MusicXML as it is written.
# Source: music21/stream/base.py, stripTies (midi/translate.py calls it), and its issues 502, 586 and 620, which chose
# between these two.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check music21==10.5.1 verovio==6.4.1 mido==1.3.3
"$work/venv/bin/python" - "$work" <<'PY'
import base64
import io
import sys
from importlib.metadata import version

import mido
import verovio
from music21 import converter


def note(step, tie="", chord=""):
    pitch = f"<pitch><step>{step}</step><octave>4</octave></pitch>"
    sounds = f'<tie type="{tie}"/>' if tie else ""
    drawn = f'<notations><tied type="{tie}"/></notations>' if tie else ""
    return f"<note>{chord}{pitch}<duration>4</duration>{sounds}<type>whole</type>{drawn}</note>"


def score(second):
    time = "<attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type></time></attributes>"
    first = note("C", "start") + note("E", chord="<chord/>")
    return (
        '<?xml version="1.0"?><score-partwise version="4.0"><part-list><score-part id="P1"><part-name>P</part-name>'
        f'</score-part></part-list><part id="P1"><measure number="1">{time}{first}</measure>'
        f'<measure number="2">{second}</measure></part></score-partwise>'
    )


def sounding(data):
    """(note, start, length) in quarters, to the nearest."""
    file, found = mido.MidiFile(file=io.BytesIO(data)), []
    for track in file.tracks:
        now, open_ = 0, {}
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity:
                open_[message.note] = now
            elif message.type in ("note_on", "note_off") and message.note in open_:
                start = open_.pop(message.note)
                found.append((message.note, *(round(ticks / file.ticks_per_beat) for ticks in (start, now - start))))
    return sorted(found, key=lambda one: (one[1], one[0]))


def by_music21(xml):
    path = f"{sys.argv[1]}/out.mid"
    converter.parseData(xml, format="musicxml").write("midi", path)
    return sounding(open(path, "rb").read())


def by_verovio(xml):
    toolkit = verovio.toolkit()
    toolkit.loadData(xml)
    return sounding(base64.b64decode(toolkit.renderToMIDI()))


cases = {
    "a single C": note("C", "stop"),
    "C and F": note("C", "stop") + note("F", chord="<chord/>"),
}
print(f"music21 {version('music21')}, verovio {version('verovio')} - C (60, tied) and E (64), then:")
found = {}
for name, second in cases.items():
    found[name] = by_music21(score(second)), by_verovio(score(second))
    print(f"  {name}, as (note, start, length):\n    music21 {found[name][0]}\n    verovio {found[name][1]}")
assert found["a single C"] == ([(60, 0, 8), (64, 0, 8)], [(60, 0, 8), (64, 0, 4)]), "this has changed"
again = [(60, 0, 4), (64, 0, 4), (60, 4, 4), (65, 4, 4)]
assert found["C and F"] == (again, [(60, 0, 8), (64, 0, 4), (65, 4, 4)]), "this has changed"
print("As described: one tie holds the whole chord, or nothing.")
PY
