"""How other programs say that a picture was made: A1111, SD.Next, ComfyUI, InvokeAI.

Knows where in PNG, JPEG and WebP their words stand and what of them our settings mean too. Decodes no
picture, and unpacks no more than a bound. Nothing of it is to be trusted: it is checked like a form.
"""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_CHUNKS = 2_000
MOST_TEXT = 200_000
"""Characters of one text."""
MOST_SEED = 2**32 - 1
_KEYS = (b"parameters", b"prompt", b"invokeai_metadata", b"sd-metadata")
_EXIF_IFD, _USER_COMMENT = 0x8769, 0x9286
_PAIR = re.compile(r'\s*+(\w[\w \-/]{0,40}+):\s*+("(?:[^"\\]|\\.)*+"|[^,]*+)(?:,|$)')
_SIZE = re.compile(r"(\d{1,5})\s*+[x×]\s*+(\d{1,5})")
_LORA = re.compile(r"<lora:([^:>]{1,100}+)[^>]{0,40}+>")
_SAMPLERS = {
    "euler a": "euler_ancestral", "euler_ancestral": "euler_ancestral", "euler": "euler", "ddim": "ddim",
    "unipc": "unipc", "uni_pc": "unipc", "lcm": "lcm",
}  # fmt: skip


@dataclass(frozen=True)
class Foreign:
    """``settings`` by our names; ``rest`` names what else was said, with its value where it is short."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    rest: tuple[str, ...] = ()


def read(data: bytes) -> Foreign | None:
    """What a picture of another program says; None where it says nothing that is known."""
    for key, text in _texts(data):
        found = None
        if key == b"parameters":
            found = automatic1111(text)
        elif key == b"prompt":
            found = comfyui(text)
        elif key in (b"invokeai_metadata", b"sd-metadata"):
            found = invokeai(text)
        if found is not None and found.settings:
            return found
    return None


# -- programs -------------------------------------------------------------------------------------


def automatic1111(text: str) -> Foreign | None:
    """A1111's and SD.Next's lines: the prompt, ``Negative prompt:`` and pairs such as ``Steps: 20``."""
    lines = text.replace("\r", "").split("\n")
    last = next((n for n in range(len(lines) - 1, -1, -1) if "Steps: " in lines[n]), None)
    if last is None:
        return None
    said = {name.strip(): value.strip().strip('"') for name, value in _PAIR.findall(" ".join(lines[last:]))}
    prompt: list[str] = []
    negative: list[str] = []
    where = prompt
    for line in lines[:last]:
        if line.startswith("Negative prompt:"):
            where = negative
        where.append(line.removeprefix("Negative prompt:").strip())
    given: dict[str, Any] = {
        "prompt": "\n".join(prompt), "negative_prompt": "\n".join(negative),
        "num_inference_steps": said.pop("Steps", None), "guidance_scale": said.pop("CFG scale", None),
        "seed": said.pop("Seed", None), "sampler": said.pop("Sampler", None),
    }  # fmt: skip
    if size := _SIZE.fullmatch(said.get("Size", "")):
        given |= {"width": size[1], "height": size[2]}
        said.pop("Size")
    return _mapped(given, said)


def comfyui(text: str) -> Foreign | None:
    """A simple graph: one sampler, whose words, size and numbers are followed to where they are written."""
    try:
        graph = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(graph, dict) or len(graph) > MOST_CHUNKS:
        return None
    nodes = {name: node for name, node in graph.items() if isinstance(node, dict)}
    samplers = [node for node in nodes.values() if "KSampler" in str(node.get("class_type", ""))[:40]]
    if not samplers:
        return None
    inputs = _inputs(samplers[0])
    latent = _inputs(_linked(nodes, inputs.get("latent_image")))
    written = [_words(nodes, node) for node in nodes.values() if _is_text(node)]
    given = {
        "prompt": _words(nodes, _linked(nodes, inputs.get("positive"))) or (written[0] if written else ""),
        "negative_prompt": _words(nodes, _linked(nodes, inputs.get("negative"))),
        "num_inference_steps": inputs.get("steps"), "guidance_scale": inputs.get("cfg"),
        "seed": inputs.get("seed", inputs.get("noise_seed")), "sampler": inputs.get("sampler_name"),
        "width": latent.get("width"), "height": latent.get("height"),
    }  # fmt: skip
    kinds = sorted({str(node.get("class_type", ""))[:40] for node in nodes.values()})
    known = ("KSampler", "KSamplerAdvanced", "CLIPTextEncode", "EmptyLatentImage", "VAEDecode", "SaveImage")
    rest = {kind: "" for kind in kinds if kind not in known}
    for loader in nodes.values():
        if name := _inputs(loader).get("ckpt_name"):
            rest["Model"] = str(name)
    rest.pop("CheckpointLoaderSimple", None)
    return _mapped(given, rest)


def invokeai(text: str) -> Foreign | None:
    """InvokeAI's metadata, as it is now and as it was in versions 1 and 2."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    said = {**said, **said["image"]} if isinstance(said.get("image"), dict) else dict(said)
    prompt = said.pop("positive_prompt", said.pop("prompt", ""))
    if isinstance(prompt, list):
        prompt = " ".join(str(one.get("prompt", "")) for one in prompt if isinstance(one, dict))
    model = said.pop("model", "")
    given = {
        "prompt": prompt, "negative_prompt": said.pop("negative_prompt", ""),
        "num_inference_steps": said.pop("steps", None), "guidance_scale": said.pop("cfg_scale", None),
        "seed": said.pop("seed", None), "sampler": said.pop("scheduler", said.pop("sampler", None)),
        "width": said.pop("width", None), "height": said.pop("height", None),
    }  # fmt: skip
    name = model.get("name", model.get("model_name", "")) if isinstance(model, dict) else model
    rest = {key: value for key, value in said.items() if isinstance(value, str | int | float)}
    return _mapped(given, {**({"Model": name} if name else {}), **rest})


