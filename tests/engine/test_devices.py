"""Where a model goes, and what is said where it goes nowhere."""

import pytest

from aigc_demo import catalog
from aigc_demo.engine import devices, gpus
from aigc_demo.settings import Settings
from aigc_demo.types import ModelSpec, Placement, UserError
from tests.engine.conftest import spec

GB = 1_000_000_000


def on_cpu(memory_gb: float) -> Settings:
    return Settings(device="cpu", memory_gb=memory_gb)


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU with 10 GB, of which a tenth is kept back."""
    monkeypatch.setattr(gpus, "memory", lambda visible: 10 * GB)
    monkeypatch.setattr(devices, "_cuda_has_bfloat16", lambda: True)


def test_a_model_that_fits_goes_to_the_cpu_whole_in_float32() -> None:
    assert devices.place(spec(memory_gb=1.0), on_cpu(2.0)) == Placement("cpu", "cpu", "float32")


def test_a_model_too_large_for_memory_runs_partly_from_disk_if_it_can() -> None:
    place = devices.place(spec(memory_gb=3.0, offloads=True), on_cpu(1.5))
    assert place.policy == "ram_small"
    assert place.max_memory == {"cpu": 1 * GB}
    assert place.offload_dir is not None and place.offload_dir.name == "offload"


def test_a_model_that_never_fits_is_refused_with_figures_and_a_smaller_one() -> None:
    with pytest.raises(UserError) as caught:
        devices.place(spec(name="Giant", task="text", memory_gb=7.0), on_cpu(3.9))
    problem = caught.value.problem
    assert problem.key == "error.model_too_large"
    assert (problem.values["name"], problem.values["needs_gb"], problem.values["has_gb"]) == (
        "Giant",
        "7",
        "3.9",
    )
    assert problem.values["suggestion"] == "Qwen3 0.6B"  # the largest listed text model within 3.9 GB


def test_where_no_smaller_model_fits_none_is_suggested() -> None:
    problem = devices.fits(spec(task="text", memory_gb=7.0), on_cpu(0.01))
    assert problem is not None and problem.key == "error.model_too_large_alone"


def test_what_fits_has_no_problem() -> None:
    assert devices.fits(spec(memory_gb=1.0), on_cpu(1.0)) is None


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize(
    ("model", "policy"),
    [
        (spec(memory_gb=8.0, offloads=True), "gpu"),
        (spec(memory_gb=12.0, offloads=True), "gpu_small"),
        (spec(memory_gb=12.0), "cpu"),
        (spec(memory_gb=40.0, offloads=True), "ram_small"),
    ],
)
def test_with_a_gpu_the_model_goes_where_it_fits_best(model: ModelSpec, policy: str) -> None:
    assert devices.place(model, Settings(device="cuda", memory_gb=16.0)).policy == policy


@pytest.mark.usefixtures("gpu")
def test_a_zero_gpu_space_places_its_gpu_list_on_the_lent_gpu_and_all_others_on_the_processor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    settings = Settings(gpu_models="qwen3-1.7b", memory_gb=16.0)
    model = catalog.of(settings).model
    assert devices.place(model("qwen3-1.7b"), settings) == Placement("zerogpu", "cuda", "bfloat16")
    assert devices.place(model("emojiflow"), settings).device == "cpu"
    assert devices.place(model("qwen3-0.6b"), settings).device == "cpu"


def test_the_gpu_list_holds_what_comes_from_the_hub_and_fits_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wanted = "nonsense, emojiflow,qwen3-4b-gguf,qwen3-1.7b,flux1-schnell,qwen3-1.7b,sd-turbo"
    settings = Settings(gpu_models=wanted)
    assert devices.gpu_list(settings) == ()
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setattr(devices, "LENT_BYTES", 12 * GB)
    assert [spec.id for spec in devices.gpu_list(settings)] == ["qwen3-1.7b", "sd-turbo"]


@pytest.mark.usefixtures("gpu")
def test_after_memory_ran_out_the_next_smaller_place_is_tried() -> None:
    settings, model = Settings(device="cuda", memory_gb=16.0), spec(memory_gb=8.0, offloads=True)
    first = devices.shrink(Placement("gpu", "cuda", "bfloat16"), model, settings)
    assert first == Placement("gpu_small", "cuda", "bfloat16")
    second = devices.shrink(first, model, settings)
    assert second is not None and second.policy == "ram_small"
    assert devices.shrink(second, model, settings) is None
    assert devices.shrink(Placement("cpu"), spec(), settings) is None, "this one cannot be offloaded"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), True),
        (
            RuntimeError("[enforce fail at alloc_cpu.cpp:118] DefaultCPUAllocator: can't allocate memory"),
            True,
        ),
        (RuntimeError("MPS backend out of memory"), True),
        (OSError(12, "Cannot allocate memory"), True),
        (RuntimeError("shape mismatch"), False),
        (ValueError("out of memory of whom I speak"), False),
    ],
)
def test_running_out_of_memory_is_recognised_in_every_wording(error: Exception, expected: bool) -> None:
    assert devices.is_out_of_memory(error) is expected


def test_all_lanes_together_fill_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "cores", lambda: 8)
    assert devices.threads(Settings(slots=2)) == 4
    assert devices.threads(Settings(slots=16)) == 1
