"""On ZeroGPU, by the real ``spaces`` package: who borrows the GPU, on whose quota, and for how long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.space.zerogpu_host import SHARED, Quota, ZeroGpuHost
from tests.space.zerogpu_space import ZeroGpuSpace

LENT = "debug-text-gpu"


@pytest.fixture(scope="module")
def host() -> Iterator[ZeroGpuHost]:
    """The machine that lends the GPU."""
    with ZeroGpuHost().serving() as host:
        yield host


@pytest.fixture(scope="module")
def space(host: ZeroGpuHost, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZeroGpuSpace]:
    """A Space whose GPU is that machine's."""
    space = ZeroGpuSpace(tmp_path_factory.mktemp("space") / "data", host)
    space.start()
    yield space
    space.stop()


@pytest.fixture
def visitor(space: ZeroGpuSpace, host: ZeroGpuHost) -> Iterator[httpx.Client]:
    """Somebody with the app's cookie; the shared quota is as on a new day."""
    host.quotas[SHARED] = Quota(60.0)
    host.calls.clear()
    host.refused.clear()
    with httpx.Client(base_url=space.url, timeout=60, headers={"Accept-Language": "en"}) as client:
        client.get("/api/history")
        yield client


def ask(
    visitor: httpx.Client,
    model: str = LENT,
    token: str | None = None,
    prompt: str = "a cat",
    tokens: int = 50,
) -> dict[str, Any]:
    """A job, to its end."""
    headers = {} if token is None else {"X-IP-Token": token}
    params = {"prompt": prompt, "max_new_tokens": tokens, "seed": 7}
    asked = {"task": "text", "model": model, "params": params}
    return ended(visitor, visitor.post("/api/jobs", json=asked, headers=headers).json()["id"])


