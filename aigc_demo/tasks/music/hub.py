"""The sound models of the Hub: MusicGen, ACE-Step and Stable Audio, from words straight to a recording.

Knows how transformers' and diffusers' audio models are called, how their steps become events, and how
MusicGen goes on beyond the half minute it was trained on. Weights are safetensors only, and nothing that came
with them is run. There is no score in what they make.
"""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aigc_demo.tasks.music.chroma import chroma
from aigc_demo.tasks.music.english_prompt import english
from aigc_demo.tasks.music.params import AnySoundParams
from aigc_demo.tasks.music.recording import read_sound
from aigc_demo.tasks.music.sound import Sound, recorded
from aigc_demo.types import Emit, LoadContext, Output, Params, Partial, Progress

WINDOW_SECONDS, OVERLAP_SECONDS = 30.0, 10.0
"""What MusicGen makes at once, and how much of the end it is shown when it goes on."""
JOIN_SECONDS = 0.05
_DRAWS = threading.Lock()
"""transformers draws from torch's one generator: two pieces at once would take each other's numbers."""


# -- MusicGen -------------------------------------------------------------------------------------


def musicgen(context: LoadContext) -> MusicGen:
    """MusicGen in any size: words, and for the melody models a melody to follow."""
    from transformers import (
        AutoConfig,
        AutoTokenizer,
        MusicgenForConditionalGeneration,
        MusicgenMelodyForConditionalGeneration,
    )

    config = AutoConfig.from_pretrained(context.path, local_files_only=True)
    follows = config.model_type == "musicgen_melody"
    kind = MusicgenMelodyForConditionalGeneration if follows else MusicgenForConditionalGeneration
    place = context.placement
    model = kind.from_pretrained(
        context.path, dtype=getattr(torch, place.dtype), use_safetensors=True, local_files_only=True
    )
    words = AutoTokenizer.from_pretrained(context.path, local_files_only=True)
    return MusicGen(model.eval().to(place.device), words, follows=follows)


class MusicGen:
    """Draws sound code by code, half a minute at a time; every window is heard when it is done."""

    def __init__(self, model: Any, words: Any, *, follows: bool) -> None:
        self._model, self._words, self._follows = model, words, follows
        self._rate = int(model.config.audio_encoder.sampling_rate)
        self._frames = float(model.config.audio_encoder.frame_rate)

    def __call__(self, params: Params, emit: Emit) -> tuple[Output, ...]:
        """Make the recording that the words ask for.

        Raises UserError where the wish is not in English and cannot be put into it.
        """
        began = time.perf_counter()
        params = AnySoundParams.widen(params)
        piece = english(params)
        conditions = self._conditions(piece, params)
        steps = _Steps(emit, round(params.seconds * self._frames))
        result: Tensor | None = None
        with _seeded(params.seed or 0), torch.inference_mode():
            while result is None or result.shape[-1] < params.seconds * self._rate:
                result = self._window(result, conditions, params, steps)
                if result.shape[-1] < params.seconds * self._rate:
                    emit(Partial(_wav(recorded(_samples(result), self._rate), {})))
        sound = recorded(_samples(result)[: round(params.seconds * self._rate)], self._rate)
        return _outputs(sound, params, piece, time.perf_counter() - began)

    def _window(
        self, result: Tensor | None, conditions: dict[str, Any], params: AnySoundParams, steps: _Steps
    ) -> Tensor:
        """``result`` (channels, samples) with the next window joined on."""
        left = params.seconds - (0 if result is None else result.shape[-1] / self._rate)
        seed_codes, known = None, 0
        if result is not None:
            shown = result[:, -round(OVERLAP_SECONDS * self._rate) :]
            seed_codes = self._codes(shown)
            known = seed_codes.shape[-1]
        fresh = max(1, min(round(left * self._frames), round(WINDOW_SECONDS * self._frames) - known))
        inputs = dict(conditions) if seed_codes is None else {**conditions, "decoder_input_ids": seed_codes}
        steps.window(fresh)
        heard: Tensor = self._model.generate(
            **inputs,
            do_sample=params.temperature > 0,
            temperature=max(0.05, params.temperature),
            top_k=250,
            guidance_scale=max(1.0, params.guidance_scale),
            max_new_tokens=fresh + self._lag,
            stopping_criteria=[steps],
        )[0].float()
        if result is None:
            return heard.cpu()
        overlap = min(result.shape[-1], round(known / self._frames * self._rate))
        return joined(result, heard.cpu(), overlap, round(JOIN_SECONDS * self._rate))

    @property
    def _lag(self) -> int:
        """Steps until the last codebook has caught up with the first."""
        return int(self._model.decoder.num_codebooks) - 1

    def _conditions(self, piece: str, params: AnySoundParams) -> dict[str, Any]:
        """What the model is given beside its own beginning."""
        device = self._model.device
        text = self._words([piece], padding=True, return_tensors="pt").to(device)
        given: dict[str, Any] = {"input_ids": text["input_ids"], "attention_mask": text["attention_mask"]}
        if self._follows and params.melody:
            tone = read_sound(Path(params.melody))
            bins = int(self._model.config.num_chroma)
            given["input_features"] = chroma(tone.samples, tone.rate, bins).to(device, self._model.dtype)
        return given

    def _codes(self, sound: Tensor) -> Tensor:
        """A sound (channels, samples) as codes (codebooks, frames); of stereo left and right by turns."""
        encoder = self._model.audio_encoder
        sides = [
            encoder.encode(side[None, None].to(self._model.device, self._model.dtype)).audio_codes[0, 0]
            for side in sound
        ]
        return sides[0] if len(sides) == 1 else torch.stack(sides, 1).flatten(0, 1)


