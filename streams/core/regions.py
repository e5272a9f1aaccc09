"""What a region asks of its figures: gemeenten, segments, norms, population, prices of rework. Read from one YAML file.

Everything has a default, so that monitors work before anybody has written the file: one region with every gemeente that
is seen, the segments of the standard, and no norms.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

import pydantic
from pydantic import Field

from streams.core.happenings import SEGMENTS, segment_of
from streams.core.workdays import SUPPLIED, WorkingDays
from streams.core.yaml_files import load_yaml

Gemeente = Annotated[str, Field(pattern="^[0-9]{4}$")]
Categorie = Annotated[str, Field(pattern="^[0-9]{2}$")]
Aanbieder = Annotated[str, Field(pattern="^[0-9]{8}$")]
_NO_TEXT = r"\p{Cc}\x{FFFE}\x{FFFF}"
"""Characters that no XML may hold, so that charts with them in a name would not be drawn; and ends of lines."""
Words = Annotated[str, Field(pattern=f"^[^{_NO_TEXT}]*$")]
SegmentName = Annotated[str, Field(pattern=f"^[^*0-9{_NO_TEXT}]{{1,35}}$")]
"""It is a label of metrics too, so it must not look like the number of a person."""
Weeks = tuple[Annotated[int, Field(ge=1, le=520)], ...]
OTHERS = "overig"
"""The region of gemeenten that stand in none."""
_HELP = "see deploy/example/regions.yaml"


class _Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")


class Norms(_Model):
    """Weeks within which care should follow: request to assignment, assignment to start, and both together."""

    toewijzing: Weeks = ()
    start: Weeks = ()
    totaal: Weeks = ()


class Region(_Model):
    """A region.

    name        as pages show it; id  as links and labels do (a-z, 0-9 and hyphens).
    segments    name → ProductCategorieën, in place of the standard's segments; what is in none is `onbekend`.
    norms       per segment; "*" for every segment that has none of its own.
    """

    id: str = Field(pattern="^[a-z0-9-]{1,35}$")
    name: Words = Field(min_length=1)
    gemeenten: tuple[Gemeente, ...] = Field(min_length=1)
    segments: Mapping[SegmentName, tuple[Categorie, ...]] = {}
    norms: Mapping[str, Norms] = {}

    @pydantic.model_validator(mode="after")
    def _segments_are_known(self) -> Region:
        codes = [code for categories in self.segments.values() for code in categories]
        if doubles := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(f"category {', '.join(doubles)} stands in more than one segment")
        known = {*(self.segments or SEGMENTS), "onbekend", "*"}
        if strange := sorted(set(self.norms) - known):
            expected = ", ".join(sorted(known))
            raise ValueError(f"norms for {', '.join(strange)}, which is no segment; expected {expected}")
        return self

    def segment(self, categorie: str | None) -> str:
        """The segment of a ProductCategorie in this region."""
        if not self.segments:
            return segment_of(categorie)
        return next((name for name, codes in self.segments.items() if categorie in codes), "onbekend")

    def norms_for(self, segment: str) -> Norms:
        """The norms of a segment."""
        return self.norms.get(segment) or self.norms.get("*") or Norms()


class Calendar(_Model):
    """Closing days over and above the public holidays, and the version that figures name."""

    version: Words = SUPPLIED
    closed: frozenset[date] = frozenset()

    def working_days(self) -> WorkingDays:
        """The working days of this calendar."""
        return WorkingDays(self.version, self.closed)


class Rework(_Model):
    """Minutes of work for each kind of rework."""

    refusal: float = Field(default=20, ge=0)
    correction: float = Field(default=15, ge=0)
    resend: float = Field(default=10, ge=0)
    duplicate: float = Field(default=5, ge=0)
    late: float = Field(default=10, ge=0)
    manual: float = Field(default=30, ge=0)


class Drift(_Model):
    """When a provider's signal is given.

    recent_days   the window that is looked at; history_days  the own past before it, that it is compared with.
    chance        a signal is given when what is seen would come by chance at most this often, per comparison and look.
    least         fewer than this both seen and expected in the window: nothing can be said.
    """

    recent_days: int = Field(default=56, ge=7)
    history_days: int = Field(default=182, ge=28)
    chance: float = Field(default=0.001, gt=0, lt=0.5)
    least: float = Field(default=5, ge=1)


class Monitoring(_Model):
    """Everything monitors are told beforehand.

    population        per gemeente and year: residents under 23.
    contract_forms    per aanbieder: for example inspanning, uitvoering, taak; others are `onbekend`.
    names             what pages call a gemeente or aanbieder, by code.
    return_days       a start this soon after an end is a return.
    pause_days        a temporary stop open for longer than this is told.
    no_start_days     an assignment without a start for longer than this, counted from the later of receipt and
                      Ingangsdatum, is told.
    at_risk_days      working days before the end of a term from which it is at risk.
    suppress_below    figures about fewer youths than this are not shown.
    """

    regions: tuple[Region, ...] = ()
    population: Mapping[Gemeente, Mapping[int, Annotated[int, Field(ge=0)]]] = {}
    contract_forms: Mapping[Aanbieder, Words] = {}
    names: Mapping[str, Words] = {}
    calendar: Calendar = Calendar()
    rework: Rework = Rework()
    drift: Drift = Drift()
    return_days: int = Field(default=365, ge=1)
    pause_days: int = Field(default=42, ge=1)
    no_start_days: int = Field(default=56, ge=1)
    at_risk_days: int = Field(default=1, ge=0)
    suppress_below: int = Field(default=10, ge=0)

    @pydantic.field_validator("population", mode="before")
    @classmethod
    def _codes_are_quoted(cls, told: object) -> object:
        """YAML reads 0361 without quotes as the number 241."""
        wrong = [key for key in told if not isinstance(key, str)] if isinstance(told, Mapping) else []
        if wrong:
            raise ValueError('write the codes of gemeenten between quotes, such as "0361"')
        return told

    @pydantic.model_validator(mode="after")
    def _each_gemeente_once(self) -> Monitoring:
        codes = [code for region in self.regions for code in region.gemeenten]
        if doubles := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(f"gemeente {', '.join(doubles)} stands in more than one region")
        if len({region.id for region in self.regions}) < len(self.regions):
            raise ValueError("two regions have the same id")
        if any(region.id == OTHERS for region in self.regions):
            raise ValueError(f"no region may have the id {OTHERS}: it is that of gemeenten in no region")
        return self

    def region_of(self, gemeente: str) -> Region:
        """The region of a gemeente; OTHERS when it stands in none."""
        found = next((region for region in self.regions if gemeente in region.gemeenten), None)
        # Not validated: whatever stands where a gemeente should, figures must go on.
        return found or Region.model_construct(id=OTHERS, name="Overige gemeenten", gemeenten=(gemeente,))


def load_monitoring(path: Path | None) -> Monitoring:
    """What the YAML file says; the defaults without one. Raises ConfigurationError with all that is wrong with it."""
    return Monitoring() if path is None else load_yaml(path, Monitoring, _HELP)
