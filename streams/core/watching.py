"""Watching what a party answers itself: whether the answer fits what it answers, and refuses only what may be. Pure.

What is found here does not stop an answer: it says what it says, and counts. Its sender is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from msgspec import Struct

from schemas.ijw_3_2.berichten import Bericht, jw325
from schemas.ijw_3_2.dossier.claims import refuses_whole
from schemas.ijw_3_2.dossier.memory import content_digest
from schemas.ijw_3_2.dossier.rows import Waiting
from schemas.ijw_3_2.findings import Finding
from schemas.ijw_3_2.reading import Message
from schemas.ijw_3_2.rules.checking import is_assessed_below
from schemas.ijw_3_2.rules.registry import RULES
from schemas.ijw_3_2.rules.walking import key_text, walk
from schemas.ijw_3_2.structure import structure
from streams.core.answer_codes import GRANTED, NO_REMARK, NOT_ASSESSED, REFUSED_AS_A_WHOLE

_NO_REFUSAL = frozenset({NO_REMARK, NOT_ASSESSED, GRANTED})
_CLAIM_CLASSES = {"DeclaratieAntwoord": "Declaratie"}


def is_refusal(retour: Bericht) -> bool:
    """Whether a return message refuses what it answers: any class has a code of its own (IV028)."""
    return any(_refuses(node) for node, _ in walk(retour))


def codes_of_refusal(answer: Bericht) -> tuple[str, ...]:
    """The codes with which a return message or JW325 refuses something, in order."""
    return tuple(sorted({code for node, _ in walk(answer) for code in _codes(node) - _NO_REFUSAL}))


def which_is_answered(retour: Bericht, waiting: Sequence[Waiting]) -> Waiting:
    """Of several messages under one Identificatie the one that a return message answers."""
    same = [one for one in waiting if not _header_differs(retour, one)]
    return _likeliest(same or waiting, _codes(retour.Header))


def claim_that_is_answered(antwoord: jw325.Bericht, waiting: Sequence[Waiting]) -> Waiting | None:
    """Of several claims under one Identificatie the one that a JW325 answers; None when none can be."""
    body = antwoord.DeclaratieAntwoord
    day, versie = antwoord.Header.DeclaratieIdentificatie.Dagtekening, antwoord.Header.XsdVersieDeclaratie
    same = [
        one
        for one in waiting
        if one.claim is not None
        and (one.dagtekening, one.xsd_versie) == (day, versie)
        and (body is None or body.DeclaratieNummer == one.claim.declaratie_nummer)
    ]
    return _likeliest(same, _codes(antwoord.Header)) if same else None


def _likeliest(waiting: Sequence[Waiting], codes: frozenset[str]) -> Waiting:
    """The oldest; but that an Identificatie was used before (9056) is said of a message that was doubted for it."""
    told_used = "9056" in codes
    return next((one for one in waiting if one.counted != told_used), waiting[0])


def wrong_in_retour(retour: Message, answered: Waiting) -> tuple[Finding, ...]:
    """What is wrong with a return message, beside what it says."""
    heen = structure().berichten[retour.name].heen
    assert heen is not None
    return tuple(_wrong_in_retour(retour.bericht, answered, heen))


def wrong_in_claim_answer(antwoord: jw325.Bericht, answered: Waiting) -> tuple[Finding, ...]:
    """What is wrong with a JW325, beside what the rules of levels 2 and 3 say of it (IV087, IV088)."""
    return (
        *_wrong_in_header(antwoord, "JW323", "IV088"),
        *_wrong_in_classes(antwoord, "JW323", "IV088", "OP304"),
        *_wrong_in_totals(antwoord, answered),
    )


def _wrong_in_totals(antwoord: jw325.Bericht, answered: Waiting) -> Iterator[Finding]:
    body, claim = antwoord.DeclaratieAntwoord, answered.claim
    if body is None or claim is None:
        return
    path = "Bericht/DeclaratieAntwoord"
    claimed, granted = body.TotaalIngediendBedrag, body.TotaalToegekendBedrag
    if claimed != claim.total:
        what = f"TotaalIngediendBedrag {claimed.TotaalBedrag} {claimed.DebetCredit}"
        yield _finding("IV087", body, f"{path}/TotaalIngediendBedrag", what, "that of the claim that is answered")
    if GRANTED in body.RetourCodes and (body.Clienten or granted != claimed):
        yield _finding("IV088", body, path, f"code {GRANTED}", f"{GRANTED} only when all is granted")
    if refuses_whole(antwoord) and (body.Clienten or granted.TotaalBedrag != 0):
        what = f"TotaalToegekendBedrag {granted.TotaalBedrag}"
        yield _finding("IV087", body, f"{path}/TotaalToegekendBedrag", what, "nothing granted, and no Clienten")


def _wrong_in_retour(retour: Bericht, answered: Waiting, heen: str) -> Iterator[Finding]:
    if _header_differs(retour, answered):
        what = "Dagtekening or XsdVersie differs from the message that is answered"
        yield _finding("IV028", retour.Header, "Bericht/Header", what, "the header copied unchanged")
    yield from _wrong_in_header(retour, heen, "IV032")
    if not _has_content(retour):
        return
    if content_digest(retour) != answered.content:
        what = "the content differs from that of the message that is answered"
        yield _finding("IV028", retour, "Bericht", what, "its classes copied unchanged, each with RetourCodes")
    yield from _wrong_in_classes(retour, heen, "IV032", "OP065")


def _header_differs(retour: Bericht, answered: Waiting) -> bool:
    header = retour.Header
    return (header.BerichtIdentificatie.Dagtekening, header.XsdVersie) != (answered.dagtekening, answered.xsd_versie)


# --- codes -----------------------------------------------------------------------------------------


def _wrong_in_header(antwoord: Bericht, heen: str, rule: str) -> Iterator[Finding]:
    codes = _codes(antwoord.Header)
    own = allowed_codes(heen, "Header") | {REFUSED_AS_A_WHOLE}
    where = "Bericht/Header/RetourCodes"
    if not codes <= own and codes != {NO_REMARK}:
        expected = f"{NO_REMARK} alone, or codes for the header: {', '.join(sorted(own))}"
        yield _finding(rule, antwoord.Header, where, f"code {_told(codes)}", expected)
    elif (codes == {NO_REMARK}) != _has_content(antwoord):
        expected = f"{NO_REMARK} in the header when classes follow, and only then"
        yield _finding(rule, antwoord.Header, where, f"code {_told(codes)}", expected)


def _wrong_in_classes(antwoord: Bericht, heen: str, rule: str, returned: str) -> Iterator[Finding]:
    """`returned` is the rule that only what is refused is returned."""
    refused_at = "nowhere"
    for node, path in walk(antwoord):
        if path == "Bericht" or path.startswith("Bericht/Header"):
            continue
        not_assessed = path.startswith(refused_at)
        if _refuses(node):
            if not not_assessed and not is_assessed_below(type(node).__name__):
                refused_at = f"{path}/"
            yield from _wrong_code(node, path, heen, rule)
        elif _codes(node) == {NOT_ASSESSED} and not not_assessed:
            expected = f"{NOT_ASSESSED} only below a class that is refused"
            yield _finding(rule, node, path, f"code {NOT_ASSESSED}", expected)
        elif not not_assessed and _is_returned_in_vain(node):
            yield _finding(returned, node, path, "no class at fault in it", "only what holds a refused class")


def _wrong_code(node: Struct, path: str, heen: str, rule: str) -> Iterator[Finding]:
    name = type(node).__name__
    allowed = allowed_codes(heen, _CLAIM_CLASSES.get(name, name))
    if wrong := _codes(node) - allowed:
        expected = f"for {name} one of {', '.join(sorted(allowed))}" if allowed else f"no refusal of {name} itself"
        yield _finding(_forbidden_by(wrong, name, heen, rule), node, path, f"code {_told(wrong)}", expected)


def _forbidden_by(wrong: frozenset[str], klasse: str, heen: str, rule: str) -> str:
    """The principle that such a refusal goes against, when there is one; else the rule about codes."""
    if heen == "JW323" and wrong & _codes_of_deliveries():
        return "OP364"
    if klasse == "Client":
        return "OP039"
    return rule if wrong & _all_codes() else "OP095"


@cache
def allowed_codes(heen: str, klasse: str) -> frozenset[str]:
    """The codes with which a class of this message may be refused: those of its rules of levels 3 and 4."""
    return frozenset(
        rule.code
        for rule in RULES.values()
        if rule.level > 2 and rule.code and heen in rule.berichten and klasse in _names(rule.classes, heen)
    )


def _names(classes: Sequence[type[Struct]], heen: str) -> set[str]:
    return {klasse.__name__ for klasse in classes if klasse.__module__.endswith(f".{heen.lower()}")}


@cache
def _codes_of_deliveries() -> frozenset[str]:
    return (allowed_codes("JW305", "StartProduct") | allowed_codes("JW307", "StopProduct")) - allowed_codes(
        "JW323", "Prestatie"
    )


@cache
def _all_codes() -> frozenset[str]:
    return frozenset(rule.code for rule in RULES.values() if rule.level > 2 and rule.code)


def _codes(node: Struct) -> frozenset[str]:
    return frozenset(getattr(node, "RetourCodes", ()))


def _refuses(node: Struct) -> bool:
    return bool(_codes(node) - _NO_REFUSAL)


def _is_returned_in_vain(node: Struct) -> bool:
    """Whether a class that is returned only when something in it is refused holds nothing refused."""
    if type(node).__name__ not in ("Client", "Antwoord", "DeclaratieAntwoord") or GRANTED in _codes(node):
        return False
    return not any(_refuses(inner) for inner, _ in walk(node))


def _has_content(antwoord: Bericht) -> bool:
    fields = antwoord.__struct_fields__
    return any(getattr(antwoord, name) is not None for name in fields if name != "Header")


def _told(codes: frozenset[str]) -> str:
    return ", ".join(sorted(codes)) or "none"


def _finding(rule: str, node: Any, path: str, found: str, expected: str) -> Finding:
    return Finding(
        rule=rule,
        level=3,
        retourcode=None,
        klasse=type(node).__name__,
        path=path,
        key=key_text(node),
        text=f"This answer is not as the standard asks. Found: {found}. Expected: {expected}.",
    )