def joined(result: Tensor, heard: Tensor, overlap: int, fade: int) -> Tensor:
    """``result`` and a window whose first ``overlap`` samples are what ``result`` ended with, faded over."""
    fade = max(1, min(fade, overlap))
    ramp = torch.linspace(0.0, 1.0, fade)
    at = result.shape[-1] - overlap
    blend = result[:, at : at + fade] * (1 - ramp) + heard[:, :fade] * ramp
    return torch.cat([result[:, :at], blend, heard[:, fade:]], dim=1)


# -- diffusion ------------------------------------------------------------------------------------


def diffused(context: LoadContext) -> Diffused:
    """ACE-Step, Stable Audio and any other audio pipeline in diffusers' format."""
    from diffusers import DiffusionPipeline

    place = context.placement
    pipe = DiffusionPipeline.from_pretrained(
        str(context.path),
        torch_dtype=getattr(torch, place.dtype),
        use_safetensors=True,
        local_files_only=True,
    )
    pipe.set_progress_bar_config(disable=True)
    if place.policy == "gpu_small":
        pipe.enable_model_cpu_offload(device=place.device)
    else:
        pipe.to(place.device)
    return Diffused(pipe, reads_chinese="zh" in context.spec.languages)


class Diffused:
    """Denoises a whole recording at once; takes lyrics where the model sings."""

    def __init__(self, pipe: Any, *, reads_chinese: bool) -> None:
        self._pipe, self._reads_chinese = pipe, reads_chinese
        self._takes = set(inspect.signature(pipe.__call__).parameters)

    def __call__(self, params: Params, emit: Emit) -> tuple[Output, ...]:
        """Make the recording that the words ask for."""
        began = time.perf_counter()
        params = AnySoundParams.widen(params)
        piece = params.prompt.strip() if self._reads_chinese else english(params)
        steps = _Steps(emit, params.num_inference_steps)
        wanted = {
            "prompt": piece,
            "num_inference_steps": params.num_inference_steps,
            "guidance_scale": params.guidance_scale,
            "generator": torch.Generator().manual_seed(params.seed or 0),
            "callback_on_step_end": steps.on_step,
            self._length_name: float(params.seconds),
            **self._song(params),
        }
        with torch.inference_mode():
            result = self._pipe(
                **{name: value for name, value in wanted.items() if name in self._takes}
            ).audios[0]
        sound = recorded(_samples(torch.as_tensor(result).float().cpu()), self._rate)
        return _outputs(sound, params, piece, time.perf_counter() - began)

    @property
    def _length_name(self) -> str:
        names = ("audio_duration", "duration", "audio_end_in_s")
        return next(name for name in names if name in self._takes)

    @property
    def _rate(self) -> int:
        for owner in (self._pipe, self._pipe.vae, self._pipe.vae.config):
            for name in ("sample_rate", "sampling_rate"):
                if isinstance(rate := getattr(owner, name, None), int):
                    return rate
        raise RuntimeError("The pipeline does not say how many samples a second it makes.")

    def _song(self, params: AnySoundParams) -> dict[str, Any]:
        """What a model that sings is told beside the wish; settings that were left open stay open."""
        chinese = any("\u4e00" <= char <= "\u9fff" for char in params.lyrics)
        metadata: dict[str, Any] = {
            "lyrics": params.lyrics.strip() or "[Instrumental]",
            "vocal_language": "zh" if chinese else "en",
        }
        if params.tempo:
            metadata["bpm"] = params.tempo
        if params.key != "auto":
            metadata["keyscale"] = f"{params.key} {'minor' if params.mode == 'minor' else 'major'}"
        if params.metre != "auto":
            metadata["timesignature"] = params.metre.split("/")[0]
        return metadata


