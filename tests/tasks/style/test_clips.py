"""Short moving pictures in and out, and their flicker."""

from __future__ import annotations

import io
from pathlib import Path

import av
import pytest
import torch
from PIL import Image

from aigc_demo.tasks.style.clips import Steady, is_clip, read_clip, write_clip
from aigc_demo.types import UserError


def frames(count: int, width: int = 64, height: int = 48) -> list[Image.Image]:
    """A white square that walks to the right."""
    found = []
    for index in range(count):
        image = Image.new("RGB", (width, height), (30, 60, 90))
        image.paste("white", (index * 3, 10, index * 3 + 12, 22))
        found.append(image)
    return found


def gif(path: Path, count: int = 5, duration: int = 80) -> Path:
    first, *rest = frames(count)
    first.save(path, "GIF", save_all=True, append_images=rest, duration=duration, loop=0)
    return path


def test_a_gif_that_moves_is_a_clip_and_one_that_does_not_is_a_picture(tmp_path: Path) -> None:
    assert is_clip(gif(tmp_path / "a.gif"))
    frames(1)[0].save(tmp_path / "b.gif")
    assert not is_clip(tmp_path / "b.gif")
    frames(1)[0].save(tmp_path / "c.png")
    assert not is_clip(tmp_path / "c.png")


def test_a_gif_keeps_its_frames_and_their_times(tmp_path: Path) -> None:
    clip = read_clip(gif(tmp_path / "a.gif", 5, 80), "content")
    assert len(clip.frames) == 5
    assert clip.durations == pytest.approx([0.08] * 5)
    data = write_clip("GIF", clip.frames, clip.durations)
    with Image.open(io.BytesIO(data)) as again:
        assert again.n_frames == 5
        assert again.info["duration"] == 80
        assert again.info["loop"] == 0


@pytest.mark.parametrize("rate", [30, 24, 15])
def test_a_gif_is_as_long_as_the_clip_it_came_of(rate: int) -> None:
    data = write_clip("GIF", frames(2 * rate // 3), [1 / rate] * (2 * rate // 3))
    with Image.open(io.BytesIO(data)) as again:
        times = []
        for number in range(again.n_frames):
            again.seek(number)
            times.append(again.info["duration"])
    assert sum(times) == pytest.approx(1000 * (2 * rate // 3) / rate, abs=5)
    assert {abs(one - 1000 / rate) < 10 for one in times} == {True}


def test_a_long_gif_is_cut_at_ten_seconds(tmp_path: Path) -> None:
    clip = read_clip(gif(tmp_path / "a.gif", 15, 1000), "content")
    assert sum(clip.durations) <= 10.01


def test_an_mp4_goes_out_and_comes_in_again(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(write_clip("MP4", frames(12), [1 / 24] * 12))
    assert is_clip(path)
    clip = read_clip(path, "content")
    assert clip.kind == "MP4"
    assert clip.frames[0].size == (64, 48)
    assert len(clip.frames) == 12
    assert sum(clip.durations) == pytest.approx(0.5, rel=0.1)


def test_a_webm_comes_in_and_goes_back_as_an_mp4(tmp_path: Path) -> None:
    path = tmp_path / "clip.webm"
    with av.open(path, "w", format="webm") as container:
        stream = container.add_stream("libvpx", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for frame in frames(12):
            container.mux(stream.encode(av.VideoFrame.from_image(frame)))
        container.mux(stream.encode())
    assert is_clip(path)
    clip = read_clip(path, "content")
    assert (clip.kind, clip.frames[0].size, len(clip.frames)) == ("MP4", (64, 48), 12)
    assert sum(clip.durations) == pytest.approx(0.5, rel=0.1)


def test_large_frames_are_made_smaller_with_even_sides(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(write_clip("MP4", frames(3, 200, 150), [1 / 24] * 3))
    clip = read_clip(path, "content", side=101)
    assert clip.frames[0].size == (100, 76)


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x00\x00\x18ftypisom" + b"\x00" * 200,
        b"\x00\x00\x00\x18ftyp",
        b"\x1a\x45\xdf\xa3\x93\x42\x82\x84webm" + bytes(200),
    ],
)
def test_a_damaged_video_is_refused_in_words(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(data)
    with pytest.raises(UserError, match="bad_clip"):
        read_clip(path, "content")


def test_a_playlist_that_names_other_files_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")
    assert not is_clip(path)


def test_what_does_not_move_does_not_flicker_and_what_moves_is_fresh() -> None:
    still = torch.full((3, 32, 32), 0.5)
    steady = Steady(hold=0.8)
    first = steady(still, torch.zeros(3, 32, 32))
    second = steady(still, torch.ones(3, 32, 32))
    assert (second - first).abs().mean() < 0.25
    moved = still.clone()
    moved[:, 8:24, 8:24] = 1.0
    third = steady(moved, torch.zeros(3, 32, 32))
    assert third[:, 16, 16].max() < 0.01  # the new painting
    assert third[:, 1, 1].min() > 0.1  # still the old one