def _inputs(node: object) -> dict[str, Any]:
    inputs = node.get("inputs") if isinstance(node, dict) else None
    return inputs if isinstance(inputs, dict) else {}


def _linked(nodes: Mapping[str, Any], link: object) -> object:
    return nodes.get(str(link[0])) if isinstance(link, list) and link else None


def _is_text(node: Mapping[str, Any]) -> bool:
    return "TextEncode" in str(node.get("class_type", ""))[:60]


def _words(nodes: Mapping[str, Any], node: object) -> str:
    """The text of a node, or of the one that gives it its text, a few links away."""
    for _ in range(8):
        inputs = _inputs(node)
        for name in ("text", "string", "value", "text_g"):
            if isinstance(inputs.get(name), str):
                return str(inputs[name])
        links = [inputs.get(name) for name in ("text", "conditioning", "conditioning_1", "positive")]
        node = next((found for link in links if (found := _linked(nodes, link)) is not None), None)
        if node is None:
            return ""
    return ""


# -- our settings ---------------------------------------------------------------------------------


def _mapped(given: Mapping[str, Any], rest: Mapping[str, Any]) -> Foreign:
    """Values that our settings can hold; all others are named."""
    settings: dict[str, Any] = {}
    left = {name: str(value) for name, value in rest.items()}
    for name in ("prompt", "negative_prompt"):
        text = str(given.get(name) or "")[:2000].strip()
        for lora in _LORA.findall(text):
            left[f"LoRA {lora}"] = ""
        if text := _LORA.sub("", text).replace(", ,", ",").strip(" ,\n"):
            settings[name] = text
    for name, least, most in (("num_inference_steps", 1, 100), ("seed", 0, MOST_SEED)):
        value = _whole(given.get(name))
        if value is not None and least <= value <= most:
            settings[name] = value
        elif value is not None:
            left[name] = str(value)
    guidance = _number(given.get("guidance_scale"))
    if guidance is not None and 1 <= guidance <= 20:
        settings["guidance_scale"] = guidance
    width, height = _whole(given.get("width")), _whole(given.get("height"))
    if width and height:
        if all(64 <= side <= 2048 and side % 64 == 0 for side in (width, height)):
            settings |= {"width": width, "height": height}
        else:
            left["Size"] = f"{width}x{height}"
    sampler = str(given.get("sampler") or "").strip().lower()
    known = _SAMPLERS.get(sampler, "dpm" if sampler.startswith(("dpm++", "dpmpp")) else "")
    if known:
        settings["sampler"] = known
    elif sampler:
        left["Sampler"] = sampler
    names = [f"{name}: {value}"[:80] if value else name[:80] for name, value in left.items()]
    return Foreign(settings, tuple(names[:40]))


