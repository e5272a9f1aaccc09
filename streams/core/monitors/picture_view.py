"""What a picture is made from, and which days, gemeenten and segments it shows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from streams.core.happenings import segment_of
from streams.core.monitors.claiming import ClaimedLine, claim_lines
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import DAY, File, Traject
from streams.core.monitors.waiting import Item, items
from streams.core.regions import OTHERS, Monitoring, Region

CATEGORIES = tuple(str(number) for number in range(40, 56))
"""The ProductCategorieën in use (JZ020)."""


class View(Struct, frozen=True, dict=True):
    """What there is to look at: everything known, and the region and period that the picture is about.

    everybody  the files of all youths; only aanbieders are looked at over all gemeenten.
    """

    everybody: Sequence[File]
    rows: Rows
    region: Region
    van: date
    tot: date
    monitoring: Monitoring

    @cached_property
    def files(self) -> tuple[File, ...]:
        """The files of youths with a toewijzing or a request in the region, with all that these hold elsewhere."""
        return tuple(file for file in self.everybody if self._is_here(file))

    def _is_here(self, file: File) -> bool:
        return not _gemeenten(file).isdisjoint(self.region.gemeenten)

    @property
    def gemeenten(self) -> tuple[str, ...]:
        """The gemeenten of the region, by their code."""
        return self.region.gemeenten

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """The segments of the region, and `onbekend` when anything in the region is in none of them."""
        named = tuple(self.region.segments) or tuple(dict.fromkeys(segment_of(code) for code in CATEGORIES))
        seen = {one.segment for one in self.toewijzingen}
        return (*named, *sorted(seen - set(named)))

    @cached_property
    def toewijzingen(self) -> tuple[Traject, ...]:
        """Those of the region."""
        return tuple(one for file in self.files for one in file.toewijzingen if one.region == self.region.id)

    @cached_property
    def months(self) -> tuple[tuple[date, date], ...]:
        """The calendar months of the period, the first and last as far as they lie in it."""
        return tuple(_months(self.van, self.tot))

    @cached_property
    def quarters(self) -> tuple[tuple[date, date], ...]:
        """The calendar quarters of the period, the first and last as far as they lie in it."""
        ends = [tot for _, tot in self.months if tot.month % 3 == 0 or tot == self.tot]
        begins = [self.van, *(end + DAY for end in ends[:-1])]
        return tuple(zip(begins, ends, strict=True))

    @cached_property
    def known_from(self) -> date | None:
        """The day of the first message of the region that is known here; None when there is none."""
        return min((one.day for one in self.rows.berichten if _gemeente(one.relation) in self.gemeenten), default=None)

    def is_known_from(self, day: date) -> bool:
        """Whether messages of this day and all later ones are known; before, there may be more than is seen here."""
        return self.known_from is not None and self.known_from <= day

    @cached_property
    def lines(self) -> tuple[ClaimedLine, ...]:
        """The granted claim lines of the region."""
        told = claim_lines(self.rows, self.monitoring)
        return tuple(one for one in told if one.region == self.region.id and one.is_granted)

    @cached_property
    def waits(self) -> tuple[Item, ...]:
        """The waits of the region, as known on the last day."""
        return tuple(one for one in items(self.files, self.tot) if one.region == self.region.id)

    def during(self, van: date, tot: date) -> View:
        """The same in other days, not after these; what was looked up already is not looked up again."""
        other = replace(self, van=van, tot=tot)
        for name in ("files", "segments", "toewijzingen", "known_from", "lines", "waits"):
            other.__dict__[name] = getattr(self, name)
        return other

    def segment_of(self, categories: Collection[str]) -> str | None:
        """The segment that is made of exactly these categories; None when there is none."""
        codes = {code: self.region.segment(code) for code in CATEGORIES}
        return next((name for name in self.segments if {c for c in codes if codes[c] == name} == set(categories)), None)


def _months(van: date, tot: date) -> Iterator[tuple[date, date]]:
    while van <= tot:
        following = (van.replace(day=1) + timedelta(32)).replace(day=1)
        yield van, min(following - DAY, tot)
        van = following


def regions_of(files: Sequence[File], monitoring: Monitoring) -> tuple[Region, ...]:
    """The regions that a picture can be made of: those configured, and the gemeenten in none of them together."""
    named = {code for region in monitoring.regions for code in region.gemeenten}
    others = tuple(sorted({code for file in files for code in _gemeenten(file)} - named))
    rest = (Region(id=OTHERS, name="Overige gemeenten", gemeenten=others),) if others else ()
    return (*monitoring.regions, *rest)


def _gemeenten(file: File) -> set[str]:
    relations = {one.relation for one in file.client.toewijzingen} | {one.relation for one in file.client.verzoeken}
    return {_gemeente(relation) for relation in relations}


def _gemeente(relation: str) -> str:
    return relation.partition(":")[0]
