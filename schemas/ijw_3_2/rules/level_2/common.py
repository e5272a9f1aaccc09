"""Ideas that several rules of level 2 share."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator
from datetime import MINYEAR, date
from functools import lru_cache
from itertools import chain
from typing import TypeVar

from msgspec import Struct

from schemas.ijw_3_2.berichten import Bericht, basis, jw301, jw305, jw307, jw315, jw317, jw319, jw323, jw325

AnyHeader = (
    jw301.Header
    | jw305.Header
    | jw307.Header
    | jw315.Header
    | jw317.Header
    | jw319.Header
    | jw323.Header
    | jw325.Header
)
"""The headers of all messages but the return messages, which have no rules."""

Person = jw301.Client | jw301.Relatie | jw305.Client | jw307.Client | jw315.Client
"""The classes with a Geboortedatum."""

ProductLine = jw301.ToegewezenProduct | jw315.AangevraagdProduct | jw317.NieuwProduct
"""The classes that grant or ask for a Product."""

AnyProductLine = ProductLine | jw317.TeWijzigenProduct
"""The same with TeWijzigenProduct, whose Product is that of its assignment."""

Prestatie = jw323.Prestatie | jw325.Prestatie
"""A line of a claim, and the same line in the answer."""

LAST_OF_2020 = date(2020, 12, 31)

S = TypeVar("S", bound=Struct)
L = TypeVar("L", jw301.ToegewezenProduct, jw315.AangevraagdProduct, jw317.NieuwProduct)


# --- dates -----------------------------------------------------------------------------------------


def dagtekening(bericht: Bericht) -> date:
    """The Dagtekening in the header."""
    return bericht.Header.BerichtIdentificatie.Dagtekening


@lru_cache(maxsize=1024)
def years_before(day: date, years: int) -> date:
    """The same day some years earlier; the last of February when that year has no 29 February."""
    year = max(day.year - years, MINYEAR)
    return date(year, day.month, min(day.day, last_day(year, day.month)))


def last_day(year: int, month: int) -> int:
    """The number of the last day of a month."""
    return monthrange(year, month)[1]


def begin(line: AnyProductLine) -> date:
    """The first day of the period of a product."""
    if isinstance(line, jw301.ToegewezenProduct):
        return line.Ingangsdatum
    return line.ToewijzingIngangsdatum if isinstance(line, jw315.AangevraagdProduct) else line.GewensteIngangsdatum


def end(line: AnyProductLine) -> date | None:
    """The last day of the period of a product; None when it is open."""
    return line.ToewijzingEinddatum if isinstance(line, jw315.AangevraagdProduct) else line.Einddatum


def ends_before_2021(line: AnyProductLine) -> bool:
    """Whether a product ended while the rules of before 2021 held."""
    last = end(line)
    return last is not None and last <= LAST_OF_2020


# --- sets ------------------------------------------------------------------------------------------


def repeated(members: Iterable[S], key: Callable[[S], object]) -> list[S]:
    """The members whose key stands at an earlier member too."""
    seen: set[object] = set()
    later: list[S] = []
    for member in members:
        known = len(seen)
        seen.add(key(member))
        if len(seen) == known:
            later.append(member)
    return later


def overlapping(lines: Iterable[L]) -> list[L]:
    """The lines that begin while an earlier begun line for the same product runs; both days included.

    Lines are for the same product when they have the same Code; when one has no Code, the same Categorie;
    when one has no Product, always. A line is not compared with every other line, as a message may hold
    50,000 of them, but with the latest end of those it clashes with.
    """
    later: list[L] = []
    until: dict[object, date] = {}
    for line in sorted(lines, key=begin):
        first, last = begin(line), end(line) or date.max
        if max([until.get(name, date.min) for name in _clashes_with(line.Product)]) >= first:
            later.append(line)
        for name in _names(line.Product):
            if until.get(name, date.min) < last:
                until[name] = last
    return later


@lru_cache(maxsize=4096)
def _names(product: basis.Product | None) -> tuple[object, ...]:
    """What a product is to the others."""
    if product is None:
        return ("any", "no Product")
    if product.Code is None:
        return ("any", ("Categorie", product.Categorie), ("no Code", product.Categorie))
    return ("any", ("Categorie", product.Categorie), ("Code", product.Code))


@lru_cache(maxsize=4096)
def _clashes_with(product: basis.Product | None) -> tuple[object, ...]:
    """Which of the others are the same product."""
    if product is None:
        return ("any",)
    if product.Code is None:
        return ("no Product", ("Categorie", product.Categorie))
    return ("no Product", ("no Code", product.Categorie), ("Code", product.Code))


# --- claims ----------------------------------------------------------------------------------------


def prestaties(declaratie: jw323.Declaratie) -> Iterator[jw323.Prestatie]:
    """All Prestaties of a claim, whatever their Client."""
    return chain.from_iterable(client.Prestaties for client in declaratie.Clienten)


def signed(amount: int, debet_credit: str) -> int:
    """An amount as a number: debit counts up, credit counts down."""
    return amount if debet_credit == "D" else -amount


def total(clienten: Iterable[jw323.Client | jw325.Client]) -> int:
    """The signed sum of IngediendBedrag over all Prestaties."""
    amounts = [prestatie.IngediendBedrag for client in clienten for prestatie in client.Prestaties]
    return sum([signed(amount.Bedrag, amount.DebetCredit) for amount in amounts])
