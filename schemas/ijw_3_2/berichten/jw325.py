"""JW325 Declaratie-antwoord Jeugdhulp, generated from structure.yaml."""
from __future__ import annotations
from itertools import chain
from msgspec import Struct
from schemas.ijw_3_2.berichten import basis
from schemas.ijw_3_2.berichten.basis import END, Element, Stream


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
    RetourCodes: tuple[str, ...]


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
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw325/schema}ProductTarief":
        ProductTarief = int(x.text or "")
        x = next(stream)
    IngediendBedrag, x = basis.read_BedragMetDC(x, stream)
    RetourCodes: list[str] = []
    x = next(stream)
    while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw325/schema}RetourCode":
        RetourCodes.append(x.text or "")
        x = next(stream)
    return Prestatie(ProductReferentie=ProductReferentie, ToewijzingNummer=ToewijzingNummer, ProductCategorie=ProductCategorie, ProductCode=ProductCode, ProductPeriode=ProductPeriode, GeleverdVolume=GeleverdVolume, Eenheid=Eenheid, ProductTarief=ProductTarief, IngediendBedrag=IngediendBedrag, RetourCodes=tuple(RetourCodes)), x


class Client(Struct, frozen=True, kw_only=True, gc=False):
    Bsn: str
    Prestaties: tuple[Prestatie, ...]
    RetourCodes: tuple[str, ...]


_Client = Client


def read_Client(x: Element, stream: Stream) -> tuple[Client, Element]:
    x = next(stream)
    Bsn = x.text or ""
    x = next(stream)
    Prestaties: list[Prestatie] = []
    x = next(stream)
    while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw325/schema}Prestatie":
        one_Prestaties, x = read_Prestatie(x, stream)
        Prestaties.append(one_Prestaties)
    RetourCodes: list[str] = []
    x = next(stream)
    while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw325/schema}RetourCode":
        RetourCodes.append(x.text or "")
        x = next(stream)
    return _Client(Bsn=Bsn, Prestaties=tuple(Prestaties), RetourCodes=tuple(RetourCodes)), x


class DeclaratieAntwoord(Struct, frozen=True, kw_only=True, gc=False):
    DeclaratieNummer: str
    TotaalIngediendBedrag: basis.TotaalBedragMetDC
    TotaalToegekendBedrag: basis.TotaalBedragMetDC
    Clienten: tuple[Client, ...] = ()
    RetourCodes: tuple[str, ...]


_DeclaratieAntwoord = DeclaratieAntwoord


def read_DeclaratieAntwoord(x: Element, stream: Stream) -> tuple[DeclaratieAntwoord, Element]:
    x = next(stream)
    DeclaratieNummer = x.text or ""
    x = next(stream)
    TotaalIngediendBedrag, x = basis.read_TotaalBedragMetDC(x, stream)
    TotaalToegekendBedrag, x = basis.read_TotaalBedragMetDC(x, stream)
    Clienten: list[Client] = []
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw325/schema}Clienten":
        x = next(stream)
        while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw325/schema}Client":
            one_Clienten, x = read_Client(x, stream)
            Clienten.append(one_Clienten)
    RetourCodes: list[str] = []
    x = next(stream)
    while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw325/schema}RetourCode":
        RetourCodes.append(x.text or "")
        x = next(stream)
    return _DeclaratieAntwoord(DeclaratieNummer=DeclaratieNummer, TotaalIngediendBedrag=TotaalIngediendBedrag, TotaalToegekendBedrag=TotaalToegekendBedrag, Clienten=tuple(Clienten), RetourCodes=tuple(RetourCodes)), x


class Header(Struct, frozen=True, kw_only=True, gc=False):
    BerichtCode: str
    BerichtVersie: int
    BerichtSubversie: int
    Afzender: str
    Ontvanger: str
    BerichtIdentificatie: basis.BerichtIdentificatie
    XsdVersie: basis.XsdVersie
    DeclaratieIdentificatie: basis.BerichtIdentificatie
    XsltVersie: str | None = None
    XsdVersieDeclaratie: basis.XsdVersie
    RetourCodes: tuple[str, ...]


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
    DeclaratieIdentificatie, x = basis.read_BerichtIdentificatie(x, stream)
    XsltVersie = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw325/schema}XsltVersie":
        XsltVersie = x.text or ""
        x = next(stream)
    XsdVersieDeclaratie, x = basis.read_XsdVersie(x, stream)
    RetourCodes: list[str] = []
    x = next(stream)
    while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw325/schema}RetourCode":
        RetourCodes.append(x.text or "")
        x = next(stream)
    return _Header(BerichtCode=BerichtCode, BerichtVersie=BerichtVersie, BerichtSubversie=BerichtSubversie, Afzender=Afzender, Ontvanger=Ontvanger, BerichtIdentificatie=BerichtIdentificatie, XsdVersie=XsdVersie, DeclaratieIdentificatie=DeclaratieIdentificatie, XsltVersie=XsltVersie, XsdVersieDeclaratie=XsdVersieDeclaratie, RetourCodes=tuple(RetourCodes)), x


class Bericht(Struct, frozen=True, kw_only=True, gc=False):
    Header: _Header
    DeclaratieAntwoord: _DeclaratieAntwoord | None = None


def read_Bericht(x: Element, stream: Stream) -> tuple[Bericht, Element]:
    x = next(stream)
    Header, x = read_Header(x, stream)
    DeclaratieAntwoord = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw325/schema}DeclaratieAntwoord":
        DeclaratieAntwoord, x = read_DeclaratieAntwoord(x, stream)
    return Bericht(Header=Header, DeclaratieAntwoord=DeclaratieAntwoord), x


def read(root: Element) -> Bericht:
    stream = chain(root.iter(), (END,))
    return read_Bericht(next(stream), stream)[0]
