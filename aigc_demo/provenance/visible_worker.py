"""A process of its own in which files get the label that people see: a script, run by its path.

Knows how a request is answered; what is done to a file is in :mod:`visible`. Its memory is bounded, as that
of :mod:`c2pa_worker`: whole clips are decoded here.
"""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> None:
    """Answer until stdin ends."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from aigc_demo.provenance import c2pa_worker, visible

    c2pa_worker.bound()
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while (asked := c2pa_worker.receive(source)) is not None:
        request, (data,) = asked
        try:
            key = bytes.fromhex(request["key"]) if request.get("key") else None
            if request.get("look") and key is not None:
                c2pa_worker.send(target, {"likeness": visible.likeness(data, key)})
                continue
            done = visible.labelled(data, request["media_type"], request["mark"], request["line"], key)
        except Exception as error:  # whatever a decoder raises is the answer
            c2pa_worker.send(target, {"error": type(error).__name__, "message": str(error)[:300]})
        else:
            c2pa_worker.send(target, {}, done)


if __name__ == "__main__":
    main()
