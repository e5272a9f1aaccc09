"""JW325 Declaratie-antwoord Jeugdhulp, generated from structure.yaml."""
from __future__ import annotations
from msgspec import Struct
from schemas.ijw_3_2.berichten import basis


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


class Client(Struct, frozen=True, kw_only=True, gc=False):
    Bsn: str
    Prestaties: tuple[Prestatie, ...]
    RetourCodes: tuple[str, ...]


_Client = Client


class DeclaratieAntwoord(Struct, frozen=True, kw_only=True, gc=False):
    DeclaratieNummer: str
    TotaalIngediendBedrag: basis.TotaalBedragMetDC
    TotaalToegekendBedrag: basis.TotaalBedragMetDC
    Clienten: tuple[Client, ...] = ()
    RetourCodes: tuple[str, ...]


_DeclaratieAntwoord = DeclaratieAntwoord


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


class Bericht(Struct, frozen=True, kw_only=True, gc=False):
    Header: _Header
    DeclaratieAntwoord: _DeclaratieAntwoord | None = None
