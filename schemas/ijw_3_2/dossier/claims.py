"""How claims change a dossier: lines that come in (JW323), and what the gemeente says of them (JW325).

A line changes at most four rows, whatever was claimed before: itself, its assignment (what was claimed on it), the slot
of its ProductPeriode, and for a credit the debit that it credits.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec

from schemas.ijw_3_2.berichten import jw323, jw325
from schemas.ijw_3_2.dossier.keys import SUBMITTED, LineKeys, all_keys, claim_key, keys_of_line, line_key
from schemas.ijw_3_2.dossier.rows import (
    STANDS,
    Account,
    Assignment,
    Claim,
    Draft,
    Key,
    Line,
    Outcome,
    Slot,
    Submitted,
    Waiting,
    WaitingClaim,
    WaitingLine,
)

MINUTES_IN_HOUR = 60
NOT_REFUSED = ("0200", "8001")
"""The codes with which a JW325 refuses nothing."""

_UNKNOWN = Assignment()
_FREE = Slot()


def volume(amount: int, eenheid: str) -> int:
    """A volume in what accounts count with: hours (04) as minutes (01), everything else as it is."""
    return amount * MINUTES_IN_HOUR if eenheid == "04" else amount


def is_credit(prestatie: jw323.Prestatie) -> bool:
    """Whether a line takes back an earlier one."""
    return prestatie.IngediendBedrag.DebetCredit == "C"


# --- coming in -------------------------------------------------------------------------------------


def remember_claim(draft: Draft, declaratie: jw323.Declaratie, by: str) -> None:
    """A claim as a whole; `by` is the message that the gemeente must still answer, or STANDS."""
    draft.put(claim_key(declaratie.DeclaratieNummer), Claim(by))
    _submit(draft, declaratie.DeclaratiePeriode.Begindatum, by)


def _submit(draft: Draft, period: date, by: str) -> None:
    known = draft.row(SUBMITTED, Submitted) or Submitted()
    if by == STANDS:
        draft.put(SUBMITTED, Submitted(max(period, known.latest or period), known.waiting))
    else:
        draft.put(SUBMITTED, Submitted(known.latest, tuple(sorted({*known.waiting, (period, by)}))))


def remember_line(draft: Draft, bsn: str, prestatie: jw323.Prestatie, keys: LineKeys, outcome: Outcome) -> None:
    """A line with what became of it."""
    draft.put(keys.line, Line(bsn, prestatie, outcome))
    if outcome == "granted":
        _count(draft, prestatie, keys, 1, granted=1)
    elif outcome == "waits":
        _count(draft, prestatie, keys, 1, granted=0)


def _count(draft: Draft, prestatie: jw323.Prestatie, keys: LineKeys, times: int, granted: int) -> None:
    """Count a line as submitted so many times more, and as granted; -1 takes it away, 0 leaves it."""
    amount = prestatie.IngediendBedrag
    sign = 1 if amount.DebetCredit == "D" else -1
    assignment = draft.row(keys.assignment, Assignment) or _UNKNOWN
    known = assignment.account
    more = sign * times
    debit = draft.row(keys.debit, Line) if keys.debit is not None else None
    if sign < 0 and (debit is None or debit.outcome != "granted"):
        granted = 0  # a credit of nothing takes nothing back
    account = Account(
        known.volume + more * volume(prestatie.GeleverdVolume, prestatie.Eenheid),
        known.amount + more * amount.Bedrag,
        known.granted + sign * granted,
    )
    draft.put(keys.assignment, Assignment(assignment.versions, account))
    reference = prestatie.ProductReferentie.ReferentieNummer
    if sign > 0:
        _stand(draft, keys.slot, reference, times)
    elif debit is not None and keys.debit is not None and times:
        draft.put(keys.debit, msgspec.structs.replace(debit, credit=reference if times > 0 else None))
        _stand(draft, keys.slot, debit.prestatie.ProductReferentie.ReferentieNummer, -times)


def _stand(draft: Draft, key: Key, reference: str, times: int) -> None:
    """A debit stands in its slot (1), or no longer does (-1)."""
    standing = draft.row(key, Slot) or _FREE
    if times > 0 and reference not in standing.debits:
        draft.put(key, Slot(tuple(sorted((*standing.debits, reference)))))
    elif times < 0:
        draft.put(key, Slot(tuple(debit for debit in standing.debits if debit != reference)))


# --- waiting for the gemeente, and what it answers -------------------------------------------------


def waiting_claim(draft: Draft, declaratie: jw323.Declaratie) -> WaitingClaim:
    """A claim until its answer: each line, and whether the draft counts it meanwhile."""
    lines = [WaitingLine(c.Bsn, p, _is_counted(draft, p)) for c in declaratie.Clienten for p in c.Prestaties]
    return WaitingClaim(
        declaratie_nummer=declaratie.DeclaratieNummer,
        period=declaratie.DeclaratiePeriode.Begindatum,
        total=declaratie.TotaalIngediendBedrag,
        lines=tuple(lines),
    )


def _is_counted(draft: Draft, prestatie: jw323.Prestatie) -> bool:
    row = draft.changes.get(line_key(prestatie.ProductReferentie.ReferentieNummer))
    return isinstance(row, Line) and row.prestatie is prestatie


def settle_claim(draft: Draft, waiting: Waiting, claim: WaitingClaim, antwoord: jw325.Bericht) -> None:
    """Let a waiting claim be what its answer says: granted but for what is returned, or refused as a whole (IV087)."""
    draft.need(key for line in claim.lines for key in all_keys(keys_of_line(line.prestatie)))
    draft.need((claim_key(claim.declaratie_nummer), SUBMITTED))
    whole = refuses_whole(antwoord)
    returned = set(_returned(antwoord))
    for line in claim.lines:
        refused = whole or (line.bsn, line.prestatie.ProductReferentie.ReferentieNummer) in returned
        _settle_line(draft, line, refused)
    _settle_whole(draft, waiting, claim, refused=whole)


def refuses_whole(antwoord: jw325.Bericht) -> bool:
    """Whether an answer refuses a claim in its header or its Declaratie: then it counts as not sent."""
    body = antwoord.DeclaratieAntwoord
    return body is None or not set(body.RetourCodes) <= set(NOT_REFUSED)


def _returned(antwoord: jw325.Bericht) -> Iterable[tuple[str, str]]:
    clienten = antwoord.DeclaratieAntwoord.Clienten if antwoord.DeclaratieAntwoord else ()
    return ((client.Bsn, p.ProductReferentie.ReferentieNummer) for client in clienten for p in client.Prestaties)


def _settle_line(draft: Draft, waiting: WaitingLine, refused: bool) -> None:
    """Two lines may wait under one number, if the hub doubted one of them: the row tells of the one that is granted."""
    keys = keys_of_line(waiting.prestatie)
    known = draft.row(keys.line, Line)
    credit = known.credit if known is not None and _tells_of(known, waiting) else None
    if not refused and (known is None or known.outcome != "granted"):
        draft.put(keys.line, Line(waiting.bsn, waiting.prestatie, "granted", credit))
    elif refused and (known is None or (waiting.counted and _tells_of(known, waiting))):
        draft.put(keys.line, Line(waiting.bsn, waiting.prestatie, "refused", credit))
    if waiting.counted or not refused:
        _count(draft, waiting.prestatie, keys, int(not refused) - int(waiting.counted), granted=int(not refused))


def _tells_of(known: Line, waiting: WaitingLine) -> bool:
    return known.outcome == "waits" and (known.bsn, known.prestatie) == (waiting.bsn, waiting.prestatie)


def _settle_whole(draft: Draft, waiting: Waiting, claim: WaitingClaim, refused: bool) -> None:
    key = claim_key(claim.declaratie_nummer)
    known = draft.row(key, Claim)
    if not refused:
        draft.put(key, Claim())
    elif known is not None and known.by == waiting.envelope_id:
        draft.put(key, Claim(counts=False))
    submitted = draft.row(SUBMITTED, Submitted) or Submitted()
    left = tuple(one for one in submitted.waiting if one != (claim.period, waiting.envelope_id))
    latest = submitted.latest if refused else max(claim.period, submitted.latest or claim.period)
    draft.put(SUBMITTED, Submitted(latest, left))
