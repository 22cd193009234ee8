"""Scores as people bring them: each kind of file gives the notes, times and words that it means."""

from __future__ import annotations

import struct
from fractions import Fraction as F

import pytest

from aigc_demo.tasks.music import abc, import_file, midi, musicxml
from aigc_demo.tasks.music.assembly import Opened
from aigc_demo.tasks.music.score import Note, Part, Score
from aigc_demo.types import UserError, media
from tests.tasks.music.pieces import notes

# -- files in a few words -------------------------------------------------------------------------


def abc_of(music: str, *, key: str = "C", metre: str = "4/4", unit: str = "1/4", more: str = "") -> Opened:
    return import_file.opened(f"X:1\nT:t\nM:{metre}\nL:{unit}\n{more}K:{key}\n{music}\n".encode())


def names(found: Opened, part: int = 0) -> str:
    letters = "C C# D Eb E F F# G G# A Bb B".split()  # noqa: SIM905
    return " ".join(letters[note.pitch % 12] for note in found.score.parts[part].notes)


def times(found: Opened, part: int = 0) -> list[tuple[F, F]]:
    return [(note.start, note.length) for note in found.score.parts[part].notes]


def words(found: Opened) -> list[str]:
    return [note.lyric for note in found.score.parts[0].notes]


def told(found: Opened) -> set[str]:
    return {term.key.removeprefix("music.left.") for term in found.left_out}


def bar(inside: str, number: int = 1, **attributes: str) -> str:
    extra = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<measure number="{number}"{extra}>{inside}</measure>'


def line(text: str) -> str:
    """``C5:1 D5:2 R:1`` as notes of a bar, lengths in divisions."""
    found = ""
    for word in text.split():
        name, length = word.split(":")
        if name == "R":
            found += f"<note><rest/><duration>{length}</duration></note>"
            continue
        alter = f"<alter>{1 if '#' in name else -1}</alter>" if len(name) == 3 else ""
        pitch = f"<pitch><step>{name[0]}</step>{alter}<octave>{name[-1]}</octave></pitch>"
        found += f"<note>{pitch}<duration>{length}</duration></note>"
    return found


def attributes(divisions: int = 1, fifths: int = 0, beats: str = "4", kind: str = "4", more: str = "") -> str:
    return (
        f"<attributes><divisions>{divisions}</divisions><key><fifths>{fifths}</fifths></key>"
        f"<time><beats>{beats}</beats><beat-type>{kind}</beat-type></time>{more}</attributes>"
    )


def xml_text(*parts: str, head: str = "") -> str:
    listed = "".join(
        f'<score-part id="P{n}"><part-name>P{n}</part-name></score-part>' for n in range(len(parts))
    )
    inside = "".join(f'<part id="P{n}">{part}</part>' for n, part in enumerate(parts))
    return f"<score-partwise>{head}<part-list>{listed}</part-list>{inside}</score-partwise>"


def xml(*parts: str, head: str = "") -> Opened:
    return import_file.opened(xml_text(*parts, head=head).encode())


def number(value: int) -> bytes:
    encoded = [value & 0x7F]
    while value := value >> 7:
        encoded.append(value & 0x7F | 0x80)
    return bytes(reversed(encoded))


def track(*events: tuple[int, bytes], end: int | None = None) -> bytes:
    """Events at their ticks, in order, as a track."""
    body, now = b"", 0
    for tick, event in (
        *events,
        (end if end is not None else max((t for t, _ in events), default=0), b"\xff\x2f\0"),
    ):
        body, now = body + number(tick - now) + event, tick
    return b"MTrk" + struct.pack(">I", len(body)) + body


def tones(*spans: tuple[int, int, int], channel: int = 0) -> list[tuple[int, bytes]]:
    """Pitch, begin and end as events in order of time, ends first."""
    events = [(end, 0, bytes((0x80 | channel, pitch, 64))) for pitch, _, end in spans]
    events += [(begin, 1, bytes((0x90 | channel, pitch, 64))) for pitch, begin, _ in spans]
    return [(tick, event) for tick, _, event in sorted(events)]


def meta(kind: int, data: bytes) -> bytes:
    return b"\xff" + bytes((kind,)) + number(len(data)) + data


def midi_bytes(*tracks: bytes, ppq: int = 480, kind: int = 1) -> bytes:
    return b"MThd" + struct.pack(">IHHH", 6, kind, len(tracks), ppq) + b"".join(tracks)


def midi_of(*tracks: bytes, ppq: int = 480, kind: int = 1) -> Opened:
    return import_file.opened(midi_bytes(*tracks, ppq=ppq, kind=kind))


