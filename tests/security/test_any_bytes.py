"""Whatever the bytes: a reader of files answers or refuses, and raises nothing that nobody expects.

Each reader of :mod:`tests.security.readers` gets files that are right but for a few bytes, parts of them, and
bytes without meaning; ten thousand of them in a proof.
"""

from __future__ import annotations

import contextlib
import json

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


@st.composite
def files(draw: st.DrawFn, whole: list[bytes]) -> bytes:
    """A right file with some bytes put in other places' stead, maybe cut, or bytes without meaning."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=400))
    data = bytearray(draw(st.sampled_from(whole)))
    for _ in range(draw(st.integers(0, 5))):
        at = draw(st.integers(0, len(data) - 1))
        patch = draw(st.binary(min_size=1, max_size=8))
        data[at : at + len(patch)] = patch
    return bytes(data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data)


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
    @given(files(whole))
    def asked(data: bytes) -> None:
        with contextlib.suppress(*refusals):
            FILE_READERS[reader].read(data)

    asked()
    proof.count("Damaged files that each reader answered or refused", reader, examples)
