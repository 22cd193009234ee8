"""Plain text in whatever encoding it was saved: by its mark, as UTF-8, else as GB18030 or Windows' Latin.

Detectors by statistics are wrong on short Chinese texts; what is strict UTF-8 is UTF-8.
"""

from __future__ import annotations

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SAMPLE = 20_000
COMMON = 0.7
"""Of what GB18030 makes of bytes, so much must be common characters for it to be meant."""


def decoded(data: bytes) -> str:
    """Bytes as text, line ends as newlines, no NUL."""
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None) or _guessed(data)
    text = data.decode(encoding, "replace").replace("\0", "")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _guessed(data: bytes) -> str:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030" if _is_chinese(data[:SAMPLE]) else "cp1252"
    return "utf-8"


def _is_chinese(data: bytes) -> bool:
    """Whether most that is not ASCII becomes characters of GB 2312's first level: the 3,755 most common."""
    wide = [char for char in data.decode("gb18030", "replace") if ord(char) > 127]
    common = sum(b"\xb0\xa1" <= pair <= b"\xd7\xf9" or pair[:1] in b"\xa1\xa3" for pair in map(_pair, wide))
    return bool(wide) and common >= COMMON * len(wide)


def _pair(char: str) -> bytes:
    try:
        return char.encode("gb2312")
    except UnicodeEncodeError:
        return b"\0"
