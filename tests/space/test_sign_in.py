"""Who signs in finds the same history on another device; nobody else does, and without it all is as ever."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from aigc_demo.history.moving import OWNED
from aigc_demo.settings import Settings
from aigc_demo.studio import Studio
from aigc_demo.types import Request
from aigc_demo.web import parts
from tests.space.provider import CLIENT, SECRET, Provider

HERE = "http://studio.test"


@pytest.fixture(scope="module")
def serving() -> Iterator[Provider]:
    with Provider().serving() as provider:
        yield provider


@pytest.fixture
def provider(serving: Provider) -> Provider:
    """The provider, well, with Ann logged in there."""
    serving.person, serving.broken = "ann", False
    return serving


@pytest.fixture(scope="module")
def studio(serving: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        engine="inline",
        debug_models=True,
        oauth_client_id=CLIENT,
        oauth_client_secret=SECRET,
        openid_provider_url=serving.url,
    )
    studio = Studio(settings)
    yield studio
    studio.close(grace=0)


@pytest.fixture(scope="module")
def app(studio: Studio) -> FastAPI:
    return FastAPI(**parts(studio))


@pytest.fixture
def device(app: FastAPI) -> Any:
    """Makes browsers that were never here."""
    return lambda: TestClient(app, base_url=HERE, follow_redirects=False, raise_server_exceptions=False)


def make(studio: Studio, browser: TestClient, words: str) -> str:
    """An item in a browser's history."""
    browser.get("/api/history")
    owner = studio.identity.from_cookies(_cookie(browser))
    assert owner
    spec = studio.catalog.find("text", "debug-text")
    assert spec
    params = spec.params(prompt=words, max_new_tokens=1, seed=1)
    job = studio.history.create(Request("text", spec.id, params, owner, "en"))
    studio.history.mark(job.id, "loading")
    studio.history.finish(job.id, "done")
    return job.id


def _cookie(browser: TestClient) -> str:
    return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


def titles(browser: TestClient, query: str = "") -> list[str]:
    return [item["title"] for item in browser.get("/api/history", params={"query": query}).json()["items"]]


def sign_in(browser: TestClient) -> str:
    """Go to the provider and back; what a frame could claim then."""
    leaving = browser.get("/api/login")
    assert leaving.status_code == 303, leaving.text
    back = httpx.get(leaving.headers["location"]).headers["location"]
    assert back.startswith(f"{HERE}/api/login/callback")
    arrived = browser.get(back.removeprefix(HERE))
    assert arrived.status_code == 200
    found = re.search('data-code="([^"]+)"', arrived.text)
    assert found
    return found[1]


def test_who_signs_in_finds_on_a_second_device_what_both_made(
    studio: Studio, device: Any, provider: Provider
) -> None:
    provider.person = "bea"
    laptop, phone = device(), device()
    make(studio, laptop, "a harbour at dawn")
    make(studio, phone, "written on the phone")
    sign_in(laptop)
    assert titles(laptop) == ["a harbour at dawn"]
    sign_in(phone)
    assert titles(phone) == titles(laptop) == ["written on the phone", "a harbour at dawn"]
    assert titles(phone, "harbour") == ["a harbour at dawn"]
    assert phone.get("/api/history/usage").json()["signed_in"] is True


def test_who_signs_out_is_a_stranger_and_the_account_keeps_what_it_has(
    studio: Studio, device: Any, provider: Provider
) -> None:
    provider.person = "cai"
    browser = device()
    make(studio, browser, "kept by the account")
    sign_in(browser)
    assert browser.post("/api/logout").status_code == 204
    assert titles(browser) == []
    assert browser.get("/api/history/usage").json()["signed_in"] is False
    sign_in(browser)
    assert titles(browser) == ["kept by the account"]


def test_a_second_account_on_one_computer_takes_nothing_of_the_first(
    studio: Studio, device: Any, provider: Provider
) -> None:
    browser = device()
    provider.person = "dan"
    make(studio, browser, "Dan's own")
    sign_in(browser)
    provider.person = "eve"
    sign_in(browser)
    assert titles(browser) == []
    provider.person = "dan"
    sign_in(browser)
    assert titles(browser) == ["Dan's own"]


