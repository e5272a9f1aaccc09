"""The contract AuditLog in both databases, and that nobody changes it unnoticed who may change everything else."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from msgspec import structs
from typer.testing import CliRunner, Result

from connectors.audit_records import COLUMNS
from connectors.migrating import upgrade
from connectors.postgres import Postgres
from connectors.postgres_audit import PostgresAudit
from connectors.sqlite_audit import SqliteAudit
from streams.cli.app import app
from streams.core.auditing import BEGINNING, Act, Anchor, AuditEntry, AuditLog, chained, verify
from streams.core.ports import StoreError

NOON = datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=UTC)


@dataclass(frozen=True)
class Site:
    """A database with an audit log: how the hub, its command line and an attacker reach it."""

    audit: Callable[[], AsyncIterator[AuditLog]]
    options: tuple[str, ...]
    environment: dict[str, str]
    attack: Callable[[str], None]
    no_triggers: str
    opening: str

    def noted(self, acts: Sequence[Act]) -> None:
        """Note these acts one after another, as separate requests."""

        async def note() -> None:
            async with asynccontextmanager(self.audit)() as log:
                for act in acts:
                    await log.note([act])

        asyncio.run(note())

    def entries(self) -> tuple[AuditEntry, ...]:
        """All entries."""

        async def asked() -> tuple[AuditEntry, ...]:
            async with asynccontextmanager(self.audit)() as log:
                return await log.entries(0, 10_000)

        return asyncio.run(asked())

    def run(self, *arguments: str) -> Result:
        """Run `ijwhub audit`."""
        return CliRunner().invoke(app, ["audit", *arguments, *self.options], env=self.environment)


def sqlite_site(request: pytest.FixtureRequest) -> Site:
    path: Path = request.getfixturevalue("tmp_path") / "hub.sqlite"

    async def audit() -> AsyncIterator[AuditLog]:
        log = SqliteAudit(path)
        yield log
        await log.close()

    def attack(script: str) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(script)

    asyncio.run(SqliteAudit(path).close())
    triggers = "".join(f"DROP TRIGGER audit_no_{what};" for what in ("update", "delete", "replace"))
    opening = f"from connectors.sqlite_audit import SqliteAudit\nlog = SqliteAudit(pathlib.Path({str(path)!r}))"
    return Site(audit, ("--data", str(path.parent)), {}, attack, triggers, opening)


def postgres_site(request: pytest.FixtureRequest) -> Site:
    url: str = request.getfixturevalue("database")

    async def audit() -> AsyncIterator[AuditLog]:
        database = await Postgres.opened(url, most=2)
        yield PostgresAudit(database)
        await database.close()

    def attack(script: str) -> None:
        async def attacked() -> None:
            connection = await asyncpg.connect(url)
            try:
                await connection.execute(script)
            finally:
                await connection.close()

        asyncio.run(attacked())

    asyncio.run(upgrade(url))
    environment = {
        "IJWHUB_DATABASE": url,
        "IJWHUB_KAFKA": "127.0.0.1:1",  # is not asked
        "IJWHUB_PSEUDONYM_KEY": "a secret of the tests",
    }
    opening = (
        "from connectors.postgres import Postgres\nfrom connectors.postgres_audit import PostgresAudit\n"
        f"log = PostgresAudit(await Postgres.opened({url!r}, most=2))"
    )
    return Site(audit, (), environment, attack, "DROP TRIGGER audit_append_only ON audit;", opening)


@pytest.fixture(params=[pytest.param(sqlite_site, id="sqlite"), pytest.param(postgres_site, id="postgresql")])
def site(request: pytest.FixtureRequest) -> Site:
    made: Site = request.param(request)
    return made


def act(number: int, **changes: object) -> Act:
    made = Act(
        at=NOON + timedelta(seconds=number),
        actor="haarlem",
        credential="token",
        action="read",
        where="GET /v1/postbus/{id}",
        subject=f"0f5e2c0a-5b1d-5c7e-9d55-1c2b3a4d5e6f.{number}",
    )
    return structs.replace(made, **changes)


ACTS = [act(number) for number in range(1, 6)] + [act(6, action="refused", actor="unknown", reason="not-found")]


# --- the contract ----------------------------------------------------------------------------------


async def in_log(site: Site, do: Callable[[AuditLog], object]) -> object:
    async with asynccontextmanager(site.audit)() as log:
        return await do(log)  # type: ignore[misc]


def test_a_new_log_is_empty(site: Site) -> None:
    assert asyncio.run(in_log(site, lambda log: log.last())) == BEGINNING
    assert site.entries() == ()


def test_acts_come_back_as_they_were_noted_numbered_from_one_and_chained(site: Site) -> None:
    site.noted(ACTS)

    assert site.entries() == chained(BEGINNING, ACTS)
    assert [entry.number for entry in site.entries()] == [1, 2, 3, 4, 5, 6]


def test_several_acts_are_noted_at_once_and_the_last_place_is_told(site: Site) -> None:
    expected = chained(BEGINNING, ACTS)

    assert asyncio.run(in_log(site, lambda log: log.note(ACTS))) == Anchor(6, expected[-1].hash)
    assert asyncio.run(in_log(site, lambda log: log.last())) == Anchor(6, expected[-1].hash)
    assert site.entries() == expected


def test_entries_are_given_a_page_at_a_time(site: Site) -> None:
    site.noted(ACTS)

    page = asyncio.run(in_log(site, lambda log: log.entries(2, 3)))

    assert page == chained(BEGINNING, ACTS)[2:5]


# Each goes on until the other has noted ten as well, so that they surely do it at the same time.
_WRITER = """
import asyncio, pathlib
from tests.contract.test_audit import act
async def write():
{opening}
    print("ready", flush=True)
    input()
    own = others = 0
    while min(own, others) < 10 and own < 1_000:
        await log.note([act(own, actor={actor!r}), act(own, actor={actor!r})])
        own += 2
        others = sum(entry.act.actor != {actor!r} for entry in await log.entries(0, 10_000))
    print(own)
