"""Whatever the bytes: a reader of files answers or refuses, and raises nothing that nobody expects.

Each reader of :mod:`tests.security.readers` gets files that are right but for a few bytes, parts of them, and
bytes without meaning; ten thousand of them in a proof.
"""

from __future__ import annotations

import contextlib
import json
import random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from aigc_demo import provenance
from aigc_demo.tasks.music import abc, midi, musicxml
from aigc_demo.tasks.music import score as scores
from aigc_demo.types import Output, UserError, media
from tests.proving import Proof
from tests.security.readers import FILE_READERS
from tests.tasks.music.pieces import song
from tests.test_provenance import FILES, METADATA

SHORT, LONG = 25, 10_000
_LABELLED = {
    name: provenance.stamp(Output("file", "x", name, data=data), METADATA).data
    for name, data in FILES.items()
}
_SCORES = [abc.write(song()), midi.write(song()), musicxml.write(song())]
_OTHERS = [json.dumps(scores.to_json(song())).encode(), b"%PDF-1.4\n", b'{"AIGC": {"Label": "1"}}']
WHOLE = [data for data in (*FILES.values(), *_LABELLED.values(), *_SCORES, *_OTHERS) if len(data) < 20_000]
WITHIN = ("provenance.without_record", "provenance.repeatable")
"""They raise ValueError as well, as the carriers do, for whoever asks to make a sentence of."""


def _of_carrier(reader: str) -> list[bytes]:
    """Right files for this reader: of its own format where it has one."""
    carrier, _, verb = reader.partition(" ")
    if verb not in ("embed", "extract"):
        return WHOLE
    return [
        data
        for files in (FILES, _LABELLED)
        for name, data in files.items()
        if media.of_type(name).carrier == carrier
    ]


def damaged(whole: bytes, seed: int) -> bytes:
    """A right file with some bytes put in other places' stead, maybe cut, or bytes without meaning.

    Drawn from one number: to draw each byte from Hypothesis takes longer than to read them.
    """
    rng = random.Random(seed)
    if rng.random() < 0.1:
        return rng.randbytes(rng.randrange(400))
    data = bytearray(whole)
    for _ in range(rng.randrange(6)):
        at, patch = rng.randrange(len(data)), rng.randbytes(rng.randrange(1, 9))
        data[at : at + len(patch)] = patch
    return bytes(data[: rng.randrange(len(data) + 1)] if rng.random() < 0.5 else data)


@pytest.mark.parametrize("reader", FILE_READERS)
def test_no_bytes_raise_what_nobody_expects(reader: str, proof: Proof) -> None:
    examples = proof.times(SHORT, LONG)
    whole = _of_carrier(reader)
    refusals = (UserError,) if whole is WHOLE and reader not in WITHIN else (UserError, ValueError)

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.builds(damaged, st.sampled_from(whole), st.integers(0, 2**32)))
    def asked(data: bytes) -> None:
        with contextlib.suppress(*refusals):
            FILE_READERS[reader].read(data)

    asked()
    proof.count("Damaged files that each reader answered or refused", reader, examples)
