"""Scenarios about delivery itself: the same for every message, so each role plays them with one that it receives."""

from __future__ import annotations

from streams.conformance.scenarios import Again, Build, Reuse, Scenario, Send


def delivery(bericht: str, build: Build, other: Build) -> tuple[Scenario, ...]:
    """The scenarios for a message that is in order, and another such message."""
    first = Send(bericht=bericht, says=f"Een {bericht} die in orde is.", build=build, called="eerste")
    return (
        _delivered_again(first),
        _reference_reused(first, other),
        _identification_reused(first, other),
        _receipt_lost(bericht, build),
        _unavailable(bericht, build),
        _outside_schema(bericht, build),
        _from_the_future(bericht, build),
    )


def _delivered_again(first: Send) -> Scenario:
    return Scenario(
        id="dubbele-aanlevering",
        title="Dezelfde aanlevering nog eens",
        why="Een bericht dat na een storing nog eens komt is geen nieuw bericht: er hoort één retourbericht bij.",
        steps=(first, Again(called="eerste", says="Dezelfde aanlevering nog eens, met hetzelfde kenmerk.")),
    )


def _reference_reused(first: Send, other: Build) -> Scenario:
    return Scenario(
        id="kenmerk-hergebruikt",
        title="Hetzelfde kenmerk met een andere inhoud",
        why="Onder één kenmerk hoort één inhoud; een andere inhoud is een fout van de afzender.",
        steps=(first, Reuse(called="eerste", says="Een ander bericht onder hetzelfde kenmerk.", build=other)),
        needs="push",
    )


def _identification_reused(first: Send, other: Build) -> Scenario:
    says = f"Een andere {first.bericht} met dezelfde Identificatie."
    second = Send(bericht=first.bericht, says=says, build=other, under="eerste", rules=("TR056",))
    return Scenario(
        id="identificatie-dubbel",
        title="Een Identificatie die al gebruikt is",
        why="Een ander bericht met een Identificatie die al gebruikt is wordt afgekeurd; dat is geen herhaling.",
        steps=(first, second),
    )


def _receipt_lost(bericht: str, build: Build) -> Scenario:
    says = f"Een {bericht}; bij het antwoord valt de verbinding weg vóór de bevestiging."
    return Scenario(
        id="ontvangst-verloren",
        title="De ontvangstbevestiging gaat verloren",
        why="Wie geen bevestiging kreeg biedt hetzelfde nog eens aan: zelfde kenmerk, zelfde inhoud.",
        steps=(Send(bericht=bericht, says=says, build=build, reaction="lose"),),
        needs="receipt",
    )


def _unavailable(bericht: str, build: Build) -> Scenario:
    says = f"Een {bericht}; het antwoord wordt eerst met een storing geweigerd."
    return Scenario(
        id="even-niet-bereikbaar",
        title="De tegenpartij is even niet bereikbaar",
        why="Een storing bij de ontvanger is geen weigering: hetzelfde wordt later ongewijzigd weer aangeboden.",
        steps=(Send(bericht=bericht, says=says, build=build, reaction="unavailable"),),
        needs="receipt",
    )


def _outside_schema(bericht: str, build: Build) -> Scenario:
    says = f"Een {bericht} waarvan de Dagtekening geen datum is."
    return Scenario(
        id="buiten-het-schema",
        title="Een bericht dat niet aan het schema voldoet",
        why="Niveau 1: een technische fout terug, en geen retourbericht.",
        steps=(Send(bericht=bericht, says=says, build=build, rules=("XSD",)),),
    )


def _from_the_future(bericht: str, build: Build) -> Scenario:
    says = f"Een {bericht} met de Dagtekening van over vijf dagen."
    return Scenario(
        id="uit-de-toekomst",
        title="Een bericht met een Dagtekening in de toekomst",
        why="Niveau 4: de Dagtekening ligt niet na de dag van ontvangst.",
        steps=(Send(bericht=bericht, says=says, build=build, days=5, rules=("TR135",)),),
    )
