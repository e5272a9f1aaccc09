"""`ijwhub status`: how a hub stands, embedded or on Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import typer
from msgspec import Struct
from rich.console import Console

from connectors.kafka_client import KafkaConnection
from streams.cli.files import OpenedHub, opened_hub
from streams.cli.output import complain, console, facts, moment, show, table, this_command
from streams.cli.running import settings_of
from streams.core.mail import MOST_RECEIVERS, PartyMail, by_party
from streams.core.parties import ConfigurationError, Directory
from streams.core.parties_file import load_directory
from streams.hub.certificates import expiries, of_hub, of_parties
from streams.hub.embedded_folding import SPAN
from streams.hub.settings import Settings

MOST_LISTED, MOST_NAMED = 100, 5
"""Parties that are not in the file: told to machines, and named to people."""

_VERSION = "SELECT version_num FROM alembic_version"
_ASIDE = "SELECT count(*) FROM aside WHERE released_at IS NULL"
_UNDELIVERED = (
    "SELECT count(*) FROM output WHERE delivered_at IS NULL AND undeliverable_at IS NULL AND acknowledged_at IS NULL"
)
_OUTBOX = "SELECT partition, count(*) FROM outbox GROUP BY partition"
_FOLDS = "SELECT fold, partition, position FROM fold_progress WHERE partition >= 0 ORDER BY fold, partition"
_MOVING = "SELECT row FROM fold_row WHERE fold = 'ijwhub import'"


class PartitionStatus(Struct, frozen=True, kw_only=True):
    """A partition of the log.

    position     how far it is processed.
    waiting      how many messages wait, the oldest since `since`: `seconds` ago.
    unpublished  outputs and events that are decided and must still be published; always 0 for an embedded hub.
    worker       the process that has it; None when nobody has, and for an embedded hub.
    """

    partition: int
    position: int
    waiting: int
    since: datetime | None
    seconds: float | None
    unpublished: int
    worker: str | None


class FoldStatus(Struct, frozen=True, kw_only=True):
    """How far a fold is in a partition of the events. `end` is where that ends; None for an embedded hub.

    position  of an embedded hub that of the message in the log up to which events were folded.
    """

    fold: str
    partition: int
    position: int
    end: int | None


class MemberStatus(Struct, frozen=True, kw_only=True):
    """A process in a group."""

    id: str
    host: str
    partitions: tuple[int, ...]


class GroupStatus(Struct, frozen=True, kw_only=True):
    """A group of processes on Kafka, with what it noted there by partition, and how many records lie beyond that."""

    name: str
    state: str
    members: tuple[MemberStatus, ...]
    noted: dict[int, int]
    behind: dict[int, int]


class Status(Struct, frozen=True, kw_only=True):
    """How a hub stands.

    strangers    what waits for those (100 at most) who are not in the file of parties; None when that cannot be read.
    stands_out   what a person should look at, in words.
    """

    where: str
    at: datetime
    tables: str
    partitions: tuple[PartitionStatus, ...]
    quarantine: int
    undelivered: int
    strangers: tuple[PartyMail, ...] | None
    folds: tuple[FoldStatus, ...]
    groups: tuple[GroupStatus, ...]
    stands_out: tuple[str, ...]


class _Beside(Struct, frozen=True):
    """What Kafka tells beside the log."""

    groups: tuple[GroupStatus, ...] = ()
    ends: Mapping[str, Mapping[int, int]] = {}


def show_status(data: Path | None, parties: Path | None, as_json: bool, oldest: float) -> int:
    """Print how the hub stands; returns 1 when something stands out, otherwise 0."""
    found = asyncio.run(_found(data, settings_of(data=data, parties=parties), oldest))
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
    else:
        _show(found)
        for line in found.stands_out:
            complain(line)
    return 1 if found.stands_out else 0


# --- finding out ---------------------------------------------------------------------------------------


async def _found(data: Path | None, settings: Settings, oldest: float) -> Status:
    directory = _directory(settings)
    async with opened_hub(data) as hub:
        beside = await _beside(hub.connection) if hub.connection else _Beside()
        now = datetime.now(UTC)
        partitions = await _partitions(hub, beside, now)
        strangers = await _strangers(hub, directory) if directory else None
        return Status(
            where=hub.where,
            at=now,
            tables=str(await _one(hub, _VERSION)),
            partitions=partitions,
            quarantine=int(await _one(hub, _ASIDE)),
            undelivered=int(await _one(hub, _UNDELIVERED)),
            strangers=strangers,
            folds=await _folds(hub, beside),
            groups=beside.groups,
            stands_out=(
                *_late(partitions, oldest),
                *await _half_moved(hub),
                *_for_nobody(strangers or ()),
                *_running_out(settings, directory, now),
            ),
        )


async def _one(hub: OpenedHub, statement: str) -> Any:
    ((value,),) = await hub.select(statement)
    return value


async def _partitions(hub: OpenedHub, beside: _Beside, now: datetime) -> tuple[PartitionStatus, ...]:
    unpublished: dict[int, int] = dict(await hub.select(_OUTBOX)) if hub.connection else {}
    workers = {p: _name(m) for m in (beside.groups[0].members if beside.groups else ()) for p in m.partitions}
    return tuple(
        PartitionStatus(
            partition=one.partition,
            position=one.position,
            waiting=one.count,
            since=one.since,
            seconds=max(0.0, round((now - one.since).total_seconds(), 1)) if one.since else None,
            unpublished=unpublished.get(one.partition, 0),
            worker=workers.get(one.partition),
        )
        for one in await hub.archive.waiting()
    )


def _name(member: MemberStatus) -> str:
    # aiokafka gives every process the same name; the end of its id tells them apart.
    return f"{member.host} {member.id[-6:]}"


async def _folds(hub: OpenedHub, beside: _Beside) -> tuple[FoldStatus, ...]:
    ends, span = beside.ends.get("events", {}), 1 if hub.connection else SPAN
    return tuple(
        FoldStatus(fold=fold, partition=partition, position=position // span, end=ends.get(partition))
        for fold, partition, position in await hub.select(_FOLDS)
    )


async def _beside(connection: KafkaConnection) -> _Beside:
    from connectors.kafka_groups import ends, groups
    from streams.core.topics import EVENTS, IN, OUT
    from streams.kafka import delivery, exchange

    found = await groups(connection, {exchange.GROUP: IN, delivery.GROUP: OUT})
    where = await ends(connection, (IN, OUT, EVENTS))
    made = []
    for group, topic in zip(found, (IN, OUT), strict=True):
        members = tuple(MemberStatus(id=m.id, host=m.host, partitions=m.partitions) for m in group.members)
        noted = dict(group.noted)
        behind = {p: end - noted[p] for p, end in where[topic.name].items() if p in noted}
        made.append(GroupStatus(name=group.name, state=group.state, members=members, noted=noted, behind=behind))
    return _Beside(tuple(made), where)


def _late(partitions: tuple[PartitionStatus, ...], oldest: float) -> list[str]:
    """What waits longer than that many seconds."""
    return [
        f"partition {one.partition}: {one.waiting} messages wait, the oldest for {_age(one.seconds)}; more than "
        f"{_age(oldest)} is not expected. Look whether a process works on it, and at its log"
        for one in partitions
        if one.seconds is not None and one.seconds > oldest
    ]


async def _half_moved(hub: OpenedHub) -> list[str]:
    stages = {bytes(row) for (row,) in await hub.select(_MOVING)}
    text = f"an import into this hub is not complete: stop the hub and run {this_command()} import with the same file"
    return [text] if stages - {b"done"} else []


def _directory(settings: Settings) -> Directory | None:
    """The parties; None when their file cannot be read: the hub itself can be asked all the same."""
    try:
        return load_directory(settings.parties)
    except ConfigurationError:
        return None


async def _strangers(hub: OpenedHub, directory: Directory) -> tuple[PartyMail, ...]:
    found = by_party(await hub.archive.mail(MOST_RECEIVERS), directory)
    return tuple(one for one in found if one.way == "unknown")[:MOST_LISTED]


def _for_nobody(strangers: Sequence[PartyMail]) -> list[str]:
    if not strangers:
        return []
    count, since = sum(one.count for one in strangers), min(one.since for one in strangers)
    names = ", ".join(one.receiver for one in strangers[:MOST_NAMED]) + (", ..." if strangers[MOST_NAMED:] else "")
    return [
        f"{count} outputs wait since {moment(since)} for parties that are not in the file of parties ({names}): "
        f"put them back, with a delivery or via another. See {this_command()} deliveries waiting"
    ]


def _running_out(settings: Settings, directory: Directory | None, now: datetime) -> Iterator[str]:
    """What is wrong with certificates."""
    known = (*of_hub(settings), *(of_parties(directory) if directory else ()))
    yield from (problem for one in expiries(known) if (problem := one.problem(now)))


# --- showing -------------------------------------------------------------------------------------------


def _show(found: Status) -> None:
    out = console()
    known = facts()
    known.add_row("hub", found.where)
    known.add_row("tables", f"version {found.tables}")
    known.add_row("quarantine", f"{found.quarantine} messages" if found.quarantine else "empty")
    known.add_row("outputs", f"{found.undelivered} not delivered or fetched yet" if found.undelivered else "delivered")
    if found.strangers is None:
        known.add_row("parties", "the file of parties cannot be read, so that strangers are not found: see --parties")
    show(out, known)
    _show_partitions(out, found)
    _show_groups(out, found)
    _show_folds(out, found)


def _show_partitions(out: Console, found: Status) -> None:
    more = ("unpublished", "worker") if found.groups else ()
    made = table("partition", "position", "waiting", "since", "age", *more)
    for one in found.partitions:
        beside = (str(one.unpublished), one.worker or "nobody") if found.groups else ()
        made.add_row(
            *(str(one.partition), str(one.position), str(one.waiting), moment(one.since), _age(one.seconds)), *beside
        )
    out.print()
    show(out, made)


def _show_groups(out: Console, found: Status) -> None:
    if not found.groups:
        return
    made = table("group", "state", "processes", "partitions of each", "behind")
    for one in found.groups:
        shares = "; ".join(f"{_name(m)}: {_numbers(m.partitions)}" for m in one.members)
        made.add_row(one.name, one.state, str(len(one.members)), shares or "-", str(sum(one.behind.values())))
    out.print()
    show(out, made)


def _numbers(partitions: tuple[int, ...]) -> str:
    return ",".join(map(str, partitions)) or "none"


def _show_folds(out: Console, found: Status) -> None:
    if not found.folds:
        return
    made = table("fold", "partition", "position", "of")
    for one in found.folds:
        made.add_row(one.fold, str(one.partition), str(one.position), "-" if one.end is None else str(one.end))
    out.print()
    show(out, made)


def _age(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    whole = int(seconds)
    days, hours, minutes = whole // 86_400, whole // 3_600 % 24, whole // 60 % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"
