"""A film sets a scene's things in motion, its end meets its beginning, and others can play it."""

from __future__ import annotations

import io
import wave
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import av
import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from aigc_demo.pictures.layers import Layer, Layers, embedded
from aigc_demo.tasks.film import FilmParams, StoryParams
from aigc_demo.tasks.film.frames import RATE, frames, passed
from aigc_demo.tasks.film.moving import Pose, poses
from aigc_demo.tasks.film.pipeline import FOLDER, load, load_story
from aigc_demo.tasks.film.sound import RATE as SOUND_RATE
from aigc_demo.tasks.film.sound import mixed
from aigc_demo.tasks.film.story import FADE, Shot, caption, told
from aigc_demo.types import Output, UserError


def sprite() -> Image.Image:
    return Image.new("RGBA", (30, 30), (230, 40, 40, 255))


def layer(name: str, box: tuple[int, int, int, int] = (40, 40, 20, 20), **more: Any) -> Layer:
    return Layer(sprite(), box, name, **more)


def scene(*things: Layer, weather: str = "") -> Layers:
    return Layers(Image.new("RGB", (128, 96), (90, 160, 220)), things, weather)


def film(path: Path, **values: Any) -> Output:
    (output,) = load(cast(Any, SimpleNamespace()))(FilmParams(scene=str(path), **values), lambda _: None)
    return output


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "scene.png"
    buffer = io.BytesIO()
    layers = scene(
        layer("bicycle"), layer("cat", (44, 24, 16, 16), parent=0, rides=True), layer("sun", home="sky")
    )
    layers.ground.save(buffer, "PNG")
    found.write_bytes(embedded(buffer.getvalue(), layers))
    return found


def test_a_film_has_its_frames_its_size_and_says_its_codec(path: Path) -> None:
    output = film(path, seconds=1.0)
    with av.open(io.BytesIO(output.data or b"")) as file:
        shown = list(file.decode(video=0))
    assert (len(shown), shown[0].width, shown[0].height) == (RATE, 128, 96)
    assert (output.kind, output.meta["codec"], output.meta["frames"]) == ("video", "H.264", RATE)
    assert film(path, seconds=1.0).data == output.data


@pytest.mark.parametrize(
    ("form", "media_type"), [("webm", "video/webm"), ("webp", "image/webp"), ("gif", "image/gif")]
)
def test_every_format_plays(path: Path, form: str, media_type: str) -> None:
    output = film(path, seconds=1.0, format=form)
    assert output.media_type == media_type
    if media_type.startswith("image/"):
        assert getattr(Image.open(io.BytesIO(output.data or b"")), "n_frames", 1) == RATE // 2
    else:
        with av.open(io.BytesIO(output.data or b"")) as file:
            assert len(list(file.decode(video=0))) == RATE


def test_who_rides_moves_along_and_the_end_meets_the_beginning() -> None:
    things = [layer("bicycle"), layer("cat", parent=0, rides=True), layer("crown", parent=1)]
    for share in (0.2, 0.5, 0.8):
        bicycle, cat, crown = poses(things, 128, share, 3.0)
        assert bicycle.x == cat.x == crown.x != 0
    first, last = (poses(things, 128, share, 3.0) for share in (0.0, 1.0))
    assert all(
        abs(one.x - other.x) < 1e-6 and abs(one.y - other.y) < 1e-6
        for one, other in zip(first, last, strict=True)
    )


def test_houses_stand_still_and_everything_else_lives() -> None:
    names = {
        "house": "back",
        "sailboat": "water",
        "bird": "air",
        "star": "sky",
        "dog": "land",
        "tulip": "plant",
    }
    things = [layer(name, home=home) for name, home in names.items()]
    start, later = (poses(things, 128, share, 3.0) for share in (0.0, 0.3))
    moved = {name: one != other for name, one, other in zip(names, start, later, strict=True)}
    assert moved == {name: name != "house" for name in names}


@pytest.mark.parametrize("camera", ["still", "zoom", "pan", "depth"])
def test_the_camera_keeps_the_size_and_snow_falls(camera: str) -> None:
    shown = list(frames(scene(layer("house", home="back", stands=True), weather="snow"), 1.0, camera))
    assert {one.size for one in shown} == {(128, 96)}
    assert np.abs(np.asarray(shown[0], float) - np.asarray(shown[6], float)).mean() > 0.1


