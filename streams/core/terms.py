"""The terms of the standard, in working days (terms of the business rules; see monitoring/definitions.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

AnswerRule = Literal["OP090", "OP090x4"]
Asking = Literal["JW301", "JW305", "JW307", "JW315", "JW317", "JW319", "JW323"]

ANSWER_TERMS: Mapping[str, tuple[AnswerRule, Asking, int]] = {
    "JW301": ("OP090", "JW301", 3),
    "JW305": ("OP090", "JW305", 3),
    "JW307": ("OP090", "JW307", 3),
    "JW315": ("OP090", "JW315", 3),
    "JW317": ("OP090", "JW317", 3),
    "JW319": ("OP090", "JW319", 3),
    "JW323": ("OP090x4", "JW323", 10),
}
"""For each message that is answered: the rule, its type, and the days for its return message or JW325."""

CARE_DAYS = 5
"""For a start (OP271), a stop (OP272), and the decision on a request (OP274, OP346)."""
