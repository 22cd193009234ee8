"""Which of the twelve notes a recording sings at each moment: what MusicGen's melody models follow.

Knows the analysis those models were trained with: a spectrum of half a second eight times a second, folded to
notes, the strongest kept. The voice is not separated from what plays with it, so a melody alone works best.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

RATE, SIZE, HOP = 32_000, 16_384, 4_096


def chroma(samples: npt.NDArray[np.float32], rate: int, bins: int = 12) -> Tensor:
    """(1, moments, ``bins``): a one at the strongest note of each moment.

    ``samples`` is one channel in -1..1 at ``rate`` samples a second.
    """
    from transformers.audio_utils import chroma_filter_bank

    sound = torch.from_numpy(_at_rate(samples, rate))
    if len(sound) < SIZE:
        sound = torch.nn.functional.pad(sound, (0, SIZE - len(sound)))
    spectrum = torch.stft(sound, SIZE, HOP, window=torch.hann_window(SIZE), return_complex=True).abs() ** 2
    filters = chroma_filter_bank(sampling_rate=RATE, num_frequency_bins=SIZE, tuning=0, num_chroma=bins)
    notes = torch.from_numpy(filters).float() @ spectrum  # (bins, moments)
    return torch.nn.functional.one_hot(notes.argmax(0), bins)[None].float()


def _at_rate(samples: npt.NDArray[np.float32], rate: int) -> npt.NDArray[np.float32]:
    """The sound at :data:`RATE`, by drawing lines between its samples: pitch is all that is asked of it."""
    count = max(1, round(len(samples) * RATE / rate))
    places = np.arange(count) * (rate / RATE)
    return np.interp(places, np.arange(len(samples)), samples).astype(np.float32)