asyncio.run(write())
"""


def test_two_processes_note_at_the_same_time_without_gap_fork_or_loss(site: Site) -> None:
    opening = "\n".join(f"    {line}" for line in site.opening.splitlines())
    codes = {actor: _WRITER.format(opening=opening, actor=actor) for actor in ("haarlem", "zandvoort")}
    writers = {actor: _started(code) for actor, code in codes.items()}
    for writer in writers.values():
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers.values():
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    noted = {actor: int(writer.communicate(timeout=60)[0]) for actor, writer in writers.items()}

    entries = site.entries()
    assert [entry.number for entry in entries] == list(range(1, sum(noted.values()) + 1))
    assert verify(entries, BEGINNING, {}) is None
    assert Counter(entry.act.actor for entry in entries) == noted


def _started(code: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


# --- nobody changes it -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit SET actor = 'nobody' WHERE number = 2", "DELETE FROM audit WHERE number = 6", "DELETE FROM audit"],
)
def test_the_database_refuses_to_change_or_remove_an_entry(site: Site, statement: str) -> None:
    site.noted(ACTS)

    with pytest.raises((sqlite3.Error, asyncpg.PostgresError), match="append-only"):
        site.attack(statement)
    assert site.entries() == chained(BEGINNING, ACTS)


def test_sqlite_refuses_to_replace_an_entry(request: pytest.FixtureRequest) -> None:
    site = sqlite_site(request)
    site.noted(ACTS)

    with pytest.raises(sqlite3.Error, match="append-only"):
        site.attack(f"INSERT OR REPLACE INTO audit SELECT {COLUMNS} FROM audit WHERE number = 2")
    assert site.entries() == chained(BEGINNING, ACTS)


def test_postgresql_refuses_to_empty_the_log(request: pytest.FixtureRequest) -> None:
    site = postgres_site(request)
    site.noted(ACTS)

    with pytest.raises(asyncpg.PostgresError, match="append-only"):
        site.attack("TRUNCATE audit")
    assert site.entries() == chained(BEGINNING, ACTS)


def test_an_act_without_text_of_its_own_is_refused_and_leaves_no_gap(site: Site) -> None:
    site.noted(ACTS[:1])
    broken = act(2, actor="\ud800")  # no database holds half a character

    with pytest.raises((StoreError, UnicodeError)):
        asyncio.run(in_log(site, lambda log: log.note([act(2), broken])))
    site.noted(ACTS[1:])
    assert site.entries() == chained(BEGINNING, ACTS)


# --- nobody changes it unnoticed: whoever may change tables as well --------------------------------


def test_a_log_that_nobody_touched_passes_and_gives_an_anchor_to_verify_by_later(site: Site) -> None:
    site.noted(ACTS)
    first = site.run("verify")
    anchor = first.stdout.split("--anchor ")[1].strip()
    site.noted([act(7)])

    again = site.run("verify", "--anchor", anchor)

    assert first.exit_code == 0, first.output
    assert "6 entries" in first.stdout
    assert again.exit_code == 0, again.output
    assert "7 entries" in again.stdout


def test_an_empty_log_passes(site: Site) -> None:
    assert site.run("verify").exit_code == 0


ALTERED = {
    "number": "UPDATE audit SET number = 60 WHERE number = 6",
    "at": "UPDATE audit SET at = '2026-05-04 12:00:03.123457+00:00' WHERE number = 3",
    "actor": "UPDATE audit SET actor = 'zandvoort' WHERE number = 3",
    "credential": "UPDATE audit SET credential = 'oauth' WHERE number = 3",
    "action": "UPDATE audit SET action = 'released' WHERE number = 3",
    "place": "UPDATE audit SET place = 'GET /v1/postbus' WHERE number = 3",
    "subject": "UPDATE audit SET subject = '' WHERE number = 3",
    "reason": "UPDATE audit SET reason = 'not-allowed' WHERE number = 6",
    "previous": "UPDATE audit SET previous = hash WHERE number = 3",
    "hash": "UPDATE audit SET hash = previous WHERE number = 6",
}
SAME = "actor, credential, action, place, subject, reason, previous, hash"
OTHERWISE = {
    "first removed": "DELETE FROM audit WHERE number = 1",
    "removed": "DELETE FROM audit WHERE number = 3",
    "removed, and closed up": "DELETE FROM audit WHERE number = 6; UPDATE audit SET number = 6 WHERE number = 5;"
    "UPDATE audit SET number = 5 WHERE number = 6; DELETE FROM audit WHERE number = 3;"
    "UPDATE audit SET number = 3 WHERE number = 4; UPDATE audit SET number = 4 WHERE number = 5",
    "inserted at the end": f"INSERT INTO audit SELECT 7, at, {SAME} FROM audit WHERE number = 6",
    "inserted before the first": f"INSERT INTO audit SELECT 0, at, {SAME} FROM audit WHERE number = 1",
    "inserted far before the first": f"INSERT INTO audit SELECT -9, at, {SAME} FROM audit WHERE number = 1",
    "two exchanged": "UPDATE audit SET number = 90 WHERE number = 2; UPDATE audit SET number = 2 WHERE number = 3;"
    "UPDATE audit SET number = 3 WHERE number = 90",
}


@pytest.mark.parametrize("script", [pytest.param(one, id=name) for name, one in (ALTERED | OTHERWISE).items()])
def test_every_change_is_noticed(site: Site, script: str) -> None:
    site.noted(ACTS)

    site.attack(site.no_triggers + script)

    result = site.run("verify")
    assert result.exit_code == 1, result.output
    assert "not as it was written" in result.stdout


def test_there_is_an_alteration_of_every_column() -> None:
    assert list(ALTERED) == COLUMNS.split(", ")


@pytest.mark.parametrize("value", ["'a moment'", "substr(at, 1, 26)", "x'00ff'", "7"])
def test_what_is_no_moment_is_noticed_on_sqlite(request: pytest.FixtureRequest, value: str) -> None:
    site = sqlite_site(request)
    site.noted(ACTS)

    site.attack(f"{site.no_triggers} UPDATE audit SET at = {value} WHERE number = 3")

    assert "from entry 3 on" in site.run("verify").stdout
    assert site.run("list").exit_code == 0


def test_what_is_no_number_is_noticed_on_sqlite(request: pytest.FixtureRequest) -> None:
    site = sqlite_site(request)
    site.noted(ACTS)

    site.attack(f"{site.no_triggers} UPDATE audit SET number = 'last' WHERE number = 6")

    assert "from entry 6 on" in site.run("verify").stdout


def anchor_at(site: Site, number: int) -> str:
    """What the hub's ordinary log told when the audit log was that long."""
    return str(Anchor(number, site.entries()[number - 1].hash))


