"""Logical keys: what tells the instances of a class apart."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from schemas.ijw_3_2.berichten import Bericht, jw301, jw305, jw307, jw315, jw317, jw323, jw325
from schemas.ijw_3_2.rules.level_2.common import repeated
from schemas.ijw_3_2.rules.registry import rule
from schemas.ijw_3_2.rules.walking import key_of, parts

Holder = (
    jw301.Client
    | jw305.Client
    | jw307.Client
    | jw315.Client
    | jw317.Verzoek
    | jw323.Declaratie
    | jw323.Client
    | jw325.DeclaratieAntwoord
    | jw325.Client
)
"""The classes that hold groups. Any other class with a key occurs once in the class around it."""


@rule(
    "TR101",
    level=2,
    code="0001",
    among=True,
    says="Members of a group differ in their logical key; an absent part of a key counts as empty.",
)
def _(holder: Holder, bericht: Bericht) -> list[Struct]:
    return [member for group in _groups_with_key(holder) for member in group]


def _groups_with_key(holder: Struct) -> Iterator[list[Struct]]:
    for field, many, klasse in parts(type(holder)):
        key = key_of(klasse)
        if many and key is not None:
            yield repeated(getattr(holder, field), key)
