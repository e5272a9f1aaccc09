"""HTTP over TLS: what it is served with, who shows a client certificate, and whose certificate was refused.

A certificate that was verified reaches the app as scope["extensions"]["tls"]: client_oin (None when its subject has no
serialNumber) and client_sha256. uvicorn itself tells the app nothing of it, and asyncio keeps it to itself when a
handshake fails.
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

from connectors.patience import PatientProtocol
from streams.core.parties import ConfigurationError

GOODBYE = 3.0
"""Seconds that a client gets to answer it, and to take what is left of the last response, when the hub stops."""

Refused = Callable[[str], None]
"""Told of a client certificate that was refused, and why, in words of OpenSSL's own."""


def server_context(certificate: Path, key: Path, client_ca: Path | None, refused: Refused) -> ssl.SSLContext:
    """What to serve TLS with, version 1.2 or later.

    With `client_ca` clients are asked for a certificate of these authorities, and may come without. Raises
    ConfigurationError for a file that cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _use("IJWHUB_CERTIFICATE", certificate, lambda: context.load_cert_chain(certificate, key))
    if client_ca:
        _use("IJWHUB_CLIENT_CA", client_ca, lambda: context.load_verify_locations(client_ca))
        context.verify_mode = ssl.CERT_OPTIONAL
        # Trust may begin below a root, which has authorities for persons below it as well.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.sslobject_class = _listening(refused)  # the only place where a failed handshake is heard of
    return context


def _use(name: str, path: Path, load: Callable[[], None]) -> None:
    try:
        load()
    except (OSError, ValueError) as error:  # an error of OpenSSL is an OSError
        what = type(error).__name__ if isinstance(error, ssl.SSLError) else getattr(error, "strerror", None)
        raise ConfigurationError(
            (f"{name}: {path} cannot be used, {what}; expected a file in PEM, with the key that belongs to it",)
        ) from None


def _listening(refused: Refused) -> type[ssl.SSLObject]:
    class Listening(ssl.SSLObject):
        def do_handshake(self) -> None:
            try:
                super().do_handshake()
            except ssl.SSLCertVerificationError as error:
                refused(error.verify_message)
                raise

    return Listening


class TlsProtocol(PatientProtocol):
    """Tells the app, with every request of a connection, which certificate the client showed."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Contract: asyncio.Protocol; the handshake is over by now."""
        super().connection_made(transport)
        connection: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
        der = connection.getpeercert(binary_form=True) if connection else None
        if connection and der:
            told = {"client_oin": _oin(connection.getpeercert()), "client_sha256": hashlib.sha256(der).hexdigest()}
            self.app = _telling(self.app, told)

    def shutdown(self) -> None:
        """Contract: H11Protocol; a client that does not answer the goodbye of TLS holds up no stop for long."""
        super().shutdown()
        if self.transport.is_closing():
            self.loop.call_later(GOODBYE, self.transport.abort)


def _telling(app: Any, told: dict[str, str | None]) -> Any:
    async def with_certificate(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "extensions": {**scope.get("extensions", {}), "tls": told}}, receive, send)

    return with_certificate


def _oin(certificate: Any) -> str | None:
    """The serialNumber in the subject; None when there is not exactly one."""
    found = [value for names in certificate["subject"] for name, value in names if name == "serialNumber"]
    return found[0] if len(found) == 1 else None
