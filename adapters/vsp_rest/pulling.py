"""What waits for a party, as VECOZO's list tells it, and searching in it. Pure: the bytes are fetched by their URL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
from msgspec import Struct

from adapters.contract import Fault, application_of
from adapters.outgoing import VERSION, ends
from adapters.vsp_rest.metadata import (
    Number,
    Referentiegegevens,
    Routeringgegevens,
    Text,
    Uuid,
    Verwerkingscontext,
    Word,
    context_of,
    references_of,
    route_of,
    stream_of,
)
from streams.core.ports import OutputHead

MOST_LISTED = 250


class Checksum(Struct, frozen=True, kw_only=True):
    """The SHA-256 of the payload, in lower-case hexadecimal digits."""

    algoritme: str = "SHA256"
    waarde: str


class Download(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the payload is. `grootte` in bytes; it and the checksum are None for what an old version made."""

    url: str
    grootte: int | None = None
    checksum: Checksum | None = None


class Basisgegevens(Struct, frozen=True, kw_only=True):
    """When the message came to wait (with time zone), and where its payload is."""

    ontvangenOp: datetime
    payload: Download


class Waiting(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message that waits, without its bytes."""

    basisgegevens: Basisgegevens
    routeringgegevens: Routeringgegevens
    referentiegegevens: Referentiegegevens
    verwerkingscontext: Verwerkingscontext | None = None


def waiting(head: OutputHead, url: str, acties: Mapping[str, str]) -> Waiting | None:
    """An output as it stands in the list. `url`: of its payload. None for a fault: the sender asks the status."""
    if head.kind == "fout" or head.bericht is None:
        return None
    sender, receiver = ends(head.relation, head.bericht)
    checksum = Checksum(waarde=head.sha256) if head.sha256 else None
    return Waiting(
        basisgegevens=Basisgegevens(
            ontvangenOp=head.created_at, payload=Download(url=url, grootte=head.size, checksum=checksum)
        ),
        routeringgegevens=route_of(sender, receiver, stream_of(head.bericht, VERSION, acties)),
        referentiegegevens=references_of(head.reference, head.answers_reference),
        verwerkingscontext=context_of(application_of(head.software), head.reference),
    )


class _Zoekpad(Struct, frozen=True, kw_only=True, tag_field="zoekpadType", forbid_unknown_fields=True):
    """What to look for; its zoekpadType is the name of its class."""


class ZoekpadOpBerichtstroom(_Zoekpad, frozen=True):
    """By stream, and by addressee; None matches all."""

    berichttype: Word
    berichtsubtype: Word | None = None
    berichtversie: Number | None = None
    berichtsubversie: Number | None = None
    actie: Word | None = None
    geadresseerdeRol: Text | None = None
    geadresseerdeCode: Text | None = None


class ZoekpadOpConversatieId(_Zoekpad, frozen=True):
    """By conversation."""

    conversatieId: Uuid


class ZoekpadOpAlsAntwoordOp(_Zoekpad, frozen=True):
    """The answers to one message."""

    alsAntwoordOp: Uuid


Zoekpad = ZoekpadOpBerichtstroom | ZoekpadOpConversatieId | ZoekpadOpAlsAntwoordOp


def read_search(body: bytes) -> Zoekpad | Fault:
    """What a party looks for, or what is wrong with how it says so."""
    try:
        found: Zoekpad = msgspec.json.decode(body, type=Zoekpad)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Fault(
            kind="envelope",
            title="This search cannot be read",
            detail="Expected a zoekpadType (ZoekpadOpBerichtstroom, ZoekpadOpConversatieId, ZoekpadOpAlsAntwoordOp) "
            "with the members that are published for it and no others; correct it.",
        )
    return found


def finds(search: Zoekpad, one: Waiting) -> bool:
    """Whether a message that waits is among what is looked for."""
    if isinstance(search, ZoekpadOpBerichtstroom):
        addressee = one.routeringgegevens.geadresseerden[0]
        stream = msgspec.structs.asdict(one.routeringgegevens.berichtstroom)
        found = {**stream, "geadresseerdeRol": addressee.rol, "geadresseerdeCode": addressee.code}
    else:
        found = msgspec.structs.asdict(one.referentiegegevens)
    asked = msgspec.structs.asdict(search)
    return all(found[name] == value for name, value in asked.items() if value is not None)
