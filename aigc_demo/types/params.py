"""Parameters: declared once, they draw the form, validate every entrance and are what history stores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

MAX_SEED = 2**32 - 1
"""Seeds are 0..2**32-1: every generator we use takes that range."""


@dataclass(frozen=True)
class Control:
    """How a parameter is drawn, beyond what its type and limits already say.

    ``widget`` overrides the choice made from the type; ``folded`` controls live under "More";
    ``step`` is the slider's; ``lines`` the height of a text box.
    """

    widget: Literal["auto", "prompt", "textarea", "seed", "slider", "hidden", "file"] = "auto"
    folded: bool = True
    step: float | None = None
    lines: int = 1


def param(
    default: Any,
    *,
    ge: float | None = None,
    le: float | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    widget: Literal["auto", "prompt", "textarea", "seed", "slider", "hidden", "file"] = "auto",
    folded: bool = True,
    step: float | None = None,
    lines: int = 1,
) -> Any:
    """Declare one parameter: its default, its limits and how it is drawn.

    Labels and hints are not here: they are ``<task>.<field>.label`` and ``.hint`` in strings.json.
    """
    control = Control(widget, folded, step, lines)
    return Field(
        default,
        ge=ge,
        le=le,
        min_length=min_length,
        max_length=max_length,
        validate_default=True,
        json_schema_extra={"control": control.__dict__},
    )


class Params(BaseModel):
    """What one generation is asked for.

    A task subclasses it; the fields draw the form, validate every entrance (page, HTTP, command
    line) and are what history stores. Numbers are strict (no booleans, strings, NaN or infinity)
    and unknown names are refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    seed: int | None = param(None, ge=0, le=MAX_SEED, widget="seed")

    @field_validator("*", mode="before")
    @classmethod
    def _text_is_storable(cls, value: Any) -> Any:
        """Refuse what no database, file or font can hold: NUL and lone surrogates."""
        if isinstance(value, str):
            if "\x00" in value:
                raise PydanticCustomError("text_nul", "text contains a NUL character")
            if any("\ud800" <= char <= "\udfff" for char in value):
                raise PydanticCustomError("text_surrogate", "text is not valid Unicode")
        return value

    @classmethod
    def file_fields(cls) -> tuple[str, ...]:
        """Names of the parameters that hold a file's reference."""
        return tuple(name for name, info in cls.model_fields.items() if _widget(info) == "file")

    def files(self) -> dict[str, str]:
        """The files that were chosen: a reference (an upload's id or ``<job id>/<name>``) by parameter."""
        return {name: reference for name in self.file_fields() if (reference := getattr(self, name))}

    def with_seed(self, seed: int) -> Self:
        """The same parameters with the seed resolved."""
        return self.model_copy(update={"seed": seed})


def _widget(info: FieldInfo) -> object:
    extra = info.json_schema_extra
    control = extra.get("control") if isinstance(extra, dict) else None
    return control.get("widget") if isinstance(control, dict) else None
