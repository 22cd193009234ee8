"""``verify FILE``: what a file says of who or what made it, and whether that holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aigc_demo import i18n
from aigc_demo.api.verify import told
from aigc_demo.cli.terminal import language, print_json
from aigc_demo.provenance import keys
from aigc_demo.provenance.checking import check
from aigc_demo.provenance.manifests import Manifests
from aigc_demo.provenance.signing import BESIDE
from aigc_demo.settings import Settings
from aigc_demo.types import UserError
from aigc_demo.types.media import MOST_BYTES
from aigc_demo.verifying import Verified


def command(
    file: Annotated[Path, typer.Argument(help="Any file, of whatever maker.")],
    manifest: Annotated[
        Path | None, typer.Option(help="A manifest beside the file; FILE.c2pa is found without.")
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="A PEM file with the certificates whose signatures count as ours.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Tell which labels and signatures a file carries, whose they are, and whether it was changed since."""
    manifests = Manifests(_credentials(certificate, Settings()))
    beside = manifest or file.with_name(f"{file.name}.{BESIDE}")
    sidecar = _read(beside) if manifest or beside.is_file() else b""
    try:
        found = told(Verified(check(_read(file), manifests, file.name, beside=sidecar)), language())
    finally:
        manifests.close()
    if as_json:
        print_json({"file": str(file), **found})
        return
    print(found["message"])
    for layer in found["layers"]:
        print(f"\n{layer['title']}: {layer['message']}")
        for name, value in layer["details"].items():
            print(f"  {i18n.t(f'verify.detail.{name}', language())}: {value}")


def _credentials(certificate: Path | None, settings: Settings) -> keys.Credentials | None:
    """Whose signatures are ours: of whoever is named, of the owner's own key, or of this installation's."""
    own = settings.signing not in ("own", "off")
    named = certificate or (Path(settings.signing).expanduser() if own else None)
    if named is None:
        return keys.known(settings.data)
    try:
        return keys.anchors(_read(named).decode("ascii"))
    except ValueError:
        raise UserError("bad_certificate", "error.bad_certificate", name=str(named)) from None


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as source:
            data = source.read(MOST_BYTES + 1)
    except OSError:
        raise UserError("no_file", "error.no_such_file", status=404, name=str(file)) from None
    if len(data) > MOST_BYTES:
        limit = MOST_BYTES // 1_000_000
        raise UserError("file_too_large", "error.file_too_large", status=413, limit_mb=limit)
    return data
