"""An embedded hub that has everything: processed, waiting, set aside, (un)delivered, given up, folds, an audit log."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from connectors.sqlite_audit import SqliteAudit
from connectors.sqlite_folds import SqliteFolds
from connectors.sqlite_store import SqliteStore
from monitoring.metrics import Metrics
from schemas.ijw_3_2.dossier.rows import Key
from schemas.ijw_3_2.reading import Schemas
from streams.core.auditing import Act, AuditLog
from streams.core.effects import Judged, Quarantine
from streams.core.envelope import Envelope
from streams.core.exchange import Exchange
from streams.core.fold_ports import FoldCommit, FoldProgress, FoldStore
from streams.core.intake import Rejection
from streams.core.parties import Directory, Party
from streams.core.ports import Archive, Entry, Step, Store, Told, Trace
from streams.hub.deciding import Decider
from streams.hub.desk import HubDesk
from streams.hub.embedded_folding import SPAN
from streams.hub.worker import Worker
from tests.support.load import BSNS, Relation, stream, taken_in

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
KEY = b"a secret of the tests"
FOLD = "care"
GEMEENTEN = ["0392", "0397"]
AANBIEDERS = ["65656001", "65656002"]
RELATIONS = [Relation(g, a) for g in GEMEENTEN for a in AANBIEDERS]
PARTIES = Directory(
    (
        *(Party(id=f"p-{code}", kind="gemeente", code=code, name=code, answers="hub") for code in GEMEENTEN),
        *(Party(id=f"p-{code}", kind="aanbieder", code=code, name=code, answers="hub") for code in AANBIEDERS),
    )
)
PROCESSED, OFFERED = 80, 110
"""Messages offered to the hub: so many are processed, the others wait."""


def offered() -> list[Envelope]:
    """All messages of the stream that the hub is offered, the relations in turn, a second apart."""
    streams = [stream(relation) for relation in RELATIONS]
    messages = islice((one for turn in zip(*streams, strict=True) for one in turn), OFFERED)
    taken = [taken_in(one, PARTIES, NOW + timedelta(seconds=number)) for number, one in enumerate(messages)]
    software = ("Pakket/0002/0010", None)
    return [msgspec.structs.replace(one, software=software[number % 2]) for number, one in enumerate(taken)]


def poison() -> Envelope:
    """A message on which the exchange failed."""
    return msgspec.structs.replace(offered()[0], id="00000000-0000-5000-8000-000000000001", reference="poison")


def persons() -> list[str]:
    """What may stand in no output: of persons, and the secret in the database's URL."""
    return [*BSNS, "Voorbeeld", "a-secret"]


def decider(store: Store) -> Decider:
    return Decider(Exchange(Schemas(), PARTIES), store, lambda: NOW, Metrics(), KEY)


async def embedded_hub(path: Path) -> None:
    """Make the hub; afterwards nobody has its file open."""
    store, folds = SqliteStore(path), SqliteFolds(path)
    await store.append(offered()[:PROCESSED])
    await go_on(store)
    await _quarantine(store)
    await _refuse_at_intake(store)
    await _deliver_some(store)
    await _give_some_up(store)
    await _note_acts(path)
    await _fold(path, folds)
    await store.append(offered()[PROCESSED:])
    await store.close()
    await folds.close()


async def go_on(store: SqliteStore) -> None:
    """Process all that waits."""
    worker = Worker(decider(store), store, store, Metrics())
    while await worker.process_batch():
        pass


async def _quarantine(store: SqliteStore) -> None:
    (appended,) = await store.append([poison()])
    effects = (Judged(outcome="quarantined", bericht="JW301"), Quarantine(reason="KeyError in some.py:7"))
    step = Step(entry=Entry(appended.position, poison()), effects=effects, decided_at=NOW)
    await store.commit({0: appended.position - 1}, [step])


