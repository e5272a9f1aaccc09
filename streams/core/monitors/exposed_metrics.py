"""The metrics that figures become: their names, labels and what they tell. Pure.

No label holds a person or a message: what each may hold is a pattern here, and the collector (monitoring.figures)
leaves out and counts a sample that does not fit.
A figure of a place has the place in its name (see PLACES), so that a sum over one name counts nothing
twice; only `weken` nests: who waits for more than ten weeks waits for more than five as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

FLOW_DAYS = 91
"""Figures of what happened are about so many days, the peildatum included."""

PLACES: Mapping[str, tuple[str, ...]] = {
    "": ("region", "gemeente", "segment"),
    "_gemeente": ("region", "gemeente"),
    "_segment": ("region", "segment"),
    "_region": ("region",),
    "_aanbieder": ("region", "aanbieder"),
}
"""By the ending of a metric's name, the labels that say which youths its figures are about: never of several regions,
since what a picture of one region hides would be what the others leave of it."""

PARTY_PLACES: Mapping[str, tuple[str, ...]] = {"_gemeente": PLACES["_gemeente"], "_aanbieder": ("aanbieder",)}
"""The same for figures about what a party sends and owes, in all regions together."""


class Metric(Struct, frozen=True):
    """A metric: the names of its labels, in their order, and what it tells."""

    labels: tuple[str, ...]
    says: str


class Sample(Struct, frozen=True):
    """A value of a metric. `labels` has exactly the labels of METRICS[name]."""

    name: str
    labels: Mapping[str, str]
    value: float


LABELS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "region": "(?!.*[0-9]{5})[a-z0-9-]{1,35}",
        "gemeente": "[0-9]{4}",
        "aanbieder": "[0-9]{8}",
        "segment": "(?!.*[0-9]{5})[^*]{1,35}",
        "fase": "toewijzing|start|totaal",
        "weken": "[0-9]{1,3}",
        "door": "[a-zë ]{1,40}",
        "bericht": "JW3[0-9]{2}",
        "what": "JW3[0-9]{2}|[a-z ]{1,40}",
        "regel": "XSD|[A-Z]{2}[0-9]{3}(x[0-9])?|retourcode [0-9S][0-9]{3}",
        "rol": "gemeente|aanbieder",
        "state": "open|at_risk|met|late|breached|failed|void",
        "soort": "[a-z]{1,40}",
        "uitkomst": "open|granted|refused|credited",
        "signaal": "[a-z]{1,40}",
    }.items()
}
"""What a label may hold, wholly: too short for an id, and never as many digits as a BSN has."""

_OF_YOUTHS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "ijwhub_jeugdigen_in_zorg": ((), "Youths in care today"),
    "ijwhub_wachtenden": (("fase",), "Who waits today in a phase of the waiting list, bridged or not"),
    "ijwhub_wachtenden_netto": (("fase",), "Who waits today while no other traject of the youth runs"),
    "ijwhub_wachtenden_met_norm": (("fase", "weken"), "Who waits today for something that has a norm of so many weeks"),
    "ijwhub_wachtenden_boven_norm": (("fase", "weken"), "Who of those has waited for more weeks than the norm"),
    "ijwhub_wachttijd_mediaan_dagen": (("fase",), "Median wait in days (Kaplan-Meier); none when it is not reached"),
    "ijwhub_binnen_norm_ratio": (("fase", "weken"), "Share of the waits that ended in 91 days and met the norm"),
    "ijwhub_pauzes_open": ((), "Trajecten that have been paused for longer than pause_days today"),
    "ijwhub_geen_start": ((), "Toewijzingen that have waited for a start for longer than no_start_days today"),
    "ijwhub_breuken": ((), "Breaks in care in 91 days"),
    "ijwhub_overstappen": ((), "Switches to another aanbieder in 91 days"),
    "ijwhub_terugkeer": ((), "Returns after an end that falls in 91 days"),
    "ijwhub_voortijdig": (("door",), "Early ends (reason 32-35) in 91 days, by whom"),
    "ijwhub_declaraties_euro": (("uitkomst",), "Debit lines claimed in 91 days and what became of them; credits apart"),
}
_OF_PARTIES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "ijwhub_termijnen_partij": (
        ("regel", "state"),
        "Terms by state, as ijwhub_termijnen, of who is responsible",
    ),
    "ijwhub_berichten_verstuurd": (("bericht",), "Messages that a party sent in 91 days"),
    "ijwhub_berichten_afgekeurd": (
        ("regel",),
        "Refusals of them by rule of the hub or return code of the receiver; one message counts for each",
    ),
    "ijwhub_in_een_keer_goed_ratio": ((), "Share of those that ask for an answer that were right the first time"),
    "ijwhub_herstelwerk_minuten": (("soort",), "Minutes of rework that they brought by kind, as configured for each"),
}

METRICS: Mapping[str, Metric] = {
    **{
        f"{name}{place}": Metric((*labels, *extra), says)
        for metrics, places in ((_OF_YOUTHS, PLACES), (_OF_PARTIES, PARTY_PLACES))
        for name, (extra, says) in metrics.items()
        for place, labels in places.items()
    },
    "ijwhub_termijnen": Metric(
        ("regel", "what", "rol", "state"), "Terms by state: all that are not met, and others that opened in 91 days"
    ),
    "ijwhub_signaal_aanbieder": Metric(("aanbieder", "signaal"), "1 when an aanbieder departs from its own past"),
    "ijwhub_aanbieders_met_signaal": Metric(("signaal",), "Aanbieders that depart from their own past"),
    "ijwhub_figures_made_timestamp_seconds": Metric(
        (), "Moment for which the figures were made, as seconds since 1970"
    ),
}
"""Every metric there may be."""


def fits(sample: Sample) -> bool:
    """Whether every label holds what it may hold."""
    return all(LABELS[label].fullmatch(value) for label, value in sample.labels.items())
