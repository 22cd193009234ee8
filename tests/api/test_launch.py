"""Gradio's own launch, which ZeroGPU needs, finds through our gate all that it asks for."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from types import ModuleType

import httpx
import pytest

from aigc_demo import web
from aigc_demo.settings import Settings
from aigc_demo.studio import Studio
from aigc_demo.ui.app import build, launch_options


def test_the_page_launched_by_gradio_itself_has_our_routes_and_our_gate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPACES_ZERO_GPU", "1")
    spaces = ModuleType("spaces")
    monkeypatch.setattr(spaces, "GPU", lambda task: task, raising=False)
    monkeypatch.setitem(sys.modules, "spaces", spaces)
    studio = Studio(Settings(data_dir=tmp_path, debug_models=True, gpu_models=""))
    page = build(studio)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    try:
        _, url, _ = page.launch(
            server_name="127.0.0.1",
            server_port=port,
            prevent_thread_lock=True,
            quiet=True,
            app_kwargs=web.parts(studio),
            **launch_options(studio),
        )
        with httpx.Client(base_url=url, timeout=30) as visitor:
            assert visitor.get("/").status_code == 200
            assert visitor.get("/api/history").json() == {"items": [], "next_cursor": None}
            assert visitor.get("/config").json()["error"]["code"] == "not_found"
    finally:
        page.close()
        studio.close(grace=0)
