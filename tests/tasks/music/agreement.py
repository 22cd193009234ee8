"""Scores drawn by chance, read by us and by other programs: how far all agree.

``python -m tests.tasks.music.agreement [COUNT]`` prints the table. What each score means is known from how it
was drawn. Peers are asked where they are installed: verovio, music21, abc2midi, partitura (the last two in no
requirements of ours; ``pip install --target`` and PYTHONPATH do).
"""

from __future__ import annotations

import base64
import io
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction as F
from importlib.resources import files
from importlib.util import find_spec
from itertools import zip_longest
from pathlib import Path

import mido

from aigc_demo.tasks.music import import_file

Heard = list[tuple[F, F, int]]
"""Start and length in quarter notes and MIDI pitch, in order."""
_STEPS = "CDEFGAB"
_SEMITONES = (0, 2, 4, 5, 7, 9, 11)
_SHARPS, _FLATS = "FCGDAEB", "BEADGCF"
_KEYS = {"C": 0, "G": 1, "D": 2, "A": 3, "F": -1, "Bb": -2, "Em": 1, "Dm": -1, "Edor": 2, "Gmix": 0}
_METRES = ((4, 4), (3, 4), (2, 4), (6, 8), (9, 8), (2, 2))
_TIE_LOST = re.compile(r"\][\d/]*-|=[A-Ga-g][\d/]*-")
_MARKS = {1: "^", -1: "_", 0: "="}


@dataclass
class Drawn:
    """A score as text or bytes, and what is heard of it, by parts."""

    kind: str
    data: bytes
    parts: list[Heard]
    moved: list[int] = field(default_factory=list)
    """Semitones that each part sounds above what is written, where that is said."""


@dataclass
class _Sign:
    """A chord or a rest (no pitches) of one bar; ``tied`` joins it to the next."""

    length: F
    pitches: tuple[tuple[int, int], ...]  # diatonic place (0 is middle C's letter) and alteration
    tied: bool = False


Bars = list[list[_Sign]]


def drawn(seed: int) -> Drawn:
    """One score; a seed gives the same one."""
    rng = random.Random(seed)
    return (_abc, _musicxml, _midi)[seed % 3](rng)


# -- what is common -------------------------------------------------------------------------------


def _alter(place: int, fifths: int) -> int:
    step = _STEPS[place % 7]
    return int(step in _SHARPS[: max(0, fifths)]) - int(step in _FLATS[: max(0, -fifths)])


