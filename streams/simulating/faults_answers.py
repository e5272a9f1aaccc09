"""What can be wrong with a claim answer (JW325): inside it, and against the claim that it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from schemas.ijw_3_2.berichten import basis, jw325
from streams.simulating.faults import Fault, level_of
from streams.simulating.faults_inside import changed, dagtekening, put

Spoil = Callable[[jw325.Bericht], Fault | None]
LINE = "DeclaratieAntwoord.Clienten.0.Prestaties.0"
CLIENT = "DeclaratieAntwoord.Clienten.0"


def _fault(wrong: Any, *rules: str) -> Fault:
    return Fault(tuple(sorted(rules)), level_of(*rules), wrong)


def _returns_lines(bericht: jw325.Bericht) -> bool:
    return bericht.DeclaratieAntwoord is not None and bool(bericht.DeclaratieAntwoord.Clienten)


def _in_line(change: Callable[[jw325.Prestatie], jw325.Prestatie], *rules: str) -> Spoil:
    def spoil(bericht: jw325.Bericht) -> Fault | None:
        return _fault(changed(bericht, LINE, change), *rules) if _returns_lines(bericht) else None

    return spoil


def _future(bericht: jw325.Bericht) -> Fault | None:
    day = dagtekening(bericht) + timedelta(3)
    return _fault(put("Header.BerichtIdentificatie", Dagtekening=day)(bericht), "TR135")


def _wrong_total(bericht: jw325.Bericht) -> Fault | None:
    body = bericht.DeclaratieAntwoord
    if body is None or not set(body.RetourCodes) <= {"0200", "8001"}:
        return None
    more = replace(body.TotaalToegekendBedrag, TotaalBedrag=body.TotaalToegekendBedrag.TotaalBedrag + 100)
    return _fault(put("DeclaratieAntwoord", TotaalToegekendBedrag=more)(bericht), "TR342")


def _unknown_number(bericht: jw325.Bericht) -> Fault | None:
    if bericht.DeclaratieAntwoord is None:
        return None
    return _fault(put("DeclaratieAntwoord", DeclaratieNummer="DVERZONNEN")(bericht), "TR376")


def _other_client(bericht: jw325.Bericht) -> Fault | None:
    if not _returns_lines(bericht):
        return None
    return _fault(put(CLIENT, Bsn="999999990")(bericht), "TR304")


def _unknown_line(line: jw325.Prestatie) -> jw325.Prestatie:
    return replace(line, ProductReferentie=replace(line.ProductReferentie, ReferentieNummer="PVERZONNEN"))


def _other_volume(line: jw325.Prestatie) -> jw325.Prestatie:
    return replace(line, GeleverdVolume=line.GeleverdVolume + 1)


def _half_a_credit(line: jw325.Prestatie) -> jw325.Prestatie:
    vorig = None if line.ProductReferentie.VorigReferentieNummer else "P0"
    return replace(line, ProductReferentie=replace(line.ProductReferentie, VorigReferentieNummer=vorig))


OTHER_VERSION = basis.XsdVersie(BasisschemaXsdVersie="0.0.9", BerichtXsdVersie="0.0.9")


def _other_claim(bericht: jw325.Bericht) -> Fault | None:
    other = replace(bericht.Header.DeclaratieIdentificatie, Identificatie="AVERZONNEN")
    return _fault(put("Header", DeclaratieIdentificatie=other)(bericht), "TR337")


def _other_version(bericht: jw325.Bericht) -> Fault | None:
    return _fault(put("Header", XsdVersieDeclaratie=OTHER_VERSION)(bericht), "TR371")


ANSWER_FAULTS: Sequence[Spoil] = (
    _future,
    _wrong_total,
    _unknown_number,
    _other_client,
    _other_claim,
    _other_version,
    _in_line(_unknown_line, "TR366"),
    _in_line(_other_volume, "TR367"),
    _in_line(_half_a_credit, "CD060"),
)
"""All ways to make a claim answer wrong."""
