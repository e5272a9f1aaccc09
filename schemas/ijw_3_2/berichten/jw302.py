"""JW302 Toewijzing Jeugdhulp retour, generated from structure.yaml."""
from __future__ import annotations
from datetime import date
from itertools import chain
from msgspec import Struct
from schemas.ijw_3_2.berichten import basis
from schemas.ijw_3_2.berichten.basis import END, Element, Stream, as_date


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
    RetourCodes: tuple[str, ...]


def read_ToegewezenProduct(x: Element, stream: Stream) -> tuple[ToegewezenProduct, Element]:
    x = next(stream)
    ToewijzingNummer = int(x.text or "")
    x = next(stream)
    ReferentieAanbieder = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}ReferentieAanbieder":
        ReferentieAanbieder = x.text or ""
        x = next(stream)
    Product = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}Product":
        Product, x = basis.read_Product(x, stream)
    Toewijzingsdatum = as_date(x.text)
    x = next(stream)
    Toewijzingstijd = (x.text or "").strip()
    x = next(stream)
    Ingangsdatum = as_date(x.text)
    x = next(stream)
    Einddatum = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}Einddatum":
        Einddatum = as_date(x.text)
        x = next(stream)
    RedenWijziging = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}RedenWijziging":
        RedenWijziging = x.text or ""
        x = next(stream)
    Omvang = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}Omvang":
        Omvang, x = basis.read_Omvang(x, stream)
    Budget = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}Budget":
        Budget = int(x.text or "")
        x = next(stream)
    Commentaar = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}Commentaar":
        Commentaar = x.text or ""
        x = next(stream)
    RetourCodes: list[str] = []
    x = next(stream)
    while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}RetourCode":
        RetourCodes.append(x.text or "")
        x = next(stream)
    return ToegewezenProduct(ToewijzingNummer=ToewijzingNummer, ReferentieAanbieder=ReferentieAanbieder, Product=Product, Toewijzingsdatum=Toewijzingsdatum, Toewijzingstijd=Toewijzingstijd, Ingangsdatum=Ingangsdatum, Einddatum=Einddatum, RedenWijziging=RedenWijziging, Omvang=Omvang, Budget=Budget, Commentaar=Commentaar, RetourCodes=tuple(RetourCodes)), x


class Contact(Struct, frozen=True, kw_only=True, gc=False):
    Soort: str
    Adres: basis.Adres | None = None
    Organisatie: str | None = None
    Telefoon: basis.Telefoonnummers | None = None
    Emailadres: str | None = None
    Periode: basis.OpenPeriode | None = None
    RetourCodes: tuple[str, ...]


_Contact = Contact


def read_Contact(x: Element, stream: Stream) -> tuple[Contact, Element]:
    x = next(stream)
    Soort = x.text or ""
    x = next(stream)
    Adres = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}Adres":
        Adres, x = basis.read_Adres(x, stream)
    Organisatie = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}Organisatie":
        Organisatie = x.text or ""
        x = next(stream)
    Telefoon = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}Telefoon":
        Telefoon, x = basis.read_Telefoonnummers(x, stream)
    Emailadres = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}Emailadres":
        Emailadres = x.text or ""
        x = next(stream)
    Periode = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}Periode":
        Periode, x = basis.read_OpenPeriode(x, stream)
    RetourCodes: list[str] = []
    x = next(stream)
    while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}RetourCode":
        RetourCodes.append(x.text or "")
        x = next(stream)
    return _Contact(Soort=Soort, Adres=Adres, Organisatie=Organisatie, Telefoon=Telefoon, Emailadres=Emailadres, Periode=Periode, RetourCodes=tuple(RetourCodes)), x


class Relatie(Struct, frozen=True, kw_only=True, gc=False):
    Nummer: str
    Volgorde: int | None = None
    Soort: str
    Geboortedatum: basis.Geboortedatum | None = None
    Geslacht: str | None = None
    Naam: basis.VolledigeNaam
    Contact: _Contact
    RetourCodes: tuple[str, ...]


