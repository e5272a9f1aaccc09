"""JW305 Start Jeugdhulp, generated from structure.yaml."""
from __future__ import annotations
from datetime import date
from itertools import chain
from msgspec import Struct
from schemas.ijw_3_2.berichten import basis
from schemas.ijw_3_2.berichten.basis import END, Element, Stream, as_date


class StartProduct(Struct, frozen=True, kw_only=True, gc=False):
    ToewijzingNummer: int | None = None
    Product: basis.Product | None = None
    ToewijzingIngangsdatum: date | None = None
    Begindatum: date
    StatusAanlevering: str


def read_StartProduct(x: Element, stream: Stream) -> tuple[StartProduct, Element]:
    x = next(stream)
    ToewijzingNummer = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw305/schema}ToewijzingNummer":
        ToewijzingNummer = int(x.text or "")
        x = next(stream)
    Product = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw305/schema}Product":
        x = next(stream)
        Product_Categorie = x.text or ""
        x = next(stream)
        Product_Code = None
        if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Code":
            Product_Code = x.text or ""
            x = next(stream)
        Product = basis.Product(Categorie=Product_Categorie, Code=Product_Code)
    ToewijzingIngangsdatum = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw305/schema}ToewijzingIngangsdatum":
        ToewijzingIngangsdatum = as_date(x.text)
        x = next(stream)
    Begindatum = as_date(x.text)
    x = next(stream)
    StatusAanlevering = x.text or ""
    x = next(stream)
    return StartProduct(ToewijzingNummer=ToewijzingNummer, Product=Product, ToewijzingIngangsdatum=ToewijzingIngangsdatum, Begindatum=Begindatum, StatusAanlevering=StatusAanlevering), x


class Client(Struct, frozen=True, kw_only=True, gc=False):
    Bsn: str
    Geboortedatum: basis.Geboortedatum
    Geslacht: str
    Naam: basis.VerkorteNaam
    StartProducten: tuple[StartProduct, ...]


_Client = Client


def read_Client(x: Element, stream: Stream) -> tuple[Client, Element]:
    x = next(stream)
    Bsn = x.text or ""
    x = next(stream)
    x = next(stream)
    Geboortedatum_Datum = as_date(x.text)
    x = next(stream)
    Geboortedatum_DatumGebruik = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}DatumGebruik":
        Geboortedatum_DatumGebruik = x.text or ""
        x = next(stream)
    Geboortedatum = basis.Geboortedatum(Datum=Geboortedatum_Datum, DatumGebruik=Geboortedatum_DatumGebruik)
    Geslacht = x.text or ""
    x = next(stream)
    x = next(stream)
    x = next(stream)
    Naam_Geslachtsnaam_Achternaam = x.text or ""
    x = next(stream)
    Naam_Geslachtsnaam_Voorvoegsel = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Voorvoegsel":
        Naam_Geslachtsnaam_Voorvoegsel = x.text or ""
        x = next(stream)
    Naam_Geslachtsnaam = basis.Achternaam(Achternaam=Naam_Geslachtsnaam_Achternaam, Voorvoegsel=Naam_Geslachtsnaam_Voorvoegsel)
    Naam_Voornamen = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Voornamen":
        Naam_Voornamen = x.text or ""
        x = next(stream)
    Naam_Voorletters = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Voorletters":
        Naam_Voorletters = x.text or ""
        x = next(stream)
    Naam = basis.VerkorteNaam(Geslachtsnaam=Naam_Geslachtsnaam, Voornamen=Naam_Voornamen, Voorletters=Naam_Voorletters)
    StartProducten: list[StartProduct] = []
    x = next(stream)
    while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw305/schema}StartProduct":
        one_StartProducten, x = read_StartProduct(x, stream)
        StartProducten.append(one_StartProducten)
    return _Client(Bsn=Bsn, Geboortedatum=Geboortedatum, Geslacht=Geslacht, Naam=Naam, StartProducten=tuple(StartProducten)), x


class Header(Struct, frozen=True, kw_only=True, gc=False):
    BerichtCode: str
    BerichtVersie: int
    BerichtSubversie: int
    Afzender: str
    Ontvanger: str
    BerichtIdentificatie: basis.BerichtIdentificatie
    XsdVersie: basis.XsdVersie


_Header = Header


def read_Header(x: Element, stream: Stream) -> tuple[Header, Element]:
    x = next(stream)
    BerichtCode = x.text or ""
    x = next(stream)
    BerichtVersie = int(x.text or "")
    x = next(stream)
    BerichtSubversie = int(x.text or "")
    x = next(stream)
    Afzender = x.text or ""
    x = next(stream)
    Ontvanger = x.text or ""
    x = next(stream)
    x = next(stream)
    BerichtIdentificatie_Identificatie = x.text or ""
    x = next(stream)
    BerichtIdentificatie_Dagtekening = as_date(x.text)
    x = next(stream)
    BerichtIdentificatie = basis.BerichtIdentificatie(Identificatie=BerichtIdentificatie_Identificatie, Dagtekening=BerichtIdentificatie_Dagtekening)
    x = next(stream)
    XsdVersie_BasisschemaXsdVersie = x.text or ""
    x = next(stream)
    XsdVersie_BerichtXsdVersie = x.text or ""
    x = next(stream)
    XsdVersie = basis.XsdVersie(BasisschemaXsdVersie=XsdVersie_BasisschemaXsdVersie, BerichtXsdVersie=XsdVersie_BerichtXsdVersie)
    return _Header(BerichtCode=BerichtCode, BerichtVersie=BerichtVersie, BerichtSubversie=BerichtSubversie, Afzender=Afzender, Ontvanger=Ontvanger, BerichtIdentificatie=BerichtIdentificatie, XsdVersie=XsdVersie), x


class Bericht(Struct, frozen=True, kw_only=True, gc=False):
    Header: _Header
    Client: _Client


def read_Bericht(x: Element, stream: Stream) -> tuple[Bericht, Element]:
    x = next(stream)
    Header, x = read_Header(x, stream)
    Client, x = read_Client(x, stream)
    return Bericht(Header=Header, Client=Client), x


def read(root: Element) -> Bericht:
    stream = chain(root.iter(), (END,))
    return read_Bericht(next(stream), stream)[0]
