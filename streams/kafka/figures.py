"""The figures of a hub on Kafka, which know how far all folds are behind its events, whoever folds them."""

from __future__ import annotations

from functools import partial

from connectors.kafka_client import KafkaConnection
from connectors.kafka_groups import ends
from streams.core.fold_ports import FoldStore
from streams.core.regions import Monitoring
from streams.core.topics import EVENTS
from streams.hub.clock import now
from streams.hub.figures import Figures
from streams.hub.folding import FOLDS, Folding


def kafka_figures(connection: KafkaConnection, store: FoldStore, monitoring: Monitoring) -> Figures:
    """The figures of what was folded into this store."""
    return Figures(store, monitoring, now, partial(waiting_events, connection, store))


async def waiting_events(connection: KafkaConnection, store: FoldStore) -> int:
    """How many events of all partitions are not folded by every fold. Raises StoreError."""
    ended = (await ends(connection, [EVENTS]))[EVENTS.name]
    reached = await Folding(FOLDS, store).stored(ended)
    return sum(max(0, end - min(reached[partition].values())) for partition, end in ended.items())
