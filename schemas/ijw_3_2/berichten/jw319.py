"""JW319 Antwoord op verzoek, generated from structure.yaml."""
from __future__ import annotations
from msgspec import Struct
from schemas.ijw_3_2.berichten import basis


class Woonplaatsbeginsel(Struct, frozen=True, kw_only=True, gc=False):
    Gemeente: str


_Woonplaatsbeginsel = Woonplaatsbeginsel


class Antwoord(Struct, frozen=True, kw_only=True, gc=False):
    ReferentieAanbieder: str
    VerzoekAntwoord: str
    RedenAfwijzingVerzoek: str | None = None
    Woonplaatsbeginsel: _Woonplaatsbeginsel | None = None


_Antwoord = Antwoord


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
    Antwoord: _Antwoord
