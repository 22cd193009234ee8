"""The music tab's example: what ships is whole, and the script keeps what a page needs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from aigc_demo.settings import ASSETS
from aigc_demo.tasks.music import TASK
from aigc_demo.tasks.music.score import from_json
from aigc_demo.tasks.music.sound import RATE, Sound
from aigc_demo.training import music_showcase
from aigc_demo.types import Language


def test_the_script_keeps_the_small_sound_first_and_no_pages(tmp_path: Path) -> None:
    result, kept = tmp_path / "made", tmp_path / "kept"
    result.mkdir()
    kept.mkdir()
    wave = np.sin(np.arange(RATE) / 20)[:, None].repeat(2, axis=1) * 20_000
    (result / "tune.wav").write_bytes(Sound(wave.astype(np.int16)).wav())
    for name in ("tune.ogg", "tune.mid", "score.svg", "page-1.svg"):
        (result / name).write_bytes(name.encode())
    (result / "score.json").write_text("{}", "utf-8")
    first, *rest = music_showcase.outputs(result, kept, "assets/kept")
    assert (first["name"], first["kind"], first["meta"]["seconds"]) == ("tune.ogg", "audio", 1.0)
    assert len(first["meta"]["peaks"]) == 400
    assert first["url"] == "assets/kept/tune.ogg"
    assert {output["name"] for output in rest} == {"tune.mid", "score.svg", "score.json"}
    assert {path.name for path in kept.iterdir()} == {"tune.ogg", "tune.mid", "score.svg"}


@pytest.mark.parametrize("language", music_showcase.REQUESTS)
def test_the_example_that_ships_is_what_the_form_begins_with_and_has_its_files_and_a_score(
    language: Language,
) -> None:
    """What is shown first is what the button makes of what stands in the form, but for the chance."""
    item = json.loads((ASSETS / "examples" / "music" / f"showcase.{language}.json").read_text("utf-8"))
    first = next(example for example in TASK.examples if example.language == language)
    assert dict(first.values) == music_showcase.REQUESTS[language]
    assert item["params"].items() >= first.values.items()
    for output in item["outputs"]:
        assert "text" in output or (ASSETS.parent / output["url"]).stat().st_size > 0
    score = from_json(json.loads(next(o["text"] for o in item["outputs"] if o["name"] == "score.json")))
    assert score.bars == item["params"]["bars"]
