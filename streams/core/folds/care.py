"""Care: everything that is known of one client's care, at every gemeente and aanbieder; the row's key is the pseudonym.

A row keeps facts, each with the message that told it, so that a message that counts as never sent can be taken out
again. What may come in another order (two relations of a client) leads to the same row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from streams.core.events import CloudEvent
from streams.core.happenings import Answered, Assigned, Care, Claimed, Levered, Requested, Retracted, Withdrawn

TEMPORARY = "20"
"""RedenBeeindiging (JZ588): delivery stopped for a time."""
DELETED = "13"
"""RedenWijziging (JZ002): the assignment counts as never made."""


class Versie(Struct, frozen=True, array_like=True, gc=False):
    """A version of an assignment. `toegewezen_op` is local time; the latest one rules (IV013)."""

    message: str
    received_at: datetime
    toegewezen_op: datetime
    ingang: date
    einde: date | None
    categorie: str | None
    code: str | None
    reden: str | None
    referentie: str | None


class Levering(Struct, frozen=True, array_like=True, gc=False):
    """A start, or with `eind` and `reden` a stop. `withdrawn_by` is the message that withdrew it."""

    message: str
    received_at: datetime
    begin: date
    eind: date | None
    reden: str | None
    categorie: str | None
    code: str | None
    withdrawn_by: str | None = None

    @property
    def is_stop(self) -> bool:
        """Whether it is a stop."""
        return self.eind is not None

    @property
    def is_final(self) -> bool:
        """Whether it is a stop that is not temporary."""
        return self.eind is not None and self.reden != TEMPORARY


class Toewijzing(Struct, frozen=True, array_like=True):
    """An assignment of one relation, with what was delivered on it. Task-based care has no `nummer`.

    versies     oldest Toewijzingsdatum first; empty when only deliveries are known.
    leveringen  in order of receipt, those withdrawn included.
    """

    relation: str
    nummer: int | None
    categorie: str | None
    code: str | None
    versies: tuple[Versie, ...] = ()
    leveringen: tuple[Levering, ...] = ()

    @property
    def current(self) -> Versie | None:
        """The version that rules."""
        return self.versies[-1] if self.versies else None

    @property
    def first_received(self) -> datetime | None:
        """When its first version was received."""
        return min((versie.received_at for versie in self.versies), default=None)

    @property
    def is_deleted(self) -> bool:
        """Whether it counts as never made."""
        return bool(self.versies) and self.versies[-1].reden == DELETED

    @property
    def starts(self) -> tuple[Levering, ...]:
        """The starts that stand."""
        return tuple(one for one in self.leveringen if one.eind is None and one.withdrawn_by is None)

    @property
    def stops(self) -> tuple[Levering, ...]:
        """The stops that stand."""
        return tuple(one for one in self.leveringen if one.eind is not None and one.withdrawn_by is None)


class Antwoord(Struct, frozen=True, array_like=True, gc=False):
    """A JW319 on a request; fields as in happenings.Answered."""

    message: str
    received_at: datetime
    antwoord: str
    reden: str | None
    gemeente: str | None


class Verzoek(Struct, frozen=True, array_like=True):
    """A request: an AangevraagdProduct of a JW315, or a JW317; fields as in happenings.Requested."""

    relation: str
    referentie: str
    bericht: str
    message: str
    received_at: datetime
    dagtekening: date
    ingang: date | None
    categorie: str | None
    code: str | None
    verwijzer: str | None
    toewijzingen: tuple[int, ...]
    antwoorden: tuple[Antwoord, ...] = ()


class Client(Struct, frozen=True, array_like=True):
    """A client. `geboren` is the month of birth, YYYY-MM (the earliest that was told); None when nobody told it.

    A request without `message` is known by its answer only.
    """

    geboren: str | None = None
    toewijzingen: tuple[Toewijzing, ...] = ()
    verzoeken: tuple[Verzoek, ...] = ()


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Client)


class CareFold:
    """Keeps the contract Fold (streams.core.folding)."""

    name = "care"

    def keys(self, event: CloudEvent) -> Collection[str]:
        """The row of the client (contract: Fold)."""
        return (event.subject,) if isinstance(event.data, Care) and not isinstance(event.data, Claimed) else ()

    def fold(self, event: CloudEvent, rows: Mapping[str, Client]) -> Mapping[str, Client]:
        """Add what the event tells (contract: Fold)."""
        data = event.data
        added = _ADDED.get(type(data))
        if added is None or not isinstance(data, Care):
            return {}
        known = rows.get(event.subject, Client())
        born = min((one for one in (known.geboren, data.geboren) if one is not None), default=None)
        return {event.subject: added(replace(known, geboren=born), data)}

    def encode(self, row: Client) -> bytes:
        """A row as it is kept (contract: Fold)."""
        return _encoder.encode(row)

    def decode(self, row: bytes) -> Client:
        """A row from what is kept (contract: Fold)."""
        return _decoder.decode(row)

    def totals(self, rows: Sequence[tuple[str, Client]]) -> Mapping[str, int]:
        """How many clients, assignments and requests are known (contract: Fold)."""
        clients = [row for _, row in rows]
        return {
            "clients": len(clients),
            "toewijzingen": sum(len(client.toewijzingen) for client in clients),
            "verzoeken": sum(len(client.verzoeken) for client in clients),
        }


def _requested(client: Client, data: Requested) -> Client:
    def ask(verzoek: Verzoek) -> Verzoek:
        return Verzoek(
            relation=data.relation,
            referentie=data.referentie,
            bericht=data.bericht,
            message=data.message,
            received_at=data.received_at,
            dagtekening=data.dagtekening,
            ingang=data.ingang,
            categorie=data.categorie,
            code=data.code,
            verwijzer=data.verwijzer,
            toewijzingen=data.toewijzingen,
            antwoorden=verzoek.antwoorden,
        )

    return _with_verzoek(client, data, ask)


def _answered(client: Client, data: Answered) -> Client:
    antwoord = Antwoord(data.message, data.received_at, data.antwoord, data.reden, data.gemeente)
    return _with_verzoek(client, data, lambda verzoek: replace(verzoek, antwoorden=(*verzoek.antwoorden, antwoord)))


def _with_verzoek(client: Client, data: Requested | Answered, change: Callable[[Verzoek], Verzoek]) -> Client:
    place = (data.relation, data.referentie)
    found = next((one for one in client.verzoeken if (one.relation, one.referentie) == place), None)
    others = (one for one in client.verzoeken if one is not found)
    changed = change(found or _unasked(data))
    return replace(client, verzoeken=tuple(sorted((*others, changed), key=lambda one: (one.relation, one.referentie))))


def _unasked(data: Requested | Answered) -> Verzoek:
    day = data.received_at.date()
    return Verzoek(data.relation, data.referentie, "", "", data.received_at, day, None, None, None, None, ())


def _assigned(client: Client, data: Assigned) -> Client:
    versie = Versie(
        message=data.message,
        received_at=data.received_at,
        toegewezen_op=data.toegewezen_op,
        ingang=data.ingang,
        einde=data.einde,
        categorie=data.categorie,
        code=data.code,
        reden=data.reden,
        referentie=data.referentie,
    )

    def add(toewijzing: Toewijzing) -> Toewijzing:
        versies = (*toewijzing.versies, versie)
        return replace(toewijzing, versies=tuple(sorted(versies, key=lambda one: one.toegewezen_op)))

    return _with_toewijzing(client, data, add)


def _levered(client: Client, data: Levered) -> Client:
    levering = Levering(data.message, data.received_at, data.begin, data.eind, data.reden, data.categorie, data.code)
    return _with_toewijzing(client, data, lambda one: replace(one, leveringen=(*one.leveringen, levering)))


def _withdrawn(client: Client, data: Withdrawn) -> Client:
    def mark(one: Levering) -> Levering:
        same = (one.begin, one.eind, one.reden) == (data.begin, data.eind, data.reden)
        return replace(one, withdrawn_by=data.message) if same and one.withdrawn_by is None else one

    return _with_toewijzing(client, data, lambda one: replace(one, leveringen=tuple(map(mark, one.leveringen))))


def _with_toewijzing(client: Client, data: Assigned | Levered, change: Callable[[Toewijzing], Toewijzing]) -> Client:
    task_based = (None, None) if data.toewijzing is not None else (data.categorie, data.code)
    blank = Toewijzing(data.relation, data.toewijzing, *task_based)
    place = _place(blank)
    found = next((one for one in client.toewijzingen if _place(one) == place), None)
    others = (one for one in client.toewijzingen if one is not found)
    return replace(client, toewijzingen=tuple(sorted((*others, change(found or blank)), key=_place)))


def _place(one: Toewijzing) -> tuple[str, int, str, str]:
    return (one.relation, one.nummer or 0, one.categorie or "", one.code or "")


def _retracted(client: Client, data: Retracted) -> Client:
    toewijzingen = (_without(one, data.retracts) for one in client.toewijzingen)
    verzoeken = (_unanswered(one, data.retracts) for one in client.verzoeken if one.message != data.retracts)
    return replace(
        client,
        toewijzingen=tuple(one for one in toewijzingen if one.versies or one.leveringen),
        verzoeken=tuple(verzoeken),
    )


def _unanswered(verzoek: Verzoek, message: str) -> Verzoek:
    return replace(verzoek, antwoorden=tuple(one for one in verzoek.antwoorden if one.message != message))


def _without(toewijzing: Toewijzing, message: str) -> Toewijzing:
    leveringen = (one for one in toewijzing.leveringen if one.message != message)
    return replace(
        toewijzing,
        versies=tuple(one for one in toewijzing.versies if one.message != message),
        leveringen=tuple(replace(one, withdrawn_by=None) if one.withdrawn_by == message else one for one in leveringen),
    )


_ADDED: Mapping[type, Callable[[Client, Any], Client]] = {
    Requested: _requested,
    Answered: _answered,
    Assigned: _assigned,
    Levered: _levered,
    Withdrawn: _withdrawn,
    Retracted: _retracted,
}
