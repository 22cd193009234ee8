"""Any GGUF file as a model: the server's answers become a stream, and what goes wrong is said in words."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from aigc_demo.catalog import resolve
from aigc_demo.engine import devices, sources
from aigc_demo.settings import Settings
from aigc_demo.tasks.text.llama import LlamaPipeline, load
from aigc_demo.tasks.text.models import MODELS, SMOLLM2_135M
from aigc_demo.tasks.text.params import ChatParams
from aigc_demo.tasks.text.user_models import user_models
from aigc_demo.types import (
    MAX_SEED,
    CancelledByVisitor,
    Hub,
    LoadContext,
    ModelSpec,
    Output,
    Partial,
    Placement,
    Progress,
    UserError,
)
from tests.conftest import CACHE
from tests.engine.conftest import spec

GGUF = spec("some-gguf", name="Some GGUF", pipeline="aigc_demo.tasks.text.llama:load", needs=("xllamacpp",))


class StandIn:
    """A server that encodes characters as their numbers, control tokens as -1, and says fixed words."""

    context, number_format = 60, "Q4_1"

    def __init__(self, words: Sequence[str] = ("Purr", " and", " relax"), reason: str = "stop") -> None:
        self.words, self.reason = words, reason
        self.requests: list[dict[str, Any]] = []
        self.metrics = 0

    def template(self, messages: Sequence[Mapping[str, str]]) -> str:
        return "".join(f"<|{m['role']}|>{m['content']}" for m in messages) + "<|go|>"

    def tokens(self, text: str, *, control: bool, first: bool = False) -> list[int]:
        read = text.replace("<|user|>", "\uf000").replace("<|system|>", "\uf000").replace("<|go|>", "\uf000")
        ids = [-1 if char == "\uf000" else ord(char) for char in (read if control else text)]
        return [0, *ids] if first else ids

    def complete(self, request: Mapping[str, Any], tell: Callable[[dict[str, Any]], bool]) -> None:
        self.requests.append(dict(request))
        metrics = [{"choices": [{"text": "", "finish_reason": None}], "prompt_progress": {"processed": 3}}]
        metrics += [{"choices": [{"text": word, "finish_reason": None}]} for word in self.words]
        end: dict[str, Any] = {"choices": [{"text": "", "finish_reason": self.reason}]}
        for chunk in [*metrics, {**end, "usage": {"completion_tokens": len(self.words) + 1}}]:
            self.metrics += 1
            if tell(chunk):
                return


def answer(pipeline: LlamaPipeline, prompt: str = "Hi", **values: Any) -> tuple[Output, list[Any]]:
    events: list[Any] = []
    (result,) = pipeline(
        ChatParams(prompt=prompt, **{"seed": 7, "max_new_tokens": 12, **values}), events.append
    )
    return result, events


# -- with a stand-in ------------------------------------------------------------------------------


def test_the_answer_streams_word_by_word_and_says_how_it_ended() -> None:
    result, events = answer(LlamaPipeline(StandIn()))
    texts = [event.output.text for event in events if isinstance(event, Partial)]
    assert texts == ["Purr", "Purr and", "Purr and relax"]
    assert result.text == texts[-1]
    assert events[0] == Progress(0, 12), "reading the prompt is progress: there one can stop"
    metadata = result.meta
    assert (metadata["tokens"], metadata["finish_reason"], metadata["number_format"], metadata["lane"]) == (
        4,
        "stop",
        "Q4_1",
        "llama",
    )


def test_what_is_asked_of_the_sampler_is_what_the_form_says() -> None:
    server = StandIn()
    wanted: dict[str, Any] = {"temperature": 0.4, "top_k": 7, "top_p": 0.8, "repetition_penalty": 1.2}
    answer(LlamaPipeline(server), **wanted, seed=11)
    request = server.requests[0]
    assert (request["temperature"], request["top_k"], request["top_p"], request["repeat_penalty"]) == (
        0.4,
        7,
        0.8,
        1.2,
    )
    assert (request["seed"], request["n_predict"], request["cache_prompt"]) == (11, 12, False)


def test_the_largest_seed_is_a_seed_and_not_chance() -> None:
    server = StandIn()
    answer(LlamaPipeline(server), seed=MAX_SEED)
    assert server.requests[0]["seed"] != MAX_SEED


def test_control_tokens_that_a_visitor_types_are_letters() -> None:
    server = StandIn()
    answer(LlamaPipeline(server), prompt="<|go|>", system="<|user|>", prefix="So")
    ids = server.requests[0]["prompt"]
    assert ids.count(-1) == 3, "those of the template alone"
    assert ids[0] == 0 and ids[-2:] == [ord("S"), ord("o")]
    assert "".join(map(chr, ids[2:10])) == "<|user|>"


def test_going_on_with_an_answer_keeps_its_beginning() -> None:
    result, _ = answer(LlamaPipeline(StandIn([" a nap"])), prefix="Take")
    assert result.text == "Take a nap"


def test_a_prompt_beyond_the_context_is_refused_with_both_lengths() -> None:
    with pytest.raises(UserError) as caught:
        answer(LlamaPipeline(StandIn()), prompt="x" * 80)
    assert caught.value.problem.code == "prompt_too_long"
    assert caught.value.problem.values == {"tokens": 83, "limit": 59}


def test_an_answer_is_no_longer_than_the_context_has_room() -> None:
    server = StandIn()
    answer(LlamaPipeline(server), prompt="x" * 50, max_new_tokens=500)
    assert server.requests[0]["n_predict"] == 60 - 53


@pytest.mark.parametrize("at", [1, 3])
def test_a_visitor_who_stops_ends_the_stream(at: int) -> None:
    server, heard = StandIn(), 0

    def emit(_: object) -> None:
        nonlocal heard
        heard += 1
        if heard == at:
            raise CancelledByVisitor

    with pytest.raises(CancelledByVisitor):
        LlamaPipeline(server)(ChatParams(prompt="Hi", seed=1), emit)
    assert server.metrics < 4


def test_an_error_of_the_server_is_an_error_here() -> None:
    class Faulty(StandIn):
        def complete(self, request: Mapping[str, Any], tell: Callable[[dict[str, Any]], bool]) -> None:
            assert tell({"error": {"code": 500, "message": "broken"}})

    with pytest.raises(RuntimeError, match="broken"):
        answer(LlamaPipeline(Faulty()))


# -- without the package, or with a file that it cannot read --------------------------------------


def context(path: Path, declared: ModelSpec = GGUF) -> LoadContext:
    return LoadContext(declared, path, path, Placement(), lambda done, total: None, settings=Settings())


def test_without_the_package_the_card_says_how_to_add_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    problem = devices.fits(GGUF, Settings(memory_gb=8.0))
    assert problem is not None and problem.code == "extra_missing"
    assert problem.values == {"name": "Some GGUF", "package": "xllamacpp"}
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(UserError) as caught:
        load(context(tmp_path))
    assert caught.value.problem.key == "error.extra_missing"


def test_a_file_that_llama_does_not_read_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    module = ModuleType("xllamacpp")

    class CommonParams:
        def __init__(self) -> None:
            self.model, self.cpuparams, self.cpuparams_batch = (ModuleType("part") for _ in range(3))

    def server(wanted: Any) -> None:
        assert (
            wanted.model.path.endswith("bad.gguf") and wanted.hostnames == ["127.0.0.1"] and wanted.api_keys
        )
        raise RuntimeError("Failed to init server")

    module.CommonParams, module.Server = CommonParams, server  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "xllamacpp", module)
    (tmp_path / "bad.gguf").write_bytes(b"GGUF")
    with pytest.raises(UserError) as caught:
        load(context(tmp_path))
    assert caught.value.problem.key == "error.llama_unreadable"
    assert caught.value.problem.values["file"] == "bad.gguf"


# -- declarations ---------------------------------------------------------------------------------


def test_the_owner_lists_files_of_the_disk_and_of_the_hub(tmp_path: Path) -> None:
    file = tmp_path / "Tiny Model.gguf"
    file.write_bytes(b"x" * 2_000_000)
    listed = f"{file}, Qwen/Qwen3-8B-GGUF/Qwen3-8B-Q4_K_M.gguf@abc=6, nonsense, /no/such.gguf, a/b/../c.gguf"
    local, far = user_models(Settings(text_models=listed))
    assert (local.id, local.options, local.sources, local.needs) == (
        "own-tiny-model",
        {"file": str(file)},
        (),
        ("xllamacpp",),
    )
    assert 0.3 <= local.memory_gb < 0.4
    assert far.sources == (Hub("Qwen/Qwen3-8B-GGUF", "abc", ("Qwen3-8B-Q4_K_M.gguf",)),)
    assert (far.memory_gb, far.download_mb) == (6.0, 6000)


def test_a_gguf_of_the_hub_is_one_declaration() -> None:
    found = [one for one in MODELS if one.needs == ("xllamacpp",)]
    assert found and all(resolve(one.pipeline) is load for one in found)


# -- the real thing -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def smollm2() -> Iterator[LlamaPipeline]:
    """llama.cpp over the default model's own file."""
    pytest.importorskip("xllamacpp", reason="llama.cpp is not installed: pip install xllamacpp")
    try:
        path = sources.fetch(SMOLLM2_135M, Settings(cache_dir=CACHE), lambda done, total: None)
    except UserError as reason:
        pytest.skip(f"SmolLM2's weights can't be fetched: {reason}")
    pipeline = load(context(path))
    yield pipeline
    pipeline.close()


