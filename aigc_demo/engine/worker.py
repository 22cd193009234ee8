"""The child process: a LocalEngine behind a socket on standard input.

Knows how to live and die with its parent: a thread beats as long as Python runs; when the socket closes,
the process ends at once, whatever its threads do. Knows nothing else that :mod:`local` does not know.
"""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import signal
import threading
import time
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from aigc_demo.engine import Run, pulse
from aigc_demo.engine.local import LocalEngine
from aigc_demo.engine.wire import (
    AskMemory,
    Beat,
    Cancel,
    Happened,
    LoadedNow,
    MemoryNow,
    Read,
    ReadNow,
    Start,
    Tell,
    Unload,
    Warm,
    Wire,
)
from aigc_demo.types import Event


def main() -> None:
    """Serve the parent until it goes."""
    connection = Connection(os.dup(0))
    _settle_down()
    wire = Wire(connection)
    threading.Thread(target=_beat, args=(wire,), name="beat", daemon=True).start()
    with contextlib.suppress(EOFError, OSError):
        _serve(wire, LocalEngine(wire.receive()))
    os._exit(0)  # not sys.exit: threads in native code would be waited for


def _settle_down() -> None:
    """Standard input is the socket's no more; Ctrl+C is the parent's; die first when memory ends."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")


def _beat(wire: Wire) -> None:
    """Tell the parent again and again that this process is not stuck."""
    with contextlib.suppress(OSError):  # main() ends the process
        while True:
            wire.send(Beat())
            time.sleep(pulse.INTERVAL)


def _serve(wire: Wire, engine: LocalEngine) -> None:
    engine.pool.on_change = lambda models: wire.send(LoadedNow(models))
    runs: dict[int, Run] = {}
    while True:
        message = wire.receive()
        match message:
            case Start(number, request):
                runs[number] = engine.run(request, partial(_tell, wire, number))
                follow = (wire, number, runs)
                threading.Thread(target=_follow, args=follow, name=f"follow-{number}", daemon=True).start()
            case Cancel(number):
                if (run := runs.get(number)) is not None:
                    run.close()
            case Tell(number, told):
                if (run := runs.get(number)) is not None:
                    run.control(told)
            case Unload(model):
                threading.Thread(target=engine.unload, args=(model,), daemon=True).start()
            case AskMemory():
                wire.send(MemoryNow(engine.memory()))
            case Warm(model):
                engine.warm(model)
            case Read():
                threading.Thread(target=_read, args=(wire, engine, message), name="read", daemon=True).start()


def _read(wire: Wire, engine: LocalEngine, asked: Read) -> None:
    """Answer a question about a request's words."""
    with contextlib.suppress(OSError):  # a parent that is gone ends the process through main()
        wire.send(ReadNow(asked.number, engine.read(asked.model, asked.values)))


def _tell(wire: Wire, number: int, event: Event) -> None:
    """Pass on an event; a parent that is gone ends the process through :func:`main`."""
    with contextlib.suppress(OSError):
        wire.send(Happened(number, event))


def _follow(wire: Wire, number: int, runs: dict[int, Run]) -> None:
    """Bring a run to its end and tell it."""
    final = runs[number].wait()
    del runs[number]
    _tell(wire, number, final)
