"""Looking inside an item by a loaded model: its explainer, and the one file that comes of it.

Knows declarations and JSON. Knows nothing of what is in an explanation.
"""

from __future__ import annotations

import json
from typing import Any

from aigc_demo import catalog
from aigc_demo.explain import Explanation
from aigc_demo.types import Emit, ModelSpec, Output, Request, UserError

NAME = "explanation.json"


def explained(spec: ModelSpec, pipeline: Any, request: Request, emit: Emit) -> tuple[Output, ...]:
    """The explanation of ``request.item``.

    Raises:
        UserError: ``not_explained`` where the model lets nobody look inside; else as its explainer.
    """
    if not spec.explain or request.item is None:
        raise UserError("not_explained", "error.not_explained", status=422, name=spec.name)
    explanation: Explanation = catalog.resolve(spec.explain)(pipeline, request.params, request.item, emit)
    told = json.dumps(explanation.plain(), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return (Output("file", NAME, "application/json", data=told.encode()),)
