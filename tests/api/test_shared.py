"""The page that a link opens, its frame, its preview and what it keeps to itself: for every task alike."""

from __future__ import annotations

import io
import json
import re
import time
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from PIL import Image
from starlette.testclient import TestClient

from aigc_demo import provenance
from aigc_demo.api import kinds, pages
from aigc_demo.guard.identity import COOKIE
from aigc_demo.settings import ASSETS
from aigc_demo.studio import Studio
from aigc_demo.types import Job, ModelSpec, SharedItem, StoredOutput
from tests.api.conftest import NewVisitor, result
from tests.api.test_names import heading, make, photo
from tests.declared import CATALOG

BASE = "http://studio.test"
SECRET = "a secret wish of ann"
MOST_BYTES = 60_000
"""Of a page with all that it needs but its media."""
DEBUG = [
    spec for task in CATALOG.tasks.values() for spec in task.models if spec.debug and "slow" not in spec.id
]
MODELS = [
    spec for spec in DEBUG if spec.id not in ("debug-text-faulty", "debug-translator", "debug-style-learn")
]
each_model = pytest.mark.parametrize("spec", MODELS, ids=lambda spec: spec.id)


def wished(client: TestClient, spec: ModelSpec) -> dict[str, Any]:
    """One thing by this model, from a photo and with words where it takes them."""
    fields = spec.params.model_fields
    values: dict[str, Any] = {"prompt": SECRET} if "prompt" in fields else {}
    if spec.id == "debug-upscale":
        values["image"] = photo(client)
    if spec.id == "debug-poem":
        values = {"prompt": "秋夜"}
    if "text" in fields:
        values["text"] = SECRET
    if "question" in fields:
        return make(client, spec.task, spec.id, question=SECRET)
    if spec.task == "preference":
        return make(client, spec.task, spec.id, method="policy", rule="rhyme")
    if "sample" in fields:
        values["sample"] = "ride"
    return make(client, spec.task, spec.id, **values)


def shared(client: TestClient, job: dict[str, Any], **choice: Any) -> dict[str, Any]:
    answer = client.post(f"/api/history/{job['id']}/share", json=choice)
    assert answer.status_code == 200, answer.text
    link: dict[str, Any] = answer.json()
    return link


def told(page: str, name: str) -> str:
    """A meta tag's content."""
    found = re.search(rf'<meta (?:property|name)="{re.escape(name)}" content="([^"]*)"', page)
    assert found, name
    return unescape(found[1])


def needed(path: str, known: dict[str, int]) -> None:
    """The bytes of a script or style below assets/ui, and of all that it imports."""
    if path in known:
        return
    text = (ASSETS / "ui" / path).read_text("utf-8")
    known[path] = len(text.encode())
    for other in re.findall(r'^import [^"]*"([^"]+)";', text, re.MULTILINE):
        needed(str((Path("/") / Path(path).parent / other).resolve().relative_to("/")), known)


@each_model
def test_a_page_is_complete_without_a_script_and_light(
    ann: TestClient, ben: TestClient, spec: ModelSpec
) -> None:
    job = wished(ann, spec)
    link = shared(ann, job, show_prompt=True, caption="Look & listen")
    page = ben.get(f"/r/{link['token']}").text
    assert "Look &amp; listen" in page
    assert f"/?remix={link['token']}" in page
    for output in job["outputs"]:
        if output["kind"] in ("image", "audio"):
            assert f"/r/{link['token']}/media/{output['name']}" in page
        if output["kind"] == "text":
            line = output["text"].splitlines()[0][:20]
            assert line in re.sub(r"<[^>]+>", "", unescape(page))
    own: dict[str, int] = {}
    for path in re.findall(r'(?:src|href)="/assets/ui/([^"]+\.(?:js|css))"', page):
        needed(path, own)
    assert "share/share.css" in own
    assert len(page.encode()) + sum(own.values()) <= MOST_BYTES, own


@each_model
def test_a_page_says_how_it_is_to_be_previewed(ann: TestClient, ben: TestClient, spec: ModelSpec) -> None:
    link = shared(ann, wished(ann, spec), show_prompt=True)
    page = ben.get(f"/r/{link['token']}").text
    assert told(page, "og:url") == link["url"] == f"{BASE}/r/{link['token']}"
    assert told(page, "twitter:card") == "summary_large_image"
    card = ben.get(told(page, "og:image").removeprefix(BASE))
    with Image.open(io.BytesIO(card.content)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (1200, 630))
        assert told(page, "og:image:width") == str(picture.width)
        colours = picture.convert("RGB").getcolors(2**24)
        assert colours is not None and len(colours) > 10
    reading = provenance.read(card.content)
    assert reading is not None and reading.metadata is None
    assert SECRET.encode() not in card.content


