"""Vendors that remember, send or send again wrongly, in one thing each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from adapters.contract import Fault, Parcel
from schemas.ijw_3_2.reading import Message
from streams.simulating.letters import Head, amount
from tests.support.vendor import Facts, Out, Vendor

# --- what it remembers -------------------------------------------------------------------------------


class IgnoresWithdrawals(Vendor):
    def receive(self, what: Any, now: datetime) -> Fault | None:
        rows = {relation: dict(rows) for relation, rows in self.hub.rows.items()}
        refused = super().receive(what, now)
        if b"StatusAanlevering>3<" in what.body:
            self.hub.rows = rows
        return refused


class TakesReusedReferenceAsRepeat(Vendor):
    def conflict(self, parcel: Parcel, fault: Fault, now: datetime) -> Fault | None:
        return None


class AnswersReusedReference(Vendor):
    def conflict(self, parcel: Parcel, fault: Fault, now: datetime) -> Fault | None:
        read = self.schemas.read(parcel.body)
        assert isinstance(read, Message)
        self.reply(parcel, read, (), now)
        return fault


# --- what it does without a receipt ------------------------------------------------------------------


@dataclass
class Resending(Vendor):
    """Offers again otherwise than it did."""

    def not_received(self, out: Out, lost: bool, now: datetime) -> None:
        self.outbox.append(Out(now + timedelta(seconds=1), self.again(out.parcel)))

    def again(self, parcel: Parcel) -> Parcel:
        raise NotImplementedError


class ResendsUnderAnotherReference(Resending):
    def again(self, parcel: Parcel) -> Parcel:
        return replace(parcel, reference="00000000-0000-4000-8000-000000000001")


class ResendsOtherBytes(Resending):
    def again(self, parcel: Parcel) -> Parcel:
        return replace(parcel, body=parcel.body + b"\r\n")


class NeverResends(Vendor):
    def not_received(self, out: Out, lost: bool, now: datetime) -> None:
        if not lost:
            super().not_received(out, lost, now)


class GivesUpWhenUnavailable(Vendor):
    def not_received(self, out: Out, lost: bool, now: datetime) -> None:
        if lost:
            super().not_received(out, lost, now)


# --- what it sends itself ----------------------------------------------------------------------------


class DatedInTheFuture(Vendor):
    def head(self, day: date) -> Head:
        return super().head(day + timedelta(days=3))


class OneIdentificatie(Vendor):
    def head(self, day: date) -> Head:
        found = super().head(day)
        return Head(found.afzender, found.ontvanger, "ALTIJD", day)


class NeverSends(Vendor):
    def asked(self, wish: str, facts: Facts, now: datetime) -> None:
        pass


@dataclass
class Wishing(Vendor):
    """Makes one of its messages wrong."""

    wish: str = ""

    def wished(self, wish: str, facts: Facts, day: date) -> tuple[str, Any]:
        name, bericht = super().wished(wish, facts, day)
        return name, self.wrong(bericht) if wish == self.wish else bericht

    def wrong(self, bericht: Any) -> Any:
        raise NotImplementedError


@dataclass
class WithdrawsWhatWasNever(Vendor):
    """Withdraws a start with the day on which it should have been, not with that on which it was."""

    def start(self, head: Head, begin: date, status: str) -> Any:
        bericht = super().start(head, begin, status)
        if status != "3":
            return bericht
        lines = bericht.Client.StartProducten
        other = replace(lines[0], Begindatum=begin + timedelta(days=9))
        return replace(bericht, Client=replace(bericht.Client, StartProducten=(*lines, other)))


@dataclass
class ClaimsWrongTotal(Wishing):
    wish: str = "declaratie"

    def wrong(self, bericht: Any) -> Any:
        claim = replace(bericht.Declaratie, TotaalIngediendBedrag=amount(1))
        return replace(bericht, Declaratie=claim)


@dataclass
class CreditsOtherAmount(Wishing):
    wish: str = "creditering"

    def wrong(self, bericht: Any) -> Any:
        client = bericht.Declaratie.Clienten[0]
        credit, debit = client.Prestaties
        less = replace(credit, IngediendBedrag=replace(credit.IngediendBedrag, Bedrag=7400))
        total = amount(debit.IngediendBedrag.Bedrag - 7400)
        claim = replace(
            bericht.Declaratie,
            TotaalIngediendBedrag=total,
            Clienten=(replace(client, Prestaties=(less, debit)),),
        )
        return replace(bericht, Declaratie=claim)


@dataclass
class GrantsUnderAnotherReference(Wishing):
    wish: str = "toewijzing"

    def wrong(self, bericht: Any) -> Any:
        lines = tuple(replace(one, ReferentieAanbieder=None) for one in bericht.Client.ToegewezenProducten)
        return replace(bericht, Client=replace(bericht.Client, ToegewezenProducten=lines))


@dataclass
class RejectsWithoutReason(Wishing):
    wish: str = "afwijzing"

    def wrong(self, bericht: Any) -> Any:
        return replace(bericht, Antwoord=replace(bericht.Antwoord, RedenAfwijzingVerzoek=None))


@dataclass
class ChangesFromNow(Wishing):
    wish: str = "wijziging"

    def wrong(self, bericht: Any) -> Any:
        verzoek = bericht.Client.Verzoek
        later = replace(verzoek.TeWijzigenProducten[0], GewensteIngangsdatum=date(2026, 11, 1))
        return replace(bericht, Client=replace(bericht.Client, Verzoek=replace(verzoek, TeWijzigenProducten=(later,))))


class EnvelopeOfAnother(Vendor):
    def send(self, body: bytes, due: datetime, answers: str | None = None) -> None:
        super().send(body, due, answers)
        out = self.outbox[-1]
        out.parcel = replace(out.parcel, sender="0363" if self.role == "gemeente" else "65656099")


class RefersToAnother(Vendor):
    def send(self, body: bytes, due: datetime, answers: str | None = None) -> None:
        super().send(body, due, answers and "00000000-0000-4000-8000-000000000002")