def test_forget_me_removes_what_an_account_has(studio: Studio, device: Any, provider: Provider) -> None:
    provider.person = "fay"
    browser = device()
    make(studio, browser, "to be forgotten")
    sign_in(browser)
    assert browser.delete("/api/me").status_code == 204
    other = device()
    sign_in(other)
    assert titles(other) == []


def test_a_frame_claims_what_the_tab_it_opened_was_told(
    studio: Studio, device: Any, provider: Provider
) -> None:
    provider.person = "gil"
    frame, tab = device(), device()
    make(studio, frame, "made in the frame")
    code = sign_in(tab)
    assert frame.post("/api/login/claim", json={"code": code}).status_code == 204
    assert titles(frame) == titles(tab) == ["made in the frame"]


@pytest.mark.parametrize("code", ["", "forged", "x" * 500])
def test_a_forged_claim_is_refused_and_nobody_becomes_another(device: Any, code: str) -> None:
    refused = device().post("/api/login/claim", json={"code": code})
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "sign_in_failed"


def test_coming_back_counts_for_the_browser_that_left_alone(
    studio: Studio, device: Any, provider: Provider
) -> None:
    """Else a stranger could have somebody click a link that puts them into the stranger's account."""
    lured, stranger = device(), device()
    make(studio, lured, "mine alone")
    leaving = stranger.get("/api/login").headers["location"]
    back = httpx.get(leaving).headers["location"].removeprefix(HERE)
    assert lured.get(back).headers["location"] == f"{HERE}/#sign-in-failed"
    assert titles(lured) == ["mine alone"]
    assert lured.get("/api/history/usage").json()["signed_in"] is False


def test_a_code_counts_once(device: Any, provider: Provider) -> None:
    browser = device()
    browser.get("/api/history")
    back = httpx.get(browser.get("/api/login").headers["location"]).headers["location"]
    path = back.removeprefix(HERE)
    assert browser.get(path).status_code == 200
    assert browser.get(path).headers["location"] == f"{HERE}/#sign-in-failed"


@pytest.mark.parametrize("query", ["", "?error=access_denied", "?state=forged&code=x"])
def test_whoever_says_no_or_forges_stays_who_they_are(studio: Studio, device: Any, query: str) -> None:
    browser = device()
    make(studio, browser, "still mine")
    back = browser.get(f"/api/login/callback{query}")
    assert (back.status_code, back.headers["location"]) == (303, f"{HERE}/#sign-in-failed")
    assert titles(browser) == ["still mine"]


def test_a_provider_that_is_down_is_one_sentence(device: Any, provider: Provider) -> None:
    provider.broken = True
    failed = device().get("/api/login")
    assert failed.status_code == 502
    assert failed.json()["error"]["message"].startswith("Signing in did not work out")


def test_what_leaves_names_no_owner(studio: Studio, device: Any, provider: Provider) -> None:
    browser = device()
    browser.get("/api/history")
    owner = studio.identity.from_cookies(_cookie(browser))
    assert owner
    leaving = browser.get("/api/login").headers["location"]
    said = dict(parse_qsl(urlsplit(leaving).query))
    assert owner not in leaving
    assert said["redirect_uri"] == f"{HERE}/api/login/callback"


def test_without_a_provider_nothing_of_it_is_there(tmp_path: Path) -> None:
    studio = Studio(Settings(data_dir=tmp_path, engine="inline"))
    try:
        browser = TestClient(FastAPI(**parts(studio)), base_url=HERE)
        assert browser.get("/api/login").status_code == 404
        assert browser.post("/api/login/claim", json={"code": "x"}).status_code == 404
    finally:
        studio.close(grace=0)


def test_everything_that_has_an_owner_moves() -> None:
    assert {table.name for table in OWNED} >= {"jobs", "uploads", "projects", "tokens"}
