"""JW323 Declaratie Jeugdhulp, generated from structure.yaml."""
from __future__ import annotations
from datetime import date
from itertools import chain
from msgspec import Struct
from schemas.ijw_3_2.berichten import basis
from schemas.ijw_3_2.berichten.basis import END, Element, Stream, as_date


class Prestatie(Struct, frozen=True, kw_only=True, gc=False):
    ProductReferentie: basis.Referentie
    ToewijzingNummer: int
    ProductCategorie: str
    ProductCode: str
    ProductPeriode: basis.GeslotenPeriode
    GeleverdVolume: int
    Eenheid: str
    ProductTarief: int | None = None
    IngediendBedrag: basis.BedragMetDC


def read_Prestatie(x: Element, stream: Stream) -> tuple[Prestatie, Element]:
    x = next(stream)
    ProductReferentie, x = basis.read_Referentie(x, stream)
    ToewijzingNummer = int(x.text or "")
    x = next(stream)
    ProductCategorie = x.text or ""
    x = next(stream)
    ProductCode = x.text or ""
    x = next(stream)
    ProductPeriode, x = basis.read_GeslotenPeriode(x, stream)
    GeleverdVolume = int(x.text or "")
    x = next(stream)
    Eenheid = x.text or ""
    x = next(stream)
    ProductTarief = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw323/schema}ProductTarief":
        ProductTarief = int(x.text or "")
        x = next(stream)
    IngediendBedrag, x = basis.read_BedragMetDC(x, stream)
    return Prestatie(ProductReferentie=ProductReferentie, ToewijzingNummer=ToewijzingNummer, ProductCategorie=ProductCategorie, ProductCode=ProductCode, ProductPeriode=ProductPeriode, GeleverdVolume=GeleverdVolume, Eenheid=Eenheid, ProductTarief=ProductTarief, IngediendBedrag=IngediendBedrag), x


class Client(Struct, frozen=True, kw_only=True, gc=False):
    Bsn: str
    Prestaties: tuple[Prestatie, ...]


_Client = Client


def read_Client(x: Element, stream: Stream) -> tuple[Client, Element]:
    x = next(stream)
    Bsn = x.text or ""
    x = next(stream)
    Prestaties: list[Prestatie] = []
    x = next(stream)
    while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw323/schema}Prestatie":
        one_Prestaties, x = read_Prestatie(x, stream)
        Prestaties.append(one_Prestaties)
    return _Client(Bsn=Bsn, Prestaties=tuple(Prestaties)), x


class Declaratie(Struct, frozen=True, kw_only=True, gc=False):
    DeclaratieNummer: str
    DeclaratiePeriode: basis.GeslotenPeriode
    DeclaratieDagtekening: date
    TotaalIngediendBedrag: basis.TotaalBedragMetDC
    Clienten: tuple[Client, ...]


_Declaratie = Declaratie


def read_Declaratie(x: Element, stream: Stream) -> tuple[Declaratie, Element]:
    x = next(stream)
    DeclaratieNummer = x.text or ""
    x = next(stream)
    DeclaratiePeriode, x = basis.read_GeslotenPeriode(x, stream)
    DeclaratieDagtekening = as_date(x.text)
    x = next(stream)
    TotaalIngediendBedrag, x = basis.read_TotaalBedragMetDC(x, stream)
    Clienten: list[Client] = []
    x = next(stream)
    while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw323/schema}Client":
        one_Clienten, x = read_Client(x, stream)
        Clienten.append(one_Clienten)
    return _Declaratie(DeclaratieNummer=DeclaratieNummer, DeclaratiePeriode=DeclaratiePeriode, DeclaratieDagtekening=DeclaratieDagtekening, TotaalIngediendBedrag=TotaalIngediendBedrag, Clienten=tuple(Clienten)), x


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
    Declaratie: _Declaratie


def read_Bericht(x: Element, stream: Stream) -> tuple[Bericht, Element]:
    x = next(stream)
    Header, x = read_Header(x, stream)
    Declaratie, x = read_Declaratie(x, stream)
    return Bericht(Header=Header, Declaratie=Declaratie), x


def read(root: Element) -> Bericht:
    stream = chain(root.iter(), (END,))
    return read_Bericht(next(stream), stream)[0]
