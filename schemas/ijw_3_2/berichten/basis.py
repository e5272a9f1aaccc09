"""Composite data types (CDT) of the basisschema, generated from structure.yaml."""
from __future__ import annotations
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from lxml import etree
from msgspec import Struct

Stream = Iterator[etree._Element]
Element = etree._Element
END = etree.Element("end")


@lru_cache(maxsize=4096)
def as_date(text: str | None) -> date:
    return date.fromisoformat((text or "").strip())


class Achternaam(Struct, frozen=True, kw_only=True, gc=False):
    Achternaam: str
    Voorvoegsel: str | None = None


class BedragMetDC(Struct, frozen=True, kw_only=True, gc=False):
    Bedrag: int
    DebetCredit: str


class BerichtIdentificatie(Struct, frozen=True, kw_only=True, gc=False):
    Identificatie: str
    Dagtekening: date


class Communicatie(Struct, frozen=True, kw_only=True, gc=False):
    Vorm: str
    Taal: str | None = None


class Geboortedatum(Struct, frozen=True, kw_only=True, gc=False):
    Datum: date
    DatumGebruik: str | None = None


class GeslotenPeriode(Struct, frozen=True, kw_only=True, gc=False):
    Begindatum: date
    Einddatum: date


class Huis(Struct, frozen=True, kw_only=True, gc=False):
    Huisnummer: int
    Huisletter: str | None = None
    HuisnummerToevoeging: str | None = None
    AanduidingWoonadres: str | None = None


_Huis = Huis


class Omvang(Struct, frozen=True, kw_only=True, gc=False):
    Volume: int
    Eenheid: str
    Frequentie: str


class OpenPeriode(Struct, frozen=True, kw_only=True, gc=False):
    Begindatum: date | None = None
    Einddatum: date | None = None


class Product(Struct, frozen=True, kw_only=True, gc=False):
    Categorie: str
    Code: str | None = None


class Referentie(Struct, frozen=True, kw_only=True, gc=False):
    ReferentieNummer: str
    VorigReferentieNummer: str | None = None


class Telefoon(Struct, frozen=True, kw_only=True, gc=False):
    Telefoonnummer: str
    Landnummer: str


class TotaalBedragMetDC(Struct, frozen=True, kw_only=True, gc=False):
    TotaalBedrag: int
    DebetCredit: str


class Verwijzer(Struct, frozen=True, kw_only=True, gc=False):
    Type: str
    Naam: str | None = None
    ZorgverlenerCode: str | None = None


class XsdVersie(Struct, frozen=True, kw_only=True, gc=False):
    BasisschemaXsdVersie: str
    BerichtXsdVersie: str


class Adres(Struct, frozen=True, kw_only=True, gc=False):
    Huis: _Huis | None = None
    Postcode: str | None = None
    Straatnaam: str | None = None
    Plaatsnaam: str | None = None
    LandCode: str | None = None


class Telefoonnummers(Struct, frozen=True, kw_only=True, gc=False):
    Telefoon01: Telefoon
    Telefoon02: Telefoon | None = None


class VerkorteNaam(Struct, frozen=True, kw_only=True, gc=False):
    Geslachtsnaam: Achternaam
    Voornamen: str | None = None
    Voorletters: str | None = None


class VolledigeNaam(Struct, frozen=True, kw_only=True, gc=False):
    Geslachtsnaam: Achternaam
    Partnernaam: Achternaam | None = None
    Voornamen: str | None = None
    Voorletters: str | None = None
    NaamGebruik: str
