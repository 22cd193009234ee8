"""Short moving pictures in and out, and their flicker."""

from __future__ import annotations

import io
from pathlib import Path

import av
import pytest
import torch
from PIL import Image

from aigc_demo.pictures.clips import Clip, Steady, is_clip, read_clip, write_clip
from aigc_demo.types import UserError


def frames(count: int, width: int = 64, height: int = 48) -> list[Image.Image]:
    """A white square that walks to the right."""
    found = []
    for index in range(count):
        image = Image.new("RGB", (width, height), (30, 60, 90))
        image.paste("white", (index * 3, 10, index * 3 + 12, 22))
        found.append(image)
    return found


def mp4(shown: list[Image.Image]) -> Clip:
    return Clip("MP4", tuple(shown), (1 / 24,) * len(shown))


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
    data = write_clip(clip, clip.frames)
    with Image.open(io.BytesIO(data)) as again:
        assert again.n_frames == 5
        assert again.info["duration"] == 80
        assert again.info["loop"] == 0


def stickers(count: int = 4, width: int = 64, height: int = 48) -> list[Image.Image]:
    """A black square that walks over nothing."""
    found = []
    for index in range(count):
        image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
        image.paste((10, 10, 10, 255), (index * 9, 10, index * 9 + 12, 22))
        found.append(image)
    return found


@pytest.mark.parametrize(("kind", "loop"), [("GIF", 0), ("GIF", 3), ("WEBP", 2), ("PNG", 5)])
def test_a_moving_sticker_keeps_its_frames_its_holes_and_how_often_it_plays(
    tmp_path: Path, kind: str, loop: int
) -> None:
    path = tmp_path / "sticker"
    options = {"disposal": 2} if kind == "GIF" else {}
    first, *rest = stickers()
    first.save(path, kind, save_all=True, append_images=rest, duration=100, loop=loop, **options)
    assert is_clip(path)
    clip = read_clip(path, "content")
    assert (clip.kind, len(clip.frames), clip.loop) == (kind, 4, loop)
    data = write_clip(clip, [Image.new("RGB", frame.size, (200, 30, 30)) for frame in clip.frames])
    with Image.open(io.BytesIO(data)) as again:
        assert (again.n_frames, again.info["loop"]) == (4, loop)
        for index, sticker in enumerate(stickers()):
            again.seek(index)
            alpha = again.convert("RGBA").getchannel("A")
            assert alpha.point(lambda v: 255 * (v > 127)).tobytes() == sticker.getchannel("A").tobytes()


def test_a_gif_that_plays_once_plays_once(tmp_path: Path) -> None:
    path = tmp_path / "once.gif"
    first, *rest = frames(3)
    first.save(path, "GIF", save_all=True, append_images=rest, duration=100)
    clip = read_clip(path, "content")
    with Image.open(io.BytesIO(write_clip(clip, clip.frames))) as again:
        assert "loop" not in again.info


@pytest.mark.parametrize(("rate", "count"), [(30, 60), (24, 60), (15, 60)])
def test_a_gif_lasts_as_long_as_its_frames_say(rate: int, count: int) -> None:
    shown = tuple(frames(count))
    data = write_clip(Clip("GIF", shown, (1 / rate,) * count), shown)
    elapsed = 0
    with Image.open(io.BytesIO(data)) as again:
        for index in range(again.n_frames):
            again.seek(index)
            elapsed += again.info["duration"]
    assert abs(elapsed - 1000 * count / rate) <= 10


def test_a_clip_from_a_phone_that_was_held_upright_stands_upright() -> None:
    clip = read_clip(Path(__file__).parent / "held_upright.mp4", "content")
    assert clip.frames[0].size == (96, 128)


def test_a_long_gif_is_cut_at_ten_seconds(tmp_path: Path) -> None:
    clip = read_clip(gif(tmp_path / "a.gif", 15, 1000), "content")
    assert sum(clip.durations) <= 10.01


def test_an_mp4_goes_out_and_comes_in_again(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(write_clip(mp4(frames(12)), frames(12)))
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
    path.write_bytes(write_clip(mp4(frames(3, 200, 150)), frames(3, 200, 150)))
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
