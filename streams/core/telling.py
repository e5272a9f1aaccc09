"""From an accepted message to what it tells about the care of its client. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, time
from typing import Any, Literal

import msgspec
from msgspec import Struct

from schemas.ijw_3_2.berichten import basis, jw301, jw305, jw307, jw315, jw317, jw319, jw323
from schemas.ijw_3_2.dossier.facts import as_delivered, effective
from schemas.ijw_3_2.dossier.keys import Levering, assignment_key, deliveries_key, request_key
from schemas.ijw_3_2.dossier.memory import client_bsn
from schemas.ijw_3_2.dossier.rows import Assignment, Deliveries, Dossier, Draft, Request
from schemas.ijw_3_2.reading import Message
from streams.core.envelope import Envelope
from streams.core.events import TYPES, Happening
from streams.core.happenings import (
    DELETED,
    TEMPORARY,
    Answered,
    Assigned,
    Levered,
    Requested,
    Retracted,
    Withdrawn,
    segment_of,
)
from streams.core.telling_claims import claims_told

WITHDRAWN = "3"
_MONTH_KNOWN = (None, "1")
"""DatumGebruik (COD170): the whole date is known, or its month and year."""


def told(message: Message, envelope: Envelope, dossier: Dossier) -> tuple[Happening, ...]:
    """What a message tells about care, given what its relation knew before it. Raises RowsWanted.

    A claim (JW323) tells that its lines were claimed; what becomes of them is told by `telling_claims.answered`.
    """
    return tuple(_TELLERS[type(message.bericht)](_Teller(message, envelope, Draft(dossier))))


class _Teller:
    """A message with what every event about it tells."""

    def __init__(self, message: Message, envelope: Envelope, known: Draft) -> None:
        self.bericht: Any = message.bericht
        self.known = known
        self.bsn = client_bsn(message.bericht)
        self.common = common(envelope, message.name, _geboren(self.bericht))


def common(envelope: Envelope, bericht: str, geboren: str | None = None) -> dict[str, Any]:
    """The fields that every event about care has (happenings.Care)."""
    return {
        "relation": envelope.relation,
        "message": envelope.id,
        "bericht": bericht,
        "received_at": envelope.received_at,
        "geboren": geboren,
    }


def _geboren(bericht: Any) -> str | None:
    born = getattr(getattr(bericht, "Client", None), "Geboortedatum", None)
    if born is None or born.DatumGebruik not in _MONTH_KNOWN:
        return None
    return f"{born.Datum:%Y-%m}"


def _product(product: basis.Product | None) -> dict[str, Any]:
    categorie = product.Categorie if product else None
    return {
        "categorie": categorie,
        "code": product.Code if product else None,
        "segment": segment_of(categorie),
    }


# --- requests and their answers --------------------------------------------------------------------


def _of_jw315(teller: _Teller) -> Iterator[Happening]:
    dagtekening = teller.bericht.Header.BerichtIdentificatie.Dagtekening
    for line in teller.bericht.Client.AangevraagdeProducten:
        data = Requested(
            **teller.common,
            **_product(line.Product),
            referentie=line.ReferentieAanbieder,
            dagtekening=dagtekening,
            ingang=line.ToewijzingIngangsdatum,
            verwijzer=line.Verwijzer.Type,
        )
        yield Happening("zorg.requested", data, teller.bsn)


def _of_jw317(teller: _Teller) -> Iterator[Happening]:
    verzoek: jw317.Verzoek = teller.bericht.Client.Verzoek
    wanted = [line.GewensteIngangsdatum for line in verzoek.TeWijzigenProducten]
    wanted += [line.GewensteIngangsdatum for line in verzoek.NieuweProducten]
    product = verzoek.NieuweProducten[0].Product if verzoek.NieuweProducten else None
    data = Requested(
        **teller.common,
        **_product(product),
        referentie=verzoek.ReferentieAanbieder,
        dagtekening=teller.bericht.Header.BerichtIdentificatie.Dagtekening,
        ingang=min(wanted, default=None),
        toewijzingen=tuple(line.ToewijzingNummer for line in verzoek.TeWijzigenProducten),
    )
    yield Happening("zorg.requested", data, teller.bsn)


def _of_jw319(teller: _Teller) -> Iterator[Happening]:
    """A JW319 names no client: the request that it answers does."""
    antwoord: jw319.Antwoord = teller.bericht.Antwoord
    request = teller.known.row(request_key(antwoord.ReferentieAanbieder), Request)
    if request is None or request.asked is None:
        return
    data = Answered(
        **teller.common,
        referentie=antwoord.ReferentieAanbieder,
        antwoord=antwoord.VerzoekAntwoord,
        reden=antwoord.RedenAfwijzingVerzoek,
        gemeente=antwoord.Woonplaatsbeginsel.Gemeente if antwoord.Woonplaatsbeginsel else None,
    )
    yield Happening("verzoek.answered", data, request.asked.bsn)


# --- assignments -----------------------------------------------------------------------------------


def _of_jw301(teller: _Teller) -> Iterator[Happening]:
    for product in teller.bericht.Client.ToegewezenProducten:
        known = teller.known.row(assignment_key(product.ToewijzingNummer), Assignment) or Assignment()
        bare = msgspec.structs.replace(product, Commentaar=None, ReferentieAanbieder=None)
        same = next((one for one in known.versions if (one.bsn, one.product) == (teller.bsn, bare)), None)
        if same is None or same.by != () or _grants(teller, product):
            # A JW301 repeats every assignment that holds (OP087). What waits is told again: either may be refused.
            data = _assigned(teller, product)
            yield Happening(_assignment_verb(known, product), data, teller.bsn, again=same is not None)


def _grants(teller: _Teller, product: jw301.ToegewezenProduct) -> bool:
    if product.ReferentieAanbieder is None:
        return False
    request = teller.known.row(request_key(product.ReferentieAanbieder), Request) or Request()
    return all(one.what != str(product.ToewijzingNummer) or one.by != () for one in request.granted)


def _assignment_verb(known: Assignment, product: jw301.ToegewezenProduct) -> str:
    if product.RedenWijziging == DELETED:
        return "zorg.withdrawn"
    return "zorg.changed" if known.versions else "zorg.assigned"


def _assigned(teller: _Teller, product: jw301.ToegewezenProduct) -> Assigned:
    return Assigned(
        **teller.common,
        **_product(product.Product),
        toewijzing=product.ToewijzingNummer,
        toegewezen_op=datetime.combine(product.Toewijzingsdatum, _time(product.Toewijzingstijd)),
        ingang=product.Ingangsdatum,
        einde=product.Einddatum,
        reden=product.RedenWijziging,
        referentie=product.ReferentieAanbieder,
    )


def _time(tijd: str) -> time:
    """Toewijzingstijd as a time; its zone, which nobody should write, is left out."""
    try:
        return time.fromisoformat(tijd[:8])
    except ValueError:
        return time()


# --- deliveries ------------------------------------------------------------------------------------


def _of_jw305(teller: _Teller) -> Iterator[Happening]:
    return _of_leveringen(teller, teller.bericht.Client.StartProducten)


def _of_jw307(teller: _Teller) -> Iterator[Happening]:
    return _of_leveringen(teller, teller.bericht.Client.StopProducten)


def _of_leveringen(teller: _Teller, leveringen: Sequence[Levering]) -> Iterator[Happening]:
    """Withdrawals first (IV008)."""
    for levering in sorted(leveringen, key=lambda one: one.StatusAanlevering != WITHDRAWN):
        what = {
            **teller.common,
            **_product(levering.Product or _assigned_product(teller, levering)),
            "toewijzing": levering.ToewijzingNummer,
            "begin": levering.Begindatum,
            "eind": getattr(levering, "Einddatum", None),
            "reden": getattr(levering, "RedenBeeindiging", None),
        }
        if levering.StatusAanlevering == WITHDRAWN:
            yield Happening("levering.withdrawn", Withdrawn(**what, wat=_wat(levering)), teller.bsn)
        else:
            yield Happening(_levering_verb(teller, levering), Levered(**what), teller.bsn)


def _wat(levering: Levering) -> Literal["start", "stop"]:
    return "start" if isinstance(levering, jw305.StartProduct) else "stop"


def _assigned_product(teller: _Teller, levering: Levering) -> basis.Product | None:
    if levering.ToewijzingNummer is None:
        return None
    known = teller.known.row(assignment_key(levering.ToewijzingNummer), Assignment)
    return known.versions[-1].product.Product if known and known.versions else None


def _levering_verb(teller: _Teller, levering: Levering) -> str:
    if isinstance(levering, jw307.StopProduct):
        return "zorg.paused" if levering.RedenBeeindiging == TEMPORARY else "zorg.stopped"
    known = teller.known.row(deliveries_key(teller.bsn, levering), Deliveries) or Deliveries()
    paused = any(stop.reden == TEMPORARY for stop in effective(known).stops if stop.start != as_delivered(levering))
    return "zorg.resumed" if paused else "zorg.started"


_TELLERS: Mapping[type[Struct], Callable[[_Teller], Iterator[Happening]]] = {
    jw301.Bericht: _of_jw301,
    jw305.Bericht: _of_jw305,
    jw307.Bericht: _of_jw307,
    jw315.Bericht: _of_jw315,
    jw317.Bericht: _of_jw317,
    jw319.Bericht: _of_jw319,
    jw323.Bericht: lambda teller: claims_told(teller.bericht.Declaratie, teller.common),
}


# --- what was told and may be taken back -----------------------------------------------------------


class _Note(Struct, frozen=True, array_like=True):
    what: str
    bsn: str
    data: bytes


def noted(happenings: Sequence[Happening], counted: bool) -> bytes:
    """What is kept of these until the receiver answers: when they count meanwhile, only whom they are about."""
    if counted:
        return _encoder.encode([_Note("", bsn, b"") for bsn in sorted({str(one.bsn) for one in happenings})])
    return _encoder.encode([_Note(one.what, str(one.bsn), msgspec.json.encode(one.data)) for one in happenings])


def settled(note: bytes, counted: bool, refused: bool, retracts: str, common: Mapping[str, Any]) -> list[Happening]:
    """What must be told when the answer comes to a message of which `noted` kept this.

    retracts  the id of that message. common  of the answer (see `common`).
    """
    notes = _decoder.decode(note) if note else []
    if counted and refused:
        return [Happening("zorg.retracted", Retracted(**common, retracts=retracts), one.bsn) for one in notes]
    if counted or refused:
        return []
    return [Happening(one.what, msgspec.json.decode(one.data, type=TYPES[one.what]), one.bsn) for one in notes]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[_Note])
