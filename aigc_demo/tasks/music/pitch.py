"""The pitch of one voice in a recording, moment by moment: what is hummed, whistled or played alone.

Knows probabilistic YIN (de Cheveigné and Kawahara 2002, JASA 111; Mauch and Dixon 2014, ICASSP) and when
several notes sound at once, which is no pitch. Knows nothing of notes, rhythm or files.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

RATE = 16_000
"""Samples a second that everything is brought to first."""
HOP = 160
"""Samples from one moment to the next: 10 ms."""
LOWEST, HIGHEST = 60.0, 2_200.0
"""Hz: from a bass voice to a whistle."""
SILENCE = 1e-3
"""Root mean square below which nothing sounds, of 1 at most."""
FLOOR_DB = -40.0
"""What is so much softer than the loudest moment is breath and room."""

_WINDOW, _FRAME = 512, 1024
_SHORTEST, _LONGEST = int(RATE / HIGHEST), int(RATE / LOWEST) + 2
_CHUNK = 256
_MOST = 6
"""Candidates of one moment; a trough counts only where it is deeper than all before it, so there are few."""
_JUMP, _MOST_JUMP = 0.6, 3.5
"""What a step of a semitone from one moment to the next costs, and any step at most (natural logarithms)."""
_SWITCH = 3.0
"""What beginning and ending to sing costs."""
_LOW_PARTIALS, _FIRST_PARTIAL = 0.15, 0.001
"""Shares of the energy that a voice has in its first three partials at least, and in the first. The period
that notes of a chord have in common lies below all of them, so that it has next to nothing there."""


@dataclass(frozen=True)
class Track:
    """One value a moment, :data:`HOP` apart.

    ``pitch`` is in semitones (MIDI, with fractions), nan where there is none; ``sure`` the probability that
    something is sung, in 0..1; ``level`` in dB of the loudest sound there can be.
    """

    pitch: Array
    sure: Array
    level: Array


def tracked(samples: npt.NDArray[np.float32], rate: int) -> Track:
    """The pitch of ``samples``, one channel in -1..1 at ``rate`` samples a second."""
    sound = np.pad(_at_rate(samples, rate), _FRAME // 2)
    frames = np.lib.stride_tricks.sliding_window_view(sound, _FRAME)[::HOP]
    root = np.sqrt(np.maximum((frames[:, _FRAME // 4 : -_FRAME // 4] ** 2).mean(axis=1), 1e-12))
    level = 20 * np.log10(root)
    sounds = (root > SILENCE) & (level > level.max() + FLOOR_DB)
    pitch = np.full((len(frames), _MOST), np.nan)
    weight = np.zeros((len(frames), _MOST))
    for at in range(0, len(frames), _CHUNK):
        part = slice(at, at + _CHUNK)
        pitch[part], weight[part] = _candidates(frames[part])
        weight[part][_crowded(frames[part], pitch[part], weight[part])] = 0.0
    weight[~sounds] = 0.0
    path = _path(pitch, weight)
    moments = np.arange(len(frames))
    voiced = path < _MOST
    chosen = np.minimum(path, _MOST - 1)
    return Track(
        np.where(voiced, pitch[moments, chosen], np.nan),
        np.where(voiced, weight.sum(axis=1), 0.0),
        level,
    )


def _at_rate(samples: npt.NDArray[np.float32], rate: int) -> Array:
    """The sound at :data:`RATE`, what is too high for it left out, without its constant part."""
    count = max(1, round(len(samples) * RATE / rate))
    spectrum = np.fft.rfft(samples.astype(np.float64))
    spectrum[0] = 0.0
    return np.asarray(np.fft.irfft(spectrum[: count // 2 + 1], count) * (count / len(samples)))


def _candidates(frames: Array) -> tuple[Array, Array]:
    """Pitches in semitones and their probabilities, (moments, :data:`_MOST`) each.

    A threshold below which a trough of the normalised difference counts is drawn from a Beta(2, 18)
    distribution, and the first trough below it is the period. So a trough has the probability of the
    thresholds between its own depth and that of the deepest before it.
    """
    difference = _normalised_difference(frames)  # (moments, lags)
    left, inner, right = difference[:, :-2], difference[:, 1:-1], difference[:, 2:]
    trough = (inner < left) & (inner <= right)
    trough[:, : _SHORTEST - 1] = False
    bend = np.where(trough, left - 2 * inner + right, 1.0)
    shift = (left - right) / (2 * bend)  # the lowest point of the parabola through three lags
    depth = np.where(trough, np.maximum(inner - bend * shift**2 / 2, 0.0), np.inf)
    before = np.minimum.accumulate(np.pad(depth, ((0, 0), (1, 0)), constant_values=1.0), axis=1)[:, :-1]
    weight = np.where(depth < before, _below(before) - _below(depth), 0.0)
    order = np.argsort(-weight, axis=1)[:, :_MOST]
    rows = np.arange(len(frames))[:, None]
    kept = weight[rows, order]
    pitch = 69 + 12 * np.log2(RATE / (order + 1 + np.where(kept > 0, shift[rows, order], 0.0)) / 440.0)
    return np.where(kept > 0, pitch, np.nan), kept


def _normalised_difference(frames: Array) -> Array:
    """YIN's cumulative mean normalised difference for each lag from 0 to the longest period."""
    size = 2 * _FRAME
    head, whole = np.fft.rfft(frames[:, :_WINDOW], size), np.fft.rfft(frames, size)
    product = np.fft.irfft(np.conj(head) * whole, size)[:, : _LONGEST + 1]
    power = np.cumsum(np.pad(frames**2, ((0, 0), (1, 0))), axis=1)
    lags = np.arange(_LONGEST + 1)
    energy = power[:, lags + _WINDOW] - power[:, lags]
    difference = np.maximum(energy[:, :1] + energy - 2 * product, 0.0)
    total = np.cumsum(difference[:, 1:], axis=1)
    normal = difference[:, 1:] * lags[1:] / np.maximum(total, 1e-12)
    return np.pad(normal, ((0, 0), (1, 0)), constant_values=1.0)


