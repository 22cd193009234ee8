"""A deploy against the Hub's stand-in: one commit of what is wanted, and every refusal one sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aigc_demo import i18n
from aigc_demo.settings import ROOT
from aigc_demo.space import plan
from aigc_demo.space.hub import Patience, deploy
from aigc_demo.types import UserError
from tests.space.hub import MOST_PLAIN, READER, WRITER, Hub, Refusal, Repo

SPACE = "ann/studio"
QUICK = Patience(look=0.0, build=0.3, page=0.3)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A small app with each kind of file: text, binary, and one that is too large for a plain commit."""
    root = tmp_path / "app"
    (root / "aigc_demo").mkdir(parents=True)
    (root / "assets" / "models").mkdir(parents=True)
    for name in ("app.py", "LICENSE", "NOTICE", "aigc_demo/__init__.py"):
        (root / name).write_text(f"# {name}\n", "utf-8")
    (root / "requirements.txt").write_text("gradio>=6.31,<7\n", "utf-8")
    (root / "README.md").write_text("# 画室\n", "utf-8")
    (root / "space.yaml").write_bytes((ROOT / "space.yaml").read_bytes())
    (root / "assets" / "small.webp").write_bytes(bytes(range(256)))
    (root / "assets" / "models" / "big.json").write_text("1" * (MOST_PLAIN + 1), "utf-8")
    return root


def put(copy: Path, said: list[str] | None = None, **wishes: Any) -> dict[str, Any]:
    def say(key: str, **values: Any) -> None:
        if said is not None:
            said.append(i18n.t(key, "en", **values))

    return deploy(plan.make(copy, SPACE, **wishes), say, QUICK)


def arrived(hub: Hub) -> dict[str, bytes]:
    return {path: body for path, body in hub.repos[SPACE].files.items() if path != ".gitattributes"}


def test_a_new_space_is_made_and_everything_arrives_in_one_commit(hub: Hub, copy: Path) -> None:
    said: list[str] = []
    done = put(copy, said)
    repo = hub.repos[SPACE]
    assert len(repo.commits) == 2
    assert done["commit"] == repo.commits[-1]
    assert (repo.created["sdk"], repo.hardware, repo.private) == ("gradio", "zero-a10g", False)
    here = {p.relative_to(copy).as_posix(): p.read_bytes() for p in copy.rglob("*") if p.is_file()}
    readme = here.pop("README.md")
    assert here.pop("space.yaml") in arrived(hub)["README.md"]
    assert arrived(hub)["README.md"].endswith(readme)
    assert {path: body for path, body in arrived(hub).items() if path != "README.md"} == here
    assert done["bytes"] == sum(map(len, arrived(hub).values()))
    stages = [line for line in said if "BUILDING" in line or "APP_STARTING" in line]
    assert len(stages) == 2
    assert hub.asked[-1] == "page"
    assert not [step for step in hub.asked if step.startswith("unknown")]


def test_a_second_deploy_sends_what_changed_and_takes_away_what_is_no_longer_wanted(
    hub: Hub, copy: Path
) -> None:
    put(copy)
    (copy / "assets" / "small.webp").unlink()
    (copy / "app.py").write_text("# new\n", "utf-8")
    hub.asked.clear()
    done = put(copy)
    assert done["removed"] == 1
    assert "assets/small.webp" not in arrived(hub)
    assert arrived(hub)["app.py"] == b"# new\n"
    assert ".gitattributes" in hub.repos[SPACE].files
    assert not {"create", "upload", "set_secret", "set_variable", "volumes", "hardware"} & set(hub.asked)


def test_nothing_changed_is_no_new_commit(hub: Hub, copy: Path) -> None:
    first = put(copy)
    assert put(copy)["commit"] == first["commit"]


def test_bucket_variables_secret_and_hardware_are_set_and_other_volumes_stay(hub: Hub, copy: Path) -> None:
    other = {"type": "model", "source": "ann/weights", "mountPath": "/models"}
    old = {"type": "bucket", "source": "ann/old", "mountPath": "/data"}
    hub.repos[SPACE] = Repo(volumes=[other, old], stages=["RUNNING"])
    wishes: dict[str, Any] = {"bucket": "keep", "variables": ["AIGC_SLOTS=2"], "hardware": "t4-small"}
    put(copy, private=True, **wishes)
    repo = hub.repos[SPACE]
    assert hub.buckets == {"ann/keep": {"visibility": "private"}}
    assert repo.volumes == [other, {"type": "bucket", "source": "ann/keep", "mountPath": "/data"}]
    assert repo.variables == {"AIGC_SLOTS": "2"}
    assert len(repo.secrets["AIGC_SECRET"]) >= 32
    assert (repo.hardware, repo.private) == ("t4-small", True)
    kept, hub.asked[:] = repo.secrets["AIGC_SECRET"], []
    put(copy, private=True, **wishes)
    assert repo.secrets["AIGC_SECRET"] == kept
    assert not {"set_secret", "set_variable", "volumes", "hardware", "settings"} & set(hub.asked)


