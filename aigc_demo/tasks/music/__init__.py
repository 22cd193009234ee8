"""The music task: tunes and chorales, composed, continued, varied, harmonised and arranged.

Knows declarations only; the composers are in :mod:`folk` and :mod:`chorale`, first imported when used.
"""

from __future__ import annotations

from aigc_demo.tasks.music.asks import ASKS
from aigc_demo.tasks.music.models import MODELS, TRAINED
from aigc_demo.tasks.music.params import FORM_ORDER
from aigc_demo.types import Element, Example, Preset, SharedPart, Task

TASK = Task(
    id="music",
    form_order=FORM_ORDER,
    produces="audio",
    models=MODELS,
    trained=(TRAINED,),
    presets=(
        Preset("session", {"style": "reel", "bars": 16, "chords": True, "bass": False, "drums": False}),
        Preset("band", {"chords": True, "bass": True, "drums": True}),
        Preset("jiangnan", {"scale": "zhi", "instrument": "dizi", "ornaments": "few", "style": "air"}),
        Preset("faithful", {"temperature": 0.7, "top_p": 0.9}),
        Preset("daring", {"temperature": 1.2, "top_p": 1.0}),
    ),
    examples=(
        Example("en", {"prompt": "a lively jig in D for the fiddle", "chords": True}),
        Example("en", {"prompt": "a sad waltz in A minor"}),
        Example("en", {"prompt": "a slow air in E minor for the flute"}),
        Example("zh", {"prompt": "欢快的江南小调", "chords": True}),
        Example("zh", {"prompt": "一首忧伤的小步舞曲，用长笛"}),
        Example("zh", {"prompt": "一首 D 大调的吉格舞曲，用小提琴"}),
    ),
    scripts=("music/music.js",),
    below={
        "prompt": (Element("studio-parsed-settings"),),
        "prompt_en": (Element("studio-english"),),
        "start": (Element("studio-piano"),),
    },
    title="aigc_demo.tasks.music.naming:title",
    order=40,
    asks=ASKS,
    shared=(
        SharedPart(
            "aigc_demo.tasks.music.shared:view",
            "music/shared.html",
            card="aigc_demo.tasks.music.shared:card",
            scripts=("music/shared.js",),
            styles=("music/music.css",),
            words=(
                "music.play",
                "music.pause",
                "music.position",
                "music.roll",
                "music.instrument.",
                "music.chords.label",
                "music.bass.label",
                "music.drums.label",
            ),
            height=640,
        ),
    ),
    parse_prompt="aigc_demo.tasks.music.describe:describe",
)