def write_anew(site: Site, acts: Sequence[Act]) -> None:
    """Replace the whole log by one of these acts, with a chain that fits: hashes are no secret."""
    site.attack(f"{site.no_triggers} DELETE FROM audit")
    site.noted(acts)


@pytest.mark.parametrize("kept", [0, 1, 5])
def test_an_end_that_was_cut_off_is_noticed_by_an_anchor_only(site: Site, kept: int) -> None:
    site.noted(ACTS)
    anchor = anchor_at(site, 6)

    site.attack(f"{site.no_triggers} DELETE FROM audit WHERE number > {kept}")

    assert site.run("verify").exit_code == 0
    result = site.run("verify", "--anchor", anchor)
    assert result.exit_code == 1
    assert f"from entry {kept + 1} on" in result.stdout


@pytest.mark.parametrize("known", [1, 3, 6])
def test_a_chain_made_anew_is_noticed_by_any_anchor_from_the_change_on(site: Site, known: int) -> None:
    site.noted(ACTS)
    anchor = anchor_at(site, known)

    write_anew(site, [act(1, actor="zandvoort"), *ACTS[1:], act(7)])

    assert site.run("verify").exit_code == 0
    assert site.run("verify", "--anchor", anchor).exit_code == 1


def test_an_anchor_from_before_the_change_says_nothing_of_it_and_a_later_one_does(site: Site) -> None:
    site.noted(ACTS)
    before, after = anchor_at(site, 2), anchor_at(site, 6)

    write_anew(site, [*ACTS[:2], act(3, actor="zandvoort"), *ACTS[3:]])

    assert site.run("verify", "--anchor", before).exit_code == 0
    assert site.run("verify", "--anchor", before, "--anchor", after).exit_code == 1


