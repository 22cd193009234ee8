"""ShiGPT's card: what it is, what it was found to do, twelve poems that nobody chose.

Knows the figures of ``shigpt_eval`` and how they are laid out. Computes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

CARD = """\
# ShiGPT

Writes classical Chinese poems in the four regulated forms (五绝, 七绝, 五律, 七律), to a title, to keywords,
or as an acrostic. Made for this project; it runs without a network on one processor core.

- **What it is**: a Llama of {parameters:.1f} million parameters over {vocabulary:,} tokens: characters, and
  markers for the form, the plan of tones and the rhyme. float16 on disk, computed in float32.
- **Trained on**: {trained_on:,} poems of Tang and Song from chinese-poetry, simplified with OpenCC; {steps}
  All poems of some authors were held out ({tested_on:,} of them for the figures below).
- **How it writes**: it first says how the tones begin and which rhyme it takes, then the lines. *Learned*:
  from there on it is alone; only the number of lines and of characters is fixed. *Enforced*: where tones
  count, and at the ends of lines, only characters that keep its own plan are allowed, and few stand twice.
- **Licence**: weights Apache-2.0; notices of its sources in `NOTICE.txt`.

## Figures

Printed by `python -m aigc_demo.training.shigpt_eval --count {count}`: {written} poems for titles of held-out
authors, temperature {temperature}, top-p {top_p}. Rules hold so often, in per cent of the places where the
rhyme book decides (a character with both tones decides nothing).

{rules}

| in per cent | learned | enforced | people | chance |
|---|---|---|---|---|
{variety}

| | |
|---|---|
| bits a character, held-out authors, title given | {bits} |
| poems with exactly the lines of their form | {validity} % |
| acrostics with exactly the heads asked for | {acrostic} % |
| keywords used at the first try, learned | {keywords[raw]} % |
| keywords used once they were given places, enforced | {keywords[placed]} % |

"People" are the held-out poems with those same titles; "chance" are characters drawn blindly. Lines found
verbatim: also people quote, and short lines meet.

## Twelve poems

The first twelve, enforced, forms in turn, none left out.

{poems}

## Limits

It knows how such poems sound better than what they say: many lines make sense, some do not, the four or
eight together have a mood rather than a thought, and a title outside its world (a modern thing, a long
sentence) is a hint at best. Rhymes and tones are those of the medieval rhyme book, not of today's speech. It
repeats what Tang and Song poems are full of: autumn, parting, wine, and the views of the men who wrote them.
"""

_RULES = {
    "rhyme": "rhyme",
    "level": "rhyme-words level 平",
    "opposition": "opposition 对",
    "alternation": "alternation",
    "adhesion": "adhesion 粘",
}
_WRITERS = {"raw": "learned", "enforced": "enforced", "human": "people", "chance": "chance"}
_VARIETY = {
    "repeated": "characters that stood in the poem before",
    "distinct_2": "different pairs of characters",
    "verbatim": "lines found verbatim in training poems",
}


def write_card(model: Path) -> None:
    """Write card.md beside the model from config.json, training.json and, where it is there, figures.json."""
    if not (model / "figures.json").exists():
        (model / "card.md").write_text("# ShiGPT\n\nNot examined yet.\n", "utf-8")
        return
    figures: dict[str, Any] = json.loads((model / "figures.json").read_text("utf-8"))
    training: dict[str, Any] = json.loads((model / "training.json").read_text("utf-8"))
    layout = {
        **figures,
        "parameters": training["parameters"] / 1e6,
        "vocabulary": len(json.loads((model / "tokens.json").read_text("utf-8"))),
        "steps": f"{training['tokens']:,} tokens\n  seen in {training['minutes']:.0f} minutes on one core.",
        "rules": _rules(figures["rules"]),
        "variety": "\n".join(_row(name, key, figures["variety"]) for key, name in _VARIETY.items()),
        "poems": "\n\n".join(map(_poem, figures["poems"])),
    }
    (model / "card.md").write_text(CARD.format(**layout), "utf-8")


def _rules(found: dict[str, Any]) -> str:
    head = [
        "| | writer |" + "".join(f" {name} |" for name in _RULES.values()),
        "|---" * (len(_RULES) + 2) + "|",
    ]
    rows = [
        f"| {'all four' if form == 'all' else form} | {writer} |"
        + "".join(f" {found[key][form][rule]:g} |" for rule in _RULES)
        for form in next(iter(found.values()))
        for key, writer in _WRITERS.items()
    ]
    return "\n".join(head + rows)


def _row(name: str, key: str, found: dict[str, Any]) -> str:
    return f"| {name} |" + "".join(f" {found[writer][key]:g} |" for writer in _WRITERS)


def _poem(one: dict[str, Any]) -> str:
    """A poem as a quotation, its lines kept apart."""
    known: Iterable[str] = one["verbatim"]
    metrics = f"  \n> *(verbatim from a training poem: {'，'.join(known)})*" if known else ""
    lines = [line for line in one["text"].split("\n") if line]
    return "> " + "  \n> ".join([f"**{lines[0]}** ({one['form']})", *lines[1:]]) + metrics
