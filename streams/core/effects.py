"""What processing one envelope brings about: data, carried out by a runtime in one step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from schemas.ijw_3_2.dossier.rows import Key, Row
from schemas.ijw_3_2.findings import Finding
from schemas.ijw_3_2.outside import NotChecked

Outcome = Literal["accepted", "partly", "refused", "quarantined"]


class Judged(Struct, frozen=True, kw_only=True):
    """The verdict on a message. A claim (JW323) is accepted `partly` when lines of it are refused, not the whole.

    level         the lowest level that failed, None when none did.
    findings      why it is refused, wholly or (JW323) in part.
    not_checked   the rules that could not be decided: neither passed nor failed.
    remarks       what is wrong with an answer that was passed on all the same.
    """

    outcome: Outcome
    bericht: str | None
    level: int | None = None
    findings: tuple[Finding, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    remarks: tuple[Finding, ...] = ()


class Deliver(Struct, frozen=True, kw_only=True):
    """The message itself goes to a party. `copy` for a CJG that gets what arrives for its gemeente.

    answers   the id of the envelope that it answers, and `outcome` what it says of it; None for what is no answer.
    """

    id: str
    receiver: str
    bericht: str
    copy: bool = False
    answers: str | None = None
    outcome: Outcome | None = None


class Answer(Struct, frozen=True, kw_only=True):
    """A return message or JW325 made by the hub in its receiver's name, for the sender of the envelope.

    outcome   what it says of the message that it answers.
    """

    id: str
    receiver: str
    bericht: str
    body: bytes
    copy: bool = False
    outcome: Outcome | None = None


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
    """Rows of the relation's dossier, by key, as they are from now on."""

    relation: str
    rows: Mapping[Key, Row]


class Event(Struct, frozen=True, kw_only=True):
    """Something happened that monitors may count: a CloudEvent (NL GOV profile) in JSON, without any person in it.

    key  the client's pseudonym; the relation when it is about no client, or about several.
    """

    id: str
    key: str
    body: bytes


Output = Deliver | Answer | Refuse
Effect = Judged | Output | Quarantine | Remember | Event
Effects = tuple[Effect, ...]
