"""The traps of the envelope of the GGk that are published (transport.md), and the probes that pass."""

from __future__ import annotations

import base64
from collections.abc import Callable

from adapters.contract import Kind
from adapters.stuf_ggk.names import GGK, STUF
from tests.support.stuf import EARLIER, NUMBER, PAYLOAD, bare, bare_fault

Change = Callable[[str], str]


def swap(old: str, new: str) -> Change:
    def change(message: str) -> str:
        assert old in message, old
        return message.replace(old, new)

    return change


def renamed(element: str, prefix: str) -> Change:
    """The element in another namespace."""
    other = "StUF" if prefix == "GGK" else "GGK"
    return swap(f"{other}:{element}", f"{prefix}:{element}")


def without(element: str) -> Change:
    def change(message: str) -> str:
        before, _, rest = message.partition(f"<{element}>")
        return before + rest.partition(f"</{element}>")[2]

    return change


def moved_last(element: str, parent: str) -> Change:
    """The element behind the others in its parent."""

    def change(message: str) -> str:
        before, _, rest = message.partition(f"<{element}>")
        text, _, after = rest.partition(f"</{element}>")
        return before + after.replace(f"</{parent}>", f"<{element}>{text}</{element}></{parent}>", 1)

    return change


ENCODED = base64.b64encode(PAYLOAD).decode()
CROSS = f"<StUF:crossRefnummer>{EARLIER}</StUF:crossRefnummer>"
FILE = '<GGK:tekstBestand bestandsnaam="lijst.csv">YTtiCg==</GGK:tekstBestand>'
XML_FILE = f"<GGK:xmlBestand>{ENCODED}</GGK:xmlBestand>"

