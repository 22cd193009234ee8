"""Event files are read by TensorBoard itself, and a run that is taken up again goes on in them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from aigc_demo.learning import tfevents

accumulators = pytest.importorskip(
    "tensorboard.backend.event_processing.event_accumulator", reason="tensorboard is not installed."
)


def read(folder: Path) -> object:
    found = accumulators.EventAccumulator(str(folder), size_guidance={"scalars": 0, "images": 0})
    found.Reload()
    return found


def test_tensorboard_reads_scalars_and_pictures(tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents"
    buffer = io.BytesIO()
    Image.new("RGB", (12, 7), "red").save(buffer, "PNG")
    for step in (1, 10, 20):
        tfevents.append(path, tfevents.scalars(step, {"loss": 1 / step, "recognised": 0.5}))
    tfevents.append(path, tfevents.picture(20, "samples", buffer.getvalue(), (12, 7)))
    found = read(tmp_path)
    assert found.Tags()["scalars"] == ["loss", "recognised"]
    assert [(event.step, round(event.value, 4)) for event in found.Scalars("loss")] == [
        (1, 1.0),
        (10, 0.1),
        (20, 0.05),
    ]
    (image,) = found.Images("samples")
    assert (image.width, image.height, image.encoded_image_string) == (12, 7, buffer.getvalue())


def test_a_record_that_was_cut_off_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents"
    for step in (1, 2):
        tfevents.append(path, tfevents.scalars(step, {"loss": 1.0}))
    path.write_bytes(path.read_bytes()[:-5])
    assert [event.step for event in read(tmp_path).Scalars("loss")] == [1]


def test_a_number_that_is_none_is_kept(tmp_path: Path) -> None:
    tfevents.append(tmp_path / "events.out.tfevents", tfevents.scalars(300, {"loss": float("nan")}))
    (event,) = read(tmp_path).Scalars("loss")
    assert event.step == 300
    assert event.value != event.value
