"""JW306 Start Jeugdhulp retour, generated from structure.yaml."""
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
    RetourCodes: tuple[str, ...]


def read_StartProduct(x: Element, stream: Stream) -> tuple[StartProduct, Element]:
    x = next(stream)
    ToewijzingNummer = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw306/schema}ToewijzingNummer":
        ToewijzingNummer = int(x.text or "")
        x = next(stream)
    Product = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw306/schema}Product":
        Product, x = basis.read_Product(x, stream)
    ToewijzingIngangsdatum = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw306/schema}ToewijzingIngangsdatum":
        ToewijzingIngangsdatum = as_date(x.text)
        x = next(stream)
    Begindatum = as_date(x.text)
    x = next(stream)
    StatusAanlevering = x.text or ""
    x = next(stream)
    RetourCodes: list[str] = []
    x = next(stream)
    while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw306/schema}RetourCode":
        RetourCodes.append(x.text or "")
        x = next(stream)
    return StartProduct(ToewijzingNummer=ToewijzingNummer, Product=Product, ToewijzingIngangsdatum=ToewijzingIngangsdatum, Begindatum=Begindatum, StatusAanlevering=StatusAanlevering, RetourCodes=tuple(RetourCodes)), x


class Client(Struct, frozen=True, kw_only=True, gc=False):
    Bsn: str
    Geboortedatum: basis.Geboortedatum
    Geslacht: str
    Naam: basis.VerkorteNaam
    StartProducten: tuple[StartProduct, ...]
    RetourCodes: tuple[str, ...]


_Client = Client


def read_Client(x: Element, stream: Stream) -> tuple[Client, Element]:
    x = next(stream)
    Bsn = x.text or ""
    x = next(stream)
    Geboortedatum, x = basis.read_Geboortedatum(x, stream)
    Geslacht = x.text or ""
    x = next(stream)
    Naam, x = basis.read_VerkorteNaam(x, stream)
    StartProducten: list[StartProduct] = []
    x = next(stream)
    while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw306/schema}StartProduct":
        one_StartProducten, x = read_StartProduct(x, stream)
        StartProducten.append(one_StartProducten)
    RetourCodes: list[str] = []
    x = next(stream)
    while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw306/schema}RetourCode":
        RetourCodes.append(x.text or "")
        x = next(stream)
    return _Client(Bsn=Bsn, Geboortedatum=Geboortedatum, Geslacht=Geslacht, Naam=Naam, StartProducten=tuple(StartProducten), RetourCodes=tuple(RetourCodes)), x


class Header(Struct, frozen=True, kw_only=True, gc=False):
    BerichtCode: str
    BerichtVersie: int
    BerichtSubversie: int
    Afzender: str
    Ontvanger: str
    BerichtIdentificatie: basis.BerichtIdentificatie
    XsdVersie: basis.XsdVersie
    IdentificatieRetour: str
    DagtekeningRetour: date
    XsltVersie: str | None = None
    XsdVersieRetour: basis.XsdVersie
    RetourCodes: tuple[str, ...] = ()


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
    BerichtIdentificatie, x = basis.read_BerichtIdentificatie(x, stream)
    XsdVersie, x = basis.read_XsdVersie(x, stream)
    IdentificatieRetour = x.text or ""
    x = next(stream)
    DagtekeningRetour = as_date(x.text)
    x = next(stream)
    XsltVersie = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw306/schema}XsltVersie":
        XsltVersie = x.text or ""
        x = next(stream)
    XsdVersieRetour, x = basis.read_XsdVersie(x, stream)
    RetourCodes: list[str] = []
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw306/schema}RetourCodes":
        x = next(stream)
        while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw306/schema}RetourCode":
            RetourCodes.append(x.text or "")
            x = next(stream)
    return _Header(BerichtCode=BerichtCode, BerichtVersie=BerichtVersie, BerichtSubversie=BerichtSubversie, Afzender=Afzender, Ontvanger=Ontvanger, BerichtIdentificatie=BerichtIdentificatie, XsdVersie=XsdVersie, IdentificatieRetour=IdentificatieRetour, DagtekeningRetour=DagtekeningRetour, XsltVersie=XsltVersie, XsdVersieRetour=XsdVersieRetour, RetourCodes=tuple(RetourCodes)), x


class Bericht(Struct, frozen=True, kw_only=True, gc=False):
    Header: _Header
    Client: _Client | None = None


def read_Bericht(x: Element, stream: Stream) -> tuple[Bericht, Element]:
    x = next(stream)
    Header, x = read_Header(x, stream)
    Client = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw306/schema}Client":
        Client, x = read_Client(x, stream)
    return Bericht(Header=Header, Client=Client), x


def read(root: Element) -> Bericht:
    stream = chain(root.iter(), (END,))
    return read_Bericht(next(stream), stream)[0]
