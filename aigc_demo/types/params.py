"""Parameters: declared once, they draw the form, validate every entrance and are what history stores."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, Self, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from aigc_demo.types.media import Taken

MAX_SEED = 2**32 - 1
"""Seeds are 0..2**32-1: every generator we use takes that range."""


Widget = Literal["auto", "prompt", "textarea", "seed", "slider", "hidden", "file"]


@dataclass(frozen=True)
class Control:
    """How a parameter is drawn and what it means to others, beyond what its type and limits already say.

    ``widget`` overrides the choice made from the type; ``folded`` controls live under "More";
    ``step`` is the slider's; ``lines`` the height of a text box. ``words`` says that it holds words of the
    request, which are searched for and tell the language; ``names`` that the result is called by them.
    The prompt does both. ``sets_text`` says that a text which was made may go on into it. ``takes`` are
    the kinds and types that a file may be of, any where there are none. ``closed`` says that a text can only
    spell names of ours, such as those of styles, and nothing of the visitor's own.
    """

    widget: Widget = "auto"
    folded: bool = True
    step: float | None = None
    lines: int = 1
    words: bool = False
    names: bool = False
    sets_text: bool = False
    takes: tuple[Taken, ...] = ()
    closed: bool = False


def param(
    default: Any,
    *,
    ge: float | None = None,
    le: float | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    widget: Widget = "auto",
    folded: bool = True,
    step: float | None = None,
    lines: int = 1,
    words: bool = False,
    names: bool = False,
    sets_text: bool = False,
    takes: tuple[Taken, ...] = (),
    closed: bool = False,
) -> Any:
    """Declare one parameter: its default, its limits and how it is drawn.

    Labels and hints are not here: they are ``<task>.<field>.label`` and ``.hint`` in strings.json.
    """
    is_prompt = widget == "prompt"
    words, names = words or names or is_prompt, names or is_prompt
    control = Control(widget, folded, step, lines, words, names, sets_text, takes, closed)
    return Field(
        default,
        ge=ge,
        le=le,
        min_length=min_length,
        max_length=max_length,
        validate_default=True,
        json_schema_extra={"control": asdict(control)},
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
    def controls(cls) -> dict[str, Control]:
        """How each parameter is drawn and what it means, by name, in the order of declaration."""
        return {name: _control(info) for name, info in cls.model_fields.items()}

    @classmethod
    def file_fields(cls) -> tuple[str, ...]:
        """Names of the parameters that hold a file's reference."""
        return tuple(name for name, control in cls.controls().items() if control.widget == "file")

    @classmethod
    def word_fields(cls) -> tuple[str, ...]:
        """Names of the parameters that hold words: those that name the result first, a title before all."""
        controls = {name: control for name, control in cls.controls().items() if control.words}
        return tuple(sorted(controls, key=lambda name: _rank(controls[name])))

    @classmethod
    def taken_for(cls, field: str) -> tuple[Taken, ...]:
        """What a file for this parameter may be; nothing means anything. KeyError if it takes no file."""
        control = cls.controls()[field]
        if control.widget != "file":
            raise KeyError(field)
        return tuple(control.takes)

    @classmethod
    def impersonal_fields(cls) -> tuple[str, ...]:
        """Names of the parameters that can hold nothing of the visitor's own: numbers, switches, choices."""
        controls = cls.controls()
        return tuple(
            name
            for name, info in cls.model_fields.items()
            if controls[name].closed or not _holds_text(info.annotation)
        )

    def files(self) -> dict[str, str]:
        """The files that were chosen: a reference (an upload's id or ``<job id>/<name>``) by parameter."""
        return {name: reference for name in self.file_fields() if (reference := getattr(self, name))}

    def with_seed(self, seed: int) -> Self:
        """The same parameters with the seed resolved."""
        return self.model_copy(update={"seed": seed})


def _control(info: FieldInfo) -> Control:
    extra = info.json_schema_extra
    control = extra.get("control") if isinstance(extra, dict) else None
    return Control(**cast(Any, control)) if isinstance(control, dict) else Control()


def _holds_text(annotation: Any) -> bool:
    """Whether a value of the type may be, or contain, a text that is no choice of ours."""
    if get_origin(annotation) is Literal:
        return False
    return annotation in (str, Any) or any(map(_holds_text, get_args(annotation)))


def _rank(control: Control) -> int:
    """A title comes before the prompt, the prompt before other words."""
    return 0 if control.names and control.widget != "prompt" else 1 if control.names else 2
