"""Scenarios: everyday texts put together from fields and skeletons, and exercises with their key.

Nothing is generated, so that names, numbers and dates are those of the fields; it works offline in Chinese
too, where no small model writes good prose. Knows declarations only; skeletons are data beside it.
"""

from __future__ import annotations

from aigc_demo.tasks.scenarios.params import ScenarioParams
from aigc_demo.types import Example, Extension, ModelSpec

COMPOSER = ModelSpec(
    id="scenarios",
    task="text",
    params=ScenarioParams,
    name="Everyday texts from fields",
    pipeline="aigc_demo.tasks.scenarios.pipeline:load",
    sources=(),
    license="MIT",
    memory_gb=0.05,
    languages=("en", "zh"),
)

EXTENDS = Extension(
    task="text",
    models=(COMPOSER,),
    examples=(
        Example("en", {"scenario": "birthday", "written_in": "en", "to": "Grandma", "sender": "Lena"}),
        Example(
            "zh",
            {
                "scenario": "leave",
                "written_in": "zh",
                "to": "王老师",
                "sender": "李明",
                "date": "明天上午",
            },
        ),
        Example("zh", {"scenario": "exercises", "written_in": "zh", "exercise": "next_line", "count": 5}),
    ),
)
