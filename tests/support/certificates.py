"""Certificates for tests, in the style of PKIoverheid: an authority, servers, and clients with an OIN."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Pair:
    """The files of a certificate and its key, in PEM."""

    certificate: Path
    key: Path


class Authority:
    """An authority of its own, or below another one; `certificate` is the file with which others trust it."""

    def __init__(self, folder: Path, name: str = "gezag", above: Authority | None = None) -> None:
        self._folder = folder
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Testgezag {name}")])
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._label = name
        may_sign = x509.BasicConstraints(ca=True, path_length=0 if above else 1)
        made = (above or self)._made(self._name, self._key, -DAY, DAY, may_sign)
        self.certificate = self._written("ca", made.public_bytes(serialization.Encoding.PEM))

    def server(self, address: str = "127.0.0.1") -> Pair:
        """For what listens at this address."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)])
        return self._pair("server", name, -DAY, DAY, x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]))

    def client(self, *oins: str, since: timedelta = -DAY, until: timedelta = DAY) -> Pair:
        """For a party with this OIN (none, or more than one, for what should not be); `since` and `until` from now."""
        attributes = [x509.NameAttribute(NameOID.SERIAL_NUMBER, oin) for oin in oins]
        name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Voorbeeld"), *attributes])
        return self._pair(f"client-{'-'.join(oins)}", name, since, until)

    def _pair(
        self, label: str, name: x509.Name, since: timedelta, until: timedelta, *extensions: x509.ExtensionType
    ) -> Pair:
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._made(name, key, since, until, *extensions)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return Pair(
            self._written(label, made.public_bytes(serialization.Encoding.PEM)), self._written(f"{label}.key", private)
        )

    def _made(
        self,
        name: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        since: timedelta,
        until: timedelta,
        *extensions: x509.ExtensionType,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + since)
            .not_valid_after(now + until)
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(self._key, hashes.SHA256())

    def _written(self, label: str, content: bytes) -> Path:
        path = self._folder / f"{self._label}-{label}.pem"
        path.write_bytes(content)
        return path
