"""A monitor worker on a real broker and database: its state is that of a clean fold, whatever Faust hands over."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import faust
import httpx
import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from faust.transport.drivers.aiokafka import Consumer, credentials_to_aiokafka_auth
from typer.testing import CliRunner

from connectors.kafka_client import KafkaConnection, Security
from connectors.kafka_producer import Producer, Record
from connectors.postgres import Postgres
from connectors.postgres_folds import PostgresFolds
from connectors.sqlite_folds import SqliteFolds
from deploy.servers import Kafka, PostgreSQL
from monitoring.metrics import Metrics
from streams.cli.app import app
from streams.core.fold_ports import FoldCommit
from streams.core.parties import ConfigurationError
from streams.core.regions import Monitoring
from streams.core.topics import EVENTS, QUARANTINE
from streams.hub import figures
from streams.hub.embedded_folding import EmbeddedFolder
from streams.hub.folding import FOLDS, Folding
from streams.hub.roles import Role
from streams.hub.settings import Settings
from streams.kafka import monitor, monitor_app
from streams.kafka.app import open_kafka_hub
from streams.kafka.monitor import Monitor, open_monitor, put_together
from streams.kafka.monitor_app import GROUP, Serving, credentials
from streams.kafka.monitor_reading import EventsReader
from tests.support.kafka import prepared
from tests.support.monitors import Kept, clean_fold, everything, folded, published, record, rows, spoilt, totals
from tests.support.monitors_embedded import emptied, hold
from tests.support.monitors_story import story
from tests.support.process import free_port, write_parties

PARTITIONS = range(EVENTS.partitions)


@dataclass
class Site:
    connection: KafkaConnection
    url: str
    store: PostgresFolds
    producer: Producer
    scratch: Path

    @asynccontextmanager
    async def monitor(self, token: str | None = None) -> AsyncIterator[tuple[Monitor, str]]:
        """A worker at work in this process, and where its pages are."""
        port, reader = free_port(), EventsReader(self.connection)
        serving = Serving("127.0.0.1", port, 6, str(self.scratch), figures_every=1, token=token)
        made = put_together(self.connection, self.store, self.producer, reader, serving, Monitoring())
        stop = asyncio.Event()
        running = asyncio.create_task(made.run(stop))
        try:
            yield made, f"http://127.0.0.1:{port}"
        finally:
            stop.set()
            await running
            await reader.close()

    def settings(self, **more: object) -> Settings:
        """Those of a process of a hub that others than this machine can reach."""
        write_parties(self.scratch / "parties.yaml", ["0392"], ["65656001"])
        given = {
            "parties": self.scratch / "parties.yaml",
            "kafka": self.connection.servers,
            "kafka_prefix": self.connection.prefix,
            "database": self.url,
            "pseudonym_key": "a secret of the tests",
            "host": "192.0.2.7",
            **more,
        }
        return Settings(**given)  # type: ignore[arg-type]

    async def publish(self, records: Sequence[Record]) -> None:
        await self.producer.send(records)

    async def folded(self, seconds: float = 60) -> None:
        """Until the durable positions are where the events end."""
        reader = EventsReader(self.connection)
        async with asyncio.timeout(seconds):
            while True:
                ends = await reader.ends(PARTITIONS)
                if [await self._positions(fold.name) for fold in FOLDS] == [ends] * len(FOLDS):
                    return await reader.close()
                await asyncio.sleep(0.1)

    async def _positions(self, fold: str) -> dict[int, int]:
        progress = await self.store.fold_progress(fold, PARTITIONS)
        return {partition: one.position for partition, one in progress.items()}

    async def state(self) -> Kept:
        return await rows(self.store)

    async def commit_hint(self, ahead: int) -> None:
        """Note on Kafka that the group is this far, which it is not."""
        consumer = AIOKafkaConsumer(**self.connection.options(), group_id=self.connection.group(GROUP))
        await consumer.start()
        topic = self.connection.topic(EVENTS)
        consumer.assign([TopicPartition(topic, partition) for partition in PARTITIONS])
        await consumer.commit({TopicPartition(topic, partition): ahead for partition in PARTITIONS})
        await consumer.stop()


@pytest.fixture
async def site(kafka: Kafka, database: str, prefix: str, tmp_path: Path) -> AsyncIterator[Site]:
    connection = KafkaConnection(servers=kafka.address, prefix=prefix)
    await prepared(connection, database)
    postgres, producer = await Postgres.opened(database), Producer(connection)
    yield Site(connection, database, PostgresFolds(postgres), producer, tmp_path)
    await producer.close()
    await postgres.close()


def records(site: Site, count: int, logs: range = range(3), doubles: float = 0.2) -> list[Record]:
    """What so many events of each of these partitions of the log are published as."""
    chance = random.Random(logs.start)
    streams = [list(published(log, count, chance, doubles)) for log in logs]
    return [record(site.connection, place, made) for stream in streams for place, made in stream]


async def test_the_state_is_that_of_a_clean_fold_and_pages_tell_it(site: Site) -> None:
    some = records(site, 200)
    await site.publish(some[: len(some) // 2])
    async with site.monitor() as (_, url), httpx.AsyncClient() as client:
        await site.publish(some[len(some) // 2 :])
        await site.folded()
        expected = clean_fold(await everything(site.connection))
        assert len(some) > 650, "there are doubles among them"
        assert await site.state() == expected
        assert (await client.get(f"{url}/state")).json() == totals(expected)
        await asyncio.sleep(2.5)
        health = await client.get(f"{url}/health")
        assert health.status_code == 200
        assert [one["partition"] for one in health.json()["partitions"]] == list(PARTITIONS)
        assert {one["lag"] for one in health.json()["partitions"]} == {0}
        assert {name for one in health.json()["partitions"] for name in one["folds"]} == {f.name for f in FOLDS}
        told = await client.get(f"{url}/metrics")
        assert told.headers["content-type"].startswith("text/plain")
        assert 'ijwhub_monitor_events_total{result="folded"} 600.0' in told.text
        assert 'ijwhub_monitor_lag{partition="0"} 0.0' in told.text
        awaited = sum(len(row.awaited) for row in expected["berichten"].values() if row.bericht == "JW323")
        assert awaited
        async with asyncio.timeout(30):
            while f'ijwhub_open_returns{{bericht="JW323"}} {awaited}.0' not in told.text:
                await asyncio.sleep(0.2)
                told = await client.get(f"{url}/metrics")
        assert "ijwhub_figures_made_timestamp_seconds" in told.text


async def test_doubles_change_nothing(site: Site) -> None:
    some = records(site, 100)
    async with site.monitor() as (_, _url):
        await site.publish(some)
        await site.folded()
        before = await site.state()
        await site.publish(some)
        await site.folded()
        assert await site.state() == before


async def test_poison_is_set_aside_and_what_follows_goes_on(site: Site) -> None:
    good = [made for _, made in islice(story(0, random.Random(3)), 3)]
    one, two, four = (record(site.connection, (0, p, 0), made) for p, made in zip((1, 2, 4), good, strict=True))
    placeless = msgspec.structs.replace(record(site.connection, (0, 9, 0), good[0]), headers=[("place", b"?")])
    same_partition = [msgspec.structs.replace(each, key="k") for each in (one, two, placeless, four)]
    bad = spoilt(site.connection, (0, 3, 0), key="k")
    async with site.monitor():
        await site.publish([*same_partition[:2], bad, *same_partition[2:]])
        await site.folded()
    assert await site.state() == folded(good)
    aside = await _records(site.connection, QUARANTINE.name, 2)
    assert [dict(each.headers)["reason"].split(b" in ")[0] for each in aside] == [b"DecodeError", b"NoPlace"]
    assert aside[0].value == bad.value
    assert len(await everything(site.connection, QUARANTINE)) == 2, "once for all folds"


async def test_an_event_without_headers_or_bytes_is_poison_too(site: Site) -> None:
    consumer_free = records(site, 5)
    async with site.monitor():
        await site.publish([Record(topic=site.connection.topic(EVENTS), key="k", value=b"", headers=[])])
        await site.publish(consumer_free)
        await site.folded()
    assert await site.state() == clean_fold(await everything(site.connection))
    assert len(await _records(site.connection, QUARANTINE.name, 1)) == 1


@pytest.mark.parametrize("begin", ["where the database says", "where Kafka says"])
async def test_what_faust_never_hands_over_is_read_from_the_partition(
    site: Site, begin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if begin == "where Kafka says":
        monkeypatch.setattr(monitor_app, "_begin_where_stored", lambda app, folder: None)
    await site.publish(records(site, 300))
    await site.commit_hint(ahead=20)
    async with site.monitor() as (made, _):
        await site.publish(records(site, 30, range(3, 8)))
        await site.folded()
        assert await site.state() == clean_fold(await everything(site.connection))
        reread = made.work.metrics.monitor_events.labels("read by itself")._value.get()
        assert (reread > 0) == (begin == "where Kafka says")


async def test_events_lost_at_the_very_end_are_found(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_the_end(self: Consumer) -> Any:
        ends = await self.highwaters(*self.assignment())
        await self.seek_wait(ends)
        return ends

    monkeypatch.setattr(monitor_app, "_begin_where_stored", lambda app, folder: None)
    monkeypatch.setattr(Consumer, "seek_to_committed", at_the_end)
    await site.publish(records(site, 100))
    async with site.monitor():
        await site.folded()
    assert await site.state() == clean_fold(await everything(site.connection))


async def test_the_database_may_be_away(site: Site, postgres: PostgreSQL) -> None:
    async with site.monitor(), httpx.AsyncClient():
        await site.publish(records(site, 50))
        await site.folded()
        postgres.kill()
        await site.publish(records(site, 200, range(3, 9)))
        await asyncio.sleep(3)
        postgres.start()
        postgres.ready()
        await site.folded()
    assert await site.state() == clean_fold(await everything(site.connection))


async def test_the_broker_may_be_away(site: Site, kafka: Kafka) -> None:
    await site.publish(records(site, 50))
    async with site.monitor():
        await site.folded()
        kafka.kill()
        await asyncio.sleep(2)
        kafka.start()
        kafka.ready()
        await site.publish(records(site, 50, range(3, 9)))
        await site.folded()
    assert await site.state() == clean_fold(await everything(site.connection))


async def test_an_app_that_crashes_is_followed_by_another(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[faust.App] = []

    def make(*parts: Any) -> faust.App:
        made.append(monitor_app.make_app(*parts))
        if len(made) == 1:
            made[0].task(_crash)
        return made[-1]

    async def _crash() -> None:
        raise RuntimeError("999900006")

    monkeypatch.setattr(monitor, "make_app", make)
    await site.publish(records(site, 50))
    async with site.monitor() as (_, url), httpx.AsyncClient() as client:
        await site.folded()
        async with asyncio.timeout(20):
            while len(made) < 2 or made[1].web is None or not await _answers(client, f"{url}/state"):
                await asyncio.sleep(0.1)
        await site.publish(records(site, 50, range(3, 6)))
        await site.folded()
    assert len(made) == 2
    assert await site.state() == clean_fold(await everything(site.connection))


async def test_an_app_that_does_not_stop_is_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[faust.App] = []

    def make(*parts: Any) -> faust.App:
        made.append(monitor_app.make_app(*parts))
        made[0].stop = asyncio.Event().wait
        return made[0]

    monkeypatch.setattr(monitor, "make_app", make)
    monkeypatch.setattr(monitor, "LAST_OF_FAUST", 0.2)
    with pytest.raises(monitor.Stuck):
        async with site.monitor():
            await asyncio.sleep(1)
    await faust.App.stop(made[0])


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == 200
    except httpx.TransportError:
        return False


async def test_events_that_are_no_longer_kept_are_passed_over(site: Site) -> None:
    await site.publish(records(site, 400, doubles=0))  # of an event that is gone, no double is left
    topic = site.connection.topic(EVENTS)
    admin = AIOKafkaAdminClient(**site.connection.options())
    await admin.start()
    await admin.delete_records({TopicPartition(topic, p): RecordsToDelete(before_offset=5) for p in PARTITIONS})
    await admin.close()
    async with site.monitor():
        await site.folded()
    assert await site.state() == clean_fold(await everything(site.connection))


async def test_kafka_is_told_how_far_the_group_is_for_people_who_look(site: Site) -> None:
    await site.publish(records(site, 100))
    async with site.monitor():
        await site.folded()
        await asyncio.sleep(4)
    consumer = AIOKafkaConsumer(**site.connection.options(), group_id=site.connection.group(GROUP))
    await consumer.start()
    places = [TopicPartition(site.connection.topic(EVENTS), partition) for partition in PARTITIONS]
    ends = await consumer.end_offsets(places)
    assert {place: await consumer.committed(place) for place in places} == ends
    await consumer.stop()


async def test_a_worker_that_lost_its_partition_changes_nothing(site: Site) -> None:
    await site.publish(records(site, 50))
    async with site.monitor() as (made, _):
        await site.folded()
        progress = await site.store.fold_progress("claims", PARTITIONS)
        for partition, at in progress.items():  # as another worker does that folds nothing
            moved = FoldCommit(fold="claims", expected=at.version, progress=at, rows={})
            await site.store.commit_folds(partition, [moved])
        await site.publish(records(site, 80, range(3, 8)))
        await site.folded()
        assert made.work.metrics.fenced._value.get() > 0
    assert await site.state() == clean_fold(await everything(site.connection))


async def test_an_embedded_hub_makes_the_same_rows_of_the_same_events(site: Site) -> None:
    events = list(islice(story(0, random.Random(9)), 1_500))
    again = [event for _, event in zip(range(100), events, strict=False)]
    await site.publish([record(site.connection, place, made) for place, made in [*events, *again]])
    async with site.monitor():
        await site.folded()
    path = site.scratch / "hub.sqlite"
    await emptied(path)
    hold(path, events)
    store = SqliteFolds(path)
    one = EmbeddedFolder(Folding(FOLDS, store), store, Metrics())
    while await one.fold_some():
        pass
    embedded = await rows(store)
    await store.close()
    assert all(embedded.values())
    assert await site.state() == embedded


@pytest.mark.parametrize(("role", "status"), [(Role.INTAKE, 200), (Role.DELIVERY, 404)])
async def test_a_hub_that_takes_in_serves_the_figures_of_what_was_folded(site: Site, role: Role, status: int) -> None:
    await site.publish(records(site, 200))
    async with site.monitor():
        await site.folded()
    async with (
        open_kafka_hub(site.settings(viewer_token="kijker"), frozenset({role})) as hub,
        httpx.AsyncClient(transport=httpx.ASGITransport(hub.app), base_url="http://hub") as client,
    ):
        headers = {"Authorization": "Bearer kijker"}
        told = await client.get("/v1/beelden", headers=headers)
        assert told.status_code == status
        if hub.figures is not None:
            assert (await client.get("/v1/beelden")).status_code == 401
            assert {one.youth for one in (await hub.figures.read())[1]} == set((await site.state())["care"])


async def test_a_hub_tells_no_figures_of_what_no_monitor_has_folded_yet(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "FRESH", -1)
    events = records(site, 200)
    await site.publish(events)
    async with (
        open_kafka_hub(site.settings(viewer_token="kijker"), frozenset({Role.INTAKE})) as hub,
        httpx.AsyncClient(transport=httpx.ASGITransport(hub.app), base_url="http://hub") as client,
    ):
        headers = {"Authorization": "Bearer kijker"}
        told = await client.get("/v1/beelden", headers=headers)
        assert (told.status_code, told.json()["type"]) == (503, "urn:ijwhub:fout:figures-behind")
        assert told.json()["detail"].startswith(f"{len(events)} events ")
        async with site.monitor():
            await site.folded()
        assert (await client.get("/v1/beelden", headers=headers)).status_code == 200


@pytest.mark.parametrize("role", Role)
async def test_a_hub_that_others_reach_needs_a_token_for_its_metrics_and_for_the_figures_it_serves(
    site: Site, role: Role
) -> None:
    name = "IJWHUB_VIEWER_TOKEN" if role is Role.INTAKE else "IJWHUB_SCRAPE_TOKEN"
    with pytest.raises(ConfigurationError, match=name):
        async with open_kafka_hub(site.settings(), frozenset({role})):
            pass
    with pytest.raises(ConfigurationError, match=name) if role is Role.INTAKE else nullcontext():
        async with (
            open_kafka_hub(site.settings(scrape_token="schraper"), frozenset({role})) as hub,
            httpx.AsyncClient(transport=httpx.ASGITransport(hub.app), base_url="http://hub") as client,
        ):
            assert (await client.get("/metrics")).status_code == 401
            headers = {"Authorization": "Bearer schraper"}
            assert (await client.get("/metrics", headers=headers)).status_code == 200


async def test_a_monitor_that_others_reach_needs_a_token_for_its_metrics(site: Site) -> None:
    with pytest.raises(ConfigurationError, match="IJWHUB_SCRAPE_TOKEN"):
        async with open_monitor(site.settings()):
            pass
    for tokens in ({"scrape_token": "schraper"}, {"viewer_token": "kijker"}):
        async with open_monitor(site.settings(**tokens)):
            pass


async def test_pages_of_a_monitor_with_figures_ask_for_the_token(site: Site) -> None:
    await site.publish(records(site, 20))
    async with site.monitor("schraper") as (_, url), httpx.AsyncClient() as client:
        await site.folded()
        assert "partitions" in (await client.get(f"{url}/health")).json()
        for page in ("/metrics", "/state"):
            for header in (b"", b"Bearer", b"Bearer schrape", "Basic é".encode(), "Bearer é".encode("latin-1")):
                told = await client.get(url + page, headers=[(b"Authorization", header)])
                assert (told.status_code, told.content) == (401, b"")
                assert told.headers["WWW-Authenticate"].startswith("Bearer")
            assert (await client.get(url + page)).status_code == 401
            told = await client.get(url + page, headers={"Authorization": "Bearer schraper"})
            assert told.status_code == 200
            assert told.content


@pytest.mark.parametrize(
    ("security", "protocol", "mechanism"),
    [
        ("PLAINTEXT", None, None),
        ("SSL", "SSL", None),
        ("SASL_PLAINTEXT", "SASL_PLAINTEXT", "SCRAM-SHA-512"),
        ("SASL_SSL", "SASL_SSL", "SCRAM-SHA-512"),
    ],
)
def test_faust_proves_itself_as_the_other_clients_do(
    security: Security, protocol: str | None, mechanism: str | None
) -> None:
    connection = KafkaConnection(servers="a:1,b:2", security=security, username="hub", password="secret")
    made = credentials_to_aiokafka_auth(credentials(connection))
    assert made["security_protocol"] == (protocol or "PLAINTEXT")
    assert made.get("sasl_mechanism") == mechanism
    assert (made.get("ssl_context") is not None) == security.endswith("SSL")
    if mechanism:
        assert (made["sasl_plain_username"], made["sasl_plain_password"]) == ("hub", "secret")


def test_an_embedded_hub_has_no_monitor(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IJWHUB_KAFKA", "IJWHUB_DATABASE"):
        monkeypatch.delenv(name, raising=False)
    told = CliRunner().invoke(app, ["monitor"])
    assert told.exit_code == 2
    assert "set IJWHUB_KAFKA" in " ".join(told.output.split())


async def _records(connection: KafkaConnection, topic: str, count: int) -> list[Any]:
    options = {"auto_offset_reset": "earliest"}
    consumer = AIOKafkaConsumer(connection.prefix + topic, **connection.options(), **options)
    await consumer.start()
    found: list[Any] = []
    try:
        async with asyncio.timeout(30):
            while len(found) < count:
                for some in (await consumer.getmany(timeout_ms=200)).values():
                    found += some
    finally:
        await consumer.stop()
    return found
