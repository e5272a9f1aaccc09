"""What one gemeente and one aanbieder told each other, kept as plain lists: no keys, no rows, no counters.

Every message that was taken in has a number. What it told stays in the lists for ever, and `counts` says whether that
counts; so an answer that refuses a message changes a single entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from schemas.ijw_3_2.berichten import basis, jw301, jw305, jw307, jw323

Levering = jw305.StartProduct | jw307.StopProduct

STANDING, PENDING, DOUBTED, REFUSED = "standing", "pending", "doubted", "refused"


@dataclass(frozen=True)
class Line:
    """A claim line that was sent: in which message, for whom, and what became of it."""

    by: int
    bsn: str
    line: jw323.Prestatie
    outcome: str

    @property
    def counts(self) -> bool:
        """Whether it was submitted, as far as anybody knows."""
        return self.outcome in (STANDING, PENDING)

    @property
    def number(self) -> str:
        """Its ReferentieNummer."""
        return self.line.ProductReferentie.ReferentieNummer

    @property
    def credits(self) -> str | None:
        """The ReferentieNummer of the debit that it takes back."""
        return self.line.ProductReferentie.VorigReferentieNummer


@dataclass
class Told:
    """The lists, and what can be looked up in them."""

    counts: dict[int, str] = field(default_factory=dict)
    ids: list[tuple[int, str, str]] = field(default_factory=list)
    sent: list[tuple[int, str, jw301.ToegewezenProduct]] = field(default_factory=list)
    delivered: list[tuple[int, str, Levering]] = field(default_factory=list)
    asked: list[tuple[int, str, str]] = field(default_factory=list)
    answered: list[tuple[int, str, str]] = field(default_factory=list)
    claims: list[tuple[int, str, date]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    def is_counted(self, number: int) -> bool:
        """Whether a message counts as sent, as far as anybody knows."""
        return self.counts[number] in (STANDING, PENDING)

    def versions(self, nummer: int | None) -> list[tuple[str, jw301.ToegewezenProduct]]:
        """Every ToegewezenProduct that was sent under a number, and for whom; the current one last."""
        found = [(bsn, p) for by, bsn, p in self.sent if self.is_counted(by) and nummer == p.ToewijzingNummer]
        return sorted(found, key=lambda one: (one[1].Toewijzingsdatum, one[1].Toewijzingstijd))

    def current(self, nummer: int | None) -> jw301.ToegewezenProduct | None:
        """The current version of an assignment."""
        return self.versions(nummer)[-1][1] if self.versions(nummer) else None

    def owner(self, nummer: int) -> str | None:
        """Whose an assignment is."""
        return self.versions(nummer)[-1][0] if self.versions(nummer) else None

    def numbers_of(self, bsn: str) -> list[int]:
        """The ToewijzingNummers of a client. Should one have been granted for two, its current version says whose."""
        known = {product.ToewijzingNummer for by, _, product in self.sent if self.is_counted(by)}
        return sorted(nummer for nummer in known if self.owner(nummer) == bsn)

    def standing(self, bsn: str) -> list[Levering]:
        """The starts and stops of a client that were delivered and not withdrawn."""
        found: list[Levering] = []
        for by, owner, levering in self.delivered:
            if not self.is_counted(by) or owner != bsn:
                continue
            if levering.StatusAanlevering == "3":
                found = [one for one in found if full_key(one) != full_key(levering)]
            else:
                found.append(levering)
        return found

    def is_open(self, referentie: str) -> bool:
        """Whether a request still waits for an assignment or a rejection."""
        return referentie not in self.granted() and "1" not in self.answers(referentie)

    def open_requests(self, bsn: str) -> list[str]:
        """The ReferentieAanbieders of a client's open requests."""
        found = [referentie for by, owner, referentie in self.asked if owner == bsn and self.is_counted(by)]
        return [referentie for referentie in found if self.is_open(referentie)]

    def references(self) -> list[str]:
        """The ReferentieAanbieders of all requests."""
        return [referentie for by, _, referentie in self.asked if self.is_counted(by)]

    def granted(self) -> list[str]:
        """The ReferentieAanbieders with which an assignment was sent."""
        return [p.ReferentieAanbieder for by, _, p in self.sent if self.is_counted(by) and p.ReferentieAanbieder]

    def answers(self, referentie: str) -> list[str]:
        """What was answered to a request."""
        return [said for by, about, said in self.answered if about == referentie and self.is_counted(by)]

    def claimed(self, nummer: int) -> list[Line]:
        """The lines that were submitted on an assignment."""
        return [one for one in self.lines if one.counts and one.line.ToewijzingNummer == nummer]

    def is_credited(self, debit: Line, outcomes: Iterable[str] = (STANDING, PENDING)) -> bool:
        """Whether a credit was submitted for a debit."""
        return any(one.outcome in outcomes and one.credits == debit.number for one in self.lines)

    def debit(self, referentie: str | None, outcomes: Iterable[str]) -> Line | None:
        """The debit with this ReferentieNummer."""
        found = [one for one in self.lines if one.number == referentie and not one.credits and one.outcome in outcomes]
        return found[0] if found else None


# --- what is the same ------------------------------------------------------------------------------


def full_key(levering: Levering) -> tuple[object, ...]:
    """The logical key of a start or stop, within its client (TR101)."""
    rest = (levering.RedenBeeindiging, levering.Einddatum) if isinstance(levering, jw307.StopProduct) else ()
    return (type(levering), levering.ToewijzingNummer, levering.Product, levering.Begindatum, rest)


def ends(stop: Levering, start: Levering) -> bool:
    """Whether the one is a stop for the other, a start."""
    if not isinstance(stop, jw307.StopProduct) or not isinstance(start, jw305.StartProduct):
        return False
    stopped = (stop.ToewijzingNummer, stop.Product, stop.Begindatum)
    return stopped == (start.ToewijzingNummer, start.Product, start.Begindatum)


def same_care(one: Levering, other: Levering) -> bool:
    """Whether two are on the same assignment; where there is none the Product tells (IV096)."""
    if one.ToewijzingNummer is None and other.ToewijzingNummer is None:
        return one.Product == other.Product
    return one.ToewijzingNummer == other.ToewijzingNummer


def same_product(one: basis.Product | None, other: basis.Product | None) -> bool:
    """Whether two products are the same for the test on overlap (TR302)."""
    if one is None or other is None:
        return True
    if one.Code is None or other.Code is None:
        return one.Categorie == other.Categorie
    return one.Code == other.Code
