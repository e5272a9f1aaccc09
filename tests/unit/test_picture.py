"""The region picture: its figures beside a count by hand, and beside a slow count day by day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace as changed
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import product
from math import comb

import pytest
from msgspec.structs import replace

from connectors.figures_chapters import CHAPTERS
from streams.core.folds.berichten import Berichten
from streams.core.folds.care import Antwoord, Client, Levering, Toewijzing, Versie, Verzoek
from streams.core.folds.claims import Claims, Line
from streams.core.monitors.picture import Picture, picture, regions_of, shown
from streams.core.monitors.picture_money import a_year_before
from streams.core.monitors.picture_tables import ALL, Table
from streams.core.monitors.picture_texts import TEXTS, label
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import File, Traject, files
from streams.core.regions import OTHERS, Monitoring, Norms, Region, Rework
from tests.support.picturing import MONITORING, NOW, TOT, VAN, World, at, world

DAY = timedelta(1)
REGION = Region(id="r", name="R", gemeenten=("0001", "0002"), norms={"*": Norms(start=(4,))})
SET = Monitoring(regions=(REGION,), population={"0001": {2026: 100}, "0002": {2026: 300}})
OPEN = SET.model_copy(update={"suppress_below": 1})
"""Under which everything is shown."""
HERE, THERE, OUTSIDE = "0001:65656001", "0002:65656001", "0003:65656002"
JAN, FEB, MAR, JUN = (date(2026, month, 1) for month in (1, 2, 3, 6))
OLD = date(2025, 6, 1)


def levering(begin: date, eind: date | None = None, reden: str | None = None) -> Levering:
    return Levering("m", at(eind or begin), begin, eind, reden, None, None)


def toewijzing(
    *leveringen: Levering,
    relation: str = HERE,
    nummer: int = 1,
    categorie: str = "45",
    ingang: date = OLD,
    einde: date | None = None,
    received: date = OLD,
    referentie: str | None = None,
) -> Toewijzing:
    moment = at(received)
    versie = Versie("m", moment, moment.replace(tzinfo=None), ingang, einde, categorie, None, None, referentie)
    return Toewijzing(relation, nummer, None, None, (versie,), leveringen)


def running(begin: date, **others: object) -> Toewijzing:
    return toewijzing(levering(begin), **others)  # type: ignore[arg-type]


def stopped(begin: date, eind: date, reden: str = "31", **others: object) -> Toewijzing:
    return toewijzing(levering(begin), levering(begin, eind, reden), **others)  # type: ignore[arg-type]


def client(*toewijzingen: Toewijzing, verzoeken: tuple[Verzoek, ...] = (), geboren: str = "2014-03") -> Client:
    return Client(geboren, toewijzingen, verzoeken)


def sent(day: date, relation: str = HERE, bericht: str = "JW305", **counts: object) -> Berichten:
    """Messages of the aanbieder."""
    gemeente, _, aanbieder = relation.partition(":")
    return Berichten(relation, bericht, day, aanbieder, gemeente, **counts)  # type: ignore[arg-type]


LONG_KNOWN = (sent(date(2020, 1, 1)),)


def made(
    *clients: Client,
    claims: tuple[tuple[str, Claims], ...] = (),
    berichten: tuple[Berichten, ...] = LONG_KNOWN,
    monitoring: Monitoring = SET,
) -> Picture:
    """The picture of January to June 2026 of these youths."""
    rows = Rows({f"{number:03}": one for number, one in enumerate(clients)}, claims, berichten)
    return picture(files(rows.clients, monitoring), rows, monitoring.regions[0], VAN, TOT, NOW, monitoring)


def table(picture: Picture, id: str) -> Table:
    found = picture.table(id)
    assert found is not None
    return found


def value(picture: Picture, id: str, *place: str) -> float | int | None:
    return table(picture, id).cell(*place).value


def counted(picture: Picture, *place: str) -> tuple[object, ...]:
    """In care, stock, came and left."""
    return tuple(value(picture, id, *place) for id in ("in-zorg", "stand", "instroom", "uitstroom"))


# --- by hand ---------------------------------------------------------------------------------------


def test_who_stays_who_comes_and_who_leaves() -> None:
    told = made(client(running(OLD)), client(running(FEB)), client(stopped(OLD, MAR)), client(stopped(FEB, MAR)))
    assert counted(told, ALL, ALL) == (4, 2, 2, 2)
    assert counted(told, "0001", "ambulant") == (4, 2, 2, 2)
    assert counted(told, "0002", ALL) == (0, 0, 0, 0)


def test_a_youth_in_two_gemeenten_counts_in_both_and_once_in_the_region() -> None:
    told = made(client(running(FEB), running(FEB, relation=THERE)))
    assert [counted(told, code, ALL)[0] for code in ("0001", "0002", ALL)] == [1, 1, 1]


def test_care_outside_the_region_is_not_in_its_picture() -> None:
    told = made(client(running(FEB, relation=OUTSIDE)), client(running(FEB)))
    assert counted(told, ALL, ALL)[0] == 1


def test_who_was_in_care_up_to_31_days_before_does_not_come_in() -> None:
    begin = date(2026, 3, 1)
    recent, long_ago = begin - timedelta(31), begin - timedelta(32)
    again = {"nummer": 2, "relation": "0001:65656002"}
    assert counted(made(client(stopped(OLD, recent), running(begin, **again))), ALL, ALL)[2] == 0
    assert counted(made(client(stopped(OLD, long_ago), running(begin, **again))), ALL, ALL)[2] == 1


def test_who_goes_to_another_segment_comes_in_there_and_not_in_the_region() -> None:
    told = made(client(stopped(OLD, FEB), running(FEB, nummer=2, categorie="43")))
    assert counted(told, ALL, "ambulant") == (1, 0, 0, 1)
    assert counted(told, ALL, "verblijf") == (1, 1, 1, 0)
    assert counted(told, ALL, ALL) == (1, 1, 0, 0)


def test_care_stopped_for_a_time_is_care() -> None:
    told = made(client(toewijzing(levering(OLD), levering(OLD, date(2025, 12, 1), "20"))))
    assert counted(told, ALL, ALL) == (1, 1, 0, 0)


def test_who_ended_on_the_day_before_the_period_leaves_in_it_and_on_its_last_day_in_the_next() -> None:
    assert counted(made(client(stopped(OLD, VAN - 2 * DAY))), ALL, ALL) == (0, 0, 0, 0)
    assert counted(made(client(stopped(OLD, VAN - DAY))), ALL, ALL) == (0, 0, 0, 1)
    assert counted(made(client(stopped(OLD, VAN))), ALL, ALL) == (1, 0, 0, 1)
    assert counted(made(client(stopped(OLD, TOT))), ALL, ALL) == (1, 1, 0, 0)


def test_who_was_in_care_on_the_day_before_leaves_with_an_end_in_the_period() -> None:
    """Care that began only after its toewijzing ended was never in care, but it did end."""
    too_late = running(MAR, nummer=2, einde=FEB)
    assert counted(made(client(stopped(OLD, VAN - DAY), too_late)), ALL, ALL)[3] == 1
    assert counted(made(client(stopped(OLD, VAN - 2 * DAY), too_late)), ALL, ALL)[3] == 0


def test_residents() -> None:
    told = made(client(running(FEB)), client(running(FEB, relation=THERE)), client(running(FEB, relation=THERE)))
    assert [value(told, "aandeel", code) for code in ("0001", "0002", ALL)] == [1.0, 0.7, 0.8]
    unknown = SET.model_copy(update={"population": {"0001": {2026: 100}, "0002": {2025: 300}}})
    told = made(client(running(FEB)), monitoring=unknown)
    assert [value(told, "aandeel", code) for code in ("0001", "0002", ALL)] == [1.0, None, None]
    assert made(client(running(FEB)), monitoring=unknown.model_copy(update={"population": {}})).table("aandeel") is None


def test_months_follow_the_period() -> None:
    told = made(client(running(FEB)), client(stopped(OLD, MAR)))
    assert [cell.place for cell in table(told, "stand-maand").rows] == [(f"2026-0{month}",) for month in range(1, 7)]
    assert [cell.value for cell in table(told, "stand-maand").rows] == [1, 2, 1, 1, 1, 1]
    assert [cell.value for cell in table(told, "instroom-maand").rows] == [0, 1, 0, 0, 0, 0]
    assert [cell.value for cell in table(told, "uitstroom-maand").rows] == [0, 0, 1, 0, 0, 0]


def test_duration_is_from_the_first_begin_to_the_end_both_included() -> None:
    told = made(client(stopped(FEB, FEB)), client(stopped(FEB, date(2026, 2, 4))), client(running(FEB)))
    assert value(told, "doorlooptijd", ALL, "ambulant") == 2.5
    assert value(told, "doorlooptijd", ALL, "verblijf") is None


def test_ends_by_reason() -> None:
    told = made(client(stopped(FEB, MAR)), client(stopped(FEB, MAR, "33", categorie="43")), client(stopped(FEB, OLD)))
    assert [value(told, "beeindiging", code, ALL) for code in ("31", "33", "32", ALL)] == [1, 1, 0, 2]
    assert value(told, "beeindiging-segment", "33", "verblijf") == 1


def test_ends_are_told_coarsely_too() -> None:
    reasons = ("31", "32", "33", "34", "35", "36", "37", "38", "39", "02", "??")
    told = made(*(client(stopped(FEB, MAR, reden)) for reden in reasons))
    assert [value(told, "einde", how, "0001") for how in ("31", "voortijdig", "overig", ALL)] == [1, 4, 6, 11]


def test_returns_are_a_share_of_ends() -> None:
    back = client(stopped(OLD, FEB), running(MAR, nummer=2))
    gone = client(stopped(OLD, FEB))
    assert value(made(back, gone, gone, gone), "terugkeer", ALL, ALL) == 25.0
    assert value(made(client(running(OLD))), "terugkeer", ALL, ALL) is None


def test_with_stay() -> None:
    told = made(
        client(running(OLD, categorie="43")), client(running(FEB, categorie="44", relation=THERE)), client(running(FEB))
    )
    assert [value(told, "verblijf", code) for code in ("0001", "0002", ALL)] == [1, 1, 2]
    assert [value(told, "verblijf-nieuw", code) for code in ("0001", "0002", ALL)] == [0, 1, 1]
    assert table(told, "verblijf").within == {"segment": "verblijf"}


def test_with_stay_goes_by_category_when_segments_are_a_regions_own() -> None:
    region = REGION.model_copy(update={"segments": {"alles": ("43", "44", "45")}})
    told = made(client(running(OLD, categorie="43")), client(running(OLD)), monitoring=Monitoring(regions=(region,)))
    assert value(told, "verblijf", ALL) == 1
    assert table(told, "verblijf").figure == "verblijf"
    assert table(told, "in-zorg").values("segment") == ("alles", ALL)


def test_turning_18() -> None:
    half = client(running(OLD), geboren="2008-10")
    ends = client(running(OLD, einde=date(2026, 8, 31)), geboren="2008-09")
    turned = client(stopped(OLD, date(2026, 3, 31), einde=date(2026, 3, 31)), geboren="2008-03")
    told = made(half, ends, turned)
    ids = ("zeventien-en-half", "zeventien-met-vervolg", "zeventien-zonder-vervolg", "achttien-zonder-vervolg")
    assert [value(told, id, ALL) for id in ids] == [2, 1, 1, 1]


def line(number: str, van: date, bedrag: int, outcome: str = "granted", credit_van: str | None = None) -> Line:
    place = ("m", number, "D", van, "45", "40A12", van, van)
    return Line(*place, bedrag, credit_van, outcome, at(van), at(van), ())  # type: ignore[arg-type]


def test_costs_are_granted_debits_less_credits_by_product_period() -> None:
    lines = (
        line("1", JAN, 10_000),
        line("2", FEB, 5_000, "refused"),
        line("3", MAR, 2_000),
        line("4", MAR, -2_000, credit_van="3"),
        line("5", date(2025, 1, 1), 700),
        line("6", JUN, 1_000, "claimed"),
    )
    claims = (("000", Claims(HERE, 1, lines)), ("001", Claims(HERE, 2, (line("1", FEB, 5_001),))))
    told = made(client(running(OLD)), client(running(OLD)), claims=claims)
    assert value(told, "kosten", "0001", "ambulant") == 15_001
    assert value(told, "kosten-per-traject", ALL, ALL) == 7_500
    assert value(told, "kosten-jaar-eerder", ALL, ALL) == 700
    assert [value(told, "kosten-maand", month) for month in ("2026-01", "2026-02", "2026-03", ALL)] == [
        10_000,
        5_001,
        0,
        15_001,
    ]
    assert value(told, "kosten-aanbieder", "65656001") == 15_001


# --- since when messages are known -----------------------------------------------------------------


@pytest.mark.parametrize(("first", "cents"), [(date(2025, 1, 1), 700), (date(2025, 1, 2), None)])
def test_costs_of_a_year_earlier_are_unknown_when_it_began_before_the_first_message(
    first: date, cents: int | None
) -> None:
    claims = (("000", Claims(HERE, 1, (line("1", date(2025, 5, 1), 700),))),)
    elsewhere = sent(date(2020, 1, 1), OUTSIDE)
    told = shown(made(client(running(OLD)), claims=claims, berichten=(sent(first), elsewhere)), OPEN)
    assert told.known_from == first
    for id in ("kosten-jaar-eerder", "per-traject-jaar-eerder"):
        cells = [table(told, id).cell(*at) for at in ((ALL, ALL), ("0002", "verblijf"))]
        empty = None if cents is None or id.startswith("per") else 0
        assert [(cell.value, cell.suppressed) for cell in cells] == [(cents, False), (empty, False)]


def test_a_period_from_before_the_first_message_is_told_to_be_incomplete() -> None:
    said = {first: made(berichten=(sent(first),)).incomplete[0] for first in (VAN, VAN + DAY)}
    assert said[VAN].startswith("Deze hub kent van deze regio berichten vanaf 1 januari 2026. Wat alleen in eerdere")
    assert said[VAN + DAY] == (
        "Deze hub kent van deze regio berichten vanaf 2 januari 2026. Deze periode begint eerder: haar cijfers zijn "
        "onvolledig."
    )
    unknown = made(berichten=(sent(VAN, OUTSIDE),))
    assert unknown.known_from is None
    assert "nog geen berichten" in unknown.incomplete[0]


@pytest.mark.parametrize(
    ("today", "months"),
    [
        (date(2026, 7, 1), "april 2026 tot en met juni 2026"),
        (date(2026, 7, 2), "mei 2026 tot en met juni 2026"),
        (date(2026, 8, 31), "juni 2026"),
        (date(2026, 9, 1), None),
    ],
)
def test_costs_of_the_last_months_are_told_to_be_incomplete(today: date, months: str | None) -> None:
    """Claims may come until 62 days after their month."""
    rows = Rows(berichten=LONG_KNOWN)
    _, *told = picture((), rows, REGION, VAN, TOT, at(today), SET).incomplete
    assert [one.startswith(f"De kosten van {months} zijn nog niet compleet") for one in told] == [True] * bool(months)


# --- signals and burden ----------------------------------------------------------------------------


def starting(past: int, recent: int) -> Iterator[Client]:
    """Youths whose care starts in the past of the aanbieder and in its last weeks (until 14 days before the period)."""
    yield from (client(running(FEB)) for _ in range(past))
    yield from (client(running(JUN)) for _ in range(recent))


def evidence(told: Picture, kind: str) -> list[tuple[object, bool]]:
    cells = (table(told, "signalen-bewijs").cell("65656001", kind, one) for one in ("gezien", "verwacht", "toeval"))
    return [(cell.value, cell.suppressed) for cell in cells]


def test_a_signal_comes_with_what_was_seen_what_was_expected_and_the_chance() -> None:
    told = shown(made(*starting(91, 10)), SET)
    assert value(told, "signalen", "65656001", "starts") == 1
    chance = sum(comb(101, n) * 56**n * 182 ** (101 - n) for n in range(11)) / 238**101
    assert evidence(told, "starts") == [(10, False), (28.0, False), (int(float(f"{1 / chance:.2g}")), False)]


def test_of_a_signal_about_few_youths_neither_the_count_nor_the_chance_is_shown() -> None:
    told = made(*starting(91, 9))
    assert evidence(told, "starts")[0] == (9, False)
    assert evidence(shown(told, SET), "starts") == [(None, True), (28.0, False), (None, True)]
    one = Client("2014-03", tuple(running(JUN, nummer=n) for n in range(12)))
    twelve_of_one = shown(made(*starting(200, 0), one), SET)
    assert evidence(twelve_of_one, "starts")[0] == (None, True)
    nobody = shown(made(*starting(91, 0)), SET)
    assert evidence(nobody, "starts") == [(0, False), (28.0, False), (1_000_000, False)]


def test_what_a_past_of_few_youths_leads_to_expect_is_not_shown() -> None:
    ends = (client(stopped(OLD, day, "33")) for day, count in ((FEB, 2), (JUN, 30)) for _ in range(count))
    told = shown(made(*ends), SET)
    assert [hidden for _, hidden in evidence(told, "ends")] == [False, True, True]


def test_signals_about_messages_show_their_counts() -> None:
    past = sent(FEB, outcomes={"accepted": 500}, refused_by={"hub": 1})
    recent = sent(JUN, outcomes={"accepted": 40}, refused_by={"hub": 8})
    told = shown(made(client(running(OLD)), berichten=(*LONG_KNOWN, past, recent)), SET)
    (seen, expected, _) = evidence(told, "refused")
    assert (seen, expected) == ((8, False), (0.1, False))


def test_rework_is_told_in_hours_by_kind_sender_and_rule() -> None:
    berichten = (
        sent(
            FEB, outcomes={"accepted": 8}, refused_by={"ontvanger": 6}, rules={"TR326": 3}, codes={"0001": 6, "9074": 3}
        ),
        replace(sent(FEB, bericht="JW301", refused_by={"hub": 3}, rules={"XSD": 2}), afzender="0001"),
        sent(FEB, OUTSIDE, refused_by={"hub": 900}),
    )
    told = made(berichten=berichten, monitoring=SET.model_copy(update={"rework": Rework(refusal=20)}))
    assert [value(told, "herstelwerk", kind, "0001") for kind in ("refusal", ALL)] == [3.0, 3.0]
    parties = [(cell.place[0], cell.value) for cell in table(told, "herstelwerk-partij").rows]
    assert parties == [("65656001", 2.0), ("0001", 1.0)]
    rules = [(label("regel", cell.place[0], SET), cell.value) for cell in table(told, "herstelwerk-regels").rows]
    assert rules == [("TR326", 1.0), ("Retourcode 9074", 1.0), ("Schema (XSD)", 0.7)]


def test_contract_forms_are_compared() -> None:
    other = "0001:65656009"
    berichten = (
        sent(FEB, outcomes={"accepted": 10}, right=9, refused_by={"ontvanger": 1}),
        sent(FEB, other, outcomes={"accepted": 5}, right=5),
    )
    forms = SET.model_copy(update={"contract_forms": {"65656001": "taak"}, "rework": Rework(refusal=20)})
    told = made(berichten=berichten, monitoring=forms)
    ids = ("in-een-keer-goed-contractvorm", "herstelwerk-contractvorm")
    assert [[value(told, id, form) for form in ("taak", "onbekend", ALL)] for id in ids] == [
        [90.0, 100.0, 93.3],
        [2.0, 0.0, 1.3],
    ]


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (date(2026, 1, 1), date(2025, 1, 1)),
        (date(2024, 2, 29), date(2023, 2, 28)),
        (date(2025, 2, 28), date(2024, 2, 29)),
        (date(2025, 2, 27), date(2024, 2, 27)),
        (date(2026, 6, 30), date(2025, 6, 30)),
    ],
)
def test_a_year_before(day: date, before: date) -> None:
    assert a_year_before(day) == before


def verzoek(referentie: str, received: date, verwijzer: str | None = "02", relation: str = HERE) -> Verzoek:
    return Verzoek(relation, referentie, "JW315", "m", at(received), received, received, "45", None, verwijzer, ())


def test_referrers_and_toewijzingen_that_nobody_requested() -> None:
    asked = client(running(MAR, received=FEB, referentie="R1"), verzoeken=(verzoek("R1", FEB), verzoek("R2", OLD)))
    unknown_request = client(running(MAR, received=FEB, referentie="R9"))
    unasked = client(running(MAR, received=MAR, relation=THERE), verzoeken=(verzoek("R3", MAR, None, THERE),))
    told = made(asked, unknown_request, unasked)
    assert [value(told, "verwijzers", name, ALL) for name in ("02", "01", "onbekend", "zonder verzoek")] == [1, 0, 1, 2]
    assert value(told, "verwijzers", "zonder verzoek", "0002") == 1


def test_the_waiting_list_of_the_region() -> None:
    waits = client(toewijzing(received=date(2026, 6, 1), ingang=date(2026, 6, 1)))
    bridged = client(
        toewijzing(received=date(2026, 4, 20), ingang=date(2026, 4, 20)), running(OLD, nummer=2, relation=OUTSIDE)
    )
    started = client(running(FEB, received=date(2026, 1, 22), ingang=FEB))
    late = client(running(MAR, received=date(2026, 1, 1), ingang=MAR, categorie="43"))
    retroactive = client(running(FEB, received=MAR, ingang=FEB))
    told = made(waits, bridged, started, late, retroactive)
    assert value(told, "wachtenden", "start", ALL, ALL) == 2
    assert value(told, "wachtenden-netto", "start", ALL, ALL) == 1
    assert value(told, "wachtenden-overbrugd", "start", ALL, ALL) == 1
    assert [cell.value for cell in table(told, "wachtduur").rows if cell.place[0] == "start"] == [0, 1, 1, 0, 0, 2]
    assert value(told, "wachttijd", "start", "0001", "ambulant") == 10.0
    assert value(told, "wachttijd", "start", ALL, ALL) == 34.5
    assert value(told, "binnen-norm", "start", "4", ALL) == 50.0
    assert value(told, "boven-norm", "start", "4", ALL) == 2
    assert value(told, "buiten-wachttijd", "start", "terugwerkend") == 1


def test_who_left_without_waiting_time_is_told() -> None:
    refused = changed_answers(verzoek("R1", FEB), Antwoord("m", at(MAR), "1", "1", None))
    told = made(client(verzoeken=(refused,)))
    assert value(told, "buiten-wachttijd", "toewijzing", "afgewezen") == 1
    assert value(told, "wachtenden", "toewijzing", ALL, ALL) == 0


def changed_answers(one: Verzoek, *antwoorden: Antwoord) -> Verzoek:
    return Verzoek(
        one.relation, one.referentie, one.bericht, one.message, one.received_at, one.dagtekening, one.ingang,
        one.categorie, one.code, one.verwijzer, one.toewijzingen, antwoorden,
    )  # fmt: skip


# --- beside a slow count ---------------------------------------------------------------------------


@cache
def invented() -> World:
    return world(150, seed=5)


def days(van: date, tot: date) -> Iterator[date]:
    return (van + timedelta(number) for number in range((tot - van).days + 1))


def slowly(region: Region, gemeente: str, segment: str) -> tuple[int, int, int, int]:
    """In care, stock, came and left, looking at every day."""
    told = [0, 0, 0, 0]
    for file in invented().files:
        own = [one for one in file.trajecten if one.region == region.id and _fits(one, gemeente, segment)]
        told = [number + is_so for number, is_so in zip(told, _slowly(own), strict=True)]
    return told[0], told[1], told[2], told[3]


def _fits(one: Traject, gemeente: str, segment: str) -> bool:
    return gemeente in (ALL, one.gemeente) and segment in (ALL, one.segment)


def _slowly(own: list[Traject]) -> tuple[bool, bool, bool, bool]:
    care = {day for day in days(VAN - timedelta(40), TOT) if any(one.in_care(day) for one in own)}
    begins = [one.first_begin for one in own if one.first_begin is not None and VAN <= one.first_begin <= TOT]
    came = any(not care & set(days(begin - timedelta(31), begin - DAY)) for begin in begins)
    ends = [end for one in own if (end := one.end(TOT + DAY)) is not None]
    ended = any(VAN <= end.day <= TOT for end in ends)
    in_period = bool(care & set(days(VAN, TOT)))
    return in_period, TOT in care, came, (in_period or VAN - DAY in care) and ended and TOT not in care


@pytest.mark.parametrize("region", [pytest.param(one, id=one.id) for one in MONITORING.regions])
def test_flows_are_those_of_a_count_day_by_day(region: Region) -> None:
    one = invented()
    told = picture(one.files, one.rows, region, VAN, TOT, NOW, MONITORING)
    segments = [*(table(told, "in-zorg").values("segment"))]
    for gemeente, segment in product((*region.gemeenten, ALL), segments):
        assert counted(told, gemeente, segment) == slowly(region, gemeente, segment), (gemeente, segment)
    assert counted(told, ALL, ALL)[0] > 10, "the invented world is too small to tell anything"


# --- the picture as a whole ------------------------------------------------------------------------


def test_every_table_has_words_a_chapter_and_is_made() -> None:
    one = world(400)
    told = [table.id for region in MONITORING.regions for table in _picture(one, region).tables]
    in_chapters = [id for chapter in CHAPTERS for block in chapter.blocks for id in block.tables]
    assert set(told) == set(TEXTS) == set(in_chapters)
    assert len(in_chapters) == len(set(in_chapters))


def _picture(one: World, region: Region) -> Picture:
    return picture(one.files, one.rows, region, VAN, TOT, NOW, MONITORING)


def test_every_place_of_every_table_stands_there_once_and_has_a_label() -> None:
    for told in _picture(world(400), MONITORING.regions[0]).tables:
        places = [cell.place for cell in told.rows]
        assert len(set(places)) == len(places)
        for place in places:
            assert len(place) == len(told.dimensions)
            assert all(label(name, one, MONITORING) for name, one in zip(told.dimensions, place, strict=True))


def test_what_is_shown_has_no_figure_of_one_to_nine_youths() -> None:
    told = _picture(world(400), MONITORING.regions[1])
    seen = shown(told, MONITORING)
    few = [(old.id, cell.place) for old in told.tables for cell in old.rows if 0 < cell.youths < 10]
    hidden = {(new.id, cell.place) for new in seen.tables for cell in new.rows if cell.suppressed}
    assert few
    assert set(few) <= hidden
    assert not [cell for new in seen.tables for cell in new.rows if 0 < cell.youths < 10]


def test_coverage_of_few_youths_is_not_shown() -> None:
    told = made(client(running(FEB)))
    assert (told.covered.requested, told.covered.ahead) == (0.0, 100.0)
    assert shown(told, SET).covered.ahead is None


def test_a_picture_of_nobody_can_be_made_and_shown() -> None:
    told = shown(made(), SET)
    assert counted(told, ALL, ALL) == (0, 0, 0, 0)
    assert told.notes
    assert told.calendar == SET.calendar.version


def test_gemeenten_in_no_region_are_one_together() -> None:
    seen = files({"a": client(running(FEB, relation=OUTSIDE)), "b": client(running(FEB))}, SET)
    region, others = regions_of(seen, SET)
    assert region == REGION
    assert (others.id, others.gemeenten) == (OTHERS, ("0003",))
    told = picture(seen, Rows(), others, VAN, TOT, datetime(2026, 7, 1, tzinfo=UTC), SET)
    assert counted(told, "0003", ALL) == (1, 1, 1, 0)
    assert regions_of([], SET) == (REGION,)


def test_the_order_in_which_youths_come_changes_nothing() -> None:
    one = world(200)
    backwards: tuple[File, ...] = tuple(reversed(one.files))
    region = MONITORING.regions[0]
    assert shown(_picture(one, region), MONITORING) == shown(
        _picture(changed(one, files=backwards), region), MONITORING
    )
