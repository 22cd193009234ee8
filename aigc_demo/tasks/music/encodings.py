"""Letters of a foreign score: which encoding its bytes are in.

Knows marks of order, names that files declare, and Chinese that says nothing of itself. Knows no file format.
"""

from __future__ import annotations

import codecs

_SAID = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5", "euc-kr": "euc_kr",
    "shift_jis": "shift_jis", "euc-jp": "euc_jp", "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "utf-8",
    "ascii": "utf-8", "windows-1250": "cp1250", "windows-1251": "cp1251", "windows-1252": "cp1252",
    "cp1252": "cp1252", "koi8-r": "koi8_r", "macintosh": "mac_roman", "utf-16": "utf-16",
    **{f"iso-8859-{n}": f"iso8859_{n}" for n in (1, 2, 3, 4, 5, 7, 9, 10, 13, 14, 15)},
}  # fmt: skip
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_COMMON = (0xB0, 0xD7)
"""First bytes of the 3,755 characters of the first level of GB 2312, which ordinary Chinese consists of."""


def decoded(data: bytes, declared: str = "") -> str:
    """The text: by its mark, as declared, as UTF-8, as Chinese where that is likely, else Western letters."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    if data[:1] and data[1:2] == b"\0" and data[:4].count(0) == 2:
        return data.decode("utf-16-le", "replace")
    if data[:1] == b"\0" and data[:4].count(0) == 2:
        return data.decode("utf-16-be", "replace")
    said = _SAID.get(declared.strip().lower(), "")
    for encoding in dict.fromkeys(("utf-8", said) if said in ("", "utf-16") else (said, "utf-8")):
        try:
            return data.decode(encoding) if encoding else _unsaid(data)
        except UnicodeDecodeError:
            continue
    return _unsaid(data)


def _unsaid(data: bytes) -> str:
    """Text that neither says its encoding nor is UTF-8."""
    high = [index for index, byte in enumerate(data[:20_000]) if byte >= 0x80]
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
    pairs, at = 0, -2
    common = 0
    for index in high:
        if index == at + 1:
            continue  # the second byte of a pair
        at, pairs = index, pairs + 1
        common += _COMMON[0] <= data[index] <= _COMMON[1] and data[index + 1 : index + 2] >= b"\xa1"
    return text if pairs and common * 2 >= pairs else data.decode("cp1252", "replace")
