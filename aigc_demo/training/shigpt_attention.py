"""What ShiGPT looks back to in a poem: the numbers of every layer and head, for the lesson on attention.

``python -m aigc_demo.training.shigpt_attention`` reads the shipped weights and writes
``assets/ui/learn/data/shigpt-attention.json``: one character a token, the products of queries and keys before
they are divided, and the first two numbers of each value. A few rows of what the network itself made of them
go along, so that a test can compare. Knows the network as Hugging Face computes it; knows no page.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

from aigc_demo.settings import ASSETS
from aigc_demo.tasks.poems.pipeline import from_folder
from aigc_demo.tasks.poems.prosody import load as load_prosody
from aigc_demo.tasks.poems.tokens import PoemRequest, Vocabulary, plan_of

FOLDER = ASSETS / "models" / "shigpt"
TARGET = ASSETS / "ui" / "learn" / "data" / "shigpt-attention.json"
POEM = ("床前明月光", "疑是地上霜", "举头望明月", "低头思故乡")
"""李白《静夜思》."""
SHOWN = 2
"""Numbers of a value that go along, of 64."""


def main() -> None:
    """Compute and write."""
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(numbers(FOLDER), ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")


@torch.inference_mode()
def numbers(folder: Path) -> dict[str, Any]:
    """Everything that the lesson shows, as JSON: by layer and head, what each token in turn looks at."""
    vocabulary = Vocabulary.load(folder / "tokens.json")
    ids = vocabulary.header(PoemRequest("五绝", title="静夜思"))
    ids += vocabulary.body(*plan_of(POEM, load_prosody(folder / "rhymes.json")), POEM)[:-1]
    model = from_folder(folder)
    model.set_attn_implementation("eager")
    projected: dict[tuple[int, str], Tensor] = {}
    for layer, block in enumerate(model.model.layers):
        for name in ("q_proj", "k_proj", "v_proj"):
            module = getattr(block.self_attn, name)
            module.register_forward_hook(lambda _m, _i, out, key=(layer, name): projected.update({key: out}))
    seen = model(torch.tensor([ids]), output_attentions=True)
    config = model.config
    turns = model.model.rotary_emb(seen.logits, torch.arange(len(ids))[None])
    maps, checks = [], []
    for layer in range(config.num_hidden_layers):
        query, key, value = (
            projected[layer, name].view(1, len(ids), -1, config.head_dim).transpose(1, 2)
            for name in ("q_proj", "k_proj", "v_proj")
        )  # (1, heads, tokens, 64)
        query, key = apply_rotary_pos_emb(query, key, *turns)
        products = (query @ key.transpose(2, 3))[0]
        maps.append([_one(products[head], value[0, head]) for head in range(config.num_attention_heads)])
        checks += [
            _check(seen.attentions[layer][0], value[0], layer, head, len(ids) - 1 - head)
            for head in range(config.num_attention_heads)
        ]
    return {
        "title": "静夜思",
        "author": "李白",
        "tokens": [vocabulary.tokens[one] for one in ids],
        "layers": config.num_hidden_layers,
        "heads": config.num_attention_heads,
        "root": config.head_dim**0.5,
        "maps": maps,
        "checks": checks,
    }


def _one(products: Tensor, values: Tensor) -> dict[str, Any]:
    """A head: the products of each token with itself and those before, and the beginning of the values."""
    return {
        "scores": [[round(float(one), 2) for one in row[: at + 1]] for at, row in enumerate(products)],
        "values": [[round(float(one), 3) for one in row[:SHOWN]] for row in values],
    }


def _check(attentions: Tensor, values: Tensor, layer: int, head: int, at: int) -> dict[str, Any]:
    weights = attentions[head, at, : at + 1]
    mixed = weights @ values[head, : at + 1, :SHOWN]
    return {
        "layer": layer,
        "head": head,
        "at": at,
        "weights": [round(float(one), 4) for one in weights],
        "mixed": [round(float(one), 4) for one in mixed],
    }


if __name__ == "__main__":
    main()
