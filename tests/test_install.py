"""Setting up: the torch that fits this machine, told beforehand, on every Python that is supported."""

from __future__ import annotations

import http.server
import importlib.util
import re
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from tests.proving import Proof

ROOT = Path(__file__).parent.parent
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
LINUX = [f"manylinux_2_{minor}_x86_64" for minor in range(5, 36)] + ["manylinux2014_x86_64", "linux_x86_64"]


def load() -> ModuleType:
    """The script, as a module: it is no part of the package, which is not there yet when it runs."""
    spec = importlib.util.spec_from_file_location("install", ROOT / ".ci" / "install.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


installer = load()
CPU = [installer.Package("torch", "2.13.0+cpu", "file:///torch.whl"), installer.Package("av", "18.1.0", "")]
CUDA = [installer.Package(name, "1.0", "") for name in ("torch", "triton", "nvidia-cublas", "nvidia-ml-py")]
REQUEST = installer.Selection(("requirements.txt",), ("constraints.txt",))


CARD = yaml.safe_load((ROOT / "space.yaml").read_text("utf-8"))
SPACE = [f"gradio[oauth,mcp]=={CARD['sdk_version']}", "spaces"]
"""What a Space installs of its own, beside the requirements and without the constraints."""
SPACES = {
    "a Space on a processor": SPACE,
    "ZeroGPU with its oldest torch": [*SPACE, "torch==2.8.*"],
    "ZeroGPU with its newest torch": [*SPACE, "torch==2.11.*"],
}


def resolved(version: str, wished: list[str], by_pip: bool, room: Path) -> subprocess.CompletedProcess[str]:
    """Look for everything, built for this Python on Linux; the packages found stand in the output.

    uv needs a hundredth of pip's computing for the same answer; the long form asks pip itself, which is
    what a Space calls.
    """
    options = [f"--python-version={version}", "--only-binary=:all:"]
    uv = ["uv", "pip", "compile", "--quiet", "--no-header", "--python-platform=x86_64-manylinux_2_35", "-"]
    pip = ["pip", "install", "--quiet", "--retries=1", "--dry-run", "--report=-", f"--target={room}"]
    pip += [*(f"--platform={name}" for name in LINUX), f"-r{room}/wished.txt"]
    text = "".join(f"{line}\n" for line in ["-r requirements.txt", *wished])
    for name in ("requirements.txt", "requirements-scale.txt", "constraints.txt"):
        text = text.replace(f" {name}", f" {ROOT}/{name}")
    (room / "wished.txt").write_text(text, "utf-8")
    return subprocess.run(
        [sys.executable, "-m", *(pip if by_pip else uv), *options],
        input=text,
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )


WISHES = {version: (version, ["-c constraints.txt"]) for version in PYTHONS}
WISHES |= {"rows and files elsewhere": (PYTHONS[-1], ["-r requirements-scale.txt"])}
WISHES |= {name: (CARD["python_version"], wished) for name, wished in SPACES.items()}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", WISHES)
def test_everything_that_is_required_can_be_had_for_each_python_and_on_a_space(
    name: str, proof: Proof, tmp_path: Path
) -> None:
    found = resolved(*WISHES[name], by_pip=proof.long, room=tmp_path)
    if found.returncode and re.search(r"Retrying \(|No module named|[Ff]ailed to fetch", found.stderr):
        pytest.skip(f"no package index answers: {found.stderr.strip().splitlines()[-1]}")
    assert found.returncode == 0, found.stderr
    assert re.search(r'^torch==|"torch"', found.stdout, re.MULTILINE)


def test_the_pythons_that_are_tested_are_those_that_are_promised() -> None:
    first, last = ("{}.{}".format(*version) for version in (installer.OLDEST, installer.NEWEST))
    assert (first, last) == (PYTHONS[0], PYTHONS[-1])
    for page in ("README.md", "README.zh-CN.md", "Makefile"):
        assert re.search(rf"{first}\s*(to|至)\s*{last}", (ROOT / page).read_text("utf-8")), page


@pytest.mark.parametrize(
    ("missing", "has_gpu", "system", "backend"),
    [
        (CPU, False, "linux", None),
        (CUDA, False, "linux", "cpu"),
        (CPU, True, "linux", "auto"),
        (CUDA, True, "linux", "auto"),
        (CPU, False, "win32", None),
        (CPU, True, "win32", "auto"),
        (CPU, False, "darwin", None),
        (CUDA[1:], False, "linux", None),
        ([], True, "linux", None),
    ],
)
def test_another_build_of_torch_is_looked_for_only_where_the_indexs_own_does_not_fit(
    missing: list, has_gpu: bool, system: str, backend: str | None
) -> None:
    assert installer.backend_for(missing, has_gpu=has_gpu, system=system) == backend


class Programs:
    """Stands in for pip and uv: notes what they are asked for; uv reaches its index or not."""

    def __init__(self, reached: bool) -> None:
        self.asked: list[list[str]] = []
        self.reached = reached

    def __call__(self, command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        self.asked.append(command)
        return subprocess.CompletedProcess(command, 0 if "pip" not in command[1:2] or self.reached else 2)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No GPU; uv is here; of packages only torch and what it needs are missing, until torch is there."""
    monkeypatch.setattr(installer, "has_nvidia_gpu", lambda: False)
    monkeypatch.setattr(installer.shutil, "which", lambda name, path=None: name)
    monkeypatch.setattr(installer.sys, "platform", "linux")


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("reached", [True, False])
def test_without_a_gpu_the_build_for_cpus_is_taken_or_else_what_there_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], reached: bool
) -> None:
    programs = Programs(reached)
    looks = iter([CUDA, []])
    monkeypatch.setattr(installer.subprocess, "run", programs)
    monkeypatch.setattr(installer, "resolve", lambda submission: next(looks))
    assert installer.main(["-r", "requirements.txt", "-c", "constraints.txt"]) == 0
    uv, *rest = programs.asked
    assert uv[:3] == ["uv", "pip", "install"]
    assert uv[uv.index("--torch-backend") + 1] == "cpu"
    assert {"-cconstraints.txt", "torch==1.0", "--no-deps"} <= set(uv)
    said = capsys.readouterr().out
    if reached:
        assert not rest
    else:
        assert "cannot be reached" in said and "4 packages" in said
        assert len(rest) == 1 and "--no-deps" in rest[0]


def test_what_is_told_is_what_the_files_weigh(tmp_path: Path) -> None:
    (tmp_path / "a b.whl").write_bytes(b"x" * 3_000_000)
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *args: http.server.SimpleHTTPRequestHandler(*args, directory=str(tmp_path))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        served = f"http://127.0.0.1:{server.server_port}/a%20b.whl"
        missing = [
            installer.Package("near", "1", (tmp_path / "a b.whl").as_uri()),
            installer.Package("far", "1", served),
            installer.Package("gone", "1", served + ".no"),
            installer.Package("odd", "1", "ftp://x/y"),
        ]
        metrics = installer.summary(missing)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert "4 packages, 6 MB and 2 whose size is not told" in metrics
    assert "near 3, far 3" in metrics


def test_an_older_python_is_told_so_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(installer.sys, "version_info", (3, 10, 1))
    assert installer.main([]) == 2
    assert "3.11 to 3.14" in capsys.readouterr().err
