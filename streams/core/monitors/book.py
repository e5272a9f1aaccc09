"""The ledger of terms, one by one: what is at risk or breached, chosen by whoever may see it, and in sums. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import date, datetime
from typing import NamedTuple, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from streams.core.monitors.deadlines import Duty, Ledger, Obligation, State, ledger, obligations
from streams.core.monitors.deadlines_terms import Rule
from streams.core.monitors.rows import Rows
from streams.core.monitors.sight import Sight, made_of
from streams.core.monitors.trajecten import File
from streams.core.regions import Monitoring
from streams.core.workdays import local_day

ASKING: Mapping[str, str] = {"OP274": "JW315", "OP346": "JW317", "OP359": "JW315"}
"""By rule about a request, the type of the message that asked."""
ASSIGNING = "JW301"

Sums = Mapping[tuple[Rule, str, State], int]
"""How many terms, by rule, the code of who is responsible, and state."""

One = TypeVar("One", Duty, Obligation)


class Book(Struct, frozen=True):
    """All terms on one day.

    listed    those known one by one, soonest due first.
    answered  messages that were answered or cannot be, which are only counted.
    """

    day: date
    listed: tuple[Obligation, ...]
    answered: Ledger


class Wanted(Struct, frozen=True, kw_only=True):
    """Which terms are wanted; None: whichever. responsible, gemeente and aanbieder are codes (CBS or AGB)."""

    states: frozenset[State] | None = None
    rules: frozenset[Rule] | None = None
    responsible: str | None = None
    gemeente: str | None = None
    aanbieder: str | None = None

    def takes(self, one: Duty | Obligation) -> bool:
        """Whether a term is wanted, whatever its state."""
        gemeente, _, aanbieder = one.relation.partition(":")
        return (
            (self.rules is None or one.rule in self.rules)
            and self.responsible in (None, one.responsible)
            and self.gemeente in (None, gemeente)
            and self.aanbieder in (None, aanbieder)
        )

    def has(self, state: State) -> bool:
        """Whether a state is wanted."""
        return self.states is None or state in self.states


class Chosen(NamedTuple):
    """What was wanted and may be seen: terms soonest due first, and sums, with answered messages in them too."""

    terms: tuple[Obligation, ...]
    sums: Sums


class Asked(NamedTuple):
    """What asked for a term about care: the relation, the type of the message, and its number or reference."""

    relation: str
    bericht: str
    reference: str


def book(files: Sequence[File], rows: Rows, now: datetime, monitoring: Monitoring) -> Book:
    """All terms as they stand at the end of the Dutch day of `now` (with time zone)."""
    listed = sorted(obligations(files, rows, now, monitoring), key=_due)
    answered = Rows(berichten=tuple(replace(row, awaited={}) for row in rows.berichten))
    return Book(local_day(now), tuple(listed), ledger((), answered, now, monitoring))


def _due(one: Obligation) -> tuple[date, str, str, str, str, date]:
    return one.due, one.relation, one.rule, one.what, one.reference, one.opened_at


def chosen(some: Book, wanted: Wanted, sight: Sight) -> Chosen:
    """What somebody with this sight gets of what is wanted."""
    terms = tuple(one for one in _seen(some.listed, wanted, sight) if wanted.has(one.state))
    sums = Counter((one.rule, one.responsible, one.state) for one in terms)
    for duty in _seen(some.answered, wanted, sight):
        for state, count in some.answered[duty].items():
            sums[duty.rule, duty.responsible, state] += count if wanted.has(state) else 0
    return Chosen(terms, {place: sums[place] for place in sorted(sums) if sums[place]})


def _seen(some: Iterable[One], wanted: Wanted, sight: Sight) -> Iterator[One]:
    known: dict[tuple[str, str], bool] = {}
    for one in some:
        if wanted.takes(one):
            place = (one.relation, one.what)
            if place not in known:
                known[place] = sight.sees(one.relation, made_of(one.what))
            if known[place]:
                yield one


# --- the messages behind terms ---------------------------------------------------------------------


def messages_of(terms: Iterable[Obligation], files: Iterable[File]) -> Mapping[Obligation, str]:
    """The id of the message that awaits its answer, or that asked for the care: a request, or the last assignment.

    Left out is what no message here asked for, and what messages of more than one youth could have.
    """
    some = list(terms)
    found = _asking({place for one in some if (place := asked(one)) is not None}, files)
    answering = {one: one.reference for one in some if asked(one) is None}
    return answering | {one: id for one in some if (place := asked(one)) and (id := found.get(place)) is not None}


def asked(one: Obligation) -> Asked | None:
    """What asked for a term about care; None for one of a message, whose id is its reference."""
    if one.rule in ("OP090", "OP090x4"):
        return None
    return Asked(one.relation, ASKING.get(one.rule, ASSIGNING), one.reference)


def _asking(places: Set[Asked], files: Iterable[File]) -> Mapping[Asked, str | None]:
    found: dict[Asked, str | None] = {}
    for file in files if places else ():
        for place, message in _messages(file):
            if place in places:
                found[place] = None if found.get(place, message) != message else message
    return found


def _messages(file: File) -> Iterator[tuple[Asked, str]]:
    for verzoek in file.verzoeken:
        yield Asked(verzoek.relation, verzoek.bericht, verzoek.referentie), verzoek.message
    for one in file.client.toewijzingen:
        if one.current is not None and one.nummer is not None:
            yield Asked(one.relation, ASSIGNING, str(one.nummer)), one.current.message
