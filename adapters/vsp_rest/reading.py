"""A VSP envelope that came in, held to what is published: members, references, roles, and what answers what. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from adapters.checks import checked, refused
from adapters.contract import Application, Capabilities, Fault, Kind, Parcel
from adapters.vsp_rest.metadata import (
    APPLICATIE,
    DIGITS_OF_GEMEENTE,
    GEMEENTE,
    INSTELLING,
    STREAM,
    SUBVERSIE,
    VERSIE,
    BerichtMetadata,
    Berichtstroom,
    Referentiegegevens,
    Relatie,
    Routeringgegevens,
    SleutelWaardePaar,
)
from schemas.ijw_3_2.findings import without_bsn
from schemas.ijw_3_2.structure import structure

CLAIM_ANSWER = "JW325"
"""The one first message that may travel as an answer (transport.md 3.4: both are seen)."""

_ROLES_OF_AANBIEDER = frozenset([INSTELLING, "Praktijk", "Zorgverlener"])
_NAME = re.compile(r"[\w .()+&-]{1,50}")
_VERSION = re.compile("[0-9]{1,4}")
_PLACE = re.compile(r" - at `\$([a-zA-Z.\[\]0-9]*)`$")
_MISSING = re.compile("Object missing required field `([a-zA-Z]+)`")
_UNKNOWN = re.compile("Object contains unknown field ")
_INDEX = re.compile(r"\[[0-9]{1,2}\]")
_KNOWN = frozenset(
    name
    for member in (BerichtMetadata, Routeringgegevens, Relatie, Berichtstroom, Referentiegegevens, SleutelWaardePaar)
    for name in member.__struct_fields__
)
_Wrong = tuple[Kind, str, str]


def read_metadata(data: bytes) -> BerichtMetadata | Fault:
    """The metadata, or the fault that says where they are not as published."""
    try:
        return msgspec.json.decode(data, type=BerichtMetadata)
    except msgspec.ValidationError as error:
        return _not_as_published(_place(str(error)), str(error))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _not_as_published("", "")


def _not_as_published(place: str, error: str) -> Fault:
    """The fault at a place. Of the error only the name of a member that is missing is used: the rest may quote."""
    missing = _MISSING.match(error)
    if missing:
        found = f"Nothing is at berichtMetadata{place}.{missing[1]}, which must be there."
    elif _UNKNOWN.match(error):
        found = f"berichtMetadata{place} has a member that is not published."
    else:
        found = f"Something is wrong at berichtMetadata{place}: it has another form."
    return Fault(
        kind=_kind_at(place),
        title="The berichtMetadata are not as published",
        detail=f"{found} Expected the members of the published description (/v1/openapi.json), references as UUIDs of "
        "version 4 in lower case, versions as whole numbers and one addressee; correct it and send the message again.",
    )


def _place(error: str) -> str:
    """Where, in words of the description only: the error itself can repeat what was sent."""
    found = _PLACE.search(error)
    words = _INDEX.sub("", found[1]).strip(".").split(".") if found else []
    return found[1] if found and _KNOWN.issuperset(words) else ""


def _kind_at(place: str) -> Kind:
    if place.startswith(".referentiegegevens.") and not place.endswith(".referentieId"):
        return "reference"
    return "version" if place.endswith("versie") else "envelope"


def parcel_of(metadata: BerichtMetadata, payload: bytes, can: Capabilities) -> Parcel | Fault:
    """The message with what its metadata say of it, or what cannot be true of them."""
    route, references = metadata.routeringgegevens, metadata.referentiegegevens
    stream = route.berichtstroom
    parcel = Parcel(
        body=payload,
        reference=references.traceerId,
        bericht=stream.berichtsubtype if stream.berichttype == STREAM else "",
        version=(stream.berichtversie, stream.berichtsubversie),
        sender=route.afzender.code,
        receiver=route.geadresseerden[0].code,
        answers=references.alsAntwoordOp,
        application=_application(metadata),
    )
    usable = checked(parcel, can)
    if isinstance(usable, Fault):
        return usable
    wrong = next(_wrong(metadata, usable), None)
    return usable if wrong is None else refused(usable, can, *wrong)


def _application(metadata: BerichtMetadata) -> Application | None:
    """What made the message, as far as an envelope can carry it on: how it is to be told is not published."""
    found = {pair.sleutel: pair.waarde[0] for pair in metadata.verwerkingscontext or ()}
    name, version, subversion = found.get(APPLICATIE, ""), found.get(VERSIE, "1"), found.get(SUBVERSIE, "0")
    usable = _NAME.fullmatch(name) and _VERSION.fullmatch(version) and _VERSION.fullmatch(subversion)
    if not usable or without_bsn(name) != name:
        return None
    return Application(name, version.zfill(4), subversion.zfill(4))


def _wrong(metadata: BerichtMetadata, parcel: Parcel) -> Iterator[_Wrong]:
    yield from _wrong_roles(metadata)
    yield from _wrong_answer(parcel)
    yield from _wrong_conversation(metadata, parcel)


def _wrong_roles(metadata: BerichtMetadata) -> Iterator[_Wrong]:
    route = metadata.routeringgegevens
    ends: tuple[tuple[Kind, str, Relatie], ...] = (
        ("unknown-sender", "sender", route.afzender),
        ("unknown-receiver", "addressee", route.geadresseerden[0]),
    )
    for kind, end, relation in ends:
        of_gemeente = len(relation.code) == DIGITS_OF_GEMEENTE
        if relation.rol not in (frozenset([GEMEENTE]) if of_gemeente else _ROLES_OF_AANBIEDER):
            yield (
                kind,
                f"The {end} has another role than its code tells",
                f"Found a role of the {end} that does not go with a code of {len(relation.code)} digits. Expected "
                f"{GEMEENTE} with 4 digits, or {', '.join(sorted(_ROLES_OF_AANBIEDER))} with 8; correct it.",
            )


def _wrong_answer(parcel: Parcel) -> Iterator[_Wrong]:
    is_retour = structure().berichten[parcel.bericht or ""].heen is not None
    if is_retour and parcel.answers is None:
        yield (
            "cross-reference",
            "This return message does not tell what it answers",
            f"Found a {parcel.bericht} without alsAntwoordOp. Expected the traceerId of the message that it answers; "
            "add it and send the message again.",
        )
    if not is_retour and parcel.answers is not None and parcel.bericht != CLAIM_ANSWER:
        yield (
            "wrong-kind",
            "A message of this type answers nothing",
            f"Found a {parcel.bericht} with alsAntwoordOp. Expected it with return messages and the {CLAIM_ANSWER} "
            "only; leave it out.",
        )


def _wrong_conversation(metadata: BerichtMetadata, parcel: Parcel) -> Iterator[_Wrong]:
    """Both are seen for the answer to a claim: in the claim's conversation, and in one of its own."""
    expected = {parcel.answers or parcel.reference, *([parcel.reference] if parcel.bericht == CLAIM_ANSWER else [])}
    if metadata.referentiegegevens.conversatieId not in expected:
        yield (
            "reference",
            "The conversatieId is another one than asked",
            "Expected the traceerId of the message itself when it begins a conversation, and alsAntwoordOp when it "
            "answers; correct it and send the message again.",
        )
