"""Many callers, one model: the same tokens as alone, whoever comes and goes beside; turns; leaving."""

import threading
from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_demo import decoding
from aigc_demo.decoding import ContinuousBatcher, Sampling, format_selection
from aigc_demo.decoding.batched_model import BatchedModel, Floats, Part
from aigc_demo.decoding.kv_cache import KVCache
from aigc_demo.decoding.network import Network
from aigc_demo.decoding.sampling import Mask
from tests.decoding import tiny

NETWORKS: dict[tuple[str, str], BatchedModel] = {
    (family, form): Network(format_selection.weights(tiny.model(family), form))
    for family in ("llama", "gpt2")
    for form in ("int8", "float32")
}
LONG = [n % 97 for n in range(3, 120)]
WISHES = [
    ([5, 6, 7], Sampling(1.0, seed=1), 30),
    (LONG, Sampling(0.8, top_p=0.9, seed=2), 20),
    ([9], Sampling(0.0), 40),
    (LONG[:33], Sampling(1.2, top_k=20, seed=3), 25),
    ([1, 2] * 20, Sampling(0.7, repetition_penalty=1.3, seed=4), 30),
    (LONG[:32], Sampling(1.0, top_p=0.5, seed=5), 12),
    ([8, 8, 8, 8], Sampling(0.3, seed=6), 50),
    (LONG[5:70], Sampling(1.0, seed=7), 5),
]


def result(run: Iterator[int | None]) -> list[int]:
    return [token for token in run if token is not None]


def start(batch: ContinuousBatcher, number: int) -> Iterator[int | None]:
    prompt, how, limit = WISHES[number]
    return decoding.generate(batch, prompt, how, limit, stop=())


def together(*tasks: Callable[[], None]) -> None:
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


@pytest.fixture(scope="module", params=[*NETWORKS, ("llama", "int4")], ids="-".join)
def network(request: pytest.FixtureRequest) -> BatchedModel:
    if request.param[1] == "int4":
        return tiny.native(tiny.wide("llama"), "int4", request.getfixturevalue("library"))
    return NETWORKS[request.param]


@pytest.fixture(scope="module")
def alone(network: BatchedModel) -> list[list[int]]:
    return [result(start(ContinuousBatcher(network, 8), number)) for number in range(8)]


def test_eight_in_company_write_what_each_writes_alone(network: BatchedModel, alone: list[list[int]]) -> None:
    batch, results = ContinuousBatcher(network, 8), dict[int, list[int]]()

    def task(number: int) -> Callable[[], None]:
        return lambda: results.__setitem__(number, result(start(batch, number)))

    for _ in range(3):  # the second time beginnings are known, and guesses are better
        together(*map(task, range(8)))
        assert [results[n] for n in range(8)] == alone


@settings(deadline=None, max_examples=30)
@given(order=st.lists(st.integers(0, 7), min_size=10, max_size=200), slots=st.integers(2, 8))
def test_whoever_joins_and_leaves_between_two_tokens_nobody_writes_otherwise(
    order: list[int], slots: int
) -> None:
    network = NETWORKS["llama", "int8"]
    batch = ContinuousBatcher(network, slots)
    runs: dict[int, Iterator[int | None]] = {}
    written: dict[int, list[int]] = {}
    for number in order:  # one thread that takes turns: every order of steps can happen
        if number in runs:
            token = next(runs[number], None)
            if token is not None:
                written[number].append(token)
            if len(written[number]) > 3 * number + 2:
                runs.pop(number).close()  # type: ignore[attr-defined]
        elif len(runs) < slots:
            runs[number], written[number] = start(batch, number), []
    for number, tokens in written.items():
        assert tokens == ALONE[number][: len(tokens)]


ALONE = [
    result(start(ContinuousBatcher(NETWORKS["llama", "int8"], 1, speculate=False), number))
    for number in range(8)
]


def test_more_callers_than_slots_wait_and_are_served(network: BatchedModel, alone: list[list[int]]) -> None:
    batch, results = ContinuousBatcher(network, 2), dict[int, list[int]]()
    together(
        *(lambda n=n: results.__setitem__(n, result(start(batch, n))) for n in range(6))  # type: ignore[misc]
    )
    assert [results[n] for n in range(6)] == alone[:6]


