"""ShiGPT's way from poems to a card: a tiny one is trained, published and examined in seconds."""

from __future__ import annotations

import json
import random
from dataclasses import asdict
from pathlib import Path

import pytest
from safetensors.torch import load_file

from aigc_demo import decoding
from aigc_demo.settings import ASSETS
from aigc_demo.tasks.poems import debug, prosody
from aigc_demo.tasks.poems.constraint import Tables
from aigc_demo.tasks.poems.pipeline import PoemPipeline, from_folder
from aigc_demo.tasks.poems.prosody import FORMS
from aigc_demo.tasks.poems.tokens import EOS, PoemRequest, Vocabulary
from aigc_demo.training import shigpt_eval, shigpt_export
from aigc_demo.training.shigpt_data import Poem, Words, clean_title, encode, form_of, request_for, side_of
from aigc_demo.training.shigpt_writing import Manner, Writer

ASSET = ASSETS / "models" / "shigpt"
VOCABULARY = debug.vocabulary()
PROSODY = prosody.load()
STOREY = Poem("王之涣", "唐", "登鹳雀楼", "五绝", ("白日依山尽", "黄河入海流", "欲穷千里目", "更上一层楼"))


def poems(count: int) -> list[Poem]:
    """Poems by chance, half of them by authors who are held out."""
    rng, chars = random.Random(0), VOCABULARY.tokens[VOCABULARY.first_char :][:30]
    authors = [Poem(f"无名{number}", "唐", "", "五绝", ()) for number in range(6000)]
    sides = {side: [one.author for one in authors if side_of(one) == side] for side in ("train", "test")}
    result = []
    for number in range(count):
        form = list(FORMS.values())[number // 2 % 4]
        lines = tuple("".join(rng.choices(chars, k=form.length)) for _ in range(form.lines))
        author = sides["test" if number % 2 else "train"][number % 80]
        result.append(Poem(author, "唐", "秋夜", form.name, lines))
    return result


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A training folder and what was published from it."""
    folder, out = tmp_path_factory.mktemp("training"), tmp_path_factory.mktemp("model")
    VOCABULARY.save(folder / "tokens.json")
    (folder / "rhymes.json").write_bytes((ASSET / "rhymes.json").read_bytes())
    rows = [list(asdict(poem).values()) for poem in poems(200)]
    (folder / "poems.json").write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
    debug.network(len(VOCABULARY)).save_pretrained(folder / "model")
    (folder / "model" / "training.json").write_text('{"steps": 1, "tokens": 2, "minutes": 0.1}')
    shigpt_export.main(["--folder", str(folder), "--out", str(out)])
    return folder, out


def test_what_is_published_is_half_precision_with_notices_and_sums(published: tuple[Path, Path]) -> None:
    _, out = published
    assert {str(tensor.dtype) for tensor in load_file(out / "model.safetensors").values()} == {
        "torch.float16"
    }
    assert {"JackeyGao", "rbnyng"} <= set((out / "NOTICE.txt").read_text("utf-8").replace(".", " ").split())
    listed = json.loads((out / "manifest.json").read_text("utf-8"))["files"]
    assert set(listed) == set(shigpt_export.LOADED)
    poet = PoemPipeline(
        decoding.decoder(from_folder(out)),
        Vocabulary.load(out / "tokens.json"),
        prosody.load(out / "rhymes.json"),
    )
    assert len(poet.vocabulary) == len(VOCABULARY)


def test_one_command_examines_it_and_writes_the_card(published: tuple[Path, Path]) -> None:
    folder, out = published
    shigpt_eval.main(["--folder", str(folder), "--model", str(out), "--count", "2"])
    figures = json.loads((out / "figures.json").read_text("utf-8"))
    assert figures["validity"] == figures["acrostic"] == 100
    assert figures["rules"]["enforced"]["all"]["rhyme"] == 100
    assert figures["rules"]["chance"]["all"]["rhyme"] < 100
    card = (out / "card.md").read_text("utf-8")
    assert "{" not in card
    assert card.count("\n> **") == len(figures["poems"])
    assert (folder / "fifty.txt").exists()


def test_many_at_once_writes_what_one_at_a_time_would() -> None:
    tables = Tables(VOCABULARY, PROSODY)
    writer = Writer(debug.network(len(VOCABULARY)), tables)
    requests = [
        PoemRequest("五绝", title="秋夜"),
        PoemRequest("七绝"),
        PoemRequest("五绝", title="春江花月夜"),
    ]
    together = writer(requests, Manner("enforced"), seed=5)
    alone = [
        writer([request], Manner("enforced"), seed=5 + place)[0] for place, request in enumerate(requests)
    ]
    assert together == alone


def test_the_judge_finds_no_fault_in_a_good_poem_and_knows_quoted_lines() -> None:
    assert set(shigpt_eval.rates([STOREY.lines], PROSODY).values()) == {100.0}
    found = shigpt_eval.variety([STOREY.lines], {"白日依山尽"})
    assert found == {"repeated": 0.0, "distinct_2": 100.0, "verbatim": 25.0}


def test_a_training_row_ends_with_its_poem_and_asks_only_for_that() -> None:
    request = request_for(STOREY, Words([STOREY] * 12), random.Random(3))
    whole = Vocabulary.load(ASSET / "tokens.json")
    ids, start = encode(STOREY, request, whole, PROSODY)
    assert ids[-1] == EOS
    assert whole.tokens[ids[start]] == "<oblique>"
    assert whole.read(ids[start:]) == list(STOREY.lines)


def test_titles_lose_the_numbers_of_a_series() -> None:
    assert clean_title("秋兴八首 其一") == "秋兴"
    assert clean_title("杂诗三首") == "杂诗"


def test_a_form_is_known_by_its_measures() -> None:
    form = form_of(list(STOREY.lines))
    assert form is not None
    assert form.name == "五绝"
    assert form_of([*STOREY.lines[:3], "更上"]) is None


def test_all_poems_of_an_author_are_on_one_side() -> None:
    assert len({side_of(Poem("李白", "唐", str(n), "五绝", STOREY.lines)) for n in range(5)}) == 1
