"""The monitor worker: folds the events of the hub into rows that pages, metrics and people read.

The app of Faust may come and go (a broker that is away, a fault in it); rows and progress stand in the database, and
another app goes on from there.
"""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import faust
import structlog
from aiokafka.errors import KafkaError

from connectors.kafka_client import KafkaConnection
from connectors.kafka_producer import Producer
from connectors.postgres import Postgres
from connectors.postgres_folds import PostgresFolds
from monitoring.faults import kind_and_place
from monitoring.metrics import Metrics
from streams.core.access_file import Access
from streams.core.fold_ports import FoldStore
from streams.core.regions import Monitoring, load_monitoring
from streams.core.topics import EVENTS
from streams.hub.deciding import relieve_collector
from streams.hub.folding import FOLDS, Folding
from streams.hub.gating import with_tokens
from streams.hub.guarding import refuse_open_metrics
from streams.hub.settings import Settings
from streams.kafka.figures import kafka_figures
from streams.kafka.monitor_app import Serving, Work, make_app
from streams.kafka.monitor_folding import Folder
from streams.kafka.monitor_reading import EventsReader

AGAIN = 2.0
"""Seconds until an app that failed is followed by another one."""
LAST_FOLDS = 10.0
"""Seconds that folds under way get when the worker stops."""
LAST_OF_FAUST = 15.0
"""Seconds that Faust gets to leave its group."""

logger = structlog.get_logger()


class Stuck(Exception):
    """An app of Faust does not stop: it may hold partitions on that nobody folds, as long as its process lives."""


class Monitor:
    """One worker, put together. `run` works until told to stop, and raises nothing for a broker or a database."""

    def __init__(self, connection: KafkaConnection, work: Work, serving: Serving) -> None:
        self.work = work
        self._connection = connection
        self._serving = serving

    async def run(self, stop: asyncio.Event) -> None:
        """Fold until told to stop; then what is under way is committed first. Raises Stuck."""
        while not stop.is_set():
            try:
                await self._serve(stop)
            except Stuck:
                raise
            except (KafkaError, OSError) as error:
                logger.error("the app failed, making another one", error=type(error).__name__)
            except Exception as error:  # noqa: BLE001 - whatever ails Faust, the truth is elsewhere
                logger.error("the app failed, making another one", error=kind_and_place(error))
            if not stop.is_set():
                await _either(stop.wait(), asyncio.sleep(AGAIN))

    async def _serve(self, stop: asyncio.Event) -> None:
        """Run one app until told to stop, or until it crashes."""
        app = make_app(self._connection, self.work, self._serving)
        try:
            await _either(app.start(), stop.wait())
            await _either(stop.wait(), app.wait_until_stopped())
            if app.crash_reason is not None and not stop.is_set():
                raise app.crash_reason
        finally:
            await self.work.folder.drain(LAST_FOLDS)
            await _stop(app)


async def _stop(app: faust.App) -> None:
    stopping = asyncio.create_task(app.stop())
    await asyncio.wait([stopping], timeout=LAST_OF_FAUST)  # cancelling it would not do: Faust swallows that
    if not stopping.done():
        raise Stuck
    stopping.result()


async def _either(*works: Any) -> None:
    """Until the first of them is done; the others are cancelled. Raises what the first raises."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()


@asynccontextmanager
async def open_monitor(settings: Settings) -> AsyncIterator[Monitor]:
    """A worker made from its settings, closed at the end.

    Raises StoreError for the database or a missing topic, and ConfigurationError for what it is given.
    """
    relieve_collector()
    refuse_open_metrics(settings, with_tokens(Access(), settings))  # its pages know of no other users
    connection, url = settings.on_kafka, settings.postgres
    assert connection is not None, "settings without Kafka"
    assert url is not None, "settings without a database"
    monitoring = load_monitoring(settings.monitoring)
    async with AsyncExitStack() as stack:
        database = await Postgres.opened(url)
        stack.push_async_callback(database.close)
        producer = Producer(connection)
        stack.push_async_callback(producer.close)
        reader = EventsReader(connection)
        stack.push_async_callback(reader.close)
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="ijwhub-monitor-"))
        await producer.partitions(connection.topic(EVENTS))
        serving = Serving(
            settings.host,
            settings.port,
            settings.kafka_session,
            scratch,
            settings.figures_every,
            settings.metrics_token,
        )
        yield put_together(connection, PostgresFolds(database), producer, reader, serving, monitoring)


def put_together(
    connection: KafkaConnection,
    store: FoldStore,
    producer: Producer,
    reader: EventsReader,
    serving: Serving,
    monitoring: Monitoring,
) -> Monitor:
    """A worker from its parts."""
    metrics = Metrics()
    folding = Folding(FOLDS, store)
    folder = Folder(folding, reader, producer, connection, metrics)
    return Monitor(connection, Work(folder, folding, kafka_figures(connection, store, monitoring), metrics), serving)


async def run_monitor(settings: Settings) -> None:
    """Run a worker until SIGTERM or SIGINT. Raises what opening it raises."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_monitor(settings) as monitor:
        logger.info("started", address=f"http://{settings.host}:{settings.port}")
        try:
            await monitor.run(stop)
        except Stuck:
            logger.error("the app does not stop, ending this process without it")
            os._exit(0 if stop.is_set() else 2)  # its threads would keep an ordinary end waiting
    logger.info("stopped")
