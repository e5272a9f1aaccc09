"""Care: everything that is known of one client's care, at every gemeente and aanbieder; the row's key is the pseudonym.

A row keeps facts, each with the message that told it, so that a message that counts as never sent can be taken out
again. What may come in another order (two relations of a client) leads to the same row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from streams.core.events import CloudEvent
from streams.core.happenings import (
    DELETED,
    TEMPORARY,
    Answered,
    Assigned,
    Care,
    Claimed,
    Levered,
    Requested,
    Retracted,
    Withdrawn,
)


class Versie(Struct, frozen=True, array_like=True, gc=False):
    """A version of an assignment. `toegewezen_op` is local time; the latest one rules (IV013).

    geboren  what this message told (happenings.Care).
    """

    message: str
    received_at: datetime
    toegewezen_op: datetime
    ingang: date
    einde: date | None
    categorie: str | None
    code: str | None
    reden: str | None
    referentie: str | None
    geboren: str | None = None


class Levering(Struct, frozen=True, array_like=True, gc=False):
    """A start, or with `eind` and `reden` a stop; or that such a one is withdrawn (StatusAanlevering 3).

    geboren  what this message told (happenings.Care).
    """

    message: str
    received_at: datetime
    begin: date
    eind: date | None
    reden: str | None
    categorie: str | None
    code: str | None
    withdraws: bool = False
    geboren: str | None = None

    @property
    def is_final(self) -> bool:
        """Whether it is a stop that is not temporary."""
        return self.eind is not None and self.reden != TEMPORARY


class Toewijzing(Struct, frozen=True, array_like=True):
    """An assignment of one relation, with what was delivered on it. Task-based care has no `nummer`.

    versies     oldest Toewijzingsdatum first; empty when only deliveries are known.
    leveringen  everything delivered and withdrawn, in the order in which it was told.
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
        return tuple(one for one in self.standing if one.eind is None)

    @property
    def stops(self) -> tuple[Levering, ...]:
        """The stops that stand."""
        return tuple(one for one in self.standing if one.eind is not None)

    @property
    def standing(self) -> tuple[Levering, ...]:
        """The starts and stops that stand.

        What was in doubt is told late, yet a withdrawal takes away what was received before it, and nothing later.
        """
        standing: list[Levering] = []
        for one in sorted(self.leveringen, key=lambda one: one.received_at):
            if one.withdraws:
                standing = [other for other in standing if not _are_same(other, one)]
            else:
                standing.append(one)
        return tuple(standing)


def _are_same(one: Levering, other: Levering) -> bool:
    """Whether they have the same logical key (TR101): of one toewijzing, so the product, the dates and the reason.

    A product that one of them does not tell, and was not known at that moment, is that of the toewijzing.
    """
    if (one.begin, one.eind, one.reden) != (other.begin, other.eind, other.reden):
        return False
    return None in (one.categorie, other.categorie) or (one.categorie, one.code) == (other.categorie, other.code)


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
    geboren: str | None = None


