"""What the hub says over HTTP, as JSON. The names of the fields are Dutch: partners read them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from schemas.ijw_3_2.findings import Finding as Found
from streams.core.effects import Outcome
from streams.core.parties import Directory, Party
from streams.core.ports import OutputHead, OutputKind, Trace
from streams.core.ports import Receipt as Taken

EXAMPLE_ID = "0f5e2c0a-5b1d-5c7e-9d55-1c2b3a4d5e6f"
_AT = "2026-03-10T09:12:44.318000Z"

ABOUT = """
An integration hub for Dutch youth-care messages (iJw 3.2).

A party hands a message in with `POST /v1/berichten`, and has a promise with status 202: the message is durable.
What the hub finds and brings about follows; ask for it with `GET /v1/berichten/{id}`. What is meant for a party
waits in `/v1/postbus`, oldest first, until the party acknowledges it with `DELETE`. Acknowledge after storing it:
until then it can be fetched as often as needed.

Send an `Idempotency-Key` of your own with every message and repeat a request whose answer you did not get with the
same key: the hub then never takes a message in twice.
"""
"""What the published description says first."""

Bericht = Annotated[str, Field(description="The type of the message", examples=["JW305"])]
Kind = Annotated[
    OutputKind,
    Field(description="bericht: a message of another party. antwoord: made by the hub in the receiver's name. fout: "
          "a fault outside the standard's messages"),
]  # fmt: skip
Copy = Annotated[bool, Field(description="A copy: for a CJG, or for whoever did not send what is answered")]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class Problem(_Model):
    """Problem details (RFC 9457). Clients decide on `type`; the texts are for people."""

    type: str = Field(description="The kind of problem", examples=["urn:ijwhub:fout:not-found"])
    title: str = Field(description="The kind of problem in words")
    status: int = Field(description="The HTTP status", examples=[404])
    detail: str = Field(description="What was found, what is expected and what to do next")
    instance: str = Field(description="The path of the request", examples=["/v1/berichten"])


class Receipt(_Model):
    """The hub has the message durably. It says nothing yet about what the message is worth."""

    id: str = Field(description="The id of this delivery", examples=[EXAMPLE_ID])
    ontvangen: datetime = Field(description="When it was received first; terms run from it", examples=[_AT])
    herhaling: bool = Field(
        description="The hub had exactly this message under this Idempotency-Key already", examples=[False]
    )
    status: str = Field(description="Where to ask after it", examples=[f"/v1/berichten/{EXAMPLE_ID}"])


class Finding(_Model):
    """One reason why a message, or a class of it, is refused. Holds no personal data."""

    rule: str = Field(description="The rule of the standard, or XSD", examples=["TR063"])
    retourcode: str | None = Field(description="The code in the return message; null on level 1", examples=["9063"])
    klasse: str = Field(
        serialization_alias="class", description="The message class at fault", examples=["StartProduct"]
    )
    key: str | None = Field(description="The logical key of the class, when it has one that tells no person")
    path: str = Field(
        description="Where in the message, counting from 1",
        examples=["Bericht/Client/StartProducten/StartProduct[2]/Begindatum"],
    )
    text: str = Field(description="What was found, what is expected and what to do next")


class _OnItsWay(_Model):
    kopie: Copy
    afgeleverd: datetime | None = Field(description="Delivered: when the receiver got it, brought or fetched")
    opgehaald: datetime | None = Field(
        description="Fetched: when the receiver fetched it first; null for a receiver to whom it is brought"
    )
    bevestigd: datetime | None = Field(description="Acknowledged: when the receiver said that it has it safely")
    pogingen: int = Field(description="How often bringing it failed", examples=[0])
    onbestelbaar: datetime | None = Field(description="When the hub gave up bringing it, or its receiver refused it")


class Progress(_OnItsWay):
    """How far a message is on its way to one receiver; for the sender, and without saying who that is."""

    klaargezet: datetime = Field(
        description="Since when it stands in the receiver's mailbox, or waits to be brought", examples=[_AT]
    )


class Output(_OnItsWay):
    """What this message brought about for the party that asks."""

    id: str = Field(description="Its id in /v1/postbus", examples=[f"{EXAMPLE_ID}.1"])
    soort: Kind
    bericht: Bericht | None
    aangemaakt: datetime = Field(description="When it was made", examples=[_AT])


class NotChecked(_Model):
    """A rule that could not be decided."""

    rule: str = Field(description="The rule of the standard", examples=["TR381"])
    needs: str = Field(description="What it would need")


class Status(_Model):
    """Where a message stands: received, checked, delivered, fetched, acknowledged, answered, accepted, each apart."""

    id: str = Field(examples=[EXAMPLE_ID])
    bericht: Bericht
    ontvangen: datetime = Field(description="Received: durable in the hub", examples=[_AT])
    referentie: str | None = Field(description="The sender's own reference; null for everybody else")
    verwerkt: datetime | None = Field(description="Checked: when the hub decided; null as long as it waits")
    uitkomst: Outcome | None = Field(
        description="accepted; partly: lines of a claim are refused; refused, with the reasons; quarantined: a fault "
        "of the hub, its operator looks at it"
    )
    niveau: int | None = Field(description="The lowest level that failed, 1 to 4", ge=1, le=4)
    bevindingen: list[Finding] = Field(description="Why it is refused, or of a claim which lines are")
    niet_gecontroleerd: list[NotChecked] = Field(description="Rules that could not be decided: not passed, not failed")
    opmerkingen: list[Finding] = Field(description="What is wrong with an answer that was passed on all the same")
    beantwoord: datetime | None = Field(
        description="Answered: since when its return message or JW325 is there for its sender, whether the hub made it "
        "or the receiver itself. Null as long as there is none; a fault is no answer, and stands in uitvoer"
    )
    antwoord: Outcome | None = Field(
        description="Accepted: what that answer says, accepted, partly or refused. Null as long as there is none"
    )
    uitvoer: list[Output] = Field(description="What it brought about for the party that asks, and only that")
    ontvangers: list[Progress] | None = Field(
        description="For the sender: how far it is with each receiver; null for everybody else"
    )


class Waiting(_Model):
    """Something that waits for a party until that party acknowledges it."""

    id: str = Field(examples=[f"{EXAMPLE_ID}.1"])
    soort: Kind
    bericht: Bericht | None
    kopie: Copy
    aangemaakt: datetime = Field(description="When it was made", examples=[_AT])
    link: str = Field(description="GET fetches it, DELETE acknowledges it", examples=[f"/v1/postbus/{EXAMPLE_ID}.1"])


class Health(_Model):
    """The hub is well."""

    status: str = Field(examples=["ok"])


class Root(_Model):
    """What this is, and where to read on."""

    name: str
    version: str = Field(description="The version of the software")
    openapi: str = Field(description="The description of this interface, OpenAPI 3")
    docs: str = Field(description="Where to read how to use it")


def receipt_of(taken: Taken) -> Receipt:
    """The answer to a message that was taken in."""
    return Receipt(
        id=taken.envelope_id,
        ontvangen=taken.received_at,
        herhaling=taken.repeat,
        status=f"/v1/berichten/{taken.envelope_id}",
    )


def waiting(head: OutputHead) -> Waiting:
    """An output as it is listed in its receiver's mailbox."""
    return Waiting(
        id=head.id,
        soort=head.kind,
        bericht=head.bericht,
        kopie=head.copy,
        aangemaakt=head.created_at,
        link=f"/v1/postbus/{head.id}",
    )


