"""berichtMetadata: what a VSP envelope says of a message, in JSON. Pure.

Members are as in the published description (shared/ijw/transport.md 2.2); others than these are refused, as it asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Struct

from adapters.checks import UUID4, is_uuid4
from adapters.contract import Application, Parcel
from streams.core.envelope import wire_reference

# In Python $ would let a line end pass, and what says otherwise (\Z) means something else in a JSON Schema.
Uuid = Annotated[str, Meta(pattern=f"^{UUID4}$", max_length=36)]
Word = Annotated[str, Meta(min_length=1, max_length=60)]
Text = Annotated[str, Meta(min_length=1, max_length=100)]
Number = Annotated[int, Meta(ge=0, le=999)]


class _Member(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Members that are not there are not written either."""


class Relatie(_Member, frozen=True):
    """A sender or addressee: its role, and its code."""

    rol: Text
    code: Text


class Berichtstroom(_Member, frozen=True):
    """The kind of message. `actie` says in a word what it is for."""

    berichttype: Word
    berichtsubtype: Word
    berichtversie: Number
    berichtsubversie: Number
    actie: Word


class Routeringgegevens(_Member, frozen=True):
    """From whom to whom. An iJw message has one addressee, though the format could hold a hundred."""

    afzender: Relatie
    geadresseerden: Annotated[tuple[Relatie, ...], Meta(min_length=1, max_length=1)]
    berichtstroom: Berichtstroom


class Referentiegegevens(_Member, frozen=True):
    """The number of the message (traceerId), that of its conversation, and that of the message it answers."""

    conversatieId: Uuid
    traceerId: Uuid
    alsAntwoordOp: Uuid | None = None
    referentieId: Annotated[str, Meta(min_length=1, max_length=150)] | None = None


class SleutelWaardePaar(_Member, frozen=True):
    """A name with values."""

    sleutel: Text
    waarde: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=250)], ...], Meta(min_length=1, max_length=100)
    ]


Verwerkingscontext = Annotated[tuple[SleutelWaardePaar, ...], Meta(min_length=1, max_length=100)]


class BerichtMetadata(_Member, frozen=True):
    """The first part of a push."""

    routeringgegevens: Routeringgegevens
    referentiegegevens: Referentiegegevens
    verwerkingscontext: Verwerkingscontext | None = None


STREAM = "JW"
GEMEENTE, INSTELLING = "Gemeente", "Instelling"
DIGITS_OF_GEMEENTE = 4
APPLICATIE, VERSIE, SUBVERSIE, NUMMER = "Applicatie", "ApplicatieVersie", "ApplicatieSubversie", "Referentienummer"
"""The names in the verwerkingscontext."""

ACTIES: Mapping[str, str] = {
    "JW301": "Toewijzing",
    "JW302": "ToewijzingRetour",
    "JW305": "StartZorg",
    "JW306": "StartZorgRetour",
    "JW307": "StopZorg",
    "JW308": "StopZorgRetour",
    "JW315": "VerzoekToewijzing",
    "JW316": "VerzoekToewijzingRetour",
    "JW317": "VerzoekWijziging",
    "JW318": "VerzoekWijzigingRetour",
    "JW319": "AntwoordVerzoek",
    "JW320": "AntwoordVerzoekRetour",
    "JW323": "Declaratie",
    "JW325": "DeclaratieAntwoord",
}
"""What is written as `actie`. Only that of JW315 has been seen (transport.md 2.2): a party can be given others."""


def stream_of(bericht: str, version: tuple[int, int], acties: Mapping[str, str]) -> Berichtstroom:
    """The stream of a message of this type (JW301 … JW325) and version of the standard."""
    return Berichtstroom(
        berichttype=STREAM,
        berichtsubtype=bericht,
        berichtversie=version[0],
        berichtsubversie=version[1],
        actie=acties[bericht],
    )


def route_of(sender: str, receiver: str, stream: Berichtstroom) -> Routeringgegevens:
    """From one code to another, with the role that goes with each."""
    return Routeringgegevens(afzender=_relation(sender), geadresseerden=(_relation(receiver),), berichtstroom=stream)


def references_of(reference: str, answers: str | None) -> Referentiegegevens:
    """A first message begins a conversation under its own number; an answer is in that of what it answers."""
    own, earlier = _number(reference), _number(answers) if answers else None
    return Referentiegegevens(conversatieId=earlier or own, traceerId=own, alsAntwoordOp=earlier)


def _number(reference: str) -> str:
    """The number itself; one derived from it when the message came by a way on which any text will do."""
    return reference if is_uuid4(reference) else wire_reference(reference)


def context_of(application: Application | None, reference: str) -> Verwerkingscontext | None:
    """What made the message; None when that is not known."""
    if application is None:
        return None
    values = (application.name, application.version, application.subversion, reference)
    pairs = zip((APPLICATIE, VERSIE, SUBVERSIE, NUMMER), values, strict=True)
    return tuple(SleutelWaardePaar(sleutel=key, waarde=(value,)) for key, value in pairs)


def metadata_of(parcel: Parcel, acties: Mapping[str, str]) -> BerichtMetadata | None:
    """The metadata of a parcel; None when it lacks something that every VSP envelope must tell."""
    reference, bericht, version = parcel.reference, parcel.bericht, parcel.version
    if not (reference and bericht and version and parcel.sender and parcel.receiver):
        return None
    return BerichtMetadata(
        routeringgegevens=route_of(parcel.sender, parcel.receiver, stream_of(bericht, version, acties)),
        referentiegegevens=references_of(reference, parcel.answers),
        verwerkingscontext=context_of(parcel.application, reference),
    )


def _relation(code: str) -> Relatie:
    return Relatie(rol=GEMEENTE if len(code) == DIGITS_OF_GEMEENTE else INSTELLING, code=code)
