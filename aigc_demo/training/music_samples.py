"""Sheets of unchosen music for the docs: python -m aigc_demo.training.music_samples [--seeds 16].

Composes seeds 0, 1, 2 ... with everything left as it comes, draws each as sheet music over its piano roll,
and writes ``docs/images/folkgpt-seeds.webp`` and ``docs/images/choralegpt-seeds.webp``. Needs the browser
that the tests use.
"""

from __future__ import annotations

import argparse
import io
import shutil
from html import escape
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

from aigc_demo import decoding
from aigc_demo.tasks.music import chorale_tokens, engrave, tokens
from aigc_demo.tasks.music.chorale import ChoralePipeline
from aigc_demo.tasks.music.composer import Composer, from_folder
from aigc_demo.tasks.music.folk import FolkPipeline
from aigc_demo.tasks.music.params import ScoreParams
from aigc_demo.tasks.music.score import Score

WIDTH, COLUMNS = 1600, 4
_COLOURS = ("#2563eb", "#d97706", "#059669", "#b91c1c")
PAGE = """<meta charset="utf-8"><style>
body { margin: 0; padding: 12px; background: #fff; font: 13px sans-serif; width: %dpx; box-sizing: border-box;
  display: grid; grid-template-columns: repeat(%d, 1fr); gap: 14px; align-items: start; }
figure { margin: 0; border: 1px solid #ddd; border-radius: 6px; padding: 6px; }
figure svg { width: 100%%; height: auto; display: block; }
</style>%s"""


def roll(score: Score) -> str:
    """The piano roll as SVG: time to the right, pitch upwards, one colour a voice, a line at each bar."""
    notes = [(note, voice) for voice, part in enumerate(score.parts) for note in part.notes]
    low, high = min(n.pitch for n, _ in notes) - 1, max(n.pitch for n, _ in notes) + 2
    end = float(score.end)
    lines = "".join(
        f'<path d="M{float(score.bar_start(bar)):.3f} {low}V{high}" stroke="#ddd" stroke-width="0.05"/>'
        for bar in range(score.bars + 1)
    )
    boxes = "".join(
        f'<rect x="{float(n.start):.3f}" y="{high + low - n.pitch - 1}" width="{float(n.length) * 0.94:.3f}" '
        f'height="0.9" fill="{_COLOURS[voice % len(_COLOURS)]}"/>'
        for n, voice in notes
    )
    box = f"0 {low} {end:.3f} {high - low}"
    return f'<svg viewBox="{box}" preserveAspectRatio="none" style="height:70px">{lines}{boxes}</svg>'


def figure(seed: int, score: Score) -> str:
    """One piece: its seed, its sheet and its roll."""
    sheet = engrave.sheets(score).tall.decode()
    sheet = sheet[sheet.index("<svg") :]
    return f"<figure><b>seed {seed}</b> · {escape(score.title)}{sheet}{roll(score)}</figure>"


def picture(figures: list[str]) -> Image.Image:
    """The sheet of all of them."""
    with sync_playwright() as player:
        found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        browser = player.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 800}, device_scale_factor=1.5)
        page.set_content(PAGE % (WIDTH, COLUMNS, "".join(figures)))
        data = page.screenshot(full_page=True)
        browser.close()
    return Image.open(io.BytesIO(data)).convert("RGB")


def main(arguments: list[str] | None = None) -> None:
    """The command of the first line of this page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--models", type=Path, default=Path("assets/models"))
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    parser.add_argument("--seeds", type=int, default=16)
    parser.add_argument("--only", choices=["folkgpt", "choralegpt"])
    args = parser.parse_args(arguments)
    makers: dict[str, tuple[Any, Any, int]] = {
        "folkgpt": (FolkPipeline, tokens, 16),
        "choralegpt": (ChoralePipeline, chorale_tokens, 8),
    }
    for name, (pipeline, words, bars) in makers.items():
        if args.only not in (None, name):
            continue
        composer = Composer(decoding.decoder(from_folder(args.models / name)), words.ID[words.EOS])
        result = pipeline(composer, name)
        count = args.seeds if name == "folkgpt" else args.seeds // 2
        pieces = [
            result.score(
                ScoreParams(seed=s, bars=bars, temperature=0.95 if bars == 16 else 0.8), lambda _: None
            )[0]
            for s in range(count)
        ]
        file = args.out / f"{name}-seeds.webp"
        picture([figure(seed, piece) for seed, piece in enumerate(pieces)]).save(file, quality=55, method=6)
        print(file, f"{file.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
