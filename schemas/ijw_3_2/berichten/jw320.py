"""JW320 Antwoord op verzoek retour, generated from structure.yaml."""
from __future__ import annotations
from datetime import date
from msgspec import Struct
from schemas.ijw_3_2.berichten import basis


class Woonplaatsbeginsel(Struct, frozen=True, kw_only=True, gc=False):
    Gemeente: str
    RetourCodes: tuple[str, ...]


_Woonplaatsbeginsel = Woonplaatsbeginsel


class Antwoord(Struct, frozen=True, kw_only=True, gc=False):
    ReferentieAanbieder: str
    VerzoekAntwoord: str
    RedenAfwijzingVerzoek: str | None = None
    Woonplaatsbeginsel: _Woonplaatsbeginsel | None = None
    RetourCodes: tuple[str, ...]


_Antwoord = Antwoord


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
    Antwoord: _Antwoord | None = None
