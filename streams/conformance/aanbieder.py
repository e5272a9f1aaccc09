"""The scenarios for the system of an aanbieder: the kit plays the gemeente."""

from __future__ import annotations

from typing import Any

from streams.conformance import building
from streams.conformance.both_roles import delivery
from streams.conformance.building import product, toewijzing
from streams.conformance.casus import Casus
from streams.conformance.scenarios import Ask, Scenario, Send

ASSIGNED = Send(
    bericht="JW301",
    says="Een toewijzing van acht uur per maand.",
    build=toewijzing(),
    called="toewijzing",
)


def _starts(status: str, days: int = 0) -> Any:
    def fits(casus: Casus, bericht: Any) -> bool:
        lines = bericht.Client.StartProducten
        return any(one.StatusAanlevering == status and (one.Begindatum - casus.begin).days == days for one in lines)

    return fits


def _credits(casus: Casus, bericht: Any) -> bool:
    lines = [line for client in bericht.Declaratie.Clienten for line in client.Prestaties]
    return {line.IngediendBedrag.DebetCredit for line in lines} == {"C", "D"}


START = Ask(
    bericht="JW305",
    wish="start",
    says="Meld met een JW305 dat de zorg op toewijzing {nummer} begon op {begin}.",
    fits=_starts("1"),
    term="OP271",
)
CLAIM = Ask(
    bericht="JW323",
    wish="declaratie",
    says="Declareer met een JW323 één uur op toewijzing {nummer} over {maand}, tegen een tarief van € 75,00.",
)

WHOLE_STORY = Scenario(
    id="toewijzing-tot-declaratie",
    title="Van toewijzing tot declaratie",
    why="De gewone gang van zaken: toegewezen, begonnen, beëindigd en gedeclareerd.",
    steps=(
        ASSIGNED,
        START,
        Ask(
            bericht="JW307",
            wish="stop",
            says="Meld met een JW307 dat de zorg op toewijzing {nummer}, van {begin} af, eindigde op {maandeinde}.",
            term="OP272",
        ),
        CLAIM,
    ),
)
REQUEST = Scenario(
    id="verzoek-om-toewijzing",
    title="Een verzoek om toewijzing, eerst in onderzoek en dan toegewezen",
    why="Op een verzoek volgen antwoorden en een toewijzing met dezelfde ReferentieAanbieder.",
    steps=(
        Ask(
            bericht="JW315",
            wish="verzoek",
            says="Vraag met een JW315 voor een cliënt zorg aan vanaf {ingang} tot en met {einde}.",
            called="verzoek",
        ),
        Send(
            bericht="JW319",
            says="Het verzoek is in onderzoek.",
            build=building.antwoord("2"),
        ),
        Send(
            bericht="JW301",
            says="De toewijzing waarom gevraagd is.",
            build=building.granted_request,
        ),
    ),
)
CHANGE = Scenario(
    id="verzoek-om-wijziging",
    title="Een verzoek om wijziging dat toegewezen wordt",
    why="Een JW317 bouwt op de lopende toewijzing; de gewijzigde toewijzing houdt haar nummer.",
    steps=(
        ASSIGNED,
        Ask(
            bericht="JW317",
            wish="wijziging",
            says="Vraag met een JW317 voor toewijzing {nummer} een latere Einddatum dan {einde}, met dezelfde Omvang.",
            called="wijziging",
        ),
        Send(
            bericht="JW301",
            says="De toewijzing met de gevraagde Einddatum.",
            build=building.granted_change,
        ),
    ),
    required=False,
)
CORRECTED = Scenario(
    id="start-gecorrigeerd",
    title="Een start ingetrokken en opnieuw gemeld",
    why="Wie een verkeerde Begindatum meldde trekt die start in en meldt een nieuwe.",
    steps=(
        ASSIGNED,
        START,
        Ask(
            bericht="JW305",
            wish="start-intrekken",
            says="Trek de start van {begin} op toewijzing {nummer} in (StatusAanlevering 3).",
            fits=_starts("3"),
        ),
        Ask(
            bericht="JW305",
            wish="start-opnieuw",
            says="Meld de start op toewijzing {nummer} opnieuw, nu met Begindatum {dag_later}.",
            fits=_starts("1", 1),
        ),
    ),
)
CREDITED = Scenario(
    id="declaratie-gecrediteerd",
    title="Een declaratieregel gecrediteerd en opnieuw ingediend",
    why="Een correctie is een creditregel die de debetregel herhaalt, met een nieuwe regel ernaast.",
    steps=(
        ASSIGNED,
        CLAIM,
        Ask(
            bericht="JW323",
            wish="creditering",
            says="Crediteer die regel op toewijzing {nummer} en declareer in hetzelfde bericht twee uur over {maand}.",
            fits=_credits,
        ),
    ),
)
WRONG = (
    Scenario(
        id="toewijzing-fout-in-zichzelf",
        title="Een toewijzing die in zichzelf niet klopt",
        why="Niveau 2: het hele bericht wordt afgekeurd met 0001, zonder verdere inhoud.",
        steps=(
            Send(
                bericht="JW301",
                says="Een toewijzing die eindigt voor zij begint.",
                build=toewijzing(building.wrong_period),
                rules=("CS003",),
            ),
        ),
    ),
    Scenario(
        id="toewijzing-een-van-twee-fout",
        title="Een toewijzing met een goed en een fout product",
        why="Niveau 3: elke klasse krijgt haar eigen code, en wat goed is 0200.",
        steps=(
            Send(
                bericht="JW301",
                says="Een product dat in orde is, en een op een verzoek dat nooit gedaan is.",
                build=toewijzing(product(), building.unasked),
                rules=("TR379",),
            ),
        ),
    ),
    Scenario(
        id="toewijzingnummer-van-een-ander",
        title="Een ToewijzingNummer dat van een ander is",
        why="Niveau 3: een nummer houdt zijn cliënt.",
        steps=(
            ASSIGNED,
            Send(
                bericht="JW301",
                says="Dezelfde toewijzing, voor een andere cliënt.",
                build=toewijzing(other_client=True),
                rules=("TR332",),
            ),
        ),
    ),
    Scenario(
        id="antwoord-zonder-verzoek",
        title="Een antwoord op een verzoek dat niet gedaan is",
        why="Onder een klasse met een fout is niets beoordeeld, en dat zegt 0233.",
        steps=(
            Send(
                bericht="JW319",
                says="Afgewezen omdat een andere gemeente verantwoordelijk is, op een verzoek dat nooit gedaan is.",
                build=building.antwoord("1", "8", to="", elsewhere="0363"),
                rules=("TR355",),
            ),
        ),
    ),
)
SCENARIOS = (
    WHOLE_STORY,
    REQUEST,
    CHANGE,
    CORRECTED,
    CREDITED,
    *WRONG,
    *delivery("JW301", toewijzing(), toewijzing(product(2))),
)
