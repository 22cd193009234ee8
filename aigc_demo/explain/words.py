"""An explanation in words: sentences and a table for each section, for whoever does not see the drawing.

Knows the kinds of sections, by :data:`TOLD`, and both languages. The command line, screen readers and the
page of a link read the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from aigc_demo import i18n
from aigc_demo.explain import Bytes
from aigc_demo.types import Language

_LOOKS = 3
"""Places that are told of where a token looked."""


@dataclass(frozen=True)
class Words:
    """One section in words; a table without rows is none."""

    title: str
    sentences: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


class _Speaker:
    """Sentences and numbers of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, key: str, **values: Any) -> str:
        return i18n.t(f"inside.{key}", self.language, **values)

    def several(self, keys: Sequence[str]) -> tuple[str, ...]:
        """The heads of a table."""
        return tuple(self(key) for key in keys)

    def remark(self, told: Mapping[str, Any]) -> str:
        """A sentence that came with a section."""
        return i18n.t(told["key"], self.language, **told["values"])

    def joined(self, parts: Sequence[str]) -> str:
        """A list in one line."""
        return i18n.t("list.comma", self.language).join(parts)

    def named(self, names: Mapping[str, str]) -> str:
        """What a thing is called in this language."""
        return names.get(self.language) or next(iter(names.values()), "")

    def quoted(self, text: str) -> str:
        """A token as it is read: blanks and line ends by their signs."""
        shown = text.replace("\n", "⏎").replace("\t", "⇥")
        return f"“{shown.replace(' ', '␣') if not shown.strip() else shown.strip()}”"


def percent(share: float) -> str:
    """A probability, two digits where it is small."""
    return f"{share:.0%}" if share >= 0.1 or share == 0 else f"{share:.1%}" if share >= 0.001 else "<0.1%"


def told(plain: Mapping[str, Any], language: Language) -> list[Words]:
    """Each section of :meth:`Explanation.plain` in words; one of no known kind is left out."""
    say, found = _Speaker(language), []
    for section in plain["sections"]:
        if (tell := TOLD.get(section["kind"])) is not None:
            one = tell(section["data"], say)
            remarks = tuple(say.remark(remark) for remark in section["remarks"])
            found.append(Words(one.title, (*one.sentences, *remarks), one.head, one.rows))
    return found


def _tokens(data: Mapping[str, Any], say: _Speaker) -> Words:
    whole = data["tokens"]
    how = data["settings"]
    sentences = [
        say(
            "tokens.sum", count=len(whole), bits=f"{data['bits']:g}", each=f"{data['bits'] / len(whole):.2f}"
        ),
        say("tokens.settings", **{name: f"{value:g}" for name, value in how.items()}),
    ]
    if data["more"]:
        sentences.append(say("tokens.more", count=data["more"]))
    head = ("tokens.token", "tokens.bits", "tokens.own", "tokens.drawn", "tokens.instead", "tokens.cut")
    rows = [_token_row(one, say) for one in whole]
    return Words(say("tokens.title"), tuple(sentences), say.several(head), tuple(rows))


def _token_row(one: Mapping[str, Any], say: _Speaker) -> tuple[str, ...]:
    steps = one["steps"]
    others = [
        f"{say.quoted(choice['text'])} {percent(choice['p'])}"
        for choice in steps[0]["choices"]
        if not choice.get("chosen")
    ]
    return (
        say.quoted(one["text"]),
        f"{one['bits']:.1f}",
        " · ".join(percent(step["p"]) for step in steps),
        " · ".join(percent(step["q"]) for step in steps),
        say.joined(others[:4]),
        _cut(steps, say),
    )


def _cut(steps: Sequence[Mapping[str, Any]], say: _Speaker) -> str:
    """What was taken away before the choice."""
    found = []
    for step in steps:
        if step.get("rule"):
            found.append(say(f"rule.{step['rule']}"))
        if wanted := step.get("wanted"):
            found.append(say("tokens.overruled", text=say.quoted(wanted["text"]), p=percent(wanted["p"])))
        if step["cut"]["settings"] >= 0.001:
            found.append(say("tokens.limited", p=percent(step["cut"]["settings"]), left=step["left"]))
    return say.joined(found)


