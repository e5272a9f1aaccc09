"""What really happened in a simulated region, from its own state: what monitors are held against.

Dates are inclusive, amounts are euro cents (negative for a credit), moments are those of receipt with time zone. A
`message` is the id of an envelope (streams.core.envelope.envelope_id), as the hub derives it. Only what stands in the
end is here: what its receiver refused is left out, what waits for an answer is in.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec
from msgspec import Struct

Outcome = Literal["accepted", "partly", "refused", "set aside"]


class Versie(Struct, kw_only=True):
    """A version of an assignment. `toegewezen_op` is local time, without a zone; the latest one rules (IV013)."""

    message: str
    received_at: datetime
    toegewezen_op: datetime
    ingang: date
    einde: date | None
    reden: str | None
    referentie: str | None


class Levering(Struct, kw_only=True):
    """A start, or with `eind` and `reden` a stop. `withdrawn_by`: the message that withdrew it; None: it stands."""

    message: str
    received_at: datetime
    begin: date
    eind: date | None = None
    reden: str | None = None
    withdrawn_by: str | None = None


class Toewijzing(Struct, kw_only=True):
    """An assignment; task-based care has no `nummer`, and no versions."""

    relation: str
    nummer: int | None
    categorie: str | None
    code: str | None
    versies: list[Versie] = []
    leveringen: list[Levering] = []


class Antwoord(Struct, kw_only=True):
    """A JW319 on a request. `code` is VerzoekAntwoord, `reden` of WJ759, `gemeente` that of Woonplaatsbeginsel."""

    message: str
    received_at: datetime
    code: str
    reden: str | None = None
    gemeente: str | None = None


class Verzoek(Struct, kw_only=True):
    """An AangevraagdProduct of a JW315 (with the type of its Verwijzer), or a JW317 (with the numbers it changes)."""

    relation: str
    referentie: str
    bericht: Literal["JW315", "JW317"]
    message: str
    received_at: datetime
    dagtekening: date
    categorie: str | None = None
    code: str | None = None
    ingang: date | None = None
    verwijzer: str | None = None
    toewijzingen: tuple[int, ...] = ()
    antwoorden: list[Antwoord] = []


class Regel(Struct, kw_only=True):
    """A claim line and what became of it: still open (claimed), granted or refused.

    toewijzing, categorie, code   as claimed, which may be wrong.
    credit_van                    the ReferentieNummer of the line that a credit takes back.
    """

    relation: str
    message: str
    declaratie: str
    periode: date
    referentie: str
    toewijzing: int
    categorie: str
    code: str
    van: date
    tot: date
    bedrag: int
    credit_van: str | None
    outcome: Literal["claimed", "granted", "refused"]
    claimed_at: datetime
    answered_at: datetime | None = None


class Jeugdige(Struct, kw_only=True):
    """A youth. `geboren` is the month, YYYY-MM; None for one who is only claimed for by mistake."""

    bsn: str
    geboren: str | None
    toewijzingen: list[Toewijzing] = []
    verzoeken: list[Verzoek] = []
    regels: list[Regel] = []


class Beantwoord(Struct, kw_only=True, frozen=True):
    """How a message was answered: by the hub at once, or by its receiver. A claim may be granted in part."""

    by: Literal["hub", "receiver"]
    at: datetime
    verdict: Literal["accepted", "partly", "refused"]


class Bericht(Struct, kw_only=True):
    """A message as it was offered, and what the hub must say of it.

    relation        gemeente:aanbieder; None for what cannot even be taken in, of which `aside` tells why.
    afzender, ontvanger   the codes of gemeente and aanbieder as it goes: of a return message not those in its header.
    rules           every rule by which it must be refused, or of a claim its lines.
    resend          an earlier message under its Identificatie was refused; duplicate: was accepted (TR056).
    deliveries      how many times the same bytes were delivered under the same reference.
    answers         for a return message or JW325 that is accepted: the message it answers.
    corrections     by kind, when it is accepted: of starts, stops and assignments, and of credit lines not refused.
    answered        None: it asks for no answer, or has none yet.
    """

    id: str
    party: str
    reference: str
    bericht: str
    relation: str | None
    identificatie: str | None
    afzender: str | None
    ontvanger: str | None
    received_at: datetime
    outcome: Outcome
    level: int | None = None
    rules: tuple[str, ...] = ()
    aside: str | None = None
    resend: bool = False
    duplicate: bool = False
    deliveries: int = 1
    answers: str | None = None
    corrections: dict[str, int] = {}
    answered: Beantwoord | None = None


class Aanbieder(Struct, kw_only=True, frozen=True):
    """A provider and its habits. `failing_from`: the day from which it declines."""

    code: str
    id: str
    answers: Literal["hub", "self"]
    late: bool
    sloppy: bool
    failing_from: date | None


class Truth(Struct, kw_only=True):
    """Everything. `first` and `last` are the days that were simulated."""

    seed: int
    first: date
    last: date
    jeugdigen: list[Jeugdige]
    berichten: list[Bericht]
    aanbieders: tuple[Aanbieder, ...]


def truth_encoded(truth: Truth) -> bytes:
    """The truth as JSON."""
    return msgspec.json.encode(truth)


def truth_decoded(data: bytes) -> Truth:
    """What `truth_encoded` made. Raises msgspec.DecodeError on other bytes."""
    return msgspec.json.decode(data, type=Truth)
