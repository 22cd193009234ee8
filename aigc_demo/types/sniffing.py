"""What a file is, told from its first bytes: one function a format, each looking at a bounded part of it.

Knows how files begin. Knows nothing of names, limits or what is done with them; whether the rest is sound is
found out by whoever decodes it. None decompresses anything, none takes longer for a longer file.
"""

from __future__ import annotations

import codecs
import contextlib
import re

HEAD = 1 << 16
"""Bytes that are looked at where more than the beginning counts."""

_FIELD = re.compile(rb"\s*+([A-Za-z]):(?![|:])\s*+([^\s%]*+)")
_KEY = re.compile(rb"[A-G][#b]?(?:[a-z]{1,10})?|H[Pp]|none")
_MUSIC = re.compile(rb"[\s|:\[\]()\d/,'A-Gza-g^_=<>~-]+")
_NO_VIDEO = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis", b"crx "}
_SOUND_BRANDS = (b"M4A ", b"M4B ", b"M4P ")
_NO_VIDEO |= set(_SOUND_BRANDS)
"""Brands of the same container that are pictures or sound alone."""
_SOUNDS = (b"OpusHead", b"\x01vorbis", b"\x7fFLAC")
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f")) + b"\x7f"


def is_png(data: bytes) -> bool:
    """A PNG picture."""
    return data.startswith(b"\x89PNG\r\n\x1a\n")


def is_jpeg(data: bytes) -> bool:
    """A JPEG picture."""
    return data.startswith(b"\xff\xd8\xff")


def is_webp(data: bytes) -> bool:
    """A WebP picture."""
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def is_gif(data: bytes) -> bool:
    """A GIF, moving or not."""
    return data[:6] in (b"GIF87a", b"GIF89a")


def is_avif(data: bytes) -> bool:
    """An AVIF picture, still or moving."""
    return data[4:8] == b"ftyp" and (data[8:12] in (b"avif", b"avis") or b"avif" in data[16:64])


def is_heic(data: bytes) -> bool:
    """A HEIC photo as phones make them, which nothing here decodes."""
    brands = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx")
    found = data[8:12] in brands or (
        data[8:12] in (b"mif1", b"msf1") and any(b in data[16:64] for b in brands)
    )
    return data[4:8] == b"ftyp" and found and not is_avif(data)


def is_mp4(data: bytes) -> bool:
    """A clip in the ISO container; pictures and sounds in it are none."""
    return data[4:8] == b"ftyp" and data[8:12] not in _NO_VIDEO


def is_m4a(data: bytes) -> bool:
    """Sound alone in the ISO container, as phones record it."""
    return data[4:8] == b"ftyp" and data[8:12] in _SOUND_BRANDS


def is_webm(data: bytes) -> bool:
    """A WebM clip: a Matroska file that says so."""
    return data.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in data[:64]


def is_wav(data: bytes) -> bool:
    """A WAV sound."""
    return data[:4] == b"RIFF" and data[8:12] == b"WAVE"


def is_ogg(data: bytes) -> bool:
    """An Ogg file whose first stream is sound."""
    return data.startswith(b"OggS") and any(sound in data[:256] for sound in _SOUNDS)


def is_flac(data: bytes) -> bool:
    """A FLAC sound."""
    return data.startswith(b"fLaC")


