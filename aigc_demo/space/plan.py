"""What a deploy will do, worked out before anything is asked of the Hub.

Knows the wishes, the files and the card. Knows nothing of the network, which is why a dry run is honest:
it prints the very plan that would be carried out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aigc_demo.settings import Settings
from aigc_demo.space import card, files
from aigc_demo.space.files import Wanted
from aigc_demo.types import UserError

MOUNT = "/data"
"""Where a bucket lies in the Space."""

FREE = "zero-a10g"
"""The hardware on which a free account may run a Space of this kind: ZeroGPU."""

SECRET = "AIGC_SECRET"  # noqa: S105 - the name of the setting
"""Signs the visitors' cookies; made once for a Space, so that a restart leaves everybody who they were."""

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9])?"
_SPACE = re.compile(f"({_NAME})/({_NAME})")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_PRIVATE = re.compile(r"SECRET|TOKEN|PASSWORD|_KEY|DATABASE_URL|MEDIA_URL")


@dataclass(frozen=True)
class Plan:
    """One Space as it shall be.

    Attributes:
        space: owner and name.
        readme: the card with the README's text.
        files: everything else that is sent.
        hardware: what is asked for; None leaves an existing Space as it is and takes ZeroGPU for a new one.
        private: whether only its owner may see it; False leaves an existing Space as it is.
        bucket: owner and name of the Storage Bucket that keeps history; None is none.
        variables: settings of the app, which whoever sees the Space may read.
    """

    space: str
    readme: str
    files: tuple[Wanted, ...]
    hardware: str | None = None
    private: bool = False
    bucket: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes that are sent, the card's among them."""
        return sum(file.size for file in self.files) + len(self.readme.encode())

    def report(self) -> dict[str, Any]:
        """The plan as one JSON object."""
        return {
            "space": self.space,
            "files": [
                {"path": files.CARD, "size": len(self.readme.encode())},
                *({"path": file.path, "size": file.size} for file in self.files),
            ],
            "bytes": self.size,
            "hardware": self.hardware,
            "private": self.private,
            "bucket": self.bucket,
            "mount": MOUNT if self.bucket else None,
            "variables": dict(self.variables),
            "secrets": [SECRET],
        }


def make(
    root: Path,
    space: str,
    *,
    bucket: str | None = None,
    private: bool = False,
    hardware: str | None = None,
    variables: Iterable[str] = (),
) -> Plan:
    """The plan for ``space``; ``bucket`` may leave out the owner, ``variables`` are ``NAME=VALUE``.

    Raises:
        UserError: a name that the Hub would not take, a variable that is no setting or should be no
            public one, a card with a mistake, files that are missing or too many bytes.
    """
    named = _SPACE.fullmatch(space)
    if named is None:
        raise UserError("space_name", "error.space_name", name=space[:200])
    if bucket is not None:
        bucket = bucket if "/" in bucket else f"{named[1]}/{bucket}"
        if not _SPACE.fullmatch(bucket):
            raise UserError("bucket_name", "error.bucket_name", name=bucket[:200])
    if hardware is not None and not re.fullmatch(_NAME, hardware):
        raise UserError("bad_hardware", "error.bad_hardware", name=hardware[:200])
    found = files.wanted(root)
    _, readme = card.read(root, {file.path for file in found})
    chosen = dict(map(_variable, variables))
    return Plan(space, readme, found, hardware, private, bucket, chosen)


def _variable(pair: str) -> tuple[str, str]:
    name, equal, value = pair.partition("=")
    if not equal or not _VARIABLE.fullmatch(name):
        raise UserError("bad_argument", "error.bad_argument", argument=pair[:80])
    if _PRIVATE.search(name):
        raise UserError("public_variable", "error.public_variable", name=name)
    known = {f"AIGC_{setting.upper()}" for setting in Settings.model_fields}
    if name.startswith("AIGC_") and name not in known:
        raise UserError("unknown_setting", "error.unknown_setting", name=name)
    return name, value
