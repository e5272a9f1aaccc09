"""Deciding the whole log of an embedded hub anew, each message at the moment at which it was decided then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from connectors.folders import sync_folder
from connectors.sqlite_folds import SqliteFolds
from connectors.sqlite_replaying import Differences, Past, past, workplace
from connectors.sqlite_store import PARTITION, SqliteStore
from monitoring.metrics import Metrics
from schemas.ijw_3_2.reading import Schemas
from streams.core.exchange import Exchange
from streams.core.parties import Directory
from streams.core.parties_file import load_directory
from streams.core.ports import Progress
from streams.core.regions import load_monitoring
from streams.core.sources import load_sources
from streams.hub.clock import now
from streams.hub.deciding import BATCH, Decider, relieve_collector
from streams.hub.embedded_folding import EmbeddedFolder
from streams.hub.folding import FOLDS, Folding
from streams.hub.pseudonym_key import NAME, kept_key, refuse_another_key
from streams.hub.settings import Settings

FILE = "hub.sqlite"

Told = Callable[[int, int], None]
"""Hears how many messages were decided, of how many."""


class Replayed(Struct, frozen=True, kw_only=True):
    """What a replay found.

    position     up to where in the log messages were decided then, and so now.
    differences  all that would not be the same.
    replaced     whether new figures took the place of the old ones.
    """

    position: int
    differences: Differences
    replaced: bool = False


async def replay(settings: Settings, told: Told) -> Replayed:
    """Decide anew with the rules and configuration of now, and compare. Changes nothing; a hub may run meanwhile.

    Raises ConfigurationError and OSError for what it is given, StoreError for the database.
    """
    directory = load_directory(settings.parties)
    with past(settings.sqlite_file, alone=False) as then, workplace(settings.data) as folder:
        await _decide(settings, directory, then, folder / FILE, None, told)
        return Replayed(position=then.position, differences=_compared(then, folder, directory))


async def replay_figures(settings: Settings, accept_differences: bool, told: Told) -> Replayed:
    """Decide anew, and replace events and figures by those that this gives, under the key of now; the hub is stopped.

    With differences nothing is replaced unless they are accepted. Raises what `replay` raises.
    """
    directory = load_directory(settings.parties)
    with past(settings.sqlite_file, alone=True) as then, workplace(settings.data) as folder:
        key = _key(settings, folder)
        await _decide(settings, directory, then, folder / FILE, key, told)
        await _fold(folder / FILE, key)
        differences = _compared(then, folder, directory)
        replaced = accept_differences or not differences
        if replaced:
            _keep_key(settings, folder)
            then.replace_figures()
        return Replayed(position=then.position, differences=differences, replaced=replaced)


def _key(settings: Settings, folder: Path) -> bytes:
    """The key of now. One that has to be made stays in `folder` until it is used: a hub with another does not start."""
    if settings.pseudonym_key:
        return settings.pseudonym_key.get_secret_value().encode()
    return kept_key(settings.data if (settings.data / NAME).exists() else folder, may_be_new=True)


def _keep_key(settings: Settings, folder: Path) -> None:
    """Put a key that was made beside the database: before the figures, since a second run makes those fit it."""
    if (folder / NAME).exists():
        (folder / NAME).rename(settings.data / NAME)
        sync_folder(settings.data)


async def _decide(
    settings: Settings, directory: Directory, then: Past, file: Path, key: bytes | None, told: Told
) -> None:
    relieve_collector()
    sources = load_sources(settings.sources)
    days = load_monitoring(settings.monitoring).calendar.working_days()
    exchange = Exchange(Schemas(settings.schemas), directory, sources)
    store = SqliteStore(file)
    try:
        decider = Decider(exchange, store, now, Metrics(), key, days)
        reached = Progress()
        for entries in then.batches(BATCH):
            steps = await decider.decide(entries, {PARTITION: reached.decided_at})
            await store.commit({PARTITION: reached.position}, steps)
            reached = Progress(entries[-1].position, steps[-1].decided_at)
            told(reached.position, then.position)
    finally:
        await store.close()


async def _fold(file: Path, key: bytes) -> None:
    folds = SqliteFolds(file)
    try:
        await refuse_another_key(folds, key)
        folder = EmbeddedFolder(Folding(FOLDS, folds), folds, Metrics())
        while await folder.fold_some():
            pass
    finally:
        await folds.close()


def _compared(then: Past, folder: Path, directory: Directory) -> Differences:
    def connection_of(id: str) -> str:
        party = directory.by_id(id)
        return directory.connection(party).id if party else id

    return then.compare(folder / FILE, connection_of)
