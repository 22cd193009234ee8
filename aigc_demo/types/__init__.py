"""The vocabulary: pure, frozen, picklable values that every room shares.

Knows what a model, a task, a request, a job and an event are, and nothing of how any of them is
stored, drawn, scheduled or computed. Imports pydantic, the standard library and the settings.
"""

from aigc_demo.types.errors import CancelledByVisitor, Problem, UserError
from aigc_demo.types.fields import Field
from aigc_demo.types.jobs import (
    ACTIVE,
    FINAL,
    Cancelled,
    Emit,
    Event,
    Failed,
    Finished,
    Job,
    Loading,
    Output,
    Partial,
    Progress,
    Queued,
    Request,
    Status,
    StoredOutput,
)
from aigc_demo.types.models import (
    Asset,
    Element,
    Example,
    Extension,
    Hub,
    Kind,
    Language,
    ModelSpec,
    Preset,
    Source,
    Task,
    Wheel,
)
from aigc_demo.types.params import MAX_SEED, Control, Params, param, says_something, words_first
from aigc_demo.types.pipelines import Factory, LoadContext, Pipeline, Placement

__all__ = [
    "ACTIVE",
    "FINAL",
    "MAX_SEED",
    "Asset",
    "Cancelled",
    "CancelledByVisitor",
    "Control",
    "Element",
    "Emit",
    "Event",
    "Example",
    "Extension",
    "Factory",
    "Failed",
    "Field",
    "Finished",
    "Hub",
    "Job",
    "Kind",
    "Language",
    "LoadContext",
    "Loading",
    "ModelSpec",
    "Output",
    "Params",
    "Partial",
    "Pipeline",
    "Placement",
    "Preset",
    "Problem",
    "Progress",
    "Queued",
    "Request",
    "Source",
    "Status",
    "StoredOutput",
    "Task",
    "UserError",
    "Wheel",
    "param",
    "says_something",
    "words_first",
]
