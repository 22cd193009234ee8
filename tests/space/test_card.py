"""The Space's card: what the Hub would refuse minutes later is said at once, without a network."""

from __future__ import annotations

from pathlib import Path

import pytest

from aigc_demo.settings import ROOT
from aigc_demo.space import card
from aigc_demo.types import UserError

GOOD = (ROOT / "space.yaml").read_text("utf-8")


def checked(tmp_path: Path, text: str, readme: str = "# Studio\n") -> tuple[card.Card, str]:
    (tmp_path / "space.yaml").write_text(text, "utf-8")
    (tmp_path / "README.md").write_text(readme, "utf-8")
    (tmp_path / "requirements.txt").write_text("numpy\ngradio>=6.31,<7\n", "utf-8")
    return card.read(tmp_path, {"app.py"})


def test_our_own_card_is_good_and_stands_at_the_head_of_the_readme() -> None:
    found, readme = card.read(ROOT, {"app.py"})
    assert found.sdk == "gradio"
    assert readme == (ROOT / "README.md").read_text("utf-8")


def test_an_old_card_in_the_readme_is_replaced(tmp_path: Path) -> None:
    _, readme = checked(tmp_path, GOOD, "---\ntitle: Old\n---\n\n# Studio\n---\nmore\n")
    assert readme == f"---\n{GOOD}---\n\n# Studio\n---\nmore\n"


def test_a_copy_of_a_space_has_its_card_in_the_readme_alone(tmp_path: Path) -> None:
    checked(tmp_path, GOOD, f"---\n{GOOD}---\n# Studio\n")
    (tmp_path / "space.yaml").unlink()
    assert card.read(tmp_path, {"app.py"})[0].title == "AIGC Studio"


@pytest.mark.parametrize(
    ("line", "instead", "names"),
    [
        ("colorFrom: indigo", "colorFrom: turquoise", "colorFrom"),
        ("sdk: gradio", "sdk: docker", "sdk"),
        ("sdk_version: 6.31.0", "sdk_version: 5.1.0", "sdk_version"),
        ("sdk_version: 6.31.0", "sdk_version: 6.31", "sdk_version"),
        ('python_version: "3.12"', "python_version: 3.1", "python_version"),
        ("app_file: app.py", "app_file: main.py", "app_file"),
        ("pinned: false", "pined: false", "pined"),
        ("title: AIGC Studio", "", "title"),
        ("title: AIGC Studio", "title: [", "YAML"),
        ("short_description: Text", "short_description: " + "x" * 60, "short_description"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, line: str, instead: str, names: str) -> None:
    assert line in GOOD
    with pytest.raises(UserError, match="space_card") as refused:
        checked(tmp_path, GOOD.replace(line, instead))
    assert names in str(refused.value.problem.values)
