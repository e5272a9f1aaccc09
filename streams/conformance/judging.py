"""From what happened in a run to its checks. Pure; may be asked at any moment, for a run that is still going on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from adapters.contract import Kind
from schemas.ijw_3_2.reading import Schemas, Unreadable
from streams.conformance.checks import Checks
from streams.conformance.judging_answers import (
    identifications,
    judge_answer,
    judge_term,
    new_answers,
)
from streams.conformance.judging_rules import held_against_rules
from streams.conformance.playing import Playing
from streams.conformance.record import Heard, Played, Sent, Story, Told
from streams.conformance.scenarios import Again, Ask, Reuse, Send
from streams.core.intake import Rejection
from streams.core.ports import ReferenceUsed

_OF_THE_CONTENT: frozenset[Kind] = frozenset(["payload", "unreadable", "ill-formed", "refused-by-receiver"])
"""The last is what a fault becomes that does not say more."""


@dataclass(frozen=True)
class Judge:
    """Judges the steps of one run.

    used          how often each IdentificatieRetour was given, over the whole run.
    kept          as in Playing; tells_faults  as in Kit.
    """

    schemas: Schemas
    patience: timedelta
    used: Counter[str]
    kept: frozenset[str] | None
    tells_faults: bool

    def step(self, played: Played) -> Checks:
        """The checks of one step."""
        checks = Checks()
        match played.step:
            case Send() as send:
                self._send(checks, played, send)
            case Again():
                self._again(checks, played)
            case Reuse():
                self._reuse(checks, played)
            case Ask() as ask:
                self._ask(checks, played, ask)
        return checks

    # --- what the kit sends --------------------------------------------------------------------------

    def _send(self, checks: Checks, played: Played, send: Send) -> None:
        sent = played.sent
        if sent is None:
            checks.all(send.rules or ("aanlevering",), "not shown", "Deze stap is niet bereikt.")
            return
        self._signed_off(checks, sent)
        if isinstance(sent.read, Unreadable):
            self._outside_schema(checks, sent)
        elif sent.faults:
            self._refused(checks, sent, send)
        else:
            checks.add("aanlevering", "passed", f"De {send.bericht} is aangenomen.")
            self._answered(checks, sent, send)

    def _signed_off(self, checks: Checks, sent: Sent) -> None:
        if self.kept is not None:
            signed = sent.output.head.id not in self.kept
            checks.when("afgemeld", signed, "Afgemeld.", "Het bericht bleef liggen tot het einde van de proef.")

    def _outside_schema(self, checks: Checks, sent: Sent) -> None:
        answers = len(sent.answers)
        if answers:
            checks.add("technische-fout", "failed", f"Er kwamen retourberichten: {answers}.")
        if not sent.faults and not self.tells_faults:
            checks.add("technische-fout", "not judged", "Wie via VSP ophaalt kan een technische fout niet terugmelden.")
            return
        told = [fault for fault in sent.faults if fault.kind in _OF_THE_CONTENT]
        checks.when("technische-fout", told, _kinds(sent), f"Geen fout van de inhoud gezien. {_kinds(sent)}")

    def _refused(self, checks: Checks, sent: Sent, send: Send) -> None:
        details = " ".join(dict.fromkeys(fault.detail for fault in sent.faults))
        checks.add(
            "aanlevering", "failed", f"De {send.bericht} is technisch geweigerd. {_kinds(sent)} {details}".strip()
        )
        checks.all(send.rules, "not shown", "De inhoud is niet beoordeeld, want het bericht is technisch geweigerd.")

    def _answered(self, checks: Checks, sent: Sent, send: Send) -> None:
        if send.reaction != "take":
            self._offered_again(checks, sent)
        judge_term(checks, sent, self.patience)
        taken = new_answers(sent)
        if not taken:
            checks.all(send.rules, "not shown", "Er kwam geen antwoord.")
            return
        judge_answer(checks, sent, taken[0], self.schemas)
        self._once(checks, sent, send)

    def _once(self, checks: Checks, sent: Sent, send: Send) -> None:
        answers = new_answers(sent)
        if send.reaction == "take":
            checks.when("een-retour", len(answers) == 1, "Eén antwoord.", f"{len(answers)} antwoorden.")
        doubled = [one for one in identifications(answers) if self.used[one] > 1]
        if any(identifications(answers)):
            again = "De IdentificatieRetour is vaker gebruikt."
            checks.when("identificatie-retour", not doubled, "Een eigen IdentificatieRetour.", again)

    def _offered_again(self, checks: Checks, sent: Sent) -> None:
        if len(sent.answers) < 2:
            checks.add("opnieuw", "failed" if sent.answers else "not shown", "Niet opnieuw aangeboden.")
            return
        first, *others = sent.answers
        checks.add("opnieuw", "passed", f"Opnieuw aangeboden na {(others[0].at - first.at).total_seconds():.1f} s.")
        again = others[0]
        if again.reference != first.reference:
            checks.add("ongewijzigd", "failed", "Opnieuw aangeboden onder een ander kenmerk.")
        same = again.body == first.body
        checks.when("ongewijzigd", same, "Zelfde kenmerk, zelfde inhoud.", "Opnieuw aangeboden met een andere inhoud.")

    def _again(self, checks: Checks, played: Played) -> None:
        if played.sent is None:
            checks.add("herhaling", "not shown", "Deze stap is niet bereikt.")
            return
        if played.fault is not None:
            checks.add("herhaling", "failed", f"De herhaling is geweigerd: {played.fault.kind}.")
        more = [one for one in played.sent.answers[played.before :] if one.is_new]
        checks.when("herhaling", not more, "Aangenomen, zonder tweede antwoord.", f"Nog {len(more)} antwoord(en).")

    def _reuse(self, checks: Checks, played: Played) -> None:
        other = played.reused
        if other is None:
            checks.add("kenmerk", "not shown", "Deze stap is niet bereikt.")
            return
        if other.answers:
            checks.add("kenmerk", "failed", "De andere inhoud is als nieuw bericht beantwoord.")
        told = [fault for fault in other.faults if fault.side == "client"]
        checks.when("kenmerk", told, _kinds(other), "Geen fout gezien.")

    # --- what the vendor begins ----------------------------------------------------------------------

    def _ask(self, checks: Checks, played: Played, ask: Ask) -> None:
        if not played.heard:
            seen = "Deze stap is niet bereikt." if played.since is None else f"Geen {ask.bericht} gezien."
            checks.add("gevraagd", "not shown", seen)
            return
        for heard in played.heard:
            judge_own(checks, heard)
        good = any(one.judged is not None and one.judged.outcome == "accepted" for one in played.heard)
        checks.when("gevraagd", good, f"Een {ask.bericht} die in orde is.", f"Geen {ask.bericht} die in orde is.")
        if ask.term and played.since is not None:
            took = (played.heard[0].at - played.since).total_seconds()
            text = f"Gezien {max(took, 0):.1f} s na het verzoek; de termijn zelf is in een proef niet te zien."
            checks.add(ask.term, "not judged", text)


def judge_own(checks: Checks, heard: Heard) -> None:
    """A message that the vendor began."""
    if isinstance(heard.read, Unreadable):
        checks.add("XSD", "failed", " ".join(f"{one.path}: {one.text}" for one in heard.read.findings))
    elif isinstance(heard.took, Rejection):
        checks.add("envelop", "failed", f"{heard.took.title}. {heard.took.detail}")
    elif isinstance(heard.took, ReferenceUsed):
        checks.add("kenmerk", "failed", "Een ander bericht onder een kenmerk dat al gebruikt is.")
    elif heard.judged is not None:
        checks.add("XSD", "passed", f"De {heard.read.name} voldoet aan het schema.")
        held_against_rules(checks, heard.read, heard.judged)
        told = ", ".join(fault.kind for fault in heard.faults)
        checks.when("antwoord-ontvangen", not heard.faults, "Het antwoord is aangenomen.", f"Geweigerd: {told}.")


def judge_others(story: Story) -> Checks:
    """What came that no step waited for: only what is wrong with it."""
    checks = Checks()
    for one in story.others:
        if isinstance(one, Told):
            checks.add("envelop", "failed", f"{one.fault.title} ({one.fault.kind}).")
        else:
            judge_own(checks, one)
    failed = {rule: check for rule, check in checks.found.items() if check.outcome == "failed"}
    return Checks(failed)


def judge_for(playing: Playing) -> Judge:
    """The judge of a run, who knows every IdentificatieRetour that was given in it."""
    sent = [played.sent for story in playing.stories for played in story.steps if played.sent is not None]
    answers = {one.body: one for each in sent for one in new_answers(each)}
    used = Counter(identifications(list(answers.values())))
    return Judge(playing.kit.schemas, playing.patience, used, playing.kept, playing.kit.tells_faults)


def _kinds(sent: Sent) -> str:
    return f"Fout: {', '.join(dict.fromkeys(fault.kind for fault in sent.faults)) or 'geen'}."
