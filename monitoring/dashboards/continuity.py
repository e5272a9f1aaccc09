"""Continuity (continuïteit): care that pauses, breaks off, moves, ends early or never starts, for every region."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Dashboard

from monitoring.dashboards.building import Block, Query, bars, board, lines
from monitoring.dashboards.figures import figure, largest
from monitoring.dashboards.words import SIGNALS


def continuity() -> Dashboard:
    """For whoever follows whether care goes on, in several regions and at all aanbieders."""
    says = "Waar hulp stilvalt, afbreekt, verhuist, vroegtijdig eindigt of niet begint. Tellingen gaan over 91 dagen."
    return board("continuity", "Continuïteit", says, (_care(), _moves(), _ends(), _providers()))


def _care() -> Block:
    return Block(
        "Hulp die loopt of had moeten lopen",
        (
            lines(
                "Jeugdigen in zorg",
                "Jeugdigen van wie vandaag een traject loopt of tijdelijk stilligt.",
                Query("region:ijwhub_jeugdigen_in_zorg:max", "{{region}}"),
            ),
            lines(
                "Open pauzes",
                "Trajecten die langer stilliggen dan is afgesproken.",
                Query(figure("ijwhub_pauzes_open_region", "region"), "{{region}}"),
            ),
            lines(
                "Geen start",
                "Toewijzingen die langer op een start wachten dan is afgesproken.",
                Query(figure("ijwhub_geen_start_region", "region"), "{{region}}"),
            ),
        ),
    )


def _moves() -> Block:
    return Block(
        "Afbreken, overstappen, terugkomen",
        (
            lines(
                "Breuken",
                "Hulp die ophield en later weer begon, zonder dat er intussen iets liep.",
                Query(figure("ijwhub_breuken_region", "region"), "{{region}}"),
            ),
            lines(
                "Overstappen",
                "Hulp die eindigde en bij een andere aanbieder verderging.",
                Query(figure("ijwhub_overstappen_region", "region"), "{{region}}"),
            ),
            lines(
                "Terugkeer",
                "Jeugdigen die na een einde terugkwamen, geen overstap.",
                Query(figure("ijwhub_terugkeer_region", "region"), "{{region}}"),
            ),
        ),
    )


def _ends() -> Block:
    return Block(
        "Vroegtijdig beëindigd",
        (
            lines(
                "Door wie",
                "Hulp die voor het einde van het plan ophield, naar wie dat besloot.",
                Query(figure("ijwhub_voortijdig_region", "door"), "{{door}}"),
            ),
            bars(
                "Per gemeente",
                "De gemeenten met het meeste vroegtijdig einde.",
                Query(largest(figure("ijwhub_voortijdig_gemeente", "gemeente")), "{{gemeente}}"),
            ),
        ),
    )


def _providers() -> Block:
    return Block(
        "Aanbieders",
        (
            bars(
                "Aanbieders met een signaal",
                "Aanbieders die afwijken van hun eigen verleden: minder starts, meer beëindiging, meer afkeur, later.",
                Query(f"sort_desc({figure('ijwhub_aanbieders_met_signaal', 'signaal')})", "{{signaal}}"),
                words=SIGNALS,
            ),
            bars(
                "Welke aanbieders",
                "Hoeveel signalen een aanbieder heeft; welke dat zijn staat op het dashboard Aanbieder.",
                Query(largest(figure("ijwhub_signaal_aanbieder", "aanbieder")), "{{aanbieder}}"),
            ),
        ),
    )