# -- ABC: keys, accidentals, ties -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "sounds"),
    [
        ("Dphr ^f", "D Eb F# G A Bb C D"),
        ("D phrygian ^f", "D Eb F# G A Bb C D"),
        ("A _b", "D E F# G# A Bb C# D"),
        ("D =c", "D E F# G A B C D"),
        ("D exp ^f", "D E F# G A B C D"),
        ("Hp", "D E F# G A B C# D"),
        ("HP", "D E F# G A B C# D"),
        ("E minor", "D E F# G A B C D"),
        ("Edor", "D E F# G A B C# D"),
        ("A Mixolydian", "D E F# G A B C# D"),
        ("F clef=bass", "D E F G A Bb C D"),
        ("none", "D E F G A B C D"),
        ("Flydian", "D E F G A B C D"),
        ("Cm", "D Eb F G G# Bb C D"),
        ("CMaj", "D E F G A B C D"),
        ("G#m", "Eb E F# G# Bb B C# Eb"),
    ],
)
def test_a_key_does_to_every_octave_what_it_says(key: str, sounds: str) -> None:
    assert names(abc_of("D E F G | A B c d |", key=key)) == sounds


def test_a_mode_that_is_none_of_ours_is_named() -> None:
    assert told(abc_of("D E F G|", key="Dphr")) == {"mode"}


@pytest.mark.parametrize(
    ("music", "more", "sounds"),
    [
        ("^F f F =f | f", "", "F# F# F# F F"),
        ("^F f F =f | f", "%%propagate-accidentals octave\n", "F# F F# F F"),
        ("^F f F f | f", "%%propagate-accidentals not\n", "F# F F F F"),
        ("^F f F f | f", "I:propagate-accidentals octave\n", "F# F F# F F"),
        ("E ^F G ^G-|G A B c|", "", "E F# G G# A B C"),
        ("^G2- G2 | G4 |", "", "G# G"),
        ("^F- | F F |", "", "F# F"),
        ("_B- | =B B |", "", "Bb B B"),
        ("[^CE]- | [CE] C |", "", "C# E C"),
        ("^^C __B =A ^/d", "", "D A A Eb"),
    ],
)
def test_an_accidental_holds_for_its_bar_and_over_a_tie(music: str, more: str, sounds: str) -> None:
    assert names(abc_of(music, more=more)) == sounds


def test_a_tied_note_is_one_note_however_the_tie_is_written() -> None:
    for music in ("G4-|G4", "G4- |G4", "G4 -|G4", "[G]4-|G4"):
        assert times(abc_of(music)) == [(0, 8)]


def test_a_second_ending_is_tied_to_what_stood_before_the_first() -> None:
    found = abc_of("|: C ^D- |1 D C :|2 D E |]", metre="2/4")
    assert times(found) == [(0, 1), (1, 2), (3, 1), (4, 1), (5, 2), (7, 1)]
    assert names(found) == "C Eb C C Eb E"


# -- ABC: rhythm ----------------------------------------------------------------------------------


def test_a_broken_rhythm_reaches_tied_notes_rests_and_chords() -> None:
    found = abc_of("A4 d3 e-|e>f d2 A4|z>A B<z A4|[CE]>[DF] z6|", key="D", unit="1/8")
    assert times(found)[2:4] == [(F(7, 2), F(5, 4)), (F(19, 4), F(1, 4))]
    assert (F(35, 4), F(1, 4)) in times(found) and (F(9), F(1, 4)) in times(found)
    assert times(found)[-4:] == [(12, F(3, 4)), (12, F(3, 4)), (F(51, 4), F(1, 4)), (F(51, 4), F(1, 4))]


@pytest.mark.parametrize(
    ("music", "lengths"),
    [
        ("(5:4:5C D E F G | c4 |", [F(4, 5)] * 5 + [4]),
        ("(7:4:7C/D/E/F/G/A/B/ c2", [F(2, 7)] * 7 + [2]),
        ("(3:2:3CDE (3F2G", [F(2, 3)] * 3 + [F(4, 3), F(2, 3)]),
        ("C/8 D/8 E//// z3", [F(1, 8), F(1, 8), F(1, 16)]),
        ("C3/2 D/ E2", [F(3, 2), F(1, 2), 2]),
        ("(11:8:11CDEFGABcdef", [F(8, 11)] * 11),
    ],
)
def test_times_stay_exact(music: str, lengths: list[F]) -> None:
    assert [length for _, length in times(abc_of(music))] == lengths


