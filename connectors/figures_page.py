"""The page of a region: the picture in Dutch, to read and to print. No scripts, and nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from jinja2 import Environment, PackageLoader, StrictUndefined

from connectors import charts
from connectors.figures_chapters import CHAPTERS, HEADLINES, Chapter, Chart
from connectors.figures_periods import EARLIEST, LENGTHS, Period
from connectors.figures_words import HIDDEN, NONE, written
from streams.core.monitors.picture import Picture
from streams.core.monitors.picture_tables import ALL, Cell, Place, Table
from streams.core.monitors.picture_texts import CENTS, day_in_words, label
from streams.core.regions import Monitoring, Region
from streams.core.workdays import local_day

_pages = Environment(
    loader=PackageLoader("connectors", "pages"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)


@dataclass(frozen=True)
class Grid:
    """A table as it stands on the page, each row with its label; caption is empty when the table is not divided."""

    caption: str
    corner: str
    headers: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]
    has_total: bool


@dataclass(frozen=True)
class Shown:
    """A block as it stands on the page: what it is called, its tables, charts (title, SVG) and grids."""

    title: str
    tables: Sequence[Table]
    drawn: Sequence[tuple[str, str]]
    grids: Sequence[Grid]
    folded: bool


def picture_page(picture: Picture, monitoring: Monitoring, latest: date) -> str:
    """The page of a picture that may be shown to others (`picture.shown`). `latest` is in the last month to choose."""
    page = _Page(picture, monitoring)
    return _pages.get_template("picture.html").render(
        picture=picture,
        headlines=list(page.headlines()),
        chapters=[(chapter.title, blocks) for chapter in CHAPTERS if (blocks := list(page.blocks(chapter)))],
        period=f"{day_in_words(picture.van)} tot en met {day_in_words(picture.tot)}",
        made=day_in_words(local_day(picture.made_at)),
        covered=[(said, _share(value)) for said, value in _covered(picture)],
        below=monitoring.suppress_below,
        hidden=HIDDEN,
        absent=NONE,
        asked=Period(picture.van, picture.tot),
        lengths=LENGTHS,
        earliest=f"{EARLIEST.year}-03",
        latest=f"{latest:%Y-%m}",
    )


def list_page(regions: Sequence[Region]) -> str:
    """The page with all regions."""
    return _pages.get_template("list.html").render(regions=regions)


def fault_page(title: str, text: str) -> str:
    """The page for what cannot be shown, in Dutch."""
    return _pages.get_template("fault.html").render(title=title, text=text)


def _covered(picture: Picture) -> tuple[tuple[str, float | None], ...]:
    return (
        (
            "van de toewijzingen beantwoordt een bekend verzoek: alleen daarover gaat de wachttijd vanaf het verzoek",
            picture.covered.requested,
        ),
        (
            "van de toewijzingen kwam voordat de hulp begon: alleen daarover gaat de wachttijd tot de start",
            picture.covered.ahead,
        ),
    )


def _share(value: float | None) -> str:
    return written(Cell((), value), "%")


class _Page:
    def __init__(self, picture: Picture, monitoring: Monitoring) -> None:
        self._tables = {table.id: table for table in picture.tables}
        self._monitoring = monitoring

    def headlines(self) -> Iterator[tuple[str, str]]:
        """What stands above everything: a few figures of the whole region."""
        for id, place, said in HEADLINES:
            if id in self._tables:
                yield said, written(self._tables[id].cell(*place), self._tables[id].unit)

    def blocks(self, chapter: Chapter) -> Iterator[Shown]:
        """The blocks of a chapter of which there is anything to show."""
        for block in chapter.blocks:
            tables = [self._tables[id] for id in block.tables if id in self._tables]
            tables = [table for table in tables if table.rows]
            if tables:
                drawn = [(chart.title, svg) for chart in block.charts if (svg := self._drawn(chart)) is not None]
                yield Shown(block.title or tables[0].title, tables, drawn, list(self._grids(tables)), block.folded)

    def _drawn(self, chart: Chart) -> str | None:
        """A chart as SVG; None when there is nothing to draw."""
        tables = [self._tables[id] for id in chart.tables if id in self._tables]
        if not tables:
            return None
        values = [value for value in tables[0].values(chart.along) if value != ALL]
        labels = [label(chart.along, value, self._monitoring) for value in values]
        some = [self._series(table, chart, values) for table in tables]
        if not any(value for series in some for value in series.values):
            return None
        titled = charts.Titled(f"grafiek-{chart.tables[0]}-{chart.along}", chart.title, _read_out(labels, some))
        match chart.kind:
            case "columns":
                return charts.columns(titled, labels, some)
            case "lines":
                return charts.lines(titled, labels, some[0])
        return charts.bars(titled, labels, some[0])

    def _series(self, table: Table, chart: Chart, values: Sequence[str]) -> charts.Series:
        cells = [
            table.cell(*(value if one == chart.along else chart.at(one) for one in table.dimensions))
            for value in values
        ]
        scale = 100 if table.unit == CENTS else 1
        heights = [None if cell.value is None else cell.value / scale for cell in cells]
        return charts.Series(table.title, heights, [written(cell, table.unit) for cell in cells])

    def _grids(self, tables: Sequence[Table]) -> Iterator[Grid]:
        first = tables[0]
        if len(first.dimensions) == 1:
            yield self._beside(tables)
        elif len(first.dimensions) == 2:
            yield self._crossed(first, ())
        else:
            for value in first.values(first.dimensions[0]):
                yield self._crossed(first, (value,))

    def _beside(self, tables: Sequence[Table]) -> Grid:
        """Tables of one and the same dimension, a column each."""
        dimension = tables[0].dimensions[0]
        values = dict.fromkeys(value for table in tables for value in table.values(dimension))
        order = sorted(values, key=lambda value: value == ALL)
        known = [{cell.place: written(cell, table.unit) for cell in table.rows} for table in tables]
        rows = [(self._label(dimension, value), [cells.get((value,), NONE) for cells in known]) for value in order]
        return Grid("", dimension.capitalize(), [table.title for table in tables], rows, ALL in values)

    def _crossed(self, table: Table, before: Place) -> Grid:
        """A table of two dimensions, or that part of one of three which stands at `before` in the first.

        Aanbieders, of which there can be many, stand below each other.
        """
        order = (-1, -2) if table.dimensions[-1] == "aanbieder" else (-2, -1)
        down, across = (table.dimensions[index] for index in order)
        here = [cell for cell in table.rows if cell.place[: len(before)] == before]
        cells = {tuple(cell.place[index] for index in order): written(cell, table.unit) for cell in here}
        downs, acrosses = (list(dict.fromkeys(place[index] for place in cells)) for index in (0, 1))
        if len(downs) == 2 and downs[1] == ALL and down == "gemeente":
            downs = downs[:1]
        rows = [(self._label(down, one), [cells.get((one, other), NONE) for other in acrosses]) for one in downs]
        caption = self._label(table.dimensions[0], before[0]) if before else ""
        headers = [self._label(across, one) for one in acrosses]
        return Grid(caption, down.capitalize(), headers, rows, downs[-1] == ALL)

    def _label(self, dimension: str, value: str) -> str:
        return label(dimension, value, self._monitoring)


def _read_out(labels: Sequence[str], some: Sequence[charts.Series]) -> str:
    """What a chart shows in words, for whoever cannot see it."""
    parts = (", ".join(f"{name} {text}" for name, text in zip(labels, series.texts, strict=True)) for series in some)
    return "; ".join(f"{series.name}: {part}" for series, part in zip(some, parts, strict=True)) + "."
