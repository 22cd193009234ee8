"""Links: one job, read-only, revocable, and no more of it than its owner chose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aigc_demo import provenance
from aigc_demo.history import History
from aigc_demo.tasks.style.params import RepaintParams
from aigc_demo.types import Request, UserError
from tests.history.making import finished, picture, sound, submission, text

SECRET = "my secret wish 秘密"


def _gone(history: History, token: object) -> None:
    with pytest.raises(UserError) as caught:
        history.links.by_token(token)  # type: ignore[arg-type]
    assert (caught.value.status, caught.value.problem.code) == (404, "not_found")


def test_a_link_shows_the_job_but_not_whose_it_is(history: History) -> None:
    job = finished(history, submission(SECRET), text())
    share = history.links.make("alice", job.id, show_prompt=True)
    shown, found = history.links.by_token(share.token)
    assert found == share == history.links.of_job("alice", job.id)
    assert len(share.token) >= 22 and len(set(share.token)) > 8
    assert (shown.id, shown.owner, shown.params["prompt"], shown.title) == (job.id, "", SECRET, SECRET)
    assert history.links.file(share.token, "answer.txt") == b"Cats sleep."


def test_a_hidden_prompt_is_hidden_in_every_corner(history: History) -> None:
    job = finished(history, submission(SECRET, negative_prompt=SECRET), text(), picture((300, 300)), sound())
    share = history.links.make("alice", job.id, show_prompt=False)
    shown, _ = history.links.by_token(share.token)
    assert SECRET not in repr(shown)
    assert shown.seed == 7
    names = ["answer.txt", "answer.txt.json", "picture.png", "picture.png.thumb.webp", "tune.wav"]
    for name in names:
        data = history.links.file(share.token, name)
        assert b"secret wish" not in data, name
        if name != "answer.txt":
            reading = provenance.read(data, name)
            assert reading is not None and reading.mark["Label"] == "1" and reading.metadata is None, name
    assert b"secret wish" in history.file("alice", job.id, "picture.png").path.read_bytes()


def test_settings_stay_in_a_link_without_words_and_files_do_not(history: History) -> None:
    """What makes another like it goes along: numbers, switches, choices, and names that are ours."""
    params = {"style": "ember:1, frost:0.5", "strength": 0.4, "keep_colours": True, "photo": "cat"}
    own = {"content": history.put_upload("alice", "me.png", "image/png", b"pixels"), "prompt": SECRET}
    wished = Request("style", "style-sd-turbo", RepaintParams(**params, **own), "alice", "en", None)
    job = finished(history, wished, picture())
    token = history.links.make("alice", job.id, show_prompt=False).token
    shown = history.links.by_token(token)[0].params
    assert params.items() <= shown.items()
    assert not own.keys() & shown.keys()


def test_a_link_with_words_names_no_file_of_the_owners(history: History) -> None:
    """Nobody else could use it: who makes another like it chooses a file, or does without."""
    photo = history.put_upload("alice", "me.png", "image/png", b"pixels")
    wished = Request(
        "style", "style-sd-turbo", RepaintParams(content=photo, prompt=SECRET), "alice", "en", None
    )
    job = finished(history, wished, picture())
    token = history.links.make("alice", job.id, show_prompt=True).token
    shown = history.links.by_token(token)[0].params
    assert shown["prompt"] == SECRET
    assert "content" not in shown


def test_a_title_of_the_owners_own_is_shown(history: History) -> None:
    job = finished(history, submission(SECRET), text())
    history.patch("alice", job.id, title="Look at this")
    token = history.links.make("alice", job.id, show_prompt=False).token
    assert history.links.by_token(token)[0].title == "Look at this"


def test_sharing_again_changes_the_choice_and_keeps_the_link(history: History) -> None:
    job = finished(history, submission(SECRET), text())
    first = history.links.make("alice", job.id, show_prompt=False)
    second = history.links.make(
        "alice", job.id, show_prompt=True, expires=datetime.now(UTC) + timedelta(days=1)
    )
    assert second.token == first.token
    assert second.show_prompt and second.expires is not None


@pytest.mark.parametrize("token", ["", "x", "x" * 1_000_000, "é", None, 7, ["a"], "' OR 1=1", "\x00"])
def test_tokens_of_any_other_shape_find_nothing(history: History, token: object) -> None:
    finished(history, submission(), text())
    _gone(history, token)


def test_a_link_ends_when_revoked_deleted_or_expired(history: History) -> None:
    job = finished(history, submission(), text())
    token = history.links.make("alice", job.id, show_prompt=True).token
    _gone(history, token[:-1] + ("a" if token[-1] != "a" else "b"))
    history.links.end("alice", job.id)
    _gone(history, token)
    assert history.links.of_job("alice", job.id) is None
    history.links.end("alice", job.id)

    again = history.links.make("alice", job.id, show_prompt=True).token
    assert again != token
    history.delete("alice", [job.id])
    _gone(history, again)
    history.restore("alice", [job.id])
    _gone(history, again)

    past = datetime.now(UTC) - timedelta(seconds=1)
    _gone(history, history.links.make("alice", job.id, show_prompt=True, expires=past).token)


def test_only_what_was_made_can_be_shared(history: History) -> None:
    for job in (history.create(submission()), finished(history, submission(), status="failed")):
        with pytest.raises(UserError) as caught:
            history.links.make("alice", job.id, show_prompt=True)
        assert caught.value.problem.code == "nothing_to_share"


def test_a_link_opens_no_other_file(history: History) -> None:
    job, other = finished(history, submission(), text()), finished(history, submission(), picture())
    token = history.links.make("alice", job.id, show_prompt=True).token
    for name in ("picture.png", f"../{other.id}/picture.png", "nothing.txt", ""):
        with pytest.raises(UserError):
            history.links.file(token, name)
