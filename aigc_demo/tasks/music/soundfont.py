"""The orchestra on disk: a SoundFont with Vorbis samples (.sf3), and the part of it a piece needs as .sf2.

Knows the RIFF layout of SoundFonts and their nine tables. Knows nothing of scores or of how a voice is made.
Only samples that some note of a piece can reach are decoded, once, and kept: a piece for two players takes a
tenth of a second the first time and a few milliseconds after that.

Format: SoundFont technical specification 2.04, sections 4 to 8; in .sf3 a sample's ``start`` and ``end`` are
bytes of its Ogg stream and its loop is counted from its own beginning.
"""

from __future__ import annotations

import io
import mmap
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Table = npt.NDArray[Any]
Preset = tuple[int, int]
"""Bank and program; bank 128 holds the drum kits."""

DRUMS = 128

_TYPES = {
    "phdr": np.dtype([("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("rest", "V12")]),
    "pbag": np.dtype([("gen", "<u2"), ("mod", "<u2")]),
    "pmod": np.dtype("V10"),
    "pgen": np.dtype([("oper", "<u2"), ("amount", "<u2")]),
    "inst": np.dtype([("name", "S20"), ("bag", "<u2")]),
    "ibag": np.dtype([("gen", "<u2"), ("mod", "<u2")]),
    "imod": np.dtype("V10"),
    "igen": np.dtype([("oper", "<u2"), ("amount", "<u2")]),
    "shdr": np.dtype(
        [("name", "S20"), ("start", "<u4"), ("end", "<u4"), ("loop", "<u4"), ("loop_end", "<u4"),
         ("rate", "<u4"), ("pitch", "u1"), ("correction", "i1"), ("link", "<u2"), ("type", "<u2")]
    ),
}  # fmt: skip
_INSTRUMENT, _KEYS, _SAMPLE = 41, 43, 53
_VORBIS = 0x10
_MONO = 1
_GAP = 46
"""Zeros that must follow each sample of an .sf2."""


@dataclass(frozen=True)
class Zone:
    """One stretch of the keyboard: its generators, of which the last is what it leads to, and modulators."""

    gens: Table
    mods: Table

    @property
    def target(self) -> int | None:
        """The instrument or sample it leads to; None for a zone of common settings."""
        if len(self.gens) and self.gens["oper"][-1] in (_INSTRUMENT, _SAMPLE):
            return int(self.gens["amount"][-1])
        return None

    def covers(self, keys: Set[int]) -> bool:
        """Whether one of these keys lies in it."""
        for oper, amount in zip(self.gens["oper"].tolist(), self.gens["amount"].tolist(), strict=True):
            if oper == _KEYS:
                return any(amount & 0xFF <= key <= amount >> 8 for key in keys)
        return True


class SoundFont:
    """A SoundFont, its samples still packed, as views of ``data``. Raises ValueError if that is none."""

    def __init__(self, data: bytes | memoryview) -> None:
        data = memoryview(data)
        if (bytes(data[:4]), bytes(data[8:12])) != (b"RIFF", b"sfbk"):
            raise ValueError("not a SoundFont")
        self._chunks = dict(_chunks(data))
        self._tables = {name: np.frombuffer(self._chunks[name], dtype=kind) for name, kind in _TYPES.items()}
        self._decoded: dict[int, npt.NDArray[np.int16]] = {}

    @classmethod
    def read(cls, path: Path) -> SoundFont:
        """The SoundFont in a file, which is mapped into memory: only what is played is read."""
        with path.open("rb") as file:
            return cls(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))

    @cached_property
    def presets(self) -> Mapping[Preset, int]:
        """Where each preset stands in the table."""
        heads = self._tables["phdr"][:-1]
        return {(int(head["bank"]), int(head["program"])): index for index, head in enumerate(heads)}

    def packed(self, presets: Set[Preset], comment: str) -> bytes:
        """A SoundFont with these presets only, samples packed as they were, ``comment`` as its notice."""
        return self._written({preset: frozenset(range(128)) for preset in presets}, comment, decode=False)

    def unpacked(self, played: Mapping[Preset, Set[int]]) -> bytes:
        """An .sf2 with what these keys of these presets need, samples as 16-bit sound.

        Raises KeyError for a preset that is not there.
        """
        return self._written(played, "", decode=True)

    def _zones(self, kind: str, index: int) -> Iterator[Zone]:
        """The zones of preset (``p``) or instrument (``i``) number ``index``."""
        heads, bags = self._tables["phdr" if kind == "p" else "inst"], self._tables[kind + "bag"]
        gens, mods = self._tables[kind + "gen"], self._tables[kind + "mod"]
        for bag in range(int(heads["bag"][index]), int(heads["bag"][index + 1])):
            here, after = bags[bag], bags[bag + 1]
            yield Zone(gens[here["gen"] : after["gen"]], mods[here["mod"] : after["mod"]])

    def _written(self, played: Mapping[Preset, Set[int]], comment: str, *, decode: bool) -> bytes:
        presets = [(head, self._reached(index, keys)) for head, index, keys in self._heads(played)]
        keys_of: dict[int, set[int]] = {}
        for preset, (_, zones) in zip(sorted(played), presets, strict=True):
            for zone in zones:
                if zone.target is not None:
                    keys_of.setdefault(zone.target, set()).update(played[preset])
        targets = sorted(keys_of)
        instruments = [(self._tables["inst"][i], self._sounding(i, keys_of[i])) for i in targets]
        samples = sorted(
            {zone.target for _, zones in instruments for zone in zones if zone.target is not None}
        )
        sound, heads = self._samples(samples, decode)
        tables = {
            **_level("p", presets, targets, self._tables["phdr"]),
            **_level("i", instruments, samples, self._tables["inst"]),
            "shdr": heads,
        }
        return _file(sound, tables, comment, decode)

    def _heads(self, played: Mapping[Preset, Set[int]]) -> Iterator[tuple[Any, int, Set[int]]]:
        for preset in sorted(played):
            index = self.presets[preset]
            yield self._tables["phdr"][index], index, played[preset]

    def _reached(self, preset: int, keys: Set[int]) -> list[Zone]:
        """The zones of a preset in which one of the keys sounds; all of them if none does."""
        zones = list(self._zones("p", preset))
        kept = [zone for zone in zones if zone.covers(keys) and self._leads_somewhere(zone, keys)]
        return kept if any(zone.target is not None for zone in kept) else zones

    def _leads_somewhere(self, zone: Zone, keys: Set[int]) -> bool:
        if zone.target is None:
            return True
        return any(z.target is not None and z.covers(keys) for z in self._zones("i", zone.target))

    def _sounding(self, instrument: int, keys: Set[int]) -> list[Zone]:
        """The zones of an instrument in which one of the keys sounds; all of them if none does."""
        zones = list(self._zones("i", instrument))
        kept = [zone for zone in zones if zone.covers(keys)]
        return kept if any(zone.target is not None for zone in kept) else zones

    def _samples(self, samples: list[int], decode: bool) -> tuple[bytes, Table]:
        """The bytes of the samples one after another, and their headers."""
        heads = self._tables["shdr"][[*samples, -1]].copy()
        pieces: list[bytes | memoryview] = []
        at = 0
        for row, sample in enumerate(samples):
            head = heads[row]
            if decode:
                pcm = self._pcm(sample)
                piece: bytes | memoryview = pcm.tobytes() + bytes(2 * _GAP)
                loop, loop_end = int(head["loop"]), int(head["loop_end"])
                if not 0 <= loop < loop_end <= len(pcm):
                    loop, loop_end = 0, len(pcm)
                head["start"], head["end"] = at, at + len(pcm)
                head["loop"], head["loop_end"] = at + loop, at + loop_end
                head["type"], head["link"] = _MONO, 0
                at += len(pcm) + _GAP
            else:
                piece = self._chunks["smpl"][int(head["start"]) : int(head["end"])]
                head["start"], head["end"], head["link"] = at, at + len(piece), 0
                at += len(piece)
            pieces.append(piece)
        return b"".join(pieces), heads

    def _pcm(self, sample: int) -> npt.NDArray[np.int16]:
        """A sample's sound: 16-bit, mono, at its own rate."""
        if sample not in self._decoded:
            head = self._tables["shdr"][sample]
            if not head["type"] & _VORBIS:
                raise ValueError("only SoundFonts with packed samples are read")
            stream = self._chunks["smpl"][int(head["start"]) : int(head["end"])]
            self._decoded[sample] = _looped(_vorbis(stream), int(head["loop"]), int(head["loop_end"]))
        return self._decoded[sample]


def _vorbis(stream: memoryview) -> npt.NDArray[np.int16]:
    """The sound of an Ogg Vorbis stream of one channel."""
    import av

    with av.open(io.BytesIO(stream), format="ogg") as container:
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    sound = np.concatenate(frames) if frames else np.zeros(1, np.float32)
    return np.clip(np.rint(sound * 32767.0), -32768, 32767).astype(np.int16)


def _looped(sound: npt.NDArray[np.int16], loop: int, end: int) -> npt.NDArray[np.int16]:
    """The sound with its loop complete: the decoder may keep back the last block, which repeats the first."""
    missing = end - len(sound)
    period = end - loop
    if missing <= 0 or period <= 0 or loop >= len(sound):
        return sound
    tail = [sound[len(sound) + i - period] for i in range(min(missing, period))]
    return np.concatenate([sound, np.array(tail, np.int16)])


def _level(
    kind: str, kept: list[tuple[Any, list[Zone]]], targets: list[int], heads: Table
) -> dict[str, Table]:
    """The four tables of presets or of instruments, with targets renumbered."""
    number = {target: index for index, target in enumerate(targets)}
    bags: list[tuple[int, int]] = []
    rows, gens, mods = [], [], []
    gen_at = mod_at = 0
    for head, zones in kept:
        row = head.copy()
        row["bag"] = len(bags)
        rows.append(row)
        for zone in zones:
            bags.append((gen_at, mod_at))
            gen = zone.gens.copy()
            if zone.target is not None:
                gen["amount"][-1] = number[zone.target]
            gens.append(gen)
            mods.append(zone.mods)
            gen_at, mod_at = gen_at + len(gen), mod_at + len(zone.mods)
    last = heads[-1].copy()
    last["bag"] = len(bags)
    head_name = "phdr" if kind == "p" else "inst"
    return {
        head_name: np.array([*rows, last], dtype=_TYPES[head_name]),
        kind + "bag": np.array([*bags, (gen_at, mod_at)], dtype=_TYPES[kind + "bag"]),
        kind + "mod": np.concatenate([*mods, np.zeros(1, _TYPES[kind + "mod"])]),
        kind + "gen": np.concatenate([*gens, np.zeros(1, _TYPES[kind + "gen"])]),
    }


# -- RIFF -----------------------------------------------------------------------------------------


def _chunks(data: memoryview) -> Iterator[tuple[str, memoryview]]:
    """Name and body of every chunk inside the three lists; .sf3 files do not pad a list of odd length."""
    at = 12
    while at + 12 <= len(data):
        if bytes(data[at : at + 4]) != b"LIST":
            at += 1
            continue
        end = at + 8 + int.from_bytes(data[at + 4 : at + 8], "little")
        inner = at + 12
        while inner + 8 <= end:
            size = int.from_bytes(data[inner + 4 : inner + 8], "little")
            yield bytes(data[inner : inner + 4]).decode("latin-1"), data[inner + 8 : inner + 8 + size]
            inner += 8 + size + (size & 1)
        at = end


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) & 1)


def _text(name: bytes, text: str) -> bytes:
    body = text.encode() + b"\0"
    return _chunk(name, body + b"\0" * (len(body) & 1))


def _file(sound: bytes, tables: Mapping[str, Table], comment: str, decode: bool) -> bytes:
    version = b"\x02\x00\x04\x00" if decode else b"\x03\x00\x01\x00"
    info = b"INFO" + _chunk(b"ifil", version) + _text(b"isng", "EMU8000") + _text(b"INAM", "Studio")
    if comment:
        info += _text(b"ICMT", comment)
    pdta = b"pdta" + b"".join(_chunk(name.encode(), tables[name].tobytes()) for name in _TYPES)
    body = (
        b"sfbk"
        + _chunk(b"LIST", info)
        + _chunk(b"LIST", b"sdta" + _chunk(b"smpl", sound))
        + _chunk(b"LIST", pdta)
    )
    return b"RIFF" + len(body).to_bytes(4, "little") + body
