"""Poems: whatever is asked for, the form is whole; what cannot be done is said in one sentence."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_demo.guard.params import checked
from aigc_demo.settings import ASSETS
from aigc_demo.tasks.poems import asking, debug, prosody, reading, report, script
from aigc_demo.tasks.poems.constraint import PoemRules, Tables, limit
from aigc_demo.tasks.poems.couplet import CoupletRules, Couplets, account, upper_of
from aigc_demo.tasks.poems.images import IMAGES, nearest
from aigc_demo.tasks.poems.limits import KEYS_MOST, TITLE_MOST
from aigc_demo.tasks.poems.models import MODELS
from aigc_demo.tasks.poems.params import CoupletParams, PoemParams
from aigc_demo.tasks.poems.pipeline import PoemPipeline
from aigc_demo.tasks.poems.prosody import FORMS, judge, pattern
from aigc_demo.tasks.poems.tokens import EOS, PLANS, PoemRequest, Vocabulary, plan_of
from aigc_demo.types import Output, Partial, UserError

VOCABULARY = debug.vocabulary()
PROSODY = prosody.load()
TABLES = Tables(VOCABULARY, PROSODY)
DEBUG = next(spec for spec in MODELS if spec.id == "debug-poem")
COMMON = "".join(VOCABULARY.tokens[VOCABULARY.first_char :][:400])


@pytest.fixture(scope="module")
def poet() -> PoemPipeline:
    return debug.pipeline()


def request(**values: Any) -> PoemParams:
    return checked(DEBUG, {"prompt": "秋夜", "seed": 1, **values})  # type: ignore[return-value]


def written(poet: PoemPipeline, **values: Any) -> dict[str, Any]:
    (output,) = poet(request(**values), lambda event: None)
    return dict(output.meta["poem"])


def drawn(rules: PoemRules, form: str, seed: int) -> list[int]:
    """A poem by chance alone, within the rules."""
    rng, result = np.random.default_rng(seed), list[int]()
    while not result or result[-1] != EOS:
        result.append(int(rng.choice(np.flatnonzero(rules.allowed(result)))))
        assert len(result) <= limit(FORMS[form])
    return result


forms = st.sampled_from(list(FORMS))
seeds = st.integers(0, 2**32 - 1)

# -- rules ----------------------------------------------------------------------------------------


@given(forms, st.sampled_from(["off", "learned", "enforced"]), seeds, st.booleans())
@settings(max_examples=25, deadline=None)
def test_any_poem_has_the_lines_of_its_form_and_begins_them_with_the_heads(
    form: str, strictness: Any, seed: int, acrostic: bool
) -> None:
    heads = COMMON[seed % 300 :][: FORMS[form].lines] if acrostic else ""
    result = drawn(PoemRules(TABLES, PoemRequest(form, heads=heads), strictness), form, seed)
    lines = VOCABULARY.read(result)
    assert [len(line) for line in lines] == [FORMS[form].length] * FORMS[form].lines
    assert not acrostic or "".join(line[0] for line in lines) == heads
    assert VOCABULARY.tokens[result[0]][1:-1] in PLANS


@given(forms, seeds)
@settings(max_examples=25, deadline=None)
def test_an_enforced_poem_breaks_no_rule_even_by_chance(form: str, seed: int) -> None:
    result = drawn(PoemRules(TABLES, PoemRequest(form), "enforced"), form, seed)
    lines = VOCABULARY.read(result)
    assert all(verdict.holds for verdict in judge(lines, PROSODY))
    assert any(verdict.rule == "rhyme" for verdict in judge(lines, PROSODY))
    ends = [line[-1] for line in lines[1::2]]
    assert len(set(ends)) == len(ends)


@given(forms, seeds)
@settings(max_examples=15, deadline=None)
def test_a_poem_that_has_to_choose_a_plan_chooses_a_regulated_one(form: str, seed: int) -> None:
    result = drawn(PoemRules(TABLES, PoemRequest(form), "learned"), form, seed)
    assert VOCABULARY.tokens[result[0]] != "<free>"
    assert PROSODY.groups[result[1] - VOCABULARY.first_rhyme].tone == "level"


@given(forms, seeds)
@settings(max_examples=15, deadline=None)
def test_the_plan_of_an_enforced_poem_can_be_read_from_its_lines(form: str, seed: int) -> None:
    result = drawn(PoemRules(TABLES, PoemRequest(form), "enforced"), form, seed)
    plan, group = plan_of(VOCABULARY.read(result), PROSODY)
    assert plan.rstrip("+") == VOCABULARY.tokens[result[0]][1:-1].rstrip("+")
    assert group is not None


def test_a_known_poem_keeps_the_rules_and_one_changed_word_breaks_one() -> None:
    lines = ["白日依山尽", "黄河入海流", "欲穷千里目", "更上一层楼"]
    assert all(verdict.holds for verdict in judge(lines, PROSODY))
    broken = [verdict.rule for verdict in judge([*lines[:3], "更上一层山"], PROSODY) if not verdict.holds]
    assert broken == ["rhyme"]


def test_tones_alternate_oppose_and_adhere_in_every_pattern() -> None:
    for form in FORMS.values():
        rows = pattern(form, "level")
        for row, tones in enumerate(rows):
            assert tones[1] != tones[3]
            before = rows[row - 1]
            if row % 2:
                assert all(tones[place] != before[place] for place in form.positions)
            elif row:
                assert tones[1] == before[1]


# -- wishes ---------------------------------------------------------------------------------------


def read(**values: Any) -> asking.Asked:
    return asking.read(request(**values), VOCABULARY)


@pytest.mark.parametrize(
    ("prompt", "title", "form"),
    [
        ("秋夜", "秋夜", "七绝"),
        ("写一首关于秋夜的诗", "秋夜", "七绝"),
        ("请写一首以秋夜为题的五律。", "秋夜", "五律"),
        ("帮我写首咏春风的七言律诗", "春风", "七律"),
        ("五言绝句：秋夜", "秋夜", "五绝"),
        ("秋夜（七律）", "秋夜", "七律"),
        ("写一首诗", "", "七绝"),
        ("《秋夜》", "秋夜", "七绝"),
        ("写真", "写真", "七绝"),
    ],
)
def test_a_sentence_is_understood_as_theme_and_form(prompt: str, title: str, form: str) -> None:
    asked = asking.read(request(prompt=prompt), _real())
    assert (asked.request.title, asked.request.form) == (title, form)


def _real() -> Any:
    from aigc_demo.settings import ASSETS
    from aigc_demo.tasks.poems.tokens import Vocabulary

    return Vocabulary.load(ASSETS / "models" / "shigpt" / "tokens.json")


def test_an_acrostic_may_be_asked_for_in_the_sentence_itself() -> None:
    asked = read(prompt="藏头诗：春江花月")
    assert asked.request.heads == "春江花月"
    assert asked.request.title == ""


def test_traditional_characters_are_read_as_the_simplified_ones() -> None:
    assert read(prompt="江樓夜雨").request.title == "江楼夜雨"
    assert read(acrostic="春風來時").request.heads == "春风来时"


def test_markers_that_somebody_types_are_text() -> None:
    asked = read(prompt="<body>秋夜<eos>")
    assert asked.request.title == "秋夜"
    assert [note.key for note in asked.notes] == ["text.poem.note.foreign"]
    ids = VOCABULARY.header(asked.request)
    assert sum(one < VOCABULARY.first_char for one in ids) == 5  # bos, form, dynasty, title, body


@given(st.text(max_size=40), st.text(max_size=20))
@settings(max_examples=80, deadline=None)
def test_whatever_is_typed_becomes_known_characters_or_one_sentence(prompt: str, keywords: str) -> None:
    try:
        params = request(prompt=prompt, keywords=keywords)
        asked = asking.read(params, VOCABULARY)
    except UserError as error:
        assert error.problem.field in ("prompt", "keywords")
        return
    assert len(asked.request.title) <= TITLE_MOST
    assert all(VOCABULARY.knows(char) for char in asked.request.title + "".join(asked.request.keys))
    assert len(VOCABULARY.header(asked.request)) + limit(FORMS[asked.request.form]) <= 128


def test_a_theme_without_chinese_is_refused_by_name() -> None:
    with pytest.raises(UserError) as caught:
        read(prompt="autumn night")
    assert caught.value.problem.key == "error.poem_not_chinese"
    assert caught.value.problem.values["text"] == "autumn night"


@pytest.mark.parametrize(
    ("acrostic", "key", "named"),
    [
        ("春夏秋", "error.poem_heads_count", "春夏秋"),
        ("春夏秋冬春", "error.poem_heads_count", "春夏秋冬春"),
        ("春a秋冬", "error.poem_heads_foreign", "a"),
        ("春夏秋龘", "error.poem_heads_unknown", "龘"),
    ],
)
def test_a_wrong_acrostic_is_refused_by_what_is_wrong(acrostic: str, key: str, named: str) -> None:
    with pytest.raises(UserError) as caught:
        read(acrostic=acrostic)
    assert caught.value.problem.key == key
    assert caught.value.problem.field == "acrostic"
    assert named in caught.value.problem.values.values()


def test_long_themes_and_many_words_are_cut_and_that_is_told() -> None:
    asked = read(prompt="春" * 30, keywords="秋月 春风 江山 白云")
    assert asked.request.title == "春" * TITLE_MOST
    assert len(asked.request.keys) == KEYS_MOST
    assert [note.key for note in asked.notes] == ["text.poem.note.cut", "text.poem.note.many_keys"]


def test_rare_characters_are_passed_over_and_named() -> None:
    asked = read(prompt="秋龘夜")
    assert asked.request.title == "秋夜"
    assert asked.notes[0].values == {"chars": "龘"}


def test_nothing_at_all_is_refused_and_an_acrostic_alone_is_enough() -> None:
    with pytest.raises(UserError):
        checked(DEBUG, {"prompt": " \u200b"})
    assert read(prompt="", acrostic="春夏秋冬").request.heads == "春夏秋冬"


# -- the pipeline ---------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_poem_and_another_one_another(poet: PoemPipeline) -> None:
    assert written(poet)["lines"] == written(poet)["lines"]
    assert written(poet)["lines"] != written(poet, seed=2)["lines"]


def test_a_poem_is_the_same_alone_and_while_seven_others_are_written(poet: PoemPipeline) -> None:
    alone = [written(poet, seed=seed)["lines"] for seed in range(8)]
    with ThreadPoolExecutor(8) as co_batched:
        together = list(co_batched.map(lambda seed: written(poet, seed=seed)["lines"], range(8)))
    assert together == alone


def test_what_stands_so_far_is_shown_character_by_character(poet: PoemPipeline) -> None:
    seen: list[Output] = []
    (whole,) = poet(
        request(), lambda event: seen.append(event.output) if isinstance(event, Partial) else None
    )
    lengths = [sum(map(len, output.meta["poem"]["lines"])) for output in seen]
    assert lengths == sorted(lengths)
    assert {1, 2, 7, 8, 28} <= set(lengths)
    assert seen[0].text is not None
    assert whole.text is not None
    assert whole.text.startswith(seen[0].text)


def test_the_text_has_a_title_and_punctuation(poet: PoemPipeline) -> None:
    (output,) = poet(request(form="五律"), lambda event: None)
    assert output.text is not None
    title, empty, *couplets = output.text.split("\n")
    assert (title, empty, len(couplets)) == ("秋夜", "", 4)
    assert all(len(couplet) == 12 and couplet[5] == "，" and couplet[11] == "。" for couplet in couplets)


def test_the_report_has_a_tone_and_a_sound_for_each_character(poet: PoemPipeline) -> None:
    poem = written(poet, form="五绝", strictness="off")
    assert [len(tones) for tones in poem["tones"]] == [5] * 4
    assert [len(sounds) for sounds in poem["pinyin"]] == [5] * 4
    assert set("".join(poem["tones"])) <= set("平仄中?")
    assert poem["keeps"] == (not poem["broken"])


def test_an_enforced_poem_reports_that_it_keeps_the_rules(poet: PoemPipeline) -> None:
    poem = written(poet, form="七律", strictness="enforced")
    assert poem["keeps"]
    assert all(held == judged for held, judged in poem["checked"].values())
    assert poem["rhyme"] in {group.name for group in PROSODY.groups}


def test_broken_rules_are_marked_where_they_are_broken() -> None:
    poem = report.describe(["白日依山尽", "黄河入海流", "欲穷千里目", "更上一层山"], PROSODY, False)
    assert poem["broken"] == [{"rule": "rhyme", "places": [[1, 4], [3, 4]]}]
    assert not poem["keeps"]
    assert poem["checked"]["rhyme"] == [0, 1]


def test_traditional_output_is_the_same_poem(poet: PoemPipeline) -> None:
    plain, other = written(poet), written(poet, script="traditional")
    assert [script.simplified(line) for line in other["lines"]] == plain["lines"]
    assert other["tones"] == plain["tones"]


def test_keywords_that_the_model_forgets_are_given_places_that_keep_the_rules(poet: PoemPipeline) -> None:
    for form in FORMS:
        poem = written(
            poet, keywords="明月 江山 风", form=form, acrostic="春夏秋冬" * (FORMS[form].lines // 4)
        )
        assert [entry["word"] for entry in poem["keywords"]] == ["明月", "江山", "风"]
        assert all(entry["found"] for entry in poem["keywords"])
        assert (poem["tries"], poem["placed"], poem["keeps"]) == (2, True, True)


def test_a_poem_left_to_the_model_tells_which_keywords_it_lacks(poet: PoemPipeline) -> None:
    poem = written(poet, keywords="明月 江山", strictness="learned")
    text = "".join(poem["lines"])
    assert all(entry["found"] == (entry["word"] in text) for entry in poem["keywords"])
    assert (poem["tries"], poem["placed"]) == (4, False)


@given(forms, seeds)
@settings(max_examples=10, deadline=None)
def test_few_characters_stand_twice_in_an_enforced_poem(form: str, seed: int) -> None:
    result = drawn(PoemRules(TABLES, PoemRequest(form), "enforced"), form, seed)
    lines = VOCABULARY.read(result)
    feet = [line[at : at + 2] for line in lines for at in range(0, len(line) - 1, 2)]
    text, doubled = "".join(lines), sum(foot[0] == foot[1] for foot in feet)
    assert len(text) - len(set(text)) - doubled <= FORMS[form].lines // 4


def test_leaving_the_poem_halfway_stops_it(poet: PoemPipeline) -> None:
    class Left(Exception):
        pass

    def leave(event: object) -> None:
        if isinstance(event, Partial):
            raise Left

    with pytest.raises(Left):
        poet(request(), leave)


@given(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=30))
@settings(max_examples=25, deadline=None)
def test_changing_the_script_never_changes_a_length(text: str) -> None:
    assert len(script.simplified(text)) == len(text)
    assert len(script.traditional(text)) == len(text)
    assert len(report.pinyin_of(text)) == len(text)


def test_a_word_of_today_is_carried_by_images_and_stays_the_title() -> None:
    asked = asking.read(request(prompt="写一首关于咖啡的五绝"), VOCABULARY, lambda word: ("清茶", "美酒"))
    assert (asked.request.name, asked.request.title) == ("咖啡", "清茶美酒")
    assert asked.request.keys == ("清茶", "美酒")
    assert [note.key for note in asked.notes] == ["text.poem.note.form", "text.poem.note.images"]
    plain = asking.read(request(prompt="秋夜"), VOCABULARY, lambda word: ("清茶",))
    assert (plain.request.name, plain.notes) == ("秋夜", ())
    told = reading.read({"prompt": "高铁"}, MODELS[0], ())
    assert [remark.key for remark in told.remarks] == ["text.poem.modern"]


def test_the_model_knows_every_character_of_an_image_and_finds_the_nearest() -> None:
    known = Vocabulary.load(ASSETS / "models" / "shigpt" / "tokens.json")
    assert all(known.knows(char) for image in IMAGES for char in image)

    def near(texts: Any) -> Any:
        return np.eye(len(texts), dtype=np.float32)[[1, *range(1, len(texts))]]

    assert nearest("咖啡", near, 1) == IMAGES[:1]


# -- couplets ---------------------------------------------------------------------------------------


def lower_line(upper: str, seed: int) -> str:
    """A lower line by chance alone, within the rules."""
    form = {5: "五律", 7: "七律"}[len(upper)]
    rules, rng, ids = CoupletRules(TABLES, PoemRequest(form), upper), np.random.default_rng(seed), list[int]()
    while not ids or ids[-1] != EOS:
        ids.append(int(rng.choice(np.flatnonzero(rules.allowed(ids)))))
    lines = VOCABULARY.read(ids)
    assert lines[2] == upper
    return lines[3]


@pytest.mark.parametrize("upper", ["明月松间照", "山山山水水", "春风一夜花千里", "年年岁岁花相似"])
def test_a_lower_line_answers_the_upper_one_tone_by_tone(upper: str) -> None:
    for seed in range(4):
        lower = lower_line(upper, seed)
        assert len(lower) == len(upper)
        assert not set(lower) & set(upper)
        for at in (*FORMS["五律" if len(upper) == 5 else "七律"].positions, len(upper) - 1):
            tones = PROSODY.tone(upper[at]), PROSODY.tone(lower[at])
            assert None in tones or tones[0] != tones[1] or upper.index(upper[at]) < at
        assert [lower.index(char) for char in lower] == [upper.index(char) for char in upper]


@pytest.mark.parametrize(
    ("said", "code"),
    [("明月", "couplet_length"), ("moon", "couplet_length"), ("明月龘间照", "couplet_unknown")],
)
def test_an_upper_line_that_cannot_be_answered_is_refused(said: str, code: str) -> None:
    with pytest.raises(UserError) as refused:
        upper_of(said, VOCABULARY)
    assert refused.value.problem.code == code


@pytest.mark.parametrize("said", ["上联：明月松间照，求下联", "明月松間照", "  明月松间照。"])
def test_an_upper_line_is_found_in_what_people_write(said: str) -> None:
    known = VOCABULARY.tokens if VOCABULARY.knows("松") else (*VOCABULARY.tokens, "松")
    assert upper_of(said, Vocabulary(tuple(known))) == "明月松间照"


def test_of_several_lower_lines_the_likeliest_is_shown_and_each_comes_again(poet: PoemPipeline) -> None:
    couplets = Couplets(poet)
    params = CoupletParams(prompt="春风一夜花千里", seed=4, drafts=3)
    (output,) = couplets(params, lambda event: None)
    told = output.meta["drafts"]
    assert output.text == max(told, key=lambda one: one["score"])["text"]
    (alone,) = couplets(params.model_copy(update={"seed": told[2]["seed"], "drafts": 1}), lambda event: None)
    assert alone.text == told[2]["text"]
    assert next(remark.key for remark in account(params, [output], DEBUG).remarks) == "text.couplet.tones"
