"""The traffic of parties that the hub itself must go to, or look at. Mailboxes wait to be fetched."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import SystemRandom
from typing import Protocol

import structlog

from adapters.contract import Adapter, Fault
from adapters.registry import adapter
from connectors.files import FileInbox, FileOutbox, Files, Unreachable
from connectors.folders import LocalFiles
from connectors.pushing import Endpoint, PushOutbox
from connectors.sftp import Server, SftpFiles
from connectors.taking import Taker
from monitoring.faults import kind_and_place
from monitoring.metrics import Metrics
from streams.core.auditing import Act, Action, Trail
from streams.core.delivering import CLOSED, after_failure, state
from streams.core.parties import FolderDelivery, Party, PushDelivery, SftpDelivery
from streams.core.ports import Desk, OutputBody
from streams.hub.deliveries import Books, Deliveries, Outbox

SFTP_LOOKS = 2.0
"""Seconds at least between two looks at a server of somebody else, whose clock of files ticks in seconds."""

LEFT_LOOKS = 10.0
"""Seconds at least between two looks at what is left for a party that has a connection since."""

logger = structlog.get_logger()


class Inbox(Protocol):
    """Takes in what a party put somewhere."""

    async def look(self) -> int:
        """Take in what is there; returns how many. Raises OSError or StoreError, Unreachable for the place itself."""


class Traffic(Protocol):
    """The traffic of one party."""

    async def run(self, every: float) -> None:
        """Take in and deliver until cancelled, looking every so many seconds; what fails is tried again."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """What the traffic of all parties shares. `chance` gives a number in [0, 1) each time."""

    desk: Desk
    books: Books
    trail: Trail
    clock: Callable[[], datetime]
    metrics: Metrics
    chance: Callable[[], float] = SystemRandom().random

    def taker(self, party: Party, way: str, format: Adapter) -> Taker:
        """What a party offers this way, taken in. Its place is its credential."""

        async def noted(reason: str) -> None:
            await self.trail.note(_act(self.clock(), party, way, "refused", reason=reason))

        return Taker(party, self.desk, format, way, noted)

    def deliveries(self, party: Party, way: str, outbox: Outbox) -> Deliveries:
        """What waits for a party, brought to it this way."""
        noting = _Noting(outbox, party, way, self.trail, self.clock)
        return Deliveries(party, way, noting, self.books, self.clock, self.chance, self.metrics)


@dataclass(frozen=True, slots=True)
class _Noting:
    """An outbox, with a note in the audit log of everything that its party got: by then it reads it, as from a mailbox.

    It is noted afterwards, for most of what is tried at a party that is away never arrives. What cannot be noted is
    brought again.
    """

    outbox: Outbox
    party: Party
    way: str
    trail: Trail
    clock: Callable[[], datetime]

    async def bring(self, output: OutputBody) -> Fault | None:
        """Bring one output (contract: Outbox)."""
        said = await self.outbox.bring(output)
        await self.trail.note(_act(self.clock(), self.party, self.way, "read", subject=output.head.id))
        return said

    async def close(self) -> None:
        """Let go of what is held open."""
        await self.outbox.close()


def _act(at: datetime, party: Party, way: str, action: Action, subject: str = "", reason: str = "") -> Act:
    return Act(at=at, actor=party.id, credential=way, action=action, where=way, subject=subject, reason=reason)


async def attempted(work: Callable[[], Awaitable[object]], failed: str, party: Party, metrics: Metrics) -> None:
    """Do something for a party. Whatever goes wrong is told and counted: the next time it may succeed."""
    try:
        await work()
    except Exception as error:
        metrics.store_errors.inc()
        logger.error(failed, party=party.id, error=kind_and_place(error.__cause__ or error))


class PartyTraffic:
    """The traffic of one party: what it drops goes in, what waits for it goes out."""

    def __init__(
        self, party: Party, carrier: Carrier, deliveries: Deliveries, inbox: Inbox | None = None, least: float = 0
    ) -> None:
        self._party = party
        self._carrier = carrier
        self._deliveries = deliveries
        self._inbox = inbox
        self._least = least
        self._circuit = CLOSED

    async def run(self, every: float) -> None:
        """Take in and deliver until cancelled (contract: Traffic)."""
        try:
            while True:
                for work in (self.look, self.deliver):  # a file that cannot be taken may not hold up deliveries
                    await attempted(work, "traffic failed, trying again", self._party, self._carrier.metrics)
                await asyncio.sleep(max(every, self._least))
        finally:
            await self._deliveries.close()

    async def look(self) -> int:
        """Take in what the party put there; a place that cannot be reached is left alone for a while."""
        clock = self._carrier.clock
        if self._inbox is None or state(self._circuit, clock()) == "open":
            return 0
        try:
            count = await self._inbox.look()
        except Unreachable:
            self._circuit = after_failure(self._circuit, clock(), self._carrier.chance())
            raise
        self._circuit = CLOSED
        return count

    async def deliver(self) -> int:
        """Bring what waits for this party (see Deliveries)."""
        return await self._deliveries.deliver()


class HandingOver:
    """What is left, or still made, for a party under its own id goes to the party that it is connected via since."""

    def __init__(self, party: Party, connection: str, carrier: Carrier) -> None:
        self._party = party
        self._connection = connection
        self._carrier = carrier

    async def run(self, every: float) -> None:
        """Hand over until cancelled (contract: Traffic)."""
        while True:
            await attempted(self.hand_over, "traffic failed, trying again", self._party, self._carrier.metrics)
            await asyncio.sleep(max(every, LEFT_LOOKS))

    async def hand_over(self) -> None:
        """Hand over what is there now."""
        count = await self._carrier.books.hand_over(self._party.id, self._connection)
        if count:
            logger.warning(
                "handed over to its connection", party=self._party.id, receiver=self._connection, count=count
            )


def traffic_of(parties: Sequence[Party], carrier: Carrier) -> dict[str, Traffic]:
    """The traffic of every party with a folder, an SFTP server, an endpoint or a connection, by its id.

    Raises UnknownAdapter, and OSError for a folder that cannot be made.
    """
    made = ((party.id, _traffic(party, carrier)) for party in parties)
    return {id: traffic for id, traffic in made if traffic is not None}


def _traffic(party: Party, carrier: Carrier) -> Traffic | None:
    if party.via:
        return HandingOver(party, party.via, carrier)
    match party.delivery:
        case FolderDelivery(path=path) as folder:
            return file_traffic(party, carrier, LocalFiles(path), "folder", adapter_of(party, folder.adapter))
        case SftpDelivery() as sftp:
            files = SftpFiles(_server(sftp))
            return file_traffic(party, carrier, files, "sftp", adapter_of(party, sftp.adapter), SFTP_LOOKS)
        case PushDelivery() as push:
            outbox = PushOutbox(_endpoint(push), adapter_of(party, push.adapter))
            return PartyTraffic(party, carrier, carrier.deliveries(party, "push", outbox))
    return None


def file_traffic(
    party: Party, carrier: Carrier, files: Files, way: str, format: Adapter, least: float = 0
) -> PartyTraffic:
    """The traffic of a party over files."""
    inbox = FileInbox(files, carrier.taker(party, way, format))
    return PartyTraffic(party, carrier, carrier.deliveries(party, way, FileOutbox(files, format)), inbox, least)


def adapter_of(party: Party, name: str) -> Adapter:
    """The adapter of this name with the options of this party. Raises UnknownAdapter."""
    return adapter(name, party.adapters.get(name, {}))


def _server(delivery: SftpDelivery) -> Server:
    return Server(
        host=delivery.host,
        port=delivery.port,
        username=delivery.username,
        key=delivery.key,
        known_hosts=delivery.known_hosts,
        path=delivery.path,
    )


def _endpoint(delivery: PushDelivery) -> Endpoint:
    return Endpoint(
        url=delivery.url,
        ca=delivery.ca,
        certificate=delivery.certificate,
        certificate_key=delivery.certificate_key,
        token_file=delivery.token_file,
    )


def folder_parties(parties: Sequence[Party]) -> list[tuple[Party, Path]]:
    """The parties that exchange over a folder of this machine, and that folder."""
    return [(party, party.delivery.path) for party in parties if isinstance(party.delivery, FolderDelivery)]
