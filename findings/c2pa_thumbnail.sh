#!/bin/sh
# One would guess: the thumbnail that is put into a picture when it is signed (C2PA) is smaller than the picture, or at
# most as large.
# True in c2pa-python 0.38.1 (c2pa-rs 0.91.3): a small picture's is enlarged. Whatever the picture, the thumbnail is a
# JPEG of 1024 pixels: a red square of 8 pixels, 75 bytes of PNG, becomes a file of 32 kB. "thumbnail": {"enabled":
# false} in the settings of the builder leaves it out, and the manifest takes 3 kB.
# Source: c2pa-rs, sdk/src/utils/thumbnail.rs (an earlier version scaled only what was larger than 1024) and issue 755
# (a thumbnail always; of large pictures).
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  c2pa-python==0.38.1 cryptography==50.0.2 pillow==12.3.0
"$work/venv/bin/python" - <<'PY'
import datetime
import io
import json
from importlib.metadata import version

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image

SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCreation"
CREATED = {"action": "c2pa.created", "digitalSourceType": SOURCE}
MANIFEST = {
    "claim_generator_info": [{"name": "finding", "version": "1"}],
    "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [CREATED]}}],
}
NOW = datetime.datetime.now(datetime.UTC)
ROOT, LEAF = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())


def certificate(name, key, root):
    """A certificate of this key by ROOT; C2PA wants a chain of two, made for signing."""

    def called(text):
        parts = (NameOID.COMMON_NAME, text), (NameOID.ORGANIZATION_NAME, "finding")
        return x509.Name([x509.NameAttribute(*part) for part in parts])

    usage = x509.KeyUsage(not root, False, False, False, False, root, root, False, False)
    built = x509.CertificateBuilder(called("root"), called(name), key.public_key(), x509.random_serial_number())
    built = built.not_valid_before(NOW - datetime.timedelta(1)).not_valid_after(NOW + datetime.timedelta(1))
    built = built.add_extension(x509.BasicConstraints(root, None), True).add_extension(usage, True)
    built = built.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    built = built.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ROOT.public_key()), False)
    if not root:
        built = built.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
    return built.sign(ROOT, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


CHAIN = certificate("leaf", LEAF, False) + certificate("root", ROOT, True)
KEY = LEAF.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)


def signed(data, thumbnail):
    context = c2pa.Context(c2pa.Settings.from_dict({"builder": {"thumbnail": {"enabled": thumbnail}}}))
    signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", CHAIN, KEY, None))
    out = io.BytesIO()
    c2pa.Builder(json.dumps(MANIFEST), context).sign(signer, "image/png", io.BytesIO(data), out)
    return out.getvalue()


def thumbnail(data):
    reader, out = c2pa.Reader("image/png", io.BytesIO(data)), io.BytesIO()
    reader.resource_to_stream(reader.get_active_manifest()["thumbnail"]["identifier"], out)
    return Image.open(out).size


print("c2pa-python", version("c2pa-python"), "- a red square as PNG, signed:")
found = []
for side in (8, 256, 2048):
    file = io.BytesIO()
    Image.new("RGB", (side, side), "red").save(file, "PNG")
    data = file.getvalue()
    full, bare = signed(data, True), signed(data, False)
    found.append((thumbnail(full), len(full) - len(data), len(bare) - len(data)))
    size, more, less = found[-1]
    pixels = f"{size[0]} x {size[1]}"
    print(f"  {side} x {side}: {len(data)} bytes, thumbnail of {pixels}, {more} bytes more; without it {less}")
assert all(size == (1024, 1024) and more > 30_000 > 10_000 > less for size, more, less in found), "this has changed"
print("As described: the thumbnail of eight pixels has a thousand.")
PY
