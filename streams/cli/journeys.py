"""The journeys of the demo: messages between parties of deploy/example, and how each of them must end. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from streams.cli import messages
from streams.cli.scene import Scene

CJG = "cjg-kennemerland"
AMBULANT = "voorbeeld-ambulant"
CRISIS = "voorbeeld-crisis"
DAG = "voorbeeld-dagbehandeling"
GGZ = "voorbeeld-ggz"
GI = "voorbeeld-gi"

Outcome = Literal["accepted", "refused", "repeated", "set aside"]


@dataclass(frozen=True, slots=True)
class Ending:
    """How a step ends. `codes` are those in the answer, but 0200; `receivers` are the parties that get the message."""

    outcome: Outcome
    answer: str
    receivers: tuple[str, ...] = ()
    level: int | None = None
    codes: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One message: who offers it (a party id), whom it is for, under which reference, and how that must end."""

    says: str
    party: str
    to: str
    bericht: str
    body: bytes
    reference: str
    ending: Ending
    folder: bool = False


@dataclass(frozen=True, slots=True)
class Journey:
    """What happens to one client."""

    title: str
    steps: tuple[Step, ...]


def journeys(today: date, run: int) -> tuple[Journey, ...]:
    """All journeys as they would be played today. Another `run` (0 to RUNS - 1) gives other numbers and clients."""
    makers = (_paid, _unknown_assignment, _duplicate, _too_early, _no_such_date, _lost_receipt, _anew, _stranger, _self)
    return tuple(make(Scene(today, run, number)) for number, make in enumerate(makers))


def _accepted(answer: str, *receivers: str, codes: tuple[str, ...] = ()) -> Ending:
    return Ending("accepted", answer, receivers, codes=codes)


def _refused(level: int, answer: str, rule: str, *codes: str) -> Ending:
    return Ending("refused", answer, (), level, codes, (rule,))


def _step(scene: Scene, number: int, says: str, way: tuple[str, str], body: bytes, ending: Ending) -> Step:
    """The n-th step of a scene, over HTTP; `way` is who offers it and whom it is for."""
    name = messages.name_of(body)
    return Step(says, *way, name, body, scene.reference(number), ending)


# --- the journeys ----------------------------------------------------------------------------------


def _paid(scene: Scene) -> Journey:
    month, client = scene.month, scene.person()
    care = replace(scene.care("41A01", 8, "16"), einde=month.Einddatum, referentie=scene.id(0))
    there, back = (DAG, "haarlem"), (CJG, DAG)
    asked = messages.verzoek(scene.head(0, *there, scene.day(-14)), client, care)
    granted = messages.toewijzing(scene.head(1, "haarlem", DAG, scene.day(-7)), client, care)
    started = messages.start(scene.head(2, *there, scene.day(3)), client, care, scene.day(2))
    ended = messages.stop(scene.head(3, *there, scene.today), client, care, scene.day(2), month.Einddatum)
    claimed = messages.declaratie(scene.head(4, *there, scene.today), client, care, month, 9850)
    steps = (
        _step(scene, 0, "care is asked for", there, asked, _accepted("JW316", "haarlem", CJG)),
        _step(scene, 1, "the CJG assigns it", back, granted, _accepted("JW302", DAG)),
        _step(scene, 2, "care starts", there, started, _accepted("JW306", "haarlem", CJG)),
        _step(scene, 3, "care ends as planned", there, ended, _accepted("JW308", "haarlem", CJG)),
        _step(scene, 4, "claimed and granted", there, claimed, _accepted("JW325", "haarlem", codes=("8001",))),
    )
    return Journey("From request to payment: the CJG decides for Haarlem and gets its copies", steps)


def _unknown_assignment(scene: Scene) -> Journey:
    client, care, there = scene.person(), scene.care("45A01", 10, "04"), (AMBULANT, "velsen")
    head, begin = scene.head(1, *there, scene.day(4)), scene.day(3)
    assigned = messages.toewijzing(scene.head(0, "velsen", AMBULANT, scene.day(-5)), client, care)
    wrong = messages.start(head, client, replace(care, nummer=care.nummer + 9), begin)
    right = messages.start(replace(head, identificatie=scene.id(2)), client, care, begin)
    steps = (
        _step(scene, 0, "assigned", ("velsen", AMBULANT), assigned, _accepted("JW302", AMBULANT)),
        _step(scene, 1, "start, wrong number", there, wrong, _refused(3, "JW306", "TR019", "9019")),
        _step(scene, 2, "start, corrected", there, right, _accepted("JW306", "velsen", CJG)),
    )
    return Journey(
        "A start on an unknown assignment, corrected, over a folder",
        (steps[0], *(_by_folder(s) for s in steps[1:])),
    )


def _by_folder(step: Step) -> Step:
    return replace(step, folder=True, reference=f"{step.reference}.xml")


