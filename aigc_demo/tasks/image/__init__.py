"""The image task: pictures from words and from other pictures.

Knows declarations only; what paints is in :mod:`emoji`, :mod:`hub` and :mod:`upscale`, first imported
when used.
"""

from __future__ import annotations

from aigc_demo.tasks.image.asks import ASKS
from aigc_demo.tasks.image.models import MODELS, TRAINED
from aigc_demo.tasks.image.params import FORM_ORDER
from aigc_demo.types import Element, Example, Preset, SharedPart, Task

TASK = Task(
    id="image",
    form_order=FORM_ORDER,
    produces="image",
    models=MODELS,
    presets=(
        Preset("quick", {"num_inference_steps": 4}),
        Preset("careful", {"num_inference_steps": 25, "guidance_scale": 3.0}),
        Preset("four", {"batch": 4}),
        Preset("compare_steps", {"x_axis": "num_inference_steps", "x_values": "4, 8, 16, 25"}),
    ),
    examples=(
        Example("en", {"prompt": "fruit", "batch": 4}),
        Example("en", {"prompt": "a cat riding a bicycle under the moon", "batch": 1}),
        Example("en", {"prompt": "a slice of pizza", "batch": 1}),
        Example("en", {"prompt": "a rocket", "look": "3d", "batch": 1}),
        Example("en", {"prompt": "a green apple", "batch": 1}),
        Example("en", {"prompt": "a steam locomotive", "batch": 1}),
        Example("en", {"prompt": "an old lighthouse on a cliff, a storm coming", "style": "watercolour"}),
        Example("en", {"prompt": "a quiet street after rain, lanterns", "style": "ink"}),
        Example("zh", {"prompt": "动物", "batch": 4}),
        Example("zh", {"prompt": "三只小猪在房子旁边，下着雪", "batch": 1}),
        Example("zh", {"prompt": "一块披萨", "batch": 1}),
        Example("zh", {"prompt": "火箭", "look": "3d", "batch": 1}),
        Example("zh", {"prompt": "一只狐狸", "batch": 1}),
        Example("zh", {"prompt": "一个绿苹果", "batch": 1}),
        Example("zh", {"prompt": "悬崖上的老灯塔，暴风雨将至", "style": "watercolour"}),
        Example("zh", {"prompt": "雨后安静的小街，灯笼", "style": "ink"}),
    ),
    scripts=("image/image.js",),
    below={
        "prompt": (Element("studio-vocabulary"),),
        "prompt_en": (Element("studio-english"),),
        "image": (Element("studio-start"),),
        "batch": (Element("studio-axes"), Element("studio-settings-import")),
    },
    title="aigc_demo.tasks.image.naming:title",
    expand_prompt="aigc_demo.tasks.image.expansion:expand",
    choices={"lora": "aigc_demo.tasks.image.loras:names"},
    user_models="aigc_demo.tasks.image.user_models:user_models",
    trained=(TRAINED,),
    order=20,
    asks=ASKS,
    shared=(
        SharedPart("aigc_demo.tasks.image.shared:view", "compared.html", scripts=("share/compared.js",)),
    ),
)
