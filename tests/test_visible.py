"""Whoever takes a file away sees or hears that an AI made it, unless the owner said otherwise."""

from __future__ import annotations

import io
import wave
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import mido
import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from aigc_demo import provenance
from aigc_demo.history import History
from aigc_demo.history.taking import BEARING
from aigc_demo.pictures import layers
from aigc_demo.provenance.checking import check
from aigc_demo.provenance.visible import RHYTHM, SHARE, drawn, kinds, labelled, place_of
from aigc_demo.settings import Settings
from aigc_demo.types import Output, media
from tests.api.conftest import *  # noqa: F403 - a whole server in this process
from tests.api.conftest import settled
from tests.test_provenance import BESIDE, FILES
from tests.test_signing import made

MARKS = ("AI 生成", "AI-generated")
GROUNDS = {
    "white": Image.new("RGB", (300, 200), "white"),
    "black": Image.new("RGB", (300, 200), "black"),
    "grey": Image.new("RGB", (300, 200), "#808080"),
    "noise": Image.effect_noise((300, 200), 120).convert("RGB"),
    "clear": Image.new("RGBA", (300, 200), (0, 0, 0, 0)),
}


def as_numbers(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("L"), np.int16)


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("ground", GROUNDS)
def test_the_mark_reads_on_any_ground_and_nothing_else_changes(ground: str, mark: str) -> None:
    before = GROUNDS[ground]
    after = drawn(before, mark)
    _, text, (left, top, right, bottom) = place_of(before.size, mark)
    assert text == mark
    inside = as_numbers(after)[top:bottom, left:right]
    assert (inside > 200).mean() > 0.04, "letters"
    assert (inside < 60).mean() > 0.4, "and their ground"
    outside = np.ones(before.size[::-1], bool)
    outside[top:bottom, left:right] = False
    assert (np.asarray(after) == np.asarray(before))[outside].all()
    assert 150 < left < right <= 300 and 100 < top < bottom <= 200, "the lower right corner"


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("size", [(256, 256), (512, 300), (300, 900), (1024, 1024), (2048, 512)])
def test_the_letters_are_a_twentieth_of_the_short_side(size: tuple[int, int], mark: str) -> None:
    letters, text, box = place_of(size, mark)
    _, top, _, bottom = letters.getbbox(text)
    assert bottom - top >= SHARE * min(size)
    assert box[2] - box[0] < size[0] * 0.5


@pytest.mark.parametrize("size", [(1, 1), (5, 300), (300, 5), (33, 21), (64, 64)])
def test_the_smallest_picture_is_no_trouble(size: tuple[int, int]) -> None:
    before = Image.new("RGB", size, "red")
    after = drawn(before, MARKS[0])
    assert after.size == size
    assert size == (1, 1) or as_numbers(after).tolist() != as_numbers(before).tolist()


@pytest.mark.parametrize("kind", ["image/gif", "image/webp", "video/mp4", "video/webm"])
def test_a_clip_shows_it_for_two_seconds(kind: str) -> None:
    import av

    frames = [Image.new("RGB", (160, 96), (40, 90 + 10 * shade, 60)) for shade in range(12)]
    buffer = io.BytesIO()
    if kind.startswith("image/"):
        form = kind.rpartition("/")[2].upper()
        frames[0].save(buffer, form, save_all=True, append_images=frames[1:], duration=250, loop=0)
    else:
        codec = "libx264" if kind == "video/mp4" else "libvpx-vp9"
        with av.open(buffer, "w", format=kind.rpartition("/")[2]) as out:
            stream = out.add_stream(codec, rate=4)
            stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
            for frame in frames:
                out.mux(stream.encode(av.VideoFrame.from_image(frame)))
            out.mux(stream.encode(None))
    after = labelled(buffer.getvalue(), kind, MARKS[1], "")
    shown: list[Image.Image] = []
    if kind == "image/webp":
        with Image.open(io.BytesIO(after)) as moving:
            for number in range(moving.n_frames):  # type: ignore[attr-defined]
                moving.seek(number)
                shown.append(moving.convert("RGB"))
            assert moving.info["loop"] == 0
    else:
        with av.open(io.BytesIO(after)) as found:
            shown = [frame.to_image() for frame in found.decode(video=0)]
    _, _, (left, top, right, bottom) = place_of((160, 96), MARKS[1])
    marked = [bool((as_numbers(frame)[top:bottom, left:right] > 190).mean() > 0.04) for frame in shown]
    assert marked == [True] * 8 + [False] * 4


