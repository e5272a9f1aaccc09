"""The waiting list in figures: how long waits lasted, who still waits, and of how many this is known. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from statistics import fmean, median

from msgspec import Struct

from streams.core.monitors.survival import Survival, survival
from streams.core.monitors.trajecten import File, Traject
from streams.core.monitors.waiting import Fase, Item, Leaving
from streams.core.regions import Region

AGES: Mapping[str, tuple[int, int | None]] = {
    "0–27": (0, 27),
    "28–62": (28, 62),
    "63–97": (63, 97),
    "98–181": (98, 181),
    "182+": (182, None),
}
"""The classes of the stock by age: first and last day, None without a last."""


class Count(Struct, frozen=True):
    """How many items, and how many youths they are of (for suppression)."""

    items: int
    youths: int


class Figures(Struct, frozen=True, kw_only=True):
    """Figures of waits with a waiting time.

    ended   those that ended in the period; mean and median: of their waits, in days; None when there are none.
    within  per norm in weeks: the share (0-1) of those that met it; None when there are none.
    stock   those that still wait on the last day of the period; over: per norm, those that wait longer than it.
    by_age  the stock by class of age (AGES).
    """

    ended: Count
    mean: float | None
    median: float | None
    within: Mapping[int, float | None]
    stock: Count
    over: Mapping[int, Count]
    by_age: Mapping[str, Count]


class Waiting(Struct, frozen=True, kw_only=True):
    """The waiting list of one selection in one period.

    gross        of all; net: of those that no other care bridges.
    bridged      those in gross (ended or still waiting) that are not in net.
    rejected     those that left as afgewezen in the period; lapsed: as vervallen.
    retroactive  those that began in the period with terugwerkende kracht; deleted: those that began in it and count
                 as never made. Both stand in no other figure.
    survival     of all waits up to the last day, whenever they began.
    """

    gross: Figures
    net: Figures
    bridged: Count
    rejected: Count
    lapsed: Count
    retroactive: Count
    deleted: Count
    survival: Survival


class Coverage(Struct, frozen=True, kw_only=True):
    """How much of what was assigned the waiting list tells about.

    toewijzingen  received up to the day and not deleted; requested: those that answer a known JW315; ahead: those that
                  are not with terugwerkende kracht.
    """

    toewijzingen: Count
    requested: int
    ahead: int

    def share(self, fase: Fase) -> float | None:
        """The share (0-1) that phase toewijzing or start covers; for totaal as for toewijzing. None without any."""
        covered = self.ahead if fase == "start" else self.requested
        return covered / self.toewijzingen.items if self.toewijzingen.items else None


def weeks_for(region: Region, segment: str, fase: Fase) -> tuple[int, ...]:
    """The norms in weeks of one phase; segment "*" for those of all segments together."""
    norms = region.norms_for(segment)
    return {"toewijzing": norms.toewijzing, "start": norms.start, "totaal": norms.totaal}[fase]


def summary(items: Iterable[Item], van: date, tot: date, weeks: Sequence[int]) -> Waiting:
    """The figures of these items, which are of one phase, in [van, tot].

    Net figures are right when `tot` is the peildatum of the items; gross ones for any `tot` up to it.
    """
    chosen = tuple(items)
    ended = [one for one in chosen if one.end is not None and van <= one.end and one.state(tot) == "ended"]
    stock = [one for one in chosen if one.waits(tot)]
    left = [one for one in chosen if one.left is not None and van <= one.left and one.state(tot) == "left"]
    return Waiting(
        gross=_figures(ended, stock, tot, weeks),
        net=_figures([one for one in ended if not one.bridged], [one for one in stock if not one.bridged], tot, weeks),
        bridged=_count(one for one in (*ended, *stock) if one.bridged),
        rejected=_left_as(left, "afgewezen"),
        lapsed=_left_as(left, "vervallen"),
        retroactive=_count(one for one in chosen if van <= one.begin <= tot and one.state(tot) == "retroactive"),
        deleted=_count(one for one in chosen if van <= one.begin <= tot and one.state(tot) == "deleted"),
        survival=_survival(chosen, tot, weeks),
    )


def coverage(files: Iterable[File], tot: date, chosen: Callable[[Traject], bool] = lambda _: True) -> Coverage:
    """How much the waiting list covers, of the toewijzingen received by `tot` that are chosen."""
    told = [_told(file, one) for file in files for one in file.toewijzingen if _is_received(one, tot) and chosen(one)]
    return Coverage(
        toewijzingen=Count(len(told), len({youth for youth, _, _ in told})),
        requested=sum(requested for _, requested, _ in told),
        ahead=sum(ahead for _, _, ahead in told),
    )


def _is_received(traject: Traject, tot: date) -> bool:
    return traject.received is not None and traject.received <= tot


def _told(file: File, traject: Traject) -> tuple[str, bool, bool]:
    references = {one.referentie for one in traject.toewijzing.versies}
    requested = any(
        one.bericht == "JW315" and one.relation == traject.relation and one.referentie in references
        for one in file.verzoeken
    )
    return file.youth, requested, not traject.is_retroactive


def _figures(ended: Sequence[Item], stock: Sequence[Item], tot: date, weeks: Sequence[int]) -> Figures:
    waits = [one.wait for one in ended if one.wait is not None]
    return Figures(
        ended=_count(ended),
        mean=fmean(waits) if waits else None,
        median=median(waits) if waits else None,
        within={norm: sum(wait <= 7 * norm for wait in waits) / len(waits) if waits else None for norm in weeks},
        stock=_count(stock),
        over={norm: _count(one for one in stock if one.age(tot) > 7 * norm) for norm in weeks},
        by_age={name: _count(one for one in stock if _is_aged(one.age(tot), *ages)) for name, ages in AGES.items()},
    )


def _is_aged(age: int, first: int, last: int | None) -> bool:
    return first <= age and (last is None or age <= last)


def _left_as(left: Iterable[Item], how: Leaving) -> Count:
    return _count(one for one in left if one.left_as == how)


def _count(items: Iterable[Item]) -> Count:
    youths = [one.youth for one in items]
    return Count(len(youths), len(set(youths)))


def _survival(items: Iterable[Item], tot: date, weeks: Sequence[int]) -> Survival:
    ended, censored = list[int](), list[int]()
    for one in items:
        match one.state(tot):
            case "ended" if one.wait is not None:
                ended.append(one.wait)
            case "left" if one.left is not None:
                censored.append((one.left - one.begin).days)
            case "waiting" if one.begin <= tot:
                censored.append(one.age(tot))
    return survival(ended, censored, weeks)