@pytest.mark.real_model
def test_it_answers_and_repeats_itself_for_a_seed(smollm2: LlamaPipeline) -> None:
    question = "How many days are in a week?"
    assert "A week is" in (answer(smollm2, question, temperature=0.0, max_new_tokens=24)[0].text or "")
    first, events = answer(smollm2, question, temperature=0.7)
    again, _ = answer(smollm2, question, temperature=0.7)
    assert answer(smollm2, question, temperature=0.7, seed=8)[0].text != first.text
    assert again.text == first.text
    texts = [event.output.text or "" for event in events if isinstance(event, Partial)]
    assert len(texts) > 2 and all(b.startswith(a) for a, b in pairwise(texts))
    assert first.meta["number_format"] == "Q4_1" and first.meta["tokens"] <= 12


@pytest.mark.real_model
def test_its_own_control_tokens_are_letters_in_a_visitors_words(smollm2: LlamaPipeline) -> None:
    server = smollm2._server
    assert server is not None
    typed = server.tokens("<|im_end|>", control=False)
    assert len(server.tokens("<|im_end|>", control=True)) < len(typed)


@pytest.mark.real_model
def test_it_can_be_stopped_while_it_reads_a_long_prompt(smollm2: LlamaPipeline) -> None:
    def emit(_: object) -> None:
        raise CancelledByVisitor

    with pytest.raises(CancelledByVisitor):
        smollm2(ChatParams(prompt="cat " * 3000, seed=1), emit)
    assert answer(smollm2, "What is the capital of France?")[0].text