def test_what_is_exact_stays_exact_beside_a_quintuplet() -> None:
    found = abc_of("CDEFGABc c8 z8 | (5:4:5 c4d4e4f4g4 c16 |", metre="2/4", unit="1/32")
    assert [start for start, _ in times(found)][:8] == [F(n, 8) for n in range(8)]


def test_a_rest_of_bars_counts_bars_of_the_metre_in_force() -> None:
    found = abc_of("C D E F | [M:3/4] G A B | Z |[M:4/4] G4 |")
    assert times(found)[-1] == (10, 4)
    assert told(found) == {"metre"}
    assert found.left_out[0].values == {"metre": "3/4", "bar": 2}


def test_a_unit_length_within_one_voice_is_that_voice_s() -> None:
    found = abc_of("V:1\n[L:1/8] G2 A2 B2 d2 |\nV:2\nG, D G, D |\nV:1\ne2 e2 e4|", more="V:1\nV:2\n")
    assert times(found, 0) == [(n, 1) for n in range(6)] + [(6, 2)]
    assert times(found, 1) == [(n, 1) for n in range(4)]


# -- ABC: repeats ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("music", "more", "sounds"),
    [
        ("|: C D |1 E E :|2 F F :|3 G G |]", "", "C D E E C D F F C D G G"),
        ("|: C D |1,2 E E :|3 F F |]", "", "C D E E C D E E C D F F"),
        ("|: C D |1-2 E E :|3 F F |]", "", "C D E E C D E E C D F F"),
        ("C D | [1 E E :| [2 F F |]", "", "C D E E C D F F"),
        ("C D |1 E E :|2 F F || G A :|", "", "C D E E C D F F G A G A"),
        ("C D :| E F :|", "", "C D C D E F E F"),
        ("C D || E F :|", "", "C D E F E F"),
        ("|: C D || E F :|", "", "C D E F C D E F"),
        ("|: C D :: E F :|", "", "C D C D E F E F"),
        ("|: C D :|: E F :|", "", "C D C D E F E F"),
        ("|:: C D ::|", "", "C D C D C D"),
        ("|: C D |1 E F :| G A |]", "", "C D E F C D G A"),
        ("|: C D |1 E E :|2 F F ||\n|: G A |1 B B :|2 c c |]", "", "C D E E C D F F G A B B G A C C"),
        ("|: C |1 D | E :|2 F | G |]", "", "C D E C F G"),
        ("C D !fine!| E F | G A !D.C.! |]", "", "C D E F G A C D"),
        ("C D | !segno! E F !fine! | G A !D.S.! |]", "", "C D E F G A E F"),
        ("C D | E F !dacoda! | G A !D.C.! | !coda! B c |]", "", "C D E F G A C D E F B C"),
        ("P:A\nC D |\nP:B\nE F |", "P:ABA\n", "C D E F C D"),
        ("P:A\nC D |\nP:B\nE F |", "P:A2(BA)2\n", "C D C D E F C D E F C D"),
        ("P:A\n|: C :|\nP:B\nE F |", "", "C C E F"),
    ],
)
def test_repeats_and_what_sends_back_are_played_as_written(music: str, more: str, sounds: str) -> None:
    found = abc_of(music, metre="2/4", more=more)
    whole = Opened(found.score.unfolded())
    assert names(whole) == sounds
    assert [start for start, _ in times(whole)] == sorted(start for start, _ in times(whole))


def test_a_repeat_without_a_beginning_takes_the_pickup_with_it() -> None:
    found = abc_of("d|G A B c|1 d c B d:|2 d3||\n|:e|d c B A|1 G3 e:|2 G3|]", key="G")
    assert found.score.pickup == 1
    assert names(found) == "D G A B C D C B D D G A B C D E D C B A G E E D C B A G"


def test_a_plain_repeat_stays_written_once() -> None:
    found = abc_of("|: C D E F | G A B c :| c4 |]")
    assert [(r.first, r.last, r.times) for r in found.score.repeats] == [(0, 1, 2)]
    assert len(found.score.parts[0].notes) == 9


# -- ABC: files -----------------------------------------------------------------------------------


def test_fields_before_the_first_tune_hold_for_it() -> None:
    found = import_file.opened(b"M:3/4\nL:1/4\nO:Ireland\n\nX:1\nT:t\nK:D\nD E F | G A B |\n")
    assert found.score.metre == (3, 4) and times(found)[-1] == (5, 1)


