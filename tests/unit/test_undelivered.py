"""Who is told of what could not be delivered, and what."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from adapters.contract import Notice
from adapters.outgoing import outgoing
from adapters.registry import adapter
from streams.core.ports import OutputBody, OutputHead, OutputKind, Trace
from streams.core.undelivered import Undelivered, told_of

NOW = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
TRACE = Trace(
    partition=0,
    position=1,
    id="0f5e2c0a-5b1d-5c7e-9d55-1c2b3a4d5e6f",
    received_at=NOW,
    source="http",
    party="joint",
    reference="order-1",
    bericht="JW301",
    relation="0392:65656001",
    decided_at=NOW,
    judged=None,
    reason=None,
    outputs=(),
)


def output(kind: OutputKind = "bericht", copy: bool = False) -> OutputHead:
    return OutputHead(
        id=f"{TRACE.id}.1",
        envelope_id=TRACE.id,
        receiver="zorg",
        kind=kind,
        bericht="JW301",
        copy=copy,
        created_at=NOW,
        delivered_at=None,
        acknowledged_at=None,
    )


@pytest.mark.parametrize(
    ("soort", "words"), [("undeliverable", "not reached in time"), ("refused-by-receiver", "refused by its receiver")]
)
def test_the_sender_of_a_message_is_told(soort: Undelivered, words: str) -> None:
    told = told_of(TRACE, output(), soort, "HTTP 503")
    assert told is not None
    assert (told.receiver, told.bericht) == ("joint", "JW301")
    problem = json.loads(told.body)
    assert words in problem.pop("title")
    assert problem.pop("detail").startswith("Found: HTTP 503. Expected ")
    assert problem == {
        "type": "urn:ijwhub:fout:niet-bezorgd",
        "instance": TRACE.id,
        "reference": "order-1",
        "bericht": "JW301",
        "soort": soort,
    }


@pytest.mark.parametrize(
    ("kind", "copy"), [("bericht", True), ("antwoord", False), ("antwoord", True), ("fout", False)]
)
def test_of_what_nobody_sent_nobody_is_told(kind: OutputKind, copy: bool) -> None:
    assert told_of(TRACE, output(kind, copy), "undeliverable", "HTTP 503") is None


def test_what_could_be_a_bsn_is_masked() -> None:
    told = told_of(TRACE, output(), "refused-by-receiver", "BSN 999900006 is unknown")
    assert told is not None
    assert b"999900006" not in told.body


@pytest.mark.parametrize("soort", ["undeliverable", "refused-by-receiver"])
def test_every_adapter_can_tell_it(soort: Undelivered) -> None:
    told = told_of(TRACE, output(), soort, "HTTP 503")
    assert told is not None
    notice = outgoing(OutputBody(head=output("fout"), body=told.body))
    assert isinstance(notice, Notice)
    assert notice.fault.kind == soort
    assert notice.fault.detail.startswith("Found: HTTP 503.")


@pytest.mark.parametrize("bericht", ["JW302", "JW325"])
@pytest.mark.parametrize("soort", ["undeliverable", "refused-by-receiver"])
def test_who_sent_an_answer_is_not_told_to_send_another_one(soort: Undelivered, bericht: str) -> None:
    """What it answers waits no more, so the hub would refuse that."""
    told = told_of(replace(TRACE, bericht=bericht), output(), soort, "HTTP 503")
    assert told is not None
    assert b"the hub's operator" in told.body
    assert b"new reference" not in told.body


@pytest.mark.parametrize(("bericht", "end"), [("JW301", "under a new reference."), ("JW302", ".")])
@pytest.mark.parametrize("soort", ["undeliverable", "refused-by-receiver"])
def test_what_to_do_next_fits_in_a_fo01(soort: Undelivered, bericht: str, end: str) -> None:
    """Its omschrijving has 200 characters."""
    told = told_of(replace(TRACE, bericht=bericht), output(), soort, "reference-used (StUF016)")
    assert told is not None
    packed = adapter("stuf_ggk").pack(outgoing(OutputBody(head=output("fout"), body=told.body)))
    assert packed is not None
    assert f"{end}</StUF:omschrijving>".encode() in packed.body
    assert b".." not in packed.body
