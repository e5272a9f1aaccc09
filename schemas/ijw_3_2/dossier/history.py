"""What a rule of level 3 or 4 may look at beside the class it checks: message, dossier, and what lies outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from schemas.ijw_3_2.berichten import Bericht, jw301, jw323, jw325
from schemas.ijw_3_2.dossier.facts import effective
from schemas.ijw_3_2.dossier.keys import (
    SUBMITTED,
    Levering,
    LineKeys,
    assignment_key,
    claim_key,
    claim_message_key,
    client_key,
    deliveries_key,
    line_key,
    received_key,
    request_key,
)
from schemas.ijw_3_2.dossier.rows import (
    Account,
    Asked,
    Assignment,
    Claim,
    ClaimSent,
    ClientFile,
    Deliveries,
    Draft,
    Line,
    Received,
    Request,
    Submitted,
    WaitingLine,
)
from schemas.ijw_3_2.outside import ContractLine, Sources
from schemas.ijw_3_2.structure import structure

NO_REQUEST = Request()
NO_DELIVERIES = Deliveries()
NO_ACCOUNT = Account()


@dataclass(frozen=True, slots=True)
class Moment:
    """When a message came, and what its checker was given to look it up in.

    day    the Dutch date of receipt: input, so that a check can be repeated.
    """

    day: date
    sources: Sources = field(default_factory=Sources)


@dataclass(frozen=True, slots=True)
class History:
    """The past of one relation as it stood before a message. All of it is read only; None means: never sent.

    name    the type of the message.
    lines   the keys of each claim line (JW323), by the identity of the line.
    sent    the claim lines that a JW325 may return, by ReferentieNummer.
    """

    name: str
    bericht: Bericht
    draft: Draft
    moment: Moment
    lines: Mapping[int, LineKeys]
    sent: Mapping[str, tuple[WaitingLine, ...]]

    @property
    def bsn(self) -> str:
        """The Bsn of the one client of this message. Only for messages that hold one client."""
        client: Any = self.bericht.Client  # type: ignore[union-attr]
        return str(client.Bsn)

    @property
    def dagtekening(self) -> date:
        """The Dagtekening of the message."""
        return self.bericht.Header.BerichtIdentificatie.Dagtekening

    @property
    def parties(self) -> tuple[str, str]:
        """The gemeente and the aanbieder of the relation."""
        header = self.bericht.Header
        by_gemeente = structure().berichten[self.name].afzender == "gemeente"
        return (header.Afzender, header.Ontvanger) if by_gemeente else (header.Ontvanger, header.Afzender)

    def received(self) -> Received | None:
        """The earlier message of this sender and type with the same Identificatie."""
        return self.draft.row(received_key(self.name, self.bericht), Received)

    # --- assignments -------------------------------------------------------------------------------

    def assigned(self, number: int | None) -> jw301.ToegewezenProduct | None:
        """The current version of an assignment (IV013)."""
        return _current(self.draft.row(assignment_key(number), Assignment)) if number is not None else None

    def assigned_on(self, keys: LineKeys) -> jw301.ToegewezenProduct | None:
        """The current version of the assignment of a claim line, as it was before this message."""
        row: Any = self.draft.base.get(keys.assignment)
        return _current(row)

    def client_of(self, number: int) -> str | None:
        """The Bsn of the client that an assignment is for."""
        return _client(self.draft.row(assignment_key(number), Assignment))

    def client_of_line(self, prestatie: jw323.Prestatie) -> str | None:
        """The Bsn of the client that the assignment of a claim line is for."""
        row: Any = self.draft.base.get(self.lines[id(prestatie)].assignment)
        return _client(row)

    def current_assignments(self) -> Iterator[jw301.ToegewezenProduct]:
        """The assignments of this client that are current on the Dagtekening of the message (TR349)."""
        numbers = self._file().assignments
        self.draft.need(assignment_key(number) for number in numbers)
        for number in numbers:
            product = self.assigned(number)
            if product is not None and self.client_of(number) == self.bsn and is_current(product, self.dagtekening):
                yield product

    def _file(self) -> ClientFile:
        return self.draft.row(client_key(self.bsn), ClientFile) or ClientFile()

    # --- deliveries --------------------------------------------------------------------------------

    def deliveries(self, levering: Levering) -> Deliveries:
        """What was delivered before on the same assignment, for this client."""
        known = self.draft.row(deliveries_key(self.bsn, levering), Deliveries)
        return effective(known) if known else NO_DELIVERIES

    # --- requests ----------------------------------------------------------------------------------

    def request(self, referentie: str) -> Request:
        """What is known under a ReferentieAanbieder."""
        return self.draft.row(request_key(referentie), Request) or NO_REQUEST

    def open_before(self) -> Iterator[tuple[str, Asked]]:
        """The requests for this client that were open before this message, by ReferentieAanbieder."""
        references = self._file().requests
        if references:
            self.draft.need(request_key(reference) for reference in references)
        for reference in references:
            request = self.draft.base.get(request_key(reference))
            if isinstance(request, Request) and request.is_open and request.asked and request.asked.bsn == self.bsn:
                yield reference, request.asked

    def has_open_request(self) -> bool:
        """Whether an earlier request for this client still waits for an assignment or a rejection."""
        return any(True for _ in self.open_before())

    def assigned_here(self) -> tuple[jw301.ToegewezenProduct, ...]:
        """The assignments in this message. Only for JW301."""
        assert isinstance(self.bericht, jw301.Bericht)
        return self.bericht.Client.ToegewezenProducten

    # --- claims ------------------------------------------------------------------------------------

    @property
    def declaratie(self) -> jw323.Declaratie:
        """The claim in this JW323. Only for that message."""
        declaratie: jw323.Declaratie = self.bericht.Declaratie  # type: ignore[union-attr]
        return declaratie

    def lines_sent(self, reference: str) -> tuple[Line | WaitingLine, ...]:
        """The claim lines with this ReferentieNummer: those that wait for this JW325, and the one that was settled."""
        settled = self.draft.row(line_key(reference), Line)
        return (*self.sent.get(reference, ()), *((settled,) if settled else ()))

    def account(self, number: int) -> Account:
        """What was claimed on an assignment before, debits minus credits; refused lines do not count."""
        assignment = self.draft.row(assignment_key(number), Assignment)
        return assignment.account if assignment else NO_ACCOUNT

    def of_line(self, prestatie: jw323.Prestatie) -> LinePast:
        """What rules may look at beside a claim line."""
        keys, changed, before = self.lines[id(prestatie)], self.draft.changes.get, self.draft.base.get
        return LinePast(
            self,
            keys,
            changed(keys.assignment) or before(keys.assignment),
            changed(keys.line) or before(keys.line),
            changed(keys.slot) or before(keys.slot),
        )

    def claim(self, nummer: str) -> Claim | None:
        """An earlier claim by DeclaratieNummer."""
        return self.draft.row(claim_key(nummer), Claim)

    def latest_period(self) -> date | None:
        """The first day of the latest DeclaratiePeriode that was claimed."""
        known = self.draft.row(SUBMITTED, Submitted) or Submitted()
        periods = [period for period, _ in known.waiting]
        return max([*periods, known.latest] if known.latest else periods, default=None)

    def claims_answered(self) -> tuple[ClaimSent, ...]:
        """The claims that this JW325 may answer, by the Identificatie that it repeats. Only for that message."""
        assert isinstance(self.bericht, jw325.Bericht)
        received = self.draft.row(claim_message_key(self.bericht), Received)
        return received.claims if received else ()


class LinePast:
    """The past as one claim line meets it: made for every line, so each row is read once.

    assigned   the current version of its assignment.
    account    what was claimed on that before.
    known      an earlier line with the same ReferentieNummer.
    standing   whether a debit for the same assignment, product and ProductPeriode was not credited yet.
    """

    __slots__ = ("account", "assigned", "history", "keys", "known", "standing")

    def __init__(self, history: History, keys: LineKeys, assignment: Any, known: Any, slot: Any) -> None:
        self.history = history
        self.keys = keys
        self.assigned: jw301.ToegewezenProduct | None = _current(assignment)
        self.account: Account = assignment.account if assignment else NO_ACCOUNT
        self.known: Line | None = known
        self.standing: bool = bool(slot and slot.debits)

    def debit(self) -> Line | None:
        """The earlier line that this one credits."""
        return None if self.keys.debit is None else self.history.draft.row(self.keys.debit, Line)

    def contract(self, prestatie: jw323.Prestatie) -> tuple[ContractLine, ...]:
        """What was agreed for the product of this line; nothing when that is not known here."""
        history = self.history
        contracten, day = history.moment.sources.contracten, prestatie.ProductPeriode.Begindatum
        if contracten is None:
            return ()
        return contracten.of(*history.parties, prestatie.ProductCategorie, prestatie.ProductCode, day)


def _current(assignment: Assignment | None) -> jw301.ToegewezenProduct | None:
    return assignment.versions[-1].product if assignment and assignment.versions else None


def _client(assignment: Assignment | None) -> str | None:
    return assignment.versions[-1].bsn if assignment and assignment.versions else None


def lines_waiting(draft: Draft, bericht: Bericht) -> Mapping[str, tuple[WaitingLine, ...]]:
    """The claim lines that a JW325 may return, by ReferentieNummer."""
    received = draft.row(claim_message_key(bericht), Received) if isinstance(bericht, jw325.Bericht) else None
    found: dict[str, tuple[WaitingLine, ...]] = {}
    for waiting in received.waiting if received else ():
        for line in waiting.claim.lines if waiting.claim else ():
            reference = line.prestatie.ProductReferentie.ReferentieNummer
            found[reference] = (*found.get(reference, ()), line)
    return found


def is_current(product: jw301.ToegewezenProduct, day: date) -> bool:
    """Whether an assignment runs on a day or later, and was not deleted (TR349)."""
    if is_deleted(product):
        return False
    return product.Einddatum is None or product.Einddatum >= day or product.Ingangsdatum > day


def is_deleted(product: jw301.ToegewezenProduct) -> bool:
    """Whether an assignment was deleted: it counts as never sent."""
    return product.Einddatum == product.Ingangsdatum and product.RedenWijziging in ("13", "01")