@pytest.mark.parametrize(
    "text",
    [
        "T:No number\nM:4/4\nL:1/4\nK:C\nC D E F | G A B c |",
        "T: No number, from a web page\nR: jig\nM: 6/8\nL: 1/8\nK: Edor\n|:E2F GAB|d3 e3:|",
        "M:3/4\nL:1/4\n\nX:1\nT:t\nK:D\nD E F | G A B |",
        "|:A3 A^GA c3|d3 d^cd g2e|1 B2e dBG A3:|2 B2e dBG ABd||",
        "% a comment\nX: 3\nT:t\nK:C\nCDEF|",
        "\ufeffX:1\nT:t\nK:C\nCDEF|",
    ],
)
def test_a_tune_is_known_whatever_it_begins_with(text: str) -> None:
    data = text.encode()
    found = media.sniffed(data)
    assert found is not None and found.name == "text/vnd.abc"
    assert import_file.read_bytes(data).parts


@pytest.mark.parametrize(
    "text",
    [
        "A: what is this?\nB: a talk.",
        "T: a title\nS: and more",
        "春江潮水连海平",
        "a,b|c\nd,e|f",
        "Dear Ada,\nM: hi",
    ],
)
def test_other_texts_are_no_tunes(text: str) -> None:
    found = media.sniffed(text.encode())
    assert found is not None and found.name == "text/plain"


def test_blocks_of_text_are_not_played() -> None:
    text = "%%begintext\nA fast, cheerful dance. Be bold.\n%%endtext\nC D E F |"
    assert names(abc_of(text)) == "C D E F"


def test_further_tunes_are_told() -> None:
    found = import_file.opened(b"X:1\nL:1/4\nK:C\nC D |\n\nX:2\nK:C\nE F |\n")
    assert names(found) == "C D" and told(found) == {"tunes"}


def test_a_tune_without_a_key_is_read_in_c_and_says_so() -> None:
    assert told(import_file.opened(b"|:A3 A^GA c3|d3 d^cd g2e:|\n")) == {"no_key"}


def test_old_line_breaks_and_old_chords_are_no_decorations() -> None:
    assert names(abc_of("C D|E F|!G A|B c|!d e|f g|]", metre="2/4")) == "C D E F G A B C D E F G"
    assert times(abc_of("+CEG+ D | +trill+E F |]")) == [(0, 1), (0, 1), (0, 1), (1, 1), (2, 1), (3, 1)]


@pytest.mark.parametrize(
    ("field", "tempo"),
    [
        ("1/4=90", 90), ('"Andante" 3/8=60 "mosso"', 90), ("C=120", 60), ("1/4 1/8=60", 90), ("120", 60),
        ('"Allegro"', 120), ("C3=40", 60),
    ],
)  # fmt: skip
def test_a_tempo_counts_what_it_names(field: str, tempo: float) -> None:
    assert abc_of("CDEF|", unit="1/8", more=f"Q:{field}\n").score.tempo == tempo


@pytest.mark.parametrize(
    ("field", "metre"),
    [
        ("C", (4, 4)),
        ("C|", (2, 2)),
        ("2+3/8", (5, 8)),
        ("(2+2+3)/8", (7, 8)),
        ("none", (4, 4)),
        ("12/8", (12, 8)),
    ],
)
def test_a_metre_may_be_a_sum(field: str, metre: tuple[int, int]) -> None:
    assert abc_of("CDEF|", metre=field).score.metre == metre


@pytest.mark.parametrize(
    ("more", "pitch"),
    [
        ("V:1 clef=treble-8\n", 48), ("V:1 clef=treble+8\n", 72), ("V:1 transpose=-2\n", 58),
        ("V:1 octave=-1\n", 48), ("%%MIDI transpose -2\n", 58), ("V:1 clef=bass\n", 60),
    ],
)  # fmt: skip
def test_what_moves_a_voice_moves_its_sound(more: str, pitch: int) -> None:
    assert abc_of("C4|", more=more).score.parts[0].notes[0].pitch == pitch


# -- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("music", "sung"),
    [
        (
            "C D E F |\nG A B c |\nw: one two three four five six sev- en",
            "one two three four five six sev en",
        ),
        (
            "C D E F |\nw: one two three four\nG A B c |\nw: five six sev- en",
            "one two three four five six sev en",
        ),
        ("C D E F | G4 |\nw: 床前明月光", "床 前 明 月 光"),
        ("C D E F | G4 |\nw: 床前明月,光。", "床 前 明 月, 光。"),
        ("C D E F | G4 |\nw: time__ * way", "time    way"),
        ("C D E F | G A B c|\nw: a | b c", "a    b c  "),
        ("C D E F|\nw: of~the day\\-break mor-ning", "of the day-break mor ning"),
        ("C D E F|\nw: one two\n+: three four", "one two three four"),
    ],
)
def test_words_go_to_the_notes_since_the_last_ones(music: str, sung: str) -> None:
    assert " ".join(words(abc_of(music))) == sung


