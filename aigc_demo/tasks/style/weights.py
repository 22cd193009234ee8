"""The painters' files: reads safetensors into networks, and styles of one's own into codes and back.

Knows the formats. Knows nothing of where the files lie or of what is done with the networks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor

from aigc_demo.tasks.style.net import ANY, TABLE, AnyStyleNet, Layout, StyleNet
from aigc_demo.types import UserError

CODE_FORMAT = "aigc-style-code-1"
"""Marks a safetensors file as one style: a tensor ``code`` and the name it was given."""

MAX_CODE_BYTES = 64 * 1024


def unpack(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Multiply int8 weights by the scale of each output channel, stored as ``<name>.scale``."""
    return {
        key: value * state[f"{key}.scale"].view(-1, *[1] * (value.ndim - 1))
        if value.dtype == torch.int8
        else value
        for key, value in state.items()
        if not key.endswith(".scale")
    }


def load_table(path: Path) -> tuple[StyleNet, Tensor]:
    """The network with a table of styles, and the table: (styles, code_size)."""
    state = load_file(path)
    codes = state.pop("codes")
    net = StyleNet(TABLE)
    net.load_state_dict(state)
    return net.eval().requires_grad_(False), codes


def load_any(path: Path) -> AnyStyleNet:
    """The network that reads a style off a picture."""
    net = AnyStyleNet(ANY)
    net.load_state_dict(unpack(load_file(path)))
    return net.eval().requires_grad_(False)


def save_code(code: Tensor, name: str) -> bytes:
    """A style of one's own as the bytes of a file; the same style, the same bytes."""
    return _with_sorted_header(save({"code": code.contiguous()}, {"format": CODE_FORMAT, "name": name}))


def _with_sorted_header(data: bytes) -> bytes:
    """The same file with its header in one order; safetensors 0.8 draws one for metadata each time."""
    size = int.from_bytes(data[:8], "little")
    header = json.dumps(json.loads(data[8 : 8 + size]), sort_keys=True, ensure_ascii=False).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + data[8 + size :]


def is_code(path: Path) -> bool:
    """Whether the file claims to be a style of one's own rather than a picture."""
    with path.open("rb") as file:
        head = file.read(9)
    return len(head) == 9 and head[8:9] == b"{" and int.from_bytes(head[:8], "little") < MAX_CODE_BYTES


def load_code(path: Path, layout: Layout = TABLE) -> Tensor:
    """The code (code_size,) in a file; :class:`UserError` where it is not one of ours."""
    refused = UserError("bad_style", "style.error.bad_style", field="style")
    if path.stat().st_size > MAX_CODE_BYTES:
        raise refused
    try:
        with safe_open(path, framework="pt") as file:
            if (file.metadata() or {}).get("format") != CODE_FORMAT:
                raise refused
            code = file.get_tensor("code")
    except SafetensorError:
        raise refused from None
    if code.shape != (layout.code_size,) or not torch.isfinite(code).all():
        raise refused
    return code.float()
