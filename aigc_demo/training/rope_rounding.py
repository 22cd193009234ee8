"""Where torch rounds angles otherwise: python -m aigc_demo.training.rope_rounding.

Writes ``aigc_demo/decoding/rope_rounding.npz``: for the rotary embeddings of the models that come with the
app one bit for each cosine and sine, set where torch's is the second nearest float. Run once, with the torch
whose numbers shall be kept; another one may round otherwise.
"""

from __future__ import annotations

import numpy as np
import torch

from aigc_demo.decoding import rope

TABLES = {(100_000.0, 64): 8192, (10_000.0, 64): 1024}
"""Base and width of a head, and how many positions: SmolLM2's, and our own models'."""


def torchs(theta: float, width: int, length: int) -> rope.Floats:
    """The table as transformers computes it: (length, width / 2, 2)."""
    powers = theta ** (torch.arange(0, width, 2, dtype=torch.int64).float() / width)
    turns = torch.arange(length).float()[:, None] * (1.0 / powers)
    return torch.stack([turns.cos(), turns.sin()], 2).numpy()


def main() -> None:
    """The command of the first line of this page."""
    found = {}
    for (theta, width), length in TABLES.items():
        turns = rope.angles(theta, width, length).astype(np.float64)
        exact = np.stack([np.cos(turns), np.sin(turns)], 2)
        theirs = torchs(theta, width, length)
        second = theirs != exact.astype(np.float32)
        if not np.array_equal(theirs[second], rope.second_nearest(exact[second])):
            raise SystemExit("This torch is off by more than one unit in the last place.")
        found[f"{theta:g}-{width}"] = np.packbits(second)
        print(f"base {theta:g}: {second.mean():.2%} of {second.size} differ")
    np.savez_compressed(rope.ROUNDING, allow_pickle=False, **found)
    print(f"{rope.ROUNDING}: {rope.ROUNDING.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
