"""Scores drawn by chance come in as they were drawn; other programs read them so too, where they are here."""

from __future__ import annotations

import pytest

from tests.proving import Proof
from tests.tasks.music import agreement

QUICK, LONG = 60, 600


@pytest.mark.parametrize("seed", range(QUICK))
def test_a_score_comes_in_as_it_was_drawn(seed: int) -> None:
    score = agreement.drawn(seed)
    assert agreement.ours(score) == score.parts


def test_other_programs_read_the_same(proof: Proof) -> None:
    rows, apart = agreement.table(LONG if proof.long else 24)
    for (name, kind), (good, every) in rows.items():
        if name == "ours":
            assert good == every
        if proof.long:
            why = agreement.WORDS.get((name, kind), "") if good < every else ""
            proof.row("Scores drawn by chance", reader=name, kind=kind, right=good, of=every, why=why)
    assert [one for one in apart if not one[1].endswith("as known")] == []
