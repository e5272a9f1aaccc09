"""What Prometheus sees. Labels have few values: never a person, a message or a party of the outside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import product
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

from monitoring.figures import Figures
from streams.core.delivering import Open
from streams.core.mail import PartyMail, Way
from streams.core.monitors.exposed_metrics import Sample
from streams.core.ports import Backlog, OutputKind
from streams.core.undelivered import Undelivered

# A second series for each, with the moment it began, doubles what is scraped and answers no question asked here.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """The metrics of one hub, in a registry of their own so that tests can have several."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.taken_in = Counter(
            "ijwhub_intake_total",
            "Messages offered, by source and result (new, repeat, conflict, or the reason of a rejection)",
            ("source", "result"),
            registry=self.registry,
        )
        self.messages = Counter(
            "ijwhub_messages_total",
            "Messages processed, by type, outcome and the level that failed (none when accepted)",
            ("bericht", "outcome", "level"),
            registry=self.registry,
        )
        self.processing = Histogram(
            "ijwhub_processing_seconds",
            "Time to process one message, by type: its share of the batch, from opening to decision",
            ("bericht",),
            buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=self.registry,
        )
        self.delivered = Counter(
            "ijwhub_outputs_delivered_total",
            "Outputs delivered, by kind (bericht, antwoord, fout) and way (folder, mailbox, kafka)",
            ("kind", "way"),
            registry=self.registry,
        )
        self.attempts = Counter(
            "ijwhub_delivery_attempts_total",
            "Times that the hub brought an output to a party, by way (folder, sftp, kafka, push) and outcome",
            ("way", "outcome"),
            registry=self.registry,
        )
        self.undeliverable = Counter(
            "ijwhub_undeliverable_total",
            "Outputs given up, by kind (bericht, antwoord, fout) and reason (undeliverable, refused-by-receiver)",
            ("kind", "reason"),
            registry=self.registry,
        )
        self.circuits = Gauge(
            "ijwhub_circuits",
            "Parties to which this process brings outputs, by state of their circuit",
            ("state",),
            registry=self.registry,
        )
        self.mail_waiting = Gauge(
            "ijwhub_mail_waiting",
            "Outputs that their receivers have not got yet, by how these get them (unknown: no party of the file)",
            ("way",),
            registry=self.registry,
        )
        self.mail_oldest = Gauge(
            "ijwhub_mail_oldest_seconds",
            "Age of the oldest output that its receiver has not got yet, by how that gets it; 0 when none waits",
            ("way",),
            registry=self.registry,
        )
        self.certificate_expires = Gauge(
            "ijwhub_certificate_expires_timestamp_seconds",
            "When the first of the certificates for this use (hub, client-ca, kafka, party) runs out",
            ("use",),
            registry=self.registry,
        )
        self.audited = Counter(
            "ijwhub_audited_total",
            "Entries of the audit log, by action and, of what was refused, the reason",
            ("action", "reason"),
            registry=self.registry,
        )
        self.oldest_waiting = Gauge(
            "ijwhub_oldest_waiting_seconds",
            "Age of the oldest message that waits to be processed in a partition; 0 when none waits",
            ("partition",),
            registry=self.registry,
        )
        self.stalled = Gauge(
            "ijwhub_stalled_seconds",
            "How long a partition has not moved while messages wait in it; 0 when it moves or none wait",
            ("partition",),
            registry=self.registry,
        )
        self._moved: dict[int, tuple[int, datetime]] = {}
        self.waiting = Gauge(
            "ijwhub_waiting",
            "Messages that wait to be processed in a partition",
            ("partition",),
            registry=self.registry,
        )
        self.position = Gauge(
            "ijwhub_position",
            "Position in a partition of the log up to which messages are processed",
            ("partition",),
            registry=self.registry,
        )
        self.partitions = Gauge(
            "ijwhub_partitions", "Partitions of the log that this process works on", registry=self.registry
        )
        self.outbox = Gauge(
            "ijwhub_outbox", "Outputs and events decided here that are not published yet", registry=self.registry
        )
        self.fenced = Counter(
            "ijwhub_fenced_total",
            "Batches given up because another worker has taken over the partition",
            registry=self.registry,
        )
        self.store_errors = Counter(
            "ijwhub_store_errors_total",
            "Failures of database, broker or folder that are tried again",
            registry=self.registry,
        )

        self.monitor_events = Counter(
            "ijwhub_monitor_events_total",
            "Events met by a monitor: folded, double or poison; and how many it had to read from a partition itself",
            ("result",),
            registry=self.registry,
        )
        self.monitor_position = Gauge(
            "ijwhub_monitor_position",
            "Position in a partition of the events up to which this monitor has folded",
            ("partition",),
            registry=self.registry,
        )
        self.monitor_lag = Gauge(
            "ijwhub_monitor_lag",
            "Events in a partition that wait to be folded by this monitor",
            ("partition",),
            registry=self.registry,
        )
        self.open_returns = Gauge(
            "ijwhub_open_returns",
            "Messages, by type, that wait for the return message of a party that answers itself",
            ("bericht",),
            registry=self.registry,
        )
        self._begin_at_zero()
        self._figures = Figures()
        self.registry.register(self._figures)

    def _begin_at_zero(self) -> None:
        """A first time is an increase as well, and nothing to tell differs from not telling."""
        for kind, reason in product(get_args(OutputKind), get_args(Undelivered)):
            self.undeliverable.labels(kind, reason)
        for state in get_args(Open):
            self.circuits.labels(state)

    def count_events(self, folded: int, doubles: int, poison: int) -> None:
        """Count events that a monitor met."""
        self.monitor_events.labels("folded").inc(folded)
        self.monitor_events.labels("double").inc(doubles)
        self.monitor_events.labels("poison").inc(poison)

    def tell_monitor(self, standings: Sequence[tuple[int, int, int]]) -> None:
        """Note partition, position and lag of exactly the partitions that a monitor works on."""
        self.monitor_position.clear()
        self.monitor_lag.clear()
        for partition, position, lag in standings:
            self.monitor_position.labels(str(partition)).set(position)
            self.monitor_lag.labels(str(partition)).set(lag)

    def tell_figures(self, samples: Iterable[Sample]) -> None:
        """Put these figures in the place of all that were told before."""
        self._figures.tell(samples)

    def tell_open_returns(self, by_type: Mapping[str, int]) -> None:
        """Note how many messages of each type wait for a party's own answer."""
        self.open_returns.clear()
        for bericht, count in by_type.items():
            self.open_returns.labels(bericht).set(count)

    def tell_mail(self, found: Sequence[PartyMail], now: datetime) -> None:
        """Note what waits for parties. Not for each: their number has no bound, and the hub tells on request."""
        for way in get_args(Way):
            waits = [one for one in found if one.way == way]
            self.mail_waiting.labels(way).set(sum(one.count for one in waits))
            oldest = min((one.since for one in waits), default=now)
            self.mail_oldest.labels(way).set((now - oldest).total_seconds())

    def tell_certificates(self, found: Iterable[tuple[str, datetime]]) -> None:
        """Note by use when certificates run out: the first of each use, and none that was told before."""
        self.certificate_expires.clear()
        first: dict[str, datetime] = {}
        for use, at in found:
            first[use] = min(at, first.get(use, at))
        for use, at in first.items():
            self.certificate_expires.labels(use).set(at.timestamp())

    def tell_backlog(self, backlog: Sequence[Backlog], now: datetime) -> None:
        """Note how the partitions of the log stand."""
        for one in backlog:
            partition = str(one.partition)
            self.waiting.labels(partition).set(one.count)
            self.position.labels(partition).set(one.position)
            self.oldest_waiting.labels(partition).set((now - one.since).total_seconds() if one.since else 0)
            self.stalled.labels(partition).set(self._stands_still(one, now))

    def _stands_still(self, one: Backlog, now: datetime) -> float:
        """Seconds since this partition was seen to move, or to have nothing to do."""
        position, since = self._moved.get(one.partition, (-1, now))
        if position != one.position or not one.count:
            since = now
        self._moved[one.partition] = (one.position, since)
        began = one.since or (
            since if one.count else now
        )  # nothing to read where something should be: since it was seen
        return (now - max(since, began)).total_seconds()
