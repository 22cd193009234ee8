"""Watchers see the last known state and then what is new; slow ones skip what was overtaken."""

from __future__ import annotations

import asyncio
import threading

from aigc_demo.scheduler.live import MOST_POINTS, Live
from aigc_demo.types import (
    Cancelled,
    CurvePoint,
    Event,
    Finished,
    Loading,
    Output,
    Partial,
    Paused,
    Progress,
    Queued,
    Training,
)


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


def curve(step: int, *, first: int | None = None, samples: str | None = None) -> Training:
    points = tuple(CurvePoint(n, {"loss": float(n)}) for n in range(first or step, step + 1))
    shown = None if samples is None else Output("image", "s.png", "image/png", data=samples.encode())
    return Training(step, 100, 1.0, 0.1, {"loss": float(step)}, points=points, samples=shown)


def steps(event: Event) -> list[int]:
    assert isinstance(event, Training)
    return [point.step for point in event.points]


def test_a_late_watcher_of_a_training_gets_its_whole_curve_and_newest_samples_and_others_what_is_new() -> (
    None
):
    live = Live()

    async def main() -> None:
        early = live.follow()
        live.publish(curve(1, samples="a"))
        first = await anext(early)
        live.publish(curve(2))
        live.publish(curve(3))
        second = await anext(early)
        assert (steps(first), steps(second)) == ([1], [2, 3])
        assert isinstance(second, Training) and second.samples is None, "they know these already"
        late = await anext(live.follow())
        assert steps(late) == [1, 2, 3]
        assert isinstance(late, Training) and late.samples is not None and late.samples.data == b"a"

    asyncio.run(main())


def test_a_resumed_training_tells_again_what_it_had_and_nobody_sees_it_twice() -> None:
    live = Live()

    async def main() -> None:
        for step in range(1, 6):
            live.publish(curve(step))
        live.publish(Paused())
        live.publish(curve(3, first=1))
        live.publish(curve(4))
        assert steps(await anext(live.follow())) == [1, 2, 3, 4]

    asyncio.run(main())


def test_a_long_curve_is_thinned_for_whoever_comes_late() -> None:
    live = Live()

    async def main() -> None:
        for step in range(1, 3 * MOST_POINTS):
            live.publish(curve(step))
        told = steps(await anext(live.follow()))
        assert MOST_POINTS / 2 <= len(told) <= MOST_POINTS
        assert told == sorted(told)

    asyncio.run(main())
