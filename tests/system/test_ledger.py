"""Terms and claims over HTTP on a simulated region: as its messages add up, and nobody sees those of another."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import shutil
import sqlite3
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree
from typer.testing import CliRunner, Result

from connectors.access import Gate
from connectors.kafka_client import KafkaConnection
from connectors.postgres import Postgres
from connectors.postgres_folds import PostgresFolds
from connectors.sqlite_folds import SqliteFolds
from deploy.servers import Kafka
from streams.cli.app import app
from streams.cli.filling import fill
from streams.core.access import Role
from streams.core.access_file import User
from streams.core.envelope import envelope_id
from streams.core.fold_ports import FoldCommit, FoldProgress
from streams.core.parties import Directory
from streams.core.terms import ANSWER_TERMS
from streams.core.workdays import local_day
from streams.hub import figures
from streams.hub.app import Hub, open_hub
from streams.hub.folding import FOLDS
from streams.hub.settings import Settings
from streams.simulating.configuration import Simulation
from streams.simulating.region import parties_yaml
from streams.simulating.simulation import simulate
from streams.simulating.truth import Regel, Truth
from streams.simulating.world import Sent
from tests.support.access import gate
from tests.support.kafka import environment, prepared
from tests.support.neighbours import (
    CONNECTED,
    HAARLEM,
    HEEMSKERK,
    JB,
    KLEIN,
    PERSON,
    VELSEN,
    ZORG,
    Region,
    region,
    token,
)

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 5, 29, 20, 0, tzinfo=UTC)
LISTS = ("termijnen", "declaraties")
OPERATOR = User(name="olga", roles=frozenset([Role.OPERATOR]), token_sha256=sha256(b"olga").hexdigest())
AMOUNTS = ("gedeclareerd", "toegekend", "gecrediteerd", "afgewezen", "open", "credits_afgewezen", "credits_open")
CODES = {"haarlem": HAARLEM, "velsen": VELSEN, "joint": HEEMSKERK, "zorg": ZORG, "office": KLEIN, "jb": JB}
Place = tuple[str, str, str]
"""Gemeente, aanbieder and month of receipt."""


@dataclass(frozen=True)
class Story:
    """A hub that had a region for five months, and all that was sent to it."""

    settings: Settings
    truth: Truth
    sents: tuple[Sent, ...]
    directory: Directory


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("ledger")
    simulated = simulate(Simulation(start=date(2026, 1, 1), days=149, youths=220), seed=5)
    (folder / "parties.yaml").write_text(parties_yaml(simulated.directory), encoding="utf-8")
    settings = Settings(
        data=folder / "hub", parties=folder / "parties.yaml", monitoring=ROOT / "deploy" / "example" / "regions.yaml"
    )
    sents = tuple(simulated)
    asyncio.run(fill(settings, sents, lambda: None))
    return Story(settings, simulated.truth, sents, simulated.directory)


@dataclass(frozen=True)
class Site:
    """A running interface that may be asked by anybody."""

    client: httpx.AsyncClient

    async def whole(self, path: str, who: str, **asked: Any) -> dict[str, Any]:
        """A list with all of its pages in one."""
        found: dict[str, Any] = {}
        after: int | None = 0
        name = path.rpartition("/")[2]
        while after is not None:
            one = await self.page(path, who, aantal=1000, na=after, **asked)
            found = {**one, name: [*found.get(name, ()), *one[name]]}
            after = one["meer"]
        assert len(found[name]) == found["aantal"]
        return found

    async def page(self, path: str, who: str, **asked: Any) -> dict[str, Any]:
        response = await self.client.get(path, params=asked, headers={"Authorization": f"Bearer {who}"})
        assert response.status_code == 200, response.text
        page: dict[str, Any] = response.json()
        return page


@asynccontextmanager
async def site_of(story: Story) -> AsyncIterator[Site]:
    async with open_hub(story.settings, lambda: NOW) as opened:
        hub = replace(opened, gate=_gate(opened))
        transport = httpx.ASGITransport(hub.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://hub", timeout=60) as client:
            yield Site(client)


def _gate(hub: Hub) -> Gate:
    """Everybody's token is `demo-` and the name, as in the file that the simulator writes; the operator's is olga."""
    return gate(hub.desk.directory, OPERATOR)


# --- to the cent -----------------------------------------------------------------------------------


def amounts(sents: tuple[Sent, ...]) -> dict[str, dict[str, int]]:
    """What stands in every JW323: by its id and the ReferentieNummer of a line, cents, negative for a credit."""
    return {
        envelope_id(one.party, one.reference, one.body): _lines(one.body) for one in sents if one.bericht == "JW323"
    }


def _lines(body: bytes) -> dict[str, int]:
    found = {}
    for line in etree.fromstring(body).iter("{*}Prestatie"):
        cents = int(line.findtext("{*}IngediendBedrag/{*}Bedrag") or "")
        sign = {"D": 1, "C": -1}[line.findtext("{*}IngediendBedrag/{*}DebetCredit") or ""]
        found[line.findtext("{*}ProductReferentie/{*}ReferentieNummer") or ""] = sign * cents
    return found


def added_up(story: Story) -> Mapping[Place, Counter[str]]:
    """What the lines in the messages add up to, by what the simulator knows became of each."""
    known, sums = amounts(story.sents), defaultdict[Place, Counter[str]](Counter)
    for regel in (one for youth in story.truth.jeugdigen for one in youth.regels):
        gemeente, aanbieder = regel.relation.split(":")
        place = (gemeente, aanbieder, f"{local_day(regel.claimed_at):%Y-%m}")
        sums[place].update(_counted(regel, known[regel.message][regel.referentie]))
    return sums


def _counted(regel: Regel, cents: int) -> dict[str, int]:
    if cents < 0:
        return {
            "granted": {"toegekend": cents, "gecrediteerd": -cents},
            "refused": {"credits_afgewezen": -cents},
            "claimed": {"credits_open": -cents},
        }[regel.outcome]
    became = {"granted": "toegekend", "refused": "afgewezen", "claimed": "open"}[regel.outcome]
    return {"gedeclareerd": cents, became: cents}


def as_told(claims: list[dict[str, Any]]) -> dict[Place, dict[str, int]]:
    return {(one["gemeente"], one["aanbieder"], one["maand"]): {name: one[name] for name in AMOUNTS} for one in claims}


async def test_claims_are_to_the_cent_what_the_messages_add_up_to(story: Story) -> None:
    expected = {place: {name: sums[name] for name in AMOUNTS} for place, sums in added_up(story).items()}
    async with site_of(story) as site:
        told = await site.whole("/v1/declaraties", "olga")
    assert as_told(told["declaraties"]) == expected
    assert {name: told["totaal"][name] for name in AMOUNTS} == {
        name: sum(one[name] for one in expected.values()) for name in AMOUNTS
    }
    assert all(one["klopt"] for one in (told["totaal"], *told["declaraties"]))
    assert all(sum(one[name] for one in expected.values()) > 0 for name in AMOUNTS[:4]), "the story has no such claims"


async def test_every_claim_has_the_lines_of_its_message(story: Story) -> None:
    known = amounts(story.sents)
    regels = Counter(one.message for youth in story.truth.jeugdigen for one in youth.regels)
    async with site_of(story) as site:
        told = (await site.whole("/v1/declaraties", "olga", apart=True))["declaraties"]
    assert {one["bericht_id"]: one["regels"]["totaal"] for one in told} == regels
    assert sum(len(known[id]) for id in regels) == regels.total()
    for one in told:
        assert one["regels"].pop("totaal") == sum(one["regels"].values())
        assert one["gedeclareerd"] == sum(cents for cents in known[one["bericht_id"]].values() if cents > 0)


async def test_what_each_gemeente_and_each_aanbieder_sees_is_together_all_of_it(story: Story) -> None:
    async with site_of(story) as site:
        for path, key in ((f"/v1/{name}", name) for name in LISTS):
            everything = await site.whole(path, "olga")
            for side in ("gemeente", "aanbieder"):
                codes = {one[side] for one in everything[key]}
                shares = [await _share(site, story, path, code) for code in sorted(codes)]
                assert [one for share in shares for one in share] == sorted(
                    (_without_id(one) for one in everything[key]), key=lambda one: one[side]
                )


async def _share(site: Site, story: Story, path: str, code: str) -> list[dict[str, Any]]:
    """What the party with this code sees, or its connection."""
    party = story.directory.by_code(code)
    assert party is not None
    side = "gemeente" if len(code) == 4 else "aanbieder"
    who = f"demo-{story.directory.connection(party).id}"
    return [_without_id(one) for one in (await site.whole(path, who, **{side: code}))[path.rpartition("/")[2]]]


def _without_id(one: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name != "bericht_id"}


# --- terms -----------------------------------------------------------------------------------------


async def test_exactly_the_messages_that_wait_for_their_answer_are_listed(story: Story) -> None:
    waiting = {
        one.id: one.bericht
        for one in story.truth.berichten
        if one.bericht in ANSWER_TERMS and one.answered is None and one.outcome in ("accepted", "partly", "refused")
        and one.level != 1
    }  # fmt: skip
    async with site_of(story) as site:
        told = (await site.whole("/v1/termijnen", "olga", regel=["OP090", "OP090x4"]))["termijnen"]
    assert {one["bericht_id"]: one["wat"] for one in told} == waiting
    assert len(waiting) > 5
    assert {one["stand"] for one in told} <= {"open", "at_risk", "breached"}


async def test_every_id_that_a_party_gets_leads_it_to_the_message(story: Story) -> None:
    """And every id that an operator gets is that of a message of that relation."""
    asked = {"stand": ["breached", "at_risk", "open", "late"]}
    shown = 0
    async with site_of(story) as site:
        for who in ("olga", "demo-haarlem", "demo-velsen"):
            place = "/v1/beheer/berichten" if who == "olga" else "/v1/berichten"
            for one in (await site.page("/v1/termijnen", who, **asked))["termijnen"]:
                if one["bericht_id"] is not None:
                    found = await site.page(f"{place}/{one['bericht_id']}", who)
                    assert found["bericht"] in (one["wat"], "JW301", "JW315", "JW317")
                    if who == "olga":
                        assert found["relatie"] == f"{one['gemeente']}:{one['aanbieder']}"
                    shown += 1
    assert shown > 100


async def test_files_hold_what_lists_hold(story: Story) -> None:
    async with site_of(story) as site:
        for name in LISTS:
            told = (await site.page(f"/v1/{name}", "olga", aantal=40))[name]
            headers = {"Authorization": "Bearer olga"}
            response = await site.client.get(f"/v1/{name}.csv", params={"aantal": 40}, headers=headers)
            rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))
            assert [row["Gemeente"] for row in rows] == [one["gemeente"] for one in told]
            assert f"-{name}-1-40-van-" in response.headers["Content-Disposition"]
            if name == "declaraties":
                cents = [row["Toegekend (euro)"].replace(",", "") for row in rows]
                assert [int(one) for one in cents] == [one["toegekend"] for one in told]


async def test_no_list_and_no_file_knows_a_person(story: Story) -> None:
    bsns = [one.bsn for one in story.truth.jeugdigen]
    async with site_of(story) as site:
        for name in LISTS:
            for path in (f"/v1/{name}", f"/v1/{name}.csv"):
                response = await site.client.get(
                    path, params={"aantal": 1000}, headers={"Authorization": "Bearer olga"}
                )
                assert len(response.content) > 10_000
                assert not [bsn for bsn in bsns if bsn in response.text]


# --- neighbours ------------------------------------------------------------------------------------


@pytest.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Region]:
    monkeypatch.setattr(figures, "FRESH", 0)  # the hub itself reads its figures while the story happens
    async with region(tmp_path) as made:
        assert isinstance(made.hub, Hub)
        async with asyncio.timeout(60):
            while await made.hub.folder.waiting():
                await asyncio.sleep(0.01)
        yield made


async def test_of_another_party_no_term_and_no_id_is_seen(here: Region) -> None:
    seen = set[str]()
    for name in CONNECTED:
        for path in ("/v1/termijnen", "/v1/termijnen.csv", "/v1/declaraties?apart=true", "/v1/declaraties.csv"):
            response = await here.client.get(path, headers=token(name))
            assert response.status_code == 200, response.text
            assert not PERSON.search(response.content)
            assert not [id for id in here.secrets(name) if id in response.text], f"{name}: {path}"
        for one in (await here.client.get("/v1/termijnen", headers=token(name))).json()["termijnen"]:
            assert _may_see(name, one), f"{name}: {one}"
            seen.add(name)
    assert {"haarlem", "velsen", "zorg", "jb", "cjg"} <= seen


def _may_see(name: str, one: Mapping[str, Any]) -> bool:
    """By hand, from tests.support.neighbours."""
    code = {
        "haarlem": "0392",
        "velsen": "0453",
        "joint": "0396",
        "zorg": "65656001",
        "office": "65656003",
        "jb": "65656006",
    }
    if name == "cjg":
        return one["gemeente"] == "0392" and one["wat"] in ("JW301", "JW315")
    return code[name] in (one["gemeente"], one["aanbieder"])


# --- the command line ------------------------------------------------------------------------------

ENVIRONMENT = {"IJWHUB_MONITORING": str(ROOT / "deploy" / "example" / "regions.yaml")}


def typed(*words: object, env: Mapping[str, str] | None = None) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], env={**ENVIRONMENT, **(env or {})})


def without_moment(page: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in page.items() if name not in ("gemaakt", "meer")}


async def told_over_http(story: Story) -> tuple[dict[str, Any], dict[str, Any]]:
    async with site_of(story) as site:
        claims = await site.whole("/v1/declaraties", "olga")
        return await site.whole("/v1/termijnen", "olga", stand=["breached", "at_risk"]), claims


def test_commands_tell_what_http_tells(story: Story) -> None:
    terms, claims = asyncio.run(told_over_http(story))
    data = ("--data", story.settings.data)
    found = typed("terms", *data, "--on", NOW.date(), "--limit", 10**6, "--json")
    assert without_moment(json.loads(found.stdout)) == without_moment(terms), found.output
    found = typed("claims", *data, "--json")
    assert without_moment(json.loads(found.stdout)) == without_moment(claims), found.output
    rows = list(csv.DictReader(io.StringIO(typed("claims", *data, "--csv").stdout.lstrip("\ufeff")), delimiter=";"))
    assert [row["Maand"] for row in rows] == [one["maand"] for one in claims["declaraties"]]


def test_people_see_what_is_breached_or_at_risk_soonest_due_first(story: Story) -> None:
    terms, claims = asyncio.run(told_over_http(story))
    lines = typed("terms", "--data", story.settings.data, "--on", NOW.date(), "--limit", 7).stdout.splitlines()
    assert lines[0].split() == [
        "due", "state", "rule", "what", "responsible", "gemeente", "aanbieder", "reference", "message",
    ]  # fmt: skip
    first = terms["termijnen"][:7]
    assert [line.split()[:3] for line in lines[1:8]] == [
        [one["uiterlijk"], one["stand"], one["regel"]] for one in first
    ]
    assert lines[8] == f"{terms['aantal'] - 7} more: see --limit."
    sums = Counter[str]()
    for one in terms["sommen"]:
        sums[one["regel"]] += one["aantal"]
    assert {line.split()[0]: sum(map(int, line.split()[1:])) for line in lines[11:]} == sums

    table = typed("claims", "--data", story.settings.data).stdout.splitlines()
    assert table[-1].split()[1] == f"{claims['totaal']['gedeclareerd'] / 100:.2f}".replace(".", ",")
    assert len(table) == len(claims["declaraties"]) + 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("terms", "--state", "too_late"), "Expected one of open, at_risk"),
        (("terms", "--rule", "OP1"), "Expected one of OP090"),
        (("terms", "--responsible", "999922038"), "4 or 8 digits"),
        (("claims", "--gemeente", "39"), "4 digits"),
        (("claims", "--json", "--csv"), "give one of them"),
        (("claims", "--data", "/nowhere"), "there is no database"),
    ],
)
def test_what_cannot_be_asked_is_told(story: Story, words: tuple[str, ...], told: str) -> None:
    found = typed(*words[:1], "--data", story.settings.data, *words[1:])
    assert found.exit_code == 2
    assert told in " ".join(found.stderr.replace("│", " ").split())
    assert "999922038" not in found.output
    assert found.stdout == ""


def test_what_was_not_folded_is_not_told_as_if_it_were_all(story: Story, tmp_path: Path) -> None:
    shutil.copytree(story.settings.data, tmp_path / "hub")
    with closing(sqlite3.connect(tmp_path / "hub" / "hub.sqlite")) as database, database:
        database.execute("DELETE FROM fold_progress")
    found = typed("claims", "--data", tmp_path / "hub")
    assert (found.exit_code, found.stdout) == (2, "")
    assert "Try again" in found.stderr


async def test_on_kafka_they_tell_the_same(story: Story, kafka: Kafka, database: str, prefix: str) -> None:
    connection = KafkaConnection(servers=kafka.address, prefix=prefix)
    await prepared(connection, database)
    await copied(story.settings.sqlite_file, database)
    terms, claims = await told_over_http(story)
    env = environment(connection, database)
    words = ("terms", "--on", NOW.date(), "--limit", 10**6, "--json")
    found = await asyncio.to_thread(typed, *words, env=env)
    assert without_moment(json.loads(found.stdout)) == without_moment(terms), found.output
    found = await asyncio.to_thread(typed, "claims", "--json", env=env)
    assert without_moment(json.loads(found.stdout)) == without_moment(claims), found.output


async def copied(file: Path, database: str) -> None:
    """What the embedded hub folded, in the database of one on Kafka."""
    embedded, postgres = SqliteFolds(file), await Postgres.opened(database)
    try:
        for fold in FOLDS:
            rows = dict(await embedded.fold_totals(fold.name))
            progress = FoldProgress(position=1, version=1)
            one = FoldCommit(fold=fold.name, expected=0, progress=progress, rows=rows)
            await PostgresFolds(postgres).commit_folds(0, [one])
    finally:
        await embedded.close()
        await postgres.close()
