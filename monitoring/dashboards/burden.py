"""Burden and deadlines (lasten en termijnen): what messages cost, and who keeps terms."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Dashboard

from monitoring.dashboards.building import Block, Query, bars, board, lines
from monitoring.dashboards.figures import figure, largest
from monitoring.dashboards.words import REWORK, STATES

RUNNING = 'state=~"open|at_risk"'


def burden() -> Dashboard:
    """For whoever wants fewer refusals and less late work, of all parties together."""
    says = (
        "Wat berichten aan werk kosten en of termijnen worden gehaald. Tellingen gaan over 91 dagen; wat niet is "
        "gedaan blijft staan."
    )
    return board("burden", "Lasten en termijnen", says, (_terms(), _late(), _refused(), _work()))


def _terms() -> Block:
    return Block(
        "Termijnen",
        (
            lines(
                "Overschreden",
                "Termijnen die voorbij zijn zonder dat is gedaan wat moest, hoe lang ook geleden, per regel en wie het "
                "moest. Van start, stop en declaratie ontbreekt wat over minder dan 10 jeugdigen gaat.",
                Query("regel_rol:ijwhub_termijnen_breached:sum", "{{regel}} ({{rol}})"),
            ),
            lines(
                "Lopend",
                "Termijnen die nog lopen: ruim op tijd, of bijna voorbij.",
                Query(figure("ijwhub_termijnen", "state", RUNNING), "{{state}}"),
                words=STATES,
            ),
            bars(
                "Waarop wordt gewacht",
                "Termijnen die nog lopen, naar wat er moet komen.",
                Query(largest(figure("ijwhub_termijnen", "what", RUNNING)), "{{what}}"),
            ),
        ),
    )


def _late() -> Block:
    late = 'state=~"late|breached"'
    return Block(
        "Te laat of niet gedaan",
        (
            bars(
                "Per regel",
                "Termijnen die te laat of niet zijn gehaald.",
                Query(largest(figure("ijwhub_termijnen", "regel", late)), "{{regel}}"),
            ),
            bars(
                "Per gemeente",
                "De gemeenten met de meeste termijnen die te laat of niet zijn gehaald.",
                Query(largest(figure("ijwhub_termijnen_partij_gemeente", "gemeente", late)), "{{gemeente}}"),
            ),
            bars(
                "Per aanbieder",
                "De aanbieders met de meeste termijnen die te laat of niet zijn gehaald; van start, stop en declaratie "
                "ontbreekt wat over minder dan 10 jeugdigen gaat.",
                Query(largest(figure("ijwhub_termijnen_partij_aanbieder", "aanbieder", late)), "{{aanbieder}}"),
            ),
        ),
    )


def _refused() -> Block:
    return Block(
        "Afkeur",
        (
            bars(
                "Berichten van aanbieders, per regel",
                "De regels en retourcodes waarop berichten van aanbieders het vaakst zijn afgekeurd.",
                Query(largest(figure("ijwhub_berichten_afgekeurd_aanbieder", "regel")), "{{regel}}"),
            ),
            bars(
                "Berichten van gemeenten, per regel",
                "De regels en retourcodes waarop berichten van gemeenten het vaakst zijn afgekeurd.",
                Query(largest(figure("ijwhub_berichten_afgekeurd_gemeente", "regel")), "{{regel}}"),
            ),
            bars(
                "In één keer goed, laagste",
                "De aanbieders van wie het kleinste deel van de berichten in één keer goed is.",
                Query(
                    f"sort(bottomk(15, {figure('ijwhub_in_een_keer_goed_ratio_aanbieder', 'aanbieder')}))",
                    "{{aanbieder}}",
                ),
                unit="percentunit",
            ),
        ),
    )


def _work() -> Block:
    return Block(
        "Herstelwerk",
        (
            lines(
                "Van berichten van aanbieders",
                "Minuten herstelwerk, naar soort, met de minuten die daarvoor zijn ingesteld.",
                Query(figure("ijwhub_herstelwerk_minuten_aanbieder", "soort"), "{{soort}}"),
                unit="m",
                words=REWORK,
            ),
            lines(
                "Van berichten van gemeenten",
                "Minuten herstelwerk, naar soort, met de minuten die daarvoor zijn ingesteld.",
                Query(figure("ijwhub_herstelwerk_minuten_gemeente", "soort"), "{{soort}}"),
                unit="m",
                words=REWORK,
            ),
        ),
    )
