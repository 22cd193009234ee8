"""How often the mark in a text's choice of words is found again, and how often where there is none.

``python -m tests.decoding.text_mark GGUF`` writes texts with the model in a GGUF file, marked and unmarked,
does to them what people do to texts, and prints the table of ``docs/labels.md``.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from aigc_demo import decoding
from aigc_demo.decoding import prepared, watermark
from aigc_demo.provenance.checking import THRESHOLD
from aigc_demo.tasks.text import chat as chats
from aigc_demo.tasks.text import convert

KEY = b"k" * 32
TEMPERATURES = (0.3, 0.7, 1.0)
TOKENS = 300
PROMPTS = (
    "Write a story about a fox who learns to sail.",
    "Explain how bread is made.",
    "Describe a market in the morning.",
    "Why is the sky blue?",
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def without_words(text: str, other: str) -> str:
    """One word in ten taken out."""
    return " ".join(word for at, word in enumerate(text.split(" ")) if at % 10)


def exchanged(text: str, other: str) -> str:
    """One word in five in another text's stead."""
    words = other.split()
    return " ".join(
        words[at % len(words)] if at % 5 == 0 else word for at, word in enumerate(text.split(" "))
    )


def shuffled(text: str, other: str) -> str:
    """Its sentences in another order."""
    sentences = _SENTENCE.split(text)
    random.Random(0).shuffle(sentences)
    return " ".join(sentences)


CHANGES: dict[str, Callable[[str, str], str]] = {
    "as it was written": lambda text, other: text,
    "with a line of ours before it": lambda text, other: f"Made by AI\n\n{text}",
    "its sentences in another order": shuffled,
    "one word in ten taken out": without_words,
    "one word in five exchanged": exchanged,
    "in small letters": lambda text, other: text.lower(),
    "in the midst of as much that is unmarked": lambda text, other: f"{other}\n{text}",
    "no mark in it (false alarms)": lambda text, other: other,
}


def main() -> None:
    """Write, change, look, and print the table."""
    source = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        network = prepared.from_gguf(source, Path(folder, "decoder"), lambda *_: None, lambda: 1, None)
        if network is None:
            raise SystemExit("There is no compiler here.")
        chat = chats.from_folder(convert.tokenizer_folder(source, Path(folder, "tokenizer")))
        decoder = decoding.ContinuousBatcher(network, 1)

        def write(seed: int, temperature: float, mark: bytes) -> str:
            how = decoding.Sampling(temperature, 0.95, repetition_penalty=1.03, seed=seed, mark=mark)
            ids = chat.encode("", PROMPTS[seed])
            reader = chat.reader()
            text = ""
            for token in decoding.generate(decoder, list(ids), how, TOKENS, chat.ends):
                if token is not None and token not in chat.ends:
                    text += reader.add(token)
            return text

        def found(texts: Sequence[tuple[str, str]], change: Callable[[str, str], str]) -> str:
            told = [watermark.likeness(chat.tokens(change(*pair)), KEY) for pair in texts]
            known = [share for share in told if share is not None]
            return f"{sum(share >= THRESHOLD for share in known)} of {len(known)}"

        pairs = {
            temperature: [
                (write(seed, temperature, KEY), write(seed, temperature, b"")) for seed in range(len(PROMPTS))
            ]
            for temperature in TEMPERATURES
        }
        print("| what became of the text | " + " | ".join(f"at {t}" for t in TEMPERATURES) + " |")
        print("|---" * (1 + len(TEMPERATURES)) + "|")
        for name, change in CHANGES.items():
            print(f"| {name} | " + " | ".join(found(pairs[t], change) for t in TEMPERATURES) + " |")


if __name__ == "__main__":
    main()
