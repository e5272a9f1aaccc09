"""The messages of journeys, built from what a step says; the notation stands in tests/support/journeys.py.

Answers that a party gives itself are built here from what they answer, not by the hub's own code.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from lxml import etree

from schemas.ijw_3_2.structure import structure
from tests.support.cases import MESSAGES
from tests.support.editing import Value, edited

CLIENT = "999922038"
VERSION = {"BasisschemaXsdVersie": "0.1.0", "BerichtXsdVersie": "0.1.0"}
FREQUENCIES = {"per day": "1", "per week": "2", "per month": "4", "in total": "6"}

_PARSER = etree.XMLParser(remove_blank_text=True)
_PRODUCT = re.compile(
    r"(?P<number>\d+) +(?P<product>\S+) +(?P<first>[\d-]+)\.\.(?P<last>[\d-]*) +"
    r"(?:budget (?P<budget>\d+)|(?P<volume>\d+) x (?P<unit>\d\d) (?P<often>per \w+|in total))"
    r"(?: +reason (?P<reason>\d\d))?(?: +for (?P<request>\S+))?(?: +decided (?P<day>\S+)(?: (?P<time>[\d:]+))?)?"
)
_LINE = re.compile(
    r"(?P<reference>\S+) +(?P<number>\d+) +(?P<product>\S+) +(?P<period>\S+) +(?P<volume>\d+) x (?P<unit>\d\d)"
    r"(?: at (?P<tariff>\d+))? = (?P<amount>\d+)(?: +credit of (?P<debit>\S+))?"
)


def built(step: Mapping[str, Any], number: int, sender: str, receiver: str, called: Mapping[str, bytes]) -> bytes:
    """The message of a step, as bytes. `called` holds those of earlier steps by name."""
    name = step["message"]
    change: dict[str, Value] = {}
    if structure().berichten[name].heen is not None:
        base = _retour(_parsed(called[step["answers"]]), name, step, number)
    else:
        base = etree.parse(MESSAGES / f"{name}.xml", _PARSER).getroot()
        change |= {"Header/Afzender": sender, "Header/Ontvanger": receiver}
        change |= {"BerichtIdentificatie/Identificatie": f"S{number}", "BerichtIdentificatie/Dagtekening": step["on"]}
        change |= _content(name, step, called)
    copy = step.get("copy", [])
    change |= step.get("change", {})
    return etree.tostring(edited(base, copy=[copy] if isinstance(copy, str) else copy, change=change))


def _content(name: str, step: Mapping[str, Any], called: Mapping[str, bytes]) -> dict[str, Value]:
    if name == "JW301" and "products" in step:
        return {"ToegewezenProducten": [_product(text, step["on"]) for text in step["products"]]}
    if name == "JW323":
        return _claimed(step)
    if name == "JW325" and "answers" in step:
        return _claim_answer(_parsed(called[step["answers"]]), step)
    return {}


def _parsed(body: bytes) -> etree._Element:
    return etree.fromstring(body, _PARSER)


def _match(pattern: re.Pattern[str], text: str) -> Mapping[str, str]:
    found = pattern.fullmatch(text)
    if found is None:
        raise ValueError(f"cannot read {text!r}")
    return {name: value for name, value in found.groupdict().items() if value}


# --- assignments -----------------------------------------------------------------------------------


def _product(text: str, on: str) -> dict[str, Value]:
    m = _match(_PRODUCT, text)
    time = m.get("time", "10:30")
    product: dict[str, Value] = {"ToewijzingNummer": m["number"]}
    product |= {"ReferentieAanbieder": m["request"]} if "request" in m else {}
    product |= {} if m["product"] == "-" else {"Product": _product_of(m["product"], "Categorie", "Code")}
    product |= {"Toewijzingsdatum": m.get("day", on), "Toewijzingstijd": time if len(time) == 8 else f"{time}:00"}
    product |= {"Ingangsdatum": m["first"]} | ({"Einddatum": m["last"]} if "last" in m else {})
    product |= {"RedenWijziging": m["reason"]} if "reason" in m else {}
    if "budget" in m:
        return product | {"Budget": m["budget"]}
    omvang = {"Volume": m["volume"], "Eenheid": m["unit"], "Frequentie": FREQUENCIES[m["often"]]}
    return product | {"Omvang": omvang}


def _product_of(text: str, categorie: str, code: str) -> dict[str, Value]:
    return dict(zip((categorie, code), text.split("/"), strict=False))


# --- claims ----------------------------------------------------------------------------------------


def _claimed(step: Mapping[str, Any]) -> dict[str, Value]:
    change: dict[str, Value] = {"Declaratie/DeclaratieDagtekening": step["on"]}
    if "claim" in step:
        nummer, month = step["claim"].split(" of ")
        change |= {"Declaratie/DeclaratieNummer": nummer, "Declaratie/DeclaratiePeriode": _period(month)}
    if "lines" in step:
        per_client = step["lines"] if isinstance(step["lines"], Mapping) else {CLIENT: step["lines"]}
        clients = {bsn: [_match(_LINE, text) for text in lines] for bsn, lines in per_client.items()}
        total = sum(int(m["amount"]) * (-1 if "debit" in m else 1) for lines in clients.values() for m in lines)
        change["Declaratie/TotaalIngediendBedrag"] = _total(total)
        change["Declaratie/Clienten"] = [
            {"Bsn": bsn, "Prestaties": [_line(m) for m in lines]} for bsn, lines in clients.items()
        ]
    return change


def _line(m: Mapping[str, str]) -> dict[str, Value]:
    reference = {"ReferentieNummer": m["reference"]} | ({"VorigReferentieNummer": m["debit"]} if "debit" in m else {})
    line: dict[str, Value] = {"ProductReferentie": reference, "ToewijzingNummer": m["number"]}
    line |= _product_of(m["product"], "ProductCategorie", "ProductCode")
    line |= {"ProductPeriode": _period(m["period"]), "GeleverdVolume": m["volume"], "Eenheid": m["unit"]}
    line |= {"ProductTarief": m["tariff"]} if "tariff" in m else {}
    return line | {"IngediendBedrag": {"Bedrag": m["amount"], "DebetCredit": "C" if "debit" in m else "D"}}


def _period(text: str) -> dict[str, Value]:
    first, _, last = text.partition("..")
    if not last:
        year, month = map(int, text.split("-"))
        first, last = f"{text}-01", f"{text}-{monthrange(year, month)[1]}"
    return {"Begindatum": first, "Einddatum": last}


def _total(amount: int) -> dict[str, Value]:
    return {"TotaalBedrag": str(abs(amount)), "DebetCredit": "C" if amount < 0 else "D"}


# --- answers that parties give themselves ----------------------------------------------------------


def _retour(heen: etree._Element, name: str, step: Mapping[str, Any], number: int) -> etree._Element:
    """A return message: the header, and with codes for a class below it everything else too."""
    codes = step.get("codes", {})
    root = deepcopy(heen)
    whole = any(klasse != "Header" for klasse in codes)
    for part in list(root)[1:] if not whole else []:
        root.remove(part)
    namespace = etree.QName(root).namespace
    for element in root.iter():
        if etree.QName(element).namespace == namespace:
            element.tag = f"{{{structure().berichten[name].namespace}}}{etree.QName(element).localname}"
    change: dict[str, Value] = {"Header/BerichtCode": structure().berichten[name].code}
    change |= {"Header/IdentificatieRetour": f"R{number}", "Header/DagtekeningRetour": step["on"]}
    change |= {"Header/XsdVersieRetour": VERSION}
    header = _texts(codes.get("Header", ["0200"] if whole else []))
    change |= {"Header/RetourCodes": header} if header else {}
    change |= {f"{place}/RetourCodes": codes_at(place, codes) or ["0200"] for place, _ in classes(root, name)}
    return edited(root, change=change)


def classes(root: etree._Element, name: str) -> Iterator[tuple[str, etree._Element]]:
    """The classes of a message below its header, as StartProduct[1] and so on."""
    counted: dict[str, int] = {}
    for element in root.iter():
        local = etree.QName(element).localname
        if local in structure().berichten[name].klassen and local not in ("Bericht", "Header", "RetourCode"):
            counted[local] = counted.get(local, 0) + 1
            yield f"{local}[{counted[local]}]", element


def codes_at(place: str, codes: Mapping[str, Any]) -> list[str]:
    """The codes for StartProduct[1]: its own, or those for every StartProduct."""
    found = codes.get(place, codes.get(place.partition("[")[0], []))
    return sorted(_texts(found))


def _claim_answer(claim: etree._Element, step: Mapping[str, Any]) -> dict[str, Value]:
    codes = step.get("codes", {})
    header = claim[0]
    claimed = _as_value(_child(claim[1], "TotaalIngediendBedrag"))
    change: dict[str, Value] = {
        "Header/DeclaratieIdentificatie": _as_value(_child(header, "BerichtIdentificatie")),
        "Header/XsdVersieDeclaratie": _as_value(_child(header, "XsdVersie")),
        "Header/RetourCodes": _texts(codes.get("Header", "0200")),
    }
    if "Header" in codes and "0200" not in codes["Header"]:
        return change | {"DeclaratieAntwoord": "~"}
    clients = [client for part in _child(claim[1], "Clienten") for client in _returned(part, codes)]
    left = signed(claimed) - sum(signed(line["IngediendBedrag"]) for c in clients for line in c["Prestaties"])
    change["DeclaratieAntwoord"] = {
        "DeclaratieNummer": _child(claim[1], "DeclaratieNummer").text or "",
        "TotaalIngediendBedrag": claimed,
        "TotaalToegekendBedrag": _total(int(step.get("granted", left))),
        **({"Clienten": clients} if clients else {}),
        "RetourCodes": _texts(codes.get("DeclaratieAntwoord", "0200" if clients else "8001")),
    }
    return change


def _returned(client: etree._Element, codes: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    lines = [_as_value(line) for line in _child(client, "Prestaties")]
    refused = [line for line in lines if line["ProductReferentie"]["ReferentieNummer"] in codes]
    if refused:
        own = [_texts(codes[line["ProductReferentie"]["ReferentieNummer"]]) for line in refused]
        returned = [line | {"RetourCodes": given} for line, given in zip(refused, own, strict=True)]
        bsn = _child(client, "Bsn").text
        yield {"Bsn": bsn, "Prestaties": returned, "RetourCodes": _texts(codes.get("Client", "0200"))}


def _as_value(element: etree._Element) -> Any:
    if len(element) == 0:
        return element.text or ""
    return {etree.QName(child).localname: _as_value(child) for child in element}


def _child(element: etree._Element, name: str) -> etree._Element:
    return next(child for child in element if etree.QName(child).localname == name)


def signed(amount: Any) -> int:
    """An amount of a claim as a number; a credit is below zero."""
    value = int(amount.get("TotaalBedrag") or amount.get("Bedrag"))
    return -value if amount["DebetCredit"] == "C" else value


def _texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