def read_Relatie(x: Element, stream: Stream) -> tuple[Relatie, Element]:
    x = next(stream)
    Nummer = x.text or ""
    x = next(stream)
    Volgorde = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}Volgorde":
        Volgorde = int(x.text or "")
        x = next(stream)
    Soort = x.text or ""
    x = next(stream)
    Geboortedatum = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}Geboortedatum":
        Geboortedatum, x = basis.read_Geboortedatum(x, stream)
    Geslacht = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}Geslacht":
        Geslacht = x.text or ""
        x = next(stream)
    Naam, x = basis.read_VolledigeNaam(x, stream)
    Contact, x = read_Contact(x, stream)
    RetourCodes: list[str] = []
    x = next(stream)
    while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}RetourCode":
        RetourCodes.append(x.text or "")
        x = next(stream)
    return Relatie(Nummer=Nummer, Volgorde=Volgorde, Soort=Soort, Geboortedatum=Geboortedatum, Geslacht=Geslacht, Naam=Naam, Contact=Contact, RetourCodes=tuple(RetourCodes)), x


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
    RetourCodes: tuple[str, ...]


_Client = Client


def read_Client(x: Element, stream: Stream) -> tuple[Client, Element]:
    x = next(stream)
    Bsn = x.text or ""
    x = next(stream)
    Geboortedatum, x = basis.read_Geboortedatum(x, stream)
    Geslacht = x.text or ""
    x = next(stream)
    Naam, x = basis.read_VolledigeNaam(x, stream)
    Communicatie = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}Communicatie":
        Communicatie, x = basis.read_Communicatie(x, stream)
    JuridischeStatus = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}JuridischeStatus":
        JuridischeStatus = x.text or ""
        x = next(stream)
    WettelijkeVertegenwoordiging = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}WettelijkeVertegenwoordiging":
        WettelijkeVertegenwoordiging = x.text or ""
        x = next(stream)
    Commentaar = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}Commentaar":
        Commentaar = x.text or ""
        x = next(stream)
    Relaties: list[Relatie] = []
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}Relaties":
        x = next(stream)
        while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}Relatie":
            one_Relaties, x = read_Relatie(x, stream)
            Relaties.append(one_Relaties)
    Contactgegevens: list[Contact] = []
    x = next(stream)
    while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}Contact":
        one_Contactgegevens, x = read_Contact(x, stream)
        Contactgegevens.append(one_Contactgegevens)
    ToegewezenProducten: list[ToegewezenProduct] = []
    x = next(stream)
    while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}ToegewezenProduct":
        one_ToegewezenProducten, x = read_ToegewezenProduct(x, stream)
        ToegewezenProducten.append(one_ToegewezenProducten)
    RetourCodes: list[str] = []
    x = next(stream)
    while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}RetourCode":
        RetourCodes.append(x.text or "")
        x = next(stream)
    return _Client(Bsn=Bsn, Geboortedatum=Geboortedatum, Geslacht=Geslacht, Naam=Naam, Communicatie=Communicatie, JuridischeStatus=JuridischeStatus, WettelijkeVertegenwoordiging=WettelijkeVertegenwoordiging, Commentaar=Commentaar, Relaties=tuple(Relaties), Contactgegevens=tuple(Contactgegevens), ToegewezenProducten=tuple(ToegewezenProducten), RetourCodes=tuple(RetourCodes)), x


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
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}XsltVersie":
        XsltVersie = x.text or ""
        x = next(stream)
    XsdVersieRetour, x = basis.read_XsdVersie(x, stream)
    RetourCodes: list[str] = []
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}RetourCodes":
        x = next(stream)
        while x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}RetourCode":
            RetourCodes.append(x.text or "")
            x = next(stream)
    return _Header(BerichtCode=BerichtCode, BerichtVersie=BerichtVersie, BerichtSubversie=BerichtSubversie, Afzender=Afzender, Ontvanger=Ontvanger, BerichtIdentificatie=BerichtIdentificatie, XsdVersie=XsdVersie, IdentificatieRetour=IdentificatieRetour, DagtekeningRetour=DagtekeningRetour, XsltVersie=XsltVersie, XsdVersieRetour=XsdVersieRetour, RetourCodes=tuple(RetourCodes)), x


class Bericht(Struct, frozen=True, kw_only=True, gc=False):
    Header: _Header
    Client: _Client | None = None


def read_Bericht(x: Element, stream: Stream) -> tuple[Bericht, Element]:
    x = next(stream)
    Header, x = read_Header(x, stream)
    Client = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}Client":
        Client, x = read_Client(x, stream)
    return Bericht(Header=Header, Client=Client), x


def read(root: Element) -> Bericht:
    stream = chain(root.iter(), (END,))
    return read_Bericht(next(stream), stream)[0]
