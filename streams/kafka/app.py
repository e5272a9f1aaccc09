"""The composition root on Kafka: puts the parts of a process together from its settings and roles."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI

from connectors.http_api import create_app
from connectors.kafka_client import KafkaConnection
from connectors.kafka_log import KafkaLog
from connectors.kafka_producer import Producer
from connectors.postgres import Postgres
from connectors.postgres_folds import PostgresFolds
from connectors.postgres_store import KafkaArchive
from monitoring.metrics import Metrics
from schemas.ijw_3_2.outside import supplied
from schemas.ijw_3_2.reading import Schemas
from streams.core.exchange import Exchange
from streams.core.parties import Directory, load_directory
from streams.core.regions import Monitoring, load_monitoring
from streams.core.sources import load_sources
from streams.core.workdays import WorkingDays
from streams.hub.app import watch_backlog, with_figures
from streams.hub.clock import now
from streams.hub.deciding import Decider, relieve_collector
from streams.hub.desk import HubDesk
from streams.hub.figures import Figures
from streams.hub.guarding import refuse_demo_tokens, refuse_open_figures, refuse_open_metrics
from streams.hub.pseudonym_key import refuse_another_key
from streams.hub.roles import Role
from streams.hub.settings import Settings
from streams.kafka.delivery import DeliveryWorker, traffic_of
from streams.kafka.exchange import ExchangeWorker
from streams.kafka.relay import Relay

LOOK_AT_LOG = 5.0
"""Seconds between two looks at what waits in the log."""


@dataclass(frozen=True, slots=True)
class KafkaHub:
    """One process of a hub on Kafka; `run` makes it work. Parts that are None are not among its roles."""

    settings: Settings
    home: str
    desk: HubDesk
    store: KafkaArchive
    log: KafkaLog
    metrics: Metrics
    figures: Figures | None
    exchange: ExchangeWorker | None
    delivery: DeliveryWorker | None

    @property
    def app(self) -> FastAPI:
        """HTTP for parties and the pages of figures when it takes in, and always for health and metrics."""
        token = self.settings.metrics_token
        if self.figures is None:
            return create_app(self.desk, self.metrics, for_parties=False, scrape_token=token)
        return with_figures(create_app(self.desk, self.metrics, scrape_token=token), self.figures, self.settings)

    async def run(self) -> None:
        """Work until cancelled; then the batch under way is finished, and what it brought about is published."""
        stop = asyncio.Event()
        exchanging = asyncio.create_task(self.exchange.run(stop)) if self.exchange else None
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.desk.run())
                tasks.create_task(watch_backlog(self.store, self.metrics, self.desk, LOOK_AT_LOG))
                if self.delivery:
                    tasks.create_task(self.delivery.run())
                if exchanging:
                    tasks.create_task(_as_long_as(exchanging))
                self.desk.processing = True
        finally:
            stop.set()
            if exchanging:
                await exchanging


async def _as_long_as(task: asyncio.Task[None]) -> None:
    """End when that task ends; being cancelled does not cancel it."""
    await asyncio.shield(task)


@asynccontextmanager
async def open_kafka_hub(settings: Settings, roles: frozenset[Role]) -> AsyncIterator[KafkaHub]:
    """A process in these roles, made from its settings, closed at the end. Raises what `open_hub` raises."""
    relieve_collector()
    directory = load_directory(settings.parties)
    refuse_demo_tokens(settings, directory)
    if Role.INTAKE in roles:
        refuse_open_figures(settings)
    refuse_open_metrics(settings)
    monitoring = load_monitoring(settings.monitoring)
    connection, url = settings.on_kafka, settings.postgres
    assert connection is not None, "settings without Kafka"
    assert url is not None, "settings without a database"
    async with AsyncExitStack() as stack:
        database = await Postgres.opened(url)
        stack.push_async_callback(database.close)
        if Role.EXCHANGE in roles:
            await refuse_another_key(PostgresFolds(database), _pseudonym_key(settings))

        def producer() -> Producer:
            made = Producer(connection)
            stack.push_async_callback(made.close)
            return made

        yield _put_together(settings, roles, directory, connection, database, producer, monitoring)


def _put_together(
    settings: Settings,
    roles: frozenset[Role],
    directory: Directory,
    connection: KafkaConnection,
    database: Postgres,
    producer: Callable[[], Producer],
    monitoring: Monitoring,
) -> KafkaHub:
    metrics = Metrics()
    log = KafkaLog(connection, database, producer())
    store = KafkaArchive(database, log.backlog)
    desk = HubDesk(log, store, store, directory, now, metrics)
    delivery = None
    if Role.DELIVERY in roles:
        traffic = traffic_of(connection, directory.parties, desk, store, producer, now, metrics)
        delivery = DeliveryWorker(connection, traffic, settings.look_every)
    exchange = None
    if Role.EXCHANGE in roles:
        days = monitoring.calendar.working_days()
        exchange = _exchange(settings, directory, connection, store, metrics, days)
    return KafkaHub(
        settings=settings,
        home=f"{connection.servers} {connection.prefix}*",
        desk=desk,
        store=store,
        log=log,
        metrics=metrics,
        figures=Figures(PostgresFolds(database), monitoring, now) if Role.INTAKE in roles else None,
        exchange=exchange,
        delivery=delivery,
    )


def _pseudonym_key(settings: Settings) -> bytes:
    assert settings.pseudonym_key is not None, "settings without a key for pseudonyms"
    return settings.pseudonym_key.get_secret_value().encode()


def _exchange(
    settings: Settings,
    directory: Directory,
    connection: KafkaConnection,
    store: KafkaArchive,
    metrics: Metrics,
    days: WorkingDays,
) -> ExchangeWorker:
    sources = load_sources(settings.sources) if settings.sources else supplied()
    exchange = Exchange(Schemas(settings.schemas), directory, sources)
    decider = Decider(exchange, store, now, metrics, _pseudonym_key(settings), days)
    relay = Relay(connection, Producer(connection), metrics)
    return ExchangeWorker(connection, decider, store, relay, metrics, session=settings.kafka_session)
