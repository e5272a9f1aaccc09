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
    Account,
    Assignment,
    Claim,
    ClaimSent,
    Draft,
    Key,
    Line,
    Outcome,
    Slot,
    Submitted,
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


def remember_claim(
    draft: Draft, declaratie: jw323.Declaratie, lines: tuple[str, ...], *, waits: bool, counts: bool
) -> None:
    """A claim as a whole. `lines` and `waits`: while the gemeente must answer. Not `counts`: the hub found it wrong."""
    period = declaratie.DeclaratiePeriode.Begindatum
    nummer = declaratie.DeclaratieNummer
    draft.put(claim_key(nummer), Claim(period, waits, counts, lines if waits else ()))
    if counts:
        _submit(draft, period, nummer if waits else None)


def _submit(draft: Draft, period: date, waits_under: str | None) -> None:
    known = draft.row(SUBMITTED, Submitted) or Submitted()
    if waits_under is None:
        draft.put(SUBMITTED, Submitted(max(period, known.latest or period), known.waiting))
    else:
        waiting = tuple(sorted({*known.waiting, (period, waits_under)}))
        draft.put(SUBMITTED, Submitted(known.latest, waiting))


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
    account = Account(
        known.volume + more * volume(prestatie.GeleverdVolume, prestatie.Eenheid),
        known.amount + more * amount.Bedrag,
        known.granted + sign * granted,
    )
    draft.put(keys.assignment, Assignment(assignment.versions, account))
    if sign < 0:
        _credit(draft, prestatie, keys, times)
    elif times:
        _stand(draft, keys.slot, prestatie.ProductReferentie.ReferentieNummer, times)


def _credit(draft: Draft, prestatie: jw323.Prestatie, keys: LineKeys, times: int) -> None:
    reference = prestatie.ProductReferentie
    debit = draft.row(keys.debit, Line) if keys.debit is not None else None
    if debit is None or keys.debit is None or times == 0:
        return
    credit = reference.ReferentieNummer if times > 0 else None
    draft.put(keys.debit, msgspec.structs.replace(debit, credit=credit))
    if keys_of_line(debit.prestatie).slot == keys.slot:
        _stand(draft, keys.slot, debit.prestatie.ProductReferentie.ReferentieNummer, -times)


def _stand(draft: Draft, key: Key, reference: str, times: int) -> None:
    """A debit stands in its slot, or no longer does; another debit that stands there meanwhile stays."""
    standing = draft.row(key, Slot) or _FREE
    if times > 0 and standing.debit is None:
        draft.put(key, Slot(reference))
    elif times < 0 and standing.debit == reference:
        draft.put(key, _FREE)


# --- what the gemeente answers ---------------------------------------------------------------------


def settle_claim(draft: Draft, sent: ClaimSent, antwoord: jw325.Bericht) -> None:
    """Let a waiting claim be what its answer says: granted but for what is returned, or refused as a whole (IV087)."""
    key = claim_key(sent.declaratie_nummer)
    claim = draft.row(key, Claim)
    if claim is None or not claim.waits:
        return
    _fetch(draft, claim.lines)
    whole = _refuses_whole(antwoord)
    refused = set(claim.lines) if whole else set(_returned(antwoord))
    for reference in claim.lines:
        _settle_line(draft, reference, "refused" if reference in refused else "granted")
    draft.put(key, Claim(claim.period, counts=not whole))
    _settle_period(draft, claim.period, sent.declaratie_nummer, not whole)


def _fetch(draft: Draft, lines: Iterable[str]) -> None:
    """Ask for every row that settling these lines reads: first the lines, then what they name."""
    draft.need(line_key(reference) for reference in lines)
    found = [line for line in (draft.row(line_key(reference), Line) for reference in lines) if line is not None]
    draft.need(key for line in found for key in all_keys(keys_of_line(line.prestatie)))


def _refuses_whole(antwoord: jw325.Bericht) -> bool:
    body = antwoord.DeclaratieAntwoord
    return body is None or not set(body.RetourCodes) <= set(NOT_REFUSED)


def _returned(antwoord: jw325.Bericht) -> Iterable[str]:
    clienten = antwoord.DeclaratieAntwoord.Clienten if antwoord.DeclaratieAntwoord else ()
    return (p.ProductReferentie.ReferentieNummer for client in clienten for p in client.Prestaties)


def _settle_line(draft: Draft, reference: str, outcome: Outcome) -> None:
    key = line_key(reference)
    line = draft.row(key, Line)
    if line is None or line.outcome not in ("waits", "doubted"):
        return
    draft.put(key, msgspec.structs.replace(line, outcome=outcome))
    granted = outcome == "granted"
    _count(draft, line.prestatie, keys_of_line(line.prestatie), int(granted) - int(line.counts), granted=int(granted))


def _settle_period(draft: Draft, period: date, nummer: str, counts: bool) -> None:
    known = draft.row(SUBMITTED, Submitted) or Submitted()
    waiting = tuple(one for one in known.waiting if one != (period, nummer))
    latest = max(period, known.latest or period) if counts else known.latest
    draft.put(SUBMITTED, Submitted(latest, waiting))
