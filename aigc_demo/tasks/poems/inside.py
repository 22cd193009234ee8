"""Looking inside a poem: what the model would have written, and what the rules of verse left it.

Knows the poem pipeline. A poem's tokens are found by writing it again, which its seed makes exact; one that
does not come out again as it stands cannot be looked into.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_demo.decoding import teacher_forcing
from aigc_demo.decoding.sampling import Sampler
from aigc_demo.explain import Explanation, tokens
from aigc_demo.tasks.poems.tokens import BODY, Vocabulary
from aigc_demo.types import Emit, Progress, Remark, StoredItem, UserError

if TYPE_CHECKING:
    from aigc_demo.tasks.poems.debug import Slowed
    from aigc_demo.tasks.poems.params import PoemParams, TunedParams
    from aigc_demo.tasks.poems.pipeline import PoemPipeline
    from aigc_demo.tasks.poems.tuned import TunedPoet


_MARKERS = {
    "<level>": "平起 ",
    "<level+>": "平起入韵 ",
    "<oblique>": "仄起 ",
    "<oblique+>": "仄起入韵 ",
    "<free>": "不拘 ",
    "</>": "／",
    "<eos>": "。",
}


def explain(pipeline: PoemPipeline, params: PoemParams, item: StoredItem, emit: Emit) -> Explanation:
    """What is behind a poem, character by character.

    Raises:
        UserError: ``not_retraced`` where the same request gives another poem by now.
    """
    output = item.first("text")
    request, written = pipeline.again(params, emit)
    if output is None or output.text != pipeline.text_of(request, written, params):
        raise UserError("not_retraced", "error.not_retraced", status=422)
    how, rules = pipeline.drawn_by(request, params, written.attempt)
    prompt = pipeline.vocabulary.header(request)
    total = len(prompt) + len(written.ids)
    read = teacher_forcing.read(
        pipeline.decoder, prompt, written.ids, lambda done: emit(Progress(done, total))
    )
    vocabulary = pipeline.vocabulary

    def spell(token: int) -> bytes:
        return pipeline.shown(_spelled(vocabulary, token), params).encode()

    found = tokens.positions(
        read.scores, written.ids, Sampler(how, prompt, rules), lambda before: spell, rules.name
    )
    asked = tokens.spelled([token for token in prompt if token != BODY], spell)
    remarks = [Remark("inside.no_attention")] if read.attention is None else []
    told = tokens.section(found, how, asked=asked, remarks=remarks)
    if read.attention is None:
        return Explanation((told,))
    looks = tokens.attention(
        read.attention, tokens.spelled(prompt, spell), tokens.spelled(written.ids, spell)
    )
    return Explanation((told, looks))


def _spelled(vocabulary: Vocabulary, token: int) -> str:
    """A character as it is, a marker as one would say it in a talk on verse."""
    name = vocabulary.tokens[token]
    if vocabulary.first_rhyme <= token < vocabulary.first_char and not name.endswith("?>"):
        return f"{name[1:-1].rpartition(' ')[2]}韵 "
    return _MARKERS.get(name, name)


def explain_tuned(poet: TunedPoet, params: TunedParams, item: StoredItem, emit: Emit) -> Explanation:
    """The same of ShiGPT as a visitor has tuned it."""
    with poet.at_strength(params.strength) as pipeline:
        return explain(pipeline, params, item, emit)


def explain_slowed(pipeline: Slowed, params: PoemParams, item: StoredItem, emit: Emit) -> Explanation:
    """The same of a poet for tests."""
    return explain(pipeline.pipeline, params, item, pipeline.paused(emit))
