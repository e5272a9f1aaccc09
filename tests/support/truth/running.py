"""The real thing: what a simulated region sends goes through the exchange, its events through the folds, into rows."""

from __future__ import annotations

import random
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from schemas.ijw_3_2.dossier.rows import Key, Row
from schemas.ijw_3_2.reading import Schemas
from streams.core.course import reports
from streams.core.effects import Event, Remember
from streams.core.envelope import Envelope
from streams.core.events import events_of
from streams.core.exchange import Exchange
from streams.core.fold_ports import FoldProgress
from streams.core.folding import Fold, Occurrence, fold_batch, open_batch
from streams.core.folds.berichten import BerichtenFold
from streams.core.folds.care import CareFold
from streams.core.folds.claims import ClaimsFold
from streams.core.intake import admit
from streams.core.monitors.rows import Rows, rows_from
from streams.core.parties import Directory
from streams.core.workdays import WorkingDays
from streams.simulating.world import Sent

KEY = b"a key for the truth test"
AT_ONCE = 500


class Told(NamedTuple):
    """An event with its place: each relation is a partition of the log by itself (partition, position, number)."""

    place: tuple[int, int, int]
    event: Event


def told_by(sents: Iterable[Sent], directory: Directory, days: WorkingDays) -> list[Told]:
    """Every event that these messages bring about, in order; what cannot be taken in brings about none."""
    exchange = Exchange(Schemas(), directory)
    parties = {party.id: party for party in directory.parties}
    dossiers: defaultdict[str, dict[Key, Row]] = defaultdict(dict)
    partitions: dict[str, int] = {}
    decided: set[str] = set()
    told: list[Told] = []
    for position, sent in enumerate(sents):
        party = parties[sent.party]
        one = admit(sent.body, party, directory, source="http", reference=sent.reference, now=sent.at)
        if isinstance(one, Envelope) and one.id not in decided:
            decided.add(one.id)
            partition = partitions.setdefault(one.relation, len(partitions))
            events = _decided(exchange, one, dossiers[one.relation], sent.at, days)
            told += [Told((partition, position, number), event) for number, event in enumerate(events)]
    return told


def _decided(
    exchange: Exchange, envelope: Envelope, dossier: dict[Key, Row], now: datetime, days: WorkingDays
) -> list[Event]:
    opened = exchange.open(envelope)
    course = exchange.course(opened, dossier, now)
    for effect in course.effects:
        if isinstance(effect, Remember):
            dossier.update(effect.rows)
    return events_of(reports(envelope, opened.read, course, now, days), envelope.id, KEY, now)


def doubled(told: Sequence[Told], chance: random.Random) -> list[Told]:
    """The same events, each there twice: again at once, or with all that came since a while ago."""
    found: list[Told] = []
    for start in range(0, len(told), 40):
        part = told[start : start + 40]
        found += [one for one in part for _ in range(2)] if chance.random() < 0.5 else [*part, *part]
    return found


def interleaved(told: Sequence[Told], chance: random.Random) -> list[Told]:
    """The same events with relations in another order: of each relation they stay in order."""
    waiting: dict[int, deque[Told]] = {}
    for one in told:
        waiting.setdefault(one.place[0], deque()).append(one)
    found: list[Told] = []
    while waiting:
        partition = chance.choice(list(waiting))
        for _ in range(min(chance.randint(1, 30), len(waiting[partition]))):
            found.append(waiting[partition].popleft())
        if not waiting[partition]:
            del waiting[partition]
    return found


def rows_of(told: Sequence[Told]) -> Rows:
    """The rows that monitors read, by key; folded in batches as a runtime does, and kept as bytes in between."""
    occurrences = [Occurrence(offset, one.place, one.event.body) for offset, one in enumerate(told)]
    return rows_from(*(_folded(fold, occurrences) for fold in (CareFold(), ClaimsFold(), BerichtenFold())))


def _folded(fold: Fold[Any], occurrences: Sequence[Occurrence]) -> list[tuple[str, Any]]:
    kept: dict[str, bytes] = {}
    progress = FoldProgress(0, 0, {})
    for start in range(0, len(occurrences), AT_ONCE):
        batch = open_batch(fold, occurrences[start : start + AT_ONCE], progress)
        progress = batch.progress
        folded = fold_batch(fold, batch, {key: fold.decode(kept[key]) for key in batch.keys if key in kept})
        assert not folded.poison, [type(one.error).__name__ for one in folded.poison]
        kept.update({key: fold.encode(row) for key, row in folded.rows.items()})
    return [(key, fold.decode(row)) for key, row in sorted(kept.items())]
