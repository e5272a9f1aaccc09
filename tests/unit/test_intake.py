"""What may enter: envelope against header, who sends for whom, freezes, and what an answer refers to."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.ijw_3_2.sniffing import sniff
from streams.core.envelope import Envelope
from streams.core.freezes import Freeze
from streams.core.intake import Declared, Rejection, admit, crossed
from streams.core.parties import Directory, Party

MESSAGES = Path(__file__).parents[1] / "cases" / "messages"
NOW = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
JW301 = (MESSAGES / "JW301.xml").read_bytes()  # from 0392 to 65656001
JW302 = JW301.replace(b"jw301", b"jw302")  # intake reads the header only, and a return message copies that
JW305 = (MESSAGES / "JW305.xml").read_bytes()
JW325 = (MESSAGES / "JW325.xml").read_bytes()


def party(id: str, kind: str, **keys: Any) -> Party:
    return Party.model_validate({"id": id, "kind": kind, "name": id, **keys})


PARTIES = Directory(
    (
        party("haarlem", "gemeente", code="0392", via="joint"),
        party("joint", "samenwerkingsverband"),
        party("velsen", "gemeente", code="0453"),
        party("zorg", "aanbieder", code="65656001"),
        party("office", "indiener", mandates=[{"aanbieder": "65656001", "berichten": ["JW305"]}]),
    )
)


def offered(body: bytes, by: str, declared: Declared | None = None, *freezes: Freeze) -> Envelope | Rejection:
    sender = PARTIES.by_id(by)
    assert sender is not None
    return admit(
        body, sender, PARTIES, source="test", reference="1", now=NOW, declared=declared, freezes=freezes
    )  # fmt: skip


def reason(found: Envelope | Rejection) -> str | None:
    return found.reason if isinstance(found, Rejection) else None


def freeze(*berichten: str, gemeenten: frozenset[str] | None = None, ends: int = 1) -> Freeze:
    until = NOW + timedelta(hours=ends)
    return Freeze(
        name="Release", berichten=frozenset(berichten), start=NOW - timedelta(1), until=until, gemeenten=gemeenten
    )


# who sends for whom


@pytest.mark.parametrize(
    ("body", "by", "expected"),
    [
        (JW301, "joint", None),
        (JW301, "velsen", "not-your-message"),
        (JW301, "zorg", "not-your-message"),
        (JW301, "office", "not-your-message"),
        (JW302, "zorg", None),
        (JW302, "joint", "not-your-message"),
        (JW302, "office", "not-your-message"),
        (JW305, "zorg", None),
        (JW305, "office", None),
        (JW305, "joint", "not-your-message"),
    ],
)
def test_the_credential_must_be_of_who_may_send_as_the_sender(body: bytes, by: str, expected: str | None) -> None:
    found = offered(body, by)
    assert reason(found) == expected
    if isinstance(found, Envelope):
        assert (found.party, found.receiver) == (by, sniff(body).receiver)


# envelope against header

TRUE = Declared(bericht="JW302", version=(3, 2), sender="65656001", receiver="0392", software="Zorgpakket/0002/0010")


def test_an_envelope_that_agrees() -> None:
    found = offered(JW302, "zorg", TRUE)
    assert isinstance(found, Envelope)
    assert (found.bericht, found.receiver, found.relation) == ("JW302", "0392", "0392:65656001")
    assert found.software == "Zorgpakket/0002/0010"
    assert reason(offered(JW302, "zorg", Declared())) is None
    assert reason(offered(JW305, "zorg", Declared(bericht="JW305", sender="65656001", receiver="0392"))) is None


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        (Declared(bericht="JW301"), "names JW301 as type, the message inside JW302"),
        (Declared(version=(3, 1)), "names 3.1 as version, the message inside 3.2"),
        (Declared(version=(2, 2)), "names 2.2 as version"),
        (Declared(version=(3, 0)), "names 3.0 as version"),
        (Declared(sender="0392"), "names 0392 as sender, the message inside 65656001"),
        (Declared(sender="65656002"), "names 65656002 as sender, the message inside 65656001"),
        (Declared(receiver="65656001"), "names 65656001 as receiver, the message inside 0392"),
        (Declared(receiver="0453"), "names 0453 as receiver, the message inside 0392"),
        (Declared(receiver=""), "names (not shown) as receiver"),
        (Declared(sender="999900006"), "names (not shown) as sender"),
        (Declared(bericht="Noor Duinkerk"), "names (not shown) as type"),
    ],
)
def test_an_envelope_that_does_not(declared: Declared, told: str) -> None:
    found = offered(JW302, "zorg", declared)
    assert isinstance(found, Rejection)
    assert (found.reason, found.bericht) == ("mismatch", "JW302")
    assert f"The envelope {told}" in found.detail


def test_a_mismatch_is_told_before_anything_that_depends_on_the_header() -> None:
    """Else who may not send could ask with any header who is known here."""
    unknown = re.sub(rb"(Afzender>)0392", rb"\g<1>0344", JW301)
    assert reason(offered(unknown, "zorg")) == "unknown-sender"
    assert reason(offered(unknown, "zorg", Declared(sender="0392"))) == "mismatch"
    assert reason(offered(b"<a/>", "zorg", Declared(sender="0392"))) == "unreadable"


# freezes


def test_what_a_freeze_keeps_out() -> None:
    found = offered(JW301, "joint", None, freeze("JW301"))
    assert isinstance(found, Rejection)
    assert (found.reason, found.bericht) == ("closed", "JW301")
    assert "a freeze (Release), which lasts until 2026-11-24 00:30 in the Netherlands." in found.detail
    assert "send it again then, unchanged" in found.detail


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (freeze("JW302"), None),
        (freeze("JW301", ends=0), None),
        (freeze("JW301", gemeenten=frozenset({"0453", "65656001"})), None),
        (freeze("JW301", gemeenten=frozenset({"0392"})), "closed"),
    ],
)
def test_a_freeze_is_about_types_gemeenten_and_a_time(one: Freeze, expected: str | None) -> None:
    assert reason(offered(JW301, "joint", None, one)) == expected


def test_the_gemeente_of_what_it_gets_is_looked_at_too() -> None:
    one = freeze("JW305", gemeenten=frozenset({"0392"}))
    assert reason(offered(JW305, "zorg", None, one)) == "closed"


def test_a_freeze_comes_after_who_may_send() -> None:
    assert reason(offered(JW301, "velsen", None, freeze("JW301"))) == "not-your-message"


# what an answer refers to


@pytest.mark.parametrize(
    ("body", "by", "answered", "fits"),
    [
        (JW302, "zorg", ("JW301", "0392:65656001"), True),
        (JW302, "zorg", ("JW305", "0392:65656001"), False),
        (JW302, "zorg", ("JW302", "0392:65656001"), False),
        (JW302, "zorg", ("JW301", "0392:65656002"), False),
        (JW302, "zorg", None, False),
        (JW325, "joint", ("JW323", "0392:65656001"), True),
        (JW325, "joint", ("JW305", "0392:65656001"), False),
        (JW301, "joint", ("JW315", "0392:65656001"), True),
        (JW301, "joint", ("JW315", "0453:65656001"), False),
        (JW301, "joint", None, False),
    ],
)
def test_an_answer_refers_to_what_it_answers(
    body: bytes, by: str, answered: tuple[str, str] | None, fits: bool
) -> None:
    envelope = offered(body, by)
    assert isinstance(envelope, Envelope)
    found = crossed(envelope, answered)
    assert reason(found or envelope) == (None if fits else "cross-reference")
