"""A tiny model of couplets that learns by policy gradient what a rule rewards.

First it learns to write by imitation, as any language model; then it writes, is rewarded, and what was
rewarded becomes likelier (REINFORCE: Williams 1992, with the mean of a batch as baseline). ``kl`` holds it
near what it was. Knows couplets and rules; knows nothing of runs.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aigc_demo.learning.optimisers import Adam
from aigc_demo.learning.preference.couplets import ENDS, LENGTH, Couplets, Rule, rewards
from aigc_demo.learning.texts import model
from aigc_demo.learning.texts.learner import seed_from
from aigc_demo.learning.texts.model import TextConfig
from aigc_demo.learning.weights import seeded
from aigc_demo.types import Output

IMITATION_RATE = 3e-3
CHECKED, SHOWN = 256, 8
"""Couplets that a check writes, and that are shown."""
COMMONEST = 8
PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Reward:
    """What is rewarded, how near the policy is kept to what it was, and from which step on."""

    rule: Rule
    kl: float
    warm_up: int


class PolicyLearner:
    """A policy that has not learnt to write yet.

    Args:
        data: couplets to imitate.
        width: of its table.
        reward: what comes after imitation.
        batch_size: couplets in a step.
        seed: everything random follows from it and the number of a step.
        undo: go back, when an earlier state is taken up, to what it was before the first reward.
    """

    def __init__(
        self, data: Couplets, width: int, reward: Reward, batch_size: int, seed: int, *, undo: bool = False
    ) -> None:
        self.data, self.reward, self.batch_size, self.seed, self._undo = data, reward, batch_size, seed, undo
        wide = max(16, width // 16 * 16)
        self.config = TextConfig(
            method="gpt", data="couplets", music=False, tokens=data.tokens, width=wide, depth=2,
            heads=wide // 16, inner=wide * 8 // 3 // 8 * 8, context=16,
        )  # fmt: skip
        self.net, self.before = model.network(self.config), model.network(self.config)
        seeded(self.net, torch.Generator().manual_seed(seed_from(seed, "weights")))
        self.before.load_state_dict(self.net.state_dict())
        self._adam = Adam([self.net], IMITATION_RATE)
        self._rate = IMITATION_RATE
        self._rows, self._held = torch.tensor(data.rows), torch.tensor(data.held)
        self._rewards = torch.tensor(rewards(reward.rule), dtype=torch.float32)
        self._forbidden = _forbidden(len(data.tokens))

    @property
    def identity(self) -> dict[str, Any]:
        """What is trained, so that only the same is gone on with: any rule may follow on any."""
        return self.config.model_dump(mode="json")

    @property
    def about(self) -> Mapping[str, Any]:
        """What the card tells of data and rule."""
        return {
            "texts": len(self.data.rows),
            "held_back": len(self.data.held),
            "rule": self.reward.rule,
            "kl": self.reward.kl,
            "imitation_steps": self.reward.warm_up,
        }

    def step(self, number: int) -> Mapping[str, Tensor]:
        """Imitate at first; then write, and make likelier what was rewarded."""
        rng = torch.Generator().manual_seed(seed_from(self.seed, f"batch {number}"))
        if number <= self.reward.warm_up:
            return self._imitate(number, rng)
        if number == self.reward.warm_up + 1:
            self.before.load_state_dict(self.net.state_dict())
        return self.reinforce(rng)

    def reinforce(self, rng: torch.Generator) -> Mapping[str, Tensor]:
        """One step of policy gradient: couplets of its own, rewarded by the rule."""
        self._adam.rate = self._rate
        rows = self.written(self.net, self.batch_size, rng)
        reward = self.rewarded(rows)
        log_probs = self._log_probs(self.net, rows)
        said = log_probs.gather(-1, rows[..., None])[..., 0].sum(1)
        with torch.no_grad():
            known = self._log_probs(self.before, rows)
        apart = (log_probs.exp() * (log_probs - known)).sum((1, 2)).mean()
        advantage = reward - reward.mean()
        loss = -(advantage * said).mean() + self.reward.kl * apart
        self._adam.descend(loss)
        return {"rewarded": reward.mean(), "kl": apart.detach() / math.log(2)}

    @torch.no_grad()
    def validate(self) -> Mapping[str, float]:
        """Surprise at real couplets, what is rewarded, how varied ends are, how often both are one."""
        rows = self._drawn(self.net)
        ends = rows[:, ENDS]
        return {
            "validation": float(self._surprise(self._held)) / math.log(2),
            "rewarded": float(self.rewarded(rows).mean()),
            "distinct": len(set(map(tuple, ends.tolist()))) / len(rows),
            "same": float((ends[:, 0] == ends[:, 1]).float().mean()),
        }

    def samples(self) -> Output:
        """What it wrote before the first reward, and what it writes now, by the same chance."""
        pairs = zip(self._shown(self.before), self._shown(self.net), strict=True)
        text = "\n".join(f"{before} → {now}" for before, now in list(pairs)[:SHOWN])
        return Output("text", "samples.txt", PLAIN, text=text)

    def set_learning_rate(self, rate: float) -> None:
        """Of the steps that are rewarded, from the next one on."""
        self._rate = rate

    def state(self) -> dict[str, Tensor]:
        """Weights now and before the first reward, and what the optimiser remembers."""
        nets = {"net": self.net, "before": self.before}
        weights = {
            f"{name}.{key}": tensor.detach()
            for name, net in nets.items()
            for key, tensor in net.state_dict().items()
        }
        return weights | self._adam.state("adam")

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take up such a state; to undo it, with the weights of before in both places."""
        for name, net in (("net", self.net), ("before", self.before)):
            begin = "before." if self._undo else f"{name}."
            net.load_state_dict(
                {key.removeprefix(begin): one for key, one in state.items() if key.startswith(begin)}
            )
        self._adam.load("adam", state)

    def files(self, measures: Mapping[str, Any]) -> Sequence[Output]:
        """What it writes, the model with its configuration inside, that beside it, before and after."""
        found = {name: round(value, 4) for name, value in measures["measures"].items()}
        told = {"for": "text", "steps": measures["steps"], "ended": measures["ended"], **found}
        weights = model.to_bytes(self.net.state_dict(), self.config)
        beside = json.dumps(self.beside(), ensure_ascii=False).encode()
        return (
            self.samples(),
            Output("model", "model.safetensors", "application/vnd.safetensors", data=weights, meta=told),
            Output("file", "config.json", "application/json", data=model.config_json(self.config)),
            Output("file", "rewarded.json", "application/json", data=beside),
        )

    def beside(self) -> dict[str, Any]:
        """Couplets of before and after, which of them are rewarded, and the commonest ends of both."""
        sides = {"before": self.before, "after": self.net}
        return {"rule": self.reward.rule, **{name: self._side(net) for name, net in sides.items()}}

    # -- inside -------------------------------------------------------------------------------------

    def _imitate(self, number: int, rng: torch.Generator) -> Mapping[str, Tensor]:
        self._adam.rate = IMITATION_RATE * min(1.0, number / 20)
        picked = torch.randint(len(self._rows), (self.batch_size,), generator=rng)
        loss = self._surprise(self._rows[picked])
        self._adam.descend(loss)
        return {"train": loss.detach() / math.log(2)}

    def _surprise(self, rows: Tensor) -> Tensor:
        """Mean surprise of a token, the end of the text among them, in nats."""
        text = F.pad(rows, (1, 1))
        scores, _ = self.net(text[:, :-1])
        return F.cross_entropy(scores.flatten(0, 1), text[:, 1:].flatten())

    def _log_probs(self, net: nn.Module, rows: Tensor) -> Tensor:
        """Logarithms of the probabilities of every token that could stand at each place of these rows."""
        scores, _ = net(F.pad(rows[:, :-1], (1, 0)))
        return (scores + self._forbidden).log_softmax(-1)

    @torch.no_grad()
    def written(self, net: nn.Module, count: int, rng: torch.Generator) -> Tensor:
        """Couplets (count, tokens) as ``net`` writes them; the signs stand where they must."""
        now, memory = torch.zeros(count, 1, dtype=torch.long), None
        rows = []
        for place in range(LENGTH):
            scores, memory = net(now, memory)
            probs = (scores[:, -1] + self._forbidden[place]).softmax(-1)
            now = torch.multinomial(probs, 1, generator=rng)
            rows.append(now)
        return torch.cat(rows, 1)

    def rewarded(self, rows: Tensor) -> Tensor:
        """One for each couplet that obeys the rule, else nought."""
        first, last = (rows[:, at] for at in ENDS)
        return self._rewards[first, last]

    def _drawn(self, net: nn.Module) -> Tensor:
        return self.written(net, CHECKED, torch.Generator().manual_seed(seed_from(self.seed, "checked")))

    def _shown(self, net: nn.Module) -> list[str]:
        return [self.data.shown(row) for row in self._drawn(net)[:SHOWN].tolist()]

    def _side(self, net: nn.Module) -> dict[str, Any]:
        rows = self._drawn(net)
        ends = Counter("".join(self.data.tokens[one] for one in row) for row in rows[:, ENDS].tolist())
        reward = self.rewarded(rows)
        return {
            "rewarded": round(float(reward.mean()), 4),
            "couplets": [
                {"text": self.data.shown(row), "rewarded": bool(good)}
                for row, good in zip(rows[:SHOWN].tolist(), reward[:SHOWN].tolist(), strict=True)
            ],
            "ends": [[pair, count] for pair, count in ends.most_common(COMMONEST)],
            "of": len(rows),
        }


def _forbidden(tokens: int) -> Tensor:
    """Added to the scores, (places, tokens): comma and stop stand in their own places and in no other."""
    comma, stop = tokens - 2, tokens - 1
    mask = torch.zeros(LENGTH, tokens)
    mask[:, [0, comma, stop]] = -1e9
    for place, sign in ((LENGTH // 2 - 1, comma), (LENGTH - 1, stop)):
        mask[place] = -1e9
        mask[place, sign] = 0.0
    return mask
