"""A description in Chinese or English -> the settings that it names; nothing that it does not say.

Rules and word lists only, so that what was understood can be shown, and what was not is left alone. Knows no
models. ``小调`` is the minor mode after a key ("A小调") but a popular song after a place ("江南小调").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

_Words = tuple[tuple[str, str], ...]

STYLES: _Words = (
    ("slip_jig", r"slip[ -]?jigs?|hop jigs?|滑步吉格|滑步舞"),
    ("jig", r"jigs?|吉格"),
    ("reel", r"reels?|里尔舞?|利尔舞?"),
    ("hornpipe", r"hornpipes?|clog|角笛舞?|号笛舞?|水手舞"),
    ("strathspey", r"strathspeys?|斯特拉斯佩"),
    ("polka", r"polkas?|波尔卡|波卡"),
    ("waltz", r"waltz(?:es)?|valse|圆舞曲|华尔兹"),
    ("minuet", r"minuets?|menuet|小步舞曲?"),
    ("march", r"march(?:es)?|quickstep|进行曲"),
    ("air", r"airs?|ballads?|songs?|lullab(?:y|ies)|laments?|folk ?song|民歌|山歌|歌谣|民谣|摇篮曲|谣曲"
            r"|(?:江南|民间|苏州|地方|江浙|沂蒙|湖南|陕北|民族|渔家)(?:民间)?小调|小曲"),
)  # fmt: skip

INSTRUMENTS: _Words = (
    ("erhu", r"erhu|二胡"),
    ("dizi", r"dizi|bamboo flute|笛子|竹笛|曲笛|梆笛"),
    ("xiao", r"xiao\b|洞箫|箫"),
    ("guzheng", r"guzheng|zither|古筝|筝|古琴"),
    ("pipa", r"pipa|琵琶"),
    ("fiddle", r"fiddles?|民间提琴|乡村提琴"),
    ("violin", r"violins?|小提琴"),
    ("cello", r"cellos?|大提琴"),
    ("whistle", r"(?:tin |penny )?whistles?|哨笛|锡笛"),
    ("recorder", r"recorders?|竖笛"),
    ("flute", r"flutes?|长笛"),
    ("clarinet", r"clarinets?|单簧管"),
    ("oboe", r"oboes?|双簧管"),
    ("piano", r"pianos?|钢琴"),
    ("harp", r"harps?|竖琴"),
    ("guitar", r"guitars?|吉他"),
    ("banjo", r"banjos?|班卓琴"),
    ("accordion", r"accordions?|concertina|手风琴"),
    ("organ", r"organs?|管风琴"),
    ("choir", r"choirs?|chorus|合唱"),
    ("music_box", r"music ?box(?:es)?|八音盒"),
    ("dulcimer", r"dulcimers?|扬琴"),
)

SCALES: _Words = (
    ("gong", r"gong mode|宫调式?|宫音"),
    ("shang", r"shang mode|商调式?"),
    ("jue", r"jue mode|角调式?"),
    ("zhi", r"zhi mode|徵调式?|征调式?"),
    ("yu", r"yu mode|羽调式?"),
)

COLLECTIONS: _Words = (
    ("oneill", r"irish|ireland|o'?neill|爱尔兰"),
    ("aird", r"scottish|scotland|scots|苏格兰"),
    ("northumbrian", r"northumbrian?|诺森伯兰"),
    ("ryan", r"american|america|美国"),
)

HAPPY = (
    r"happy|merry|cheerful|joyful|joyous|lively|bright|upbeat|jolly|gay|"
    r"欢快|快乐|欢乐|愉快|活泼|喜庆|明快|热闹|高兴"
)
SAD = (
    r"sad|sorrowful|mournful|melanchol(?:y|ic)|gloomy|plaintive|lonely|dark|"
    r"忧伤|悲伤|伤感|哀伤|哀愁|忧郁|凄凉|悲|孤独|惆怅"
)
SLOW = (
    r"slow|slowly|gentle|calm|peaceful|quiet|tender|adagio|largo|andante|"
    r"慢|缓|舒缓|柔和|温柔|宁静|安静|悠扬|悠然|抒情"
)
FAST = (
    r"fast|quick|rapid|brisk|energetic|allegro|presto|furious|"
    r"快速|急促|飞快|激烈|热烈|轻快|快板"
)
CHINESE = (
    r"chinese|china|jiangnan|pentatonic|oriental|"
    r"江南|中国|中式|国风|古风|五声|民族风|苏州|水乡"
)
JIANGNAN = r"jiangnan|江南|苏州|水乡"

_FURTHER = (
    r"drums?|percussion|打击乐|鼓点|鼓|节奏组",
    r"bass|贝斯|低音",
    r"chords?|accompaniment|accompanied|harmony|和弦|伴奏|和声",
    r"dorian|多利亚|mixolydian|混合利底亚|major|大调|minor|小调式?",
    r"three[ -]four|triple time|三拍子?|short|brief|短小|简短|短|long|长曲|较长|很长",
)
"""Words with a meaning that stand in no table."""
_CHINESE = ("erhu", "dizi", "xiao", "guzheng", "pipa")
_FLATTENED = {"A#": "Bb", "D#": "Eb", "G#": "Ab", "Cb": "B", "Fb": "E", "E#": "F", "B#": "C"}
_NUMBERS = {
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "十": 10,
}
_METRES = ("2/4", "3/4", "4/4", "3/8", "6/8", "9/8")
PLAIN_TEMPO = {
    "reel": 192, "jig": 165, "slip_jig": 165, "hornpipe": 150, "strathspey": 116, "polka": 116, "march": 112,
    "waltz": 132, "minuet": 112, "air": 84,
}  # fmt: skip
"""Quarter notes a minute that suit a style."""


@dataclass(frozen=True)
class Found:
    """One thing that was understood: which words, which setting, what value."""

    words: str
    field: str
    value: Any


def describe(text: str) -> dict[str, Any]:
    """The settings that a description names, by the names of ``ScoreParams``."""
    return {found.field: found.value for found in understood(text)}


def understood(text: str) -> tuple[Found, ...]:
    """What was understood, and by which words; one value a setting."""
    result: dict[str, Found] = {}

    def note(field: str, value: Any, words: str) -> None:
        result.setdefault(field, Found(words, field, value))

    plain = text.strip().lower().replace("♯", "#").replace("♭", "b")
    for field, table in (("style", STYLES), ("scale", SCALES), ("collection", COLLECTIONS)):
        value, words = _first(plain, table)
        if value:
            note(field, value, words)
    _key(text.replace("♯", "#").replace("♭", "b"), note)
    _metre_and_size(plain, note)
    _players(plain, note)
    _moods(plain, result, note)
    return tuple(result.values())


def every(text: str, table: _Words) -> Iterator[tuple[str, str]]:
    """Each value of a table that a text (in small letters) names, and by which words."""
    for value, pattern in table:
        if found := _search(pattern, text):
            yield value, found[0]


def without(text: str) -> str:
    """What is left of a text when all words that mean something here are taken out."""
    for pattern in (_ZH_KEY, _EN_KEY, _EN_BARE, _ZH_METRE, _METRE, _BARS, _TEMPO):
        text = pattern.sub(" ", text)
    text = text.lower()
    for table in (STYLES, INSTRUMENTS, SCALES, COLLECTIONS):
        for _, words in table:
            text = _standing_alone(words).sub(" ", text)
    for words in (HAPPY, SAD, SLOW, FAST, CHINESE, *_FURTHER):
        text = _standing_alone(words).sub(" ", text)
    return text


def _search(pattern: str, text: str) -> re.Match[str] | None:
    return _standing_alone(pattern).search(text)


@cache
def _standing_alone(pattern: str) -> re.Pattern[str]:
    """One of our patterns; Latin words stand alone, Chinese ones may stand anywhere."""
    return re.compile(rf"(?:(?<![a-z])(?:{pattern})(?![a-z]))")


def _first(text: str, table: _Words) -> tuple[str, str]:
    """The value of the first pattern that occurs, and the words it occurred as; empty if none does."""
    for value, pattern in table:
        found = _search(pattern, text)
        if found:
            return value, found[0]
    return "", ""


_EN_KEY = re.compile(
    r"(?:\bin |\bkey of )?(?<![A-Za-z])([A-Ga-g])(#|b|[ -]?(?:[Ss]harp|[Ff]lat))?"
    r"[ -]?(maj(?:or)?|min(?:or)?|m(?![a-z])|dorian|mixolydian)(?![a-z])",
)
_EN_BARE = re.compile(r"\b(?:in|key of)(?: the key of)? ([A-G])(#|b|[ -]?(?:[Ss]harp|[Ff]lat))?(?![A-Za-z'])")
_ZH_KEY = re.compile(r"(升|降)?([A-Ga-g])(#|b)?\s*+(大调|小调|多利亚|混合利底亚|宫|商|徵|羽|调)")

_SONGS = re.compile(dict(STYLES)["air"])
_METRE = re.compile(r"(?<!\d)(\d)/(\d)(?!\d)")
_ZH_METRE = re.compile(r"([四八])([二三四六九])拍")  # 四三拍 is three quarters
_BARS = re.compile(r"(\d{1,2}|[一二两三四五六七八九十]{1,3})\s*+(?:(?:-\s*+)?bars?|measures?|个?小节)")
_LONG = re.compile(r"\blong (?:tune|piece|song)|长曲|较长|很长")
_TEMPO = re.compile(r"(\d{2,3})\s*+(?:bpm|拍每分|拍/分)|(?:tempo|速度)\D{0,4}(\d{2,3})")


def _key(text: str, note: Any) -> None:
    found = _ZH_KEY.search(text)
    if found:
        sign = {"升": "#", "降": "b"}.get(found[1] or "", found[3] or "")
        note("key", _tonic(found[2], sign), found[0])
        mode = {"大调": "major", "小调": "minor", "多利亚": "dorian", "混合利底亚": "mixolydian"}.get(
            found[4]
        )
        if mode:
            note("mode", mode, found[0])
        return
    english = _EN_KEY.search(text) or _EN_BARE.search(text)
    if english:
        words = (english[2] or "").lower()
        sign = "#" if "sharp" in words or words == "#" else "b" if words else ""
        note("key", _tonic(english[1], sign), english[0].strip())
        if english.re is _EN_KEY:
            mode = english[3].lower()
            note(
                "mode",
                "minor" if mode in ("m", "min", "minor") else mode if len(mode) > 5 else "major",
                english[0],
            )
        return
    _mode_alone(text, note)


def _mode_alone(text: str, note: Any) -> None:
    found = _search(r"dorian|多利亚", text.lower())
    if found:
        note("mode", "dorian", found[0])
    found = _search(r"mixolydian|混合利底亚", text.lower())
    if found:
        note("mode", "mixolydian", found[0])
    found = _search(r"major|大调", text.lower())
    if found:
        note("mode", "major", found[0])
    found = _search(r"minor|小调式?", _SONGS.sub("", text.lower()))
    if found:
        note("mode", "minor", found[0])


def _tonic(letter: str, sign: str) -> str:
    name = letter.upper() + sign
    return _FLATTENED.get(name, name)


def _number(text: str) -> int:
    """``"16"``, ``"十六"``, ``"三十二"``; 0 for anything else."""
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return _NUMBERS.get(text, 0)
    return 10 * (_NUMBERS.get(tens, 1) if tens else 1) + (_NUMBERS.get(ones, 0) if ones else 0)


def _metre_and_size(text: str, note: Any) -> None:
    found = _METRE.search(text)
    if found and found[0] in _METRES:
        note("metre", found[0], found[0])
    found = _ZH_METRE.search(text)
    if found:
        metre = f"{_NUMBERS[found[2]]}/{_NUMBERS[found[1]]}"
        if metre in _METRES:
            note("metre", metre, found[0])
    found = _search(r"three[ -]four|triple time|三拍子?", text)
    if found:
        note("metre", "3/4", found[0])
    found = _BARS.search(text)
    if found and 4 <= _number(found[1]) <= 64:
        note("bars", _number(found[1]), found[0])
    found = _search(r"short|brief|短小|简短|短", text)
    if found:
        note("bars", 8, found[0])
    found = _LONG.search(text)
    if found:
        note("bars", 32, found[0])
    found = _TEMPO.search(text)
    if found and 20 <= int(found[1] or found[2]) <= 400:
        note("tempo", int(found[1] or found[2]), found[0])


def _players(text: str, note: Any) -> None:
    for field, pattern in (
        ("drums", r"drums?|percussion|打击乐|鼓点|鼓|节奏组"),
        ("bass", r"bass|贝斯|低音"),
        ("chords", r"chords?|accompaniment|accompanied|harmony|和弦|伴奏|和声"),
    ):
        found = _search(pattern, text)
        if found:
            note(field, True, found[0])
    instrument, words = _first(text, INSTRUMENTS)
    if instrument:
        note("instrument", instrument, words)


def _moods(text: str, result: dict[str, Found], note: Any) -> None:
    """Moods choose a mode and a pace where neither is said."""
    happy, sad = _search(HAPPY, text), _search(SAD, text)
    chinese = _search(CHINESE, text) or _search("|".join(p for n, p in INSTRUMENTS if n in _CHINESE), text)
    if chinese and "key" not in result and "mode" not in result:
        scale = "yu" if sad else "zhi" if _search(JIANGNAN, text) else "gong"
        note("scale", scale, chinese[0])
    if chinese:
        note("style", "air", chinese[0])
        note("ornaments", "few", chinese[0])
        note("instrument", "erhu" if sad else "dizi", chinese[0])
    if "scale" not in result and (happy or sad):
        note("mode", "minor" if sad else "major", (sad or happy or chinese)[0])  # type: ignore[index]
    slow, fast = _search(SLOW, text), _search(FAST, text)
    pace = 1.0
    if slow or sad:
        pace = 0.72
    elif fast or happy:
        pace = 1.18
    mood = slow or fast or sad or happy
    if mood:
        style = result["style"].value if "style" in result else "air" if slow or sad else "reel"
        note("style", style, mood[0])
        note("tempo", int(PLAIN_TEMPO[style] * pace), mood[0])