def test_further_verses_are_kept_and_the_first_is_sung() -> None:
    found = abc_of(
        "G A B d | d2 z2 |\nw: 床 前 明 月 光\nw: 举 头 望 明 月\n"
        "e d B A | G2 z2 |\nw: 疑 是 地 上 霜\nw: 低头思故乡"
    )
    assert "".join(words(found)) == "床前明月光疑是地上霜"
    assert "".join(note.verses[0] for note in found.score.parts[0].notes) == "举头望明月低头思故乡"


def test_each_pass_of_a_repeat_sings_its_verse() -> None:
    found = abc_of("|: C D |1 E2 :|2 F2 |]\nw: a b c d\nw: x y", metre="2/4")
    assert words(found) == ["a", "b", "c", "x", "y", "d"]
    plain = abc_of("|: C D E F :|\nw: a b c d\nw: e f g h").score.unfolded()
    assert "".join(note.lyric for note in plain.parts[0].notes) == "abcdefgh"


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "utf-8-sig", "utf-16"])
def test_chinese_is_read_in_every_encoding_it_comes_in(encoding: str) -> None:
    text = "X:1\nT:茉莉花\nM:4/4\nL:1/4\nK:G\nG A B d |\nw: 好 一 朵 花\n"
    found = import_file.opened(text.encode(encoding)) if encoding != "utf-16" else None
    if found is None:
        found = import_file.opened(
            xml_text(
                bar(attributes() + line("C5:4")), head="<work><work-title>茉莉花</work-title></work>"
            ).encode(encoding)
        )
    assert found.score.title == "茉莉花"


@pytest.mark.parametrize(
    ("title", "encoding"), [("Müßiggang à la fête", "latin-1"), ("Ó Riada’s Fête", "cp1252")]
)
def test_western_letters_are_not_taken_for_chinese(title: str, encoding: str) -> None:
    data = f"X:1\nT:{title}\nK:C\nCDEF|\n".encode(encoding)
    assert import_file.read_bytes(data).title == title


# -- MusicXML -------------------------------------------------------------------------------------


def test_parts_for_transposing_instruments_sound_together() -> None:
    moved = "<transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose>"
    found = xml(bar(attributes() + line("C5:4")), bar(attributes(fifths=2, more=moved) + line("D5:4")))
    assert [part.notes[0].pitch for part in found.score.parts] == [72, 72]
    assert (found.score.tonic, found.score.parts[1].transposition) == ("C", -2)
    alone = xml(bar(attributes(fifths=2, more=moved) + line("D5:4")))
    assert alone.score.tonic == "C"
    again = import_file.read_bytes(musicxml.write(found.score))
    assert again == found.score
    assert b"<step>D</step>" in musicxml.write(found.score)


@pytest.mark.parametrize(
    ("transpose", "pitch"),
    [
        ("<chromatic>0</chromatic><octave-change>-1</octave-change>", 60),
        ("<diatonic>-5</diatonic><chromatic>-9</chromatic>", 63),
        ("<chromatic>-14</chromatic>", 58),
        ("<diatonic>1</diatonic><chromatic>3</chromatic>", 75),
        ("<chromatic>-2</chromatic><octave-change>-1</octave-change>", 58),
    ],
)
def test_every_transposition_is_heard(transpose: str, pitch: int) -> None:
    found = xml(bar(attributes(more=f"<transpose>{transpose}</transpose>") + line("C5:4")))
    assert found.score.parts[0].notes[0].pitch == pitch


def test_bars_of_all_parts_stand_under_one_another() -> None:
    upper = bar(attributes() + line("C5:4")) + bar(line("D5:4"), 2) + bar(line("E5:4"), 3)
    for middle in ("", line("G3:2"), "<note><rest/><duration>1</duration></note>"):
        found = xml(upper, bar(attributes() + line("C3:4")) + bar(middle, 2) + bar(line("G3:4"), 3))
        assert times(found, 1)[-1] == (8, 4)
    found = xml(bar(attributes() + line("C5:4")) + bar("", 2) + bar(line("E5:4"), 3))
    assert times(found)[-1] == (8, 4)


