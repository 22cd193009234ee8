"""The key and the certificates that an installation signs with: made once and kept, or the owner's own.

Knows X.509 as C2PA wants it (a leaf for signing mail, behind a root of its own). The root's key is thrown
away as soon as it has signed. Source: C2PA technical specification 2.2, section 14.5.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

NAME = "signing.pem"
"""The file below the data folder: key, leaf and root, one behind the other."""
ORGANISATION = "AIGC Studio"
_YEARS = 20


@dataclass(frozen=True)
class Credentials:
    """What signs: ``key`` and ``chain`` (leaf first) as PEM; ``root`` is the chain's last certificate."""

    key: str
    chain: str
    algorithm: str = "ed25519"

    @property
    def root(self) -> str:
        """Whom this installation takes for itself."""
        return _certificates(self.chain)[-1]


def load(folder: Path) -> Credentials:
    """The credentials kept in ``folder``, made there on first use and readable by the server's user alone.

    Raises:
        OSError: the folder cannot be read or written.
        ValueError: the file is not one of keys.
        ImportError: cryptography is not installed.
    """
    file = folder / NAME
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = make()
        handle, passing = tempfile.mkstemp(dir=folder, prefix=".signing-")
        try:
            with os.fdopen(handle, "w") as target:
                target.write(made.key + made.chain)
                target.flush()
                os.fsync(target.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(passing, file)  # whoever was first wins, and is read by all
        finally:
            Path(passing).unlink()
    return parse(file.read_text("ascii"))


def known(folder: Path) -> Credentials | None:
    """The credentials kept in ``folder``; None where there are none, or none that can be read."""
    try:
        return parse((folder / NAME).read_text("ascii"))
    except (OSError, ValueError, ImportError):
        return None


def parse(pem: str) -> Credentials:
    """Key and certificates out of one PEM text, in whatever order the key stands.

    Raises:
        ValueError: there is no key, no certificate, or the key is of a kind that C2PA does not know.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    begins = pem.find("-----BEGIN ", 0) if "PRIVATE KEY-----" in pem else -1
    while begins >= 0 and "PRIVATE KEY" not in pem[begins : pem.find("\n", begins)]:
        begins = pem.find("-----BEGIN ", begins + 1)
    if begins < 0 or not (chain := _certificates(pem)):
        raise ValueError("a key and its certificates are needed")
    ending = "PRIVATE KEY-----"
    ends = pem.index(ending, pem.index("-----END", begins)) + len(ending)
    key = pem[begins:ends] + "\n"
    match load_pem_private_key(key.encode(), None):
        case ed25519.Ed25519PrivateKey():
            algorithm = "ed25519"
        case ec.EllipticCurvePrivateKey() as curve if curve.curve.key_size in (256, 384, 521):
            algorithm = {256: "es256", 384: "es384", 521: "es512"}[curve.curve.key_size]
        case _:
            raise ValueError("the key must be Ed25519 or on a NIST curve")
    return Credentials(key, "".join(chain), algorithm)


def anchors(pem: str) -> Credentials:
    """Certificates without a key: what they go with is known by them, and nothing signed.

    Raises:
        ValueError: there is no certificate.
    """
    if not (chain := _certificates(pem)):
        raise ValueError("a certificate is needed")
    return Credentials("", "".join(chain))


def make(organisation: str = ORGANISATION) -> Credentials:
    """A new key with a leaf and a root of its own."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import ExtendedKeyUsageOID

    root_key, key = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    root_name, leaf_name = (
        _name(organisation, "Root of one installation"),
        _name(organisation, "One installation"),
    )
    root = (
        _certificate(root_name, root_name, root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(root_key, None)
    )
    leaf = (
        _certificate(leaf_name, root_name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False
        )
        .sign(root_key, None)
    )
    written = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Credentials(
        written.decode(), (leaf.public_bytes(Encoding.PEM) + root.public_bytes(Encoding.PEM)).decode()
    )


def _certificate(subject: Any, issuer: Any, public_key: Any) -> Any:
    from cryptography import x509

    since = datetime.now(UTC) - timedelta(days=1)  # clocks differ
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(since + timedelta(days=365 * _YEARS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> Any:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(organisation: str, common: str) -> Any:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    named = ((NameOID.ORGANIZATION_NAME, organisation), (NameOID.COMMON_NAME, common))
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in named])


def _certificates(pem: str) -> list[str]:
    opening, closing = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    found, at = [], 0
    while (begins := pem.find(opening, at)) >= 0 and (ends := pem.find(closing, begins)) >= 0:
        at = ends + len(closing)
        found.append(pem[begins:at] + "\n")
    return found
