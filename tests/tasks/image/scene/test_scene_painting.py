"""A scene is painted the same twice, carries its description, and a moved thing is not painted again."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from aigc_demo.tasks.image.debug import NAMES, TinyEnlarger, tiny_pipeline
from aigc_demo.tasks.image.emoji import EmojiFlow
from aigc_demo.tasks.image.params import WorldParams
from aigc_demo.tasks.image.scene.colours import TARGETS, recoloured, varied
from aigc_demo.tasks.image.scene.cutout import cut_out
from aigc_demo.tasks.image.scene.drawn import drawn
from aigc_demo.tasks.image.scene.grounds import ground
from aigc_demo.tasks.image.scene.values import GROUNDS, TIMES, WEATHERS
from aigc_demo.types import Output, Partial, UserError


@pytest.fixture(scope="module")
def painter() -> EmojiFlow:
    return EmojiFlow(tiny_pipeline(), TinyEnlarger(), NAMES, least_energy=1e9)


def painted(painter: EmojiFlow, **values: Any) -> Output:
    params = WorldParams(**{"prompt": "a cat and a dog under the moon", "seed": 3, **values})
    (output,) = painter(params, lambda _: None)  # type: ignore[arg-type]
    return output


def test_a_scene_has_its_things_with_boxes_its_ground_and_what_was_left_out(painter: EmojiFlow) -> None:
    meta = painted(painter, prompt="a red cat and two dogs, Rex, at night").meta
    assert [one["name"] for one in meta["things"]].count("dog") == 2
    assert all(len(one["box"]) == 4 for one in meta["things"])
    assert {one.get("colour") for one in meta["things"]} == {None, "red"}
    assert (meta["ground"], meta["left_out"], meta["action"]) == ("meadow", ["Rex"], "scene")
    assert (meta["width"], meta["height"]) == (768, 512)


def test_the_same_words_and_seed_are_the_same_bytes_and_another_seed_another_picture(
    painter: EmojiFlow,
) -> None:
    first = painted(painter)
    assert painted(EmojiFlow(tiny_pipeline(), TinyEnlarger(), NAMES, least_energy=1e9)).data == first.data
    assert painted(painter, seed=4).data != first.data


def test_its_description_alone_gives_the_same_picture_whatever_the_seed(painter: EmojiFlow) -> None:
    first = painted(painter)
    again = painted(painter, prompt="", scene=first.param_overrides["scene"], seed=99)
    assert again.data == first.data


def test_a_moved_thing_is_not_painted_again_nor_are_the_parts_encoded_again(
    painter: EmojiFlow, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = painted(painter)
    described = json.loads(first.param_overrides["scene"])
    described["things"][-1]["box"][0] = 5
    monkeypatch.setattr(painter._scenes, "_batch", lambda _: pytest.fail("painted again"))
    with monkeypatch.context() as patched:
        patched.setattr("aigc_demo.pictures.layers._webp", lambda _: pytest.fail("encoded again"))
        moved = painted(painter, prompt="", scene=json.dumps(described))
    assert moved.meta["things"][-1]["box"][0] == 5
    assert moved.data != first.data
    other = EmojiFlow(tiny_pipeline(), TinyEnlarger(), NAMES, least_energy=1e9)
    assert painted(other, prompt="", scene=json.dumps(described)).data == moved.data


def test_a_scene_that_is_there_already_comes_without_a_preview(painter: EmojiFlow) -> None:
    first = painted(painter)
    events: list[object] = []
    params = WorldParams(prompt="", scene=first.param_overrides["scene"])
    painter(params, events.append)  # type: ignore[arg-type]
    assert not [event for event in events if isinstance(event, Partial)]


def test_changed_words_leave_the_rest_where_it_was(painter: EmojiFlow) -> None:
    first = painted(painter, prompt="a cat and a dog at night")
    more = painted(
        painter, prompt="a cat and a dog at night, and a red balloon", scene=first.param_overrides["scene"]
    )
    before = {one["name"]: one["box"] for one in first.meta["things"]}
    after = {one["name"]: one["box"] for one in more.meta["things"]}
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"balloon"}
    fewer = painted(painter, prompt="a cat at night", scene=first.param_overrides["scene"])
    assert [one["name"] for one in fewer.meta["things"]] == ["cat"]


def test_boxes_drawn_by_hand_take_what_the_words_name_last_whole_and_undistorted(painter: EmojiFlow) -> None:
    first = painted(painter)
    scene = json.loads(first.param_overrides["scene"])
    before = {one["name"]: one["box"] for one in scene["things"]}
    scene["boxes"] = [[40, 60, 300, 90], [500, 300, 120, 160]]
    words = "a cat and a dog under the moon, a balloon, two cats, Rex"
    made = painted(painter, prompt=words, scene=json.dumps(scene))
    things = made.meta["things"]
    (balloon,) = [one["box"] for one in things if one["name"] == "balloon"]
    left, top, width, height = balloon
    assert left >= 40
    assert left + width <= 340
    assert top + height == pytest.approx(150, abs=1)
    cats = [one["box"] for one in things if one["name"] == "cat" and one["box"] != before["cat"]]
    assert len(cats) == 2
    assert all(box[0] >= 500 and box[0] + box[2] <= 620 for box in cats)
    assert {one["name"]: one["box"] for one in things if one["name"] == "dog"} == {"dog": before["dog"]}
    assert made.meta["left_out"] == ["Rex"]
    assert "boxes" not in json.loads(made.param_overrides["scene"])


@pytest.mark.parametrize(
    ("frame", "size"), [("wide", (768, 512)), ("square", (640, 640)), ("tall", (512, 768))]
)
def test_a_form_makes_a_scene_of_one_thing(painter: EmojiFlow, frame: str, size: tuple[int, int]) -> None:
    meta = painted(painter, prompt="a cat", frame=frame).meta
    assert (meta["width"], meta["height"]) == size
    assert [one["name"] for one in meta["things"]] == ["cat"]


def test_one_thing_is_a_single_picture_as_before(painter: EmojiFlow) -> None:
    output = painted(painter, prompt="a cat")
    assert (output.name, output.meta["action"]) == ("picture.png", "generate")


def test_a_batch_is_scenes_with_seeds_that_count_on(painter: EmojiFlow) -> None:
    params = WorldParams(prompt="a cat and a dog", seed=3, batch=2)
    outputs = painter(params, lambda _: None)  # type: ignore[arg-type]
    assert [one.param_overrides["seed"] for one in outputs] == [3, 4]
    assert len({one.name for one in outputs}) == 2


def test_a_description_of_things_that_nobody_paints_is_refused(painter: EmojiFlow) -> None:
    with pytest.raises(UserError):
        painted(painter, scene='{"things":[{"name":"no such thing"}]}')


def test_a_thing_is_cut_free_with_a_soft_edge_and_without_white() -> None:
    image = Image.new("RGB", (256, 256), "white")
    ImageDraw.Draw(image).ellipse((60, 60, 200, 200), fill=(200, 40, 40))
    cut = np.asarray(cut_out(image.resize((128, 128), Image.Resampling.BOX).resize((256, 256))))
    seen = cut[cut[..., 3] > 40]
    assert cut[0, 0, 3] == 0
    assert cut[len(cut) // 2, len(cut) // 2, 3] == 255
    assert seen[:, 1].max() < 90  # no fringe of the ground's white
    assert ((cut[..., 3] > 20) & (cut[..., 3] < 235)).any()


def test_a_wheel_is_seen_through_and_a_white_belly_is_not() -> None:
    image = Image.new("RGB", (256, 256), "white")
    ImageDraw.Draw(image).ellipse((40, 40, 216, 216), outline=(30, 30, 30), width=18)
    assert np.asarray(cut_out(image, "holes"))[88, 88, 3] == 0
    assert np.asarray(cut_out(image))[88, 88, 3] == 255


@pytest.mark.parametrize("colour", sorted(TARGETS))
def test_a_thing_takes_a_colour_and_keeps_its_other_ones(colour: str) -> None:
    sprite = Image.new("RGBA", (60, 60), (210, 50, 50, 255))
    ImageDraw.Draw(sprite).rectangle((0, 0, 20, 20), fill=(40, 90, 220, 255))
    pixels = np.asarray(recoloured(sprite, colour))
    assert np.abs(pixels[50, 50, :3].astype(int) - TARGETS[colour]).max() < 40
    assert tuple(pixels[5, 5, :3]) == (40, 90, 220)


def test_two_of_a_kind_differ() -> None:
    sprite = Image.new("RGBA", (8, 8), (200, 150, 100, 255))
    assert len({varied(sprite, number).tobytes() for number in range(4)}) == 4


@pytest.mark.parametrize("name", sorted(GROUNDS))
def test_every_ground_is_drawn_at_every_time_and_in_every_weather(name: str) -> None:
    pictures = [
        ground(name, time, weather, (96, 64), 2) for time in sorted(TIMES) for weather in sorted(WEATHERS)
    ]
    assert all(one.size == (96, 64) for one in pictures)
    day, night = (np.asarray(ground(name, time, "", (96, 64), 2), float).mean() for time in ("day", "night"))
    assert night <= day
    assert ground(name, "day", "", (96, 64), 2).tobytes() == ground(name, "day", "", (96, 64), 2).tobytes()


@pytest.mark.parametrize("name", ["balloon", "table"])
def test_drawn_things_stand_on_white(name: str) -> None:
    buffer = io.BytesIO()
    drawn(name).save(buffer, "PNG")
    assert drawn(name).getpixel((0, 0)) == (255, 255, 255)
    assert drawn(name).getbbox() is not None
