"""Hand-made care, requests, claims and messages of one youth, and the terms that follow. Months are those of 2026."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from streams.core.folds.berichten import Awaited, Berichten
from streams.core.folds.care import Antwoord, Client, Levering, Toewijzing, Versie, Verzoek
from streams.core.folds.claims import Claims, Line
from streams.core.monitors.deadlines import Obligation, obligations
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import files
from streams.core.regions import Monitoring, Region

PLACE = "0392:65656001"
YOUTH = "a" * 32
REGION = Monitoring(regions=(Region(id="ijmond", name="IJmond", gemeenten=("0392",)),))


def d(text: str) -> date:
    """A day of 2026 as month-day, or a whole date."""
    return date.fromisoformat(text if len(text) > 5 else f"2026-{text}")


def at(text: str) -> datetime:
    """Noon on that day."""
    return datetime.combine(d(text), datetime.min.time(), UTC) + timedelta(hours=12)


def versie(received: str, ingang: str, einde: str | None = None, **more: str | None) -> Versie:
    """A version received and assigned on a day."""
    return Versie(
        message="v",
        received_at=at(received),
        toegewezen_op=at(received).replace(tzinfo=None),
        ingang=d(ingang),
        einde=d(einde) if einde else None,
        categorie="45",
        code="45A04",
        reden=more.get("reden"),
        referentie=more.get("referentie"),
    )


def start(received: str, begin: str) -> Levering:
    """A start (JW305) received on a day."""
    return Levering("s", at(received), d(begin), None, None, "45", "45A04")


def stop(received: str, begin: str, eind: str, reden: str = "31") -> Levering:
    """A stop (JW307) received on a day."""
    return Levering("e", at(received), d(begin), d(eind), reden, "45", "45A04")


def care(*told: Versie | Levering, nummer: int | None = 7) -> Client:
    """A youth with one assignment, and all that was told of it."""
    versies = tuple(one for one in told if isinstance(one, Versie))
    leveringen = tuple(one for one in told if isinstance(one, Levering))
    return Client(None, (Toewijzing(PLACE, nummer, "45", "45A04", versies, leveringen),))


def asked(
    bericht: str, received: str, *answers: tuple[str, str, str | None], dagtekening: str | None = None
) -> Verzoek:
    """A request with its answers: of each the day of receipt, VerzoekAntwoord and RedenAfwijzingVerzoek."""
    told = tuple(Antwoord("a", at(day), antwoord, reden, None) for day, antwoord, reden in answers)
    day = d(dagtekening or received)
    return Verzoek(PLACE, "REF", bericht, "m", at(received), day, None, "45", None, "01", (), told)


def found(
    client: Client,
    now: str,
    rule: str,
    claims: Sequence[Line] = (),
    monitoring: Monitoring = REGION,
    berichten: Sequence[Berichten] = (),
) -> list[tuple[str, str, str]]:
    """What is there of a rule on a day: what is awaited, its last day and its state."""
    told = seen(client, now, claims, monitoring, berichten)
    return [(one.what, f"{one.due:%m-%d}", one.state) for one in told if one.rule == rule]


def seen(
    client: Client,
    now: str,
    claims: Sequence[Line] = (),
    monitoring: Monitoring = REGION,
    berichten: Sequence[Berichten] = (),
) -> Iterator[Obligation]:
    """Every obligation of a day."""
    clients = {YOUTH: client}
    rows = Rows(clients, ((YOUTH, Claims(PLACE, 7, tuple(claims))),), tuple(berichten))
    return obligations(files(clients, monitoring), rows, at(now), monitoring)


def claim(received: str, van: str, tot: str, outcome: str = "granted", bedrag: int = 100) -> Line:
    """A claim line received on a day; a credit when its amount is below 0."""
    answered = at(received) if outcome != "claimed" else None
    credit_van = "R0" if bedrag < 0 else None
    place = ("m", f"R{van}", "D", d(van), "45", "45A04", d(van), d(tot), bedrag, credit_van)
    return Line(*place, outcome, at(received), answered, ())  # type: ignore[arg-type]


def sent(bericht: str, day: str, returned: dict[str, int] | None = None, awaited: int = 0) -> Berichten:
    """Messages from the aanbieder, or a JW301 or JW319 to it."""
    parties = ("0392", "65656001") if bericht in ("JW301", "JW319") else ("65656001", "0392")
    waiting = {f"{bericht}-{number}": Awaited(at(day), f"I{number}") for number in range(awaited)}
    return Berichten(PLACE, bericht, d(day), *parties, returned=returned or {}, awaited=waiting)
