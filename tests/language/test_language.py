"""The room of language: vectors, sentences, words, retrieval, linear heads."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import numpy as np
import pytest

from aigc_demo.language import linear_head
from aigc_demo.language.encoder import SentenceEncoder
from aigc_demo.language.network import E5Network, gelu
from aigc_demo.language.retrieval import PassageIndex
from aigc_demo.language.sentences import language_of, sentences, words
from aigc_demo.settings import ASSETS, ROOT

FOLDER = ASSETS / "models" / "emojiflow"


@cache
def encoder() -> SentenceEncoder:
    return SentenceEncoder(FOLDER)


@pytest.fixture(scope="module", name="encode")
def _encode() -> SentenceEncoder:
    return encoder()


def test_the_network_gives_the_states_that_torch_gives() -> None:
    import torch

    from aigc_demo.tasks.image.e5 import E5TextEncoder

    ids = [[0, 39, 825, 12, 6, 32676, 2], [0, 39, 825, 12, 5, 700, 801, 22, 2]]
    other = E5TextEncoder.from_pretrained(FOLDER / "text_encoder")
    for mine, one in zip(E5Network(FOLDER / "text_encoder")(ids), ids, strict=True):
        with torch.no_grad():
            theirs = other(torch.tensor([one]), torch.ones(1, len(one)))[0].numpy()
        np.testing.assert_allclose(mine, theirs, atol=2e-5)


def test_the_share_below_x_is_that_of_the_normal_distribution() -> None:
    import torch

    x = np.linspace(-6, 6, 1001, dtype=np.float32)
    np.testing.assert_allclose(gelu(x), torch.nn.functional.gelu(torch.tensor(x)).numpy(), atol=1e-6)


def test_what_means_the_same_in_two_languages_lies_nearer_than_what_does_not(encode: SentenceEncoder) -> None:
    question, same, other = encode(["When does the library close?", "图书馆几点关门？", "这块蛋糕真好吃"])
    assert question @ same > question @ other + 0.05


def test_texts_in_company_have_the_vectors_that_they_have_alone(encode: SentenceEncoder) -> None:
    alone = SentenceEncoder(FOLDER)(["a cat"])
    np.testing.assert_allclose(encode(["一只狗在雨里跑", "a cat", "x " * 60])[1:2], alone, atol=1e-5)


def test_a_text_longer_than_the_network_is_read_to_its_end(encode: SentenceEncoder) -> None:
    start = "The weather was fine on that day. " * 25
    weather, money, long = encode(
        ["fine weather", "interest on savings", start + "Savings bear interest. " * 40]
    )
    assert long @ money > encode([start])[0] @ money + 0.02
    assert long @ weather > 0.7


@pytest.mark.parametrize("blank", ["", " \n", "\0"])
def test_a_text_that_says_nothing_has_no_vector(encode: SentenceEncoder, blank: str) -> None:
    with pytest.raises(ValueError, match="without words"):
        encode(["a", blank])


def test_language_imports_no_torch() -> None:
    rooms = "aigc_demo.language.encoder, aigc_demo.language.retrieval, aigc_demo.language.linear_head"
    code = f"import sys, {rooms}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今天下雨。带伞了吗？带了！", ["今天下雨。", "带伞了吗？", "带了！"]),
        ("他说：“走吧。”然后走了", ["他说：“走吧。”", "然后走了"]),
        ("Dr. Lee pays 3.50 a day. He is late!", ["Dr. Lee pays 3.50 a day.", "He is late!"]),
        ("One line\n\nAnother line", ["One line", "Another line"]),
        (" \n", []),
    ],
)
def test_sentences_end_where_people_end_them(text: str, expected: list[str]) -> None:
    found = sentences(text)
    assert [one.text for one in found] == expected
    assert all(text[one.start : one.end] == one.text for one in found)


def test_words_are_those_of_the_dictionary_in_chinese_and_without_plural_in_english() -> None:
    assert words("图书馆的开放时间") == ["图书馆", "的", "开放", "时间"]
    assert words("The library's fees, ｆｅｅ, GPT-2") == ["the", "library", "fee", "fee", "gpt", "2"]


@pytest.mark.parametrize(
    ("text", "language"), [("好的 OK", "zh"), ("see you in 北京 tomorrow", "en"), ("", "en")]
)
def test_the_language_is_that_of_most_words(text: str, language: str) -> None:
    assert language_of(text) == language


def test_a_number_that_vectors_blur_is_found_by_its_word(encode: SentenceEncoder) -> None:
    passages = [f"Room {number} lies on the first floor." for number in (101, 107, 114, 118)]
    index = PassageIndex(passages, encode(passages, "passage"))
    query = "where is room 114"
    assert index.search(query, encode([query])[0])[0].number == 2


def test_nothing_in_common_still_finds_the_nearest_by_meaning(encode: SentenceEncoder) -> None:
    passages = ["本馆晚上九点闭馆。", "咖啡在一楼出售。"]
    index = PassageIndex(passages, encode(passages, "passage"))
    best = index.search("closing time", encode(["closing time"])[0])[0]
    assert (best.number, best.bm25) == (0, 0.0)


def test_an_empty_index_finds_nothing(encode: SentenceEncoder) -> None:
    assert PassageIndex([], np.zeros((0, encode.width), np.float32)).search("a", encode(["a"])[0]) == []


def test_a_head_learns_opposites_whose_cosine_says_alike(encode: SentenceEncoder) -> None:
    good = ["服务很好", "非常满意", "很快就解决了", "the staff was kind", "works perfectly"]
    bad = ["服务不好", "太失望了", "一直没人处理", "the staff was rude", "it broke at once"]
    head = linear_head.train(encode([*good, *bad]), ["good"] * 5 + ["bad"] * 5)
    assert head(encode(["体验很好", "很不满意", "nobody helped, awful"])) == ["good", "bad", "bad"]
    assert head.classes == ("bad", "good")


def test_the_same_examples_give_the_same_head_and_weights_count() -> None:
    x = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    one, two = (linear_head.train(x, ["a", "b", "b"]) for _ in range(2))
    np.testing.assert_array_equal(one.weights, two.weights)
    assert abs(one.probabilities(x[:1])[0, 0] - 0.5) < 0.05
    heavy = linear_head.train(x, ["a", "b", "b"], weights=[9, 1, 1])
    assert heavy(x[:1]) == ["a"]


@pytest.mark.parametrize("labels", [[], ["a"], ["c", "a"]])
def test_a_head_refuses_what_it_cannot_learn_from(labels: list[str]) -> None:
    with pytest.raises(ValueError, match="examples of the classes"):
        linear_head.train(np.ones((2, 2), np.float32), labels, classes=["a", "b"])


def test_the_report_counts_as_scikit_learn_does() -> None:
    from sklearn.metrics import precision_recall_fscore_support

    truth, found = ["a", "a", "b", "c", "b"], ["a", "b", "b", "b", "b"]
    theirs = precision_recall_fscore_support(truth, found, labels=["a", "b", "c"], zero_division=0)
    mine = linear_head.report(truth, found, ["a", "b", "c"])
    for at, one in enumerate(mine):
        assert (one.precision, one.recall, one.f1, one.support) == pytest.approx(
            tuple(column[at] for column in theirs)
        )