def test_a_preview_is_drawn_once(ann: TestClient, ben: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    link = shared(ann, result(ann), show_prompt=True)
    drawn: list[str] = []
    real = pages.SharedPage.card

    def counted(page: pages.SharedPage, read: Any) -> Any:
        drawn.append(page.title)
        return real(page, read)

    monkeypatch.setattr(pages.SharedPage, "card", counted)
    first, second = (ben.get(f"/r/{link['token']}/card.jpg") for _ in range(2))
    assert first.content == second.content and len(drawn) == 1
    ann.patch(f"/api/history/{link_item(ann, link)}", json={"title": "Called otherwise"})
    assert ben.get(f"/r/{link['token']}/card.jpg").content != first.content


def link_item(client: TestClient, link: dict[str, Any]) -> str:
    listed = client.get("/api/links").json()["items"]
    return next(str(one["item"]) for one in listed if one["token"] == link["token"])


@each_model
def test_files_are_offered_by_plain_names(ann: TestClient, ben: TestClient, spec: ModelSpec) -> None:
    job = wished(ann, spec)
    page = ben.get(f"/r/{shared(ann, job)['token']}").text
    names = re.findall(r'download="([^"]+)"', page)
    assert names and len(set(names)) == len(names)
    for name in names:
        assert not name.endswith(".json") and "page-" not in name and re.fullmatch(r"[^/\\\s]+|\S.*", name)
    assert SECRET not in page


# -- in frames of other sites ---------------------------------------------------------------------


@each_model
def test_only_the_frame_may_be_framed(ann: TestClient, ben: TestClient, spec: ModelSpec) -> None:
    job = wished(ann, spec)
    token = shared(ann, job)["token"]
    frame = ben.get(f"/r/{token}/embed")
    assert frame.status_code == 200
    assert "frame-ancestors *" in frame.headers["content-security-policy"]
    others = [
        "/",
        f"/r/{token}",
        f"/r/{token}/media/{job['outputs'][0]['name']}",
        "/r/unknown/embed",
        "/healthz",
    ]
    for path in [*others, f"/r/{token}/card.jpg"]:
        policy = ben.get(path).headers["content-security-policy"]
        assert "frame-ancestors 'self'" in policy and "*" not in policy, path


def test_reading_a_link_leaves_no_cookie(ann: TestClient, visitor: NewVisitor) -> None:
    token = shared(ann, result(ann))["token"]
    for path in (f"/r/{token}", f"/r/{token}/embed", f"/r/{token}/card.jpg", f"/r/{token}/media/text.txt"):
        answer = visitor().get(path)
        assert answer.status_code == 200 and COOKIE not in answer.headers.get("set-cookie", "")


@each_model
def test_another_site_learns_how_to_show_it(ann: TestClient, ben: TestClient, spec: ModelSpec) -> None:
    link = shared(ann, wished(ann, spec))
    page = ben.get(f"/r/{link['token']}").text
    found = re.search(r'<link rel="alternate" type="application/json\+oembed" href="([^"]+)"', page)
    assert found
    answer = ben.get(unescape(found[1]).removeprefix(BASE)).json()
    assert answer["version"] == "1.0" and answer["type"] == "rich"
    assert answer["title"] == unescape(heading(page))
    assert f'src="{BASE}/r/{link["token"]}/embed"' in answer["html"] == link["embed"]
    assert f'width="{answer["width"]}" height="{answer["height"]}"' in answer["html"]
    narrow = ben.get("/api/oembed", params={"url": link["url"], "maxwidth": 300, "maxheight": 280}).json()
    assert narrow["width"] <= 300 and narrow["height"] <= 280


def test_oembed_answers_for_our_own_links_alone(ann: TestClient, ben: TestClient) -> None:
    link = shared(ann, result(ann))
    assert ben.get("/api/oembed", params={"url": link["url"], "format": "xml"}).status_code == 501
    nobody = ben.get("/api/oembed", params={"url": f"{BASE}/r/{'A' * 32}"})
    for url in (
        f"http://elsewhere.test/r/{link['token']}",
        f"{BASE}/",
        link["url"] + "/media/text.txt",
        "?",
        "//[",
    ):
        answer = ben.get("/api/oembed", params={"url": url})
        assert (answer.status_code, answer.content) == (404, nobody.content), url


# -- what is counted ------------------------------------------------------------------------------


def openings(client: TestClient, link: dict[str, Any], least: int = 0) -> int:
    """The count, once it has reached ``least``: it is written beside the answer."""
    deadline = time.monotonic() + 20
    while True:
        listed = client.get("/api/links").json()["items"]
        count = next(int(one["opened"]) for one in listed if one["token"] == link["token"])
        if count >= least or time.monotonic() > deadline:
            return count


def test_openings_by_others_are_counted_and_nothing_else_is(ann: TestClient, ben: TestClient) -> None:
    link = shared(ann, result(ann))
    page = f"/r/{link['token']}"
    ann.get(page)
    ben.head(page)
    for agent in (
        "facebookexternalhit/1.1",
        "Mozilla/5.0 (compatible; Googlebot/2.1)",
        "WhatsApp/2.23",
        "curl/8",
        "",
    ):
        ben.get(page, headers={"User-Agent": agent})
    ben.get(page, headers={"Sec-Purpose": "prefetch;prerender"})
    ben.get(f"{page}/card.jpg")
    ben.get(f"{page}/media/text.txt", headers={"Range": "bytes=0-3"})
    ben.get("/api/oembed", params={"url": link["url"]})
    browser = {
        "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Safari/604"
    }
    ben.get(page, headers=browser)
    ben.get(f"{page}/embed", headers=browser)
    assert openings(ann, link, least=2) == 2


# -- what is kept back ----------------------------------------------------------------------------


def test_a_photo_is_shown_only_with_the_words_and_without_its_place(
    ann: TestClient, ben: TestClient, studio: Studio
) -> None:
    """Where it was taken stands in the file that was brought, never in the one that is shown."""
    buffer, exif = io.BytesIO(), Image.Exif()
    exif[0x8825] = {1: "N", 2: (31.0, 14.0, 3.0)}
    exif[0x010E] = "taken at home"
    Image.new("RGB", (64, 48), (30, 120, 60)).save(buffer, "JPEG", exif=exif)
    upload = ann.post("/api/uploads", files={"file": ("me.jpg", buffer.getvalue(), "image/jpeg")}).json()[
        "id"
    ]
    job = make(ann, "style", "debug-style", content=upload)
    link = shared(ann, job)
    before = f"/r/{link['token']}/before/content"
    assert ben.get(before).status_code == 404
    assert before not in ben.get(f"/r/{link['token']}").text
    ann.patch(f"/api/history/{job['id']}/share", json={"show_prompt": True})
    assert before in ben.get(f"/r/{link['token']}").text
    picture = ben.get(before)
    with Image.open(io.BytesIO(picture.content)) as opened:
        assert opened.size == (64, 48) and 0x8825 not in opened.getexif()
    assert b"taken at home" not in picture.content
    assert ben.get(f"/r/{link['token']}/before/style_image").status_code == 404


def test_what_was_made_here_is_seen_beside_what_was_made_of_it(ann: TestClient, ben: TestClient) -> None:
    picture = make(ann, "image", "debug-image", prompt=SECRET)
    made_of_it = make(ann, "style", "debug-style", content=f"{picture['id']}/{picture['outputs'][0]['name']}")
    link = shared(ann, made_of_it)
    page = ben.get(f"/r/{link['token']}").text
    assert f"/r/{link['token']}/before/content" in page and SECRET not in page
    assert ben.get(f"/r/{link['token']}/before/content").status_code == 200
    lineage = page.partition("Made from")[2]
    assert "Image" in lineage and "/r/" not in lineage
    older = shared(ann, picture, show_prompt=True)
    lineage = ben.get(f"/r/{link['token']}").text.partition("Made from")[2]
    assert f'href="/r/{older["token"]}"' in lineage and SECRET in lineage
    ann.delete(f"/api/history/{picture['id']}")
    assert "Made from" not in ben.get(f"/r/{link['token']}").text


@each_model
def test_a_link_that_keeps_the_words_tells_them_to_no_program(
    ann: TestClient, ben: TestClient, spec: ModelSpec
) -> None:
    link = shared(ann, wished(ann, spec))
    told = ben.get(f"/api/shared/{link['token']}")
    assert told.status_code == 200
    assert SECRET not in told.text


@pytest.mark.parametrize("title", ["\u200d\u200c", "\u3164\u2800", "\u202e\u2066", "  \u00a0 "])
def test_a_title_of_nothing_to_be_seen_is_no_title(ann: TestClient, ben: TestClient, title: str) -> None:
    job = result(ann, prompt=SECRET)
    ann.patch(f"/api/history/{job['id']}", json={"title": title})
    assert heading(ben.get(f"/r/{shared(ann, job, caption=title)['token']}").text) == "Text"
    assert 'class="caption"' not in ben.get(f"/r/{shared(ann, job, caption=title)['token']}").text


def test_a_title_that_turns_the_line_round_turns_nothing(ann: TestClient, ben: TestClient) -> None:
    job = result(ann)
    ann.patch(f"/api/history/{job['id']}", json={"title": "gnp.\u202ecod\u200b <b>\u2067x"})
    page = ben.get(f"/r/{shared(ann, job, caption=chr(0x202E) + 'caption' + chr(0))['token']}").text
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\x00]", page)
    assert "gnp.cod &lt;b&gt;x" in heading(page)


