"""Vendors of which the answers are wrong, in one thing each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lxml import etree
from msgspec.structs import replace

from adapters.contract import Fault, Parcel
from schemas.ijw_3_2.findings import Finding
from schemas.ijw_3_2.reading import Message
from tests.support.vendor import Vendor

LONG = timedelta(seconds=33)
"""Longer than the patience of the kit in tests, and seen all the same when it listens at the end."""


@dataclass
class Rewriting(Vendor):
    """Changes the text of its own answers."""

    def answered(self, read: Message, findings: Sequence[Finding], now: datetime) -> bytes:
        return self.rewritten(super().answered(read, findings, now).decode()).encode()

    def rewritten(self, text: str) -> str:
        raise NotImplementedError


# --- whether and when it answers ---------------------------------------------------------------------


class NeverAnswers(Vendor):
    def reply(self, parcel: Parcel, read: Message, findings: Sequence[Finding], now: datetime) -> None:
        pass


class AnswersLate(Vendor):
    def reply(self, parcel: Parcel, read: Message, findings: Sequence[Finding], now: datetime) -> None:
        self.send(self.answered(read, findings, now), now + LONG, parcel.reference)


class AnswersTwice(Vendor):
    def reply(self, parcel: Parcel, read: Message, findings: Sequence[Finding], now: datetime) -> None:
        super().reply(parcel, read, findings, now)
        super().reply(parcel, read, findings, now + timedelta(seconds=1))


class AnswersARepeat(Vendor):
    def repeated(self, parcel: Parcel, read: Any, now: datetime) -> Fault | None:
        self.reply(parcel, read, (), now)
        return None


class RefusesARepeat(Vendor):
    def repeated(self, parcel: Parcel, read: Any, now: datetime) -> Fault | None:
        return Fault(kind="reference-used", title="Used before", detail="Used before.")


class AnswersOutsideSchema(Vendor):
    def outside_schema(self, parcel: Parcel, now: datetime) -> Fault | None:
        read = self.schemas.read(parcel.body.replace(b"geen datum", b"2026-11-16"))
        assert isinstance(read, Message)
        self.reply(parcel, read, (whole(read),), now)
        return super().outside_schema(parcel, now)


class SilentOutsideSchema(Vendor):
    def outside_schema(self, parcel: Parcel, now: datetime) -> Fault | None:
        return None


class BlamesSomethingElse(Vendor):
    def outside_schema(self, parcel: Parcel, now: datetime) -> Fault | None:
        return Fault(kind="too-large", title="No", detail="No.")


class RefusesTechnically(Vendor):
    def receive(self, what: Any, now: datetime) -> Fault | None:
        super().receive(what, now)
        return Fault(kind="payload", title="No", detail="No.")


class RefusesAnswers(Vendor):
    def take_answer(self, parcel: Parcel, now: datetime) -> Fault | None:
        return Fault(kind="unknown-function", title="No", detail="No.")


# --- how its answers are built -----------------------------------------------------------------------


class SwapsEnds(Rewriting):
    def rewritten(self, text: str) -> str:
        found = re.search(r"Afzender>(\d+)<.*?Ontvanger>(\d+)<", text, re.S)
        assert found
        one, other = found.groups()
        swapped = found[0].replace(f">{one}<", ">#<").replace(f">{other}<", f">{one}<").replace(">#<", f">{other}<")
        return text if "jw325" in text else text.replace(found[0], swapped)


class WrongReturnType(Rewriting):
    def rewritten(self, text: str) -> str:
        return text.replace("jw302", "jw320").replace(">437<", ">489<")


class OneIdentificatieRetour(Rewriting):
    def rewritten(self, text: str) -> str:
        return re.sub(r"IdentificatieRetour>[^<\s]+<", "IdentificatieRetour>R1<", text)


class OtherDagtekening(Rewriting):
    def rewritten(self, text: str) -> str:
        return re.sub(r"ijw:Dagtekening>[^<\s]+<", "ijw:Dagtekening>2026-11-15<", text, count=1)


class ReturnFromTheFuture(Rewriting):
    def rewritten(self, text: str) -> str:
        return re.sub(r"DagtekeningRetour>[^<\s]+<", "DagtekeningRetour>2027-01-01<", text)


class OutsideSchema(Rewriting):
    def rewritten(self, text: str) -> str:
        return re.sub(r"DagtekeningRetour>[^<\s]+<", "DagtekeningRetour>16-11-2026<", text)


class ChangesContent(Rewriting):
    def rewritten(self, text: str) -> str:
        return re.sub(r"(ToewijzingIngangsdatum|Ingangsdatum)>[^<\s]+<", r"\1>2026-10-02<", text)


# --- its codes ---------------------------------------------------------------------------------------


class AcceptsEverything(Vendor):
    def answered(self, read: Message, findings: Sequence[Finding], now: datetime) -> bytes:
        return super().answered(read, (), now)


class RefusesEverything(Vendor):
    def answered(self, read: Message, findings: Sequence[Finding], now: datetime) -> bytes:
        return super().answered(read, (whole(read),), now)


@dataclass
class Overlooks(Vendor):
    """Does not check the rules of which it overlooks the code."""

    codes: tuple[str, ...] = ()

    def answered(self, read: Message, findings: Sequence[Finding], now: datetime) -> bytes:
        return super().answered(read, [one for one in findings if one.retourcode not in self.codes], now)


class LeavesOutTheLastCode(Vendor):
    """Of several classes at fault only the first is told."""

    def answered(self, read: Message, findings: Sequence[Finding], now: datetime) -> bytes:
        return super().answered(read, findings[:1], now)


class NothingNotAssessed(Rewriting):
    def rewritten(self, text: str) -> str:
        return text.replace(">0233<", ">0200<")


class WholeInsteadOfClasses(Vendor):
    """Refuses everything as a whole (0001), whatever the level."""

    def answered(self, read: Message, findings: Sequence[Finding], now: datetime) -> bytes:
        return super().answered(read, (whole(read),) if findings else (), now)


class ClassesOnLevel2(Rewriting):
    def rewritten(self, text: str) -> str:
        return text.replace(">0001<", ">0200<")


class AddsACode(Rewriting):
    def rewritten(self, text: str) -> str:
        root = etree.fromstring(text.encode())
        for group in root.iter("{*}RetourCodes"):
            if [code.text for code in group] == ["9379"]:
                etree.SubElement(group, group[0].tag).text = "9332"
        return etree.tostring(root).decode()


# --- claims ------------------------------------------------------------------------------------------


class WrongTotals(Rewriting):
    def rewritten(self, text: str) -> str:
        if "jw325" not in text:
            return text
        return re.sub(r"(TotaalToegekendBedrag>\s*<ijw:TotaalBedrag>)\d+", r"\g<1>100", text)


class ForgetsALine(Vendor):
    """Does not return the last refused line, and grants it in the total."""

    def answered(self, read: Message, findings: Sequence[Finding], now: datetime) -> bytes:
        left = findings[:-1] if read.name == "JW323" and len(findings) > 1 else findings
        return super().answered(read, left, now)


class OneLineRefusesAll(Vendor):
    """Refuses a whole claim for one wrong line."""

    def answered(self, read: Message, findings: Sequence[Finding], now: datetime) -> bytes:
        lines = [one for one in findings if one.klasse == "Prestatie"]
        if not lines:
            return super().answered(read, findings, now)
        claim = replace(lines[0], klasse="Declaratie", path="Bericht/Declaratie", retourcode="9333")
        return super().answered(read, (claim,), now)


def whole(read: Message) -> Finding:
    """A reason to refuse a whole message."""
    return Finding(
        rule="TR018", level=2, retourcode="0001", klasse="Header", path="Bericht/Header", key=None, text="No."
    )
