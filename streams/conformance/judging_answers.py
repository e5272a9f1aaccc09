"""An answer of the vendor beside the one that the standard asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from schemas.ijw_3_2.findings import Finding
from schemas.ijw_3_2.reading import Message, Schemas, Unreadable
from schemas.ijw_3_2.rules.registry import RULES
from streams.conformance.checks import Checks
from streams.conformance.judging_rules import Place, codes_of, held_against_rules, place_of
from streams.conformance.record import Heard, Sent
from streams.core.answer_codes import NO_REMARK, NOT_ASSESSED, REFUSED_AS_A_WHOLE
from streams.core.answering import answer, answer_name
from streams.core.effects import Judged
from streams.core.envelope import Made
from streams.core.intake import Rejection
from streams.core.terms import ANSWER_TERMS
from streams.core.workdays import local_day

Codes = Mapping[Place, frozenset[str]]
ENDS = frozenset({"Bericht/Header/Afzender", "Bericht/Header/Ontvanger"})


def judge_answer(checks: Checks, sent: Sent, heard: Heard, schemas: Schemas) -> None:
    """How an answer is built, and which codes it gives."""
    assert isinstance(sent.read, Message)
    wanted = answer_name(sent.read.name)
    if heard.read.name != wanted:
        checks.add(form_of(sent), "failed", f"Een {heard.read.name} in plaats van een {wanted}.")
    elif isinstance(heard.read, Unreadable):
        checks.add("XSD", "failed", _found(heard.read.findings))
        if {one.path for one in heard.read.findings} >= ENDS:
            checks.add(form_of(sent), "failed", "Afzender en Ontvanger staan andersom.")
    else:
        checks.add("XSD", "passed", f"De {wanted} voldoet aan het schema.")
        _judge_form(checks, sent, heard, heard.read)
        _judge_codes(checks, sent, heard.read, schemas)


def form_of(sent: Sent) -> str:
    """The rule about what goes into the answer."""
    return "IV087" if sent.read.name == "JW323" else "IV028"


def _codes_rule(sent: Sent) -> str:
    return "IV088" if sent.read.name == "JW323" else "IV032"


def _found(findings: tuple[Finding, ...]) -> str:
    return " ".join(f"{one.path}: {one.text}" for one in findings)


# --- form --------------------------------------------------------------------------------------------


def _judge_form(checks: Checks, sent: Sent, heard: Heard, read: Message) -> None:
    _judge_envelope(checks, sent, heard)
    if heard.judged is not None:
        _judge_content(checks, sent, read, heard.judged)
    header: Any = read.bericht.Header
    if read.name != "JW325":
        day, today = header.DagtekeningRetour, local_day(heard.at)
        checks.add("dagtekening-retour", "failed" if day > today else "passed", f"DagtekeningRetour {day}.")


def _judge_envelope(checks: Checks, sent: Sent, heard: Heard) -> None:
    if isinstance(heard.took, Rejection):
        rule = "envelop" if heard.took.reason == "mismatch" else form_of(sent)
        checks.add(rule, "failed", f"{heard.took.title}. {heard.took.detail}")
    about = heard.declared.answers if heard.declared else None
    if about is not None and about != sent.output.head.reference:
        checks.add("envelop", "failed", "De envelop verwijst naar een ander kenmerk dan dat van het bericht.")


def _judge_content(checks: Checks, sent: Sent, read: Message, judged: Judged) -> None:
    for remark in judged.remarks:
        checks.add(remark.rule, "failed", f"{read.name}, {remark.path}: {remark.text}")
    if read.name == "JW325":
        held_against_rules(checks, read, judged)
    elif judged.findings:
        checks.add(form_of(sent), "failed", _found(judged.findings))
    checks.add(form_of(sent), "passed", f"De {read.name} is opgebouwd zoals gevraagd.")


# --- codes -------------------------------------------------------------------------------------------


def _judge_codes(checks: Checks, sent: Sent, read: Message, schemas: Schemas) -> None:
    """Each class has the codes that the standard asks for, no fewer and no more."""
    assert isinstance(sent.read, Message)
    given, wanted = codes_of(read.bericht), _wanted(sent, schemas)
    for finding in sent.judged.findings:
        _judge_finding(checks, sent.read, finding, given)
    own = {REFUSED_AS_A_WHOLE, *(finding.retourcode for finding in sent.judged.findings)}
    undecided = {RULES[one.rule].code for one in sent.judged.not_checked if one.rule in RULES}
    for place in sorted({*given, *wanted}):
        missing = wanted.get(place, frozenset()) - given.get(place, frozenset()) - own
        extra = given.get(place, frozenset()) - wanted.get(place, frozenset())
        for code in sorted(missing):
            checks.add(_codes_rule(sent), "failed", f"{place[0]}: code {code} ontbreekt.")
        for code in sorted(extra - undecided):
            checks.add(_codes_rule(sent), "failed", f"{place[0]}: code {code} hoort er niet{_meaning(code)}.")
    checks.add(_codes_rule(sent), "passed", _told(given))


def _wanted(sent: Sent, schemas: Schemas) -> Codes:
    assert isinstance(sent.read, Message)
    made = Made(identificatie="K", dagtekening=local_day(sent.at))
    read = schemas.read(answer(sent.read, sent.judged.findings, made, schemas))
    assert isinstance(read, Message)
    return codes_of(read.bericht)


def _judge_finding(checks: Checks, read: Message, finding: Finding, given: Codes) -> None:
    """Whether the code for what is wrong stands where it belongs."""
    place = place_of(read, finding)
    code = REFUSED_AS_A_WHOLE if finding.level == 2 else str(finding.retourcode)
    holds = code in given.get(place, frozenset())
    checks.when(finding.rule, holds, f"Code {code} bij {place[0]}.", f"Code {code} ontbreekt bij {place[0]}.")


def _meaning(code: str) -> str:
    if code in (NO_REMARK, NOT_ASSESSED):
        return ""
    rules = sorted(rule.id for rule in RULES.values() if rule.code == code and rule.level > 2)
    return f" ({', '.join(rules)})" if rules else ""


def _told(given: Codes) -> str:
    texts = [f"{place[0]} {', '.join(sorted(codes))}" for place, codes in sorted(given.items())]
    return f"Codes: {'; '.join(texts)}." if texts else "Geen codes."


# --- in time, and once -------------------------------------------------------------------------------


def judge_term(checks: Checks, sent: Sent, patience: timedelta) -> None:
    """Whether an answer came within the patience of this run, which stands for the term of the standard."""
    rule, _, days = ANSWER_TERMS[str(sent.output.head.bericht)]
    term = f"geduld van deze proef {patience.total_seconds():g} s; de norm is {days} werkdagen"
    if not sent.answers:
        checks.add(rule, "failed", f"Geen antwoord gezien ({term}).")
        return
    took = sent.answers[0].at - sent.at
    checks.add(rule, "passed" if took <= patience else "failed", f"Antwoord na {took.total_seconds():.1f} s ({term}).")


def new_answers(sent: Sent) -> list[Heard]:
    """The answers that are no repeats of one that came before."""
    return [one for one in sent.answers if one.is_new]


def identifications(answers: list[Heard]) -> Iterator[str]:
    """The IdentificatieRetour of each return message among these."""
    for one in answers:
        if isinstance(one.read, Message) and one.read.name != "JW325":
            header: Any = one.read.bericht.Header
            yield str(header.IdentificatieRetour)
