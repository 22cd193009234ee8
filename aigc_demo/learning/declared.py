"""What every training is asked for with, and how what trains is declared: each task narrows the one family.

Knows declarations only, no torch: tasks are declared with it in the web process. Knows nothing of any one
task's data and methods.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aigc_demo.types import ModelSpec, Params, param


class TrainingParams(Params):
    """How long a training goes on, how fast, and from where.

    It ends after ``steps`` or ``seconds``, whichever comes first, without either after as many steps as its
    task or method needs, and before that when ``patience`` checks in a row have found nothing better (0 never
    does). ``base`` is the state of an earlier run of the same kind (``<job id>/state.safetensors``), to train
    it further. A learning rate or width that is not given is the task's or the method's own. What is learnt,
    a task declares in a family that stands behind this one, so that it comes first in the form.
    """

    steps: int | None = param(None, ge=1, le=100_000, folded=False)
    seconds: float | None = param(None, ge=1, le=1200, folded=False)
    learning_rate: float | None = param(None, ge=0, le=100)
    batch_size: int = param(64, ge=4, le=256, widget="slider", step=4)
    width: int | None = param(None, ge=2, le=512)
    patience: int = param(6, ge=0, le=100, widget="slider", step=1)
    base: str = param("", max_length=400, widget="file", takes=("model",))


def trainers(
    trainer: ModelSpec, defaults: Mapping[str, Any], options: Mapping[str, Any] | None = None
) -> tuple[ModelSpec, ModelSpec]:
    """A trainer as its task declares it, and the tiny one for tests with ``defaults`` and ``options``.

    Both make models, run any number at once (a run makes its own network), and speak both languages.
    """
    full = replace(trainer, concurrency=8, languages=("en", "zh"), trains=True)
    debug = replace(
        full,
        id=f"debug-{full.id}",
        name=f"Debug {full.name[0].lower()}{full.name[1:]}",
        license="none",
        memory_gb=0.05,
        defaults=defaults,
        options={**full.options, **(options or {})},
        debug=True,
    )
    return full, debug
