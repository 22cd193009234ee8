"""What the applications are asked for with. Knows names, defaults and limits; imports no torch."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from aigc_demo.types import Params, param, says_something

DOCUMENTS = ("text", "document")
TABLES = ("table",)
TYPED_MOST = 100_000
"""Characters of lines that are typed; a file may hold more."""
Line = Annotated[str, Field(max_length=400)]


class ServiceParams(Params):
    """A question to a customer service that knows prepared answers and documents, and nothing else.

    ``sample`` are the documents that come along. ``pairs`` is a table of questions and answers, ``own_pairs``
    the same as lines "question = answer"; ``document`` and its like are what answers may be put together
    from. Below ``threshold`` nothing is answered. ``before`` are the questions that were asked before it, to
    which one such as "and for children?" goes on.
    """

    question: str = param("", max_length=2_000, widget="prompt", folded=False, lines=2)
    sample: Literal["library_and_shop", "none"] = param("library_and_shop", folded=False)
    threshold: float = param(0.5, ge=0.0, le=1.0, widget="slider", step=0.05, folded=False)
    pairs: str = param("", max_length=400, widget="file", folded=False, takes=TABLES)
    document: str = param("", max_length=400, widget="file", folded=False, takes=DOCUMENTS)
    document_2: str = param("", max_length=400, widget="file", takes=DOCUMENTS)
    document_3: str = param("", max_length=400, widget="file", takes=DOCUMENTS)
    own_pairs: str = param("", max_length=TYPED_MOST, widget="textarea", lines=4)
    before: tuple[Line, ...] = param((), max_length=20, widget="hidden")

    @model_validator(mode="after")
    def _there_is_a_question(self) -> Self:
        if not says_something(self.question):
            raise PydanticCustomError("empty_question", "apps.error.no_question", {"field": "question"})
        return self


class MonitorParams(Params):
    """Texts whose topic and sentiment are told, with an alarm where negative ones surge.

    ``stream`` is a simulated one; ``texts`` are lines of the visitor's own, ``table`` a file with a column of
    texts and perhaps one of times. ``corrections`` are lines "text => class" from which the classifier
    learns at once. The alarm is raised by ``alarm`` at ``sensitivity``: higher is sooner, and more often for
    nothing.
    """

    stream: Literal["bank", "bank_zh", "calm", "none"] = param("bank", folded=False)
    texts: str = param("", max_length=TYPED_MOST, widget="textarea", folded=False, lines=5)
    table: str = param("", max_length=400, widget="file", folded=False, takes=TABLES)
    alarm: Literal["cusum", "ewma"] = param("cusum", folded=False)
    sensitivity: float = param(0.5, ge=0.0, le=1.0, widget="slider", step=0.05, folded=False)
    corrections: tuple[Annotated[str, Field(max_length=2_200)], ...] = param(
        (), max_length=500, widget="hidden"
    )

    @model_validator(mode="after")
    def _there_are_texts(self) -> Self:
        if self.stream == "none" and not self.table and not says_something(self.texts):
            raise PydanticCustomError("no_texts", "apps.error.no_texts", {"field": "texts"})
        return self


class RecommendParams(Params):
    """What to make next, by what one made, starred and shared here, and by ``likes`` (one a line).

    ``history`` are lines "why => words", why being ``starred``, ``shared``, ``repeated`` or ``made``;
    ``less`` are words of which less is wished for. ``candidates`` are what is recommended from; without
    any, ours. Nothing of it is looked up on the server: a request holds all that is used.
    """

    likes: str = param("", max_length=4_000, widget="textarea", folded=False, lines=3)
    variety: float = param(0.4, ge=0.0, le=1.0, widget="slider", step=0.1, folded=False)
    history: tuple[Line, ...] = param((), max_length=100, widget="hidden")
    less: tuple[Line, ...] = param((), max_length=100, widget="hidden")
    candidates: tuple[Line, ...] = param((), max_length=300, widget="hidden")
