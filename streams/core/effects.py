"""What processing one envelope brings about: data, carried out by a runtime in one step."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from schemas.ijw_3_2.dossier import Key, Row
from schemas.ijw_3_2.findings import Finding

Outcome = Literal["accepted", "refused", "quarantined"]


class Judged(Struct, frozen=True, kw_only=True):
    """The verdict on a message. `level` is the lowest level that failed, None when none did."""

    outcome: Outcome
    bericht: str | None
    level: int | None = None
    findings: tuple[Finding, ...] = ()


class Deliver(Struct, frozen=True, kw_only=True):
    """The message itself goes to a party. `copy` for a CJG that gets what arrives for its gemeente."""

    id: str
    receiver: str
    bericht: str
    copy: bool = False


class Answer(Struct, frozen=True, kw_only=True):
    """A return message or JW325 made by the hub in its receiver's name, for the sender."""

    id: str
    receiver: str
    bericht: str
    body: bytes
    copy: bool = False


class Refuse(Struct, frozen=True, kw_only=True):
    """A fault outside the standard's messages, for the sender: level 1, or no return message exists."""

    id: str
    receiver: str
    bericht: str | None
    body: bytes


class Quarantine(Struct, frozen=True, kw_only=True):
    """The hub cannot handle this envelope; it is set aside whole, with the reason."""

    reason: str


class Remember(Struct, frozen=True, kw_only=True):
    """A row of the relation's dossier changes."""

    relation: str
    key: Key
    row: Row


Output = Deliver | Answer | Refuse
Effect = Judged | Output | Quarantine | Remember
Effects = tuple[Effect, ...]
