#!/bin/sh
# One would guess: a signed FLAC file (C2PA) is a FLAC file, with the manifest in one of its blocks for applications.
# True in c2pa-python 0.38.1 (c2pa-rs 0.91.3): the manifest stands in an ID3 tag in front, as in an MP3 file. The file
# begins no longer with "fLaC", as RFC 9639 has it; the package filetype 1.2.0 takes it for an MP3, and whoever asks for
# the first four bytes refuses it. FFmpeg (PyAV 18.1.0) and mutagen 1.48.1 pass over the tag and read it.
# Source: c2pa-rs pull request 1912 (FLAC, by appendix A.3.4 of the C2PA specification); flac-specification pull request
# 63 (the marker stands at the beginning).
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  c2pa-python==0.38.1 cryptography==50.0.2 filetype==1.2.0 av==18.1.0 mutagen==1.48.1 numpy==2.4.6
"$work/venv/bin/python" - <<'PY'
import datetime
import io
import json
from importlib.metadata import version

import av
import c2pa
import filetype
import numpy as np
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from mutagen.flac import FLAC

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


def signed(data):
    signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", CHAIN, KEY, None))
    out = io.BytesIO()
    c2pa.Builder(json.dumps(MANIFEST)).sign(signer, "audio/flac", io.BytesIO(data), out)
    return out.getvalue()


def silence():
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.int16), format="s16", layout="mono")
    frame.sample_rate = 44100
    file = io.BytesIO()
    with av.open(file, "w", format="flac") as out:
        stream = out.add_stream("flac", rate=44100, layout="mono")
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()


def told(data):
    """How it begins, what it is taken for, and how many samples two readers find."""
    with av.open(io.BytesIO(data)) as source:
        decoded = sum(frame.samples for frame in source.decode(audio=0))
    return data[:4], filetype.guess_mime(data), decoded, FLAC(io.BytesIO(data)).info.total_samples


plain = silence()
found = {"plain": told(plain), "signed": told(signed(plain))}
print("c2pa-python", version("c2pa-python"), "- a FLAC file of 4096 samples:")
for name, (start, kind, decoded, counted) in found.items():
    print(f"  {name}: begins with {start}, filetype says {kind}, {decoded} samples by PyAV, {counted} by mutagen")
assert found["plain"] == (b"fLaC", "audio/x-flac", 4096, 4096), "this has changed"
assert found["signed"] == (b"ID3\x04", "audio/mpeg", 4096, 4096), "this has changed"
print("As described: signed, it begins as an MP3 file does.")
PY
