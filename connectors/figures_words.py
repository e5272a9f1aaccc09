"""How figures are written in Dutch: on pages, and in CSV for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.spreadsheets import as_csv, as_text
from streams.core.monitors.picture import Picture
from streams.core.monitors.picture_tables import ALL, Cell, Table
from streams.core.monitors.picture_texts import CENTS, NAMED, PERCENT, SIGNAL, label
from streams.core.regions import Monitoring

HIDDEN, NONE = "x", "–"
"""What stands in the place of a hidden figure, and of one that does not exist."""


def written(cell: Cell, unit: str) -> str:
    """A figure as people read it, with its unit where that is not said elsewhere: € 1.234, 12,5 %, 1.234."""
    if cell.suppressed:
        return HIDDEN
    if cell.value is None:
        return NONE
    if unit == CENTS:
        return f"€ {_dutch(round(cell.value / 100))}"
    if unit == SIGNAL:
        return "signaal" if cell.value else NONE
    return f"{_dutch(cell.value)} %" if unit == PERCENT else _dutch(cell.value)


def _dutch(value: float) -> str:
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
    return text.translate(str.maketrans(",.", ".,"))


def csv_of(picture: Picture, table: Table, monitoring: Monitoring) -> bytes:
    """A table as a file for spreadsheets: UTF-8 with a byte order mark, semicolons, decimal commas.

    A hidden figure is HIDDEN, one that does not exist is empty. Texts are never formulas.
    """
    return as_csv(_rows(picture, table, monitoring))


def _rows(picture: Picture, table: Table, monitoring: Monitoring) -> Iterator[list[object]]:
    headers = ["Regio", "Van", "Tot", *_headers(table), f"{table.title} ({_csv_unit(table.unit)})"]
    yield [as_text(header) for header in headers]
    for cell in table.rows:
        places = map(as_text, _places(table, cell, monitoring))
        yield [as_text(picture.name), picture.van, picture.tot, *places, _plain(cell, table)]


def _headers(table: Table) -> Iterator[str]:
    for dimension in table.dimensions:
        if dimension in NAMED:
            yield f"{dimension.capitalize()}code"
        yield dimension.capitalize()


def _places(table: Table, cell: Cell, monitoring: Monitoring) -> Iterator[str]:
    for dimension, value in zip(table.dimensions, cell.place, strict=True):
        if dimension in NAMED:
            yield "" if value == ALL else value
        yield label(dimension, value, monitoring)


def _csv_unit(unit: str) -> str:
    return "euro" if unit == CENTS else unit


def _plain(cell: Cell, table: Table) -> str:
    if cell.suppressed:
        return HIDDEN
    if cell.value is None:
        return ""
    text = f"{cell.value / 100:.2f}" if table.unit == CENTS else str(cell.value)
    return text.replace(".", ",")
