"""A class room: opened by a teacher, come into by a code, and gone with everything in it at its end."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from aigc_demo.classroom import Classroom
from aigc_demo.classroom.wrong_codes import WrongCodes
from aigc_demo.history import rows
from aigc_demo.studio import Studio
from aigc_demo.types import FINAL, UserError
from tests.api.conftest import NewVisitor
from tests.security.traces import traces

LINK = "http://studio.test/?task=text&model=debug-text&prompt=&length=8&lock=length&hide=model,temperature"
SAME = LINK + "&seed=7"
CANARY = "qzxclasscanary"


def opened(teacher: TestClient, link: str = LINK, **wanted: Any) -> dict[str, Any]:
    answer = teacher.post("/api/class", json={"name": "7b", "link": link, **wanted})
    assert answer.status_code == 201, answer.text
    room: dict[str, Any] = answer.json()
    return room


def pupil(visitor: NewVisitor, room: dict[str, Any], name: str | None = None) -> TestClient:
    """Somebody who has scanned the code and sat down."""
    phone = visitor()
    assert phone.get(f"/c/{room['code']}").status_code == 200
    answer = phone.post(f"/api/c/{room['code']}/seat", json={"name": name})
    assert answer.status_code == 201, answer.text
    return phone


def make(phone: TestClient, room: dict[str, Any], words: str = "a cat", **values: Any) -> Any:
    return phone.post(f"/api/c/{room['code']}/make", json={"values": {"prompt": words, **values}})


def under(told: dict[str, Any], prefix: str) -> dict[str, dict[str, Any]]:
    return {name.removeprefix(prefix): value for name, value in told.items() if name.startswith(prefix)}


def desk(teacher: TestClient, room: dict[str, Any]) -> dict[str, Any]:
    return dict(teacher.get(f"/api/class/{room['id']}").json())


def results(teacher: TestClient, room: dict[str, Any]) -> list[dict[str, Any]]:
    """Everything that was made, once all of it is there."""
    deadline = time.monotonic() + 60
    while True:
        found = list(under(desk(teacher, room), "result/").values())
        if all(one["status"] in FINAL for one in found):
            return found
        assert time.monotonic() < deadline, "a result did not come"
        time.sleep(0.02)


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_pupil_s_words_become_a_result_on_the_teacher_s_desk(ann: TestClient, visitor: NewVisitor) -> None:
    room = opened(ann, title="Say something")
    phone = pupil(visitor, room, "Mia")
    assert make(phone, room, "a blue cat").status_code == 202
    (made,) = results(ann, room)
    assert (made["name"], made["asked"], made["status"]) == ("Mia", "a blue cat", "done")
    assert made["files"][0]["text"]
    own = phone.get(f"/api/c/{room['code']}").json()
    assert [one["files"] for one in under(own, "result/").values()] == [made["files"]]
    assert phone.get("/api/history").json()["items"] == [], "what is made in a room is in nobody's history"
    assert ann.get("/api/history").json()["items"] == []


def test_what_the_link_fixes_is_fixed_on_the_server(
    ann: TestClient, visitor: NewVisitor, studio: Studio
) -> None:
    room = opened(ann)
    phone = pupil(visitor, room)
    told = phone.get(f"/api/c/{room['code']}").json()["exercise"]
    assert [field["name"] for field in told["fields"]] == ["prompt"]
    assert [line["value"] for line in told["fixed"]] == ["8"]
    refused = make(phone, room, max_new_tokens=500)
    assert refused.status_code == 422
    assert make(phone, room, temperature=0.1).status_code == 422
    assert code_of(make(phone, room, "   "))[0] == 422
    make(phone, room)
    results(ann, room)
    (result,) = studio.history.classrooms.view(room["id"]).results
    assert studio.history.job(result.job).params["max_new_tokens"] == 8


def test_a_reload_and_another_device_find_the_seat_again(ann: TestClient, visitor: NewVisitor) -> None:
    room = opened(ann)
    phone = pupil(visitor, room, "Mia")
    again = phone.post(f"/api/c/{room['code']}/seat", json={"name": "Somebody else"}).json()
    assert again["me"]["name"] == "Mia"
    tablet = visitor()
    taken = tablet.get(f"/c/{room['code']}/seat/{again['me']['token']}")
    assert taken.status_code == 200
    assert tablet.get(f"/api/c/{room['code']}").json()["me"]["name"] == "Mia"
    assert visitor().get(f"/c/{room['code']}/seat/{'A' * 32}").status_code == 404
    assert len(under(desk(ann, room), "seat/")) == 1


def test_without_a_name_one_is_an_animal_of_one_s_own(ann: TestClient, visitor: NewVisitor) -> None:
    room = opened(ann)
    for _ in range(6):
        pupil(visitor, room)
    names = [seat["name"] for seat in under(desk(ann, room), "seat/").values()]
    assert len(set(names)) == 6


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("x" * 10_000, "name_too_long"),
        ("", "name_empty"),
        ("\u202e\u200b\u200f", "name_empty"),
        ("Teacher", "name_refused"),
        ("te\u200bacher 2", "name_refused"),
        ("老师", "name_refused"),
        ("F.u.c.k", "name_refused"),
        ("你这个傻逼", "name_refused"),
        ("ｍｉａ", "name_taken"),
        ("\u202emi\u0301a"[:-1] + "a", "name_taken"),
    ],
)
def test_a_name_that_the_wall_cannot_show_is_refused_in_a_sentence(
    ann: TestClient, visitor: NewVisitor, name: str, code: str
) -> None:
    room = opened(ann)
    pupil(visitor, room, "Mia")
    phone = visitor()
    phone.get(f"/c/{room['code']}")
    answer = phone.post(f"/api/c/{room['code']}/seat", json={"name": name})
    assert code_of(answer)[1] == code
    assert len(answer.json()["error"]["message"]) > 20


def test_a_right_to_left_name_is_shown_without_its_marks(ann: TestClient, visitor: NewVisitor) -> None:
    room = opened(ann)
    pupil(visitor, room, "\u202eמיה\u202c " + "a" + "\u0301" * 50)
    (seat,) = under(desk(ann, room), "seat/").values()
    assert seat["name"].startswith("מיה á")
    assert len(seat["name"]) < 9, "nor with a heap of accents"


def test_who_has_only_the_code_does_not_teach(ann: TestClient, visitor: NewVisitor) -> None:
    room = opened(ann)
    phone = pupil(visitor, room)
    for path in (f"/class/{room['id']}", f"/class/{room['id']}/wall", f"/api/class/{room['id']}"):
        assert phone.get(path).status_code == 404
    assert phone.patch(f"/api/class/{room['id']}", json={"door": False}).status_code == 404
    assert room["code"] not in room["teach"]


def test_the_secret_link_teaches_from_another_device(ann: TestClient, visitor: NewVisitor) -> None:
    room = opened(ann)
    tablet = visitor()
    assert tablet.get(room["teach"].replace(":7860", "")).status_code == 200
    assert tablet.patch(f"/api/class/{room['id']}", json={"approve": True}).status_code == 204
    assert desk(ann, room)["room"]["approve"] is True
    assert visitor().get("/class/key/" + "A" * 32).status_code == 404


def test_a_pupil_sees_no_other_pupil_s_result(ann: TestClient, visitor: NewVisitor) -> None:
    room = opened(ann)
    mia, ben = pupil(visitor, room, "Mia"), pupil(visitor, room, "Ben")
    make(mia, room, CANARY)
    (made,) = results(ann, room)
    (result,) = under(desk(ann, room), "result/")
    url, own = f"/class/{room['id']}/media/{result}/text.txt", f"/c/{room['code']}/media/{result}/text.txt"
    assert made["files"][0]["text"].strip() in ann.get(url).text
    assert mia.get(own).status_code == 200
    assert ben.get(own).status_code == 404
    assert visitor().get(url).status_code == 404
    assert CANARY not in ben.get(f"/api/c/{room['code']}").text


def test_nothing_waits_on_the_wall_without_a_nod_where_the_teacher_wants_one(
    ann: TestClient, visitor: NewVisitor
) -> None:
    room = opened(ann)
    ann.patch(f"/api/class/{room['id']}", json={"approve": True})
    make(pupil(visitor, room), room)
    (made,) = results(ann, room)
    assert made["state"] == "waiting"
    (result_id,) = under(desk(ann, room), "result/")
    for state in ("shown", "hidden", "shown"):
        assert (
            ann.patch(f"/api/class/{room['id']}/results/{result_id}", json={"state": state}).status_code
            == 204
        )
        assert under(desk(ann, room), "result/")[result_id]["state"] == state


def test_paused_and_closed_rounds_take_nothing_and_the_next_one_does(
    ann: TestClient, visitor: NewVisitor
) -> None:
    room = opened(ann)
    phone = pupil(visitor, room)
    first = desk(ann, room)["round"]["id"]
    for state in ("paused", "closed"):
        ann.patch(f"/api/class/{room['id']}/rounds/{first}", json={"state": state})
        assert code_of(make(phone, room)) == (409, "class_not_open")
    asked = ann.post(f"/api/class/{room['id']}/rounds", json={"content": {"link": LINK, "title": "Again"}})
    assert asked.status_code == 201
    assert make(phone, room).status_code == 202
    assert desk(ann, room)["round"]["number"] == 2
    assert ann.patch(f"/api/class/{room['id']}/rounds/{first}", json={"state": "half"}).status_code == 422


def test_a_closed_door_keeps_those_who_are_in(ann: TestClient, visitor: NewVisitor) -> None:
    room = opened(ann)
    phone = pupil(visitor, room)
    ann.patch(f"/api/class/{room['id']}", json={"door": False})
    late = visitor()
    late.get(f"/c/{room['code']}")
    assert code_of(late.post(f"/api/c/{room['code']}/seat", json={"name": "Late"})) == (403, "class_door")
    assert make(phone, room).status_code == 202


def test_a_seat_that_is_sent_out_is_out_until_it_is_let_in_again(
    ann: TestClient, visitor: NewVisitor
) -> None:
    room = opened(ann)
    phone = pupil(visitor, room)
    (seat,) = under(desk(ann, room), "seat/")
    ann.patch(f"/api/class/{room['id']}/seats/{seat}", json={"removed": True})
    assert code_of(make(phone, room)) == (403, "class_sent_out")
    assert phone.get(f"/c/{room['code']}").status_code == 403
    ann.patch(f"/api/class/{room['id']}/seats/{seat}", json={"removed": False})
    assert make(phone, room).status_code == 202


def test_exactly_the_same_is_computed_once_and_shown_as_such(
    ann: TestClient, visitor: NewVisitor, studio: Studio
) -> None:
    room = opened(ann, SAME)
    for name in ("Mia", "Ben", "Zoe"):
        make(pupil(visitor, room, name), room, "a cat" if name != "Zoe" else "a dog")
    made = {one["name"]: one for one in results(ann, room)}
    assert made["Ben"]["same"] == "Mia"
    assert "same" not in made["Mia"]
    assert "same" not in made["Zoe"]
    view = studio.history.classrooms.view(room["id"])
    assert len({one.job for one in view.results}) == 2


def test_a_flood_of_one_seat_is_answered_with_a_sentence_and_hurts_nobody(
    ann: TestClient, visitor: NewVisitor
) -> None:
    room = opened(ann, LINK.replace("debug-text", "debug-text-slow").replace("length=8", "length=60"))
    flood, calm = pupil(visitor, room, "Flood"), pupil(visitor, room, "Calm")
    answers = [make(flood, room).status_code for _ in range(8)]
    assert answers.count(202) == 2
    assert set(answers) == {202, 429}
    assert make(calm, room).status_code == 202
    ann.delete(f"/api/class/{room['id']}")


def test_a_full_room_says_so_however_many_come(
    ann: TestClient, visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aigc_demo.history.classrooms.MOST_SEATS", 3)
    room = opened(ann)
    for _ in range(3):
        pupil(visitor, room)
    fourth = visitor()
    fourth.get(f"/c/{room['code']}")
    assert code_of(fourth.post(f"/api/c/{room['code']}/seat", json={"name": None})) == (409, "class_full")


def test_a_program_without_cookies_takes_no_seats(ann: TestClient, visitor: NewVisitor) -> None:
    room = opened(ann)
    answer = visitor().post(f"/api/c/{room['code']}/seat", json={"name": "Bot"})
    assert code_of(answer) == (403, "cookies_needed")


def test_codes_are_typed_as_people_type_them_and_cannot_be_guessed(
    ann: TestClient, visitor: NewVisitor
) -> None:
    room = opened(ann)
    code = room["code"].lower()
    assert visitor().get(f"/c/{code[:3]}-{code[3:]}").status_code == 200
    assert not set("0O1IL2Z5SB8U") & set(room["code"])
    clock = [0.0]
    codes = WrongCodes(most=3, each_second=0.5, clock=lambda: clock[0])
    for _ in range(3):
        codes.check("one address")
        codes.wrong("one address")
    with pytest.raises(UserError, match="too_many_guesses"):
        codes.check("one address")
    codes.check("another")
    clock[0] = 2.0
    codes.check("one address")


def test_wrong_codes_are_counted_by_address_and_well_formed_ones_only(
    ann: TestClient, visitor: NewVisitor, studio: Studio
) -> None:
    rooms = Classroom(studio)
    rooms._wrong = WrongCodes(most=2, each_second=0.001)
    room = opened(ann)
    for wrong in ("", "short", "ABCDEFGHI", "O0O0O0", "AAAAAA", "CCCCCC"):
        with pytest.raises(UserError, match="not_found"):
            rooms.enter(wrong, "10.0.0.9")
    with pytest.raises(UserError, match="too_many_guesses"):
        rooms.enter(room["code"], "10.0.0.9")
    assert rooms.enter(room["code"], "10.0.0.8").id == room["id"]


def test_when_a_room_ends_nothing_of_it_is_left_in_any_byte(
    ann: TestClient, visitor: NewVisitor, studio: Studio
) -> None:
    room = opened(ann)
    phones = [pupil(visitor, room, f"qzxendedroom{n}") for n in range(3)]
    for number, phone in enumerate(phones):
        make(phone, room, f"qzxendedroom words {number}")
    results(ann, room)
    folder = Path(studio.settings.data)
    assert traces(folder, ("qzxendedroom",))
    assert ann.delete(f"/api/class/{room['id']}").json() == {"left": 0}
    assert traces(folder, ("qzxendedroom",)) == []
    assert ann.get(f"/api/class/{room['id']}").status_code == 404
    assert phones[0].get(f"/c/{room['code']}").status_code == 404


def test_a_room_ends_by_itself_when_its_time_is_over(
    ann: TestClient, visitor: NewVisitor, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = opened(ann, hours=1)
    make(pupil(visitor, room, "qzxoverroom"), room)
    results(ann, room)
    real = rows.now
    monkeypatch.setattr(rows, "now", lambda: real() + 3_601 * 1_000_000)
    assert ann.get(f"/api/class/{room['id']}").status_code == 404
    studio.history.purge()
    monkeypatch.setattr(rows, "now", real)
    assert studio.history.classrooms.left(room["id"]) == 0
    assert traces(Path(studio.settings.data), ("qzxoverroom",)) == []


def test_the_pages_are_there_at_once_in_both_languages(ann: TestClient, visitor: NewVisitor) -> None:
    room = opened(ann)
    phone = pupil(visitor, room, "Mia")
    for client, path in (
        (ann, "/class"),
        (ann, f"/class/{room['id']}"),
        (ann, f"/class/{room['id']}/wall"),
        (phone, "/c"),
        (phone, f"/c/{room['code']}"),
    ):
        for language in ("en", "zh-CN"):
            page = client.get(path, params={"lang": language[:2]})
            assert page.status_code == 200
            assert f'<html lang="{language}">' in page.text
            assert not re.search(r"\bclass\.[a-z_]+\b(?=<)", page.text), "every word has its translation"
            assert "script-src 'self'" in page.headers["content-security-policy"]
    weight = len(phone.get(f"/c/{room['code']}").content)
    assert weight < 20_000
    assert '"name": "Mia"' in phone.get(f"/c/{room['code']}").text, "a phone waits for no second answer"


def test_a_follower_is_told_what_changes_and_then_that_the_room_has_ended(studio: Studio) -> None:
    rooms = Classroom(studio)
    room = rooms.open("teacher", "7b", "en", link=LINK)

    async def follow() -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = []
        async for changed in rooms.follow(room.id):
            told.append(changed)
            if len(told) == 1:
                await asyncio.to_thread(rooms.join, "mia", room, "Mia")
            made = [value for name, value in changed.items() if name.startswith("result/")]
            if any(name.startswith("seat/") for name in changed) and not made and len(told) == 2:
                seat = rooms.seated("mia", room)
                await asyncio.to_thread(rooms.make, seat, room, {"prompt": "a cat"}, "en")
            if any(value and value["status"] == "done" for value in made):
                await asyncio.to_thread(rooms.end, "teacher", room.id)
        return told

    told = asyncio.run(asyncio.wait_for(follow(), 60))
    assert set(told[0]) == {"room", "round"}
    assert all("room" not in changed for changed in told[1:]), "what is as before is not told again"
