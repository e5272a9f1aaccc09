"""Answers that a party gives itself: return messages (IV028, IV032) and the JW325 (IV087, IV088)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import Struct

from schemas.ijw_3_2.berichten import MODULES, Bericht, jw323, jw325
from schemas.ijw_3_2.structure import structure
from streams.simulating.letters import Head, amount, header, signed, xsd_versie

Codes = Mapping[int, str]
"""The code of each class at fault, by the identity of that class in the message that is answered."""

NO_REMARK, NOT_ASSESSED, GRANTED = "0200", "0233", "8001"


def retour(name: str, bericht: Any, identificatie: str, day: date, codes: Codes) -> tuple[str, Bericht]:
    """The return message to a message of this type, by name and content. No codes: nothing was wrong with it."""
    answer = structure().berichten[name].retour
    assert answer is not None
    own = codes.get(id(bericht.Header))
    said = (own,) if own else (NO_REMARK,) if codes else ()
    head = MODULES[answer].Header(
        **{**_fields(bericht.Header), "BerichtCode": structure().berichten[answer].code},
        IdentificatieRetour=identificatie,
        DagtekeningRetour=day,
        XsdVersieRetour=xsd_versie(),
        RetourCodes=said,
    )
    content = {} if own or not codes else _content(bericht, answer, codes)
    return answer, MODULES[answer].Bericht(Header=head, **content)


def _content(bericht: Struct, answer: str, codes: Codes) -> dict[str, Any]:
    parts = {name: value for name, value in _fields(bericht).items() if name != "Header"}
    return {name: _copied(value, answer, codes, NO_REMARK) for name, value in parts.items()}


def _copied(value: Any, answer: str, codes: Codes, otherwise: str) -> Any:
    if isinstance(value, tuple):
        return tuple(_copied(member, answer, codes, otherwise) for member in value)
    klasse = getattr(MODULES[answer], type(value).__name__, None) if isinstance(value, Struct) else None
    if klasse is None:
        return value
    own = codes.get(id(value), otherwise)
    # the products of a Verzoek are assessed though it is at fault itself
    below = NOT_ASSESSED if id(value) in codes and klasse.__name__ != "Verzoek" else otherwise
    fields = {name: _copied(inner, answer, codes, below) for name, inner in _fields(value).items()}
    return klasse(**fields, RetourCodes=(own,))


def claim_answer(
    claim: jw323.Bericht, head: Head, whole: str | None, codes: Mapping[str, str], in_header: bool = False
) -> jw325.Bericht:
    """The JW325 to a claim. `whole` refuses all of it; `codes` its lines, by ReferentieNummer."""
    sent = claim.Header
    said = jw325.Header(
        **header("JW325", head),
        DeclaratieIdentificatie=sent.BerichtIdentificatie,
        XsdVersieDeclaratie=sent.XsdVersie,
        RetourCodes=(whole,) if in_header and whole else (NO_REMARK,),
    )
    return jw325.Bericht(Header=said, DeclaratieAntwoord=None if in_header else _answered(claim, whole, codes))


def _answered(claim: jw323.Bericht, whole: str | None, codes: Mapping[str, str]) -> jw325.DeclaratieAntwoord:
    declaratie = claim.Declaratie
    clienten = () if whole else tuple(_clients(declaratie.Clienten, codes))
    claimed = sum(signed(line) for client in declaratie.Clienten for line in client.Prestaties)
    refused = sum(signed(line) for client in clienten for line in client.Prestaties)
    return jw325.DeclaratieAntwoord(
        DeclaratieNummer=declaratie.DeclaratieNummer,
        TotaalIngediendBedrag=declaratie.TotaalIngediendBedrag,
        TotaalToegekendBedrag=amount(0 if whole else claimed - refused),
        Clienten=clienten,
        RetourCodes=(whole or (NO_REMARK if clienten else GRANTED),),
    )


def _clients(clienten: Sequence[jw323.Client], codes: Mapping[str, str]) -> list[jw325.Client]:
    found = []
    for client in clienten:
        lines = [
            jw325.Prestatie(**_fields(line), RetourCodes=(codes[line.ProductReferentie.ReferentieNummer],))
            for line in client.Prestaties
            if line.ProductReferentie.ReferentieNummer in codes
        ]
        if lines:
            not_assessed = all(line.RetourCodes == (NOT_ASSESSED,) for line in lines)
            own = OTHER_CLIENT if not_assessed else NO_REMARK
            found.append(jw325.Client(Bsn=client.Bsn, Prestaties=tuple(lines), RetourCodes=(own,)))
    return found


OTHER_CLIENT = "8187"
"""The code of a client that the claim lines are not about (TR304)."""


def _fields(struct: Any) -> dict[str, Any]:
    return {name: getattr(struct, name) for name in struct.__struct_fields__}