def _attention(data: Mapping[str, Any], say: _Speaker) -> Words:
    looks = (
        Bytes(tuple(data["looks"]["shape"]), data["looks"]["data"]).numbers().mean((0, 1))
    )  # (rows, columns)
    columns = columns_of(data)
    first = say("attention.first", p=percent(float(looks[:, 0].mean())))
    rows = []
    for number, row in enumerate(looks):
        best = [int(at) for at in np.argsort(-row[1:], kind="stable")[:_LOOKS] + 1 if row[at] > 0]
        seen = [f"{say.quoted(columns[at])} {percent(float(row[at]))}" for at in best]
        rows.append((say.quoted(data["rows"][number]), say.joined(seen)))
    sizes = say("attention.sizes", layers=data["layers"], heads=data["heads"])
    head = say.several(("tokens.token", "attention.looked"))
    return Words(say("attention.title"), (sizes, first), head, tuple(rows))


def columns_of(data: Mapping[str, Any]) -> list[str]:
    """What attention could look at; what was asked is a dot each where it is not to be told."""
    if "columns" in data:
        return list(data["columns"])
    return [*["·"] * data["asked"], *data["rows"]]


def _concepts(data: Mapping[str, Any], say: _Speaker) -> Words:
    rows = [
        (
            say.named(one["names"]),
            percent(one["share"]),
            say("concepts.painted") if one.get("painted") else "",
        )
        for one in data["things"]
    ]
    sentences = [say("concepts.drawn", drawn=f"{data['drawn']:g}", count=data["of"])]
    head = say.several(("concepts.thing", "concepts.share", "concepts.fate"))
    return Words(say("concepts.title"), tuple(sentences), head, tuple(rows))


def _sketch(data: Mapping[str, Any], say: _Speaker) -> Words:
    shown = [*data["pictures"], *data.get("given", ())]
    return Words(say("sketch.title"), tuple(say.remark(one) for one in shown))


def _film(data: Mapping[str, Any], say: _Speaker) -> Words:
    rows = [
        (str(step), percent(noise), *(f"{row['far'][at]:.2f}" for row in data["rows"]))
        for at, (step, noise) in enumerate(zip(data["steps"], data["noise"], strict=True))
    ]
    names = [i18n.t(row["key"], say.language) for row in data["rows"]]
    head = (say("film.step"), say("film.noise"), *names)
    sentences = (say("film.guidance", guidance=f"{data['guidance']:g}"), _apart(data, say))
    return Words(say("film.title"), sentences, head, tuple(rows))


def _apart(data: Mapping[str, Any], say: _Speaker) -> str:
    """In what distances are told: of latents, or of the pixels where there is nothing else."""
    return say("film.far_pixels" if data.get("pixels") else "film.far")


def _nearest(data: Mapping[str, Any], say: _Speaker) -> Words:
    rows = [(say.named(one["names"]), percent(one["likeness"])) for one in data["things"]]
    head = say.several(("concepts.thing", "nearest.likeness"))
    return Words(say("nearest.title"), (say("nearest.what"),), head, tuple(rows))


def _learnt(data: Mapping[str, Any], say: _Speaker) -> Words:
    rows = [(say.joined(one["labels"]) or "–", f"{one['far']:.2f}") for one in data["things"]]
    sentences = [say("learnt.of", count=data["of"])]
    if "recognised" in data:
        sentences.append(say("learnt.recognised", digit=data["recognised"]))
    head = say.several(("learnt.label", "walk.far"))
    return Words(say("learnt.title"), tuple(sentences), head, tuple(rows))


def _walk(data: Mapping[str, Any], say: _Speaker) -> Words:
    rows = [(percent(one["share"]), f"{one['far']:.2f}") for one in data["frames"]]
    sentences = (say("walk.from", seed=data["seed"], seed2=data["seed2"]), _apart(data, say))
    return Words(say("walk.title"), sentences, say.several(("walk.share", "walk.far")), tuple(rows))


