"""What the simulated region knows of every youth: what was assigned, delivered, asked and claimed, as it stands now.

What its receiver refused later is taken out again. It is the truth in the making, kept by whoever sends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from msgspec.structs import replace

from schemas.ijw_3_2.berichten import basis, jw301, jw323
from streams.simulating.configuration import Product
from streams.simulating.region import Provider, Youth
from streams.simulating.truth import Jeugdige, Regel, Toewijzing, Versie, Verzoek

DELETED = "13"
TEMPORARY = "20"


@dataclass
class Grant:
    """An assignment, and the care really given on it (periods, the last one open while care runs).

    ingang   never changes under its number; `omvang` and `budget` neither.
    """

    youth: Youth
    provider: Provider
    gemeente: str
    product: Product
    nummer: int
    ingang: date
    omvang: basis.Omvang | None
    budget: int | None
    truth: Toewijzing
    care: list[tuple[date, date | None]] = field(default_factory=list)
    lines: list[Claimed] = field(default_factory=list)
    is_changing: bool = False

    @property
    def relation(self) -> str:
        """gemeente:aanbieder."""
        return f"{self.gemeente}:{self.provider.code}"

    @property
    def current(self) -> Versie | None:
        """The version that rules now."""
        return max(self.truth.versies, key=lambda one: one.toegewezen_op, default=None)

    @property
    def is_deleted(self) -> bool:
        """Whether it counts as never made."""
        current = self.current
        return current is not None and current.reden == DELETED

    def holds(self, day: date) -> bool:
        """Whether it runs on this day or later (TR349)."""
        current = self.current
        if current is None or current.reden == DELETED:
            return False
        return current.einde is None or current.einde >= day or self.ingang > day

    def product_of_standard(self) -> basis.Product | None:
        """Its Product as messages tell it."""
        if self.product.categorie is None:
            return None
        return basis.Product(Categorie=self.product.categorie, Code=self.product.code)

    def line(self, versie: Versie) -> jw301.ToegewezenProduct:
        """This version as a JW301 tells it."""
        return jw301.ToegewezenProduct(
            ToewijzingNummer=self.nummer,
            ReferentieAanbieder=versie.referentie,
            Product=self.product_of_standard(),
            Toewijzingsdatum=versie.toegewezen_op.date(),
            Toewijzingstijd=f"{versie.toegewezen_op:%H:%M:%S}",
            Ingangsdatum=self.ingang,
            Einddatum=versie.einde,
            RedenWijziging=versie.reden,
            Omvang=self.omvang,
            Budget=self.budget,
        )

    def cared_in(self, first: date, last: date) -> list[tuple[date, date]]:
        """The parts of this period in which care was given."""
        cut = [(max(begin, first), min(end or last, last)) for begin, end in self.care]
        return [(begin, end) for begin, end in cut if begin <= end]


@dataclass
class Claimed:
    """A claim line as it was sent, and its record in the truth. `credited_by`: the credit that stands for it."""

    regel: Regel
    line: jw323.Prestatie
    credited_by: Claimed | None = None

    @property
    def is_credit(self) -> bool:
        """Whether it takes back another line."""
        return self.regel.credit_van is not None

    @property
    def stands(self) -> bool:
        """Whether it counts: open or granted, and not credited."""
        return self.regel.outcome != "refused" and self.credited_by is None


@dataclass
class Book:
    """Everything, by youth and by relation."""

    jeugdigen: dict[str, Jeugdige] = field(default_factory=dict)
    grants: dict[tuple[str, str], list[Grant]] = field(default_factory=dict)
    by_relation: dict[str, list[Grant]] = field(default_factory=dict)

    def youth(self, bsn: str, geboren: date | None) -> Jeugdige:
        """The record of a youth."""
        if bsn not in self.jeugdigen:
            self.jeugdigen[bsn] = Jeugdige(bsn=bsn, geboren=f"{geboren:%Y-%m}" if geboren else None)
        return self.jeugdigen[bsn]

    def open_grant(self, grant: Grant) -> Grant:
        """Keep an assignment, of which no version was told yet."""
        self.youth(grant.youth.bsn, grant.youth.geboren).toewijzingen.append(grant.truth)
        self.grants.setdefault((grant.relation, grant.youth.bsn), []).append(grant)
        self.by_relation.setdefault(grant.relation, []).append(grant)
        return grant

    def of_client(self, relation: str, bsn: str) -> list[Grant]:
        """The assignments of a youth in a relation."""
        return self.grants.get((relation, bsn), [])

    def holding(self, relation: str, bsn: str, day: date) -> list[Grant]:
        """Those that run on this day or later."""
        return [grant for grant in self.of_client(relation, bsn) if grant.holds(day)]

    # --- requests ----------------------------------------------------------------------------------

    def ask(self, bsn: str, verzoeken: Iterable[Verzoek]) -> None:
        """Note requests."""
        self.jeugdigen[bsn].verzoeken.extend(verzoeken)

    def open_requests(self, relation: str, bsn: str) -> Iterator[Verzoek]:
        """The requests of a youth that wait for an assignment or a rejection (TR374)."""
        for verzoek in self.jeugdigen[bsn].verzoeken:
            if verzoek.relation == relation and self.is_open(bsn, verzoek):
                yield verzoek

    def is_open(self, bsn: str, verzoek: Verzoek) -> bool:
        """Whether a request stands, and neither an assignment nor a rejection came."""
        if not any(verzoek is one for one in self.jeugdigen[bsn].verzoeken):
            return False
        return not self.granted(bsn, verzoek) and all(answer.code != "1" for answer in verzoek.antwoorden)

    def granted(self, bsn: str, verzoek: Verzoek) -> bool:
        """Whether an assignment has the reference of this request."""
        versies = (v for grant in self.of_client(verzoek.relation, bsn) for v in grant.truth.versies)
        return any(versie.referentie == verzoek.referentie for versie in versies)

    # --- deliveries --------------------------------------------------------------------------------

    def withdraw(self, toewijzing: Toewijzing, begin: date, eind: date | None, message: str) -> None:
        """Mark a start or stop as withdrawn."""
        for one in toewijzing.leveringen:
            if (one.begin, one.eind) == (begin, eind) and one.withdrawn_by is None:
                one.withdrawn_by = message
                return

    # --- what a receiver refused -------------------------------------------------------------------

    def retract(self, bsn: str, message: str) -> None:
        """Take out all that a message told."""
        jeugdige = self.jeugdigen[bsn]
        for toewijzing in jeugdige.toewijzingen:
            toewijzing.versies[:] = [one for one in toewijzing.versies if one.message != message]
            toewijzing.leveringen[:] = [one for one in toewijzing.leveringen if one.message != message]
            for one in toewijzing.leveringen:
                one.withdrawn_by = None if one.withdrawn_by == message else one.withdrawn_by
        jeugdige.verzoeken[:] = [one for one in jeugdige.verzoeken if one.message != message]
        for verzoek in jeugdige.verzoeken:
            verzoek.antwoorden[:] = [one for one in verzoek.antwoorden if one.message != message]

    def as_it_stands(self) -> list[Jeugdige]:
        """Every youth, without assignments of which nothing stands."""
        return [replace(one, toewijzingen=_standing(one)) for one in self.jeugdigen.values()]


def _standing(jeugdige: Jeugdige) -> list[Toewijzing]:
    return [one for one in jeugdige.toewijzingen if one.versies or one.leveringen]
