"""Logical keys: what tells the instances of a class apart."""

from __future__ import annotations

from functools import cache
from operator import attrgetter

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
    later: list[Struct] = []
    for field, key in _keyed_groups(type(holder)):
        group = getattr(holder, field)
        if len(group) > 1:
            later += repeated(group, key)
    return later


@cache
def _keyed_groups(klasse: type[Struct]) -> tuple[tuple[str, attrgetter[object]], ...]:
    keys = ((field, key_of(member)) for field, many, member in parts(klasse) if many)
    return tuple((field, key) for field, key in keys if key is not None)