def is_mp3(data: bytes) -> bool:
    """An MP3 sound: two frames in a row, right at the beginning or soon after an ID3 tag."""
    tagged = data[:3] == b"ID3" and len(data) >= 10
    start = (
        10 + sum((byte & 0x7F) << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
        if tagged
        else 0
    )
    for at in range(start, start + 2048 if tagged else 1):
        length = _mp3_frame(data[at : at + 4])
        if length and (_mp3_frame(data[at + length : at + length + 4]) or at + length == len(data)):
            return True
    return False


def is_midi(data: bytes) -> bool:
    """A MIDI file, bare or in a RIFF."""
    return data[:4] == b"MThd" or (data[:4] == b"RIFF" and data[8:12] == b"RMID")


def is_abc(data: bytes) -> bool:
    """A tune in ABC notation: it has a number, or fields of a tune, or is a line of nothing but music."""
    head = data[:4000]
    if b"\x00" in head[:200] or head[:1] in b"<{":
        return False
    lines = head.removeprefix(codecs.BOM_UTF8).splitlines()
    if lines and lines[0].startswith(b"%abc"):
        return True
    seen: set[bytes] = set()
    for line in lines[:60]:
        if line.lstrip()[:1] in (b"", b"%"):
            continue
        field = _FIELD.match(line)
        if field is None:
            return _is_music(line) if not seen else _names_a_tune(seen)
        name, value = field.groups()
        if name == b"X":
            return value[:1].isdigit()
        known = _KEY.fullmatch(value) is not None if name == b"K" else name in b"TMLQRCOZSNABDFGHPVWIUwmrs"
        if not known:
            return False
        seen.add(name)
    return _names_a_tune(seen)


def _names_a_tune(fields: set[bytes]) -> bool:
    return len(fields & {b"M", b"L", b"K", b"R", b"T"}) >= 2 and not fields.isdisjoint({b"M", b"L", b"K"})


def _is_music(line: bytes) -> bool:
    """A line with bar lines and at least four notes, and nothing that is neither."""
    letters = sum(letter in b"abcdefgABCDEFG" for letter in line[:400])
    return line.count(b"|") > 1 and letters >= 4 and _MUSIC.fullmatch(line[:400]) is not None


def is_musicxml(data: bytes) -> bool:
    """A score in MusicXML, perhaps in UTF-16."""
    plain = data[:2000].replace(b"\x00", b"")
    return not data.startswith(b"PK") and (b"<score-partwise" in plain or b"<score-timewise" in plain)


def is_mxl(data: bytes) -> bool:
    """A score in compressed MusicXML: a zip that holds the list of its scores, wherever it stands in it."""
    if data[:4] != b"PK\x03\x04":
        return False
    listed = b"META-INF/container.xml" in data[:2000] or b"META-INF/container.xml" in data[-HEAD:]
    return listed and b"application/epub" not in data[:200]


def is_pdf(data: bytes) -> bool:
    """A PDF document."""
    return data.startswith(b"%PDF-")


def is_docx(data: bytes) -> bool:
    """A document of a word processor."""
    return data[:4] == b"PK\x03\x04" and b"word/document.xml" in data


def is_xlsx(data: bytes) -> bool:
    """A workbook of a spreadsheet program."""
    return data[:4] == b"PK\x03\x04" and b"xl/workbook.xml" in data


def is_zip(data: bytes) -> bool:
    """A zip of anything: it begins as one and has the end of a directory."""
    return data[:4] == b"PK\x03\x04" and b"PK\x05\x06" in data[-HEAD:]


def is_text(data: bytes) -> bool:
    """Words in UTF-8 or GBK, of which the first part holds no control characters."""
    head = data[:HEAD]
    if not head or len(head.translate(None, _CONTROLS)) < len(head):
        return False
    for encoding in ("utf-8", "gb18030"):
        with contextlib.suppress(UnicodeDecodeError):
            codecs.getincrementaldecoder(encoding)().decode(head, final=len(head) == len(data))
            return True
    return False


_KBITS = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
"""Samples a second by the version's two bits: 3 is MPEG 1, 2 is MPEG 2, 0 is MPEG 2.5."""


def _mp3_frame(head: bytes) -> int:
    """How many bytes the frame with this header takes; 0 for anything that is none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:  # in step, and layer III
        return 0
    version, kbits, rate = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or kbits in (0, 15) or rate == 3:
        return 0
    first = version == 3
    bits = _KBITS[1 if first else 2][kbits] * 1000
    return (144 if first else 72) * bits // _RATES[version][rate] + (head[2] >> 1 & 1)
