"""A task in a folder of the owner's own works everywhere, without an edit anywhere else."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.conftest import CACHE
from tests.e2e.browser import PATIENCE, ROOT, Server, Visit
from tests.e2e.conftest import NewVisit
from tests.e2e.test_remix import expect_tab, sent, share
from tests.guard.test_uploads import sound

pytestmark = pytest.mark.browser
FOLDER = Path(__file__).parents[1] / "more_tasks"
OGG = sound("ogg", "libopus", 48_000)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[Server]:
    """The app with one task more."""
    server = Server(tmp_path_factory.mktemp("beep") / "data", CACHE, AIGC_TASKS=str(FOLDER))
    server.start()
    yield server
    server.stop()


def fill(visit: Visit) -> None:
    """Fill the new task's form by hand: words, two of three voices, a recording."""
    page = visit.page
    page.get_by_role("tab", name="Beep").click()
    page.locator("#beep-text textarea").fill("dots and dashes")
    page.get_by_role("button", name="More settings").click()
    page.locator("#beep-voices input").click()
    page.get_by_role("option", name="High").click()
    page.keyboard.press("Escape")
    dialog = page.locator("studio-upload[data-task=beep][data-field=intro] input[type=file]")
    dialog.set_input_files({"name": "intro.ogg", "mimeType": "audio/ogg", "buffer": OGG})
    expect(page.locator("studio-upload[data-task=beep]")).to_contain_text("intro.ogg", timeout=PATIENCE)


def made(visit: Visit) -> dict[str, Any]:
    """Press the button and wait; what came of it."""
    visit.page.locator("#beep-go").click()
    sound = visit.page.locator("studio-job[data-task=beep] audio")
    expect(sound).to_have_attribute("src", re.compile("beep.mp3"), timeout=PATIENCE)
    items = visit.context.request.get(f"{visit.server.url}/api/history").json()["items"]
    assert items[0]["status"] == "done"
    return dict(items[0])


def test_it_is_made_on_the_page_and_found_in_the_history(visitor: NewVisit) -> None:
    ann = visitor().open()
    fill(ann)
    item = made(ann)
    assert item["params"]["voices"] == ["middle", "high"]
    assert item["params"]["text"] == item["title"] == "dots and dashes"
    result = ann.context.request.get(f"{ann.server.url}{item['outputs'][0]['url']}")
    assert result.headers["content-type"] == "audio/mpeg"
    ann.history()
    ann.page.get_by_role("searchbox").fill("dashes")
    expect(ann.items).to_have_count(1, timeout=PATIENCE)
    expect(ann.items).to_contain_text("dots and dashes")


def test_a_preset_of_several_values_is_marked_once_it_is_chosen(visitor: NewVisit) -> None:
    ann = visitor().open()
    ann.page.get_by_role("tab", name="Beep").click()
    ann.page.get_by_role("button", name="More settings").click()
    chord = ann.page.get_by_role("button", name="Chord")
    expect(chord).to_have_attribute("aria-pressed", "false")
    chord.click()
    expect(chord).to_have_attribute("aria-pressed", "true")
    assert made(ann)["params"]["voices"] == ["low", "middle", "high"]


def test_its_link_has_a_heading_and_brings_everything_back_in_chinese(visitor: NewVisit) -> None:
    ann = visitor().open()
    fill(ann)
    item = made(ann)
    link = share(ann, item)
    ben = visitor(locale="zh-CN")
    ben.page.goto(f"{ben.server.url}/r/{link}")
    expect(ben.page.get_by_role("heading", level=1)).to_have_text("dots and dashes")
    expect(ben.page.locator("audio[src], audio source").first).to_have_attribute(
        "src", re.compile("beep.mp3")
    )
    ben.page.goto(f"{ben.server.url}/?remix={link}")
    expect_tab(ben, "beep")
    expect(ben.page.locator("#beep-text textarea")).to_have_value("dots and dashes", timeout=PATIENCE)
    again = sent(ben, "beep")
    assert again["params"]["voices"] == ["middle", "high"]
    assert again["params"]["intro"] == "", "a file is its owner's, and nobody else could use it"


def test_it_is_made_in_a_terminal(server: Server, tmp_path: Path) -> None:
    (tmp_path / "intro.ogg").write_bytes(OGG)
    command = [sys.executable, "-m", "aigc_demo", "generate", "beep", "--set", "text=SOS", "--json"]
    options = ["--set", "voices=low,high", "--set", "intro=intro.ogg", "--out", "made"]
    variables = {"AIGC_TASKS": str(FOLDER), "AIGC_DATA_DIR": str(tmp_path / "data"), "AIGC_ENGINE": "inline"}
    done = subprocess.run(
        [*command, *options],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["params"]["voices"] == ["low", "high"]
    assert Path(tmp_path, report["outputs"][0]["path"]).read_bytes()[:3] in (b"ID3", b"\xff\xfb\x50")
