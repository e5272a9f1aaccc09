"""The region picture: what messages tell about youth care in a region in a period. Words: definitions.md. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from streams.core.monitors.picture_between import between_tables
from streams.core.monitors.picture_burden import burden_tables, signal_tables
from streams.core.monitors.picture_care import Youths, care_tables, courses_of, unseen_stocks
from streams.core.monitors.picture_ends import ends_tables, turning_tables
from streams.core.monitors.picture_events import Quarter, quarters_of_care, quarters_of_events
from streams.core.monitors.picture_hiding import hidden_care, hidden_events, hidden_of
from streams.core.monitors.picture_known import incomplete
from streams.core.monitors.picture_money import cost_tables, earlier_tables, referrer_tables
from streams.core.monitors.picture_tables import Table, smaller_side
from streams.core.monitors.picture_texts import NOTES
from streams.core.monitors.picture_view import View, regions_of
from streams.core.monitors.picture_waiting import waiting_tables
from streams.core.monitors.rows import Rows
from streams.core.monitors.suppression import without
from streams.core.monitors.trajecten import File, Traject
from streams.core.monitors.waiting_summary import coverage
from streams.core.regions import Monitoring, Region

__all__ = ["Covered", "Picture", "picture", "regions_of", "shown"]


class Covered(Struct, frozen=True):
    """How much of the toewijzingen the waiting list is about: percentages, None without any toewijzing.

    requested  of which the request is known; ahead: not assigned with terugwerkende kracht. Each with how many youths
    the smaller side is of, covered or not.
    """

    requested: float | None
    ahead: float | None
    requested_youths: int = 0
    ahead_youths: int = 0


class Picture(Struct, frozen=True):
    """A region in a period.

    region    its id; name  as pages show it.
    made_at   the moment up to which messages are in it.
    known_from  the day of the first message of the region that is known; None when there is none.
    incomplete  what readers must know before they take figures of this period for all that was, in Dutch.
    notes     what messages cannot tell, in Dutch.
    calendar  the version of the calendar of working days.
    unseen    figures that others tell; quarters: events of each; care: of each who is in care, and what that tells.
              They decide what is shown, and never are.
    """

    region: str
    name: str
    van: date
    tot: date
    made_at: datetime
    tables: tuple[Table, ...]
    known_from: date | None
    incomplete: tuple[str, ...]
    notes: tuple[str, ...]
    covered: Covered
    calendar: str
    unseen: tuple[Table, ...] = ()
    quarters: tuple[Quarter, ...] = ()
    care: tuple[tuple[Quarter, Quarter], ...] = ()

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
    youths = courses_of(view)
    return Picture(
        region=region.id,
        name=region.name,
        van=van,
        tot=tot,
        made_at=now,
        tables=tuple(_tables(view, youths)),
        known_from=view.known_from,
        incomplete=tuple(incomplete(view, now)),
        notes=NOTES,
        covered=_covered(view),
        calendar=monitoring.calendar.version,
        unseen=(*unseen_stocks(view, youths), *between_tables(view)),
        quarters=tuple(quarters_of_events(view)),
        care=tuple(quarters_of_care(view, youths)),
    )


def shown(picture: Picture, monitoring: Monitoring) -> Picture:
    """The picture as others may see it: without figures about few youths, and without what gives those away."""
    below = monitoring.suppress_below
    events = (hidden_events(quarter, below) for quarter in picture.quarters)
    care = (hidden_care(tables, unseen, below) for tables, unseen in picture.care)
    hidden = hidden_of(picture.tables, picture.unseen, frozenset().union(*events, *care), below)
    covered = _shown(picture.covered, below)
    return replace(picture, tables=without(picture.tables, hidden), covered=covered, unseen=(), quarters=(), care=())


def _shown(covered: Covered, below: int) -> Covered:
    return Covered(
        None if 0 < covered.requested_youths < below else covered.requested,
        None if 0 < covered.ahead_youths < below else covered.ahead,
    )


def _tables(view: View, youths: Youths) -> Iterator[Table]:
    yield from care_tables(view, youths)
    yield from ends_tables(view, youths)
    yield from waiting_tables(view)
    yield from cost_tables(view)
    yield from earlier_tables(view)
    yield from referrer_tables(view)
    yield from turning_tables(view)
    yield from burden_tables(view, youths)
    yield from signal_tables(view)


def _covered(view: View) -> Covered:
    def is_own(one: Traject) -> bool:
        return one.region == view.region.id

    told = coverage(view.files, view.tot, is_own)
    each = [(one.youth, coverage([one], view.tot, is_own)) for one in view.files]
    counts = [(youth, one.requested, one.ahead, one.toewijzingen.items) for youth, one in each]
    return Covered(
        _percentage(told.share("toewijzing")),
        _percentage(told.share("start")),
        smaller_side([y for y, some, _, _ in counts if some], [y for y, some, _, whole in counts if some < whole]),
        smaller_side([y for y, _, some, _ in counts if some], [y for y, _, some, whole in counts if some < whole]),
    )


def _percentage(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)
