"""Memory of the pool: what is left after unloading, and whether it grows from tour to tour.

A tour loads every embedded model that is on this machine, lets the language model say a few words,
and unloads all. Before the first load means: with the libraries that models need imported and awake.
"""

from __future__ import annotations

import importlib

from aigc_demo import bench, catalog
from aigc_demo.engine import memory, sources
from aigc_demo.engine.pool import ModelPool
from aigc_demo.settings import Settings
from aigc_demo.tasks.text.params import ChatParams
from aigc_demo.types import ModelSpec

TOURS = 20


def main() -> None:
    """Measure and tell."""
    settings = Settings(memory_gb=8.0)
    models = [spec for spec in catalog.of(settings).models.values() if _belongs(spec, settings)]
    _wake_libraries(models)
    memory.give_back()
    before = memory.rss()
    pool = ModelPool(settings)
    after = [_tour(pool, models) for _ in range(TOURS)]
    names = ", ".join(spec.id for spec in models)
    bench.tell(
        [
            bench.at_most(
                "pool.returned",
                after[-1] / before,
                1.15,
                f"RSS after unloading everything over before the first load: {_mb(after[-1])} over "
                f"{_mb(before)} MB ({names})",
            ),
            bench.at_most(
                "pool.growth",
                after[-1] / after[0],
                1.10,
                f"RSS after tour {TOURS} over after tour 1: {_mb(after[-1])} over {_mb(after[0])} MB",
            ),
        ]
    )


def _wake_libraries(models: list[ModelSpec]) -> None:
    """Import what pipelines import and run a tiny network once.

    The code pages of the libraries and their workspaces are then counted before, as they should be:
    they belong to no model.
    """
    for spec in models:
        catalog.resolve(spec.pipeline)
    importlib.import_module("jinja2.sandbox")
    import torch

    torch.nn.functional.conv2d(torch.zeros(1, 8, 32, 32), torch.zeros(8, 8, 3, 3))


def _belongs(spec: ModelSpec, settings: Settings) -> bool:
    """Every embedded model that needs no download, and the default language model in any case."""
    if spec.debug or spec.tier != "embedded":
        return False
    return spec.id == "smollm2-135m" or sources.installed(spec, settings)


def _tour(pool: ModelPool, models: list[ModelSpec]) -> int:
    for spec in models:
        with pool.lease(spec) as lease:
            if spec.params is ChatParams:
                params = ChatParams(prompt="A cat", max_new_tokens=4)
                lease.pipeline(params, lambda event: None)
        del lease
    pool.unload()
    return memory.rss()


def _mb(count: int) -> int:
    return round(count / 1e6)
