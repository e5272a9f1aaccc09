"""What the hub says about figures over HTTP, as JSON. The names of the fields are Dutch: partners read them."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from connectors.figures_periods import Period
from streams.core.monitors.picture import Picture as Pictured
from streams.core.monitors.picture_tables import Table as Tabled
from streams.core.regions import Region as Configured


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class Region(_Model):
    """A region of which there is a picture."""

    id: str = Field(description="Its name in links", examples=["ijmond"])
    naam: str = Field(description="What people call it", examples=["IJmond"])
    gemeenten: list[str] = Field(description="The CBS codes of its gemeenten", examples=[["0375", "0396", "0453"]])
    link: str = Field(description="Its picture", examples=["/v1/beelden/ijmond"])


class Figure(_Model):
    """One figure of a table."""

    plaats: dict[str, str] = Field(description="For each dimension of the table a value; * is all together")
    waarde: float | int | None = Field(description="In the unit of the table; null when there is none or it is hidden")
    afgeschermd: bool = Field(description="Hidden: it is about few youths, or would give away a figure that is")


class Table(_Model):
    """Figures of one kind."""

    id: str = Field(description="Its name in links", examples=["in-zorg"])
    titel: str = Field(description="What it is called")
    toelichting: str = Field(description="Its definition in one sentence")
    eenheid: str = Field(description="The unit; amounts are in eurocent", examples=["jeugdigen"])
    dimensies: list[str] = Field(description="Its dimensions", examples=[["gemeente", "segment"]])
    cijfers: list[Figure] = Field(description="The figures")
    csv: str = Field(description="The same as CSV")


class Coverage(_Model):
    """Which part of the toewijzingen the waiting list is about, in percent; null when there are none or too few."""

    verzoek_bekend: float | None = Field(description="Those of which the request is known")
    niet_terugwerkend: float | None = Field(description="Those of which care had not begun when they were assigned")


class Picture(_Model):
    """A region in a period."""

    regio: str = Field(description="The id of the region", examples=["ijmond"])
    naam: str = Field(description="What people call it", examples=["IJmond"])
    van: date = Field(description="The first day of the period")
    tot: date = Field(description="The last day of the period")
    gemaakt: datetime = Field(description="When it was made, with everything known then")
    kalender: str = Field(description="The version of the calendar of working days")
    tabellen: list[Table] = Field(description="The figures")
    berichten_vanaf: date | None = Field(
        description="The day of the first message of the region that is known; null when there is none"
    )
    onvolledig: list[str] = Field(description="What makes that figures of this period are not all there is")
    opmerkingen: list[str] = Field(description="What messages cannot tell")
    dekking: Coverage


def region_of(region: Configured) -> Region:
    """A region as it is listed."""
    link = f"/v1/beelden/{region.id}"
    return Region(id=region.id, naam=region.name, gemeenten=list(region.gemeenten), link=link)


def picture_of(picture: Pictured) -> Picture:
    """A picture as it is told; give it what may be shown to others (`picture.shown`)."""
    return Picture(
        regio=picture.region,
        naam=picture.name,
        van=picture.van,
        tot=picture.tot,
        gemaakt=picture.made_at,
        kalender=picture.calendar,
        tabellen=[_table(one, picture) for one in picture.tables],
        berichten_vanaf=picture.known_from,
        onvolledig=list(picture.incomplete),
        opmerkingen=list(picture.notes),
        dekking=Coverage(verzoek_bekend=picture.covered.requested, niet_terugwerkend=picture.covered.ahead),
    )


def _table(table: Tabled, picture: Pictured) -> Table:
    cells = [
        Figure(
            plaats=dict(zip(table.dimensions, cell.place, strict=True)), waarde=cell.value, afgeschermd=cell.suppressed
        )
        for cell in table.rows
    ]
    return Table(
        id=table.id,
        titel=table.title,
        toelichting=table.about,
        eenheid=table.unit,
        dimensies=list(table.dimensions),
        cijfers=cells,
        csv=f"/v1/beelden/{picture.region}/{table.id}.csv?{Period(picture.van, picture.tot).query}",
    )