def _pitch(place: int, alter: int) -> int:
    return 60 + 12 * (place // 7) + _SEMITONES[place % 7] + alter


def _bars(rng: random.Random, bar: F, fifths: int, count: int) -> Bars:
    """Bars that are full: notes, chords and rests, ties over and within bars, a few accidentals."""
    bars: Bars = []
    held: tuple[tuple[int, int], ...] | None = None
    for _ in range(count):
        left, signs = bar, []
        while left:
            length = min(left, rng.choice((F(1, 4), F(1, 2), F(1, 2), F(1), F(3, 2), F(2))))
            if held is not None:
                pitches = held
            elif rng.random() < 0.12:
                pitches = ()
            else:
                places = rng.sample(range(13), 2 if rng.random() < 0.1 else 1)
                pitches = tuple(
                    (place, rng.choice((1, 0, -1)) if rng.random() < 0.12 else _alter(place, fifths))
                    for place in sorted(places)
                )
            if len({_pitch(*one) for one in pitches}) < len(pitches):
                pitches = pitches[:1]  # one sound under two names is one sound
            tied = bool(pitches) and rng.random() < 0.1
            signs.append(_Sign(length, pitches, tied))
            held = pitches if tied else None
            left -= length
        bars.append(signs)
    if bars[-1][-1].tied:
        bars[-1][-1].tied = False
    return bars


def _heard(bars: Bars, order: list[int], moved: int = 0) -> Heard:
    """What is heard of bars in the order they are played; ties hold where the next sign is the same."""
    heard: dict[tuple[F, int], F] = {}
    now = F(0)
    open_: dict[int, F] = {}
    for index in order:
        for sign in bars[index]:
            next_open: dict[int, F] = {}
            for place, alter in sign.pitches:
                pitch = _pitch(place, alter) + moved
                start = open_.get(pitch, now)
                heard[(start, pitch)] = heard.get((start, pitch), F(0)) + sign.length
                if sign.tied:
                    next_open[pitch] = start
            open_ = next_open
            now += sign.length
    return sorted((start, length, pitch) for (start, pitch), length in heard.items())


def _untied_ends(bars: Bars, ends: set[int]) -> None:
    """No tie leads out of a bar after which something else may follow than what is written."""
    for index in ends:
        bars[index][-1].tied = False


def _order(rng: random.Random, count: int) -> tuple[list[int], dict[int, str]]:
    """How the bars are played, and the signs before and after each: none, a repeat, or two endings."""
    kind = rng.choice(("plain", "plain", "repeat", "endings")) if count >= 4 else "plain"
    half = count // 2
    if kind == "repeat":
        return [*range(half), *range(half), *range(half, count)], {0: "open", half - 1: "close"}
    if kind == "endings":
        marks = {0: "open", half - 1: "first", half: "second"}
        return [*range(half), *range(half - 1), *range(half, count)], marks
    return list(range(count)), {}


# -- ABC ------------------------------------------------------------------------------------------


def _abc(rng: random.Random) -> Drawn:
    key, metre = rng.choice(list(_KEYS)), rng.choice(_METRES)
    fifths, unit = _KEYS[key], rng.choice((F(1, 2), F(1, 2), F(1), F(1, 4)))
    count = rng.randint(2, 8)
    bars = _bars(rng, F(4 * metre[0], metre[1]), fifths, count)
    order, marks = _order(rng, count)
    _untied_ends(bars, {index for index in (*marks, *(at - 1 for at in marks if at)) if index >= 0})
    body = "|:" if marks.get(0) == "open" else ""
    for index, signs in enumerate(bars):
        if marks.get(index) == "first":
            body = body.rstrip("|") + "|1 "
        elif marks.get(index) == "second":
            body += "2 "
        body += _abc_bar(rng, signs, fifths, unit)
        body += {"close": ":|", "first": ":|", "second": "||"}.get(marks.get(index, ""), "|")
    head = f"%abc-2.1\nX:1\nT:t\nM:{metre[0]}/{metre[1]}\nL:{unit / 4}\nQ:1/4=120\nK:{key}\n"
    return Drawn("ABC", (head + body + "\n").encode(), [_heard(bars, order)])


def _abc_bar(rng: random.Random, signs: list[_Sign], fifths: int, unit: F) -> str:
    """One bar; every note whose letter had an accidental before says its own."""
    text, touched, at = "", set[str](), 0
    while at < len(signs):
        sign = signs[at]
        after = signs[at + 1] if at + 1 < len(signs) else None
        broken = (
            after is not None
            and sign.length == 3 * after.length
            and sign.length + after.length == 2 * (sign.length - after.length)
            and not sign.tied
            and rng.random() < 0.7
        )
        lengths = [(sign.length + after.length) / 2] * 2 if broken and after is not None else [sign.length]
        for place, length in enumerate(lengths):
            one = signs[at + place]
            letters = "".join(_letter(p, a, fifths, touched) for p, a in one.pitches) or "z"
            text += f"[{letters}]" if len(one.pitches) > 1 else letters
            text += _times(length / unit) + ("-" if one.tied else "")
            if broken and place == 0:
                text += ">"
        text += rng.choice(("", " "))
        at += len(lengths)
    return text


def _letter(place: int, alter: int, fifths: int, touched: set[str]) -> str:
    step, octave = _STEPS[place % 7], place // 7
    says = alter != _alter(place, fifths) or step in touched
    if says:
        touched.add(step)
    return (_MARKS[alter] if says else "") + (step if octave == 0 else step.lower())


def _times(value: F) -> str:
    over = "" if value.numerator == 1 else str(value.numerator)
    return over + ("" if value.denominator == 1 else f"/{value.denominator}")


# -- MusicXML -------------------------------------------------------------------------------------

_TYPES = {
    F(1, 4): "<type>16th</type>", F(1, 2): "<type>eighth</type>", F(1): "<type>quarter</type>",
    F(3, 2): "<type>quarter</type><dot/>", F(2): "<type>half</type>",
    F(3, 4): "<type>eighth</type><dot/>", F(7, 4): "<type>quarter</type><dot/><dot/>",
}  # fmt: skip
_MOVED = (
    (0, ""),
    (-2, "<diatonic>-1</diatonic><chromatic>-2</chromatic>"),
    (-12, "<diatonic>0</diatonic><chromatic>0</chromatic><octave-change>-1</octave-change>"),
)


def _musicxml(rng: random.Random) -> Drawn:
    metre, count = rng.choice(_METRES), rng.randint(2, 8)
    order, marks = _order(rng, count)
    fifths, divisions = rng.randint(-3, 3), rng.choice((4, 8, 12, 480, 10_080))
    texts, parts, sounds = [], [], []
    for number in range(rng.randint(1, 3)):
        bars = _bars(rng, F(4 * metre[0], metre[1]), fifths, count)
        _untied_ends(bars, {index for index in (*marks, *(at - 1 for at in marks if at)) if index >= 0})
        moved, transpose = rng.choice(_MOVED)
        attributes = (
            f"<attributes><divisions>{divisions}</divisions><key><fifths>{fifths}</fifths></key>"
            f"<time><beats>{metre[0]}</beats><beat-type>{metre[1]}</beat-type></time>"
            + (f"<transpose>{transpose}</transpose>" if transpose else "")
            + "</attributes>"
        )
        text = ""
        for index, signs in enumerate(bars):
            inside = _signs_before(marks.get(index, "")) + ("" if index else attributes)
            inside += _xml_notes(
                signs, divisions, held=index > 0 and bars[index - 1][-1].tied
            ) + _signs_after(marks.get(index, ""))
            text += f'<measure number="{index + 1}">{inside}</measure>'
        texts.append(f'<part id="P{number}">{text}</part>')
        parts.append(_heard(bars, order, moved))
        sounds.append(moved)
    named = '<score-part id="P{0}"><part-name>P{0}</part-name></score-part>'
    listed = "".join(named.format(number) for number in range(len(texts)))
    whole = f'<score-partwise version="4.0"><part-list>{listed}</part-list>{"".join(texts)}</score-partwise>'
    return Drawn("MusicXML", ('<?xml version="1.0" encoding="UTF-8"?>' + whole).encode(), parts, sounds)


def _signs_before(mark: str) -> str:
    if mark == "open":
        return '<barline location="left"><repeat direction="forward"/></barline>'
    number = {"first": 1, "second": 2}.get(mark)
    return f'<barline location="left"><ending number="{number}" type="start"/></barline>' if number else ""


def _signs_after(mark: str) -> str:
    back = '<repeat direction="backward"/>' if mark in ("close", "first") else ""
    number = {"first": 1, "second": 2}.get(mark)
    ending = f'<ending number="{number}" type="stop"/>' if number else ""
    return f'<barline location="right">{ending}{back}</barline>' if ending or back else ""


def _xml_notes(signs: list[_Sign], divisions: int, *, held: bool) -> str:
    """The notes of a bar; ``held`` says that the bar before ends with a tie."""
    text, before = "", held
    for sign in _writable(signs):
        duration = f"<duration>{sign.length * divisions}</duration>"
        written = _TYPES[sign.length]
        if not sign.pitches:
            text += f"<note><rest/>{duration}<voice>1</voice>{written}</note>"
        for number, (place, alter) in enumerate(sign.pitches):
            step = f"<step>{_STEPS[place % 7]}</step>" + (f"<alter>{alter}</alter>" if alter else "")
            ends = [kind for kind, is_there in (("stop", before), ("start", sign.tied)) if is_there]
            ties = "".join(f'<tie type="{kind}"/>' for kind in ends)
            tied = "".join(f'<tied type="{kind}"/>' for kind in ends)
            pitch = f"<pitch>{step}<octave>{4 + place // 7}</octave></pitch>"
            chord = "<chord/>" if number else ""
            text += f"<note>{chord}{pitch}{duration}{ties}<voice>1</voice>{written}"
            text += (f"<notations>{tied}</notations>" if tied else "") + "</note>"
        before = sign.tied
    return text


def _writable(signs: list[_Sign]) -> Iterator[_Sign]:
    """Each sign as what has a value and dots; a quarter and a sixteenth are two that are tied."""
    for sign in signs:
        if sign.length in _TYPES:
            yield sign
        else:
            yield _Sign(sign.length - F(1, 4), sign.pitches, tied=bool(sign.pitches))
            yield _Sign(F(1, 4), sign.pitches, sign.tied)


# -- MIDI -----------------------------------------------------------------------------------------


def _midi(rng: random.Random) -> Drawn:
    ppq, count = rng.choice((4, 24, 96, 120, 480, 960, 1024, 10_080)), rng.randint(2, 8)
    metre = rng.choice(_METRES)
    song, parts = mido.MidiFile(type=1, ticks_per_beat=ppq), []
    said = mido.MetaMessage("time_signature", numerator=metre[0], denominator=metre[1])
    song.tracks.append(mido.MidiTrack([said]))
    for channel in range(rng.randint(1, 3)):
        heard = _heard(_bars(rng, F(4 * metre[0], metre[1]), 0, count), list(range(count)))
        timed = [(int((s + n) * ppq), 0, p) for s, n, p in heard] + [
            (int(s * ppq), 1, p) for s, _, p in heard
        ]
        track, now = mido.MidiTrack(), 0
        for tick, on, pitch in sorted(timed):
            kind = "note_on" if on or rng.random() < 0.3 else "note_off"
            track.append(
                mido.Message(kind, channel=channel, note=pitch, velocity=64 if on else 0, time=tick - now)
            )
            now = tick
        song.tracks.append(track)
        parts.append(heard)
    buffer = io.BytesIO()
    song.save(file=buffer)
    return Drawn("MIDI", buffer.getvalue(), parts)


# -- readers --------------------------------------------------------------------------------------


def ours(score: Drawn) -> list[Heard]:
    """Our own reader."""
    found = import_file.read_bytes(score.data).unfolded()
    return [sorted((n.start, n.length, n.pitch) for n in part.notes) for part in found.parts]


def abc2midi(score: Drawn) -> list[Heard]:
    """What abc2midi plays of a tune."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "a.abc"), Path(folder, "a.mid")
        source.write_bytes(score.data)
        subprocess.run(["abc2midi", source, "-o", target], capture_output=True, check=False)
        return _played(mido.MidiFile(target))


def verovio(score: Drawn) -> list[Heard]:
    """What verovio plays of a score in MusicXML.

    Its reader of ABC is not asked: 6.4.1 leaves out ties and lengths after chords and reads K:Gmix as another
    key.
    """
    import verovio as library

    library.enableLog(library.LOG_OFF)
    library.setDefaultResourcePath(str(files("verovio") / "data"))  # each thread has one of its own
    toolkit = library.toolkit()
    toolkit.setOptions({"inputFrom": "xml"})
    if not toolkit.loadData(score.data.decode()):
        raise ValueError("not read")
    return _played(mido.MidiFile(file=io.BytesIO(base64.b64decode(toolkit.renderToMIDI()))))


def partitura(score: Drawn) -> list[Heard]:
    """What partitura reads, repeats unfolded, moved as the file says: 1.9.0 gives what is written."""
    import partitura as library

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "a.musicxml" if score.kind == "MusicXML" else "a.mid")
        source.write_bytes(score.data)
        read = library.load_musicxml if score.kind == "MusicXML" else library.load_score_midi
        found = []
        for part, moved in zip_longest(read(source).parts, score.moved, fillvalue=0):
            notes = library.score.unfold_part_maximal(part).note_array()
            timed = ((one["onset_quarter"], one["duration_quarter"], one["pitch"]) for one in notes)
            found.append(
                sorted((_near(start), _near(length), int(pitch) + moved) for start, length, pitch in timed)
            )
    return found


def _near(quarters: float) -> F:
    return F(round(float(quarters) * 48), 48)


def _played(song: mido.MidiFile) -> list[Heard]:
    """The notes of a MIDI file that a program played, on its grid."""
    found = []
    for track in song.tracks:
        now, on, heard = 0, dict[int, int](), []
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity:
                on[message.note] = now
            elif message.type in ("note_on", "note_off") and message.note in on:
                start = on.pop(message.note)
                # it begins a tick late, and one note of a chord some ticks after the other
                begin, end = (F(round(16 * F(ticks, song.ticks_per_beat)), 16) for ticks in (start, now))
                heard.append((begin, end - begin, message.note))
        if heard:
            found.append(sorted(heard))
    return found


def music21(score: Drawn) -> list[Heard]:
    """What music21 reads, repeats expanded, as it sounds."""
    import music21 as library

    kind = {"ABC": "abc", "MusicXML": "musicxml", "MIDI": "midi"}[score.kind]
    data = score.data if kind == "midi" else score.data.decode()
    found = library.converter.parseData(data, format=kind)
    heard = []
    for part in found.parts:
        line = part.expandRepeats() if kind != "midi" else part
        line = line.toSoundingPitch().stripTies()
        notes: Heard = []
        for one in line.flatten().notes:
            start = F(one.offset).limit_denominator(10_080)
            for pitch in one.pitches:
                notes.append((start, F(one.quarterLength).limit_denominator(10_080), pitch.midi))
        heard.append(sorted(notes))
    return heard


WORDS = {
    ("music21", "ABC"): "10.5.1 loses ties after chords ([CE]-[CE]) and after naturals over a bar (=E-|E)",
}
"""Why peers come out otherwise than a score was drawn, as it was seen."""


def explained(name: str, score: Drawn) -> bool:
    """Whether a difference of a peer's is one of the known ones."""
    return name == "music21" and score.kind == "ABC" and _TIE_LOST.search(score.data.decode()) is not None


def peers() -> dict[str, tuple[tuple[str, ...], Callable[[Drawn], list[Heard]]]]:
    """The other programs that are here, and what they read."""
    found: dict[str, tuple[tuple[str, ...], Callable[[Drawn], list[Heard]]]] = {}
    if shutil.which("abc2midi"):
        found["abc2midi"] = (("ABC",), abc2midi)
    if find_spec("verovio"):
        found["verovio"] = (("MusicXML",), verovio)
    if find_spec("music21"):
        found["music21"] = (("ABC", "MusicXML", "MIDI"), music21)
    if find_spec("partitura"):
        found["partitura"] = (("MusicXML", "MIDI"), partitura)
    return found


def table(count: int) -> tuple[dict[tuple[str, str], tuple[int, int]], list[tuple[int, str]]]:
    """Reader and kind -> how many of how many scores came out as they were drawn; and who failed at which."""
    readers = {"ours": (("ABC", "MusicXML", "MIDI"), ours), **peers()}
    right, all_ = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    apart = []
    for seed in range(count):
        score = drawn(seed)
        for name, (kinds, read) in readers.items():
            if score.kind not in kinds:
                continue
            try:
                agrees = read(score) == score.parts
            except Exception as error:  # a peer's failure is a finding, not ours
                agrees = False
                apart.append((seed, f"{name}: {type(error).__name__}"))
            all_[name, score.kind] += 1
            right[name, score.kind] += agrees
            if not agrees:
                apart.append((seed, f"{name}, as known" if explained(name, score) else name))
    return {key: (right[key], all_[key]) for key in all_}, apart


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    rows, apart = table(count)
    for (name, kind), (good, every) in sorted(rows.items()):
        why = "" if good == every else WORDS.get((name, kind), "")
        print(f"{name:10} {kind:9} {good:4} of {every:4}  {100 * good / every:5.1f} %  {why}")
    print("apart:", ", ".join(f"{seed} {who}" for seed, who in apart[:60]))


if __name__ == "__main__":
    main()
