"""Vendors that are wrong in one thing each. `BROKEN` says which scenario must find it, and by which rule.

They are made from the reference vendor, so that what is found can only come from that one thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streams.conformance.casus import Role
from tests.conformance.broken_answering import (
    AcceptsEverything,
    AddsACode,
    AnswersARepeat,
    AnswersLate,
    AnswersOutsideSchema,
    AnswersTwice,
    BlamesSomethingElse,
    ChangesContent,
    ClassesOnLevel2,
    ForgetsALine,
    LeavesOutTheLastCode,
    NeverAnswers,
    NothingNotAssessed,
    OneIdentificatieRetour,
    OneLineRefusesAll,
    OtherDagtekening,
    OutsideSchema,
    Overlooks,
    RefusesAnswers,
    RefusesARepeat,
    RefusesEverything,
    RefusesTechnically,
    ReturnFromTheFuture,
    SilentOutsideSchema,
    SwapsEnds,
    WholeInsteadOfClasses,
    WrongReturnType,
    WrongTotals,
)
from tests.conformance.broken_sending import (
    AnswersReusedReference,
    ChangesFromNow,
    ClaimsWrongTotal,
    CreditsOtherAmount,
    DatedInTheFuture,
    EnvelopeOfAnother,
    GivesUpWhenUnavailable,
    GrantsUnderAnotherReference,
    IgnoresWithdrawals,
    NeverResends,
    NeverSends,
    OneIdentificatie,
    RefersToAnother,
    RejectsWithoutReason,
    ResendsOtherBytes,
    ResendsUnderAnotherReference,
    TakesReusedReferenceAsRepeat,
    WithdrawsWhatWasNever,
)
from tests.support.vendor import Vendor


@dataclass(frozen=True)
class Broken:
    """A broken vendor of a role, and the scenario and rule by which the kit must find it."""

    vendor: type[Vendor]
    role: Role
    scenario: str
    rule: str
    how: Mapping[str, Any] | None = None
    says: str = "failed"

    @property
    def name(self) -> str:
        return f"{self.vendor.__name__}-{self.role}" + "".join(f"-{code}" for code in (self.how or {}).get("codes", ()))


A: Role = "aanbieder"
G: Role = "gemeente"
BROKEN = (
    Broken(NeverAnswers, A, "toewijzing-tot-declaratie", "OP090"),
    Broken(NeverAnswers, G, "verzoek-tot-declaratie", "OP090"),
    Broken(AnswersLate, A, "toewijzing-tot-declaratie", "OP090"),
    Broken(AnswersLate, G, "verzoek-fout-in-zichzelf", "OP090"),
    Broken(AnswersTwice, A, "toewijzing-tot-declaratie", "een-retour"),
    Broken(AnswersTwice, G, "verzoek-tot-declaratie", "een-retour"),
    Broken(AnswersARepeat, A, "dubbele-aanlevering", "herhaling"),
    Broken(AnswersARepeat, G, "dubbele-aanlevering", "herhaling"),
    Broken(RefusesARepeat, A, "dubbele-aanlevering", "herhaling"),
    Broken(AnswersOutsideSchema, A, "buiten-het-schema", "technische-fout"),
    Broken(AnswersOutsideSchema, G, "buiten-het-schema", "technische-fout"),
    Broken(SilentOutsideSchema, A, "buiten-het-schema", "technische-fout"),
    Broken(BlamesSomethingElse, A, "buiten-het-schema", "technische-fout"),
    Broken(BlamesSomethingElse, G, "buiten-het-schema", "technische-fout"),
    Broken(RefusesTechnically, A, "toewijzing-tot-declaratie", "aanlevering"),
    Broken(RefusesAnswers, A, "toewijzing-tot-declaratie", "antwoord-ontvangen"),
    Broken(RefusesAnswers, G, "verzoek-tot-declaratie", "antwoord-ontvangen"),
    Broken(SwapsEnds, A, "toewijzing-tot-declaratie", "IV028"),
    Broken(SwapsEnds, G, "verzoek-tot-declaratie", "IV028"),
    Broken(WrongReturnType, A, "toewijzing-tot-declaratie", "IV028"),
    Broken(OneIdentificatieRetour, A, "toewijzingnummer-van-een-ander", "identificatie-retour"),
    Broken(OneIdentificatieRetour, G, "verzoek-tot-declaratie", "identificatie-retour"),
    Broken(OtherDagtekening, A, "toewijzing-tot-declaratie", "IV028"),
    Broken(ReturnFromTheFuture, A, "toewijzing-tot-declaratie", "dagtekening-retour"),
    Broken(OutsideSchema, A, "toewijzing-tot-declaratie", "XSD"),
    Broken(ChangesContent, A, "toewijzing-een-van-twee-fout", "IV028"),
    Broken(ChangesContent, G, "twee-verzoeken-open", "IV028"),
    Broken(AcceptsEverything, A, "toewijzing-fout-in-zichzelf", "CS003"),
    Broken(AcceptsEverything, G, "declaratie-per-regel", "TR338"),
    Broken(RefusesEverything, A, "toewijzing-tot-declaratie", "IV032"),
    Broken(RefusesEverything, G, "verzoek-tot-declaratie", "IV032"),
    Broken(Overlooks, A, "identificatie-dubbel", "TR056", {"codes": ("9056",)}),
    Broken(Overlooks, G, "identificatie-dubbel", "TR056", {"codes": ("9056",)}),
    Broken(Overlooks, A, "uit-de-toekomst", "TR135", {"codes": ("8848",)}),
    Broken(Overlooks, G, "uit-de-toekomst", "TR135", {"codes": ("8848",)}),
    Broken(Overlooks, A, "toewijzingnummer-van-een-ander", "TR332", {"codes": ("9332",)}),
    Broken(Overlooks, G, "declaratie-per-regel", "TR389", {"codes": ("9389",)}),
    Broken(Overlooks, G, "declaratie-per-regel", "TR333", {"codes": ("9333",)}),
    Broken(Overlooks, G, "declaratie-per-regel", "TR304", {"codes": ("8187",)}),
    Broken(LeavesOutTheLastCode, G, "start-gecorrigeerd", "TR326"),
    Broken(LeavesOutTheLastCode, G, "onbekende-toewijzing", "TR382"),
    Broken(NothingNotAssessed, A, "antwoord-zonder-verzoek", "IV032"),
    Broken(NothingNotAssessed, G, "twee-verzoeken-open", "IV032"),
    Broken(NothingNotAssessed, G, "declaratie-per-regel", "IV088"),
    Broken(WholeInsteadOfClasses, A, "toewijzing-een-van-twee-fout", "TR379"),
    Broken(WholeInsteadOfClasses, G, "declaratie-per-regel", "IV088"),
    Broken(ClassesOnLevel2, A, "toewijzing-fout-in-zichzelf", "CS003"),
    Broken(ClassesOnLevel2, G, "declaratie-fout-in-zichzelf", "TR358"),
    Broken(AddsACode, A, "toewijzing-een-van-twee-fout", "IV032"),
    Broken(WrongTotals, G, "declaratie-per-regel", "TR342"),
    Broken(ForgetsALine, G, "declaratie-per-regel", "TR338"),
    Broken(OneLineRefusesAll, G, "declaratie-per-regel", "IV088"),
    Broken(IgnoresWithdrawals, G, "start-gecorrigeerd", "TR063"),
    Broken(TakesReusedReferenceAsRepeat, A, "kenmerk-hergebruikt", "kenmerk"),
    Broken(TakesReusedReferenceAsRepeat, G, "kenmerk-hergebruikt", "kenmerk"),
    Broken(AnswersReusedReference, A, "kenmerk-hergebruikt", "kenmerk"),
    Broken(ResendsUnderAnotherReference, A, "ontvangst-verloren", "ongewijzigd"),
    Broken(ResendsUnderAnotherReference, G, "ontvangst-verloren", "ongewijzigd"),
    Broken(ResendsUnderAnotherReference, G, "even-niet-bereikbaar", "ongewijzigd"),
    Broken(ResendsOtherBytes, A, "ontvangst-verloren", "ongewijzigd"),
    Broken(ResendsOtherBytes, G, "even-niet-bereikbaar", "ongewijzigd"),
    Broken(NeverResends, A, "ontvangst-verloren", "opnieuw"),
    Broken(GivesUpWhenUnavailable, A, "even-niet-bereikbaar", "opnieuw"),
    Broken(GivesUpWhenUnavailable, G, "even-niet-bereikbaar", "opnieuw"),
    Broken(DatedInTheFuture, A, "toewijzing-tot-declaratie", "TR135"),
    Broken(DatedInTheFuture, G, "verzoek-tot-declaratie", "TR135"),
    Broken(OneIdentificatie, A, "start-gecorrigeerd", "TR056"),
    Broken(OneIdentificatie, G, "verzoek-om-wijziging", "TR056"),
    Broken(NeverSends, A, "toewijzing-tot-declaratie", "gevraagd", says="not shown"),
    Broken(NeverSends, G, "verzoek-tot-declaratie", "gevraagd", says="not shown"),
    Broken(WithdrawsWhatWasNever, A, "start-gecorrigeerd", "TR063"),
    Broken(ClaimsWrongTotal, A, "toewijzing-tot-declaratie", "TR358"),
    Broken(CreditsOtherAmount, A, "declaratie-gecrediteerd", "TR323"),
    Broken(GrantsUnderAnotherReference, G, "verzoek-tot-declaratie", "gevraagd", says="not shown"),
    Broken(RejectsWithoutReason, G, "verzoek-afgewezen", "CD085"),
    Broken(ChangesFromNow, A, "verzoek-om-wijziging", "TR357"),
    Broken(RefersToAnother, A, "toewijzing-tot-declaratie", "envelop"),
    Broken(EnvelopeOfAnother, A, "toewijzing-tot-declaratie", "envelop"),
    Broken(EnvelopeOfAnother, G, "verzoek-tot-declaratie", "envelop"),
)
