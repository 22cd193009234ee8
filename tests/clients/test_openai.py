"""OpenAI's own client asks for chats and pictures, and gets them or a sentence."""

from __future__ import annotations

import base64
import time
from typing import Any

import httpx
import pytest

from tests.clients.conftest import Example
from tests.faults.running_server import RunningServer

openai = pytest.importorskip("openai")

HELLO = [{"role": "user", "content": "hello"}]
TURNS = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "My name is Li."},
    {"role": "assistant", "content": "Hello Li."},
    {"role": "user", "content": [{"type": "text", "text": "What is my name?"}]},
]


@pytest.fixture
def client(served: RunningServer, token: str) -> Any:
    return openai.OpenAI(base_url=f"{served.url}/v1", api_key=token, max_retries=0)


def history(client: Any) -> list[dict[str, Any]]:
    where = str(client.base_url).replace("/v1/", "/api/history")
    answer = httpx.get(where, headers={"Authorization": f"Bearer {client.api_key}"})
    return list(answer.json()["items"])


def test_the_example_of_the_docs_runs(example: Example) -> None:
    models = {"smollm2-135m": "debug-text", "emojiflow": "debug-image"}
    assert "debug-image" in example("Clients of OpenAI's interface", **models)


def test_an_answer_is_the_same_as_a_whole_and_in_pieces_and_stands_in_the_history(client: Any) -> None:
    how = {"model": "debug-text", "messages": HELLO, "max_tokens": 8, "seed": 3}
    whole = client.chat.completions.create(**how)
    pieces = [
        piece.choices[0]
        for piece in client.chat.completions.create(
            **how, stream=True, stream_options={"include_usage": True}
        )
        if piece.choices
    ]
    assert "".join(piece.delta.content or "" for piece in pieces) == whole.choices[0].message.content
    assert pieces[-1].finish_reason == whole.choices[0].finish_reason == "length"
    assert whole.usage.completion_tokens == 8
    assert [item["id"] == whole.id for item in history(client)] == [False, True]


def test_usage_comes_with_the_last_piece_where_it_is_asked_for(client: Any) -> None:
    options = {"stream": True, "stream_options": {"include_usage": True}}
    pieces = list(client.chat.completions.create(model="debug-text", messages=HELLO, max_tokens=5, **options))
    assert pieces[-1].usage.completion_tokens == 5


def test_a_model_knows_what_was_said_before(client: Any) -> None:
    ask = client.chat.completions.create
    settings = {"model": "debug-text", "max_tokens": 8, "seed": 3}
    told = ask(messages=TURNS, **settings)
    assert told.choices[0].message.content != ask(messages=TURNS[-1:], **settings).choices[0].message.content
    params = history(client)[1]["params"]
    assert (params["system"], params["turns"]) == ("Be brief.", ["My name is Li.", "Hello Li."])
    assert params["prompt"] == "What is my name?"


def test_an_answer_goes_on_from_its_beginning(client: Any) -> None:
    begun = [*HELLO, {"role": "assistant", "content": "Once upon"}]
    answer = client.chat.completions.create(model="debug-text", messages=begun, max_tokens=4)
    assert answer.choices[0].message.content.startswith("Once upon ")


def test_pictures_come_as_bytes_or_as_links_that_the_token_opens(client: Any) -> None:
    two = client.images.generate(model="debug-image", prompt="a blue cat", n=2)
    pictures = [base64.b64decode(each.b64_json) for each in two.data]
    assert [picture[:4] for picture in pictures] == [b"\x89PNG"] * 2
    assert pictures[0] != pictures[1]
    link = client.images.generate(model="debug-image", prompt="a blue cat", response_format="url").data[0].url
    assert httpx.get(link).status_code == 404
    opened = httpx.get(link, headers={"Authorization": f"Bearer {client.api_key}"})
    assert opened.content[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools"),
        ({"n": 2}, "n"),
        ({"stop": ["x"]}, "stop"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "image_url"),
        ({"messages": [*HELLO, *HELLO]}, "turn"),
        ({"messages": [{"role": "system", "content": "Be brief."}]}, "user"),
        ({"temperature": 9}, "2"),
        ({"model": "no-such-model"}, "no-such-model"),
    ],
)
def test_what_no_model_here_does_is_refused_in_a_sentence(
    client: Any, asked: dict[str, Any], word: str
) -> None:
    with pytest.raises(openai.APIStatusError) as refused:
        client.chat.completions.create(**{"model": "debug-text", "messages": HELLO, "max_tokens": 4, **asked})
    assert refused.value.status_code in (404, 422)
    assert word in refused.value.body["message"]


def test_a_token_that_has_ended_is_refused_and_any_other_key_is_a_stranger(served: RunningServer) -> None:
    ended = openai.OpenAI(base_url=f"{served.url}/v1", api_key="aigc_" + "x" * 43, max_retries=0)
    with pytest.raises(openai.AuthenticationError, match="token"):
        ended.models.list()
    stranger = openai.OpenAI(base_url=f"{served.url}/v1", api_key="sk-none", max_retries=0)
    assert stranger.chat.completions.create(model="debug-text", messages=HELLO, max_tokens=2).id


def test_a_failure_in_the_middle_of_a_stream_is_told_after_the_text(client: Any) -> None:
    refuse = [{"role": "user", "content": "refuse"}]
    with pytest.raises(openai.APIError, match="9"):
        list(client.chat.completions.create(model="debug-text-faulty", messages=refuse, stream=True))


@pytest.mark.parametrize("stream", [True, False])
def test_who_hangs_up_stops_the_job(client: Any, stream: bool) -> None:
    body = {"model": "debug-text-slow", "messages": HELLO, "max_tokens": 2000, "stream": stream}
    headers = {"Authorization": f"Bearer {client.api_key}"}
    where = f"{client.base_url}chat/completions"
    with httpx.Client(timeout=30 if stream else 2, headers=headers) as http:
        if stream:
            with http.stream("POST", where, json=body) as pieces:
                next(pieces.iter_lines())
        else:
            with pytest.raises(httpx.ReadTimeout):
                http.post(where, json=body)
    for _ in range(300):
        if history(client)[0]["status"] == "cancelled":
            return
        time.sleep(0.1)
    raise AssertionError(history(client)[0]["status"])