def _below(depth: Array) -> Array:
    """The probability that a threshold of the Beta(2, 18) distribution is below ``depth``."""
    rest = 1.0 - np.clip(depth, 0.0, 1.0)
    return np.asarray(1.0 - rest**19 - 19 * (1 - rest) * rest**18)


def _crowded(frames: Array, pitch: Array, weight: Array) -> npt.NDArray[np.bool_]:
    """Where the likeliest period is one that several notes have in common and none of them sings."""
    best = np.argmax(weight, axis=1)
    hertz = 440.0 * 2 ** ((pitch[np.arange(len(frames)), best] - 69) / 12)
    energy = np.abs(np.fft.rfft(frames * np.hanning(_FRAME))) ** 2
    energy[:, :3] = 0.0  # rumble
    total = np.maximum(energy.sum(axis=1), 1e-12)
    summed = np.cumsum(np.pad(energy, ((0, 0), (1, 0))), axis=1)
    shares = []
    for partial in (1, 2, 3):
        middle = np.nan_to_num(hertz, nan=LOWEST) * partial * _FRAME / RATE
        low = np.clip(np.rint(middle - 1.5).astype(int), 0, energy.shape[1])
        high = np.clip(np.rint(middle + 1.5).astype(int) + 1, 0, energy.shape[1])
        rows = np.arange(len(frames))
        shares.append((summed[rows, high] - summed[rows, low]) / total)
    voiced = weight.sum(axis=1) > 0.5
    few = (sum(shares) < _LOW_PARTIALS) | (shares[0] < _FIRST_PARTIAL)
    return np.asarray(voiced & few)


def _path(pitch: Array, weight: Array) -> npt.NDArray[np.int64]:
    """The likeliest candidate of each moment, :data:`_MOST` where nothing is sung (Viterbi)."""
    silent = np.clip(1.0 - weight.sum(axis=1, keepdims=True), 0.0, 1.0)
    emission = np.log(np.maximum(np.concatenate([weight, silent], axis=1), 1e-9))
    states = _MOST + 1
    steps = np.full((states, states), _SWITCH)
    steps[-1, -1] = 0.0
    back = np.zeros((len(pitch), states), np.int64)
    score = emission[0]
    for at in range(1, len(pitch)):
        apart = np.abs(pitch[at - 1][:, None] - pitch[at][None])
        steps[:-1, :-1] = np.nan_to_num(np.minimum(apart * _JUMP, _MOST_JUMP), nan=_MOST_JUMP)
        total = score[:, None] - steps
        back[at] = total.argmax(axis=0)
        score = total.max(axis=0) + emission[at]
    path = np.empty(len(pitch), np.int64)
    path[-1] = score.argmax()
    for at in range(len(pitch) - 1, 0, -1):
        path[at - 1] = back[at, path[at]]
    return path
