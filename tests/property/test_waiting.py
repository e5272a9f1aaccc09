"""The waiting list of any youths: every wait closes in one way, stock and flow add up, and survival is the estimate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.folds.care import Antwoord, Client, Levering, Toewijzing, Versie, Verzoek
from streams.core.monitors.survival import survival
from streams.core.monitors.trajecten import File, files
from streams.core.monitors.waiting import FASEN, Item, items
from streams.core.monitors.waiting_summary import summary
from streams.core.regions import Monitoring

RELATIONS = ("0392:65656001", "0453:65656002")
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
FIRST, LAST = 0, 40
EARLY = date(2025, 1, 1)
WEEKS = (1, 3)

some = settings(max_examples=100)
numbers = st.integers(FIRST, LAST)
references = st.sampled_from([None, "A", "B"])
Closing = tuple[str, date, str, date | None]


def day(number: int) -> date:
    return START.date() + timedelta(number)


def noon(number: int) -> datetime:
    return START + timedelta(number)


@st.composite
def versies(draw: st.DrawFn) -> Versie:
    received, ingang = draw(numbers), draw(numbers)
    einde = draw(st.none() | st.integers(ingang, LAST))
    reden, at = draw(st.sampled_from([None, None, None, "13"])), noon(received).replace(tzinfo=None)
    until = None if einde is None else day(einde)
    return Versie("m", noon(received), at, day(ingang), until, "45", None, reden, draw(references))


@st.composite
def leveringen(draw: st.DrawFn) -> Levering:
    begin = draw(numbers)
    eind = draw(st.none() | st.integers(begin, LAST))
    reden = None if eind is None else draw(st.sampled_from(["20", "31"]))
    until = None if eind is None else day(eind)
    withdrawn = draw(st.sampled_from([False, False, True]))
    return Levering("m", noon(draw(numbers)), day(begin), until, reden, None, None, withdrawn)


@st.composite
def toewijzingen(draw: st.DrawFn, relation: str, nummer: int | None) -> Toewijzing:
    known = draw(st.lists(versies(), min_size=1, max_size=3)) if nummer is not None else []
    known.sort(key=lambda one: one.toegewezen_op)
    return Toewijzing(relation, nummer, None, None, tuple(known), tuple(draw(st.lists(leveringen(), max_size=3))))


@st.composite
def verzoeken(draw: st.DrawFn, relation: str, referentie: str) -> Verzoek:
    answers = draw(st.lists(st.tuples(numbers, st.sampled_from("12")), max_size=2))
    antwoorden = tuple(Antwoord("m", noon(on), answer, None, None) for on, answer in sorted(answers))
    received, bericht = draw(numbers), draw(st.sampled_from(["JW315", "JW315", "JW317"]))
    at = noon(received)
    return Verzoek(relation, referentie, bericht, "m", at, at.date(), None, "43", None, None, (), antwoorden)


@st.composite
def clients(draw: st.DrawFn) -> Client:
    places = [(relation, nummer) for relation in RELATIONS for nummer in (1, 2, None)]
    asked = [(relation, referentie) for relation in RELATIONS for referentie in "AB"]
    chosen = draw(st.lists(st.sampled_from(places), unique=True, max_size=4))
    requests = draw(st.lists(st.sampled_from(asked), unique=True, max_size=3))
    made = tuple(draw(toewijzingen(*place)) for place in sorted(chosen, key=lambda one: (one[0], one[1] or 0)))
    return Client(None, made, tuple(draw(verzoeken(*place)) for place in sorted(requests)))


worlds = st.lists(clients(), min_size=1, max_size=3).map(
    lambda made: files({f"youth {number}": one for number, one in enumerate(made)}, Monitoring())
)


# --- told apart from the code under test, straight from definitions.md -------------------------------


def expected(client: Client) -> Iterator[Closing]:
    """Phase, from, what it comes to and when: of every wait, whatever the peildatum."""
    counting = [one for one in client.toewijzingen if one.versies]
    for one in counting:
        yield ("start", _received(one), *_from(_received(one), _start(one)))
    for asked in client.verzoeken:
        if asked.bericht == "JW315":
            granted = [one for one in counting if one.relation == asked.relation and _answers(one, asked)]
            since = asked.received_at.date()
            yield ("toewijzing", since, *_from(since, _request(asked, granted)))
            yield ("totaal", since, *_from(since, _whole(asked, granted)))


def _received(one: Toewijzing) -> date:
    return min(versie.received_at for versie in one.versies).date()


def _answers(one: Toewijzing, asked: Verzoek) -> bool:
    return any(versie.referentie == asked.referentie for versie in one.versies)


def _start(one: Toewijzing) -> tuple[str, date | None]:
    first = min(one.versies, key=lambda versie: (versie.received_at, versie.toegewezen_op))
    begin = min((lev.begin for lev in one.standing), default=date.max)
    einde = one.versies[-1].einde or date.max
    if one.versies[-1].reden == "13":
        return "deleted", None
    if first.ingang < _received(one) and begin <= _received(one):
        return "retroactive", None
    return _first(ended=begin, left=einde if einde < begin else date.max)


def _rejected(asked: Verzoek) -> date:
    return min((one.received_at.date() for one in asked.antwoorden if one.antwoord == "1"), default=date.max)


def _request(asked: Verzoek, granted: Sequence[Toewijzing]) -> tuple[str, date | None]:
    standing = [one for one in granted if one.versies[-1].reden != "13"]
    if granted and not standing:
        return "deleted", None
    on_it = (versie for one in standing for versie in one.versies if versie.referentie == asked.referentie)
    return _first(ended=min((one.received_at.date() for one in on_it), default=date.max), left=_rejected(asked))


def _whole(asked: Verzoek, granted: Sequence[Toewijzing]) -> tuple[str, date | None]:
    standing = [one for one in granted if one.versies[-1].reden != "13"]
    if granted and not standing:
        return "deleted", None
    how, when = _start(min(standing, key=lambda one: one.nummer or 0)) if standing else ("waiting", None)
    if how == "retroactive":
        return how, None
    ended, left = (when or date.max if how == one else date.max for one in ("ended", "left"))
    return _first(ended=ended, left=min(left, _rejected(asked)))


def _first(ended: date, left: date) -> tuple[str, date | None]:
    if ended == left == date.max:
        return "waiting", None
    return ("ended", ended) if ended <= left else ("left", left)


def _from(since: date, closing: tuple[str, date | None]) -> tuple[str, date | None]:
    """What came before the wait began counts as on its first day."""
    how, when = closing
    return how, None if when is None else max(when, since)


def said(item: Item) -> Closing:
    return (item.fase, item.begin, item.state(date.max), None if item.retroactive else item.end or item.left)


@some
@given(world=worlds)
def test_every_wait_is_what_the_definitions_make_of_it(world: Sequence[File]) -> None:
    for file in world:
        assert sorted(map(said, items([file], day(LAST))), key=str) == sorted(expected(file.client), key=str)


# --- what adds up ------------------------------------------------------------------------------------


@some
@given(world=worlds, tot=numbers.map(day))
def test_every_item_is_in_one_figure_of_all_time(world: Sequence[File], tot: date) -> None:
    for fase in FASEN:
        chosen = [one for one in items(world, tot) if one.fase == fase]
        found = summary(chosen, EARLY, tot, WEEKS)
        parts = (found.gross.ended, found.gross.stock, found.rejected, found.lapsed, found.retroactive, found.deleted)
        assert sum(part.items for part in parts) == len(chosen)
        assert found.survival.size == len(chosen) - found.retroactive.items - found.deleted.items


@some
@given(world=worlds, tot=numbers.map(day))
def test_the_stock_is_what_came_less_what_ended_and_left(world: Sequence[File], tot: date) -> None:
    counted = [one for one in items(world, day(LAST)) if not (one.retroactive or one.deleted)]
    came = [one for one in counted if one.begin <= tot]
    ended = [one for one in came if one.end is not None and one.end <= tot]
    left = [one for one in came if one.left is not None and one.left <= tot]
    stock = summary(counted, EARLY, tot, WEEKS).gross.stock
    assert stock.items == len(came) - len(ended) - len(left)


@some
@given(world=worlds, van=numbers.map(day), tot=numbers.map(day))
def test_periods_that_join_add_up(world: Sequence[File], van: date, tot: date) -> None:
    chosen = items(world, tot)
    before, after = summary(chosen, EARLY, van - timedelta(1), WEEKS), summary(chosen, van, tot, WEEKS)
    whole = summary(chosen, EARLY, tot, WEEKS)
    if van <= tot:
        for name in ("rejected", "lapsed", "retroactive", "deleted"):
            assert getattr(whole, name).items == getattr(before, name).items + getattr(after, name).items
        assert whole.gross.ended.items == before.gross.ended.items + after.gross.ended.items


@some
@given(world=worlds, tot=numbers.map(day))
def test_gross_figures_do_not_depend_on_when_they_are_asked_for(world: Sequence[File], tot: date) -> None:
    at_once, later = (summary(items(world, peildatum), EARLY, tot, WEEKS) for peildatum in (tot, day(LAST)))
    assert (at_once.gross, at_once.survival) == (later.gross, later.survival)


@some
@given(world=worlds, tot=numbers.map(day))
def test_net_is_gross_without_what_other_care_bridges(world: Sequence[File], tot: date) -> None:
    found = summary(items(world, tot), EARLY, tot, WEEKS)
    for of_all, of_net in [(found.gross.ended, found.net.ended), (found.gross.stock, found.net.stock)]:
        assert 0 <= of_net.items <= of_all.items
        assert of_net.youths <= of_all.youths
    gross, net = ((one.ended.items + one.stock.items) for one in (found.gross, found.net))
    assert gross - net == found.bridged.items


@some
@given(world=worlds, tot=numbers.map(day))
def test_the_stock_is_split_by_age_and_falls_with_the_norm(world: Sequence[File], tot: date) -> None:
    gross = summary(items(world, tot), EARLY, tot, WEEKS).gross
    assert sum(count.items for count in gross.by_age.values()) == gross.stock.items
    assert gross.stock.items >= gross.over[1].items >= gross.over[3].items


# --- survival ----------------------------------------------------------------------------------------

waits = st.lists(st.integers(0, 30), max_size=20)


def exactly(ended: Sequence[int], censored: Sequence[int]) -> list[tuple[int, Fraction]]:
    """Kaplan–Meier in fractions: per day on which anything was seen, the share that waits longer."""
    share, made = Fraction(1), list[tuple[int, Fraction]]()
    for moment in sorted({*ended, *censored}):
        at_risk = sum(one >= moment for one in (*ended, *censored))
        share *= 1 - Fraction(ended.count(moment), at_risk)
        made.append((moment, share))
    return made


@some
@given(ended=waits, censored=waits)
def test_survival_is_the_estimate_in_fractions(ended: list[int], censored: list[int]) -> None:
    curve = exactly(ended, censored)
    found = survival(ended, censored, (1, 2, 3))
    assert found.median == next((moment for moment, share in curve if share <= Fraction(1, 2)), None)
    assert found.median is None or found.median in ended
    for norm, share in found.longer.items():
        passed = [one for moment, one in curve if moment <= 7 * norm]
        if share is not None:
            assert share == pytest.approx(float(passed[-1]) if passed else 1)
        else:
            assert not curve or (curve[-1][0] < 7 * norm and curve[-1][1] > 0)


@some
@given(ended=st.lists(st.integers(0, 30), min_size=1, max_size=20))
def test_when_all_have_ended_half_is_within_the_median(ended: list[int]) -> None:
    median = survival(ended, [], ()).median
    assert median is not None
    assert sum(one <= median for one in ended) * 2 >= len(ended)
    assert sum(one < median for one in ended) * 2 < len(ended)