def status_for(party: Party, trace: Trace, directory: Directory) -> Status | None:
    """What a party may know of a message; None when it is neither its sender nor gets anything of it.

    `directory` tells which receivers fetch what is for them.
    """
    own = [output for output in trace.outputs if output.receiver == party.id]
    is_sender = trace.party == party.id
    if not (own or is_sender):
        return None
    judged = trace.judged
    answer = trace.answer
    return Status(
        id=trace.id,
        bericht=trace.bericht,
        ontvangen=trace.received_at,
        referentie=trace.reference if is_sender else None,
        verwerkt=trace.decided_at,
        uitkomst=judged.outcome if judged else None,
        niveau=judged.level if judged else None,
        bevindingen=_findings(judged.findings if judged else ()),
        niet_gecontroleerd=[NotChecked(rule=n.rule, needs=n.needs) for n in judged.not_checked] if judged else [],
        opmerkingen=_findings(judged.remarks if judged else ()),
        beantwoord=answer.created_at if answer else None,
        antwoord=answer.outcome if answer else None,
        uitvoer=[output_of(output, directory) for output in own],
        ontvangers=_receivers(trace, directory) if is_sender else None,
    )


def _findings(found: Iterable[Found]) -> list[Finding]:
    return [Finding.model_validate(finding) for finding in found]


def _receivers(trace: Trace, directory: Directory) -> list[Progress]:
    heads = (head for head in trace.outputs if head.kind == "bericht" and head.receiver != trace.party)
    return [Progress(klaargezet=head.created_at, **_on_its_way(head, directory)) for head in heads]


def output_of(head: OutputHead, directory: Directory) -> Output:
    """An output as its receiver sees it."""
    return Output(
        id=head.id,
        soort=head.kind,
        bericht=head.bericht,
        aangemaakt=head.created_at,
        **_on_its_way(head, directory),
    )


def _on_its_way(head: OutputHead, directory: Directory) -> dict[str, Any]:
    receiver = directory.by_id(head.receiver)
    fetches = receiver is not None and receiver.fetches
    return {
        "kopie": head.copy,
        "afgeleverd": head.delivered_at,
        "opgehaald": head.delivered_at if fetches else None,
        "bevestigd": head.acknowledged_at,
        "pogingen": head.attempts,
        "onbestelbaar": head.undeliverable_at,
    }


def complete(document: dict[str, Any], version: str) -> None:
    """Add to a description what the framework leaves out: Problem, and the header that every response has."""
    document["components"]["schemas"]["Problem"] = Problem.model_json_schema()
    said = {"description": "The full version of this interface", "schema": {"type": "string", "const": version}}
    document["components"]["headers"] = {"API-Version": said}
    for operation in (one for path in document["paths"].values() for one in path.values()):
        for answer in operation["responses"].values():
            answer.setdefault("headers", {})["API-Version"] = {"$ref": "#/components/headers/API-Version"}
