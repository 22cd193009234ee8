"""kill -9 in the middle of upload, share, rename, delete and the rest: each has happened or has not.

What a visitor sees after every verb is written down once without a kill. After a kill in the middle of the
next verb the next start must show the one state or the other, whole: nothing that was acknowledged is
lost, no row lacks its file and no file its row.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from aigc_demo.history import History
from aigc_demo.history.media import job_key, upload_key
from tests.faults import verbs_child
from tests.faults.verbs_child import CANARY, OWNER, VERBS, Metadata
from tests.history.making import files_below, opened
from tests.proving import Proof
from tests.security.traces import traces

State = dict[str, Any]


def seen(history: History, folder: Path) -> State:
    """What the visitor has, by anything but ids and times."""
    items = history.page(OWNER, limit=100).items
    with closing(sqlite3.connect(folder / "studio.db")) as raw:
        uploads = raw.execute("SELECT name, size FROM uploads WHERE state = 'kept'").fetchall()
        hidden = raw.execute("SELECT count(*) FROM jobs WHERE deleted IS NOT NULL").fetchone()[0]
    shares = [history.links.of_job(OWNER, job.id) for job in items]
    return {
        "items": [
            (job.title, job.status, job.starred, [result.name for result in job.outputs]) for job in items
        ],
        "links": [share and share.show_prompt for share in shares],
        "uploads": uploads,
        "hidden": hidden,
        "tokens": [token.name for token in history.tokens.of(OWNER)],
    }


def fits_together(folder: Path) -> None:
    """Every row has its files with their bytes, and every file its row."""
    with closing(sqlite3.connect(folder / "studio.db")) as raw:
        result = raw.execute("SELECT id, name, sha256 FROM outputs JOIN jobs ON number = job").fetchall()
        brought = raw.execute("SELECT id, stored, size FROM uploads").fetchall()
    media = folder / "media"
    for job_id, name, sha256 in result:
        assert hashlib.sha256((media / job_key(job_id) / name).read_bytes()).hexdigest() == sha256
    for upload_id, stored, size in brought:
        assert (media / upload_key(upload_id) / stored).stat().st_size == size
    assert {path.parent.name for path in files_below(media)} == {row[0] for row in (*result, *brought)}
    assert files_below(folder / "tmp") == []


def states(folder: Path) -> list[State]:
    """What is seen before the first verb and after each."""
    metadata: Metadata = {}
    with opened(folder) as history:
        found = [seen(history, folder)]
        for verb in VERBS.values():
            verb(history, metadata)
            found.append(seen(history, folder))
        fits_together(folder)
    return found


def killed(folder: Path, die_at: int) -> int | None:
    """One life of the server; how many verbs it acknowledged, None if it came to its own end."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.verbs_child"])
    mine, theirs = context.Pipe(duplex=False)
    process = context.Process(target=verbs_child.work, args=(folder, theirs, die_at))
    process.start()
    theirs.close()
    metrics = []
    try:
        while mine.poll(120):
            metrics.append(mine.recv())
    except EOFError:
        pass
    process.join()
    return None if "closed" in metrics else metrics.count("done")


def is_forgotten(folder: Path) -> bool:
    """Whether the bytes say nothing of the visitor any more, a while after the next start."""
    with opened(folder):
        deadline = time.monotonic() + 60
        while (found := traces(folder, [CANARY, OWNER])) and time.monotonic() < deadline:
            time.sleep(0.02)
    return not found


def test_a_kill_at_any_step_of_any_verb_leaves_the_state_before_or_after_it(
    tmp_path: Path, proof: Proof
) -> None:
    expected = states(tmp_path / "whole")
    names, hit = list(VERBS), set()
    for die_at in range(1, 600, proof.times(3, 1)):
        folder = tmp_path / str(die_at)
        acknowledged = killed(folder, die_at)
        if acknowledged is None:
            break
        verb = names[acknowledged]
        hit.add(verb)
        proof.count("Kills at every step of every verb", verb)
        with opened(folder) as history:
            found = seen(history, folder)
            fits_together(folder)
        assert found in expected[acknowledged : acknowledged + 2], f"killed in the middle of {verb}"
        if verb == "forget me" and found == expected[-1]:
            assert is_forgotten(folder), f"step {die_at}"
    else:
        raise AssertionError("the verbs never came to their end")
    assert hit == set(VERBS) or not proof.long, "no kill fell into these"
    assert {"upload", "finish", "forget me"} <= hit
