"""The Dutch words of the region picture: of its tables, of its dimensions and of what messages cannot tell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from streams.core.regions import Monitoring

CENTS, PERCENT, YOUTHS, DAYS, SIGNAL = "eurocent", "%", "jeugdigen", "dagen", "signaal"
HOURS, MINUTES = "uren", "minuten"


class Text(Struct, frozen=True):
    """What a table is called, its definition in one sentence, and its unit."""

    title: str
    about: str
    unit: str


_BY_PROVIDER = "per aanbieder"
TEXTS: Mapping[str, Text] = {
    "in-zorg": Text(
        "Jeugdigen in zorg",
        "Jeugdigen van wie op minstens één dag van de periode een traject liep of tijdelijk was onderbroken.",
        YOUTHS,
    ),
    "in-zorg-aanbieder": Text(
        f"Jeugdigen in zorg {_BY_PROVIDER}",
        "Jeugdigen met een lopend of onderbroken traject bij deze aanbieder op minstens één dag van de periode.",
        YOUTHS,
    ),
    "stand": Text("Stand op de laatste dag", "Jeugdigen die op de laatste dag van de periode in zorg waren.", YOUTHS),
    "stand-maand": Text(
        "Stand per maand", "Jeugdigen die op de laatste dag van de maand in zorg waren, in de hele regio.", YOUTHS
    ),
    "aandeel": Text(
        "Aandeel in zorg",
        "Jeugdigen in zorg in de periode als deel van de inwoners onder de 23, in het jaar waarin de periode eindigt.",
        PERCENT,
    ),
    "instroom": Text(
        "Instroom",
        "Jeugdigen van wie in de periode een traject begon en die in de 31 dagen daarvoor niet in zorg waren.",
        YOUTHS,
    ),
    "instroom-maand": Text("Instroom per maand", "Instroom van elke maand, in de hele regio.", YOUTHS),
    "instroom-aanbieder": Text(
        f"Instroom {_BY_PROVIDER}",
        "Jeugdigen van wie in de periode een traject begon bij deze aanbieder en die daar in de 31 dagen daarvoor niet "
        "in zorg waren.",
        YOUTHS,
    ),
    "uitstroom": Text(
        "Uitstroom",
        "Jeugdigen van wie in de periode, of op de dag ervoor, een traject eindigde en die op de laatste dag niet meer "
        "in zorg waren.",
        YOUTHS,
    ),
    "uitstroom-maand": Text("Uitstroom per maand", "Uitstroom van elke maand, in de hele regio.", YOUTHS),
    "uitstroom-aanbieder": Text(
        f"Uitstroom {_BY_PROVIDER}",
        "Jeugdigen van wie in de periode, of op de dag ervoor, een traject bij deze aanbieder eindigde en die daar op "
        "de laatste dag niet meer in zorg waren.",
        YOUTHS,
    ),
    "doorlooptijd": Text(
        "Gemiddelde doorlooptijd",
        "Dagen van de eerste begindatum tot en met het einde, van trajecten die in de periode eindigden; "
        "onderbrekingen tellen mee.",
        DAYS,
    ),
    "beeindiging": Text(
        "Beëindigde trajecten naar reden",
        "Trajecten waarvan in de periode een stopbericht het einde meldde, naar de reden in dat bericht.",
        "trajecten",
    ),
    "einde": Text(
        "Hoe trajecten eindigden",
        "Beëindigde trajecten: volgens plan (31), voortijdig (32 tot en met 35), en om een andere reden.",
        "trajecten",
    ),
    "beeindiging-segment": Text(
        "Beëindigde trajecten naar reden en segment",
        "Trajecten waarvan in de periode een stopbericht het einde meldde, naar de reden in dat bericht.",
        "trajecten",
    ),
    "terugkeer": Text(
        "Terugkeer",
        "Deel van de in de periode beëindigde trajecten (reden 31 tot en met 35) waarna de jeugdige zonder zorg was en "
        "binnen de ingestelde termijn terugkwam, overstappen niet meegeteld.",
        PERCENT,
    ),
    "kosten": Text(
        "Kosten",
        "Toegekende declaratieregels min toegekende creditregels, van productperiodes die in de periode beginnen.",
        CENTS,
    ),
    "kosten-per-traject": Text(
        "Kosten per traject", "Kosten gedeeld door het aantal trajecten met zo'n declaratieregel.", CENTS
    ),
    "kosten-jaar-eerder": Text("Kosten een jaar eerder", "De kosten van dezelfde periode een jaar eerder.", CENTS),
    "per-traject-jaar-eerder": Text(
        "Kosten per traject een jaar eerder", "De kosten per traject van dezelfde periode een jaar eerder.", CENTS
    ),
    "kosten-aanbieder": Text(f"Kosten {_BY_PROVIDER}", "De kosten van de periode bij deze aanbieder.", CENTS),
    "kosten-maand": Text(
        "Kosten per maand", "De kosten naar de maand waarin de productperiode begint, in de hele regio.", CENTS
    ),
    "verwijzers": Text(
        "Verwijzers",
        "Producten die in de periode zijn aangevraagd, naar soort verwijzer, en toewijzingen zonder zo'n verzoek.",
        "producten",
    ),
    "wachtenden": Text(
        "Wachtenden",
        "Wachtplaatsen op de laatste dag van de periode, per fase; een jeugdige kan vaker dan eens wachten.",
        "wachtplaatsen",
    ),
    "wachtenden-netto": Text(
        "Wachtenden zonder andere zorg",
        "Wachtplaatsen op de laatste dag van jeugdigen bij wie dan geen ander traject loopt.",
        "wachtplaatsen",
    ),
    "wachtenden-overbrugd": Text(
        "Wachtenden met andere zorg",
        "Wachtplaatsen op de laatste dag van jeugdigen bij wie dan een ander traject loopt.",
        "wachtplaatsen",
    ),
    "wachtduur": Text(
        "Wachtenden naar duur",
        "Wachtplaatsen op de laatste dag, naar het aantal dagen dat zij al duren.",
        "wachtplaatsen",
    ),
    "wachtenden-aanbieder": Text(
        f"Wachtenden {_BY_PROVIDER}", "Wachtplaatsen op de laatste dag bij deze aanbieder.", "wachtplaatsen"
    ),
    "buiten-wachttijd": Text(
        "Buiten de wachttijd",
        "Wachtplaatsen die in de periode zonder wachttijd eindigden of begonnen: afgewezen, vervallen, toegewezen met "
        "terugwerkende kracht of verwijderd.",
        "wachtplaatsen",
    ),
    "wachttijd": Text("Gemiddelde wachttijd", "Gemiddelde van wie in de periode klaar was met wachten.", DAYS),
    "wachttijd-netto": Text(
        "Gemiddelde wachttijd zonder andere zorg",
        "Gemiddelde van wie in de periode klaar was met wachten en bij wie toen geen ander traject liep.",
        DAYS,
    ),
    "wachttijd-mediaan": Text(
        "Mediane wachttijd",
        "Na zoveel dagen is de helft klaar met wachten; geschat (Kaplan-Meier) met wie nog wacht erbij.",
        DAYS,
    ),
    "binnen-norm": Text(
        "Binnen de norm", "Deel van wie in de periode klaar was met wachten dat binnen de norm bleef.", PERCENT
    ),
    "boven-norm": Text(
        "Wachtenden boven de norm", "Wachtplaatsen op de laatste dag die al langer duren dan de norm.", "wachtplaatsen"
    ),
    "langer-dan-norm": Text(
        "Geschat deel boven de norm",
        "Deel dat langer wacht dan de norm; geschat (Kaplan-Meier) met wie nog wacht erbij.",
        PERCENT,
    ),
    "verblijf": Text(
        "Jeugdigen met verblijf",
        "Jeugdigen in zorg met verblijf (categorie 43 of 44) op minstens één dag van de periode.",
        YOUTHS,
    ),
    "verblijf-nieuw": Text(
        "Nieuw in verblijf",
        "Jeugdigen van wie in de periode een traject met verblijf begon en die in de 31 dagen daarvoor geen verblijf "
        "hadden.",
        YOUTHS,
    ),
    "zeventien-en-half": Text(
        "Zeventien en een half",
        "Jeugdigen in zorg op de laatste dag van de periode die minstens 17 jaar en 6 maanden zijn en nog geen 18.",
        YOUTHS,
    ),
    "zeventien-zonder-vervolg": Text(
        "Zeventien en een half zonder vervolg",
        "Van hen de jeugdigen van wie geen toewijzing doorloopt na de maand waarin zij 18 worden.",
        YOUTHS,
    ),
    "zeventien-met-vervolg": Text(
        "Zeventien en een half met vervolg",
        "Van hen de jeugdigen van wie een toewijzing doorloopt na de maand waarin zij 18 worden.",
        YOUTHS,
    ),
    "achttien-zonder-vervolg": Text(
        "Achttien zonder vervolg",
        "Jeugdigen die in de periode 18 werden, in zorg waren en van wie geen toewijzing daarna doorloopt.",
        YOUTHS,
    ),
    "signalen": Text(
        "Signalen over aanbieders",
        "Aanbieders van wie de laatste weken duidelijk afwijken van hun eigen verleden, over alle gemeenten.",
        SIGNAL,
    ),
    "signalen-bewijs": Text(
        "Waarop signalen berusten",
        "Van elk signaal hoe vaak het in de laatste weken is gezien, hoe vaak dat naar het eigen verleden te "
        "verwachten was, en eens in de hoeveel keer zo'n verschil door toeval komt (hoogstens een miljoen).",
        "aantal",
    ),
    "berichten-per-traject": Text(
        "Berichten per traject", "Berichten van de periode gedeeld door de trajecten in zorg.", "berichten"
    ),
    "berichten-per-traject-aanbieder": Text(
        f"Berichten per traject {_BY_PROVIDER}",
        "Berichten van de periode gedeeld door de trajecten in zorg bij deze aanbieder.",
        "berichten",
    ),
    "in-een-keer-goed": Text(
        "In één keer goed",
        "Deel van de berichten die om een antwoord vragen dat de eerste keer werd aanvaard.",
        PERCENT,
    ),
    "in-een-keer-goed-aanbieder": Text(
        f"In één keer goed {_BY_PROVIDER}",
        "Deel van de berichten van en naar deze aanbieder dat de eerste keer werd aanvaard.",
        PERCENT,
    ),
    "in-een-keer-goed-contractvorm": Text(
        "In één keer goed per contractvorm",
        "Deel van de berichten van en naar aanbieders met deze contractvorm dat de eerste keer werd aanvaard.",
        PERCENT,
    ),
    "herstelwerk": Text("Herstelwerk", "Geschatte uren werk door berichten die niet in één keer goed gingen.", HOURS),
    "herstelwerk-contractvorm": Text(
        "Herstelwerk per bericht en contractvorm",
        "Geschatte minuten herstelwerk gedeeld door alle berichten van en naar aanbieders met deze contractvorm.",
        MINUTES,
    ),
    "herstelwerk-partij": Text(
        "Herstelwerk naar afzender", "Geschatte uren herstelwerk door de berichten die deze partij verzond.", HOURS
    ),
    "herstelwerk-regels": Text(
        "Herstelwerk naar regel",
        "De regels en retourcodes die het meeste herstelwerk gaven, in uren. Retourcode 0001 zegt alleen dat een "
        "bericht is afgekeurd, en staat er niet bij.",
        HOURS,
    ),
}
"""Every table of the picture."""

NOTES = (
    "De tijd tussen verwijzing en verzoek is niet bekend: geen bericht noemt de dag van verwijzing.",
    "Taakgerichte zorg zonder toewijzing staat er alleen in voor zover er start- en stopberichten van zijn.",
    "Zorg die om redenen van veiligheid buiten de berichten blijft (OP003) is hier niet te zien.",
    "Een hulpvraag die nooit tot een bericht leidt is hier niet te zien.",
)
"""What messages cannot tell."""

_LABELS: Mapping[str, Mapping[str, str]] = {
    "fase": {
        "toewijzing": "Verzoek tot toewijzing",
        "start": "Toewijzing tot start",
        "totaal": "Verzoek tot start",
    },
    "reden": {
        "31": "31 volgens plan",
        "32": "32 voortijdig, door cliënt",
        "33": "33 voortijdig, door aanbieder",
        "34": "34 voortijdig, in overleg",
        "35": "35 voortijdig, externe oorzaak",
        "36": "36 door de gemeente",
        "37": "37 vanwege een wijziging",
        "38": "38 naar andere aanbieder",
        "39": "39 naar ander domein",
        "02": "02 overleden",
        "voortijdig": "32–35 voortijdig",
        "overig": "Andere reden",
    },
    "verwijzer": {
        "01": "Gemeente",
        "02": "Huisarts",
        "03": "Jeugdarts",
        "04": "Gecertificeerde instelling",
        "05": "Medisch specialist",
        "06": "Geen verwijzer of zelf",
        "08": "Rechter of officier",
        "zonder verzoek": "Zonder verzoek (gemeente)",
        "onbekend": "Onbekend",
    },
    "waarom": {
        "afgewezen": "Afgewezen",
        "vervallen": "Vervallen voor de start",
        "terugwerkend": "Met terugwerkende kracht",
        "verwijderd": "Verwijderd",
    },
    "signaal": {
        "starts": "Minder starts",
        "ends": "Meer stops door aanbieder",
        "refused": "Meer afgekeurde berichten",
        "late": "Meer late berichten",
        "unclaimed": "Declaraties blijven uit",
    },
    "maat": {
        "gezien": "Gezien",
        "verwacht": "Te verwachten",
        "toeval": "Door toeval eens in de … keer",
    },
    "regel": {"XSD": "Schema (XSD)"},
    "soort": {
        "refusal": "Afkeuring",
        "correction": "Correctie",
        "resend": "Opnieuw verzonden",
        "duplicate": "Dubbel verzonden",
        "late": "Te laat",
        "manual": "Handmatig",
    },
}
_MONTHS = ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_IN_FULL = (
    "januari", "februari", "maart", "april", "mei", "juni",
    "juli", "augustus", "september", "oktober", "november", "december",
)  # fmt: skip
NAMED = ("gemeente", "aanbieder", "partij")
"""Dimensions of codes that have a name."""
TOTALS: Mapping[str, str] = {
    "gemeente": "Hele regio",
    "maand": "Hele periode",
    "aanbieder": "Alle aanbieders",
    "partij": "Alle partijen",
    "contractvorm": "Alle contractvormen",
}
"""What all together is called, per dimension; in others Totaal."""


def label(dimension: str, value: str, monitoring: Monitoring) -> str:
    """What people call a value of a dimension, in Dutch; the value itself when it has no other name."""
    if value == "*":
        return TOTALS.get(dimension, "Totaal")
    if dimension in NAMED:
        return monitoring.names.get(value, value)
    if dimension == "maand":
        return f"{_MONTHS[int(value[5:]) - 1]} {value[:4]}"
    if dimension == "weken":
        return f"Norm van {value} {'week' if value == '1' else 'weken'}"
    if dimension == "duur":
        return f"{value.removesuffix('+')} dagen" + (" en langer" if value.endswith("+") else "")
    return _LABELS.get(dimension, {}).get(value) or value[:1].upper() + value[1:]


def day_in_words(day: date) -> str:
    """A day as people read it: 31 januari 2026."""
    return f"{day.day} {month_in_words(day)}"


def month_in_words(day: date) -> str:
    """The month of a day: januari 2026."""
    return f"{_IN_FULL[day.month - 1]} {day.year}"
