"""Chinese into English by a Marian model in its usual folder, and how an owner lists one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aigc_demo.settings import Settings
from aigc_demo.tasks.text.params import TranslateParams
from aigc_demo.tasks.text.translate import Translator, load
from aigc_demo.tasks.text.user_models import user_models
from aigc_demo.types import CancelledByVisitor, Hub, LoadContext, Partial, Placement, Progress, UserError
from tests.engine.conftest import spec
from tests.tasks.text import tiny_marian


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_marian.save(tmp_path_factory.mktemp("marian"))


@pytest.fixture(scope="module")
def translator(folder: Path) -> Translator:
    return load(
        LoadContext(spec(), folder, folder, Placement(), lambda done, total: None, settings=Settings())
    )


def translated(translator: Translator, text: str, **values: Any) -> tuple[str, list[Any]]:
    events: list[Any] = []
    params = TranslateParams(prompt=text, **{"max_new_tokens": 12, **values})
    return translator(params, events.append)[0].text or "", events


def test_sentences_come_one_by_one_and_the_same_every_time(translator: Translator) -> None:
    text, events = translated(translator, "一只蓝色的猫坐在屋顶上。红色的苹果。")
    assert text and text == translated(translator, "一只蓝色的猫坐在屋顶上。红色的苹果。", seed=5)[0]
    first = translated(translator, "一只蓝色的猫坐在屋顶上。")[0]
    shown = [event.output.text for event in events if isinstance(event, Partial)]
    assert shown == [first, text]
    assert events[0] == Progress(0, 2) and Progress(2, 2) in events


def test_what_came_tells_its_lane_and_its_tokens(translator: Translator) -> None:
    meta = translator(TranslateParams(prompt="猫。", max_new_tokens=4), lambda event: None)[0].meta
    assert meta["lane"] == "alone" and meta["number_format"] == "float32" and meta["prompt_tokens"] > 1


def test_a_sentence_beyond_what_the_model_reads_is_refused(translator: Translator) -> None:
    with pytest.raises(UserError) as caught:
        translated(translator, "猫" * 100)
    assert caught.value.problem.code == "prompt_too_long"


def test_a_translation_can_be_stopped_at_any_word(translator: Translator) -> None:
    heard = 0

    def emit(event: object) -> None:
        nonlocal heard
        heard += 1
        if heard == 3:
            raise CancelledByVisitor

    with pytest.raises(CancelledByVisitor):
        translator(TranslateParams(prompt="一只蓝色的猫坐在屋顶上。", max_new_tokens=12), emit)
    assert heard == 3


def test_an_owner_lists_a_folder_or_a_revision_of_the_hub(folder: Path) -> None:
    listed = f"{folder}, Helsinki-NLP/opus-mt-zh-en@abc=0.5, Helsinki-NLP/else"
    local, far = user_models(Settings(text_models=listed))
    assert local.translates and local.options == {"folder": str(folder)} and not local.sources
    assert far.translates and far.memory_gb == 0.5
    assert far.sources == (Hub("Helsinki-NLP/opus-mt-zh-en", "abc", ("*.safetensors", "*.json", "*.spm")),)
    translator = load(
        LoadContext(
            local, Path("/nowhere"), folder, Placement(), lambda done, total: None, settings=Settings()
        )
    )
    assert translated(translator, "红色的苹果。")[0]
