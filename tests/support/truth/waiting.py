"""The waiting list as it must be: every wait, and its figures by counting."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import mean, median
from typing import Any, Literal

from streams.simulating.truth import Verzoek
from tests.support.truth.care import Place, Traject, World, Youth
from tests.support.truth.days import DAY, local

Out = tuple[date, str] | None
Fase = Literal["toewijzing", "start", "totaal"]
FASEN: tuple[Fase, ...] = ("toewijzing", "start", "totaal")
AGES = ((0, 27), (28, 62), (63, 97), (98, 181), (182, 100_000))


@dataclass(frozen=True, eq=False)
class Wait:
    """A wait. `on` is the assignment it is about, if any.

    end   the day on which it came to its end, since at least.
    out   the day on which it was left otherwise, since at least, and why.
    """

    fase: Fase
    youth: Youth
    place: Place
    since: date
    end: date | None
    out: Out
    on: Traject | None
    retroactive: bool
    deleted: bool

    def ended_by(self, day: date) -> bool:
        """Whether what it waited for has come."""
        if self.end is None or self.end > day:
            return False
        return self.out is None or self.end <= self.out[0]

    def left_by(self, day: date) -> bool:
        """Whether it was left otherwise."""
        return self.out is not None and self.out[0] <= day and not self.ended_by(day)

    def waits(self, day: date) -> bool:
        """Whether it still waits."""
        return self.since <= day and not self.ended_by(day) and not self.left_by(day)

    @property
    def days(self) -> int:
        """How long it took until its end."""
        assert self.end is not None
        return (self.end - self.since).days

    def bridged(self, tot: date) -> bool:
        """Whether other care runs on its last day, the last day of the period while it waits."""
        last = tot
        if self.end is not None and self.ended_by(tot):
            last = self.end - DAY
        elif self.out is not None and self.left_by(tot):
            last = self.out[0] - DAY
        return self.youth.runs(last, but=self.on)


def waits_of(world: World) -> list[Wait]:
    """Every wait in the three phases."""
    found: list[Wait] = []
    for youth in world.youths:
        found += [_start(youth, one) for one in youth.toewijzingen if one.received is not None]
        asked = [one for one in youth.verzoeken if one.bericht == "JW315"]
        found += [wait for one in asked for wait in _asked(world, youth, one)]
    return found


def _start(youth: Youth, one: Traject) -> Wait:
    assert one.received is not None
    end, out = _closing(one.received, one.first_begin, [_lapses(one)])
    return Wait("start", youth, one.place, one.received, end, out, one, one.is_retroactive, one.is_deleted)


def _closing(since: date, end: date | None, outs: Iterable[tuple[date, str] | None]) -> tuple[date | None, Out]:
    """An end and the first leaving, those before the wait as on its first day."""
    first = min((max(since, out[0]), out[1]) for out in outs if out) if any(outs) else None
    return None if end is None else max(since, end), first


def _lapses(one: Traject) -> Out:
    """The Einddatum of an assignment on which care did not begin before it."""
    if one.einde is None or (one.first_begin is not None and one.first_begin <= one.einde):
        return None
    return one.einde, "vervallen"


def answering(youth: Youth, verzoek: Verzoek) -> list[Traject]:
    """The assignments that have the reference of a request."""
    return [
        one
        for one in youth.toewijzingen
        if one.place.relation == verzoek.relation
        and any(versie.referentie == verzoek.referentie for versie in one.truth.versies)
    ]


def granted_on(youth: Youth, verzoek: Verzoek) -> Traject | None:
    """The assignment granted on a request, the lowest number of several; a deleted one only when there is no other."""
    return min(answering(youth, verzoek), key=lambda one: (one.is_deleted, one.truth.nummer), default=None)


def told_on(youth: Youth, verzoek: Verzoek) -> date | None:
    """The day on which an assignment with the reference of a request came first."""
    versies = (v for one in answering(youth, verzoek) for v in one.truth.versies if v.referentie == verzoek.referentie)
    return min((local(one.received_at) for one in versies), default=None)


def _asked(world: World, youth: Youth, verzoek: Verzoek) -> Iterable[Wait]:
    place = world.place(verzoek.relation, verzoek.categorie)
    since, granted = local(verzoek.received_at), granted_on(youth, verzoek)
    deleted = granted is not None and granted.is_deleted
    rejections = [(local(one.received_at), "afgewezen") for one in verzoek.antwoorden if one.code == "1"]
    end, out = _closing(since, told_on(youth, verzoek), rejections)
    yield Wait("toewijzing", youth, place, since, end, out, granted, False, deleted)
    lapsed = _lapses(granted) if granted else None
    end, out = _closing(since, granted.first_begin if granted else None, [*rejections, lapsed])
    is_past = granted is not None and granted.is_retroactive
    yield Wait("totaal", youth, place, since, end, out, granted, is_past, deleted)


# --- figures -------------------------------------------------------------------------------------------


def _count(waits: Iterable[Wait]) -> tuple[int, int]:
    some = list(waits)
    return len(some), len({one.youth.name for one in some})


def figures(waits: Sequence[Wait], van: date, tot: date, weeks: Sequence[int]) -> dict[str, Any]:
    """The figures of waits of one phase in a period: pairs are of waits and of youths."""
    known = [one for one in waits if one.since <= tot]
    began = [one for one in known if van <= one.since]
    counting = [one for one in known if not one.deleted and not one.retroactive]
    ended = [one for one in counting if one.end is not None and one.ended_by(tot) and van <= one.end]
    waiting = [one for one in counting if one.waits(tot)]
    bridged = [one for one in (*ended, *waiting) if one.bridged(tot)]
    left = [one for one in counting if one.left_by(tot) and one.out is not None and van <= one.out[0]]
    net_ended, net_waiting = ([one for one in some if one not in bridged] for some in (ended, waiting))
    return {
        "gross": _figures(ended, waiting, tot, weeks),
        "net": _figures(net_ended, net_waiting, tot, weeks),
        "bridged": _count(bridged),
        "rejected": _count(one for one in left if one.out and one.out[1] == "afgewezen"),
        "lapsed": _count(one for one in left if one.out and one.out[1] == "vervallen"),
        "retroactive": _count(one for one in began if one.retroactive and not one.deleted),
        "deleted": _count(one for one in began if one.deleted),
        "survival": survival(counting, tot, weeks),
    }


def _figures(ended: Sequence[Wait], waiting: Sequence[Wait], tot: date, weeks: Sequence[int]) -> dict[str, Any]:
    days = [one.days for one in ended]
    ages = [(one, (tot - one.since).days) for one in waiting]
    return {
        "ended": _count(ended),
        "mean": mean(days) if days else None,
        "median": median(days) if days else None,
        "within": {k: sum(d <= 7 * k for d in days) / len(days) if days else None for k in weeks},
        "stock": _count(waiting),
        "over": {k: _count(one for one, age in ages if age > 7 * k) for k in weeks},
        "by_age": [_count(one for one, age in ages if least <= age <= most) for least, most in AGES],
    }


def survival(waits: Sequence[Wait], tot: date, weeks: Sequence[int]) -> dict[str, Any]:
    """Kaplan-Meier by hand: on each day the share of those still there that end on it is taken off."""
    followed = [_followed(one, tot) for one in waits]
    shares, share, there = {}, 1.0, len(followed)
    longest = max((days for days, _ in followed), default=-1)
    for day in range(longest + 1):
        ends = sum(is_end for days, is_end in followed if days == day)
        share *= 1 - ends / there
        there -= sum(days == day for days, _ in followed)
        shares[day] = share
    return {
        "size": len(followed),
        "ended": sum(is_end for _, is_end in followed),
        "median": next((day for day, left in shares.items() if left <= 0.5 + 1e-9), None),
        "longer": {k: shares.get(7 * k, 0.0 if followed and share < 1e-9 else None) for k in weeks},
    }


def _followed(one: Wait, tot: date) -> tuple[int, bool]:
    """For how many days a wait was seen, and whether it came to its end."""
    if one.ended_by(tot):
        return one.days, True
    if one.left_by(tot):
        assert one.out is not None
        return (one.out[0] - one.since).days, False
    return (tot - one.since).days, False


def coverage(world: World, trajecten: Iterable[tuple[Youth, Traject]], tot: date) -> dict[str, Any]:
    """Of how much of what was assigned the waiting list tells."""
    assigned = [(y, t) for y, t in trajecten if not t.is_deleted and t.received is not None and t.received <= tot]
    return {
        "toewijzingen": (len(assigned), len({youth.name for youth, _ in assigned})),
        "requested": sum(is_requested(youth, traject) for youth, traject in assigned),
        "ahead": sum(not traject.is_retroactive for _, traject in assigned),
    }


def is_requested(youth: Youth, traject: Traject) -> bool:
    """Whether an assignment answers a JW315 that is known."""
    return any(traject in answering(youth, one) for one in youth.verzoeken if one.bericht == "JW315")
