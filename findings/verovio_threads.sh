#!/bin/sh
# One would guess: a package that engraves in the thread that imported it does so in any other thread too, or says why not.
# True in verovio 6.4.1 (Python): the folder of its fonts is kept for each thread apart, and the package sets it while it
# is imported. A toolkit that is made in another thread knows a folder of the machine that built the wheel, and loadData
# answers False to a score that it reads in the first thread; the reason stands only in the log, which a server switches
# off. Who imports in one thread and engraves in another (a pool, a lazy import) gets nothing drawn. To call
# setDefaultResourcePath in the thread that makes the toolkit cures it. Source: verovio/__init__.py of the wheel, which
# ends with that call; in the C++ Resources class the default path is thread_local.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check verovio==6.4.1
"$work/venv/bin/python" - <<'PY'
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from importlib.resources import files

import verovio

verovio.enableLog(verovio.LOG_OFF)
score = "@clef:G-2\n@keysig:\n@timesig:4/4\n@data:4CDEF"
data = str(files("verovio") / "data")


def read(told: bool) -> tuple[bool, bool]:
    if told:
        verovio.setDefaultResourcePath(data)
    toolkit = verovio.toolkit()
    return toolkit.getResourcePath() == data, toolkit.loadData(score)


def elsewhere(told: bool) -> tuple[bool, bool]:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(read, told).result()


seen = {
    "the thread that imported it": read(False),
    "another thread": elsewhere(False),
    "another, told of the folder": elsewhere(True),
}
print("verovio", version("verovio"))
for where, (knows, reads) in seen.items():
    print(f"{where}: knows its fonts {knows}, reads the score {reads}")
assert list(seen.values()) == [(True, True), (False, False), (True, True)], "the behaviour has changed"
PY
