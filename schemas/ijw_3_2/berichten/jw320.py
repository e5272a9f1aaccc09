"""JW320 Antwoord op verzoek retour, generated from structure.yaml."""
from __future__ import annotations
from datetime import date
from itertools import chain
from msgspec import Struct
from schemas.ijw_3_2.berichten import basis
from schemas.ijw_3_2.berichten.basis import END, Element, Stream, as_date


class Woonplaatsbeginsel(Struct, frozen=True, kw_only=True, gc=False):
    Gemeente: str
    RetourCodes: tuple[str, ...]


_Woonplaatsbeginsel = Woonplaatsbeginsel


def read_Woonplaatsbeginsel(x: Element, stream: Stream) -> tuple[Woonplaatsbeginsel, Element]:
    x = next(stream)
    Gemeente = x.text or ""
    x = next(stream)
    RetourCodes: list[str] = []
    x = next(stream)
    while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw320/schema}RetourCode":
        RetourCodes.append(x.text or "")
        x = next(stream)
    return _Woonplaatsbeginsel(Gemeente=Gemeente, RetourCodes=tuple(RetourCodes)), x


class Antwoord(Struct, frozen=True, kw_only=True, gc=False):
    ReferentieAanbieder: str
    VerzoekAntwoord: str
    RedenAfwijzingVerzoek: str | None = None
    Woonplaatsbeginsel: _Woonplaatsbeginsel | None = None
    RetourCodes: tuple[str, ...]


_Antwoord = Antwoord


def read_Antwoord(x: Element, stream: Stream) -> tuple[Antwoord, Element]:
    x = next(stream)
    ReferentieAanbieder = x.text or ""
    x = next(stream)
    VerzoekAntwoord = x.text or ""
    x = next(stream)
    RedenAfwijzingVerzoek = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw320/schema}RedenAfwijzingVerzoek":
        RedenAfwijzingVerzoek = x.text or ""
        x = next(stream)
    Woonplaatsbeginsel = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw320/schema}Woonplaatsbeginsel":
        Woonplaatsbeginsel, x = read_Woonplaatsbeginsel(x, stream)
    RetourCodes: list[str] = []
    x = next(stream)
    while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw320/schema}RetourCode":
        RetourCodes.append(x.text or "")
        x = next(stream)
    return _Antwoord(ReferentieAanbieder=ReferentieAanbieder, VerzoekAntwoord=VerzoekAntwoord, RedenAfwijzingVerzoek=RedenAfwijzingVerzoek, Woonplaatsbeginsel=Woonplaatsbeginsel, RetourCodes=tuple(RetourCodes)), x


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
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw320/schema}XsltVersie":
        XsltVersie = x.text or ""
        x = next(stream)
    XsdVersieRetour, x = basis.read_XsdVersie(x, stream)
    RetourCodes: list[str] = []
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw320/schema}RetourCodes":
        x = next(stream)
        while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw320/schema}RetourCode":
            RetourCodes.append(x.text or "")
            x = next(stream)
    return _Header(BerichtCode=BerichtCode, BerichtVersie=BerichtVersie, BerichtSubversie=BerichtSubversie, Afzender=Afzender, Ontvanger=Ontvanger, BerichtIdentificatie=BerichtIdentificatie, XsdVersie=XsdVersie, IdentificatieRetour=IdentificatieRetour, DagtekeningRetour=DagtekeningRetour, XsltVersie=XsltVersie, XsdVersieRetour=XsdVersieRetour, RetourCodes=tuple(RetourCodes)), x


class Bericht(Struct, frozen=True, kw_only=True, gc=False):
    Header: _Header
    Antwoord: _Antwoord | None = None


def read_Bericht(x: Element, stream: Stream) -> tuple[Bericht, Element]:
    x = next(stream)
    Header, x = read_Header(x, stream)
    Antwoord = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw320/schema}Antwoord":
        Antwoord, x = read_Antwoord(x, stream)
    return Bericht(Header=Header, Antwoord=Antwoord), x


def read(root: Element) -> Bericht:
    stream = chain(root.iter(), (END,))
    return read_Bericht(next(stream), stream)[0]
