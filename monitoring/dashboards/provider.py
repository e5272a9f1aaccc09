"""One provider (aanbieder), over all its gemeenten."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Dashboard

from monitoring.dashboards.building import Block, Query, bars, board, lines, number, variable
from monitoring.dashboards.figures import figure, largest
from monitoring.dashboards.words import CLAIMED, REWORK, SIGNALS, STATES

AANBIEDER = 'aanbieder="$aanbieder"'
HERE = f'region="$region",{AANBIEDER}'


def provider() -> Dashboard:
    """For whoever follows one aanbieder; the aanbieder is chosen, and of youths the region."""
    says = (
        "De stand bij één aanbieder: hulp per regio, berichten en termijnen over alle gemeenten. Wat over minder dan "
        "10 jeugdigen gaat ontbreekt."
    )
    aanbieder = variable("aanbieder", "Aanbieder", "ijwhub_berichten_verstuurd_aanbieder")
    region = variable("region", "Regio", "ijwhub_jeugdigen_in_zorg_aanbieder")
    return board("provider", "Aanbieder", says, (_now(), _care(), _messages(), _terms()), (aanbieder, region))


def _now() -> Block:
    return Block(
        "Vandaag",
        (
            number(
                "Jeugdigen in zorg",
                "Jeugdigen van wie vandaag een traject loopt of tijdelijk stilligt, in de gekozen regio.",
                figure("ijwhub_jeugdigen_in_zorg_aanbieder", "region", HERE),
            ),
            number(
                "Wacht op een start",
                "Toewijzingen waarop nog geen hulp is begonnen, in de gekozen regio.",
                figure("ijwhub_wachtenden_aanbieder", "region", f'{HERE},fase="start"'),
            ),
            number(
                "In één keer goed",
                "Welk deel van de berichten in één keer goed was.",
                figure("ijwhub_in_een_keer_goed_ratio_aanbieder", "aanbieder", AANBIEDER),
                unit="percentunit",
            ),
            number(
                "Signalen",
                "Hoeveel signalen er zijn dat deze aanbieder afwijkt van het eigen verleden.",
                f"count({figure('ijwhub_signaal_aanbieder', 'signaal', AANBIEDER)}) or vector(0)",
                alarm=1,
            ),
        ),
    )


def _care() -> Block:
    return Block(
        "Hulp",
        (
            lines(
                "Mediane wachttijd",
                "De wachttijd in de gekozen regio waar de helft onder blijft; wie nog wacht telt mee (Kaplan-Meier).",
                Query(figure("ijwhub_wachttijd_mediaan_dagen_aanbieder", "fase", HERE), "{{fase}}"),
                unit="d",
            ),
            lines(
                "Jeugdigen in zorg, per regio",
                "Jeugdigen van wie een traject loopt of tijdelijk stilligt, in alle regio's waar het er genoeg zijn.",
                Query(figure("ijwhub_jeugdigen_in_zorg_aanbieder", "region", AANBIEDER), "{{region}}"),
            ),
            lines(
                "Declaraties",
                "Gedeclareerd in de gekozen regio in 91 dagen: toegekend, afgewezen, gecrediteerd of nog open.",
                Query(figure("ijwhub_declaraties_euro_aanbieder", "uitkomst", HERE), "{{uitkomst}}"),
                unit="currencyEUR",
                words=CLAIMED,
            ),
        ),
    )


def _messages() -> Block:
    return Block(
        "Berichten in 91 dagen",
        (
            lines(
                "Verstuurd",
                "Berichten die deze aanbieder verstuurde, per type.",
                Query(figure("ijwhub_berichten_verstuurd_aanbieder", "bericht", AANBIEDER), "{{bericht}}"),
            ),
            bars(
                "Afgekeurd, per regel",
                "De regels en retourcodes waarop berichten van deze aanbieder het vaakst zijn afgekeurd.",
                Query(largest(figure("ijwhub_berichten_afgekeurd_aanbieder", "regel", AANBIEDER)), "{{regel}}"),
            ),
            lines(
                "Herstelwerk",
                "Minuten herstelwerk van die berichten, naar soort.",
                Query(figure("ijwhub_herstelwerk_minuten_aanbieder", "soort", AANBIEDER), "{{soort}}"),
                unit="m",
                words=REWORK,
            ),
        ),
    )


def _terms() -> Block:
    return Block(
        "Termijnen en signalen",
        (
            bars(
                "Naar stand",
                "Termijnen waar deze aanbieder voor staat.",
                Query(largest(figure("ijwhub_termijnen_partij_aanbieder", "state", AANBIEDER)), "{{state}}"),
                words=STATES,
            ),
            bars(
                "Signalen",
                "Waarin deze aanbieder afwijkt van het eigen verleden.",
                Query(figure("ijwhub_signaal_aanbieder", "signaal", AANBIEDER), "{{signaal}}"),
                words=SIGNALS,
            ),
            lines(
                "Te laat of niet gedaan",
                "Termijnen die te laat of niet zijn gehaald, per regel.",
                Query(
                    figure("ijwhub_termijnen_partij_aanbieder", "regel", f'{AANBIEDER},state=~"late|breached"'),
                    "{{regel}}",
                ),
            ),
        ),
    )
