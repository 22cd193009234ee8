"""A whole lesson by a plan of the app in real browsers: with a reload, a lost network and a killed server."""

from __future__ import annotations

import csv
import signal
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.conftest import CACHE
from tests.e2e.browser import PATIENCE, Server
from tests.security.traces import traces

PHONE = {"viewport": {"width": 375, "height": 812}, "has_touch": True}
NAMES = ("Miaqzxone", "Benqzxtwo", "Zoeqzxthree")
"""A name that stands nowhere else in any byte."""
WISHES = ("a red cat", "a blue boat", "a green tree")


@pytest.fixture
def own_server(tmp_path: Path, browser: Any) -> Iterator[Server]:
    """A server that nobody else needs, so that it may be killed."""
    server = Server(tmp_path / "data", CACHE)
    server.start()
    yield server
    server.stop()


class _Lesson:
    """The three screens of a lesson: the teacher's desk, the wall and the phones."""

    def __init__(self, server: Server, browser: Any) -> None:
        self.server, self.errors = server, list[str]()
        teacher = browser.new_context(viewport={"width": 1280, "height": 900})
        self.contexts = [teacher, *(browser.new_context(**PHONE) for _ in NAMES)]
        self.desk, *self.phones = (self._page(context) for context in self.contexts)
        self.wall = self._page(teacher)

    def _page(self, context: Any) -> Page:
        page: Page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page

    def close(self) -> None:
        for context in self.contexts:
            context.close()

    def gather(self) -> None:
        """The room is opened with a plan, and everybody sits down."""
        self.desk.goto(f"{self.server.url}/class")
        self.desk.fill("[name=name]", "7b")
        self.desk.check("[value='plan:noise']")
        self.desk.click("#open [type=submit]")
        code = self.desk.locator(".desk-code .class-code").inner_text()
        self.wall.goto(f"{self.desk.url}/wall")
        for phone, name in zip(self.phones, NAMES, strict=True):
            phone.goto(f"{self.server.url}/c/{code}")
            phone.fill("[name=name]", name)
            phone.click("#join [type=submit]")
        expect(self.desk.locator("#seats li")).to_have_count(len(NAMES))

    def steps(self) -> Locator:
        return self.desk.locator(".desk-plan li")

    def begin(self, number: int) -> str:
        """Begin a step; its title, once every phone shows it."""
        step = self.steps().nth(number)
        title = step.locator("b").inner_text()
        step.get_by_role("button").click()
        for phone in self.phones:
            expect(phone.locator(".phone-title").first).to_have_text(title)
        return title

    def all_write(self, words: tuple[str, ...], results: int) -> None:
        """Each phone asks for something, and has so many results afterwards."""
        for phone, wish in zip(self.phones, words, strict=True):
            phone.fill("#seat textarea", wish)
            phone.click(".phone-asked form [type=submit]")
        for phone in self.phones:
            expect(phone.locator(".phone-made .card-picture")).to_have_count(results)

    def answer(self, said: str) -> None:
        for phone, name in zip(self.phones, NAMES, strict=True):
            phone.fill("[name=answer]", f"{said} {name}")
            phone.click(".phone-vote [type=submit]")
            expect(phone.locator(".phone-kept")).not_to_be_empty()

    def reveal(self) -> None:
        self.desk.locator(".desk-acts button").last.click()


@pytest.mark.browser
@pytest.mark.long
def test_a_plan_of_the_app_from_its_first_step_to_the_end_of_the_room(
    own_server: Server, browser: Any, tmp_path: Path
) -> None:
    lesson = _Lesson(own_server, browser)
    try:
        lesson.gather()
        _plan(lesson)
        _taken_home(lesson, browser, tmp_path)
        _ended(lesson)
        assert lesson.errors == []
    finally:
        lesson.close()


