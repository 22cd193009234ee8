"""The Hub's models, stood in for by the same classes with tiny random weights."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import peft
import pytest
import torch
from PIL import Image

from aigc_demo.settings import Settings
from aigc_demo.tasks.image import hub
from aigc_demo.tasks.image.params import ImageParams
from aigc_demo.types import (
    CancelledByVisitor,
    LoadContext,
    ModelSpec,
    Output,
    Partial,
    Placement,
    Progress,
    UserError,
)
from tests.tasks.image import tiny

pytestmark = pytest.mark.filterwarnings("ignore")

PAINTERS = ["sd", "sdxl", "flux", "z-image", "sana-sprint", "flux2-klein"]
Saved = Callable[[str], Path]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    """The folder of a pipeline of some kind, made once."""
    base = tmp_path_factory.mktemp("tiny")
    return cache(lambda kind: tiny.save(kind, base / kind))


@pytest.fixture(scope="module")
def painters(saved: Saved) -> Callable[[str], hub.HubPainter]:
    return cache(lambda kind: loaded(saved(kind)))


def loaded(
    folder: Path, place: Placement | None = None, *, loras: Path | None = None, **metadata: Any
) -> hub.HubPainter:
    extras, settings = metadata.pop("extras", {}), Settings(image_loras=loras)
    metadata = {"languages": ("en", "zh"), **metadata}
    spec = ModelSpec("tiny", "image", "Tiny", "", (), "none", 0.1, **metadata)
    place = place or Placement()
    return hub.load(LoadContext(spec, folder, folder, place, lambda *_: None, extras, settings=settings))


def run(painter: hub.HubPainter, emit: Any = lambda _: None, **values: Any) -> tuple[Output, ...]:
    request = {"prompt": "a cat", "seed": 1, "width": 64, "height": 64, "num_inference_steps": 2, **values}
    return painter(ImageParams.model_validate(request), emit)


def pixels(output: Output) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(output.data or b"")).convert("RGB")).astype(int)


@pytest.fixture
def picture(tmp_path: Path) -> str:
    x, y = np.meshgrid(np.linspace(0, 255, 96), np.linspace(0, 255, 64))
    Image.fromarray(np.stack([x, y, 255 - x], -1).astype(np.uint8)).save(tmp_path / "a.png")
    return str(tmp_path / "a.png")


@pytest.fixture
def mask(tmp_path: Path) -> str:
    image = Image.new("L", (96, 64))
    image.paste(255, (20, 20, 60, 50))
    image.save(tmp_path / "m.png")
    return str(tmp_path / "m.png")


@pytest.mark.parametrize("kind", PAINTERS)
def test_words_become_a_picture_with_progress(kind: str, painters: Callable[[str], hub.HubPainter]) -> None:
    events: list[Progress | Partial] = []
    (result,) = run(painters(kind), events.append)
    assert pixels(result).shape == (64, 64, 3)
    assert result.meta["prompt"] == "a cat"
    done = [event.done for event in events if isinstance(event, Progress)]
    assert done == [0, 1, 2, 2]
    assert isinstance(events[-1], Partial)
    assert np.array_equal(pixels(run(painters(kind))[0]), pixels(result))  # one seed, one picture
    assert not np.array_equal(pixels(run(painters(kind), seed=2)[0]), pixels(result))


@pytest.mark.parametrize("kind", ["sd", "sdxl", "flux", "z-image", "sana-sprint"])
def test_latents_are_shown_before_they_are_decoded(
    kind: str, painters: Callable[[str], hub.HubPainter]
) -> None:
    events: list[Progress | Partial] = []
    run(painters(kind), events.append)
    assert isinstance(events[2], Partial)  # after the first of two steps
    shown = Image.open(io.BytesIO(events[2].output.data or b""))
    assert max(shown.size) < 64


@pytest.mark.parametrize("kind", [*PAINTERS, "pix2pix"])
def test_a_picture_is_painted_over(
    kind: str, painters: Callable[[str], hub.HubPainter], picture: str
) -> None:
    events: list[Progress | Partial] = []
    (result,) = run(
        painters(kind), events.append, image=picture, strength=0.5, num_inference_steps=4, width=96
    )
    assert result.meta["action"] == "image_to_image"
    assert pixels(result).shape[1] > pixels(result).shape[0]  # its own proportion
    last = [event for event in events if isinstance(event, Progress)][-1]
    assert last.done == last.total


@pytest.mark.parametrize("kind", ["sd", "sdxl", "flux", "z-image", "flux2-klein", "inpaint"])
def test_a_part_is_painted_anew(
    kind: str, painters: Callable[[str], hub.HubPainter], picture: str, mask: str
) -> None:
    (result,) = run(painters(kind), image=picture, mask=mask)
    assert result.meta["action"] == "inpaint"


@pytest.mark.parametrize(
    ("kind", "given", "code"),
    [
        ("sana-sprint", ["image", "mask"], "cannot"),
        ("pix2pix", ["image", "mask"], "cannot"),
        ("pix2pix", [], "no_picture"),
        ("inpaint", [], "no_picture"),
        ("inpaint", ["image"], "no_mask"),
    ],
)
def test_what_a_model_cannot_do_or_lacks_is_said_in_words(
    kind: str,
    given: list[str],
    code: str,
    painters: Callable[[str], hub.HubPainter],
    picture: str,
    mask: str,
) -> None:
    files = {"image": picture, "mask": mask}
    with pytest.raises(UserError, match=code):
        run(painters(kind), **{name: files[name] for name in given})


@pytest.mark.parametrize("values", [{"action": "interpolate"}, {"action": "upscale"}, {"prompt2": "a dog"}])
def test_what_only_our_own_model_does_is_refused(
    values: dict[str, str], painters: Callable[[str], hub.HubPainter]
) -> None:
    with pytest.raises(UserError, match="cannot"):
        run(painters("sd"), **values)


def test_stopping_between_steps_stops(painters: Callable[[str], hub.HubPainter]) -> None:
    def stop(event: Progress | Partial) -> None:
        if isinstance(event, Progress) and event.done == 1:
            raise CancelledByVisitor

    with pytest.raises(CancelledByVisitor):
        run(painters("sd"), stop, num_inference_steps=30)


def test_several_pictures_have_seeds_that_count_on(painters: Callable[[str], hub.HubPainter]) -> None:
    result = run(painters("sd"), batch=3, seed=5)
    assert [one.meta["seed"] for one in result] == [5, 6, 7]
    assert np.array_equal(pixels(result[1]), pixels(run(painters("sd"), seed=6)[0]))


def test_a_grid_compares_settings(painters: Callable[[str], hub.HubPainter]) -> None:
    (grid,) = run(
        painters("sd"), x_axis="num_inference_steps", x_values="1,2,3", y_axis="style", y_values="ink;-"
    )
    assert grid.meta["x_labels"] == ["1", "2", "3"]
    assert grid.meta["y_labels"] == ["ink", ""]
    assert pixels(grid).shape == (128, 192, 3)
    assert "ink wash" in grid.meta["cells"][0]["prompt"]


@pytest.mark.parametrize("sampler", ["euler_ancestral", "dpm", "unipc", "ddim", "lcm"])
def test_every_sampler_paints_in_its_own_way(sampler: str, painters: Callable[[str], hub.HubPainter]) -> None:
    plain, other = (
        pixels(run(painters("sd"), sampler=name, num_inference_steps=4)[0]) for name in ("", sampler)
    )
    assert not np.array_equal(plain, other)
    again = pixels(run(painters("sd"), num_inference_steps=4)[0])
    assert np.array_equal(plain, again)  # nothing is left of it


def test_a_flow_keeps_its_own_sampler(painters: Callable[[str], hub.HubPainter]) -> None:
    plain, other = (pixels(run(painters("z-image"), sampler=name)[0]) for name in ("", "ddim"))
    assert np.array_equal(plain, other)


def test_chinese_needs_a_model_that_reads_it(saved: Saved) -> None:
    english = loaded(saved("sd"), languages=("en",))
    with pytest.raises(UserError, match="english_only"):
        run(english, prompt="一只猫")
    (result,) = run(english, prompt="一只猫", prompt_en="a cat")
    assert result.meta["prompt"] == "a cat"


# -- completed by further weights -----------------------------------------------------------------


def lora(folder: Path, kind: str = "sd", seed: int = 0) -> Path:
    """A LoRA for the tiny UNet, as trainers save them."""
    torch.manual_seed(seed)
    unet = tiny.unet(**({} if kind == "sd" else {"block_out_channels": (8, 16)}))
    unet.add_adapter(peft.LoraConfig(r=2, init_lora_weights=False, target_modules=["to_q", "to_v"]))
    weights = peft.get_peft_model_state_dict(unet)
    diffusers.StableDiffusionPipeline.save_lora_weights(
        folder, unet_lora_layers={name: value * 8 for name, value in weights.items()}, safe_serialization=True
    )
    return folder / "pytorch_lora_weights.safetensors"


@pytest.fixture
def loras(tmp_path: Path) -> Path:
    folder = tmp_path / "loras"
    folder.mkdir()
    return folder


def test_a_lora_changes_the_picture_and_is_gone_afterwards(saved: Saved, loras: Path, tmp_path: Path) -> None:
    shutil.copy(lora(tmp_path / "made"), loras / "wild.safetensors")
    painter = loaded(saved("sd"), loras=loras)
    plain = pixels(run(painter)[0])
    assert not np.array_equal(pixels(run(painter, lora="wild")[0]), plain)
    assert np.array_equal(pixels(run(painter, lora="wild", lora_scale=0.0)[0]), plain)
    assert np.array_equal(pixels(run(painter)[0]), plain)


def test_an_unknown_lora_names_those_there_are(saved: Saved, loras: Path, tmp_path: Path) -> None:
    shutil.copy(lora(tmp_path / "made"), loras / "wild.safetensors")
    with pytest.raises(UserError, match="no_such_lora") as caught:
        run(loaded(saved("sd"), loras=loras), lora="tame")
    assert caught.value.problem.values["choices"] == "wild"


def test_a_lora_for_another_model_is_refused_in_words(saved: Saved, loras: Path, tmp_path: Path) -> None:
    shutil.copy(lora(tmp_path / "made", "other"), loras / "other.safetensors")
    painter = loaded(saved("sd"), loras=loras)
    plain = pixels(run(painter)[0])
    with pytest.raises(UserError, match="bad_lora"):
        run(painter, lora="other")
    assert np.array_equal(pixels(run(painter)[0]), plain)


def test_the_models_own_lora_stays_beside_the_visitors(saved: Saved, loras: Path, tmp_path: Path) -> None:
    param_overrides = lora(tmp_path / "own", seed=1).parent
    shutil.copy(lora(tmp_path / "made"), loras / "wild.safetensors")
    plain = pixels(run(loaded(saved("sd"), loras=loras))[0])
    painter = loaded(saved("sd"), loras=loras, extras={"lora": param_overrides})
    quick = pixels(run(painter)[0])
    assert not np.array_equal(quick, plain)
    assert np.array_equal(pixels(run(painter, lora="wild", lora_scale=0.0)[0]), quick)
    assert not np.array_equal(pixels(run(painter, lora="wild")[0]), quick)
    assert np.array_equal(pixels(run(painter)[0]), quick)


def test_a_control_net_follows_the_edges_of_a_picture(saved: Saved, tmp_path: Path, picture: str) -> None:
    torch.manual_seed(0)
    net = diffusers.ControlNetModel(
        block_out_channels=(4, 8), layers_per_block=1, in_channels=4, norm_num_groups=2,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), cross_attention_dim=tiny.WIDE,
        attention_head_dim=2, conditioning_embedding_out_channels=(2, 2, 4, 4),
    )  # fmt: skip
    for value in net.parameters():
        torch.nn.init.normal_(value, std=0.2)
    net.save_pretrained(tmp_path / "net", safe_serialization=True)
    painter = loaded(saved("sd"), extras={"control": tmp_path / "net"})
    scene = Image.new("RGB", (64, 64), "white")
    scene.paste((0, 0, 0), (16, 16, 48, 48))
    scene.save(tmp_path / "square.png")
    result, found = run(painter, control=str(tmp_path / "square.png"))
    assert found.meta["role"] == "control"
    assert pixels(found).max() == 255
    other, _ = run(painter, control=picture)
    assert not np.array_equal(pixels(result), pixels(other)[:64, :64])
    with pytest.raises(UserError, match="no_control"):
        run(painter)


# -- where they are put ---------------------------------------------------------------------------


def test_a_model_larger_than_memory_computes_from_the_disk(saved: Saved, tmp_path: Path) -> None:
    place = Placement("ram_small", "cpu", "float32", {"cpu": 1000}, tmp_path / "offload")
    painter = loaded(saved("sd"), place)
    unet = painter._pipes["generate"].unet
    assert {value.device.type for value in unet.parameters()} == {"meta"}
    assert np.array_equal(pixels(run(painter)[0]), pixels(run(loaded(saved("sd")))[0]))


def test_weights_in_half_precision_alone_are_found(saved: Saved, tmp_path: Path) -> None:
    pipe = diffusers.StableDiffusionPipeline.from_pretrained(saved("sd"), torch_dtype=torch.float16)
    pipe.save_pretrained(tmp_path / "half", safe_serialization=True, variant="fp16")
    painter = loaded(tmp_path / "half")
    assert painter._pipes["generate"].unet.dtype == torch.float32
    assert pixels(run(painter)[0]).shape == (64, 64, 3)


def test_a_folder_of_the_owners_is_loaded_from_where_it_is(saved: Saved, tmp_path: Path) -> None:
    spec = ModelSpec("own", "image", "Own", "", (), "none", 0.1, options={"folder": str(saved("sd"))})
    painter = hub.load(
        LoadContext(spec, tmp_path, tmp_path, Placement(), lambda *_: None, settings=Settings())
    )
    assert pixels(run(painter)[0]).shape == (64, 64, 3)


@pytest.mark.parametrize(
    ("size", "area", "expected"),
    [
        ((512, 512), 512 * 512, (512, 512)),
        ((4000, 2000), 512 * 512, (720, 368)),
        ((300, 100), 512 * 512, (304, 96)),
        ((10, 5000), 512 * 512, (64, 4992)),
    ],
)
def test_sizes_keep_their_proportion_on_the_models_grid(
    size: tuple[int, int], area: int, expected: tuple[int, int]
) -> None:
    assert hub.on_grid(size, area) == expected
