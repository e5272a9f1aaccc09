"""Folders: what a party drops goes in once and whole, what it gets comes out once and whole."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import uuid
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from adapters.contract import Parcel
from adapters.file_drop import files as file_drop
from adapters.registry import adapter
from connectors.files import FileInbox
from connectors.folders import LocalFiles, write_whole
from connectors.sqlite_store import SqliteStore
from connectors.taking import Taker
from monitoring.metrics import Metrics
from schemas.ijw_3_2.reading import Schemas
from schemas.ijw_3_2.safe_xml import MAX_BYTES
from streams.core.exchange import Exchange
from streams.core.parties import Directory, FolderDelivery, Party
from streams.core.ports import OutputHead
from streams.hub.deciding import Decider
from streams.hub.delivery import Carrier, PartyTraffic, folder_parties, traffic_of
from streams.hub.desk import HubDesk
from streams.hub.worker import Worker
from tests.support.access import Notes
from tests.support.load import Relation, start, toewijzing

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
RELATION = Relation("0392", "65656001")
BSN = "999900006"


@dataclass
class Hub:
    folder: Path
    store: SqliteStore
    worker: Worker
    traffic: PartyTraffic
    inbox: FileInbox
    desk: HubDesk

    def names(self, place: str) -> list[str]:
        return sorted(p.name for p in (self.folder / place).iterdir())

    def refused(self, name: str, body: bytes) -> dict[str, str]:
        """What is told of a refused file, which lies beside that."""
        aside = f"{hashlib.sha256(body[: MAX_BYTES + 1]).hexdigest()[:16]}-{name}"
        assert {aside, f"{aside}.fout.json"} <= set(self.names("fout"))
        told: dict[str, str] = json.loads((self.folder / "fout" / f"{aside}.fout.json").read_bytes())
        return told

    def drop(self, name: str, body: bytes) -> None:
        (self.folder / "in" / name).write_bytes(body)

    async def look(self) -> int:
        """Two looks: a file is taken when it did not change between them."""
        await self.inbox.look()
        return await self.inbox.look()


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    zorg = Party(
        id="zorg",
        kind="aanbieder",
        code="65656001",
        name="Zorg",
        answers="hub",
        delivery=FolderDelivery(path=tmp_path / "zorg"),
    )
    haarlem = Party(id="haarlem", kind="gemeente", code="0392", name="Haarlem", answers="hub")
    directory = Directory((haarlem, zorg))
    store, metrics = SqliteStore(tmp_path / "hub.sqlite"), Metrics()
    desk = HubDesk(store, store, store, directory, lambda: NOW, metrics)
    ((party, folder),) = folder_parties(directory.parties)
    traffic = traffic_of(directory.parties, Carrier(desk, store, Notes(), lambda: NOW, metrics))["zorg"]
    assert isinstance(traffic, PartyTraffic)
    running = asyncio.create_task(desk.run())
    yield Hub(
        folder,
        store,
        Worker(Decider(Exchange(Schemas(), directory), store, lambda: NOW, metrics), store, store, metrics),
        traffic,
        FileInbox(LocalFiles(folder), Taker(party, desk, adapter("file_drop"), "folder")),
        desk,
    )
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await store.close()


async def test_a_dropped_message_is_taken_in_and_put_away(hub: Hub) -> None:
    hub.drop("start.xml", start(RELATION, "S1", 1, BSN, day=1))
    assert await hub.look() == 1
    assert hub.names("in") == []
    (entry,) = await hub.store.read({0: 0}, 10)
    assert hub.names("klaar") == [f"{entry.envelope.id}-start.xml"]
    assert entry.envelope.source == "folder"


async def test_a_file_that_still_grows_is_left_alone(hub: Hub) -> None:
    body = start(RELATION, "S1", 1, BSN, day=1)
    hub.drop("start.xml", body[:500])
    assert await hub.inbox.look() == 0
    hub.drop("start.xml", body)
    assert await hub.inbox.look() == 0
    assert await hub.inbox.look() == 1
    assert len(await hub.store.read({0: 0}, 10)) == 1


@pytest.mark.parametrize("name", [".start.xml", "start.xml.tmp", "start.xml.part"])
async def test_a_file_under_a_temporary_name_is_left_alone(hub: Hub, name: str) -> None:
    hub.drop(name, start(RELATION, "S1", 1, BSN, day=1))
    assert await hub.look() == 0
    assert hub.names("in") == [name]


async def test_the_same_file_dropped_again_is_the_same_delivery(hub: Hub) -> None:
    for _ in range(2):
        hub.drop("start.xml", start(RELATION, "S1", 1, BSN, day=1))
        await hub.look()
    assert len(await hub.store.read({0: 0}, 10)) == 1
    assert len(hub.names("klaar")) == 1


async def test_the_same_name_with_other_content_is_another_message(hub: Hub) -> None:
    for day in (1, 2):
        hub.drop("start.xml", start(RELATION, f"S{day}", 1, BSN, day=day))
        await hub.look()
    assert len(await hub.store.read({0: 0}, 10)) == 2
    assert len(hub.names("klaar")) == 2


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "unreadable"),
        (b"geen xml", "unreadable"),
        (b"<!DOCTYPE a><a/>", "unreadable"),
        (b" " * 26_000_000, "too-large"),
        (b"PK\3\4 geen zip", "zip"),
        (toewijzing(RELATION, 1, BSN), "not-your-message"),
        (start(Relation("0999", "65656001"), "S1", 1, BSN, day=1), "unknown-receiver"),
    ],
)
async def test_a_refused_file_lies_in_fout_with_its_reason(hub: Hub, body: bytes, kind: str) -> None:
    hub.drop("bericht.xml", body)
    await hub.look()
    assert hub.names("in") == hub.names("klaar") == []
    assert len(hub.names("fout")) == 2
    told = hub.refused("bericht.xml", body)
    assert told["type"] == f"urn:ijwhub:fout:{kind}"
    assert told["bestand"] == "bericht.xml"
    assert BSN not in json.dumps(told)
    (kept,) = await hub.store.aside()
    assert kept.reason == told["title"]
    assert await hub.store.read({0: 0}, 10) == ()


@pytest.mark.parametrize("name", [b"st\xffrt.xml", b"geweigerd\xff.xml", "naam met spaties é.xml".encode()])
async def test_any_file_name_will_do(hub: Hub, name: bytes) -> None:
    body = b"geen xml" if name.startswith(b"gew") else start(RELATION, "S1", 1, BSN, day=1)
    hub.drop(os.fsdecode(name), body)
    assert await hub.look() == 1
    assert hub.names("in") == []
    assert len(hub.names("klaar")) == (body != b"geen xml")


async def test_a_file_that_cannot_be_read_does_not_hold_up_the_others(hub: Hub) -> None:
    (hub.folder / "in" / "a.xml").symlink_to(hub.folder / "in" / "b.xml")  # a link is no message, and is left alone
    hub.drop("c.xml", b"geen xml")
    aside = f"{hashlib.sha256(b'geen xml').hexdigest()[:16]}-c.xml"
    (hub.folder / "fout" / f".{aside}.fout.json.tmp").mkdir()  # so that its explanation cannot be written
    hub.drop("d.xml", start(RELATION, "S1", 1, BSN, day=1))
    with pytest.raises(OSError, match="directory"):
        await hub.look()
    assert len(await hub.store.read({0: 0}, 10)) == 1
    assert "c.xml" in hub.names("in")
    with pytest.raises(OSError, match="directory"):
        await hub.look()
    assert len(await hub.store.aside()) == 1, "what is offered over and over is kept once"


async def test_one_bad_file_does_not_hold_up_the_others(hub: Hub) -> None:
    hub.drop("a.xml", b"geen xml")
    hub.drop("b.xml", start(RELATION, "S1", 1, BSN, day=1))
    assert await hub.look() == 2
    assert len(await hub.store.read({0: 0}, 10)) == 1


async def test_answers_and_faults_come_out_whole_and_once(hub: Hub) -> None:
    hub.drop("a.xml", start(RELATION, "S1", 1, BSN, day=1))
    hub.drop("b.xml", start(RELATION, "S2", 1, BSN, day=1).replace(b"2026-01-06", b"2026-02-30"))
    await hub.look()
    await hub.worker.process_batch()
    assert await hub.traffic.deliver() == 2
    assert await hub.traffic.deliver() == 0
    (answer,), (fault,) = hub.names("out"), hub.names("fout")
    assert answer.startswith("JW306-")
    assert fault.endswith(".1.fout.json")
    assert (hub.folder / "out" / answer).read_bytes().endswith(b"</jw306:Bericht>\r\n")
    told = json.loads((hub.folder / "fout" / fault).read_bytes())
    assert told["findings"][0]["path"].endswith("/Begindatum")


# Envelopes in files


def zipped(*files: tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files:
            archive.writestr(name, body)
    return made.getvalue()


async def test_a_zip_holds_a_message(hub: Hub) -> None:
    body = start(RELATION, "S1", 1, BSN, day=1)
    hub.drop("start.zip", zipped(("start.xml", body)))
    assert await hub.look() == 1
    (entry,) = await hub.store.read({0: 0}, 10)
    assert entry.envelope.body == body


async def test_a_zip_bomb_is_refused_and_the_next_file_is_taken(hub: Hub) -> None:
    bomb = zipped(("bom.xml", b" " * 200_000_000))
    hub.drop("bom.zip", bomb)
    hub.drop("start.xml", start(RELATION, "S1", 1, BSN, day=1))
    assert await hub.look() == 2
    assert hub.refused("bom.zip", bomb)["type"] == "urn:ijwhub:fout:zip-large"
    assert len(await hub.store.read({0: 0}, 10)) == 1


async def test_what_an_envelope_says_is_held_against_the_message(hub: Hub) -> None:
    reference = str(uuid.UUID(int=1, version=4))
    body = start(RELATION, "S1", 1, BSN, day=1)
    parcel = Parcel(body=body, reference=reference, bericht="JW305", version=(3, 2), made_at=NOW)
    right = msgspec.structs.replace(parcel, sender="65656001", receiver="0392")
    wrong = msgspec.structs.replace(parcel, sender="65656009", receiver="0392", reference=str(uuid.uuid4()))
    for name, one in (("goed.xml", right), ("fout.xml", wrong)):
        packed = adapter("stuf_ggk").pack(one)
        assert packed is not None
        hub.drop(name, packed.body)
    await hub.look()
    (entry,) = await hub.store.read({0: 0}, 10)
    assert (entry.envelope.reference, entry.envelope.body) == (reference, body)
    assert hub.refused("fout.xml", packed.body)["type"] == "urn:ijwhub:fout:mismatch"


async def passed_on(hub: Hub) -> OutputHead:
    """A message of Haarlem that lies in out/ of the party."""
    haarlem = hub.desk.directory.by_id("haarlem")
    assert haarlem is not None
    await hub.desk.submit(toewijzing(RELATION, 1, BSN), haarlem, source="test", reference="T1")
    await hub.worker.process_batch()
    (head,) = [one for one in await hub.store.outputs("zorg", "delivered", 10) if one.kind == "bericht"]
    await hub.traffic.deliver()
    return head


@pytest.mark.parametrize("by", ["id", "reference"])
async def test_a_party_may_refuse_later_what_lay_in_out(hub: Hub, by: str) -> None:
    head = await passed_on(hub)
    refusal = {"type": "urn:ijwhub:fout:payload", "title": f"voor {BSN}", "reference": getattr(head, by)}
    hub.drop("weigering.fout.json", json.dumps(refusal).encode())
    assert await hub.look() == 1
    assert len(hub.names("klaar")) == 1
    (given_up,) = await hub.store.undelivered()
    assert (given_up.id, given_up.reason) == (head.id, "payload")
    told = [one for one in await hub.store.outputs("haarlem", "acknowledged", 10) if one.kind == "fout"]
    assert len(told) == 1


async def test_a_refusal_of_something_else_is_refused(hub: Hub) -> None:
    await passed_on(hub)
    refusal = json.dumps({"reference": str(uuid.UUID(int=2, version=4))}).encode()
    hub.drop("weigering.fout.json", refusal)
    await hub.look()
    assert hub.refused("weigering.fout.json", refusal)["type"] == "urn:ijwhub:fout:cross-reference"
    assert await hub.store.undelivered() == ()


async def test_writing_again_after_a_crash_changes_nothing(hub: Hub) -> None:
    hub.drop("a.xml", start(RELATION, "S1", 1, BSN, day=1))
    await hub.look()
    await hub.worker.process_batch()
    (head,) = await hub.store.outputs("zorg", "delivered", 10)
    output = await hub.store.output("zorg", head.id)
    assert output is not None
    place, name = file_drop.place_of(output.head)
    write_whole(hub.folder / place / name, output.body)  # and then the process died, before noting it
    await hub.traffic.deliver()
    assert hub.names("out") == [name]


def test_a_file_appears_under_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.xml", b"x" * 100_000)
    assert [p.name for p in tmp_path.iterdir()] == ["a.xml"]
