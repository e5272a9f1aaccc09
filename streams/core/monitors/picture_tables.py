"""Tables of figures: what they consist of, and how they are counted up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import product

from msgspec import Struct

from streams.core.monitors.picture_texts import TEXTS

ALL = "*"
"""In a dimension: everything together."""
NOT_OF_YOUTHS = -1
Place = tuple[str, ...]
Value = float | int | None


class Cell(Struct, frozen=True):
    """A figure.

    place       a value for each dimension of its table; ALL: all together.
    value       in the table's unit; None when there is none, or when it is hidden.
    youths      how many youths it is made of; NOT_OF_YOUTHS when it is no figure about youths.
    suppressed  whether it is hidden.
    """

    place: Place
    value: Value
    youths: int = NOT_OF_YOUTHS
    suppressed: bool = False


class Table(Struct, frozen=True):
    """Figures of one kind.

    id      of links: a-z, 0-9 and hyphens. title, about (its definition in one sentence) and unit are Dutch.
    figure  what its cells are about; tables with the same figure show the same youths in different ways, and hide
            together. within  dimensions of that figure that are the same for the whole table.
    """

    id: str
    title: str
    about: str
    unit: str
    dimensions: tuple[str, ...]
    rows: tuple[Cell, ...]
    figure: str
    within: Mapping[str, str] = {}

    def cell(self, *place: str) -> Cell:
        """The cell at a place. Raises KeyError."""
        found = next((cell for cell in self.rows if cell.place == place), None)
        if found is None:
            raise KeyError(place)
        return found

    def values(self, dimension: str) -> tuple[str, ...]:
        """The values of a dimension, in the order of the rows."""
        index = self.dimensions.index(dimension)
        return tuple(dict.fromkeys(cell.place[index] for cell in self.rows))


def table(
    id: str,
    dimensions: tuple[str, ...],
    rows: Iterable[Cell],
    figure: str | None = None,
    within: Mapping[str, str] | None = None,
) -> Table:
    """A table with the texts of picture_texts. Without `figure` it is about something that no other table shows."""
    text = TEXTS[id]
    return Table(id, text.title, text.about, text.unit, dimensions, tuple(rows), figure or id, within or {})


class Tally:
    """Gathers amounts at places, with the youths that they are about."""

    def __init__(self) -> None:
        self._youths: defaultdict[Place, set[str]] = defaultdict(set)
        self._count: defaultdict[Place, int] = defaultdict(int)
        self._sum: defaultdict[Place, int] = defaultdict(int)

    def add(self, places: Iterable[Place], youth: str, amount: int = 1) -> None:
        """Add an amount at each of these places."""
        for place in places:
            self._youths[place].add(youth)
            self._count[place] += 1
            self._sum[place] += amount

    def youths(self, place: Place) -> int:
        """How many youths were added at a place."""
        return len(self._youths[place]) if place in self._youths else 0

    def count(self, place: Place) -> int:
        """How often was added at a place."""
        return self._count.get(place, 0)

    def total(self, place: Place) -> int:
        """What was added at a place."""
        return self._sum.get(place, 0)

    def mean(self, place: Place) -> float | None:
        """The average of what was added at a place, with one decimal; None when nothing was."""
        return round(self.total(place) / self.count(place), 1) if self.count(place) else None

    def seen(self, index: int) -> tuple[str, ...]:
        """The values of the dimension with this index at which anything was added, sorted."""
        return tuple(sorted({place[index] for place in self._youths} - {ALL}))

    def cells(self, places: Iterable[Place], value: Callable[[Place], Value] | None = None) -> Iterator[Cell]:
        """A cell for each place: the number of its youths, or another value of it."""
        for place in places:
            youths = self.youths(place)
            yield Cell(place, youths if value is None else value(place), youths)


def scopes(place: Place) -> tuple[Place, ...]:
    """The places that a figure at this place counts for: itself, and all together in each dimension."""
    return tuple(product(*(dict.fromkeys((value, ALL)) for value in place)))


def grid(*dimensions: Sequence[str]) -> tuple[Place, ...]:
    """Every place of these dimensions, with all together last in each of them."""
    return tuple(product(*((*values, ALL) for values in dimensions)))


def share(place: Place, part: Collection[str], whole: Collection[str]) -> Cell:
    """The percentage that a part is of the whole, each thing in them given as `youth|which`.

    A share tells the part, and the rest of the whole with it: it is made of as few youths as the smaller of the two.
    """
    sides = ({one.partition("|")[0] for one in some} for some in (part, set(whole) - set(part)))
    return Cell(place, percentage(len(part), len(whole)), smaller_side(*sides))


def smaller_side(*sides: Collection[str]) -> int:
    """Of how many youths the smallest side is that has any: a figure that sets sides apart is made of so few."""
    return min((len(youths) for youths in sides if youths), default=0)


def percentage(part: float, whole: float | None) -> float | None:
    """Part of whole as a percentage, with one decimal; None when there is no whole."""
    return round(100 * part / whole, 1) if whole else None
