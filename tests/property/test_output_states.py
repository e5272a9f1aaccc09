"""Whatever happens to outputs in whatever order, what waits, what was given up and who was told stay as they should."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sqlite_store import SqliteStore
from streams.core.effects import Deliver, Judged
from streams.core.envelope import Envelope, envelope_id, output_id, undelivered_id
from streams.core.ports import Entry, OutputHead, Step, Told

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
Deed = Literal["delivered", "acknowledged", "failed", "given up", "told", "retried"]
ENVELOPE = Envelope(
    id=envelope_id("haarlem", "r", b"<a/>"),
    received_at=NOON,
    source="http",
    party="haarlem",
    reference="r",
    bericht="JW301",
    relation="0392:65656001",
    receiver="65656001",
    body=b"<a/>",
)
IDS = [output_id(ENVELOPE.id, number) for number in (1, 2)]


@dataclass
class Model:
    """What one output should be, told in the plainest way."""

    delivered: datetime | None = None
    acknowledged: datetime | None = None
    attempts: int = 0
    reason: str | None = None
    given_up: datetime | None = None
    told: bool = False

    def does(self, deed: Deed, at: datetime) -> bool:
        """Whether the deed is one that counts."""
        if deed == "retried":
            was = self.given_up is not None
            if was:
                self.given_up = self.delivered = self.acknowledged = None
                self.attempts = 0
            return was
        if deed in ("given up", "told"):
            was = self.given_up is None
            if was:
                self.given_up, self.reason, self.told = at, deed, self.told or deed == "told"
            return was
        if deed == "failed":
            if self.given_up is None:
                self.attempts, self.reason = self.attempts + 1, deed
        elif deed == "delivered":
            self.delivered = self.delivered or at
        else:
            self.acknowledged = self.acknowledged or at
            self.delivered = self.delivered or at
        return True


async def done(store: SqliteStore, id: str, deed: Deed, at: datetime) -> bool:
    told = Told(receiver="haarlem", bericht="JW301", body=b"{}") if deed == "told" else None
    match deed:
        case "delivered" | "acknowledged":
            return await store.mark("zorg", id, deed, at)
        case "failed":
            await store.failed(id, at, deed)
            return True
        case "retried":
            return await store.retry(id)
        case _:
            return await store.give_up(id, at, deed, told)


def seen(head: OutputHead) -> tuple[object, ...]:
    return head.delivered_at, head.acknowledged_at, head.attempts, head.reason, head.undeliverable_at


def expected(model: Model) -> tuple[object, ...]:
    return model.delivered, model.acknowledged, model.attempts, model.reason, model.given_up


async def play(path: Path, deeds: list[tuple[int, Deed]]) -> None:
    store = SqliteStore(path)
    (appended,) = await store.append([ENVELOPE])
    delivers = tuple(Deliver(id=id, receiver="zorg", bericht="JW301") for id in IDS)
    effects = (Judged(outcome="accepted", bericht="JW301"), *delivers)
    await store.commit({0: 0}, [Step(entry=Entry(appended.position, ENVELOPE), effects=effects, decided_at=NOON)])
    models = [Model() for _ in IDS]
    for minutes, (which, deed) in enumerate(deeds, 1):
        at = NOON + timedelta(minutes=minutes)
        assert await done(store, IDS[which], deed, at) == models[which].does(deed, at)
    await check(store, models)
    await store.close()


async def check(store: SqliteStore, models: list[Model]) -> None:
    trace = await store.trace(ENVELOPE.id)
    assert trace is not None
    assert [seen(head) for head in trace.outputs[: len(IDS)]] == [expected(model) for model in models]
    pairs = list(zip(IDS, models, strict=True))
    waiting = [head.id for head in await store.outputs("zorg", "delivered", 9)]
    assert waiting == [id for id, model in pairs if model.delivered is None and model.given_up is None]
    waiting = [head.id for head in await store.outputs("zorg", "acknowledged", 9)]
    assert waiting == [id for id, model in pairs if model.acknowledged is None and model.given_up is None]
    assert {head.id for head in await store.undelivered()} == {id for id, model in pairs if model.given_up}
    told = {head.id for head in await store.outputs("haarlem", "delivered", 9)}
    assert told == {undelivered_id(id) for id, model in pairs if model.told}


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, len(IDS) - 1), st.sampled_from(get_args(Deed))), max_size=12))
def test_states_follow_the_model(deeds: list[tuple[int, Deed]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder) / "hub.sqlite", deeds))
