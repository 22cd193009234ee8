"""How texts are asked for, in words: what tells such a request from one for another tab."""

from __future__ import annotations

from aigc_demo.types import Asks

ASKS = Asks(
    verbs_own=(
        "explain", "translate", "summarize", "summarise", "describe", "define", "rewrite", "answer", "why",
        "what", "how", "who", "when", "which", "solve", "calculate", "tell", "list",
    ),
    verbs=("write", "draft", "give", "make", "create", "generate", "compose", "say"),
    things=(
        "letter", "email", "e-mail", "mail", "story", "poem", "haiku", "essay", "joke", "slogan", "recipe",
        "report", "speech", "plan", "summary", "article", "card", "message", "note", "text", "review",
        "sentence", "paragraph", "lyric", "limerick", "sonnet", "verse", "tale", "novel", "blog", "tweet",
        "caption", "advice", "code",
    ),
    zh_verbs=("写", "解释", "翻译", "总结", "为什么", "怎么", "如何", "告诉", "回答"),
    zh_things=(
        "诗", "信", "故事", "作文", "文章", "邮件", "口号", "请假条", "祝福", "祝福语", "笑话", "菜谱",
        "报告", "文案",
    ),
    zh_marks=(
        "写一封", "写一段", "写一篇", "写一句", "写一首诗", "写首诗", "请假条", "祝福语", "绝句", "律诗",
    ),
)  # fmt: skip
