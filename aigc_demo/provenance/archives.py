"""Labels of a zip: the mark in the comment at its end, which every program shows and none needs.

Knows the last record of a zip. What is inside has labels of its own. A record that the comment cannot hold is
left out, the mark never is. Source: PKWARE, APPNOTE.TXT 6.3.10, section 4.3.16.
"""

from __future__ import annotations

from aigc_demo.provenance.labels import Labels, mark_of, parse_json, to_json

MAGIC = b"PK\x03\x04"
_END, _EMPTY = b"PK\x05\x06", 22
_MOST = 65_535


def recognises(data: bytes) -> bool:
    """Whether it is a zip with something in it, or an empty one."""
    return data.startswith((MAGIC, _END))


def embed(data: bytes, labels: Labels) -> bytes:
    """The same zip with these labels as its comment. ValueError if it is none, or has another's comment."""
    at = _end(data)
    if at + _EMPTY < len(data) and extract(data) is None:
        raise ValueError("the zip has a comment of its own")
    text = comment(labels)
    return data[: at + 20] + len(text).to_bytes(2, "little") + text


def comment(labels: Labels) -> bytes:
    """What stands at the end of a zip that carries these labels."""
    bare = f'{{"AIGC":{labels.mark}}}'.encode("utf-8", "replace")
    if labels.record is None:
        return bare
    full = f'{{"AIGC":{labels.mark},"record":{labels.record}}}'.encode("utf-8", "replace")
    return full if len(full) <= _MOST else bare


def extract(data: bytes) -> Labels | None:
    """The labels of a zip, None if it has none."""
    value = parse_json(data[_end(data) + _EMPTY :].decode("utf-8", "replace"))
    mark = mark_of(value)
    if value is None or mark is None:
        return None
    record = value.get("record")
    return Labels(to_json(mark), None if record is None else to_json(record))


def _end(data: bytes) -> int:
    """Where the last record begins."""
    if not recognises(data):
        raise ValueError("not a zip")
    at = data.rfind(_END, max(0, len(data) - _EMPTY - _MOST))
    if at < 0 or at + _EMPTY + int.from_bytes(data[at + 20 : at + 22], "little") != len(data):
        raise ValueError("the zip is cut short")
    return at
