"""A silent worker is given up soon when it does nothing, later when it is seen to work."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from aigc_demo.engine.pulse import INTERVAL, Pulse


@pytest.fixture
def spinning() -> Iterator[int]:
    """A process that computes without end."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    yield process.pid
    process.kill()
    process.wait()


@pytest.fixture
def sleeping() -> Iterator[int]:
    """A process that has started and does nothing."""
    script = "import time; print(flush=True); time.sleep(3600)"
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(0.1)
    yield process.pid
    process.kill()
    process.wait()
    process.stdout.close()


def intervals(pulse: Pulse, between: Callable[[], None] = lambda: None) -> int:
    """How many intervals of silence are one too many."""
    count = 1
    while not pulse.missed():
        count += 1
        between()
    return count


def until_it_worked(pid: int) -> None:
    """Wait until the system has given some CPU time to this process."""
    process = psutil.Process(pid)
    before = process.cpu_times().user
    while process.cpu_times().user < before + 0.05:
        time.sleep(0.05)


def test_an_idle_process_is_given_up_after_its_patience(sleeping: int) -> None:
    pulse = Pulse(sleeping, patience=6 * INTERVAL)
    pulse.missed()
    pulse.heard()
    assert intervals(pulse) == 6


def test_a_process_at_work_is_given_four_times_as_long(spinning: int) -> None:
    until_it_worked(spinning)
    pulse = Pulse(spinning, patience=2 * INTERVAL)
    assert intervals(pulse, lambda: until_it_worked(spinning)) == 8


def test_hearing_something_makes_the_silence_begin_anew(sleeping: int) -> None:
    pulse = Pulse(sleeping, patience=3 * INTERVAL)
    for _ in range(5):
        pulse.missed()
        pulse.missed()
        pulse.heard()
    assert not pulse.missed()


def test_a_process_that_is_gone_is_no_longer_at_work() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    pulse = Pulse(process.pid, patience=2 * INTERVAL)
    process.wait()
    assert intervals(pulse) <= 3
