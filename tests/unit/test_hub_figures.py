"""Figures of a hub: what they are read from, when they are read again, who may see them; and they never stop it."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path

import httpx
import pytest
import yaml
from structlog.testing import capture_logs

from connectors.sqlite_folds import SqliteFolds
from monitoring.metrics import Metrics
from streams.core.events import pseudonym
from streams.core.fold_ports import Behind
from streams.core.parties import ConfigurationError
from streams.core.ports import StoreError
from streams.core.regions import Monitoring
from streams.hub import embedded_folding
from streams.hub import figures as reading
from streams.hub.app import Hub, open_hub
from streams.hub.embedded_folding import EmbeddedFolder
from streams.hub.figures import Figures, tell_figures
from streams.hub.folding import FOLDS, Folding
from streams.hub.settings import Settings
from tests.support.load import Relation, stream
from tests.support.monitors import folded, rows
from tests.support.monitors_embedded import emptied, hold
from tests.support.monitors_story import story
from tests.support.process import write_parties

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SOME = list(islice(story(0, random.Random(5)), 900))
CODES = (["0392"], ["65656001"])


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteFolds]:
    await emptied(tmp_path / "hub.sqlite")
    made = SqliteFolds(tmp_path / "hub.sqlite")
    yield made
    await made.close()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at every question whether anything changed."""
    monkeypatch.setattr(reading, "FRESH", -1)


def figures(store: SqliteFolds) -> Figures:
    return Figures(store, Monitoring(), lambda: NOW)


async def fold(store: SqliteFolds, path: Path, some: Sequence[object]) -> None:
    hold(path / "hub.sqlite", some)  # type: ignore[arg-type]
    one = EmbeddedFolder(Folding(FOLDS, store), store, Metrics())
    while await one.fold_some():
        pass


# --- reading -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("at_once")
async def test_all_rows_are_read_and_again_only_when_something_changed(store: SqliteFolds, tmp_path: Path) -> None:
    source = figures(store)
    assert await source.read() == (reading.Rows(), ())
    await fold(store, tmp_path, SOME[:500])
    found, youths = await source.read()
    clean = folded(made for _, made in SOME[:500])
    assert dict(found.clients) == clean["care"]
    assert [one.youth for one in youths] == list(found.clients)
    assert {(youth, row.relation, row.toewijzing) for youth, row in found.claims} == {
        (key.split("|")[0], row.relation, row.toewijzing) for key, row in clean["claims"].items()
    }
    assert sorted(found.berichten, key=str) == sorted(clean["berichten"].values(), key=str)
    again, same = await source.read()
    assert (again is found, same is youths) == (True, True)
    await fold(store, tmp_path, SOME[500:])
    assert dict((await source.read())[0].clients) == folded(made for _, made in SOME)["care"]


async def test_what_is_fresh_is_given_again_without_a_look(store: SqliteFolds, tmp_path: Path) -> None:
    source = figures(store)
    assert not (await source.read())[1]
    await fold(store, tmp_path, SOME)
    assert not (await source.read())[1]


@pytest.mark.usefixtures("at_once")
async def test_what_is_folded_while_it_reads_is_read_the_next_time(store: SqliteFolds, tmp_path: Path) -> None:
    class Meanwhile(SqliteFolds):
        done = False

        async def fold_totals(self, name: str) -> tuple[tuple[str, bytes], ...]:
            found = await super().fold_totals(name)
            if not self.done:
                self.done = True
                await fold(store, tmp_path, SOME[500:])
            return found

    await fold(store, tmp_path, SOME[:500])
    slow = Meanwhile(tmp_path / "hub.sqlite")
    source = Figures(slow, Monitoring(), lambda: NOW)
    await source.read()
    assert dict((await source.read())[0].clients) == folded(made for _, made in SOME)["care"]
    await slow.close()


# --- what is not folded yet --------------------------------------------------------------------------


