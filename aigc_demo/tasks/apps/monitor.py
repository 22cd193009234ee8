"""Public-opinion monitor: from texts to topics, sentiments, a trend, alarms and a report.

Knows files by their paths. What a text means is the business of :mod:`sentiment`, when it surges that of
:mod:`alarms`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aigc_demo import i18n
from aigc_demo.documents import tables
from aigc_demo.language.encoder import SentenceEncoder
from aigc_demo.language.sentences import language_of
from aigc_demo.tasks.apps import sentiment, templates
from aigc_demo.tasks.apps.alarms import Watch, cost, watch
from aigc_demo.tasks.apps.params import MonitorParams
from aigc_demo.tasks.apps.sentiment import Judge, Judged
from aigc_demo.types import Emit, Language, LoadContext, Output, Progress, UserError, says_something

MOST_TEXTS = 5_000
LONGEST = 2_000
"""Characters of a text that are read."""
AT_ONCE = 16
BEHIND = 12
"""The texts before an alarm in which its reason is looked for."""
_TIMES = {"time", "date", "datetime", "timestamp", "时间", "日期"}
_TEXTS = {"text", "content", "comment", "message", "文本", "内容", "评论"}


@dataclass(frozen=True)
class Said:
    """A text and when it was said, as that was written."""

    text: str
    time: str = ""


def load(context: LoadContext) -> Monitor:
    """With EmojiFlow's text encoder and the heads."""
    encoder = SentenceEncoder(context.path)
    return Monitor(Judge(encoder, sentiment.load(context.extras["heads"])))


class Monitor:
    """Judges what a request brings, and watches it."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    def __call__(self, params: MonitorParams, emit: Emit) -> tuple[Output, ...]:
        """A report, every text with its classes as CSV, and the same as numbers for the page.

        Raises:
            UserError: a file cannot be read, there are no texts or too many, a correction is none.
        """
        said = _said(params)
        judge = self._judge.corrected(_corrections(params.corrections, self._judge.classes))
        judged: list[Judged] = []
        for at in range(0, len(said), AT_ONCE):
            emit(Progress(at, len(said)))
            judged += judge([one.text for one in said[at : at + AT_ONCE]])
        seen = watch([one.sentiment == "negative" for one in judged], params.alarm, params.sensitivity)
        language = language_of(" ".join(one.text for one in said[:20]))
        report = _report(judged, said, seen, language)
        numbers = _numbers(judged, said, seen, params)
        return (
            Output("text", "report.md", "text/markdown", text=report, meta=_told(judged, seen)),
            Output("file", "texts.csv", "text/csv", data=_table(judged, said)),
            Output("file", "monitor.json", "application/json", data=numbers),
        )


def _said(params: MonitorParams) -> list[Said]:
    found = [Said(line) for line in params.texts.splitlines()]
    if params.table:
        try:
            found += _of_table(tables.rows(Path(params.table)))
        except UserError as error:
            told = error.problem
            raise UserError(told.code, told.key, status=422, field="table", **told.values) from error
    if not params.table and not says_something(params.texts) and params.stream != "none":
        language: Language = "zh" if params.stream == "bank_zh" else "en"
        simulated = templates.stream(language, surge=params.stream != "calm")
        found = [Said(one.text, f"{at // 60:02}:{at % 60:02}") for at, one in enumerate(simulated)]
    found = [Said(one.text.strip()[:LONGEST], one.time) for one in found if says_something(one.text)]
    if not found:
        raise UserError("no_texts", "apps.error.no_texts", status=422, field="texts")
    if len(found) > MOST_TEXTS:
        raise UserError("too_many_texts", "apps.error.too_many_texts", status=422, limit=MOST_TEXTS)
    return found


def _of_table(rows: Sequence[tables.Row]) -> list[Said]:
    """Texts of a table by its headings, else its longest column; in the order of its times, if it has any."""
    heads = [cell.lower() for cell in rows[0]]
    named = next((at for at, head in enumerate(heads) if head in _TEXTS), None)
    timed = next((at for at, head in enumerate(heads) if head in _TIMES), None)
    body = rows[1:] if named is not None or timed is not None else rows
    if named is None:
        lengths = Counter(
            {at: sum(len(row[at]) for row in body if at < len(row)) for at in range(len(heads))}
        )
        named = max((at for at in lengths if at != timed), key=lambda at: lengths[at], default=0)
    found = [
        Said(row[named], row[timed] if timed is not None and timed < len(row) else "")
        for row in body
        if named < len(row)
    ]
    return sorted(found, key=lambda one: one.time) if timed is not None else found


def _corrections(lines: Sequence[str], classes: frozenset[str]) -> list[tuple[str, str]]:
    parted = [line.rpartition("=>") for line in lines]
    found = [(text.strip(), label.strip()) for text, _, label in parted]
    if not all(says_something(text) and label in classes for text, label in found):
        known = ", ".join(sorted(classes))
        raise UserError("bad_correction", "apps.error.bad_correction", status=422, classes=known)
    return found


def _told(judged: Sequence[Judged], seen: Watch) -> dict[str, Any]:
    counts = Counter(one.sentiment for one in judged)
    return {"texts": len(judged), "alarms": len(seen.alarms), **{f"{k}_texts": v for k, v in counts.items()}}


def _report(judged: Sequence[Judged], said: Sequence[Said], seen: Watch, language: Language) -> str:
    def word(key: str, **values: Any) -> str:
        return i18n.t(f"apps.monitor.{key}", language, **values)

    counts = Counter((one.topic, one.sentiment) for one in judged)
    heads = [word("topic"), *(word(name) for name in templates.SENTIMENTS)]
    lines = [f"## {word('report', n=len(judged))}", "", " | ".join(["", *heads, ""]).strip()]
    lines.append("|" + " --- |" * len(heads))
    for topic in templates.TOPICS:
        row = [word(f"topic.{topic}"), *(str(counts[topic, name]) for name in templates.SENTIMENTS)]
        lines.append(" | ".join(["", *row, ""]).strip())
    lines.append("")
    for at in seen.alarms:
        lines.append(f"### {word('alarm', n=at + 1, time=said[at].time or at + 1)}")
        lines += [f"- {judged[number].text}" for number in behind(judged, at)]
    if not seen.alarms:
        lines.append(word("no_alarm"))
    return "\n".join(lines)


def behind(judged: Sequence[Judged], alarm: int) -> list[int]:
    """The numbers of the negative texts that an alarm was raised for."""
    first = max(0, alarm + 1 - BEHIND)
    return [at for at in range(first, alarm + 1) if judged[at].sentiment == "negative"]


def _table(judged: Sequence[Judged], said: Sequence[Said]) -> bytes:
    rows = [
        (at.time, one.text, one.topic, one.sentiment, f"{one.sure:.3f}")
        for at, one in zip(said, judged, strict=True)
    ]
    return tables.written([("time", "text", "topic", "sentiment", "sure"), *rows])


def _numbers(judged: Sequence[Judged], said: Sequence[Said], seen: Watch, params: MonitorParams) -> bytes:
    price = cost(params.alarm, params.sensitivity)
    told = {
        "texts": [
            {
                "time": at.time,
                "text": one.text,
                "topic": one.topic,
                "sentiment": one.sentiment,
                "sure": one.sure,
            }
            for at, one in zip(said, judged, strict=True)
        ],
        "usual": seen.usual,
        "limit": seen.limit,
        "values": seen.values,
        "alarms": [{"at": at, "behind": behind(judged, at)} for at in seen.alarms],
        "false_alarms": price.false_alarms,
        "delay": price.delay,
    }
    return json.dumps(told, ensure_ascii=False).encode()
