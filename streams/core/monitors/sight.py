"""Who sees what of terms and claims, which are told as they are: nothing of them is hidden as in figures. Pure."""

from __future__ import annotations

from collections.abc import Set
from functools import cache

from msgspec import Struct

from streams.core.answering import answer_name
from streams.core.monitors.deadlines_terms import What
from streams.core.parties import Directory, Party

CLAIMS = frozenset(["JW323", "JW325"])
"""The messages that claims are made of."""
_CARE = frozenset(["JW301", "JW305", "JW307"])
_REQUESTS = frozenset(["JW301", "JW315", "JW317", "JW319"])


class Sight(Struct, frozen=True):
    """Whose relations somebody sees.

    codes     of the gemeenten and aanbieders whose relations are seen whole; None: everything is seen.
    mandated  who sees what its mandates of gemeenten are for as well; None: nobody.
    """

    codes: frozenset[str] | None
    mandated: Party | None = None

    def sees(self, relation: str, berichten: Set[str]) -> bool:
        """Whether something of a relation is seen that is made of messages of these types, such as JW301."""
        if self.codes is None:
            return True
        gemeente, _, aanbieder = relation.partition(":")
        if gemeente in self.codes or aanbieder in self.codes:
            return True
        return self.mandated is not None and all(self.mandated.acts_for(gemeente, one) for one in berichten)


EVERYTHING = Sight(None)


def sight_of(party: Party, directory: Directory) -> Sight:
    """What a party sees: its own relations, and those of whom it sends and receives everything for.

    A CJG sees what is made of nothing but messages that its mandates are for. Those of an indiener are of aanbieders,
    for sending: it sees nothing by them.
    """
    codes = (one.code for one in directory.parties if directory.connection(one).id == party.id)
    return Sight(frozenset(code for code in codes if code), party)


@cache
def made_of(what: What) -> frozenset[str]:
    """The types of the messages that a term is made of: what opens it, and what meets it."""
    match what:
        case "start" | "stop" | "einde toewijzing":
            return _CARE
        case "verzoek" | "onderzoek" | "woonplaatsbeginsel":
            return _REQUESTS
        case "declaratie":
            return _CARE | CLAIMS
        case _:
            return frozenset([what, answer_name(what) or what])
