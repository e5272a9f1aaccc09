"""The composition root: puts a hub together from its settings and runs it until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Protocol

import structlog
import uvicorn
from fastapi import FastAPI

from connectors.http_api import create_app
from connectors.sqlite_store import SqliteStore
from monitoring.metrics import Metrics
from schemas.ijw_3_2.outside import supplied
from schemas.ijw_3_2.reading import Schemas
from streams.core.exchange import Exchange
from streams.core.parties import ConfigurationError, Directory, KafkaDelivery, load_directory
from streams.core.ports import Archive, Step, StoreError
from streams.core.sources import load_sources
from streams.hub.deciding import Decider, relieve_collector
from streams.hub.delivery import FolderTraffic, folder_parties
from streams.hub.desk import HubDesk
from streams.hub.settings import Settings
from streams.hub.worker import Worker

LAST_REQUESTS = 10
"""Seconds that requests under way get when the hub stops: one that never ends may not hold it up."""

logger = structlog.get_logger()


def now() -> datetime:
    """This moment. The only clock of the hub; everything else is given the time."""
    return datetime.now(UTC)


class Runnable(Protocol):
    """A hub, wherever it keeps its messages."""

    @property
    def settings(self) -> Settings:
        """Its settings."""

    @property
    def app(self) -> FastAPI:
        """Its HTTP interface."""

    @property
    def home(self) -> str:
        """Where it keeps its messages, for people."""

    async def run(self) -> None:
        """Work until cancelled; what is under way is finished then."""


@dataclass(frozen=True, slots=True)
class Hub:
    """A hub that is put together; `run` makes it work."""

    settings: Settings
    store: SqliteStore
    desk: HubDesk
    worker: Worker
    metrics: Metrics
    folders: tuple[FolderTraffic, ...]

    @property
    def home(self) -> str:
        """The file of its database."""
        return str(self.settings.sqlite_file)

    @property
    def app(self) -> FastAPI:
        """Its HTTP interface."""
        return create_app(self.desk, self.metrics)

    async def run(self) -> None:
        """Take in, process and deliver until cancelled. Raises Fenced when another hub works on the same file."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.desk.run())
            tasks.create_task(self.worker.run(self.desk.appended, self._done))
            tasks.create_task(watch_backlog(self.store, self.metrics, self.desk, every=1))
            for folder in self.folders:
                tasks.create_task(folder.run(self.settings.look_every))
            self.desk.processing = True

    def _done(self, steps: Sequence[Step]) -> None:
        if steps:
            logger.info("processed", count=len(steps), position=steps[-1].entry.position)


async def watch_backlog(archive: Archive, metrics: Metrics, desk: HubDesk, every: float) -> None:
    """Tell metrics and desk how the log stands, every so many seconds, until cancelled."""
    while True:
        try:
            metrics.tell_backlog(await archive.waiting(), now())
            desk.log_answers = True
        except StoreError:  # a look that fails must not stop the hub
            metrics.store_errors.inc()
            desk.log_answers = False
        await asyncio.sleep(every)


def refuse_kafka_parties(settings: Settings, directory: Directory) -> None:
    """Raise ConfigurationError when a party is to be reached over Kafka by a hub that is not on it."""
    known = [party.id for party in directory.parties if isinstance(party.delivery, KafkaDelivery)]
    if known:
        raise ConfigurationError(
            (
                f"{settings.parties}: {', '.join(known)} exchange over Kafka, and this hub is not on Kafka. Give them "
                "a folder or a mailbox, or set IJWHUB_KAFKA and IJWHUB_DATABASE.",
            )
        )


def refuse_demo_tokens(settings: Settings, directory: Directory) -> None:
    """Raise ConfigurationError when others than this machine could come in with a token of the example."""
    if settings.host == "localhost" or (_is_address(settings.host) and ip_address(settings.host).is_loopback):
        return
    known = [party.id for party in directory.parties if directory.by_token(f"demo-{party.id}") is not None]
    if known:
        raise ConfigurationError(
            (
                f"{settings.parties}: the tokens of {', '.join(known)} are those of the example, and others can reach "
                f"{settings.host}. Expected tokens that nobody knows; make each with `ijwhub token`, or listen on "
                "127.0.0.1.",
            )
        )


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


@asynccontextmanager
async def open_hub(settings: Settings) -> AsyncIterator[Hub]:
    """A hub made from its settings, closed at the end.

    Raises ConfigurationError for the parties or the sources, StoreError for the database, and lxml's
    XMLSchemaParseError or OSError for the schemas.
    """
    relieve_collector()
    directory = load_directory(settings.parties)
    refuse_demo_tokens(settings, directory)
    refuse_kafka_parties(settings, directory)
    schemas = Schemas(settings.schemas)
    sources = load_sources(settings.sources) if settings.sources else supplied()
    store = SqliteStore(settings.sqlite_file)
    metrics = Metrics()
    desk = HubDesk(store, store, store, directory, now, metrics)
    decider = Decider(Exchange(schemas, directory, sources), store, now, metrics)
    worker = Worker(decider, store, store, metrics)
    folders = tuple(
        FolderTraffic(party, folder, desk, store, now, metrics) for party, folder in folder_parties(directory.parties)
    )
    try:
        yield Hub(settings, store, desk, worker, metrics, folders)
    finally:
        await store.close()


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the hub: it stops HTTP first and the store last."""
        yield


async def serve(opening: AbstractAsyncContextManager[Runnable]) -> None:
    """Run a hub with its HTTP interface until SIGTERM or SIGINT. Raises what opening it raises."""
    async with opening as hub, running(hub) as server:
        while not server.should_exit:
            await asyncio.sleep(0.1)


@asynccontextmanager
async def running(hub: Runnable) -> AsyncIterator[uvicorn.Server]:
    """The hub at work with its HTTP interface listening; both stop at the end, requests under way first."""
    settings = hub.settings
    config = uvicorn.Config(
        hub.app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=LAST_REQUESTS,
    )
    server = _Server(config)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, setattr, server, "should_exit", True)
    work = asyncio.create_task(hub.run())
    work.add_done_callback(lambda _: setattr(server, "should_exit", True))
    http = asyncio.create_task(server.serve())
    try:
        while not server.started and not server.should_exit:
            await asyncio.sleep(0.02)
        logger.info("started", address=f"http://{settings.host}:{settings.port}", path=hub.home)
        yield server
    finally:
        server.should_exit = True
        await http
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        logger.info("stopped")
    if not work.cancelled() and (failed := work.exception()):
        raise failed
