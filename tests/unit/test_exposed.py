"""Figures as metrics: what is told and what is not, and that no label could name a person or a message."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import pytest
from msgspec.structs import replace
from prometheus_client import CollectorRegistry, generate_latest
from scipy.linalg import null_space

from monitoring.figures import Figures
from streams.core.folds.berichten import Awaited
from streams.core.folds.care import Client
from streams.core.monitors.exposed import samples
from streams.core.monitors.exposed_cells import Fact, Shown, by_spot
from streams.core.monitors.exposed_hiding import Spot
from streams.core.monitors.exposed_metrics import LABELS, METRICS, PLACES, Metric, Sample, fits
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import files
from streams.core.regions import Monitoring, Region
from tests.support.prometheus import (
    FIRST,
    MONITORING,
    NOW,
    OTHER,
    YOUTHS,
    ago,
    at,
    berichten,
    claims,
    clients,
    rows,
    start,
    stories,
    toewijzing,
)

Told = Mapping[tuple[str, tuple[tuple[str, str], ...]], float]
SECOND = "0473:11111111"
ABROAD = "0014:33333333"


def told(world: Rows, monitoring: Monitoring = MONITORING) -> Told:
    """Every sample, by name and labels."""
    made = samples(world, files(world.clients, monitoring), NOW, monitoring)
    found = {(one.name, tuple(sorted(one.labels.items()))): one.value for one in made}
    assert len(found) == len(made), "a series is told twice"
    return found


def value(world: Told, name: str, **labels: str) -> float | None:
    """What is told; None when nothing is."""
    return world.get((name, tuple(sorted(labels.items()))))


def running(relation: str, number: int = 1) -> Client:
    """A client whose care runs."""
    return Client(toewijzingen=(toewijzing(number, ago(100), start(ago(100)), relation=relation),))


def people(counts: Mapping[str, int]) -> Rows:
    """So many youths in care at each relation."""
    return Rows(clients={f"{place}/{n}": running(place) for place, count in counts.items() for n in range(count)})


WORLD = told(rows())


# --- which metrics there are -----------------------------------------------------------------------


def test_every_metric_is_told_in_a_world_where_everything_happens() -> None:
    assert set(METRICS) - {name for name, _ in WORLD} == set()


def test_a_sample_has_the_labels_of_its_metric() -> None:
    for name, labels in WORLD:
        assert sorted(METRICS[name].labels) == [label for label, _ in labels]


def test_names_are_those_that_prometheus_allows() -> None:
    for name, metric in METRICS.items():
        assert re.fullmatch("ijwhub_[a-z0-9_]+", name)
        assert all(re.fullmatch("[a-z]+", label) for label in metric.labels)
        assert metric.says


def test_what_happened_counts_once_in_every_place() -> None:
    place = {"region": "kennemerland", "gemeente": "0392", "segment": "ambulant"}
    assert value(WORLD, "ijwhub_pauzes_open", **place) == YOUTHS
    assert value(WORLD, "ijwhub_pauzes_open_gemeente", region="kennemerland", gemeente="0392") == YOUTHS
    assert value(WORLD, "ijwhub_pauzes_open_segment", region="kennemerland", segment="ambulant") == YOUTHS
    assert value(WORLD, "ijwhub_pauzes_open_region", region="kennemerland") == YOUTHS
    assert value(WORLD, "ijwhub_pauzes_open_aanbieder", region="kennemerland", aanbieder="11111111") == YOUTHS


@pytest.mark.parametrize(
    ("name", "labels", "expected"),
    [
        ("ijwhub_jeugdigen_in_zorg_region", {}, 6 * YOUTHS),
        ("ijwhub_wachtenden_region", {"fase": "toewijzing"}, YOUTHS),
        ("ijwhub_wachtenden_region", {"fase": "start"}, 2 * YOUTHS),
        ("ijwhub_wachtenden_netto_region", {"fase": "start"}, YOUTHS),
        ("ijwhub_wachtenden_met_norm_region", {"fase": "start", "weken": "4"}, 2 * YOUTHS),
        ("ijwhub_wachtenden_boven_norm_region", {"fase": "start", "weken": "4"}, YOUTHS),
        ("ijwhub_wachttijd_mediaan_dagen_region", {"fase": "toewijzing"}, 7),
        ("ijwhub_wachttijd_mediaan_dagen_region", {"fase": "totaal"}, 14),
        ("ijwhub_binnen_norm_ratio_region", {"fase": "toewijzing", "weken": "4"}, 1),
        ("ijwhub_geen_start_region", {}, YOUTHS),
        ("ijwhub_overstappen_region", {}, YOUTHS),
        ("ijwhub_breuken_region", {}, 2 * YOUTHS),
        ("ijwhub_terugkeer_region", {}, YOUTHS),
        ("ijwhub_voortijdig_region", {"door": "aanbieder"}, 2 * YOUTHS),
        ("ijwhub_voortijdig_region", {"door": "cliënt"}, 0),
        ("ijwhub_declaraties_euro_region", {"uitkomst": "granted"}, 100 * YOUTHS),
        ("ijwhub_declaraties_euro_region", {"uitkomst": "credited"}, 100 * YOUTHS),
        ("ijwhub_declaraties_euro_region", {"uitkomst": "refused"}, 100 * YOUTHS),
        ("ijwhub_declaraties_euro_region", {"uitkomst": "open"}, 100 * YOUTHS),
    ],
)
def test_figures_of_a_region(name: str, labels: dict[str, str], expected: float) -> None:
    assert value(WORLD, name, region="kennemerland", **labels) == expected


@pytest.mark.parametrize(
    ("name", "labels", "expected"),
    [
        ("ijwhub_berichten_verstuurd_aanbieder", {"aanbieder": "11111111", "bericht": "JW305"}, 20),
        ("ijwhub_berichten_afgekeurd_aanbieder", {"aanbieder": "11111111", "regel": "TR018"}, 4),
        ("ijwhub_berichten_afgekeurd_aanbieder", {"aanbieder": "11111111", "regel": "XSD"}, 2),
        ("ijwhub_berichten_afgekeurd_gemeente", {"gemeente": "0392", "region": "kennemerland", "regel": "XSD"}, 1),
        ("ijwhub_berichten_afgekeurd_aanbieder", {"aanbieder": "11111111", "regel": "retourcode 8017"}, 2),
        ("ijwhub_berichten_afgekeurd_aanbieder", {"aanbieder": "11111111", "regel": "retourcode S300"}, 2),
        ("ijwhub_herstelwerk_minuten_aanbieder", {"aanbieder": "11111111", "soort": "refusal"}, 2 * 3 * 20),
        ("ijwhub_termijnen", {"regel": "OP090", "what": "JW301", "rol": "aanbieder", "state": "late"}, 2),
        ("ijwhub_termijnen", {"regel": "OP090", "what": "JW301", "rol": "aanbieder", "state": "at_risk"}, 1),
        ("ijwhub_termijnen_partij_aanbieder", {"aanbieder": "11111111", "regel": "OP090", "state": "late"}, 2),
        ("ijwhub_signaal_aanbieder", {"aanbieder": "11111111", "signaal": "ends"}, 1),
        ("ijwhub_aanbieders_met_signaal", {"signaal": "ends"}, 1),
        ("ijwhub_aanbieders_met_signaal", {"signaal": "late"}, 0),
        ("ijwhub_figures_made_timestamp_seconds", {}, NOW.timestamp()),
    ],
)
def test_figures_of_parties_and_of_all(name: str, labels: dict[str, str], expected: float) -> None:
    assert value(WORLD, name, **labels) == expected


def test_messages_and_ended_terms_of_before_the_period_are_not_counted() -> None:
    sent = value(WORLD, "ijwhub_berichten_verstuurd_aanbieder", aanbieder="11111111", bericht="JW305")
    answered = value(WORLD, "ijwhub_termijnen", regel="OP090", what="JW305", rol="gemeente", state="late")
    started = value(WORLD, "ijwhub_termijnen", regel="OP271", what="start", rol="aanbieder", state="met")
    assert (sent, answered, started) == (20, 2, 3 * YOUTHS)


def test_terms_that_were_not_met_are_told_however_long_ago_they_ran_out() -> None:
    awaiting = replace(berichten()[3], awaited={"m": Awaited(at(ago(240)), "id")})
    runs = {f"runs-{number}": stories()["runs"] for number in range(YOUTHS)}
    world = told(Rows(clients=runs, berichten=(awaiting,)))
    answers = {"regel": "OP090", "what": "JW305", "rol": "gemeente"}
    states = {state: value(world, "ijwhub_termijnen", **answers, state=state) for state in ("breached", "late", "met")}
    assert states == {"breached": 1, "late": 0, "met": 0}
    claims_of = {"regel": "OP354", "what": "declaratie", "rol": "aanbieder"}
    assert value(world, "ijwhub_termijnen", **claims_of, state="breached") == 4 * YOUTHS  # January to April
    assert value(world, "ijwhub_termijnen", **claims_of, state="open") == YOUTHS


def test_terms_that_none_stands_in_are_told_as_none() -> None:
    labels = {"regel": "OP090", "what": "JW301", "rol": "aanbieder"}
    assert value(WORLD, "ijwhub_termijnen", **labels, state="breached") == 0


def test_terms_of_all_parties_are_those_of_all_together() -> None:
    whole = sum(worth for (name, _), worth in WORLD.items() if name == "ijwhub_termijnen")
    parties = sum(worth for (name, _), worth in WORLD.items() if name.startswith("ijwhub_termijnen_partij"))
    assert whole == parties > 0


def test_a_youth_in_two_gemeenten_counts_in_both_and_once_in_the_region() -> None:
    both = Client(
        toewijzingen=(
            toewijzing(1, ago(100), start(ago(100))),
            toewijzing(2, ago(100), start(ago(100)), relation=SECOND),
        )
    )
    world = told(Rows(clients={f"p{n}": both for n in range(11)}))
    name = "ijwhub_jeugdigen_in_zorg"
    assert value(world, f"{name}_gemeente", region="kennemerland", gemeente="0392") == 11
    assert value(world, f"{name}_gemeente", region="kennemerland", gemeente="0473") == 11
    assert value(world, f"{name}_region", region="kennemerland") == 11


def test_a_region_without_anybody_is_told_as_nobody_and_not_left_out() -> None:
    world = told(Rows())
    assert value(world, "ijwhub_jeugdigen_in_zorg_region", region="kennemerland") == 0
    assert value(world, "ijwhub_wachtenden_gemeente", region="kennemerland", gemeente="0473", fase="start") == 0


# --- suppression -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "expected"), [(0, 0), (1, None), (9, None), (10, 10)])
def test_few_youths_are_not_told(count: int, expected: float | None) -> None:
    world = told(people({FIRST: count}))
    assert value(world, "ijwhub_jeugdigen_in_zorg_region", region="kennemerland") == expected
    assert value(world, "ijwhub_jeugdigen_in_zorg_gemeente", region="kennemerland", gemeente="0392") == expected


def test_what_is_left_of_a_sum_does_not_give_few_youths_away() -> None:
    name, region = "ijwhub_jeugdigen_in_zorg_gemeente", "kennemerland"
    three = MONITORING.model_copy(
        update={"regions": (Region(id=region, name="K", gemeenten=("0392", "0473", "0377")),)}
    )
    world = told(people({"0392:11111111": 9, "0473:11111111": 20, "0377:11111111": 30}), three)
    assert value(world, "ijwhub_jeugdigen_in_zorg_region", region=region) == 59
    assert [value(world, name, region=region, gemeente=one) for one in ("0392", "0473", "0377")] == [None, None, 30]


def test_who_waits_is_not_told_without_bridging_when_few_are_bridged() -> None:
    waits, beside = stories()["waits"], stories()["waits-beside-care"]
    few = {f"w{n}": waits for n in range(20)} | {f"b{n}": beside for n in range(3)}
    many = {f"w{n}": waits for n in range(20)} | {f"b{n}": beside for n in range(10)}
    for name, bridged, expected in (("few", few, None), ("many", many, 20)):
        world = told(Rows(clients=bridged))
        gross = value(world, "ijwhub_wachtenden_region", region="kennemerland", fase="start")
        assert gross == len(bridged), name
        net = value(world, "ijwhub_wachtenden_netto_region", region="kennemerland", fase="start")
        assert net == expected, name


def test_who_waits_beyond_one_norm_is_not_told_when_few_wait_beyond_the_shorter_one_only() -> None:
    counts = {100: 15, 40: 4, 10: 12}
    world = told(
        Rows(
            clients={
                f"{days}/{n}": Client(toewijzingen=(toewijzing(1, ago(days)),))
                for days, count in counts.items()
                for n in range(count)
            }
        )
    )
    over = [
        value(world, "ijwhub_wachtenden_boven_norm_region", region="kennemerland", fase="start", weken=weken)
        for weken in ("4", "8")
    ]
    assert over == [19, None]


@pytest.mark.parametrize(("count", "median"), [(9, None), (10, 0)])
def test_a_median_of_few_youths_is_not_told(count: int, median: float | None) -> None:
    world = told(people({FIRST: count}))
    assert value(world, "ijwhub_wachttijd_mediaan_dagen_region", region="kennemerland", fase="start") == median


def test_amounts_of_few_youths_are_not_told() -> None:
    few = told(Rows(claims=tuple(claims())[:9]))
    assert [name for name, _ in few if name.startswith("ijwhub_declaraties")] == []


def test_youths_count_and_not_what_they_wait_for() -> None:
    twice = Client(toewijzingen=(toewijzing(1, ago(100)), toewijzing(2, ago(100))))
    world = told(Rows(clients={f"p{n}": twice for n in range(6)}))
    assert value(world, "ijwhub_wachtenden_region", region="kennemerland", fase="start") is None


@pytest.mark.parametrize("seed", range(60))
def test_no_figure_of_few_youths_can_be_calculated_from_all_that_are_told(seed: int) -> None:
    """Solves all sums of a region together: what is left free in every direction is not known."""
    chance = random.Random(seed)
    facts = [
        Fact(f"{gemeente}{segment}{n}", "r", f"{gemeente}:{chance.choice('1234') * 8}", segment)
        for gemeente in ("0001", "0002", "0003", "0004")
        for segment in ("a", "b", "c")
        for n in range(int(chance.expovariate(1 / chance.choice((3, 12, 40)))))
    ]
    net = [fact for fact in facts if chance.random() < 0.7]
    told_of = Shown({"gross": facts, "net": net}, 10, [("net", "gross")])
    gross, part = by_spot(facts), by_spot(net)
    known = {("gross", *spot) for spot in told_of.of("gross")}
    known |= {("net", *spot) for spot in told_of.of("net", told_of.of("gross"))}
    known |= {("rest", *spot) for spot in gross if ("gross", *spot) in known and ("net", *spot) in known}
    counts = {("gross", *spot): len(some) for spot, some in gross.items()}
    counts |= {("net", *spot): len(part.get(spot, ())) for spot in gross}
    counts |= {("rest", *spot): len(some) - len(part.get(spot, ())) for spot, some in gross.items()}
    few = {name for name, count in counts.items() if 0 < count < 10}
    assert not few & known
    assert not few & calculated(sorted(counts.keys() - known), sums_of(gross))
    assert not few_together(counts, known, sums_of(gross))


Figure = tuple[str, str, tuple[str, ...]]


def sums_of(spots: Iterable[Spot]) -> list[dict[Figure, int]]:
    """What adds up to nothing: in every row and column the parts less their whole, and net and rest less gross."""
    found: dict[object, dict[Figure, int]] = defaultdict(dict)
    for place, key in spots:
        for figure in ("gross", "net", "rest"):
            if place in ("_aanbieder", "_region"):
                found[figure, "aanbieders"][figure, place, key] = 1 if place == "_aanbieder" else -1
            if place != "_aanbieder":
                row = key[1] if place in ("", "_gemeente") else "all"
                column = key[-1] if place in ("", "_segment") else "all"
                found[figure, "row", row][figure, place, key] = -1 if column == "all" else 1
                found[figure, "column", column][figure, place, key] = -1 if row == "all" else 1
        found[place, key] = {("net", place, key): 1, ("rest", place, key): 1, ("gross", place, key): -1}
    return list(found.values())


def few_together(
    counts: Mapping[Figure, int], known: set[Figure], sums: Iterable[Mapping[Figure, int]]
) -> list[Sequence[Figure]]:
    """The sums that tell of what is hidden on one side of them that it is few youths together."""
    hidden = [[name for name in one if name not in known] for one in sums]
    sides = [(some, {one[name] for name in some}) for some, one in zip(hidden, sums, strict=True)]
    return [some for some, signs in sides if len(signs) == 1 and 0 < sum(counts[name] for name in some) < 10]


def calculated(unknown: Sequence[Figure], sums: Sequence[Mapping[Figure, int]]) -> set[Figure]:
    """The unknown figures that have one value only in all solutions of the sums."""
    free = null_space([[one.get(name, 0) for name in unknown] for one in sums])
    return {name for name, ways in zip(unknown, free, strict=True) if (abs(ways) < 1e-9).all()}


def test_few_youths_of_several_parts_are_not_told_together() -> None:
    counts = {("0001", "a"): 3, ("0001", "b"): 4, ("0001", "c"): 30} | {("0002", one): 40 for one in "abc"}
    facts = [
        Fact(f"{gemeente}{segment}{n}", "r", f"{gemeente}:11111111", segment)
        for (gemeente, segment), count in counts.items()
        for n in range(count)
    ]
    spots = Shown({"figure": facts}, 10).of("figure")
    assert ("_gemeente", ("r", "0001")) in spots
    assert ("", ("r", "0001", "c")) not in spots


def test_nothing_is_hidden_where_the_region_asks_so() -> None:
    open_ = MONITORING.model_copy(update={"suppress_below": 0})
    assert value(told(people({FIRST: 1}), open_), "ijwhub_jeugdigen_in_zorg_region", region="kennemerland") == 1


def test_aanbieders_are_told_by_region_and_what_is_left_of_all_of_a_region_is_not_of_few() -> None:
    world = told(people({FIRST: 30, OTHER: 4, "0392:44444444": 11, "0014:11111111": 20, "0014:22222222": 15}))
    name = "ijwhub_jeugdigen_in_zorg"
    assert value(world, f"{name}_region", region="kennemerland") == 45
    here = [value(world, f"{name}_aanbieder", region="kennemerland", aanbieder=f"{n}" * 8) for n in (1, 2, 4)]
    assert here == [30, None, None]
    there = [value(world, f"{name}_aanbieder", region="overig", aanbieder=f"{n}" * 8) for n in (1, 2)]
    assert there == [20, 15]


def test_what_is_hidden_of_a_part_is_hidden_of_what_it_leaves_with_all_that_gives_that_away() -> None:
    """Per gemeente who waits and how many of those beside other care; 5 of those stand alone in the second."""
    waits, beside = {"0001": 20, "0002": 20, "0003": 20}, {"0001": 15, "0002": 5, "0003": 12}
    net = [_fact(f"n{code}{n}", code) for code, count in waits.items() for n in range(count)]
    bridged = [_fact(f"b{code}{n}", code) for code, count in beside.items() for n in range(count)]
    shown = Shown({"gross": [*net, *bridged], "net": net}, 10, [("net", "gross")])
    gemeenten = [("_gemeente", ("r", code)) for code in waits]
    assert [spot in shown.of("gross") for spot in gemeenten] == [True, True, True]
    assert [spot in shown.of("net") for spot in gemeenten] == [True, False, False]
    assert ("_region", ("r",)) in shown.of("net")


def test_nobody_is_not_told_where_it_would_tell_that_the_rest_is_few() -> None:
    net = [_fact(f"n{n}", "0001") for n in range(20)]
    bridged = [_fact(f"b{n}", "0001") for n in range(30)] + [_fact(f"c{n}", "0002") for n in range(3)]
    shown = Shown({"gross": [*net, *bridged], "net": net}, 10, [("net", "gross")])
    assert shown.of("net", [("_gemeente", ("r", "0003"))])["_gemeente", ("r", "0003")] == ()
    assert ("_gemeente", ("r", "0002")) not in shown.of("net", [("_gemeente", ("r", "0002"))])


def _fact(youth: str, gemeente: str) -> Fact:
    return Fact(youth, "r", f"{gemeente}:11111111", "a")


def waited(days: int, count: int, relation: str = FIRST) -> dict[str, Client]:
    """Youths whose care began last month after so many days of waiting."""
    one = Client(toewijzingen=(toewijzing(1, ago(30 + days), start(ago(30)), relation=relation),))
    return {f"{relation} {days} {n}": one for n in range(count)}


@pytest.mark.parametrize(
    ("met", "missed", "expected"), [(20, 9, None), (9, 20, None), (20, 10, 0.667), (20, 0, 1), (0, 20, 0), (9, 0, None)]
)
def test_a_share_is_not_told_when_its_part_or_the_rest_is_of_few(met: int, missed: int, expected: float | None) -> None:
    world = told(Rows(clients={**waited(7, met), **waited(40, missed)}))
    name, labels = "ijwhub_binnen_norm_ratio", {"fase": "start", "weken": "4"}
    assert value(world, f"{name}_region", region="kennemerland", **labels) == expected
    assert value(world, f"{name}_aanbieder", region="kennemerland", aanbieder="11111111", **labels) == expected


def test_a_share_is_not_told_when_it_gives_another_one_away() -> None:
    first, second = {**waited(7, 20), **waited(40, 30)}, {**waited(7, 25, SECOND), **waited(40, 4, SECOND)}
    world = told(Rows(clients=first | second))
    name, labels = "ijwhub_binnen_norm_ratio", {"fase": "start", "weken": "4", "region": "kennemerland"}
    assert value(world, f"{name}_region", **labels) == round(45 / 79, 3)
    assert [value(world, f"{name}_gemeente", gemeente=one, **labels) for one in ("0392", "0473")] == [None, None]


def begun(counts: Mapping[str, int]) -> Told:
    """So many youths whose care began, and was told, last month, at each relation."""
    one = {place: Client(toewijzingen=(toewijzing(1, ago(40), start(ago(30)), relation=place),)) for place in counts}
    return told(Rows(clients={f"{place}/{n}": one[place] for place, count in counts.items() for n in range(count)}))


def starts(world: Told, aanbieder: str) -> float | None:
    """The terms of starts that an aanbieder met."""
    name = "ijwhub_termijnen_partij_aanbieder"
    return value(world, name, aanbieder=aanbieder, regel="OP271", state="met")


@pytest.mark.parametrize(("count", "expected"), [(9, None), (10, 10)])
def test_terms_that_youths_have_one_by_one_are_not_told_of_few_youths(count: int, expected: float | None) -> None:
    world = begun({FIRST: count})
    assert starts(world, "11111111") == expected
    assert value(world, "ijwhub_termijnen", regel="OP271", what="start", rol="aanbieder", state="met") == expected
    assert value(world, "ijwhub_termijnen", regel="OP271", what="start", rol="aanbieder", state="late") == 0


def test_such_terms_of_all_parties_do_not_give_those_of_one_away() -> None:
    world = begun({FIRST: 30, OTHER: 4, ABROAD: 12})
    assert value(world, "ijwhub_termijnen", regel="OP271", what="start", rol="aanbieder", state="met") == 46
    assert [starts(world, one) for one in ("11111111", "22222222", "33333333")] == [30, None, None]


def test_terms_of_messages_are_no_counts_of_youths() -> None:
    labels = {"aanbieder": "11111111", "regel": "OP090", "state": "late"}
    assert value(WORLD, "ijwhub_termijnen_partij_aanbieder", **labels) == 2


# --- labels ----------------------------------------------------------------------------------------


def test_no_label_is_that_of_a_person_or_a_message() -> None:
    values = {worth for _, labels in WORLD for _, worth in labels}
    secret = {*clients(), *(f"m{number}" for number in range(1, 12)), "message-1", "message-2", "r11", "r5"}
    assert not values & secret
    assert all(len(worth) < 40 for worth in values)
    assert {label for metric in METRICS.values() for label in metric.labels} == set(LABELS)


@pytest.mark.parametrize("label", list(LABELS))
@pytest.mark.parametrize(
    "secret",
    [
        pytest.param("999900006", id="BSN"),
        pytest.param("*", id="all together"),
        pytest.param("", id="nothing"),
        pytest.param("0b8c2b1e-9f0f-4c58-8b7a-0a3a6f0d1c11", id="id of a message"),
        pytest.param("c2e1" * 16, id="pseudonym"),
        pytest.param("Jan 999900006", id="name and BSN"),
    ],
)
def test_no_label_could_hold_a_person_or_a_message(label: str, secret: str) -> None:
    assert not LABELS[label].fullmatch(secret)


def test_everything_that_is_told_fits_its_labels() -> None:
    made = samples(rows(), files(clients(), MONITORING), NOW, MONITORING)
    assert [sample for sample in made if not fits(sample)] == []


def test_a_sample_that_does_not_fit_is_left_out_and_counted() -> None:
    figures = Figures()
    fitting = Sample("ijwhub_signaal_aanbieder", {"aanbieder": "11111111", "signaal": "ends"}, 1)
    figures.tell([fitting, Sample("ijwhub_signaal_aanbieder", {"aanbieder": "999900006", "signaal": "ends"}, 1)])
    assert "999900006" not in exposed(figures)
    assert "ijwhub_figures_left_out 1.0" in exposed(figures)
    figures.tell([fitting])
    assert "ijwhub_figures_left_out 0.0" in exposed(figures)


# --- as Prometheus reads it ------------------------------------------------------------------------


def exposed(figures: Figures) -> str:
    """What a scrape gives."""
    registry = CollectorRegistry()
    registry.register(figures)
    return generate_latest(registry).decode()


def test_a_scrape_tells_what_was_told_last() -> None:
    figures = Figures()
    assert exposed(figures) == ""
    figures.tell([Sample("ijwhub_aanbieders_met_signaal", {"signaal": "ends"}, 3)])
    figures.tell([Sample("ijwhub_signaal_aanbieder", {"signaal": "late", "aanbieder": "11111111"}, 1)])
    assert exposed(figures).startswith(
        "# HELP ijwhub_signaal_aanbieder 1 when an aanbieder departs from its own past\n"
        "# TYPE ijwhub_signaal_aanbieder gauge\n"
        'ijwhub_signaal_aanbieder{aanbieder="11111111",signaal="late"} 1.0\n'
        "# HELP ijwhub_figures_left_out"
    )


def test_everything_that_is_told_can_be_scraped() -> None:
    figures = Figures()
    made = samples(rows(), files(clients(), MONITORING), NOW, MONITORING)
    figures.tell(made)
    lines = [line for line in exposed(figures).splitlines() if not line.startswith("#")]
    assert len(lines) == len(made) + len(["ijwhub_figures_left_out"])


def test_a_scrape_makes_no_families(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = Figures()
    figures.tell(samples(rows(), files(clients(), MONITORING), NOW, MONITORING))
    before = exposed(figures)
    monkeypatch.delattr("monitoring.figures.GaugeMetricFamily")
    assert generate_latest(figures).decode() == before


def test_no_other_collector_can_take_the_name_of_a_figure() -> None:
    registry = CollectorRegistry()
    registry.register(Figures())
    with pytest.raises(ValueError, match="Duplicated"):
        registry.register(Figures())


def metrics_of_places() -> Sequence[Metric]:
    """The metrics about youths."""
    return [metric for name, metric in METRICS.items() if name.startswith("ijwhub_pauzes_open")]


def test_every_place_has_its_own_name() -> None:
    assert {metric.labels for metric in metrics_of_places()} == set(PLACES.values())
