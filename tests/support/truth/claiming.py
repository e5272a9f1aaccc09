"""Claims as they must be: sums of claim lines, in cents."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from streams.simulating.truth import Regel
from tests.support.truth.care import Place, World
from tests.support.truth.days import local


class Line(NamedTuple):
    """A claim line of a youth (pseudonym), with its place."""

    youth: str
    place: Place
    regel: Regel

    @property
    def received(self) -> date:
        """The day on which its JW323 came."""
        return local(self.regel.claimed_at)


def lines(world: World) -> list[Line]:
    """Every claim line."""
    return [
        Line(youth.name, world.place(one.relation, one.categorie), one)
        for youth in world.youths
        for one in youth.regels
    ]


def states(some: Iterable[Line]) -> list[tuple[Line, str]]:
    """Lines with what became of them: a granted debit of which a credit was granted is `credited`."""
    found = list(some)
    credits = {
        (one.youth, one.place.relation, one.regel.toewijzing, one.regel.credit_van)
        for one in found
        if one.regel.outcome == "granted" and one.regel.credit_van is not None
    }

    def state(one: Line) -> str:
        place = (one.youth, one.place.relation, one.regel.toewijzing, one.regel.referentie)
        taken_back = one.regel.outcome == "granted" and one.regel.credit_van is None and place in credits
        return "credited" if taken_back else one.regel.outcome

    return [(one, state(one)) for one in found]


def sums(some: Iterable[Line]) -> dict[str, int]:
    """What lines add up to."""
    regels = [one.regel for one in some]

    def cents(outcome: str, credit: bool) -> int:
        amount = sum(r.bedrag for r in regels if r.outcome == outcome and (r.bedrag < 0) == credit)
        return -amount if credit else amount

    return {
        "claimed": sum(cents(outcome, False) for outcome in ("granted", "refused", "claimed")),
        "granted": cents("granted", False) - cents("granted", True),
        "credited": cents("granted", True),
        "refused": cents("refused", False),
        "open": cents("claimed", False),
        "refused_credits": cents("refused", True),
        "open_credits": cents("claimed", True),
        "lines": len(regels),
    }


def costs(some: Iterable[Line], van: date, tot: date) -> dict[str, int]:
    """Granted debits less credits of care in a period, and of how many trajecten there is such a line."""
    counting = [one for one in some if one.regel.outcome == "granted" and van <= one.regel.van <= tot]
    return {
        "cents": sum(one.regel.bedrag for one in counting),
        "trajecten": len({(one.youth, one.place.relation, one.regel.toewijzing) for one in counting}),
        "youths": len({one.youth for one in counting}),
    }
