"""Models on the compiled step, out of the files they come in: packed once, then only mapped into memory.

Knows where packed weights and the compiled step are kept. Knows nothing of what the tokens mean. Imports no
torch.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

from aigc_demo.decoding import compiled, gguf, packed
from aigc_demo.decoding.batched_model import COMPILED, Format
from aigc_demo.decoding.compiled import Compilers
from aigc_demo.decoding.native import NativeModel
from aigc_demo.decoding.packed import PackedWeights, Report

FORMAT_FILE = "format.json"
"""Beside a model's weights: in which format it runs, as was found when it was exported."""

Threads = Callable[[], int]


def from_gguf(
    source: Path,
    work: Path,
    report: Report,
    threads: Threads = lambda: 1,
    compilers: Compilers | None = None,
) -> NativeModel | None:
    """A Llama model out of a GGUF file, in its own blocks of 4 bits.

    Args:
        source: the file.
        work: where the packed weights and the compiled step are kept.
        report: told the bytes that were packed; may raise to stop.
        threads: how many threads a step may use now; asked before each.
        compilers: what may compile the step; see :func:`compiled.library`.

    Returns:
        The model; None where there can be no compiled step, or it cannot take this file.
    """
    library = compiled.library(work, compilers)
    return _prepared(library, work, lambda: packed.from_gguf(gguf.read(source)), report, threads)


def from_folder(
    source: Path,
    work: Path,
    report: Report = lambda done, total: None,
    threads: Threads = lambda: 1,
    compilers: Compilers | None = None,
) -> NativeModel | None:
    """A small model in a folder of transformers' layout, in the format that its exporter chose.

    Args and returns as for :func:`from_gguf`. Other weights are packed anew.
    """
    weights, form = source / "model.safetensors", format_of(source)
    folder = work / f"packed-{form}-{hashlib.sha256(weights.read_bytes()).hexdigest()[:12]}"
    library = compiled.library(work, compilers)
    return _prepared(library, folder, lambda: packed.from_folder(source, form), report, threads, clear=work)


def format_of(folder: Path) -> Format:
    """What a model's folder says of its format; without, the weights stay as they are, in half precision."""
    file = folder / FORMAT_FILE
    said = json.loads(file.read_text("utf-8"))["format"] if file.exists() else "float16"
    return next((form for form in COMPILED if form == said), "float16")


def _prepared(
    library: ctypes.CDLL | None,
    folder: Path,
    pack: Callable[[], PackedWeights | None],
    report: Report,
    threads: Threads,
    clear: Path | None = None,
) -> NativeModel | None:
    if library is None:
        return None
    weights = packed.load(folder)
    if weights is None:
        result = pack()
        if result is None:
            return None
        for older in () if clear is None else (*clear.glob("packed-*"), *clear.glob("decoder-*")):
            shutil.rmtree(older)
        weights = packed.save(folder, result, report)
    return NativeModel(weights, library, threads)
