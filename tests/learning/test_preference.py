"""What a head learns of rated pairs, and what a rule makes of a tiny poet, told by what they then do."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from aigc_demo.learning.preference.candidates import COUNT, Kind, fresh, named, pool
from aigc_demo.learning.preference.couplets import ENDS, couplets, rewards
from aigc_demo.learning.preference.features import measured, names_of, poem_features
from aigc_demo.learning.preference.rhymes import rhymes
from aigc_demo.tasks.preference.head import HeadLearner, Rating
from aigc_demo.tasks.preference.policy import PolicyLearner, Reward

KINDS: tuple[Kind, ...] = ("poems", "tunes", "pictures")


def taught(kind: Kind, feature: str, steps: int = 150) -> HeadLearner:
    """A head after ratings by somebody who likes one thing alone: the more, the better."""
    place = names_of(kind).index(feature)
    liked = measured(kind, pool(kind))[:, place]
    pairs = [(one, one + 1) for one in range(30)]
    ratings = [
        Rating(pool(kind)[a], pool(kind)[b]) if liked[a] > liked[b] else Rating(pool(kind)[b], pool(kind)[a])
        for a, b in pairs
        if liked[a] != liked[b]
    ]
    head = HeadLearner(kind, ratings, 64, 1)
    head.set_learning_rate(0.3)
    for number in range(1, steps + 1):
        head.step(number)
    return head


@pytest.mark.parametrize(
    ("kind", "feature"), [("poems", "night"), ("tunes", "range"), ("pictures", "warmth")]
)
def test_a_head_finds_what_somebody_likes_and_picks_it_among_things_it_never_saw(
    kind: Kind, feature: str
) -> None:
    head = taught(kind, feature)
    found = head.ranking()
    assert max(found["weights"], key=found["weights"].get) == feature
    liked = measured(kind, pool(kind))[:, names_of(kind).index(feature)]
    left = [int(name[1:]) for name in fresh(kind)]
    best = max(left, key=found["scores"].__getitem__)
    assert liked[best] >= np.quantile(liked[left], 0.75)
    assert head.validate()["agreement"] >= 0.8


def test_a_pair_is_lost_with_the_probability_of_bradley_and_terry() -> None:
    better, worse = pool("poems")[:2]
    head = HeadLearner("poems", [Rating(better, worse)], 8, 1)
    head.set_learning_rate(0.1)
    assert float(head.step(1)["pairs"]) == pytest.approx(1.0), "nothing known: one bit for one pair"
    ahead = head.ranking()["scores"][0] - head.ranking()["scores"][1]
    lost = 1 / (1 + math.exp(ahead))
    assert head.validate()["validation"] == pytest.approx(-math.log2(1 - lost), abs=1e-3)


def test_a_head_that_is_undone_prefers_nothing() -> None:
    learnt = taught("tunes", "leaps").state()
    again = HeadLearner("tunes", [], 8, 1, undo=True)
    again.load(learnt)
    assert set(again.ranking()["scores"]) == {0.0}


def test_what_is_there_to_rate_is_as_it_says() -> None:
    assert [len(pool(kind)) for kind in KINDS] == [COUNT] * 3
    assert len(set(pool("poems"))) > COUNT / 2
    assert named("poems", "床前明月光\n疑是地上霜").startswith("床前")
    for kind, name in (("poems", "#48"), ("tunes", "a tune"), ("pictures", "#x"), ("poems", "#²")):
        with pytest.raises(LookupError):
            named(kind, name)  # type: ignore[arg-type]


def test_a_character_rhymes_with_itself_unless_the_rule_says_otherwise() -> None:
    data = couplets()
    at = data.tokens.index
    assert rhymes("光霜")
    assert not rhymes("光山")
    assert rewards("rhyme")[at("山")][at("山")]
    assert not rewards("other_rhyme")[at("山")][at("山")]
    assert rewards("other_rhyme")[at("光")][at("霜")]
    assert not any(rewards("rhyme")[at("，")])


def test_a_poem_that_rhymes_is_seen_to() -> None:
    assert poem_features("床前明月光\n疑是地上霜\n举头望明月\n低头思故乡")["rhyme"] == 1
    assert poem_features("床前明月光\n疑是地上霜\n举头望明月\n低头思故山")["rhyme"] == 0
    assert poem_features("无")["rhyme"] == 0


def policy(kl: float = 0.0, seed: int = 1, width: int = 16) -> PolicyLearner:
    learner = PolicyLearner(couplets(), width, Reward("rhyme", kl, 2), 32, seed)
    learner.set_learning_rate(0.1)
    return learner


def test_what_is_rewarded_becomes_likelier_and_a_leash_keeps_it_near() -> None:
    free, held = policy(), policy(kl=1.0)
    for number in range(1, 26):
        strayed, kept = free.step(number), held.step(number)
    assert free.validate()["rewarded"] > 0.9 > 0.1 > free.beside()["before"]["rewarded"]
    assert free.validate()["same"] > 0.9, "it games the rule: a character rhymes with itself"
    assert held.validate()["rewarded"] < 0.1
    assert float(kept["kl"]) < 0.1 * float(strayed["kl"])


def test_the_poet_writes_couplets_whatever_it_has_learnt() -> None:
    learner, data = policy(), couplets()
    rows = learner.written(learner.net, 20, torch.Generator().manual_seed(1))
    shown = [data.shown(row) for row in rows.tolist()]
    assert all(len(one) == 12 and one[5] == "，" and one[11] == "。" for one in shown)
    assert all(one.count("，") == 1 and "\n" not in one for one in shown)
    assert learner.rewarded(rows).tolist() == [
        float(rewards("rhyme")[a][b]) for a, b in rows[:, ENDS].tolist()
    ]


def test_undo_brings_back_the_weights_of_before_the_first_reward() -> None:
    learner = policy()
    for number in range(1, 6):
        learner.step(number)
    again = PolicyLearner(couplets(), 16, Reward("rhyme", 0.0, 2), 32, 1, undo=True)
    again.load({name: one.clone() for name, one in learner.state().items()})
    before = learner.before.state_dict()
    assert all(torch.equal(one, before[name]) for name, one in again.net.state_dict().items())
    assert not all(torch.equal(one, before[name]) for name, one in learner.net.state_dict().items())
