"""What a made file says of itself, as values and as the texts that formats carry.

Knows the AI mark (the fields of GB 45438-2025, appendix E), the record of how a file was made, and the
line of parameters that other image programs read. Knows no file format.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PRODUCER = "AIGC Studio"
"""Who made it, as the mark says; an installation may put its own name there."""

LONGEST_RECORD = 500_000
"""Bytes of the longest label that is read; the longest wish that a form takes, written out, is shorter."""
MOST_PIECES = 10_000
"""So many pieces (chunks, segments, events) of a file are walked through; none of ours has as many."""

_MARK_FIELDS = (
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
)


@dataclass(frozen=True)
class Metadata:
    """How a file came to be: enough to make it again, nothing of who asked.

    ``created`` is ISO 8601 in UTC; ``model`` the id, ``model_name`` what visitors read.
    """

    job_id: str
    task: str
    model: str
    model_name: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    created: str = ""
    producer: str = PRODUCER


@dataclass(frozen=True)
class Labels:
    """The texts a file carries: ``mark`` always, ``record`` unless the owner keeps the wish private.

    ``mark`` is the AI mark as a flat JSON object; ``record`` the :class:`Facts` as JSON.
    """

    mark: str
    record: str | None = None

    @property
    def wrapped_mark(self) -> str:
        """``{"AIGC": {...}}``: the form for formats whose only name for it would be its key."""
        return f'{{"AIGC":{self.mark}}}'

    @property
    def common_line(self) -> str | None:
        """The record as other image programs write theirs."""
        metadata = parse_record(self.record)
        return None if metadata is None else common_parameters(metadata)

    @classmethod
    def found(cls, mark: str, record: str | None) -> Labels:
        """Labels as a file holds them, the mark in either form."""
        fields = parse_mark(mark)
        return cls(mark if fields is None else to_json(fields), record)

    def without_record(self) -> Labels:
        """The mark alone, for a link whose owner did not share the prompt."""
        return Labels(self.mark)


def labels_for(metadata: Metadata) -> Labels:
    """The labels of a file made so. The mark holds no prompt, owner or network address."""
    mark = {
        "Label": "1",
        "ContentProducer": metadata.producer,
        "ProduceID": metadata.job_id,
        "ReservedCode1": "",
        "ContentPropagator": metadata.producer,
        "PropagateID": metadata.job_id,
        "ReservedCode2": "",
    }
    record = {
        "app": metadata.producer,
        "job": metadata.job_id,
        "task": metadata.task,
        "model": metadata.model,
        "model_name": metadata.model_name,
        "seed": metadata.seed,
        "params": dict(metadata.params),
        "created": metadata.created,
    }
    return Labels(to_json(mark), to_json(record))


def parse_mark(source: str | None) -> dict[str, str] | None:
    """The mark's fields, from the flat or the wrapped form; None if it is not one."""
    return mark_of(parse_json(source))


def mark_of(value: object) -> dict[str, str] | None:
    """The mark's fields in a JSON value, as :func:`parse_mark`."""
    if isinstance(value, dict) and isinstance(value.get("AIGC"), dict):
        value = value["AIGC"]
    if not isinstance(value, dict) or "Label" not in value:
        return None
    return {name: _said(value[name])[:500] for name in _MARK_FIELDS if name in value}


def parse_record(source: str | None) -> Metadata | None:
    """The facts that a record holds; None if it is not one of ours. Values are not trusted further."""
    value = parse_json(source)
    if value is None or not isinstance(value.get("params"), dict) or "task" not in value:
        return None
    seed = value.get("seed")
    return Metadata(
        job_id=_said(value.get("job")),
        task=_said(value["task"]),
        model=_said(value.get("model")),
        model_name=_said(value.get("model_name")),
        params=value["params"],
        seed=seed if isinstance(seed, int) and not isinstance(seed, bool) else None,
        created=_said(value.get("created")),
        producer=_said(value.get("app")),
    )


def _said(value: object) -> str:
    """A word or a number as a word; nothing for a list or an object, however large."""
    return str(value) if isinstance(value, str | int | float) else ""


_COMMON_NAMES = {
    "num_inference_steps": "Steps",
    "guidance_scale": "CFG scale",
    "seed": "Seed",
    "strength": "Denoising strength",
}


def common_parameters(metadata: Metadata) -> str:
    """Prompt, "Negative prompt:" and one line of "Name: value" pairs."""
    params = metadata.params
    lines = [_plain(params.get("prompt"))]
    if negative := _plain(params.get("negative_prompt")):
        lines.append(f"Negative prompt: {negative}")
    pairs = [(shown, params[name]) for name, shown in _COMMON_NAMES.items() if params.get(name) is not None]
    if params.get("width") and params.get("height"):
        pairs.append(("Size", f"{params['width']}x{params['height']}"))
    pairs += [("Model", metadata.model_name or metadata.model), ("Version", metadata.producer)]
    lines.append(", ".join(f"{name}: {_plain(value)}" for name, value in pairs))
    return "\n".join(lines)


def _plain(value: object) -> str:
    return "" if value is None else str(value).replace("\x00", "")


def to_json(value: Any) -> str:
    """Compact JSON in UTF-8's own letters."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def parse_json(source: str | None) -> dict[str, Any] | None:
    """The object that a JSON text holds; None for anything else, and where it is longer than ours."""
    if source is None or len(source) > LONGEST_RECORD:
        return None
    try:
        value = json.loads(source)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
