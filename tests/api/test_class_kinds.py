"""Asking a class about one thing: guesses at what it was asked, made by whom, answers that say the same."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from starlette.testclient import TestClient

from aigc_demo.classroom import contact_sheet
from aigc_demo.classroom.contact_sheet import Cell, Part
from aigc_demo.classroom.meaning import Meanings
from aigc_demo.types import UserError
from tests.api.conftest import NewVisitor
from tests.api.test_class import code_of, desk, make, opened, pupil, results, under
from tests.api.test_class_votes import answer, ask, reveal, seen


@pytest.fixture(autouse=True)
def letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words mean what letters they have: quick, and enough for whatever is done with vectors."""

    def vectors(_: Meanings, texts: Sequence[str]) -> Any:
        counts = np.array([[text.count(chr(n)) for n in range(97, 123)] for text in texts], np.float32)
        return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-6)

    monkeypatch.setattr(Meanings, "_vectors", vectors)


def pdf_text(data: bytes) -> list[str]:
    """What stands on each page."""
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(data)]


def test_the_class_guesses_what_a_result_was_asked_and_the_nearest_wins(
    ann: TestClient, visitor: NewVisitor
) -> None:
    room = opened(ann)
    mia, ben, zoe = (pupil(visitor, room, name) for name in ("Mia", "Ben", "Zoe"))
    make(mia, room, "a blue cat")
    results(ann, room)
    (made,) = under(desk(ann, room), "result/")
    assert ask(ann, room, "guess", of=[made]).status_code == 201
    (shown,) = seen(ben, room)["shown"]
    assert set(shown) == {"id", "files"}, "it does not say what it was asked"
    assert code_of(answer(mia, room, "a blue cat")) == (409, "own_guess")
    assert answer(ben, room, "zzz").status_code == answer(zoe, room, "a cat, blue").status_code == 204
    assert "guesses" not in desk(ann, room)
    reveal(ann, room)
    assert [one["name"] for one in desk(ann, room)["guesses"]] == ["Zoe", "Ben"]
    told = seen(zoe, room)
    assert told["shown"][0]["text"].startswith("a blue cat")
    assert told["guess"] == {"place": 1, "of": 2, "points": 100}
    assert seen(ben, room)["guess"]["points"] == 0
    assert code_of(answer(ben, room, "a blue cat")) == (409, "class_not_open"), "it has been told"


def test_people_stand_against_the_model_in_a_blind_vote(ann: TestClient, visitor: NewVisitor) -> None:
    room = opened(ann)
    mia, ben = (pupil(visitor, room, name) for name in ("Mia", "Ben"))
    make(mia, room)
    results(ann, room)
    ask(ann, room, "question", title="A line about rain?")
    answer(ben, room, "Rain knits the roofs")
    told = desk(ann, room)
    (made,), (written,) = under(told, "result/"), under(told, "answer/")
    assert ask(ann, room, "vote", of=[made, written]).status_code == 201
    options = seen(mia, room)["options"]
    assert [set(one) for one in options] == [{"id", "files"}] * 2, "nothing tells them apart"
    assert answer(mia, room, written).status_code == 204
    reveal(ann, room)
    said = {one["letter"]: one["text"] for one in seen(mia, room)["options"]}
    assert said["B"] == "written by a person · Ben"
    assert desk(ann, room)["ranking"][0]["name"] == "Ben"
    whole = zipfile.ZipFile(io.BytesIO(ann.get(f"/api/class/{room['id']}/zip").content))
    assert "Ben: Rain knits the roofs" in whole.read("votes.csv").decode()


def test_whether_a_person_or_a_model_made_it_is_told_at_the_end(ann: TestClient, visitor: NewVisitor) -> None:
    room = opened(ann, "")
    ben = pupil(visitor, room, "Ben")
    ask(ann, room, "question", title="A line about rain?")
    answer(ben, room, "Rain knits the roofs")
    (written,) = under(desk(ann, room), "answer/")
    assert ask(ann, room, "real", of=[written]).status_code == 201
    told = seen(ben, room)
    assert [one["text"] for one in told["options"]] == ["A person", "A model"]
    assert "tally" not in told
    answer(ben, room, 1)
    reveal(ann, room)
    assert seen(ben, room)["tally"] == {"total": 1, "counts": [0, 1], "right": 0}
    zh = ann.get(f"/api/class/{room['id']}/zip", params={"lang": "zh"}).content
    assert "A model" in zipfile.ZipFile(io.BytesIO(zh)).read("votes.csv").decode()


@pytest.mark.parametrize("kind", ["guess", "real"])
def test_the_class_is_asked_about_one_thing_of_the_room(ann: TestClient, kind: str) -> None:
    room = opened(ann)
    for of in ([], ["01hzzzzzzzzzzzzzzzzzzzzzzz"], ["x", "y"], "x"):
        refused = ask(ann, room, kind, of=of)
        assert code_of(refused) == (422, "bad_round")


def test_answers_that_say_the_same_stand_together_once_it_is_told(
    ann: TestClient, visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = opened(ann, "")
    phones = [pupil(visitor, room) for _ in range(4)]
    ask(ann, room, "question", title="What is missing?")
    for phone, words in zip(phones, ("stars", "stars!", "moon", "the stars"), strict=True):
        answer(phone, room, words)
    reveal(ann, room)
    groups = desk(ann, room)["round"]["groups"]
    assert [count for _, count in groups] == [3, 1]

    def fails(_: Meanings, texts: Sequence[str]) -> Any:
        raise UserError("not_compared", "error.class_not_compared", status=503)

    monkeypatch.setattr(Meanings, "_vectors", fails)
    reveal(ann, room)
    assert dict(desk(ann, room)["tally"]["cloud"])["stars"] == 3, "the cloud is there without"


def test_the_sheet_to_print_has_every_result_in_both_languages(ann: TestClient, visitor: NewVisitor) -> None:
    room = opened(ann, title="画一只猫")
    for name in ("Mia", "小明"):
        make(pupil(visitor, room, name), room, f"a cat for {name}")
    results(ann, room)
    whole = zipfile.ZipFile(io.BytesIO(ann.get(f"/api/class/{room['id']}/zip").content))
    (page,) = pdf_text(whole.read("sheet.pdf"))
    for words in ("7b", "画一只猫", "a cat for Mia", "小明", "AI"):
        assert words in page


def test_a_sheet_goes_on_over_pages_and_leaves_out_what_is_no_picture() -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (900, 300), "#0088ff80").save(buffer, "PNG")
    cells = [Cell("a lake " * 40, f"seat {n}", picture=buffer.getvalue()) for n in range(20)]
    odd = [Cell("x" * 3_000, "😀 ", "words\n" * 90), Cell("", "", picture=b"no picture")]
    pages = pdf_text(
        contact_sheet.write("7b", [Part("Lakes", cells), Part("Odd", odd), Part("None", [])], "AI")
    )
    assert len(pages) > 1
    assert all(any(f"seat {n}" in page for page in pages) for n in range(20))
    assert "…" in pages[-1]
