"""The region picture: what pictures of other periods, and figures beside each other, do not give away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache

import pytest
from msgspec.structs import replace

from streams.core.folds.care import Client, Levering, Toewijzing, Versie, Verzoek
from streams.core.monitors.picture import Picture, picture, shown
from streams.core.monitors.picture_hiding import STOCKS
from streams.core.monitors.picture_tables import Cell, Table
from streams.core.monitors.picture_texts import TEXTS
from streams.core.monitors.rows import Rows
from streams.core.monitors.suppression import Group, Sum, given_away, group_of
from streams.core.monitors.trajecten import files
from streams.core.regions import Monitoring, Norms, Region
from tests.support.picturing import MONITORING, NOW, TOT, VAN, at, sums_of, world

MONTHS = [date(2026, month, 1) for month in range(1, 7)]
QUARTERS = [
    (date(year, month, 1), date(year, month + 2, 1)) for year, month in ((2025, 7), (2025, 10), (2026, 1), (2026, 4))
]
EVENTS = ("einde", "beeindiging", "beeindiging-segment", "verwijzers", "buiten-wachttijd", "kosten", "kosten-aanbieder",
          "achttien-zonder-vervolg", "kosten-jaar-eerder")  # fmt: skip
FLOWS = ("stand", "instroom", "uitstroom", "in-zorg")
REGIONS = [pytest.param(one, id=one.id) for one in MONITORING.regions]


def last_of(month: date) -> date:
    return (month + timedelta(31)).replace(day=1) - timedelta(1)


@cache
def whole(region: str, van: date, tot: date) -> Picture:
    one = world(600, seed=3)
    return picture(one.files, one.rows, _region(region), van, last_of(tot), NOW, MONITORING)


@cache
def seen(region: str, van: date, tot: date) -> Picture:
    return shown(whole(region, van, tot), MONITORING)


def _region(id: str) -> Region:
    return next(one for one in MONITORING.regions if one.id == id)


def table(picture: Picture, id: str) -> Table:
    found = picture.table(id)
    assert found is not None
    return found


def hidden_in(table: Table) -> set[tuple[str, ...]]:
    return {cell.place for cell in table.rows if cell.suppressed}


# --- events: what is hidden in a quarter does not follow from periods that differ by it -------------


def of_period(group: Group, van: date, tot: date) -> Group:
    return f"{group[0]} {van} {tot}", group[1]


def renamed(one: Sum, van: date, tot: date) -> Sum:
    return Sum(*(tuple(of_period(group, van, tot) for group in some) for some in (one.parts, one.whole)))


def told(pictures: Mapping[tuple[date, date], Picture], ids: Sequence[str]) -> tuple[set[Group], list[Sum]]:
    """What pictures of several periods hide, and all sums within each."""
    hidden, sums = set[Group](), list[Sum]()
    for period, one in pictures.items():
        for some in (table(one, id) for id in ids):
            hidden |= {of_period(group_of(some, place), *period) for place in hidden_in(some)}
            sums += (renamed(tie, *period) for tie in sums_of(some))
    return hidden, sums


def over_quarters(pictures: Mapping[tuple[date, date], Picture], ids: Iterable[str]) -> Iterator[Sum]:
    """A period is the sum of its quarters; an aanbieder without a line in a quarter had no costs in it."""
    for (van, tot), one in pictures.items():
        within = [] if (van, tot) in QUARTERS else [at for at in QUARTERS if van <= at[0] <= at[1] <= tot]
        for id in ids if within else ():
            of_quarters = {at: groups(table(pictures[at], id)) for at in within}
            for group in groups(table(one, id)):
                parts = (of_period(group, *at) for at, some in of_quarters.items() if group in some)
                yield Sum(tuple(parts), (of_period(group, van, tot),))


def groups(table: Table) -> set[Group]:
    return {group_of(table, cell.place) for cell in table.rows}


def periods() -> list[tuple[date, date]]:
    """Each quarter, and some together that overlap."""
    return [*QUARTERS, *((QUARTERS[n][0], QUARTERS[m][1]) for n, m in ((0, 3), (0, 2), (1, 3)))]


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("id", EVENTS)
def test_no_hidden_event_follows_from_pictures_of_several_periods(region: Region, id: str) -> None:
    pictures = {period: seen(region.id, *period) for period in periods()}
    hidden, sums = told(pictures, [id])
    assert given_away(hidden, [*sums, *over_quarters(pictures, [id])]) == {}


@pytest.mark.parametrize("region", REGIONS)
def test_no_reason_follows_from_the_coarse_ones(region: Region) -> None:
    pictures = {period: seen(region.id, *period) for period in periods()}
    ids = ("einde", "beeindiging", "beeindiging-segment")
    hidden, sums = told(pictures, ids)
    coarse = [renamed(one, *period) for period, picture in pictures.items() for one in coarsely(picture)]
    assert given_away(hidden, [*sums, *coarse, *over_quarters(pictures, ids)]) == {}
    assert len(coarse) > 2 * len(pictures)


def coarsely(picture: Picture) -> Iterator[Sum]:
    """The reasons that two of the coarse ones consist of."""
    reasons = [one for one in table(picture, "beeindiging").values("reden") if one != "*"]
    early = [one for one in reasons if "32" <= one <= "35"]
    rest = [one for one in reasons if one not in (*early, "31")]
    for gemeente in table(picture, "einde").values("gemeente"):
        for name, parts in (("voortijdig", early), ("overig", rest)):
            groups_of = (group_of(table(picture, "beeindiging"), (one, gemeente)) for one in parts)
            yield Sum(tuple(groups_of), (group_of(table(picture, "einde"), (name, gemeente)),))


def test_coarse_reasons_are_shown_more_often() -> None:
    places = [(region.id, *period) for region in MONITORING.regions for period in periods()]
    coarse, reasons = (sum(share_shown(place, id) for place in places) / len(places) for id in ("einde", "beeindiging"))
    assert coarse > 1.5 * reasons > 0


def share_shown(place: tuple[str, date, date], id: str) -> float:
    """Of the numbers that are not 0."""
    there = [cell.place for cell in table(whole(*place), id).rows if cell.value]
    return 1 - len(hidden_in(table(seen(*place), id)).intersection(there)) / len(there)


def test_by_periods_alone_quarters_would_be_given_away() -> None:
    """What the test before looks for is there to be found."""
    region = MONITORING.regions[0]
    alone = {at: shown(replace(whole(region.id, *at), quarters=()), MONITORING) for at in periods()}
    hidden, sums = told(alone, ["verwijzers"])
    assert given_away(hidden, [*sums, *over_quarters(alone, ["verwijzers"])])


def test_costs_of_a_year_earlier_hide_what_the_picture_of_then_hides() -> None:
    van, tot = date(2026, 4, 1), date(2026, 6, 1)
    then = seen("ijmond", date(2025, 4, 1), date(2025, 6, 1))
    now = seen("ijmond", van, tot)
    assert hidden_in(table(then, "kosten"))
    assert hidden_in(table(now, "kosten-jaar-eerder")) == hidden_in(table(then, "kosten"))


def test_what_decides_is_not_shown() -> None:
    told = whole("ijmond", VAN, MONTHS[-1])
    assert told.unseen
    assert told.quarters
    assert (shown(told, MONITORING).unseen, shown(told, MONITORING).quarters) == ((), ())
    assert not {one.id for one in told.unseen} & set(TEXTS)


# --- stocks: the same for every period that ends on the same day ------------------------------------


@pytest.mark.parametrize("region", REGIONS)
def test_what_is_hidden_of_a_stock_depends_on_the_last_day_only(region: Region) -> None:
    month, year = (seen(region.id, van, MONTHS[-1]) for van in (MONTHS[-1], MONTHS[0]))
    for id in STOCKS - {"stand-maand"}:
        one, other = (picture.table(id) for picture in (month, year))
        assert one == other, id
    assert any(hidden_in(one) for one in month.tables if one.id in STOCKS)


@pytest.mark.parametrize("region", REGIONS)
def test_nobody_who_leaves_is_told_by_stocks_of_other_pictures(region: Region) -> None:
    """Stock before and who came are stock after and who left; who was in care is stock after or left."""
    quarter = (MONTHS[0], MONTHS[2])
    pictures = {at: seen(region.id, *at) for at in (*((month, month) for month in MONTHS), quarter)}
    hidden, sums = told(pictures, FLOWS)
    assert given_away(hidden, [*sums, *_balances(pictures, quarter)]) == {}
    assert any(figure.startswith("uitstroom") for figure, _ in hidden)


def _balances(pictures: Mapping[tuple[date, date], Picture], quarter: tuple[date, date]) -> Iterator[Sum]:
    for van, tot in pictures:
        for place in (cell.place for cell in table(pictures[van, tot], "stand").rows):
            stock, came, left, care = (
                of_period(group_of(table(pictures[van, tot], id), place), van, tot) for id in FLOWS
            )
            yield Sum((stock, left), (care,))
            before = (van - timedelta(1)).replace(day=1)
            if van == tot and (before, before) in pictures:
                yield Sum(((f"stand {before} {before}", stock[1]), came), (stock, left))
    for cell in table(pictures[quarter], "stand").rows:
        group = group_of(table(pictures[quarter], "stand"), cell.place)
        yield Sum((of_period(group, *quarter),), (of_period(group, quarter[1], quarter[1]),))


def test_where_who_left_is_hidden_the_stock_is_shown_and_who_was_in_care_is_not() -> None:
    stays = [waiting(OLD, begin=OLD) for _ in range(20)]
    leaves = [waiting(OLD, begin=OLD, eind=date(2026, 3, 1)) for _ in range(4)]
    told = shown(made(*stays, *leaves), SET)
    assert [table(told, id).cell("0001", "ambulant").value for id in ("stand", "uitstroom")] == [20, None]
    assert table(told, "in-zorg").cell("0001", "ambulant").suppressed


def test_who_stays_with_an_aanbieder_does_not_follow_from_who_was_there_and_who_left() -> None:
    """No table shows who is in care with an aanbieder on the last day; the picture of the next period begins there."""
    few, *others = (with_aanbieder(f"6565600{code}", stay=4 * code**2) for code in (1, 2, 3, 4))
    told = shown(made(*few, *(one for some in others for one in some)), SET)
    for id, numbers in (("in-zorg-aanbieder", (96, 124)), ("uitstroom-aanbieder", (60, 60))):
        assert hidden_in(table(told, id)) == {("65656001",), ("65656002",)}
        assert tuple(table(told, id).cell(f"6565600{code}").value for code in (3, 4)) == numbers
    assert table(told, "stand").cell("*", "*").value == 4 + 16 + 36 + 64


def with_aanbieder(aanbieder: str, stay: int) -> list[Client]:
    """15 who come and 15 who leave in each of two quarters, and in the second those who came; and who stay."""
    feb, may, jun = (date(2026, month, 10) for month in (2, 5, 6))
    courses = [(OLD, feb), (OLD, may), (feb, jun), (may, jun)] * 15 + [(OLD, None)] * stay
    given = (waiting(begin, begin=begin, eind=eind) for begin, eind in courses)
    relation = f"0001:{aanbieder}"
    return [replace(one, toewijzingen=(replace(one.toewijzingen[0], relation=relation),)) for one in given]


# --- waiting: limits that follow on each other, shares and averages of few --------------------------

OLD = date(2025, 6, 1)
NORMS = Norms(start=(4, 8))
REGION = Region(id="r", name="R", gemeenten=("0001",), norms={"*": NORMS})
SET = Monitoring(regions=(REGION,))


def waiting(
    received: date, begin: date | None = None, eind: date | None = None, asked: bool = False, also: date | None = None
) -> Client:
    """A toewijzing, with care from `begin`; `also`: other care until then."""
    leveringen = [Levering("m", at(begin), begin, None, None, None, None)] if begin else []
    if begin and eind:
        leveringen.append(Levering("m", at(eind), begin, eind, "31", None, None))
    given = [_toewijzing(1, received, leveringen)]
    if also:
        stop = Levering("m", at(also), OLD, also, "31", None, None)
        given.append(_toewijzing(2, OLD, [Levering("m", at(OLD), OLD, None, None, None, None), stop]))
    day = received - timedelta(1)
    request = Verzoek("0001:65656001", "R1", "JW315", "m", at(day), day, day, "45", None, "02", ())
    return Client("2014-03", tuple(given), (request,) if asked else ())


def _toewijzing(nummer: int, received: date, leveringen: list[Levering]) -> Toewijzing:
    moment = at(received)
    versie = Versie("m", moment, moment.replace(tzinfo=None), received, None, "45", None, None, f"R{nummer}")
    return Toewijzing("0001:65656001", nummer, None, None, (versie,), tuple(leveringen))


def made(*clients: Client) -> Picture:
    rows = Rows({f"{number:03}": one for number, one in enumerate(clients)})
    return picture(files(rows.clients, SET), rows, REGION, VAN, TOT, NOW, SET)


def waits(days: int, count: int) -> list[Client]:
    return [waiting(TOT - timedelta(days)) for _ in range(count)]


def over_norm(picture: Picture) -> list[Cell]:
    return [table(shown(picture, SET), "boven-norm").cell("start", weeks, "ambulant") for weeks in ("4", "8")]


def ended(reden: str, count: int, month: int = 2) -> list[Client]:
    """So many youths whose care ended in a month, for this reason."""
    day = date(2026, month, 10)
    told = [Levering("m", at(OLD), OLD, None, None, None, None), Levering("m", at(day), OLD, day, reden, None, None)]
    return [Client("2014-03", (_toewijzing(1, OLD, told),)) for _ in range(count)]


FEW_EARLY = (*ended("31", 40), *ended("32", 20), *ended("33", 4), *ended("36", 12), *ended("37", 15))


def test_of_early_reasons_no_single_one_is_hidden_beside_their_sum() -> None:
    """33 is few. 36 would be missed least, but hidden with that it would follow from all early ends less 32."""
    picture = shown(made(*FEW_EARLY), SET)
    ties = [*coarsely(picture), *sums_of(table(picture, "beeindiging")), *sums_of(table(picture, "einde"))]
    hidden = {*hidden_groups_of(picture, "beeindiging"), *hidden_groups_of(picture, "einde")}
    assert given_away(hidden, ties) == {}
    assert [table(picture, "einde").cell(how, "*").value for how in ("31", "voortijdig", "overig")] == [40, 24, 27]


def test_a_year_hides_the_early_reasons_that_a_quarter_hides() -> None:
    later = (*ended("32", 90, 5), *ended("33", 30, 5), *ended("34", 12, 5))
    rows = Rows({f"{number:03}": one for number, one in enumerate((*FEW_EARLY, *later))})
    both, first = (
        shown(picture(files(rows.clients, SET), rows, REGION, VAN, tot, NOW, SET), SET)
        for tot in (TOT, date(2026, 3, 31))
    )
    assert hidden_in(table(first, "beeindiging")) <= hidden_in(table(both, "beeindiging"))
    assert {"32", "33"} <= {reden for reden, _ in hidden_in(table(first, "beeindiging"))}


def hidden_groups_of(picture: Picture, id: str) -> set[Group]:
    return {group_of(table(picture, id), place) for place in hidden_in(table(picture, id))}


@pytest.mark.parametrize(("between", "both"), [(0, [20, 20]), (9, None), (10, [30, 20])])
def test_of_norms_with_few_between_them_one_is_hidden(between: int, both: list[int] | None) -> None:
    cells = over_norm(made(*waits(5, 15), *waits(29, between), *waits(57, 20)))
    assert (None if any(cell.suppressed for cell in cells) else [cell.value for cell in cells]) == both


def test_of_a_norm_and_a_class_of_age_with_few_between_them_one_is_hidden() -> None:
    """Four weeks are 28 days: who waits for just so long is in the class, and not over the norm."""
    told = shown(made(*waits(5, 15), *waits(28, 3), *waits(40, 20)), SET)
    over = table(told, "boven-norm").cell("start", "4", "*")
    older = [cell for cell in table(told, "wachtduur").rows if cell.place[0] == "start" and cell.place[1] >= "28"]
    assert over.suppressed or any(cell.suppressed for cell in older)
    told = shown(made(*waits(5, 15), *waits(28, 12), *waits(40, 20)), SET)
    assert table(told, "boven-norm").cell("start", "4", "*").value == 20
    assert not hidden_in(table(told, "wachtduur"))


@pytest.mark.parametrize(("longer", "is_hidden"), [(0, False), (9, True), (10, False), (31, True), (30, False)])
def test_a_share_that_waits_longer_is_hidden_when_either_side_is_few(longer: int, is_hidden: bool) -> None:
    """Of those that ended, that wait or that left, as the estimate is."""
    begin = date(2026, 5, 1)
    long, short = begin - timedelta(29), begin - timedelta(28)
    told = made(*(waiting(long if n < longer else short, begin=begin) for n in range(40)))
    assert table(shown(told, SET), "langer-dan-norm").cell("start", "4", "ambulant").suppressed == is_hidden


@pytest.mark.parametrize(("bridged", "is_hidden"), [(0, False), (9, True), (10, False)])
def test_an_average_without_the_bridged_is_hidden_when_these_are_few(bridged: int, is_hidden: bool) -> None:
    received, begin = date(2026, 2, 1), date(2026, 3, 1)
    told = made(*(waiting(received, begin=begin, also=begin if n < bridged else None) for n in range(40)))
    cells = [table(shown(told, SET), id).cell("start", "0001", "ambulant") for id in ("wachttijd", "wachttijd-netto")]
    assert [cell.suppressed for cell in cells] == [False, is_hidden]


@pytest.mark.parametrize(("asked", "percentage"), [(0, 0.0), (9, None), (10, 25.0), (30, 75.0), (31, None)])
def test_coverage_is_hidden_when_either_side_is_few(asked: int, percentage: float | None) -> None:
    told = made(*(waiting(OLD, begin=OLD, asked=n < asked) for n in range(40)))
    covered = shown(told, SET).covered
    assert (covered.requested, covered.ahead) == (percentage, 100.0)
