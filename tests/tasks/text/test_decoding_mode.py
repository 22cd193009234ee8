"""The run card tells in which lane a text was written, from what happened."""

from __future__ import annotations

import threading
from typing import Any, get_args

import pytest

from aigc_demo import decoding, i18n
from aigc_demo.decoding import format_selection
from aigc_demo.decoding.decoding_mode import CoBatch, DecodingMode, decoding_mode_of
from aigc_demo.decoding.transformers_decoder import TransformersDecoder
from aigc_demo.tasks.poems import debug
from aigc_demo.tasks.poems.params import PoemParams
from aigc_demo.types import Partial


class Sharing:
    """A network that computes for all at once, as the quantised ones do."""

    batches = True


def test_a_lane_is_what_the_decoder_says_of_itself() -> None:
    model = debug.network(40)
    batch = decoding.ContinuousBatcher(format_selection.choose(model, ()).network)
    assert decoding_mode_of(batch) == ("shared" if batch.network.batches else "turns")
    assert decoding_mode_of(decoding.ContinuousBatcher(Sharing())) == "shared"  # type: ignore[arg-type]
    assert decoding_mode_of(TransformersDecoder(model)) == "alone"
    assert decoding_mode_of(TransformersDecoder(model), "cuda") == "gpu"


@pytest.mark.parametrize("decoding_mode", get_args(DecodingMode))
def test_every_lane_has_its_promise_in_both_languages(decoding_mode: str) -> None:
    assert i18n.t(f"ui.meta.lane.{decoding_mode}", "en") != i18n.t(f"ui.meta.lane.{decoding_mode}", "zh")


def test_company_is_the_most_others_at_any_one_time() -> None:
    co_batched = CoBatch()
    with co_batched() as first:
        with co_batched() as second, co_batched():
            pass
        with co_batched() as late:
            pass
    with co_batched() as last:
        pass
    assert [run.co_batched for run in (first, second, late, last)] == [2, 2, 1, 0]


def test_a_poem_tells_its_lane_its_number_format_and_who_wrote_meanwhile() -> None:
    poet = debug.pipeline()
    params = PoemParams(title="秋夜", seed=2)
    alone = poet(params, lambda event: None)[0].meta
    assert (alone["lane"], alone["company"]) == (decoding_mode_of(poet.decoder), 0)
    assert (
        isinstance(poet.decoder, decoding.ContinuousBatcher)
        and alone["number_format"] == poet.decoder.network.form
    )

    begun, done, meta = threading.Event(), threading.Event(), {}

    def wait(event: Any) -> None:
        if isinstance(event, Partial):
            begun.set()
            assert done.wait(60)

    def write() -> None:
        meta.update(poet(params, wait)[0].meta)

    other = threading.Thread(target=write)
    other.start()
    assert begun.wait(60)
    beside = poet(PoemParams(title="春雨", seed=3), lambda event: None)[0].meta
    done.set()
    other.join()
    assert (beside["company"], meta["company"]) == (1, 1)