def _duplicate(scene: Scene) -> Journey:
    there, begin = ("heemstede", GI), scene.day(2)
    clients, cares = (scene.person(), scene.person(1)), (scene.care("48A01", 1, "84"), scene.care("48A01", 1, "84", 1))
    head = scene.head(0, *there, scene.day(-3))
    first = messages.toewijzing(head, clients[0], cares[0])
    second = messages.toewijzing(head, clients[1], cares[1])
    anew = messages.toewijzing(replace(head, identificatie=scene.id(2)), clients[1], cares[1])
    started = messages.start(scene.head(3, GI, "heemstede", begin), clients[0], cares[0], begin)
    steps = (
        _step(scene, 0, "assigned", there, first, _accepted("JW302", GI)),
        _step(scene, 1, "second, the same one", there, second, _refused(3, "JW302", "TR056", "9056")),
        _step(scene, 2, "second, its own", there, anew, _accepted("JW302", GI)),
        _step(scene, 3, "care starts", (GI, "heemstede"), started, _accepted("JW306", "heemstede", "cjg-heemstede")),
    )
    return Journey("Two messages with one Identificatie", steps)


def _too_early(scene: Scene) -> Journey:
    client, care, there, begin = scene.person(), scene.care("46A01", 20, "14"), (CRISIS, "beverwijk"), scene.day(5)
    last, head = scene.month.Einddatum, scene.head(2, CRISIS, "beverwijk", scene.today)
    assigned = messages.toewijzing(scene.head(0, "beverwijk", CRISIS, scene.day(1)), client, care)
    started = messages.start(scene.head(1, *there, begin), client, care, begin)
    wrong = messages.stop(head, client, care, begin, scene.day(4))
    right = messages.stop(replace(head, identificatie=scene.id(3)), client, care, begin, last)
    steps = (
        _step(scene, 0, "assigned", ("beverwijk", CRISIS), assigned, _accepted("JW302", CRISIS)),
        _step(scene, 1, "care starts", there, started, _accepted("JW306", "beverwijk", CJG)),
        _step(scene, 2, "stop, a day too early", there, wrong, _refused(2, "JW308", "TR018", "0001")),
        _step(scene, 3, "stop, corrected", there, right, _accepted("JW308", "beverwijk", CJG)),
    )
    return Journey("A stop before the start, and its correction", steps)


def _no_such_date(scene: Scene) -> Journey:
    there, care = (CRISIS, "bloemendaal"), scene.care("46A01", 20, "14")
    asked = messages.verzoek(scene.head(0, *there, scene.today), scene.person(), care)
    broken = asked.replace(f">{care.ingang}<".encode(), f">{care.ingang.year - 1}-02-30<".encode())
    steps = (_step(scene, 0, "care is asked for", there, broken, _refused(1, "fault", "XSD")),)
    return Journey("A request from 30 February: no answer in the standard, a fault in the mailbox", steps)


def _lost_receipt(scene: Scene) -> Journey:
    there = ("zandvoort", DAG)
    body = messages.toewijzing(scene.head(0, *there, scene.day(-2)), scene.person(), scene.care("41A02", 6, "16"))
    once = _step(scene, 0, "assigned", there, body, _accepted("JW302", DAG))
    again = replace(once, says="the same once more", ending=Ending("repeated", "as before"))
    return Journey("The receipt got lost: the same delivery again, with the same Idempotency-Key", (once, again))


def _anew(scene: Scene) -> Journey:
    client, care, there = scene.person(), scene.care("41A01", 12, "16"), (DAG, "heemskerk")
    assigned = messages.toewijzing(scene.head(0, "heemskerk", DAG, scene.day(-2)), client, care)
    head = scene.head(1, *there, scene.day(6))
    started = messages.start(head, client, care, scene.day(2))
    withdrawn = messages.start(replace(head, identificatie=scene.id(2)), client, care, scene.day(2), "3")
    anew = messages.start(replace(head, identificatie=scene.id(3)), client, care, scene.day(6))
    ending = _accepted("JW306", "heemskerk", CJG)
    steps = (
        _step(scene, 0, "assigned", ("heemskerk", DAG), assigned, _accepted("JW302", DAG)),
        _step(scene, 1, "start, a wrong day", there, started, ending),
        _step(scene, 2, "that start withdrawn", there, withdrawn, ending),
        _step(scene, 3, "start, the right day", there, anew, ending),
    )
    return Journey("A start withdrawn and delivered anew", steps)


def _stranger(scene: Scene) -> Journey:
    there = (CRISIS, "amsterdam")
    asked = messages.verzoek(scene.head(0, *there, scene.today), scene.person(), scene.care("46A01", 20, "14"))
    ending = Ending("set aside", "HTTP 422", rules=("unknown-receiver",))
    return Journey(
        "A receiver that is not connected: set aside in quarantine",
        (_step(scene, 0, "care is asked for", there, asked, ending),),
    )


def _self(scene: Scene) -> Journey:
    head = scene.head(0, "heemskerk", GGZ, scene.day(-1))
    assigned = messages.toewijzing(head, scene.person(), scene.care("54A01", 4, "04"))
    answered = messages.toewijzing_retour(head, scene.id(1), scene.today)
    steps = (
        _step(scene, 0, "assigned", ("heemskerk", GGZ), assigned, _accepted("-", GGZ)),
        _step(scene, 1, "it answers by itself", (GGZ, "heemskerk"), answered, _accepted("-", "heemskerk", CJG)),
    )
    return Journey("An aanbieder that answers by itself", steps)
