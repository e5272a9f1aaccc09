"""Terms and claims one by one: who sees which, what is chosen, in which order, and that sums add up. All in 2026."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from streams.core.folds.berichten import Awaited, Berichten
from streams.core.folds.care import Client, Levering, Toewijzing, Versie, Verzoek
from streams.core.folds.claims import Claims, Line
from streams.core.monitors.book import Book, Wanted, book, chosen, messages_of
from streams.core.monitors.claimed import Sums, WantedClaims, chosen_claims, claims_of, together
from streams.core.monitors.deadlines import ledger, summed
from streams.core.monitors.rows import Rows
from streams.core.monitors.sight import EVERYTHING, Sight, sight_of
from streams.core.monitors.trajecten import files
from streams.core.parties import Directory, Party
from streams.core.regions import Monitoring
from tests.support.neighbours import HAARLEM, HEEMSKERK, JB, KLEIN, PARTIES, VELSEN, ZORG
from tests.support.picturing import MONITORING, world
from tests.support.picturing import NOW as LATER

DIRECTORY = Directory(tuple(Party.model_validate({"name": keys["id"], **keys}) for keys in PARTIES))
NOW = datetime(2026, 6, 30, 10, tzinfo=UTC)
TALK = frozenset(["JW301", "JW302"])
"""What the CJG's mandate is for, among others."""


def sight(id: str, directory: Directory = DIRECTORY) -> Sight:
    party = directory.by_id(id)
    assert party is not None
    return sight_of(party, directory)


def at(day: int, month: int = 6) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=UTC)


# --- who sees what ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asker", "relations"),
    [
        ("haarlem", {(HAARLEM, ZORG), (HAARLEM, JB), (HAARLEM, KLEIN)}),
        ("velsen", {(VELSEN, ZORG), (VELSEN, JB), (VELSEN, KLEIN)}),
        ("joint", {(HEEMSKERK, ZORG), (HEEMSKERK, JB), (HEEMSKERK, KLEIN)}),
        ("cjg", {(HAARLEM, ZORG), (HAARLEM, JB), (HAARLEM, KLEIN)}),
        ("zorg", {(HAARLEM, ZORG), (VELSEN, ZORG), (HEEMSKERK, ZORG)}),
        ("office", {(HAARLEM, KLEIN), (VELSEN, KLEIN), (HEEMSKERK, KLEIN)}),  # not those of whom it has a mandate
        ("jb", {(HAARLEM, JB), (VELSEN, JB), (HEEMSKERK, JB)}),
    ],
)
def test_a_party_sees_its_own_relations_and_those_that_are_connected_via_it(
    asker: str, relations: set[tuple[str, str]]
) -> None:
    every = [(one, other) for one in (HAARLEM, VELSEN, HEEMSKERK) for other in (ZORG, JB, KLEIN)]
    assert {(one, other) for one, other in every if sight(asker).sees(f"{one}:{other}", TALK)} == relations
    assert all(EVERYTHING.sees(f"{one}:{other}", TALK) for one, other in every)


def test_a_cjg_sees_only_what_all_of_its_messages_are_in_its_mandate() -> None:
    cjg = sight("cjg")
    assert cjg.sees(f"{HAARLEM}:{ZORG}", {"JW315", "JW316"})
    assert not cjg.sees(f"{HAARLEM}:{ZORG}", {"JW301", "JW305"})
    assert not cjg.sees(f"{HAARLEM}:{ZORG}", {"JW323"})
    assert sight("haarlem").sees(f"{HAARLEM}:{ZORG}", {"JW323"})


def test_a_code_of_another_length_is_no_prefix() -> None:
    assert not sight("haarlem").sees(f"0393:{HAARLEM}{HAARLEM}", TALK)


# --- terms -----------------------------------------------------------------------------------------


def versie(message: str, received: datetime, ingang: date) -> Versie:
    return Versie(message, received, received.replace(tzinfo=None), ingang, None, "45", "45A04", None, None)


def care(relation: str, nummer: int, message: str) -> Toewijzing:
    """Assigned on 1 June, begun on the 3rd, and its start told late: on the 22nd (its last day was the 10th)."""
    start = Levering("s", at(22), date(2026, 6, 3), None, None, "45", "45A04")
    return Toewijzing(relation, nummer, "45", "45A04", (versie(message, at(1), date(2026, 6, 2)),), (start,))


def verzoek(relation: str, referentie: str, message: str, day: int) -> Verzoek:
    return Verzoek(relation, referentie, "JW315", message, at(day), date(2026, 6, day), None, "45", None, "01", ())


HZ, VZ = f"{HAARLEM}:{ZORG}", f"{VELSEN}:{ZORG}"
CLIENTS = {
    "a" * 32: Client(None, (care(HZ, 7, "v7"),), (verzoek(HZ, "REF", "r1", 26),)),
    "b" * 32: Client(None, (care(VZ, 8, "v8"),), (verzoek(VZ, "REF", "r2", 29),)),
}
ROWS = Rows(
    CLIENTS,
    (),
    (
        Berichten(HZ, "JW301", date(2026, 6, 26), HAARLEM, ZORG, returned={"met": 5, "late": 2}),
        Berichten(HZ, "JW305", date(2026, 6, 22), ZORG, HAARLEM, awaited={"id-1": Awaited(at(22), None)}),
        Berichten(
            VZ,
            "JW307",
            date(2026, 6, 30),
            ZORG,
            VELSEN,
            returned={"failed": 1},
            awaited={"id-2": Awaited(at(30), None)},
        ),
    ),
)


