"""Any causal language model of transformers, loaded where it belongs.

Knows transformers and accelerate. Knows nothing of how an answer is made.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from aigc_demo import decoding
from aigc_demo.decoding import format_selection, store
from aigc_demo.tasks.text import chat as chats
from aigc_demo.tasks.text import convert
from aigc_demo.tasks.text.chat import end_tokens
from aigc_demo.tasks.text.pipeline import TextPipeline, encoder_of
from aigc_demo.types import LoadContext

PROBE = Path(__file__).with_name("probe.txt")
"""Plain English that a language model finds likely: a quicker number format is taken if it agrees."""


def from_gguf(context: LoadContext) -> TextPipeline:
    """A Llama model out of a GGUF file, converted on first use and quantised where that does no harm."""
    folder = convert.llama_folder(context.path, context.work / "model", context.progress)
    if context.placement.device != "cpu" or context.placement.policy != "cpu":
        return from_folder(replace(context, path=folder))
    kept = context.work / "decoder"
    known = store.load(kept)
    if known is None:
        context.progress(0, None)
        probe = _tokenizer(folder)(PROBE.read_text("utf-8")).input_ids
        choice = format_selection.choose(_load(folder, context).eval(), probe)
        store.save(kept, choice)
        known = (choice.network, choice.trials)
    network, _ = known
    chat = chats.from_folder(folder)
    decoder = decoding.ContinuousBatcher(network, context.spec.concurrency)
    encoder = encoder_of(context.extras.get("sentences"))
    return TextPipeline(chat, decoder, chat.ends, network.config.context, network.form, encoder=encoder)


def from_folder(context: LoadContext) -> TextPipeline:
    """Any causal language model in a folder of transformers' layout."""
    weights = sum(file.stat().st_size for file in context.path.glob("*.safetensors"))
    context.progress(0, weights)
    chat = chats.of_transformers(_tokenizer(context.path))
    model = _load(context.path, context).eval()
    context.progress(weights, weights)
    return TextPipeline(
        chat,
        decoding.decoder(model),
        end_tokens(chat, model.generation_config.eos_token_id),
        model.config.max_position_embeddings,
        str(model.dtype).removeprefix("torch."),
        model,
        encoder_of(context.extras.get("sentences")),
    )


def _tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)


def _load(folder: Path, context: LoadContext) -> Any:
    """The model at the place that was decided for it."""
    from transformers import AutoModelForCausalLM

    where = context.placement
    settings: dict[str, Any] = {
        "dtype": getattr(torch, where.dtype),
        "local_files_only": True,
        "use_safetensors": True,
        "trust_remote_code": False,
    }
    if where.policy in ("ram_small", "gpu_small"):
        # accelerate spreads the model over what there is; what fits nowhere stays on disk until its turn.
        max_new = dict(where.max_memory) if where.max_memory is not None else None
        settings |= {"device_map": "auto", "max_memory": max_new, "offload_folder": where.offload_dir}
        return AutoModelForCausalLM.from_pretrained(folder, **settings)
    return AutoModelForCausalLM.from_pretrained(folder, **settings).to(where.device)
