"""The format that ``--out`` asks for by its ending, and how a file becomes one of another format.

Knows pictures and sounds that can be written anew with their labels. Anything else is written as it was made,
or refused with what can be chosen.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from aigc_demo import provenance
from aigc_demo.types import Kind, Output, UserError, media

_PICTURES: Mapping[str, str] = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "webp": "WEBP"}
_SOUNDS: Mapping[str, tuple[str, str]] = {
    "wav": ("wav", "pcm_s16le"), "mp3": ("mp3", "libmp3lame"), "ogg": ("ogg", "libopus"),
    "opus": ("ogg", "libopus"), "oga": ("ogg", "libopus"), "flac": ("flac", "flac"),
}  # fmt: skip
"""Ending -> container and codec."""
_MADE: Mapping[Kind, frozenset[str]] = {
    "text": frozenset({"txt", "md", "json"}),
    "image": frozenset({*_PICTURES, "gif", "mp4", "webm", "json"}),
    "audio": frozenset({*_SOUNDS, "mid", "midi", "abc", "musicxml", "xml", "svg", "pdf", "json"}),
    "video": frozenset({"mp4", "webm", "gif", "png", "json"}),
}
_LAYOUTS = ("", "mono", "stereo")
"""A WAV may say how many channels it has and not which; encoders want to know."""
QUALITY = 92


def check(kind: Kind, out: Path | None) -> None:
    """Raise UserError before anything is made where the ending is of nothing that this makes."""
    if out is None or out.is_dir() or not out.suffix or kind not in _MADE:
        return
    if _ending(out) not in _MADE[kind]:
        raise _refused(out, sorted(_MADE[kind]))


def of_these(names: Sequence[str], out: Path | None) -> str | None:
    """Of one thing in several formats, the name of the one that ``out`` asks for, perhaps to be converted.

    None where it names no format. Raises UserError where none of these can become it.
    """
    if out is None or out.is_dir() or not out.suffix:
        return None
    wanted = {"jpeg": "jpg", "midi": "mid", "xml": "musicxml", "oga": "ogg"}.get(_ending(out), _ending(out))
    for name in names:
        if Path(name).suffix.lower() == f".{wanted}":
            return name
    for table in (_PICTURES, _SOUNDS):
        if wanted in table and (found := [name for name in names if _ending(Path(name)) in table]):
            return found[0] if len(found) == 1 or len(found) < len(names) else None
    if names and Path(names[0]).suffix == ".txt" and wanted == "md":
        return names[0]
    raise _refused(out, sorted({_ending(Path(name)) for name in names}))


def written(data: bytes, name: str, target: Path) -> bytes:
    """The bytes of a file of ours for a target, in the target's own format and with the same labels."""
    ending, have = _ending(target), _ending(Path(name))
    if ending in _PICTURES and have in _PICTURES and _PICTURES[ending] != _PICTURES[have]:
        return _labelled(_picture(data, _PICTURES[ending]), data, ending)
    if ending in _SOUNDS and have in _SOUNDS and _SOUNDS[ending] != _SOUNDS[have]:
        return _labelled(_sound(data, *_SOUNDS[ending]), data, ending)
    return data


def _picture(data: bytes, form: str) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    with Image.open(io.BytesIO(data)) as opened:
        image: Image.Image = opened
        if form == "JPEG" and image.mode in ("RGBA", "LA", "P"):
            ground = Image.new("RGBA", image.size, "white")
            image = Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")
        profile = opened.info.get("icc_profile")
        image.save(buffer, form, quality=QUALITY, icc_profile=profile)
    return buffer.getvalue()


def _sound(data: bytes, container: str, codec: str) -> bytes:
    import av

    buffer = io.BytesIO()
    with av.open(io.BytesIO(data)) as source, av.open(buffer, "w", format=container) as target:
        heard = source.streams.audio[0]
        rate = 48_000 if codec == "libopus" else heard.rate
        stream = target.add_stream(codec, rate=rate, layout=_LAYOUTS[min(heard.channels, 2)])
        resampler = av.AudioResampler(stream.format, stream.layout, rate)
        frames = [*source.decode(heard), None]
        for frame in frames:
            for piece in resampler.resample(frame):
                target.mux(stream.encode(piece))
        target.mux(stream.encode(None))
    return buffer.getvalue()


def _labelled(data: bytes, original: bytes, ending: str) -> bytes:
    """What the original says of itself, in the new file too."""
    reading = provenance.read(original)
    if reading is None or reading.metadata is None:
        return data
    found = media.of_type({"jpeg": "image/jpeg", "oga": "audio/ogg", "opus": "audio/ogg"}.get(ending, ""))
    kind = found if found is not media.OTHER else media.of_file(f"a.{ending}")
    stamped = provenance.stamp(Output("file", f"a.{kind.suffix}", kind.name, data=data), reading.metadata)
    return provenance.repeatable(stamped.data)


def _ending(path: Path) -> str:
    return path.suffix.lower().lstrip(".")


def _refused(out: Path, choices: Sequence[str]) -> UserError:
    listed = ", ".join(f".{ending}" for ending in choices if ending != "json")
    return UserError("bad_ending", "error.bad_ending", field="out", ending=out.suffix[:20], choices=listed)
