"""The pools that messages are picked from: so small that they keep meeting each other."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from functools import cache
from typing import Any, TypeVar

import msgspec
from lxml import etree

from schemas.ijw_3_2.berichten import basis, jw301, jw323
from schemas.ijw_3_2.reading import Message, Schemas
from tests.support.cases import MESSAGES

T = TypeVar("T")

GEMEENTE, AANBIEDER = "0392", "65656001"
BSNS = ("999922038", "999922063")
NUMBERS = (1, 2, 3, 4)
REFERENCES = tuple(f"R{number}" for number in range(1, 9))
CLAIM_LINES = tuple(f"P{number}" for number in range(1, 25))
UNITS = {"45A04": "04", "45A53": "82", "41A11": "83"}
HOURS = basis.Product(Categorie="45", Code="45A04")
OUTPUT = basis.Product(Categorie="45", Code="45A53")
EUROS = basis.Product(Categorie="41", Code="41A11")
ASPECIFIC = basis.Product(Categorie="54")
PRODUCTS = (HOURS, OUTPUT, EUROS, ASPECIFIC, None)
DECIDED = (date(2026, 3, 20), date(2026, 3, 25), date(2026, 3, 30))
BEGINS = (date(2026, 4, 1), date(2026, 4, 15), date(2026, 5, 1))
ENDS = (date(2026, 7, 31), date(2026, 6, 20), date(2026, 5, 31), date(2026, 5, 2))
MONTHS = (date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1))
KINDS = ("JW301", "JW305", "JW307", "JW323", "JW317", "JW315", "JW319")
DATED = {
    "JW301": (date(2026, 3, 31),),
    "JW315": (date(2026, 3, 10),),
    "JW317": (date(2026, 4, 20), date(2026, 6, 10)),
    "JW319": (date(2026, 4, 25),),
}
SELDOM = (False,) * 9 + (True,)
AUGUST = (date(2026, 8, 10),)


@cache
def base(name: str) -> Any:
    """The base message of the cases, of which header and client are taken over."""
    message = Schemas().read((MESSAGES / f"{name}.xml").read_bytes())
    assert isinstance(message, Message)
    return message.bericht


def as_read(name: str, bericht: Any) -> Message:
    """The message as if it had been read; nothing on levels 2 and 3 looks at its XML."""
    return Message(name, bericht, etree.Element("Bericht"))


def changed(struct: T, **fields: Any) -> T:
    """A copy with other values."""
    return msgspec.structs.replace(struct, **fields)  # type: ignore[type-var]


def whole(month: date) -> basis.GeslotenPeriode:
    """A calendar month."""
    return basis.GeslotenPeriode(Begindatum=month, Einddatum=month.replace(day=monthrange(month.year, month.month)[1]))


def signed(line: jw323.Prestatie) -> int:
    """What a line adds to the total of its claim."""
    return line.IngediendBedrag.Bedrag * (1 if line.IngediendBedrag.DebetCredit == "D" else -1)


def overlaps(period: basis.GeslotenPeriode, known: jw301.ToegewezenProduct) -> bool:
    """Whether a period and an assignment have a day in common."""
    return known.Ingangsdatum <= period.Einddatum and (known.Einddatum or date.max) >= period.Begindatum
