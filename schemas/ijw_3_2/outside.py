"""What lies outside the messages (level 4): the day, the gemeenten, the product codes, the contracts.

All of it is given as data with a validity, never looked up. What is not given is None: then a rule that needs it is
reported as not checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from msgspec import Struct

from schemas.ijw_3_2.structure import codelijst

K = TypeVar("K")
V = TypeVar("V")


class Needs(Struct, frozen=True):
    """A rule could not be checked: what it would need. Never the same as passed."""

    what: str


class NotChecked(Struct, frozen=True):
    """A rule that could not be checked for a message, and what it needs."""

    rule: str
    needs: str


class Validity(Struct, frozen=True):
    """A period, both days included; open at an end that is None."""

    first: date | None = None
    last: date | None = None

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


class GemeenteList(Struct, frozen=True):
    """The codes of all gemeenten (CBS) in a period, and which edition that is."""

    version: str
    validity: Validity
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Gemeenten:
    """Lists of gemeenten, each for its own period."""

    lists: tuple[GemeenteList, ...]

    def knows(self, code: str, day: date) -> bool | None:
        """Whether a gemeente has this code on a day; None when no list is there for it."""
        valid = [one for one in self.lists if one.validity.holds(day)]
        return any(code in one.codes for one in valid) if valid else None


class ProductCode(Struct, frozen=True):
    """A code of the product list, and the Categorie it belongs to."""

    categorie: str
    code: str
    validity: Validity = Validity()


@dataclass(frozen=True, slots=True)
class Producten:
    """The product code list that the parties use."""

    version: str
    codes: tuple[ProductCode, ...]
    _by_pair: Mapping[tuple[str, str], tuple[Validity, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pairs = (((one.categorie, one.code), one.validity) for one in self.codes)
        object.__setattr__(self, "_by_pair", _grouped(pairs))

    def belongs(self, categorie: str, code: str, day: date) -> bool:
        """Whether a code belongs to a Categorie on a day."""
        return any(validity.holds(day) for validity in self._by_pair.get((categorie, code), ()))


class ContractLine(Struct, frozen=True, kw_only=True):
    """What one gemeente and one aanbieder agreed for a product.

    eenheid   the unit it is paid in (WJ756); taak when it is delivered task-based, without assignment.
    tarief    euro cents for one unit; None for what has none (euro, task-based).
    """

    gemeente: str
    aanbieder: str
    categorie: str
    code: str
    eenheid: str
    tarief: int | None = None
    validity: Validity = Validity()


@dataclass(frozen=True, slots=True)
class Contracten:
    """The contracts of all relations."""

    version: str
    lines: tuple[ContractLine, ...]
    _by_product: Mapping[tuple[str, str, str, str], tuple[ContractLine, ...]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        keyed = (((one.gemeente, one.aanbieder, one.categorie, one.code), one) for one in self.lines)
        object.__setattr__(self, "_by_product", _grouped(keyed))

    def of(self, gemeente: str, aanbieder: str, categorie: str, code: str, day: date) -> tuple[ContractLine, ...]:
        """What was agreed for a product on a day; nothing when it is not in the contract."""
        found = self._by_product.get((gemeente, aanbieder, categorie, code), ())
        return tuple(line for line in found if line.validity.holds(day))


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources that a hub was given. None: not given."""

    gemeenten: Gemeenten | None = None
    producten: Producten | None = None
    contracten: Contracten | None = None


def supplied() -> Sources:
    """What comes with this standard: the gemeenten of 2026 (CBS), and nothing else."""
    year = Validity(date(2026, 1, 1), date(2026, 12, 31))
    return Sources(gemeenten=Gemeenten((GemeenteList("2026", year, frozenset(codelijst("CBS"))),)))


def _grouped(pairs: Iterable[tuple[K, V]]) -> Mapping[K, tuple[V, ...]]:
    grouped: dict[K, list[V]] = {}
    for key, value in pairs:
        grouped.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in grouped.items()}
