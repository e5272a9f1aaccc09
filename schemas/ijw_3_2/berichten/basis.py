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


_Achternaam = Achternaam


def read_Achternaam(x: Element, stream: Stream) -> tuple[Achternaam, Element]:
    x = next(stream)
    Achternaam = x.text or ""
    x = next(stream)
    Voorvoegsel = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Voorvoegsel":
        Voorvoegsel = x.text or ""
        x = next(stream)
    return _Achternaam(Achternaam=Achternaam, Voorvoegsel=Voorvoegsel), x


class BedragMetDC(Struct, frozen=True, kw_only=True, gc=False):
    Bedrag: int
    DebetCredit: str


def read_BedragMetDC(x: Element, stream: Stream) -> tuple[BedragMetDC, Element]:
    x = next(stream)
    Bedrag = int(x.text or "")
    x = next(stream)
    DebetCredit = x.text or ""
    x = next(stream)
    return BedragMetDC(Bedrag=Bedrag, DebetCredit=DebetCredit), x


class BerichtIdentificatie(Struct, frozen=True, kw_only=True, gc=False):
    Identificatie: str
    Dagtekening: date


def read_BerichtIdentificatie(x: Element, stream: Stream) -> tuple[BerichtIdentificatie, Element]:
    x = next(stream)
    Identificatie = x.text or ""
    x = next(stream)
    Dagtekening = as_date(x.text)
    x = next(stream)
    return BerichtIdentificatie(Identificatie=Identificatie, Dagtekening=Dagtekening), x


class Communicatie(Struct, frozen=True, kw_only=True, gc=False):
    Vorm: str
    Taal: str | None = None


def read_Communicatie(x: Element, stream: Stream) -> tuple[Communicatie, Element]:
    x = next(stream)
    Vorm = x.text or ""
    x = next(stream)
    Taal = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Taal":
        Taal = x.text or ""
        x = next(stream)
    return Communicatie(Vorm=Vorm, Taal=Taal), x


class Geboortedatum(Struct, frozen=True, kw_only=True, gc=False):
    Datum: date
    DatumGebruik: str | None = None


def read_Geboortedatum(x: Element, stream: Stream) -> tuple[Geboortedatum, Element]:
    x = next(stream)
    Datum = as_date(x.text)
    x = next(stream)
    DatumGebruik = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}DatumGebruik":
        DatumGebruik = x.text or ""
        x = next(stream)
    return Geboortedatum(Datum=Datum, DatumGebruik=DatumGebruik), x


class GeslotenPeriode(Struct, frozen=True, kw_only=True, gc=False):
    Begindatum: date
    Einddatum: date


def read_GeslotenPeriode(x: Element, stream: Stream) -> tuple[GeslotenPeriode, Element]:
    x = next(stream)
    Begindatum = as_date(x.text)
    x = next(stream)
    Einddatum = as_date(x.text)
    x = next(stream)
    return GeslotenPeriode(Begindatum=Begindatum, Einddatum=Einddatum), x


class Huis(Struct, frozen=True, kw_only=True, gc=False):
    Huisnummer: int
    Huisletter: str | None = None
    HuisnummerToevoeging: str | None = None
    AanduidingWoonadres: str | None = None


_Huis = Huis


def read_Huis(x: Element, stream: Stream) -> tuple[Huis, Element]:
    x = next(stream)
    Huisnummer = int(x.text or "")
    x = next(stream)
    Huisletter = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Huisletter":
        Huisletter = x.text or ""
        x = next(stream)
    HuisnummerToevoeging = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}HuisnummerToevoeging":
        HuisnummerToevoeging = x.text or ""
        x = next(stream)
    AanduidingWoonadres = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}AanduidingWoonadres":
        AanduidingWoonadres = x.text or ""
        x = next(stream)
    return _Huis(Huisnummer=Huisnummer, Huisletter=Huisletter, HuisnummerToevoeging=HuisnummerToevoeging, AanduidingWoonadres=AanduidingWoonadres), x


