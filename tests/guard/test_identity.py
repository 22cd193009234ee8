"""An owner is proven by our signature alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_demo.guard.identity import COOKIE, Identity, new_token

identity = Identity("secret")


def cookie(owner: str, by: Identity = identity) -> str:
    return by.set_cookie(owner, framed=False, secure=False).split(";")[0]


def test_a_cookie_of_ours_proves_its_owner() -> None:
    owner = identity.new()
    assert identity.from_cookies(f"theme=dark; {cookie(owner)}; x=y") == owner


def test_ids_are_long_and_never_repeat() -> None:
    assert len({identity.new() for _ in range(1000)}) == 1000
    assert len(identity.new()) >= 43


def test_a_cookie_signed_with_another_secret_proves_nothing() -> None:
    assert identity.from_cookies(cookie("ann", by=Identity("other"))) is None


def test_a_cookie_is_no_bearer_token_and_the_other_way_round() -> None:
    token = new_token()
    assert identity.bearer(f"Bearer {token}") == token
    assert identity.from_cookies(f"{COOKIE}={token}") is None
    assert identity.bearer(f"Bearer {cookie('ann').partition('=')[2]}") is None


@pytest.mark.parametrize(
    "header", [None, "", ";;;", f"{COOKIE}=", f"{COOKIE}=ann", "x" * 8000, f"{COOKIE}=\u00e9.x"]
)
def test_damaged_cookies_count_as_none(header: str | None) -> None:
    assert identity.from_cookies(header) is None


@given(st.text())
def test_no_text_passes_for_a_cookie(text: str) -> None:
    assert identity.from_cookies(f"{COOKIE}={text}") is None


def test_in_a_frame_the_cookie_is_partitioned_and_secure() -> None:
    framed = identity.set_cookie("ann", framed=True, secure=True)
    assert {"SameSite=None", "Secure", "Partitioned", "HttpOnly"} <= set(framed.split("; "))
    assert "SameSite=Lax" in identity.set_cookie("ann", framed=False, secure=False)


@pytest.mark.parametrize("framed", [True, False])
@pytest.mark.parametrize("secure", [True, False])
def test_a_cookie_is_taken_back_with_the_attributes_it_was_set_with(framed: bool, secure: bool) -> None:
    given = identity.set_cookie("ann", framed=framed, secure=secure).split("; ")
    taken = identity.clear_cookie(framed=framed, secure=secure).split("; ")
    assert taken[0] == f"{COOKIE}="
    assert [part for part in taken[1:] if part != "Max-Age=0"] == [
        part for part in given[1:] if not part.startswith("Max-Age=")
    ]
