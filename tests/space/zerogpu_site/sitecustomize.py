"""Takes the place of what ``spaces`` does to torch: its patches need a CUDA build and a GPU.

Python imports this at its start where the folder is on its path; the rest of ``spaces`` is the real one.
"""

import sys
from types import ModuleType


def _nothing(*_args: object, **_options: object) -> None: ...


def _none(*_args: object, **_options: object) -> int:
    return 0


torch = ModuleType("spaces.zero.torch")
for name in ("enter_mode", "patch", "unpatch", "init", "move"):
    setattr(torch, name, _nothing)
for name in ("pack", "size", "is_in_bad_fork"):
    setattr(torch, name, _none)
sys.modules["spaces.zero.torch"] = torch
