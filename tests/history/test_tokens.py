"""Bearer tokens have an end, belong to one visitor, and are kept as digests alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from aigc_demo.history import History, rows
from aigc_demo.history.tokens import MOST_TOKENS
from aigc_demo.types import UserError
from tests.history.making import files_below, opened

DAY = 86_400 * 1_000_000


def later(monkeypatch: pytest.MonkeyPatch, micros: int) -> None:
    real = rows.now
    monkeypatch.setattr(rows, "now", lambda: real() + micros)


def test_a_token_leads_to_its_owner_and_to_nobody_else(history: History) -> None:
    anns, _ = history.tokens.make("ann", "script", 90)
    bens, _ = history.tokens.make("ben", "script", 90)
    assert history.tokens.owner_by(anns) == "ann"
    assert history.tokens.owner_by(bens) == "ben"
    for wrong in ("", anns[:-1], anns + "x", "aigc_" + "\udc80"):
        assert history.tokens.owner_by(wrong) is None


def test_a_token_ends_after_its_days(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    text, token = history.tokens.make("ann", "script", 2)
    assert (token.expires - token.created).days == 2
    later(monkeypatch, 2 * DAY - 60_000_000)
    assert history.tokens.owner_by(text) == "ann"
    later(monkeypatch, 60_000_000)
    assert history.tokens.owner_by(text) is None
    assert history.tokens.of("ann") == ()


def test_a_token_that_ended_leaves_the_table(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    _, short = history.tokens.make("ann", "short", 1)
    _, long = history.tokens.make("ann", "long", 3)
    later(monkeypatch, 2 * DAY)
    history.purge()
    history.tokens.revoke("ann", long.id)
    with pytest.raises(UserError):
        history.tokens.revoke("ann", short.id)


def test_a_token_can_be_revoked_by_its_owner_alone(history: History) -> None:
    text, token = history.tokens.make("ann", "script", 90)
    for owner, token_id in (("ben", token.id), ("ann", "unknown"), ("ann", "")):
        with pytest.raises(UserError) as caught:
            history.tokens.revoke(owner, token_id)
        assert caught.value.status == 404
    history.tokens.revoke("ann", token.id)
    assert history.tokens.owner_by(text) is None


def test_a_list_says_what_a_token_is_for_and_when_it_was_used(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, result = history.tokens.make("ann", "a\nscript\x00", 90)
    assert result.name == "a script\ufffd"
    assert history.tokens.of("ann") == (result,)
    used = rows.now()
    for moment in (used, used + 60_000_000, used + 2 * 3_600_000_000):
        monkeypatch.setattr(rows, "now", lambda moment=moment: moment)
        history.tokens.owner_by(text)
    history.tokens.make("ben", "waits until all earlier notes are written", 1)
    (noted,) = history.tokens.of("ann")
    assert noted.used == rows.moment(used + 2 * 3_600_000_000)
    assert history.tokens.of("nobody") == ()


def test_one_visitor_has_a_bounded_number_of_valid_tokens(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(MOST_TOKENS):
        history.tokens.make("ann", "", 1)
    with pytest.raises(UserError) as caught:
        history.tokens.make("ann", "", 1)
    assert caught.value.status == 409
    history.tokens.make("ben", "", 1)
    later(monkeypatch, DAY)
    history.tokens.make("ann", "", 1)


def test_no_token_is_on_the_disk(tmp_path: Path) -> None:
    with opened(tmp_path) as history:
        text, _ = history.tokens.make("ann", "script", 90)
    secret = text.removeprefix("aigc_").encode()
    assert not [path for path in files_below(tmp_path) if secret in path.read_bytes()]
