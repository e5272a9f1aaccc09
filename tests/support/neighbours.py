"""A region with a party of every kind, each with mail of its own: who may see what is written down here by hand."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import httpx
import yaml
from fastapi import FastAPI

from connectors.access import Gate
from streams.core.access import Role
from streams.core.access_file import User
from streams.core.auditing import Trail
from streams.core.ports import Receipt
from streams.hub.app import Hub, open_hub
from streams.hub.settings import Settings
from streams.kafka.app import KafkaHub
from tests.support.access import Notes, gate

Of = Literal["message", "output", "number"]
"""By what something is asked for: the id of a message, that of an output, or a number on an envelope."""

MESSAGES = Path(__file__).parents[1] / "cases" / "messages"
PERSON = re.compile(rb"999922038|Duinkerk|Noor")
HAARLEM, VELSEN, HEEMSKERK, ZORG, KLEIN, JB = "0392", "0453", "0396", "65656001", "65656003", "65656006"

PARTIES: tuple[dict[str, Any], ...] = (
    {"id": "haarlem", "kind": "gemeente", "code": HAARLEM},
    {"id": "velsen", "kind": "gemeente", "code": VELSEN, "answers": "hub"},
    {"id": "heemskerk", "kind": "gemeente", "code": HEEMSKERK, "answers": "hub", "via": "joint"},
    {"id": "joint", "kind": "samenwerkingsverband"},
    {
        "id": "cjg",
        "kind": "cjg",
        "mandates": [{"gemeente": HAARLEM, "berichten": ["JW301", "JW302", "JW315", "JW316"]}],
    },
    {"id": "zorg", "kind": "aanbieder", "code": ZORG, "answers": "hub"},
    {"id": "klein", "kind": "aanbieder", "code": KLEIN, "answers": "hub", "via": "office"},
    {"id": "office", "kind": "indiener", "mandates": [{"aanbieder": ZORG, "berichten": ["JW305"]}]},
    {"id": "jb", "kind": "gi", "code": JB},
)
CONNECTED = tuple(party["id"] for party in PARTIES if "via" not in party)
USERS: Mapping[str, Role] = {
    "olga": Role.OPERATOR,
    "ada": Role.AUDITOR,
    "vic": Role.VIEWER,
    "prometheus": Role.SCRAPER,
}
NOBODY = "nobody"


@dataclass(frozen=True)
class Sent:
    """A message: who offers it, what it is, and every party that gets something of it, with its kind."""

    by: str
    bericht: str
    sender: str
    receiver: str
    gets: frozenset[tuple[str, str]]
    broken: bool = False


def _sent(by: str, bericht: str, sender: str, receiver: str, *gets: str, broken: bool = False) -> Sent:
    pairs = (one.split() for one in gets)
    return Sent(by, bericht, sender, receiver, frozenset((party, kind) for party, kind in pairs), broken)


STORY = (
    _sent("haarlem", "JW301", HAARLEM, ZORG, "zorg bericht", "haarlem antwoord", "cjg antwoord"),
    _sent("velsen", "JW301", VELSEN, ZORG, "zorg bericht", "velsen antwoord"),
    _sent("velsen", "JW301", VELSEN, JB, "jb bericht"),
    _sent("joint", "JW301", HEEMSKERK, KLEIN, "office bericht", "joint antwoord"),
    _sent("cjg", "JW301", HAARLEM, JB, "jb bericht"),
    _sent("zorg", "JW315", ZORG, HAARLEM, "haarlem bericht", "cjg bericht"),
    _sent("office", "JW305", ZORG, VELSEN, "velsen bericht", "office antwoord", "zorg antwoord"),
    _sent("jb", "JW315", JB, HEEMSKERK, "joint bericht", "jb antwoord"),
    _sent("haarlem", "JW301", HAARLEM, ZORG, "haarlem fout", broken=True),
)


def message(bericht: str, sender: str, receiver: str, identificatie: str | None = None) -> bytes:
    """A message of this type from one code to another."""
    return addressed((MESSAGES / f"{bericht}.xml").read_bytes(), sender, receiver, identificatie)


def addressed(body: bytes, afzender: str, ontvanger: str, identificatie: str | None = None) -> bytes:
    """The message with other codes, and another Identificatie if any, in its header."""
    told = {"Afzender": afzender, "Ontvanger": ontvanger, "Identificatie": identificatie}
    for name, text in told.items():
        if text is not None:
            body = re.sub(rb"(:%s>)[^<]*" % name.encode(), rb"\g<1>" + text.encode(), body, count=1)
    return body


def body_of(sent: Sent, number: int) -> bytes:
    """The bytes of a message of the story."""
    body = message(sent.bericht, sent.sender, sent.receiver, f"M{number:04d}" if sent.bericht != "JW305" else None)
    return body.replace(b"BerichtVersie>3<", b"BerichtVersie>x<") if sent.broken else body


def uuid4_for(text: str) -> str:
    """A number for an envelope, the same again for the same text."""
    return str(UUID(bytes=sha256(text.encode()).digest()[:16], version=4))


def token(name: str) -> dict[str, str]:
    """The credential of a party or user; nothing for nobody."""
    return {} if name == NOBODY else {"Authorization": f"Bearer token-{name}"}


def _digest(name: str) -> str:
    return sha256(f"token-{name}".encode()).hexdigest()


def users() -> tuple[User, ...]:
    """The hub's own users."""
    return tuple(User(name=n, roles=frozenset([role]), token_sha256=_digest(n)) for n, role in USERS.items())


