"""A room to be taken home as one zip: a page that opens offline, a sheet to print, settings and votes.

Knows the form of the zip and of its page. What is hidden stays here; of a seat alone only its own is taken.
Written piece by piece, so that nothing of a room lies in a passing file.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from aigc_demo import i18n
from aigc_demo.archive.writing import Sink
from aigc_demo.classroom import contact_sheet, rounds, shown
from aigc_demo.classroom.contact_sheet import Cell
from aigc_demo.classroom.live import Snapshot
from aigc_demo.history import History
from aigc_demo.history.class_values import Result, Round
from aigc_demo.types import Job, Language

log = logging.getLogger(__name__)

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet compute a cell; one that begins so is text all the same."""
_SHOWN = {"image": "pictures", "audio": "sounds", "video": "films"}


def stream(
    history: History, snapshot: Snapshot, language: Language, seat_id: str | None = None
) -> Iterator[bytes]:
    """The zip in pieces; a file that is gone meanwhile is left out."""
    sink = Sink()
    items: list[dict[str, Any]] = []
    cells: dict[str, list[Cell]] = {}
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for result in _taken(snapshot, seat_id):
            job = snapshot.jobs[result.job]
            item, picture = _item(snapshot, result, job), None
            for output in job.outputs:
                place = f"files/{result.id}/{output.name}"
                try:
                    data = history.file(job.owner, job.id, output.name).path.read_bytes()
                    archive.writestr(place, data)
                except Exception as error:
                    log.warning("a file was left out of a room's zip: %s", error)
                    continue
                if output.kind == "image":
                    picture = picture or data
                if output.kind in _SHOWN:
                    item[_SHOWN[output.kind]].append(place)
                item["files"].append(place)
                yield sink.taken()
            items.append(item)
            cell = Cell(item["asked"], item["name"], "\n".join(item["texts"]), picture)
            cells.setdefault(result.round, []).append(cell)
        if cells:
            archive.writestr("sheet.pdf", _sheet(snapshot, cells, language))
        archive.writestr("results.json", json.dumps(items, ensure_ascii=False, indent=1))
        if seat_id is None:
            archive.writestr("votes.csv", "\ufeff" + votes(snapshot))
        archive.writestr("index.html", _page(snapshot, items, language, whole=seat_id is None))
    yield sink.taken()


def _sheet(snapshot: Snapshot, cells: dict[str, list[Cell]], language: Language) -> bytes:
    parts = [
        contact_sheet.Part(_titled(number, asked, language), cells[asked.id])
        for number, asked in enumerate(snapshot.view.rounds, 1)
        if asked.id in cells
    ]
    return contact_sheet.write(_name(snapshot, language), parts, i18n.t("share.made_by_ai", language))


def _name(snapshot: Snapshot, language: Language) -> str:
    return snapshot.view.room.name or i18n.t("class.title", language)


def _titled(number: int, asked: Round, language: Language) -> str:
    title = asked.content.get("title")
    return i18n.t("class.round.number", language, n=number) + (f": {title}" if title else "")


def votes(snapshot: Snapshot) -> str:
    """Every answer of the room as CSV: round, what was asked, who answered, what."""
    asked = {one.id: (n, one) for n, one in enumerate(snapshot.view.rounds, 1)}
    names = {seat.id: seat.name for seat in snapshot.view.seats}
    found = {result.id: result for result in snapshot.view.results}
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["round", "kind", "question", "seat", "answer"])
    for one in snapshot.view.answers:
        number, what = asked[one.round]
        said = one.answer
        if what.kind in rounds.LISTED:
            said = what.content["choices"][one.answer]
        elif what.kind == "real":
            said = shown.person_or_model(snapshot.view.room.language)[one.answer]
        elif what.kind == "vote" and rounds.is_answer(one.answer):
            round_id, _, seat_id = one.answer.partition(".")
            said = f"{names[seat_id]}: {snapshot.answer_of[round_id, seat_id]}"
        elif what.kind == "vote" and one.answer in found:
            said = f"{names[found[one.answer].seat]}: {shown.asked(snapshot.jobs[found[one.answer].job])}"
        row = [number, what.kind, what.content.get("title", ""), names[one.seat], said]
        table.writerow([_plain(str(cell)) for cell in row])
    return text.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _taken(snapshot: Snapshot, seat_id: str | None) -> list[Result]:
    gone = {seat.id for seat in snapshot.view.seats if seat.removed}
    return [
        one
        for one in snapshot.view.results
        if shown.is_done(snapshot, one)
        and one.seat not in gone
        and (one.seat == seat_id or (seat_id is None and one.state != "hidden"))
    ]


def _item(snapshot: Snapshot, result: Result, job: Job) -> dict[str, Any]:
    numbers = {one.id: n for n, one in enumerate(snapshot.view.rounds, 1)}
    names = {seat.id: seat.name for seat in snapshot.view.seats}
    return {
        "round": numbers[result.round],
        "name": names[result.seat],
        "asked": shown.asked(job),
        "task": job.task,
        "model": job.model,
        "seed": job.seed,
        "params": dict(job.params),
        "texts": [one.text for one in job.outputs if one.kind == "text" and one.text],
        "pictures": [],
        "sounds": [],
        "films": [],
        "files": [],
    }


def _page(snapshot: Snapshot, items: list[dict[str, Any]], language: Language, *, whole: bool) -> str:
    parts = []
    for number, asked in enumerate(snapshot.view.rounds, 1):
        answers = [one.answer for one in snapshot.view.answers if one.round == asked.id]
        counted = rounds.tally(asked.kind, asked.content, answers) if answers and whole else None
        labels = asked.content.get("choices") or "ABCD"
        if asked.kind == "lesson":
            labels = [i18n.t("class.lesson.done", language)]
        if asked.kind == "ab" and "choices" in asked.content:
            labels = shown.lettered(asked)
        if asked.kind == "real":
            labels = shown.person_or_model(language)
        made = [item for item in items if item["round"] == number]
        if made or counted:
            parts.append(
                {
                    "number": number,
                    "title": asked.content.get("title") or "",
                    "items": made,
                    "counts": list(zip(labels, counted["counts"], strict=False)) if counted else [],
                    "cloud": counted.get("cloud", []) if counted else [],
                    "total": counted["total"] if counted else 0,
                    "groups": [one for one in asked.content.get("groups", []) if one[1] > 1] if whole else [],
                    "guesses": shown.guesses(snapshot, asked) if whole and "guesses" in asked.content else [],
                }
            )
    return _templates.get_template("takehome.html").render(
        lang="zh-CN" if language == "zh" else "en",
        name=_name(snapshot, language),
        rounds=parts,
        t=lambda key, **values: i18n.t(key, language, **values),
    )
