"""Carrying out a plan: the Hub makes the Space, takes one commit, builds it, and the page answers.

Knows the order of the calls; each may be repeated, so that a deploy that was broken off is simply run
again. The files arrive in one commit: a Space is the old one or the new one, never half of each.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, Volume, get_token
from huggingface_hub.utils import build_hf_headers, get_session

from aigc_demo.space.failures import explained
from aigc_demo.space.files import CARD
from aigc_demo.space.plan import FREE, MOUNT, SECRET, Plan
from aigc_demo.types import UserError

Say = Callable[..., None]
"""Told of each step: a key of strings.json and the values of its sentence."""

_KEPT = frozenset({".gitattributes"})
"""The Hub's own file: which endings it keeps in its large storage."""
_FAILED = frozenset({"BUILD_ERROR", "RUNTIME_ERROR", "CONFIG_ERROR", "NO_APP_FILE", "DELETING", "PAUSED"})
_RUNNING = "RUNNING"


@dataclass(frozen=True)
class Patience:
    """Seconds between two looks, until the Space must run, and until its page must answer."""

    look: float = 3.0
    build: float = 2400.0
    page: float = 300.0


def deploy(plan: Plan, say: Say, patience: Patience = Patience()) -> dict[str, Any]:
    """Make the Space as planned and wait until its page answers.

    Returns:
        ``space``, ``url``, ``host``, ``commit``, ``files``, ``bytes``, ``removed``, ``stage``.

    Raises:
        UserError: whatever the Hub, the network or the build say, in one sentence.
    """
    if get_token() is None:
        raise UserError("space_no_token", "error.space_no_token", status=401)
    api = HfApi()
    with explained(plan):
        new = not api.repo_exists(plan.space, repo_type="space")
        _make(api, plan, new, say)
        _furnish(api, plan, say)
        commit, removed = _send(api, plan, say)
        if plan.hardware and not new:
            _ask_for_hardware(api, plan, say)
        stage = _wait_for_build(api, plan, commit, say, patience)
        host = api.space_info(plan.space).host or _host_of(plan.space)
        _wait_for_page(host, plan, say, patience)
    return {
        "space": plan.space,
        "url": f"{api.endpoint}/spaces/{plan.space}",
        "host": host,
        "commit": commit,
        "files": len(plan.files) + 1,
        "bytes": plan.size,
        "removed": removed,
        "stage": stage,
    }


def _make(api: HfApi, plan: Plan, new: bool, say: Say) -> None:
    if new:
        say("cli.deploy.making", space=plan.space)
        api.create_repo(
            plan.space,
            repo_type="space",
            space_sdk="gradio",
            private=plan.private or None,
            space_hardware=plan.hardware or FREE,  # type: ignore[arg-type]  # any name the Hub knows
            exist_ok=True,
        )
    elif plan.private and not api.space_info(plan.space).private:
        api.update_repo_settings(plan.space, repo_type="space", visibility="private")


def _furnish(api: HfApi, plan: Plan, say: Say) -> None:
    """Bucket, variables and secret; only what differs, for each change restarts a running Space."""
    if plan.bucket:
        say("cli.deploy.bucket", bucket=plan.bucket, mount=MOUNT)
        api.create_bucket(plan.bucket, private=True, exist_ok=True)
        mounted = api.get_space_runtime(plan.space).volumes or []
        wished = Volume(type="bucket", source=plan.bucket, mount_path=MOUNT)
        if wished not in [_bare(volume) for volume in mounted]:
            others = [volume for volume in mounted if volume.mount_path != MOUNT]
            api.set_space_volumes(plan.space, [*others, wished])
    here = api.get_space_variables(plan.space) if plan.variables else {}
    for name, value in plan.variables.items():
        if name not in here or here[name].value != value:
            api.add_space_variable(plan.space, name, value)
    if SECRET not in api.get_space_secrets(plan.space):
        api.add_space_secret(plan.space, SECRET, secrets.token_urlsafe(48))


def _bare(volume: Volume) -> Volume:
    return Volume(type=volume.type, source=volume.source, mount_path=volume.mount_path)


def _send(api: HfApi, plan: Plan, say: Say) -> tuple[str, int]:
    """One commit on top of what is there now; what is no longer wanted goes with it."""
    say("cli.deploy.sending", files=len(plan.files) + 1, mb=round(plan.size / 1e6, 1))
    before = api.space_info(plan.space)
    there = {sibling.rfilename for sibling in before.siblings or ()}
    stale = sorted(there - {file.path for file in plan.files} - {CARD} - _KEPT)
    done = api.create_commit(
        plan.space,
        [
            *(CommitOperationDelete(path) for path in stale),
            CommitOperationAdd(CARD, plan.readme.encode()),
            *(CommitOperationAdd(file.path, file.source) for file in plan.files),
        ],
        commit_message="Deploy AIGC Studio",
        repo_type="space",
        parent_commit=before.sha,
    )
    return str(done.oid), len(stale)


def _ask_for_hardware(api: HfApi, plan: Plan, say: Say) -> None:
    runtime = api.get_space_runtime(plan.space)
    if plan.hardware not in (runtime.requested_hardware, runtime.hardware):
        say("cli.deploy.hardware", hardware=plan.hardware)
        api.request_space_hardware(plan.space, plan.hardware)  # type: ignore[arg-type]


def _wait_for_build(api: HfApi, plan: Plan, commit: str, say: Say, patience: Patience) -> str:
    """Wait until this very commit runs; stages of an earlier one say nothing about it."""
    shown = ""
    deadline = time.monotonic() + patience.build
    while True:
        runtime = api.get_space_runtime(plan.space)
        ours = runtime.raw.get("sha") in (None, commit)
        stage = str(getattr(runtime.stage, "value", runtime.stage))
        if ours and stage == _RUNNING:
            return stage
        if ours and stage in _FAILED:
            raise UserError(
                "space_build",
                "error.space_build",
                status=502,
                stage=stage,
                reason=_last_line(str(runtime.raw.get("errorMessage") or stage)),
                url=f"{api.endpoint}/spaces/{plan.space}?logs=build",
            )
        if time.monotonic() > deadline:
            raise UserError("space_slow", "error.space_slow", status=504, stage=stage)
        if ours and stage != shown:
            shown = stage
            say("cli.deploy.stage", stage=stage)
        time.sleep(patience.look)


def _wait_for_page(host: str, plan: Plan, say: Say, patience: Patience) -> None:
    """Open the health route as a visitor's browser would, until it says that the process is alive."""
    url = f"{host}/healthz"
    say("cli.deploy.opening", url=url)
    deadline = time.monotonic() + patience.page
    headers = build_hf_headers() if plan.private else {}  # a private Space's proxy asks for the token
    while True:
        answer = get_session().get(url, headers=headers)
        if answer.status_code == 200 and _alive(answer.text):
            return
        if time.monotonic() > deadline:
            raise UserError(
                "space_silent", "error.space_silent", status=504, url=url, answer=answer.status_code
            )
        time.sleep(patience.look)


def _alive(text: str) -> bool:
    try:
        return bool(json.loads(text)["status"] == "alive")
    except (ValueError, KeyError, TypeError):
        return False  # the Hub's own page, shown until ours is there


def _host_of(space: str) -> str:
    """Where a Space's page is served, by the Hub's own rule."""
    return "https://" + "".join(c if c.isalnum() else "-" for c in space.lower()) + ".hf.space"


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""
