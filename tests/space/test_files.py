"""What a deploy sends: what the rules name and nothing else, within what a Space should weigh."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from aigc_demo.settings import ROOT
from aigc_demo.space import files
from aigc_demo.space.files import wanted
from aigc_demo.types import UserError

LEFT_OUT = ("aigc_demo/training/", "aigc_demo/drawing/")
NO_FILE_OF_THE_APPS = {
    "assets/ui/types.d.ts",
    "assets/models/emojiflow/first_64_seeds.png",
    "assets/models/emojiflow/held_out.json",
}
STRAY = [
    ".env",
    "data/studio.db",
    "assets/.cache/x.json",
    "assets/models/.DS_Store",
    "aigc_demo/__pycache__/studio.pyc",
    "aigc_demo/notes.bak",
    "assets/models/own/weights.ckpt",
    "tests/test_x.py",
    "findings/x.py",
    ".ci/run",
    "docs/draft.md",
    "id_rsa",
    "aigc_demo/.env",
    "aigc_demo/training/own.py",
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A small whole app: every file that must be there, none of the heavy ones."""
    for name in ("app.py", "LICENSE", "NOTICE", "requirements.txt", "aigc_demo/__init__.py", "assets/a.json"):
        put(tmp_path, name)
    put(tmp_path, "requirements.txt", "gradio>=6.31,<7\n")
    put(
        tmp_path,
        "README.md",
        "[deploy](docs/deploy.md) ![x](docs/images/x.png) [out](https://x.example/docs/no.md)",
    )
    put(tmp_path, "docs/deploy.md", "[more](more.md#part) [code](../aigc_demo/secret.key)")
    put(tmp_path, "docs/more.md")
    put(tmp_path, "docs/images/x.png")
    return tmp_path


def put(root: Path, name: str, text: str = "x") -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def names(root: Path) -> set[str]:
    return {file.path for file in wanted(root)}


def test_all_that_the_app_consists_of_goes_and_nothing_besides() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "aigc_demo", "assets"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("this is no checkout")
    tracked = {path for path in listed.stdout.splitlines() if not path.startswith(LEFT_OUT)}
    sent = names(ROOT)
    assert tracked - sent == NO_FILE_OF_THE_APPS
    assert {path for path in sent if path.startswith(LEFT_OUT)} == set()


def test_it_weighs_no_more_than_a_space_should() -> None:
    assert sum(file.size for file in wanted(ROOT)) <= files.MOST_BYTES == 150_000_000


def test_what_no_rule_names_stays_here_whatever_lies_about(copy: Path) -> None:
    before = names(copy)
    for name in STRAY:
        put(copy, name, "secret")
    assert names(copy) == before


def test_a_link_out_of_the_folder_is_not_followed(
    copy: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before, elsewhere = names(copy), tmp_path_factory.mktemp("home")
    put(elsewhere, "key.json", "secret")
    (copy / "assets" / "b.json").symlink_to(elsewhere / "key.json")
    (copy / "assets" / "home").symlink_to(elsewhere)
    assert names(copy) == before


def test_the_pages_that_the_card_leads_to_go_with_their_pictures(copy: Path) -> None:
    put(copy, "docs/images/unused.png")
    assert {path for path in names(copy) if path.startswith("docs")} == {
        "docs/deploy.md",
        "docs/more.md",
        "docs/images/x.png",
    }


def test_a_copy_that_is_not_whole_is_said_so(copy: Path) -> None:
    (copy / "app.py").unlink()
    with pytest.raises(UserError, match=r"space_incomplete.*app\.py"):
        wanted(copy)


def test_too_much_is_not_sent_and_the_largest_file_is_named(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(copy, "assets/big.json", "x" * 2_000)
    monkeypatch.setattr(files, "MOST_BYTES", 1_500)
    with pytest.raises(UserError, match=r"big\.json") as refused:
        wanted(copy)
    assert refused.value.status == 413
