"""The figures of the monitors as Prometheus sees them: made elsewhere and told here, so that a scrape makes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from streams.core.monitors.exposed_metrics import METRICS, Sample


class Figures(Collector):
    """Exposes exactly the samples that were told last; a figure that is not among them is gone, not zero."""

    def __init__(self) -> None:
        self._samples: Sequence[Sample] = ()

    def tell(self, samples: Iterable[Sample]) -> None:
        """Put these in the place of all that were told before."""
        self._samples = tuple(samples)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Every metric there may be, without samples, so that no other collector takes its name."""
        yield from _families().values()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The samples that were told last, by metric."""
        families = _families()
        for sample in self._samples:
            family = families[sample.name]
            family.add_metric([sample.labels[label] for label in METRICS[sample.name].labels], sample.value)
        yield from (family for family in families.values() if family.samples)


def _families() -> dict[str, GaugeMetricFamily]:
    return {name: GaugeMetricFamily(name, metric.says, labels=metric.labels) for name, metric in METRICS.items()}
