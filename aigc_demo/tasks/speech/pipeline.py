"""Text to speech by hibari (Apache-2.0), a voice of eight megabytes distilled from Kokoro-82M.

Knows what the voice misreads and what it drops without a word: other scripts than Latin, emoji, very long
sentences. Its network and its dictionaries are in the package ``hibari-tts``.
"""

from __future__ import annotations

import io
import re
import wave
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from aigc_demo.tasks.speech import SpeechParams
from aigc_demo.types import Emit, LoadContext, Output, Progress, UserError

RATE = 24_000
LONGEST = 300
"""Characters that are spoken in one go; the voice splits no sentence that has no comma."""
PEAKS = 200
_WORD = re.compile(r"[A-Za-z0-9]")
_FOREIGN = re.compile(r"[^\x00-\u024f\u2000-\u206f\u20a0-\u20bf\u2212\s]++")
_SENTENCE = re.compile(r"[^.!?…\n]*+[.!?…\n]*+")
_SPOKEN = {"\u2212": " minus ", "&": " and ", "€": " euros ", "\u00a0": " "}


def load(_: LoadContext) -> Speaker:
    """The voice with its dictionaries."""
    from hibari import Hibari

    voice = Hibari(threads=1)
    return Speaker(voice)


class Speaker:
    """Reads texts aloud; the same text and seed give the same bytes."""

    def __init__(self, voice: object) -> None:
        self._voice = voice

    def __call__(self, params: SpeechParams, emit: Emit) -> tuple[Output, ...]:
        """A WAV file: 24 kHz, one channel, 16 bits."""
        told, left_out = readable(params.text)
        parts = list(pieces(told))
        spoken = []
        for number, part in enumerate(parts):
            emit(Progress(number, len(parts)))
            spoken.append(self._spoken(part, params.speed, (params.seed or 0) + number))
        sound = np.concatenate(spoken) if spoken else np.zeros(0, np.float32)
        if not len(sound):
            raise UserError("nothing_to_say", "speech.error.nothing", status=422, field="text")
        emit(Progress(len(parts), len(parts)))
        meta = {
            "seconds": round(len(sound) / RATE, 2),
            "sample_rate": RATE,
            "peaks": peaks(sound),
            "left_out": left_out,
        }
        return (Output("audio", "voice.wav", "audio/wav", data=wav(sound), meta=meta),)

    def _spoken(self, text: str, speed: float, seed: int) -> NDArray[np.float32]:
        sound: NDArray[np.float32] = self._voice(text, speed=speed, seed=seed)  # type: ignore[operator]
        return sound


def readable(text: str) -> tuple[str, list[str]]:
    """The part of a text that the voice can read, and pieces of what it cannot.

    Raises :class:`UserError` where nothing is left.
    """
    left_out = list(dict.fromkeys(found[0][:60] for found in _FOREIGN.finditer(text)))[:12]
    told = _FOREIGN.sub(" ", text)
    for sign, words in _SPOKEN.items():
        told = told.replace(sign, words)
    if not _WORD.search(told):
        key = "speech.error.english_only" if left_out else "speech.error.nothing"
        raise UserError("nothing_to_say", key, status=422, field="text")
    return told, left_out


def pieces(text: str) -> Iterator[str]:
    """Sentences of at most ``LONGEST`` characters; longer ones are parted at a blank."""
    for found in _SENTENCE.finditer(text):
        sentence = " ".join(found[0].split())
        while len(sentence) > LONGEST:
            cut = sentence.rfind(" ", 0, LONGEST)
            cut = cut if cut > 0 else LONGEST
            yield sentence[:cut]
            sentence = sentence[cut:].lstrip()
        if _WORD.search(sentence):
            yield sentence


def peaks(sound: NDArray[np.float32]) -> list[int]:
    """The loudness along a sound in ``PEAKS`` steps, each 0 to 100, as a player draws it."""
    parts = np.array_split(np.abs(sound), min(PEAKS, max(1, len(sound))))
    return [min(100, round(100 * float(part.max(initial=0)))) for part in parts]


def wav(sound: NDArray[np.float32]) -> bytes:
    """Samples in [-1, 1] as a WAV file."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((sound.clip(-1, 1) * 32767).astype("<i2").tobytes())
    return buffer.getvalue()
