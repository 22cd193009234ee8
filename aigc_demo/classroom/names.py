"""What pupils are called: a nickname that may stand on a wall, or an animal that is drawn for them.

Knows letters, the policy for classrooms and who is not to be impersonated. A list stops the first try; a
teacher hides the second. Knows nothing of rooms.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Sequence

from aigc_demo.guard import policy
from aigc_demo.types import Language, UserError

LEVEL: policy.Level = "classroom"
"""What words in a room are checked by, unless the server takes everything."""
MOST_LETTERS = 20
LONGEST_INPUT = 200
"""Letters of an input that is looked at at all."""
_MARKS_IN_A_ROW = 2
"""More accents on one letter are no language's, and draw over the neighbours."""

ANIMALS: dict[str, tuple[str, str, str]] = {
    "fox": ("🦊", "Fox", "狐狸"),
    "panda": ("🐼", "Panda", "熊猫"),
    "otter": ("🦦", "Otter", "水獭"),
    "owl": ("🦉", "Owl", "猫头鹰"),
    "whale": ("🐳", "Whale", "鲸鱼"),
    "tiger": ("🐯", "Tiger", "老虎"),
    "frog": ("🐸", "Frog", "青蛙"),
    "koala": ("🐨", "Koala", "考拉"),
    "penguin": ("🐧", "Penguin", "企鹅"),
    "rabbit": ("🐰", "Rabbit", "兔子"),
    "lion": ("🦁", "Lion", "狮子"),
    "octopus": ("🐙", "Octopus", "章鱼"),
    "butterfly": ("🦋", "Butterfly", "蝴蝶"),
    "turtle": ("🐢", "Turtle", "乌龟"),
    "dolphin": ("🐬", "Dolphin", "海豚"),
    "hedgehog": ("🦔", "Hedgehog", "刺猬"),
    "deer": ("🦌", "Deer", "小鹿"),
    "swan": ("🦢", "Swan", "天鹅"),
    "crab": ("🦀", "Crab", "螃蟹"),
    "bee": ("🐝", "Bee", "蜜蜂"),
    "zebra": ("🦓", "Zebra", "斑马"),
    "giraffe": ("🦒", "Giraffe", "长颈鹿"),
    "llama": ("🦙", "Llama", "羊驼"),
    "peacock": ("🦚", "Peacock", "孔雀"),
    "seal": ("🦭", "Seal", "海豹"),
    "squirrel": ("🐿️", "Squirrel", "松鼠"),
    "parrot": ("🦜", "Parrot", "鹦鹉"),
    "camel": ("🐫", "Camel", "骆驼"),
    "wolf": ("🐺", "Wolf", "小狼"),
    "elephant": ("🐘", "Elephant", "大象"),
}
"""A picture of each, and what it is called in English and in Chinese."""
_COLOURS = (
    ("Red", "红"),
    ("Blue", "蓝"),
    ("Green", "绿"),
    ("Golden", "金"),
    ("Silver", "银"),
    ("Violet", "紫"),
)

_RESERVED = ("teacher", "admin", "moderator", "aigcstudio", "老师", "教师", "管理员", "班主任", "校长")
"""Who a pupil is not."""
_LOOKS_LIKE = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"}
)


def nickname(wanted: str, taken: Sequence[str] = ()) -> str:
    """``wanted`` as it may be shown: one line, no marks that turn or hide letters.

    Raises:
        UserError: 422 ``name_too_long``, ``name_empty``, ``name_refused``; 409 ``name_taken``.
    """
    if len(wanted) > LONGEST_INPUT:
        raise _refusal("name_too_long")
    name = _shown(wanted)
    if len(name) > MOST_LETTERS:
        raise _refusal("name_too_long")
    bare = _bare(name)
    if not bare:
        raise _refusal("name_empty")
    if is_refused(name) or bare.startswith(_RESERVED):
        raise _refusal("name_refused")
    if bare in {_bare(each) for each in taken}:
        raise UserError("name_taken", "error.class_name_taken", status=409, field=None)
    return name


def is_refused(words: str) -> bool:
    """Whether no wall shows these words: by the policy for classrooms, whatever the server's own is."""
    return policy.find([words], LEVEL) is not None


def drawn_animal() -> str:
    """An animal by chance."""
    return secrets.choice(tuple(ANIMALS))


def animal_name(animal: str, language: Language, taken: Sequence[str]) -> str:
    """What the animal is called whom nobody is called yet: with a colour, then with a number."""
    place = 1 if language == "en" else 2
    called = ANIMALS[animal][place]
    glue = " " if language == "en" else ""
    colours = [colour[place - 1] for colour in _COLOURS]
    for name in [
        f"{colour}{glue}{called}" for colour in secrets.SystemRandom().sample(colours, len(colours))
    ]:
        if name not in taken:
            return name
    number = 2
    while f"{called} {number}" in taken:
        number += 1
    return f"{called} {number}"


def _refusal(code: str) -> UserError:
    return UserError(code, f"error.class_{code}", status=422, limit=MOST_LETTERS)


def _shown(wanted: str) -> str:
    """Composed letters on one line, without controls, marks of direction and heaps of accents."""
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFKC", wanted):
        kind = unicodedata.category(char)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if kind[0] == "C" or marks > _MARKS_IN_A_ROW:
            continue
        kept.append(" " if kind[0] == "Z" else char)
    return " ".join("".join(kept).split())


def _bare(name: str) -> str:
    """Letters alone, by which two names that look alike are one."""
    letters = unicodedata.normalize("NFD", name.casefold().translate(_LOOKS_LIKE))
    return "".join(char for char in letters if char.isalnum())