def made(rows: Rows = ROWS, monitoring: Monitoring = MONITORING) -> Book:
    return book(files(rows.clients, monitoring), rows, NOW, monitoring)


def told(wanted: Wanted | None = None, who: Sight = EVERYTHING) -> list[tuple[str, str, str]]:
    return [(one.what, one.relation, one.state) for one in chosen(made(), wanted or Wanted(), who).terms]


def test_terms_come_soonest_due_first() -> None:
    assert [(one.due.day, one.due.month, one.what, one.relation) for one in made().listed] == [
        (10, 6, "start", HZ),
        (10, 6, "start", VZ),
        (25, 6, "JW305", HZ),
        (3, 7, "verzoek", HZ),
        (3, 7, "JW307", VZ),
        (6, 7, "verzoek", VZ),
    ]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"states": frozenset(["breached"])}, [("JW305", HZ)]),
        ({"states": frozenset(["breached", "late"])}, [("start", HZ), ("start", VZ), ("JW305", HZ)]),
        ({"rules": frozenset(["OP274"])}, [("verzoek", HZ), ("verzoek", VZ)]),
        ({"responsible": HAARLEM}, [("JW305", HZ), ("verzoek", HZ)]),
        ({"responsible": ZORG, "gemeente": VELSEN}, [("start", VZ)]),
        ({"gemeente": VELSEN}, [("start", VZ), ("JW307", VZ), ("verzoek", VZ)]),
        ({"aanbieder": KLEIN}, []),
        ({"aanbieder": ZORG, "rules": frozenset(["OP271"]), "states": frozenset(["met"])}, []),
    ],
)
def test_every_filter_leaves_what_it_asks_for(wanted: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert [(what, relation) for what, relation, _ in told(Wanted(**wanted))] == expected


def test_a_party_gets_its_own_terms_and_sums() -> None:
    mine = chosen(made(), Wanted(), sight("haarlem"))
    assert {one.relation for one in mine.terms} == {HZ}
    assert mine.sums == {
        ("OP090", HAARLEM, "breached"): 1,
        ("OP090", ZORG, "late"): 2,
        ("OP090", ZORG, "met"): 5,
        ("OP271", ZORG, "late"): 1,
        ("OP274", HAARLEM, "open"): 1,
    }


def test_a_cjg_gets_no_term_about_messages_outside_its_mandate() -> None:
    assert told(who=sight("cjg")) == []
    sums = chosen(made(), Wanted(), sight("cjg")).sums
    assert sums == {("OP090", ZORG, "late"): 2, ("OP090", ZORG, "met"): 5}  # answers to JW301, by JW302
    whole = [
        {**keys, "mandates": [{"gemeente": HAARLEM, "berichten": "all"}]} for keys in PARTIES if keys["id"] == "cjg"
    ]
    others = [keys for keys in PARTIES if keys["id"] != "cjg"]
    directory = Directory(tuple(Party.model_validate({"name": "x", **keys}) for keys in (*whole, *others)))
    assert told(who=sight("cjg", directory)) == told(Wanted(gemeente=HAARLEM))


def test_sums_hold_only_the_states_that_are_wanted() -> None:
    sums = chosen(made(), Wanted(states=frozenset(["failed", "late"])), EVERYTHING).sums
    assert sums == {("OP090", VELSEN, "failed"): 1, ("OP090", ZORG, "late"): 2, ("OP271", ZORG, "late"): 2}


def test_sums_are_those_of_the_ledger_and_the_list_is_all_of_it_that_is_known_one_by_one() -> None:
    one = world(120)
    some = chosen(book(one.files, one.rows, LATER, MONITORING), Wanted(), EVERYTHING)
    by = summed(ledger(one.files, one.rows, LATER, MONITORING), lambda duty: (duty.rule, duty.responsible))
    assert some.sums == {(*place, state): n for place, states in by.items() for state, n in states.items() if n}
    assert Counter((one.rule, one.responsible, one.state) for one in some.terms) == some.sums
    assert len(some.terms) > 400


# --- the messages behind them ----------------------------------------------------------------------


def behind(rows: Rows = ROWS) -> dict[tuple[str, str], str]:
    found = messages_of(made(rows).listed, files(rows.clients, MONITORING))
    return {(one.what, one.relation): id for one, id in found.items()}


def test_a_term_knows_the_message_that_awaits_its_answer_or_asked_for_the_care() -> None:
    assert behind() == {
        ("JW305", HZ): "id-1",
        ("JW307", VZ): "id-2",
        ("start", HZ): "v7",
        ("start", VZ): "v8",
        ("verzoek", HZ): "r1",
        ("verzoek", VZ): "r2",
    }


def test_the_last_version_of_an_assignment_is_behind_it() -> None:
    one = care(HZ, 7, "v7")
    later = replace(one, versies=(*one.versies, versie("v9", at(20), date(2026, 6, 2))))
    found = behind(Rows({"a" * 32: Client(None, (later,))}))
    assert found == {("start", HZ): "v9"}


def test_a_number_that_two_youths_have_leads_to_no_message() -> None:
    twice = {"a" * 32: Client(None, (care(HZ, 7, "v7"),)), "b" * 32: Client(None, (care(HZ, 7, "v8"),))}
    assert behind(Rows(twice)) == {}


def test_what_was_not_assigned_here_has_no_message() -> None:
    assert behind(Rows({"a" * 32: Client(None, (replace(care(HZ, 7, "v7"), versies=()),))})) == {}


# --- claims ----------------------------------------------------------------------------------------


def line(
    message: str, referentie: str, bedrag: int, outcome: str, day: datetime, credit_van: str | None = None
) -> Line:
    van = date(2026, 4, 1)
    place = (message, referentie, "D", van, "45", "45A04", van, van.replace(day=30), bedrag, credit_van)
    return Line(*place, outcome, day, None, ())  # type: ignore[arg-type]


CLAIMED = Rows(
    claims=(
        ("a" * 32, Claims(HZ, 7, (
            line("m1", "R1", 10_001, "granted", at(9, 5)),
            line("m1", "R2", 500, "refused", at(9, 5)),
            line("m2", "R3", 777, "claimed", at(20, 5)),
            line("m3", "R4", -10_001, "granted", at(2), "R1"),
            line("m3", "R5", -1, "refused", at(2), "R2"),
        ))),
        ("b" * 32, Claims(HZ, 8, (line("m1", "R6", 33, "granted", at(9, 5)),))),
        ("b" * 32, Claims(VZ, 9, (line("m4", "R7", 5, "granted", datetime(2026, 5, 31, 22, 30, tzinfo=UTC)),))),
    )
)  # fmt: skip


def months(wanted: WantedClaims | None = None, who: Sight = EVERYTHING) -> dict[tuple[str, int, str | None], Sums]:
    found = chosen_claims(claims_of(CLAIMED, MONITORING), wanted or WantedClaims(), who)
    return {(one.gemeente, one.month.month, one.message): one.sums for one in found}


def test_claims_are_summed_per_relation_and_dutch_month_of_receipt() -> None:
    found = months()
    assert list(found) == [(HAARLEM, 5, None), (HAARLEM, 6, None), (VELSEN, 6, None)]
    assert found[HAARLEM, 5, None] == Sums(
        claimed=11_311,
        granted=10_034,
        refused=500,
        open=777,
        debits=11_311,
        claims=2,
        lines=4,
        lines_granted=1,
        lines_credited=1,
        lines_refused=1,
        lines_open=1,
    )
    # What is credited later is told in the month in which the credit came.
    assert found[HAARLEM, 6, None] == Sums(
        granted=-10_001, credited=10_001, refused_credits=1, claims=1, lines=2, lines_granted=1, lines_refused=1
    )
    assert all(sums.adds_up for sums in found.values())


def test_months_are_the_sums_of_their_claims() -> None:
    each = months(WantedClaims(each=True))
    assert [place[2] for place in each] == ["m1", "m2", "m3", "m4"]
    assert each[HAARLEM, 5, "m1"].lines == 3  # of two youths
    assert each[HAARLEM, 5, "m1"] + each[HAARLEM, 5, "m2"] == months()[HAARLEM, 5, None]
    claims = claims_of(CLAIMED, MONITORING)
    assert together(claims) == together(chosen_claims(claims, WantedClaims(), EVERYTHING))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (WantedClaims(gemeente=VELSEN), [(VELSEN, 6)]),
        (WantedClaims(aanbieder=ZORG, first=date(2026, 6, 1)), [(HAARLEM, 6), (VELSEN, 6)]),
        (WantedClaims(last=date(2026, 5, 1)), [(HAARLEM, 5)]),
        (WantedClaims(aanbieder=JB), []),
    ],
)
def test_claims_that_are_asked_for(wanted: WantedClaims, expected: list[tuple[str, int]]) -> None:
    assert [(gemeente, month) for gemeente, month, _ in months(wanted)] == expected


@pytest.mark.parametrize(
    ("who", "expected"),
    [("haarlem", {HAARLEM}), ("velsen", {VELSEN}), ("zorg", {HAARLEM, VELSEN}), ("cjg", set()), ("jb", set())],
)
def test_a_party_gets_its_own_claims(who: str, expected: set[str]) -> None:
    assert {gemeente for gemeente, *_ in months(who=sight(who))} == expected


def test_what_is_lost_between_claim_and_outcome_does_not_add_up() -> None:
    whole = months()[HAARLEM, 5, None]
    assert not replace(whole, debits=whole.debits + 1).adds_up
    assert not replace(whole, refused=whole.refused - 1).adds_up
