"""The composition root: puts a hub together from its settings and runs it until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import structlog
import uvicorn
from fastapi import FastAPI

from connectors.access import Gate
from connectors.patience import PatientProtocol
from connectors.sqlite_audit import SqliteAudit
from connectors.sqlite_folds import SqliteFolds
from connectors.sqlite_store import SqliteStore
from connectors.tls import TlsProtocol, server_context
from monitoring.metrics import Metrics
from schemas.ijw_3_2.reading import Schemas
from streams.core.access import is_loopback
from streams.core.exchange import Exchange
from streams.core.fold_ports import EventLog
from streams.core.parties import ConfigurationError, Directory, KafkaDelivery
from streams.core.ports import Archive, Step, StoreError
from streams.core.sources import load_sources
from streams.hub.audit_trail import AuditTrail
from streams.hub.certificates import watch_certificates
from streams.hub.clock import now
from streams.hub.configured import Configured, configured
from streams.hub.deciding import Decider, relieve_collector
from streams.hub.delivery import Carrier, Traffic, traffic_of
from streams.hub.desk import HubDesk
from streams.hub.embedded_folding import EmbeddedFolder
from streams.hub.figures import Figures, keep_telling
from streams.hub.folding import FOLDS, Folding
from streams.hub.gating import gate_for
from streams.hub.mail import MailWatch
from streams.hub.pseudonym_key import kept_key, refuse_another_key
from streams.hub.serving import whole_app
from streams.hub.settings import Settings
from streams.hub.worker import Worker

LAST_REQUESTS = 10
"""Seconds that requests under way get when the hub stops: one that never ends may not hold it up."""

logger = structlog.get_logger()


class Runnable(Protocol):
    """A hub, wherever it keeps its messages."""

    @property
    def settings(self) -> Settings:
        """Its settings."""

    @property
    def gate(self) -> Gate:
        """Who may use its HTTP interface."""

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

    configured: Configured
    store: SqliteStore
    desk: HubDesk
    gate: Gate
    audit: SqliteAudit
    trail: AuditTrail
    worker: Worker
    folder: EmbeddedFolder
    figures: Figures
    metrics: Metrics
    mail: MailWatch
    traffic: tuple[Traffic, ...]
    decided: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def settings(self) -> Settings:
        """Its settings."""
        return self.configured.settings

    @property
    def archive(self) -> Archive:
        """What people ask about."""
        return self.store

    @property
    def home(self) -> str:
        """The file of its database."""
        return str(self.settings.sqlite_file)

    @property
    def app(self) -> FastAPI:
        """Its HTTP interface."""
        return whole_app(self, self.figures)

    async def run(self) -> None:
        """Take in, process, deliver and fold until cancelled. Raises Fenced when another hub works on the same file."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.desk.run())
            tasks.create_task(self.trail.run())
            tasks.create_task(self.worker.run(self.desk.appended, self._done))
            tasks.create_task(watch_backlog(self.store, self.metrics, self.desk, every=1))
            tasks.create_task(self.mail.run())
            tasks.create_task(watch_certificates(self.settings, self.configured.directory, self.metrics))
            tasks.create_task(self.folder.run(self.decided))
            tasks.create_task(keep_telling(self.figures, self.metrics, self.settings.figures_every))
            for traffic in self.traffic:
                tasks.create_task(traffic.run(self.settings.look_every))
            self.desk.processing = True

    def _done(self, steps: Sequence[Step]) -> None:
        if steps:
            self.decided.set()
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


