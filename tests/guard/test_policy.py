"""What is not made here, how people hide it, and how often a list is wrong: as the card says."""

from __future__ import annotations

import json
from contextlib import closing, nullcontext
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from aigc_demo import i18n
from aigc_demo.guard import policy
from aigc_demo.guard.policy import Level, find
from aigc_demo.history import History, looker
from aigc_demo.history.looker import Looker
from aigc_demo.inputs import Inputs
from aigc_demo.settings import Settings
from aigc_demo.tasks.image.params import ImageParams
from aigc_demo.tasks.text.params import ChatParams
from aigc_demo.types import Output, Request, UserError
from tests.api.conftest import *  # noqa: F403 - a whole server in this process
from tests.test_provenance import FILES

CASES = json.loads((Path(__file__).parent / "policy_cases.json").read_text("utf-8"))
CARD = Path(__file__).parents[2] / "docs" / "policy.md"
GRAVE, ROUGH, HARMLESS = CASES["blocked_default"], CASES["blocked_classroom"], CASES["harmless"]
TO_FIND: dict[Level, list[str]] = {"default": GRAVE, "classroom": GRAVE + ROUGH}


def row(level: Level) -> str:
    """The card's row of figures for one level, as they are measured now."""
    meant, harmless = TO_FIND[level], HARMLESS + (ROUGH if level == "default" else [])
    found = sum(find([case], level) is not None for case in meant)
    wrong = sum(find([case], level) is not None for case in harmless)
    figures = (f"{one} of {len(of)} ({one / len(of):.0%})" for one, of in ((found, meant), (wrong, harmless)))
    return f"| {level} | {' | '.join(figures)} |"


@pytest.mark.parametrize("level", ["default", "classroom"])
def test_the_card_says_how_often_the_list_is_right(level: Level) -> None:
    assert row(level) in CARD.read_text("utf-8"), row(level)


@pytest.mark.parametrize(
    "hidden",
    [
        "porn",
        "PORN",
        "p o r n",
        "p.o-r_n",
        "p0rn",
        "pörn",
        "ｐｏｒｎ",
        "po\u200brn",
        "po\u00adrn",
        "色情",
        "色 情",
        "色*情",
        "色\u200b情",
        "色_情",
    ],
)
def test_a_hidden_word_is_found(hidden: str) -> None:
    found = find([f"a picture: {hidden}!"], "default")
    assert found is not None and found.category == "sexual"


def test_levels_differ_and_off_finds_nothing() -> None:
    rough, grave = "what the fuck", "how to make a bomb"
    assert find([rough], "classroom") is not None and find([rough], "default") is None
    assert find([grave], "default") is not None and find([grave, rough], "off") is None


def test_a_request_is_refused_in_a_sentence_that_says_what_and_how_to_go_on(ann: TestClient) -> None:
    asked = {"task": "text", "model": "debug-text", "params": {"prompt": "how to make a b.o.m.b at home"}}
    answer = ann.post("/api/jobs", json=asked)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == "not_made_here"
    assert (
        "make a bomb" in error["message"]
        and "weapons" in error["message"]
        and "another way" in error["message"]
    )
    said = ann.post("/api/jobs?lang=zh", json=asked).json()["error"]["message"]
    assert "制造武器" in said and "换一种说法" in said
    assert ann.get("/api/history").json()["items"] == [], "and nothing of it is kept"


def test_an_answer_is_not_kept_and_its_job_says_why(tmp_path: Path) -> None:
    with closing(History.open(Settings(data_dir=tmp_path, policy="classroom"))) as history:
        job = history.create(Request("text", "m", ChatParams(prompt="hello"), "ann", "en"))
        history.start(job.id).result()
        with pytest.raises(UserError):
            history.finish(
                job.id, "done", [Output("text", "t", "text/plain", text="You bastard!")], seconds=1.0
            )
        ended = history.get("ann", job.id)
        assert (ended.status, ended.outputs) == ("failed", ())
        assert ended.problem is not None and "bastard" in i18n.message(ended.problem, "en")


def test_what_a_training_says_of_itself_is_kept(tmp_path: Path) -> None:
    with closing(History.open(Settings(data_dir=tmp_path, policy="classroom"))) as history:
        job = history.create(Request("text", "m", ChatParams(prompt="hello"), "ann", "en"))
        history.start(job.id).result()
        made = [
            Output("text", "t", "text/plain", text="bastard"),
            Output("model", "m", "text/csv", data=b"a"),
        ]
        assert history.finish(job.id, "done", made, seconds=1.0).status == "done"


def test_every_category_has_words_and_a_name_in_both_languages() -> None:
    for category, words in json.loads(policy._WORDS.read_text("utf-8")).items():
        assert words["en"] and words["zh"]
        if category == "harmless":
            continue
        assert i18n.has(f"policy.{category}")
        assert category in policy._CATEGORIES["classroom"]


# -- pictures -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("level", "likeness"), [("default", 0.8), ("classroom", 0.5)])
def test_a_picture_is_refused_from_the_level_s_likelihood_on(
    level: Level, likeness: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = [likeness]
    monkeypatch.setattr(Looker, "likeness", lambda *_: seen[0])
    settings = Settings(data_dir=tmp_path, policy=level, debug_models=True, signing="off")
    with closing(History.open(settings)) as history:
        inputs = Inputs(history, history.catalog)
        for share, is_taken in ((likeness, False), (likeness - 0.01, True), (None, True)):
            seen[0] = share
            for model, is_looked_at in (("one-of-the-hub", True), ("debug-image", False)):
                job = history.create(Request("image", model, ImageParams(prompt="a"), "ann", "en"))
                history.start(job.id).result()
                painted = Output("image", "a.png", "image/png", data=FILES["image/png"])
                with nullcontext() if is_taken or not is_looked_at else pytest.raises(UserError):
                    history.finish(job.id, "done", [painted], seconds=1.0)
            with nullcontext() if is_taken else pytest.raises(UserError) as caught:
                inputs.bring("ann", "a.png", FILES["image/png"], None, None)
            if not is_taken:
                problem = caught.value.problem
                assert problem.code == "not_made_here"
                assert i18n.t(problem.key, "zh", **problem.values)
            inputs.bring("ann", "a.txt", b"words", None, None)


def test_off_looks_at_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Looker, "likeness", lambda *_: 1.0)
    Looker("off").check_brought(b"")


@pytest.mark.skipif(looker.weights() is None, reason="The package with the model is not installed.")
def test_none_of_our_own_pictures_is_refused() -> None:
    with closing(Looker("classroom")) as found:
        for path in sorted(Path("assets/ui/style/photos").glob("*.webp")):
            likeness = found.likeness(path.read_bytes())
            assert likeness is not None and likeness < 0.1, path
        assert found.likeness(b"no picture") is None
