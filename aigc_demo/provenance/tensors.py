"""Labels of trained weights (safetensors): two entries of the metadata in the file's header.

Knows the header; no tensor is touched, and where each lies does not change. Source: safetensors 0.8,
"Format".
"""

from __future__ import annotations

import json
from typing import Any

from aigc_demo.provenance.labels import Labels

_LONGEST = 10_000_000
"""Bytes of a header that is opened; ours have some thousand."""
_MARK, _RECORD, _METADATA = "AIGC", "aigc-studio", "__metadata__"


def recognises(data: bytes) -> bool:
    """Whether it begins as such a file does."""
    size = int.from_bytes(data[:8], "little")
    return 2 <= size <= len(data) - 8 and data[8:9] == b"{"


def embed(data: bytes, labels: Labels) -> bytes:
    """The same weights with these labels in place of any they had. ValueError if there are none."""
    header, body = _header(data)
    told = {name: value for name, value in header.pop(_METADATA, {}).items() if name not in (_MARK, _RECORD)}
    told[_MARK] = labels.wrapped_mark
    if labels.record is not None:
        told[_RECORD] = labels.record
    text = json.dumps({_METADATA: told, **header}, separators=(",", ":"), ensure_ascii=False).encode(
        "utf-8", "replace"
    )
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data[body:]


def extract(data: bytes) -> Labels | None:
    """The labels of weights, None if they have none."""
    told = _header(data)[0].get(_METADATA, {})
    mark, record = told.get(_MARK), told.get(_RECORD)
    return Labels.found(mark, record if isinstance(record, str) else None) if isinstance(mark, str) else None


def content(data: bytes) -> bytes:
    """The tensors alone, which are the same whatever the labels say. ValueError if there are none."""
    return data[_header(data)[1] :]


def _header(data: bytes) -> tuple[dict[str, Any], int]:
    """The header, and where the tensors begin."""
    if not recognises(data):
        raise ValueError("not a file of weights")
    size = int.from_bytes(data[:8], "little")
    if size > _LONGEST:
        raise ValueError("a header that is too long")
    try:
        header = json.loads(data[8 : 8 + size])
    except RecursionError:
        raise ValueError("a header that is too deep") from None
    if not isinstance(header, dict) or not isinstance(header.get(_METADATA, {}), dict):
        raise ValueError("not a file of weights")
    return header, 8 + size
