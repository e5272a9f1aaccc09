"""A partner that breaks off, hangs and goes away, and a hub that is killed while it pushes: nothing is lost.

Everything arrives under one number at least once, the first time in order, and nothing counts as delivered that the
partner did not answer.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import httpx
import yaml

from adapters.contract import Packed
from tests.support.load import Relation, stream
from tests.support.partner_server import Answer, PartnerServer, Received
from tests.support.process import HubProcess, free_port, offer_until_taken, write_parties

GEMEENTE, AANBIEDER = "0392", "65656001"
RELATION = Relation(GEMEENTE, AANBIEDER)
BURSTS, EACH = 5, 12
TAKEN = Packed(body=b"", status=204)


@dataclass
class Partner:
    """Keeps what it takes, by number, and breaks off now and then, before or after it took something."""

    port: int
    chance: random.Random
    well: bool = False
    taken: dict[str, bytes] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    again: int = 0

    def __post_init__(self) -> None:
        self._serving = PartnerServer(answer=self._take)
        self._listening: asyncio.Server | None = None

    async def start(self) -> None:
        self._listening = await asyncio.start_server(self._serving.serve, "127.0.0.1", self.port)

    def stop(self) -> None:
        """As when it is killed while it hangs: it listens no more, and breaks off whoever waits for an answer."""
        assert self._listening is not None
        self._listening.close()
        self._serving.hangs = False

    def hang(self) -> None:
        self._serving.hangs = True

    def _take(self, received: Received) -> Answer:
        assert self._listening is not None
        number, luck = received.headers["idempotency-key"], 1 if self.well else self.chance.random()
        if luck < 0.15 or not self._listening.is_serving():
            return None
        self.again += number in self.taken
        assert self.taken.setdefault(number, received.body) == received.body, "one number, one message"
        if luck < 0.3:
            return b"HTTP/1.1 204 No Co"
        self.answered.add(number)
        return TAKEN


async def test_nothing_is_lost_or_taken_for_delivered_when_partner_and_hub_are_killed(tmp_path: Path) -> None:
    chance = random.Random(20261127)
    partner = Partner(free_port(), chance)
    hub = _hub(tmp_path, f"http://127.0.0.1:{partner.port}/")
    messages = stream(RELATION)
    async with httpx.AsyncClient() as client:
        for burst in range(BURSTS):
            await partner.start()
            await _started(hub)
            for one in islice(messages, EACH):
                response = await offer_until_taken(client, hub.url, one.code, one.reference, one.body)
                assert response.status_code == 202, response.text
            await asyncio.sleep(chance.uniform(0.2, 1))
            if burst % 2:
                partner.hang()
                await asyncio.sleep(0.6)
            hub.kill()
            partner.stop()
            _nothing_delivered_without_an_answer(hub, partner)
        partner.well = True
        await partner.start()
        await _started(hub)
        await _drained(hub)
    assert hub.stop() == 0
    partner.stop()
    for_partner = _outputs(hub, "o.reference, coalesce(o.body, l.body)")
    assert list(partner.taken.items()) == for_partner, "all of it, first in order, byte for byte"
    assert partner.again > 0, "nothing was brought twice: no receipt was lost, and this proved little"
    assert _outputs(hub, "o.id", "AND undeliverable_at IS NOT NULL") == []


def _hub(folder: Path, url: str) -> HubProcess:
    file = folder / "parties.yaml"
    write_parties(file, [GEMEENTE], [AANBIEDER])
    known = yaml.safe_load(file.read_text())
    known["parties"][1]["delivery"] = {"soort": "push", "url": url, "adapter": "mailbox"}
    file.write_text(yaml.safe_dump(known, sort_keys=False))
    return HubProcess(folder, free_port(), {"IJWHUB_LOOK_EVERY": "0.05"})


async def _started(hub: HubProcess) -> None:
    hub.start()
    await asyncio.to_thread(hub.wait_until_ready)


def _outputs(hub: HubProcess, columns: str, which: str = "") -> Sequence[tuple[object, ...]]:
    """Of everything for the partner these columns, in the order in which it was made."""
    with sqlite3.connect(hub.folder / "data" / "hub.sqlite") as db:
        found = db.execute(
            f"SELECT {columns} FROM output o JOIN log l ON l.id = o.envelope_id "
            f"WHERE o.receiver = 'p-{AANBIEDER}' {which} ORDER BY o.position, o.number"
        ).fetchall()
    db.close()
    return found


def _nothing_delivered_without_an_answer(hub: HubProcess, partner: Partner) -> None:
    delivered = {number for (number,) in _outputs(hub, "o.reference", "AND delivered_at IS NOT NULL")}
    assert delivered <= partner.answered


async def _drained(hub: HubProcess) -> None:
    async with asyncio.timeout(60):
        while _waits(hub):
            await asyncio.sleep(0.1)


def _waits(hub: HubProcess) -> bool:
    with sqlite3.connect(hub.folder / "data" / "hub.sqlite") as db:
        ((behind,),) = db.execute(
            "SELECT (SELECT max(position) FROM log) - (SELECT position FROM progress) + (SELECT count(*) FROM output "
            f"WHERE receiver = 'p-{AANBIEDER}' AND delivered_at IS NULL)"
        ).fetchall()
    db.close()
    return bool(behind)
