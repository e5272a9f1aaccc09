"""Telling drift to people, in Dutch: what was counted, what it was compared with, and how likely that is by chance."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from streams.core.monitors.drift_counts import Counts, Kind, Window

TITLES: Mapping[Kind, str] = {
    "starts": "minder eerste starts",
    "ends": "meer beëindigd door de aanbieder",
    "refused": "meer afgekeurde berichten",
    "late": "meer te late berichten",
    "unclaimed": "meer maanden zorg zonder declaratie",
}
"""What people call each kind."""

_MONTHS = (
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
)


class _Words(Struct, frozen=True):
    """How counts are told: what is seen (one, several), out of what, and for how many of that a rate is told."""

    one: str
    several: str
    out_of: str
    per: int
    per_name: str


_WORDS: Mapping[Kind, _Words] = {
    "starts": _Words("eerste start", "eerste starts", "", 28, " per vier weken"),
    "ends": _Words("einde door de aanbieder", "eindes door de aanbieder", "zorgdagen", 1000, " per 1.000 zorgdagen"),
    "refused": _Words("afgekeurd bericht", "afgekeurde berichten", "berichten", 100, " %"),
    "late": _Words("te laat bericht", "te late berichten", "antwoorden en stopberichten", 100, " %"),
    "unclaimed": _Words("maand zonder declaratie", "maanden zonder declaratie", "maanden zorg", 100, " %"),
}


def sentence(kind: Kind, counts: Counts, window: Window, chance: float | None, signalled: bool) -> str:
    """What was counted and what to think of it. It tells the counts, however small. `chance` as drift.Signal has it."""
    return f"{_told(kind, counts, window)} {_verdict(chance, signalled)}"


def _told(kind: Kind, counts: Counts, window: Window) -> str:
    """The numbers, as: 3 eerste starts in de 56 dagen tot en met 3 mei 2026 (1,5 per vier weken), tegen ..."""
    recent = _told_side(kind, counts.recent, counts.recent_of, counts.recent_rate)
    past = _told_side(kind, counts.past, counts.past_of, counts.past_rate)
    until = f"{window.until.day} {_MONTHS[window.until.month - 1]} {window.until.year}"
    return (
        f"In de {window.recent_days} dagen tot en met {until} {recent}, "
        f"in de {window.past_days} dagen daarvoor {past}; "
        f"naar dat verleden waren er nu {_number(counts.expected, 1)} te verwachten."
    )


def _told_side(kind: Kind, seen: int, out_of: int, rate: float) -> str:
    words = _WORDS[kind]
    among = f" op {_number(out_of)} {words.out_of}" if words.out_of else ""
    what = words.one if seen == 1 else words.several
    return f"{_number(seen)} {what}{among} ({_number(rate * words.per, 1)}{words.per_name})"


def _verdict(chance: float | None, signalled: bool) -> str:
    if chance is None:
        return "Dat is te weinig om iets te zeggen."
    verdict = "dat is een signaal" if signalled else "dat is geen signaal"
    return f"Zo'n verschil komt door toeval {_often(chance)} voor: {verdict}."


def _often(chance: float) -> str:
    if chance > 0.05:
        return "geregeld"
    if chance < 1e-6:
        return "minder dan eens in de miljoen keer"
    return f"eens in de {_number(float(f'{1 / chance:.2g}'))} keer"


def _number(value: float, decimals: int = 0) -> str:
    return f"{value:,.{decimals}f}".translate(str.maketrans(",.", ".,"))
