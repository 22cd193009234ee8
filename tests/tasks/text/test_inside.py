"""Looking inside an answer: its tokens are found whatever pieces they came in, of any model that writes."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from aigc_demo.learning.texts import model
from aigc_demo.learning.texts.model import TextConfig
from aigc_demo.learning.weights import seeded
from aigc_demo.settings import Settings
from aigc_demo.tasks.poems import inside as inside_poem
from aigc_demo.tasks.poems import tuned_model
from aigc_demo.tasks.poems.params import TunedParams
from aigc_demo.tasks.poems.tuned import TunedPoet
from aigc_demo.tasks.text import inside
from aigc_demo.tasks.text.causal import from_folder
from aigc_demo.tasks.text.params import ChatParams, OwnParams
from aigc_demo.tasks.text.pipeline import TextPipeline
from aigc_demo.tasks.text.trained import TrainedWriter
from aigc_demo.types import LoadContext, Output, Placement, StoredItem, StoredOutput, UserError
from tests.engine import tiny_llama
from tests.engine.conftest import spec


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> TextPipeline:
    folder = tiny_llama.save(tmp_path_factory.mktemp("tiny"), layers=2)
    context = LoadContext(spec(), folder, folder, Placement(), lambda done, total: None, settings=Settings())
    return from_folder(context)


@pytest.fixture(scope="module")
def writer() -> TrainedWriter:
    config = TextConfig.model_validate(
        {
            "method": "gpt", "data": "mine", "music": False, "tokens": ("\n", *"abcdefg"), "width": 16,
            "depth": 2, "heads": 2, "inner": 32, "context": 64,
        }
    )  # fmt: skip
    net = model.network(config)
    seeded(net, torch.Generator().manual_seed(1))
    return TrainedWriter(net.eval(), config)


def stored(output: Output, text: str | None = None) -> StoredItem:
    kept = output.text if text is None else text
    return StoredItem((StoredOutput("text", output.name, output.media_type, 1, kept, output.meta),))


def steps(section: Any) -> list[dict[str, Any]]:
    return [step for one in section.data["tokens"] for step in one["steps"]]


@pytest.mark.parametrize("seed", range(4))
def test_tokens_of_random_bytes_are_found_by_writing_them_again(pipeline: TextPipeline, seed: int) -> None:
    params = ChatParams(prompt="Hello", max_new_tokens=30, seed=seed, temperature=1.0)
    (output,) = pipeline(params, lambda event: None)
    (section,) = inside.explain(pipeline, params, stored(output), lambda event: None).sections
    assert len(steps(section)) == output.meta["tokens"]
    assert all(step["drawn"] for step in steps(section))
    assert [remark.key for remark in section.remarks] == ["inside.no_attention"]


def test_a_text_that_the_seed_does_not_give_is_told_as_it_stands(pipeline: TextPipeline) -> None:
    params = ChatParams(prompt="Hello", max_new_tokens=8, seed=1, temperature=1.0)
    (output,) = pipeline(params, lambda event: None)
    (section,) = inside.explain(
        pipeline, params, stored(output, "quite another text"), lambda event: None
    ).sections
    assert "".join(one["text"] for one in section.data["tokens"]).startswith("quite another text")
    assert section.remarks[0].key == "inside.not_retraced"


def test_an_answer_without_a_word_has_no_inside(pipeline: TextPipeline) -> None:
    empty = StoredItem((StoredOutput("text", "text.txt", "text/plain", 0, "", {}),))
    with pytest.raises(UserError) as refused:
        inside.explain(pipeline, ChatParams(prompt="Hello"), empty, lambda event: None)
    assert refused.value.problem.code == "nothing_inside"


def test_a_model_that_a_visitor_trained_is_looked_into_character_by_character(writer: TrainedWriter) -> None:
    params = OwnParams(prompt="abc", max_new_tokens=20, seed=5, temperature=1.0)
    (output,) = writer(params, lambda event: None)
    (section,) = inside.explain_trained(writer, params, stored(output), lambda event: None).sections
    said = "".join(one["text"] for one in section.data["tokens"])
    assert said.rstrip("\n") == (output.text or "").removeprefix("abc")
    assert all(step["drawn"] for step in steps(section))


def test_a_look_stays_within_what_is_shown(pipeline: TextPipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aigc_demo.explain.tokens.MOST", 5)
    params = ChatParams(prompt="Hello", max_new_tokens=12, seed=1, temperature=1.0)
    (output,) = pipeline(params, lambda event: None)
    (section,) = inside.explain(pipeline, params, stored(output), lambda event: None).sections
    assert len(steps(section)) == 5
    assert section.data["more"] > 0


def test_a_poem_of_a_tuned_poet_is_looked_into_at_its_strength() -> None:
    told = tuned_model.config("lora")
    net = tuned_model.base()
    rng = torch.Generator().manual_seed(1)
    for weights in tuned_model.with_low_rank(net, told, rng):
        weights.data = torch.randn(weights.shape, generator=rng) * 0.02
    change = {name: value for name, value in net.state_dict().items() if ".lora_" in name}
    poet = TunedPoet(change, told)
    params = TunedParams(prompt="秋夜", seed=3, strength=0.5)
    (output,) = poet(params, lambda event: None)
    (section,) = inside_poem.explain_tuned(poet, params, stored(output), lambda event: None).sections
    assert all(step["drawn"] for step in steps(section))
    other = params.model_copy(update={"strength": 1.0})
    with pytest.raises(UserError) as refused:
        inside_poem.explain_tuned(poet, other, stored(output), lambda event: None)
    assert refused.value.problem.code == "not_retraced"
