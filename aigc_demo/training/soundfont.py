"""Cut the orchestra out of a free SoundFont: run once, the result is committed.

    python -m aigc_demo.training.soundfont [--deb FILE] [--out assets/models/soundfont]

Takes FluidR3Mono_GM.sf3 (MIT) from the Debian package ``fluidr3mono-gm-soundfont``, which the machine's own
package manager fetches, keeps the presets that are listed here, and writes ``studio.sf3`` with its notice and
a manifest. The samples stay the Ogg Vorbis streams they were: nothing is lost and the file stays small. The
app unpacks those that a piece needs (:mod:`aigc_demo.tasks.music.soundfont`).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from aigc_demo.settings import ASSETS
from aigc_demo.tasks.music.soundfont import DRUMS, Preset, SoundFont

PACKAGE, VERSION = "fluidr3mono-gm-soundfont", "2.315-7"
SHA256 = "4098301bf29f4253c2f5799a844f42dd4aa733d91a210071ad16d7757dea51d6"
INSIDE = Path("usr/share/fluidr3mono-gm-soundfont/FluidR3Mono_GM.sf3")
NOTICE = Path("usr/share/doc/fluidr3mono-gm-soundfont/copyright")

PROGRAMS = (
    0, 6, 8, 9, 10, 11, 12, 13, 14, 15,  # piano, harpsichord, bells and bars, dulcimer
    19, 20, 21, 22, 23, 24, 25, 26,  # organs, accordion, harmonica, guitars
    32, 40, 42, 44, 45, 46, 47, 48, 49,  # basses and strings
    52, 53, 56, 57, 58, 59, 64, 68, 69, 70, 71,  # voices, brass, reeds
    72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 89,  # flutes; a square, a saw and a pad for other synths
    104, 105, 106, 107, 108, 109, 110, 111, 113, 114, 115, 116,  # plucked, bagpipe, fiddle, small percussion
)  # fmt: skip
PRESETS: frozenset[Preset] = frozenset({*((0, program) for program in PROGRAMS), (16, 25), (DRUMS, 0)})
"""Bank 16, program 25 is the mandolin."""

LIMIT = 12_000_000


def main() -> None:
    """Fetch, check, cut, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--deb", type=Path, help="the package, where it is on disk already")
    parser.add_argument("--out", type=Path, default=ASSETS / "models" / "soundfont")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        package = options.deb or download(Path(folder))
        if hashlib.sha256(package.read_bytes()).hexdigest() != SHA256:
            raise SystemExit(f"{package} is not the package that this script knows.")
        unpacked = Path(folder) / "unpacked"
        subprocess.run(["dpkg-deb", "-x", str(package), str(unpacked)], check=True)  # noqa: S607
        write(unpacked / INSIDE, unpacked / NOTICE, options.out)


def download(folder: Path) -> Path:
    """The package, through the machine's own package manager."""
    subprocess.run(["apt-get", "download", f"{PACKAGE}={VERSION}"], cwd=folder, check=True)  # noqa: S607
    return next(folder.glob(f"{PACKAGE}_*.deb"))


def write(source: Path, notice: Path, out: Path) -> None:
    """Cut ``source`` down into the folder ``out``, with ``notice`` beside it."""
    out.mkdir(parents=True, exist_ok=True)
    words = notice.read_text("utf-8")
    data = SoundFont.read(source).packed(PRESETS, f"Part of FluidR3Mono_GM.sf3.\n\n{words}")
    if len(data) > LIMIT:
        raise SystemExit(f"{len(data)} bytes are more than the {LIMIT} that may be shipped.")
    (out / "studio.sf3").write_bytes(data)
    shutil.copyfile(notice, out / "LICENSE-MIT.txt")
    files = {name: described(out / name) for name in ("LICENSE-MIT.txt", "studio.sf3")}
    (out / "manifest.json").write_text(json.dumps({"files": files}, indent=2) + "\n")
    print(f"studio.sf3: {len(PRESETS)} presets, {len(data) / 1e6:.1f} MB")


def described(path: Path) -> dict[str, str | int]:
    """What a manifest says of a file."""
    data = path.read_bytes()
    return {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}


if __name__ == "__main__":
    main()
