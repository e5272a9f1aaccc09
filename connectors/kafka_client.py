"""How to reach Kafka: the servers, TLS and SASL, as the options of every aiokafka client."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from streams.core.topics import Topic

Security = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


@dataclass(frozen=True, slots=True)
class KafkaConnection:
    """The servers, and how this hub proves who it is.

    prefix                        what the names of this hub's topics and groups start with.
    ca                            certificates that servers are trusted by; None for those of the machine.
    certificate, certificate_key  those of this hub, for mutual TLS.
    """

    servers: str
    prefix: str = "ijw."
    security: Security = "PLAINTEXT"
    ca: Path | None = None
    certificate: Path | None = None
    certificate_key: Path | None = None
    mechanism: Mechanism = "SCRAM-SHA-512"
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def topic(self, topic: Topic) -> str:
        """The full name of a topic."""
        return self.prefix + topic.name

    def group(self, name: str) -> str:
        """The full name of a consumer group."""
        return f"{self.prefix}{name}"

    def options(self) -> dict[str, Any]:
        """What every client is given. Raises OSError or ssl.SSLError for certificates that cannot be used."""
        made: dict[str, Any] = {"bootstrap_servers": self.servers, "security_protocol": self.security}
        if self.security in ("SSL", "SASL_SSL"):
            made["ssl_context"] = self._tls()
        if self.security.startswith("SASL"):
            made["sasl_mechanism"] = self.mechanism
            made["sasl_plain_username"] = self.username
            made["sasl_plain_password"] = self.password
        return made

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.ca)
        if self.certificate is not None:
            context.load_cert_chain(self.certificate, self.certificate_key, password="")
        return context