_STRANGER = (("X-Error-Message", "Invalid credentials in Authorization header"),)
REFUSALS: dict[str, tuple[str, Refusal | str, str, int]] = {
    "a token it does not know": ("info", Refusal(401, headers=_STRANGER), "space_token", 401),
    "no right to make one": ("create", Refusal(403, "no rights"), "space_forbidden", 403),
    "no paid plan": ("create", Refusal(402, "subscribe first"), "space_payment", 402),
    "somebody was quicker": ("commit", Refusal(412), "space_moved", 503),
    "a conflict": ("commit", Refusal(409), "space_moved", 503),
    "too much": ("commit", Refusal(413, "storage limit reached"), "space_hub_full", 413),
    "too many requests": ("preupload", Refusal(429, headers=(("Retry-After", "17"),)), "hub_busy", 503),
    "trouble of its own": ("commit", Refusal(500), "hub_trouble", 502),
    "half an upload": ("upload", "cut", "space_broken_off", 502),
    "half a commit": ("commit", "cut", "hub_unreachable", 502),
    "a card it does not take": ("validate", Refusal(400), "space_refused", 502),
    "a hardware it does not have": ("create", Refusal(400, "unknown flavor"), "space_refused", 400),
    "a full storage": ("upload", Refusal(413, "quota"), "space_hub_full", 413),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_one_sentence_and_leaves_the_space_as_it_was(name: str, hub: Hub, copy: Path) -> None:
    step, fault, code, status = REFUSALS[name]
    hub.faults[step] = fault
    with pytest.raises(UserError) as refused:
        put(copy)
    assert (refused.value.problem.code, refused.value.status) == (code, status)
    for language in i18n.LANGUAGES:
        sentence = i18n.message(refused.value.problem, language)
        assert "{" not in sentence and "\n" not in sentence and "Traceback" not in sentence
    assert all(len(repo.commits) == 1 for repo in hub.repos.values())
    hub.faults.clear()
    assert put(copy)["stage"] == "RUNNING"


def test_what_had_arrived_before_the_line_broke_is_not_sent_again(hub: Hub, copy: Path) -> None:
    hub.faults["commit"] = Refusal(503)
    with pytest.raises(UserError):
        put(copy)
    hub.faults.clear()
    hub.asked.clear()
    put(copy)
    assert "upload" not in hub.asked


def test_a_token_that_may_only_read_is_told_so(hub: Hub, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", READER)
    with pytest.raises(UserError, match="space_forbidden"):
        put(copy)


def test_without_a_token_nothing_is_asked(hub: Hub, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aigc_demo.space.hub.get_token", lambda: None)
    with pytest.raises(UserError, match="space_no_token"):
        put(copy)
    assert hub.asked == []


@pytest.mark.parametrize("stage", ["BUILD_ERROR", "RUNTIME_ERROR", "PAUSED", "NO_APP_FILE"])
def test_a_build_that_fails_says_why(hub: Hub, copy: Path, stage: str) -> None:
    hub.builds = ["BUILDING", stage]
    hub.repos[SPACE] = Repo(stages=["RUNNING"], error="pip ran\n\nERROR: no matching distribution\n")
    with pytest.raises(UserError, match="space_build") as refused:
        put(copy)
    assert "no matching distribution" in i18n.message(refused.value.problem, "en")


def test_a_build_without_end_and_a_page_that_stays_silent_are_not_waited_for_for_ever(
    hub: Hub, copy: Path
) -> None:
    hub.builds = ["BUILDING"]
    with pytest.raises(UserError, match="space_slow"):
        put(copy)
    hub.builds = ["RUNNING"]
    hub.repos[SPACE].stages = ["RUNNING"]
    hub.faults["page"] = Refusal(503)
    with pytest.raises(UserError, match="space_silent"):
        put(copy)


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ({"space": "studio"}, "space_name"),
        ({"space": "ann/../x"}, "space_name"),
        ({"space": "ann/st udio"}, "space_name"),
        ({"bucket": "a/b/c"}, "bucket_name"),
        ({"hardware": "-"}, "bad_hardware"),
        ({"variables": ["AIGC_SLOTS"]}, "bad_argument"),
        ({"variables": ["AIGC_SECRET=x"]}, "public_variable"),
        ({"variables": ["HF_TOKEN=x"]}, "public_variable"),
        ({"variables": ["AIGC_SLOT=2"]}, "unknown_setting"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_before_anything_is_asked(
    copy: Path, wishes: dict[str, Any], code: str
) -> None:
    space = wishes.pop("space", SPACE)
    with pytest.raises(UserError, match=code) as refused:
        plan.make(copy, space, **wishes)
    assert refused.value.status == 400


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(tmp_path: Path) -> Run:
    """``python -m aigc_demo deploy`` in a process of its own."""

    def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "AIGC_"))}
        return subprocess.run(
            [sys.executable, "-m", "aigc_demo", "deploy", "--space", SPACE, *words],
            cwd=ROOT,
            env={**clean, "HF_HOME": str(tmp_path / "home"), "LC_ALL": "C.UTF-8", **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_a_dry_run_lists_what_would_be_sent_and_set_without_a_network_or_a_token(command: Run) -> None:
    nowhere = {"HF_ENDPOINT": "http://127.0.0.1:9"}
    done = command("--bucket", "keep", "--dry-run", "--json", **nowhere)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert {"app.py", "README.md", "requirements.txt"} <= {file["path"] for file in report["files"]}
    assert report["bytes"] == sum(file["size"] for file in report["files"]) <= 150_000_000
    assert (report["bucket"], report["mount"], report["secrets"]) == ("ann/keep", "/data", ["AIGC_SECRET"])
    shown = command("--dry-run", **nowhere)
    assert shown.returncode == 0
    assert "app.py" in shown.stdout and "nothing was sent" in shown.stderr


def test_the_command_ends_with_one_sentence_and_the_exit_code_of_all_commands(command: Run) -> None:
    with Hub().serving() as hub:
        there = {"HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_XET": "1"}
        unknown = command(HF_TOKEN="hf_stranger", **there)
        assert (unknown.returncode, unknown.stdout) == (2, "")
        assert "does not accept your token" in unknown.stderr.splitlines()[-1]
        hub.faults["create"] = Refusal(500)
        broken = command(HF_TOKEN=WRITER, **there)
        assert broken.returncode == 1
        assert "Traceback" not in unknown.stderr + broken.stderr
