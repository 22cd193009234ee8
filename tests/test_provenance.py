"""Every file says that AI made it, survives its own format's readers, and tells how it was made."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import wave
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutagen.wave import WAVE
from PIL import Image

from aigc_demo import provenance
from aigc_demo.provenance import Metadata, png, stamp
from aigc_demo.types import Output, UserError, media

METADATA = Metadata(
    job_id="01m8068em583ea1jd2xfcwgxqy",
    task="image",
    model="flow-64",
    model_name="Flow 64",
    params={
        "prompt": "一只猫 <in> \"Paris\" & 'Rome'\nsecond line \x07",
        "negative_prompt": "dogs",
        "num_inference_steps": 20,
        "guidance_scale": 4.5,
        "width": 64,
        "height": 48,
        "seed": 7,
    },
    seed=7,
    created="2026-11-21T12:00:00+00:00",
)


def _picture(fmt: str, mode: str = "RGB", size: tuple[int, int] = (33, 21), **options: Any) -> bytes:
    buffer = io.BytesIO()
    image = Image.new(mode, size)
    image.putdata([(x * 7 % 256, x % 256, 90, 200)[: len(mode)] for x in range(size[0] * size[1])])
    image.save(buffer, fmt, **options)
    return buffer.getvalue()


def _sound(samples: int = 401) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(bytes(range(256)) * 2)
    return buffer.getvalue()


def _tune() -> bytes:
    buffer = io.BytesIO()
    song = mido.MidiFile()
    song.tracks.append(
        mido.MidiTrack([mido.MetaMessage("text", text="mine"), mido.Message("note_on", note=60, time=10)])
    )
    song.tracks.append(mido.MidiTrack([mido.Message("note_off", note=60, time=480)]))
    song.save(file=buffer)
    return buffer.getvalue()


def _opus() -> bytes:
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="ogg", options={"fflags": "+bitexact"}) as out:
        stream = out.add_stream("libopus", rate=48_000, layout="mono")
        frame = av.AudioFrame(format="s16", layout="mono", samples=9_600)
        frame.planes[0].update(bytes(range(240)) * 80)
        frame.sample_rate = 48_000
        for packet in (*stream.encode(frame), *stream.encode(None)):
            out.mux(packet)
    return buffer.getvalue()


def _clip(form: str, codec: str) -> bytes:
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format=form, options={"fflags": "+bitexact"}) as out:
        stream = out.add_stream(codec, rate=24)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for shade in range(0, 250, 50):
            out.mux(stream.encode(av.VideoFrame.from_image(Image.new("RGB", (32, 32), (shade, 90, 9)))))
        out.mux(stream.encode(None))
    return buffer.getvalue()


def _played(form: str, codec: str) -> bytes:
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format=form) as out:
        stream = out.add_stream(codec, rate=48_000, layout="mono")
        frame = av.AudioFrame(format="s16", layout="mono", samples=9_600)
        frame.planes[0].update(bytes(range(240)) * 80)
        frame.sample_rate = 48_000
        for packet in (*stream.encode(frame), *stream.encode(None)):
            out.mux(packet)
    return buffer.getvalue()


def _zip(**files: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def _weights() -> bytes:
    import numpy as np
    from safetensors.numpy import save

    return save({"b": np.ones((2, 3), np.float32), "a": np.zeros(4, np.int8)}, {"config": "{}"})


def _paper() -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    canvas.drawString(99, 99, "hi")
    canvas.save()
    return buffer.getvalue()


def _moving() -> bytes:
    frames = [Image.new("RGB", (16, 16), color) for color in ("red", "green", "blue")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=[30, 40, 30], loop=0)
    return buffer.getvalue()


FILES = {
    "image/png": _picture("PNG"),
    "image/jpeg": _picture("JPEG"),
    "image/webp": _picture("WEBP"),
    "audio/wav": _sound(),
    "audio/midi": _tune(),
    "audio/ogg": _opus(),
    "text/vnd.abc": "%abc-2.1\nX:1\nT:曲\nK:C\nCDEF|\n".encode(),
    "application/vnd.recordare.musicxml+xml": (
        b'<?xml version="1.0"?>\n<score-partwise><identification><miscellaneous>'
        b'<miscellaneous-field name="mine">1</miscellaneous-field>'
        b"</miscellaneous></identification></score-partwise>"
    ),
    "image/svg+xml": b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0"/></svg>',
    "application/pdf": _paper(),
    "image/gif": _moving(),
    "video/mp4": _clip("mp4", "libx264"),
    "video/webm": _clip("webm", "libvpx-vp9"),
    "audio/mpeg": _played("mp3", "libmp3lame"),
    "audio/flac": _played("flac", "flac"),
    "audio/mp4": _played("ipod", "aac"),
    "application/zip": _zip(a="hello"),
    "application/vnd.recordare.musicxml": _zip(score="<score-partwise/>"),
    "application/vnd.safetensors": _weights(),
}
BESIDE = {
    "text/plain": "你好".encode(),
    "text/markdown": b"# hi",
    "text/csv": b"a,b",
    "application/json": b"{}",
    "application/xml": b"<quiz/>",
    "application/vnd.tensorboard.events": b"events",
    "application/octet-stream": b"bytes",
    "image/avif": b"avif",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": b"docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": b"xlsx",
}
"""Kinds that are only brought in, or have no room for a label."""


def _stamped(media_type: str, metadata: Metadata = METADATA, data: bytes | None = None) -> provenance.Stamped:
    return stamp(Output("file", "x", media_type, data=data or (FILES | BESIDE)[media_type]), metadata)


@pytest.mark.parametrize("media_type", FILES)
def test_a_file_carries_the_mark_and_how_it_was_made(media_type: str) -> None:
    result = _stamped(media_type)
    assert result.sidecar is None
    reading = provenance.read(result.data)
    assert reading is not None
    assert reading.metadata == METADATA
    assert reading.mark["Label"] == "1"
    assert reading.mark["ContentProducer"] == "AIGC Studio"
    assert reading.mark["ProduceID"] == METADATA.job_id


@pytest.mark.parametrize("media_type", BESIDE)
def test_other_files_get_a_side_car_and_stay_as_they_are(media_type: str) -> None:
    result = _stamped(media_type)
    assert result.data == BESIDE[media_type]
    assert result.sidecar is not None
    assert json.loads(result.sidecar)["AIGC"]["Label"] == "1"
    reading = provenance.read(result.sidecar, "x.json")
    assert reading is not None and reading.metadata == METADATA


def test_text_without_bytes_is_stored_as_utf_8() -> None:
    result = stamp(Output("text", "t.txt", "text/plain; charset=utf-8", text="诗"), METADATA)
    assert result.data == "诗".encode()


@pytest.mark.parametrize("media_type", FILES)
def test_stamping_again_replaces_the_labels(media_type: str) -> None:
    once = _stamped(media_type).data
    other = replace(METADATA, job_id="another", params={"prompt": "other"})
    twice = _stamped(media_type, other, once).data
    reading = provenance.read(twice)
    assert reading is not None and reading.metadata == other
    assert b"Paris" not in twice
    assert _stamped(media_type, METADATA, twice).data == once


@pytest.mark.parametrize("media_type", [*FILES, "text/plain"])
def test_the_wish_can_be_taken_out_and_the_mark_stays(media_type: str) -> None:
    result = _stamped(media_type)
    data = result.sidecar or result.data
    bare = provenance.without_record(data)
    reading = provenance.read(bare, "x.json")
    assert reading is not None and reading.metadata is None
    assert reading.mark["ProduceID"] == METADATA.job_id
    assert b"Paris" not in bare and b"flow-64" not in bare
    assert provenance.without_record(bare) == bare


@pytest.mark.parametrize("media_type", [*FILES, "text/plain"])
def test_the_mark_holds_nothing_personal(media_type: str) -> None:
    result = _stamped(media_type)
    reading = provenance.read(result.sidecar or result.data, "x.json")
    assert reading is not None
    assert set("".join(reading.mark.values())) <= set("1AIGC Studio" + METADATA.job_id)


@pytest.mark.parametrize(
    ("fmt", "mode", "options"),
    [
        ("PNG", "RGB", {}),
        ("PNG", "RGBA", {}),
        ("JPEG", "RGB", {"quality": 95}),
        ("JPEG", "RGB", {"progressive": True}),
        ("WEBP", "RGB", {"lossless": True}),
        ("WEBP", "RGBA", {"lossless": True}),
        ("WEBP", "RGB", {"quality": 80}),
        ("WEBP", "RGBA", {"quality": 80}),
    ],
)
@pytest.mark.parametrize("size", [(1, 1), (33, 21), (300, 2)])
def test_not_one_pixel_changes(fmt: str, mode: str, options: dict[str, Any], size: tuple[int, int]) -> None:
    plain = _picture(fmt, mode, size, **options)
    labelled = _stamped(f"image/{fmt.lower()}", data=plain).data
    with Image.open(io.BytesIO(plain)) as before, Image.open(io.BytesIO(labelled)) as after:
        assert (before.size, before.mode) == (after.size, after.mode)
        assert before.tobytes() == after.tobytes()


def test_an_animated_webp_keeps_its_frames() -> None:
    frames = [Image.new("RGB", (16, 16), color) for color in ("red", "green", "blue")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "WEBP", save_all=True, append_images=frames[1:])
    labelled = _stamped("image/webp", data=buffer.getvalue()).data
    with Image.open(io.BytesIO(labelled)) as image:
        assert image.n_frames == 3


def test_other_programs_find_the_labels_in_a_png() -> None:
    with Image.open(io.BytesIO(_stamped("image/png").data)) as image:
        image.load()
        info = image.info
        assert json.loads(info["AIGC"])["AIGC"]["Label"] == "1"
        assert info["parameters"].startswith("一只猫 <in>")
        assert (
            "Negative prompt: dogs\nSteps: 20, CFG scale: 4.5, Seed: 7, Size: 64x48, Model: Flow 64"
            in info["parameters"]
        )
        assert "<TC260:AIGC>" in info["XML:com.adobe.xmp"]
        assert "trainedAlgorithmicMedia" in info["XML:com.adobe.xmp"]


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/webp"])
def test_other_programs_find_well_formed_xmp(media_type: str) -> None:
    from xml.dom.minidom import parseString

    with Image.open(io.BytesIO(_stamped(media_type).data)) as image:
        packet = image.info["xmp"]
    document = parseString(packet)
    mark = document.getElementsByTagNameNS("http://www.tc260.org.cn/ns/AIGC/1.0/", "AIGC")[0]
    assert json.loads(mark.firstChild.data)["Label"] == "1"


def test_a_wav_file_plays_as_before_and_other_programs_read_its_info() -> None:
    labelled = _stamped("audio/wav").data
    with wave.open(io.BytesIO(labelled)) as after, wave.open(io.BytesIO(FILES["audio/wav"])) as before:
        assert after.getparams() == before.getparams()
        assert after.readframes(9999) == before.readframes(9999)
    assert WAVE(io.BytesIO(labelled)).info.sample_rate == 8000
    assert int.from_bytes(labelled[4:8], "little") == len(labelled) - 8


def test_a_midi_file_keeps_its_notes_and_its_own_texts() -> None:
    labelled = mido.MidiFile(file=io.BytesIO(_stamped("audio/midi").data), charset="utf-8")
    plain = mido.MidiFile(file=io.BytesIO(FILES["audio/midi"]))
    texts = [message.text for message in labelled.tracks[0] if message.type == "text"]
    assert [text.partition(":")[0] for text in texts] == ["AIGC", "aigc-studio", "mine"]
    notes = [[m for m in track if not m.is_meta] for track in plain.tracks]
    assert [[m for m in track if not m.is_meta] for track in labelled.tracks] == notes
    assert labelled.length == plain.length


def test_a_wish_too_long_for_a_jpeg_segment_is_left_out_and_the_mark_is_not() -> None:
    reading = provenance.read(
        _stamped("image/jpeg", replace(METADATA, params={"prompt": "长" * 50_000})).data
    )
    assert reading is not None
    assert reading.metadata is None and reading.mark["Label"] == "1"


def test_an_opus_file_plays_as_before_and_other_programs_read_its_comments() -> None:
    import av
    from mutagen.oggopus import OggOpus

    def played(data: bytes) -> bytes:
        with av.open(io.BytesIO(data), format="ogg") as container:
            return b"".join(frame.to_ndarray().tobytes() for frame in container.decode(audio=0))

    labelled = _stamped("audio/ogg").data
    assert played(labelled) == played(FILES["audio/ogg"]) != b""
    tags = OggOpus(io.BytesIO(labelled)).tags
    assert json.loads(tags["AIGC"][0])["AIGC"]["Label"] == "1"


@pytest.mark.parametrize("media_type", ["application/vnd.recordare.musicxml+xml", "image/svg+xml"])
def test_a_file_of_elements_stays_well_formed(media_type: str) -> None:
    from xml.dom.minidom import parseString

    document = parseString(_stamped(media_type).data)
    assert "Paris" in document.documentElement.toxml()
    assert 'name="mine"' in document.toxml() or "<path" in document.toxml()


def test_a_tune_keeps_its_lines_behind_the_labels() -> None:
    lines = _stamped("text/vnd.abc").data.decode().split("\n")
    assert [line.partition(" ")[0] for line in lines[:4]] == ["%abc-2.1", "%%aigc", "%%aigc-studio", "X:1"]
    assert lines[3:] == ["X:1", "T:曲", "K:C", "CDEF|", ""]


@pytest.mark.parametrize("media_type", FILES)
@pytest.mark.parametrize("spoil", [lambda data: b"", lambda data: data[:10], lambda data: b"x" * 100])
def test_a_file_that_cannot_be_labelled_is_refused(media_type: str, spoil: Any) -> None:
    with pytest.raises(UserError) as caught:
        stamp(Output("file", "x", media_type, data=spoil(FILES[media_type])), METADATA)
    assert caught.value.problem.code == "label_failed"


def test_a_png_that_is_cut_short_is_refused() -> None:
    with pytest.raises(ValueError, match="cut short"):
        png.embed(FILES["image/png"][:-5], provenance.labels_for(METADATA))


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b'{"AIGC": 1}', b'{"AIGC": {}}', b"{" * 5000, b"null", b"\xff\xfe"]
)
def test_a_file_without_labels_says_nothing(data: bytes) -> None:
    assert provenance.read(data, "x.json") is None
    assert provenance.read(data) is None
    assert provenance.without_record(data) == data


@pytest.mark.parametrize("media_type", FILES)
def test_an_unlabelled_file_says_nothing(media_type: str) -> None:
    assert provenance.read(FILES[media_type]) is None
    assert provenance.without_record(FILES[media_type]) == FILES[media_type]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(FILES)), st.data())
def test_no_mangled_file_breaks_the_reader(media_type: str, data: st.DataObject) -> None:
    whole = bytearray(_stamped(media_type).data)
    for _ in range(data.draw(st.integers(0, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    reading = provenance.read(bytes(whole[:cut]), "x.json")
    assert reading is None or isinstance(reading.mark, dict)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(FILES)),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=80),
)
def test_any_wish_comes_back_as_it_was(media_type: str, prompt: str) -> None:
    reading = provenance.read(_stamped(media_type, replace(METADATA, params={"prompt": prompt})).data)
    assert reading is not None and reading.metadata is not None
    assert reading.metadata.params["prompt"] == prompt


def test_every_step_is_passed_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    def visible(result: provenance.Stamped, metadata: Metadata) -> provenance.Stamped:
        return replace(result, data=result.data + b" (AI)")

    monkeypatch.setattr(provenance, "STEPS", (visible, *provenance.STEPS))
    assert stamp(Output("text", "t.txt", "text/plain", text="hi"), METADATA).data == b"hi (AI)"


def test_every_kind_of_file_is_known_to_carry_its_labels_inside_or_beside() -> None:
    assert {row.name for row in media.TABLE} == FILES.keys() | BESIDE.keys()


EXIFTOOL = {
    "image/png": "AIGC",
    "image/jpeg": "AIGC",
    "image/webp": "AIGC",
    "image/gif": "AIGC",
    "image/svg+xml": "AIGC",
    "application/pdf": "AIGC",
    "video/mp4": "AIGC",
    "audio/wav": "AIGC",
    "audio/ogg": "Aigc",
    "audio/flac": "Aigc",
    "audio/mpeg": "UserDefinedText",
}
"""Under which name exiftool 12.57 shows the mark. Of MIDI, ABC, MusicXML and safetensors it knows none, of a
zip not the comment, of WebM only the tags that stand before the pictures."""


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed.")
def test_exiftool_shows_the_mark_of_every_format_that_it_reads(tmp_path: Path) -> None:
    for media_type in EXIFTOOL:
        name = media.of_type(media_type).suffix
        (tmp_path / f"x.{name}").write_bytes(_stamped(media_type).data)
    told = subprocess.run(
        ["exiftool", "-j", "-a", "-G4:1", "-charset", "RIFF=UTF8", str(tmp_path)],
        capture_output=True,
        check=True,
    )
    for said in json.loads(told.stdout):
        media_type = media.of_file(said["SourceFile"]).name
        assert "Error" not in str(said.keys()), said
        found = [str(value) for name, value in said.items() if EXIFTOOL[media_type].lower() in name.lower()]
        assert any(METADATA.job_id in value and "Label" in value for value in found), said


def test_the_mark_of_a_zip_is_its_comment() -> None:
    with zipfile.ZipFile(io.BytesIO(_stamped("application/zip").data)) as archive:
        assert json.loads(archive.comment)["AIGC"]["ProduceID"] == METADATA.job_id


def _frames_of(data: bytes) -> list[bytes]:
    import av

    with av.open(io.BytesIO(data)) as container:
        return [frame.to_ndarray().tobytes() for frame in container.decode(0)]


@pytest.mark.parametrize("media_type", ["video/mp4", "video/webm", "audio/mpeg", "audio/flac", "image/gif"])
def test_what_moves_or_sounds_plays_as_before(media_type: str) -> None:
    labelled = _stamped(media_type).data
    assert _frames_of(labelled) == _frames_of(FILES[media_type]) != []


def test_a_clip_in_fragments_keeps_its_index_at_the_end() -> None:
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4", options={"movflags": "frag_keyframe+empty_moov"}) as out:
        stream = out.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        out.mux(stream.encode(av.VideoFrame.from_image(Image.new("RGB", (32, 32)))))
        out.mux(stream.encode(None))
    labelled = _stamped("video/mp4", data=buffer.getvalue()).data
    assert labelled.rfind(b"mfro") > labelled.rfind(b"TC260:AIGC")
    assert _frames_of(labelled) == _frames_of(buffer.getvalue())


def test_a_gif_keeps_its_times_and_its_loop() -> None:
    with Image.open(io.BytesIO(_stamped("image/gif").data)) as image:
        times = []
        for number in range(image.n_frames):  # type: ignore[attr-defined]
            image.seek(number)
            times.append(image.info["duration"])
        assert (times, image.info["loop"]) == ([30, 40, 30], 0)


def test_other_tags_of_an_mp3_stay() -> None:
    from mutagen.id3 import ID3, TIT2

    buffer = io.BytesIO(FILES["audio/mpeg"])
    tags = ID3()
    tags.add(TIT2(encoding=3, text="曲"))
    tags.save(buffer, v2_version=3)
    labelled = ID3(io.BytesIO(_stamped("audio/mpeg", data=buffer.getvalue()).data))
    assert labelled["TIT2"].text == ["曲"]
    assert json.loads(labelled["TXXX:AIGC"].text[0])["AIGC"]["Label"] == "1"


def test_weights_and_zips_open_as_before() -> None:
    from safetensors.numpy import load

    found = load(_stamped("application/vnd.safetensors").data)
    assert (found["b"].tolist(), found["a"].tolist()) == ([[1.0] * 3] * 2, [0] * 4)
    with zipfile.ZipFile(io.BytesIO(_stamped("application/zip").data)) as archive:
        assert archive.testzip() is None and archive.read("a") == b"hello"
