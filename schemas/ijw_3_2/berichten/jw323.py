"""JW323 Declaratie Jeugdhulp, generated from structure.yaml."""
from __future__ import annotations
from datetime import date
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


class Client(Struct, frozen=True, kw_only=True, gc=False):
    Bsn: str
    Prestaties: tuple[Prestatie, ...]


_Client = Client


class Declaratie(Struct, frozen=True, kw_only=True, gc=False):
    DeclaratieNummer: str
    DeclaratiePeriode: basis.GeslotenPeriode
    DeclaratieDagtekening: date
    TotaalIngediendBedrag: basis.TotaalBedragMetDC
    Clienten: tuple[Client, ...]


_Declaratie = Declaratie


class Header(Struct, frozen=True, kw_only=True, gc=False):
    BerichtCode: str
    BerichtVersie: int
    BerichtSubversie: int
    Afzender: str
    Ontvanger: str
    BerichtIdentificatie: basis.BerichtIdentificatie
    XsdVersie: basis.XsdVersie


_Header = Header


class Bericht(Struct, frozen=True, kw_only=True, gc=False):
    Header: _Header
    Declaratie: _Declaratie
