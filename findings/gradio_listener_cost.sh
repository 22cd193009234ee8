#!/bin/sh
# One would guess: an event listener costs a page nothing until its event comes, and then as much as what listens.
# True in Gradio 6.31.0: while the page is built, the browser looks through the targets of all events for each component
# it draws, through reactive proxies. One handler for the changes of 150 fields adds two thirds to the time that scripts
# take until the page stands, though nothing has changed yet, and it is the square that grows: fields times targets. A
# handler for each field costs the same.
# Needs a Chromium on the path. Source: the front end's core, find_attached_events, for each node of the tree.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/page.py" <<'PY'
import shutil
import statistics

import gradio as gr
from playwright.sync_api import sync_playwright

FIELDS, VISITS = 150, 5
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def app(how: str) -> gr.Blocks:
    with gr.Blocks(analytics_enabled=False) as page:
        fields = [gr.Textbox(label=str(number)) for number in range(FIELDS)]
        if how == "one handler for all":
            gr.on([field.change for field in fields], fn=None, js="() => {}", inputs=None)
        elif how == "one handler each":
            for field in fields:
                field.change(fn=None, js="() => {}", inputs=None)
    return page


def script_seconds(browser, url: str) -> float:
    """Seconds of scripts until the last field stands, of a visitor who was never there."""
    context = browser.new_context()
    page = context.new_page()
    log = context.new_cdp_session(page)
    log.send("Performance.enable")
    page.goto(url)
    page.get_by_label(str(FIELDS - 1), exact=True).wait_for()
    page.wait_for_timeout(500)
    told = {each["name"]: each["value"] for each in log.send("Performance.getMetrics")["metrics"]}
    context.close()
    return told["ScriptDuration"]


found = {}
with sync_playwright() as playwright:
    path = next(filter(None, map(shutil.which, BROWSERS)))
    browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
    for how in ("no handler", "one handler for all", "one handler each"):
        page = app(how)
        _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
        script_seconds(browser, url)
        found[how] = statistics.median(script_seconds(browser, url) for _ in range(VISITS))
        page.close()
    browser.close()
for how, seconds in found.items():
    print(f"  {FIELDS} fields, {how}: {seconds:.2f} s of scripts, {seconds / found['no handler']:.1f} x")
assert found["one handler for all"] > 1.3 * found["no handler"], "this has changed"
assert found["one handler each"] > 1.3 * found["no handler"], "this has changed"
PY
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check gradio==6.31.0 playwright==1.65.2
echo "Gradio 6.31.0, a page of text boxes opened in Chromium"
GRADIO_ANALYTICS_ENABLED=False "$work/venv/bin/python" "$work/page.py"
echo "As described: what listens to a page's fields costs before anything has changed."