def _notes(data: Mapping[str, Any], say: _Speaker) -> Words:
    rows = []
    for note in data["notes"]:
        others = [
            f"{one['name']} {percent(one['p'])}" for one in note["others"] if one["name"] != note["name"]
        ]
        forbidden = (
            say("notes.forbidden_part", p=percent(note["forbidden"])) if note["forbidden"] >= 0.001 else ""
        )
        bar = str(note["bar"] + 1)
        rows.append(
            (bar, note["name"], f"{note['length']:g}", f"{note['bits']:.1f}", say.joined(others), forbidden)
        )
    head = ("notes.bar", "notes.note", "notes.length", "tokens.bits", "tokens.instead", "tokens.cut")
    return Words(say("notes.title"), (say("notes.count", count=len(rows)),), say.several(head), tuple(rows))


def _bars(data: Mapping[str, Any], say: _Speaker) -> Words:
    alike = Bytes(tuple(data["likeness"]["shape"]), data["likeness"]["data"]).numbers()
    looks = None
    if "looks" in data:
        looks = Bytes(tuple(data["looks"]["shape"]), data["looks"]["data"]).numbers()
    rows = []
    for bar in range(data["bars"]):
        like = [at for at in np.argsort(-alike[bar], kind="stable") if at != bar and alike[bar][at] > 0][
            :_LOOKS
        ]
        row = [str(bar + 1), say.joined([f"{at + 1} ({percent(float(alike[bar][at]))})" for at in like])]
        if looks is not None:
            back = [at for at in np.argsort(-looks[bar], kind="stable") if looks[bar][at] > 0][:_LOOKS]
            row.append(
                say.joined([f"{at or say('bars.plan')} ({percent(float(looks[bar][at]))})" for at in back])
            )
        rows.append(tuple(row))
    head = ("notes.bar", "bars.alike", *(("bars.looked",) if looks is not None else ()))
    return Words(say("bars.title"), (say("bars.what"),), say.several(head), tuple(rows))


def _layers(data: Mapping[str, Any], say: _Speaker) -> Words:
    if "layers" not in data:  # of a picture that was brought in, for others than its owner
        return Words(say("layers.title"), (say("layers.kept_back"),))
    brought = data.get("brought", [{}] * len(data["layers"]))
    rows = []
    for row, more in zip(data["layers"], brought, strict=True):
        cells = {**row, **more}
        told = [
            row["name"] + (f" ({say('layers.content')})" if row.get("content") else ""),
            str(row["channels"]),
        ]
        if "result" in cells:
            told += [_off(cells.get("photo")), _off(cells["result"])]
        rows.append(tuple(told))
    optimised = "result" in data["layers"][0]
    head = [
        "layers.layer",
        "layers.channels",
        *(("layers.off_photo", "layers.off_result") if optimised else ()),
    ]
    sentences = (say("layers.gram"), *((say("layers.off"),) if optimised else ()))
    return Words(say("layers.title"), sentences, say.several(head), tuple(rows))


def _off(cell: Mapping[str, Any] | None) -> str:
    return f"{cell['off']:.3f}" if cell and "off" in cell else ""


def _losses(data: Mapping[str, Any], say: _Speaker) -> Words:
    rows = [(str(one["step"]), f"{one['content']:.3f}", f"{one['style']:.3f}") for one in data["points"]]
    weights = {name: f"{data[name]:g}" for name in ("content_weight", "style_weight")}
    sentences = (say("losses.run", side=data["side"], steps=len(rows) - 1, **weights),)
    head = say.several(("film.step", "losses.content", "losses.style"))
    return Words(say("losses.title"), sentences, head, tuple(rows))


TOLD: Mapping[str, Callable[[Mapping[str, Any], _Speaker], Words]] = {
    "tokens": _tokens,
    "attention": _attention,
    "notes": _notes,
    "bars": _bars,
    "layers": _layers,
    "losses": _losses,
    "concepts": _concepts,
    "sketch": _sketch,
    "film": _film,
    "nearest": _nearest,
    "learnt": _learnt,
    "walk": _walk,
}
"""How each kind of section is told."""
