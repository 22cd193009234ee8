"""The environment that child processes start with: the worker's threads, the downloader's network.

Knows variable names and why they are set. Reads nothing to decide what the app does: that is
``settings.py``. A child inherits everything else, so that the owner's index, proxy, token and
certificate settings apply.
"""

from __future__ import annotations

import os

_OWNERS_CHOICE = "AIGC_OWNERS_HF_HUB_OFFLINE"


def for_worker(threads: int) -> dict[str, str]:
    """The worker's environment: OpenMP threads that sleep while they wait, no talk with a hub.

    Spinning OpenMP threads make two busy jobs on two cores six to ten times slower. The hub is asked
    by a downloader of its own, so that libraries in the worker never look for updates by themselves.
    Tile registers (AMX) are left alone unless the owner says otherwise: on some virtual machines two
    processes that use them spoil each other's, and pictures come out black; nothing is slower without.
    """
    env = dict(os.environ)
    env.setdefault("ONEDNN_MAX_CPU_ISA", "AVX512_CORE_FP16")
    env.pop("SPACES_ZERO_GPU", None)  # the GPU is lent to the server, not to its worker
    env[_OWNERS_CHOICE] = env.get("HF_HUB_OFFLINE", "")
    env.update(
        OMP_WAIT_POLICY="PASSIVE",
        OMP_NUM_THREADS=str(threads),
        MKL_NUM_THREADS=str(threads),
        HF_HUB_OFFLINE="1",
        HF_HUB_DISABLE_TELEMETRY="1",
        TOKENIZERS_PARALLELISM="false",
        TQDM_DISABLE="1",
        MALLOC_ARENA_MAX="2",  # fewer heaps, so that freed memory can go back
        PYTHONUNBUFFERED="1",
    )
    return env


def for_downloader() -> dict[str, str]:
    """The downloader's environment: as the owner set it, even when started from the worker."""
    env = dict(os.environ)
    choice = env.pop(_OWNERS_CHOICE, None)
    if choice is not None:
        env.pop("HF_HUB_OFFLINE", None)
        if choice:
            env["HF_HUB_OFFLINE"] = choice
    env.update(HF_HUB_DISABLE_TELEMETRY="1", PYTHONUNBUFFERED="1")
    return env


def with_values(**values: str) -> dict[str, str]:
    """Our environment with some variables set otherwise, for a server that is measured."""
    return {**os.environ, **values}
