"""What a visitor asked a poem for, in words that the poem model knows.

Knows how people write to it: sentences ("写一首关于秋夜的七绝"), traditional characters, punctuation, other
scripts, characters that are in no poem. What can be passed over is passed over and told in a note; what
cannot is one clear sentence. A visitor's text never becomes one of the model's markers: only characters do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from aigc_demo.tasks.poems import prose, script
from aigc_demo.tasks.poems.images import modern_in
from aigc_demo.tasks.poems.limits import KEY_MOST, KEYS_MOST, TITLE_MOST
from aigc_demo.tasks.poems.prosody import FORMS
from aigc_demo.tasks.poems.tokens import PoemRequest, Vocabulary
from aigc_demo.types import UserError

if TYPE_CHECKING:
    from aigc_demo.tasks.poems.params import PoemParams

_HAN = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_CHINESE = re.compile(f"[{_HAN}]+")
_UNCHOSEN = "七绝"
"""The form that a poem has where nobody chooses one."""
_SPELLED = {"五言绝句": "五绝", "七言绝句": "七绝", "五言律诗": "五律", "七言律诗": "七律"}
_FORM = re.compile("|".join((*_SPELLED, *FORMS)))
_HEADS = re.compile(f"藏头诗?[是为:：，, ]*[“”\"'「《]?([{_HAN}]{{4,8}})[”\"'」》]?")
_TITLED = re.compile(
    f"(?:题目|标题|题名|诗题|题)(?:叫做?|是|为|：|:)?(?:[“\"'「《]([{_HAN}]{{1,20}})[”\"'」》]"
    f"|(?<=..[做叫是为：:])([{_HAN}]{{1,12}}?)(?=[，,。.；;的]|$))"
)
_LENGTH = re.compile(r"([五七])[言绝]?(?![言绝律]*[绝律])")
_BEFORE = re.compile(r"^诗[\s:：，,·]++")
_BEHIND = re.compile(r"(?<![\s，,·（(])[\s，,·（(]++诗[)）]?$")
_REQUEST = re.compile(
    r"^(?:请|帮我|给我|为我|我想要?+|我要)*+(?:写|作|做|来|赋)(?:个|一)?首?(?:关于|有关|描写|描绘|题为|写|咏|以)?"
    r"(?P<theme>.*?)(?:为题目?|为主题)?的?(?:古?诗|绝句|律诗|诗歌|小诗|诗词)?(?:吧)?$"
)
_ASKS = re.compile(r"首|诗|绝句|律诗")
_BETWEEN_KEYS = re.compile(r"[\s,，、;；/|]++")
_NO_LETTER_BUT_CHINESE = re.compile(rf"[{_HAN}\W_]++")
_SIGNS = re.compile(r"[，。、！？；：,.!?;:]")
_CHINESE_OR_BLANK = re.compile(rf"[{_HAN}\s]++")


Images = Callable[[str], Sequence[str]]
"""A word of today -> images of verse that are near to it."""


@dataclass(frozen=True)
class Note:
    """Something the visitor should know of how the wish was read: a sentence of strings.json."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """The wish in simplified characters that the model knows, and what was passed over on the way."""

    request: PoemRequest
    notes: tuple[Note, ...]


def read(params: PoemParams, vocabulary: Vocabulary, images: Images | None = None) -> Asked:
    """The wish behind the parameters.

    A word of today in the theme is carried by images of verse, where they can be found; the title stays.

    Raises:
        UserError: a theme without any Chinese character, heads that are too few, too many or unknown.
    """
    notes: list[Note] = []
    said = script.simplified(params.title.strip() or params.prompt.strip())
    request = PoemRequest(params.form, params.dynasty, heads=chinese(script.simplified(params.acrostic)))
    theme = said
    if not params.title.strip():
        theme, request = understood(said, request, notes)
    else:
        request, _ = _fitting_form(request, "", notes)
    found: Sequence[str] = ()
    if images and (today := modern_in(theme)):
        found = images(today)
        notes.append(Note("text.poem.note.images", {"word": today, "images": "、".join(found)}))
        request = replace(request, called=chinese(theme)[:TITLE_MOST])
        theme = "".join((*found, theme.replace(today, "")))
    title = title_of(theme, vocabulary, notes)
    keys = keys_of(script.simplified(params.keywords), vocabulary, notes) or tuple(found)
    if params.acrostic.strip():
        _check_heads(params.acrostic, request, vocabulary)
    elif request.heads:
        _check_heads(request.heads, request, vocabulary, "prompt")
    if theme and not (title or keys or request.heads):
        if rare := chinese(theme):
            field_ = "title" if params.title.strip() else "prompt"
            raise UserError("poem_rare", "error.poem_rare", field=field_, chars=_short(rare))
        field_ = "title" if params.title.strip() else "prompt"
        raise UserError("poem_not_chinese", "error.poem_not_chinese", field=field_, text=_short(theme))
    return Asked(replace(request, title=title, keys=keys), tuple(notes))


def understood(said: str, request: PoemRequest, notes: list[Note]) -> tuple[str, PoemRequest]:
    """The theme in a sentence, and form and heads where the sentence names them.

    A request for something in prose has a theme too; that no prose was written is told.
    """
    if prose.is_prose(said) and (theme := prose.theme_of(said)):
        notes.append(Note("text.poem.note.prose", {"theme": theme}))
        return theme, request
    if heads := _HEADS.search(said):
        if not request.heads:
            request = replace(request, heads=heads[1])
        said = said.replace(heads[0], "").strip(" ，,。：:")
    request, said = _fitting_form(request, said, notes)
    if titled := _TITLED.search(said):
        return titled[1] or titled[2], _named_form(said, request, notes)
    if found := _FORM.search(said):
        form = _SPELLED.get(found[0], found[0])
        if form != request.form:
            notes.append(Note("text.poem.note.form", {"form": form}))
        request = replace(request, form=form)
        said = _FORM.sub("诗", said)
        said = _BEHIND.sub("", _BEFORE.sub("", said))
    asked = _REQUEST.match(said.rstrip("。.！!？? "))
    if asked and _ASKS.search(said):
        said = asked["theme"].strip(" “”\"'《》「」，,：:")
    return ("" if said == "诗" else said), request


def _named_form(said: str, request: PoemRequest, notes: list[Note]) -> PoemRequest:
    """The form that a sentence names, if it names one."""
    if (found := _FORM.search(said)) is None:
        return request
    form = _SPELLED.get(found[0], found[0])
    if form != request.form:
        notes.append(Note("text.poem.note.form", {"form": form}))
    return replace(request, form=form)


def _fitting_form(request: PoemRequest, said: str, notes: list[Note]) -> tuple[PoemRequest, str]:
    """The form that the heads and a bare ``五言`` or ``七言`` ask for, where no form is named."""
    length = None if _FORM.search(said) else _LENGTH.search(said)
    form = request.form
    free = form == _UNCHOSEN or length is not None
    if length is not None and "言" in length[0]:
        said = said.replace(length[0], "").strip(" ，,。：:的")
        form = length[1] + form[1]
    if free and len(request.heads) == 8 and not _FORM.search(said):
        form = form[0] + "律"
    if form != request.form and form in FORMS:
        notes.append(Note("text.poem.note.form", {"form": form}))
        request = replace(request, form=form)
    return request, said


def title_of(theme: str, vocabulary: Vocabulary, notes: list[Note]) -> str:
    """As much of a theme as the model reads."""
    known = _known(theme, vocabulary, notes)
    if len(known) > TITLE_MOST:
        notes.append(Note("text.poem.note.cut", {"limit": TITLE_MOST, "title": known[:TITLE_MOST]}))
    return known[:TITLE_MOST]


def keys_of(said: str, vocabulary: Vocabulary, notes: list[Note]) -> tuple[str, ...]:
    """The words to be used, as many and as much of each as the model reads."""
    words = [_known(word, vocabulary, notes) for word in _BETWEEN_KEYS.split(said) if word]
    words = list(dict.fromkeys(word for word in words if word))
    if longer := [word for word in words if len(word) > KEY_MOST]:
        notes.append(Note("text.poem.note.long_key", {"word": longer[0], "limit": KEY_MOST}))
    if len(words) > KEYS_MOST:
        notes.append(
            Note("text.poem.note.many_keys", {"limit": KEYS_MOST, "rest": " ".join(words[KEYS_MOST:])})
        )
    return tuple(word[:KEY_MOST] for word in words[:KEYS_MOST])


def _known(text: str, vocabulary: Vocabulary, notes: list[Note]) -> str:
    """The Chinese characters that the model knows; the others are told."""
    said = chinese(text)
    foreign = _NO_LETTER_BUT_CHINESE.sub(" ", text).strip()
    if foreign:
        notes.append(Note("text.poem.note.foreign", {"text": _short(foreign)}))
    unknown = "".join(dict.fromkeys(char for char in said if not vocabulary.knows(char)))
    if unknown:
        notes.append(Note("text.poem.note.unknown", {"chars": unknown[:8]}))
    return "".join(char for char in said if vocabulary.knows(char))


def _check_heads(said: str, request: PoemRequest, vocabulary: Vocabulary, name: str = "acrostic") -> None:
    """Raise a sentence that names what is wrong with the heads."""
    lines = FORMS[request.form].lines
    if foreign := _CHINESE_OR_BLANK.sub("", _SIGNS.sub("", said)):
        raise UserError("poem_heads", "error.poem_heads_foreign", field=name, text=_short(foreign))
    if len(request.heads) != lines:
        raise UserError(
            "poem_heads", "error.poem_heads_count", field=name,
            form=request.form, lines=lines, count=len(request.heads), text=_short(request.heads),
        )  # fmt: skip
    for char in request.heads:
        if not vocabulary.knows(char):
            raise UserError("poem_heads", "error.poem_heads_unknown", field=name, char=char)


def chinese(text: str) -> str:
    """The Chinese characters of a text."""
    return "".join(_CHINESE.findall(text))


def _short(text: str) -> str:
    return text if len(text) <= 24 else text[:24] + "…"
