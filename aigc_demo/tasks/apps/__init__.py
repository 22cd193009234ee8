"""Applications on one understanding of language: customer service, monitor of opinions, recommendation.

Knows declarations only; what answers is in :mod:`service`, what watches in :mod:`monitor`, what recommends
in :mod:`recommend`, first imported when used. Each application is a model with parameters of its own.
"""

from __future__ import annotations

from aigc_demo.tasks.apps.params import MonitorParams, RecommendParams, ServiceParams
from aigc_demo.types import Asset, Element, Example, ModelSpec, Task

ENCODER = Asset("models/emojiflow")
"""Whose text encoder makes sentence vectors."""

SERVICE = ModelSpec(
    id="customer-service",
    task="apps",
    params=ServiceParams,
    name="Customer service",
    pipeline="aigc_demo.tasks.apps.service:load",
    sources=(ENCODER,),
    license="MIT",
    memory_gb=0.2,
    languages=("en", "zh"),
    card="examples/apps/service/card.md",
)

MONITOR = ModelSpec(
    id="opinion-monitor",
    task="apps",
    params=MonitorParams,
    name="Public-opinion monitor",
    pipeline="aigc_demo.tasks.apps.monitor:load",
    sources=(ENCODER,),
    extras={"heads": Asset("models/monitor")},
    license="MIT",
    memory_gb=0.2,
    languages=("en", "zh"),
    card="models/monitor/card.md",
)

RECOMMENDER = ModelSpec(
    id="recommender",
    task="apps",
    params=RecommendParams,
    name="For you",
    pipeline="aigc_demo.tasks.apps.recommend:load",
    sources=(ENCODER,),
    license="MIT",
    memory_gb=0.2,
    languages=("en", "zh"),
)

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
