"""What can be wrong with a message against what went before (level 3) and what lies outside (level 4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from schemas.ijw_3_2.berichten import jw305, jw307, jw317, jw319
from streams.simulating.book import Book, Grant
from streams.simulating.faults import Fault, at_fault
from streams.simulating.faults_inside import (
    AANVRAAG,
    GRANTED,
    HOURS,
    START,
    STOP,
    VERZOEK,
    at,
    dagtekening,
    put,
)
from streams.simulating.post import Letter, Post

UNKNOWN = 88_000_001
"""A ToewijzingNummer that nobody gave."""
LISTED_IN = 2026
"""The year of which the hub has a list of gemeenten."""
NO_GEMEENTE = "9999"
LONG_AGO = timedelta(400)

Play = Callable[[Letter, Any, Post], Fault | None]


def _wrong_at(bericht: Any, path: str, rule: str, *also: str) -> Fault:
    return at_fault(bericht, at(bericht, path), rule, *also)


# --- every message ---------------------------------------------------------------------------------


def _dated_in_the_future(letter: Letter, bericht: Any, post: Post) -> Fault | None:
    wrong = put("Header.BerichtIdentificatie", Dagtekening=post.world.today + timedelta(3))(bericht)
    return _wrong_at(wrong, "Header", "TR135")


def _identificatie_used_before(letter: Letter, bericht: Any, post: Post) -> Fault | None:
    used = post.standing[letter.relation, letter.name]
    if not used or letter.identificatie in used:
        return None
    wrong = put("Header.BerichtIdentificatie", Identificatie=post.world.chance.one(used))(bericht)
    return _wrong_at(wrong, "Header", "TR056")


# --- JW301 -----------------------------------------------------------------------------------------


def _number_of_another(letter: Letter, bericht: Any, post: Post) -> Fault | None:
    if letter.grant is None or letter.grant.truth.versies or len(bericht.Client.ToegewezenProducten) > 1:
        return None
    other = _other_client(post.world.book, letter)
    if other is None:
        return None
    return _wrong_at(put(GRANTED, ToewijzingNummer=other.nummer)(bericht), GRANTED, "TR332")


def _other_client(book: Book, letter: Letter) -> Grant | None:
    here = book.by_relation.get(letter.relation, [])
    others = (one for one in here if one.youth is not letter.about.youth)
    return next((one for one in others if one.current and not one.is_changing), None)


def _reference_of_nothing(letter: Letter, bericht: Any, post: Post) -> Fault | None:
    if len(bericht.Client.ToegewezenProducten) > 1:
        return None
    return _wrong_at(put(GRANTED, ReferentieAanbieder="V-verzonnen")(bericht), GRANTED, "TR379")


# --- JW305 and JW307 -------------------------------------------------------------------------------


def _only_delivery(bericht: Any) -> jw305.StartProduct | jw307.StopProduct | None:
    lines: Sequence[Any] = getattr(bericht.Client, "StartProducten", None) or bericht.Client.StopProducten
    return lines[0] if len(lines) == 1 and lines[0].StatusAanlevering == "1" else None


def _delivery(path: str, rule: str, *also: str, **new: Any) -> Play:
    def play(letter: Letter, bericht: Any, post: Post) -> Fault | None:
        line = _only_delivery(bericht)
        if line is None:
            return None
        values = {name: value(line) if callable(value) else value for name, value in new.items()}
        return _wrong_at(put(path, **values)(bericht), path, rule, *also)

    return play


def _long_ago(line: Any) -> Any:
    return line.Begindatum - LONG_AGO


# --- JW315 and JW317 -------------------------------------------------------------------------------


def _reference_used_before(path: str) -> Play:
    def play(letter: Letter, bericht: Any, post: Post) -> Fault | None:
        for youth in post.world.book.jeugdigen.values():
            for verzoek in youth.verzoeken:
                if verzoek.relation == letter.relation and youth.bsn != letter.about.youth.bsn:
                    wrong = put(path, ReferentieAanbieder=verzoek.referentie)(bericht)
                    return _wrong_at(wrong, path, "TR347")
        return None

    return play


def _asked(bericht: Any) -> jw317.Verzoek:
    verzoek: jw317.Verzoek = bericht.Client.Verzoek
    return verzoek


def _not_all_named(letter: Letter, bericht: Any, post: Post) -> Fault | None:
    asked = _asked(bericht)
    *others, _left_out = asked.OngewijzigdeProducten or (None,)
    # without anything it builds on, it would be wrong in itself (TR352)
    if not asked.OngewijzigdeProducten or not (others or asked.TeWijzigenProducten):
        return None
    return _wrong_at(put(VERZOEK, OngewijzigdeProducten=tuple(others))(bericht), VERZOEK, "TR349")


def _unchanged_without_assignment(letter: Letter, bericht: Any, post: Post) -> Fault | None:
    unknown = jw317.OngewijzigdProduct(ToewijzingNummer=UNKNOWN)
    wrong = put(VERZOEK, OngewijzigdeProducten=(unknown, *_asked(bericht).OngewijzigdeProducten))(bericht)
    return _wrong_at(wrong, f"{VERZOEK}.OngewijzigdeProducten.0", "TR350")


def _change_without_assignment(letter: Letter, bericht: Any, post: Post) -> Fault | None:
    begin = dagtekening(bericht) + timedelta(20)
    unknown = jw317.TeWijzigenProduct(ToewijzingNummer=UNKNOWN, GewensteIngangsdatum=begin, Omvang=HOURS)
    wrong = put(VERZOEK, TeWijzigenProducten=(unknown, *_asked(bericht).TeWijzigenProducten))(bericht)
    return _wrong_at(wrong, f"{VERZOEK}.TeWijzigenProducten.0", "TR351")


def _of_another_client(letter: Letter, bericht: Any, post: Post) -> Fault | None:
    other = _other_client(post.world.book, letter)
    if other is None:
        return None
    line = jw317.OngewijzigdProduct(ToewijzingNummer=other.nummer)
    wrong = put(VERZOEK, OngewijzigdeProducten=(*_asked(bericht).OngewijzigdeProducten, line))(bericht)
    return _wrong_at(wrong, "Client", "TR304")


CHANGE = f"{VERZOEK}.TeWijzigenProducten.0"


def _change(rule: str, *also: str, fits: Callable[[Grant, Any], bool], **new: Any) -> Play:
    """A fault of the assignment that is to be changed."""

    def play(letter: Letter, bericht: Any, post: Post) -> Fault | None:
        changes = _asked(bericht).TeWijzigenProducten
        if letter.grant is None or not changes or not fits(letter.grant, bericht):
            return None
        values = {name: value(letter.grant, bericht) if callable(value) else value for name, value in new.items()}
        return _wrong_at(put(CHANGE, **values)(bericht), CHANGE, rule, *also)

    return play


def _only_its_end_changes(grant: Grant, bericht: Any) -> bool:
    return bool(at(bericht, CHANGE).GewensteIngangsdatum == grant.ingang)


def _began_before(grant: Grant, bericht: Any) -> bool:
    return _only_its_end_changes(grant, bericht) and grant.ingang + timedelta(1) <= dagtekening(bericht)


def _has_code(grant: Grant, bericht: Any) -> bool:
    return grant.product.code is not None


def _has_categorie_only(grant: Grant, bericht: Any) -> bool:
    no_code = grant.product.categorie is not None and grant.product.code is None
    return no_code and _only_its_end_changes(grant, bericht)


def _has_no_product(grant: Grant, bericht: Any) -> bool:
    return grant.product.categorie is None and _only_its_end_changes(grant, bericht)


def _has_budget(grant: Grant, bericht: Any) -> bool:
    return grant.budget is not None


def _day_after_ingang(grant: Grant, bericht: Any) -> Any:
    return grant.ingang + timedelta(1)


def _in_a_month(grant: Grant, bericht: Any) -> Any:
    return dagtekening(bericht) + timedelta(30)


def _more_budget(grant: Grant, bericht: Any) -> int:
    return (grant.budget or 0) + 1


def _same_product_beside(letter: Letter, bericht: Any, post: Post) -> Fault | None:
    grant = letter.grant
    current = grant.current if grant else None
    begin = dagtekening(bericht) + timedelta(5)
    if grant is None or current is None or grant.product.code is None or _asked(bericht).NieuweProducten:
        return None
    if (current.einde is not None and current.einde <= begin) or at(bericht, CHANGE).GewensteIngangsdatum > begin:
        return None
    new = jw317.NieuwProduct(Product=grant.product_of_standard(), GewensteIngangsdatum=begin, Omvang=HOURS)
    wrong = put(VERZOEK, NieuweProducten=(new,))(bericht)
    return _wrong_at(wrong, VERZOEK, "TR361")


# --- JW319 -----------------------------------------------------------------------------------------


def _answer_to_nothing(letter: Letter, bericht: Any, post: Post) -> Fault | None:
    return _wrong_at(put("Antwoord", ReferentieAanbieder="V-verzonnen")(bericht), "Antwoord", "TR355")


def _no_such_gemeente(letter: Letter, bericht: Any, post: Post) -> Fault | None:
    verzoek = letter.verzoek
    if bericht.Antwoord.VerzoekAntwoord != "1" or verzoek is None or verzoek.ingang is None:
        return None
    if verzoek.ingang.year != LISTED_IN:
        return None
    nowhere = jw319.Woonplaatsbeginsel(Gemeente=NO_GEMEENTE)
    wrong = put("Antwoord", RedenAfwijzingVerzoek="8", Woonplaatsbeginsel=nowhere)(bericht)
    return _wrong_at(wrong, "Antwoord.Woonplaatsbeginsel", "TR378")


HISTORY: Sequence[tuple[str, Play]] = (
    *((name, _dated_in_the_future) for name in ("JW301", "JW305", "JW307", "JW315", "JW317", "JW319")),
    *((name, _identificatie_used_before) for name in ("JW301", "JW305", "JW307", "JW315", "JW317", "JW319")),
    ("JW301", _number_of_another),
    ("JW301", _reference_of_nothing),
    ("JW305", _delivery(START, "TR019", ToewijzingNummer=UNKNOWN)),
    ("JW305", _delivery(START, "TR063", StatusAanlevering="3", Begindatum=_long_ago)),
    ("JW307", _delivery(STOP, "TR019", "TR382", ToewijzingNummer=UNKNOWN)),
    ("JW307", _delivery(STOP, "TR382", Begindatum=_long_ago)),
    ("JW307", _delivery(STOP, "TR063", StatusAanlevering="3", Begindatum=_long_ago)),
    ("JW315", _reference_used_before(AANVRAAG)),
    ("JW317", _reference_used_before(VERZOEK)),
    ("JW317", _not_all_named),
    ("JW317", _unchanged_without_assignment),
    ("JW317", _change_without_assignment),
    ("JW317", _of_another_client),
    ("JW317", _same_product_beside),
    ("JW317", _change("TR357", fits=_began_before, GewensteIngangsdatum=_day_after_ingang)),
    ("JW317", _change("TR411", fits=_has_code, Omvang=None)),
    ("JW317", _change("TR412", fits=_has_categorie_only, Omvang=HOURS, Budget=None)),
    ("JW317", _change("TR375", "TR412", fits=_has_no_product, Omvang=HOURS, Budget=None)),
    ("JW317", _change("TR373", fits=_has_budget, GewensteIngangsdatum=_in_a_month, Budget=_more_budget)),
    ("JW319", _answer_to_nothing),
    ("JW319", _no_such_gemeente),
)
"""Ways to make a message wrong, by its type."""
