"""Start: how soon there is a page and a token, what the worker holds, how two lanes share two cores.

Everything is asked of a real server over HTTP, as a page asks it; the page is compared with a bare Gradio
app's. With ``--beside CHECKOUT`` an earlier version takes turns with this one, and the promises that are
ratios to it are told too. Models are on disk and prepared before anything is measured.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from aigc_demo import bench
from aigc_demo.bench import first_token, served
from aigc_demo.bench.served import Request, Server
from aigc_demo.settings import ROOT

ROUNDS = 3
TYPING = 5.0
"""Seconds that a visitor takes to type."""
TEXT = Request("text", {"prompt": "Explain to a ten-year-old why the sky is blue", "max_new_tokens": 64})
POEM = Request("text", {"prompt": "秋夜"}, "shigpt")
TUNE = Request("music", {})
PICTURE = Request("image", {"prompt": "a blue cat"})
STYLE = Request("style", {"photo": "cat"})
TABS = {"text": TEXT, "picture": PICTURE, "style": STYLE, "tune": TUNE}
EACH = 3
"""Jobs of each kind among the mixed ones."""

_BARE = """
import sys
import gradio as gr
with gr.Blocks(analytics_enabled=False) as demo:
    for name in ("Text", "Image", "Style", "Music"):
        with gr.Tab(name):
            prompt = gr.Textbox(label="Prompt")
            out = gr.Textbox(label="Result")
            gr.Button("Generate").click(lambda text: text, prompt, out)
