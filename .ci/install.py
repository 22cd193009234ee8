"""Install requirements into this environment: told beforehand what and how much, with the torch that fits.

The package index's torch for Linux is the build for NVIDIA's GPUs, gigabytes with what it needs; builds for
CPUs and for older drivers lie in indexes of their own, which uv knows by name. Where these cannot be reached,
what pip finds is taken. Runs before anything is installed: the standard library only.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 14)
_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
_FOR_NVIDIA = re.compile(r"triton|nvidia-(cublas|cuda|cudnn)\b.*")
"""Packages that only torch's builds for NVIDIA's GPUs need."""
_PATIENT = {"UV_HTTP_TIMEOUT": "10", "UV_HTTP_RETRIES": "1"}
_LARGEST = 5


@dataclass(frozen=True)
class Selection:
    """Files of requirements and of constraints, as pip's options."""

    requirements: tuple[str, ...]
    constraints: tuple[str, ...]

    def options(self, *, only_constraints: bool = False) -> list[str]:
        """As pip and uv take them."""
        wanted = () if only_constraints else self.requirements
        return [*(f"-r{file}" for file in wanted), *(f"-c{file}" for file in self.constraints)]


@dataclass(frozen=True)
class Package:
    """One that is missing: its name, exact version and where its file lies."""

    name: str
    version: str
    url: str


def main(arguments: list[str]) -> int:
    """Install; the exit status is pip's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-r", dest="requirements", action="append", default=[])
    parser.add_argument("-c", dest="constraints", action="append", default=[])
    given = parser.parse_args(arguments)
    selection = Selection(tuple(given.requirements), tuple(given.constraints))
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        span = "{}.{} to {}.{}".format(*OLDEST, *NEWEST)
        print(f"This is Python {sys.version.split()[0]}; the app is made for {span}.", file=sys.stderr)
        if sys.version_info[:2] < OLDEST:
            return 2
    try:
        missing = resolve(selection)
        backend = backend_for(missing, has_gpu=has_nvidia_gpu(), system=sys.platform)
        if backend is not None and take_torch(backend, missing, selection):
            missing = resolve(selection)
        if missing:
            print(summary(missing), flush=True)
            install(missing)
    except subprocess.CalledProcessError as error:
        return error.returncode
    return 0


def resolve(selection: Selection) -> list[Package]:
    """What pip would download, of the requirements and of what they need."""
    with tempfile.TemporaryDirectory() as room:
        report = Path(room) / "report.json"
        subprocess.run(
            [*_PIP, "install", "--dry-run", f"--report={report}", *selection.options()], check=True
        )
        found = json.loads(report.read_text("utf-8"))["install"]
    return [
        Package(
            entry["metadata"]["name"].lower(), entry["metadata"]["version"], entry["download_info"]["url"]
        )
        for entry in found
    ]


def has_nvidia_gpu() -> bool:
    """Whether a driver is here and shows a GPU."""
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
        count = ctypes.c_int(0)
        return driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0
    except (OSError, AttributeError):
        return False


def backend_for(missing: list[Package], *, has_gpu: bool, system: str) -> str | None:
    """Which builds of torch to look for, by uv's name; None where what pip found is the one."""
    if system == "darwin" or not any(package.name == "torch" for package in missing):
        return None
    if has_gpu:
        return "auto"  # the build for this very driver
    return "cpu" if any(_FOR_NVIDIA.fullmatch(package.name) for package in missing) else None


def take_torch(backend: str, missing: list[Package], selection: Selection) -> bool:
    """Install torch out of the index that this backend stands for; whether that was possible."""
    fits = (
        "for CPUs: there is no NVIDIA GPU here"
        if backend == "cpu"
        else "for this machine's GPU: some gigabytes"
    )
    print(f"Looking for the build of torch {fits}.", flush=True)
    version = next(package.version for package in missing if package.name == "torch").partition("+")[0]
    with tempfile.TemporaryDirectory() as room:
        uv = shutil.which("uv") or _fetched_uv(Path(room))
        options = ["--python", sys.executable, "--torch-backend", backend]
        options += selection.options(only_constraints=True)
        options += ["--no-deps"] if backend == "cpu" else []  # what it needs is in the package index
        command = [uv, "pip", "install", *options, f"torch=={version}"]
        done = uv and subprocess.run(command, env=os.environ | _PATIENT, check=False).returncode == 0
    if not done:
        print("That index cannot be reached: the package index's own build is taken.", flush=True)
    return bool(done)


def _fetched_uv(room: Path) -> str:
    """A uv for this once; empty where it cannot be had."""
    got = subprocess.run([*_PIP, "install", "--no-deps", f"--target={room}", "uv>=0.9"], check=False)
    return shutil.which("uv", path=str(room / "bin")) or "" if got.returncode == 0 else ""


def summary(missing: list[Package]) -> str:
    """What is about to be downloaded, and how much, in one or two lines."""
    with ThreadPoolExecutor(16) as pool:
        sizes = list(pool.map(size_of, (package.url for package in missing)))
    known = sorted(
        ((size, package.name) for size, package in zip(sizes, missing, strict=True) if size), reverse=True
    )
    total = sum(size for size, _ in known)
    unknown = len(missing) - len(known)
    largest = ", ".join(f"{name} {megabytes(size)}" for size, name in known[:_LARGEST])
    count = f"{len(missing)} packages" if len(missing) > 1 else "one package"
    return (
        f"To install: {count}, {megabytes(total)} MB"
        + (f" and {unknown} whose size is not told" if unknown else "")
        + (f" (the largest: {largest})." if largest else ".")
    )


def megabytes(size: int) -> str:
    """Decimal megabytes, as networks and disks are sold."""
    return f"{size / 1e6:,.0f}" if size >= 1e6 else f"{size / 1e6:.1f}"


def size_of(url: str) -> int | None:
    """Bytes of a file on this disk or on a server that tells; None where it does not."""
    parts = urllib.parse.urlsplit(url)
    try:
        if parts.scheme == "file":
            return Path(urllib.request.url2pathname(parts.path)).stat().st_size
        if parts.scheme not in ("http", "https"):
            return None
        asked = urllib.request.Request(url, method="HEAD")  # noqa: S310
        with urllib.request.urlopen(asked, timeout=5) as answer:  # noqa: S310
            return int(answer.headers["Content-Length"])
    except (OSError, ValueError, TypeError):
        return None


def install(missing: list[Package]) -> None:
    """Exactly what was told; nothing is looked for anew."""
    with tempfile.TemporaryDirectory() as room:
        exact = Path(room) / "exact.txt"
        exact.write_text("".join(f"{package.name}=={package.version}\n" for package in missing), "utf-8")
        subprocess.run([*_PIP, "install", "--no-deps", f"-r{exact}"], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
