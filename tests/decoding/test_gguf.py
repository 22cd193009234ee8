"""GGUF files: read as the reference package reads them, refused in a sentence where they are damaged."""

from pathlib import Path

import numpy as np
import pytest
from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter
from gguf.quants import dequantize, quantize

from aigc_demo.decoding import gguf, packed, rope

HIDDEN, INNER, LAYERS, HEADS, KV_HEADS, VOCABULARY = 64, 96, 2, 2, 1, 40


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random Llama in blocks of 4 bits, its table in 8."""
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    writer, rng = GGUFWriter(path, "llama"), np.random.default_rng(0)
    writer.add_block_count(LAYERS)
    writer.add_context_length(128)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_rope_freq_base(10_000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list([f"t{n}ü" for n in range(VOCABULARY)])
    writer.add_token_types([1] * VOCABULARY)
    writer.add_bool("tiny.yes", True)
    writer.add_array("tiny.nothing", [])
    matrices = {"attn_q": (HIDDEN, HIDDEN), "attn_k": (32, HIDDEN), "attn_v": (32, HIDDEN)}
    matrices |= {"attn_output": (HIDDEN, HIDDEN), "ffn_gate": (INNER, HIDDEN), "ffn_up": (INNER, HIDDEN)}
    matrices |= {"ffn_down": (HIDDEN, INNER)}

    def add(name: str, shape: tuple[int, ...], kind: GGMLQuantizationType | None) -> None:
        values = rng.standard_normal(shape).astype(np.float32)
        if kind is None:
            writer.add_tensor(f"{name}.weight", values)
        else:
            writer.add_tensor(f"{name}.weight", quantize(values, kind), raw_dtype=kind)

    add("token_embd", (VOCABULARY, HIDDEN), GGMLQuantizationType.Q8_0)
    for number in range(LAYERS):
        for name in ("attn_norm", "ffn_norm"):
            add(f"blk.{number}.{name}", (HIDDEN,), None)
        for name, shape in matrices.items():
            add(f"blk.{number}.{name}", shape, GGMLQuantizationType.Q4_1)
    add("output_norm", (HIDDEN,), None)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_values_and_tensors_are_what_the_reference_reads(file: Path) -> None:
    ours, theirs = gguf.read(file), GGUFReader(file)
    for name, field in theirs.fields.items():
        if not name.startswith("GGUF."):
            value = ours.metadata[name]
            assert value == pytest.approx(field.contents()) if isinstance(value, float) else field.contents()
    assert list(ours.tensors) == [tensor.name for tensor in theirs.tensors]
    for tensor in theirs.tensors:
        exact = dequantize(tensor.data, tensor.tensor_type)
        assert np.array_equal(gguf.floats(ours.tensors[tensor.name]), exact)


def test_a_llama_in_blocks_is_packed_with_its_angles(file: Path) -> None:
    weights = packed.from_gguf(gguf.read(file))
    config = weights.config
    assert (config.layers, config.hidden, config.kv_heads, config.width) == (LAYERS, HIDDEN, KV_HEADS, 32)
    assert weights.form == "int4" and config.tied
    assert weights.tensors["0.qkv.weight"].shape == ((64 + 32 + 32) // 8, 2, 160)
    assert weights.tensors["embed.weight"].shape == (VOCABULARY // 8, 2, 272)
    assert np.array_equal(weights.tensors["rope"], rope.table(10_000.0, 32, 128))


@pytest.mark.parametrize("length", [0, 3, 20, 300, -40])
def test_a_file_that_is_cut_short_is_refused(file: Path, tmp_path: Path, length: int) -> None:
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(file.read_bytes()[:length])
    with pytest.raises(ValueError, match=r"ends in the middle|no GGUF|empty"):
        gguf.read(cut)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(b"PK" * 100)
    with pytest.raises(ValueError, match="no GGUF file"):
        gguf.read(other)


def test_another_kind_of_model_is_refused() -> None:
    with pytest.raises(ValueError, match="not a Llama"):
        gguf.config({"general.architecture": "mamba"})
