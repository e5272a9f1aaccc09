"""JW317 Verzoek om wijziging Jeugdhulp, generated from structure.yaml."""
from __future__ import annotations
from datetime import date
from msgspec import Struct
from schemas.ijw_3_2.berichten import basis


class NieuwProduct(Struct, frozen=True, kw_only=True, gc=False):
    Product: basis.Product | None = None
    GewensteIngangsdatum: date
    Einddatum: date | None = None
    Omvang: basis.Omvang | None = None
    Budget: int | None = None


class TeWijzigenProduct(Struct, frozen=True, kw_only=True, gc=False):
    ToewijzingNummer: int
    GewensteIngangsdatum: date
    Einddatum: date | None = None
    Omvang: basis.Omvang | None = None
    Budget: int | None = None


class OngewijzigdProduct(Struct, frozen=True, kw_only=True, gc=False):
    ToewijzingNummer: int


class Verzoek(Struct, frozen=True, kw_only=True, gc=False):
    ReferentieAanbieder: str
    RedenVerzoek: str
    OngewijzigdeProducten: tuple[OngewijzigdProduct, ...] = ()
    TeWijzigenProducten: tuple[TeWijzigenProduct, ...] = ()
    NieuweProducten: tuple[NieuwProduct, ...] = ()


_Verzoek = Verzoek


class Client(Struct, frozen=True, kw_only=True, gc=False):
    Bsn: str
    Verzoek: _Verzoek


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
