#!/bin/sh
# One would guess: in MIDI made of ABC, what is written on a beat begins at the tick of the beat, and the notes of a
# chord begin together.
# True in abc2midi 4.84 (Debian's abcmidi 20230208): every note begins one tick late, the first at 1 of 480, so that no
# onset is a multiple of anything; and a chord is broken up by 10 ticks a note, [CEG] begins at 1, 11 and 21. A reader
# that groups notes of equal onset finds no chords. "%%MIDI chordattack 0" puts the chords together; the tick stays.
# Needs apt of Debian 12, and writes nothing outside its folder. Source: the package's abcguide.txt, "Arpegiation".
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
apt-get download -qq abcmidi=20230208+ds1-1 2>/dev/null
dpkg -x abcmidi_*.deb package
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check mido==1.3.3
PATH="$work/package/usr/bin:$PATH" venv/bin/python - <<'PY'
import subprocess

import mido

TUNE = "X:1\nM:4/4\nL:1/4\nQ:1/4=120\nK:C\n{}C D [CEG]2|\n"


def onsets(extra):
    """The ticks at which notes begin, and how many a quarter has."""
    with open("tune.abc", "w") as file:
        file.write(TUNE.format(extra))
    subprocess.run(["abc2midi", "tune.abc", "-o", "tune.mid"], check=True, stdout=subprocess.DEVNULL)
    file, found = mido.MidiFile("tune.mid"), []
    for track in file.tracks:
        now = 0
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity:
                found.append(now)
    return found, file.ticks_per_beat


print(subprocess.run(["abc2midi", "-ver"], capture_output=True, text=True).stdout.strip(), "- onsets of C D [CEG]2:")
plain, quarter = onsets("")
together, _ = onsets("%%MIDI chordattack 0\n")
print(f"  {plain} at {quarter} ticks a quarter; with chordattack 0 {together}")
assert quarter == 480 and plain == [1, 481, 961, 971, 981], "this has changed"
assert together == [1, 481, 961, 961, 961], "this has changed"
print("As described: one tick late, and chords broken up.")
PY