def test_an_eye_that_goes_aside_passes_what_is_near_sooner_than_what_is_far() -> None:
    near, far, sun = (40, 70, 20, 20), (40, 30, 20, 20), (90, 4, 10, 10)
    things = [layer("dog", near), layer("cat", (44, 60, 8, 8), parent=0), layer("house", far, home="back")]
    shown = passed([*things, layer("sun", sun, home="sky")], [Pose(x=1.0)] * 4, 96, 5.0)
    dog, cat, house, sky = (one.x for one in shown)
    assert dog == cat > house > sky == 1.0
    circle = [layer("cat", parent=1), layer("dog", parent=0)]
    assert len(passed(circle, [Pose()] * 2, 96, 5.0)) == 2


def test_a_thing_wholly_outside_and_circles_of_parents_do_no_harm() -> None:
    odd = scene(layer("cat", (-900, 5, 20, 20), parent=1), layer("dog", (900, 900, 20, 20), parent=0))
    assert len(list(frames(odd, 1.0, "still"))) == RATE


def test_a_picture_without_layers_and_a_film_of_nothing_are_refused(tmp_path: Path) -> None:
    plain = tmp_path / "plain.png"
    Image.new("RGB", (64, 64)).save(plain)
    with pytest.raises(UserError):
        film(plain)
    with pytest.raises(ValidationError):
        FilmParams()
    with pytest.raises(ValidationError):
        FilmParams(sample="ride", seconds=600.0)


def test_the_samples_are_scenes() -> None:
    for name in ("ride", "snow", "sea"):
        assert (FOLDER / f"{name}.png").exists()
        assert film(FOLDER / f"{name}.png", seconds=1.0, format="webp").meta["things"]


# -- several scenes -------------------------------------------------------------------------------


def tone(path: Path, seconds: float) -> str:
    """A sound file of one pitch."""
    times = np.arange(round(16_000 * seconds)) / 16_000
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((9_000 * np.sin(2 * np.pi * 440 * times)).astype("<i2").tobytes())
    return str(path)


def story(**values: Any) -> Output:
    (output,) = load_story(cast(Any, SimpleNamespace()))(StoryParams(**values), lambda _: None)
    return output


def said(made: Output) -> list[str]:
    """The words of a film's track."""
    with av.open(io.BytesIO(made.data or b"")) as file:
        packets = [bytes(one) for one in file.demux(file.streams.subtitles[0])]
    return [one.decode().strip("\0\n\t\r\x03\x05") for one in packets if len(one) > 2]


def plain(colour: tuple[int, int, int], size: tuple[int, int] = (128, 96)) -> Layers:
    return Layers(Image.new("RGB", size, colour), ())


def light(image: Image.Image) -> float:
    return float(np.asarray(image, float).mean())


def test_one_scene_fades_into_the_next_or_is_cut() -> None:
    shots = [Shot(plain((0, 0, 0))), Shot(plain((240, 240, 240)))]
    faded = [light(one) for one in told(shots, RATE, "still", FADE)]
    assert len(faded) == 2 * RATE - FADE
    assert faded == sorted(faded), "it only gets lighter"
    assert sum(5 < level < 235 for level in faded) == FADE
    assert {round(light(one)) for one in told(shots, RATE, "still", 0)} == {0, 240}


def test_words_stand_under_their_scene_whole_and_inside() -> None:
    shots = [Shot(plain((90, 160, 220)), "小猫骑着自行车，在月亮下。"), Shot(plain((90, 160, 220)))]
    first, *_, last = told(shots, RATE, "still", 0)
    changed = np.abs(np.asarray(first, float) - np.asarray(last, float)).max(axis=2) > 4
    rows, columns = np.nonzero(changed)
    assert rows.min() > 40
    assert 0 < columns.min() < columns.max() < 127
    for words in ("word " * 30, "字" * 120, "x" * 120):
        plate = caption(words[:120], (768, 512))
        assert plate is not None
        assert plate.width <= 768
        assert plate.height < 300
    assert caption("  ", (768, 512)) is None