# -- making, changing, listing, ending ------------------------------------------------------------


def test_a_link_is_changed_in_what_is_named_and_nothing_else(ann: TestClient, ben: TestClient) -> None:
    job = result(ann, prompt=SECRET)
    where = f"/api/history/{job['id']}/share"
    assert ann.patch(where, json={"caption": "none yet"}).status_code == 404
    link = shared(ann, job, days=7, caption="one")
    changed = ann.patch(where, json={"show_prompt": True}).json()
    assert changed == {**link, "show_prompt": True, "embed": changed["embed"]}
    assert ann.patch(where, json={"days": None}).json()["expires"] is None
    assert ben.patch(where, json={"caption": "taken"}).status_code == 404
    assert ann.patch(where, json={"caption": "x" * 281}).status_code == 422
    assert ann.patch(where, json={"days": 0}).status_code == 422
    assert ann.get("/api/links", params={"item": job["id"]}).json()["items"][0]["caption"] == "one"


def test_my_links_are_listed_newest_first_until_they_are_ended(visitor: NewVisitor) -> None:
    cleo = visitor()
    jobs = [result(cleo, prompt=f"number {n}") for n in range(3)]
    links = [shared(cleo, job) for job in jobs]
    first = cleo.get("/api/links", params={"limit": 2}).json()
    rest = cleo.get("/api/links", params={"cursor": first["next_cursor"]}).json()
    listed = [one["token"] for one in first["items"] + rest["items"]]
    assert listed == [link["token"] for link in reversed(links)] and rest["next_cursor"] is None
    assert first["items"][0]["title"] == "number 2"
    cleo.delete(f"/api/history/{jobs[0]['id']}/share")
    cleo.delete(f"/api/history/{jobs[1]['id']}")
    assert [one["item"] for one in cleo.get("/api/links").json()["items"]] == [jobs[2]["id"]]
    assert visitor().get("/api/links").json()["items"] == []


