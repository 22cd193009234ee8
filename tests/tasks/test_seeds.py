"""A seed that somebody kept gives what it always gave: texts, poems and tunes, to the byte.

``seeds.json`` was written when torch computed and drew; the compiled step has given the same ever since, but
that a text now ends with its sentence where little room is left: SmolLM2's are cut there.
Models that come with the app run in the test's own process here, and those on their way are fetched once.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aigc_demo import catalog
from aigc_demo.decoding import compiled
from aigc_demo.engine.pool import ModelPool
from aigc_demo.settings import ROOT, Settings
from aigc_demo.tasks.music import abc
from aigc_demo.types import ModelSpec, UserError
from tests.conftest import CACHE
from tests.declared import CATALOG

KEPT = json.loads(Path(__file__).with_name("seeds.json").read_text("utf-8"))
OURS = ("smollm2-135m", "shigpt", "folkgpt", "choralegpt")


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelPool]:
    if compiled.library(tmp_path_factory.mktemp("compiled")) is None:
        pytest.skip("This machine has no compiler or no CPU for the compiled step.")
    pool = ModelPool(Settings(cache_dir=CACHE, memory_gb=4.0))
    yield pool
    pool.close()


def result(pool: ModelPool, spec: ModelSpec, values: dict[str, Any]) -> str:
    params = spec.params(**{**catalog.default_params(spec), **values})
    try:
        with pool.lease(spec) as lease:
            if spec.task == "text":
                return str(lease.pipeline(params, lambda event: None)[0].text)
            score, _ = lease.pipeline.score(params, lambda event: None)  # type: ignore[attr-defined]
            return abc.write(score).decode()
    except UserError as reason:
        pytest.skip(f"{spec.name} can't be had: {reason}")


@pytest.mark.real_model
@pytest.mark.parametrize("case", KEPT, ids=lambda case: f"{case['model']}-{case['params']['seed']}")
def test_a_kept_seed_gives_what_it_gave(pool: ModelPool, case: dict[str, Any]) -> None:
    assert result(pool, CATALOG.model(case["model"]), case["params"]) == case["made"]


_PROCESS = """
import sys
sys.path.insert(0, sys.argv[1])
from aigc_demo import catalog
from aigc_demo.engine.pool import ModelPool
from aigc_demo.settings import Settings
settings = Settings(cache_dir=sys.argv[3], memory_gb=4.0)
spec = catalog.of(settings).model(sys.argv[2])
prompts = {"shigpt": "秋夜", "style-fast": None}
values = {"prompt": prompts.get(spec.id, "Hello"), "seed": 1}
values = {name: value for name, value in values.items() if value is not None}
params = spec.params(**catalog.default_params(spec) | values)
with ModelPool(settings).lease(spec) as lease:
    lease.pipeline(params, lambda event: None)
print(*sorted(name for name in ("torch", "transformers", "diffusers", "sympy") if name in sys.modules))
"""


@pytest.mark.real_model
@pytest.mark.parametrize("model", OURS)
def test_a_process_that_writes_with_our_own_models_imports_neither_torch_nor_transformers(
    pool: ModelPool, model: str
) -> None:
    result(pool, CATALOG.model(model), {"prompt": "秋夜" if model == "shigpt" else "Hello", "seed": 1})
    assert imported(model) == []


@pytest.mark.parametrize("model", ["emojiflow", "style-fast"])
def test_a_process_that_paints_with_our_own_models_imports_torch_alone(model: str) -> None:
    assert imported(model) == ["torch"]


def imported(model: str) -> list[str]:
    """Which of the large libraries a process has imported that has used a model once."""
    command = [sys.executable, "-c", _PROCESS, str(ROOT), model, str(CACHE)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.split()