def _number(value: object) -> float | None:
    try:
        number = float(value) if isinstance(value, str | int | float) else None
    except (ValueError, OverflowError):
        return None
    return number if number is not None and abs(number) < 2**63 else None


def _whole(value: object) -> int | None:
    number = _number(value)
    return int(number) if number is not None else None


# -- where the words stand ------------------------------------------------------------------------


def _texts(data: bytes) -> Iterator[tuple[bytes, str]]:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        yield from _png(data)
    elif data.startswith(b"\xff\xd8\xff"):
        at = data.find(b"Exif\0\0", 0, 1 << 16)
        if at >= 0:
            yield from _exif(data[at + 6 : at + 6 + (1 << 16)])
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        at = 12
        for _ in range(MOST_CHUNKS):
            if at + 8 > len(data):
                return
            size = int.from_bytes(data[at + 4 : at + 8], "little")
            if data[at : at + 4] == b"EXIF":
                yield from _exif(data[at + 8 : at + 8 + min(size, MOST_TEXT)].removeprefix(b"Exif\0\0"))
            at += 8 + size + size % 2


def _png(data: bytes) -> Iterator[tuple[bytes, str]]:
    at = 8
    for _ in range(MOST_CHUNKS):
        if at + 12 > len(data):
            return
        size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        if kind in (b"tEXt", b"zTXt", b"iTXt"):
            key, _, rest = data[at + 8 : at + 8 + min(size, MOST_TEXT)].partition(b"\0")
            if key in _KEYS:
                yield key, _png_text(kind, rest)
        at += 12 + size


def _png_text(kind: bytes, rest: bytes) -> str:
    if kind == b"tEXt":
        return _decoded(rest)
    if kind == b"zTXt":
        return _decoded(_unpacked(rest[1:]))
    packed = rest[:1] == b"\x01"
    words = rest[2:].split(b"\0", 2)[-1]
    return (_unpacked(words) if packed else words).decode("utf-8", "replace")


def _unpacked(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, MOST_TEXT)
    except zlib.error:
        return b""


def _decoded(data: bytes) -> str:
    """A tEXt chunk: Latin-1 by the standard, UTF-8 by what programs write."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _exif(data: bytes) -> Iterator[tuple[bytes, str]]:
    """The user's comment of an EXIF block, where A1111 writes its lines in JPEG and WebP."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        return
    try:
        (at,) = struct.unpack_from(order + "I", data, 4)
        inner = _entry(data, order, at, _EXIF_IFD)
        found = _entry(data, order, inner[1], _USER_COMMENT) if inner else None
    except struct.error:
        return
    if found is None:
        return
    size, at = found
    code, text = data[at : at + 8], data[at + 8 : at + min(size, MOST_TEXT)]
    if code == b"UNICODE\0":
        yield b"parameters", text.decode("utf-16-be" if text[:1] == b"\0" else "utf-16-le", "replace")
    else:
        yield b"parameters", _decoded(text)


def _entry(data: bytes, order: str, at: int, tag: int) -> tuple[int, int] | None:
    """Count and value (or where it stands) of a tag in the list at a place."""
    (count,) = struct.unpack_from(order + "H", data, at)
    for index in range(min(count, MOST_CHUNKS)):
        name, _, size, value = struct.unpack_from(order + "HHII", data, at + 2 + 12 * index)
        if name == tag:
            return size, value
    return None
