"""Requests in Chinese that are for no poem: a letter, a sick note, a birthday message, an explanation.

Knows how such requests are worded, and what they are about, so that a poem about it can be offered instead.
"""

from __future__ import annotations

import re

from aigc_demo.tasks.poems.limits import TITLE_MOST

LONGEST = 400
"""Characters of a request that are read: what it asks for stands at its beginning or end."""
KINDS = (
    "请假条", "祝福语", "自我介绍", "演讲稿", "申请书", "检讨书", "说明书", "朋友圈", "感谢信",
    "道歉信", "推荐信", "邀请函", "贺词", "祝福", "邮件", "书信", "情书", "贺卡",
    "短信", "作文", "文案", "口号", "标语", "广告", "故事", "小说", "童话",
    "剧本", "情歌", "歌词", "歌曲", "演讲", "报告", "总结", "简历", "检讨",
    "介绍", "评语", "菜谱", "计划", "论文", "对联", "笑话", "日记", "通知",
    "新闻", "代码", "信", "歌",
)  # fmt: skip
"""What may be asked for in prose, longer names first."""
_POEM = re.compile(r"诗|绝句|律诗|五绝|七绝|五律|七律|词牌")
_COUNTED = re.compile(
    r"(?:写|作|做|来|编|拟|起草|生成)(?:上|出)?(?:一|两|三|几|个)?(?:封|段|篇|份|则|条|句|通|部)|[一二两三四五几十\d]句话"
)
_WRITES = ("写", "作一", "编", "拟", "起草", "生成", "来一", "来个", "来段", "来篇", "来封")
_EXPLAINED = re.compile(r"为什么|怎么|怎样|如何|什么是|是什么|是谁|多少|解释|翻译|告诉我|介绍一下|推荐")
_HELP = re.compile(r"帮我(?!.{0,4}[首诗])")
_QUESTIONS = ("吗", "呢", "?", "？")
_END = " \t\r\n。．.！!？?~～，,吧吗呢呀啊嘛"
_JOINTS = re.compile(
    r"能不能|能否|可不可以|可以|请问|请|麻烦|帮我|帮忙|帮|给我|为我|替我|我想要|我想|我要|想要|一下|关于|有关|风格|为主题|为题"
    r"|(?:写|作|做|来|编|拟|起草|生成|描写|解释)(?:上|出)?(?:一|两|三|几)?(?:封信|个小|个|封|段|篇|份|则|条|句|首|张|些|部)?"
    r"|用[一二两三四五六七八九十几\d]+句话|怎么样?|怎样|如何|为什么|什么是|是什么|告诉我|翻译|推荐|[你您我能给为的用]|一[个封段篇份则条句首张部]"
)
_HAN = re.compile(r"[\u3400-\u9fff]++")
_CLASSICAL = {
    "奶奶": "祖母", "爷爷": "祖父", "外婆": "外祖母", "姥姥": "外祖母", "外公": "外祖父", "妈妈": "母亲",
    "爸爸": "父亲", "猫咪": "猫", "小狗": "犬", "老师": "先生", "咖啡馆": "茶肆", "咖啡": "茶",
    "毕业": "学成", "圣诞": "岁末",
}  # fmt: skip
"""Everyday words, of which some are in no poem, in those of the poets."""
_LAST_OF_A_KIND = "条语书信稿函"


def is_prose(said: str) -> bool:
    """Whether a request in simplified characters is clearly for something other than a poem."""
    said = said[:LONGEST].strip()
    if _POEM.search(said):
        return False
    bare = said.rstrip(_END)
    if said.endswith(_QUESTIONS) or any(one.search(said) for one in (_COUNTED, _EXPLAINED, _HELP)):
        return True
    kind = kind_of(said)
    return (
        len(kind) > 2
        or (bool(kind) and any(verb in bare for verb in _WRITES))
        or (len(kind) == 2 and "的" in bare)
    )


def kind_of(said: str) -> str:
    """What is asked for, in its own word; empty where the request does not say."""
    bare = said[:LONGEST].strip().rstrip(_END)
    return next((kind for kind in KINDS if bare.endswith(kind)), "")


def theme_of(said: str) -> str:
    """What a poem could be about instead: 祖母生日 of 给奶奶写一段生日祝福; empty for a question."""
    if _EXPLAINED.search(said[:LONGEST]):
        return ""
    kind = kind_of(said)
    bare = said[:LONGEST].strip().rstrip(_END).removesuffix(kind)
    theme = "".join(_HAN.findall(_JOINTS.sub(" ", bare)))
    for everyday, classical in _CLASSICAL.items():
        theme = theme.replace(everyday, classical)
    if not theme and len(kind) > 1:
        theme = kind.rstrip(_LAST_OF_A_KIND) or kind
    return theme[:TITLE_MOST]
