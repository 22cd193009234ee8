"""The style task: a photo in, a painting out, at once or slowly.

Knows declarations only; the painters are in :mod:`pipeline` and :mod:`hub`, first imported when used.
"""

from __future__ import annotations

from typing import get_args

from aigc_demo.tasks.style import styles
from aigc_demo.tasks.style.asks import ASKS
from aigc_demo.tasks.style.models import MODELS
from aigc_demo.tasks.style.params import FORM_ORDER, Photo
from aigc_demo.types import Element, Example, Preset, SharedPart, Task

TASK = Task(
    id="style",
    form_order=FORM_ORDER,
    produces="image",
    models=MODELS,
    presets=(
        Preset("quick", {"size": 384}),
        Preset("fine", {"size": 1536}),
        Preset("gentle", {"strength": 0.6}),
        Preset("own_colours", {"keep_colours": True}),
    ),
    examples=(
        Example("en", {"photo": "pagoda", "style": "ink_wash"}),
        Example("en", {"photo": "flower", "style": "stained_glass"}),
        Example("en", {"photo": "cat", "style": "mosaic"}),
        Example("zh", {"photo": "pagoda", "style": "ink_wash"}),
        Example("zh", {"photo": "flower", "style": "porcelain"}),
        Example("zh", {"photo": "cat", "style": "paper_cut"}),
    ),
    scripts=("style/gallery.js",),
    above=(
        Element(
            "studio-styles",
            {"styles": ",".join((*styles.OWN, *styles.TABLE)), "photos": ",".join(get_args(Photo))},
        ),
    ),
    title="aigc_demo.tasks.style.naming:title",
    order=30,
    asks=ASKS,
    shared=(
        SharedPart(
            "aigc_demo.tasks.style.shared:view",
            "compared.html",
            scripts=("share/compared.js",),
        ),
    ),
)
