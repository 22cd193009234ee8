"""Texts about a bank and its like, put together from templates, for the monitor to learn from and to show.

Not one of them was written by a customer. A text is a template with a subject of its topic in it; which
sentiment it has, the template says. The last templates of each sentiment are held out: the head never sees
them while it learns.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from aigc_demo.types import Language

Sentiment = Literal["negative", "neutral", "positive"]
SENTIMENTS: tuple[Sentiment, ...] = ("negative", "neutral", "positive")
TOPICS = ("money", "service", "app", "delivery", "quality", "price")
HELD_OUT = 4
"""Templates of each sentiment and language that are held out."""

SUBJECTS: Mapping[Language, Mapping[str, tuple[str, ...]]] = {
    "en": {
        "money": (
            "my transfer",
            "the savings account",
            "my deposit",
            "the payment to the bank",
            "the refund",
        ),
        "service": ("the hotline", "the staff at the counter", "customer service", "the adviser", "support"),
        "app": ("the app", "the website", "the login", "online banking", "the latest update"),
        "delivery": ("the delivery", "my parcel", "the courier", "the order", "shipping"),
        "quality": ("the product", "the battery", "the screen", "the fabric", "the new model"),
        "price": ("the fee", "the price", "the monthly charge", "the interest rate", "the bill"),
    },
    "zh": {
        "money": ("我的转账", "存款", "账户里的钱", "给银行的付款", "退款"),
        "service": ("客服电话", "柜台工作人员", "客户服务", "理财顾问", "售后"),
        "app": ("手机应用", "网站", "登录", "网上银行", "最新版本"),
        "delivery": ("配送", "我的包裹", "快递员", "订单", "物流"),
        "quality": ("这个产品", "电池", "屏幕", "面料", "新款"),
        "price": ("手续费", "价格", "月费", "利率", "账单"),
    },
}
TEMPLATES: Mapping[Language, Mapping[Sentiment, tuple[str, ...]]] = {
    "en": {
        "negative": (
            "{0} is a disaster and nobody answers",
            "I am very disappointed with {0}",
            "They lost everything and {0} is gone",
            "{0} has not worked for a week",
            "Worst experience ever with {0}",
            "Nobody helps me with {0}, I feel cheated",
            "{0} failed again and I want to complain",
            "I have been waiting for days because of {0}",
            "{0} is far too bad, I am leaving",
            "Because of {0} I lost a lot of money",
            "{0} was rude and slow, never again",
            "How can {0} be broken every single time?",
            "I was charged twice, {0} is a scam",
            "It is a shame what happened with {0}",
            "{0} vanished and no one picks up the phone",
            "I am angry: {0} ruined my day",
            "{0} is unreliable, do not trust them",
        ),
        "neutral": (
            "Where can I find {0}?",
            "I have a question about {0}",
            "{0} changes on the first of next month",
            "The company gave figures about {0} today",
            "{0} is available from Monday to Friday",
            "How does {0} work?",
            "A new version concerning {0} was announced",
            "Somebody asked me about {0} yesterday",
            "According to the notice, {0} stays as it is",
            "I read an article about {0}",
            "The meeting on {0} takes place at ten",
            "{0} is described on page three",
            "When was {0} introduced?",
            "They are comparing {0} with last year",
            "Please send me information on {0}",
            "There are two kinds of {0}",
        ),
        "positive": (
            "{0} is excellent, thank you",
            "I am very happy with {0}",
            "{0} was quick and friendly",
            "Great work, {0} solved everything at once",
            "I can recommend {0} to everybody",
            "{0} has become much better, well done",
            "Best experience in years with {0}",
            "{0} is simple and works perfectly",
            "So pleased: {0} arrived earlier than promised",
            "Thanks to {0} my problem was fixed in minutes",
            "{0} is fair and honest",
            "I love {0}, five stars",
            "What a pleasant surprise, {0} is wonderful",
            "{0} saved my day",
            "Everything went smoothly with {0}",
            "{0} is worth every cent",
        ),
    },
    "zh": {
        "negative": (
            "{0}太差了，根本没人管",
            "对{0}非常失望",
            "{0}出了问题，钱都没了",
            "{0}一个星期都用不了",
            "{0}是我遇到过最糟糕的",
            "{0}没人处理，感觉被骗了",
            "{0}又失败了，我要投诉",
            "因为{0}等了好几天",
            "{0}实在不行，再也不来了",
            "因为{0}损失了一大笔钱",
            "{0}又慢又态度恶劣",
            "{0}怎么每次都坏？",
            "多扣了两次钱，{0}就是骗人",
            "{0}真让人气愤",
            "{0}消失了，打电话一直没人接",
            "{0}毁了我一天的心情",
            "{0}不可靠，大家别上当",
        ),
        "neutral": (
            "请问{0}在哪里查看？",
            "想咨询一下{0}",
            "{0}从下月一日起调整",
            "公司今天公布了关于{0}的数据",
            "{0}周一至周五可以办理",
            "{0}是怎么运作的？",
            "关于{0}的新规定已经发布",
            "昨天有人向我打听{0}",
            "根据通知，{0}保持不变",
            "看到一篇介绍{0}的文章",
            "讨论{0}的会议十点开始",
            "{0}的说明见第三页",
            "{0}是什么时候推出的？",
            "他们在比较{0}和去年的情况",
            "请把{0}的资料发给我",
            "{0}有两种",
        ),
        "positive": (
            "{0}非常棒，谢谢",
            "对{0}很满意",
            "{0}又快又热情",
            "点赞，{0}一下子就解决了",
            "推荐大家试试{0}",
            "{0}比以前好多了，做得好",
            "{0}是这几年最好的体验",
            "{0}简单好用",
            "{0}比承诺的还早，太开心了",
            "多亏{0}，几分钟就解决了问题",
            "{0}公道实在",
            "喜欢{0}，五星好评",
            "{0}真是惊喜",
            "{0}帮了我大忙",
            "{0}一切顺利",
            "{0}物有所值",
        ),
    },
}


@dataclass(frozen=True)
class Labelled:
    """A text with the classes that its template gives it."""

    text: str
    topic: str
    sentiment: Sentiment


def examples(held_out: bool) -> Iterator[Labelled]:
    """Texts to learn from, or of the templates that are held out; each with two subjects of every topic."""
    for language, by_sentiment in TEMPLATES.items():
        for sentiment, templates in by_sentiment.items():
            part = templates[-HELD_OUT:] if held_out else templates[:-HELD_OUT]
            for number, template in enumerate(part):
                for topic, subjects in SUBJECTS[language].items():
                    for more in (0, 2):
                        subject = subjects[(number + more) % len(subjects)]
                        yield Labelled(_filled(template, subject), topic, sentiment)


def stream(language: Language, surge: bool, count: int = 120, seed: int = 7) -> list[Labelled]:
    """A simulated stream: mostly calm; with a surge, from two thirds on most texts are negative, on money."""
    rng = random.Random(seed)
    found = []
    for at in range(count):
        upset = surge and at >= count * 2 // 3
        weights = (0.75, 0.15, 0.1) if upset else (0.12, 0.5, 0.38)
        sentiment = rng.choices(SENTIMENTS, weights)[0]
        topic = "money" if upset and rng.random() < 0.8 else rng.choice(TOPICS)
        template = rng.choice(TEMPLATES[language][sentiment])
        found.append(Labelled(_filled(template, rng.choice(SUBJECTS[language][topic])), topic, sentiment))
    return found


def _filled(template: str, subject: str) -> str:
    text = template.format(subject)
    return text[0].upper() + text[1:]
