"""JW315 Verzoek om toewijzing Jeugdhulp, generated from structure.yaml."""
from __future__ import annotations
from datetime import date
from itertools import chain
from msgspec import Struct
from schemas.ijw_3_2.berichten import basis
from schemas.ijw_3_2.berichten.basis import END, Element, Stream, as_date


class AangevraagdProduct(Struct, frozen=True, kw_only=True, gc=False):
    ReferentieAanbieder: str
    BeschikkingNummer: int | None = None
    Product: basis.Product | None = None
    BeschikkingIngangsdatum: date | None = None
    ToewijzingIngangsdatum: date
    ToewijzingEinddatum: date | None = None
    Omvang: basis.Omvang | None = None
    Budget: int | None = None
    Verwijzer: basis.Verwijzer
    Raamcontract: str | None = None
    Commentaar: str | None = None


def read_AangevraagdProduct(x: Element, stream: Stream) -> tuple[AangevraagdProduct, Element]:
    x = next(stream)
    ReferentieAanbieder = x.text or ""
    x = next(stream)
    BeschikkingNummer = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw315/schema}BeschikkingNummer":
        BeschikkingNummer = int(x.text or "")
        x = next(stream)
    Product = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw315/schema}Product":
        Product, x = basis.read_Product(x, stream)
    BeschikkingIngangsdatum = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw315/schema}BeschikkingIngangsdatum":
        BeschikkingIngangsdatum = as_date(x.text)
        x = next(stream)
    ToewijzingIngangsdatum = as_date(x.text)
    x = next(stream)
    ToewijzingEinddatum = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw315/schema}ToewijzingEinddatum":
        ToewijzingEinddatum = as_date(x.text)
        x = next(stream)
    Omvang = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw315/schema}Omvang":
        Omvang, x = basis.read_Omvang(x, stream)
    Budget = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw315/schema}Budget":
        Budget = int(x.text or "")
        x = next(stream)
    Verwijzer, x = basis.read_Verwijzer(x, stream)
    Raamcontract = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw315/schema}Raamcontract":
        Raamcontract = x.text or ""
        x = next(stream)
    Commentaar = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw315/schema}Commentaar":
        Commentaar = x.text or ""
        x = next(stream)
    return AangevraagdProduct(ReferentieAanbieder=ReferentieAanbieder, BeschikkingNummer=BeschikkingNummer, Product=Product, BeschikkingIngangsdatum=BeschikkingIngangsdatum, ToewijzingIngangsdatum=ToewijzingIngangsdatum, ToewijzingEinddatum=ToewijzingEinddatum, Omvang=Omvang, Budget=Budget, Verwijzer=Verwijzer, Raamcontract=Raamcontract, Commentaar=Commentaar), x


class Client(Struct, frozen=True, kw_only=True, gc=False):
    Bsn: str
    Geboortedatum: basis.Geboortedatum
    Geslacht: str
    Naam: basis.VerkorteNaam
    GezagsdragerBekend: str | None = None
    Commentaar: str | None = None
    AangevraagdeProducten: tuple[AangevraagdProduct, ...]


_Client = Client


def read_Client(x: Element, stream: Stream) -> tuple[Client, Element]:
    x = next(stream)
    Bsn = x.text or ""
    x = next(stream)
    Geboortedatum, x = basis.read_Geboortedatum(x, stream)
    Geslacht = x.text or ""
    x = next(stream)
    Naam, x = basis.read_VerkorteNaam(x, stream)
    GezagsdragerBekend = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw315/schema}GezagsdragerBekend":
        GezagsdragerBekend = x.text or ""
        x = next(stream)
    Commentaar = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw315/schema}Commentaar":
        Commentaar = x.text or ""
        x = next(stream)
    AangevraagdeProducten: list[AangevraagdProduct] = []
    x = next(stream)
    while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw315/schema}AangevraagdProduct":
        one_AangevraagdeProducten, x = read_AangevraagdProduct(x, stream)
        AangevraagdeProducten.append(one_AangevraagdeProducten)
    return _Client(Bsn=Bsn, Geboortedatum=Geboortedatum, Geslacht=Geslacht, Naam=Naam, GezagsdragerBekend=GezagsdragerBekend, Commentaar=Commentaar, AangevraagdeProducten=tuple(AangevraagdeProducten)), x


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
    BerichtIdentificatie, x = basis.read_BerichtIdentificatie(x, stream)
    XsdVersie, x = basis.read_XsdVersie(x, stream)
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
