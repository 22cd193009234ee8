"""What a job is called and found by: by declaration, whatever its parameters are called."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aigc_demo import catalog
from aigc_demo.history import History
from aigc_demo.types import Job, Language, ModelSpec, Params, Request, Task, param
from tests.history.making import finished, opened, picture, text

OWNER = "alice"


class Beep(Params):
    text: str = param("", words=True)
    headline: str = param("", names=True)
    tone: str = param("low")
    sample: str = param("", widget="file")


def titled(params: Params, spec: ModelSpec, language: Language) -> str:
    """A title out of the settings, in both languages."""
    if not isinstance(params, Beep):
        return {"en": "A hum", "zh": "哼唱"}[language]
    kind = {"en": "A beep", "zh": "一声"}[language]
    return " ".join(filter(None, [kind, params.tone, params.sample, spec.name]))


class Hum(Params):
    """Words that are looked for, and yet do not name what is made of them."""

    text: str = param("", widget="prompt", names=False)


HUM = ModelSpec("hummer", "beep", "Hummer", "", (), "none", 0.1, params=Hum)
SPEC = ModelSpec("beeper", "beep", "Beeper", "", (), "none", 0.1, params=Beep)
TASK = Task(id="beep", produces="audio", models=(SPEC, HUM), title=f"{__name__}:titled")


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[History]:
    declared = catalog.Catalog({"beep": TASK}, {"beeper": SPEC, "hummer": HUM})
    monkeypatch.setattr("aigc_demo.history.store.catalog.of", lambda settings: declared)
    monkeypatch.setattr("aigc_demo.history.naming.resolve", lambda name: titled)
    with opened(tmp_path) as history:
        yield history


def asked(history: History, language: Language = "en", **values: Any) -> Job:
    return history.create(Request("beep", "beeper", Beep(**values), OWNER, language))


def found(history: History, query: str) -> list[str]:
    return [job.id for job in history.page(OWNER, query=query).items]


def test_words_are_found_whatever_the_parameter_is_called(history: History) -> None:
    job = asked(history, text="a whistle at dawn", tone="shrill")
    assert found(history, "whistle dawn") == [job.id]


def test_a_title_stands_before_what_the_settings_say_and_those_before_other_words(history: History) -> None:
    assert asked(history, headline="Reveille", text="wake up").title == "Reveille"
    assert asked(history, text="wake up").title == "A beep low Beeper"


def test_a_title_of_the_tasks_own_stands_before_a_prompt_that_does_not_name_and_both_are_found(
    history: History,
) -> None:
    job = history.create(Request("beep", "hummer", Hum(text="of summer"), OWNER))
    assert job.title == "A hum"
    assert found(history, "hum") == found(history, "哼唱") == found(history, "summer") == [job.id]


def test_words_that_name_are_found_by_their_tasks_title_too(history: History) -> None:
    job = asked(history, headline="Reveille", tone="high")
    assert found(history, "beep high") == found(history, "reveille") == [job.id]


@pytest.mark.parametrize(("language", "title"), [("en", "A beep high Beeper"), ("zh", "一声 high Beeper")])
def test_a_title_of_the_tasks_own_is_in_the_language_it_was_asked_in_and_found_in_both(
    history: History, language: Language, title: str
) -> None:
    job = asked(history, language, tone="high")
    assert job.title == history.get(OWNER, job.id).title == title
    assert found(history, "a beep") == found(history, "一声") == [job.id]


def test_files_are_named_as_their_owner_knows_them(history: History) -> None:
    upload = history.put_upload(OWNER, "my dog\u202e.png", "image/png", b"x")
    first = asked(history, sample=upload)
    assert first.title == "A beep low my dog.png Beeper"
    assert found(history, "dog") == [first.id]
    history.start(first.id)
    history.finish(first.id, "done", [picture()])
    second = asked(history, sample=f"{first.id}/picture.png")
    assert second.title == "A beep low A beep low my dog.png Beeper Beeper"


def test_another_visitors_file_gives_no_name(history: History) -> None:
    theirs = history.put_upload("bob", "secret.png", "image/png", b"x")
    request = Request("beep", "beeper", Beep(sample=theirs), OWNER)
    job = history.adopt(request, (), status="failed", created=datetime.now(UTC))
    assert job.title == "A beep low Beeper"


def test_a_title_taken_away_is_the_jobs_own_again_and_what_was_made_stays_found(history: History) -> None:
    job = finished(history, Request("beep", "beeper", Beep(tone="dull"), OWNER), text("pling"))
    history.patch(OWNER, job.id, title="Mine")
    assert found(history, "mine") == found(history, "pling") == found(history, "a beep dull") == [job.id]
    assert history.patch(OWNER, job.id, title="").title == "A beep dull Beeper"
    assert found(history, "mine") == []


def test_a_link_without_words_tells_no_file_even_after_it_lost_its_name(history: History) -> None:
    upload = history.put_upload(OWNER, "secret.png", "image/png", b"x")
    first = finished(history, Request("beep", "beeper", Beep(sample=upload), OWNER), picture())
    second = finished(
        history, Request("beep", "beeper", Beep(sample=f"{first.id}/picture.png"), OWNER), text()
    )
    history.patch(OWNER, first.id, title="Something else")
    token = history.links.make(OWNER, second.id, show_prompt=False).token
    assert "secret" in history.get(OWNER, second.id).title
    assert history.links.by_token(token)[0].title == ""


def test_a_job_of_a_task_that_is_gone_is_kept_and_has_no_name(tmp_path: Path) -> None:
    with opened(tmp_path) as history:
        assert history.create(Request("gone", "gone", Beep(text="words"), OWNER)).title == ""
