"""In which order the page of a region shows its tables, and of which it draws a chart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from streams.core.monitors.picture_tables import ALL, Place


@dataclass(frozen=True)
class Chart:
    """A chart of a table, or of several with the same dimensions.

    along  the dimension of which each value is drawn; where  the value in another dimension, else all together.
    """

    kind: Literal["bars", "columns", "lines"]
    tables: tuple[str, ...]
    along: str
    title: str
    where: Mapping[str, str] = field(default_factory=dict)

    def at(self, dimension: str) -> str:
        """Which value of a dimension that is not drawn."""
        return self.where.get(dimension, ALL)


@dataclass(frozen=True)
class Block:
    """Tables (ids) that stand beside each other as columns, or one alone; folded: shown when it is asked for.

    title  empty: that of the one table.
    """

    tables: tuple[str, ...]
    charts: tuple[Chart, ...] = ()
    folded: bool = False
    title: str = ""


@dataclass(frozen=True)
class Chapter:
    """Blocks under one heading."""

    title: str
    blocks: tuple[Block, ...]


HEADLINES: tuple[tuple[str, Place, str], ...] = (
    ("in-zorg", (ALL, ALL), "jeugdigen in zorg in de periode"),
    ("stand", (ALL, ALL), "in zorg op de laatste dag"),
    ("instroom", (ALL, ALL), "instroom"),
    ("uitstroom", (ALL, ALL), "uitstroom"),
    ("wachtenden", ("start", ALL, ALL), "toegewezen, wacht op de start"),
    ("kosten", (ALL, ALL), "kosten"),
)
"""Table, place in it and words of what stands above everything."""


def _bars(id: str, along: str, title: str, **where: str) -> Chart:
    return Chart("bars", (id,), along, title, where)


CHAPTERS = (
    Chapter(
        "Jeugdigen in zorg",
        (
            Block(("in-zorg",), (_bars("in-zorg", "segment", "Jeugdigen in zorg per segment"),)),
            Block(("stand",)),
            Block(("aandeel",), (_bars("aandeel", "gemeente", "Aandeel in zorg van de inwoners onder de 23"),)),
            Block(
                ("in-zorg-aanbieder", "instroom-aanbieder", "uitstroom-aanbieder"), folded=True, title="Per aanbieder"
            ),
        ),
    ),
    Chapter(
        "Instroom en uitstroom",
        (
            Block(
                ("stand-maand", "instroom-maand", "uitstroom-maand"),
                (
                    Chart("lines", ("stand-maand",), "maand", "Stand op de laatste dag van de maand"),
                    Chart("columns", ("instroom-maand", "uitstroom-maand"), "maand", "Instroom en uitstroom per maand"),
                ),
                title="Per maand",
            ),
            Block(("instroom",)),
            Block(("uitstroom",)),
        ),
    ),
    Chapter(
        "Wachtlijst",
        (
            Block(("wachtenden",), (_bars("wachtenden", "segment", "Wacht op de start, per segment", fase="start"),)),
            Block(("wachtduur",), (_bars("wachtduur", "duur", "Wacht op de start, naar duur", fase="start"),)),
            Block(
                ("wachttijd-mediaan",),
                (
                    _bars(
                        "wachttijd-mediaan",
                        "segment",
                        "Mediane wachttijd van toewijzing tot start, in dagen",
                        fase="start",
                    ),
                ),
            ),
            Block(("wachttijd",)),
            Block(("binnen-norm",)),
            Block(("boven-norm",)),
            Block(("langer-dan-norm",), folded=True),
            Block(("wachtenden-netto",), folded=True),
            Block(("wachtenden-overbrugd",), folded=True),
            Block(("wachttijd-netto",), folded=True),
            Block(("wachtenden-aanbieder",), folded=True),
            Block(("buiten-wachttijd",)),
        ),
    ),
    Chapter(
        "Duur en einde",
        (
            Block(("doorlooptijd",), (_bars("doorlooptijd", "segment", "Gemiddelde doorlooptijd in dagen"),)),
            Block(("einde",), (_bars("einde", "reden", "Hoe trajecten eindigden"),)),
            Block(("beeindiging",), folded=True),
            Block(("beeindiging-segment",), folded=True),
            Block(("terugkeer",)),
        ),
    ),
    Chapter(
        "Verblijf",
        (
            Block(
                ("verblijf", "verblijf-nieuw"),
                (_bars("verblijf", "gemeente", "Jeugdigen met verblijf"),),
                title="Per gemeente",
            ),
        ),
    ),
    Chapter(
        "Zeventien en een half, en achttien",
        (
            Block(
                (
                    "zeventien-en-half",
                    "zeventien-zonder-vervolg",
                    "zeventien-met-vervolg",
                    "achttien-zonder-vervolg",
                ),
                title="Per gemeente",
            ),
        ),
    ),
    Chapter(
        "Kosten",
        (
            Block(("kosten",), (_bars("kosten", "segment", "Kosten per segment"),)),
            Block(("kosten-maand",), (Chart("lines", ("kosten-maand",), "maand", "Kosten per maand, in euro"),)),
            Block(("kosten-per-traject",)),
            Block(("kosten-jaar-eerder",), folded=True),
            Block(("per-traject-jaar-eerder",), folded=True),
            Block(("kosten-aanbieder",), folded=True),
        ),
    ),
    Chapter("Verwijzers", (Block(("verwijzers",), (_bars("verwijzers", "verwijzer", "Verwijzers"),)),)),
    Chapter("Aanbieders", (Block(("signalen",)), Block(("signalen-bewijs",)))),
    Chapter(
        "Administratieve lasten",
        (
            Block(("berichten-per-traject", "in-een-keer-goed"), title="Per gemeente"),
            Block(
                ("berichten-per-traject-aanbieder", "in-een-keer-goed-aanbieder"), folded=True, title="Per aanbieder"
            ),
            Block(("herstelwerk",), (_bars("herstelwerk", "soort", "Uren herstelwerk"),)),
            Block(("herstelwerk-regels",)),
            Block(("herstelwerk-partij",), folded=True),
            Block(("in-een-keer-goed-contractvorm", "herstelwerk-contractvorm"), folded=True, title="Per contractvorm"),
        ),
    ),
)
"""Every table of picture_texts stands in one of these."""
