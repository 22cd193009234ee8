"""What there is to rate in the lesson on reward: ``python -m aigc_demo.training.lesson_reward``.

Poems, tunes and pictures that our models made to one order each, with the seeds 0, 1, 2 ...: nothing is
chosen by eye. Writes ``assets/ui/learn/data/reward.json`` and a sheet of pictures beside it, which the page
and the task ``preference`` read. Knows models; knows neither page nor heads.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any

from PIL import Image

from aigc_demo import decoding
from aigc_demo.learning.preference.candidates import COUNT, SHEET, SIDE, TABLE
from aigc_demo.settings import ASSETS
from aigc_demo.tasks.music import tokens
from aigc_demo.tasks.music.composer import Composer
from aigc_demo.tasks.music.composer import from_folder as folk_network
from aigc_demo.tasks.music.folk import FolkPipeline
from aigc_demo.tasks.music.params import ScoreParams
from aigc_demo.tasks.poems.params import PoemParams
from aigc_demo.tasks.poems.pipeline import PoemPipeline
from aigc_demo.tasks.poems.pipeline import from_folder as poem_network
from aigc_demo.tasks.poems.prosody import load as load_prosody
from aigc_demo.tasks.poems.tokens import Vocabulary

MODELS = ASSETS / "models"
TITLE, FORM = "秋夜", "五绝"
ORDER = {"metre": "6/8", "mode": "major", "style": "jig", "bars": 8, "temperature": 1.1}
HEARD = 12.0
"""Quarter notes that are kept of a tune: four bars."""
PROMPT = "flower"
COLUMNS = 8


def poems() -> list[str]:
    """Poems to one title, their lines one below the other."""
    folder = MODELS / "shigpt"
    write = PoemPipeline(
        decoding.decoder(poem_network(folder)),
        Vocabulary.load(folder / "tokens.json"),
        load_prosody(folder / "rhymes.json"),
    )
    made = []
    for seed in range(COUNT):
        order = {"prompt": TITLE, "form": FORM, "temperature": 1.1, "seed": seed}
        (output,) = write(PoemParams.model_validate(order), lambda _: None)
        made.append("\n".join(output.meta["poem"]["lines"]))
    return made


def tunes() -> list[list[list[float]]]:
    """Beginnings of tunes in one key and metre, as (start, length, pitch) in quarter notes."""
    composer = Composer(decoding.decoder(folk_network(MODELS / "folkgpt")), tokens.ID[tokens.EOS])
    pipeline = FolkPipeline(composer, "folkgpt")
    made = []
    for seed in range(COUNT):
        score, _ = pipeline.score(ScoreParams.model_validate({**ORDER, "seed": seed}), lambda _: None)
        made.append(
            [
                [round(float(n.start), 3), round(float(n.length), 3), n.pitch]
                for n in score.parts[0].notes
                if float(n.start) < HEARD
            ]
        )
    return made


def pictures() -> int:
    """Pictures to one prompt, as a sheet; how many."""
    from aigc_demo.tasks.image.flow import EmojiFlowPipeline
    from aigc_demo.tasks.image.quantize import quantize_all_
    from aigc_demo.training.emojiflow_eval import pipeline_painter, to_uint8

    paint = pipeline_painter(quantize_all_(EmojiFlowPipeline.from_pretrained(MODELS / "emojiflow")), 20, 2.0)
    made = paint([PROMPT] * COUNT, 0)
    sheet = Image.new("RGB", (COLUMNS * SIDE, COUNT // COLUMNS * SIDE), "white")
    for at, one in enumerate(made):
        row, column = divmod(at, COLUMNS)
        sheet.paste(Image.fromarray(to_uint8(one)), (column * SIDE, row * SIDE))
    sheet.save(SHEET, quality=88, method=6)
    return COUNT


PARTS = {"poems": poems, "tunes": tunes, "pictures": pictures}


def main(arguments: Sequence[str] | None = None) -> None:
    """Make every part, or those named, and keep the others as they are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=list(PARTS), default=list(PARTS))
    options = parser.parse_args(arguments)
    kept: dict[str, Any] = json.loads(TABLE.read_text("utf-8")) if TABLE.exists() else {}
    kept["orders"] = {"poems": f"{TITLE}, {FORM}", "tunes": ORDER, "pictures": PROMPT}
    for name in options.only:
        kept[name] = PARTS[name]()
        TABLE.write_text(json.dumps(kept, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
        print(name, TABLE.stat().st_size)


if __name__ == "__main__":
    main()
