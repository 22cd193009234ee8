"""What the commands share: the terminal's language, JSON on stdout, progress on stderr."""

from __future__ import annotations

import json
import locale
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from aigc_demo import i18n
from aigc_demo.types import Event, Language, Loading, Progress, Queued, UserError


def language() -> Language:
    """The terminal's language, from the locale."""
    return i18n.negotiate(locale.getlocale()[0])


def end(error: UserError) -> NoReturn:
    """Leave with the sentence on stderr: 2 for what the caller can mend, else 1."""
    note(i18n.message(error.problem, language()))
    sys.exit(1 if error.status >= 500 else 2)


def print_json(value: Any) -> None:
    """One JSON value on stdout, for machines."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def note(text: str) -> None:
    """One line for people, on stderr."""
    print(text, file=sys.stderr, flush=True)


def bar(label: str) -> Callable[[int, int | None], None]:
    """A progress line for bytes, rewritten in place where stderr is a terminal."""
    shown = -1

    def show(done: int, total: int | None) -> None:
        nonlocal shown
        step = done * 100 // total if total else done // 1_000_000
        if step == shown or not sys.stderr.isatty():
            return
        shown = step
        amount = f"{step:3d} %" if total else f"{step} MB"
        print(f"\r{label}: {amount}", end="", file=sys.stderr, flush=True)

    return show


def show_event(event: Event) -> None:
    """A waiting or working job as one rewritten line, where stderr is a terminal."""
    if not sys.stderr.isatty():
        return
    match event:
        case Queued(place, _) if place:
            line = f"{place} ahead"
        case Loading(model, done, total):
            line = f"loading {model}" + (f" {done * 100 // total} %" if total else "")
        case Progress(done, total, eta):
            line = f"{done} of {total}" + (f", {eta:.0f} s left" if eta else "")
        case _:
            return
    print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