# -- what they share ------------------------------------------------------------------------------


class _Steps:
    """Turns steps into progress; as a stopping criterion it never stops but by cancelling."""

    def __init__(self, emit: Emit, total: int) -> None:
        self._emit, self._total = emit, max(1, total)
        self._done = self._border = 0
        self._began = time.perf_counter()
        emit(Progress(0, self._total))

    def window(self, fresh: int) -> None:
        """A window of so many steps begins: what its codes lag behind is not counted."""
        self._done, self._border = self._border, min(self._total, self._border + fresh)

    def __call__(self, ids: Tensor, _scores: Any, **_: Any) -> Tensor:
        self._tell(min(self._border, self._done + 1))
        return torch.zeros(ids.shape[0], dtype=torch.bool, device=ids.device)

    def on_step(self, _pipe: Any, index: int, _time: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        """What diffusers calls after each step."""
        self._tell(min(index + 1, self._total))
        return tensors

    def _tell(self, done: int) -> None:
        self._done = done
        spent = time.perf_counter() - self._began
        self._emit(Progress(done, self._total, spent / done * (self._total - done)))


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Torch's own generator at ``seed`` for as long as one piece is drawn, and as it was after that."""
    with _DRAWS, torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        yield


def _samples(sound: Tensor) -> np.ndarray[Any, np.dtype[np.float32]]:
    """(channels, samples) as (samples, channels)."""
    return sound.numpy().T.astype(np.float32)


def _wav(sound: Sound, meta: dict[str, Any]) -> Output:
    return Output("audio", "tune.wav", "audio/wav", data=sound.wav(), meta=meta)


def _outputs(sound: Sound, params: AnySoundParams, piece: str, spent: float) -> tuple[Output, ...]:
    seconds = round(sound.seconds, 2)
    meta = {
        "seconds": seconds,
        "peaks": sound.peaks(),
        "seed": params.seed,
        "compute_seconds": round(spent, 1),
    }
    if piece != params.prompt.strip():
        meta["prompt_en"] = piece
    small = Output("file", "tune.ogg", "audio/ogg", data=sound.ogg(), meta={"seconds": seconds})
    return (_wav(sound, meta), small)
