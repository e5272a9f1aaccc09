"""Settings of a hub: from environment variables IJWHUB_..., overruled by the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from connectors.kafka_client import KafkaConnection, Mechanism, Security
from schemas.ijw_3_2.reading import OWN_SCHEMAS

LEAST_SECRET = 16
"""Characters of a key: with a short one all BSNs could be tried until the pseudonyms fit."""


def _named(path: object) -> object:
    """An empty name would be that of the working directory."""
    if path == "":
        raise ValueError("it is empty: give a name, or leave it out")
    return path


Named = Annotated[Path, BeforeValidator(_named)]
"""A file or folder."""


class Settings(BaseSettings):
    """Everything that differs from one hub to another, except its parties.

    parties      the YAML file with the parties.
    data         the folder for the database.
    schemas      the folder of schema files; the official ones may stand there instead of ours.
    sources      the YAML file that names the outside sources of level 4; None for those that are supplied.
    host, port   where HTTP listens. Loopback by default: give anything else a certificate, or a proxy with TLS.
    look_every   seconds between two looks into the folders of parties.
    log_style    json for machines, text for people.
    monitoring     the YAML file that tells what a region asks of its figures; None for the defaults.
    viewer_token   what gives access to the pages with figures; it, or a viewer in `access`, is needed when others than
                   this machine can reach them.
    scrape_token   what gives access to /metrics, as Bearer; without one the viewer token does. One of both, or a
                   scraper in `access`, is needed when others than this machine can reach them.
    figures_every  seconds between two sums of all figures for Prometheus.

    certificate, certificate_key   files (PEM) with which HTTP is served over TLS; both or neither.
    client_ca      file (PEM) with the authorities whose client certificates are asked for; None: none are.
    access         the YAML file with the hub's own users, and whose OAuth tokens are trusted.
    freezes        the YAML file that tells when which messages are not taken in.

    database       postgresql://...: with `kafka`, the hub runs on both instead of on one SQLite file.
    pseudonym_key  the secret that makes pseudonyms of clients in events; needed on Kafka. An embedded hub without one
                   makes it once, and keeps it in `data`.
    kafka          servers, host:port with commas between them. The other kafka_... say how to connect to them.
    kafka_prefix   what the names of this hub's topics and groups start with.
    kafka_session  seconds without a sign of life after which the work of a process goes to another one.
    """

    model_config = SettingsConfigDict(env_prefix="IJWHUB_", extra="ignore")

    parties: Named = Path("parties.yaml")
    data: Named = Path("var/hub")
    schemas: Named = OWN_SCHEMAS
    sources: Named | None = None
    host: str = "127.0.0.1"
    port: int = 8320
    look_every: float = 0.5
    log_style: Literal["json", "text"] = "json"
    monitoring: Named | None = None
    viewer_token: SecretStr | None = None
    scrape_token: SecretStr | None = None
    figures_every: float = 15

    certificate: Named | None = None
    certificate_key: Named | None = None
    client_ca: Named | None = None
    access: Named | None = None
    freezes: Named | None = None

    database: SecretStr | None = None
    pseudonym_key: SecretStr | None = None
    kafka: str | None = None
    kafka_prefix: str = "ijw."
    kafka_session: float = 10
    kafka_security: Security = "PLAINTEXT"
    kafka_ca: Named | None = None
    kafka_certificate: Named | None = None
    kafka_certificate_key: Named | None = None
    kafka_mechanism: Mechanism = "SCRAM-SHA-512"
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.database is None) != (self.kafka is None):
            raise ValueError("IJWHUB_KAFKA and IJWHUB_DATABASE go together: give both, or neither")
        if (self.certificate is None) != (self.certificate_key is None):
            raise ValueError("IJWHUB_CERTIFICATE and IJWHUB_CERTIFICATE_KEY go together: give both, or neither")
        if self.client_ca is not None and self.certificate is None:
            raise ValueError("with IJWHUB_CLIENT_CA the hub serves TLS itself: give IJWHUB_CERTIFICATE and its key too")
        if self.kafka is not None and self.pseudonym_key is None:
            raise ValueError("on Kafka IJWHUB_PSEUDONYM_KEY is needed: a secret, the same for every process")
        if self.pseudonym_key is not None and len(self.pseudonym_key.get_secret_value().strip()) < LEAST_SECRET:
            raise ValueError(
                f"IJWHUB_PSEUDONYM_KEY is too short to be a secret: give {LEAST_SECRET} characters or more"
            )
        return self

    @field_validator("viewer_token", "scrape_token")
    @classmethod
    def _is_a_secret(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and not token.get_secret_value().strip():
            raise ValueError("it is empty, so anybody would have it: give a secret, or leave it out")
        return token

    @property
    def metrics_token(self) -> str | None:
        """What /metrics asks for; None when it asks for nothing."""
        token = self.scrape_token or self.viewer_token
        return token.get_secret_value() if token else None

    @property
    def sqlite_file(self) -> Path:
        """The SQLite file of an embedded hub."""
        return self.data / "hub.sqlite"

    @property
    def on_kafka(self) -> KafkaConnection | None:
        """How to reach Kafka; None for an embedded hub."""
        if self.kafka is None:
            return None
        return KafkaConnection(
            servers=self.kafka,
            prefix=self.kafka_prefix,
            security=self.kafka_security,
            ca=self.kafka_ca,
            certificate=self.kafka_certificate,
            certificate_key=self.kafka_certificate_key,
            mechanism=self.kafka_mechanism,
            username=self.kafka_username,
            password=self.kafka_password.get_secret_value() if self.kafka_password else None,
        )

    @property
    def postgres(self) -> str | None:
        """The URL of PostgreSQL, its password included; None for an embedded hub."""
        return self.database.get_secret_value() if self.database else None
