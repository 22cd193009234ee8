"""How a style, or a blend of some, is asked for."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from aigc_demo.settings import ASSETS
from aigc_demo.tasks.style import params as params_module
from aigc_demo.tasks.style.params import StyleParams
from aigc_demo.tasks.style.style_bank import parts_of
from aigc_demo.tasks.style.styles import ALL, OWN, TABLE, Part, UnknownStyleError, blend, words

STRINGS = json.loads((Path(params_module.__file__).parent / "strings.json").read_text("utf-8"))


def test_there_are_the_26_published_styles_and_ten_of_our_own() -> None:
    assert (len(TABLE), len(OWN), len(set(ALL))) == (26, 10, 36)


def test_every_style_and_photo_has_a_name_in_both_languages() -> None:
    for style in ALL:
        assert STRINGS[f"style.name.{style}"]["en"]
        assert STRINGS[f"style.name.{style}"]["zh"]
        assert words(style)
    for photo in ("pagoda", "astronaut", "cat", "coffee", "flower"):
        assert STRINGS[f"style.photo.{photo}"]["zh"]
        assert (ASSETS / "examples" / "style" / f"{photo}.webp").exists()


def test_every_style_of_our_own_has_its_picture() -> None:
    assert {path.stem for path in (ASSETS / "styles").glob("*.webp")} == set(OWN)


@given(
    st.lists(
        st.tuples(st.sampled_from(ALL), st.floats(0.01, 99)), min_size=1, max_size=4, unique_by=lambda p: p[0]
    )
)
def test_shares_of_a_blend_sum_to_one_in_proportion(request: list[tuple[str, float]]) -> None:
    parts = blend(", ".join(f"{style}:{weight:.3f}" for style, weight in request))
    assert sum(part.share for part in parts) == pytest.approx(1)
    assert [part.style for part in parts] == [style for style, _ in request]
    first = parts[0].share / parts[-1].share
    assert first == pytest.approx(round(request[0][1], 3) / round(request[-1][1], 3), rel=1e-6)


@pytest.mark.parametrize(
    "text",
    ["", "nothing_known", "ember:", "ember:-1", "ember:nan", "ember:0", "ember:1e9", "ember great_wave",
     "EMBER", "amber,ember,copper,frost,dusk", "ember,,frost", "../ember", "ember:1:2"],
)  # fmt: skip
def test_what_is_no_style_is_refused(text: str) -> None:
    with pytest.raises(UnknownStyleError):
        blend(text)
    with pytest.raises(ValidationError, match=r"style\.error\.unknown_style"):
        StyleParams(style=text)


def test_a_single_name_may_carry_a_weight() -> None:
    assert blend("ember:0.3") == (Part("ember", 1.0),)


def test_a_picture_given_is_the_style_unless_the_blend_gives_it_a_share() -> None:
    assert parts_of(StyleParams(style="ember", style_image="x")) == (Part("image", 1.0),)
    assert parts_of(StyleParams(style="ember:3,image:1", style_image="x")) == (
        Part("ember", 0.75),
        Part("image", 0.25),
    )
    assert parts_of(StyleParams(style="ember:3,image:1")) == (Part("ember", 1.0),)


def test_a_reference_to_a_file_may_stand_where_a_style_stands() -> None:
    upload = "0" + "1" * 25
    assert StyleParams.model_validate({"style": upload}).style_image == upload
    assert StyleParams.model_validate({"style": f"{upload}/style.bin"}).style_image == f"{upload}/style.bin"


@given(st.text(max_size=40))
def test_no_text_breaks_the_spelling_of_styles(text: str) -> None:
    with contextlib.suppress(UnknownStyleError):
        assert 1 <= len(blend(text)) <= 4
