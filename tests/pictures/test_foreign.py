"""Pictures of other programs fill the form as far as their settings are ours; the rest is named."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from aigc_demo.pictures import foreign

LINES = (
    "a cat, <lora:foo:0.8>, (best quality:1.2)\nsecond line\nNegative prompt: ugly,\nbad: hands\n"
    "Steps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 12345, Size: 512x768, Model: foo, "
    'Lora hashes: "foo: 1234, bar: 5", Denoising strength: 0.5'
)
SETTINGS = {
    "prompt": "a cat, (best quality:1.2)\nsecond line", "negative_prompt": "ugly,\nbad: hands",
    "num_inference_steps": 20, "guidance_scale": 7.0, "seed": 12345, "sampler": "dpm",
    "width": 512, "height": 768,
}  # fmt: skip


def png(key: str, text: str, *, kind: str = "tEXt") -> bytes:
    buffer, info = io.BytesIO(), PngImagePlugin.PngInfo()
    if kind == "iTXt":
        info.add_itxt(key, text)
    else:
        info.add_text(key, text, zip=kind == "zTXt")
    Image.new("RGB", (64, 64)).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def with_exif(kind: str, text: str, encoding: str = "utf-16-be") -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + text.encode(encoding)
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64)).save(buffer, kind, exif=exif.tobytes())
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["tEXt", "iTXt", "zTXt"])
def test_the_lines_of_a1111_are_read_from_any_chunk(kind: str) -> None:
    found = foreign.read(png("parameters", LINES, kind=kind))
    assert found is not None and found.settings == SETTINGS
    assert {"Model: foo", "LoRA foo", "Denoising strength: 0.5"} <= set(found.rest)


@pytest.mark.parametrize(
    ("kind", "encoding"), [("JPEG", "utf-16-be"), ("JPEG", "utf-16-le"), ("WEBP", "utf-16-be")]
)
def test_they_are_read_from_exif_too(kind: str, encoding: str) -> None:
    found = foreign.read(with_exif(kind, LINES, encoding))
    assert found is not None and found.settings == SETTINGS


def test_a_seed_beyond_ours_and_an_odd_size_are_named() -> None:
    found = foreign.read(
        png("parameters", "一只猫\nSteps: 20, Sampler: Foo, Seed: 4294967296, Size: 500x512")
    )
    assert found is not None and found.settings == {"prompt": "一只猫", "num_inference_steps": 20}
    assert set(found.rest) == {"seed: 4294967296", "Size: 500x512", "Sampler: foo"}


def test_a_simple_graph_of_comfyui_is_followed() -> None:
    graph = {
        "3": {
            "class_type": "KSampler",
            "inputs": {
                "seed": 5, "steps": 20, "cfg": 8, "sampler_name": "euler", "positive": ["6", 0],
                "negative": ["7", 0], "latent_image": ["5", 0],
            },
        },
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "foo.safetensors"}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "ugly"}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["9", 0]}},
        "9": {"class_type": "PrimitiveString", "inputs": {"value": "a cat"}},
    }  # fmt: skip
    found = foreign.read(png("prompt", json.dumps(graph)))
    assert found is not None
    assert found.settings == {
        "prompt": "a cat", "negative_prompt": "ugly", "num_inference_steps": 20, "guidance_scale": 8.0,
        "seed": 5, "sampler": "euler", "width": 512, "height": 512,
    }  # fmt: skip
    assert "Model: foo.safetensors" in found.rest


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("invokeai_metadata", {"positive_prompt": "a cat", "seed": 5, "steps": 20, "model": {"name": "x"}}),
        ("sd-metadata", {"image": {"prompt": [{"prompt": "a cat"}], "seed": 5, "steps": 20}, "model": "x"}),
    ],
)
def test_invokeai_of_any_age_is_read(key: str, said: dict[str, object]) -> None:
    found = foreign.read(png(key, json.dumps(said)))
    assert found is not None
    assert found.settings == {"prompt": "a cat", "num_inference_steps": 20, "seed": 5}
    assert "Model: x" in found.rest


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["parameters", "prompt", "invokeai_metadata"]),
    st.one_of(st.text(max_size=200), st.sampled_from(["[" * 5000, '{"3": 1}', "Steps: 9" * 50])),
    st.data(),
)
def test_whatever_a_picture_says_nothing_is_raised(key: str, text: str, data: st.DataObject) -> None:
    whole = bytearray(png(key, text.replace("\0", ""), kind="iTXt"))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] = data.draw(st.integers(0, 255))
    foreign.read(bytes(whole))
    foreign.read(bytes(whole[:at]))
