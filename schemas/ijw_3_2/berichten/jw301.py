"""JW301 Toewijzing Jeugdhulp, generated from structure.yaml."""
from __future__ import annotations
from datetime import date
from msgspec import Struct
from schemas.ijw_3_2.berichten import basis


class ToegewezenProduct(Struct, frozen=True, kw_only=True, gc=False):
    ToewijzingNummer: int
    ReferentieAanbieder: str | None = None
    Product: basis.Product | None = None
    Toewijzingsdatum: date
    Toewijzingstijd: str
    Ingangsdatum: date
    Einddatum: date | None = None
    RedenWijziging: str | None = None
    Omvang: basis.Omvang | None = None
    Budget: int | None = None
    Commentaar: str | None = None


class Contact(Struct, frozen=True, kw_only=True, gc=False):
    Soort: str
    Adres: basis.Adres | None = None
    Organisatie: str | None = None
    Telefoon: basis.Telefoonnummers | None = None
    Emailadres: str | None = None
    Periode: basis.OpenPeriode | None = None


_Contact = Contact


class Relatie(Struct, frozen=True, kw_only=True, gc=False):
    Nummer: str
    Volgorde: int | None = None
    Soort: str
    Geboortedatum: basis.Geboortedatum | None = None
    Geslacht: str | None = None
    Naam: basis.VolledigeNaam
    Contact: _Contact


class Client(Struct, frozen=True, kw_only=True, gc=False):
    Bsn: str
    Geboortedatum: basis.Geboortedatum
    Geslacht: str
    Naam: basis.VolledigeNaam
    Communicatie: basis.Communicatie | None = None
    JuridischeStatus: str | None = None
    WettelijkeVertegenwoordiging: str | None = None
    Commentaar: str | None = None
    Relaties: tuple[Relatie, ...] = ()
    Contactgegevens: tuple[Contact, ...]
    ToegewezenProducten: tuple[ToegewezenProduct, ...]


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