REFUSED: dict[str, tuple[Change, Kind, str]] = {
    # 1.1 what patch 3 had
    "the namespace of patch 3": (
        swap(GGK, "http://www.stufstandaarden.nl/sectormodel/ggk/0210"),
        "version",
        "StUF055",
    ),
    "the payload directly in bericht": (
        swap(XML_FILE, ENCODED),
        "envelope",
        "StUF055",
    ),
    "a file name and content type at bericht": (
        swap(
            "<GGK:bericht>",
            '<GGK:bericht xmlns:m="http://www.w3.org/2005/05/xmlmime" StUF:bestandsnaam="a.xml" m:contentType="a/b">',
        ),
        "envelope",
        "StUF055",
    ),
    "a contentType at xmlBestand": (
        swap("<GGK:xmlBestand>", '<GGK:xmlBestand contentType="text/xml">'),
        "envelope",
        "StUF055",
    ),
    "referentienummerBericht": (
        swap("<GGK:bericht>", f"<GGK:referentienummerBericht>{NUMBER}</GGK:referentienummerBericht><GGK:bericht>"),
        "envelope",
        "StUF055",
    ),
    # 1.2 namespaces and roots
    "another StUF around": (
        swap("GGK:envelopHeenbericht-ggk_Di01", "StUF:envelopHeenbericht-ggk_Di01"),
        "unreadable",
        "StUF055",
    ),
    "StUF 2.04 as the root": (
        lambda message: bare_fault().replace(STUF, "http://www.egem.nl/StUF/StUF0204"),
        "version",
        "StUF055",
    ),
    "stuurgegevens in StUF": (renamed("stuurgegevens", "StUF"), "envelope", "StUF055"),
    "children of stuurgegevens in GGK": (renamed("berichtcode", "GGK"), "envelope", "StUF055"),
    "zender's children in GGK": (renamed("organisatie", "GGK"), "envelope", "StUF055"),
    "parameters in StUF": (renamed("parameters", "StUF"), "envelope", "StUF055"),
    "children of parameters in StUF": (renamed("functieVersie", "StUF"), "envelope", "StUF055"),
    "xmlBestand in StUF": (renamed("xmlBestand", "StUF"), "envelope", "StUF055"),
    "another namespace for StUF": (swap(f'"{STUF}"', '"urn:other"'), "envelope", "StUF055"),
    "bestandsnaam in a namespace": (
        swap(XML_FILE, FILE.replace("bestandsnaam", "StUF:bestandsnaam")),
        "envelope",
        "StUF055",
    ),
    "stuurgegevens of a Fo01 in GGK": (
        lambda message: renamed("stuurgegevens", "GGK")(bare_fault()),
        "envelope",
        "StUF055",
    ),
    # 1.3 order, and the probes that fail
    "the reference in upper case": (swap(NUMBER, NUMBER.upper()), "reference", "StUF055"),
    "a UUID of version 1": (swap(NUMBER, NUMBER.replace("-41e5-", "-11e5-")), "reference", "StUF055"),
    "a UUID of another variant": (swap(NUMBER, NUMBER.replace("-a837-", "-c837-")), "reference", "StUF055"),
    "a UUID in braces": (swap(NUMBER, f"{{{NUMBER}}}"), "reference", "StUF055"),
    "a blank around the reference": (swap(NUMBER, f" {NUMBER}"), "reference", "StUF055"),
    "no reference": (without("StUF:referentienummer"), "envelope", "StUF055"),
    "functieVersie of one digit": (swap("0003</GGK:functieV", "3</GGK:functieV"), "envelope", "StUF055"),
    "applicatieVersie with a dot": (swap("0002</GGK:applicatieV", "2.10</GGK:applicatieV"), "envelope", "StUF055"),
    "an ISO timestamp": (swap("20251024132514", "2025-10-24T13:25:14"), "envelope", "StUF055"),
    "no functie": (without("StUF:functie"), "envelope", "StUF055"),
    "functie too long": (swap(">JW301<", f">{'J' * 31}<"), "envelope", "StUF055"),
    "functie first": (moved_last("StUF:berichtcode", "GGK:stuurgegevens"), "envelope", "StUF055"),
    "zender behind ontvanger": (moved_last("StUF:zender", "GGK:stuurgegevens"), "envelope", "StUF055"),
    "applicatieVersie last": (moved_last("GGK:applicatieVersie", "GGK:parameters"), "envelope", "StUF055"),
    "parameters missing": (without("GGK:parameters"), "envelope", "StUF055"),
    "an element twice": (
        swap("<StUF:functie>", "<StUF:functie>JW301</StUF:functie><StUF:functie>"),
        "envelope",
        "StUF055",
    ),
    "a crossRefnummer in a Di01": (swap("<StUF:functie>", f"{CROSS}<StUF:functie>"), "envelope", "StUF055"),
    "no crossRefnummer in a Du01": (
        lambda message: without("StUF:crossRefnummer")(bare("JW302", "Du01")),
        "envelope",
        "StUF055",
    ),
    "a crossRefnummer in upper case": (
        lambda message: bare("JW302", "Du01").replace(EARLIER, "AAAAAAAA-2222-4333-8444-555555555555"),
        "reference",
        "StUF055",
    ),
    "the berichtcode of the other root": (swap(">Di01<", ">Du01<"), "envelope", "StUF055"),
    "text between elements": (swap("<GGK:parameters>", "nog iets<GGK:parameters>"), "envelope", "StUF055"),
    "a fault code of 8 characters": (lambda message: bare_fault("StUF0555"), "envelope", "StUF055"),
    "plek with a capital": (lambda message: bare_fault(plek="Client"), "envelope", "StUF055"),
    "a Fo01 with a functie": (
        lambda message: bare_fault().replace(
            "</StUF:stuurgegevens>", "<StUF:functie>JW301</StUF:functie></StUF:stuurgegevens>"
        ),
        "envelope",
        "StUF055",
    ),
    "a Fo01 with a reference of 41 characters": (
        lambda message: bare_fault().replace(NUMBER, "1" * 41),
        "reference",
        "StUF055",
    ),
    "a Fo01 about nothing": (lambda message: bare_fault(about=""), "cross-reference", "StUF043"),
    # 1.4 how fields are filled
    "an application of 2 characters": (swap(">Zorgpakket<", ">Zo<"), "envelope", "StUF055"),
    "an application of 51 characters": (swap(">Zorgpakket<", f">{'Z' * 51}<"), "envelope", "StUF055"),
    "no application": (without("StUF:applicatie"), "envelope", "StUF055"),
    "no organisatie": (without("StUF:organisatie"), "envelope", "StUF055"),
    "another ontvanger.applicatie": (swap(">GGk<", ">VECOZOWebservice<"), "envelope", "StUF055"),
    "a sender without a code": (swap(">0392<", ">Gemeente Haarlem<"), "unknown-sender", "StUF013"),
    "an empty receiver": (swap(">65656001<", "><"), "unknown-receiver", "StUF010"),
    "a chain party as the receiver": (swap(">65656001<", ">SVB<"), "unknown-receiver", "StUF010"),
    "functie in lower case": (swap(">JW301<", ">jw301<"), "unknown-function", "StUF034"),
    "functie of the Wmo": (swap(">JW301<", ">WMO301<"), "unknown-function", "StUF034"),
    "functie with its version": (swap(">JW301<", ">JW301-3.2<"), "unknown-function", "StUF034"),
    "an empty functie": (swap(">JW301<", "><"), "unknown-function", "StUF034"),
    "release 2.2": (
        lambda message: message.replace("0003</GGK:functieV", "0002</GGK:functieV"),
        "version",
        "StUF055",
    ),
    "release 3.1": (swap("0002</GGK:functieS", "0001</GGK:functieS"), "version", "StUF055"),
    "month 13": (swap("20251024132514", "20251324132514"), "envelope", "StUF055"),
    "the 30th of February": (swap("20251024132514", "20250230"), "envelope", "StUF055"),
    "hour 24": (swap("20251024132514", "2025102424"), "envelope", "StUF055"),
    "half an hour field": (swap("20251024132514", "202510241"), "envelope", "StUF055"),
    "the year 0": (swap("20251024132514", "00001024132514"), "envelope", "StUF055"),
    "18 digits": (swap("20251024132514", "202510241325140000"), "envelope", "StUF055"),
    "7 digits": (swap("20251024132514", "2025102"), "envelope", "StUF055"),
    # 1.5 the payload
    "a tekstBestand": (swap(XML_FILE, FILE), "payload", "StUF055"),
    "a tekstBestand without a name": (
        swap(XML_FILE, FILE.replace(' bestandsnaam="lijst.csv"', "")),
        "envelope",
        "StUF055",
    ),
    "a tekstBestand with a short name": (swap(XML_FILE, FILE.replace("lijst.csv", "a.c")), "envelope", "StUF055"),
    "a tekstBestand with a path": (swap(XML_FILE, FILE.replace("lijst.csv", "../lijst.csv")), "envelope", "StUF055"),
    "a name at xmlBestand": (
        swap("<GGK:xmlBestand>", '<GGK:xmlBestand bestandsnaam="JW301.xml">'),
        "envelope",
        "StUF055",
    ),
    "both files": (swap(XML_FILE, XML_FILE + FILE), "envelope", "StUF055"),
    "no file": (swap(XML_FILE, ""), "envelope", "StUF055"),
    "the message as XML in xmlBestand": (swap(ENCODED, "<Bericht/>"), "envelope", "StUF055"),
    "the message as text in xmlBestand": (swap(ENCODED, "&lt;Bericht/&gt;"), "envelope", "StUF055"),
    "base64 with a strange sign in front": (swap(ENCODED, "!" + ENCODED), "envelope", "StUF055"),
    "base64 for URLs": (swap(ENCODED, "_-__"), "envelope", "StUF055"),
    "base64 that is cut off": (swap(ENCODED, ENCODED[:-2]), "envelope", "StUF055"),
    "base64 twice": (swap(ENCODED, "YQ==YQ=="), "envelope", "StUF055"),
    # 3.4 heen and retour
    "a return message in a Di01": (swap(">JW301<", ">JW302<"), "wrong-kind", "StUF022"),
    "a first message in a Du01": (lambda message: bare("JW301", "Du01"), "wrong-kind", "StUF022"),
    # answers are no messages
    "a Bv03": (
        lambda message: without("StUF:body")(bare_fault().replace("Fo01", "Bv03")),
        "wrong-kind",
        "StUF022",
    ),
    "a Fo03": (lambda message: bare_fault().replace("Fo01", "Fo03"), "wrong-kind", "StUF022"),
    "an iJw message without an envelope": (
        lambda message: '<Bericht xmlns="http://www.istandaarden.nl/ijw/3_2/jw301/schema"/>',
        "unreadable",
        "StUF055",
    ),
}  # fmt: skip
"""What is done to a good Di01, the kind of fault that it is, and its code in the Fo03."""

