"""JW317 Verzoek om wijziging Jeugdhulp, generated from structure.yaml."""
from __future__ import annotations
from datetime import date
from itertools import chain
from msgspec import Struct
from schemas.ijw_3_2.berichten import basis
from schemas.ijw_3_2.berichten.basis import END, Element, Stream, as_date


class NieuwProduct(Struct, frozen=True, kw_only=True, gc=False):
    Product: basis.Product | None = None
    GewensteIngangsdatum: date
    Einddatum: date | None = None
    Omvang: basis.Omvang | None = None
    Budget: int | None = None


def read_NieuwProduct(x: Element, stream: Stream) -> tuple[NieuwProduct, Element]:
    x = next(stream)
    Product = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw317/schema}Product":
        Product, x = basis.read_Product(x, stream)
    GewensteIngangsdatum = as_date(x.text)
    x = next(stream)
    Einddatum = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw317/schema}Einddatum":
        Einddatum = as_date(x.text)
        x = next(stream)
    Omvang = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw317/schema}Omvang":
        Omvang, x = basis.read_Omvang(x, stream)
    Budget = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw317/schema}Budget":
        Budget = int(x.text or "")
        x = next(stream)
    return NieuwProduct(Product=Product, GewensteIngangsdatum=GewensteIngangsdatum, Einddatum=Einddatum, Omvang=Omvang, Budget=Budget), x


class TeWijzigenProduct(Struct, frozen=True, kw_only=True, gc=False):
    ToewijzingNummer: int
    GewensteIngangsdatum: date
    Einddatum: date | None = None
    Omvang: basis.Omvang | None = None
    Budget: int | None = None


def read_TeWijzigenProduct(x: Element, stream: Stream) -> tuple[TeWijzigenProduct, Element]:
    x = next(stream)
    ToewijzingNummer = int(x.text or "")
    x = next(stream)
    GewensteIngangsdatum = as_date(x.text)
    x = next(stream)
    Einddatum = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw317/schema}Einddatum":
        Einddatum = as_date(x.text)
        x = next(stream)
    Omvang = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw317/schema}Omvang":
        Omvang, x = basis.read_Omvang(x, stream)
    Budget = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw317/schema}Budget":
        Budget = int(x.text or "")
        x = next(stream)
    return TeWijzigenProduct(ToewijzingNummer=ToewijzingNummer, GewensteIngangsdatum=GewensteIngangsdatum, Einddatum=Einddatum, Omvang=Omvang, Budget=Budget), x


class OngewijzigdProduct(Struct, frozen=True, kw_only=True, gc=False):
    ToewijzingNummer: int


def read_OngewijzigdProduct(x: Element, stream: Stream) -> tuple[OngewijzigdProduct, Element]:
    x = next(stream)
    ToewijzingNummer = int(x.text or "")
    x = next(stream)
    return OngewijzigdProduct(ToewijzingNummer=ToewijzingNummer), x


class Verzoek(Struct, frozen=True, kw_only=True, gc=False):
    ReferentieAanbieder: str
    RedenVerzoek: str
    OngewijzigdeProducten: tuple[OngewijzigdProduct, ...] = ()
    TeWijzigenProducten: tuple[TeWijzigenProduct, ...] = ()
    NieuweProducten: tuple[NieuwProduct, ...] = ()


_Verzoek = Verzoek


def read_Verzoek(x: Element, stream: Stream) -> tuple[Verzoek, Element]:
    x = next(stream)
    ReferentieAanbieder = x.text or ""
    x = next(stream)
    RedenVerzoek = x.text or ""
    x = next(stream)
    OngewijzigdeProducten: list[OngewijzigdProduct] = []
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw317/schema}OngewijzigdeProducten":
        x = next(stream)
        while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw317/schema}OngewijzigdProduct":
            one_OngewijzigdeProducten, x = read_OngewijzigdProduct(x, stream)
            OngewijzigdeProducten.append(one_OngewijzigdeProducten)
    TeWijzigenProducten: list[TeWijzigenProduct] = []
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw317/schema}TeWijzigenProducten":
        x = next(stream)
        while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw317/schema}TeWijzigenProduct":
            one_TeWijzigenProducten, x = read_TeWijzigenProduct(x, stream)
            TeWijzigenProducten.append(one_TeWijzigenProducten)
    NieuweProducten: list[NieuwProduct] = []
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw317/schema}NieuweProducten":
        x = next(stream)
        while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw317/schema}NieuwProduct":
            one_NieuweProducten, x = read_NieuwProduct(x, stream)
            NieuweProducten.append(one_NieuweProducten)
    return _Verzoek(ReferentieAanbieder=ReferentieAanbieder, RedenVerzoek=RedenVerzoek, OngewijzigdeProducten=tuple(OngewijzigdeProducten), TeWijzigenProducten=tuple(TeWijzigenProducten), NieuweProducten=tuple(NieuweProducten)), x


class Client(Struct, frozen=True, kw_only=True, gc=False):
    Bsn: str
    Verzoek: _Verzoek


_Client = Client


def read_Client(x: Element, stream: Stream) -> tuple[Client, Element]:
    x = next(stream)
    Bsn = x.text or ""
    x = next(stream)
    Verzoek, x = read_Verzoek(x, stream)
    return _Client(Bsn=Bsn, Verzoek=Verzoek), x


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
