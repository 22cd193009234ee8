"""Images of classical verse that carry a theme of today, for which verse has no word: 咖啡 -> 饮茶.

Knows words of today, images whose characters ShiGPT knows, and sentence vectors to find the nearest by.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

_IMAGES = (
    "茶香 清茶 饮茶 美酒 酒杯 醉酒 炊烟 佳肴 羹汤 米饭 瓜果 蜜糖 冰雪 寒冰 "
    "盛宴 骏马 马车 车轮 快马 驿路 远行 归程 客船 风帆 渡口 长桥 千里 飞鸟 "
    "大雁 风筝 书信 音书 鸿雁 明镜 烛火 灯火 萤火 星斗 银河 明月 云海 天宫 "
    "仙人 神仙 白鹤 龙 读书 书卷 笔墨 诗书 书斋 先生 功名 登科 离别 送别 故友 "
    "同窗 少年 老翁 儿童 慈母 佳人 琴声 笛声 琵琶 歌舞 鼓声 钟声 丝竹 戏台 "
    "蹴鞠 秋千 舞剑 骑射 狩猎 棋局 垂钓 市井 集市 商贾 金银 丝绸 布衣 罗衣 "
    "面纱 玉佩 宝剑 铁甲 烽火 城楼 高楼 庭院 茅屋 木牛 机关 巧匠 铁匠 织机 "
    "水车 耕田 牛羊 家猫 犬吠 鸡鸣 鱼 燕子 蝴蝶 蝉鸣 疾病 药草 良医 瘦骨 白发 "
    "泪 相思 愁绪 欢喜 梦 闲居 劳作 辛苦 深夜 黎明 春风 夏日 秋霜 冬雪 细雨 "
    "雷电 狂风 江河 大海 高山 沙漠 森林 竹林 梅花 荷花 菊花 桃花 杨柳"
)
IMAGES = tuple(_IMAGES.split())

_MODERN = (
    "人工智能 程序员 互联网 机器人 宇航员 冰淇淋 巧克力 出租车 摩天轮 电影院 "
    "咖啡馆 咖啡 高铁 手机 电脑 地铁 飞机 火车 汽车 外卖 快递 超市 足球 篮球 "
    "高考 口罩 火锅 网络 电影 电视 吉他 钢琴 火箭 卫星 航天 太空 加班 健身 "
    "微信 直播 游戏 公交 空调 冰箱 相机 键盘 代码 奶茶 蛋糕 面包 啤酒 可乐 "
    "猫咪"
)
MODERN = tuple(_MODERN.split())
"""Words of today, longer ones first: their characters may be known, their things were not."""


class Encoder(Protocol):
    """Texts -> unit vectors; see :class:`aigc_demo.language.encoder.SentenceEncoder`."""

    def __call__(self, texts: Sequence[str]) -> Any:
        """(texts, width)."""
        ...


def nearest(theme: str, encoder: Encoder, count: int = 2) -> tuple[str, ...]:
    """The images nearest to a theme, the nearest first."""
    vectors = encoder([theme, *IMAGES])
    # what all images have in common says nothing of any
    own = vectors[1:] - vectors[1:].mean(0)
    order = (own @ (vectors[0] - vectors[1:].mean(0)) / (own**2).sum(1) ** 0.5).argsort()[::-1]
    return tuple(IMAGES[at] for at in order[:count])


def modern_in(theme: str) -> str:
    """The word of today that a theme holds; empty where there is none."""
    return next((word for word in MODERN if word in theme), "")
