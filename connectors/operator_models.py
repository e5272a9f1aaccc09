"""What the hub tells operators and auditors, as JSON. Never what a message says, and no name of a person."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from connectors.http_models import EXAMPLE_ID, Bericht, Finding, Output, output_of
from schemas.ijw_3_2.findings import without_bsn
from streams.core.auditing import Action, AuditEntry
from streams.core.effects import Outcome
from streams.core.freezes import Freeze
from streams.core.mail import PartyMail, Way
from streams.core.parties import BERICHTEN, Directory
from streams.core.ports import OutputHead, Trace, Unanswered


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class Delivery(Output):
    """One output, and how far it is on its way to its receiver."""

    ontvanger: str = Field(description="The id of the party that it is for, or of its connection")
    mislukt: datetime | None = Field(description="When bringing it failed the last time")
    reden: str | None = Field(description="Why bringing it failed the last time")


class MessageStatus(_Model):
    """Where a message stands. Received, checked, delivered, fetched, answered and accepted are told apart."""

    id: str = Field(examples=[EXAMPLE_ID])
    bericht: Bericht
    partij: str = Field(description="The id of the party that sent it")
    bron: str = Field(description="Over what it came")
    referentie: str = Field(description="The sender's own reference")
    relatie: str = Field(description="Gemeente and aanbieder, by their codes", examples=["0392:65656001"])
    ontvangen: datetime = Field(description="Received: durable in the hub")
    verwerkt: datetime | None = Field(description="Checked: when the hub decided; null as long as it waits")
    uitkomst: Outcome | None = Field(description="What the hub thought of it")
    niveau: int | None = Field(description="The lowest level that failed, 1 to 4", ge=1, le=4)
    bevindingen: list[Finding] = Field(description="Why it is refused, or of a claim which lines are")
    beantwoord: datetime | None = Field(description="When the first return message to it was made")
    antwoord: Outcome | None = Field(description="What that return message says of it: accepted, partly or refused")
    uitvoer: list[Delivery] = Field(description="What it brought about")


class WaitingMail(_Model):
    """What a party has not got yet, summed."""

    partij: str = Field(description="The id of the party, or of its connection")
    weg: Way = Field(
        description="How it gets its mail: brought (push, folder, sftp, kafka), fetched (mailbox), handed over to its "
        "connection (via); unknown for one that is not in the file of parties, whose mail waits for ever"
    )
    aantal: int = Field(description="How many")
    vergeefs: int = Field(description="How many of them could not be brought at least once")
    sinds: datetime = Field(description="When the oldest was made")
    oudste: str = Field(description="The id of the oldest", examples=[f"{EXAMPLE_ID}.1"])
    mislukt: datetime | None = Field(description="When bringing one of them failed the last time")
    reden: str | None = Field(description="Why that failed")


class OpenPair(_Model):
    """Messages of a type that wait for their return message (or JW325) in a relation."""

    relatie: str = Field(description="Gemeente and aanbieder, by their codes", examples=["0392:65656001"])
    bericht: Bericht
    aantal: int = Field(description="How many")
    sinds: datetime = Field(description="When the oldest was received")
    oudste: str = Field(description="The id of the oldest", examples=[EXAMPLE_ID])


class Closing(_Model):
    """A time in which messages are not taken in."""

    naam: str
    van: datetime
    tot: datetime = Field(description="At this moment they are taken in again")
    nu: bool = Field(description="Whether it is going on")
    berichten: list[str] | None = Field(description="The types; null for all")
    gemeenten: list[str] | None = Field(description="The codes of whose messages, to and from; null for everybody's")


class NotedAct(_Model):
    """An entry of the audit log."""

    nummer: int = Field(description="From 1, without gaps")
    moment: datetime
    wie: str = Field(description="The id of a party or user; operator on the command line; unknown for a stranger")
    middel: str = Field(description="The credential")
    daad: Action
    waar: str = Field(description="The route or command", examples=["GET /v1/postbus/{id}"])
    over: str | None = Field(description="The id of the message or output that it is about")
    reden: str | None = Field(description="Why it was refused")
    vorige: str = Field(description="The hash of the entry before it; of the first one 64 zeros")
    hash: str = Field(
        description="SHA-256, over nummer, vorige, moment (as 2026-05-04T12:00:00.123456+00:00), wie, middel, daad, "
        "waar, over and reden (an empty text for null), as a list in JSON in UTF-8 without spaces"
    )


def delivery(head: OutputHead, directory: Directory) -> Delivery:
    """An output as an operator sees it."""
    return Delivery(
        **output_of(head, directory).model_dump(),
        ontvanger=head.receiver,
        mislukt=head.failed_at,
        reden=without_bsn(head.reason) if head.reason else None,
    )


def waiting(one: PartyMail) -> WaitingMail:
    """What a party has not got yet, as an operator sees it."""
    return WaitingMail(
        partij=one.receiver,
        weg=one.way,
        aantal=one.count,
        vergeefs=one.failed,
        sinds=one.since,
        oudste=one.oldest,
        mislukt=one.failed_at,
        reden=without_bsn(one.reason) if one.reason else None,
    )


def message(trace: Trace, directory: Directory) -> MessageStatus:
    """A message as an operator sees it."""
    judged, answer = trace.judged, trace.answer
    return MessageStatus(
        id=trace.id,
        bericht=trace.bericht,
        partij=trace.party,
        bron=trace.source,
        referentie=without_bsn(trace.reference),  # the sender chose it
        relatie=trace.relation,
        ontvangen=trace.received_at,
        verwerkt=trace.decided_at,
        uitkomst=judged.outcome if judged else None,
        niveau=judged.level if judged else None,
        bevindingen=[Finding.model_validate(one) for one in judged.findings] if judged else [],
        beantwoord=answer.created_at if answer else None,
        antwoord=answer.outcome if answer else None,
        uitvoer=[delivery(head, directory) for head in trace.outputs],
    )


def open_pair(one: Unanswered) -> OpenPair:
    """What waits for an answer in a relation."""
    return OpenPair(relatie=one.relation, bericht=one.bericht, aantal=one.count, sinds=one.since, oudste=one.oldest)


def closing(freeze: Freeze, now: datetime) -> Closing:
    """A freeze that has not ended."""
    return Closing(
        naam=freeze.name,
        van=freeze.start,
        tot=freeze.until,
        nu=freeze.start <= now,
        berichten=None if freeze.berichten == BERICHTEN else sorted(freeze.berichten),
        gemeenten=None if freeze.gemeenten is None else sorted(freeze.gemeenten),
    )


def noted_act(noted: AuditEntry) -> NotedAct:
    """An entry of the audit log as an auditor sees it."""
    act = noted.act
    return NotedAct(
        nummer=noted.number,
        moment=act.at,
        wie=act.actor,
        middel=act.credential,
        daad=act.action,
        waar=act.where,
        over=act.subject or None,
        reden=act.reason or None,
        vorige=noted.previous,
        hash=noted.hash,
    )
