"""The one table of media types: how files of a type are called, known, stored, shown, labelled and limited.

A parameter that takes a file says which kinds it takes; uploads, the store, the routes, the labels and the
form's file dialog all look here. A new type of file is one row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from aigc_demo.types import sniffing

FileKind = Literal["picture", "clip", "sound", "score", "text", "table", "document", "album", "model"]
"""What a file is to somebody who brings it in. A ``model`` was made here and can only be passed on."""
Taken = FileKind | str
"""What a parameter takes: every file of a kind, or those of one media type."""

PLAIN_BYTES = "application/octet-stream"
MAX_BYTES = 10_000_000
"""Of a file that a visitor brings in, unless its type says otherwise."""


@dataclass(frozen=True)
class MediaType:
    """One type of file.

    ``name`` is the media type, ``suffix`` the ending of stored files, ``title`` what people call it.
    ``kinds`` is what it may be taken for, none where no parameter takes it. ``inline`` files may be
    shown in place by a browser, all others are only downloaded. ``carrier`` names the format's place
    for labels; without one they stand in a file beside it. ``sniff`` knows such a file by its bytes;
    types without are never brought in. ``taken_away`` says that people want such a file, which programs read
    otherwise. ``aliases`` are other names of the type, ``endings`` other
    endings of such files' names.
    """

    name: str
    suffix: str
    title: str = ""
    kinds: tuple[FileKind, ...] = ()
    inline: bool = False
    carrier: str | None = None
    sniff: Callable[[bytes], bool] | None = None
    aliases: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    max_bytes: int = MAX_BYTES
    taken_away: bool = True

    def is_one_of(self, taken: Iterable[Taken]) -> bool:
        """Whether a parameter that takes these takes this type."""
        return not {self.name, *self.kinds}.isdisjoint(taken)

    @property
    def served(self) -> str:
        """The type that a file is sent as: its own where it may be shown, else one that nobody opens."""
        if not self.inline:
            return PLAIN_BYTES
        return f"{self.name}; charset=utf-8" if self.name.startswith("text/") else self.name


_ABC, _MUSICXML = "text/vnd.abc", "application/vnd.recordare.musicxml"

TABLE: tuple[MediaType, ...] = (
    MediaType("image/png", "png", "PNG", ("picture",), True, "png", sniffing.is_png),
    MediaType("image/jpeg", "jpg", "JPEG", ("picture",), True, "jpeg", sniffing.is_jpeg, endings=("jpeg",)),
    MediaType("image/webp", "webp", "WebP", ("picture",), True, "webp", sniffing.is_webp),
    MediaType("image/avif", "avif", "AVIF", ("picture",), True, None, sniffing.is_avif),
    MediaType("image/gif", "gif", "GIF", ("clip",), True, "gif", sniffing.is_gif),
    MediaType("image/svg+xml", "svg", "SVG", inline=True, carrier="svg"),
    MediaType("video/mp4", "mp4", "MP4", ("clip",), True, "mp4", sniffing.is_mp4, endings=("m4v", "mov")),
    MediaType("video/webm", "webm", "WebM", ("clip",), True, "webm", sniffing.is_webm),
    MediaType(
        "audio/wav", "wav", "WAV", ("sound",), True, "wav", sniffing.is_wav, ("audio/x-wav", "audio/wave")
    ),
    MediaType("audio/ogg", "ogg", "Ogg", ("sound",), True, "ogg", sniffing.is_ogg, endings=("oga", "opus")),
    MediaType("audio/mpeg", "mp3", "MP3", ("sound",), True, "mp3", sniffing.is_mp3, ("audio/mp3",)),
    MediaType("audio/flac", "flac", "FLAC", ("sound",), True, "flac", sniffing.is_flac, ("audio/x-flac",)),
    MediaType("audio/mp4", "m4a", "M4A", ("sound",), True, "mp4", sniffing.is_m4a, ("audio/x-m4a",)),
    MediaType(
        "audio/midi", "mid", "MIDI", ("score",), True, "midi", sniffing.is_midi, ("audio/x-midi",), ("midi",)
    ),
    MediaType(_ABC, "abc", "ABC", ("score",), False, "abc", sniffing.is_abc),
    MediaType(
        f"{_MUSICXML}+xml",
        "musicxml",
        "MusicXML",
        ("score",),
        False,
        "musicxml",
        sniffing.is_musicxml,
        (),
        ("xml",),
    ),
    MediaType(_MUSICXML, "mxl", "MXL", ("score",), False, "zip", sniffing.is_mxl),
    MediaType("application/pdf", "pdf", "PDF", ("document",), False, "pdf", sniffing.is_pdf),
    MediaType(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "docx",
        "DOCX",
        ("document",),
        sniff=sniffing.is_docx,
    ),
    MediaType(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "xlsx",
        "XLSX",
        ("table",),
        sniff=sniffing.is_xlsx,
    ),
    # Alike by their bytes: the first is meant unless the file's name says another.
    MediaType("text/plain", "txt", "TXT", ("text",), True, None, sniffing.is_text),
    MediaType(
        "text/markdown", "md", "Markdown", ("text",), False, None, sniffing.is_text, endings=("markdown",)
    ),
    MediaType("text/csv", "csv", "CSV", ("table", "text"), False, None, sniffing.is_text),
    MediaType("application/json", "json", kinds=("score",), inline=True, taken_away=False),
    MediaType("application/xml", "moodle.xml", "Moodle XML"),
    # Scores, documents and tables are zips too, and known by what is in them before this row is asked.
    MediaType("application/zip", "zip", "ZIP", ("album",), False, "zip", sniffing.is_zip),
    MediaType("application/vnd.safetensors", "safetensors", "safetensors", ("model",), carrier="tensors"),
    # TensorBoard looks for files that are called so.
    MediaType("application/vnd.tensorboard.events", "out.tfevents"),
    MediaType(PLAIN_BYTES, "bin", kinds=("model",)),
)

_BY_NAME = {name: row for row in TABLE for name in (row.name, *row.aliases)}
_BY_SUFFIX = {row.suffix: row for row in TABLE}
MOST_BYTES = max(row.max_bytes for row in TABLE)
"""No file of any type may be larger."""
OTHER = _BY_NAME[PLAIN_BYTES]
"""What everything is that stands in no other row."""


def is_known(media_type: str) -> bool:
    """Whether the table has this type, written as we write it: at most with UTF-8 as its charset."""
    bare, _, parameter = media_type.partition(";")
    return bare in _BY_NAME and parameter in ("", " charset=utf-8")


def of_type(media_type: str) -> MediaType:
    """The row of a media type, whatever its parameters; :data:`OTHER` for unknown ones."""
    return _BY_NAME.get(media_type.partition(";")[0].strip().lower(), OTHER)


def of_file(name: str) -> MediaType:
    """The row of a stored file, whose ending follows from its type; :data:`OTHER` for unknown ones."""
    return _BY_SUFFIX.get(name.partition(".")[2]) or _BY_SUFFIX.get(name.rpartition(".")[2], OTHER)


def sniffed(data: bytes, name: str = "") -> MediaType | None:
    """What a file is by its bytes; ``name`` chooses among types that look alike. None for unknown ones."""
    found = next((row for row in TABLE if row.sniff is not None and row.sniff(data)), None)
    if found is None:
        return None
    ending = name.rpartition(".")[2].lower()
    alike = (row for row in TABLE if row.sniff is found.sniff)
    return next((row for row in alike if ending in (row.suffix, *row.endings)), found)


def brought_as(*taken: Taken) -> tuple[MediaType, ...]:
    """The types that may be brought in where these are taken."""
    return tuple(row for row in TABLE if row.sniff is not None and row.is_one_of(taken))


def accept(taken: Iterable[Taken]) -> str:
    """What a file dialog shows where these are taken, as HTML's ``accept`` wants it: endings and types."""
    rows = brought_as(*taken)
    endings = [f".{ending}" for row in rows for ending in (row.suffix, *row.endings)]
    return ",".join([*endings, *(row.name for row in rows)])
