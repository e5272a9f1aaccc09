"""The composition root on Kafka: puts the parts of a process together from its settings and roles."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI

from connectors.access import Gate
from connectors.http_api import create_app
from connectors.kafka_client import KafkaConnection
from connectors.kafka_log import KafkaLog
from connectors.kafka_producer import Producer
from connectors.postgres import Postgres
from connectors.postgres_audit import PostgresAudit
from connectors.postgres_folds import PostgresFolds
from connectors.postgres_store import KafkaArchive
from monitoring.metrics import Metrics
from schemas.ijw_3_2.reading import Schemas
from streams.core.exchange import Exchange
from streams.core.ports import Archive
from streams.core.sources import load_sources
from streams.hub.app import watch_backlog
from streams.hub.audit_trail import AuditTrail
from streams.hub.certificates import watch_certificates
from streams.hub.clock import now
from streams.hub.configured import Configured, configured
from streams.hub.deciding import Decider, relieve_collector
from streams.hub.delivery import Carrier
from streams.hub.desk import HubDesk
from streams.hub.figures import Figures
from streams.hub.gating import gate_for
from streams.hub.mail import MailWatch
from streams.hub.pseudonym_key import refuse_another_key
from streams.hub.roles import Role
from streams.hub.serving import whole_app
from streams.hub.settings import Settings
from streams.kafka.delivery import DeliveryWorker, traffic_of
from streams.kafka.exchange import ExchangeWorker
from streams.kafka.figures import kafka_figures
from streams.kafka.relay import Relay

LOOK_AT_LOG = 5.0
"""Seconds between two looks at what waits in the log."""


@dataclass(frozen=True, slots=True)
class KafkaHub:
    """One process of a hub on Kafka; `run` makes it work. Parts that are None are not among its roles."""

    configured: Configured
    home: str
    desk: HubDesk
    gate: Gate
    audit: PostgresAudit
    trail: AuditTrail
    store: KafkaArchive
    log: KafkaLog
    metrics: Metrics
    figures: Figures | None
    exchange: ExchangeWorker | None
    delivery: DeliveryWorker | None

    @property
    def settings(self) -> Settings:
        """Its settings."""
        return self.configured.settings

    @property
    def archive(self) -> Archive:
        """What people ask about."""
        return self.store

    @property
    def app(self) -> FastAPI:
        """All of HTTP when it takes in; otherwise health and metrics."""
        if self.figures is None:
            return create_app(self.desk, self.metrics, self.gate, for_parties=False)
        return whole_app(self, self.figures)

    async def run(self) -> None:
        """Work until cancelled; then the batch under way is finished, and what it brought about is published."""
        stop = asyncio.Event()
        exchanging = asyncio.create_task(self.exchange.run(stop)) if self.exchange else None
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.desk.run())
                tasks.create_task(self.trail.run())
                tasks.create_task(watch_backlog(self.store, self.metrics, self.desk, LOOK_AT_LOG))
                tasks.create_task(watch_certificates(self.settings, self.configured.directory, self.metrics))
                if self.delivery:
                    tasks.create_task(self.delivery.run())
                    tasks.create_task(MailWatch(self.store, self.configured.directory, self.metrics, now).run())
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
    known = configured(settings, figures=Role.INTAKE in roles)
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

        yield _put_together(known, roles, connection, database, producer)


def _put_together(
    known: Configured,
    roles: frozenset[Role],
    connection: KafkaConnection,
    database: Postgres,
    producer: Callable[[], Producer],
) -> KafkaHub:
    metrics, directory = Metrics(), known.directory
    log = KafkaLog(connection, database, producer())
    store = KafkaArchive(database, log.backlog)
    desk = HubDesk(log, store, store, directory, now, metrics, known.freezes)
    audit = PostgresAudit(database)
    trail = AuditTrail(audit, metrics)
    delivery = None
    if Role.DELIVERY in roles:
        carrier = Carrier(desk, store, trail, now, metrics)
        traffic = traffic_of(directory.parties, carrier, connection, producer)
        delivery = DeliveryWorker(connection, traffic, known.settings.look_every)
    return KafkaHub(
        configured=known,
        home=f"{connection.servers} {connection.prefix}*",
        desk=desk,
        gate=gate_for(directory, known.access, trail, now),
        audit=audit,
        trail=trail,
        store=store,
        log=log,
        metrics=metrics,
        figures=kafka_figures(connection, PostgresFolds(database), known.monitoring) if Role.INTAKE in roles else None,
        exchange=_exchange(known, connection, store, metrics) if Role.EXCHANGE in roles else None,
        delivery=delivery,
    )


def _pseudonym_key(settings: Settings) -> bytes:
    assert settings.pseudonym_key is not None, "settings without a key for pseudonyms"
    return settings.pseudonym_key.get_secret_value().encode()


def _exchange(known: Configured, connection: KafkaConnection, store: KafkaArchive, metrics: Metrics) -> ExchangeWorker:
    settings, days = known.settings, known.monitoring.calendar.working_days()
    sources = load_sources(settings.sources)
    exchange = Exchange(Schemas(settings.schemas), known.directory, sources)
    decider = Decider(exchange, store, now, metrics, _pseudonym_key(settings), days)
    relay = Relay(connection, Producer(connection), metrics)
    return ExchangeWorker(connection, decider, store, relay, metrics, session=settings.kafka_session)