@pytest.mark.parametrize(
    ("time", "metre"),
    [
        ("<beats>3+2</beats><beat-type>8</beat-type>", (5, 8)),
        ("<beats>2</beats><beat-type>4</beat-type><beats>3</beats><beat-type>8</beat-type>", (7, 8)),
        ("<senza-misura/>", (4, 4)),
    ],
)
def test_a_metre_of_several_groups_is_their_sum(time: str, metre: tuple[int, int]) -> None:
    inside = f"<attributes><divisions>2</divisions><time>{time}</time></attributes>" + line("C5:1 D5:1")
    assert xml(bar(inside)).score.metre == metre


def test_a_later_metre_and_a_later_tempo_are_told_with_their_bars() -> None:
    later = "<attributes><time><beats>3</beats><beat-type>4</beat-type></time></attributes>"
    slower = '<direction><sound tempo="60"/></direction>'
    found = xml(bar(attributes() + line("C5:4")) + bar(later + slower + line("C5:3"), 2))
    assert [dict(term.values) for term in found.left_out] == [
        {"metre": "3/4", "bar": 2},
        {"tempo": "60", "bar": 2},
    ]
    assert found.score.tempo == 120


@pytest.mark.parametrize(
    ("mark", "tempo"),
    [
        ("<beat-unit>quarter</beat-unit><per-minute>72</per-minute>", 72),
        ("<beat-unit>quarter</beat-unit><beat-unit-dot/><per-minute>60</per-minute>", 90),
        ("<beat-unit>half</beat-unit><per-minute>c. 50</per-minute>", 100),
        ("<beat-unit>eighth</beat-unit><per-minute>120-132</per-minute>", 60),
        ("<beat-unit>quarter</beat-unit><beat-unit>eighth</beat-unit>", 120),
    ],
)
def test_a_metronome_mark_counts_without_a_sound(mark: str, tempo: float) -> None:
    marked = f"<direction><direction-type><metronome>{mark}</metronome></direction-type></direction>"
    assert xml(bar(attributes() + marked + line("C5:4"))).score.tempo == tempo


def repeat(direction: str, more: str = "") -> str:
    where = "left" if direction == "forward" else "right"
    return f'<barline location="{where}">{more}<repeat direction="{direction}"/></barline>'


def ending(number_: str, kind: str, where: str) -> str:
    return f'<barline location="{where}"><ending number="{number_}" type="{kind}"/></barline>'


def test_endings_are_played_in_their_passes() -> None:
    back = repeat("backward", '<ending number="1" type="stop"/>')
    found = xml(
        bar(attributes(beats="2") + repeat("forward") + line("C5:1 D5:1"))
        + bar(ending("1", "start", "left") + line("E5:1 E5:1") + back, 2)
        + bar(ending("2", "start", "left") + line("F5:1 F5:1") + ending("2", "stop", "right"), 3)
        + bar(line("G5:2"), 4),
    )
    assert names(found) == "C D E E C D F F G"


def test_an_ending_of_two_bars_and_of_two_passes() -> None:
    back = repeat("backward", '<ending number="1, 2" type="stop"/>')
    found = xml(
        bar(attributes(beats="1") + repeat("forward") + line("C5:1"))
        + bar(ending("1, 2", "start", "left") + line("D5:1"), 2)
        + bar(line("E5:1") + back, 3)
        + bar(ending("3", "start", "left") + line("F5:1"), 4),
    )
    assert names(found) == "C D E C D E C F"


@pytest.mark.parametrize(
    "said", ['<sound dacapo="yes"/>', "<direction-type><words>D.C. al Fine</words></direction-type>"]
)
def test_da_capo_is_played(said: str) -> None:
    fine = '<direction><direction-type><words>Fine</words></direction-type><sound fine="yes"/></direction>'
    found = xml(
        bar(attributes(beats="1") + line("C5:1") + fine)
        + bar(line("D5:1") + f"<direction>{said}</direction>", 2)
    )
    assert names(found) == "C D C"


def test_a_short_first_bar_is_a_pickup_whatever_its_number() -> None:
    found = xml(
        bar(attributes(beats="3") + line("D5:1")) + bar(line("G5:1 A5:1 B5:1"), 2) + bar(line("D5:3"), 3)
    )
    assert found.score.pickup == 1


