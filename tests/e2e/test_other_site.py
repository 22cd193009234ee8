"""Another site's page, and the next pupil at the same computer: neither gets at what a visitor made."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import Visit

pytestmark = pytest.mark.browser

CANARY = "qzxcanary of ann"

ATTACK = """async ([server, job]) => {
  const told = {};
  const attempt = async (name, path, options = {}) => {
    try {
      const answer = await fetch(server + path, { credentials: "include", ...options });
      told[name] = `${answer.status} ${await answer.text()}`;
    } catch (error) { told[name] = String(error); }
  };
  const json = { "content-type": "application/json" };
  await attempt("list", "/api/history");
  await attempt("item", `/api/history/${job}`);
  const taken = '{"title": "taken"}';
  await attempt("rename", `/api/history/${job}`, { method: "PATCH", headers: json, body: taken });
  await attempt("delete", `/api/history/${job}`, { method: "DELETE" });
  await attempt("share", `/api/history/${job}/share`, { method: "POST", headers: json, body: "{}" });
  await attempt("wish", "/api/jobs", { method: "POST", headers: json, body: '{"task": "text"}' });
  await attempt("token", "/api/token", { method: "POST" });
  await attempt("forget", "/api/me", { method: "DELETE" });
  for (const type of ["text/plain", "application/x-www-form-urlencoded"])
    await attempt(`simple ${type}`, "/api/jobs",
      { method: "POST", mode: "no-cors", headers: { "content-type": type }, body: '{"task": "text"}' });
  const file = new FormData();
  file.append("file", new Blob(["x"]), "x.png");
  await attempt("upload", "/api/uploads", { method: "POST", mode: "no-cors", body: file });
  const stream = new EventSource(`${server}/api/jobs/${job}/events`, { withCredentials: true });
  told.stream = await new Promise((resolve) => {
    stream.onerror = () => resolve("refused");
    stream.onmessage = stream.onopen = () => resolve("opened");
    ["finished", "queued"].forEach((name) => stream.addEventListener(name, () => resolve("told")));
  });
  stream.close();
  const frame = document.createElement("iframe");
  frame.src = server + "/";
  document.body.append(frame);
  await new Promise((resolve) => { frame.onload = resolve; setTimeout(resolve, 3000); });
  try { told.frame = frame.contentDocument.body.innerHTML; } catch (error) { told.frame = String(error); }
  return told;
}"""


@pytest.fixture
def other_site() -> Iterator[str]:
    """The address of another site: another port of this machine, to which browsers even send Lax cookies."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Other</title>")

        def log_message(self, *_: Any) -> None: ...

    site = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=site.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{site.server_address[1]}"
    site.shutdown()
    site.server_close()


def test_another_sites_page_reads_and_changes_nothing_in_a_visitors_browser(
    ann: Visit, other_site: str
) -> None:
    ann.generate(CANARY).expect_status("done")
    job = ann.call("fetch('/api/history').then((answer) => answer.json())")["items"][0]
    evil = ann.context.new_page()
    evil.goto(other_site)
    metrics = evil.evaluate(ATTACK, [ann.server.url, job["id"]])
    assert CANARY not in json.dumps(metrics), metrics
    assert not [name for name, said in metrics.items() if said.startswith("2")], metrics
    assert metrics["stream"] == "refused"
    after = ann.call("fetch('/api/history').then((answer) => answer.json())")["items"]
    assert after == [job], "nothing made, renamed, shared or deleted"
    evil.close()


def test_who_is_forgotten_leaves_nothing_in_the_browser_for_the_next_one(ann: Visit) -> None:
    ann.generate(CANARY).expect_status("done")
    ann.history()
    cookies = {cookie["value"] for cookie in ann.context.cookies() if cookie["name"] == "aigc_owner"}
    ann.page.on("dialog", lambda dialog: dialog.accept())
    ann.page.get_by_role("button", name="Forget me").click()
    expect(ann.items).to_have_count(0)
    ann.page.reload()
    ann.ready()
    left = ann.call(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, history.state])"
    )
    left += ann.page.content()
    assert CANARY not in left
    assert not [base["name"] for base in ann.call("indexedDB.databases()")]
    assert not ann.call("caches.keys()")
    now = {cookie["value"] for cookie in ann.context.cookies() if cookie["name"] == "aigc_owner"}
    assert not cookies & now, "the old id is gone"
