"""What became of the fields: which stand in the text, which do not; and that nothing was generated."""

from __future__ import annotations

from collections.abc import Sequence

from aigc_demo.tasks.scenarios.params import ScenarioParams
from aigc_demo.types import ModelSpec, Output, Reading, Remark, Term
from aigc_demo.types.readings import shortened


def account(params: ScenarioParams, outputs: Sequence[Output], _: ModelSpec) -> Reading:
    """Fields kept and left out."""
    meta = outputs[0].meta
    kept = tuple(Term(shortened(str(getattr(params, name)))) for name in meta.get("kept", ()))
    left_out = tuple(Term(shortened(str(getattr(params, name)))) for name in meta.get("left_out", ()))
    return Reading(kept, left_out, remarks=(Remark("text.scenario.composed"),))
