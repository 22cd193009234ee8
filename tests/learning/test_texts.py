"""Small language models: what they read, what they must beat, and that a file can only be what it says."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from aigc_demo.decoding import Sampling
from aigc_demo.learning.texts import data, model, nets, staff
from aigc_demo.learning.texts.learner import NONE, padded
from aigc_demo.learning.texts.model import TextConfig
from aigc_demo.learning.texts.trigram import Trigram
from aigc_demo.learning.weights import seeded
from aigc_demo.types import UserError


def config(method: str = "gpt", **changes: object) -> TextConfig:
    values = {
        "method": method, "data": "mine", "music": False, "tokens": ("\n", *"abcdefg"), "width": 16,
        "depth": 2, "heads": 2, "inner": 32, "context": 16,
    }  # fmt: skip
    return TextConfig.model_validate({**values, **changes})


def fresh(method: str) -> torch.nn.Module:
    net = model.network(config(method))
    seeded(net, torch.Generator().manual_seed(1))
    return net.eval()


@pytest.mark.parametrize("method", ["gpt", "lstm"])
def test_a_text_read_at_once_and_token_by_token_is_the_same_to_a_network(method: str) -> None:
    net, ids = fresh(method), torch.tensor([[0, 1, 2, 3, 4, 5]])
    with torch.no_grad():
        whole, _ = net(ids)
        memory, parts = None, []
        for place in range(ids.shape[1]):
            scores, memory = net(ids[:, place : place + 1], memory)
            parts.append(scores)
    assert torch.allclose(whole, torch.cat(parts, 1), atol=1e-5)


def test_the_gpt_is_the_llama_of_transformers_in_small() -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    net = fresh("gpt")
    like = LlamaConfig(
        vocab_size=8, hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=2, max_position_embeddings=16, tie_word_embeddings=True, rms_norm_eps=1e-6,
    )  # fmt: skip
    llama = LlamaForCausalLM(like).eval()
    llama.model.load_state_dict(net.state_dict())
    ids = torch.tensor([[0, 3, 1, 4, 1, 5]])
    with torch.no_grad():
        assert torch.allclose(net(ids)[0], llama(ids).logits, atol=1e-5)


def test_no_token_looks_at_what_comes_after_it() -> None:
    net = fresh("gpt")
    with torch.no_grad():
        one, _ = net(torch.tensor([[0, 1, 2, 3]]))
        other, _ = net(torch.tensor([[0, 1, 2, 7]]))
    assert torch.equal(one[:, :3], other[:, :3])


def test_a_text_may_be_longer_than_what_a_network_looks_back_at() -> None:
    said = list(model.sample(fresh("gpt"), [0], Sampling(seed=2, temperature=2.0), 60))
    assert said
    assert max(said) < 8


def test_chance_follows_from_the_seed_alone() -> None:
    net = fresh("lstm")
    assert model.written(net, [0, 0], 9, 5) == model.written(net, [0, 0], 9, 5)
    assert model.written(net, [0, 0], 9, 5) != model.written(net, [0, 0], 9, 6)


def test_a_trigram_gives_all_chances_away_and_no_more() -> None:
    rows = [(1, 2, 3, 1, 2, 0), (1, 2, 2, 0), (3, 1, 2, 3, 0)]
    counted = Trigram(rows, 5)
    for context in ((1, 2), (2, 3), (4, 4), (0, 1)):
        assert sum(counted.probability(context, token) for token in range(5)) == pytest.approx(1)
    assert counted.probability((1, 2), 3) > counted.probability((1, 2), 1)
    assert counted.bits(rows) < math.log2(5)


def test_targets_before_what_is_asked_for_do_not_count() -> None:
    ids, wanted = padded([[5, 6, 7, 8], [5, 6]], 0, [2, 1])
    assert ids.tolist() == [[5, 6, 7], [5, 0, 0]]
    assert wanted.tolist() == [[NONE, 7, 8], [6, NONE, NONE]]


def test_the_sets_that_come_along_are_whole() -> None:
    poems, tunes = data.tang(), data.tunes()
    assert poems.shown(poems.rows[0]).endswith("。\n")
    assert len(poems.rows) + len(poems.held) > 8000
    assert tunes.music
    assert all(row[-1] == 0 for row in (*tunes.rows[:50], *poems.rows[:50]))
    assert not set(poems.rows) & set(poems.held)
    assert "|" in tunes.shown(tunes.rows[0])


def test_a_tune_is_shown_as_abc() -> None:
    words = ["<bos>", "<reel>", "<4/4>", "[|1", "left:2", "bar:2", "0@24", "2@36", "14@42", "-1@96", "bar:1"]
    assert staff.letters(words) == "[reel 4/4] || C2 D d/2 B,9/2 |"


LINES = "\n".join(f"the {number} little birds sing" for number in range(30))


def test_own_lines_are_learnt_from_in_any_script() -> None:
    for text in (LINES, LINES.replace("birds", "小鸟"), LINES.replace("birds", "птицы")):
        known = data.own(text)
        assert len(known.rows) + len(known.held) == 30
        assert known.shown(known.rows[3]) == "the 3 " + text.splitlines()[3].removeprefix("the 3 ") + "\n"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "no_lines"),
        (" \n\t\n", "no_lines"),
        ("one line", "few_lines"),
        ("a\n" * 30, "short_lines"),
        ("ab " * 1000 + "\n" + LINES, "long_line"),
        ("\n".join(chr(0x4E00 + n) * 2 for n in range(4100)), "many_characters"),
    ],
)
def test_lines_that_nothing_can_be_learnt_from_are_refused(text: str, key: str) -> None:
    with pytest.raises(UserError) as caught:
        data.own(text)
    assert caught.value.problem.key == f"train_text.error.{key}"


def test_a_file_of_lines_may_be_in_several_encodings(tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "gb18030"):
        path.write_bytes("春眠不觉晓\n".encode(encoding))
        assert data.file_text(path) == "春眠不觉晓\n"


@pytest.mark.parametrize(
    ("content", "key"), [(b"\x00\x01\xff" * 50, "no_text"), (b"a" * 1_000_001, "large_file")]
)
def test_a_file_that_is_no_text_or_too_large_is_refused(tmp_path: Path, content: bytes, key: str) -> None:
    path = tmp_path / "lines.txt"
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        data.file_text(path)
    assert caught.value.problem.key == f"train_text.error.{key}"


def test_a_model_comes_back_from_its_file(tmp_path: Path) -> None:
    net = fresh("gpt")
    path = tmp_path / "model.safetensors"
    path.write_bytes(model.to_bytes(net.state_dict(), config()))
    again, told = model.read(path)
    assert told == config()
    ids = torch.tensor([[0, 1, 2]])
    assert torch.equal(net(ids)[0], again(ids)[0])


def test_a_file_that_is_not_what_it_says_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    weights = fresh("gpt").state_dict()
    broken = {name: torch.full_like(tensor, math.nan) for name, tensor in weights.items()}
    for data_ in (
        b"",
        b"no model",
        model.to_bytes(weights, config(width=32)),
        model.to_bytes(broken, config()),
        model.to_bytes(dict(list(weights.items())[1:]), config()),
    ):
        path.write_bytes(data_)
        with pytest.raises(UserError):
            model.read(path)


def test_low_rank_changes_nothing_before_the_first_step() -> None:
    line = torch.nn.Linear(4, 3, bias=False)
    beside = nets.LowRank(line, 2, torch.Generator().manual_seed(1))
    x = torch.randn(2, 4)
    assert torch.equal(beside(x), line(x))
