"""Who a message is about: Client in every message that has one, and Relatie (JW301)."""

from __future__ import annotations

from datetime import date

from schemas.ijw_3_2.berichten import Bericht, jw301, jw305, jw307, jw315, jw317, jw323, jw325
from schemas.ijw_3_2.findings import passes_elfproef
from schemas.ijw_3_2.rules.level_2.common import Person, dagtekening, years_before
from schemas.ijw_3_2.rules.registry import rule

UNKNOWN = date(1900, 1, 1)


@rule("CS002", level=2, code="0001", element="Bsn", says="A Bsn passes the eleven-test.")
def _(
    client: jw301.Client | jw305.Client | jw307.Client | jw315.Client | jw317.Client | jw323.Client | jw325.Client,
    bericht: Bericht,
) -> bool:
    return passes_elfproef(client.Bsn)


@rule(
    "TR002",
    level=2,
    code="0001",
    element="Geboortedatum.Datum Geboortedatum.DatumGebruik",
    says="Nobody was born more than 120 years before Dagtekening, unless the whole date of birth is unknown.",
)
def _(person: Person, bericht: Bericht) -> bool:
    born = person.Geboortedatum
    if born is None or (born.DatumGebruik == "3" and born.Datum == UNKNOWN):
        return True
    return born.Datum >= years_before(dagtekening(bericht), 120)


@rule(
    "CS139",
    level=2,
    code="0001",
    element="Geboortedatum.DatumGebruik",
    says="What DatumGebruik calls unknown is filled as day 01, month 01 or the whole date 1900-01-01.",
)
def _(person: Person, bericht: Bericht) -> bool:
    born = person.Geboortedatum
    if born is None or born.DatumGebruik is None:
        return True
    match born.DatumGebruik:
        case "1":
            return born.Datum.day == 1
        case "2":
            return born.Datum.day == 1 and born.Datum.month == 1
        case _:
            return born.Datum == UNKNOWN


@rule(
    "CS050",
    level=2,
    code="0001",
    element="Naam.NaamGebruik",
    says="NaamGebruik is 1, 2, 3 or 4 where there is a Partnernaam, and 1 or 6 where there is none.",
)
def _(person: jw301.Client | jw301.Relatie, bericht: Bericht) -> bool:
    return person.Naam.NaamGebruik in (("1", "2", "3", "4") if person.Naam.Partnernaam else ("1", "6"))


@rule(
    "CS318", level=2, code="0001", element="Naam.NaamGebruik", says="A Client is not an organisation (NaamGebruik 6)."
)
def _(client: jw301.Client, bericht: Bericht) -> bool:
    return client.Naam.NaamGebruik != "6"


@rule(
    "CD007",
    level=2,
    code="0001",
    element="Communicatie.Taal",
    says="The Taal is given for an interpreter of languages (Vorm 1), and for no other Vorm.",
)
def _(client: jw301.Client, bericht: Bericht) -> bool:
    communicatie = client.Communicatie
    return communicatie is None or (communicatie.Taal is not None) == (communicatie.Vorm == "1")


@rule(
    "TR061",
    level=2,
    code="0001",
    element="Contactgegevens",
    says="A Client has at least one Contact that is not just a temporary address: Soort 01, 02 or 03.",
)
def _(client: jw301.Client, bericht: Bericht) -> bool:
    return any(contact.Soort in ("01", "02", "03") for contact in client.Contactgegevens)
