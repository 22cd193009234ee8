"""A process of its own in which signed manifests (C2PA) are read and written: a script, run by its path.

Knows the c2pa library and nothing else of ours, so that it starts in a tenth of a second. It asks nobody on
the network, writes no file, and its memory is bounded: whatever a hostile manifest does, it does here.

Requests come one after another on stdin, answers go to stdout: four bytes of length, JSON, and behind it the
bytes that its ``sizes`` say.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

MOST_MEMORY = 2 * 1024**3
"""Bytes of address space; the library maps a few hundred megabytes of it by itself."""
_PLAIN = "application/octet-stream"
_MOST_TEXT, _MOST_NAMED, _MOST_DEEP = 300, 12, 1_000


def main() -> None:
    """Answer until stdin ends."""
    bound()
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while (asked := receive(source)) is not None:
        request, blobs = asked
        try:
            answer, told = _VERBS[request["verb"]](request, *blobs)
        except Exception as error:  # whatever the library raises is the answer
            answer, told = {"error": type(error).__name__.lstrip("_"), "message": str(error)[:_MOST_TEXT]}, ()
        send(target, answer, *told)


def send(target: BinaryIO, message: dict[str, Any], *blobs: bytes) -> None:
    """One message with the bytes behind it."""
    head = json.dumps(message | {"sizes": [len(blob) for blob in blobs]}).encode()
    target.write(len(head).to_bytes(4, "big") + head)
    for blob in blobs:
        target.write(blob)
    target.flush()


def receive(source: BinaryIO) -> tuple[dict[str, Any], list[bytes]] | None:
    """The next message; None where there is none any more."""
    size = source.read(4)
    if len(size) < 4:
        return None
    message: dict[str, Any] = json.loads(source.read(int.from_bytes(size, "big")))
    return message, [source.read(size) for size in message["sizes"]]


def bound() -> None:
    """Keep this process from taking all memory, and from writing any file."""
    try:
        import resource
    except ImportError:  # Windows has none of it; the deadline and the process of its own remain
        return
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


# -- reading ----------------------------------------------------------------------------------------


def settings_of(request: dict[str, Any]) -> dict[str, Any]:
    """The library kept off the network and without thumbnails; trusting whom the request names."""
    alone: dict[str, Any] = {
        "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_after_sign": False},
        "builder": {"thumbnail": {"enabled": False}},
    }
    return alone | ({"trust": {"user_anchors": request["anchors"]}} if request.get("anchors") else {})


def _read(
    request: dict[str, Any], data: bytes, beside: bytes | None = None
) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    """What the active manifest says, and whether it holds; ``beside`` is one that stands beside the file."""
    import c2pa

    context = c2pa.Context(c2pa.Settings.from_dict(settings_of(request)))
    try:
        reader = c2pa.Reader(request["media_type"], io.BytesIO(data), beside, context=context)
    except c2pa.C2paError as error:
        if "ManifestNotFound" in f"{type(error).__name__}{error}":
            return {"state": None}, ()
        raise
    told = json.loads(reader.json())
    return condensed(told), ()


def condensed(told: dict[str, Any]) -> dict[str, Any]:
    """The few lines of a report that people read, each of them short, however long the report is."""
    manifest = told.get("manifests", {}).get(told.get("active_manifest"), {})
    signature = manifest.get("signature_info") or {}
    assertions = [one.get("data") for one in manifest.get("assertions", ())[:_MOST_DEEP]]
    actions = [
        action
        for data in assertions
        if isinstance(data, dict)
        for action in (data.get("actions") or ())[:_MOST_DEEP]
        if isinstance(action, dict)
    ]
    ingredients = manifest.get("ingredients") or ()
    results = told.get("validation_results", {}).get("activeManifest", {})
    generators = manifest.get("claim_generator_info") or [{"name": manifest.get("claim_generator")}]
    return {
        "state": told.get("validation_state"),
        "failures": _texts(one.get("code") for one in results.get("failure", ())[:_MOST_DEEP]),
        "issuer": _text(signature.get("issuer")),
        "signer": _text(signature.get("common_name")),
        "time": _text(signature.get("time")),
        "generator": _text(generators[0].get("name")),
        "actions": _texts(action.get("action") for action in actions),
        "sources": _texts(_last(action.get("digitalSourceType")) for action in actions),
        "ingredients": _texts(
            one.get("title") or one.get("relationship") for one in ingredients[:_MOST_DEEP]
        ),
        "ingredient_count": len(ingredients),
    }


def _last(address: object) -> str:
    return address.rpartition("/")[2] if isinstance(address, str) else ""


def _text(value: object) -> str:
    return value[:_MOST_TEXT] if isinstance(value, str) else ""


def _texts(values: Any) -> list[str]:
    found = dict.fromkeys(_text(value) for value in values)
    return [value for value in found if value][:_MOST_NAMED]


# -- signing ----------------------------------------------------------------------------------------


def _sign(
    request: dict[str, Any], data: bytes, *ingredient: bytes
) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    """The same file with a manifest in place of one that it has, or with ``beside`` the manifest alone.

    ``ingredient`` is what it came of.
    """
    import c2pa

    context = c2pa.Context(c2pa.Settings.from_dict(settings_of(request)))
    info = c2pa.C2paSignerInfo(
        request["algorithm"].encode(), request["chain"].encode(), request["key"].encode(), None
    )
    signer = c2pa.Signer.from_info(info)
    builder = c2pa.Builder(json.dumps(request["manifest"]), context)
    for source, told in zip(ingredient, request.get("ingredients", ()), strict=True):
        media_type = told.pop("media_type")
        builder.add_ingredient(json.dumps(told), media_type, io.BytesIO(source))
    target = io.BytesIO()
    if request.get("beside"):  # all bytes are hashed alike, whatever the library knows of the format
        builder.set_no_embed()
        return {}, (bytes(builder.sign(signer, _PLAIN, io.BytesIO(data), target)),)
    builder.sign(signer, request["media_type"], io.BytesIO(data), target)
    return {}, (target.getvalue(),)


_VERBS: dict[str, Callable[..., tuple[dict[str, Any], tuple[bytes, ...]]]] = {"read": _read, "sign": _sign}

if __name__ == "__main__":
    main()
