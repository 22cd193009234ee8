"""In a real browser, in the Hub's frame: who looks at the Space there borrows the GPU on their own quota."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed.")

from tests.e2e.browser import FLAGS, PATIENCE, chromium  # noqa: E402
from tests.space.frame import HUB, SPACE, STRANGER, Site  # noqa: E402
from tests.space.provider import Provider  # noqa: E402
from tests.space.zerogpu_host import SHARED, Quota, ZeroGpuHost  # noqa: E402
from tests.space.zerogpu_space import ZeroGpuSpace  # noqa: E402

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="There is no openssl to make a certificate."),
]

LENT = "Debug text, on a GPU"
SHORT = """if (location.hostname.endsWith(".hf.space") && !localStorage.getItem("aigc.form.text"))
  localStorage.setItem("aigc.form.text", '{"max_new_tokens": 24}');"""


@pytest.fixture(scope="module")
def host() -> Iterator[ZeroGpuHost]:
    """The machine that lends the GPU."""
    with ZeroGpuHost().serving() as host:
        yield host


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """What lets people sign in with their account of the Hub."""
    with Provider().serving() as provider:
        provider.front = HUB
        yield provider


@pytest.fixture(scope="module")
def site(host: ZeroGpuHost, provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The Hub, with our Space on it, as Ann sees it."""
    folder = tmp_path_factory.mktemp("space")
    named = {"SPACE_ID": "owner/studio", "SPACE_HOST": SPACE.removeprefix("https://")}
    space = ZeroGpuSpace(folder / "data", host, AIGC_EMBED=STRANGER, **named, **provider.variables)
    space.start()
    front = Site(space.port, lambda: host.token("ann", front.life), folder, authorize=provider.authorized)
    with front.serving() as site:
        yield site
    space.stop()


@pytest.fixture(scope="module")
def browser(site: Site) -> Iterator[Any]:
    """A browser to which every name is the stand-in."""
    flags = [*FLAGS, f"--host-resolver-rules=MAP * 127.0.0.1:{site.port}", "--ignore-certificate-errors"]
    with sync_api.sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=chromium(), args=flags)
        except sync_api.Error as error:
            pytest.skip(f"No browser can be started: {str(error).splitlines()[0]}")
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Any, host: ZeroGpuHost, site: Site) -> Iterator[Any]:
    """A visitor's browser; both quotas are as on a new day."""
    host.quotas.update({SHARED: Quota(60.0), "ann": Quota(120.0)})
    host.calls.clear()
    site.life = 600.0
    proxied = {"x-forwarded-proto": "https"}
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, locale="en-US", extra_http_headers=proxied
    )
    context.set_default_timeout(PATIENCE)
    context.add_init_script(SHORT)
    yield context
    context.close()


def opened(context: Any, address: str) -> tuple[Any, Any]:
    """The page around, and the Space's frame once it can be used."""
    page = context.new_page()
    page.goto(address)
    frame = (
        next(frame for frame in page.frames if frame.url.startswith(SPACE)) if SPACE not in address else page
    )
    sync_api.expect(frame.locator("studio-job .job").first).to_be_attached(timeout=PATIENCE)
    sync_api.expect(frame.locator("#text-prompt textarea")).not_to_have_value("", timeout=PATIENCE)
    return page, frame


def choose(frame: Any, task: str, model: str) -> None:
    frame.locator(f'[role=tab][data-tab-id="{task}"]').click()
    frame.locator(f"#{task}-model input").click()
    frame.get_by_role("option", name=model, exact=True).click()
    sync_api.expect(frame.locator(f"#{task}-model input")).to_have_value(model)


def made(frame: Any, task: str, status: str = "done") -> Any:
    frame.locator(f"#{task}-go").click()
    ended = f'studio-job[data-task="{task}"][data-status="{status}"]:not([data-example])'
    sync_api.expect(frame.locator(ended)).to_be_attached(timeout=PATIENCE)
    return frame.locator(ended)


def test_a_visitor_in_the_frame_makes_one_thing_in_every_tab(context: Any, host: ZeroGpuHost) -> None:
    page, frame = opened(context, f"{HUB}/spaces/owner/studio")
    choose(frame, "text", LENT)
    note = frame.locator('studio-model[data-task="text"] [data-kind="gpu"]')
    sync_api.expect(note).to_contain_text("your own quota")
    made(frame, "text")
    assert [call.who for call in host.calls] == ["ann"]
    for task, model in (
        ("image", "Debug EmojiFlow"),
        ("style", "Debug painter"),
        ("music", "Debug composer"),
    ):
        choose(frame, task, model)
        made(frame, task)
    assert len(host.calls) == 1, "our own models ask for no GPU"
    listed = frame.evaluate("fetch('api/history').then((answer) => answer.json())")["items"]
    assert {item["task"] for item in listed} == {"text", "image", "style", "music"}, (
        "and all are one visitor's"
    )
    assert page.evaluate("asked").count("zerogpu-headers") == 1, "once, for the model that needs it"


