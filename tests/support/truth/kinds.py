"""What happens in a simulated region, by kind: a truth test in which something never happens does not test it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta

from streams.simulating.truth import Verzoek
from tests.support.truth import burden, claiming, deadlines, discontinuity
from tests.support.truth.days import Workdays, first_of_month, local
from tests.support.truth.scenery import Scene

WAITS = [
    f"wait {fase} {state}"
    for fase, states in {
        "toewijzing": ("ended", "waiting", "afgewezen", "deleted", "bridged"),
        "start": ("ended", "waiting", "vervallen", "retroactive", "deleted", "bridged"),
        "totaal": ("ended", "waiting", "afgewezen", "vervallen", "retroactive", "deleted", "bridged"),
    }.items()
    for state in states
]
CARE = [
    "pause",
    "switch",
    "switch with overlap",
    "break",
    "return",
    "no start",
    "17½",
    "18",
    "task-based",
]
ENDS = [f"end {reden}" for reden in discontinuity.BY_WHOM]
MESSAGES = [
    *(f"outcome {outcome}" for outcome in ("accepted", "partly", "refused", "set aside")),
    *(f"level {level}" for level in (1, 2, 3, 4)),
    *(f"correction {kind}" for kind in ("start ingetrokken", "stop ingetrokken", "toewijzing verwijderd")),
    *("correction administratief", "correction creditregel"),
    *("late OP090", "late OP090x4", "late OP272"),
    *("resend", "duplicate", "redelivery", "orphan", "silence", "answers nothing"),
    *("refused by its receiver", "partly refused by its receiver", "accepted though the hub found something wrong"),
]
RULES = ("OP090", "OP090x4", "OP272", "OP274", "OP346", "OP354")
DUTIES = [
    *(f"duty {rule} {state}" for rule in RULES for state in ("met", "late", "breached")),
    *("duty OP271 met", "duty OP271 late", "duty OP359 met"),
    *("duty OP090 failed", "duty OP090 open", "duty OP090 at_risk"),
]
DAYS = [
    "wait for care that had yet to begin when its first day was told",
    "stop that is due from the day on which its end was told",
    "month of care before its aanbieder was known",
    "OP359 lengthened",
    "examination lengthened",
]
CLAIMS = [f"claim {outcome} {sign}" for outcome in ("claimed", "granted", "refused") for sign in ("debit", "credit")]
ALL = [*WAITS, *CARE, *ENDS, *MESSAGES, *DUTIES, *DAYS, *CLAIMS]
NO_ASSIGNMENT = "TR018"
"""The rule that a start breaks whose assignment nobody knows."""


def kinds(scene: Scene) -> Counter[str]:
    """How often each kind of thing happens."""
    return Counter([*_waits(scene), *_care(scene), *_messages(scene), *_duties(scene), *_days(scene), *_claims(scene)])


def _waits(scene: Scene) -> Iterator[str]:
    last = scene.truth.last
    for one in scene.both.waits:
        if one.deleted or (one.retroactive and one.fase != "toewijzing"):
            yield f"wait {one.fase} {'deleted' if one.deleted else 'retroactive'}"
        else:
            left = one.out[1] if one.out and one.left_by(last) else "waiting"
            yield f"wait {one.fase} {'ended' if one.ended_by(last) else left}"
            if one.bridged(last):
                yield f"wait {one.fase} bridged"


def _care(scene: Scene) -> Iterator[str]:
    world, period = scene.both.world, (scene.truth.first, scene.truth.last)
    yield from (f"end {end.reden}" for end in discontinuity.ends(world, *period))
    for switch, *_ in discontinuity.switches(world, *period):
        yield "switch with overlap" if switch.days < 0 else "switch"
    yield from ("break" for _ in discontinuity.breaks(world, *period))
    yield from ("return" for _ in discontinuity.returns(world, *period))
    yield from ("18" for _ in discontinuity.eighteen(world, *period))
    for day in scene.days:
        yield from ("pause" for _ in discontinuity.pauses(world, day))
        yield from ("no start" for _ in discontinuity.no_starts(world, day))
        yield from ("17½" for _ in discontinuity.seventeen_and_a_half(world, day))
    for _, one in world.trajecten:
        if one.truth.nummer is None:
            yield "task-based"


def _messages(scene: Scene) -> Iterator[str]:
    for one in scene.truth.berichten:
        yield f"outcome {one.outcome}"
        yield f"level {one.level}"
        yield from (f"correction {kind}" for kind, number in one.corrections.items() for _ in range(number))
        is_orphan = one.bericht in ("JW305", "JW307") and NO_ASSIGNMENT in one.rules
        asks = one.bericht in burden.ASKING and one.level != 1 and one.relation is not None
        answered = one.answered
        told = {
            "resend": one.resend,
            "duplicate": one.duplicate,
            "redelivery": one.deliveries > 1,
            "orphan": is_orphan,
            "answers nothing": "IV028" in one.rules,
            "silence": asks and answered is None,
        }
        if answered is not None and answered.by == "receiver":
            told["refused by its receiver"] = answered.verdict == "refused"
            told["partly refused by its receiver"] = answered.verdict == "partly"
            doubted = one.outcome == "refused" and answered.verdict == "accepted"
            told["accepted though the hub found something wrong"] = doubted
        yield from (name for name, is_so in told.items() if is_so)
    yield from (f"late {rule}" for _, rule in scene.both.late)


def _duties(scene: Scene) -> Iterator[str]:
    monitoring = scene.both.monitoring
    workdays = Workdays(monitoring.calendar.closed)
    for one in scene.both.duties:
        if one.opened <= scene.truth.last:
            yield f"duty {one.rule} {one.state(scene.truth.last, workdays, monitoring.at_risk_days)}"


def _days(scene: Scene) -> Iterator[str]:
    """What is counted from another day than most, or up to another day."""
    world, stops = (
        scene.both.world,
        {(d.relation, d.reference, d.opened) for d in scene.both.duties if d.rule == "OP272"},
    )
    for youth in world.youths:
        for one in youth.toewijzingen:
            if one.received and one.first_ingang and one.first_ingang < one.received and not one.is_retroactive:
                yield "wait for care that had yet to begin when its first day was told"
            told = deadlines.end_told(one)
            if told and one.einde and one.einde < told and (one.place.relation, str(one.truth.nummer), told) in stops:
                yield "stop that is due from the day on which its end was told"
            if one.running and first_of_month(min(one.running)) < world.known_since[one.place.aanbieder]:
                yield "month of care before its aanbieder was known"
        for verzoek in youth.verzoeken:
            yield from _lengthened(verzoek)


def _lengthened(verzoek: Verzoek) -> Iterator[str]:
    fortnight, weeks = local(verzoek.received_at) + timedelta(14), verzoek.dagtekening + timedelta(56)
    answers = {(one.code, one.reden) for one in verzoek.antwoorden}
    if any(reden == "8" for _, reden in answers) and Workdays().ending(fortnight) != fortnight:
        yield "OP359 lengthened"
    if any(code == "2" for code, _ in answers) and Workdays().ending(weeks) != weeks:
        yield "examination lengthened"


def _claims(scene: Scene) -> Iterator[str]:
    for one in claiming.lines(scene.both.world):
        yield f"claim {one.regel.outcome} {'credit' if one.regel.credit_van else 'debit'}"


def missing(counted: Counter[str], among: Iterable[str]) -> list[str]:
    """The kinds that never happen."""
    return [kind for kind in among if not counted[kind]]
