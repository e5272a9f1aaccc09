"""A warm dossier: what a relation remembers after some years, as rows."""

from __future__ import annotations

from datetime import date

import msgspec

from schemas.ijw_3_2.berichten import basis, jw301
from schemas.ijw_3_2.dossier.keys import SUBMITTED, assignment_key, claim_key, client_key, keys_of_line
from schemas.ijw_3_2.dossier.rows import (
    Account,
    Assignment,
    Claim,
    ClientFile,
    Key,
    Line,
    Row,
    Slot,
    Submitted,
    Version,
)
from tests.support.claims import bsn_of, prestatie

MONTHS = [date(2025, month, 1) for month in range(3, 13)]


def warm_dossier(assignments: int, months: int) -> dict[Key, Row]:
    """So many assignments, two for each client, each with a granted claim line in so many months before 2026."""
    rows: dict[Key, Row] = {SUBMITTED: Submitted(MONTHS[-1])}
    for number in range(1, assignments + 1):
        rows[assignment_key(number)] = Assignment((Version(bsn_of(number), assigned(number)),))
        for month in MONTHS[:months]:
            _claimed(rows, number, month)
    for month in MONTHS[:months]:
        rows[claim_key(f"D{month:%Y%m}")] = Claim(month)
    for number in range(1, assignments, 2):
        rows[client_key(bsn_of(number))] = ClientFile((number, number + 1))
    return rows


def assigned(number: int) -> jw301.ToegewezenProduct:
    """What the claims of tests.support.claims are made on: hours per month, open at the end."""
    return jw301.ToegewezenProduct(
        ToewijzingNummer=number,
        Product=basis.Product(Categorie="45", Code="45A01"),
        Toewijzingsdatum=date(2025, 2, 20),
        Toewijzingstijd="10:00:00",
        Ingangsdatum=date(2025, 3, 1),
        Omvang=basis.Omvang(Volume=40, Eenheid="04", Frequentie="4"),
    )


def _claimed(rows: dict[Key, Row], number: int, month: date) -> None:
    last = date(month.year, month.month + 1, 1) if month.month < 12 else date(month.year + 1, 1, 1)
    period = basis.GeslotenPeriode(Begindatum=month, Einddatum=date.fromordinal(last.toordinal() - 1))
    line = msgspec.structs.replace(
        prestatie(number),
        ProductReferentie=basis.Referentie(ReferentieNummer=f"{month:%y%m}{number:08}"),
        ProductPeriode=period,
    )
    keys = keys_of_line(line)
    assignment = rows[keys.assignment]
    assert isinstance(assignment, Assignment)
    known = assignment.account
    rows[keys.line] = Line(bsn_of(number), line, "granted")
    rows[keys.slot] = Slot(line.ProductReferentie.ReferentieNummer)
    hours = known.volume + 60 * line.GeleverdVolume
    account = Account(hours, known.amount + line.IngediendBedrag.Bedrag, known.granted + 1)
    rows[keys.assignment] = Assignment(assignment.versions, account)
