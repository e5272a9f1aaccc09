"""Freezes: times in which messages of some types are not taken in, as around a release of the standard.

Pure, but for `load_freezes`, which reads a file.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

import pydantic
from msgspec import Struct
from pydantic import Field

from streams.core.parties import BERICHTEN, ConfigurationError, Directory
from streams.core.regions import Gemeente, Monitoring, Words
from streams.core.workdays import DUTCH_TIME
from streams.core.yaml_files import load_yaml

_HELP = "see deploy/example/freezes.yaml"


class Freeze(Struct, frozen=True, kw_only=True):
    """A time in which messages of these types (JW301 …) are not taken in.

    start, until  with time zone; at `until` itself they are taken in again.
    gemeenten     the codes of whose messages, both to and from; None for everybody's.
    """

    name: str
    berichten: frozenset[str]
    start: datetime
    until: datetime
    gemeenten: frozenset[str] | None

    def is_about(self, bericht: str, gemeente: str) -> bool:
        """Whether it is about messages of this type to and from this gemeente (code)."""
        return bericht in self.berichten and (self.gemeenten is None or gemeente in self.gemeenten)


def closed(freezes: Collection[Freeze], bericht: str, gemeente: str, now: datetime) -> Freeze | None:
    """The freeze that keeps a message of this type out at this moment, of several the longest; None when none does."""
    found = [one for one in freezes if one.start <= now < one.until and one.is_about(bericht, gemeente)]
    return max(found, key=lambda one: one.until, default=None)


def coming(freezes: Collection[Freeze], now: datetime) -> tuple[Freeze, ...]:
    """The freezes that have not ended, in the order in which they start."""
    return tuple(sorted((one for one in freezes if now < one.until), key=lambda one: (one.start, one.until)))


def _as_written(moment: object) -> object:
    """YAML and pydantic make a moment in 1970 of 20310319, a number of seconds to them."""
    if not isinstance(moment, date) and not re.match("[0-9]{4}-", str(moment)):
        raise ValueError("found no day or moment; expected one, such as 2031-03-19 or 2031-03-19 18:00")
    return moment


def _in_dutch_time(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=DUTCH_TIME)


Moment = Annotated[datetime, pydantic.BeforeValidator(_as_written), pydantic.AfterValidator(_in_dutch_time)]
"""Without an offset it is Dutch local time."""


class _Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")


class _Frozen(_Model):
    name: Words = Field(min_length=1, max_length=80)
    berichten: Literal["all"] | frozenset[str] = Field(min_length=1)
    start: Moment = Field(alias="from")
    until: Moment
    gemeenten: Literal["all"] | tuple[Gemeente, ...] | None = Field(default=None, min_length=1)
    regions: tuple[str, ...] | None = Field(default=None, min_length=1)

    @pydantic.field_validator("berichten")
    @classmethod
    def _are_known(cls, berichten: Literal["all"] | frozenset[str]) -> Literal["all"] | frozenset[str]:
        if berichten != "all" and not berichten <= BERICHTEN:
            raise ValueError("expected all, or a list of JW301 … JW325")
        return berichten

    @pydantic.model_validator(mode="after")
    def _is_a_time_and_a_place(self) -> _Frozen:
        if self.until <= self.start:
            raise ValueError("until is not later than from")
        if (self.gemeenten is None) == (self.regions is None):
            raise ValueError("expected either gemeenten (all, or a list of codes) or regions (a list of ids)")
        return self


class _File(_Model):
    freezes: tuple[_Frozen, ...] = ()


def load_freezes(path: Path | None, monitoring: Monitoring, directory: Directory) -> tuple[Freeze, ...]:
    """What the YAML file says, with the regions of `monitoring`; none without a file. Raises ConfigurationError.

    A gemeente that is no party of the hub is refused: its code may be that of another one, mistyped, that stays open.
    """
    if path is None:
        return ()
    read = load_yaml(path, _File, _HELP).freezes
    regions = {region.id: region.gemeenten for region in monitoring.regions}
    if unknown := (*_unknown(path, read, regions), *_strangers(path, read, directory)):
        raise ConfigurationError(unknown)
    return tuple(_resolved(one, regions) for one in read)


def _unknown(path: Path, read: Sequence[_Frozen], regions: Collection[str]) -> Sequence[str]:
    expected = f"expected one of {', '.join(sorted(regions))}" if regions else "no region is configured"
    return [
        f"{path}: freezes.{number}.regions: {id!r} is no region of IJWHUB_MONITORING; {expected}; {_HELP}"
        for number, one in enumerate(read)
        for id in one.regions or ()
        if id not in regions
    ]


def _strangers(path: Path, read: Sequence[_Frozen], directory: Directory) -> Sequence[str]:
    return [
        f"{path}: freezes.{number}.gemeenten: {code} is the code of no party; expected that of one; {_HELP}"
        for number, one in enumerate(read)
        for code in (one.gemeenten or () if one.gemeenten != "all" else ())
        if directory.by_code(code) is None
    ]


def _resolved(one: _Frozen, regions: dict[str, tuple[str, ...]]) -> Freeze:
    named = one.gemeenten or ()
    listed = frozenset(named) if one.regions is None else frozenset(c for id in one.regions for c in regions[id])
    return Freeze(
        name=one.name,
        berichten=BERICHTEN if one.berichten == "all" else one.berichten,
        start=one.start,
        until=one.until,
        gemeenten=None if one.gemeenten == "all" else listed,
    )
