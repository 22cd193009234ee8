"""A visitor's verbs one after the other, to be killed in the middle of any of them.

Each verb changes what the visitor sees in one step; the child tells before and after each.
"""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from aigc_demo.history import History
from aigc_demo.settings import Settings
from tests.faults.store_child import arm
from tests.history.making import picture, submission, text

OWNER = "qzxowner"
CANARY = "qzxcanary"
"""One word in all that the verbs write."""

Metadata = dict[str, str]
Verb = Callable[[History, Metadata], object]


def _create(history: History, metadata: Metadata) -> None:
    metadata["job"] = history.create(submission(CANARY, owner=OWNER)).id


def _start(history: History, metadata: Metadata) -> None:
    history.start(metadata["job"]).result()


def _finish(history: History, metadata: Metadata) -> None:
    history.finish(metadata["job"], "done", [text(CANARY), picture()], seconds=0.1)


def _upload(history: History, metadata: Metadata) -> None:
    metadata["upload"] = history.put_upload(
        OWNER, f"{CANARY}.png", "image/png", b"bytes of " + CANARY.encode()
    )


def _share(history: History, metadata: Metadata) -> None:
    history.links.make(OWNER, metadata["job"], show_prompt=True)


def _share_less(history: History, metadata: Metadata) -> None:
    history.links.make(OWNER, metadata["job"], show_prompt=False)


VERBS: dict[str, Verb] = {
    "create": _create,
    "start": _start,
    "finish": _finish,
    "upload": _upload,
    "share": _share,
    "share less": _share_less,
    "rename": lambda history, metadata: history.patch(OWNER, metadata["job"], title=f"renamed {CANARY}"),
    "star": lambda history, metadata: history.patch(OWNER, metadata["job"], starred=True),
    "end the link": lambda history, metadata: history.links.end(OWNER, metadata["job"]),
    "make a token": lambda history, metadata: history.tokens.make(OWNER, CANARY, days=9),
    "share again": _share,
    "delete": lambda history, metadata: history.delete(OWNER, [metadata["job"]]),
    "restore": lambda history, metadata: history.restore(OWNER, [metadata["job"]]),
    "delete again": lambda history, metadata: history.delete(OWNER, [metadata["job"]]),
    "remove the upload": lambda history, metadata: history.delete_upload(OWNER, metadata["upload"]),
    "purge": lambda history, metadata: history.purge(0, sure=True),
    "create another": _create,
    "start it": _start,
    "finish it": _finish,
    "upload another": _upload,
    "forget me": lambda history, metadata: history.clear(OWNER),
}


def work(folder: Path, report: Connection, die_at: int) -> None:
    """All verbs in a row; death by kill -9 at the ``die_at``-th step towards the disk."""
    history = History.open(Settings(data_dir=folder))
    history._standing._periodic.stop()  # else its steps fall between ours as chance will have it
    metadata: Metadata = {}
    arm(die_at)
    for verb in VERBS.values():
        verb(history, metadata)
        report.send("done")
    history.close()
    report.send("closed")
