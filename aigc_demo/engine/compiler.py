"""C compilers for the compiled step: the system's own first, else Zig's, fetched once into the model cache.

Knows which wheel holds a compiler for this machine. Knows nothing of what is compiled. Most machines have a
compiler or build nothing, so that none is among the requirements: Zig's wheel has a hundred megabytes.
"""

from __future__ import annotations

import logging
import platform
import sys
from collections.abc import Iterator, Sequence

from aigc_demo.decoding import compiled
from aigc_demo.engine import sources
from aigc_demo.settings import Settings
from aigc_demo.types import ModelSpec, UserError, Wheel

log = logging.getLogger(__name__)

_VERSION = "0.17.1"
_SHA256 = {
    ("linux", "x86_64"): "ea6cc5d87b033cf0aedfbc8f9549a908cae6c50ac31f1698188fa48a74524b54",
    ("linux", "aarch64"): "b7c5f02fccd40f89b999ee16a1f5ddced56e6182370f8affe494bcf8a28cf07e",
    ("darwin", "x86_64"): "4e0b4b9c02b8d0d220e9948010f860b62ff11d96abb39762eca5fa2ef3f7bc97",
    ("darwin", "arm64"): "09953b6af7f64168b915180a42774f520f92d86ef6331b28e33915c7e1f0bb23",
}
_KEEP = ("zig", "lib/include/*", "lib/libc/darwin/*", "lib/std/std.zig", "LICENSE")
"""What compiling without a C library needs: half of the wheel. By std.zig it knows its own folder."""


def compilers(settings: Settings, report: sources.Report) -> Iterator[Sequence[str]]:
    """The commands of C compilers, the best first; one is fetched only when those before it would not do.

    Raises whatever ``report`` raises to stop.
    """
    yield from compiled.system_compilers()
    spec = declared(sys.platform, platform.machine())
    if spec is None:
        return
    try:
        zig = sources.fetch(spec, settings, report) / "zig"
        zig.chmod(0o755)
    except (UserError, OSError) as reason:
        log.warning("No C compiler here, and none could be fetched: %s", reason)
        return
    yield (str(zig), "cc")


def declared(system: str, machine: str) -> ModelSpec | None:
    """Zig for this kind of machine, as if it were a model: that is how it is fetched, checked and kept."""
    sha256 = _SHA256.get((system, machine))
    if sha256 is None:
        return None
    return ModelSpec(
        id="c-compiler",
        task="",
        name="Zig",
        pipeline="",
        sources=(Wheel("ziglang", _VERSION, sha256, "ziglang/", keep=_KEEP),),
        license="MIT",
        memory_gb=0.0,
        download_mb=101,
        debug=True,
    )
