"""What happens at some gemeenten and aanbieders, as events: the care of some clients, and the messages that tell it.

Made up simply, and apart from the code that makes events of messages. One partition of the log after another is the
same every time; clients have care at relations of several partitions.
"""

from __future__ import annotations

import random
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from streams.core.events import PREFIX, SOURCE, CloudEvent, Data
from streams.core.happenings import (
    Answered,
    Assigned,
    Care,
    Claimed,
    ClaimLine,
    Corrected,
    Decided,
    Late,
    Levered,
    Refused,
    Requested,
    Retracted,
    Returned,
    Withdrawn,
)

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
LOGS = 12
RELATIONS = [(f"{300 + n % 7:04}", f"656560{n % 11:02}") for n in range(77)]
BEGINS = [date(2026, 5, 1) + timedelta(n) for n in range(4)]
PRODUCT: dict[str, Any] = {"categorie": "45", "code": "45A04", "segment": "ambulant"}

Place = tuple[int, int, int]
Told = tuple[str, Data]
"""A type of event, and its data."""


def story(log: int, chance: random.Random) -> Iterator[tuple[Place, CloudEvent]]:
    """The events of one partition of the log with their places, in order, without end."""
    teller = _Teller(log, chance)
    for position in count(1):
        at = NOW + timedelta(minutes=position * 7)
        client, told = teller.message(position, at)
        for number, (what, data) in enumerate(told):
            place = (log, position, number)
            subject = client if isinstance(data, Care) else data.relation
            yield place, _event(".".join(map(str, place)), what, at, subject, data)


def _event(id: str, what: str, at: datetime, subject: str, data: Data) -> CloudEvent:
    return CloudEvent(id=id, source=SOURCE, type=PREFIX + what, time=at, subject=subject, data=data)


