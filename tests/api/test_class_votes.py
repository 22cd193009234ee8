"""Votes and answers in a class room: blind, one a seat, counted; A against B; words that stand out."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import zipfile
from typing import Any

import pytest
from starlette.testclient import TestClient

from aigc_demo import i18n
from aigc_demo.classroom import plans, rounds
from aigc_demo.classroom.cloud import cloud
from aigc_demo.classroom.ranking import strengths
from aigc_demo.types import UserError
from tests.api.conftest import NewVisitor
from tests.api.test_class import LINK, code_of, desk, make, opened, pupil, results, under


def ask(teacher: TestClient, room: dict[str, Any], kind: str, **content: Any) -> Any:
    return teacher.post(f"/api/class/{room['id']}/rounds", json={"kind": kind, "content": content})


def answer(phone: TestClient, room: dict[str, Any], given: Any) -> Any:
    return phone.put(f"/api/c/{room['code']}/answer", json={"answer": given})


def seen(phone: TestClient, room: dict[str, Any]) -> dict[str, Any]:
    return dict(phone.get(f"/api/c/{room['code']}").json())


def reveal(teacher: TestClient, room: dict[str, Any]) -> None:
    now = desk(teacher, room)["round"]["id"]
    assert teacher.patch(f"/api/class/{room['id']}/rounds/{now}", json={"revealed": True}).status_code == 204


@pytest.fixture
def voting(ann: TestClient, visitor: NewVisitor) -> tuple[dict[str, Any], list[TestClient], list[str]]:
    """A room in which three have made something, and are asked which is best."""
    room = opened(ann)
    phones = [pupil(visitor, room, name) for name in ("Mia", "Ben", "Zoe")]
    for number, phone in enumerate(phones):
        make(phone, room, f"wish {number}")
    results(ann, room)
    made = list(under(desk(ann, room), "result/"))
    assert ask(ann, room, "vote", of=made, title="Which is best?").status_code == 201
    return room, phones, made


def test_a_vote_is_blind_until_it_is_told(
    ann: TestClient, voting: tuple[dict[str, Any], list[TestClient], list[str]]
) -> None:
    room, phones, made = voting
    told = seen(phones[0], room)
    assert {one["id"] for one in told["options"]} == set(made)
    assert all(set(one) == {"id", "files"} for one in told["options"])
    assert "tally" not in told
    answer(phones[0], room, made[1])
    reveal(ann, room)
    told = seen(phones[0], room)
    assert told["tally"] == {"total": 1, "counts": [0, 1, 0]}
    assert code_of(answer(phones[1], room, made[1])) == (409, "class_not_open"), "it is blind no more"
    assert "wish 1" in next(one["text"] for one in told["options"] if one["letter"] == "B")


def test_each_seat_has_one_vote_and_may_change_its_mind_while_it_is_open(
    ann: TestClient, voting: tuple[dict[str, Any], list[TestClient], list[str]]
) -> None:
    room, phones, made = voting
    for choice in (made[0], made[2], made[2]):
        assert answer(phones[0], room, choice).status_code == 204
    assert answer(phones[1], room, made[2]).status_code == 204
    assert desk(ann, room)["tally"] == {"total": 2, "counts": [0, 0, 2]}
    now = desk(ann, room)["round"]["id"]
    ann.patch(f"/api/class/{room['id']}/rounds/{now}", json={"state": "closed"})
    assert code_of(answer(phones[2], room, made[0])) == (409, "class_not_open")
    assert seen(phones[0], room)["answer"] == made[2]


def test_candidates_stand_in_an_order_of_each_phone_s_own_that_a_reload_keeps() -> None:
    orders = {tuple(rounds.shuffled(["a", "b", "c"], "round", f"seat {n}")) for n in range(40)}
    assert len(orders) == 6
    assert rounds.shuffled(["a", "b", "c"], "round", "x") == rounds.shuffled(["c", "b", "a"], "round", "x")


def test_what_is_voted_for_may_be_looked_at_by_all_and_nothing_else(
    ann: TestClient, voting: tuple[dict[str, Any], list[TestClient], list[str]]
) -> None:
    room, phones, made = voting
    other = f"/c/{room['code']}/media/{made[1]}/text.txt"
    assert phones[0].get(other).status_code == 200
    ask(ann, room, "poll", title="Well?", choices=["yes", "no"])
    assert phones[0].get(other).status_code == 404


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("vote", {"of": []}),
        ("vote", {"of": ["01hzzzzzzzzzzzzzzzzzzzzzzz", "01hzzzzzzzzzzzzzzzzzzzzzzy"]}),
        ("poll", {"choices": ["only one"]}),
        ("poll", {"choices": ["x", "x"]}),
        ("poll", {"choices": "yes"}),
        ("poll", {"choices": ["yes", "no"], "title": "x" * 300}),
        ("ab", {"link": LINK, "link_b": "?task=image&prompt="}),
        ("duel", {}),
        ("lesson", {"lesson": "alchemy"}),
        ("train", {"lesson": "work", "setting": "learning_rate", "choices": ["0.1", "0.2"]}),
        ("train", {"lesson": "gan", "setting": "colour", "choices": ["0.1", "0.2"]}),
        ("train", {"lesson": "gan", "setting": "learning_rate", "choices": ["0.001", "a million"]}),
    ],
)
def test_a_round_that_cannot_be_is_refused_in_a_sentence(
    ann: TestClient, kind: str, content: dict[str, Any]
) -> None:
    room = opened(ann)
    refused = ask(ann, room, kind, **content)
    assert refused.status_code in (404, 422)
    assert len(refused.json()["error"]["message"]) > 15
    assert desk(ann, room)["round"]["number"] == 1, "the class stays where it was"


@pytest.mark.parametrize(
    ("kind", "content", "given"),
    [
        ("poll", {"choices": ["a", "b"]}, 2),
        ("poll", {"choices": ["a", "b"]}, -1),
        ("poll", {"choices": ["a", "b"]}, True),
        ("poll", {"choices": ["a", "b"]}, "a"),
        ("vote", {"of": ["x", "y"]}, "z"),
        ("question", {}, "   "),
        ("question", {}, "x" * 141),
        ("question", {}, 3),
        ("ab", {}, "not mine"),
    ],
)
def test_an_answer_that_is_none_counts_for_nothing(kind: str, content: dict[str, Any], given: Any) -> None:
    with pytest.raises(UserError) as refused:
        rounds.answer(kind, content, given)
    assert refused.value.status == 422


def test_a_poll_and_an_open_question(ann: TestClient, visitor: NewVisitor) -> None:
    room = opened(ann)
    phones = [pupil(visitor, room) for _ in range(3)]
    ask(ann, room, "poll", title="Who drew this?", choices=["a person", "a model"])
    for phone, choice in zip(phones, (1, 1, 0), strict=True):
        answer(phone, room, choice)
    assert desk(ann, room)["tally"]["counts"] == [1, 2]
    ask(ann, room, "question", title="What is missing?")
    for phone, words in zip(phones, ("The moon", "moon and stars", "stars!"), strict=True):
        answer(phone, room, words)
    assert dict(desk(ann, room)["tally"]["cloud"]) == {"moon": 2, "stars": 2}


def test_of_a_against_b_every_seat_gets_both_and_says_blindly_which_is_better(
    ann: TestClient, visitor: NewVisitor
) -> None:
    room = opened(ann)
    ask(ann, room, "ab", title="Short or long?", link=LINK, link_b=LINK.replace("length=8", "length=16"))
    phone = pupil(visitor, room)
    assert seen(phone, room)["exercise"]["fixed"] == [], "nothing tells A and B apart"
    make(phone, room, "a cat")
    results(ann, room)
    options = seen(phone, room)["options"]
    long = max(options, key=lambda one: len(one["files"][0]["text"]))
    assert answer(phone, room, long["id"]).status_code == 204
    assert desk(ann, room)["tally"]["counts"] == [0, 1]
    assert seen(phone, room)["answer"] == long["id"]
    reveal(ann, room)
    said = ["A: Length 8", "B: Length 16"]
    assert (desk(ann, room)["round"]["choices"], seen(phone, room)["labels"]) == (said, said)


def test_what_makes_a_another_than_b_is_not_left_to_the_pupils(ann: TestClient, visitor: NewVisitor) -> None:
    room = opened(ann)
    link = LINK.replace("&lock=length&hide=model,temperature", "&length=8&temperature=")
    assert ask(ann, room, "ab", link=f"{link}0.1", link_b=f"{link}1.5").status_code == 201
    phone = pupil(visitor, room)
    fields = [field["name"] for field in seen(phone, room)["exercise"]["fields"]]
    assert fields == ["prompt", "max_new_tokens"]


def test_a_lesson_is_done_by_everybody_alone(ann: TestClient, visitor: NewVisitor) -> None:
    room = opened(ann)
    assert ask(ann, room, "lesson", lesson="flow").status_code == 201
    phone = pupil(visitor, room, "Mia")
    told = seen(phone, room)
    assert told["lesson_link"] == "/?tab=learn&lesson=flow"
    assert told["round"]["title"] == i18n.t("lesson.flow.title", "en")
    assert code_of(answer(phone, room, 1)) == (422, "bad_answer")
    assert answer(phone, room, told["options"][0]["id"]).status_code == 204
    (mia,) = under(desk(ann, room), "seat/").values()
    assert mia["stage"] == "done"


def test_the_class_chooses_the_next_setting_of_a_training(ann: TestClient, visitor: NewVisitor) -> None:
    room = opened(ann)
    asked = {"lesson": "gan", "setting": "learning_rate", "choices": ["0.001", "0.01"]}
    assert ask(ann, room, "train", **asked).status_code == 201
    assert "lesson_link" not in desk(ann, room)["round"], "what it chooses is not told before"
    for _ in range(2):
        assert answer(pupil(visitor, room), room, 1).status_code == 204
    reveal(ann, room)
    assert desk(ann, room)["round"]["lesson_link"] == "/?tab=learn&lesson=gan&learning_rate=0.01"
    title = f"{i18n.t('lesson.gan.title', 'en')}: Learning rate"
    plan = plans.read(ann.get(f"/api/class/{room['id']}/plan").json())
    assert plan.steps[-1].content() == {"title": title, "notes": ""} | asked


def test_words_are_counted_once_an_answer_in_both_languages() -> None:
    said = ["The cat, the CAT and a cat", "a cat!", "光", "我觉得光不对", "shit", "手指"]
    found = dict(cloud(said))
    assert found["cat"] == 2
    assert found["光"] == 1
    assert found["手指"] == 1
    assert "shit" not in found
    assert "the" not in found


def test_many_small_votes_become_one_ranking() -> None:
    votes = [("a", ["a", "b"])] * 3 + [("b", ["b", "a"])] + [("b", ["b", "c"])] * 3 + [("c", ["c", "b"])]
    ranked = strengths(votes)
    assert [name for name, _, _ in ranked] == ["a", "b", "c"]
    ratings = {name: rating for name, rating, _ in ranked}
    odds = 10 ** ((ratings["a"] - ratings["b"]) / 400)
    assert 1.5 < odds < 3.5, "three to one, drawn to the middle by the prior"
    assert strengths([]) == []
    assert abs(sum(ratings.values()) / 3 - 1000) < 1e-6
    (_, high, _), (_, low, _) = strengths([("a", ["a", "b"])] * 5)
    assert high < 2000
    assert low > 0


def test_the_ranking_stands_at_the_desk_once_the_votes_are_told(
    ann: TestClient, voting: tuple[dict[str, Any], list[TestClient], list[str]]
) -> None:
    room, phones, made = voting
    for phone in phones:
        answer(phone, room, made[2])
    assert "ranking" not in desk(ann, room)
    reveal(ann, room)
    ranking = desk(ann, room)["ranking"]
    assert (ranking[0]["id"], ranking[0]["name"], ranking[0]["wins"]) == (made[2], "Zoe", 6)


def test_a_room_is_taken_home_as_one_zip_and_a_pupil_takes_their_own(
    ann: TestClient, voting: tuple[dict[str, Any], list[TestClient], list[str]]
) -> None:
    room, phones, made = voting
    answer(phones[0], room, made[1])
    ask(ann, room, "question", title="=1+1")
    answer(phones[1], room, "=HYPERLINK(0)")
    ann.patch(f"/api/class/{room['id']}/results/{made[2]}", json={"state": "hidden"})
    whole = zipfile.ZipFile(io.BytesIO(ann.get(f"/api/class/{room['id']}/zip").content))
    assert whole.testzip() is None
    page = whole.read("index.html").decode()
    assert "wish 0" in page
    assert "wish 2" not in page, "what was hidden stays hidden"
    assert not re.search(r"(?:src|href)=\"(?!files/)", page), "it opens offline"
    addresses = re.findall(r"(?:src|href)=\"(files/[^\"]+)", page)
    assert set(addresses) <= set(whole.namelist())
    rows = list(csv.reader(whole.read("votes.csv").decode("utf-8-sig").splitlines()))
    assert rows[1][-1] == "Ben: wish 1"
    assert (rows[2][2], rows[2][-1]) == ("'=1+1", "'=HYPERLINK(0)")
    own = zipfile.ZipFile(io.BytesIO(phones[2].get(f"/api/c/{room['code']}/zip").content))
    assert {one["name"] for one in json.loads(own.read("results.json"))} == {"Zoe"}
    assert "votes.csv" not in own.namelist()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", plans.READY)
def test_a_plan_of_the_app_takes_45_minutes_and_every_step_of_it_can_be_run(
    ann: TestClient, name: str, language: str
) -> None:
    room = opened(ann, "", plan=name, language=language)
    plan = desk(ann, room)["plan"]
    assert sum(step["minutes"] for step in plan["steps"]) == 45
    for step in plan["steps"]:
        assert step["notes"]
        if step["kind"] != "talk":
            content = {key: value for key, value in step.items() if key not in ("kind", "minutes")}
            assert ask(ann, room, step["kind"], **content).status_code == 201, step["title"]
    sheet = html.unescape(ann.get(f"/class/plan/{name}", params={"lang": language}).text)
    assert [step["title"] for step in plan["steps"] if step["title"] not in sheet] == []


def test_a_plan_is_saved_as_a_file_and_run_again_in_another_room(ann: TestClient) -> None:
    room = opened(ann)
    ask(ann, room, "poll", title="Who?", choices=["me", "you"])
    saved = ann.get(f"/api/class/{room['id']}/plan").json()
    assert [step["kind"] for step in saved["steps"]] == ["make", "poll"]
    other = opened(ann, "")
    assert ann.put(f"/api/class/{other['id']}/plan", json={"plan": saved}).status_code == 204
    ann.patch(f"/api/class/{other['id']}", json={"door": False})
    assert desk(ann, other)["plan"] == saved, "it outlives the door"
    again = ann.get(f"/api/class/{other['id']}/plan")
    assert again.json() == saved
    assert "attachment" in again.headers["content-disposition"]


@pytest.mark.parametrize(
    "plan", [{}, {"title": "x", "language": "en", "steps": [{"kind": "duel", "title": ""}]}]
)
def test_what_is_no_plan_is_refused_in_a_sentence(ann: TestClient, plan: dict[str, Any]) -> None:
    room = opened(ann)
    refused = ann.put(f"/api/class/{room['id']}/plan", json={"plan": plan})
    assert code_of(refused) == (422, "bad_plan")


def test_the_classroom_s_policy_holds_in_a_room_whatever_the_server_s_own_is(
    ann: TestClient, visitor: NewVisitor
) -> None:
    room = opened(ann)
    phone = pupil(visitor, room)
    assert code_of(make(phone, room, "what the f.u.c.k"))[1] == "not_made_here"
    ask(ann, room, "question", title="Well?")
    assert code_of(answer(phone, room, "shit"))[1] == "not_made_here"
    assert answer(phone, room, "a bee").status_code == 204
