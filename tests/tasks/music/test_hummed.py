"""Melodies out of recordings: the notes that were sung, how sure it is of them, and none out of nothing."""

from __future__ import annotations

import io
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from aigc_demo.tasks.music import hummed, primer, recording
from aigc_demo.tasks.music.params import ScoreParams
from aigc_demo.tasks.music.reading import account
from aigc_demo.tasks.music.recording import Tone
from aigc_demo.types import Output, UserError
from tests.declared import CATALOG
from tests.tasks.music.singing import RATE, TUNE, Array, Line, chord, plucked, sung, wav
from tests.tasks.music.test_composing import CHORALE, compose


def heard(samples: Array, rate: int = RATE) -> hummed.Heard:
    return hummed.heard(Tone(samples.astype(np.float32), rate))


def moved(semitones: int) -> Line:
    return [(pitch + semitones, length) for pitch, length in TUNE]


def agreement(found: hummed.Heard, line: Line) -> tuple[float, float]:
    """Recall and precision of the notes, in their order."""
    got, wanted = [note.pitch for note in found.notes], [pitch for pitch, _ in line]
    same = sum(block.size for block in SequenceMatcher(None, got, wanted, False).get_matching_blocks())
    return same / len(wanted), same / max(1, len(got))


SUNG: dict[str, tuple[Array, Line]] = {
    "plainly": (sung(TUNE, vibrato=0), TUNE),
    "with much vibrato": (sung(TUNE, vibrato=0.6), TUNE),
    "with slides into the notes": (sung(TUNE, slide=2), TUNE),
    "a third of a semitone too high": (sung(TUNE, detuned=0.37), TUNE),
    "by a low voice": (sung(moved(-21)), moved(-21)),
    "through a telephone, without its fundamental": (sung(TUNE, partials=(0.08, 1, 0.8, 0.5)), TUNE),
    "as a whistle": (sung(moved(24), partials=(1, 0.02)), moved(24)),
    "unevenly, with slides": (sung(TUNE, uneven=0.06, slide=1, detuned=-0.2), TUNE),
    "quickly": (sung(TUNE, tempo=140), TUNE),
    "in a room": (sung(TUNE, noise=0.01), TUNE),
    "on a string": (plucked(TUNE), TUNE),
}


@pytest.mark.parametrize("how", SUNG)
def test_every_note_is_heard_and_no_other_however_it_is_sung(how: str) -> None:
    samples, line = SUNG[how]
    found = heard(samples)
    assert agreement(found, line) == (1.0, 1.0)
    assert found.sure > 0.75
    if how != "unevenly, with slides":
        notes, _ = hummed.counted(found.notes)
        assert [float(note.length) for note in notes[:-1]] == [length for _, length in line[:-1]]


NO_MELODY: dict[str, Array] = {
    "silence": np.zeros(2 * RATE),
    "an instant": np.zeros(10),
    "the hiss of a microphone": 3e-4 * np.random.default_rng(1).standard_normal(2 * RATE),
    "noise": 0.2 * np.random.default_rng(2).standard_normal(3 * RATE),
    "a major chord": chord(60, 64, 67),
    "a minor chord": chord(57, 60, 64),
    "a fifth": chord(60, 67),
    "two voices a sixth apart": sung(TUNE) + sung(moved(-9)),
    "a voice drowned in noise": sung(TUNE, noise=0.3),
}


@pytest.mark.parametrize("what", NO_MELODY)
def test_where_no_single_voice_sings_there_is_no_melody(what: str) -> None:
    found = heard(NO_MELODY[what])
    assert found.sure < primer.LEAST_SURE
    assert len(found.notes) <= 1


def test_the_more_noise_the_less_sure_and_what_is_heard_is_right() -> None:
    found = [heard(sung(TUNE, noise=noise)) for noise in (0.0, 0.03, 0.06, 0.09, 0.12)]
    sure = [one.sure for one in found]
    assert sure == sorted(sure, reverse=True)
    assert sure[0] - sure[-1] > 0.3
    for one in found:
        recall, precision = agreement(one, TUNE)
        assert min(recall, precision) >= one.sure - 0.1, "no surer than it is right"


