"""Events between the thread that computes and the one that listens."""

import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_demo.engine.channel import Channel
from aigc_demo.types import Cancelled, CancelledByVisitor, Finished, Loading, Output, Partial, Progress


def said(text: str) -> Partial:
    return Partial(Output("text", "text.txt", "text/plain", text=text))


def test_the_first_partial_comes_at_once_and_the_last_one_always_arrives() -> None:
    channel = Channel(rate=0.001)  # one event a kind in a thousand seconds
    for text in ("a", "ab", "abc"):
        channel.push(said(text))
    assert next(channel) == said("abc")
    channel.push(said("abcd"))
    channel.push(said("abcde"))
    channel.push(Finished(()))
    assert list(channel) == [said("abcde"), Finished(())]


def test_partials_are_thinned_out_to_the_rate() -> None:
    channel = Channel(rate=20)

    def produce() -> None:
        for n in range(200):
            channel.push(said(str(n)))
            time.sleep(0.002)
        channel.push(Finished(()))

    began = time.monotonic()
    threading.Thread(target=produce).start()
    events = list(channel)
    assert len(events) <= (time.monotonic() - began) * 20 + 4
    assert events[-2:] == [said("199"), Finished(())]


def test_nothing_follows_the_final_event() -> None:
    channel = Channel()
    channel.push(Finished(()))
    channel.push(Progress(1, 2))
    channel.push(Cancelled())
    assert list(channel) == [Finished(())]
    with pytest.raises(StopIteration):
        next(channel)


def test_a_closed_channel_stops_the_pipeline_at_its_next_word_and_ends_when_it_really_stopped() -> None:
    channel = Channel()
    channel.close()
    with pytest.raises(CancelledByVisitor):
        channel.emit(Progress(1, 2))
    reader = threading.Thread(target=list, args=(channel,), daemon=True)
    reader.start()
    reader.join(0.2)
    assert reader.is_alive(), "the stream must not end before the body has"
    channel.push(Cancelled())
    reader.join(5)
    assert not reader.is_alive()


def test_an_unchanged_progress_is_not_repeated() -> None:
    channel = Channel(rate=1e9)
    channel.push(Loading("m", 0, None))
    assert next(channel) == Loading("m", 0, None)
    channel.push(Loading("m", 0, None))
    channel.push(Finished(()))
    assert list(channel) == [Finished(())]


@settings(deadline=None)
@given(st.lists(st.sampled_from(["loading", "progress", "partial"]), max_size=30))
def test_whatever_is_pushed_the_newest_of_each_kind_arrives_before_the_end(kinds: list[str]) -> None:
    """Only word of loading may be missing: where work followed it unread."""
    channel = Channel(rate=0.001)
    newest: dict[type, object] = {}
    for n, kind in enumerate(kinds):
        event = {"loading": Loading("m", n), "progress": Progress(n, 99), "partial": said(str(n))}[kind]
        channel.push(event)
        newest[type(event)] = event
        if kind != "loading":
            newest.pop(Loading, None)
    channel.push(Finished(()))
    events = list(channel)
    assert events[-1] == Finished(())
    assert {type(event): event for event in events[:-1]} == newest


def test_word_of_loading_never_comes_after_work_has_begun() -> None:
    channel = Channel(rate=1.0)
    channel.push(Loading("m", 1, 3))
    assert next(channel) == Loading("m", 1, 3)
    channel.push(Loading("m", 2, 3))  # waits: the first has just gone out
    channel.push(Progress(0, 5))
    channel.push(Finished(()))
    assert list(channel) == [Progress(0, 5), Finished(())]