class Omvang(Struct, frozen=True, kw_only=True, gc=False):
    Volume: int
    Eenheid: str
    Frequentie: str


def read_Omvang(x: Element, stream: Stream) -> tuple[Omvang, Element]:
    x = next(stream)
    Volume = int(x.text or "")
    x = next(stream)
    Eenheid = x.text or ""
    x = next(stream)
    Frequentie = x.text or ""
    x = next(stream)
    return Omvang(Volume=Volume, Eenheid=Eenheid, Frequentie=Frequentie), x


class OpenPeriode(Struct, frozen=True, kw_only=True, gc=False):
    Begindatum: date | None = None
    Einddatum: date | None = None


def read_OpenPeriode(x: Element, stream: Stream) -> tuple[OpenPeriode, Element]:
    x = next(stream)
    Begindatum = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Begindatum":
        Begindatum = as_date(x.text)
        x = next(stream)
    Einddatum = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Einddatum":
        Einddatum = as_date(x.text)
        x = next(stream)
    return OpenPeriode(Begindatum=Begindatum, Einddatum=Einddatum), x


class Product(Struct, frozen=True, kw_only=True, gc=False):
    Categorie: str
    Code: str | None = None


def read_Product(x: Element, stream: Stream) -> tuple[Product, Element]:
    x = next(stream)
    Categorie = x.text or ""
    x = next(stream)
    Code = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Code":
        Code = x.text or ""
        x = next(stream)
    return Product(Categorie=Categorie, Code=Code), x


class Referentie(Struct, frozen=True, kw_only=True, gc=False):
    ReferentieNummer: str
    VorigReferentieNummer: str | None = None


def read_Referentie(x: Element, stream: Stream) -> tuple[Referentie, Element]:
    x = next(stream)
    ReferentieNummer = x.text or ""
    x = next(stream)
    VorigReferentieNummer = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}VorigReferentieNummer":
        VorigReferentieNummer = x.text or ""
        x = next(stream)
    return Referentie(ReferentieNummer=ReferentieNummer, VorigReferentieNummer=VorigReferentieNummer), x


class Telefoon(Struct, frozen=True, kw_only=True, gc=False):
    Telefoonnummer: str
    Landnummer: str


def read_Telefoon(x: Element, stream: Stream) -> tuple[Telefoon, Element]:
    x = next(stream)
    Telefoonnummer = x.text or ""
    x = next(stream)
    Landnummer = x.text or ""
    x = next(stream)
    return Telefoon(Telefoonnummer=Telefoonnummer, Landnummer=Landnummer), x


class TotaalBedragMetDC(Struct, frozen=True, kw_only=True, gc=False):
    TotaalBedrag: int
    DebetCredit: str


def read_TotaalBedragMetDC(x: Element, stream: Stream) -> tuple[TotaalBedragMetDC, Element]:
    x = next(stream)
    TotaalBedrag = int(x.text or "")
    x = next(stream)
    DebetCredit = x.text or ""
    x = next(stream)
    return TotaalBedragMetDC(TotaalBedrag=TotaalBedrag, DebetCredit=DebetCredit), x


class Verwijzer(Struct, frozen=True, kw_only=True, gc=False):
    Type: str
    Naam: str | None = None
    ZorgverlenerCode: str | None = None


def read_Verwijzer(x: Element, stream: Stream) -> tuple[Verwijzer, Element]:
    x = next(stream)
    Type = x.text or ""
    x = next(stream)
    Naam = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Naam":
        Naam = x.text or ""
        x = next(stream)
    ZorgverlenerCode = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}ZorgverlenerCode":
        ZorgverlenerCode = x.text or ""
        x = next(stream)
    return Verwijzer(Type=Type, Naam=Naam, ZorgverlenerCode=ZorgverlenerCode), x


