"""Look inside: what an explanation is, as pure values, and what several pipelines' explanations share.

An explainer stands beside its pipeline and is named by its model's declaration: pipeline, params,
:class:`types.StoredItem`, emit -> :class:`Explanation`. Knows nothing of who asks, where it is kept or how it
is drawn; whoever draws goes by a section's ``kind``, and :mod:`words` says the same.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from aigc_demo.types import Remark

VERSION = 1
"""Of the JSON form; a stored explanation of another version is made anew."""


@dataclass(frozen=True)
class Section:
    """One part of an explanation.

    ``kind`` says what is in ``data`` (JSON values). ``private`` names those of its members that repeat the
    visitor's own words: a link that keeps the request back is not told them.
    """

    kind: str
    data: Mapping[str, Any]
    remarks: tuple[Remark, ...] = ()
    private: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """What can be seen inside one result, in the order in which it is shown."""

    sections: tuple[Section, ...]

    def plain(self) -> dict[str, Any]:
        """As JSON values; :func:`told` is for others than its owner."""
        return {
            "version": VERSION,
            "sections": [
                {
                    "kind": section.kind,
                    "data": dict(section.data),
                    "remarks": [
                        {"key": remark.key, "values": dict(remark.values)} for remark in section.remarks
                    ],
                    "private": list(section.private),
                }
                for section in self.sections
            ],
        }


def told(plain: Mapping[str, Any]) -> dict[str, Any]:
    """An explanation as :meth:`Explanation.plain` gives it, without the words of whoever asked."""
    return {
        **plain,
        "sections": [
            {
                **section,
                "data": {
                    name: value for name, value in section["data"].items() if name not in section["private"]
                },
            }
            for section in plain["sections"]
        ],
    }


@dataclass(frozen=True)
class Bytes:
    """An array of numbers 0..1 for a drawing: 255 steps are more than a screen shows.

    ``shape`` from the outermost dimension in; ``data`` is their bytes (255 is one), row by row, deflated
    (zlib), in base 64.
    """

    shape: tuple[int, ...]
    data: str = field(repr=False)

    @classmethod
    def of(cls, values: npt.NDArray[Any]) -> Bytes:
        """Packed; numbers outside 0..1 are cut."""
        numbers = np.rint(np.clip(np.nan_to_num(values), 0, 1) * 255).astype(np.uint8)
        return cls(values.shape, base64.b64encode(zlib.compress(numbers.tobytes(), 6)).decode())

    def numbers(self) -> npt.NDArray[np.float32]:
        """Unpacked again, to 1/255."""
        raw = np.frombuffer(zlib.decompress(base64.b64decode(self.data)), np.uint8)
        return raw.reshape(self.shape).astype(np.float32) / np.float32(255)

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return {"shape": list(self.shape), "data": self.data}


def rounded(value: float, digits: int = 4) -> float:
    """A number short enough to be sent many times: so many digits behind the point, never minus zero."""
    return round(float(value), digits) + 0.0
