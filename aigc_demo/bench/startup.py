"""Start: from the process's start to the first page, against a bare Gradio app with four tabs."""

from __future__ import annotations

import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psutil  # type: ignore[import-untyped]

from aigc_demo import bench
from aigc_demo.settings import ROOT

ROUNDS = 5
PATIENCE = 180.0

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


def main() -> None:
    """Measure and tell."""
    times: dict[str, list[float]] = {"ours": [], "bare": []}
    sizes: dict[str, list[float]] = {"ours": [], "bare": []}
    with tempfile.TemporaryDirectory() as data:
        for round_ in range(ROUNDS + 1):
            for name in ("ours", "bare"):
                took, holds = _first_page(_command(name, Path(data)))
                if round_:  # the first round only fills the system's file cache
                    times[name].append(took)
                    sizes[name].append(holds)
    seconds = {name: statistics.median(values) for name, values in times.items()}
    size = {name: statistics.median(values) for name, values in sizes.items()}
    bench.tell(
        [
            bench.at_most(
                "startup.page",
                seconds["ours"] / seconds["bare"],
                1.3,
                f"process start to first page over a bare four-tab Gradio app: {seconds['ours']:.1f} over "
                f"{seconds['bare']:.1f} s",
            ),
            bench.at_most(
                "startup.memory",
                size["ours"] / size["bare"],
                1.3,
                f"RSS of the web process after the first page over the bare app's: {size['ours']:.0f} over "
                f"{size['bare']:.0f} MB",
            ),
        ]
    )


def _command(name: str, data: Path) -> list[str]:
    """Everything but the port, which comes last."""
    if name == "bare":
        return [sys.executable, "-c", _BARE]
    return [sys.executable, "-m", "aigc_demo", "serve", "--data-dir", str(data), "--port"]


def _first_page(command: list[str]) -> tuple[float, float]:
    """Seconds until ``GET /`` answers 200, and the megabytes that the process then holds."""
    port = _free_port()
    began = time.perf_counter()
    server = subprocess.Popen([*command, str(port)], stdout=subprocess.DEVNULL, cwd=ROOT)
    try:
        while time.perf_counter() - began < PATIENCE and server.poll() is None:
            try:
                if httpx.get(f"http://127.0.0.1:{port}/", timeout=PATIENCE).status_code == httpx.codes.OK:
                    seconds = time.perf_counter() - began
                    return seconds, psutil.Process(server.pid).memory_info().rss / 1e6
            except httpx.TransportError:
                time.sleep(0.02)
        raise RuntimeError(f"No page from {command[1:3]}.")
    finally:
        server.terminate()
        server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