def watched(store: SqliteFolds) -> Figures:
    """Figures that know how far their folds are."""
    folder = EmbeddedFolder(Folding(FOLDS, store), store, Metrics())
    return Figures(store, Monitoring(), lambda: NOW, folder.waiting)


@pytest.mark.usefixtures("at_once")
async def test_a_hub_of_which_nothing_is_folded_yet_has_no_figures(store: SqliteFolds, tmp_path: Path) -> None:
    source = watched(store)
    assert await source.read() == (reading.Rows(), ())
    hold(tmp_path / "hub.sqlite", SOME[:3])
    with pytest.raises(Behind, match="3 events"):
        await source.read()
    await fold(store, tmp_path, ())
    assert await source.read() != (reading.Rows(), ())


@pytest.mark.usefixtures("at_once")
async def test_of_what_is_folded_only_a_few_events_may_be_missing(
    store: SqliteFolds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_MISSING", 50)
    source = watched(store)
    await fold(store, tmp_path, SOME[:500])
    hold(tmp_path / "hub.sqlite", SOME[500:550])
    before = await source.read()
    assert dict(before[0].clients) == folded(made for _, made in SOME[:500])["care"]
    hold(tmp_path / "hub.sqlite", SOME[550:551])
    with pytest.raises(Behind) as behind:
        await source.read()
    assert behind.value.waiting == 51
    await fold(store, tmp_path, ())
    assert dict((await source.read())[0].clients) == folded(made for _, made in SOME[:551])["care"]


@pytest.mark.usefixtures("at_once")
async def test_a_fold_that_is_new_holds_up_the_figures_and_no_row_is_read_for_nothing(
    store: SqliteFolds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_MISSING", 50)
    hold(tmp_path / "hub.sqlite", SOME)
    older = EmbeddedFolder(Folding(FOLDS[:-1], store), store, Metrics())
    while await older.fold_some():
        pass
    monkeypatch.delattr(SqliteFolds, "fold_totals")
    with pytest.raises(Behind):
        await watched(store).read()


@pytest.mark.usefixtures("at_once")
async def test_no_part_of_the_figures_is_told(store: SqliteFolds, tmp_path: Path) -> None:
    hold(tmp_path / "hub.sqlite", SOME)
    metrics, source = Metrics(), watched(store)
    made = partial(metrics.registry.get_sample_value, "ijwhub_figures_made_timestamp_seconds")
    with capture_logs() as logs:
        await tell_figures(source, metrics)
    assert (made(), metrics.registry.get_sample_value("ijwhub_store_errors_total")) == (None, 0)
    assert [(log["log_level"], log["count"]) for log in logs] == [("info", len(SOME))]
    await fold(store, tmp_path, ())
    await tell_figures(source, metrics)
    assert made() == NOW.timestamp()


# --- telling -----------------------------------------------------------------------------------------


async def test_figures_are_told_and_what_waits_for_an_answer(store: SqliteFolds, tmp_path: Path) -> None:
    await fold(store, tmp_path, SOME)
    metrics = Metrics()
    await tell_figures(figures(store), metrics)
    told = metrics.registry.get_sample_value
    assert told("ijwhub_figures_made_timestamp_seconds") == NOW.timestamp()
    awaited = [len(row.awaited) for row in (await rows(store))["berichten"].values() if row.bericht == "JW323"]
    assert told("ijwhub_open_returns", {"bericht": "JW323"}) == sum(awaited) > 0
    assert told("ijwhub_open_returns", {"bericht": "JW301"}) == 0


@pytest.mark.parametrize("error", [StoreError("the disk is away"), KeyError("999900006")])
async def test_figures_that_cannot_be_made_stop_nothing(
    store: SqliteFolds, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> None:
        raise error

    metrics, source = Metrics(), figures(store)
    monkeypatch.setattr(store, "fold_versions", fail)
    with capture_logs() as logs:
        await tell_figures(source, metrics)
    assert metrics.registry.get_sample_value("ijwhub_store_errors_total") == isinstance(error, StoreError)
    assert [log["error"].split(" ")[0] for log in logs] == ([] if isinstance(error, StoreError) else ["KeyError"])
    assert "999900006" not in str(logs)


async def test_figures_that_take_long_are_made_less_often(store: SqliteFolds, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def slowly(*_: object) -> None:
        await real(0.2)

    async def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            raise asyncio.CancelledError
        monkeypatch.setattr(reading, "tell_figures", nothing)

    async def nothing(*_: object) -> None:
        return

    real = asyncio.sleep
    monkeypatch.setattr(reading, "tell_figures", slowly)
    monkeypatch.setattr(reading.asyncio, "sleep", wait)
    with pytest.raises(asyncio.CancelledError):
        await reading.keep_telling(figures(store), Metrics(), 1)
    assert waits[0] >= 2
    assert waits[1] == 1


# --- a whole embedded hub ----------------------------------------------------------------------------


def settings(folder: Path, **more: object) -> Settings:
    write_parties(folder / "parties.yaml", *CODES)
    given = {"parties": folder / "parties.yaml", "data": folder / "data", "figures_every": 0.1, **more}
    return Settings(**given)  # type: ignore[arg-type]


@asynccontextmanager
async def at_work(given: Settings) -> AsyncIterator[tuple[Hub, httpx.AsyncClient]]:
    async with open_hub(given) as hub:
        task = asyncio.create_task(hub.run())
        async with httpx.AsyncClient(transport=httpx.ASGITransport(hub.app), base_url="http://hub") as client:
            yield hub, client
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def delivered(hub: Hub) -> list[object]:
    """All deliveries that figures know of; none while nothing is folded yet."""
    try:
        _, youths = await hub.figures.read()
    except Behind:
        return []
    return [delivery for file in youths for one in file.trajecten for delivery in one.deliveries]


@pytest.mark.usefixtures("at_once")
async def test_a_message_becomes_care_that_figures_are_made_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_folding, "LOOK_ANYWAY", 3_600)  # the worker wakes it
    given = settings(tmp_path)
    offered = list(islice(stream(Relation("0392", "65656001")), 5))
    async with at_work(given) as (hub, client), asyncio.timeout(30):
        for one in offered:
            headers = {"Authorization": f"Bearer {one.code}", "Content-Type": "application/xml"}
            assert (await client.post("/v1/berichten", content=one.body, headers=headers)).status_code == 202
        while len(await delivered(hub)) < 2:
            await asyncio.sleep(0.05)
        found, youths = await hub.figures.read()
        key = (tmp_path / "data" / "pseudonym.key").read_bytes()
        bsn = re.search(rb"Bsn>(\d{9})<", offered[0].body)
        assert bsn is not None
        assert [one.youth for one in youths] == [pseudonym(key, bsn[1].decode())]
        assert sum(sum(row.outcomes.values()) for row in found.berichten) == 5
        assert (await client.get("/v1/beelden")).status_code == 200
        assert (await client.get("/beelden")).status_code == 200
        assert (await client.get("/v1/openapi.json")).status_code == 200
        while "ijwhub_figures_made_timestamp_seconds" not in (told := (await client.get("/metrics")).text):
            await asyncio.sleep(0.05)
        assert 'ijwhub_monitor_lag{partition="0"} 0.0' in told


@pytest.mark.usefixtures("at_once")
async def test_a_hub_that_folds_anew_takes_messages_and_tells_no_figures_until_it_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, really = asyncio.Event(), EmbeddedFolder.fold_some

    async def hold_up(folder: EmbeddedFolder) -> int:
        await go_on.wait()
        return await really(folder)

    given = settings(tmp_path)
    async with open_hub(given):
        hold(tmp_path / "data" / "hub.sqlite", SOME)
    monkeypatch.setattr(EmbeddedFolder, "fold_some", hold_up)
    async with at_work(given) as (_, client), asyncio.timeout(30):
        while (await client.get("/health/ready")).status_code != 200:
            await asyncio.sleep(0.05)
        assert {(await client.get(path)).status_code for path in ("/beelden", "/v1/beelden")} == {503}
        assert "ijwhub_figures_made" not in (await client.get("/metrics")).text
        go_on.set()
        while (await client.get("/beelden")).status_code != 200:
            await asyncio.sleep(0.05)
        while "ijwhub_figures_made" not in (await client.get("/metrics")).text:
            await asyncio.sleep(0.05)


async def test_figures_are_for_who_has_the_token(tmp_path: Path) -> None:
    async with at_work(settings(tmp_path, viewer_token="kijker")) as (_, client):
        assert (await client.get("/v1/beelden")).status_code == 401
        assert (await client.get("/beelden", headers={"Authorization": "Bearer 0392"})).status_code == 403
        assert (await client.get("/beelden", headers={"Authorization": "Bearer gluurder"})).status_code == 401
        assert (await client.get("/v1/beelden", headers={"Authorization": "Bearer kijker"})).status_code == 200


@pytest.mark.parametrize(
    ("tokens", "token"),
    [
        ({}, None),
        ({"viewer_token": "kijker"}, "kijker"),
        ({"scrape_token": "schraper"}, "schraper"),
        ({"viewer_token": "kijker", "scrape_token": "schraper"}, "schraper"),
    ],
    ids=str,
)
async def test_metrics_are_for_who_has_the_token_for_them(
    tmp_path: Path, tokens: dict[str, str], token: str | None
) -> None:
    async with at_work(settings(tmp_path, **tokens)) as (_, client):
        for told in (None, "kijker", "schraper"):
            headers = {"Authorization": f"Bearer {told}"} if told else {}
            status = 200 if token in (None, told) else 403 if told in tokens.values() else 401
            assert (await client.get("/metrics", headers=headers)).status_code == status, told


@pytest.mark.parametrize("name", ["viewer_token", "scrape_token"])
def test_a_token_that_everybody_has_is_refused(tmp_path: Path, name: str) -> None:
    for empty in ("", "  "):
        with pytest.raises(ValueError, match="it is empty"):
            settings(tmp_path, **{name: empty})


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "hub.example.org"])
async def test_figures_without_a_token_are_not_opened_to_the_world(tmp_path: Path, host: str) -> None:
    with pytest.raises(ConfigurationError, match="IJWHUB_VIEWER_TOKEN"):
        async with open_hub(settings(tmp_path, host=host)):
            pass
    with pytest.raises(ConfigurationError, match="IJWHUB_VIEWER_TOKEN"):
        async with open_hub(settings(tmp_path, host=host, scrape_token="schraper")):
            pass
    async with open_hub(settings(tmp_path, host=host, viewer_token="kijker")) as hub:
        assert hub.settings.host == host


async def test_what_a_region_asks_is_read_and_a_wrong_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "regions.yaml"
    file.write_text(yaml.safe_dump({"regions": [{"id": "ijmond", "name": "IJmond", "gemeenten": ["0392"]}]}))
    async with open_hub(settings(tmp_path, monitoring=file)) as hub:
        assert hub.figures.monitoring.region_of("0392").name == "IJmond"
    file.write_text("regions: 7")
    with pytest.raises(ConfigurationError, match="regions"):
        async with open_hub(settings(tmp_path, monitoring=file)):
            pass


async def test_a_hub_whose_key_of_pseudonyms_is_gone_does_not_start_with_another(tmp_path: Path) -> None:
    async with open_hub(settings(tmp_path)):
        hold(tmp_path / "data" / "hub.sqlite", SOME[:10])
    path = tmp_path / "data" / "pseudonym.key"
    key = path.read_text()
    path.unlink()
    with pytest.raises(StoreError, match="Put back the file"):
        async with open_hub(settings(tmp_path)):
            pass
    with pytest.raises(ConfigurationError, match="another one"):
        async with open_hub(settings(tmp_path, pseudonym_key="a key of somebody else")):
            pass
    async with open_hub(settings(tmp_path, pseudonym_key=key)) as hub:
        assert hub.settings.pseudonym_key is not None
