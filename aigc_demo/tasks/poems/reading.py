"""What is understood of a request for a poem, before it is written and beside it.

Knows how the poem model's reader takes a sentence apart (:mod:`asking`), and which requests are for no poem.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from aigc_demo.settings import ASSETS
from aigc_demo.tasks.poems import asking, prose, script
from aigc_demo.tasks.poems.asking import Note
from aigc_demo.tasks.poems.images import modern_in
from aigc_demo.tasks.poems.limits import TITLE_MOST
from aigc_demo.tasks.poems.prosody import FORMS
from aigc_demo.tasks.poems.tokens import PoemRequest, Vocabulary
from aigc_demo.types import ModelSpec, Output, Reading, Remark, Step, Term
from aigc_demo.types.readings import OTHER_MODELS, shortened

if TYPE_CHECKING:
    from aigc_demo.tasks.poems.params import PoemParams

LONGEST = 500
"""Characters of each setting that are read: a theme has a dozen."""


def read(values: Mapping[str, Any], spec: ModelSpec, _: Sequence[Mapping[str, str]]) -> Reading:
    """Form, theme, keywords and acrostic as the poem model will be given them."""
    given = {
        name: str(values.get(name) or "")[:LONGEST]
        for name in ("title", "prompt", "form", "keywords", "acrostic")
    }
    said = script.simplified(given["title"].strip() or given["prompt"].strip())
    form = given["form"] if given["form"] in FORMS else "七绝"
    request = PoemRequest(form, heads=asking.chinese(script.simplified(given["acrostic"])))
    notes: list[Note] = []
    theme, request = (said, request) if given["title"].strip() else asking.understood(said, request, notes)
    vocabulary = words_known()
    title = asking.title_of(theme, vocabulary, notes)
    keys = asking.keys_of(script.simplified(given["keywords"]), vocabulary, notes)
    if not (said or keys or request.heads):
        return Reading()
    today = modern_in(theme) if spec.extras and not prose.is_prose(said) else ""
    if today:
        return Reading(
            (Term(setting="form", value=request.form), _theme(asking.chinese(theme)[:TITLE_MOST])),
            remarks=(Remark("text.poem.modern", {"word": today}),),
        )
    if theme and not (title or keys or request.heads):
        return Reading(unknown=_passed_over(notes), sure=False)
    kept = [Term(setting="form", value=request.form)]
    if title:
        kept.append(_theme(title))
    if request.heads:
        kept.append(Term(key="text.poem.heads", values={"heads": request.heads}))
    kept += [Term(key, key="text.request.key", values={"word": key}) for key in keys]
    left_out = _left_out(theme, title)
    if prose.is_prose(said):
        return Reading(
            tuple(kept), _asked_in_prose(said), _passed_over(notes), sure=False, remarks=(_instead(said),)
        )
    return Reading(tuple(kept), left_out, _passed_over(notes))


def _theme(title: str) -> Term:
    return Term(title, key="text.request.theme", values={"theme": title})


def account(params: PoemParams, outputs: Sequence[Output], _: ModelSpec) -> Reading:
    """What a poem was made of, and which of the words asked for are not in it."""
    poem: Mapping[str, Any] = outputs[0].meta["poem"]
    kept = [Term(setting="form", value=poem["form"])]
    if poem["title"]:
        kept.append(_theme(poem["title"]))
    if poem["heads"]:
        kept.append(Term(key="text.poem.heads", values={"heads": poem["heads"]}))
    keys = poem["keywords"]
    kept += [
        Term(one["word"], key="text.request.key", values={"word": one["word"]})
        for one in keys
        if one["found"]
    ]
    missing = tuple(Term(one["word"]) for one in keys if not one["found"])
    said = script.simplified(params.title.strip() or params.prompt.strip())
    notes = [Note(note["key"], note["values"]) for note in poem["notes"]]
    if prose.is_prose(said):
        remark = Remark("text.request.poems_only")
        return Reading(
            tuple(kept), (*_asked_in_prose(said), *missing), _passed_over(notes), remarks=(remark,)
        )
    return Reading(tuple(kept), missing, _passed_over(notes))


def _instead(said: str) -> Remark:
    """That only poems are written here, and what can be done: one about the same thing, or another model."""
    theme = prose.theme_of(said)
    about = (Step("text.request.poem_about", {"theme": theme}, {"prompt": theme}),) if theme else ()
    return Remark("text.request.poems_only", steps=(*about, OTHER_MODELS))


def _asked_in_prose(said: str) -> tuple[Term, ...]:
    kind = prose.kind_of(said)
    return (Term(kind),) if kind else ()


def _left_out(theme: str, title: str) -> tuple[Term, ...]:
    """What of a theme is beyond what the model reads."""
    rest = asking.chinese(theme)[TITLE_MOST:] if len(title) == TITLE_MOST else ""
    return (Term(shortened(rest)),) if rest else ()


def _passed_over(notes: Sequence[Note]) -> tuple[Term, ...]:
    """Words in other scripts and characters that are in no poem."""
    said = [note.values.get("text") or note.values.get("chars") for note in notes]
    return tuple(Term(shortened(str(words))) for words in said if words)


@cache
def words_known() -> Vocabulary:
    """The characters of the model that ships."""
    return Vocabulary.load(ASSETS / "models" / "shigpt" / "tokens.json")
