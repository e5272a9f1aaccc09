"""Who is there: the parties with their habits, and the youths. None of the providers and youths exist."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice

import yaml

from schemas.ijw_3_2.findings import passes_elfproef
from streams.core.parties import Directory, Mandate, Party
from streams.simulating.chance import Chance
from streams.simulating.configuration import DECIDES, FOLLOWS, Answers, Product, Simulation
from streams.simulating.truth import Aanbieder

FIRST_BSN, LAST_BSN = 999_900_006, 999_999_990
SURNAMES = ("Nepstra", "Fictema", "Verzonnenberg", "Bedachtstra", "Schijnsma", "Droomveen", "Fabelaar", "Kunstdal")
FIRST_NAMES = ("Sterre", "Boaz", "Yuna", "Tijmen", "Lieke", "Mats", "Fenna", "Ilyas", "Roos", "Noor", "Bram", "Safia")


@dataclass(frozen=True, slots=True)
class Provider:
    """An aanbieder or GI. `failing_from`: the day from which it declines; None: it does not."""

    party: Party
    products: tuple[Product, ...]
    size: float
    late: bool
    sloppy: bool
    failing_from: date | None

    @property
    def code(self) -> str:
        """Its AGB code."""
        return str(self.party.code)

    def failed(self, day: date) -> float:
        """How far it has declined on a day, from 0 (not at all) to 1, in three months."""
        if self.failing_from is None or day < self.failing_from:
            return 0.0
        return min(1.0, (day - self.failing_from).days / 90)

    def truth(self) -> Aanbieder:
        """Its habits, for the truth."""
        return Aanbieder(
            code=self.code,
            id=self.party.id,
            answers=self.party.answers,
            late=self.late,
            sloppy=self.sloppy,
            failing_from=self.failing_from,
        )


@dataclass(frozen=True, slots=True)
class Youth:
    """A youth who does not exist, and the gemeente (code) that is responsible."""

    bsn: str
    geboren: date
    achternaam: str
    voornamen: str
    geslacht: str
    gemeente: str

    @property
    def eighteenth(self) -> date:
        """The 18th birthday; 1 March for those born on 29 February."""
        born = self.geboren
        leap_day = (born.month, born.day) == (2, 29)
        return date(born.year + 18, 3, 1) if leap_day else born.replace(year=born.year + 18)


@dataclass(frozen=True)
class Region:
    """Everybody in it."""

    directory: Directory
    providers: tuple[Provider, ...]
    youths: tuple[Youth, ...]
    strangers: Iterator[str] = field(compare=False)

    def sender_for(self, code: str, bericht: str, chance: Chance) -> Party:
        """Who submits a message of this code: mostly the CJG that has the mandate, where there is one."""
        own = self.directory.by_code(code)
        assert own is not None
        acting = self.directory.copies_for(code, bericht)
        return acting[0] if acting and chance.often(0.85) else own


def bsns() -> Iterator[str]:
    """The BSNs for tests that pass the eleven-test, in order."""
    return (text for number in range(FIRST_BSN, LAST_BSN + 1) if passes_elfproef(text := str(number)))


def build_region(simulation: Simulation, chance: Chance) -> Region:
    """The parties and youths of a simulation."""
    providers = tuple(_providers(simulation, chance))
    gemeenten = tuple(_party(one.id, "gemeente", one.code, one.name, one.answers) for one in simulation.gemeenten)
    numbers = bsns()
    youths = tuple(_youths(simulation, chance, islice(numbers, simulation.youths)))
    directory = Directory((*gemeenten, *_cjgs(simulation), *(one.party for one in providers)))
    return Region(directory, providers, youths, numbers)


def parties_yaml(directory: Directory) -> str:
    """The parties as the hub's own file of parties; every token is demo-<id>."""
    dumped = [party.model_dump(mode="json", exclude_defaults=True) for party in directory.parties]
    for party in dumped:
        for mandate in party.get("mandates", ()):
            mandate["berichten"] = sorted(mandate["berichten"])
    return yaml.safe_dump({"parties": dumped}, sort_keys=False, allow_unicode=True)


def _party(id: str, kind: str, code: str | None, name: str, answers: Answers | None = None, **more: object) -> Party:
    token = hashlib.sha256(f"demo-{id}".encode()).hexdigest()
    limits = {"per_minute": 1_000_000}  # a year is played in minutes
    given = {} if answers is None else {"answers": answers}
    return Party.model_validate(
        {"id": id, "kind": kind, "code": code, "name": name, "token_sha256": token, "limits": limits} | given | more
    )


def _cjgs(simulation: Simulation) -> Iterator[Party]:
    for cjg in simulation.cjgs:
        mandates = [Mandate(gemeente=code, berichten=DECIDES) for code in cjg.decides]
        mandates += [Mandate(gemeente=code, berichten=FOLLOWS) for code in cjg.follows]
        if mandates:
            yield _party(cjg.id, "cjg", None, cjg.name, mandates=tuple(mandates))


def _providers(simulation: Simulation, chance: Chance) -> Iterator[Provider]:
    total = simulation.aanbieders + simulation.gis
    failing = set(range(min(simulation.habits.failing, total)))
    for number in range(total):
        is_gi = number >= simulation.aanbieders
        id = f"gi-{number - simulation.aanbieders + 1:02}" if is_gi else f"aanbieder-{number + 1:02}"
        answers: Answers = "self" if chance.often(simulation.habits.answers_self) else "hub"
        name = f"Verzonnen {'GI' if is_gi else 'aanbieder'} {number + 1}"
        yield Provider(
            party=_party(id, "gi" if is_gi else "aanbieder", f"{65_657_001 + number}", name, answers),
            products=_products(simulation, number, is_gi),
            # what fails must be large enough to be seen failing
            size=2.0 if number in failing else chance.random.uniform(0.4, 2.5),
            late=chance.often(simulation.habits.late),
            sloppy=chance.often(simulation.habits.sloppy),
            failing_from=simulation.start + timedelta(simulation.days * 2 // 5) if number in failing else None,
        )


def _products(simulation: Simulation, number: int, is_gi: bool) -> tuple[Product, ...]:
    """A third of all products, in turn, so that each has its providers; a GI delivers protection and probation."""
    forced = tuple(one for one in simulation.products if one.categorie in ("47", "48"))
    others = tuple(one for one in simulation.products if one.categorie not in ("47", "48")) or simulation.products
    if is_gi and forced:
        return forced
    wanted = max(1, len(others) // 3)
    offered = tuple(others[(number * wanted + step) % len(others)] for step in range(wanted))
    return tuple(dict.fromkeys((others[0], *offered)))


def _youths(simulation: Simulation, chance: Chance, numbers: Iterator[str]) -> Iterator[Youth]:
    shares = {one.code: one.under_23 * one.in_care for one in simulation.gemeenten}
    for bsn in numbers:
        # most are between 6 and 18; some just turn 18
        age = chance.random.triangular(0.5, 20.5, 15)
        yield Youth(
            bsn=bsn,
            geboren=simulation.start - timedelta(round(age * 365.25)),
            achternaam=chance.one(SURNAMES),
            voornamen=chance.one(FIRST_NAMES),
            geslacht=chance.one("12"),
            gemeente=chance.weighted(shares),
        )
