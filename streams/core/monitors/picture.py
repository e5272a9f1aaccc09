"""The region picture: what messages tell about youth care in a region in a period. Words: definitions.md. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from streams.core.monitors.picture_burden import burden_tables, signal_tables
from streams.core.monitors.picture_care import care_sums, care_tables, courses_of
from streams.core.monitors.picture_ends import ends_tables, turning_sums, turning_tables
from streams.core.monitors.picture_money import money_tables, referrer_tables
from streams.core.monitors.picture_tables import Table
from streams.core.monitors.picture_texts import NOTES
from streams.core.monitors.picture_view import View, regions_of
from streams.core.monitors.picture_waiting import waiting_sums, waiting_tables
from streams.core.monitors.rows import Rows
from streams.core.monitors.suppression import suppressed
from streams.core.monitors.trajecten import File, Traject
from streams.core.monitors.waiting_summary import coverage
from streams.core.regions import Monitoring, Region

__all__ = ["Covered", "Picture", "picture", "regions_of", "shown"]


class Covered(Struct, frozen=True):
    """How much of the toewijzingen the waiting list is about: percentages, None without any toewijzing.

    requested  of which the request is known; ahead: not assigned with terugwerkende kracht. youths  of how many youths
    the toewijzingen are.
    """

    requested: float | None
    ahead: float | None
    youths: int


class Picture(Struct, frozen=True):
    """A region in a period.

    region    its id; name  as pages show it.
    made_at   the moment up to which messages are in it.
    notes     what messages cannot tell, in Dutch.
    calendar  the version of the calendar of working days.
    """

    region: str
    name: str
    van: date
    tot: date
    made_at: datetime
    tables: tuple[Table, ...]
    notes: tuple[str, ...]
    covered: Covered
    calendar: str

    def table(self, id: str) -> Table | None:
        """The table with this id; None when the picture has none."""
        return next((one for one in self.tables if one.id == id), None)


def picture(
    files: Sequence[File], rows: Rows, region: Region, van: date, tot: date, now: datetime, monitoring: Monitoring
) -> Picture:
    """The picture of a region in [van, tot] with every number in it; what leaves the hub goes through `shown`.

    `files` and `rows` are of everybody, since care elsewhere bridges waiting and aanbieders work in several regions.
    """
    view = View(files, rows, region, van, tot, monitoring)
    return Picture(
        region=region.id,
        name=region.name,
        van=van,
        tot=tot,
        made_at=now,
        tables=tuple(_tables(view)),
        notes=NOTES,
        covered=_covered(view),
        calendar=monitoring.calendar.version,
    )


def shown(picture: Picture, monitoring: Monitoring) -> Picture:
    """The picture as others may see it: without figures about few youths, and without what gives those away."""
    below = monitoring.suppress_below
    sums = [one for sums in (care_sums, waiting_sums, turning_sums) for one in sums(picture.tables)]
    covered = picture.covered if picture.covered.youths >= below else Covered(None, None, 0)
    return replace(picture, tables=suppressed(picture.tables, below, sums), covered=covered)


def _tables(view: View) -> Iterator[Table]:
    youths = courses_of(view)
    yield from care_tables(view, youths)
    yield from ends_tables(view, youths)
    yield from waiting_tables(view)
    yield from money_tables(view)
    yield from referrer_tables(view)
    yield from turning_tables(view)
    yield from burden_tables(view, youths)
    yield from signal_tables(view)


def _covered(view: View) -> Covered:
    def is_own(one: Traject) -> bool:
        return one.region == view.region.id

    told = coverage(view.files, view.tot, is_own)
    return Covered(_percentage(told.share("toewijzing")), _percentage(told.share("start")), told.toewijzingen.youths)


def _percentage(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)
