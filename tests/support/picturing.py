"""An invented world for figures: rows of the three folds, made statistically from a seed. Nobody in it exists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from streams.core.folds.berichten import Berichten
from streams.core.folds.care import Client, Levering, Toewijzing, Versie, Verzoek
from streams.core.folds.claims import Claims, Line
from streams.core.monitors.picture_tables import ALL, Table
from streams.core.monitors.rows import Rows
from streams.core.monitors.suppression import Sum, group_of
from streams.core.monitors.trajecten import File, files
from streams.core.regions import Monitoring, Norms, Region

NOW = datetime(2026, 7, 10, 9, 30, tzinfo=UTC)
VAN, TOT = date(2026, 1, 1), date(2026, 6, 30)
FIRST, KNOWN = date(2025, 3, 1), date(2024, 1, 1)
"""The first day of care, and that of messages."""
AANBIEDERS = {
    "65656001": "Voorbeeldaanbieder Ambulant",
    "65656002": "Voorbeeldaanbieder Verblijf",
    "65656003": "Voorbeeldaanbieder Crisis",
    "65656004": "Voorbeeldaanbieder Jeugd-ggz",
    "65656005": "Voorbeeldaanbieder Dagbehandeling",
    "65656006": "Voorbeeld-GI Jeugdbescherming",
}
CATEGORIES = ("45", "45", "45", "54", "54", "54", "41", "43", "44", "46", "48", "47")
NORMS = Norms(toewijzing=(4,), start=(9,), totaal=(9, 14))
NAMES = {
    "0375": "Beverwijk",
    "0396": "Heemskerk",
    "0453": "Velsen",
    "0392": "Haarlem",
    "0377": "Bloemendaal",
    "0397": "Heemstede",
    "0473": "Zandvoort",
    "0014": "Groningen",
}
MONITORING = Monitoring(
    regions=(
        Region(id="ijmond", name="IJmond", gemeenten=("0375", "0396", "0453"), norms={"*": NORMS}),
        Region(id="zuid-kennemerland", name="Zuid-Kennemerland", gemeenten=("0392", "0377", "0397", "0473")),
        Region(id="groningen", name="Groningen", gemeenten=("0014",), norms={"*": NORMS}),
    ),
    names={**NAMES, **AANBIEDERS},
    population={"0375": {2026: 10_400}, "0396": {2026: 9_700}, "0453": {2026: 17_300}, "0392": {2026: 41_000}},
)
"""Three regions: with norms and residents, with residents of one gemeente only, and of a single gemeente."""


@dataclass(frozen=True)
class World:
    """Rows, and the files made from them."""

    rows: Rows
    files: Sequence[File]


def world(youths: int, seed: int = 1, monitoring: Monitoring = MONITORING) -> World:
    """So many youths with their care, claims and messages; the same for the same seed."""
    random = Random(seed)
    clients: dict[str, Client] = {}
    claims: list[tuple[str, Claims]] = []
    for number in range(youths):
        youth = f"{number:032x}"
        clients[youth] = client = _client(random, number)
        claims += ((youth, one) for one in _claims(random, client))
    rows = Rows(clients, tuple(claims), tuple(_berichten(random)))
    return World(rows, files(clients, monitoring))


def at(day: date) -> datetime:
    """Noon of a day."""
    return datetime.combine(day, time(12), UTC)


def _client(random: Random, number: int) -> Client:
    gemeente = random.choices(list(NAMES), weights=(30, 25, 45, 60, 6, 8, 12, 70))[0]
    toewijzingen, verzoeken = list[Toewijzing](), list[Verzoek]()
    for n in range(random.choice((1, 1, 1, 2, 3))):
        relation = f"{gemeente}:{random.choices(list(AANBIEDERS), weights=(30, 15, 3, 20, 12, 8))[0]}"
        categorie = random.choice(CATEGORIES)
        asked = FIRST + timedelta(random.randrange(480))
        if random.random() < 0.6:
            verzoeken.append(_verzoek(random, relation, f"R{n}", asked, categorie))
        if random.random() < 0.92:
            toewijzingen.append(_toewijzing(random, relation, 10 * number + n, asked, categorie, f"R{n}"))
    geboren = f"{random.randrange(2008, 2022)}-{random.randrange(1, 13):02}"
    return Client(geboren, tuple(toewijzingen), tuple(verzoeken))


def _verzoek(random: Random, relation: str, referentie: str, day: date, categorie: str) -> Verzoek:
    verwijzer = random.choice(("01", "02", "02", "03", "04", "05", "08"))
    return Verzoek(relation, referentie, "JW315", "m", at(day), day, day, categorie, None, verwijzer, ())


def _toewijzing(random: Random, relation: str, nummer: int, asked: date, categorie: str, referentie: str) -> Toewijzing:
    received = asked + timedelta(random.randrange(1, 40))
    ingang = received + timedelta(random.randrange(-10, 20))
    einde = ingang + timedelta(random.randrange(60, 500)) if random.random() < 0.6 else None
    versie = Versie(
        "m", at(received), at(received).replace(tzinfo=None), ingang, einde, categorie, None, None, referentie
    )
    leveringen = tuple(_leveringen(random, ingang)) if random.random() < 0.85 else ()
    return Toewijzing(relation, nummer, None, None, (versie,), leveringen)


def _leveringen(random: Random, ingang: date) -> Iterator[Levering]:
    begin = ingang + timedelta(random.randrange(0, 70))
    yield Levering("m", at(begin), begin, None, None, None, None)
    if random.random() < 0.5:
        reden = random.choice(("31", "31", "31", "32", "33", "34", "35", "36", "37", "38", "39", "20"))
        eind = begin + timedelta(random.randrange(20, 300))
        yield Levering("m", at(eind), begin, eind, reden, None, None)


def _claims(random: Random, client: Client) -> Iterator[Claims]:
    for one in client.toewijzingen:
        begin = min((lev.begin for lev in one.leveringen), default=None)
        if begin is None or begin > TOT:
            continue
        assert one.nummer is not None
        months = {(begin + timedelta(30 * n)).replace(day=1) for n in range(random.randrange(1, 9))}
        lines = tuple(_line(random, one, n, month) for n, month in enumerate(sorted(months)) if month <= TOT)
        yield Claims(one.relation, one.nummer, lines)


def _line(random: Random, one: Toewijzing, number: int, month: date) -> Line:
    assert one.current is not None
    end = (month + timedelta(32)).replace(day=1) - timedelta(1)
    claimed = end + timedelta(10)
    outcome = random.choice(("granted", "granted", "granted", "granted", "refused", "claimed"))
    bedrag = random.randrange(20_000, 350_000)
    place = ("m", f"L{number}", "D", month, one.current.categorie or "", "40A12", month, end)
    return Line(*place, bedrag, None, outcome, at(claimed), at(claimed), ())


def _berichten(random: Random) -> Iterator[Berichten]:
    for gemeente in NAMES:
        for aanbieder in AANBIEDERS:
            yield Berichten(f"{gemeente}:{aanbieder}", "JW301", KNOWN, gemeente, aanbieder, outcomes={"accepted": 1})
            for bericht in ("JW301", "JW305", "JW307", "JW323"):
                for month in range(1, 7):
                    afzender, ontvanger = (gemeente, aanbieder) if bericht == "JW301" else (aanbieder, gemeente)
                    outcomes = {"accepted": random.randrange(2, 40), "refused": random.randrange(0, 6)}
                    yield Berichten(
                        f"{gemeente}:{aanbieder}",
                        bericht,
                        date(2026, month, 12),
                        afzender,
                        ontvanger,
                        outcomes=outcomes,
                        rules={"TR018": outcomes["refused"]},
                        refused_by={"hub": outcomes["refused"]},
                        resends=outcomes["refused"] // 2,
                    )


def sums_of(table: Table) -> Iterator[Sum]:
    """Every total of a table with its parts, found without the code under test."""
    for index in range(len(table.dimensions)):
        lines: defaultdict[tuple[str, ...], list[tuple[str, ...]]] = defaultdict(list)
        for place in (cell.place for cell in table.rows):
            lines[(*place[:index], *place[index + 1 :])].append(place)
        for line in lines.values():
            parts, wholes = ([one for one in line if (one[index] == ALL) == is_whole] for is_whole in (False, True))
            if parts and wholes:
                yield Sum(tuple(group_of(table, one) for one in parts), (group_of(table, wholes[0]),))
