"""JW316 Verzoek om toewijzing Jeugdhulp retour, generated from structure.yaml."""
from __future__ import annotations
from datetime import date
from msgspec import Struct
from schemas.ijw_3_2.berichten import basis


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
    RetourCodes: tuple[str, ...]


class Client(Struct, frozen=True, kw_only=True, gc=False):
    Bsn: str
    Geboortedatum: basis.Geboortedatum
    Geslacht: str
    Naam: basis.VerkorteNaam
    GezagsdragerBekend: str | None = None
    Commentaar: str | None = None
    AangevraagdeProducten: tuple[AangevraagdProduct, ...]
    RetourCodes: tuple[str, ...]


_Client = Client


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


class Bericht(Struct, frozen=True, kw_only=True, gc=False):
    Header: _Header
    Client: _Client | None = None
