#!/bin/sh
# One would guess: what a function given to gr.api returns reaches the caller, whether or not it says its type.
# True in gradio 6.31.0 with gradio_client 2.7.2: without a return hint the endpoint has no output. The call succeeds,
# the client gets an empty tuple, and only the server's log warns of "too many output values". A hint of an iterator
# gives the values again. The help text asks for a typed function, but for the types of its parameters and the
# documentation. Source: gradio/utils.py, get_return_types.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check gradio==6.31.0 gradio_client==2.7.2
cd "$work"
GRADIO_ANALYTICS_ENABLED=False "$work/venv/bin/python" -W ignore - <<'PY'
from collections.abc import Iterator
from importlib.metadata import version

import gradio as gr
from gradio_client import Client


def bare(word: str):
    return word.upper()


def hinted(word: str) -> str:
    return word.upper()


def several(word: str) -> Iterator[str]:
    yield word
    yield word.upper()


with gr.Blocks() as demo:
    for function in (bare, hinted, several):
        gr.api(function, api_name=function.__name__)
demo.launch(prevent_thread_lock=True, quiet=True)
client = Client(demo.local_url, verbose=False)
found = {name: client.predict("hello", api_name=f"/{name}") for name in ("bare", "hinted", "several")}
print("gradio", version("gradio"), "- what the client gets of a function that returns 'HELLO':")
for name, value in found.items():
    print(f"  {name}: {value!r}")
demo.close()
assert found == {"bare": (), "hinted": "HELLO", "several": "HELLO"}, "this has changed"
print("As described: without a return hint nothing comes back.")
PY