def test_an_expected_pace_chooses_among_those_that_fit() -> None:
    notes = heard(sung(TUNE, tempo=120)).notes
    assert [hummed.counted(notes, usual)[1] for usual in (0, 60, 120)] == [120, 60, 120]


# -- a recording as the beginning of a piece -----------------------------------------------------------


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hummed") / "hum.wav"
    path.write_bytes(wav(sung(TUNE, detuned=0.2)))
    return path


def test_a_hummed_beginning_is_continued_arranged_and_harmonised(recorded: Path) -> None:
    start = {"start": str(recorded), "bars": 6}
    arranged = compose(action="arrange", key="G", **start)
    assert (arranged.tonic, arranged.mode, arranged.tempo) == ("G", "major", 100)
    assert [note.pitch - 67 for note in arranged.parts[0].notes] == [pitch - 62 for pitch, _ in TUNE]
    went_on = compose(action="continue", **start)
    steps = {new.pitch - old for new, (old, _) in zip(went_on.parts[0].notes, TUNE[:-1], strict=False)}
    assert len(steps) == 1  # all as sung, or by octaves to suit the player
    assert went_on.bars == 6
    soprano = compose(CHORALE, action="harmonise", **start).parts[0]
    assert [note.pitch % 12 for note in soprano.notes] == [pitch % 12 for pitch, _ in TUNE]


def test_what_was_heard_and_what_could_not_be_told_is_said(recorded: Path) -> None:
    params = ScoreParams(action="arrange", start=str(recorded))
    told = account(params, [Output("audio", "tune.wav", "audio/wav")], CATALOG.model("debug-music"))
    assert told.kept[0].values == {"count": len(TUNE), "percent": pytest.approx(94, abs=3)}
    assert [term.key for term in told.left_out] == ["music.left.bar_lines"]
    assert told.left_out[0].values == {"tempo": 100, "metre": "4/4"}


@pytest.mark.parametrize("data", [wav(chord(60, 64, 67)), wav(np.zeros(RATE))], ids=["chord", "silence"])
def test_a_recording_without_a_melody_is_one_clear_sentence(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "hum.wav"
    path.write_bytes(data)
    with pytest.raises(UserError) as caught:
        primer.required(ScoreParams(start=str(path)))
    assert (caught.value.problem.key, caught.value.problem.field) == ("music.error.no_melody_heard", "start")


def encoded(container: str, codec: str, **options: Any) -> bytes:
    """The tune as a phone or a browser records it."""
    buffer, rate = io.BytesIO(), 48_000
    with av.open(buffer, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate, layout="mono")
        samples = sung(TUNE[:5], rate=rate).astype(np.float32)[None]
        frame = av.AudioFrame.from_ndarray(samples, "fltp", "mono")
        frame.sample_rate = rate
        context = stream.codec_context
        fitting = av.AudioResampler(context.format.name, "mono", rate, context.frame_size or None)
        for part in fitting.resample(frame):
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("container", "codec"),
    [("ipod", "aac"), ("webm", "libopus"), ("wav", "pcm_s24le"), ("wav", "pcm_f32le"), ("mp3", "libmp3lame")],
)
def test_a_melody_is_heard_in_whatever_it_is_recorded(tmp_path: Path, container: str, codec: str) -> None:
    path = tmp_path / "hum.bin"
    path.write_bytes(encoded(container, codec))
    assert recording.is_sound(path)
    score = primer.required(ScoreParams(start=str(path)))
    assert [note.pitch for note in score.parts[0].notes] == [pitch for pitch, _ in TUNE[:5]]


def test_a_score_is_no_sound(tmp_path: Path) -> None:
    path = tmp_path / "tune.abc"
    path.write_bytes(b"X:1\nK:C\nCDEF|\n")
    assert not recording.is_sound(path)
