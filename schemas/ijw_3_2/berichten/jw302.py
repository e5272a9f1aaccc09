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
        x = next(stream)
        Product_Categorie = x.text or ""
        x = next(stream)
        Product_Code = None
        if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Code":
            Product_Code = x.text or ""
            x = next(stream)
        Product = basis.Product(Categorie=Product_Categorie, Code=Product_Code)
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
        x = next(stream)
        Omvang_Volume = int(x.text or "")
        x = next(stream)
        Omvang_Eenheid = x.text or ""
        x = next(stream)
        Omvang_Frequentie = x.text or ""
        x = next(stream)
        Omvang = basis.Omvang(Volume=Omvang_Volume, Eenheid=Omvang_Eenheid, Frequentie=Omvang_Frequentie)
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
        x = next(stream)
        Adres_Huis = None
        if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Huis":
            x = next(stream)
            Adres_Huis_Huisnummer = int(x.text or "")
            x = next(stream)
            Adres_Huis_Huisletter = None
            if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Huisletter":
                Adres_Huis_Huisletter = x.text or ""
                x = next(stream)
            Adres_Huis_HuisnummerToevoeging = None
            if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}HuisnummerToevoeging":
                Adres_Huis_HuisnummerToevoeging = x.text or ""
                x = next(stream)
            Adres_Huis_AanduidingWoonadres = None
            if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}AanduidingWoonadres":
                Adres_Huis_AanduidingWoonadres = x.text or ""
                x = next(stream)
            Adres_Huis = basis.Huis(Huisnummer=Adres_Huis_Huisnummer, Huisletter=Adres_Huis_Huisletter, HuisnummerToevoeging=Adres_Huis_HuisnummerToevoeging, AanduidingWoonadres=Adres_Huis_AanduidingWoonadres)
        Adres_Postcode = None
        if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Postcode":
            Adres_Postcode = x.text or ""
            x = next(stream)
        Adres_Straatnaam = None
        if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Straatnaam":
            Adres_Straatnaam = x.text or ""
            x = next(stream)
        Adres_Plaatsnaam = None
        if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Plaatsnaam":
            Adres_Plaatsnaam = x.text or ""
            x = next(stream)
        Adres_LandCode = None
        if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}LandCode":
            Adres_LandCode = x.text or ""
            x = next(stream)
        Adres = basis.Adres(Huis=Adres_Huis, Postcode=Adres_Postcode, Straatnaam=Adres_Straatnaam, Plaatsnaam=Adres_Plaatsnaam, LandCode=Adres_LandCode)
    Organisatie = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}Organisatie":
        Organisatie = x.text or ""
        x = next(stream)
    Telefoon = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}Telefoon":
        x = next(stream)
        x = next(stream)
        Telefoon_Telefoon01_Telefoonnummer = x.text or ""
        x = next(stream)
        Telefoon_Telefoon01_Landnummer = x.text or ""
        x = next(stream)
        Telefoon_Telefoon01 = basis.Telefoon(Telefoonnummer=Telefoon_Telefoon01_Telefoonnummer, Landnummer=Telefoon_Telefoon01_Landnummer)
        Telefoon_Telefoon02 = None
        if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Telefoon02":
            x = next(stream)
            Telefoon_Telefoon02_Telefoonnummer = x.text or ""
            x = next(stream)
            Telefoon_Telefoon02_Landnummer = x.text or ""
            x = next(stream)
            Telefoon_Telefoon02 = basis.Telefoon(Telefoonnummer=Telefoon_Telefoon02_Telefoonnummer, Landnummer=Telefoon_Telefoon02_Landnummer)
        Telefoon = basis.Telefoonnummers(Telefoon01=Telefoon_Telefoon01, Telefoon02=Telefoon_Telefoon02)
    Emailadres = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}Emailadres":
        Emailadres = x.text or ""
        x = next(stream)
    Periode = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}Periode":
        x = next(stream)
        Periode_Begindatum = None
        if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Begindatum":
            Periode_Begindatum = as_date(x.text)
            x = next(stream)
        Periode_Einddatum = None
        if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Einddatum":
            Periode_Einddatum = as_date(x.text)
            x = next(stream)
        Periode = basis.OpenPeriode(Begindatum=Periode_Begindatum, Einddatum=Periode_Einddatum)
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
        x = next(stream)
        Geboortedatum_Datum = as_date(x.text)
        x = next(stream)
        Geboortedatum_DatumGebruik = None
        if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}DatumGebruik":
            Geboortedatum_DatumGebruik = x.text or ""
            x = next(stream)
        Geboortedatum = basis.Geboortedatum(Datum=Geboortedatum_Datum, DatumGebruik=Geboortedatum_DatumGebruik)
    Geslacht = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}Geslacht":
        Geslacht = x.text or ""
        x = next(stream)
    x = next(stream)
    x = next(stream)
    Naam_Geslachtsnaam_Achternaam = x.text or ""
    x = next(stream)
    Naam_Geslachtsnaam_Voorvoegsel = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Voorvoegsel":
        Naam_Geslachtsnaam_Voorvoegsel = x.text or ""
        x = next(stream)
    Naam_Geslachtsnaam = basis.Achternaam(Achternaam=Naam_Geslachtsnaam_Achternaam, Voorvoegsel=Naam_Geslachtsnaam_Voorvoegsel)
    Naam_Partnernaam = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Partnernaam":
        x = next(stream)
        Naam_Partnernaam_Achternaam = x.text or ""
        x = next(stream)
        Naam_Partnernaam_Voorvoegsel = None
        if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Voorvoegsel":
            Naam_Partnernaam_Voorvoegsel = x.text or ""
            x = next(stream)
        Naam_Partnernaam = basis.Achternaam(Achternaam=Naam_Partnernaam_Achternaam, Voorvoegsel=Naam_Partnernaam_Voorvoegsel)
    Naam_Voornamen = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Voornamen":
        Naam_Voornamen = x.text or ""
        x = next(stream)
    Naam_Voorletters = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Voorletters":
        Naam_Voorletters = x.text or ""
        x = next(stream)
    Naam_NaamGebruik = x.text or ""
    x = next(stream)
    Naam = basis.VolledigeNaam(Geslachtsnaam=Naam_Geslachtsnaam, Partnernaam=Naam_Partnernaam, Voornamen=Naam_Voornamen, Voorletters=Naam_Voorletters, NaamGebruik=Naam_NaamGebruik)
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
    x = next(stream)
    Geboortedatum_Datum = as_date(x.text)
    x = next(stream)
    Geboortedatum_DatumGebruik = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}DatumGebruik":
        Geboortedatum_DatumGebruik = x.text or ""
        x = next(stream)
    Geboortedatum = basis.Geboortedatum(Datum=Geboortedatum_Datum, DatumGebruik=Geboortedatum_DatumGebruik)
    Geslacht = x.text or ""
    x = next(stream)
    x = next(stream)
    x = next(stream)
    Naam_Geslachtsnaam_Achternaam = x.text or ""
    x = next(stream)
    Naam_Geslachtsnaam_Voorvoegsel = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Voorvoegsel":
        Naam_Geslachtsnaam_Voorvoegsel = x.text or ""
        x = next(stream)
    Naam_Geslachtsnaam = basis.Achternaam(Achternaam=Naam_Geslachtsnaam_Achternaam, Voorvoegsel=Naam_Geslachtsnaam_Voorvoegsel)
    Naam_Partnernaam = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Partnernaam":
        x = next(stream)
        Naam_Partnernaam_Achternaam = x.text or ""
        x = next(stream)
        Naam_Partnernaam_Voorvoegsel = None
        if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Voorvoegsel":
            Naam_Partnernaam_Voorvoegsel = x.text or ""
            x = next(stream)
        Naam_Partnernaam = basis.Achternaam(Achternaam=Naam_Partnernaam_Achternaam, Voorvoegsel=Naam_Partnernaam_Voorvoegsel)
    Naam_Voornamen = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Voornamen":
        Naam_Voornamen = x.text or ""
        x = next(stream)
    Naam_Voorletters = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Voorletters":
        Naam_Voorletters = x.text or ""
        x = next(stream)
    Naam_NaamGebruik = x.text or ""
    x = next(stream)
    Naam = basis.VolledigeNaam(Geslachtsnaam=Naam_Geslachtsnaam, Partnernaam=Naam_Partnernaam, Voornamen=Naam_Voornamen, Voorletters=Naam_Voorletters, NaamGebruik=Naam_NaamGebruik)
    Communicatie = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}Communicatie":
        x = next(stream)
        Communicatie_Vorm = x.text or ""
        x = next(stream)
        Communicatie_Taal = None
        if x.tag == "{http://www.istandaarden.nl/ijw/3_2/basisschema/schema}Taal":
            Communicatie_Taal = x.text or ""
            x = next(stream)
        Communicatie = basis.Communicatie(Vorm=Communicatie_Vorm, Taal=Communicatie_Taal)
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
    x = next(stream)
    BerichtIdentificatie_Identificatie = x.text or ""
    x = next(stream)
    BerichtIdentificatie_Dagtekening = as_date(x.text)
    x = next(stream)
    BerichtIdentificatie = basis.BerichtIdentificatie(Identificatie=BerichtIdentificatie_Identificatie, Dagtekening=BerichtIdentificatie_Dagtekening)
    x = next(stream)
    XsdVersie_BasisschemaXsdVersie = x.text or ""
    x = next(stream)
    XsdVersie_BerichtXsdVersie = x.text or ""
    x = next(stream)
    XsdVersie = basis.XsdVersie(BasisschemaXsdVersie=XsdVersie_BasisschemaXsdVersie, BerichtXsdVersie=XsdVersie_BerichtXsdVersie)
    IdentificatieRetour = x.text or ""
    x = next(stream)
    DagtekeningRetour = as_date(x.text)
    x = next(stream)
    XsltVersie = None
    if x.tag == "{http://www.istandaarden.nl/ijw/3_2/jw302/schema}XsltVersie":
        XsltVersie = x.text or ""
        x = next(stream)
    x = next(stream)
    XsdVersieRetour_BasisschemaXsdVersie = x.text or ""
    x = next(stream)
    XsdVersieRetour_BerichtXsdVersie = x.text or ""
    x = next(stream)
    XsdVersieRetour = basis.XsdVersie(BasisschemaXsdVersie=XsdVersieRetour_BasisschemaXsdVersie, BerichtXsdVersie=XsdVersieRetour_BerichtXsdVersie)
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