def ended(visitor: httpx.Client, job: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        item: dict[str, Any] = visitor.get(f"/api/jobs/{job}").json()
        if item["status"] in ("done", "failed", "cancelled"):
            return item
        time.sleep(0.05)
    raise AssertionError(item)


def test_the_space_reports_that_it_has_started(space: ZeroGpuSpace, host: ZeroGpuHost) -> None:
    assert host.reports == 1


def test_a_model_of_our_own_asks_for_no_gpu(visitor: httpx.Client, host: ZeroGpuHost) -> None:
    host.quotas[SHARED] = Quota(0.0)
    item = ask(visitor, "debug-text")
    assert item["status"] == "done", item
    assert host.calls == host.refused == []
    assert "gpu_quota" not in item["outputs"][0]["meta"]


def test_a_call_counts_on_the_quota_of_the_visitor_whose_token_it_came_with(
    visitor: httpx.Client, host: ZeroGpuHost
) -> None:
    item = ask(visitor, token=host.token("ann"))
    assert item["status"] == "done", item
    assert [call.who for call in host.calls] == ["ann"]
    assert item["outputs"][0]["meta"]["gpu_quota"] == "own"
    assert host.quotas[SHARED].left == 60.0


def test_without_a_token_it_counts_on_what_all_share_and_says_so(
    visitor: httpx.Client, host: ZeroGpuHost
) -> None:
    item = ask(visitor)
    assert item["status"] == "done", item
    assert [call.who for call in host.calls] == [SHARED]
    assert item["outputs"][0]["meta"]["gpu_quota"] == "shared"


def test_a_program_that_speaks_openais_protocol_brings_its_token_along(
    visitor: httpx.Client, host: ZeroGpuHost
) -> None:
    asked = {"model": LENT, "messages": [{"role": "user", "content": "a cat"}], "max_tokens": 20}
    answer = visitor.post("/v1/chat/completions", json=asked, headers={"X-IP-Token": host.token("ann")})
    assert answer.status_code == 200, answer.text
    assert [call.who for call in host.calls] == ["ann"]


def test_what_is_asked_for_follows_what_calls_like_it_have_taken(
    visitor: httpx.Client, host: ZeroGpuHost
) -> None:
    for _ in range(3):
        ask(visitor, token=host.token("bob"), tokens=150)
    asked, used = host.calls[-1].asked, host.calls[-1].used
    assert used is not None
    assert used <= asked <= 1.5 * used + 1, "a whole second is the least that can be asked for"
    ask(visitor, token=host.token("bob"), tokens=20)
    assert host.calls[-1].asked < asked, "a smaller request asks for less"


def test_who_has_too_little_left_is_told_how_much_when_and_what_needs_none(
    visitor: httpx.Client, host: ZeroGpuHost
) -> None:
    host.quotas["poor"] = Quota(1.0, wait=1500)
    item = ask(visitor, token=host.token("poor"), tokens=400)
    assert item["status"] == "failed"
    assert item["error"]["code"] == "gpu_over_quota_minutes"
    assert "1 s of your quota" in item["error"]["message"]
    assert "about 25 min" in item["error"]["message"]
    small = item["error"]["instead"]
    assert ask(visitor, small)["status"] == "done"
    host.quotas["poor"] = Quota(1.0, wait=30 * 3600)
    assert "about 30 h" in ask(visitor, token=host.token("poor"), tokens=400)["error"]["message"]


def test_when_the_shared_quota_is_used_up_our_own_models_go_on(
    visitor: httpx.Client, host: ZeroGpuHost
) -> None:
    host.quotas[SHARED] = Quota(0.0)
    refused = ask(visitor)
    assert refused["error"]["code"] == "gpu_pool_empty"
    assert ask(visitor, refused["error"]["instead"])["status"] == "done"


@pytest.mark.parametrize("kind", ["forged", "expired", "nonsense"])
def test_a_token_that_is_not_good_is_refused_in_a_sentence_and_others_go_on(
    visitor: httpx.Client, host: ZeroGpuHost, kind: str
) -> None:
    tokens = {
        "forged": host.token("ann", key=b"other"),
        "expired": host.token("ann", -5.0),
        "nonsense": "x.y.z",
    }
    item = ask(visitor, token=tokens[kind])
    assert item["error"]["code"] == "gpu_token_expired"
    assert host.calls == []
    assert ask(visitor, token=host.token("ann"))["status"] == "done"


def test_a_token_of_another_host_is_refused(visitor: httpx.Client, host: ZeroGpuHost) -> None:
    host.answer = 403
    try:
        assert ask(visitor, token=host.token("ann"))["error"]["code"] == "gpu_token_refused"
    finally:
        host.answer = None


def test_a_fresh_token_takes_the_place_of_one_that_expired_in_the_line(
    visitor: httpx.Client, host: ZeroGpuHost
) -> None:
    params = {"prompt": "a cat", "max_new_tokens": 20}
    job = visitor.post(
        "/api/jobs",
        json={"task": "text", "model": LENT, "params": params},
        headers={"X-IP-Token": host.token("ann", -1.0)},
    ).json()["id"]
    renewed = visitor.put(f"/api/jobs/{job}/gpu-token", json={"token": host.token("ann")})
    assert renewed.status_code == 204
    assert ended(visitor, job)["status"] == "done"
    assert [call.who for call in host.calls] == ["ann"]


def test_who_waits_for_a_gpu_gets_one_or_hears_that_none_was_free(
    visitor: httpx.Client, host: ZeroGpuHost
) -> None:
    try:
        host.queue = ["ping", "succeeded"]
        assert ask(visitor, token=host.token("ann"))["status"] == "done"
        host.queue = ["ping", "failed"]
        assert ask(visitor, token=host.token("ann"))["error"]["code"] == "gpu_busy"
    finally:
        host.queue = []


def test_what_the_model_refuses_in_the_fork_is_told_as_anywhere(
    visitor: httpx.Client, host: ZeroGpuHost
) -> None:
    item = ask(visitor, prompt="refuse", token=host.token("ann"))
    assert item["error"]["code"] == "prompt_too_long"
    assert "instead" not in item["error"]


def test_a_fork_that_dies_takes_nobody_with_it(visitor: httpx.Client, host: ZeroGpuHost) -> None:
    item = ask(visitor, prompt="crash", token=host.token("ann"))
    assert item["error"]["code"] == "gpu_taken_back"
    assert ask(visitor, token=host.token("ann"))["status"] == "done"


def test_a_cancelled_job_gives_the_gpu_back(visitor: httpx.Client, host: ZeroGpuHost) -> None:
    params = {"prompt": "a cat", "max_new_tokens": 500}
    asked = {"task": "text", "model": LENT, "params": params}
    job = visitor.post("/api/jobs", json=asked, headers={"X-IP-Token": host.token("ann")}).json()["id"]
    while visitor.get(f"/api/jobs/{job}").json()["status"] != "running":
        time.sleep(0.02)
    visitor.delete(f"/api/jobs/{job}")
    deadline = time.monotonic() + 20
    while host.calls[0].used is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert host.calls[0].used is not None
    assert host.calls[0].used < 9.0, "long before it would have ended"


def test_no_token_is_written_anywhere(visitor: httpx.Client, host: ZeroGpuHost, space: ZeroGpuSpace) -> None:
    token = host.token("secretive")
    ask(visitor, token=token)
    ask(visitor, prompt="crash", token=token)
    written = [space.log().encode()] + [
        file.read_bytes() for file in Path(space.data).rglob("*") if file.is_file()
    ]
    assert not [data for data in written if token.encode() in data]
