"""Several drafts of a text: in one batch, judged by rules, stopped where they only repeat themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from aigc_demo.decoding.loops import looped
from aigc_demo.decoding.sampling import Sampler, Sampling
from aigc_demo.settings import Settings
from aigc_demo.tasks.text import scoring
from aigc_demo.tasks.text.causal import from_folder
from aigc_demo.tasks.text.outlines import exercises
from aigc_demo.tasks.text.params import ChatParams, DraftedParams
from aigc_demo.tasks.text.pipeline import TextPipeline
from aigc_demo.tasks.text.reading import account
from aigc_demo.types import CancelledByVisitor, LoadContext, Output, Partial, Placement
from tests.declared import CATALOG
from tests.engine import tiny_llama
from tests.engine.conftest import spec

SMOLLM2 = CATALOG.model("smollm2-135m")


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> TextPipeline:
    folder = tiny_llama.save(tmp_path_factory.mktemp("tiny"), layers=2)
    place: Any = Placement()
    return from_folder(LoadContext(spec(), folder, folder, place, lambda *_: None, settings=Settings()))


def write(pipeline: TextPipeline, emit: Any = lambda event: None, **values: Any) -> Output:
    usual = {"prompt": "Hello", "max_new_tokens": 12, "seed": 7, "temperature": 1.0}
    (output,) = pipeline(DraftedParams(**{**usual, **values}), emit)
    return output


def test_three_drafts_are_written_unless_somebody_says_otherwise(pipeline: TextPipeline) -> None:
    output = write(pipeline)
    told = output.meta["drafts"]
    assert [one["seed"] for one in told] == [7, 8, 9]
    assert output.text == told[output.meta["draft"] - 1]["text"]


def test_the_draft_with_the_highest_score_is_shown(pipeline: TextPipeline) -> None:
    meta = write(pipeline, drafts=8).meta
    scores = [one["score"] for one in meta["drafts"]]
    assert scores[meta["draft"] - 1] == max(scores)
    assert meta["draft_seed"] == 7 + meta["draft"] - 1


def test_each_draft_is_what_its_seed_writes_alone(pipeline: TextPipeline) -> None:
    for one in write(pipeline, drafts=4).meta["drafts"]:
        alone = write(pipeline, drafts=1, seed=one["seed"])
        assert alone.text == one["text"]
        assert "drafts" not in alone.meta


def test_the_same_seed_makes_the_same_choice(pipeline: TextPipeline) -> None:
    one, two = (write(pipeline, drafts=3) for _ in range(2))
    assert (one.text, one.meta["drafts"]) == (two.text, two.meta["drafts"])


def test_without_chance_there_is_one_draft(pipeline: TextPipeline) -> None:
    assert "drafts" not in write(pipeline, temperature=0.0).meta


def test_what_streams_is_the_first_draft(pipeline: TextPipeline) -> None:
    events: list[Any] = []
    output = write(pipeline, events.append, drafts=3)
    streamed = [event.output.text for event in events if isinstance(event, Partial)]
    assert streamed[-1] == output.meta["drafts"][0]["text"]


def test_who_cancels_takes_all_drafts_out_of_the_batch(pipeline: TextPipeline) -> None:
    def cancel(event: Any) -> None:
        if isinstance(event, Partial):
            raise CancelledByVisitor

    with pytest.raises(CancelledByVisitor):
        write(pipeline, cancel, drafts=3, max_new_tokens=200)
    assert write(pipeline, drafts=3).text  # whoever comes next finds room


def test_the_seed_of_the_last_draft_stays_within_seeds(pipeline: TextPipeline) -> None:
    assert [one["seed"] for one in write(pipeline, seed=2**32 - 1, drafts=2).meta["drafts"]] == [2**32 - 1, 0]


def test_every_draft_keeps_the_outline_to_its_end_and_no_longer(pipeline: TextPipeline) -> None:
    output = write(pipeline, outline="list", drafts=2, max_new_tokens=1)
    for one in output.meta["drafts"]:
        assert [line[:3] for line in one["text"].split("\n")] == ["1. ", "2. ", "3. ", "4. ", "5. "]
        assert one["finish_reason"] == "stop"
    begun = write(pipeline, outline="list", drafts=1, prefix="1. A cat\n2. ")
    assert (begun.text or "").startswith("1. A cat\n2. ")
    assert (begun.text or "").count("\n") == 4


def test_a_quiz_names_its_right_answers_whatever_order_they_are_shown_in() -> None:
    text = "Question 1: Where?\nRight answer: Here.\nWrong answer: There\nWrong answer: Nowhere\n\n"
    (one,) = exercises("quiz", text, 1)
    assert (one["question"], one["answer"]) == ("Where?", "Here")
    assert sorted(one["options"]) == ["Here", "Nowhere", "There"]
    assert exercises("free", text, 1) == []


# -- the judge --------------------------------------------------------------------------------------


def near(texts: Sequence[str]) -> Any:
    """Vectors of which those that mention a cat are alike."""
    return np.array([[1, 0] if "cat" in text else [0, 1] for text in texts], np.float32)


def chosen(request: str, *texts: str, stopped: bool = True, encoder: Any = None) -> int:
    return scoring.best(request, [scoring.Draft(text, stopped) for text in texts], encoder)[0]


@pytest.mark.parametrize(
    ("request_", "better", "worse"),
    [
        ("Tell me of a cat", "A cat slept in the sun.", "A dog slept in the sun."),
        ("Write a cat slogan", "The cat is king.", "The cat is king. The cat is king. The cat is king."),
        ("Write about a cat", "The cat went home.", "The cat went home and then the"),
        ("A cat in 3 sentences", "A cat came. It sat. It left.", "A cat came."),
        ("Describe a cat", "A cat is soft.", "cat 猫很软，很可爱，也很安静。"),
        ("A cat", "A cat.", " "),
    ],
)
def test_a_draft_is_better_for_one_reason_each(request_: str, better: str, worse: str) -> None:
    assert chosen(request_, worse, better, encoder=near) == 1
    assert chosen(request_, better, worse, encoder=near) == 0


def test_of_equals_the_first_is_shown_and_signs_alone_are_judged_without_vectors() -> None:
    def blank(texts: Sequence[str]) -> Any:
        raise ValueError("nothing is said")

    assert chosen("?", "!!", "!!", encoder=blank) == 0


def test_a_draft_that_the_model_did_not_end_counts_less() -> None:
    drafts = [scoring.Draft("A cat sat.", False), scoring.Draft("A cat sat.", True)]
    assert scoring.best("A cat", drafts, None)[0] == 1


# -- loops ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tokens", "again"),
    [
        ([*range(10), *[1, 2, 3, 4, 5, 6, 7] * 3], 14),
        ([5] * 18, 17),
        ([5] * 17, 0),
        ([1, 2, 3, 4, 5, 6, 7] * 2, 0),
        ([*[1, 2, 3, 4, 5, 6, 7] * 3, 8], 0),
        ([], 0),
    ],
)
def test_a_loop_is_the_same_three_times_over_and_long_enough(tokens: list[int], again: int) -> None:
    assert looped(tokens) == again


def test_a_loop_is_stopped_where_it_begins_and_said_so(pipeline: TextPipeline) -> None:
    chat = pipeline.chat
    ids = chat.tokens("a b c d e f g ")

    class Loop:
        def run(self, prompt: list[int], sampler: Any, limit: int, stop: Any) -> Any:
            yield from (ids[at % len(ids)] for at in range(limit))

    parrot = TextPipeline(chat, Loop(), frozenset(), 400, "float32")
    params = DraftedParams(prompt="Say", drafts=1, max_new_tokens=200, seed=1)
    (output,) = parrot(params, lambda event: None)
    assert output.meta["finish_reason"] == "loop"
    assert output.meta["tokens"] < 60
    assert (output.text or "").strip() == "a b c d e f g"
    read = account(params, [output], SMOLLM2)
    assert [remark.key for remark in read.remarks] == ["text.request.looped"]


def test_a_text_that_gets_long_ends_with_its_sentence(pipeline: TextPipeline) -> None:
    chat = pipeline.chat
    said = chat.tokens("One cat. Two 1.5 cats. Three ca")

    class Script:
        def run(self, prompt: list[int], sampler: Any, limit: int, stop: Any) -> Any:
            yield from said[:limit]

    writer = TextPipeline(chat, Script(), frozenset(), 400, "float32")
    params = DraftedParams(prompt="Say", drafts=1, max_new_tokens=26, seed=1)
    (output,) = writer(params, lambda event: None)
    assert (output.text, output.meta["finish_reason"]) == ("One cat. Two 1.5 cats.", "length")


def test_four_tokens_that_stood_there_are_less_likely_to_stand_there_again() -> None:
    sampler = Sampler(Sampling(temperature=0.0, ngram_penalty=2.0), [])
    for token in (1, 2, 3, 4, 1, 2, 3):
        sampler.note(token)
    logits = np.array([0, 0, 0, 0, 1.5, 0], np.float32)
    assert sampler(logits) == 0  # 4 would be the likeliest
    assert Sampler(Sampling(temperature=0.0), [])(logits) == 4


def test_an_answer_of_one_draft_is_all_that_models_without_drafts_give() -> None:
    chats = [
        one
        for one in CATALOG.task("text").models
        if issubclass(one.params, ChatParams) and one.id != SMOLLM2.id
    ]
    assert "drafts" in SMOLLM2.params.model_fields
    assert not any("drafts" in one.params.model_fields for one in chats)


def test_what_was_kept_before_there_were_drafts_is_one() -> None:
    assert DraftedParams.restored({"prompt": "a cat"}).drafts == 1
    assert DraftedParams.restored({"prompt": "a cat", "drafts": 5}).drafts == 5
