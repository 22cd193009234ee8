"""Chinese poems of the four regulated forms: prosody, tokens and the models that write them.

Poems are texts: their models stand in the Text tab, and what they make are items of that task.
"""

from __future__ import annotations

from aigc_demo.tasks.poems.limits import TITLE_MOST
from aigc_demo.tasks.poems.models import MODELS, TUNED
from aigc_demo.types import Element, Example, Extension, SharedPart

EXTENDS = Extension(
    task="text",
    models=MODELS,
    order=10,
    trained=(TUNED,),
    scripts=("poems/poems.js",),
    shared=(
        SharedPart(
            "aigc_demo.tasks.poems.shared:view",
            "poems/shared.html",
            card="aigc_demo.tasks.poems.shared:card",
            scripts=("poems/shared.js",),
            styles=("poems/poem.css",),
            words=("text.poem.look",),
        ),
    ),
    below={"prompt": (Element("studio-poem-count", {"most": str(TITLE_MOST)}),)},
    examples=(
        Example("zh", {"prompt": "秋夜", "form": "七绝", "keywords": "", "acrostic": ""}),
        Example("zh", {"prompt": "江南春雨", "form": "五律", "keywords": "杨柳 小桥", "acrostic": ""}),
        Example("zh", {"prompt": "送友人", "form": "七律", "keywords": "", "acrostic": ""}),
        Example("zh", {"prompt": "四季", "form": "七绝", "keywords": "", "acrostic": "春夏秋冬"}),
        Example("zh", {"prompt": "明月松间照", "script": "simplified", "drafts": 8}),
        Example("zh", {"prompt": "窗含西岭千秋雪", "script": "simplified", "drafts": 8}),
        Example("zh", {"prompt": "写一首关于登高望远的五绝", "form": "五绝", "keywords": "", "acrostic": ""}),
    ),
)
