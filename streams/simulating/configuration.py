"""What a simulated region is made of. Read from one YAML file; everything has a default."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import pydantic
from pydantic import Field

from streams.core.parties import BERICHTEN
from streams.core.yaml_files import load_yaml

Share = Annotated[float, Field(ge=0, le=1)]
Days = Annotated[float, Field(ge=0, le=3650)]
Answers = Literal["hub", "self"]
_HELP = "see deploy/example/simulation.yaml"
MOST_YOUTHS = 8000
"""There are about 9,000 BSNs for tests; some are kept for mistakes."""


class _Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")


class Gemeente(_Model):
    """A gemeente. `under_23` residents and the share of them `in_care` tell how many youths are from here."""

    id: str = Field(pattern="^[a-z0-9-]+$")
    code: str = Field(pattern="^[0-9]{4}$")
    name: str
    under_23: int = Field(ge=1)
    in_care: Share = 0.1
    answers: Answers = "hub"


class Cjg(_Model):
    """A CJG. `decides` for these gemeenten (codes): it sends in their name; `follows`: it gets copies only."""

    id: str = Field(pattern="^[a-z0-9-]+$")
    name: str
    decides: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()


class Product(_Model):
    """What is assigned. One without `volume` has a budget in euro cents; one without `code` is not specific.

    months       how long an assignment of it lasts; 0: without an end.
    tarief       euro cents for one unit; None for euro (83).
    share        of all care that begins.
    """

    categorie: str | None = Field(default=None, pattern="^[0-9]{2}$")
    code: str | None = Field(default=None, pattern="^.{1,5}$")
    eenheid: str = "04"
    frequentie: str = "4"
    volume: int | None = None
    budget: int | None = None
    tarief: int | None = None
    months: int = 12
    share: Share = 0.05


class Habits(_Model):
    """Shares of providers with a habit. `failing`: so many providers decline from some day on."""

    late: Share = 0.25
    sloppy: Share = 0.2
    failing: int = Field(default=2, ge=0)
    answers_self: Share = 0.35


class Care(_Model):
    """How care goes. Shares of what it says; durations in days.

    running       youths whose care began before the first day: it is told again in the first weeks.
    requested     care that begins with a JW315; the other begins with an assignment.
    wait          from assignment to start, on average; `duration` of care.
    """

    running: Share = 0.35
    requested: Share = 0.6
    retroactive: Share = 0.07
    examined: Share = 0.15
    rejected: Share = 0.1
    undecided: Share = 0.03
    never_started: Share = 0.05
    paused: Share = 0.14
    again: Share = 0.35
    at_once: Share = 0.3
    changed: Share = 0.25
    deleted: Share = 0.02
    corrected: Share = 0.04
    task_based: Share = 0.01
    wait: Days = 35
    duration: Days = 210


class Faults(_Model):
    """How often things go wrong, for a provider without habits; sloppy ones do it three times as often.

    wrong        messages sent wrong first, by any rule; `extra`: messages that should not have been sent at all.
    lines        claim lines that are wrong.
    again        refused messages that are sent again under the same Identificatie; the other get a new one.
    redelivered  messages delivered twice with the same bytes; `aside`: what cannot even be taken in.
    withdrawn    starts and stops that are withdrawn and sent anew; `credited`: granted lines taken back.
    silent, refusing, slow   of parties that answer themselves: no answer, a refusal of what is right, a late one.
    """

    wrong: Share = 0.035
    extra: Share = 0.02
    lines: Share = 0.01
    again: Share = 0.5
    redelivered: Share = 0.01
    aside: Share = 0.002
    withdrawn: Share = 0.02
    credited: Share = 0.02
    silent: Share = 0.04
    refusing: Share = 0.02
    slow: Share = 0.12


def _gemeenten() -> tuple[Gemeente, ...]:
    zuid, ijmond = 0.082, 0.111
    return (
        Gemeente(id="haarlem", code="0392", name="Gemeente Haarlem", under_23=42000, in_care=zuid),
        Gemeente(id="bloemendaal", code="0377", name="Gemeente Bloemendaal", under_23=6300, in_care=zuid),
        Gemeente(id="heemstede", code="0397", name="Gemeente Heemstede", under_23=7300, in_care=zuid, answers="self"),
        Gemeente(id="zandvoort", code="0473", name="Gemeente Zandvoort", under_23=3400, in_care=zuid),
        Gemeente(id="beverwijk", code="0375", name="Gemeente Beverwijk", under_23=10800, in_care=ijmond),
        Gemeente(id="heemskerk", code="0396", name="Gemeente Heemskerk", under_23=9700, in_care=ijmond),
        Gemeente(id="velsen", code="0453", name="Gemeente Velsen", under_23=16800, in_care=ijmond, answers="self"),
    )


def _cjgs() -> tuple[Cjg, ...]:
    mandated = ("0392", "0377", "0473", "0375", "0396", "0453")
    return (
        Cjg(id="cjg-kennemerland", name="CJG Kennemerland", decides=mandated),
        Cjg(id="cjg-heemstede", name="CJG Heemstede", follows=("0397",)),
    )


def _products() -> tuple[Product, ...]:
    return (
        Product(categorie="45", code="45A04", volume=8, tarief=9400, months=0, share=0.22),
        Product(categorie="45", code="45A48", volume=3, frequentie="2", tarief=10100, months=9, share=0.18),
        Product(categorie="45", code="45A53", eenheid="82", frequentie="6", volume=12, tarief=31000, share=0.06),
        Product(categorie="54", code="54002", eenheid="01", volume=480, tarief=178, months=9, share=0.16),
        Product(categorie="54", budget=900_000, months=9, share=0.08),
        Product(categorie="41", code="41A11", eenheid="16", frequentie="2", volume=4, tarief=7600, share=0.08),
        Product(categorie="43", code="43A12", eenheid="14", frequentie="2", volume=7, tarief=24300, share=0.04),
        Product(categorie="44", code="44A08", eenheid="14", volume=31, tarief=6100, months=0, share=0.03),
        Product(categorie="46", code="46A03", eenheid="14", volume=31, tarief=41200, months=2, share=0.03),
        Product(categorie="48", code="48A03", eenheid="83", volume=98_000, months=0, share=0.05),
        Product(categorie="47", code="47A66", eenheid="83", volume=82_000, months=12, share=0.03),
        Product(budget=400_000, months=6, share=0.02),
        Product(categorie="50", code="50A02", eenheid="84", volume=2, tarief=52000, months=6, share=0.02),
    )


def _verwijzers() -> Mapping[str, float]:
    return {"01": 0.34, "02": 0.31, "03": 0.06, "04": 0.13, "05": 0.09, "06": 0.04, "08": 0.03}


class Simulation(_Model):
    """A simulated region and the period that is simulated.

    start, days   the first day, and how many there are. The hub's own list of gemeenten is that of 2026.
    aanbieders    how many there are besides the gis (certified institutions).
    verwijzers    by type (COD327): its share of requests.
    """

    start: date = date(2026, 1, 1)
    days: int = Field(default=365, ge=1, le=366)
    youths: int = Field(default=6900, ge=1, le=MOST_YOUTHS)
    gemeenten: tuple[Gemeente, ...] = Field(default_factory=_gemeenten, min_length=1)
    cjgs: tuple[Cjg, ...] = Field(default_factory=_cjgs)
    aanbieders: int = Field(default=38, ge=2, le=200)
    gis: int = Field(default=2, ge=0, le=20)
    products: tuple[Product, ...] = Field(default_factory=_products, min_length=1)
    verwijzers: Mapping[str, float] = Field(default_factory=_verwijzers, min_length=1)
    habits: Habits = Habits()
    care: Care = Care()
    faults: Faults = Faults()

    @pydantic.model_validator(mode="after")
    def _cjgs_know_their_gemeenten(self) -> Simulation:
        known = {gemeente.code for gemeente in self.gemeenten}
        for cjg in self.cjgs:
            if unknown := {*cjg.decides, *cjg.follows} - known:
                raise ValueError(f"{cjg.id} acts for {', '.join(sorted(unknown))}, which is no gemeente of this region")
        return self


DECIDES = frozenset({"JW301", "JW302", "JW305", "JW307", "JW315", "JW317", "JW319", "JW320"})
"""The message types of which a CJG that decides has the mandate."""
FOLLOWS = frozenset({"JW305", "JW307", "JW315", "JW317"})
assert DECIDES | FOLLOWS <= BERICHTEN


def load_simulation(path: Path) -> Simulation:
    """What the YAML file says. Raises ConfigurationError with everything that is wrong with it."""
    return load_yaml(path, Simulation, _HELP)
