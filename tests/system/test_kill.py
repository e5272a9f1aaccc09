"""kill -9 at any moment under load: nothing that was acknowledged is lost, nothing is doubled.

The real process is killed over and over while several relations send; afterwards everything it holds and
delivered is compared with a hub that got the same messages and was left alone.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Iterator
from itertools import count, islice, takewhile
from pathlib import Path

import httpx

from tests.support.load import Offered, Relation, stream
from tests.support.process import HubProcess, free_port, offer_until_taken, write_parties

KILLS = 50
ENOUGH = 500  # messages; fewer would prove little, so a slow machine is killed more often
GEMEENTEN = ["0392", "0397"]
AANBIEDERS = ["65656001", "65656002"]
RELATIONS = [Relation(g, a) for g in GEMEENTEN for a in AANBIEDERS]
Sent = dict[Relation, list[str]]


def test_fifty_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    killed = _hub(tmp_path / "killed")
    sent = asyncio.run(_under_fire(killed, random.Random(20261123)))
    alone = _hub(tmp_path / "alone")
    asyncio.run(_in_peace(alone, {relation: len(ids) for relation, ids in sent.items()}))

    for relation, ids in sent.items():
        assert _logged(killed.folder, relation) == ids
    assert _everything(killed.folder) == _everything(alone.folder)
    assert _files(killed.folder) == _files(alone.folder)


def _hub(folder: Path) -> HubProcess:
    folder.mkdir()
    write_parties(folder / "parties.yaml", GEMEENTEN, AANBIEDERS, folders=frozenset(AANBIEDERS[:1]))
    return HubProcess(folder, free_port())


async def _under_fire(hub: HubProcess, chance: random.Random) -> Sent:
    """Send on all relations while the process is killed KILLS times or more; returns the ids acknowledged, in order."""
    enough = asyncio.Event()
    sent: Sent = {relation: [] for relation in RELATIONS}
    hub.start()
    async with httpx.AsyncClient() as client:
        senders = [asyncio.create_task(_send(client, hub, stream(r), sent[r], enough)) for r in RELATIONS]
        for _ in takewhile(lambda kills: kills < KILLS or sum(map(len, sent.values())) < ENOUGH, count()):
            # Every third kill may hit the start itself; the others come at a random moment of the work.
            if chance.random() < 0.67:
                await asyncio.to_thread(hub.wait_until_ready)
            await asyncio.sleep(chance.uniform(0, 0.5))
            hub.kill()
            hub.start()
        await asyncio.to_thread(hub.wait_until_ready)
        enough.set()
        await asyncio.gather(*senders)
        await _drained(hub)
    assert hub.stop() == 0
    return sent


async def _in_peace(hub: HubProcess, counts: dict[Relation, int]) -> None:
    hub.start()
    await asyncio.to_thread(hub.wait_until_ready)
    never = asyncio.Event()
    async with httpx.AsyncClient() as client:
        streams = [(r, islice(stream(r), counts[r])) for r in RELATIONS]
        await asyncio.gather(*(_send(client, hub, messages, [], never) for _, messages in streams))
        await _drained(hub)
    assert hub.stop() == 0


async def _send(
    client: httpx.AsyncClient, hub: HubProcess, messages: Iterator[Offered], ids: list[str], enough: asyncio.Event
) -> None:
    """One relation sends in order: the next only when the one before was acknowledged."""
    for message in messages:
        if enough.is_set():
            return
        response = await offer_until_taken(client, hub.url, message.code, message.reference, message.body)
        assert response.status_code == 202, response.text
        ids.append(response.json()["id"])


async def _drained(hub: HubProcess) -> None:
    """Wait until all is processed and every file is written."""
    while True:
        with sqlite3.connect(hub.folder / "data" / "hub.sqlite") as db:
            (waiting,) = db.execute(
                "SELECT (SELECT max(position) FROM log) - (SELECT position FROM progress) + (SELECT count(*) FROM "
                f"output WHERE receiver = 'p-{AANBIEDERS[0]}' AND delivered_at IS NULL)"
            ).fetchone()
        db.close()
        if waiting == 0:
            return
        await asyncio.sleep(0.1)


def _logged(folder: Path, relation: Relation) -> list[str]:
    db = sqlite3.connect(folder / "data" / "hub.sqlite")
    name = f"{relation.gemeente}:{relation.aanbieder}"
    found = [id for (id,) in db.execute("SELECT id FROM log WHERE relation = ? ORDER BY position", (name,))]
    db.close()
    return found


def _everything(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """All that the hub holds, without what differs from run to run: moments and places in the log."""
    db = sqlite3.connect(folder / "data" / "hub.sqlite")
    queries = {
        "log": "SELECT id, party, reference, body FROM log ORDER BY id",
        "verdict": "SELECT l.id, v.judged, v.reason FROM verdict v JOIN log l ON l.id = v.envelope_id ORDER BY 1",
        "dossier": "SELECT relation, key, row FROM dossier ORDER BY 1, 2",
        "output": "SELECT id, receiver, kind, bericht, copy, body FROM output ORDER BY id",
        "aside": "SELECT reason, body FROM aside ORDER BY 1, 2",
    }
    found = {name: db.execute(query).fetchall() for name, query in queries.items()}
    db.close()
    return found


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in (folder / "folders").rglob("*")
        if file.is_file() and not file.name.startswith(".")
    }
