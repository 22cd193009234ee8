"""The archive's lines: what each tells of an item and of its files, and nothing that a line could not hold.

Knows names, types and limits. Reads and writes nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from aigc_demo.types import Kind, Language, media

ITEMS = "items.jsonl"
INDEX = "index.html"
MOST_ITEMS = 5_000
"""Of one archive."""
MOST_FILE_BYTES = 200_000_000
"""Of one file, unpacked: an archive may claim anything."""
_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
_HASH = r"^[0-9a-f]{64}$"
_ID = r"^[0-9a-z]{26}$"


def place(item_id: str, name: str) -> str:
    """Where a file of an item lies in the archive."""
    return f"files/{item_id}/{name}"


def brought_place(upload_id: str, media_type: str) -> str:
    """Where a file that its owner brought in lies in the archive."""
    return f"brought/{upload_id}.{media.of_type(media_type).suffix}"


class File(BaseModel):
    """One output as the archive tells of it; archives of earlier versions told no hash."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    kind: Kind
    name: str = Field(max_length=100, pattern=_NAME)
    media_type: str = Field(max_length=100)
    text: str | None = Field(None, max_length=2_000_000)
    meta: dict[str, Any] = {}
    sha256: str | None = Field(None, pattern=_HASH)

    @model_validator(mode="after")
    def _is_of_a_known_type(self) -> Self:
        """Files are served as the type they are said to be: no page or script may come in as a picture."""
        if not media.is_known(self.media_type):
            raise ValueError(f"no output is of the type {self.media_type}")
        is_of_kind = self.media_type.partition("/")[0] == self.kind
        if self.kind == "model":
            is_of_kind = media.of_type(self.media_type).is_one_of(("model",))
        if self.kind != "file" and not is_of_kind:
            raise ValueError(f"{self.media_type} is no {self.kind}")
        return self


class Beside(BaseModel):
    """A file that stands beside an item's outputs: a label or a thumbnail."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(max_length=120, pattern=_NAME)
    sha256: str = Field(pattern=_HASH)


class Brought(BaseModel):
    """A file that the owner brought in and an item was made from; its parameters name it by ``id``."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(pattern=_ID)
    name: str = Field(max_length=200)
    media_type: str = Field(max_length=100)
    sha256: str = Field(pattern=_HASH)


class Item(BaseModel):
    """One item as the archive tells of it. What it was made from is named by the ids of this archive."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    id: str = Field(pattern=_ID)
    task: str
    model: str
    status: Literal["done", "cancelled", "failed"]
    params: dict[str, Any]
    language: Language
    created: AwareDatetime = Field(ge=datetime(1970, 1, 2, tzinfo=UTC), le=datetime(9999, 12, 30, tzinfo=UTC))
    title: str = Field("", max_length=500)
    titled: bool = False
    starred: bool = False
    seconds: float | None = Field(None, ge=0)
    load_seconds: float | None = Field(None, ge=0)
    parent: str | None = Field(None, max_length=26)
    outputs: tuple[File, ...] = Field((), max_length=64)
    beside: tuple[Beside, ...] = Field((), max_length=128)
    brought: tuple[Brought, ...] = Field((), max_length=32)
