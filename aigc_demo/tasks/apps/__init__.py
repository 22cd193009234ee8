"""Applications on one understanding of language: customer service, monitor of opinions, recommendation.

Knows declarations only; what answers is in :mod:`service`, what watches in :mod:`monitor`, what recommends
in :mod:`recommend`, first imported when used. Each application is a model with parameters of its own.
"""

from __future__ import annotations

from typing import Any

from aigc_demo.tasks.apps.params import MonitorParams, RecommendParams, ServiceParams
from aigc_demo.types import Asset, Element, Example, ModelSpec, Params, Task

ENCODER = Asset("models/emojiflow")
"""Whose text encoder makes sentence vectors."""


def _application(name: str, params: type[Params], title: str, module: str, **more: Any) -> ModelSpec:
    """A model of ours that understands sentences and generates nothing."""
    return ModelSpec(
        id=name,
        task="apps",
        params=params,
        name=title,
        pipeline=f"aigc_demo.tasks.apps.{module}:load",
        sources=(ENCODER,),
        license="MIT",
        memory_gb=0.2,
        languages=("en", "zh"),
        **more,
    )


SERVICE = _application(
    "customer-service", ServiceParams, "Customer service", "service", card="examples/apps/service/card.md"
)
MONITOR = _application(
    "opinion-monitor",
    MonitorParams,
    "Public-opinion monitor",
    "monitor",
    extras={"heads": Asset("models/monitor")},
    card="models/monitor/card.md",
)
RECOMMENDER = _application("recommender", RecommendParams, "For you", "recommend")
DEBUG = ModelSpec(
    id="debug-service",
    task="apps",
    params=ServiceParams,
    name="Debug service",
    pipeline="aigc_demo.tasks.apps.debug:load",
    sources=(),
    license="none",
    memory_gb=0.01,
    languages=("en", "zh"),
    debug=True,
)

TASK = Task(
    id="apps",
    produces="text",
    models=(SERVICE, MONITOR, RECOMMENDER, DEBUG),
    examples=(
        Example("en", {"question": "How long may I keep a film?"}),
        Example("en", {"question": "I can't remember my account password"}),
        Example("en", {"question": "What is the weather tomorrow?"}),
        Example("en", {"stream": "bank"}),
        Example("zh", {"question": "彩色打印一张多少钱？"}),
        Example("zh", {"question": "账户密码想不起来了"}),
        Example("zh", {"question": "明天天气怎么样？"}),
        Example("zh", {"stream": "bank_zh"}),
    ),
    title="aigc_demo.tasks.apps.naming:title",
    scripts=("apps/apps.js",),
    above=(Element("studio-applications"),),
    form_order=(
        "question",
        "sample",
        "threshold",
        "pairs",
        "document",
        "document_2",
        "document_3",
        "own_pairs",
    ),
    below={"own_pairs": (Element("studio-unanswered"),)},
    order=55,
)
