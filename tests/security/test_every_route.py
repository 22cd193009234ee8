"""Every route against every kind of stranger: nothing of Ann's is told, changed or even admitted to exist."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.api.conftest import result, settled, submit
from tests.security.conftest import CANARY, Browser, Scene
from tests.security.strangers import NAMES, Stranger, everyone
from tests.security.table import CATCH_ALL, TABLE, Row, picture, routes_of, shape

NOBODYS = {
    "job": "01hzzzzzzzzzzzzzzzzzzzzzzz",
    "own_job": "01hzzzzzzzzzzzzzzzzzzzzzzy",
    "deleted": "01hzzzzzzzzzzzzzzzzzzzzzzx",
    "upload": "01hzzzzzzzzzzzzzzzzzzzzzzw",
    "token_id": "01hzzzzzzzzzzzzzzzzzzzzzzv",
    "export": "A" * 24,
    "project": "01hzzzzzzzzzzzzzzzzzzzzzzu",
    "room": "01hzzzzzzzzzzzzzzzzzzzzzzt",
    "round": "01hzzzzzzzzzzzzzzzzzzzzzzs",
    "seat": "01hzzzzzzzzzzzzzzzzzzzzzzr",
    "foreign_name": "nothing.png",
    "link": "A" * 32,
}
"""Well-formed names of things that never were."""
SHARED = {
    "model_id": "debug-text",
    "task": "image",
    "field": "lora",
    "name": "text.txt",
    "canary": CANARY,
    "asset": "dom.js",
    "place": "1",
    "base": "http://studio.test",
    "built": "nothing.js",
}
"""What everybody knows."""
OWNERS = [row for row in TABLE if row.whose == "owner"]
OWNERS += [replace(row, method="HEAD") for row in OWNERS if row.method == "GET"]
PLACES = ("room", "job", "deleted", "upload", "token_id", "export", "project")
"""Places for ids, of which a stranger might try other spellings."""


def stranger_of(scene: Scene, name: str) -> Stranger:
    return next(each for each in everyone(scene.known) if each.name == name)


def answer(browser: Browser, row: Row, metadata: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
    """All of an answer that may not tell one thing from another."""
    said = browser.request(**row.request({**SHARED, **metadata}))
    headers = {name: value for name, value in said.headers.items() if name not in ("set-cookie", "date")}
    browser.proof.count("Isolation", "answers searched for another's words")
    everything = said.content + repr(sorted(said.headers.items())).encode()
    leaked = CANARY.encode() in everything
    browser.proof.count("Isolation", "leaks", int(leaked))
    assert not leaked, f"{row} told {everything!r}"
    return said.status_code, said.content, headers


# -- the table is whole ---------------------------------------------------------------------------


def test_every_route_of_ours_stands_in_the_table(scene: Scene) -> None:
    known = {(row.method, shape(row.path)) for row in TABLE}
    ours = [route for route in routes_of(scene.app) if route.ours and route.path not in CATCH_ALL]
    missing = [f"{each.method} {each.path}" for each in ours if (each.method, shape(each.path)) not in known]
    assert not missing, "Say in tests/security/table.py whose these are, and how to ask them."
    scene.proof.count("Isolation", "routes of ours in the table", len(ours))
    assert len(ours) > 30, "the walk through the application finds too little"


def test_no_row_of_the_table_has_outlived_its_route(scene: Scene) -> None:
    there = {(route.method, shape(route.path)) for route in routes_of(scene.app)}
    assert [str(row) for row in TABLE if (row.method, shape(row.path)) not in there] == []


def test_the_strangers_are_those_that_are_named(scene: Scene) -> None:
    assert tuple(each.name for each in everyone(scene.known)) == NAMES


# -- every stranger at every route ----------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_another_s_id_and_an_id_that_never_was_are_answered_alike(scene: Scene, name: str) -> None:
    stranger = stranger_of(scene, name)
    browser = scene.browser(stranger.headers)
    before = scene.belongings()
    for row in OWNERS:
        own = {"own_job": own_job(browser)} if stranger.visitor and "own_job" in row.names else {}
        theirs = answer(browser, row, {**NOBODYS, **scene.metadata, **own})
        nobodys = answer(browser, row, {**NOBODYS, **own})
        assert theirs == nobodys, f"{name} can tell by {row} that Ann's is there"
        assert theirs[0] == (stranger.refusal(row.method) or 404), (
            f"{name} was answered {theirs[:2]} by {row}"
        )
        if own:
            assert browser.get(f"/api/jobs/{own['own_job']}").status_code == 200, "all or none"
        scene.proof.count("Isolation", "pairs of another's and nobody's that were answered alike")
    assert scene.belongings() == before


@pytest.mark.parametrize("name", NAMES)
def test_what_is_about_the_caller_is_never_about_ann(scene: Scene, name: str) -> None:
    stranger = stranger_of(scene, name)
    browser = scene.browser(stranger.headers)
    before = scene.belongings()
    for row in (row for row in TABLE if row.whose == "caller"):
        status, _, _ = answer(browser, row, {**NOBODYS, **scene.metadata})
        refused = stranger.refusal(row.method)
        assert status == refused or (refused is None and status < 300), f"{status} by {row}"
    assert scene.belongings() == before


@pytest.mark.parametrize("name", NAMES)
def test_what_is_for_anyone_is_the_same_for_all(scene: Scene, name: str) -> None:
    stranger = stranger_of(scene, name)
    browser, ann = scene.browser(stranger.headers), scene.ann()
    for row in (row for row in TABLE if row.whose == "anyone"):
        said = answer(browser, row, NOBODYS)
        if refused := stranger.refusal(row.method):
            assert said[0] == refused
        else:
            assert said == answer(ann, row, NOBODYS)


@pytest.mark.parametrize("name", NAMES)
def test_counts_are_for_this_machine_only(scene: Scene, name: str) -> None:
    stranger = stranger_of(scene, name)
    for row in (row for row in TABLE if row.whose == "machine"):
        status, _, _ = answer(scene.browser(stranger.headers), row, NOBODYS)
        assert status == (stranger.refusal(row.method) or 404)


@pytest.mark.parametrize("name", ["ended link", "expired link", "link of a deleted item", "one sign off"])
def test_a_link_that_no_longer_opens_is_like_one_that_never_was(scene: Scene, name: str) -> None:
    good = scene.metadata["link"]
    token = scene.metadata.get(name, good[:-1] + ("A" if good[-1] != "A" else "B"))
    for browser in (scene.browser(), scene.ann()):
        for row in (row for row in TABLE if row.whose == "link"):
            ended = answer(browser, row, {"link": token})
            assert ended == answer(browser, row, NOBODYS)
            assert ended[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_link_that_opens_only_reads(scene: Scene, method: str) -> None:
    before = scene.belongings()
    for path in ("/r/{link}", "/r/{link}/media/{name}", "/api/shared/{link}"):
        assert answer(scene.browser(), Row("link", method, path), scene.metadata)[0] in (404, 405)
    assert scene.belongings() == before


# -- ids and proofs in other spellings ------------------------------------------------------------


def spellings(item: str, foreign: str) -> list[str]:
    """``item`` as nobody should write it."""
    return [
        item.upper(),
        item + "%20",
        "%20" + item,
        item + "%00",
        item[:-1],
        item + "0",
        item + "%0a",
        item.replace(item[0], "%" + f"{ord(item[0]):x}", 1) + ".",
        "..%2f" + item,
        foreign + "%2f..%2f" + item,
        item + "%2f" + foreign,
        "%EF%BC%90" + item[1:],  # a full-width nought
        "*",
        "%25",
        "-1",
        "0",
        item + "' OR '1'='1",
        item * 300,
    ]


def test_no_other_spelling_of_an_id_opens_anything(scene: Scene) -> None:
    before = scene.belongings()
    for browser in (scene.browser(), scene.browser(stranger_of(scene, "another visitor").headers)):
        for row in OWNERS:
            place = next(place for place in (*PLACES, "foreign_name") if place in row.names)
            for spelt in spellings(scene.metadata[place], NOBODYS["job"]):
                status, _, _ = answer(browser, row, {**NOBODYS, **scene.metadata, place: spelt})
                assert 400 <= status < 500, f"{row} answered {status} to {spelt[:60]}"
    assert scene.belongings() == before


def test_cookies_and_tokens_cannot_be_guessed_from_good_ones(scene: Scene) -> None:
    """Every sign of a proof matters: with any of them changed, dropped or doubled it proves nothing."""
    rng = random.Random(7)
    row = Row("owner", "GET", "/api/jobs/{job}")
    for _ in range(scene.proof.times(60, 3000)):
        cookie = rng.random() < 0.5
        proof = scene.known.ann_cookie if cookie else scene.known.ann_token
        bent = changed(proof, rng)
        headers = {"Cookie": f"aigc_owner={bent}"} if cookie else {"Authorization": f"Bearer {bent}"}
        status, _, _ = answer(scene.browser(headers), row, scene.metadata)
        assert status in (401, 404), bent
        scene.proof.count("Isolation", "forged proofs refused")


def changed(text: str, rng: random.Random) -> str:
    """``text`` with one sign changed, dropped, doubled or swapped; never the same proof.

    The last sign of a signature carries bits that mean nothing, so that it may be changed to another
    spelling of the same signature: it is left alone.
    """
    while True:
        at = rng.randrange(len(text) - 1)
        sign = rng.choice("ABCDEFGHabcdefgh0123456789-_.")
        kind = rng.randrange(3)
        bent = text[:at] + (sign if kind == 0 else text[at] * 2 if kind == 1 else "") + text[at + 1 :]
        if bent != text:
            return bent


# -- mixtures -------------------------------------------------------------------------------------


def test_no_one_can_stop_or_follow_what_is_being_made_for_another(scene: Scene) -> None:
    ann = scene.ann()
    job = submit(ann, prompt=CANARY, model="debug-text-slow", max_new_tokens=60)["id"]
    for stranger in everyone(scene.known):
        browser = scene.browser(stranger.headers)
        for row in OWNERS:
            if "job" in row.names:
                status, _, _ = answer(browser, row, {**NOBODYS, **scene.metadata, "job": job})
                assert status == (stranger.refusal(row.method) or 404)
    assert settled(ann, job)["status"] == "done"
    ann.delete(f"/api/history/{job}")


def test_a_visitor_who_is_forgotten_takes_nothing_of_another_s_along(scene: Scene) -> None:
    before = scene.belongings()
    browser = scene.browser()
    browser.keeps = True
    result(browser, prompt="soon forgotten")
    browser.post("/api/uploads", files={"file": ("same.png", picture({}))})
    assert browser.delete("/api/me").status_code == 204
    assert scene.belongings() == before


def own_job(browser: Browser) -> str:
    """A thing of the stranger's own, to be mixed with Ann's."""
    job: str = result(browser, prompt="my own")["id"]
    return job
