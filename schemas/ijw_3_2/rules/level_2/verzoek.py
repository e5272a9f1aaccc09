"""What an aanbieder asks for: Verzoek om toewijzing (JW315) and Verzoek om wijziging (JW317)."""

from __future__ import annotations

from schemas.ijw_3_2.berichten import Bericht, jw315, jw317
from schemas.ijw_3_2.rules.level_2.common import dagtekening, overlapping, repeated
from schemas.ijw_3_2.rules.registry import rule

# --- JW315 -----------------------------------------------------------------------------------------


@rule(
    "CD043",
    level=2,
    code="0001",
    element="BeschikkingIngangsdatum BeschikkingNummer",
    says="BeschikkingIngangsdatum and BeschikkingNummer come together.",
)
def _(line: jw315.AangevraagdProduct, bericht: Bericht) -> bool:
    return (line.BeschikkingIngangsdatum is None) == (line.BeschikkingNummer is None)


@rule(
    "CD066",
    level=2,
    code="0001",
    element="Verwijzer.Naam Verwijzer.Type",
    says="A Verwijzer of Type 02 to 05 who is known by ZorgverlenerCode is not named as well.",
)
def _(line: jw315.AangevraagdProduct, bericht: Bericht) -> bool:
    verwijzer = line.Verwijzer
    return not _in_care(verwijzer.Type) or verwijzer.ZorgverlenerCode is None or verwijzer.Naam is None


@rule(
    "CD067",
    level=2,
    code="0001",
    element="Verwijzer.Naam Verwijzer.Type",
    says="A Verwijzer of Type 02 to 05 without ZorgverlenerCode is named.",
)
def _(line: jw315.AangevraagdProduct, bericht: Bericht) -> bool:
    verwijzer = line.Verwijzer
    return not _in_care(verwijzer.Type) or verwijzer.ZorgverlenerCode is not None or verwijzer.Naam is not None


@rule(
    "CD068",
    level=2,
    code="0001",
    element="Verwijzer.ZorgverlenerCode Verwijzer.Type",
    says="Only a Verwijzer of Type 02 to 05 has a ZorgverlenerCode.",
)
def _(line: jw315.AangevraagdProduct, bericht: Bericht) -> bool:
    return _in_care(line.Verwijzer.Type) or line.Verwijzer.ZorgverlenerCode is None


def _in_care(kind: str) -> bool:
    return kind in ("02", "03", "04", "05")


@rule(
    "TR383",
    level=2,
    code="0001",
    among=True,
    element="ReferentieAanbieder",
    says="Every AangevraagdProduct has a ReferentieAanbieder of its own.",
)
def _(client: jw315.Client, bericht: Bericht) -> list[jw315.AangevraagdProduct]:
    return repeated(client.AangevraagdeProducten, lambda line: line.ReferentieAanbieder)


@rule(
    "TR386",
    level=2,
    code="0001",
    among=True,
    element="ToewijzingIngangsdatum ToewijzingEinddatum Product",
    says="The periods of AangevraagdeProducten for the same product have no day in common.",
)
def _(client: jw315.Client, bericht: Bericht) -> list[jw315.AangevraagdProduct]:
    return overlapping(client.AangevraagdeProducten)


# --- JW317 -----------------------------------------------------------------------------------------


@rule(
    "TR352",
    level=2,
    code="0001",
    element="OngewijzigdeProducten TeWijzigenProducten",
    says="A Verzoek builds on an assignment: it has an OngewijzigdProduct or a TeWijzigenProduct.",
)
def _(verzoek: jw317.Verzoek, bericht: Bericht) -> bool:
    return bool(verzoek.OngewijzigdeProducten or verzoek.TeWijzigenProducten)


@rule(
    "TR353",
    level=2,
    code="0001",
    element="TeWijzigenProducten NieuweProducten",
    says="A Verzoek asks for something: it has a TeWijzigenProduct or a NieuwProduct.",
)
def _(verzoek: jw317.Verzoek, bericht: Bericht) -> bool:
    return bool(verzoek.TeWijzigenProducten or verzoek.NieuweProducten)


@rule(
    "TR380",
    level=2,
    code="0001",
    element="GewensteIngangsdatum",
    says="A NieuwProduct begins after the Dagtekening of the message.",
)
def _(line: jw317.NieuwProduct, bericht: Bericht) -> bool:
    # TR357 lets a TeWijzigenProduct begin earlier, so this is about NieuwProduct alone.
    return line.GewensteIngangsdatum > dagtekening(bericht)


@rule(
    "TR410",
    level=2,
    code="0001",
    among=True,
    element="GewensteIngangsdatum Einddatum Product",
    says="The periods of NieuweProducten for the same product have no day in common.",
)
def _(verzoek: jw317.Verzoek, bericht: Bericht) -> list[jw317.NieuwProduct]:
    return overlapping(verzoek.NieuweProducten)