def test_guesses_and_known_beginnings_change_no_token() -> None:
    network = NETWORKS["llama", "int8"]
    plain, quick = ContinuousBatcher(network, 8, speculate=False), ContinuousBatcher(network, 8)
    for _ in range(3):
        for number in range(8):
            assert result(start(quick, number)) == result(start(plain, number))


def test_a_beginning_that_another_has_just_read_is_not_read_again() -> None:
    network = NETWORKS["llama", "int8"]
    batch, read = ContinuousBatcher(network, 3), list[int]()
    step = network.step

    def counted(cache: KVCache, parts: Sequence[Part]) -> Floats:
        read.append(sum(len(part.tokens) for part in parts))
        return step(cache, parts)

    first = decoding.generate(batch, LONG, Sampling(0.0), 30, stop=())
    tokens = [next(first) for _ in range(12)]
    network.step = counted  # type: ignore[method-assign]
    try:
        second = list(decoding.generate(batch, [*LONG[:-1], 5], Sampling(0.0), 1, stop=()))
    finally:
        network.step = step  # type: ignore[method-assign]
    assert sum(read) < len(LONG) / 2
    alone = list(decoding.generate(ContinuousBatcher(network, 1), [*LONG[:-1], 5], Sampling(0.0), 1, stop=()))
    assert second[-1] == alone[-1]
    tokens += list(first)
    assert (
        tokens[-1]
        == list(decoding.generate(ContinuousBatcher(network, 1), LONG, Sampling(0.0), 30, stop=()))[-1]
    )


def test_all_advance_alike() -> None:
    batch = ContinuousBatcher(NETWORKS["llama", "int8"], 4)
    counts = [0] * 4
    seen: list[list[int]] = []
    ready = threading.Barrier(4)

    def task(number: int) -> None:
        ready.wait()
        for token in decoding.generate(batch, [number + 1], Sampling(1.0, seed=number), 60, stop=()):
            counts[number] += token is not None
            if number == 0:
                seen.append(list(counts))

    together(*(lambda n=n: task(n) for n in range(4)))  # type: ignore[misc]
    assert counts == [60] * 4
    behind = [max(row) - min(row) for row in seen if max(row) < 60]
    assert max(behind[len(behind) // 2 :], default=0) <= 30


def test_who_leaves_frees_the_slot_and_the_memory() -> None:
    batch = ContinuousBatcher(NETWORKS["llama", "int8"], 1)
    run = start(batch, 1)
    assert next(run) is None
    run.close()  # type: ignore[attr-defined]
    assert batch._cache is None
    assert result(start(batch, 0)) == ALONE[0]


def test_a_long_text_finds_room(alone: list[list[int]], network: BatchedModel) -> None:
    batch = ContinuousBatcher(network, 2)
    first = start(batch, 0)
    tokens = [next(first) for _ in range(5)]
    longer = decoding.generate(batch, LONG, Sampling(0.0), 900, stop=())
    next(longer)  # makes the memory larger under the first
    tokens += list(first)
    assert [token for token in tokens if token is not None] == alone[0]


class Broken:
    """A constraint with a mistake in it."""

    def allowed(self, result: Sequence[int]) -> Mask | None:
        if len(result) == 3:
            raise ZeroDivisionError
        return None


def test_a_mistake_in_one_run_is_its_own() -> None:
    batch = ContinuousBatcher(NETWORKS["llama", "int8"], 4)
    other = start(batch, 0)
    tokens = [next(other) for _ in range(3)]
    broken = decoding.generate(batch, [1, 2], Sampling(), 20, (), Broken())
    with pytest.raises(ZeroDivisionError):
        list(broken)
    tokens += list(other)
    assert [token for token in tokens if token is not None] == ALONE[0]


def test_a_stop_token_ends_a_run_and_not_its_neighbours() -> None:
    batch = ContinuousBatcher(NETWORKS["llama", "int8"], 4)
    prompt, how, limit = WISHES[0]
    other = start(batch, 4)
    tokens = [next(other) for _ in range(4)]
    stop = ALONE[0][4]
    stopped = result(decoding.generate(batch, prompt, how, limit, {stop}))
    assert stopped == ALONE[0][: ALONE[0].index(stop) + 1]
    tokens += list(other)
    assert [token for token in tokens if token is not None] == ALONE[4]