class _Teller:
    """Tells messages of some relations, which may answer, correct or undo earlier ones."""

    def __init__(self, log: int, chance: random.Random) -> None:
        self._log = log
        self._chance = chance
        self._relations = RELATIONS[log % LOGS :: LOGS]
        self._told: dict[tuple[str, str], deque[str]] = defaultdict(lambda: deque(maxlen=10))
        self._claims: deque[tuple[str, Claimed, dict[str, Any]]] = deque(maxlen=30)
        self._kinds: list[Callable[[str, dict[str, Any], dict[str, Any]], list[Told]]] = [
            self._asks,
            self._examines,
            *[self._assigns] * 3,
            *[self._starts] * 3,
            *[self._stops] * 2,
            self._withdraws,
            *[self._claims_lines] * 2,
            self._is_refused,
        ]

    def message(self, position: int, at: datetime) -> tuple[str, list[Told]]:
        """The events of one message, and the client whom it is about."""
        if self._claims and self._chance.random() < 0.15:
            return self._answers_a_claim(at)
        client = f"{position // 100 * 10 + self._chance.randrange(30):032x}"
        gemeente, aanbieder = self._chance.choice(self._relations)
        message = f"{self._log}-{position}"
        common = {"relation": f"{gemeente}:{aanbieder}", "message": message, "received_at": at}
        sent = {"afzender": aanbieder, "ontvanger": gemeente, "identificatie": f"I{position}", **common}
        before = self._told[common["relation"], client]
        told = self._chance.choice(self._kinds)(client, common, sent)
        if before and self._chance.random() < 0.1:
            told.append(("zorg.retracted", Retracted(bericht="JW305", retracts=self._chance.choice(before), **common)))
        before.append(message)
        return client, told

    # --- kinds of messages -----------------------------------------------------------------------------

    def _asks(self, _client: str, common: dict[str, Any], sent: dict[str, Any]) -> list[Told]:
        asked = Requested(
            bericht="JW315", referentie=f"R{self._chance.randrange(3)}", dagtekening=NOW.date(), **PRODUCT, **common
        )
        return [self._decided("JW315", sent), ("zorg.requested", asked)]

    def _examines(self, _client: str, common: dict[str, Any], sent: dict[str, Any]) -> list[Told]:
        antwoord, referentie = self._chance.choice("12"), f"R{self._chance.randrange(3)}"
        answered = Answered(bericht="JW319", referentie=referentie, antwoord=antwoord, **common)
        return [self._decided("JW319", sent), ("verzoek.answered", answered)]

    def _assigns(self, _client: str, common: dict[str, Any], sent: dict[str, Any]) -> list[Told]:
        made = [
            Assigned(
                bericht="JW301",
                toewijzing=number,
                toegewezen_op=common["received_at"].replace(tzinfo=None),
                ingang=BEGINS[0],
                reden=self._chance.choice([None, None, "13"]),
                geboren=self._chance.choice([None, "2012-03"]),
                **PRODUCT,
                **common,
            )
            for number in self._chance.sample(range(1, 5), 2)
        ]
        return [self._decided("JW301", sent), *(("zorg.assigned", one) for one in made)]

    def _starts(self, _client: str, common: dict[str, Any], sent: dict[str, Any]) -> list[Told]:
        begin, number = self._chance.choice(BEGINS), self._chance.choice([None, 1, 2, 3, 4])
        started = Levered(bericht="JW305", toewijzing=number, begin=begin, **PRODUCT, **common)
        return [self._decided("JW305", sent), ("zorg.started", started)]

    def _stops(self, _client: str, common: dict[str, Any], sent: dict[str, Any]) -> list[Told]:
        begin, reden = self._chance.choice(BEGINS), self._chance.choice(["20", "31", "33"])
        eind, number = begin + timedelta(5), self._chance.randint(1, 4)
        stopped = Levered(bericht="JW307", toewijzing=number, begin=begin, eind=eind, reden=reden, **PRODUCT, **common)
        late = Late(bericht="JW307", rule="OP272", responsible=sent["afzender"], due=eind, days=2, **sent)
        what = "zorg.paused" if reden == "20" else "zorg.stopped"
        return [self._decided("JW307", sent), (what, stopped), ("bericht.late", late)]

    def _withdraws(self, _client: str, common: dict[str, Any], sent: dict[str, Any]) -> list[Told]:
        begin, number = self._chance.choice(BEGINS), self._chance.randint(1, 4)
        withdrawn = Withdrawn(bericht="JW305", wat="start", toewijzing=number, begin=begin, **PRODUCT, **common)
        corrected = Corrected(bericht="JW305", kinds={"start ingetrokken": 1}, **sent)
        return [
            self._decided("JW305", sent),
            ("levering.withdrawn", withdrawn),
            ("bericht.corrected", corrected),
        ]

    def _claims_lines(self, client: str, common: dict[str, Any], sent: dict[str, Any]) -> list[Told]:
        lines = tuple(self._line(f"P{number}") for number in range(self._chance.randint(1, 3)))
        claimed = Claimed(
            bericht="JW323", declaratie=sent["identificatie"], periode=date(2026, 5, 1), lines=lines, **common
        )
        self._claims.append((client, claimed, sent))
        return [self._decided("JW323", sent, awaits=True), ("zorg.claimed", claimed)]

    def _line(self, referentie: str) -> ClaimLine:
        return ClaimLine(
            referentie=referentie,
            toewijzing=self._chance.randint(1, 4),
            categorie="45",
            code="45A04",
            van=date(2026, 5, 1),
            tot=date(2026, 5, 31),
            volume=60,
            eenheid="01",
            bedrag=self._chance.randrange(-5_000, 100_000),
        )

    def _answers_a_claim(self, at: datetime) -> tuple[str, list[Told]]:
        client, claimed, sent = self._claims.popleft()
        refused = self._chance.random() < 0.3
        returned = Returned(bericht="JW323", by="ontvanger", at=at, due=at.date(), refused=refused, **sent)
        back = {**sent, "afzender": sent["ontvanger"], "ontvanger": sent["afzender"], "received_at": at}
        decided = self._decided("JW325", back, answers="JW323")
        what = "zorg.refused" if refused else "zorg.granted"
        return client, [decided, (what, claimed), ("bericht.answered", returned)]

    def _is_refused(self, _client: str, common: dict[str, Any], sent: dict[str, Any]) -> list[Told]:
        rules, level = tuple(self._chance.sample(["TR018", "TR056", "CS050"], 2)), self._chance.choice([1, 3])
        decided = self._decided("JW301", sent, outcome="refused", level=level, rules=rules)
        return [decided, ("bericht.refused", Refused(bericht="JW301", by="hub", whole=True, rules=rules, **sent))]

    def _decided(self, bericht: str, sent: dict[str, Any], **more: Any) -> Told:
        usual = {"outcome": "accepted", "level": None, "rules": (), "awaits": False, "answers": None}
        return "bericht.decided", Decided(bericht=bericht, **sent, **{**usual, **more})
