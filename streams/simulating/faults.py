"""What goes wrong with a message, and what must be said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from schemas.ijw_3_2.rules import level_2, level_3, level_4
from schemas.ijw_3_2.rules.registry import RULES

REGISTERED = (level_2, level_3, level_4)
"""Imported so that their rules are known."""


@dataclass
class Fault:
    """A message as it goes wrong.

    bericht    its content, or None when only its bytes can show it.
    codes      the code of each class at fault, for a receiver that answers itself.
    harmless   a receiver may take it as it is, for what is wrong matters to nobody.
    """

    rules: tuple[str, ...]
    level: int
    bericht: Any = None
    body: bytes | None = None
    codes: Mapping[int, str] = field(default_factory=dict)
    harmless: bool = False


def at_fault(bericht: Any, node: Struct, rule: str, *also: str) -> Fault:
    """A message of which this class breaks a rule of level 3 or 4, and others with it."""
    rules = (rule, *also)
    return Fault(tuple(sorted(rules)), level_of(*rules), bericht, codes={id(node): code_of(rule)})


def code_of(rule: str) -> str:
    """The return code of a rule, by its id."""
    return str(RULES[rule].code)


def level_of(*rules: str) -> int:
    """The lowest level of these rules, by their ids."""
    return min(RULES[rule].level for rule in rules)