async def _refuse_at_intake(store: SqliteStore) -> None:
    desk = HubDesk(store, store, store, PARTIES, lambda: NOW, Metrics())
    stranger = next(stream(Relation("0392", "65656999")))
    for reference, body in (("nonsense", b"<no message/>"), ("stranger", stranger.body)):
        party = PARTIES.by_code("0392")
        assert party is not None
        assert isinstance(await desk.submit(body, party, source="http", reference=reference), Rejection)
    released = (await store.aside())[-1]
    await store.released(released.id, NOW)


async def _deliver_some(store: SqliteStore) -> None:
    for party in PARTIES.parties:
        heads = await store.outputs(party.id, "delivered", 1000)
        for number, head in enumerate(heads):
            if number % 3:
                await store.mark(party.id, head.id, "delivered", NOW + timedelta(minutes=number))
            if number % 3 == 2:
                await store.mark(party.id, head.id, "acknowledged", NOW + timedelta(hours=number))


async def _give_some_up(store: SqliteStore) -> None:
    for party in PARTIES.parties:
        for number, head in enumerate(await store.outputs(party.id, "delivered", 2)):
            await store.failed(head.id, NOW + timedelta(hours=1), "ConnectError")
            told = Told(receiver="p-0392", bericht=head.bericht, body=b'{"title":"niet bezorgd"}') if number else None
            await store.give_up(head.id, NOW + timedelta(days=5), "ConnectError", told)


async def _note_acts(path: Path) -> None:
    audit = SqliteAudit(path)
    acts = [
        Act(at=NOW + timedelta(microseconds=n), actor="p-0392", credential="token", action="read", where="GET /")
        for n in range(3)
    ]
    await audit.note(acts)
    await audit.close()


async def _fold(path: Path, folds: SqliteFolds) -> None:
    """A fold that has half of the events."""
    position, number = places(path)[PROCESSED // 2]
    progress = FoldProgress(position=7 * SPAN + 2, seen={0: (position, number)})
    rows = {"waiting": b"12", "started": b"7"}
    await folds.commit_folds(0, [FoldCommit(fold=FOLD, expected=0, progress=progress, rows=rows)])


def places(path: Path) -> list[tuple[int, int]]:
    """Position and number of every event that the hub holds, in order."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT position, number FROM outbox ORDER BY position, number").fetchall()


# --- what the contracts tell ---------------------------------------------------------------------------


async def everything(path: Path) -> dict[str, Any]:
    """All that the contracts tell about an embedded hub."""
    store, folds, audit = SqliteStore(path), SqliteFolds(path), SqliteAudit(path)
    try:
        return await told(store, store, folds, audit, dossier_keys(path))
    finally:
        for one in (store, folds, audit):
            await one.close()


def dossier_keys(path: Path) -> list[tuple[str, Key]]:
    with closing(sqlite3.connect(path)) as connection:
        return [(relation, Key(key)) for relation, key in connection.execute("SELECT relation, key FROM dossier")]


async def told(
    store: Store, archive: Archive, folds: FoldStore, audit: AuditLog, keys: list[tuple[str, Key]]
) -> dict[str, Any]:
    """All that the contracts tell, but for the place in the log, which is another one after a move."""
    ids = [one.id for one in (*offered()[:PROCESSED], poison())]
    outputs = {
        (party.id, state): await store.outputs(party.id, state, 1000)
        for party in PARTIES.parties
        for state in ("delivered", "acknowledged")
    }
    traces = [placeless(await archive.trace(id)) for id in ids]
    heads = [head for trace in traces for head in trace.outputs]
    return {
        "traces": traces,
        "outputs": outputs,
        "undelivered": await archive.undelivered(1000),
        "unanswered": await archive.unanswered(NOW),
        "audit": await audit.entries(0, 1000),
        "bodies": {head.id: await store.output(head.receiver, head.id) for head in heads},
        "dossier": await store.rows(keys),
        "aside": [await archive.set_aside_by_id(one.id) for one in await archive.aside()],
        "decided": await store.decided(ids),
        "folds": await folds.fold_totals(FOLD),
    }


def placeless(trace: Trace | None) -> Trace:
    assert trace is not None
    return msgspec.structs.replace(trace, partition=None, position=None)