def test_verses_and_ties_by_either_sign_are_read() -> None:
    tied = "<notations><tied type='{}'/></notations>"
    note = "<note><pitch><step>C</step><octave>5</octave></pitch><duration>4</duration>{}{}</note>"
    lyric = '<lyric number="1"><text>床</text></lyric><lyric number="2"><text>举</text></lyric>'
    found = xml(
        bar(attributes() + note.format(tied.format("start"), lyric))
        + bar(note.format(tied.format("stop"), ""), 2)
    )
    assert found.score.parts[0].notes == (Note(F(0), F(8), 72, "床", ("举",)),)
    assert import_file.read_bytes(musicxml.write(found.score)) == found.score
    assert import_file.read_bytes(abc.write(found.score)).parts[0].notes == found.score.parts[0].notes


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("<score-partwise", '<score-partwise xmlns="urn:x"'),
        lambda text: "\n\n " + text,
        lambda text: '<?xml version="1.0" encoding="GB2312"?>' + text,
        lambda text: '<?xml version="1.0" encoding="UTF-16"?>' + text,
    ],
)
def test_a_score_is_read_however_it_is_wrapped(change: object) -> None:
    text = change(
        xml_text(bar(attributes() + line("C5:4")), head="<work><work-title>茉莉花</work-title></work>")
    )  # type: ignore[operator]
    encoding = "gb2312" if "GB2312" in text else "utf-16" if "UTF-16" in text else "utf-8"
    data = text.encode(encoding)
    assert media.sniffed(data) is not None
    assert import_file.read_bytes(data).title == "茉莉花"


def test_a_score_ordered_by_time_is_read() -> None:
    text = xml_text(bar(attributes() + line("C5:4")) + bar(line("D5:4"), 2))
    measures = [
        f'<measure number="{n}"><part id="P0">{inside}</part></measure>'
        for n, inside in ((1, attributes() + line("C5:4")), (2, line("D5:4")))
    ]
    timewise = f"<score-timewise><part-list/>{''.join(measures)}</score-timewise>"
    assert (
        import_file.read_bytes(timewise.encode()).parts[0].notes
        == import_file.read_bytes(text.encode()).parts[0].notes
    )


@pytest.mark.parametrize("score_first", [False, True])
def test_a_packed_score_is_the_one_that_its_container_names(score_first: bool) -> None:
    import io
    import zipfile

    right = xml_text(bar(attributes() + line("C5:4")), head="<work><work-title>right</work-title></work>")
    box = '<container><rootfiles><rootfile full-path="score.xml"/></rootfiles></container>'
    members = [
        ("a.xml", xml_text(bar(attributes() + line("D5:4")))),
        ("score.xml", right),
        ("big.bin", "x" * 3000),
    ]
    members.insert(len(members) if score_first else 0, ("META-INF/container.xml", box))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in members:
            archive.writestr(name, text)
    found = media.sniffed(buffer.getvalue())
    assert found is not None and found.suffix == "mxl"
    assert import_file.read_bytes(buffer.getvalue()).title == "right"


def test_a_long_score_is_bounded_by_its_notes_not_its_bytes() -> None:
    padding = "<!--" + "x" * 500_000 + "-->"
    assert import_file.read_bytes((padding + xml_text(bar(attributes() + line("C5:4")))).encode()).parts


# -- MIDI -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("ppq", [1, 4, 24, 96, 100, 480, 1000, 1024, 1920, 10_080, 32_767])
def test_every_division_of_a_quarter_note_is_read(ppq: int) -> None:
    events = tones(*[(60 + n, n * ppq, (n + 1) * ppq) for n in range(4)])
    assert times(midi_of(track(*events), ppq=ppq)) == [(n, 1) for n in range(4)]


@pytest.mark.parametrize(
    ("places", "ppq"), [(5, 480), (5, 96), (7, 480), (3, 100), (6, 480), (8, 480), (12, 480)]
)
def test_notes_of_a_tuplet_come_one_after_another(places: int, ppq: int) -> None:
    ticks = [round(n * ppq / places) for n in range(places + 1)]
    events = tones(*[(60 + n, ticks[n], ticks[n + 1]) for n in range(places)], (60, ppq, 2 * ppq))
    assert times(midi_of(track(*events), ppq=ppq)) == [
        (F(n, places), F(1, places)) for n in range(places)
    ] + [(1, 1)]


def test_notes_of_one_voice_are_never_put_to_one_place() -> None:
    events = tones((60, 3, 50), (62, 55, 110), (64, 117, 170), (65, 171, 230), (67, 233, 470))
    starts = [start for start, _ in times(midi_of(track(*events)))]
    assert len(set(starts)) == 5 and starts == sorted(starts)


def test_a_loosely_struck_chord_is_one_chord() -> None:
    found = midi_of(track(*tones((60, 3, 470), (64, 9, 473), (67, 14, 468), (72, 483, 950))))
    assert [start for start, _ in times(found)] == [0, 0, 0, 1]


