"""Event files as TensorBoard reads them: scalars and pictures, one whole record at a time.

Knows the record format (length, masked CRC-32C, protobuf ``Event``, masked CRC-32C) and the few fields of the
messages that are needed. The ``tensorboard`` package writes the same and brings 170 MB along, which a machine
that trains for a minute need not have; a test opens these files with it. Knows nothing of trainings.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

_POLYNOMIAL = 0x82F63B78
_MASK = 0xA282EAD8


def _table() -> tuple[int, ...]:
    def entry(byte: int) -> int:
        for _ in range(8):
            byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
        return byte

    return tuple(entry(byte) for byte in range(256))


_TABLE = _table()


def head() -> bytes:
    """The record that an event file begins with."""
    return _record(_double(1, time.time()) + _bytes(3, b"brain.Event:2"))


def scalars(step: int, values: Mapping[str, float]) -> bytes:
    """One value each under these names; not-a-number and infinity are kept as they are."""
    return _summary(step, (_bytes(1, name.encode()) + _float(2, value) for name, value in values.items()))


def picture(step: int, name: str, png: bytes, size: tuple[int, int]) -> bytes:
    """A picture (width, height) that is a PNG file already."""
    image = _number(1, size[1]) + _number(2, size[0]) + _number(3, 3) + _bytes(4, png)
    return _summary(step, [_bytes(1, name.encode()) + _bytes(4, image)])


def append(path: Path, record: bytes) -> None:
    """Add a whole record to an event file, begun if need be.

    A killed run leaves a file that can be gone on with. The name should hold "tfevents", or TensorBoard
    passes it over.
    """
    with path.open("ab") as file:
        file.write(record if file.tell() else head() + record)


def _summary(step: int, values: Iterable[bytes]) -> bytes:
    summary = b"".join(_bytes(1, value) for value in values)
    return _record(_double(1, time.time()) + _number(2, step) + _bytes(5, summary))


def _record(event: bytes) -> bytes:
    length = struct.pack("<Q", len(event))
    return length + _masked_crc(length) + event + _masked_crc(event)


def _masked_crc(data: bytes) -> bytes:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF)


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _double(field: int, value: float) -> bytes:
    return _varint(field << 3 | 1) + struct.pack("<d", value)


def _float(field: int, value: float) -> bytes:
    return _varint(field << 3 | 5) + struct.pack("<f", value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value
