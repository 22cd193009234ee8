"""The catalog as the code declares it, for tests that go over every task or model."""

from __future__ import annotations

from aigc_demo import catalog
from aigc_demo.guard.params import checked
from aigc_demo.settings import Settings
from aigc_demo.types import Example, ModelSpec, UserError

CATALOG = catalog.of(Settings(text_models="", image_models=""))


def asked_in(task: str) -> str | None:
    """The field that a task's tab draws as its prompt, if it has one."""
    return next((field.name for field in CATALOG.task(task).fields() if field.widget == "prompt"), None)


def follows(spec: ModelSpec, example: Example) -> bool:
    """Whether a model takes an example as it stands."""
    try:
        checked(spec, dict(example.values))
    except UserError:
        return False
    return True
