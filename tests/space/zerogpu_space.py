"""Our app as a ZeroGPU Space runs it, against a stand-in for the host: the real ``spaces`` and ``app.py``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CACHE
from tests.faults.running_server import RunningServer
from tests.space.zerogpu_host import ZeroGpuHost

ROOT = Path(__file__).parent.parent.parent
VERSION = "0.51.3"
SITE = Path(__file__).parent / "zerogpu_site"


def package() -> Path:
    """A folder with the ``spaces`` package, fetched once; without one the test is skipped and says so."""
    folder = CACHE / f"spaces-{VERSION}"
    if not (folder / "spaces").is_dir():
        command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--disable-pip-version-check"]
        done = subprocess.run(
            [*command, "--target", str(folder), f"spaces=={VERSION}"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"spaces {VERSION} cannot be fetched: {done.stderr.strip()[-200:]}")
    return folder


def variables(host: ZeroGpuHost, **more: str) -> dict[str, str]:
    """The environment of a ZeroGPU Space whose GPU is this host's."""
    path = os.pathsep.join([str(SITE), str(package()), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {
        "PYTHONPATH": path,
        "SPACES_ZERO_GPU": "true",
        "SPACES_ZERO_DEVICE_API_URL": host.url,
        "AIGC_GPU_MODELS": "debug-text-gpu",
        "AIGC_HOST": "127.0.0.1",
        "GRADIO_ANALYTICS_ENABLED": "False",
        **more,
    }


class ZeroGpuSpace(RunningServer):
    """The app as such a Space starts it."""

    def __init__(self, data: Path, host: ZeroGpuHost, **more: str) -> None:
        super().__init__(data, **variables(host, **more))
        self.environment |= {"AIGC_PORT": str(self.port), "AIGC_DATA_DIR": str(data)}
        self.program = ["app.py"]
