"""What a visitor takes away: heard, seen, and the same every time."""

from __future__ import annotations

import io
import wave
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from aigc_demo.tasks.music import engrave
from aigc_demo.tasks.music.import_file import read_bytes
from aigc_demo.tasks.music.instruments import INSTRUMENTS
from aigc_demo.tasks.music.outputs import outputs
from aigc_demo.tasks.music.score import Note, Part, Score
from aigc_demo.tasks.music.sound import PEAK, RATE, Orchestra, orchestra
from aigc_demo.types import Output
from tests.tasks.music.pieces import PIECES, chorale, song


@pytest.fixture(scope="module")
def result() -> dict[str, Output]:
    return {output.name: output for output in outputs(song(), seed=5, model="folkgpt")}


def samples(data: bytes) -> np.ndarray:
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (44_100, 2, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)


def test_the_sound_comes_first_and_the_rest_by_its_ending(result: dict[str, Output]) -> None:
    assert list(result) == [
        "tune.wav", "tune.ogg", "tune.mid", "tune.abc", "tune.musicxml",
        "score.svg", "score.pdf", "score.json", "page-1.svg",
    ]  # fmt: skip
    first = result["tune.wav"]
    assert (first.kind, first.meta["bars"], first.meta["key"], first.meta["seed"]) == (
        "audio",
        4,
        "G gong",
        5,
    )
    assert len(first.meta["peaks"]) == 400 and max(first.meta["peaks"]) == 89


def test_the_same_piece_gives_the_same_bytes(result: dict[str, Output]) -> None:
    again = outputs(song(), seed=5, model="folkgpt", players=Orchestra())
    assert {output.name: output for output in again} == result


def test_the_sound_is_at_minus_one_decibel_without_silence_at_the_end(result: dict[str, Output]) -> None:
    sound = samples(result["tune.wav"].data or b"").astype(int)
    assert abs(np.abs(sound).max() / 32_767 - PEAK) < 1e-3
    last_half_second = np.abs(sound[-RATE // 2 :])
    assert last_half_second.max() > 20 and abs(sound[-1]).max() <= 1
    assert song().seconds < len(sound) / RATE < song().seconds + 3


def test_the_small_file_sounds_like_the_large_one(result: dict[str, Output]) -> None:
    import av

    with av.open(io.BytesIO(result["tune.ogg"].data or b""), format="ogg") as container:
        heard = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    assert abs(len(heard) / 48_000 - result["tune.wav"].meta["seconds"]) < 0.1
    assert 0.5 < np.abs(heard).max() < 1.1


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_every_instrument_that_may_be_asked_for_sounds_its_own_notes(name: str) -> None:
    """A low and a high note of its range: neither is silent, and the pitch is the one that was written."""
    instrument = INSTRUMENTS[name]
    for pitch in (instrument.low + 5, instrument.high - 5):
        score = Score("", "C", "major", (4, 4), 60.0, (Part("x", instrument.program, (Note(0, 2, pitch),)),))  # type: ignore[arg-type]
        heard = orchestra().play(score).samples.astype(float).mean(axis=1)[: RATE * 2]
        assert np.abs(heard).max() > 1_000
        wanted = 440.0 * 2 ** ((pitch - 69) / 12)
        spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
        tones = np.fft.rfftfreq(len(heard), 1 / RATE)
        near = np.zeros(len(tones), bool)
        for harmonic in range(1, 40):
            near |= np.abs(tones / (wanted * harmonic) - 1) < 0.02
        assert spectrum[near & (tones > 40)].sum() > 0.3 * spectrum[tones > 40].sum()


def test_drums_and_missing_programs_sound() -> None:
    drums = Part("Drums", 0, tuple(Note(n, 1, p) for n, p in enumerate((36, 38, 42, 49))), percussion=True)  # type: ignore[arg-type]
    odd = Part("Helicopter", 125, (Note(0, 4, 60),))  # type: ignore[arg-type]
    for part in (drums, odd):
        assert (
            np.abs(orchestra().play(Score("", "C", "major", (4, 4), 120.0, (part,))).samples).max() > 20_000
        )


def test_a_score_without_notes_is_a_moment_of_silence() -> None:
    sound = orchestra().play(Score("", "C", "major", (4, 4), 120.0, (Part("x", 0, ()),)))
    assert 0 < sound.seconds < 1 and not sound.samples.any()


def test_the_score_can_be_gone_on_with(result: dict[str, Output]) -> None:
    assert read_bytes((result["score.json"].text or "").encode()) == song()


@pytest.mark.parametrize("name", PIECES)
def test_the_sheet_is_drawing_and_nothing_else(name: str) -> None:
    sheets = engrave.sheets(PIECES[name])
    for page in (sheets.tall, *sheets.pages):
        root = ET.fromstring(page)
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert tags <= {"svg", "g", "defs", "symbol", "use", "path", "rect", "polygon", "polyline", "ellipse",
                        "text", "tspan", "title", "desc", "line", "circle"}  # fmt: skip
        values = [value for element in root.iter() for value in element.attrib.values()]
        assert not any("http:" in v or "javascript" in v or "url(" in v for v in values)
        heads = [e for e in root.iter() if "note" in e.get("class", "").split()]
        assert len(heads) >= sum(len(part.notes) for part in PIECES[name].parts)


def test_a_drawing_is_cleaned_of_all_that_acts() -> None:
    dirty = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink" onload="a()">'
        '<script>a()</script><a x:href="http://evil.example"><path/></a><image x:href="http://evil.example/i"/>'
        '<foreignObject><b/></foreignObject><use x:href="http://evil.example#i"/><use href="#mine"/>'
        '<path style="fill:url(http://evil.example)" fill="red"/><style>@import "x"</style></svg>'
    )
    clean = engrave.clean(dirty).decode()
    assert "evil" not in clean and "script" not in clean and "onload" not in clean and "style" not in clean
    assert 'href="#mine"' in clean and 'fill="red"' in clean


def test_a_long_piece_has_pages_for_print_and_one_for_the_screen() -> None:
    four = chorale()
    parts = tuple(
        Part(
            p.name,
            p.program,
            tuple(Note(n.start + 20 * k, n.length, n.pitch) for k in range(12) for n in p.notes),
        )
        for p in four.parts
    )
    long = Score("Long", "G", "major", (4, 4), 72.0, parts, four.pickup)
    sheets = engrave.sheets(long)
    assert len(sheets.pages) > 1
    assert sheets.tall.count(b'class="measure') == sum(p.count(b'class="measure') for p in sheets.pages)
