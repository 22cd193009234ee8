"""A process of its own in which sentences become vectors: a script, run by its path.

Knows how a request is answered; the vectors are those of :mod:`aigc_demo.language.encoder`. It holds the
network's weights, which the server does not want to hold, and goes when nobody has asked for a while.
"""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> None:
    """Answer until stdin ends."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from aigc_demo.language.encoder import SentenceEncoder
    from aigc_demo.provenance import c2pa_worker
    from aigc_demo.settings import ASSETS

    encoder = SentenceEncoder(ASSETS / "models" / "emojiflow")
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while (asked := c2pa_worker.receive(source)) is not None:
        request, _ = asked
        c2pa_worker.send(target, {"width": encoder.width}, encoder(request["texts"]).tobytes())


if __name__ == "__main__":
    main()