# --- the commands ----------------------------------------------------------------------------------


def test_list_shows_the_entries_and_for_machines_a_line_each(site: Site) -> None:
    site.noted(ACTS)

    shown, lines = site.run("list"), site.run("list", "--json", "--after", "4")

    assert shown.exit_code == 0, shown.output
    begun = [line.split()[0] for line in shown.stdout.splitlines() if not line.startswith(" ")]
    assert begun == ["number", "1", "2", "3", "4", "5", "6"]
    assert lines.exit_code == 0, lines.output
    told = [json.loads(line) for line in lines.stdout.splitlines()]
    expected = chained(BEGINNING, ACTS)[4:]
    assert [(one["number"], one["act"]["actor"], one["hash"]) for one in told] == [
        (entry.number, entry.act.actor, entry.hash) for entry in expected
    ]


@pytest.mark.parametrize(
    "anchors",
    [
        pytest.param(["7"], id="no hash"),
        pytest.param(["0:" + "0" * 64], id="no entry"),
        pytest.param(["1:" + "a" * 63], id="too short"),
        pytest.param(["1:" + "a" * 64, "1:" + "b" * 64], id="contradicting"),
    ],
)
def test_an_anchor_that_is_none_cannot_be_verified_by(site: Site, anchors: list[str]) -> None:
    options = [part for anchor in anchors for part in ("--anchor", anchor)]

    assert site.run("verify", *options).exit_code == 2
