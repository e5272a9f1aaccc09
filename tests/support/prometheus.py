"""A small invented world of which every metric has something to tell, and a real Prometheus that asks about it.

Twelve youths share each story: enough to be shown. All stories play at one aanbieder, the first by its code, so that
a dashboard that is opened has its figures.
"""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx

from deploy.servers import Server
from monitoring.metrics import Metrics
from streams.core.folds.berichten import Awaited, Berichten
from streams.core.folds.care import Client, Levering, Toewijzing, Versie, Verzoek
from streams.core.folds.claims import Claims, Line
from streams.core.monitors.exposed import samples
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import files
from streams.core.ports import Backlog
from streams.core.regions import Monitoring, Norms, Region

NO_PROMETHEUS = "Prometheus, the programs prometheus and promtool (apt-get install prometheus)"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TODAY = NOW.date()
FIRST, OTHER = "0392:11111111", "0392:22222222"
YOUTHS = 12
MONITORING = Monitoring(
    regions=(
        Region(
            id="kennemerland",
            name="Kennemerland",
            gemeenten=("0392", "0473"),
            norms={"*": Norms(toewijzing=(4,), start=(4, 8), totaal=(8,))},
        ),
    )
)


def at(day: date) -> datetime:
    """Noon of a day."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def ago(days: int) -> date:
    """So many days before today."""
    return TODAY - timedelta(days)


def toewijzing(
    number: int,
    ingang: date,
    *leveringen: Levering,
    relation: str = FIRST,
    received: date | None = None,
    asked: str = "",
) -> Toewijzing:
    """An ambulant assignment without an end, with what was delivered on it."""
    moment = at(received or ingang)
    versie = Versie(
        message=f"m{number}",
        received_at=moment,
        toegewezen_op=moment.replace(tzinfo=None),
        ingang=ingang,
        einde=None,
        categorie="45",
        code="45A01",
        reden=None,
        referentie=asked or None,
    )
    return Toewijzing(
        relation=relation, nummer=number, categorie=None, code=None, versies=(versie,), leveringen=leveringen
    )


def start(begin: date) -> Levering:
    """A start that was told on its day."""
    return _levering(begin, None, None)


def stop(begin: date, eind: date, reden: str) -> Levering:
    """A stop that was told on its day."""
    return _levering(begin, eind, reden)


def _levering(begin: date, eind: date | None, reden: str | None) -> Levering:
    return Levering(
        message=f"l{begin}{eind}",
        received_at=at(eind or begin),
        begin=begin,
        eind=eind,
        reden=reden,
        categorie="45",
        code="45A01",
    )


def verzoek(referentie: str, day: date) -> Verzoek:
    """A JW315 for ambulant care."""
    return Verzoek(
        relation=FIRST,
        referentie=referentie,
        bericht="JW315",
        message=f"v{referentie}",
        received_at=at(day),
        dagtekening=day,
        ingang=day,
        categorie="45",
        code="45A01",
        verwijzer="01",
        toewijzingen=(),
    )


def stories() -> Mapping[str, Client]:
    """What may happen, each once."""
    long_ago, stopped, returned = ago(150), ago(60), ago(40)
    ended = (start(long_ago), stop(long_ago, stopped, "33"))
    return {
        "runs": Client(toewijzingen=(toewijzing(1, long_ago, start(long_ago)),)),
        "waits": Client(toewijzingen=(toewijzing(2, ago(100)),)),
        "waits-beside-care": Client(toewijzingen=(toewijzing(3, ago(20)), toewijzing(4, long_ago, start(long_ago)))),
        "asks": Client(verzoeken=(verzoek("r5", ago(70)),)),
        "paused": Client(toewijzingen=(toewijzing(6, long_ago, start(long_ago), stop(long_ago, ago(80), "20")),)),
        "returns": Client(toewijzingen=(toewijzing(7, long_ago, *ended), toewijzing(8, returned, start(returned)))),
        "switches": Client(
            toewijzingen=(
                toewijzing(9, long_ago, *ended),
                toewijzing(10, returned, start(returned), relation=OTHER),
            )
        ),
        "soon": Client(
            toewijzingen=(toewijzing(11, ago(30), start(ago(28)), received=ago(35), asked="r11"),),
            verzoeken=(verzoek("r11", ago(42)),),
        ),
    }


def clients() -> dict[str, Client]:
    """Every story, of as many youths as are shown."""
    return {f"person-{story}-{number}": client for story, client in stories().items() for number in range(YOUTHS)}


def claims() -> Iterator[tuple[str, Claims]]:
    """Of each youth whose care runs a line in each state, and a credit."""
    outcomes = (("granted", None), ("claimed", None), ("refused", None), ("granted", None), ("granted", "r3"))
    for number in range(YOUTHS):
        lines = (_line(place, outcome, credit) for place, (outcome, credit) in enumerate(outcomes))
        yield f"person-runs-{number}", Claims(relation=FIRST, toewijzing=1, lines=tuple(lines))


def _line(place: int, outcome: str, credit_van: str | None) -> Line:
    return Line(
        message=f"c{place}",
        referentie=f"r{place}",
        declaratie="d",
        periode=ago(60),
        categorie="45",
        code="45A01",
        van=ago(60),
        tot=ago(31),
        bedrag=-10_000 if credit_van else 10_000,
        credit_van=credit_van,
        outcome=outcome,  # type: ignore[arg-type]
        claimed_at=at(ago(20)),
        answered_at=None,
        codes=(),
    )


def berichten() -> tuple[Berichten, ...]:
    """Messages of both sides, with refusals, corrections, late answers and one that is awaited."""
    gemeente, aanbieder = FIRST.split(":")
    return (
        _berichten("JW301", gemeente, aanbieder, awaited={"message-1": Awaited(at(ago(5)), "id")}),
        _berichten("JW305", aanbieder, gemeente, awaited={"message-2": Awaited(at(TODAY), "id")}),
        _berichten("JW307", aanbieder, gemeente),
        _berichten("JW305", aanbieder, gemeente, day=ago(240)),
    )


def _berichten(
    bericht: str, afzender: str, ontvanger: str, awaited: Mapping[str, Awaited] | None = None, day: date | None = None
) -> Berichten:
    return Berichten(
        relation=FIRST,
        bericht=bericht,
        day=day or ago(5),
        afzender=afzender,
        ontvanger=ontvanger,
        outcomes={"accepted": 17, "refused": 3, "quarantined": 1},
        rules={"TR018": 2, "CD005": 1, "XSD": 1},
        codes={"8017": 1, "S300": 1},
        refused_by={"hub": 2, "ontvanger": 1},
        levels={"2": 2},
        corrections={"administratief": 2},
        resends=1,
        duplicates=1,
        returned={"met": 10, "late": 2, "failed": 1},
        awaited=awaited or {},
        late={"OP272": 1},
    )


def rows() -> Rows:
    """The world as monitors read it."""
    return Rows(clients=clients(), claims=tuple(claims()), berichten=berichten())


# --- what the hub tells ----------------------------------------------------------------------------


def metrics() -> Metrics:
    """The metrics of a hub and its monitor in which everything has happened once."""
    made = Metrics()
    stir(made)
    made.tell_backlog((Backlog(partition=0, position=5, count=1, since=NOW),), NOW)
    made.tell_mail((), NOW)
    made.tell_certificates((("hub", NOW),))
    made.partitions.set(1)
    made.outbox.set(0)
    made.tell_open_returns({"JW301": 1})
    made.tell_monitor(((0, 5, 0),))
    for result in ("folded", "double", "poison"):
        made.monitor_events.labels(result).inc(0)
    world = rows()
    made.tell_figures(samples(world, files(world.clients, MONITORING), NOW, MONITORING))
    return made


def stir(made: Metrics) -> None:
    """Let a little more happen, so that rates are not those of nothing."""
    made.taken_in.labels("http", "new").inc()
    made.messages.labels("JW301", "accepted", "none").inc()
    made.processing.labels("JW301").observe(0.01)
    made.delivered.labels("bericht", "mailbox").inc()
    made.attempts.labels("folder", "delivered").inc()
    made.undeliverable.labels("bericht", "undeliverable").inc()
    made.audited.labels("refused", "not-found").inc()
    made.circuits.labels("open").set(1)


# --- Prometheus ------------------------------------------------------------------------------------


def missing_for_prometheus() -> Sequence[str]:
    """What this machine lacks; empty when all is there."""
    return () if shutil.which("prometheus") and shutil.which("promtool") else (NO_PROMETHEUS,)


class Prometheus(Server):
    """A Prometheus with the given configuration, which names its rule files by their whole path."""

    name = "Prometheus"
    polite = signal.SIGTERM

    def __init__(self, folder: Path, port: int, configuration: str) -> None:
        super().__init__(folder, port)
        self._configuration = configuration

    def query(self, expr: str) -> list[dict[str, object]]:
        """The result of an instant query; raises AssertionError when it is refused."""
        answer = httpx.get(f"http://{self.address}/api/v1/query", params={"query": expr}).json()
        assert answer["status"] == "success", f"{expr}: {answer}"
        found: list[dict[str, object]] = answer["data"]["result"]
        return found

    def label_values(self, metric: str, label: str) -> list[str]:
        """What a label of a metric holds, as Grafana asks it."""
        asked = httpx.get(f"http://{self.address}/api/v1/label/{label}/values", params={"match[]": metric}).json()
        found: list[str] = asked["data"]
        return found

    def _prepare(self) -> list[str]:
        program = shutil.which("prometheus")
        assert program is not None
        settings = self.folder / "prometheus.yml"
        settings.write_text(self._configuration)
        return [
            program,
            f"--config.file={settings}",
            f"--storage.tsdb.path={self.folder / 'data'}",
            f"--web.listen-address={self.address}",
        ]

    def _serves(self) -> bool:
        try:
            return httpx.get(f"http://{self.address}/-/ready", timeout=2).is_success
        except httpx.HTTPError:
            return False

    def _mark(self) -> str:
        return f"--config.file={self.folder / 'prometheus.yml'}"
