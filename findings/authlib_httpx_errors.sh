#!/bin/sh
# One would guess: what authlib.integrations.httpx_client raises where nobody answers is an httpx error, as the name of
# the module says and as it was for years.
# True in Authlib 1.9.10 beside httpx 0.28.1: as soon as the package httpx2 is installed too (huggingface_hub 2.4 and
# others bring it), its clients are httpx2's. `except httpx.HTTPError` no longer catches, a response is no
# httpx.Response, and a transport made for httpx is not one of its own; uninstalling another package changes it back.
# Source: authlib/integrations/httpx_client/_compat.py.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/ask.py" <<'PY'
import asyncio
import importlib.util
import warnings

import httpx

warnings.simplefilter("ignore")
from authlib.integrations.httpx_client import AsyncOAuth2Client


async def ask() -> BaseException:
    async with AsyncOAuth2Client("client", "secret") as client:
        try:
            await client.fetch_token("http://127.0.0.1:9/token", code="code")  # nobody listens there
        except Exception as error:
            return error
    raise AssertionError("somebody answered")


error = asyncio.run(ask())
there = importlib.util.find_spec("httpx2") is not None
caught = isinstance(error, httpx.HTTPError)
print(f"  httpx2 {'installed' if there else 'not there'}: {type(error).__module__.split('.')[0]}."
      f"{type(error).__name__}, caught by `except httpx.HTTPError`: {caught}")
assert caught is not there, "this has changed"
PY
python3 -m venv "$work/venv"
pip="$work/venv/bin/python -m pip install --quiet --disable-pip-version-check"
$pip authlib==1.9.10 httpx==0.28.1
echo "Authlib 1.9.10, httpx 0.28.1"
"$work/venv/bin/python" "$work/ask.py"
$pip httpx2==2.16.2
"$work/venv/bin/python" "$work/ask.py"
echo "As described: which errors a sign-in raises depends on whether another package is installed."
