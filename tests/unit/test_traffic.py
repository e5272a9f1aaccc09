"""The traffic of parties with a hub and its store behind it: over SFTP, and pushed in the format of each adapter."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog
from msgspec.structs import replace

from adapters.contract import Fault, Headers, Kind, Packed, Parcel
from adapters.registry import adapter
from connectors.sqlite_store import SqliteStore
from connectors.taking import Taker
from deploy.finding import free_port
from monitoring.metrics import Metrics
from schemas.ijw_3_2.reading import Schemas
from streams.core.exchange import Exchange
from streams.core.parties import Directory, Limits, MailboxDelivery, Party, PushDelivery, SftpDelivery
from streams.core.ports import OutputHead, Receipt, StoreError
from streams.hub.deciding import Decider
from streams.hub.delivery import Carrier, PartyTraffic, traffic_of
from streams.hub.desk import HubDesk
from streams.hub.worker import Worker
from tests.support.access import Notes
from tests.support.books import NOON, Clock
from tests.support.load import Relation, start, toewijzing
from tests.support.partner_server import PartnerServer, Received, partner_server
from tests.support.sftp_server import SftpServer, sftp_server

RELATION = Relation("0392", "65656001")
BSN = "999900006"
HAARLEM = Party(id="haarlem", kind="gemeente", code="0392", name="Haarlem")
Delivery = MailboxDelivery | SftpDelivery | PushDelivery


@dataclass
class Hub:
    clock: Clock
    store: SqliteStore
    desk: HubDesk
    worker: Worker
    metrics: Metrics
    traffic: PartyTraffic
    notes: Notes

    async def passes_on(self, number: int = 1) -> OutputHead:
        """A message of Haarlem that waits for the party; returns the newest."""
        body = toewijzing(RELATION, number, BSN)
        taken = await self.desk.submit(body, HAARLEM, source="test", reference=f"T{number}")
        assert isinstance(taken, Receipt), taken
        await self.worker.process_batch()
        return [one for one in await self.store.outputs("zorg", "delivered", 100) if one.kind == "bericht"][-1]

    async def told(self) -> list[dict[str, str]]:
        """The faults that wait for Haarlem."""
        heads = [one for one in await self.store.outputs("haarlem", "acknowledged", 100) if one.kind == "fout"]
        bodies = [await self.store.output("haarlem", head.id) for head in heads]
        return [json.loads(body.body) for body in bodies if body]


@asynccontextmanager
async def hub_with(delivery: Delivery, folder: Path) -> AsyncIterator[Hub]:
    zorg = Party(id="zorg", kind="aanbieder", code="65656001", name="Zorg", delivery=delivery)
    directory, clock, metrics, notes = Directory((HAARLEM, zorg)), Clock(), Metrics(), Notes()
    store = SqliteStore(folder / "hub.sqlite")
    desk = HubDesk(store, store, store, directory, clock, metrics)
    worker = Worker(Decider(Exchange(Schemas(), directory), store, clock, metrics), store, store, metrics)
    traffic = traffic_of(directory.parties, Carrier(desk, store, notes, clock, metrics, lambda: 0.5))
    assert list(traffic) == ["zorg"]
    running = asyncio.create_task(desk.run())
    assert isinstance(traffic["zorg"], PartyTraffic)
    yield Hub(clock, store, desk, worker, metrics, traffic["zorg"], notes)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await store.close()


# SFTP


@pytest.fixture
async def sftp(tmp_path: Path) -> AsyncIterator[SftpServer]:
    async with sftp_server(tmp_path / "server", free_port()) as made:
        yield made


@pytest.fixture
async def hub(sftp: SftpServer, tmp_path: Path) -> AsyncIterator[Hub]:
    server = sftp.server
    delivery = SftpDelivery(
        host=server.host,
        port=server.port,
        username=server.username,
        key=server.key,
        known_hosts=server.known_hosts,
        path=server.path,
    )
    async with hub_with(delivery, tmp_path) as made:
        yield made


async def test_messages_go_both_ways_over_sftp(hub: Hub, sftp: SftpServer) -> None:
    head = await hub.passes_on()
    await hub.traffic.look()
    assert await hub.traffic.deliver() == 1
    (path,) = (sftp.folder / "out").iterdir()
    assert path.name == f"JW301-{head.id}.xml"
    assert [(act.actor, act.credential, act.action, act.subject) for act in hub.notes.acts] == [
        ("zorg", "sftp", "read", head.id)
    ]
    (sftp.folder / "in" / "start.xml").write_bytes(start(RELATION, "S1", 1, BSN, day=1))
    await hub.traffic.look()
    assert await hub.traffic.look() == 1
    entries = await hub.store.read({0: 0}, 10)
    assert [(one.envelope.party, one.envelope.source) for one in entries] == [("haarlem", "test"), ("zorg", "sftp")]


async def test_what_cannot_be_noted_is_brought_again(
    hub: Hub, sftp: SftpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = await hub.passes_on()

    async def fails(_: object) -> None:
        raise StoreError("no")

    with monkeypatch.context() as broken:
        broken.setattr(hub.notes, "note", fails)
        assert await hub.traffic.deliver() == 0
    hub.clock.later(seconds=3)
    assert await hub.traffic.deliver() == 1
    assert [path.name for path in (sftp.folder / "out").iterdir()] == [f"JW301-{head.id}.xml"]
    assert [act.subject for act in hub.notes.acts] == [head.id]


async def test_a_server_that_is_away_is_left_alone_and_found_again(hub: Hub, sftp: SftpServer) -> None:
    head = await hub.passes_on()
    await hub.traffic.look()
    await sftp.stop()
    with pytest.raises(OSError, match="SFTP"):
        await hub.traffic.look()
    assert await hub.traffic.look() == 0, "it is not looked at again at once"
    assert await hub.traffic.deliver() == 0
    await sftp.start()
    assert (await hub.traffic.look(), await hub.traffic.deliver()) == (0, 0)
    assert not (sftp.folder / "out" / f"JW301-{head.id}.xml").exists()
    assert hub.notes.acts == [], "nobody read anything"
    hub.clock.later(seconds=3)
    await hub.traffic.look()
    assert await hub.traffic.deliver() == 1
    assert (sftp.folder / "out" / f"JW301-{head.id}.xml").exists()


async def test_a_refused_attempt_is_in_the_audit_log_before_it_is_told(hub: Hub, sftp: SftpServer) -> None:
    await hub.traffic.look()
    stranger = start(Relation("0392", "65656009"), "S1", 1, BSN, day=1)
    for name, body in (("a.xml", stranger), ("b.zip", b"PK\3\4")):
        (sftp.folder / "in" / name).write_bytes(body)
    await hub.traffic.look()
    sftp.failing.add("write")
    with pytest.raises(OSError, match="SFTPFailure"):
        await hub.traffic.look()
    noted = [(act.actor, act.credential, act.action, act.reason) for act in hub.notes.acts]
    assert noted == [("zorg", "sftp", "refused", "unknown-sender"), ("zorg", "sftp", "refused", "zip")]


async def test_a_party_may_be_allowed_less_than_the_standard(hub: Hub, sftp: SftpServer) -> None:
    body = start(RELATION, "S1", 1, BSN, day=1)
    zorg = hub.desk.directory.by_id("zorg")
    assert zorg is not None
    exact, less = (zorg.model_copy(update={"limits": Limits(bytes=len(body) - more)}) for more in (0, 1))
    for party, fits in ((exact, True), (less, False)):
        taken = await Taker(party, hub.desk, adapter("file_drop"), "sftp").take(body, {}, "S1")
        assert isinstance(taken, Receipt) == fits


async def test_a_file_that_cannot_be_put_away_is_tried_at_the_next_look(hub: Hub, sftp: SftpServer) -> None:
    await hub.traffic.look()
    (sftp.folder / "in" / "start.xml").write_bytes(b"geen xml")
    await hub.traffic.look()
    sftp.failing.add("write")
    for _ in range(2):
        with pytest.raises(OSError, match="SFTPFailure"):
            await hub.traffic.look()
    sftp.failing.clear()
    assert await hub.traffic.look() == 1


async def test_running_does_both_until_it_is_cancelled(
    hub: Hub, sftp: SftpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub.traffic, "_least", 0)
    head = await hub.passes_on()
    running = asyncio.create_task(hub.traffic.run(0.01))
    async with asyncio.timeout(10):
        while not (sftp.folder / "out" / f"JW301-{head.id}.xml").exists():
            await asyncio.sleep(0.01)
    (sftp.folder / "in" / "start.xml").write_bytes(start(RELATION, "S1", 1, BSN, day=1))
    async with asyncio.timeout(10):
        while not list((sftp.folder / "klaar").iterdir()):
            await asyncio.sleep(0.01)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    async with asyncio.timeout(5):
        while any(not one.is_closed() for one in sftp.connections):
            await asyncio.sleep(0.01)


# Push


@pytest.fixture
async def partner() -> AsyncIterator[PartnerServer]:
    async with partner_server() as made:
        yield made


Opened = Callable[[str], contextlib.AbstractAsyncContextManager[Hub]]


@pytest.fixture
def pushing(partner: PartnerServer, tmp_path: Path) -> Opened:
    return lambda name: hub_with(PushDelivery(url=partner.url, adapter=name), tmp_path)


def lower(headers: Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def takes(name: str, got: list[Parcel], **other: str) -> Callable[[Received], Packed]:
    """Keeps what it gets and gives a receipt, for what it got with what is other about that."""
    theirs = adapter(name)

    def take(request: Received) -> Packed:
        parcel = theirs.unpack(request.body, request.headers)
        assert isinstance(parcel, Parcel), parcel
        got.append(parcel)
        return theirs.receipt(
            replace(parcel, **other), Receipt(envelope_id="of theirs", received_at=NOON, repeat=False)
        )

    return take


@pytest.mark.parametrize("name", ["mailbox", "stuf_ggk", "vsp_rest"])
async def test_a_party_gets_what_is_pushed_and_confirms_it(pushing: Opened, partner: PartnerServer, name: str) -> None:
    got: list[Parcel] = []
    partner.answer = takes(name, got)
    async with pushing(name) as hub:
        head = await hub.passes_on()
        assert await hub.traffic.deliver() == 1
        assert await hub.traffic.deliver() == 0
        assert await hub.store.outputs("zorg", "delivered", 10) == ()
    assert [(one.body, one.reference) for one in got] == [(toewijzing(RELATION, 1, BSN), head.reference)]


PAGE = Packed(body=b"<html>Onderhoud</html>", headers={"Content-Type": "text/html"}, status=200)


@pytest.mark.parametrize(
    ("name", "wrong", "reason"),
    [
        ("mailbox", lambda _: PAGE, "unavailable (HTTP200)"),
        ("vsp_rest", lambda _: PAGE, "unavailable (HTTP200)"),
        ("stuf_ggk", lambda _: PAGE, "failed (HTTP200)"),
        ("stuf_ggk", takes("stuf_ggk", [], reference="van-een-ander"), "failed (Bv03)"),
    ],
    ids=["mailbox-page", "vsp_rest-page", "stuf_ggk-page", "stuf_ggk-another"],
)
async def test_what_is_no_receipt_leaves_the_message_waiting_for_one(
    pushing: Opened, partner: PartnerServer, name: str, wrong: Callable[[Received], Packed], reason: str
) -> None:
    partner.answer = wrong
    async with pushing(name) as hub:
        await hub.passes_on()
        assert await hub.traffic.deliver() == 0
        (waiting,) = await hub.store.outputs("zorg", "delivered", 10)
        assert waiting.reason == reason
        partner.answer = takes(name, [])
        hub.clock.later(minutes=20)
        assert await hub.traffic.deliver() == 1


def says(name: str, kind: Kind) -> Callable[[Received], object]:
    theirs = adapter(name)
    fault = Fault(kind=kind, title=f"voor {BSN}", detail=f"voor {BSN}")
    return lambda _: theirs.refusal(fault, NOON)


@pytest.mark.parametrize("name", ["mailbox", "stuf_ggk", "vsp_rest"])
async def test_what_a_party_refuses_is_set_aside_and_its_sender_is_told(
    pushing: Opened, partner: PartnerServer, name: str
) -> None:
    partner.answer = says(name, "payload")  # type: ignore[assignment]
    async with pushing(name) as hub:
        with structlog.testing.capture_logs() as logs:
            head = await hub.passes_on()
            await hub.traffic.deliver()
        (given_up,) = await hub.store.undelivered()
        assert given_up.id == head.id
        (told,) = await hub.told()
        assert (told["soort"], told["reference"]) == ("refused-by-receiver", "T1")
        assert BSN not in f"{logs} {told} {given_up.reason}"
        assert len(partner.received) == 1


@pytest.mark.parametrize("name", ["mailbox", "stuf_ggk", "vsp_rest"])
@pytest.mark.parametrize("kind", ["unavailable", "failed"])
async def test_what_a_party_cannot_take_now_is_brought_unchanged_later(
    pushing: Opened, partner: PartnerServer, name: str, kind: Kind
) -> None:
    partner.answer = says(name, kind)  # type: ignore[assignment]
    async with pushing(name) as hub:
        await hub.passes_on()
        for _ in range(3):
            assert await hub.traffic.deliver() == 0
            hub.clock.later(minutes=20)
        assert await hub.store.undelivered() == ()
        assert [one.attempts for one in await hub.store.outputs("zorg", "delivered", 10)] == [3]
    first, *others = partner.received
    assert {one.body for one in others} == {first.body}
    assert len(others) == 2


async def test_five_days_of_silence_are_told_once(pushing: Opened, partner: PartnerServer) -> None:
    partner.answer = lambda _: None
    async with pushing("mailbox") as hub:
        await hub.passes_on()
        for _ in range(14):
            await hub.traffic.deliver()
            hub.clock.later(hours=12)
        (told,) = await hub.told()
        assert (told["type"], told["soort"]) == ("urn:ijwhub:fout:niet-bezorgd", "undeliverable")
        assert len(partner.received) == 11
        (given_up,) = await hub.store.undelivered()
        assert await hub.store.retry(given_up.id)
        partner.answer = lambda _: Packed(body=b"", status=204)
        hub.clock.later(hours=1)
        assert await hub.traffic.deliver() == 1
        assert len(await hub.told()) == 1


async def test_a_party_with_a_mailbox_has_no_traffic(tmp_path: Path) -> None:
    carrier = Carrier(None, None, Notes(), Clock(), Metrics())  # type: ignore[arg-type]
    assert traffic_of((HAARLEM,), carrier) == {}
    assert 0 <= carrier.chance() < 1


# A party that is connected via another since


async def test_what_is_left_for_a_party_with_a_connection_is_handed_over(tmp_path: Path) -> None:
    async with hub_with(PushDelivery(url="http://127.0.0.1:9/", adapter="mailbox"), tmp_path) as hub:
        head = await hub.passes_on()
        office = Party(id="office", kind="indiener", name="Office")
        zorg = Party(id="zorg", kind="aanbieder", code="65656001", name="Zorg", via="office")
        carrier = Carrier(hub.desk, hub.store, hub.notes, hub.clock, hub.metrics)
        (traffic,) = traffic_of((office, zorg), carrier).values()
        running = asyncio.create_task(traffic.run(0))
        async with asyncio.timeout(5):
            while not (found := await hub.desk.mailbox(office, 9)):
                await asyncio.sleep(0.01)
        running.cancel()
        assert [one.id for one in found] == [head.id]
        assert await hub.desk.mailbox(zorg, 9) == ()
