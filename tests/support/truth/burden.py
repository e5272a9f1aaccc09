"""The burden of messages as it must be: counted from the simulator's own record of what it offered.

Manual interventions are not covered here: in a simulated region nothing is released, and nothing fails by a fault of
ours.
They are counted in tests/unit/test_manual_interventions.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from schemas.ijw_3_2.berichten import jw307
from schemas.ijw_3_2.reading import Message, Schemas
from streams.simulating.truth import Bericht
from tests.support.truth.care import TEMPORARY, World
from tests.support.truth.days import Workdays, local
from tests.support.truth.deadlines import has_term

ASKING = ("JW301", "JW305", "JW307", "JW315", "JW317", "JW319", "JW323")


def offered(world: World, van: date, tot: date) -> list[Bericht]:
    """The messages that were taken in and received in a period."""
    berichten = world.truth.berichten
    return [one for one in berichten if one.relation is not None and van <= local(one.received_at) <= tot]


def counts(some: Iterable[Bericht], late: Counter[tuple[str, str]]) -> dict[str, Any]:
    """What messages brought about; `late` tells per message and rule what came late."""
    berichten = list(some)
    ids = {one.id for one in berichten}
    firsts = [one for one in berichten if one.bericht in ASKING and not one.resend and not one.duplicate]
    by_hub = [one for one in berichten if _refused_by_hub(one)]
    return {
        "messages": len(berichten),
        "outcomes": Counter(one.outcome for one in berichten),
        "rules": Counter(rule for one in by_hub for rule in set(one.rules)),
        "levels": Counter(str(one.level) for one in by_hub if one.level is not None),
        "refused_by": +Counter(hub=len(by_hub), ontvanger=sum(map(_refused_by_receiver, berichten))),
        "corrections": sum((Counter(one.corrections) for one in berichten), Counter()),
        "resends": sum(one.resend for one in berichten),
        "duplicates": sum(one.duplicate for one in berichten),
        "firsts": len(firsts),
        "right": sum(one.outcome == "accepted" and not _refused_by_receiver(one) for one in firsts),
        "late": sum((Counter({rule: n}) for (id, rule), n in late.items() if id in ids), Counter()),
    }


def is_refused(one: Bericht) -> bool:
    """Whether a message was refused, wholly or in part."""
    return _refused_by_hub(one) or _refused_by_receiver(one)


def _refused_by_hub(one: Bericht) -> bool:
    return one.outcome in ("refused", "partly") and not _receiver_decides(one)


def _receiver_decides(one: Bericht) -> bool:
    """Whether its receiver answers it itself, so that what the hub found refuses nothing."""
    return one.bericht in ASKING and one.level != 1 and (one.answered is None or one.answered.by == "receiver")


def _refused_by_receiver(one: Bericht) -> bool:
    answered = one.answered
    return answered is not None and answered.by == "receiver" and answered.verdict in ("refused", "partly")


def late(world: World) -> Counter[tuple[str, str]]:
    """Answers and stops that came after their term, by message and rule."""
    workdays = Workdays(world.monitoring.calendar.closed)
    return Counter(_late_answers(world, workdays)) + Counter(_late_stops(world, workdays))


def _late_answers(world: World, workdays: Workdays) -> Iterable[tuple[str, str]]:
    asked = {one.id: one for one in world.truth.berichten}
    for one in world.truth.berichten:
        if one.answers is not None:
            rule, term = ("OP090x4", 10) if one.bericht == "JW325" else ("OP090", 3)
            due = workdays.after(local(asked[one.answers].received_at), term)
            if local(one.received_at) > due:
                yield one.id, rule


def _late_stops(world: World, workdays: Workdays) -> Iterable[tuple[str, str]]:
    """One for a message, though it tells several stops; also when a stop is withdrawn later."""
    told = [
        (stop.message, stop.received_at, stop.eind)
        for youth in world.youths
        for one in youth.toewijzingen
        for stop in one.truth.leveringen
        if stop.eind is not None and has_term(one, stop)
    ]
    stops = [*told, *_refused_stops(world)]
    late = {message for message, at, eind in stops if local(at) > workdays.after(eind, 5)}
    return ((message, "OP272") for message in late)


def _refused_stops(world: World) -> Iterable[tuple[str, datetime, date]]:
    """Stops that their receiver refused later: late all the same, but only the message still tells of them."""
    schemas = Schemas()
    temporary = {
        (one.place.relation, one.truth.nummer, stop.begin)
        for youth in world.youths
        for one in youth.toewijzingen
        for stop in one.truth.leveringen
        if stop.reden == TEMPORARY
    }
    for one in world.truth.berichten:
        if one.bericht == "JW307" and one.outcome == "accepted" and _refused_by_receiver(one):
            message = schemas.read(world.bodies[one.id])
            assert isinstance(message, Message)
            assert isinstance(message.bericht, jw307.Bericht)
            for stop in message.bericht.Client.StopProducten:
                place = (one.relation, stop.ToewijzingNummer, stop.Begindatum)
                if stop.StatusAanlevering == "1" and (stop.RedenBeeindiging == TEMPORARY or place not in temporary):
                    yield one.id, one.received_at, stop.Einddatum
