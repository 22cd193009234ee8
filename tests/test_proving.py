"""What a proof counted is told whole: also that nothing leaked, and that something failed."""

from __future__ import annotations

import json
from pathlib import Path

from tests.proving import Proof


def test_a_report_tells_counts_tables_and_failures(tmp_path: Path) -> None:
    proof = Proof(long=True)
    proof.count("Kills", "kills", 3)
    proof.count("Kills", "kills")
    proof.count("Kills", "lost", 0)
    proof.row("Growth", reader="png", ratio=2.0)
    proof.outcomes.update(passed=4, failed=1)
    proof.failed.append("tests/x.py::test_y")
    page = proof.write(tmp_path).read_text()
    assert "| kills | 4 |" in page
    assert "| lost | 0 |" in page
    assert "| reader | ratio |" in page
    assert "| png | 2.0 |" in page
    assert "NOT every promise held" in page
    assert "- FAILED tests/x.py::test_y" in page
    assert json.loads((tmp_path / "report.json").read_text())["counts"] == {"Kills": {"kills": 4, "lost": 0}}


def test_the_short_form_tries_less_often() -> None:
    assert Proof(long=False).times(2, 200) == 2
    assert Proof(long=True).times(2, 200) == 200
