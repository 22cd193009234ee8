"""The peer of the text figures: llama.cpp by xllamacpp, on the shipped weights and in its quickest format.

Knows GGUF files and xllamacpp's server. Only measured where xllamacpp is installed.
"""

from __future__ import annotations

import importlib.util
import threading
from pathlib import Path
from typing import Any


def installed() -> bool:
    """Whether there is a peer on this machine."""
    return importlib.util.find_spec("xllamacpp") is not None


def in_q4_0(source: Path, target: Path) -> Path:
    """The same model with every matrix in Q4_0, the format that llama.cpp has its best CPU kernels for."""
    import numpy as np
    from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter, LlamaFileType
    from gguf.quants import dequantize, quantize

    reader, writer = GGUFReader(source), GGUFWriter(target, "llama")
    for name, field in reader.fields.items():
        if name.startswith("GGUF.") or name in ("general.architecture", "general.file_type"):
            continue
        if field.types[0] == GGUFValueType.ARRAY:
            writer.add_array(name, field.contents())
        else:
            writer.add_key_value(name, field.contents(), field.types[0])
    writer.add_file_type(LlamaFileType.MOSTLY_Q4_0)
    for tensor in reader.tensors:
        values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        if len(tensor.shape) == 2:
            packed = quantize(values, GGMLQuantizationType.Q4_0)
            writer.add_tensor(tensor.name, packed, raw_dtype=GGMLQuantizationType.Q4_0)
        else:
            writer.add_tensor(tensor.name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target


class Peer:
    """A server of llama.cpp in this process.

    Args:
        path: a GGUF file.
        slots: prompts answered at once.
        threads: what it may use.
    """

    def __init__(self, path: Path, slots: int, threads: int) -> None:
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_parallel, params.n_ctx = slots, 512 * slots
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.verbosity = 0
        self._server: Any = xllamacpp.Server(params)

    def __call__(self, prompts: list[str], tokens: int) -> None:
        """Answer all prompts at once, each with exactly so many of the likeliest tokens."""
        threads = [threading.Thread(target=self._one, args=(prompt, tokens)) for prompt in prompts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _one(self, prompt: str, tokens: int) -> None:
        request = {"prompt": prompt, "n_predict": tokens, "temperature": 0.0, "ignore_eos": True}
        self._server.handle_completions({**request, "cache_prompt": False})
