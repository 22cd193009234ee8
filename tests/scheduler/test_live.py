"""Watchers see the last known state and then what is new; slow ones skip what was overtaken."""

from __future__ import annotations

import asyncio
import threading

from aigc_demo.scheduler.live import Live
from aigc_demo.types import Cancelled, Event, Finished, Loading, Output, Partial, Progress, Queued


def text(value: str) -> Partial:
    return Partial(Output("text", "text.txt", "text/plain", text=value))


async def collect(live: Live) -> list[Event]:
    return [event async for event in live.follow()]


def test_a_late_watcher_gets_the_newest_of_each_kind_and_the_end() -> None:
    live = Live()
    for event in (Queued(0), Loading("m"), Progress(1, 9), text("a"), Progress(2, 9), text("ab")):
        live.publish(event)
    live.close(Finished(()))
    assert asyncio.run(collect(live)) == [Progress(2, 9), text("ab"), Finished(())]


def test_many_watchers_get_events_from_another_thread() -> None:
    live = Live()

    def decoding_mode() -> None:
        for number in range(200):
            live.publish(Progress(number, 200))
        live.close(Cancelled())

    async def main() -> list[list[Event]]:
        watchers = [asyncio.create_task(collect(live)) for _ in range(20)]
        await asyncio.sleep(0)
        thread = threading.Thread(target=decoding_mode)
        thread.start()
        seen = await asyncio.wait_for(asyncio.gather(*watchers), 10)
        thread.join()
        return seen

    for events in asyncio.run(main()):
        assert events[-1] == Cancelled()
        done = [event.done for event in events if isinstance(event, Progress)]
        assert done == sorted(set(done))
        assert done[-1] == 199


def test_a_reader_who_sleeps_holds_up_nobody_and_keeps_nothing_piled_up() -> None:
    live = Live()

    async def main() -> list[Event]:
        follow = live.follow()
        live.publish(Progress(0, 1000))
        seen = [await anext(follow)]
        for number in range(1, 1000):
            live.publish(Progress(number, 1000))
        live.close(Finished(()))
        return seen + [event async for event in follow]

    assert asyncio.run(main()) == [Progress(0, 1000), Progress(999, 1000), Finished(())]


def test_nothing_is_published_after_the_end() -> None:
    live = Live()
    live.close(Cancelled())
    live.publish(Progress(1, 2))
    live.close(Finished(()))
    assert asyncio.run(collect(live)) == [Cancelled()]


def test_a_job_that_starts_anew_forgets_what_it_showed() -> None:
    live = Live()
    live.publish(text("half"))
    live.reset(Queued(0, 0.0))
    assert live.last_partial() == ()
    assert live.newest() == Queued(0, 0.0)
