"""tijdstipBericht: a moment in 8 to 17 digits, in Dutch local time; that is assumed, since no source tells it."""

from __future__ import annotations

from datetime import UTC, datetime

from streams.core.workdays import DUTCH_TIME

_FORMATS = {8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_WHOLE_SECONDS = 14
_UNKNOWN = datetime(1970, 1, 1, tzinfo=DUTCH_TIME)


def moment(digits: str) -> datetime:
    """The moment, in UTC. Raises ValueError when the digits are no moment, or stop in the middle of a part of it.

    In the hour that comes twice in autumn it is the first time.
    """
    whole, fraction = digits[:_WHOLE_SECONDS], digits[_WHOLE_SECONDS:]
    form = _FORMATS.get(len(whole))
    if form is None:
        raise ValueError("half a part of a moment")
    found = datetime.strptime(whole, form).replace(microsecond=int(fraction.ljust(6, "0")), tzinfo=DUTCH_TIME)
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise ValueError("a moment before the year 1 or after 9999 in UTC") from None


def digits(made_at: datetime | None) -> str:
    """A moment in 17 digits: with thousandths, so that two messages of one second keep their order (StUF019).

    1970 when it is not known: the field cannot be left out, and whoever writes has no clock.
    """
    try:
        local = (made_at or _UNKNOWN).astimezone(DUTCH_TIME)
    except OverflowError:
        local = _UNKNOWN
    return f"{local.year:04d}{local:%m%d%H%M%S}{local.microsecond // 1000:03d}"
