"""What can be wrong with a message: data that leads to an answer, never an exception."""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

Level = Literal[1, 2, 3, 4]

_NINE_DIGITS = re.compile(r"(?<!\d)\d{9}(?!\d)")


class Finding(Struct, frozen=True, kw_only=True):
    """One reason why a message, or a class of it, is refused.

    rule        the rule's id in the standard, or XSD for level 1.
    level       1 schema, 2 inside the message, 3 earlier messages, 4 outside sources.
    retourcode  the code of the return message; None on level 1, which has no return message.
    klasse      the message class at fault (`class` in JSON).
    path        where: Bericht/Client/StartProducten/StartProduct[2]/Begindatum, counting from 1.
    key         the logical key of the class; None when the class has none or when it would tell a person.
    text        what was found, what is expected, what to do next. Never holds personal data.
    """

    rule: str
    level: Level
    retourcode: str | None
    klasse: str
    path: str
    key: str | None
    text: str


def told(finding: Finding) -> dict[str, str | None]:
    """A finding as partners read it in JSON: without its level, which the whole message has."""
    return {
        "rule": finding.rule,
        "retourcode": finding.retourcode,
        "class": finding.klasse,
        "key": finding.key,
        "path": finding.path,
        "text": without_bsn(finding.text),
    }


def passes_elfproef(digits: str) -> bool:
    """Whether nine digits satisfy the eleven-test of a BSN (CS002). Other strings never do."""
    if len(digits) != 9 or not (digits.isascii() and digits.isdigit()):
        return False
    a, b, c, d, e, f, g, h, i = digits.encode()
    # The bytes are the digits plus 48; the weights add up to 43, and 43 times 48 leaves 7.
    return (9 * a + 8 * b + 7 * c + 6 * d + 5 * e + 4 * f + 3 * g + 2 * h - i) % 11 == 7


def without_bsn(text: str) -> str:
    """The text with everything that could be a BSN masked: the last guard, not the first."""
    return _NINE_DIGITS.sub(lambda m: "*********" if passes_elfproef(m[0]) else m[0], text)
