"""The region picture as it must be: the value of each cell of its tables, by table and place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property
from statistics import mean
from typing import Any

from streams.core.regions import Region
from tests.support.truth import burden, claiming, discontinuity, waiting
from tests.support.truth.care import Place, Traject, World, Youth
from tests.support.truth.days import DAY, each_day, last_of_month, local

ALL = "*"
STAY = ("43", "44")
AGES = {f"{least}–{most}" if most < 1000 else f"{least}+": (least, most) for least, most in waiting.AGES}
AGES[ALL] = (0, 100_000)
Value = float | int | None
Chosen = Callable[[Place], bool]


@dataclass(eq=False)
class View:
    """A region in a period."""

    world: World
    region: Region
    van: date
    tot: date

    def where(self, gemeente: str = ALL, segment: str = ALL, aanbieder: str = ALL) -> Chosen:
        """What lies in the region, and in these parts of it."""
        wanted = {"gemeente": gemeente, "segment": segment, "aanbieder": aanbieder}
        named = {name: value for name, value in wanted.items() if value != ALL}

        def chosen(place: Place) -> bool:
            return place.region == self.region.id and all(getattr(place, n) == value for n, value in named.items())

        return chosen

    def of(self, van: date, tot: date) -> View:
        """The same region in another period."""
        return View(self.world, self.region, van, tot)

    @cached_property
    def waits(self) -> list[waiting.Wait]:
        """Every wait."""
        return waiting.waits_of(self.world)

    @cached_property
    def lines(self) -> list[claiming.Line]:
        """Every claim line."""
        return claiming.lines(self.world)

    @cached_property
    def ends(self) -> list[discontinuity.End]:
        """The ends in the period."""
        return discontinuity.ends(self.world, self.van, self.tot)

    @cached_property
    def returns(self) -> list[discontinuity.End]:
        """The ends in the period after which a youth came back."""
        return [one[0].end for one in discontinuity.returns(self.world, self.van, self.tot)]

    @cached_property
    def late(self) -> Any:
        """What came late."""
        return burden.late(self.world)


# --- in care, come and gone ----------------------------------------------------------------------------


def _each(view: View, chosen: Chosen) -> Iterable[tuple[Youth, list[Traject]]]:
    """Youths with their trajecten at a place; other care is as if it were not there."""
    for youth in view.world.youths:
        trajecten = [one for one in youth.trajecten if chosen(one.place)]
        if trajecten:
            yield youth, trajecten


def _any_in_care(trajecten: Iterable[Traject], van: date, tot: date) -> bool:
    return any(day in one.in_care for one in trajecten for day in each_day(van, tot))


def in_care(view: View, chosen: Chosen) -> int:
    """Jeugdigen in zorg on any day of the period."""
    return sum(_any_in_care(trajecten, view.van, view.tot) for _, trajecten in _each(view, chosen))


def stock(view: View, chosen: Chosen) -> int:
    """Jeugdigen in zorg on its last day."""
    return sum(_any_in_care(trajecten, view.tot, view.tot) for _, trajecten in _each(view, chosen))


def inflow(view: View, chosen: Chosen) -> int:
    """Youths who came in."""

    def came(trajecten: list[Traject]) -> bool:
        begins = [one.first_begin for one in trajecten if one.first_begin and view.van <= one.first_begin <= view.tot]
        return any(not _any_in_care(trajecten, begin - timedelta(31), begin - DAY) for begin in begins)

    return sum(came(trajecten) for _, trajecten in _each(view, chosen))


def outflow(view: View, chosen: Chosen) -> int:
    """Youths who left."""

    def left(trajecten: list[Traject]) -> bool:
        lasts = [one.ended(view.tot + DAY) for one in trajecten]
        ended = any(view.van - DAY <= end[0] <= view.tot for end in lasts if end is not None)
        was = _any_in_care(trajecten, view.van - DAY, view.tot)
        return ended and was and not _any_in_care(trajecten, view.tot, view.tot)

    return sum(left(trajecten) for _, trajecten in _each(view, chosen))


def _with_stay(view: View, count: Callable[[View, Chosen], int], gemeente: str) -> int:
    """A count of which only trajecten with stay are looked at, whatever the region calls its segments."""
    youths = []
    for one in view.world.youths:
        stays = [traject for traject in one.toewijzingen if traject.truth.categorie in STAY]
        youths.append(Youth(one.name, one.geboren, stays, one.verzoeken, one.regels))
    world = World(view.world.truth, view.world.monitoring, youths)
    return count(View(world, view.region, view.van, view.tot), view.where(gemeente))


def share_of_residents(view: View, gemeente: str) -> Value:
    """Youths in care ÷ residents, in percent."""
    gemeenten = view.region.gemeenten if gemeente == ALL else (gemeente,)
    known = [view.world.monitoring.population.get(code, {}).get(view.tot.year) for code in gemeenten]
    residents = None if None in known else sum(number or 0 for number in known)
    return _percent(in_care(view, view.where(gemeente)), residents)


# --- ends ----------------------------------------------------------------------------------------------


def duration(view: View, chosen: Chosen) -> Value:
    """Average days of trajecten that ended in the period."""
    days = []
    for _, one in view.world.trajecten:
        end, begin = one.ended(view.tot + DAY), one.first_begin
        if chosen(one.place) and end is not None and begin is not None and view.van <= end[0] <= view.tot:
            days.append((end[0] - begin).days + 1)
    return round(mean(days), 1) if days else None


def ends(view: View, reden: str, chosen: Chosen) -> int:
    """Ends by reason."""
    return sum(reden in (ALL, end.reden) for end in view.ends if chosen(end.traject.place))


def ends_coarsely(view: View, how: str, chosen: Chosen) -> int:
    """Ends as planned (31), early, or otherwise."""
    early = sum(ends(view, reden, chosen) for reden in ("32", "33", "34", "35"))
    rest = ends(view, ALL, chosen) - early - ends(view, "31", chosen)
    return {"voortijdig": early, "overig": rest}[how] if how in ("voortijdig", "overig") else ends(view, how, chosen)


def returned(view: View, chosen: Chosen) -> Value:
    """Returns ÷ ends after which one can return, in percent."""
    whole = sum("31" <= end.reden <= "35" for end in view.ends if chosen(end.traject.place))
    return _percent(sum(chosen(end.traject.place) for end in view.returns), whole)


def turning(view: View, gemeente: str, without: bool | None) -> int:
    """Youths of 17½; with or without a successor."""
    found = discontinuity.seventeen_and_a_half(view.world, view.tot)
    chosen = view.where(gemeente)
    return len({youth.name for youth, one, lacks in found if chosen(one.place) and without in (None, lacks)})


def turned(view: View, gemeente: str) -> int:
    """Youths who turned 18 without a successor."""
    chosen = view.where(gemeente)
    found = discontinuity.eighteen(view.world, view.van, view.tot)
    return len({youth.name for youth, one in found if chosen(one.place)})


# --- waiting, money, messages --------------------------------------------------------------------------


def waits(view: View, fase: str, chosen: Chosen, weeks: tuple[int, ...] = ()) -> dict[str, Any]:
    """The waiting list at a place."""
    some = [one for one in view.waits if one.fase == fase and chosen(one.place)]
    return waiting.figures(some, view.van, view.tot, weeks)


def waiting_now(
    view: View, fase: str, chosen: Chosen, bridged: bool | None = None, age: tuple[int, int] = AGES[ALL]
) -> int:
    """Waits on the last day; those that other care bridges, or does not, and those of an age in days."""
    some = [one for one in view.waits if one.fase == fase and chosen(one.place) and one.waits(view.tot)]
    counting = [one for one in some if not one.deleted and not one.retroactive]
    aged = [one for one in counting if age[0] <= (view.tot - one.since).days <= age[1]]
    return sum(bridged in (None, one.bridged(view.tot)) for one in aged)


def by_norm(view: View, fase: str, weken: str, segment: str) -> dict[str, Any]:
    """What a norm of so many weeks makes of the waits of a segment."""
    weeks = int(weken)
    figures = waits(view, fase, view.where(segment=segment), (weeks,))
    within, longer = figures["gross"]["within"][weeks], figures["survival"]["longer"][weeks]
    return {"within": _share(within), "over": figures["gross"]["over"][weeks][0], "longer": _share(longer)}


def _share(value: float | None) -> Value:
    return None if value is None else round(100 * value, 1)


def _days(value: float | None) -> Value:
    return None if value is None else round(value, 1)


def outside(view: View, fase: str, why: str) -> int:
    """Waits without a waiting time."""
    found = waits(view, fase, view.where())
    names = {"afgewezen": "rejected", "vervallen": "lapsed", "terugwerkend": "retroactive", "verwijderd": "deleted"}
    number: int = found[names[why]][0]
    return number


def costs(view: View, chosen: Chosen) -> dict[str, int]:
    """What care cost in the period."""
    return claiming.costs((one for one in view.lines if chosen(one.place)), view.van, view.tot)


def costs_earlier(view: View, chosen: Chosen) -> dict[str, int] | None:
    """What care cost a year earlier; None when that began before the first message of the region."""
    then = view.of(*(day.replace(year=day.year - 1) for day in (view.van, view.tot)))
    days = (local(one.received_at) for one in view.world.truth.berichten if _is_of(view, one.relation))
    return costs(then, chosen) if min(days) <= then.van else None


def _is_of(view: View, relation: str | None) -> bool:
    return relation is not None and relation.partition(":")[0] in view.region.gemeenten


def _per(some: Mapping[str, int] | None) -> Value:
    return round(some["cents"] / some["trajecten"]) if some and some["trajecten"] else None


def referrers(view: View, kind: str, gemeente: str) -> int:
    """Requested products by type of referrer, and assignments that nobody requested."""
    chosen = view.where(gemeente)
    requested, unasked = 0, 0
    for youth in view.world.youths:
        for one in youth.verzoeken:
            here = one.bericht == "JW315" and chosen(view.world.place(one.relation, one.categorie))
            requested += here and _within(view, local(one.received_at)) and kind in (ALL, one.verwijzer or "onbekend")
        for traject in youth.toewijzingen:
            here = chosen(traject.place) and not traject.is_deleted and _within(view, traject.received)
            unasked += here and not waiting.is_requested(youth, traject)
    if kind == "zonder verzoek":
        return unasked
    return requested + unasked if kind == ALL else requested


def _within(view: View, day: date | None) -> bool:
    return day is not None and view.van <= day <= view.tot


@cache
def messages(view: View, gemeente: str = ALL, aanbieder: str = ALL) -> dict[str, Any]:
    """The burden of a part of the region."""

    def here(relation: str) -> bool:
        one, _, other = relation.partition(":")
        return one in view.region.gemeenten and gemeente in (ALL, one) and aanbieder in (ALL, other)

    found = burden.offered(view.world, view.van, view.tot)
    counts = burden.counts((one for one in found if here(one.relation or "")), view.late)
    trajecten = discontinuity.trajecten_in_care(view.world, view.van, view.tot)
    return {**counts, "trajecten": sum(number for relation, number in trajecten.items() if here(relation))}


def messages_per_traject(counts: Mapping[str, Any]) -> Value:
    """Messages for each traject."""
    return round(counts["messages"] / counts["trajecten"], 1) if counts["trajecten"] else None


def first_time_right(counts: Mapping[str, Any]) -> Value:
    """What was right the first time, in percent."""
    return _percent(counts["right"], counts["firsts"])


def rework(view: View, kind: str, gemeente: str) -> Value:
    """Hours of rework by kind."""
    return _hours(_minutes(view, messages(view, gemeente), kind))


def rework_of(view: View, party: str) -> Value:
    """Hours of rework that the messages of a sender brought."""
    return _hours(_minutes(view, _of(view, lambda one: one.afzender == party), ALL))


def by_contract_form(view: View, form: str) -> dict[str, Any]:
    """The burden of aanbieders with this contract form."""
    forms = view.world.monitoring.contract_forms
    return _of(view, lambda one: form in (ALL, forms.get((one.relation or "").partition(":")[2], "onbekend")))


def rework_per_message(view: View, form: str) -> Value:
    """Minutes of rework for each message."""
    counts = by_contract_form(view, form)
    return round(_minutes(view, counts, ALL) / counts["messages"], 1) if counts["messages"] else None


def _of(view: View, chosen: Callable[[Any], bool]) -> dict[str, Any]:
    found = burden.offered(view.world, view.van, view.tot)
    here = (one for one in found if (one.relation or "").partition(":")[0] in view.region.gemeenten)
    return burden.counts((one for one in here if chosen(one)), view.late)


def _hours(minutes: float) -> float:
    return round(minutes / 60, 1)


def _minutes(view: View, counts: Mapping[str, Any], kind: str) -> float:
    """Nothing is done by hand in a simulated region, so of that no more is seen here."""
    prices = view.world.monitoring.rework
    minutes = {
        "refusal": sum(counts["refused_by"].values()) * prices.refusal,
        "correction": sum(counts["corrections"].values()) * prices.correction,
        "resend": counts["resends"] * prices.resend,
        "duplicate": counts["duplicates"] * prices.duplicate,
        "late": sum(counts["late"].values()) * prices.late,
        "manual": 0,
    }
    return float(sum(minutes.values()) if kind == ALL else minutes[kind])


def _percent(part: int, whole: int | None) -> Value:
    return round(100 * part / whole, 1) if whole else None


def _month(view: View, month: str) -> View:
    """One calendar month, as far as it lies in the period."""
    first = date.fromisoformat(f"{month}-01")
    return view.of(max(first, view.van), min(last_of_month(first), view.tot))


def costs_of_month(view: View, month: str) -> int:
    """What care of a month cost."""
    return costs(view if month == ALL else _month(view, month), view.where())["cents"]


# --- the cells -----------------------------------------------------------------------------------------

Cell = Callable[..., Value]
CELLS: Mapping[str, Cell] = {
    "in-zorg": lambda s, g, seg: in_care(s, s.where(g, seg)),
    "stand": lambda s, g, seg: stock(s, s.where(g, seg)),
    "instroom": lambda s, g, seg: inflow(s, s.where(g, seg)),
    "uitstroom": lambda s, g, seg: outflow(s, s.where(g, seg)),
    "in-zorg-aanbieder": lambda s, a: in_care(s, s.where(aanbieder=a)),
    "instroom-aanbieder": lambda s, a: inflow(s, s.where(aanbieder=a)),
    "uitstroom-aanbieder": lambda s, a: outflow(s, s.where(aanbieder=a)),
    "stand-maand": lambda s, m: stock(_month(s, m), s.where()),
    "instroom-maand": lambda s, m: inflow(_month(s, m), s.where()),
    "uitstroom-maand": lambda s, m: outflow(_month(s, m), s.where()),
    "verblijf": lambda s, g: _with_stay(s, in_care, g),
    "verblijf-nieuw": lambda s, g: _with_stay(s, inflow, g),
    "aandeel": share_of_residents,
    "doorlooptijd": lambda s, g, seg: duration(s, s.where(g, seg)),
    "beeindiging": lambda s, r, g: ends(s, r, s.where(g)),
    "einde": lambda s, r, g: ends_coarsely(s, r, s.where(g)),
    "beeindiging-segment": lambda s, r, seg: ends(s, r, s.where(segment=seg)),
    "terugkeer": lambda s, g, seg: returned(s, s.where(g, seg)),
    "wachtenden": lambda s, f, g, seg: waiting_now(s, f, s.where(g, seg)),
    "wachtenden-netto": lambda s, f, g, seg: waiting_now(s, f, s.where(g, seg), bridged=False),
    "wachtenden-overbrugd": lambda s, f, g, seg: waiting_now(s, f, s.where(g, seg), bridged=True),
    "wachtduur": lambda s, f, age: waiting_now(s, f, s.where(), age=AGES[age]),
    "wachtenden-aanbieder": lambda s, f, a: waiting_now(s, f, s.where(aanbieder=a)),
    "buiten-wachttijd": outside,
    "wachttijd": lambda s, f, g, seg: _days(waits(s, f, s.where(g, seg))["gross"]["mean"]),
    "wachttijd-netto": lambda s, f, g, seg: _days(waits(s, f, s.where(g, seg))["net"]["mean"]),
    "wachttijd-mediaan": lambda s, f, g, seg: _days(waits(s, f, s.where(g, seg))["survival"]["median"]),
    "binnen-norm": lambda s, f, k, seg: by_norm(s, f, k, seg)["within"],
    "boven-norm": lambda s, f, k, seg: by_norm(s, f, k, seg)["over"],
    "langer-dan-norm": lambda s, f, k, seg: by_norm(s, f, k, seg)["longer"],
    "kosten": lambda s, g, seg: costs(s, s.where(g, seg))["cents"],
    "kosten-per-traject": lambda s, g, seg: _per(costs(s, s.where(g, seg))),
    "kosten-jaar-eerder": lambda s, g, seg: (costs_earlier(s, s.where(g, seg)) or {}).get("cents"),
    "per-traject-jaar-eerder": lambda s, g, seg: _per(costs_earlier(s, s.where(g, seg))),
    "kosten-aanbieder": lambda s, a: costs(s, s.where(aanbieder=a))["cents"],
    "kosten-maand": costs_of_month,
    "verwijzers": referrers,
    "zeventien-en-half": lambda s, g: turning(s, g, None),
    "zeventien-zonder-vervolg": lambda s, g: turning(s, g, True),
    "zeventien-met-vervolg": lambda s, g: turning(s, g, False),
    "achttien-zonder-vervolg": turned,
    "berichten-per-traject": lambda s, g: messages_per_traject(messages(s, g)),
    "in-een-keer-goed": lambda s, g: first_time_right(messages(s, g)),
    "berichten-per-traject-aanbieder": lambda s, a: messages_per_traject(messages(s, aanbieder=a)),
    "in-een-keer-goed-aanbieder": lambda s, a: first_time_right(messages(s, aanbieder=a)),
    "in-een-keer-goed-contractvorm": lambda s, f: first_time_right(by_contract_form(s, f)),
    "herstelwerk": rework,
    "herstelwerk-contractvorm": rework_per_message,
    "herstelwerk-partij": rework_of,
}
"""By table, the value at a place."""