def parties_file(folder: Path, more: Mapping[str, Mapping[str, Any]] | None = None) -> Path:
    """The file of parties, in which each connected one has a token, and the keys that are given for it."""

    def party(keys: dict[str, Any]) -> dict[str, Any]:
        made = {"name": keys["id"], **keys}
        if "via" not in keys:
            made |= {"token_sha256": _digest(keys["id"]), "limits": {"per_minute": 1_000_000}}
            made |= (more or {}).get(keys["id"], {})
        return made

    path = folder / "parties.yaml"
    path.write_text(yaml.safe_dump({"parties": [party(keys) for keys in PARTIES]}), encoding="utf-8")
    return path


Opening = Callable[[Path], AbstractAsyncContextManager[Hub | KafkaHub]]
"""A hub that is put together from its file of parties."""


def embedded(parties: Path) -> AbstractAsyncContextManager[Hub]:
    """A hub on one file."""
    return open_hub(Settings(parties=parties, data=parties.parent / "data", look_every=0.05))


@dataclass
class Region:
    """A hub in which the story happened, its HTTP interface, and what the audit log noted."""

    hub: Hub | KafkaHub
    app: FastAPI
    client: httpx.AsyncClient
    notes: Notes
    things: Mapping[Of, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    """By id, the parties that it is there for."""
    bodies: Mapping[str, bytes] = field(default_factory=dict)
    """By id of an output."""
    statements: list[str] = field(default_factory=list)
    """With which the store answered requests."""

    def of_others(self, party: str, of: Of) -> Iterator[tuple[str, str]]:
        """What is not there for a party, each with another party that it is there for."""
        for id, seen_by in self.things[of].items():
            if party not in seen_by:
                yield from ((id, other) for other in seen_by)

    def own(self, party: str, of: Of) -> tuple[str, ...]:
        """What is there for a party."""
        return tuple(id for id, seen_by in self.things[of].items() if party in seen_by)

    def secrets(self, party: str) -> frozenset[str]:
        """Every id and number that a party may not learn."""
        return frozenset(id for of in self.things for id, _ in self.of_others(party, of))

    def noted(self) -> list[tuple[str, ...]]:
        """What was noted since it was asked last, without the moment."""
        found = [(a.actor, a.credential, a.action, a.where, a.subject, a.reason) for a in self.notes.acts]
        self.notes.acts.clear()
        return found

    def asked(self) -> tuple[str, ...]:
        """The statements with which the store answered requests since it was asked last."""
        found = tuple(self.statements)
        self.statements.clear()
        return found

    async def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a statement, from whichever database."""
        return [tuple(row) for row in await self.hub.store._ask(statement)]

    async def rows(self) -> Mapping[str, Sequence[tuple[Any, ...]]]:
        """All that the hub holds of messages, but what it set aside."""
        tables = ("log", "output", "verdict", "dossier")
        return {table: await self.ask(f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in tables}

    async def nothing_left(self, statement: str) -> None:
        """Wait until a statement finds nothing any more."""
        async with asyncio.timeout(60):
            while await self.ask(statement):
                await asyncio.sleep(0.005)


Opened = Callable[..., AbstractAsyncContextManager[Region]]
"""`region`, in a folder and on a runtime of the test's."""

UNDECIDED = "SELECT 1 FROM log l LEFT JOIN verdict v ON v.envelope_id = l.id WHERE v.envelope_id IS NULL"
OUTPUTS = """
SELECT o.id, o.envelope_id, o.receiver, o.kind, o.reference, coalesce(o.body, l.body)
FROM output o JOIN log l ON l.id = o.envelope_id
"""


@asynccontextmanager
async def region(
    folder: Path,
    opening: Opening = embedded,
    *,
    trail: Trail | None = None,
    guard: Gate | None = None,
    more: Mapping[str, Mapping[str, Any]] | None = None,
) -> AsyncIterator[Region]:
    """The region, after the story; where it happened before, all of it is a repeat.

    trail  another one than notes in memory.
    guard  another gate.
    more   keys for parties, by their ids.
    """
    async with opening(parties_file(folder, more)) as opened:
        notes = Notes()
        known = guard or gate(opened.desk.directory, *users(), notes=trail or notes)  # type: ignore[arg-type]
        hub = replace(opened, gate=known)
        app = hub.app
        beside = copy_context()
        beside.run(_BESIDE.set, True)
        work = asyncio.create_task(hub.run(), context=beside)
        try:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub") as client:
                made = Region(hub, app, client, notes)
                await _happen(made)
                _listen(made)
                yield made
        finally:
            work.cancel()
            await asyncio.wait([work], timeout=60)
            assert work.cancelled(), "the hub ended by itself, or goes on although it was told to stop"


_BESIDE = ContextVar("beside", default=False)
"""Whether something is done for the hub's own work, and for no request."""


def _listen(made: Region) -> None:
    """From now on note every statement that a request brings about."""
    store: Any = made.hub.store

    def noting(ask: Callable[..., Any]) -> Callable[..., Any]:
        async def noted(statement: str, *values: object) -> Any:
            if not _BESIDE.get():
                made.statements.append(statement)
            return await ask(statement, *values)

        return noted

    store._ask, store._note = noting(store._ask), noting(store._note)


async def _happen(made: Region) -> None:
    ids: dict[str, Sent] = {}
    for number, sent in enumerate(STORY):
        party = made.hub.desk.directory.by_id(sent.by)
        assert party is not None
        reference = uuid4_for(f"sent {number}")
        taken = await made.hub.desk.submit(body_of(sent, number), party, source="story", reference=reference)
        assert isinstance(taken, Receipt), taken
        ids[taken.envelope_id] = sent
        await made.nothing_left(UNDECIDED)
    _know(made, ids, await made.ask(OUTPUTS))
    made.notes.acts.clear()


def _know(made: Region, ids: Mapping[str, Sent], outputs: Sequence[tuple[Any, ...]]) -> None:
    """Everything there is, and for whom, read from the tables; that the story went as written down is held here."""
    for id, sent in ids.items():
        got = [(receiver, kind) for _, envelope, receiver, kind, _, _ in outputs if envelope == id]
        assert sorted(got) == sorted(sent.gets), f"{sent}: {got}"
    numbers = {uuid4_for(f"sent {number}"): frozenset([sent.by]) for number, sent in enumerate(STORY)}
    made.bodies = {id: body for id, *_, body in outputs}
    made.things = {
        "message": {id: frozenset([sent.by, *(party for party, _ in sent.gets)]) for id, sent in ids.items()},
        "output": {id: frozenset([receiver]) for id, _, receiver, *_ in outputs},
        "number": numbers | {number: frozenset([receiver]) for _, _, receiver, _, number, _ in outputs},
    }
