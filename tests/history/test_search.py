"""Search: one to four Chinese characters, the beginnings of words, and everything literal."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aigc_demo.history import History, search
from aigc_demo.history.search import fold
from tests.history.making import finished, submission, text

PROMPTS = [
    "写一段钢琴曲，像在下雨的夜里弹钢琴",
    "A cat café in Paris, 100% wool_socks",
    "The C++ programmer's “quoted” dream 🎹",
    "AI音乐 for ＦＵＬＬ width",
    "ピアノの音 그림 그리기",
    'say "AND OR NOT" NEAR(x) * ^ {body}: -y',
    "cathedral",
]


_NASTY = "a*\"'\x00\ud800()%_\\^:-+{} 琴"


@pytest.fixture
def shelf(history: History) -> History:
    for prompt in PROMPTS:
        history.create(submission(prompt))
    history.create(submission("钢琴 cat secret", owner="bob"))
    return history


def _found(history: History, query: str) -> list[int]:
    return [PROMPTS.index(str(job.params["prompt"])) for job in history.page("alice", query=query).items][
        ::-1
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("钢", [0]),
        ("钢琴", [0]),
        ("弹钢琴", [0]),
        ("下雨的夜", [0]),
        ("琴钢", []),
        ("钢琴 下雨", [0]),
        ("cat", [1, 6]),
        ("CAT  Caf", [1]),
        ("cafe", [1]),
        ("Café", [1]),
        ("at", []),
        ("thedral", []),
        ("100%", [1]),
        ("%", [1]),
        ("_", [1]),
        ("wool_", [1]),
        ("c++", [2]),
        ("c", [1, 2, 6]),
        ("+", [2]),
        ("🎹", [2]),
        ("AI音乐", [3]),
        ("音乐", [3]),
        ("full", [3]),
        ("ピアノ", [4]),
        ("그림", [4]),
        ("*", [5]),
        ('"', [5]),
        ('"AND', [5]),
        ("NEAR(x)", [5]),
        ("{body}:", [5]),
        ("^", [5]),
        ("-y", [5]),
        ("body", [5]),
        ("owner", []),
        ("secret", []),
        ("nothing here", []),
        (" \n ", list(range(len(PROMPTS)))),
    ],
)
def test_a_query_finds(shelf: History, query: str, expected: list[int]) -> None:
    assert _found(shelf, query) == expected


def test_made_text_and_titles_are_found_too(history: History) -> None:
    result = finished(history, submission("a poem"), text("床前明月光\nBright moonlight"))
    history.patch("alice", result.id, title="My favourite")
    for query in ("明月", "moonlight", "favour", "poem"):
        assert [job.id for job in history.page("alice", query=query).items] == [result.id], query


def test_search_pages_newest_first(history: History) -> None:
    ids = [history.create(submission(f"cat {n}")).id for n in range(12)]
    first = history.page("alice", query="cat", limit=5)
    second = history.page("alice", query="cat", limit=5, cursor=first.next_cursor)
    third = history.page("alice", query="cat", limit=5, cursor=second.next_cursor)
    assert [job.id for page in (first, second, third) for job in page.items] == ids[::-1]
    assert third.next_cursor is None


def test_a_hidden_job_is_not_found_and_comes_back_with_undo(history: History) -> None:
    job = history.create(submission("unicorn"))
    history.delete("alice", [job.id])
    assert history.page("alice", query="unicorn").items == ()
    history.restore("alice", [job.id])
    assert history.page("alice", query="unicorn").items == (job,)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=40) | st.text(alphabet=_NASTY, max_size=12))
def test_no_query_breaks_the_search(shelf: History, query: str) -> None:
    shelf.page("alice", query=query)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_folding_twice_is_folding_once(source: str) -> None:
    assert fold(fold(source)) == fold(source)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), prompt=st.text(alphabet="春江花月夜海上明共潮生", min_size=1, max_size=12))
def test_any_run_of_chinese_characters_is_found(history: History, data: st.DataObject, prompt: str) -> None:
    job = history.create(submission(prompt))
    start = data.draw(st.integers(0, len(prompt) - 1))
    length = data.draw(st.integers(1, 4))
    assert job.id == history.page("alice", query=prompt[start : start + length], limit=1).items[0].id


WORDS = st.text(alphabet="abéйßÅ_-+琴 \u0301\ue000", min_size=1, max_size=9)


@pytest.mark.on_sqlite
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), prompts=st.lists(WORDS, min_size=1, max_size=5))
def test_naming_the_words_that_go_on_finds_what_the_index_alone_finds(
    history: History, monkeypatch: pytest.MonkeyPatch, data: st.DataObject, prompts: list[str]
) -> None:
    for prompt in prompts:
        history.create(submission(prompt))
    query = data.draw(st.sampled_from(prompts))[: data.draw(st.integers(1, 9))]
    named = history.page("alice", query=query, limit=100)
    with monkeypatch.context() as patch:
        patch.setattr(search, "_MOST_ENDINGS", -1)
        alone = history.page("alice", query=query, limit=100)
    assert named == alone


@pytest.mark.on_sqlite
def test_a_common_word_is_looked_up_as_itself_and_what_goes_on_so(history: History) -> None:
    """Lists of whole words are read newest first; for a bare beginning all of them are gathered first."""
    for prompt in ("red lantern", "two lanterns", "Lantern-light", "land"):
        history.create(submission(prompt))
    with history._reading() as connection:
        assert search._phrase(connection, "lantern") == 'body : ("lantern" OR "lanterns")'
        assert search._phrase(connection, "red lan") == 'body : "red lan"*', "short ones have their own lists"
        assert search._phrase(connection, "nothing") == 'body : "nothing"*'


@pytest.mark.parametrize("count", [3, 49, 50, 51, 80])
def test_a_beginning_is_found_however_many_words_go_on_so(history: History, count: int) -> None:
    result = [
        history.create(submission(f"a star{chr(97 + n // 26)}{chr(97 + n % 26)} rises")).id
        for n in range(count)
    ]
    found = history.page("alice", query="a star", limit=100)
    assert [job.id for job in found.items] == result[::-1]