def _plan(lesson: _Lesson) -> None:
    """Every step of it, in its order."""
    assert lesson.steps().count() == 7
    lesson.begin(0)
    lesson.answer("from the sea")
    lesson.reveal()
    expect(lesson.wall.locator(".cloud")).to_contain_text("sea")

    lesson.begin(1)
    lesson.phones[0].fill("#seat textarea", "half written")
    lesson.phones[0].reload()
    expect(lesson.phones[0].locator("#seat textarea")).to_have_value("half written")
    lesson.all_write(WISHES, 1)
    expect(lesson.wall.locator("#wall .card-picture")).to_have_count(3)

    expect(lesson.steps().nth(2).get_by_role("button")).to_have_count(0)  # they talk

    lesson.begin(3)
    lost = lesson.phones[1]
    lost.context.set_offline(True)
    lost.fill("#seat textarea", WISHES[1])
    lost.click(".phone-asked form [type=submit]")
    expect(lost.locator("#seat .class-error").first).to_contain_text("nothing is lost")
    lost.context.set_offline(False)
    lesson.all_write(WISHES, 3)
    for phone in lesson.phones:
        phone.locator(".phone-options button").first.click()
        expect(phone.locator("[data-mine=true]")).to_have_count(1)
    lesson.reveal()
    expect(lesson.wall.locator(".bar-total")).to_contain_text("3")

    lesson.begin(4)
    lesson.all_write(WISHES, 4)

    lesson.begin(5)
    _vote_across_a_kill(lesson)

    lesson.begin(6)
    lesson.answer("by guessing")


def _vote_across_a_kill(lesson: _Lesson) -> None:
    """Two votes are acknowledged, the server dies, the third is given after it: three are counted."""
    *early, late = lesson.phones
    for phone in early:
        phone.locator(".phone-options button").first.click()
        expect(phone.locator(".phone-kept")).not_to_be_empty()
    lesson.server.stop(signal.SIGKILL)
    late.locator(".phone-options button").last.click()
    expect(late.locator(".phone-vote .class-error")).to_contain_text("nothing is lost")
    expect(late.locator(".class-offline")).to_be_visible()
    lesson.server.start()
    for page in (lesson.desk, lesson.wall, *lesson.phones):
        expect(page.locator(".class-offline")).to_be_hidden()
    late.locator(".phone-options button").last.click()
    early[0].locator(".phone-options button").first.click()  # once more: it counts once all the same
    expect(late.locator(".phone-kept")).not_to_be_empty()
    lesson.reveal()
    expect(lesson.wall.locator(".bars b")).to_have_text(["2", "0", "1"])


def _taken_home(lesson: _Lesson, browser: Any, folder: Path) -> None:
    """The zip opens without a network, with every picture, and has every vote once."""
    with lesson.desk.expect_download() as saved:
        lesson.desk.locator("#more-acts a[download]").first.click()
    with zipfile.ZipFile(saved.value.path()) as archive:
        archive.extractall(folder / "home")
    assert (folder / "home/sheet.pdf").read_bytes().startswith(b"%PDF")
    rows = list(csv.DictReader((folder / "home/votes.csv").read_text("utf-8-sig").splitlines()))
    votes = [(row["seat"], row["answer"]) for row in rows if row["kind"] == "poll"]
    assert sorted(seat for seat, _ in votes) == sorted(NAMES)
    context = browser.new_context(offline=True)
    try:
        page = context.new_page()
        page.goto((folder / "home/index.html").as_uri())
        loaded = "() => [...document.images].filter((one) => one.decode && one.naturalWidth).length"
        page.evaluate("() => { for (const one of document.images) one.loading = 'eager'; }")
        page.wait_for_function(f"({loaded})() === 12")
        for name in NAMES:
            expect(page.get_by_text(name).first).to_be_visible()
    finally:
        context.close()


def _ended(lesson: _Lesson) -> None:
    """Everybody is told that it is over, and no byte of any seat is left."""
    assert len(traces(lesson.server.folder, NAMES)) >= 1
    lesson.desk.on("dialog", lambda dialog: dialog.accept())
    lesson.desk.locator("#more-acts .danger").click()
    expect(lesson.desk.locator(".desk-said")).to_contain_text("left: 0")
    for phone in lesson.phones:
        expect(phone.locator("#seat")).to_contain_text("Everything in it is deleted")
    assert traces(lesson.server.folder, [*NAMES, *WISHES]) == []
    assert not any(word in lesson.server.log.read_text("utf-8", "replace") for word in [*NAMES, *WISHES])