demo.launch(server_port=int(sys.argv[1]), quiet=True)
"""


@dataclass(frozen=True)
class Checkout:
    """A version that is measured, with a folder for its models and one for what it writes."""

    folder: Path
    cache: Path
    data: Path

    def requests(self, *wanted: Request) -> list[Request]:
        """As both versions understand them: one text, where this one would draw several and show the best."""
        if not (self.folder / "aigc_demo" / "tasks" / "text" / "drafts.py").exists():
            return list(wanted)
        return [replace(one, params={**one.params, "drafts": 1}) if one is TEXT else one for one in wanted]

    def server(self) -> Server:
        """One that has nothing in its history yet."""
        return Server(self.folder, Path(tempfile.mkdtemp(dir=self.data)), self.cache)


def main() -> None:
    """Measure and tell."""
    beside = [Path(argument) for argument in sys.argv[1:2]]
    with tempfile.TemporaryDirectory() as room:
        checkouts = [_ready(folder, Path(room) / str(n)) for n, folder in enumerate([ROOT, *beside])]
        bench.tell(
            [
                *_pages(checkouts),
                *_first(checkouts),
                *_memory(checkouts),
                *_mixed(checkouts),
                *first_token.figures(checkouts[0].cache),
            ]
        )


def _ready(folder: Path, room: Path) -> Checkout:
    """A checkout whose models are fetched and prepared: each has answered once."""
    result = Checkout(folder, room / "cache", room / "data")
    result.data.mkdir(parents=True)
    with result.server() as server:
        for request in (*TABS.values(), POEM):
            server.run(request)
    return result


def _told(
    name: str, unit: str, limit: float, values: Sequence[Sequence[float]], note: str
) -> list[bench.Figure]:
    """A figure in seconds or megabytes, the medians of each checkout's values; and the other one's beside."""
    ours, *theirs = (statistics.median(each) for each in values)
    figure = bench.Figure(name, round(ours, 3), limit, f"{unit}, at most", ours <= limit, note)
    return [replace(figure, beside=round(theirs[0], 3)) if theirs else figure]


def _over(name: str, limit: float, values: Sequence[Sequence[float]], note: str) -> list[bench.Figure]:
    """The ratio of the medians, where there is another checkout."""
    ours, *theirs = (statistics.median(each) for each in values)
    said = f"{note}: {ours:.3g} over {theirs[0]:.3g}" if theirs else ""
    return [bench.at_most(name, ours / theirs[0], limit, said)] if theirs else []


def _alternated(
    checkouts: Sequence[Checkout], measure: Callable[[Server, Checkout], float], rounds: int = ROUNDS
) -> list[list[float]]:
    """What is measured of a fresh server of each checkout, in turns."""
    found: list[list[float]] = [[] for _ in checkouts]
    for _ in range(rounds):
        for place, checkout in enumerate(checkouts):
            with checkout.server() as server:
                found[place].append(measure(server, checkout))
    return found


# -- the page -------------------------------------------------------------------------------------


def _pages(checkouts: Sequence[Checkout]) -> list[bench.Figure]:
    pairs: list[tuple[float, float, float, float]] = []
    for _ in range(ROUNDS):
        with checkouts[0].server() as server:
            ours = (server.page_seconds, server.memory())
        pairs.append((*ours, *_bare()))
    seconds, size, bare_seconds, bare_size = (statistics.median(each) for each in zip(*pairs, strict=True))
    page = f"process start to first page over a bare four-tab app: {seconds:.1f} over {bare_seconds:.1f} s"
    memory = f"RSS of the web process over the bare app's: {size:.0f} over {bare_size:.0f} MB"
    return [
        bench.at_most("start.page", seconds / bare_seconds, 1.3, page),
        bench.at_most("start.page.memory", size / bare_size, 1.3, memory),
    ]


def _bare() -> tuple[float, float]:
    """Seconds to the first page of a bare app, and the megabytes that it holds."""
    port, began = served.free_port(), time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", _BARE, str(port)], stdout=subprocess.DEVNULL)
    try:
        served.wait_for(process, f"http://127.0.0.1:{port}/")
        return time.perf_counter() - began, psutil.Process(process.pid).memory_info().rss / 1e6
    finally:
        served.stop(process)


# -- the first token ------------------------------------------------------------------------------


def _first(checkouts: Sequence[Checkout]) -> list[bench.Figure]:
    def warm(server: Server, _: Checkout) -> float:
        time.sleep(TYPING)
        return server.first(TEXT)

    at_once = _alternated(checkouts, lambda server, _: server.first(TEXT))
    later = _alternated(checkouts, warm)
    cold = "request sent the moment the page answers, until the first token"
    return [
        *_told("start.cold.seconds", "seconds", 2.0, at_once, cold),
        *_over("start.cold", 0.4, at_once, cold),
        *_told("start.warm.seconds", "seconds", 0.5, later, f"the same {TYPING:g} s later"),
    ]


# -- memory ---------------------------------------------------------------------------------------


def _memory(checkouts: Sequence[Checkout]) -> list[bench.Figure]:
    kinds = {"text": [TEXT], "poem": [POEM], "tune": [TUNE], "tabs": list(TABS.values())}
    limits = {"text": 250.0, "poem": 250.0, "tune": 320.0, "tabs": 640.0}
    figures = []
    for kind, requests in kinds.items():

        def held(server: Server, checkout: Checkout, requests: Sequence[Request] = requests) -> float:
            for request in checkout.requests(*requests):
                server.run(request)
            return server.worker_memory()

        values = _alternated(checkouts, held, 1)
        what = "one job of each tab's default model" if kind == "tabs" else f"one {kind}"
        note = f"RSS of the worker after {what}"
        figures += _told(f"start.memory.{kind}", "MB", limits[kind], values, note)
        figures += _over(f"start.memory.{kind}.ratio", 0.65 if kind == "tabs" else 0.55, values, "MB")
    return figures


# -- two lanes ------------------------------------------------------------------------------------


def _mixed(checkouts: Sequence[Checkout]) -> list[bench.Figure]:
    """Jobs of four kinds at once on two lanes, over half of what they take one after another on one core."""
    batches = _alternated(checkouts, _share, 1)
    ours, *theirs = (statistics.median(each) for each in batches)
    note = f"of ideal time slicing: {EACH * len(TABS)} mixed jobs on two lanes, {', '.join(TABS)}"
    figure = bench.at_least("start.mixed", ours, 0.9, note)
    return [replace(figure, beside=round(theirs[0], 3)) if theirs else figure]


def _share(server: Server, checkout: Checkout) -> float:
    kinds = checkout.requests(*TABS.values())
    requests = [replace(each, seed=seed) for seed in range(EACH) for each in kinds]
    for request in requests:  # loads every model
        server.run(request)
    found = []
    for _ in range(ROUNDS):
        with server.on_one_core():  # alone it would have both, where it can use them
            alone = sum(server.run(request) for request in requests)
        began = time.perf_counter()
        with ThreadPoolExecutor(len(requests)) as visitors:
            list(visitors.map(server.run, requests))
        found.append(alone / 2 / (time.perf_counter() - began))
    return statistics.median(found)
