#!/bin/sh
# One would guess: a Gradio app that nobody visits sleeps, as any server waiting on its sockets does.
# True in Gradio 6.31.0 on Linux and macOS: two loops of its queue wake a thousand and a hundred times a second to see
# whether a call waits, and take several hundredths of a core for ever: on a laptop's battery, in every Space, and
# several times over where several apps run. On Windows the same loops wake 20 and 10 times a second.
# Source: gradio/queueing.py, Queue.sleep_when_free and Queue.progress_update_sleep_when_free.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/idle.py" <<'PY'
import time

import gradio as gr

SECONDS = 5


def measured(rest: float | None) -> tuple[float, float]:
    """How often the queue woke a second, and processor seconds a second, of an app without a visitor."""
    with gr.Blocks(analytics_enabled=False) as app:
        gr.Textbox()
    app.queue()
    if rest is not None:
        app._queue.sleep_when_free = rest
        app._queue.progress_update_sleep_when_free = rest
    woken = 0
    length = type(app._queue).__len__

    def counting(queue):
        nonlocal woken
        woken += 1
        return length(queue)

    type(app._queue).__len__ = counting
    app.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
    time.sleep(1)
    before, used = woken, time.process_time()
    time.sleep(SECONDS)
    found = (woken - before) / SECONDS, (time.process_time() - used) / SECONDS
    app.close()
    type(app._queue).__len__ = length
    return found


often, busy = measured(None)
seldom, calm = measured(0.05)
print(f"  as it comes: the queue looks {often:.0f} times a second, {busy:.1%} of a core")
print(f"  told to look every 50 ms: {seldom:.0f} times a second, {calm:.1%} of a core")
assert often > 200 and seldom < 40, "this has changed"
assert busy > 2 * calm, "this has changed"
PY
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check gradio==6.31.0
echo "Gradio 6.31.0, one textbox, no visitor"
GRADIO_ANALYTICS_ENABLED=False "$work/venv/bin/python" "$work/idle.py"
echo "As described: an app that nobody visits keeps a processor awake."
