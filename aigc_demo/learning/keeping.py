"""What a run leaves behind: checkpoints while it goes, its files at the end, and how one is gone on with.

Knows files, the list by which the server finds them (``outputs.json``) and the order that a kill at any point
survives. Knows nothing of steps.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from aigc_demo.learning import tfevents
from aigc_demo.learning.curves import Curves
from aigc_demo.types import Output, UserError

STATE = "state.safetensors"
EVENTS = "events.out.tfevents"
LIST = "outputs.json"
MOST_STATE_BYTES = 200_000_000

SAFETENSORS = "application/vnd.safetensors"
_EVENT_TYPE = "application/vnd.tensorboard.events"


@dataclass(frozen=True)
class Snapshot:
    """A run at one step: the learner's tensors, where it stood, its curves, and what it was training."""

    tensors: Mapping[str, Tensor]
    standing: Mapping[str, Any]
    curves: Curves
    identity: Mapping[str, Any]


def read_snapshot(path: Path, field: str) -> Snapshot:
    """A run's state as it was stored. Raises UserError ``bad_state`` for anything else."""
    try:
        if path.stat().st_size > MOST_STATE_BYTES:
            raise ValueError("too large")
        with safe_open(path, "pt") as file:
            told = json.loads((file.metadata() or {})["run"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        curves = Curves.from_json(told["curves"])
        return Snapshot(tensors, told["standing"], curves, told["identity"])
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise UserError("bad_state", "error.bad_state", status=422, field=field) from error


class Keeper:
    """Writes what a run has, into its folder where it has one.

    Args:
        folder: the run's own; None keeps nothing before the end.
        identity: what is trained, so that only the same is gone on with.
        about: the card's own lines.
    """

    def __init__(self, folder: Path | None, identity: Mapping[str, Any], about: Mapping[str, Any]) -> None:
        self._folder, self._identity, self._about = folder, identity, about
        self.seconds = 0.0
        """What the last checkpoint took."""

    def left(self) -> Snapshot | None:
        """The checkpoint that an earlier attempt left, if it did."""
        if self._folder is None or not (self._folder / STATE).exists():
            return None
        try:
            return read_snapshot(self._folder / STATE, "base")
        except UserError:
            return None  # half a disk: the run begins anew

    def measured(self, step: int, values: Mapping[str, float]) -> None:
        """A point of the curves, for TensorBoard."""
        if self._folder is not None:
            tfevents.append(self._folder / EVENTS, tfevents.scalars(step, values))

    def keep(
        self,
        tensors: Mapping[str, Tensor],
        standing: Mapping[str, Any],
        curves: Curves,
        files: Sequence[Output],
        measures: Mapping[str, Any],
    ) -> None:
        """Write a checkpoint: every file whole, the list of them last."""
        if self._folder is None:
            return
        began = time.perf_counter()
        outputs = self.outputs(tensors, standing, curves, files, measures)
        for output in outputs:
            if output.name != EVENTS:
                _write(self._folder / output.name, output.data or (output.text or "").encode())
        _write(self._folder / LIST, json.dumps([_entry(output) for output in outputs]).encode())
        self.seconds = time.perf_counter() - began

    def outputs(
        self,
        tensors: Mapping[str, Tensor],
        standing: Mapping[str, Any],
        curves: Curves,
        files: Sequence[Output],
        measures: Mapping[str, Any],
    ) -> tuple[Output, ...]:
        """Everything that a run leaves: the learner's own files, card, curves, event file and state."""
        run = {"standing": standing, "curves": curves.to_json(), "identity": self._identity}
        card = {**self._about, **measures}
        return (
            *files,
            Output("file", "card.json", "application/json", data=_json(card)),
            Output("file", "curves.csv", "text/csv", data=curves.csv()),
            Output("file", EVENTS, _EVENT_TYPE, data=self._event_bytes(curves, files, standing)),
            Output("file", STATE, SAFETENSORS, data=save(dict(tensors), {"run": json.dumps(run)})),
        )

    def _event_bytes(self, curves: Curves, files: Sequence[Output], standing: Mapping[str, Any]) -> bytes:
        """The event file so far, with the picture that the learner shows now as its last record."""
        path = None if self._folder is None else self._folder / EVENTS
        if path is not None and path.exists():
            data = path.read_bytes()
        else:
            rows = (tfevents.scalars(point.step, point.values) for point in curves.points)
            data = tfevents.head() + b"".join(rows)
        shown = next((output.data for output in files if output.media_type == "image/png"), None)
        return data if shown is None else data + _picture_record(int(standing["step"]), shown)


def _picture_record(step: int, png: bytes) -> bytes:
    with Image.open(io.BytesIO(png)) as image:
        size = image.size
    return tfevents.picture(step, "samples", png, size)


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def _entry(output: Output) -> dict[str, Any]:
    return {
        "kind": output.kind,
        "name": output.name,
        "media_type": output.media_type,
        "meta": dict(output.meta),
    }


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, for a killed process; a power cut may cost a training of a minute."""
    new = path.with_name(f"{path.name}.new")
    new.write_bytes(data)
    new.replace(path)