def test_a_sound_ends_with_the_rhythm_and_begins_as_it_did() -> None:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as target:
        target.setparams((2, 2, 24_000, 0, "NONE", ""))
        target.writeframes(bytes(4 * 24_000))
    after = labelled(buffer.getvalue(), "audio/wav", "", "")
    with wave.open(io.BytesIO(after)) as found:
        assert found.getparams()[:3] == (2, 2, 24_000)
        sound = np.frombuffer(found.readframes(found.getnframes()), "<i2").reshape(-1, 2)[:, 0]
    assert not sound[:24_000].any()
    loud = np.abs(sound[24_000:]).reshape(-1, 240).max(axis=1) > 600 if len(sound) % 240 == 0 else None
    if loud is None:
        cut = sound[24_000:][: len(sound[24_000:]) // 240 * 240]
        loud = np.abs(cut).reshape(-1, 240).max(axis=1) > 600
    edges = np.flatnonzero(np.diff(np.r_[0, loud.astype(int), 0]))
    tones = [(end - begin) * 0.01 for begin, end in zip(edges[::2], edges[1::2], strict=True)]
    assert tones == pytest.approx(list(RHYTHM), abs=0.03)
    assert len(sound) / 24_000 - 1 < 1.6, "short"


@pytest.mark.parametrize("kind", ["audio/ogg", "audio/mpeg"])
def test_a_packed_sound_gets_longer_by_the_rhythm(kind: str) -> None:
    import av

    def seconds(data: bytes) -> float:
        with av.open(io.BytesIO(data)) as found:
            return float(sum(frame.samples / frame.sample_rate for frame in found.decode(audio=0)))

    grown = seconds(labelled(FILES[kind], kind, "", "")) - seconds(FILES[kind])
    assert 1.2 < grown < 1.6


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "text/markdown",
        "text/vnd.abc",
        "application/vnd.recordare.musicxml+xml",
        "image/svg+xml",
    ],
)
def test_what_is_read_has_a_line(kind: str) -> None:
    data = (FILES | BESIDE)[kind]
    after = labelled(data, kind, MARKS[0], "AI 生成 <&> 制作")
    assert "AI 生成" in after.decode()
    if kind.endswith("xml"):
        from xml.dom.minidom import parseString

        parseString(after)


def test_a_tune_says_it_as_a_copyright_and_plays_as_before() -> None:
    song = mido.MidiFile(file=io.BytesIO(labelled(FILES["audio/midi"], "audio/midi", "", "AI-generated")))
    assert song.tracks[0][0].text == "AI-generated"
    assert song.length == mido.MidiFile(file=io.BytesIO(FILES["audio/midi"])).length


def test_a_scene_keeps_its_parts() -> None:
    body = layers.CHUNK + b"abc"
    chunk = len(b"abc").to_bytes(4) + body + zlib.crc32(body).to_bytes(4)
    picture = png(GROUNDS["grey"])
    after = labelled(picture[:-12] + chunk + picture[-12:], "image/png", MARKS[0], "")
    assert chunk in after
    with Image.open(io.BytesIO(after)) as image:
        image.load()


def test_every_kind_that_bears_one_is_asked_for_it() -> None:
    assert kinds() == BEARING


# -- taken away -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    with closing(History.open(Settings(data_dir=tmp_path_factory.mktemp("taken"), signing="own"))) as found:
        yield found


def test_what_is_taken_away_is_labelled_for_programs_too_and_signed(store: History) -> None:
    job = made(store, *(Output("file", "a", kind, data=(FILES | BESIDE)[kind]) for kind in sorted(BEARING)))
    for output in job.outputs:
        kept = store.file("ann", job.id, output.name).path.read_bytes()
        taken = store.taken("ann", job.id, output.name, "zh").path.read_bytes()
        assert taken != kept, output.media_type
        assert store.taken("ann", job.id, output.name, "zh").path.read_bytes() == taken
        assert (
            store.taken("ann", job.id, output.name, "en").path.read_bytes() != taken
            or "audio" in output.media_type
        )
        inside, before = (check(data, store.signer.signing.manifests) for data in (taken, kept))
        assert inside.verdict == before.verdict, output.media_type
        assert [layer.state for layer in inside.layers] == [layer.state for layer in before.layers], (
            output.media_type
        )


def test_a_link_without_words_gives_a_labelled_file_without_words(store: History) -> None:
    job = made(store, Output("image", "a", "image/png", data=FILES["image/png"]))
    link = store.links.make("ann", job.id, show_prompt=False)
    taken = store.links.taken(link.token, job.outputs[0].name, "en")
    assert taken is not None and b"Paris" not in taken.path.read_bytes()
    assert check(taken.path.read_bytes(), store.signer.signing.manifests).layers[0].ours
    link = store.links.make("ann", job.id, show_prompt=True)
    shown = store.links.taken(link.token, job.outputs[0].name, "en")
    assert shown is not None and b"Paris" in shown.path.read_bytes()


def test_the_owner_may_leave_it_off(tmp_path: Path) -> None:
    with closing(History.open(Settings(data_dir=tmp_path, visible_label=False))) as history:
        job = made(history, Output("image", "a", "image/png", data=FILES["image/png"]))
        name = job.outputs[0].name
        assert history.taken("ann", job.id, name, "en") == history.file("ann", job.id, name)


def test_a_file_that_cannot_bear_it_is_handed_out_as_it_is(store: History) -> None:
    broken = FILES["image/png"].replace(b"IDAT", b"IDAX")
    job = made(store, Output("file", "a", "image/png", data=broken))
    name = job.outputs[0].name
    assert store.taken("ann", job.id, name, "en") == store.file("ann", job.id, name)


def test_what_is_shown_is_not_marked_and_what_is_saved_is(ann: TestClient) -> None:
    asked = {"task": "image", "model": "debug-image", "params": {"prompt": "a cat"}, "seed": 5}
    item = settled(ann, ann.post("/api/jobs", json=asked).json()["id"])
    url = item["outputs"][0]["url"]
    shown, saved = ann.get(url), ann.get(f"{url}?download=true")
    assert saved.headers["content-disposition"].startswith("attachment")
    with Image.open(io.BytesIO(shown.content)) as first, Image.open(io.BytesIO(saved.content)) as second:
        assert first.size == second.size
        assert as_numbers(first).tolist() != as_numbers(second).tolist()
    assert provenance.read_parameters(saved.content) == provenance.read_parameters(shown.content)
    assert media.sniffed(saved.content) is media.sniffed(shown.content)
