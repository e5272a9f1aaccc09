"""Which rules a message of the vendor was held against, and which codes its answer gives to which class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from schemas.ijw_3_2.findings import Finding
from schemas.ijw_3_2.reading import Message
from schemas.ijw_3_2.rules.registry import RULES, Rule
from schemas.ijw_3_2.rules.walking import walk
from streams.conformance.checks import Checks
from streams.core.answer_codes import class_path
from streams.core.effects import Judged

Place = tuple[str, str]
"""Where codes stand: how people are told, and what tells it from others."""

HEADER: Place = ("Bericht/Header", "Bericht/Header")


def held_against_rules(checks: Checks, message: Message, judged: Judged) -> None:
    """What the rules of levels 2 to 4 say of a message that the vendor made."""
    for finding in judged.findings:
        checks.add(finding.rule, "failed", f"{message.name}, {finding.path}: {finding.text}")
    for one in judged.not_checked:
        checks.add(one.rule, "not judged", f"Niet te beoordelen: hiervoor is nodig {one.needs}.")
    deepest = 2 if judged.level == 2 else 4
    left = [rule.id for rule in _rules_of(message) if rule.level <= deepest and rule.id not in checks.found]
    checks.all(left, "passed", f"{message.name}: niets gevonden.")


def _rules_of(message: Message) -> Iterator[Rule]:
    nodes = [node for node, _ in walk(message.bericht)]
    for rule in RULES.values():
        if any(_is_about(rule, node) for node in nodes):
            yield rule


def _is_about(rule: Rule, node: Struct) -> bool:
    if type(node) not in rule.classes:
        return False
    withdrawn = getattr(node, "StatusAanlevering", "") == "3"
    amount = getattr(node, "IngediendBedrag", None)
    kind = amount.DebetCredit if amount is not None else "3" if withdrawn else ""
    return rule.only == kind or (rule.only == "" and not withdrawn)


def codes_of(answer: Any) -> Mapping[Place, frozenset[str]]:
    """The codes of each class of a return message or JW325, where it has any."""
    found = {_place(node, path): frozenset(getattr(node, "RetourCodes", ())) for node, path in walk(answer)}
    return {place: codes for place, codes in found.items() if codes}


def place_of(read: Message, finding: Finding) -> Place:
    """Where the answer to a message tells what is wrong with it: level 2 in its header."""
    if finding.level == 2:
        return HEADER
    path = class_path(finding)
    node = next(node for node, at in walk(read.bericht) if at == path)
    return _place(node, path.replace("Bericht/Declaratie", "Bericht/DeclaratieAntwoord"))


def _place(node: Any, path: str) -> Place:
    """Lines and clients of a claim by what names them, as a JW325 leaves some out; others by where they stand."""
    if "/DeclaratieAntwoord/Clienten/" not in path:
        return path, path
    if type(node).__name__ == "Prestatie":
        nummer = node.ProductReferentie.ReferentieNummer
        return f"Prestatie {nummer}", nummer
    return "Client", node.Bsn