class XsdVersie(Struct, frozen=True, kw_only=True, gc=False):
    BasisschemaXsdVersie: str
    BerichtXsdVersie: str


def read_XsdVersie(x: Element, stream: Stream) -> tuple[XsdVersie, Element]:
    x = next(stream)
    BasisschemaXsdVersie = x.text or ""
    x = next(stream)
    BerichtXsdVersie = x.text or ""
    x = next(stream)
    return XsdVersie(BasisschemaXsdVersie=BasisschemaXsdVersie, BerichtXsdVersie=BerichtXsdVersie), x


class Adres(Struct, frozen=True, kw_only=True, gc=False):
    Huis: _Huis | None = None
    Postcode: str | None = None
    Straatnaam: str | None = None
    Plaatsnaam: str | None = None
    LandCode: str | None = None


def read_Adres(x: Element, stream: Stream) -> tuple[Adres, Element]:
    x = next(stream)
    Huis = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Huis":
        Huis, x = read_Huis(x, stream)
    Postcode = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Postcode":
        Postcode = x.text or ""
        x = next(stream)
    Straatnaam = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Straatnaam":
        Straatnaam = x.text or ""
        x = next(stream)
    Plaatsnaam = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Plaatsnaam":
        Plaatsnaam = x.text or ""
        x = next(stream)
    LandCode = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}LandCode":
        LandCode = x.text or ""
        x = next(stream)
    return Adres(Huis=Huis, Postcode=Postcode, Straatnaam=Straatnaam, Plaatsnaam=Plaatsnaam, LandCode=LandCode), x


class Telefoonnummers(Struct, frozen=True, kw_only=True, gc=False):
    Telefoon01: Telefoon
    Telefoon02: Telefoon | None = None


def read_Telefoonnummers(x: Element, stream: Stream) -> tuple[Telefoonnummers, Element]:
    x = next(stream)
    Telefoon01, x = read_Telefoon(x, stream)
    Telefoon02 = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Telefoon02":
        Telefoon02, x = read_Telefoon(x, stream)
    return Telefoonnummers(Telefoon01=Telefoon01, Telefoon02=Telefoon02), x


class VerkorteNaam(Struct, frozen=True, kw_only=True, gc=False):
    Geslachtsnaam: Achternaam
    Voornamen: str | None = None
    Voorletters: str | None = None


def read_VerkorteNaam(x: Element, stream: Stream) -> tuple[VerkorteNaam, Element]:
    x = next(stream)
    Geslachtsnaam, x = read_Achternaam(x, stream)
    Voornamen = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Voornamen":
        Voornamen = x.text or ""
        x = next(stream)
    Voorletters = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Voorletters":
        Voorletters = x.text or ""
        x = next(stream)
    return VerkorteNaam(Geslachtsnaam=Geslachtsnaam, Voornamen=Voornamen, Voorletters=Voorletters), x


class VolledigeNaam(Struct, frozen=True, kw_only=True, gc=False):
    Geslachtsnaam: Achternaam
    Partnernaam: Achternaam | None = None
    Voornamen: str | None = None
    Voorletters: str | None = None
    NaamGebruik: str


def read_VolledigeNaam(x: Element, stream: Stream) -> tuple[VolledigeNaam, Element]:
    x = next(stream)
    Geslachtsnaam, x = read_Achternaam(x, stream)
    Partnernaam = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Partnernaam":
        Partnernaam, x = read_Achternaam(x, stream)
    Voornamen = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Voornamen":
        Voornamen = x.text or ""
        x = next(stream)
    Voorletters = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Voorletters":
        Voorletters = x.text or ""
        x = next(stream)
    NaamGebruik = x.text or ""
    x = next(stream)
    return VolledigeNaam(Geslachtsnaam=Geslachtsnaam, Partnernaam=Partnernaam, Voornamen=Voornamen, Voorletters=Voorletters, NaamGebruik=NaamGebruik), x
