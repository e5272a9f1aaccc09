"""What happened, as data of events: about the care of one client, and about a message. Without BSN, name or address.

Field names that the standard has are the standard's. Dates are inclusive, amounts are euro cents. `message` is the id
of the envelope that told it: when that message turns out to count as never sent, a Retracted names it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from streams.core.effects import Outcome

Segment = Literal["ambulant", "verblijf", "crisis", "jeugdreclassering", "jeugdbescherming", "landelijk", "onbekend"]
Correction = Literal["start ingetrokken", "stop ingetrokken", "toewijzing verwijderd", "administratief", "creditregel"]

TEMPORARY = "20"
"""RedenBeeindiging (JZ588): delivery stopped for a time."""
DELETED = "13"
"""RedenWijziging (JZ002): the assignment counts as never made."""

_SEGMENTS: dict[str, Segment] = {
    **dict.fromkeys(("40", "41", "42", "45", "50", "51", "52", "53", "54"), "ambulant"),
    **dict.fromkeys(("43", "44"), "verblijf"),
    "46": "crisis",
    "47": "jeugdreclassering",
    "49": "jeugdreclassering",
    "48": "jeugdbescherming",
    "55": "landelijk",
}


SEGMENTS = tuple(dict.fromkeys(_SEGMENTS.values()))
"""The segments of the standard."""


def segment_of(categorie: str | None) -> Segment:
    """The segment of a ProductCategorie (JZ020); `onbekend` without one, and for those of before 2018."""
    return _SEGMENTS.get(categorie or "", "onbekend")


# --- about care ------------------------------------------------------------------------------------


class Care(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every event about care tells.

    relation     gemeente:aanbieder.
    message      the id of the envelope that told it.
    received_at  the transport's moment of receipt of that message, with time zone.
    geboren      the month of birth, YYYY-MM; None when the message does not tell it.
    """

    relation: str
    message: str
    bericht: str
    received_at: datetime
    geboren: str | None = None


class Requested(Care, frozen=True, kw_only=True):
    """An AangevraagdProduct of a JW315, or the Verzoek of a JW317.

    dagtekening   of the message.
    ingang        the first day it asks for: ToewijzingIngangsdatum, or the earliest GewensteIngangsdatum.
    verwijzer     the type of the referrer (COD327); None for a JW317.
    toewijzingen  for a JW317: the numbers it wants changed.
    """

    referentie: str
    dagtekening: date
    categorie: str | None = None
    code: str | None = None
    segment: Segment = "onbekend"
    ingang: date | None = None
    verwijzer: str | None = None
    toewijzingen: tuple[int, ...] = ()


class Answered(Care, frozen=True, kw_only=True):
    """A JW319 on a request. `antwoord` is VerzoekAntwoord (1 rejected, 2 being examined), `reden` of WJ759."""

    referentie: str
    antwoord: str
    reden: str | None = None
    gemeente: str | None = None


class Assigned(Care, frozen=True, kw_only=True):
    """A version of a ToegewezenProduct that stands. `toegewezen_op` is local time, without a zone."""

    toewijzing: int
    toegewezen_op: datetime
    ingang: date
    einde: date | None = None
    categorie: str | None = None
    code: str | None = None
    segment: Segment = "onbekend"
    reden: str | None = None
    referentie: str | None = None


class Levered(Care, frozen=True, kw_only=True):
    """A start, or with `eind` and `reden` (JZ588) a stop. `toewijzing` is None for task-based care."""

    toewijzing: int | None
    begin: date
    eind: date | None = None
    reden: str | None = None
    categorie: str | None = None
    code: str | None = None
    segment: Segment = "onbekend"


class Withdrawn(Levered, frozen=True, kw_only=True):
    """A start or stop withdrawn with StatusAanlevering 3: it counts as never sent."""

    wat: Literal["start", "stop"]


class ClaimLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A Prestatie. `bedrag` is in cents, negative for a credit; `credit_van` is the line that a credit undoes.

    codes  the return codes of a refused line.
    """

    referentie: str
    toewijzing: int
    categorie: str
    code: str
    van: date
    tot: date
    volume: int
    eenheid: str
    bedrag: int
    credit_van: str | None = None
    codes: tuple[str, ...] = ()


class Claimed(Care, frozen=True, kw_only=True):
    """Lines of a JW323 for one client: claimed, granted or refused, as the type of the event says.

    periode  the first day of DeclaratiePeriode. `message` is that of the JW323 in all three.
    """

    declaratie: str
    periode: date
    lines: tuple[ClaimLine, ...]


class Retracted(Care, frozen=True, kw_only=True):
    """Everything that the message `retracts` (an envelope id of this relation) told counts as never sent."""

    retracts: str


# --- about messages --------------------------------------------------------------------------------


class Bericht(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every event about a message tells.

    afzender, ontvanger  the codes of gemeente and aanbieder, as this message goes.
    identificatie        of its header; None when that could not be read.
    client               the pseudonym of its one client; None when it has none or several.
    """

    relation: str
    message: str
    bericht: str
    afzender: str
    ontvanger: str
    received_at: datetime
    identificatie: str | None = None
    client: str | None = None


class Decided(Bericht, frozen=True, kw_only=True):
    """A message was decided on.

    awaits    it waits for a return message or JW325 that its receiver gives itself.
    answers   the message type that this one answers, when it is accepted as the answer to one that waited.
    resend    an earlier message under this Identificatie was refused: this is a new attempt.
    duplicate its Identificatie was used before by a message that was accepted (TR056).
    released  intake refused it, and an operator let it in. What the exchange set aside told so itself (`outcome`), and
              its release tells no more.
    """

    outcome: Outcome
    level: int | None
    rules: tuple[str, ...]
    awaits: bool
    answers: str | None
    resend: bool = False
    duplicate: bool = False
    released: bool = False


class Refused(Bericht, frozen=True, kw_only=True):
    """A message was refused, wholly or (JW323) in part: by the hub, or by its receiver in a return message.

    `message` and the other fields are those of the refused message. rules  of the hub's findings; codes  of the return.
    """

    by: Literal["hub", "ontvanger"]
    whole: bool
    level: int | None = None
    rules: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


class Corrected(Bericht, frozen=True, kw_only=True):
    """An accepted message puts right what an earlier one said; how often for each kind."""

    kinds: dict[Correction, int]


class Returned(Bericht, frozen=True, kw_only=True):
    """A message was answered with its return message or JW325.

    The fields of Bericht are those of the message that was answered. due  the last day of its term (OP090, OP090x4).
    """

    by: Literal["hub", "ontvanger"]
    at: datetime
    due: date
    refused: bool


class Late(Bericht, frozen=True, kw_only=True):
    """Something came after its term: an answer (OP090, OP090x4), or the stop message of a delivery (OP272).

    The fields of Bericht are those of the late message itself. `responsible` is the code of who was late.
    """

    rule: str
    responsible: str
    due: date
    days: int
