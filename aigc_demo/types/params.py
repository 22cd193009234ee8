"""Parameters: declared once, they draw the form, validate every entrance and are what history stores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal, Self, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from aigc_demo.types.media import Taken

MAX_SEED = 2**32 - 1
"""Seeds are 0..2**32-1: every generator we use takes that range."""


_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs that are drawn as nothing: Hangul fillers, the empty Braille cell."""

Widget = Literal["auto", "prompt", "textarea", "seed", "slider", "hidden", "file"]


@dataclass(frozen=True)
class Control:
    """How a parameter is drawn and what it means to others, beyond what its type and limits already say.

    ``widget`` overrides the choice made from the type; ``folded`` controls live under "More";
    ``step`` is the slider's; ``lines`` the height of a text box. ``words`` says that it holds words of the
    request, which are searched for and tell the language; ``names`` that the result is called by them.
    The prompt does both, unless it is said that what is made of it is named by its task. ``sets_text`` says
    that a text which was made may go on into it, ``reads_aloud`` that the text becomes a voice, ``continues``
    that it takes the beginning of a result, to be gone on with. ``takes`` are the kinds and types that a file
    may be of, any where there are none.
    ``closed`` says that a text can only spell names of ours, such as those of styles, and nothing of the
    visitor's own. ``alias`` is a shorter public name for links. ``under`` names the field that it is drawn
    under, as the words of a picture are.
    """

    widget: Widget = "auto"
    folded: bool = True
    step: float | None = None
    lines: int = 1
    words: bool = False
    names: bool = False
    sets_text: bool = False
    reads_aloud: bool = False
    continues: bool = False
    takes: tuple[Taken, ...] = ()
    closed: bool = False
    alias: str = ""
    under: str = ""


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
    names: bool | None = None,
    sets_text: bool = False,
    reads_aloud: bool = False,
    continues: bool = False,
    takes: tuple[Taken, ...] = (),
    closed: bool = False,
    alias: str = "",
    under: str = "",
) -> Any:
    """Declare one parameter: its default, its limits and how it is drawn.

    Labels and hints are not here: they are ``<task>.<field>.label`` and ``.hint`` in strings.json.
    """
    is_prompt = widget == "prompt"
    control = Control(
        widget=widget,
        folded=folded,
        step=step,
        lines=lines,
        words=words or bool(names) or is_prompt,
        names=is_prompt if names is None else names,
        sets_text=sets_text,
        reads_aloud=reads_aloud,
        continues=continues,
        takes=takes,
        closed=closed,
        alias=alias,
        under=under,
    )
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

    reader: ClassVar[str] = ""
    """``"module:function"`` where words of a request are read before it is sent: its values as they stand in
    the form, model, known words -> :class:`Reading`."""
    account: ClassVar[str] = ""
    """``"module:function"``: params, outputs, model -> the :class:`Reading` of what was made, stored with
    it."""
    read_by_model: ClassVar[bool] = False
    """Whether a loaded model itself reads them better: its pipeline has ``read(values) -> Reading``."""

    seed: int | None = param(None, ge=0, le=MAX_SEED, widget="seed")

    @field_validator("*", mode="before")
    @classmethod
    def _values_are_storable(cls, value: Any) -> Any:
        """Refuse what no database, file or font can hold: NUL and lone surrogates. A list is a tuple here."""
        if isinstance(value, list):
            value = tuple(value)
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str):
                _check_storable(text)
        return value

    @classmethod
    def restored(cls, values: Mapping[str, Any]) -> Self:
        """The parameters that an earlier version may have stored: names that are gone since are left out."""
        return cls.model_validate({name: value for name, value in values.items() if name in cls.model_fields})

    @classmethod
    def widen(cls, params: Params) -> Self:
        """The same request in a larger family, for a pipeline that serves several: the rest as it comes."""
        return cast(Self, cls.model_construct(None, **dict(params)))

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
        return words_first(cls.controls())

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


def says_something(text: str) -> bool:
    """Whether there is anything in it to see: spaces and invisible characters alone do not count."""
    return any(char.isprintable() and not char.isspace() and char not in _BLANK for char in text)


def something_said(value: str) -> str:
    """The value, for a field that must say something.

    Raises:
        PydanticCustomError: ``empty_prompt`` where there is nothing in it to see.
    """
    if not says_something(value):
        raise PydanticCustomError("empty_prompt", "the prompt is empty")
    return value


def words_first(controls: Mapping[str, Control]) -> tuple[str, ...]:
    """Of some parameters those that hold words: those that name the result first, a title before all."""
    words = {name: control for name, control in controls.items() if control.words}
    return tuple(sorted(words, key=lambda name: _rank(words[name])))


def _check_storable(text: str) -> None:
    if "\x00" in text:
        raise PydanticCustomError("text_nul", "text contains a NUL character")
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise PydanticCustomError("text_surrogate", "text is not valid Unicode")


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
