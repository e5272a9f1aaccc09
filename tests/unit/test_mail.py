"""What waits for parties, beside the file of parties: by which way, for whom nobody comes, and what is told of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from structlog.testing import capture_logs

from monitoring.metrics import Metrics
from streams.core.mail import Mail, by_party, way_of
from streams.core.parties import (
    Directory,
    FolderDelivery,
    KafkaDelivery,
    Party,
    PushDelivery,
    SftpDelivery,
)
from streams.core.ports import Archive
from streams.hub.mail import MailWatch

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def party(id: str, code: str, **more: Any) -> Party:
    return Party(id=id, kind="aanbieder", code=code, name=id, **more)


PARTIES = Directory(
    (
        party("fetches", "65656001"),
        party("pushed", "65656002", delivery=PushDelivery(url="https://127.0.0.1/", adapter="mailbox")),
        party("folder", "65656003", delivery=FolderDelivery(path="folder")),
        party(
            "server",
            "65656004",
            delivery=SftpDelivery(host="h", username="u", key="k", known_hosts="h", path="p"),
        ),
        party("topic", "65656005", delivery=KafkaDelivery()),
        Party(id="office", kind="indiener", name="office"),
        party("joined", "65656006", via="office"),
    )
)


def mail(receiver: str, hours: int = 0, count: int = 1) -> Mail:
    return Mail(
        receiver=receiver,
        count=count,
        failed=0,
        since=NOON + timedelta(hours=hours),
        oldest="o",
        failed_at=None,
        reason=None,
    )


def test_a_party_gets_its_mail_as_its_file_says() -> None:
    names = ("fetches", "office", "pushed", "folder", "server", "topic", "joined", "gone")
    ways = ["mailbox", "mailbox", "push", "folder", "sftp", "kafka", "via", "unknown"]
    assert [way_of(name, PARTIES) for name in names] == ways


def test_who_is_in_no_file_comes_first_and_then_what_waits_longest() -> None:
    found = by_party([mail("pushed", 2), mail("fetches", 1), mail("gone", 9), mail("left", 3)], PARTIES)
    assert [one.receiver for one in found] == ["left", "gone", "fetches", "pushed"]


class Waiting:
    """An archive with this mail."""

    def __init__(self, *found: Mail) -> None:
        self.found = found

    async def mail(self, limit: int) -> tuple[Mail, ...]:
        return self.found[:limit]


def numbers(metrics: Metrics, way: str) -> tuple[float | None, float | None]:
    """How many outputs wait, and how long the oldest does."""
    value = metrics.registry.get_sample_value
    return value("ijwhub_mail_waiting", {"way": way}), value("ijwhub_mail_oldest_seconds", {"way": way})


async def test_metrics_tell_by_way_and_never_by_party() -> None:
    metrics, archive = Metrics(), Waiting(mail("pushed", 0, 3), mail("gone", 1), mail("left", 0, 4))
    watch = MailWatch(cast(Archive, archive), PARTIES, metrics, lambda: NOON + timedelta(hours=2))

    await watch.look()

    assert numbers(metrics, "push") == (3, 7200)
    assert numbers(metrics, "unknown") == (5, 7200)
    assert numbers(metrics, "mailbox") == (0, 0)
    archive.found = ()
    await watch.look()
    assert numbers(metrics, "push") == numbers(metrics, "unknown") == (0, 0)
    labels = {sample.labels.get("way") for one in metrics.registry.collect() for sample in one.samples}
    assert not labels & {"pushed", "gone", "left"}


async def test_the_log_names_who_is_in_no_file_once() -> None:
    archive = Waiting(mail("pushed"), mail("gone", count=2))
    watch = MailWatch(cast(Archive, archive), PARTIES, Metrics(), lambda: NOON)
    with capture_logs() as logs:
        await watch.look()
        await watch.look()
        archive.found = (mail("left"), mail("gone"))
        await watch.look()
    assert [(line["party"], line["count"]) for line in logs] == [("gone", 2), ("left", 1)]