@asynccontextmanager
async def open_hub(settings: Settings, clock: Callable[[], datetime] = now) -> AsyncIterator[Hub]:
    """A hub made from its settings, closed at the end. `clock` is another one for a time that is simulated.

    Raises ConfigurationError for what it is given, StoreError for the database or the key of pseudonyms, and lxml's
    XMLSchemaParseError or OSError for the schemas.
    """
    relieve_collector()
    known = configured(settings)
    refuse_kafka_parties(settings, known.directory)
    schemas = Schemas(settings.schemas)
    sources = load_sources(settings.sources)
    async with AsyncExitStack() as stack:
        store = SqliteStore(settings.sqlite_file)
        stack.push_async_callback(store.close)
        folds = SqliteFolds(settings.sqlite_file)
        stack.push_async_callback(folds.close)
        metrics, key = Metrics(), await _pseudonym_key(settings, folds)
        await refuse_another_key(folds, key)
        audit = SqliteAudit(settings.sqlite_file)
        stack.push_async_callback(audit.close)
        trail = AuditTrail(audit, metrics)
        # On a thread of its own: with very much mail a look takes seconds, for which intake may not wait.
        beside = SqliteStore(settings.sqlite_file)
        stack.push_async_callback(beside.close)
        # Not `clock`: whoever asks does so now, also in a time that is simulated.
        gate = gate_for(known.directory, known.access, trail, now)
        desk = HubDesk(store, store, store, known.directory, clock, metrics, known.freezes)
        exchange = Exchange(schemas, known.directory, sources)
        folder = EmbeddedFolder(Folding(FOLDS, folds), folds, metrics)
        decider = Decider(exchange, store, clock, metrics, key, known.monitoring.calendar.working_days())
        carrier = Carrier(desk, store, trail, clock, metrics)
        yield Hub(
            configured=known,
            store=store,
            desk=desk,
            gate=gate,
            audit=audit,
            trail=trail,
            worker=Worker(decider, store, store, metrics),
            folder=folder,
            figures=Figures(folds, known.monitoring, clock, folder.waiting),
            metrics=metrics,
            mail=MailWatch(beside, known.directory, metrics, clock),
            traffic=tuple(traffic_of(known.directory.parties, carrier).values()),
        )


async def _pseudonym_key(settings: Settings, events: EventLog) -> bytes:
    if settings.pseudonym_key:
        return settings.pseudonym_key.get_secret_value().encode()
    return kept_key(settings.data, may_be_new=not await events.waiting_events((0, 0), 1))


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


def _config(hub: Runnable) -> uvicorn.Config:
    settings = hub.settings
    serving: dict[str, Any] = {"http": PatientProtocol}
    if settings.certificate and settings.certificate_key:
        context = server_context(settings.certificate, settings.certificate_key, settings.client_ca, _noting(hub.gate))
        serving = {"ssl_context_factory": lambda *_: context, "http": TlsProtocol}
    elif not is_loopback(settings.host):
        logger.warning(
            "served without TLS",
            address=f"http://{settings.host}:{settings.port}",
            hint="put a proxy with TLS in front, or set IJWHUB_CERTIFICATE and IJWHUB_CERTIFICATE_KEY",
        )
    return uvicorn.Config(
        hub.app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=LAST_REQUESTS,
        **serving,
    )


def _noting(gate: Gate) -> Callable[[str], None]:
    """What notes a client certificate that was refused, from within a handshake, which waits for nothing."""
    tasks: set[asyncio.Task[None]] = set()

    def refused(why: str) -> None:
        task = asyncio.get_running_loop().create_task(gate.handshake_failed(why))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    return refused


@asynccontextmanager
async def running(hub: Runnable) -> AsyncIterator[uvicorn.Server]:
    """The hub at work with its HTTP interface listening; both stop at the end, requests under way first."""
    settings = hub.settings
    server = _Server(_config(hub))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, setattr, server, "should_exit", True)
    work = asyncio.create_task(hub.run())
    work.add_done_callback(lambda _: setattr(server, "should_exit", True))
    http = asyncio.create_task(server.serve())
    try:
        while not server.started and not server.should_exit:
            await asyncio.sleep(0.02)
        scheme = "https" if settings.certificate else "http"
        logger.info("started", address=f"{scheme}://{settings.host}:{settings.port}", path=hub.home)
        yield server
    finally:
        server.should_exit = True
        await http
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        logger.info("stopped")
    if not work.cancelled() and (failed := work.exception()):
        raise failed
