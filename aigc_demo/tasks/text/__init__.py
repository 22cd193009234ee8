"""The text task: what an answer is asked for with, which models there are, what the page offers.

Knows declarations only; the models themselves are in :mod:`pipeline`, first imported when one is used.
"""

from __future__ import annotations

from aigc_demo.tasks.text.asks import ASKS
from aigc_demo.tasks.text.models import MODELS, TRAINED
from aigc_demo.tasks.text.params import PROMPT_MOST
from aigc_demo.types import Element, Example, Preset, Task

PRESETS = (
    Preset("precise", {"temperature": 0.0, "repetition_penalty": 1.05}),
    Preset("balanced", {"temperature": 0.5, "top_p": 0.9, "top_k": 50, "repetition_penalty": 1.05}),
    Preset("inventive", {"temperature": 1.0, "top_p": 0.95, "top_k": 0, "repetition_penalty": 1.05}),
    Preset("short", {"max_new_tokens": 64}),
    Preset("long", {"max_new_tokens": 1024}),
)

EXAMPLES = (
    Example("en", {"prompt": "Write a short story about a cat who opens a library"}),
    Example("en", {"prompt": "Write a slogan for a cat cafe"}),
    Example("en", {"prompt": "Write a short story about a lighthouse keeper and a lost whale"}),
    # A length asks for prose, a form for a poem: each is offered only where the model knows the setting.
    Example("zh", {"prompt": "为一家猫咪咖啡馆写一句口号", "max_new_tokens": 64}),
    Example("zh", {"prompt": "用三句话描写苏州的雨夜", "max_new_tokens": 256}),
    Example("zh", {"prompt": "给十岁的孩子解释天空为什么是蓝色的", "max_new_tokens": 256}),
    Example("zh", {"prompt": "写一个灯塔守护人和迷路鲸鱼的小故事", "max_new_tokens": 512}),
)

TASK = Task(
    id="text",
    produces="text",
    models=MODELS,
    presets=PRESETS,
    examples=EXAMPLES,
    scripts=("text/text.js",),
    below={"prompt": (Element("studio-count", {"most": str(PROMPT_MOST)}),)},
    user_models="aigc_demo.tasks.text.user_models:user_models",
    title="aigc_demo.tasks.text.naming:title",
    form_order=("system",),
    trained=(TRAINED,),
    order=10,
    asks=ASKS,
)
