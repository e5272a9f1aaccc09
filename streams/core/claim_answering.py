"""The claim answer JW325 in all its shapes (IV087, IV088), built from the findings.

nothing wrong                header 0200, claim 8001, granted is what was claimed
level 2                      header 0001
level 3/4 in the header      header with the codes
level 3/4 in the Declaratie  header 0200, claim with the codes, nothing granted
level 3/4 below              header 0200, claim 0200, granted is what is left; the clients with refused lines, and of
                             those the refused lines only; all of them with 0233 when the client itself is at fault
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lxml import etree

from schemas.ijw_3_2.berichten import basis, jw323, jw325
from schemas.ijw_3_2.findings import Finding
from schemas.ijw_3_2.reading import Message, Schemas
from schemas.ijw_3_2.rules.level_2.common import signed, total
from schemas.ijw_3_2.structure import structure
from schemas.ijw_3_2.writing import build
from streams.core.answer_codes import GRANTED, NO_REMARK, NOT_ASSESSED, codes_by_class, header_codes
from streams.core.envelope import Made

Codes = Mapping[str, tuple[str, ...]]
DECLARATIE = "Bericht/Declaratie"


def jw325_for(claim: Message, findings: Sequence[Finding], made: Made, schemas: Schemas) -> etree._Element:
    """The JW325 for a claim that passed level 1, as an indented tree."""
    bericht = claim.bericht
    assert isinstance(bericht, jw323.Bericht)
    header = header_codes(findings) or (NO_REMARK,)
    answered = _answered(bericht.Declaratie, codes_by_class(findings)) if header == (NO_REMARK,) else None
    return build(
        "JW325",
        jw325.Bericht(Header=_header(bericht.Header, header, made, schemas), DeclaratieAntwoord=answered),
    )


def _answered(claim: jw323.Declaratie, codes: Codes) -> jw325.DeclaratieAntwoord:
    own = codes.get(DECLARATIE)
    returned = () if own else tuple(_returned(claim, codes))
    claimed = signed(claim.TotaalIngediendBedrag.TotaalBedrag, claim.TotaalIngediendBedrag.DebetCredit)
    return jw325.DeclaratieAntwoord(
        DeclaratieNummer=claim.DeclaratieNummer,
        TotaalIngediendBedrag=claim.TotaalIngediendBedrag,
        TotaalToegekendBedrag=_amount(0 if own else claimed - total(returned)),
        Clienten=returned,
        RetourCodes=own or ((NO_REMARK,) if returned else (GRANTED,)),
    )


def _amount(amount: int) -> basis.TotaalBedragMetDC:
    """An amount with its sign as a letter; nothing is debit (CS325)."""
    return basis.TotaalBedragMetDC(TotaalBedrag=abs(amount), DebetCredit="C" if amount < 0 else "D")


def _returned(claim: jw323.Declaratie, codes: Codes) -> Iterator[jw325.Client]:
    """The clients with a refused line, or at fault themselves."""
    if not codes:
        return
    for number, client in enumerate(claim.Clienten, 1):
        path = f"{DECLARATIE}/Clienten/Client[{number}]"
        lines = tuple(_lines(client, path, codes))
        if lines:
            yield jw325.Client(Bsn=client.Bsn, Prestaties=lines, RetourCodes=codes.get(path, (NO_REMARK,)))


def _lines(client: jw323.Client, path: str, codes: Codes) -> Iterator[jw325.Prestatie]:
    for number, prestatie in enumerate(client.Prestaties, 1):
        own = (NOT_ASSESSED,) if path in codes else codes.get(f"{path}/Prestaties/Prestatie[{number}]")
        if own:
            fields = {name: getattr(prestatie, name) for name in prestatie.__struct_fields__}
            yield jw325.Prestatie(**fields, RetourCodes=own)


def _header(claim: jw323.Header, codes: tuple[str, ...], made: Made, schemas: Schemas) -> jw325.Header:
    basisschema, bericht = schemas.xsd_versie("JW325")
    return jw325.Header(
        BerichtCode=structure().berichten["JW325"].code,
        BerichtVersie=claim.BerichtVersie,
        BerichtSubversie=claim.BerichtSubversie,
        Afzender=claim.Ontvanger,
        Ontvanger=claim.Afzender,
        BerichtIdentificatie=basis.BerichtIdentificatie(Identificatie=made.identificatie, Dagtekening=made.dagtekening),
        XsdVersie=basis.XsdVersie(BasisschemaXsdVersie=basisschema, BerichtXsdVersie=bericht),
        DeclaratieIdentificatie=claim.BerichtIdentificatie,
        XsdVersieDeclaratie=claim.XsdVersie,
        RetourCodes=codes,
    )
