"""How music is asked for, in words: what tells such a request from one for another tab."""

from __future__ import annotations

from aigc_demo.types import Asks

ASKS = Asks(
    verbs_own=("compose", "hum", "whistle"),
    verbs=("write", "make", "create", "generate", "play", "give", "sing", "do"),
    things=(
        "tune", "melody", "song", "music", "waltz", "jig", "reel", "march", "polka", "minuet", "hornpipe",
        "lullaby", "chorale", "sonata", "symphony", "ballad", "soundtrack", "beat", "concerto", "anthem",
        "carol",
    ),
    zh_verbs=("谱", "作曲", "演奏", "弹", "哼", "唱"),
    zh_things=("曲", "曲子", "歌", "歌曲", "音乐", "旋律", "圆舞曲", "进行曲", "小调", "配乐"),
    zh_marks=("作曲", "谱曲", "一首曲", "一首歌", "一段音乐", "一段旋律"),
)  # fmt: skip