def test_scenes_of_other_shapes_stand_whole_in_the_first_ones() -> None:
    shown = list(told([Shot(plain((0, 0, 0))), Shot(plain((9, 9, 9), (64, 96)))], RATE, "still", 0))
    assert {one.size for one in shown} == {(128, 96)}


def test_a_story_has_its_scenes_its_words_and_its_sound_in_one_file(path: Path, tmp_path: Path) -> None:
    tune, voice = tone(tmp_path / "tune.wav", 0.6), tone(tmp_path / "voice.wav", 1.0)
    wish = {"scene1": str(path), "caption1": "One", "scene4": str(path), "caption4": "Two", "seconds": 1.0}
    made = story(**wish, tune=tune, voice=voice)
    assert made.meta["captions"] == ["One", "Two"]
    assert (made.meta["scenes"], made.meta["sound"]) == (2, ["tune", "voice"])
    with av.open(io.BytesIO(made.data or b"")) as file:
        sound = np.concatenate([frame.to_ndarray() for frame in file.decode(audio=0)], axis=1)
    with av.open(io.BytesIO(made.data or b"")) as file:
        count = len(list(file.decode(video=0)))
    assert count == made.meta["frames"] == 2 * RATE - made.meta["fade_frames"]
    assert said(made) == ["One", "Two"]
    assert sound.shape[1] / SOUND_RATE == pytest.approx(count / RATE, abs=0.1)
    assert np.abs(sound[:, : SOUND_RATE // 2]).max() > 0.1
    assert story(**wish, tune=tune, voice=voice).data == made.data


def test_a_film_waits_until_its_voice_has_ended(path: Path, tmp_path: Path) -> None:
    made = story(scene1=str(path), seconds=1.0, voice=tone(tmp_path / "voice.wav", 2.0), format="webm")
    assert 2.4 < made.meta["seconds"] < 3.0
    assert not made.meta["captions"][0]
    with av.open(io.BytesIO(made.data or b"")) as file:
        assert file.streams.audio[0].codec_context.name == "opus"


def test_words_are_a_track_that_is_shown_or_hidden_and_in_the_picture_by_choice(path: Path) -> None:
    wish = {"scene1": str(path), "caption1": "a {cat} \\N 猫", "seconds": 1.0, "format": "webm"}
    inside, beside = story(**wish), story(**wish, subtitles="track")
    assert said(inside) == said(beside) == ["a (cat) /N 猫"]
    first = []
    for made in (inside, beside):
        with av.open(io.BytesIO(made.data or b"")) as file:
            first.append(next(file.decode(video=0)).to_ndarray(format="gray").astype(float))
    assert np.abs(first[0] - first[1])[60:].max() > 40
    assert StoryParams(subtitles="track", format="gif").words_in_picture


def test_a_tune_is_cut_or_begins_again_dies_away_and_is_softer_under_a_voice() -> None:
    tune, voice = np.full((2, SOUND_RATE), 0.5, np.float32), np.zeros((2, 2 * SOUND_RATE), np.float32)
    alone, under = mixed(5.0, tune, None), mixed(5.0, tune, voice)
    assert alone is not None
    assert under is not None
    assert alone.shape == (2, 5 * SOUND_RATE)
    assert alone[0, 3 * SOUND_RATE] == 0.5
    assert alone[0, -1] < 0.01
    assert under[0, SOUND_RATE] == pytest.approx(0.15)
    assert under[0, 3 * SOUND_RATE] == 0.5
    assert mixed(5.0, None, None) is None
    loud = mixed(1.0, None, np.full((2, SOUND_RATE), 1.0, np.float32) * 3)
    assert loud is not None
    assert np.abs(loud).max() == 1.0


def test_what_is_no_sound_and_a_picture_with_sound_are_refused(path: Path, tmp_path: Path) -> None:
    broken = tmp_path / "tune.wav"
    broken.write_bytes(b"RIFF\x10\0\0\0WAVEfmt ")
    for sound in (path, broken):
        with pytest.raises(UserError) as refusal:
            story(scene1=str(path), tune=str(sound))
        assert refusal.value.problem.key == "film.error.sound"
    with pytest.raises(ValidationError):
        StoryParams(tune="tune.wav", format="gif")
    with pytest.raises(ValidationError):
        StoryParams(caption1="x" * 121)
