"""Text is shown as text, and nothing but our own server is asked: watched in a real browser."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import Visit

pytestmark = pytest.mark.browser

PAYLOADS = (
    "<script>window.__pwned = 1</script>",
    "<img src=x onerror='window.__pwned = 1'>",
    "<svg onload='window.__pwned = 1'>",
    "<iframe srcdoc='<script>parent.__pwned = 1</script>'></iframe>",
    "</textarea><script>window.__pwned = 1</script>",
    '"><img src=x onerror=window.__pwned=1>',
    "[a](javascript:window.__pwned=1) <a href='javascript:window.__pwned=1'>b</a>",
    "<studio-header data-page='{\"tasks\":[]}'></studio-header>",
    "${window.__pwned=1} {{constructor.constructor('window.__pwned=1')()}}",
    '__i18n__{"key": "<img src=x onerror=window.__pwned=1>"}',
)


def test_markup_in_a_wish_stays_text_wherever_it_is_shown(ann: Visit) -> None:
    request = " ".join(PAYLOADS)
    ann.generate(request).expect_status("done")
    expect(ann.page.locator(".strip-prompt").first).to_have_text(request)
    ann.history()
    ann.items.first.locator(".history-head").click()
    expect(ann.page.locator(".history-prompt")).to_have_text(request)
    ann.page.reload()
    ann.ready()
    assert ann.call("window.__pwned") is None


def test_markup_from_a_model_makes_no_element(ann: Visit) -> None:
    """The reader of Markdown makes only elements of its own kind, without any attribute."""
    text = "\n\n".join(f"{payload}\n- {payload}\n> **{payload}**\n# {payload}" for payload in PAYLOADS)
    result = ann.call(
        f"""async () => {{
            const {{ markdown }} = await import("/assets/ui/markdown.js");
            const root = markdown({json.dumps(text)});
            document.body.append(root);
            return [...root.querySelectorAll("*")].map((node) => [node.tagName, node.attributes.length]);
        }}"""
    )
    allowed = {"P", "BR", "UL", "LI", "BLOCKQUOTE", "STRONG", "EM", "CODE", "H3"}
    assert result
    assert all(tag in allowed and attributes == 0 for tag, attributes in result), result
    assert ann.call("window.__pwned") is None


def test_the_page_asks_no_other_host(ann: Visit) -> None:
    ann.generate("something").expect_status("done")
    ann.page.get_by_role("button", name="More settings").click()
    ann.history()
    ann.page.wait_for_load_state("networkidle")
    assert ann.asked
    assert not ann.other_hosts()


def test_the_server_refuses_nothing_that_the_page_asks_for(ann: Visit) -> None:
    """Of Gradio's routes only a few are open; they are all that the page needs."""
    ann.generate("something").expect_status("done")
    for tab in ann.page.get_by_role("tab").all():
        tab.click()
        ann.page.wait_for_load_state("networkidle")
    ann.page.reload()
    ann.ready()
    assert not ann.refused


def test_the_owners_cookie_is_out_of_reach_of_scripts(ann: Visit) -> None:
    cookies = ann.context.cookies()
    owner = [cookie for cookie in cookies if cookie["name"] != "aigc_lang"]
    assert owner
    assert all(cookie["httpOnly"] for cookie in owner)
    assert not any(cookie["value"] in ann.call("document.cookie") for cookie in owner)