class Client(Struct, frozen=True, array_like=True):
    """A client. `geboren` is the month of birth, YYYY-MM: the earliest that its facts tell, None when none does.

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
        changed = added(rows.get(event.subject, Client()), data)
        return {event.subject: replace(changed, geboren=_born(changed))}

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


def _born(client: Client) -> str | None:
    """The birth month that rules. A retracted message no longer tells one, so it is looked up anew every time."""
    told = [one.geboren for one in client.verzoeken]
    for toewijzing in client.toewijzingen:
        told += [one.geboren for one in toewijzing.versies]
        told += [one.geboren for one in toewijzing.leveringen]
    return min((one for one in told if one is not None), default=None)


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
            geboren=data.geboren,
        )

    return _with_verzoek(client, data, ask)


def _answered(client: Client, data: Answered) -> Client:
    antwoord = Antwoord(data.message, data.received_at, data.antwoord, data.reden, data.gemeente)
    return _with_verzoek(client, data, lambda verzoek: replace(verzoek, antwoorden=(*verzoek.antwoorden, antwoord)))


def _with_verzoek(client: Client, data: Requested | Answered, change: Callable[[Verzoek], Verzoek]) -> Client:
    place = (data.relation, data.referentie)
    found = next((one for one in client.verzoeken if (one.relation, one.referentie) == place), None)
    others = (one for one in client.verzoeken if one is not found)
    changed = change(found or _unasked(*place, data.received_at))
    return replace(client, verzoeken=tuple(sorted((*others, changed), key=lambda one: (one.relation, one.referentie))))


def _unasked(relation: str, referentie: str, answered_at: datetime) -> Verzoek:
    return Verzoek(relation, referentie, "", "", answered_at, answered_at.date(), None, None, None, None, ())


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
        geboren=data.geboren,
    )

    def add(toewijzing: Toewijzing) -> Toewijzing:
        versies = (*toewijzing.versies, versie)
        return replace(toewijzing, versies=tuple(sorted(versies, key=lambda one: one.toegewezen_op)))

    return _with_toewijzing(client, data, add)


def _levered(client: Client, data: Levered) -> Client:
    levering = Levering(
        message=data.message,
        received_at=data.received_at,
        begin=data.begin,
        eind=data.eind,
        reden=data.reden,
        categorie=data.categorie,
        code=data.code,
        withdraws=isinstance(data, Withdrawn),
        geboren=data.geboren,
    )
    return _with_toewijzing(client, data, lambda one: replace(one, leveringen=(*one.leveringen, levering)))


def _with_toewijzing(client: Client, data: Assigned | Levered, change: Callable[[Toewijzing], Toewijzing]) -> Client:
    task_based = (None, None) if data.toewijzing is not None else (data.categorie, data.code)
    blank = Toewijzing(data.relation, data.toewijzing, *task_based)
    place = _place(blank)
    found = next((one for one in client.toewijzingen if _place(one) == place), None)
    others = (one for one in client.toewijzingen if one is not found)
    return replace(client, toewijzingen=_told((*others, change(found or blank))))


def _told(toewijzingen: Iterable[Toewijzing]) -> tuple[Toewijzing, ...]:
    """Those of which something is known, in one order whatever came first."""
    return tuple(sorted((one for one in toewijzingen if one.versies or one.leveringen), key=_place))


def _place(one: Toewijzing) -> tuple[str, int, str, str]:
    return (one.relation, one.nummer or 0, one.categorie or "", one.code or "")


def _retracted(client: Client, data: Retracted) -> Client:
    verzoeken = (_verzoek_without(one, data.retracts) for one in client.verzoeken)
    return replace(
        client,
        toewijzingen=_told(_toewijzing_without(one, data.retracts) for one in client.toewijzingen),
        verzoeken=tuple(one for one in verzoeken if one is not None),
    )


def _verzoek_without(verzoek: Verzoek, message: str) -> Verzoek | None:
    antwoorden = tuple(one for one in verzoek.antwoorden if one.message != message)
    if verzoek.message not in ("", message):
        return replace(verzoek, antwoorden=antwoorden)
    if not antwoorden:
        return None
    unasked = _unasked(verzoek.relation, verzoek.referentie, antwoorden[0].received_at)
    return replace(unasked, antwoorden=antwoorden)


def _toewijzing_without(toewijzing: Toewijzing, message: str) -> Toewijzing:
    return replace(
        toewijzing,
        versies=tuple(one for one in toewijzing.versies if one.message != message),
        leveringen=tuple(one for one in toewijzing.leveringen if one.message != message),
    )


_ADDED: Mapping[type, Callable[[Client, Any], Client]] = {
    Requested: _requested,
    Answered: _answered,
    Assigned: _assigned,
    Levered: _levered,
    Withdrawn: _levered,
    Retracted: _retracted,
}