@pytest.mark.parametrize("language, word", [("zh-CN", "以此再创作"), ("en-GB", "Make your own from this")])
def test_a_page_speaks_the_readers_language_and_can_be_switched(
    ann: TestClient, ben: TestClient, language: str, word: str
) -> None:
    token = shared(ann, result(ann))["token"]
    page = ben.get(f"/r/{token}", headers={"Accept-Language": language}).text
    assert word in page
    other = re.search(r'<a href="(\?lang=\w\w)" lang="[^"]+">', page)
    assert other
    assert word not in ben.get(f"/r/{token}{other[1]}", headers={"Accept-Language": language}).text


def test_a_text_is_laid_out_and_nothing_in_it_is_run(ann: TestClient, ben: TestClient) -> None:
    hostile = "# Head\n\n<script>alert(1)</script> **bold** [press](javascript:alert(1)) ![x](http://evil.test/x.png)"
    view = kinds.VIEWS["text"](_item(hostile))
    text = str(view["texts"][0])
    assert "<strong>bold</strong>" in text and "<h1>Head</h1>" in text
    assert "<script" not in text and "<img" not in text and "<a " not in text


def _item(text: str) -> Any:
    output = StoredOutput("text", "text.txt", "text/plain", len(text), text)
    moment = datetime.now(UTC)
    job = Job("0" * 26, "", "text", "m", "done", {}, "en", moment, outputs=(output,))
    return SharedItem(job, "t", "en", "/r/x/media/")


def test_the_contract_names_every_part_of_a_link(ann: TestClient) -> None:
    link = shared(ann, result(ann), days=1)
    assert set(link) >= {"token", "url", "expires", "show_prompt", "caption", "opened", "embed", "created"}
    assert json.dumps(link) and quote(link["token"]) == link["token"]
