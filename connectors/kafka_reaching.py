"""Why Kafka cannot be reached, in words: aiokafka tries every server, and only says that none of them would do."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from typing import Any

from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from connectors.kafka_client import KafkaConnection
from streams.core.ports import StoreError

PATIENCE = 10
"""Seconds that one answer may take."""
_OTHER_NAME = (62, 64)
"""OpenSSL's codes for a certificate of another host or address."""


def options_of(connection: KafkaConnection) -> dict[str, Any]:
    """The options of every client. Raises StoreError when they cannot be used."""
    lacking = [f"IJWHUB_KAFKA_{name.upper()}" for name in ("username", "password") if getattr(connection, name) is None]
    if connection.security.startswith("SASL") and lacking:
        raise StoreError(
            f"IJWHUB_KAFKA_SECURITY is {connection.security}, for which a username and a password are expected. "
            f"Set {' and '.join(lacking)}"
        )
    try:
        return connection.options()
    except (OSError, ValueError) as error:
        files = [connection.ca, connection.certificate, connection.certificate_key]
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__
        raise StoreError(
            f"the certificates for Kafka cannot be used ({', '.join(str(one) for one in files if one)}): {reason}. "
            "Expected PEM files; correct IJWHUB_KAFKA_CA, IJWHUB_KAFKA_CERTIFICATE and IJWHUB_KAFKA_CERTIFICATE_KEY"
        ) from error


async def reach(connection: KafkaConnection, options: Mapping[str, Any]) -> None:
    """Return as soon as one of the servers lets this hub in. Raises StoreError with the reason of each, without the
    password.
    """
    given = {name: value for name, value in options.items() if name != "bootstrap_servers"}
    refusals: dict[str, str] = {}
    causes: list[Exception] = []
    for host, port, _ in collect_hosts(connection.servers, randomize=False):
        try:
            await _let_in(host, port, given)
        except (KafkaError, OSError, TimeoutError) as error:
            refusals[f"{host}:{port}"] = _in_words(_root(error), connection)
            causes.append(error)
        else:
            return
    told = "; ".join(f"{server} {reason}" for server, reason in refusals.items())
    raise StoreError(f"Kafka cannot be reached: {told}") from causes[0]


async def _let_in(host: str, port: int, options: Mapping[str, Any]) -> None:
    """Connect and ask something: a listener that wants a password hangs up only then on who does not give one."""
    connected = await create_conn(host, port, request_timeout_ms=PATIENCE * 1000, **options)
    try:
        await connected.send(MetadataRequest([]))
    finally:
        connected.close()


def _root(error: BaseException) -> BaseException:
    """The error that says most: what TLS or the network said, underneath what aiokafka made of it."""
    while isinstance(error, KafkaError) and isinstance(error.__cause__, ssl.SSLError | ConnectionError):
        error = error.__cause__
    return error


def _in_words(error: BaseException, connection: KafkaConnection) -> str:
    match error:
        case ssl.SSLError():
            return _tls_in_words(error)
        case SaslAuthenticationFailed():
            return "refuses the username or the password: correct IJWHUB_KAFKA_USERNAME or IJWHUB_KAFKA_PASSWORD"
        case UnsupportedSaslMechanismError():
            return f"does not offer {connection.mechanism}: set IJWHUB_KAFKA_MECHANISM to what it does offer"
        case socket.gaierror():
            return "is not known by that name: correct IJWHUB_KAFKA"
        case ConnectionRefusedError():
            return "is a place where nothing listens: start the broker, or correct IJWHUB_KAFKA"
        case TimeoutError():
            return f"does not answer within {PATIENCE} seconds: look at the network and at the broker"
        case OSError() if error.strerror and not isinstance(error, ConnectionError):
            return f"cannot be reached: {error.strerror}; look at the network, or correct IJWHUB_KAFKA"
        case KafkaError() | OSError() | IllegalSaslStateError():
            return (
                f"hangs up: is that port really for {connection.security}? "
                "Correct IJWHUB_KAFKA_SECURITY, or the port in IJWHUB_KAFKA"
            )
        case _:
            return f"failed: {type(error).__name__}"


def _tls_in_words(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code in _OTHER_NAME:
            return "shows a certificate of another host: correct the name in IJWHUB_KAFKA, or its certificate"
        return (
            f"shows a certificate that is not trusted ({error.verify_message}): "
            "name the file with the certificate of its authority in IJWHUB_KAFKA_CA"
        )
    reason = (error.reason or "").upper()
    if "ALERT" in reason or "CERTIFICATE" in reason:
        return (
            f"refuses the certificate of this hub, or misses one ({reason.lower().replace('_', ' ')}): "
            "correct IJWHUB_KAFKA_CERTIFICATE and IJWHUB_KAFKA_CERTIFICATE_KEY"
        )
    return (
        "does not speak TLS there: correct IJWHUB_KAFKA_SECURITY, or the port in IJWHUB_KAFKA "
        f"({reason.lower().replace('_', ' ')})"
    )
