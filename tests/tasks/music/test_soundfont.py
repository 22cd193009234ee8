"""The orchestra: what is cut out of it and unpacked is what the renderer needs, and no more."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from aigc_demo.tasks.music.sound import FOLDER, Orchestra
from aigc_demo.tasks.music.soundfont import DRUMS, SoundFont


@pytest.fixture(scope="module")
def font() -> SoundFont:
    return SoundFont.read(FOLDER / "studio.sf3")


def test_only_what_is_played_is_unpacked(font: SoundFont) -> None:
    one = font.unpacked({(0, 0): {60}})
    octave = font.unpacked({(0, 0): set(range(48, 85))})
    assert one[:4] == b"RIFF" and len(one) < len(octave) / 3
    assert font.unpacked({(0, 0): {60}}) == one


def test_a_cut_of_a_cut_is_the_same_cut(font: SoundFont) -> None:
    played = {(0, 110): {62, 69}, (DRUMS, 0): {36}}
    small = SoundFont(font.packed({(0, 110), (DRUMS, 0)}, "a notice"))
    assert set(small.presets) == set(played)
    assert small.unpacked(played) == font.unpacked(played)


def test_the_notice_travels_inside(font: SoundFont) -> None:
    assert "Permission is hereby granted" in (FOLDER / "LICENSE-MIT.txt").read_text()
    assert b"Permission is hereby granted" in (FOLDER / "studio.sf3").read_bytes()[:10_000]


def test_it_is_small_enough_to_be_shipped() -> None:
    assert (FOLDER / "studio.sf3").stat().st_size < 12_000_000


def test_a_missing_player_is_stood_in_for_by_a_relative() -> None:
    players = Orchestra()
    assert players.nearest(110) == 110
    assert players.nearest(41) in (40, 42)  # a viola by its neighbours
    assert players.nearest(127) == 0


def test_a_file_that_is_not_the_one_in_the_manifest_is_not_played(tmp_path: Path) -> None:
    (tmp_path / "studio.sf3").write_bytes(b"RIFF\0\0\0\0sfbk")
    (tmp_path / "manifest.json").write_text(json.dumps({"files": {"studio.sf3": {"sha256": "0" * 64}}}))
    with pytest.raises(ValueError, match="manifest"):
        Orchestra(tmp_path)


@pytest.mark.parametrize("data", [b"", b"RIFF\0\0\0\0WAVE", b"MThd"])
def test_other_files_are_no_orchestra(data: bytes) -> None:
    with pytest.raises(ValueError, match="SoundFont"):
        SoundFont(data)


def test_unpacked_samples_are_sound(font: SoundFont) -> None:
    data = font.unpacked({(0, 73): {72}})
    at = data.index(b"smpl") + 8
    size = int.from_bytes(data[at - 4 : at], "little")
    sound = np.frombuffer(data[at : at + size], "<i2").astype(int)
    assert np.abs(sound).max() > 3_000 and not sound[-46:].any()
