"""The Faust app of a monitor worker: an agent, timers, pages, and which partitions are ours. Never the truth.

Faust acknowledges what its agent lost, and after a hand-over passes over events that nobody folded. So what it hands
over is compared with the durable positions (monitor_folding), which is where it is told to begin as well.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import faust
import msgspec
import structlog
from faust.transport.drivers.aiokafka import Consumer
from faust.types.auth import CredentialsT
from faust.web import Request, Response, View
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from connectors.kafka_client import KafkaConnection
from connectors.tokens import is_told
from monitoring.faults import kind_and_place
from monitoring.metrics import Metrics
from streams.core.ports import StoreError
from streams.core.topics import EVENTS, LARGEST
from streams.hub.figures import Figures, keep_telling
from streams.hub.folding import Folding
from streams.kafka.monitor_folding import Folder

GROUP = "monitor"
AT_ONCE = 500
"""Events that the agent takes at most in one go."""
WITHIN = 0.1
"""Seconds that the agent waits for so many."""
LOOK = 1.0
ALIVE = 15.0
"""Seconds without a successful look after which a worker is not healthy."""

logger = structlog.get_logger()
Job = Callable[[], Awaitable[None]]


@dataclasses.dataclass(frozen=True, slots=True)
class Serving:
    """Where the pages are, how soon a silent worker loses its partitions, and a folder that may be thrown away.

    figures_every  seconds between two sums of all figures for the metrics.
    token          what pages with figures ask for, as Bearer; None: they ask for nothing.
    """

    host: str
    port: int
    session: float
    scratch: str
    figures_every: float = 15
    token: str | None = dataclasses.field(default=None, repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Work:
    """What an app does and tells; it outlives the app."""

    folder: Folder
    folding: Folding
    figures: Figures
    metrics: Metrics


def make_app(connection: KafkaConnection, work: Work, serving: Serving) -> faust.App:
    """An app that is not started yet; one that crashed is thrown away and another one made."""
    app = faust.App(connection.group(GROUP), **_settings(connection, serving))
    _begin_where_stored(app, work.folder)
    _follow_assignment(app, connection, work.folder)
    _add_agent(app, connection, work.folder)
    _add_timers(app, work.folder)
    _add_figures(app, work, serving.figures_every)
    _add_health(app, work.folder)
    _add_state(app, work.folding, serving.token)
    _add_metrics(app, work.metrics, serving.token)
    return app


def _settings(connection: KafkaConnection, serving: Serving) -> dict[str, Any]:
    return {
        **_broker(connection, serving.session),
        "store": "memory://",
        "datadir": serving.scratch,
        "autodiscover": False,
        "web_host": serving.host,
        "web_bind": serving.host,
        "web_port": serving.port,
        "web_in_thread": False,
        "web_router_enabled": False,
        "web_tables_enabled": False,
    }


def _broker(connection: KafkaConnection, session: float) -> dict[str, Any]:
    return {
        "broker": [f"kafka://{server.strip()}" for server in connection.servers.split(",")],
        "broker_credentials": credentials(connection),
        "broker_session_timeout": session,
        "broker_heartbeat_interval": session / 4,
        "broker_request_timeout": max(40.0, session * 2),  # Faust refuses one that is shorter than the session
        "consumer_auto_offset_reset": "earliest",
        "consumer_max_fetch_size": LARGEST,
        "processing_guarantee": "at_least_once",
        "topic_allow_declare": False,
        "topic_disable_leader": True,
    }


def credentials(connection: KafkaConnection) -> CredentialsT | None:
    """What Faust proves itself with."""
    options = connection.options()
    if connection.security == "PLAINTEXT":
        return None
    if connection.security == "SSL":
        return faust.SSLCredentials(context=options["ssl_context"])
    return faust.SASLCredentials(
        username=connection.username,
        password=connection.password,
        ssl_context=options.get("ssl_context"),
        mechanism=connection.mechanism,
    )


# --- partitions --------------------------------------------------------------------------------------


def _begin_where_stored(app: faust.App, folder: Folder) -> None:
    """Let Faust begin after every rebalance where the database says, not where Kafka does."""

    class FromStored(Consumer):
        async def seek_to_committed(self) -> Mapping[Any, int]:
            mine = {place.partition: place for place in self.assignment()}
            try:
                positions = await folder.stored(mine)
            except StoreError:  # what Kafka knows will do: everything that comes is compared all the same
                return await super().seek_to_committed()
            wanted = {place: positions[partition] for partition, place in mine.items()}
            await self.seek_wait(wanted)
            return wanted

    app.transport.Consumer = FromStored  # type: ignore[misc]


def _follow_assignment(app: faust.App, connection: KafkaConnection, folder: Folder) -> None:
    topic = connection.topic(EVENTS)

    async def assigned(_app: Any, /, *told: Any, signal: Any, **_: Any) -> None:
        folder.assign({place.partition for places in told for place in places if place.topic == topic})

    async def revoked(_app: Any, /, *_told: Any, signal: Any, **_: Any) -> None:
        folder.assign(())

    app.on_partitions_assigned.connect(assigned, weak=False)
    app.on_partitions_revoked.connect(revoked, weak=False)


# --- agent and timers --------------------------------------------------------------------------------


def _add_agent(app: faust.App, connection: KafkaConnection, folder: Folder) -> None:
    raw: dict[str, Any] = {"key_type": bytes, "value_type": bytes, "key_serializer": "raw", "value_serializer": "raw"}
    topic = app.topic(connection.topic(EVENTS), **raw)

    async def events(stream: AsyncIterable[Any]) -> None:
        async for some in stream.take_events(AT_ONCE, within=WITHIN):  # type: ignore[attr-defined]
            await _never_raise(partial(folder.fold, [event.message for event in some]))

    app.agent(topic, name="events", concurrency=1)(events)


def _add_timers(app: faust.App, folder: Folder) -> None:
    for name, job in (("look", folder.look), ("catch_up", folder.catch_up)):
        app.timer(LOOK, name=name)(_guarded(job, name))


def _add_figures(app: faust.App, work: Work, every: float) -> None:
    async def figures() -> None:
        await keep_telling(work.figures, work.metrics, every)

    app.task(figures)


def _guarded(job: Job, name: str) -> Job:
    async def guarded() -> None:
        await _never_raise(job)

    guarded.__name__ = name
    return guarded


async def _never_raise(job: Job) -> None:
    try:
        await job()
    except Exception as error:  # noqa: BLE001 - a timer that raises ends the worker, an agent loses its event
        logger.error("a fault of its own in a monitor", error=kind_and_place(error))


# --- pages -------------------------------------------------------------------------------------------


def _add_health(app: faust.App, folder: Folder) -> None:
    @app.page("/health", name="health")
    async def health(_view: View, _request: Request) -> Response:
        healthy = folder.looked < ALIVE
        partitions = [
            {**msgspec.structs.asdict(one), "position": one.position, "lag": one.lag} for one in folder.standings
        ]
        return _json(app, {"healthy": healthy, "partitions": partitions}, 200 if healthy else 503)


def _add_state(app: faust.App, folding: Folding, token: str | None) -> None:
    @app.page("/state", name="state")
    async def state(_view: View, request: Request) -> Response:
        if not _may_see(request, token):
            return _refused(app)
        try:
            return _json(app, await folding.totals())
        except StoreError as error:
            return _json(app, {"title": str(error)}, 503)


def _add_metrics(app: faust.App, metrics: Metrics, token: str | None) -> None:
    @app.page("/metrics", name="metrics")
    async def told(_view: View, request: Request) -> Response:
        if not _may_see(request, token):
            return _refused(app)
        text = await asyncio.to_thread(generate_latest, metrics.registry)  # events and partitions do not wait for it
        return app.web.bytes(text, headers={"Content-Type": CONTENT_TYPE_LATEST})


def _may_see(request: Request, token: str | None) -> bool:
    header: str = request.headers.get("Authorization", "")
    return token is None or is_told(header.encode(errors="surrogateescape"), token)


def _refused(app: faust.App) -> Response:
    headers = {"WWW-Authenticate": 'Bearer realm="ijwhub"'}
    return app.web.bytes(b"", status=401, headers=headers)


def _json(app: faust.App, body: Any, status: int = 200) -> Response:
    return app.web.bytes(msgspec.json.encode(body), content_type="application/json", status=status)
