"""Where a journey of the demo plays: parties of deploy/example, dates, numbers, and clients who do not exist. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from schemas.ijw_3_2.berichten import basis
from schemas.ijw_3_2.findings import passes_elfproef
from streams.cli.messages import Care, Person
from streams.simulating.letters import Head

RUNS = 10_000_000
"""Runs are numbered below this, so that a ToewijzingNummer still has nine digits at most."""

CODES = {
    "haarlem": "0392",
    "bloemendaal": "0377",
    "heemstede": "0397",
    "zandvoort": "0473",
    "beverwijk": "0375",
    "heemskerk": "0396",
    "velsen": "0453",
    "voorbeeld-ambulant": "65656001",
    "voorbeeld-crisis": "65656003",
    "voorbeeld-ggz": "65656004",
    "voorbeeld-dagbehandeling": "65656005",
    "voorbeeld-gi": "65656006",
    "amsterdam": "0363",  # on purpose not a party of the example
}
PEOPLE = (
    "Sterre Nepstra",
    "Boaz Fictema",
    "Yuna Verzonnenberg",
    "Tijmen Bedachtstra",
    "Lieke Schijnsma",
    "Mats Droomveen",
    "Fenna Fabelaar",
    "Ilyas Kunstdal",
    "Roos Zogenaamd",
)


@dataclass(frozen=True, slots=True)
class Scene:
    """The dates, numbers and client of one journey. Care begins in the month before `today`."""

    today: date
    run: int
    number: int

    @property
    def month(self) -> basis.GeslotenPeriode:
        """The whole month before this one."""
        last = self.today.replace(day=1) - timedelta(days=1)
        return basis.GeslotenPeriode(Begindatum=last.replace(day=1), Einddatum=last)

    def day(self, number: int) -> date:
        """The n-th day of that month; beyond its bounds for other numbers."""
        return self.month.Begindatum + timedelta(days=number - 1)

    def person(self, offset: int = 0) -> Person:
        """The client, or another one."""
        voornamen, achternaam = PEOPLE[(self.number + offset) % len(PEOPLE)].split()
        first = 999_900_006 + (self.run * 7919 + (self.number + 10 * offset) * 1000) % 90_000
        bsn = next(str(n) for n in count(first) if passes_elfproef(str(n)))
        geboren = date(self.today.year - 8 - self.number, 3, 4 + self.number)
        return Person(bsn, achternaam, voornamen, "21"[self.number % 2], geboren)

    def care(self, code: str, volume: int, eenheid: str, offset: int = 0) -> Care:
        """Care assigned from the first of the month, without an end."""
        product = basis.Product(Categorie=code[:2], Code=code)
        return Care(self.run * 100 + self.number * 10 + offset, product, volume, eenheid, self.month.Begindatum)

    def id(self, step: int) -> str:
        """The Identificatie of a step: 11 characters, without nine digits in a row."""
        return f"D{self.run:07d}S{self.number}{step}"

    def head(self, step: int, afzender: str, ontvanger: str, dagtekening: date) -> Head:
        """The header of a step, between two parties."""
        return Head(CODES[afzender], CODES[ontvanger], self.id(step), dagtekening)

    def reference(self, step: int) -> str:
        """The sender's reference of a step."""
        return f"demo-{self.run:07d}-{self.number}{step}"
