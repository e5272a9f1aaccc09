"""Settings of a hub: from environment variables IJWHUB_..., overruled by the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.ijw_3_2.reading import OWN_SCHEMAS


class Settings(BaseSettings):
    """Everything that differs from one hub to another, except its parties.

    parties      the YAML file with the parties.
    data         the folder for the database.
    schemas      the folder of schema files; the official ones may stand there instead of ours.
    sources      the YAML file that names the outside sources of level 4; None for those that are supplied.
    host, port   where HTTP listens. Loopback by default: put a proxy with TLS in front of anything else.
    look_every   seconds between two looks into the folders of parties.
    log_style    json for machines, text for people.
    """

    model_config = SettingsConfigDict(env_prefix="IJWHUB_", extra="ignore")

    parties: Path = Path("parties.yaml")
    data: Path = Path("var/hub")
    schemas: Path = OWN_SCHEMAS
    sources: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8320
    look_every: float = 0.5
    log_style: Literal["json", "text"] = "json"

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.data / "hub.sqlite"
