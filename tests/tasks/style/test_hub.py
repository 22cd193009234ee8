"""The Hub's models, stood in for by the same classes with tiny random weights."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from aigc_demo.settings import ASSETS, Settings
from aigc_demo.tasks.style.params import RepaintParams
from aigc_demo.types import CancelledByVisitor, LoadContext, ModelSpec, Output, Partial, Placement, Progress

diffusers = pytest.importorskip("diffusers")
transformers = pytest.importorskip("transformers")

WIDE = 32


def tokenizer(folder: Path) -> object:
    """CLIP's tokenizer over an alphabet of letters."""
    letters = [chr(code) for code in range(33, 127)]
    words = [*letters, *(letter + "</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    folder.mkdir()
    (folder / "vocab.json").write_text(json.dumps({word: index for index, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return transformers.CLIPTokenizer(
        str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Stable Diffusion pipeline of a few thousand weights, saved as the Hub's are."""
    torch.manual_seed(0)
    base = tmp_path_factory.mktemp("tiny")
    words = tokenizer(base / "words")
    text = transformers.CLIPTextModel(
        transformers.CLIPTextConfig(
            hidden_size=WIDE, intermediate_size=37, num_attention_heads=4, num_hidden_layers=2,
            vocab_size=len(words),  # type: ignore[arg-type]
            bos_token_id=len(words) - 2, eos_token_id=len(words) - 1, pad_token_id=1,  # type: ignore[arg-type]
        )
    )  # fmt: skip
    unet = diffusers.UNet2DConditionModel(
        block_out_channels=(4, 8), layers_per_block=1, sample_size=8, in_channels=4, out_channels=4,
        norm_num_groups=2, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=WIDE, attention_head_dim=2,
    )  # fmt: skip
    vae = diffusers.AutoencoderKL(
        block_out_channels=(4, 4, 4, 4), in_channels=3, out_channels=3, latent_channels=4, norm_num_groups=2,
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
    )  # fmt: skip
    pipe = diffusers.StableDiffusionImg2ImgPipeline(
        vae=vae, text_encoder=text, tokenizer=words, unet=unet, scheduler=diffusers.EulerDiscreteScheduler(),
        safety_checker=None, feature_extractor=transformers.CLIPImageProcessor(size=32, crop_size=32),
        requires_safety_checker=False,
    )  # fmt: skip
    pipe.save_pretrained(base / "pipe", safe_serialization=True)
    save_adapter(base / "adapter", unet)
    return base


def save_adapter(folder: Path, unet: object) -> None:
    """An IP-Adapter for this UNet and a tiny image encoder beside it."""
    vision = transformers.CLIPVisionModelWithProjection(
        transformers.CLIPVisionConfig(
            hidden_size=16, intermediate_size=17, num_attention_heads=2, num_hidden_layers=2, image_size=32,
            patch_size=8, projection_dim=WIDE,
        )
    )  # fmt: skip
    vision.save_pretrained(folder / "models" / "image_encoder", safe_serialization=True)
    weights = {
        "image_proj.proj.weight": torch.randn(4 * WIDE, WIDE) * 0.1,
        "image_proj.proj.bias": torch.zeros(4 * WIDE),
        "image_proj.norm.weight": torch.ones(WIDE),
        "image_proj.norm.bias": torch.zeros(WIDE),
    }
    index = 1
    for name in unet.attn_processors:  # type: ignore[attr-defined]
        if "attn2" in name:
            for part in ("to_k_ip", "to_v_ip"):
                weights[f"ip_adapter.{index}.{part}.weight"] = torch.randn(8, WIDE) * 0.1
            index += 2
    save_file(weights, str(folder / "models" / "adapter.safetensors"))


def context(folder: Path, pipe: str = "pipe", **options: object) -> LoadContext:
    spec = ModelSpec("tiny", "style", "tiny", "", (), "none", 0.1, options=options)
    extras = {"adapter": folder / "adapter"}
    return LoadContext(spec, folder / pipe, folder, Placement(), lambda *_: None, extras, settings=Settings())


def decoded(outputs: tuple[Output, ...]) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(outputs[0].data or b"")).convert("RGB")).astype(int)


REQUEST = {"size": 64, "steps": 4, "strength": 0.5, "photo": "cat", "seed": 3}


@pytest.mark.filterwarnings("ignore")
def test_a_photo_is_repainted_by_words_with_progress(folder: Path) -> None:
    from aigc_demo.tasks.style import hub

    events: list[Progress | Partial] = []
    repaint = hub.turbo(context(folder))
    result = decoded(repaint(RepaintParams(**REQUEST), events.append))
    assert result.shape == (64, 64, 3)
    assert [event.done for event in events if isinstance(event, Progress)] == [0, 1, 2]
    again = decoded(repaint(RepaintParams(**REQUEST), lambda _: None))
    assert np.array_equal(result, again)  # one seed, one picture
    other = decoded(repaint(RepaintParams(**{**REQUEST, "style": "ink_wash"}), lambda _: None))
    assert not np.array_equal(result, other)


@pytest.mark.filterwarnings("ignore")
def test_weights_in_half_precision_alone_are_found(folder: Path) -> None:
    from aigc_demo.tasks.style import hub

    pipe = diffusers.StableDiffusionImg2ImgPipeline.from_pretrained(folder / "pipe")
    pipe.save_pretrained(folder / "half", safe_serialization=True, variant="fp16")
    repaint = hub.turbo(context(folder, "half"))
    assert decoded(repaint(RepaintParams(**REQUEST), lambda _: None)).shape == (64, 64, 3)


@pytest.mark.filterwarnings("ignore")
def test_stopping_between_steps_stops(folder: Path) -> None:
    from aigc_demo.tasks.style import hub

    def stop(event: Progress | Partial) -> None:
        if isinstance(event, Progress) and event.done == 1:
            raise CancelledByVisitor

    with pytest.raises(CancelledByVisitor):
        hub.turbo(context(folder))(RepaintParams(**REQUEST), stop)


@pytest.mark.filterwarnings("ignore")
def test_an_adapter_takes_its_manner_from_a_picture(folder: Path) -> None:
    from aigc_demo.tasks.style import hub

    options = {
        "subfolder": "models",
        "weight": "adapter.safetensors",
        "encoder": "image_encoder",
        "scale": {"up": 1.0, "down": 0.0},
    }
    repaint = hub.ip_adapter(context(folder, **options))
    pictures = [str(ASSETS / "styles" / f"{name}.webp") for name in ("ink_wash", "mosaic")]
    one, other = (
        decoded(repaint(RepaintParams(**REQUEST, style_image=picture), lambda _: None))
        for picture in pictures
    )
    assert not np.array_equal(one, other)
