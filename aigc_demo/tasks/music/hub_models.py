"""The sound models of the Hub: declarations only, what each needs and what it does not take."""

from __future__ import annotations

from aigc_demo.tasks.music.params import DiffusionParams, FollowParams, SongParams, SoundParams
from aigc_demo.types import Hub, ModelSpec

_HERE = "aigc_demo.tasks.music"

_ONE_MODEL = ("*.safetensors", "*.json", "*.txt", "*.model")
_PIPELINE = ("*.json", "*/*.json", "*/*.txt", "*/*.model", "*/*.safetensors")


def _musicgen(size: str, name: str, memory_gb: float, download_mb: int) -> ModelSpec:
    follows = "melody" in size
    return ModelSpec(
        id=f"musicgen-{size}",
        task="music",
        params=FollowParams if follows else SoundParams,
        name=name,
        pipeline=f"{_HERE}.hub:musicgen",
        sources=(Hub(f"facebook/musicgen-{size}", "main", _ONE_MODEL),),
        license="CC-BY-NC-4.0 (non-commercial)",
        memory_gb=memory_gb,
        download_mb=download_mb,
        tier="hub",
        defaults={"seconds": 15, "guidance_scale": 3.0, "temperature": 1.0},
    )


HUB = (
    _musicgen("small", "MusicGen small", 3.5, 2400),
    _musicgen("medium", "MusicGen medium", 10.0, 8100),
    _musicgen("melody", "MusicGen melody", 10.0, 6600),
    _musicgen("stereo-small", "MusicGen stereo small", 3.8, 2500),
    ModelSpec(
        id="ace-step-1.5",
        task="music",
        params=SongParams,
        name="ACE-Step 1.5 turbo",
        pipeline=f"{_HERE}.hub:diffused",
        sources=(Hub("ACE-Step/acestep-v15-xl-turbo-diffusers", "main", _PIPELINE),),
        license="MIT",
        memory_gb=20.0,
        download_mb=20_000,
        languages=("en", "zh"),
        tier="hub",
        defaults={"seconds": 60, "guidance_scale": 1.0, "num_inference_steps": 8},
        offloads=True,
    ),
    ModelSpec(
        id="stable-audio-3-small",
        task="music",
        params=DiffusionParams,
        name="Stable Audio 3 small",
        pipeline=f"{_HERE}.hub:diffused",
        sources=(Hub("stabilityai/stable-audio-3-small-music", "main", _PIPELINE),),
        license="Stability AI Community, Gemma (gated)",
        memory_gb=4.0,
        download_mb=2000,
        tier="hub",
        defaults={"seconds": 30, "guidance_scale": 1.0, "num_inference_steps": 8},
        offloads=True,
    ),
)
