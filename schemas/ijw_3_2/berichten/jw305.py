"""JW305 Start Jeugdhulp, generated from structure.yaml."""
from __future__ import annotations
from datetime import date
from msgspec import Struct
from schemas.ijw_3_2.berichten import basis


class StartProduct(Struct, frozen=True, kw_only=True, gc=False):
    ToewijzingNummer: int | None = None
    Product: basis.Product | None = None
    ToewijzingIngangsdatum: date | None = None
    Begindatum: date
    StatusAanlevering: str


class Client(Struct, frozen=True, kw_only=True, gc=False):
    Bsn: str
    Geboortedatum: basis.Geboortedatum
    Geslacht: str
    Naam: basis.VerkorteNaam
    StartProducten: tuple[StartProduct, ...]


_Client = Client


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
    Client: _Client