def test_outside_the_frame_the_page_says_that_the_quota_is_shared(context: Any, host: ZeroGpuHost) -> None:
    _, page = opened(context, f"{SPACE}/?lang=en")
    choose(page, "text", LENT)
    note = page.locator('studio-model[data-task="text"] [data-kind="gpu"]')
    sync_api.expect(note).to_contain_text("all visitors without one of their own share")
    made(page, "text")
    assert [call.who for call in host.calls] == [SHARED]


def test_over_quota_a_model_that_needs_none_is_one_press_away(context: Any, host: ZeroGpuHost) -> None:
    host.quotas["ann"] = Quota(0.5, wait=1500)
    _, frame = opened(context, f"{HUB}/spaces/owner/studio")
    choose(frame, "text", LENT)
    made(frame, "text", "failed")
    job = frame.locator('studio-job[data-task="text"]')
    sync_api.expect(job.locator(".job-trouble")).to_contain_text("about 25 min")
    job.locator(".job-trouble button").click()
    sync_api.expect(job).to_have_attribute("data-status", "done", timeout=PATIENCE)
    assert host.calls == []
    sync_api.expect(frame.locator("#text-model input")).not_to_have_value(LENT)


BUSY = """async (token) => {
  const params = { prompt: "x", max_new_tokens: 150 };
  const body = JSON.stringify({ task: "text", model: "debug-text-gpu", params });
  const headers = { "content-type": "application/json", "x-ip-token": token };
  for (let n = 0; n < 4; n++) await fetch("api/jobs", { method: "POST", headers, body });
}"""


def test_a_token_is_fetched_anew_when_it_ends_while_its_job_waits(
    context: Any, host: ZeroGpuHost, site: Site
) -> None:
    host.quotas["ann"] = Quota(600.0)
    _, frame = opened(context, f"{HUB}/spaces/owner/studio")
    choose(frame, "text", LENT)
    frame.evaluate(BUSY, host.token("ann"))
    site.life = 1.0
    frame.locator("#text-go").click()
    job = frame.locator('studio-job[data-task="text"]')
    sync_api.expect(job).to_have_attribute("data-status", "queued", timeout=PATIENCE)
    site.life = 600.0
    sync_api.expect(job).to_have_attribute("data-status", "done", timeout=PATIENCE)
    assert [call.who for call in host.calls] == ["ann"] * 5


def test_a_strangers_frame_is_neither_asked_nor_heard(context: Any, host: ZeroGpuHost) -> None:
    page, frame = opened(context, STRANGER)
    page.evaluate("greet()")
    choose(frame, "text", LENT)
    note = frame.locator('studio-model[data-task="text"] [data-kind="gpu"]')
    sync_api.expect(note).to_contain_text("all visitors without one of their own share")
    made(frame, "text")
    assert not [said for said in page.evaluate("asked") if "zerogpu" in str(said)]
    assert [call.who for call in host.calls] == [SHARED]


def test_who_signs_in_from_the_frame_finds_on_another_device_what_was_made_in_it(
    browser: Any, context: Any
) -> None:
    _, frame = opened(context, f"{HUB}/spaces/owner/studio")
    choose(frame, "text", "Debug text")
    made(frame, "text")
    frame.locator('[role=tab][data-tab-id="history"]').click()
    with frame.expect_navigation():  # once the tab that the provider sent back has told it
        frame.locator('studio-usage [data-action="account"]').click()
    phone = browser.new_context(locale="en-US", extra_http_headers={"x-forwarded-proto": "https"})
    page = phone.new_page()
    page.goto(f"{SPACE}/?tab=history&lang=en")
    sync_api.expect(page.locator("studio-history .history-list li")).to_have_count(0, timeout=PATIENCE)
    page.locator('studio-usage [data-action="account"]').click()
    sync_api.expect(page.locator(".toast")).to_contain_text("You are signed in", timeout=PATIENCE)
    sync_api.expect(page.locator("studio-history .history-list li")).not_to_have_count(0, timeout=PATIENCE)
    sync_api.expect(page.locator('studio-usage [data-action="account"]')).to_have_text(
        "Sign out on this computer"
    )
    phone.close()
