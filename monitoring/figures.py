"""The figures of the monitors as Prometheus sees them: made elsewhere and told here, so that a scrape makes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from streams.core.monitors.exposed_metrics import METRICS, Sample, fits

LEFT_OUT = "ijwhub_figures_left_out"


class Figures(Collector):
    """Exposes exactly the samples that were told last; a figure that is not among them is gone, not zero."""

    def __init__(self) -> None:
        self._families: Sequence[GaugeMetricFamily] = ()

    def tell(self, samples: Iterable[Sample]) -> None:
        """Put these in the place of all that were told before.

        One of which a label holds what it may not is left out and counted: it could name a person or a message.
        """
        families, left_out = _families(), 0
        for sample in samples:
            if fits(sample):
                values = [sample.labels[label] for label in METRICS[sample.name].labels]
                families[sample.name].add_metric(values, sample.value)
            else:
                left_out += 1
        self._families = (*(family for family in families.values() if family.samples), _left_out(left_out))

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Every metric there may be, without samples, so that no other collector takes its name."""
        yield from (*_families().values(), _left_out())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The samples that were told last, by metric."""
        yield from self._families


def _families() -> dict[str, GaugeMetricFamily]:
    return {name: GaugeMetricFamily(name, metric.says, labels=metric.labels) for name, metric in METRICS.items()}


def _left_out(count: int | None = None) -> GaugeMetricFamily:
    says = "Figures that are not told, since a label holds what it may not: a fault of the hub"
    return GaugeMetricFamily(LEFT_OUT, says, value=count)