PASSES: dict[str, Change] = {
    "17 digits": swap("20251024132514", "20251024132514000"),
    "15 digits": swap("20251024132514", "202510241325140"),
    "base64 in lines": swap(ENCODED, "".join(f"{sign}\n" for sign in ENCODED)),
    "base64 in lines of Windows": swap(ENCODED, f"\r\n\t{ENCODED[:8]}&#13;\n {ENCODED[8:]} \n"),
    "base64 in a CDATA section": swap(ENCODED, f"<![CDATA[{ENCODED}]]>"),
    "administratie filled": swap(
        "Zorgpakket</StUF:applicatie>", "Zorgpakket</StUF:applicatie><StUF:administratie>Regio</StUF:administratie>"
    ),
    "gebruiker filled": swap(
        "Zorgpakket</StUF:applicatie>", "Zorgpakket</StUF:applicatie><StUF:gebruiker>x</StUF:gebruiker>"
    ),
    "other prefixes": lambda message: message.replace("GGK:", "a:").replace(":GGK=", ":a="),
    "a default namespace": lambda message: message.replace("GGK:", "").replace(":GGK=", "="),
    "a comment": swap("<GGK:parameters>", "<!-- door ons gemaakt --><GGK:parameters>"),
    "a comment inside the base64": swap(ENCODED, f"{ENCODED[:8]}<!-- -->{ENCODED[8:]}"),
}  # fmt: skip
"""What may be done to a good Di01 without changing what it says."""
