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
from tests.history.making import picture, text, wish

OWNER = "qzxowner"
CANARY = "qzxcanary"
"""One word in all that the verbs write."""

Facts = dict[str, str]
Verb = Callable[[History, Facts], object]


def _create(history: History, facts: Facts) -> None:
    facts["job"] = history.create(wish(CANARY, owner=OWNER)).id


def _start(history: History, facts: Facts) -> None:
    history.start(facts["job"]).result()


def _finish(history: History, facts: Facts) -> None:
    history.finish(facts["job"], "done", [text(CANARY), picture()], seconds=0.1)


def _upload(history: History, facts: Facts) -> None:
    facts["upload"] = history.put_upload(OWNER, f"{CANARY}.png", "image/png", b"bytes of " + CANARY.encode())


def _share(history: History, facts: Facts) -> None:
    history.share(OWNER, facts["job"], show_prompt=True)


def _share_less(history: History, facts: Facts) -> None:
    history.share(OWNER, facts["job"], show_prompt=False)


VERBS: dict[str, Verb] = {
    "create": _create,
    "start": _start,
    "finish": _finish,
    "upload": _upload,
    "share": _share,
    "share less": _share_less,
    "rename": lambda history, facts: history.patch(OWNER, facts["job"], title=f"renamed {CANARY}"),
    "star": lambda history, facts: history.patch(OWNER, facts["job"], starred=True),
    "end the link": lambda history, facts: history.unshare(OWNER, facts["job"]),
    "make a token": lambda history, facts: history.tokens.make(OWNER, CANARY, days=9),
    "share again": _share,
    "delete": lambda history, facts: history.delete(OWNER, [facts["job"]]),
    "restore": lambda history, facts: history.restore(OWNER, [facts["job"]]),
    "delete again": lambda history, facts: history.delete(OWNER, [facts["job"]]),
    "remove the upload": lambda history, facts: history.delete_upload(OWNER, facts["upload"]),
    "purge": lambda history, facts: history.purge(0, sure=True),
    "create another": _create,
    "start it": _start,
    "finish it": _finish,
    "upload another": _upload,
    "forget me": lambda history, facts: history.clear(OWNER),
}


def work(folder: Path, report: Connection, die_at: int) -> None:
    """All verbs in a row; death by kill -9 at the ``die_at``-th step towards the disk."""
    history = History.open(Settings(data_dir=folder))
    history._periodic.stop()  # else its steps fall between ours as chance will have it
    facts: Facts = {}
    arm(die_at)
    for verb in VERBS.values():
        verb(history, facts)
        report.send("done")
    history.close()
    report.send("closed")