def test_a_file_within_a_riff_is_read() -> None:
    inside = midi_bytes(track(*tones((60, 0, 480))))
    data = (
        b"RIFF" + struct.pack("<I", len(inside) + 12) + b"RMIDdata" + struct.pack("<I", len(inside)) + inside
    )
    found = media.sniffed(data)
    assert found is not None and found.suffix == "mid"
    assert import_file.read_bytes(data).parts[0].notes[0].pitch == 60


def test_of_several_patterns_one_is_read_and_that_is_told() -> None:
    found = midi_of(track(*tones((60, 0, 480))), track(*tones((62, 0, 480))), kind=2)
    assert names(found) == "C" and told(found) == {"patterns"}


def test_a_later_tempo_that_nobody_can_play_spoils_nothing() -> None:
    slow = track((480, meta(0x51, (4_000_000).to_bytes(3))))
    found = midi_of(slow, track(*tones((60, 0, 480), (62, 480, 960))))
    assert found.score.tempo == 120 and told(found) == {"tempo_later"}


def test_a_note_that_nobody_ends_lasts_as_long_as_its_track() -> None:
    found = midi_of(track((0, bytes((0x90, 60, 64))), *tones((64, 480, 960)), end=1920))
    assert (F(0), F(4)) in times(found)


def test_words_in_a_track_of_their_own_are_sung() -> None:
    sung = track(
        (0, meta(1, b"@KWords")),
        *((n * 480, meta(1, word)) for n, word in enumerate((b"\\Twin", b"kle", b"/star"))),
    )
    others = track(*tones((36, 0, 1440), channel=1))
    found = midi_of(sung, others, track(*tones(*[(60 + n, n * 480, n * 480 + 470) for n in range(3)])))
    assert [note.lyric for note in found.score.parts[1].notes] == ["Twin", "kle", "star"]


def test_words_among_several_channels_go_to_the_part_that_moves_with_them() -> None:
    mixed = [(n * 240, meta(5, word)) for n, word in enumerate((b"a", b"b", b"c", b"d"))]
    mixed += tones((36, 0, 960), channel=1) + tones(
        *[(60 + n, n * 240, n * 240 + 240) for n in range(4)], channel=2
    )
    found = midi_of(track(*sorted(mixed, key=lambda one: one[0])), kind=0)
    assert [note.lyric for note in found.score.parts[1].notes] == ["a", "b", "c", "d"]


def test_chinese_words_in_gbk_are_read() -> None:
    sung = track((0, meta(5, "床".encode("gbk"))), *tones((60, 0, 480)))
    assert words(midi_of(sung)) == ["床"]


def test_sixty_five_tracks_are_no_sixty_five_parts() -> None:
    tracks = [track(*tones((60, 0, 480)))] + [track((0, meta(3, b"empty")))] * 64
    assert len(midi_of(*tracks).score.parts) == 1


def test_drums_alone_are_read_and_named_where_a_melody_is_needed() -> None:
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from aigc_demo.tasks.music import primer
    from aigc_demo.tasks.music.params import ScoreParams

    data = midi_bytes(track(*tones((36, 0, 480), channel=9)))
    assert import_file.read_bytes(data).parts[0].percussion
    with TemporaryDirectory() as folder:
        path = Path(folder, "drums.mid")
        path.write_bytes(data)
        with pytest.raises(UserError) as caught:
            primer.required(ScoreParams(start=str(path)))
    assert caught.value.problem.key == "music.error.only_drums"


# -- our own --------------------------------------------------------------------------------------


def test_our_own_text_says_every_accidental_that_programs_might_read_otherwise() -> None:
    line_ = notes("F#4:1 F5:1 F#4:1 F4:1 | F5:1 G#4:2 A4:1")
    text = abc.write(Score("t", "C", "major", (4, 4), 120.0, (Part("a", 0, line_),))).decode()
    assert "^F2 =f2 ^F2 =F2" in text.replace(" |", "")
    assert import_file.read_bytes(text.encode()).parts[0].notes == line_


def test_further_verses_come_back_from_every_text_format() -> None:
    line_ = tuple(Note(F(n), F(1), 60 + n, "abcd"[n], ("efgh"[n],)) for n in range(4))
    score = Score("t", "C", "major", (4, 4), 120.0, (Part("a", 0, line_),))
    for write in (abc.write, musicxml.write):
        assert import_file.read_bytes(write(score)).parts[0].notes == line_
    assert [n.lyric for n in import_file.read_bytes(midi.write(score)).parts[0].notes] == list("abcd")
