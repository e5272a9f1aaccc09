"""A vendor's system, small: it answers by our own exchange, and sends what it is asked for. The control of the kit.

`Vendor` does all as the standard asks. Broken vendors (tests/conformance/broken.py) override one method each.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from msgspec.structs import replace

from adapters.contract import Application, Fault, Notice, Parcel
from adapters.refusals import fault_of
from schemas.ijw_3_2.berichten import basis, jw301, jw305, jw307, jw315, jw317, jw319, jw323
from schemas.ijw_3_2.findings import Finding
from schemas.ijw_3_2.reading import Message, Schemas
from schemas.ijw_3_2.sniffing import sniff
from schemas.ijw_3_2.writing import write
from streams.conformance.casus import Role
from streams.conformance.counterpart import Counterpart, of_kind
from streams.conformance.playing import is_answer
from streams.core.answering import answer
from streams.core.effects import Judged, Refuse
from streams.core.envelope import Made
from streams.core.exchange import Exchange
from streams.core.parties import Directory, Party
from streams.core.ports import Receipt
from streams.core.workdays import local_day
from streams.simulating import letters
from streams.simulating.letters import Head
from streams.simulating.region import Youth

Facts = Mapping[str, Any]
MADE_AT = datetime(2026, 11, 16, 9, tzinfo=UTC)
"""When every envelope is made, so that offering it again gives the same bytes."""


@dataclass
class Out:
    """Something that waits to be sent."""

    due: datetime
    parcel: Parcel


@dataclass
class Vendor:
    """The system of a gemeente or an aanbieder, with its own dossier."""

    role: Role
    schemas: Schemas
    gemeente: str = "0392"
    aanbieder: str = "65656001"
    outbox: list[Out] = field(default_factory=list)
    received: dict[str, Any] = field(default_factory=dict)
    claimed: list[jw323.Prestatie] = field(default_factory=list)
    numbers: Any = field(default_factory=lambda: count(1))
    answer_after: timedelta = timedelta(seconds=0.2)

    def __post_init__(self) -> None:
        gemeente = Party(id="gemeente", kind="gemeente", code=self.gemeente, name="Gemeente", answers="hub")
        aanbieder = Party(id="aanbieder", kind="aanbieder", code=self.aanbieder, name="Aanbieder", answers="hub")
        self.hub = Counterpart(Exchange(self.schemas, Directory((gemeente, aanbieder))))
        self.other: Role = "aanbieder" if self.role == "gemeente" else "gemeente"

    # --- receiving -----------------------------------------------------------------------------------

    def receive(self, what: Parcel | Notice, now: datetime) -> Fault | None:
        """A message or fault of the kit; returns the fault with which it is refused."""
        if isinstance(what, Notice):
            return None
        read = self.schemas.read(what.body)
        if isinstance(read, Message) and is_answer(read.name):
            return self.take_answer(what, now)
        took, effects = self.hub.take(self.other, what.body, str(what.reference), now, what.declared)
        if not isinstance(took, Receipt):
            return self.conflict(what, fault_of(took), now)
        if took.repeat:
            return self.repeated(what, read, now)
        if of_kind(effects, Refuse):
            return self.outside_schema(what, now)
        assert isinstance(read, Message)
        self.received[read.name] = read.bericht
        self.reply(what, read, of_kind(effects, Judged)[0].findings, now)
        return None

    def take_answer(self, parcel: Parcel, now: datetime) -> Fault | None:
        return None

    def conflict(self, parcel: Parcel, fault: Fault, now: datetime) -> Fault | None:
        return fault

    def repeated(self, parcel: Parcel, read: Any, now: datetime) -> Fault | None:
        return None

    def outside_schema(self, parcel: Parcel, now: datetime) -> Fault | None:
        return Fault(kind="payload", title="Outside its schema", detail="Not as its schema asks; correct it.")

    def reply(self, parcel: Parcel, read: Message, findings: Sequence[Finding], now: datetime) -> None:
        self.send(self.answered(read, findings, now), now + self.answer_after, parcel.reference)

    def answered(self, read: Message, findings: Sequence[Finding], now: datetime) -> bytes:
        return answer(read, findings, self.made(now), self.schemas)

    def made(self, now: datetime) -> Made:
        return Made(identificatie=self.identificatie(), dagtekening=local_day(now))

    # --- sending -------------------------------------------------------------------------------------

    def identificatie(self) -> str:
        return f"V{next(self.numbers):05d}"

    def send(self, body: bytes, due: datetime, answers: str | None = None) -> None:
        reference = str(uuid.UUID(int=uuid.uuid5(uuid.NAMESPACE_OID, self.identificatie()).int, version=4))
        self.outbox.append(Out(due, Parcel(body=body, reference=reference, answers=answers)))

    def addressed(self, parcel: Parcel) -> Parcel:
        """The parcel with all that an envelope tells of it, the same at every attempt."""
        sniffed = sniff(parcel.body)
        ends = (self.gemeente, self.aanbieder) if self.role == "gemeente" else (self.aanbieder, self.gemeente)
        return replace(
            parcel,
            bericht=sniffed.bericht,
            version=(3, 2),
            sender=ends[0],
            receiver=ends[1],
            made_at=MADE_AT,
            application=Application("Referentie", "0001", "0002"),
        )

    def not_received(self, out: Out, lost: bool, now: datetime) -> None:
        """No receipt came, or the other was not available: offer the same again."""
        self.outbox.append(Out(now + timedelta(seconds=1), out.parcel))

    def asked(self, wish: str, facts: Facts, now: datetime) -> None:
        """What people would do: make the message that the kit asks for."""
        name, bericht = self.wished(wish, facts, local_day(now))
        body = write(name, bericht)
        due = now + self.answer_after
        self.hub.take(self.role, body, self.identificatie(), due)
        self.send(body, due)

    def head(self, day: date) -> Head:
        codes = (self.gemeente, self.aanbieder)
        return Head(*(codes if self.role == "gemeente" else codes[::-1]), self.identificatie(), day)

    def wished(self, wish: str, facts: Facts, day: date) -> tuple[str, Any]:
        head = self.head(day)
        match wish:
            case "start" | "start-intrekken" | "start-opnieuw":
                begin = facts["dag_later"] if wish == "start-opnieuw" else facts["begin"]
                return "JW305", self.start(head, begin, "3" if wish == "start-intrekken" else "1")
            case "stop":
                return "JW307", self.stop(head, facts["begin"], facts["maandeinde"])
            case "declaratie":
                return "JW323", self.claim(head, facts, self.line(facts, 1))
            case "creditering":
                return "JW323", self.claim(head, facts, self.credit(), self.line(facts, 2))
            case "verzoek":
                return "JW315", self.request(head, facts)
            case "wijziging":
                return "JW317", self.change(head)
            case "toewijzing":
                return "JW301", self.assignment(head)
            case "wijziging-toewijzen":
                return "JW301", self.changed(head)
            case _:
                return "JW319", self.rejection(head)

    # --- an aanbieder --------------------------------------------------------------------------------

    @property
    def assigned(self) -> jw301.ToegewezenProduct:
        return self.received["JW301"].Client.ToegewezenProducten[0]

    def delivery(self) -> dict[str, Any]:
        one = self.assigned
        return {
            "ToewijzingNummer": one.ToewijzingNummer,
            "Product": one.Product,
            "ToewijzingIngangsdatum": one.Ingangsdatum,
        }

    def start(self, head: Head, begin: date, status: str) -> Any:
        line = jw305.StartProduct(**self.delivery(), Begindatum=begin, StatusAanlevering=status)
        return letters.start(head, youth_of(self.received["JW301"]), [line])

    def stop(self, head: Head, begin: date, end: date) -> Any:
        line = jw307.StopProduct(
            **self.delivery(), Begindatum=begin, RedenBeeindiging="31", Einddatum=end, StatusAanlevering="1"
        )
        return letters.stop(head, youth_of(self.received["JW301"]), [line])

    def line(self, facts: Facts, hours: int) -> jw323.Prestatie:
        one = self.assigned
        return jw323.Prestatie(
            ProductReferentie=basis.Referentie(ReferentieNummer=self.identificatie()),
            ToewijzingNummer=one.ToewijzingNummer,
            ProductCategorie=one.Product.Categorie,  # type: ignore[union-attr]
            ProductCode=one.Product.Code,  # type: ignore[union-attr]
            ProductPeriode=basis.GeslotenPeriode(Begindatum=facts["ingang"], Einddatum=facts["maandeinde"]),
            GeleverdVolume=hours,
            Eenheid="04",
            ProductTarief=7500,
            IngediendBedrag=basis.BedragMetDC(Bedrag=7500 * hours, DebetCredit="D"),
        )

    def credit(self) -> jw323.Prestatie:
        old = self.claimed[-1]
        reference = basis.Referentie(
            ReferentieNummer=self.identificatie(), VorigReferentieNummer=old.ProductReferentie.ReferentieNummer
        )
        return replace(
            old,
            ProductReferentie=reference,
            IngediendBedrag=basis.BedragMetDC(Bedrag=old.IngediendBedrag.Bedrag, DebetCredit="C"),
        )

    def claim(self, head: Head, facts: Facts, *lines: jw323.Prestatie) -> Any:
        self.claimed.append(lines[-1])
        client = jw323.Client(Bsn=self.received["JW301"].Client.Bsn, Prestaties=lines)
        period = basis.GeslotenPeriode(Begindatum=facts["ingang"], Einddatum=facts["maandeinde"])
        return letters.declaratie(head, self.identificatie(), period, [client])

    def request(self, head: Head, facts: Facts) -> Any:
        asked = jw315.AangevraagdProduct(
            ReferentieAanbieder=self.identificatie(),
            Product=basis.Product(Categorie="45", Code="45A04"),
            ToewijzingIngangsdatum=facts["ingang"],
            ToewijzingEinddatum=facts["einde"],
            Omvang=basis.Omvang(Volume=8, Eenheid="04", Frequentie="4"),
            Verwijzer=letters.verwijzer("02"),
        )
        return letters.verzoek(head, Youth("999990019", date(2015, 5, 1), "Nepstra", "Roos", "2", "0392"), [asked])

    def change(self, head: Head) -> Any:
        one = self.assigned
        line = jw317.TeWijzigenProduct(
            ToewijzingNummer=one.ToewijzingNummer,
            GewensteIngangsdatum=one.Ingangsdatum,
            Einddatum=one.Einddatum + timedelta(days=20),  # type: ignore[operator]
            Omvang=one.Omvang,
        )
        asked = jw317.Verzoek(ReferentieAanbieder=self.identificatie(), RedenVerzoek="2", TeWijzigenProducten=(line,))
        return letters.wijziging(head, self.received["JW301"].Client.Bsn, asked)

    # --- a gemeente ----------------------------------------------------------------------------------

    def assignment(self, head: Head) -> Any:
        request = self.received["JW315"]
        asked = request.Client.AangevraagdeProducten[0]
        self.granted = jw301.ToegewezenProduct(
            ToewijzingNummer=3_920_000 + next(self.numbers),
            ReferentieAanbieder=asked.ReferentieAanbieder,
            Product=asked.Product,
            Toewijzingsdatum=head.dagtekening,
            Toewijzingstijd="09:00:00",
            Ingangsdatum=asked.ToewijzingIngangsdatum,
            Einddatum=asked.ToewijzingEinddatum,
            Omvang=asked.Omvang,
        )
        return letters.toewijzing(head, youth_of(request), [self.granted])

    def changed(self, head: Head) -> Any:
        asked = self.received["JW317"].Client.Verzoek
        line = replace(
            self.granted,
            ReferentieAanbieder=asked.ReferentieAanbieder,
            Einddatum=asked.TeWijzigenProducten[0].Einddatum,
            Toewijzingstijd="10:00:00",
            RedenWijziging="12",
        )
        return letters.toewijzing(head, youth_of(self.received["JW315"]), [line])

    def rejection(self, head: Head) -> Any:
        asked = self.received["JW315"].Client.AangevraagdeProducten[0]
        said = jw319.Antwoord(
            ReferentieAanbieder=asked.ReferentieAanbieder, VerzoekAntwoord="1", RedenAfwijzingVerzoek="1"
        )
        return letters.antwoord(head, said)


def youth_of(bericht: Any) -> Youth:
    """The client of a JW301 or JW315."""
    client = bericht.Client
    return Youth(
        bsn=client.Bsn,
        geboren=client.Geboortedatum.Datum,
        achternaam=client.Naam.Geslachtsnaam.Achternaam,
        voornamen=client.Naam.Voornamen,
        geslacht=client.Geslacht,
        gemeente="0392",
    )
