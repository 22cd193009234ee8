"""A random Marian model with a real tokenizer, saved as OPUS-MT's folders are."""

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path

import sentencepiece
import torch
from transformers import MarianConfig, MarianMTModel, MarianTokenizer

SENTENCES = ("一只蓝色的猫坐在屋顶上。", "a blue cat sits on the roof.", "红色的苹果。", "a red apple.")


def save(folder: Path) -> Path:
    """Weights as safetensors, two sentencepiece models and one vocabulary."""
    folder.mkdir(parents=True, exist_ok=True)
    text = folder / "text.txt"
    text.write_text("\n".join(SENTENCES * 20), "utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(text),
        model_prefix=str(folder / "both"),
        vocab_size=80,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    for name in ("source.spm", "target.spm"):
        shutil.copy(folder / "both.model", folder / name)
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "both.model"))
    vocabulary = {"</s>": 0, "<unk>": 1}
    for number in range(pieces.get_piece_size()):
        vocabulary.setdefault(pieces.id_to_piece(number), len(vocabulary))
    vocabulary["<pad>"] = len(vocabulary)
    (folder / "vocab.json").write_text(json.dumps(vocabulary), "utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        MarianTokenizer(
            *(str(folder / name) for name in ("source.spm", "target.spm", "vocab.json")),
            source_lang="zho",
            target_lang="eng",
        ).save_pretrained(folder)
    torch.manual_seed(0)
    config = MarianConfig(
        vocab_size=len(vocabulary), d_model=16, max_position_embeddings=64, encoder_layers=1,
        decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        pad_token_id=vocabulary["<pad>"], decoder_start_token_id=vocabulary["<pad>"], eos_token_id=0,
    )  # fmt: skip
    MarianMTModel(config).save_pretrained(folder, safe_serialization=True)
    return folder
