"""What a claim and its answer tell about the lines of each client. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from schemas.ijw_3_2.berichten import jw323, jw325
from schemas.ijw_3_2.dossier.claims import is_credit, refuses_whole
from schemas.ijw_3_2.dossier.rows import WaitingClaim
from schemas.ijw_3_2.findings import Finding
from streams.core.answer_codes import codes_by_class
from streams.core.claim_answering import DECLARATIE
from streams.core.events import Happening
from streams.core.happenings import Claimed, ClaimLine

Told = tuple[str, jw323.Prestatie, Sequence[str] | None]
"""A line: whose it is (a Bsn), and the codes with which it is refused; None when it is granted."""


def claims_told(declaratie: jw323.Declaratie, common: Mapping[str, Any]) -> Iterator[Happening]:
    """The lines that were claimed, of each client together. `common`: see telling.common."""
    for client in declaratie.Clienten:
        lines = tuple(claim_line(prestatie) for prestatie in client.Prestaties)
        yield Happening("zorg.claimed", _claimed(common, _head(declaratie), lines), client.Bsn)


def decided(
    declaratie: jw323.Declaratie, findings: Sequence[Finding], whole: bool, common: Mapping[str, Any]
) -> Iterator[Happening]:
    """What the hub decided on each line in the name of the gemeente. `whole`: the claim is refused as a whole."""
    return _outcomes(_judged(declaratie, findings, whole), _head(declaratie), common)


def right_credits(declaratie: jw323.Declaratie, findings: Sequence[Finding], whole: bool) -> int:
    """How many credit lines, of more than nothing, the hub finds nothing wrong with."""
    right = (line for _, line, codes in _judged(declaratie, findings, whole) if codes is None)
    return sum(is_credit(line) and line.IngediendBedrag.Bedrag > 0 for line in right)


def _judged(declaratie: jw323.Declaratie, findings: Sequence[Finding], whole: bool) -> Iterator[Told]:
    codes = {} if whole else codes_by_class(findings)
    everywhere = sorted({one.retourcode for one in findings if one.retourcode}) if whole else None
    for number, client in enumerate(declaratie.Clienten, 1):
        path = f"{DECLARATIE}/Clienten/Client[{number}]"
        for place, line in enumerate(client.Prestaties, 1):
            own = codes.get(path) or codes.get(f"{path}/Prestaties/Prestatie[{place}]")
            yield client.Bsn, line, everywhere if whole else own


def answered(claim: WaitingClaim, antwoord: jw325.Bericht, common: Mapping[str, Any]) -> Iterator[Happening]:
    """What a gemeente answered on each line of a claim that waited (IV087): what it does not return, it grants."""
    codes = _codes_of(antwoord)
    told = [(line.bsn, line.prestatie, codes(line.bsn, line.prestatie)) for line in claim.lines]
    return _outcomes(told, (claim.declaratie_nummer, claim.period), common)


def _codes_of(antwoord: jw325.Bericht) -> Callable[[str, jw323.Prestatie], Sequence[str] | None]:
    body = antwoord.DeclaratieAntwoord
    if refuses_whole(antwoord):
        codes = antwoord.Header.RetourCodes if body is None else body.RetourCodes
        return lambda _bsn, _line: codes
    returned = {
        (client.Bsn, line.ProductReferentie.ReferentieNummer): line.RetourCodes
        for client in (body.Clienten if body else ())
        for line in client.Prestaties
    }
    return lambda bsn, line: returned.get((bsn, line.ProductReferentie.ReferentieNummer))


def _outcomes(told: Iterable[Told], head: tuple[str, date], common: Mapping[str, Any]) -> Iterator[Happening]:
    """Granted and refused lines apart, of each client together."""
    lines: dict[tuple[str, str], list[ClaimLine]] = {}
    for bsn, prestatie, codes in told:
        what = "zorg.granted" if codes is None else "zorg.refused"
        lines.setdefault((bsn, what), []).append(claim_line(prestatie, codes or ()))
    for (bsn, what), some in lines.items():
        yield Happening(what, _claimed(common, head, tuple(some)), bsn)


def _head(declaratie: jw323.Declaratie) -> tuple[str, date]:
    return declaratie.DeclaratieNummer, declaratie.DeclaratiePeriode.Begindatum


def _claimed(common: Mapping[str, Any], head: tuple[str, date], lines: tuple[ClaimLine, ...]) -> Claimed:
    return Claimed(**common, declaratie=head[0], periode=head[1], lines=lines)


def claim_line(prestatie: jw323.Prestatie, codes: Iterable[str] = ()) -> ClaimLine:
    """A Prestatie as events tell it; a credit is negative. `codes` are those with which it is refused."""
    amount = prestatie.IngediendBedrag
    return ClaimLine(
        referentie=prestatie.ProductReferentie.ReferentieNummer,
        toewijzing=prestatie.ToewijzingNummer,
        categorie=prestatie.ProductCategorie,
        code=prestatie.ProductCode,
        van=prestatie.ProductPeriode.Begindatum,
        tot=prestatie.ProductPeriode.Einddatum,
        volume=prestatie.GeleverdVolume,
        eenheid=prestatie.Eenheid,
        bedrag=-amount.Bedrag if is_credit(prestatie) else amount.Bedrag,
        credit_van=prestatie.ProductReferentie.VorigReferentieNummer,
        codes=tuple(sorted(codes)),
    )
