"""Models in memory: loaded when asked for, shared in turns, gone when not needed."""

import gc
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from aigc_demo.engine.pool import ModelPool
from aigc_demo.settings import Settings
from aigc_demo.types import CancelledByVisitor, ModelSpec, UserError
from tests.engine.conftest import spec


class Clock:
    """Seconds that pass when told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pool(settings: Settings, clock: Clock) -> Iterator[ModelPool]:
    pool = ModelPool(settings, clock)
    yield pool
    pool.close()


def model(name: str, memory_gb: float = 0.5, **metadata: object) -> ModelSpec:
    return spec(name, memory_gb=memory_gb, **metadata)


def use(pool: ModelPool, *models: ModelSpec) -> None:
    for each in models:
        with pool.lease(each):
            pass


def test_nothing_is_loaded_until_asked_for_and_then_stays(pool: ModelPool) -> None:
    assert pool.loaded() == frozenset()
    with pool.lease(model("a")) as first:
        assert first.load_seconds > 0
    with pool.lease(model("a")) as second:
        assert second.load_seconds == 0
        assert second.pipeline is first.pipeline


def test_the_least_recently_used_leaves_when_the_budget_is_full(pool: ModelPool, clock: Clock) -> None:
    for n, name in enumerate(["a", "b", "c", "d"]):  # 0.5 GB each, 2 GB in all
        clock.now = n
        use(pool, model(name))
    clock.now = 10
    use(pool, model("a"))
    use(pool, model("e"))
    assert pool.loaded() == {"a", "c", "d", "e"}


def test_a_large_newcomer_makes_several_leave(pool: ModelPool) -> None:
    use(pool, model("a"), model("b"), model("c"), model("big", 1.6))
    assert pool.loaded() == {"big"}


def test_a_model_that_works_is_never_unloaded(pool: ModelPool) -> None:
    with pool.lease(model("busy", 1.0)):
        pool.unload()
        use(pool, model("a", 1.0), model("b", 1.0))
        assert "busy" in pool.loaded()


def test_a_newcomer_waits_for_those_that_work_and_may_stop_waiting(pool: ModelPool) -> None:
    def impatient() -> None:
        raise CancelledByVisitor

    with pool.lease(model("busy", 1.5)):
        with pytest.raises(CancelledByVisitor), pool.lease(model("big", 1.5), check=impatient):
            pass
        newcomer = threading.Thread(target=use, args=(pool, model("big", 1.5)))
        newcomer.start()
        newcomer.join(0.3)
        assert newcomer.is_alive()
    newcomer.join(10)
    assert pool.loaded() == {"big"}


def test_a_model_that_never_fits_is_refused_and_nothing_leaves_for_it(pool: ModelPool) -> None:
    use(pool, model("a"))
    with pytest.raises(UserError) as caught, pool.lease(model("giant", 50.0)):
        pass
    assert caught.value.problem.code == "model_too_large"
    assert pool.loaded() == {"a"}


def test_a_failed_load_leaves_the_model_free_for_the_next(
    pool: ModelPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("aigc_demo.tasks.text.debug.words", lambda context: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            use(pool, model("a"))
    use(pool, model("a"))
    assert pool.loaded() == {"a"}


@pytest.mark.parametrize("concurrency", [1, 3])
def test_one_holder_at_a_time_unless_the_model_takes_more(pool: ModelPool, concurrency: int) -> None:
    held, most = 0, 0
    lock = threading.Lock()

    def hold() -> None:
        nonlocal held, most
        with pool.lease(model("shared", concurrency=concurrency)):
            with lock:
                held += 1
                most = max(most, held)
            time.sleep(0.05)
            with lock:
                held -= 1

    threads = [threading.Thread(target=hold) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == concurrency


def test_idle_models_leave_after_their_time(settings: Settings, clock: Clock) -> None:
    pool = ModelPool(settings.model_copy(update={"idle_unload_seconds": 60.0}), clock)
    use(pool, model("a"))
    clock.now = 59
    use(pool, model("b"))
    clock.now = 61
    with pool.lease(model("c")):
        clock.now = 200
        pool.sweep()
        assert pool.loaded() == {"c"}, "in use, however long"
    pool.close()


def test_whoever_asks_hears_of_every_change(pool: ModelPool) -> None:
    heard: list[frozenset[str]] = []
    pool.on_change = heard.append
    use(pool, model("a"))
    pool.unload()
    assert heard == [frozenset({"a"}), frozenset()]


def test_an_unloaded_pipeline_is_really_gone(pool: ModelPool) -> None:
    with pool.lease(model("a")) as lease:
        trace = weakref.ref(lease.pipeline)
    del lease
    pool.unload()
    gc.collect()
    assert trace() is None


def test_memory_of_a_real_model_goes_back_to_the_system(
    pool: ModelPool, tmp_path: Path, settings: Settings
) -> None:
    """A random model of about 75 MB: after unloading, the process holds no more than a fraction of it."""
    import torch  # noqa: F401 - so that its own size is counted before

    from aigc_demo.engine import memory, sources
    from tests.engine import tiny_llama

    big = model("big", 0.3, pipeline="aigc_demo.tasks.text.causal:from_folder")
    tiny_llama.save(sources.work(big, settings), width=512, layers=8)
    sources.seal_work(big, settings)
    use(pool, spec("tiny", pipeline="aigc_demo.tasks.text.debug:words"))
    from tests.engine.conftest import ask

    def tour() -> int:
        with pool.lease(big) as lease:
            lease.pipeline(ask().params, lambda event: None)
            grown = memory.rss()
        del lease
        pool.unload()
        return grown

    tour()
    memory.give_back()
    before = memory.rss()
    grown = tour()
    assert grown - before > 60_000_000
    assert memory.rss() - before < 20_000_000
