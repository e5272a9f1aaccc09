"""How a Client or Relatie can be reached: Contact (JW301)."""

from __future__ import annotations

import re

from schemas.ijw_3_2.berichten import Bericht, basis, jw301
from schemas.ijw_3_2.rules.registry import rule

NO_ADRES = basis.Adres()
DUTCH_POSTCODE = re.compile(r"[1-9][0-9]{3}[a-zA-Z]{2}")


@rule(
    "TR006",
    level=2,
    code="0001",
    element="Telefoon Adres.Huis Adres.Postcode",
    says="A Contact has a Telefoon, or an address with both Huis and Postcode.",
)
def _(contact: jw301.Contact, bericht: Bericht) -> bool:
    adres = contact.Adres or NO_ADRES
    return contact.Telefoon is not None or (adres.Huis is not None and adres.Postcode is not None)


@rule("CD005", level=2, code="0001", element="Adres.LandCode", says="LandCode and Postcode come together.")
def _(contact: jw301.Contact, bericht: Bericht) -> bool:
    adres = contact.Adres or NO_ADRES
    return (adres.LandCode is None) == (adres.Postcode is None)


@rule("CD009", level=2, code="0001", element="Periode Soort", says="Only a temporary address (Soort 04) has a Periode.")
def _(contact: jw301.Contact, bericht: Bericht) -> bool:
    return contact.Periode is None or contact.Soort == "04"


@rule(
    "CD025", level=2, code="0001", element="Adres.Huis", says="An address in the Netherlands (LandCode NL) has a Huis."
)
def _(contact: jw301.Contact, bericht: Bericht) -> bool:
    adres = contact.Adres or NO_ADRES
    return adres.LandCode != "NL" or adres.Huis is not None


@rule(
    "CD034",
    level=2,
    code="0001",
    element="Adres.Postcode Soort",
    says="A Contact of Soort 01 or 03 has a Postcode.",
)
def _(contact: jw301.Contact, bericht: Bericht) -> bool:
    # The standard makes no exception for a Contact without Adres.
    return contact.Soort not in ("01", "03") or (contact.Adres or NO_ADRES).Postcode is not None


@rule(
    "CS089",
    level=2,
    code="0001",
    element="Adres.Postcode",
    says="A Postcode in the Netherlands is four digits, the first not 0, and two letters without a blank between.",
)
def _(contact: jw301.Contact, bericht: Bericht) -> bool:
    adres = contact.Adres or NO_ADRES
    return adres.LandCode != "NL" or adres.Postcode is None or DUTCH_POSTCODE.fullmatch(adres.Postcode) is not None
