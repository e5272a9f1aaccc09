"""The composition root: what a hub refuses to start with."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest

from connectors.sqlite_store import SqliteStore
from streams.core.parties import ConfigurationError
from streams.core.ports import StoreError
from streams.hub.app import open_hub
from streams.hub.settings import Settings

EXAMPLE = Path(__file__).parents[2] / "deploy" / "example" / "parties.yaml"


def settings(tmp_path: Path, host: str = "127.0.0.1") -> Settings:
    shutil.copy(EXAMPLE, tmp_path / "parties.yaml")
    return Settings(parties=tmp_path / "parties.yaml", data=tmp_path / "data", host=host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "hub.example.org"])
async def test_the_tokens_of_the_example_do_not_open_a_hub_to_the_world(tmp_path: Path, host: str) -> None:
    with pytest.raises(ConfigurationError, match="haarlem"):
        async with open_hub(settings(tmp_path, host)):
            pass


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
async def test_on_this_machine_they_do(tmp_path: Path, host: str) -> None:
    async with open_hub(settings(tmp_path, host)) as hub:
        assert (await hub.store.progress([0]))[0].position == 0


async def test_only_the_hub_s_own_user_may_look_into_its_data(tmp_path: Path) -> None:
    async with open_hub(settings(tmp_path)):
        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


async def test_a_database_of_another_version_is_refused(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "data" / "hub.sqlite")
    await store._run(store._connection.execute, "UPDATE alembic_version SET version_num = '0999'")
    await store.close()
    with pytest.raises(StoreError, match="version 0999"):
        async with open_hub(settings(tmp_path)):
            pass


async def test_something_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "hub.sqlite").write_bytes(b"geen database" * 100)
    with pytest.raises(StoreError, match=r"hub\.sqlite"):
        async with open_hub(settings(tmp_path)):
            pass
