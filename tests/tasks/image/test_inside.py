"""Looking inside a picture: what came to mind, the sketch beneath, every step, what is near, and a walk."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image

from aigc_demo.explain import told, words
from aigc_demo.tasks.image import inside
from aigc_demo.tasks.image.debug import NAMES, TinyEnlarger, tiny_pipeline
from aigc_demo.tasks.image.emoji import EmojiFlow
from aigc_demo.tasks.image.params import WorldParams
from aigc_demo.types import CancelledByVisitor, Progress, StoredItem, StoredOutput, UserError

ITEM = StoredItem(())


@pytest.fixture(scope="module")
def painter() -> EmojiFlow:
    return EmojiFlow(tiny_pipeline(), TinyEnlarger(), NAMES, least_energy=0.0)


def look(painter: EmojiFlow, **values: Any) -> dict[str, dict[str, Any]]:
    params = WorldParams(**{"prompt": "cat", "seed": 3, "num_inference_steps": 6, **values})
    plain = inside.explain(painter, params, ITEM, lambda event: None).plain()
    for language in ("en", "zh"):
        assert len(words.told(plain, language)) == len(plain["sections"])
    return {section["kind"]: section for section in plain["sections"]}


def picture(address: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))


def test_the_thing_that_was_painted_is_among_those_that_came_to_mind(painter: EmojiFlow) -> None:
    seen = look(painter)["concepts"]["data"]
    assert sum(one["share"] for one in seen["things"]) == pytest.approx(1, abs=1e-3)
    (painted,) = [one for one in seen["things"] if one.get("painted")]
    params = WorldParams(prompt="cat", seed=3, num_inference_steps=6)
    (output,) = painter(params, lambda event: None)
    assert output.meta["request"]["kept"][0]["names"] == painted["names"]


def test_the_film_has_every_way_and_ends_at_the_finished_picture(painter: EmojiFlow) -> None:
    film = look(painter)["film"]["data"]
    assert [row["key"].rpartition(".")[2] for row in film["rows"]] == ["latents", "expected", "free"]
    assert [len(row["frames"]) for row in film["rows"]] == [6, 6, 6]
    assert film["noise"][-1] == 0
    assert [row["far"][-1] for row in film["rows"][:2]] == [0, 0]
    assert film["rows"][2]["far"][-1] > 0
    assert picture(film["rows"][0]["frames"][0]).size == (64, 64)


def test_the_fast_way_has_no_guidance_to_leave_out_and_says_so(painter: EmojiFlow) -> None:
    film = look(painter, num_inference_steps=4)["film"]
    assert [row["key"].rpartition(".")[2] for row in film["data"]["rows"]] == ["latents", "expected"]
    assert [remark["key"] for remark in film["remarks"]] == ["inside.film.fast"]


def test_a_walk_begins_at_the_picture_and_goes_to_the_next_seed(painter: EmojiFlow) -> None:
    walk = look(painter)["walk"]["data"]
    assert [frame["share"] for frame in walk["frames"]] == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert (walk["seed"], walk["seed2"]) == (3, 4)
    assert walk["frames"][0]["far"] == 0
    assert walk["frames"][-1]["far"] > 0


def test_a_picture_that_was_given_is_shown_to_its_owner_alone(painter: EmojiFlow, tmp_path: Any) -> None:
    Image.new("RGB", (80, 80), (200, 30, 30)).save(tmp_path / "red.png")
    params = WorldParams(prompt="cat", image=str(tmp_path / "red.png"), seed=3, num_inference_steps=6)
    plain = inside.explain(painter, params, ITEM, lambda event: None).plain()
    (sketch,) = [one for one in plain["sections"] if one["kind"] == "sketch"]
    red = picture(sketch["data"]["given"][0]["src"]).convert("RGB").getpixel((32, 32))
    assert isinstance(red, tuple) and red[0] > 150 > red[1]
    assert "given" not in next(one for one in told(plain)["sections"] if one["kind"] == "sketch")["data"]


@pytest.mark.parametrize(
    "values",
    [{"action": "interpolate", "prompt2": "dog"}, {"action": "grid", "x_axis": "seed", "x_values": "1,2"}],
)
def test_what_is_no_single_picture_says_so(painter: EmojiFlow, values: dict[str, Any]) -> None:
    with pytest.raises(UserError) as refused:
        look(painter, **values)
    assert refused.value.problem.code == "not_one_picture"


def test_a_scene_of_several_things_says_so_too(painter: EmojiFlow) -> None:
    output = StoredOutput("image", "scene.png", "image/png", 1, meta={"action": "scene"})
    params = WorldParams(prompt="a cat and a dog", seed=3)
    with pytest.raises(UserError) as refused:
        inside.explain(painter, params, StoredItem((output,)), lambda event: None)
    assert refused.value.problem.code == "not_one_picture"


def test_a_look_can_be_stopped_at_any_step(painter: EmojiFlow) -> None:
    seen: list[Progress] = []

    def stop(event: Any) -> None:
        seen.append(event)
        if len(seen) == 3:
            raise CancelledByVisitor

    params = WorldParams(prompt="cat", seed=3, num_inference_steps=6)
    with pytest.raises(CancelledByVisitor):
        inside.explain(painter, params, ITEM, stop)
    assert [event.done for event in seen] == [0, 1, 2]
