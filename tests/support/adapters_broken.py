"""Adapters that break the contract, each in one way: the suite must see every one of them (test_contributing.py)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import count

import msgspec

from adapters.contract import Fault, Headers, Notice, Packed, Parcel
from adapters.kafka_direct import KafkaDirect
from streams.core.ports import Receipt

_numbers = count()
replace = msgspec.structs.replace


class Raises(KafkaDirect):
    def unpack(self, body: bytes, headers: Headers) -> Parcel | Notice | Fault:
        body.decode()
        return super().unpack(body, headers)


class Repeats(KafkaDirect):
    def unpack(self, body: bytes, headers: Headers) -> Parcel | Notice | Fault:
        found = super().unpack(body, headers)
        return replace(found, detail=f"Found {headers}") if isinstance(found, Fault) else found


class Strips(KafkaDirect):
    def unpack(self, body: bytes, headers: Headers) -> Parcel | Notice | Fault:
        return super().unpack(body.strip(), headers)


class Swaps(KafkaDirect):
    def unpack(self, body: bytes, headers: Headers) -> Parcel | Notice | Fault:
        found = super().unpack(body, headers)
        return replace(found, sender=found.receiver, receiver=found.sender) if isinstance(found, Parcel) else found


class Trusts(KafkaDirect):
    """Checks nothing."""

    def unpack(self, body: bytes, headers: Headers) -> Parcel | Notice | Fault:
        return Parcel(body=body, reference=headers.get("reference"), sender=headers.get("afzender"))


class Changes(KafkaDirect):
    def pack(self, outgoing: Parcel | Notice) -> Packed:
        packed = super().pack(outgoing)
        return replace(packed, headers={**packed.headers, "number": str(next(_numbers))})


class Forgets(KafkaDirect):
    """Knows fewer types than it says."""

    def unpack(self, body: bytes, headers: Headers) -> Parcel | Notice | Fault:
        return super().unpack(body, {**headers, "bericht": headers.get("bericht", "").replace("JW325", "?")})


class Small(KafkaDirect):
    """Takes less than it says."""

    capabilities = replace(KafkaDirect.capabilities, largest=KafkaDirect.capabilities.largest + 1)

    def unpack(self, body: bytes, headers: Headers) -> Parcel | Notice | Fault:
        return KafkaDirect().unpack(body, headers)


class Notices(KafkaDirect):
    """Says that it tells no later faults, and does."""

    capabilities = replace(KafkaDirect.capabilities, notices=False)


class Misplaces(KafkaDirect):
    """Tells a later fault about another message."""

    def pack(self, outgoing: Parcel | Notice) -> Packed:
        return super().pack(replace(outgoing, about=outgoing.reference) if isinstance(outgoing, Notice) else outgoing)


class Content(KafkaDirect):
    def reply(self, brought: Parcel | Notice, answer: Packed) -> Fault | None:
        return None


class Hopes(KafkaDirect):
    """Takes for a receipt whatever is no refusal of a hub: a message is lost at each 404."""

    def reply(self, brought: Parcel | Notice, answer: Packed) -> Fault | None:
        return super().reply(brought, answer) if answer.status >= 500 or b"urn:ijwhub" in answer.body else None


class Despairs(KafkaDirect):
    """Gives up at a 503."""

    def reply(self, brought: Parcel | Notice, answer: Packed) -> Fault | None:
        found = super().reply(brought, answer)
        return found if found is None or b"urn:ijwhub" in answer.body else replace(found, kind="refused-by-receiver")


class Welcomes(KafkaDirect):
    """Takes whatever page comes with status 200 for a receipt."""

    def reply(self, brought: Parcel | Notice, answer: Packed) -> Fault | None:
        return super().reply(brought, replace(answer, headers={}))


class Mistakes(KafkaDirect):
    """Names a message in its receipts, and does not look which."""

    def receipt(self, incoming: Parcel | Notice, receipt: Receipt) -> Packed:
        return replace(super().receipt(incoming, receipt), headers={"about": incoming.reference or ""})


class Gossips(KafkaDirect):
    """Repeats the words of an answer."""

    def reply(self, brought: Parcel | Notice, answer: Packed) -> Fault | None:
        found = super().reply(brought, answer)
        return found and replace(found, detail=answer.body.decode("utf-8", "replace"))


class Quotes(KafkaDirect):
    """Repeats the words of a later fault."""

    def unpack(self, body: bytes, headers: Headers) -> Parcel | Notice | Fault:
        found = super().unpack(body, headers)
        if not isinstance(found, Notice):
            return found
        return replace(found, fault=replace(found.fault, detail=body.decode("utf-8", "replace")))


class Impatient(KafkaDirect):
    """Gives up when it came too often."""

    def reply(self, brought: Parcel | Notice, answer: Packed) -> Fault | None:
        found = super().reply(brought, answer)
        return replace(found, kind="closed") if found and b"too-often" in answer.body else found


class Cuts(KafkaDirect):
    """Two numbers that begin alike become one."""

    def unpack(self, body: bytes, headers: Headers) -> Parcel | Notice | Fault:
        found = super().unpack(body, headers)
        return (
            replace(found, reference=found.reference and found.reference[:36]) if isinstance(found, Parcel) else found
        )


class Unmarks(KafkaDirect):
    """Leaves out a byte order mark."""

    def unpack(self, body: bytes, headers: Headers) -> Parcel | Notice | Fault:
        return super().unpack(body.removeprefix(b"\xef\xbb\xbf"), headers)


class Receives(KafkaDirect):
    """Another receipt for a repeat."""

    def receipt(self, incoming: Parcel | Notice, receipt: Receipt) -> Packed:
        return replace(super().receipt(incoming, receipt), status=200 if receipt.repeat else 202)


class Mutters(KafkaDirect):
    """Refuses without a code."""

    def refusal(self, fault: Fault, now: datetime) -> Packed:
        return Packed(body=b"no", status=super().refusal(fault, now).status)


def lax(options: Mapping[str, str]) -> KafkaDirect:
    """Takes any option."""
    found = KafkaDirect()
    found.name = "broken_lax"
    return found


def _make(broken: type[KafkaDirect]) -> Callable[[Mapping[str, str]], KafkaDirect]:
    def make(options: Mapping[str, str]) -> KafkaDirect:
        if options:
            raise ValueError("no options")
        found = broken()
        found.name = f"broken_{broken.__name__.lower()}"
        return found

    return make


raises, repeats, strips, swaps, trusts, changes = map(_make, (Raises, Repeats, Strips, Swaps, Trusts, Changes))
forgets, small, silent, misplaces, content = map(_make, (Forgets, Small, Notices, Misplaces, Content))
receives, mutters, hopes, despairs, gossips = map(_make, (Receives, Mutters, Hopes, Despairs, Gossips))
quotes, impatient, cuts, unmarks = map(_make, (Quotes, Impatient, Cuts, Unmarks))
welcomes, mistakes = map(_make, (Welcomes, Mistakes))

SEEN_BY: Mapping[str, str] = {
    "raises": "test_no_bytes_and_no_headers_make_it_raise",
    "repeats": "test_a_person_in_the_envelope_is_never_repeated",
    "strips": "test_what_is_packed_is_unpacked_again",
    "swaps": "test_a_wrong_sender_is_told",
    "trusts": "test_references_are_of_the_kind_that_is_told",
    "changes": "test_the_same_input_gives_the_same_bytes",
    "forgets": "test_every_message_type_that_it_names_goes_through",
    "small": "test_the_largest_message_passes_and_one_byte_more_does_not",
    "silent": "test_a_notice_is_unpacked_again_where_the_format_has_a_word_for_it",
    "misplaces": "test_a_notice_is_unpacked_again_where_the_format_has_a_word_for_it",
    "content": "test_any_answer_is_understood_somehow",
    "hopes": "test_any_answer_is_understood_somehow",
    "despairs": "test_any_answer_is_understood_somehow",
    "welcomes": "test_a_page_is_no_receipt",
    "mistakes": "test_a_receipt_that_names_another_message_is_none",
    "gossips": "test_a_person_in_an_answer_is_never_repeated",
    "quotes": "test_a_person_in_a_notice_is_never_repeated",
    "impatient": "test_what_came_too_often_is_brought_again",
    "cuts": "test_the_longest_reference_stays_whole",
    "unmarks": "test_what_is_packed_is_unpacked_again",
    "receives": "test_a_repeat_gets_the_same_receipt",
    "mutters": "test_a_reference_that_was_used_is_told",
    "lax": "test_an_option_that_it_does_not_know_is_refused",
}
"""By what each is called: the test that must fail for it."""
