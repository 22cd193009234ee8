"""Summaries of sentences that stand in the text: chosen, never rewritten. Declarations only."""

from __future__ import annotations

from pydantic import field_validator

from aigc_demo.types import Asset, Example, Extension, ModelSpec, Params, param, something_said


class SummaryParams(Params):
    """A text of which the most telling sentences are wanted, in their order."""

    prompt: str = param("", max_length=20_000, widget="prompt", folded=False, lines=3)
    sentences: int = param(3, ge=1, le=10, widget="slider", step=1, folded=False)

    _something_is_said = field_validator("prompt")(something_said)


SUMMARY = ModelSpec(
    id="summary",
    task="text",
    params=SummaryParams,
    name="Summary, sentence by sentence",
    pipeline="aigc_demo.tasks.summary.pipeline:load",
    sources=(Asset("models/emojiflow"),),
    license="MIT",
    memory_gb=0.2,
    languages=("en", "zh"),
    traits=("digests",),
)

_EN = (
    "The town council met on Tuesday. After two hours of talk it decided to close the old bridge for repair. "
    "Some members had brought sandwiches. The work begins in May and will take about eight months. "
    "Cars have to go round by the northern road, which is six kilometres longer. "
    "Shops in the centre fear for their trade. "
    "The mayor promised a free bus for as long as the bridge is closed."
)
_ZH = (
    "周二，镇议会召开了会议。经过两个小时的讨论，决定关闭老桥进行维修。有几位议员带了三明治。工程五月开始，预计需要八个月。"
    "车辆须绕行北路，路程多六公里。市中心的商店担心生意受影响。镇长承诺，在封桥期间提供免费公交车。"
)
EXTENDS = Extension(
    task="text",
    models=(SUMMARY,),
    scripts=("text/summary.js",),
    examples=(
        Example("en", {"prompt": _EN, "sentences": 2}),
        Example("zh", {"prompt": _ZH, "sentences": 2}),
    ),
)
