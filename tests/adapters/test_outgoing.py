"""What an output of the hub becomes for an adapter: a message with what its envelope says, or a notice."""

from __future__ import annotations

import json

import pytest

from adapters.contract import Application, Notice, Parcel, application_of, software_of
from adapters.outgoing import ends, outgoing
from streams.core.ports import OutputBody, OutputHead, OutputKind
from tests.support.adapters import EARLIER, MESSAGE, NOW, REFERENCE


def output(kind: OutputKind, bericht: str | None, body: bytes = MESSAGE, answers: str | None = EARLIER) -> OutputBody:
    head = OutputHead(
        id="e.1", envelope_id="e", receiver="zorg", kind=kind, bericht=bericht, copy=True, created_at=NOW,
        delivered_at=None, acknowledged_at=None, relation="0392:65656001", reference=REFERENCE,
        answers_reference=answers, software="Zorgpakket/0002/0010",
    )  # fmt: skip
    return OutputBody(head=head, body=body)


def test_a_message_goes_out_with_its_own_software_and_an_answer_of_the_hub_without() -> None:
    sent = outgoing(output("bericht", "JW302"))
    assert sent == Parcel(
        body=MESSAGE, reference=REFERENCE, bericht="JW302", version=(3, 2), sender="65656001", receiver="0392",
        answers=EARLIER, made_at=NOW, application=Application("Zorgpakket", "0002", "0010"), copy=True,
    )  # fmt: skip
    made = outgoing(output("antwoord", "JW302"))
    assert isinstance(made, Parcel)
    assert made.application is None


@pytest.mark.parametrize(("answers", "about"), [(EARLIER, EARLIER), (None, "e")])
def test_a_fault_goes_out_as_a_notice_about_the_message_as_its_sender_knows_it(answers: str | None, about: str) -> None:
    body = json.dumps({"title": "No", "soort": "not-awaited", "findings": []}).encode()
    told = outgoing(output("fout", "JW302", body, answers))
    assert isinstance(told, Notice)
    assert (told.fault.kind, told.fault.title, told.fault.detail) == ("not-awaited", "No", "No")
    assert (told.about, told.reference, told.receiver, told.bericht) == (about, REFERENCE, "65656001", "JW302")
    assert told.problem == body
    assert told.application == Application("Zorgpakket", "0002", "0010")


def test_a_fault_about_what_has_no_type_has_no_receiver_that_is_known() -> None:
    told = outgoing(output("fout", None, b'{"title": "No"}'))
    assert isinstance(told, Notice)
    assert (told.receiver, told.fault.kind) == (None, "payload")


@pytest.mark.parametrize(
    ("bericht", "sender"),
    [("JW301", "0392"), ("JW302", "65656001"), ("JW305", "65656001"), ("JW306", "0392"), ("JW325", "0392")],
)
def test_who_sends_follows_from_the_type(bericht: str, sender: str) -> None:
    assert ends("0392:65656001", bericht)[0] == sender
    assert sorted(ends("0392:65656001", bericht)) == ["0392", "65656001"]


@pytest.mark.parametrize("application", [None, Application("a/b", "0001", "0000"), Application("Zorg")])
def test_software_is_told_and_read_as_one_word(application: Application | None) -> None:
    assert application_of(software_of(application)) == application


@pytest.mark.parametrize("word", ["", "x", "x/0001"])
def test_other_words_tell_no_software(word: str) -> None:
    assert application_of(word) is None
