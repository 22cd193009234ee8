"""A tagger's sentences, its report, which agrees with scikit-learn and seqeval, and its file."""

from __future__ import annotations

import random
import warnings
from pathlib import Path

import pytest
import torch

from aigc_demo.learning.tags import data, model
from aigc_demo.learning.tags.data import TAGS, Language, cut, sentences, spans
from aigc_demo.learning.tags.report import report
from aigc_demo.types import UserError

LANGUAGES: tuple[Language, ...] = ("en", "zh")


def rows(seed: int, noise: float) -> tuple[list[list[str]], list[list[str]]]:
    """True tags, and the same with some of them guessed wrongly."""
    rng = random.Random(seed)
    true = [list(one.tags) for one in sentences("en").held[:120]]
    guessed = [[rng.choice(TAGS) if rng.random() < noise else tag for tag in row] for row in true]
    return true, guessed


CASES = [rows(1, 0.1), rows(2, 0.6), rows(3, 0.0), ([["B-PER", "O"]], [["O", "I-LOC"]])]


@pytest.mark.parametrize("case", CASES, ids=["some wrong", "most wrong", "all right", "all wrong"])
@pytest.mark.parametrize("part", ["averages", "averages_without_o"])
def test_scores_by_token_are_those_of_scikit_learn(
    case: tuple[list[list[str]], list[list[str]]], part: str
) -> None:
    from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

    true, guessed = ([tag for row in rows for tag in row] for rows in case)
    found = report(*case)
    labels = list(TAGS if part == "averages" else TAGS[1:])
    columns = precision_recall_fscore_support(true, guessed, labels=labels, zero_division=0)
    for tag, *wanted in zip(labels, *columns, strict=True):
        assert list(found["tags"][tag].values()) == pytest.approx(wanted)
    for average in ("micro", "macro", "weighted"):
        wanted = precision_recall_fscore_support(
            true, guessed, labels=labels, average=average, zero_division=0
        )
        assert list(found[part][average].values())[:3] == pytest.approx(wanted[:3])
        assert found[part][average]["support"] == sum(columns[3])
    assert found["accuracy"] == pytest.approx(accuracy_score(true, guessed))
    assert found["confusion"] == confusion_matrix(true, guessed, labels=list(TAGS)).tolist()


@pytest.mark.parametrize("case", CASES, ids=["some wrong", "most wrong", "all right", "all wrong"])
def test_scores_by_name_are_those_of_seqeval(case: tuple[list[list[str]], list[list[str]]]) -> None:
    from seqeval.metrics import classification_report

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a class that is never there
        wanted = classification_report(*case, output_dict=True, zero_division=0)
    found = report(*case)["names"]
    names = {"micro": "micro avg", "macro": "macro avg", "weighted": "weighted avg"}
    there = [kind for kind in ("PER", "LOC", "ORG") if kind in wanted]
    for name in (*there, "micro"):
        known = wanted[names.get(name, name)]
        assert list(found[name].values()) == pytest.approx(
            [known["precision"], known["recall"], known["f1-score"], known["support"]]
        )
    if len(there) == len(data.KINDS):  # seqeval averages the kinds that it met
        for name in ("macro", "weighted"):
            assert found[name]["f1"] == pytest.approx(wanted[names[name]]["f1-score"])


def test_a_name_counts_as_seqeval_reads_it() -> None:
    assert spans(["I-PER", "I-PER", "O", "B-LOC", "I-ORG"]) == [("PER", 0, 2), ("LOC", 3, 4), ("ORG", 4, 5)]
    assert spans(["B-PER", "B-PER"]) == [("PER", 0, 1), ("PER", 1, 2)]
    assert spans([]) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_that_are_held_back_were_never_learnt_from(language: Language) -> None:
    known = sentences(language)

    def names(rows: tuple[data.Tagged, ...]) -> set[str]:
        return {" ".join(row.tokens[first:end]) for row in rows for _, first, end in spans(row.tags)}

    assert len(known.learnt) == data.LEARNT
    assert len(known.held) == data.HELD
    assert not names(known.learnt) & names(known.held)
    assert {tag for row in known.held for tag in row.tags} == set(TAGS)


def test_a_sentence_is_cut_into_words_or_characters() -> None:
    assert cut("Anna's cat, 3 years.", "en") == ["Anna", "'", "s", "cat", ",", "3", "years", "."]
    assert cut("王伟 在上海。", "zh") == ["王", "伟", "在", "上", "海", "。"]


def test_a_tagger_comes_back_from_its_file_and_tags_anything(tmp_path: Path) -> None:
    config = model.config_for("en", sentences("en").learnt, 8)
    net = model.Tagger(config).eval()
    path = tmp_path / "model.safetensors"
    path.write_bytes(model.to_bytes(net.state_dict(), config))
    again, told = model.read(path)
    assert told == config
    texts = [cut(text, "en") for text in ("", "Anna", "你好 wörld 12", "🙂" * 50)]
    found = model.tagged(again, model.Eyes(told), texts)
    assert [len(row) for row in found] == [len(text) for text in texts]
    assert found == model.tagged(net, model.Eyes(config), texts)


def test_a_file_that_is_no_tagger_is_refused(tmp_path: Path) -> None:
    config = model.config_for("en", sentences("en").learnt, 8)
    weights = model.Tagger(config).state_dict()
    path = tmp_path / "model.safetensors"
    other = config.model_copy(update={"width": 16})
    broken = {name: torch.full_like(tensor, torch.nan) for name, tensor in weights.items()}
    for content in (
        b"",
        model.to_bytes(weights, other),
        model.to_bytes(broken, config),
        model.to_bytes({}, config),
    ):
        path.write_bytes(content)
        with pytest.raises(UserError):
            model.read(path)
