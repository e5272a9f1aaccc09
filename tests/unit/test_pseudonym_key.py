"""The key of pseudonyms of an embedded hub: made once, kept whole, and never made anew where it was used."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from streams.core.ports import StoreError
from streams.hub.pseudonym_key import NAME, kept_key


def test_it_is_made_once_and_only_the_hub_s_own_user_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    key = kept_key(folder, may_be_new=True)
    assert len(key) == 64
    assert kept_key(folder, may_be_new=True) == kept_key(folder, may_be_new=False) == key
    assert stat.S_IMODE((folder / NAME).stat().st_mode) == 0o600
    assert [file.name for file in folder.iterdir()] == [NAME]


def test_two_hubs_have_different_keys(tmp_path: Path) -> None:
    assert kept_key(tmp_path / "a", may_be_new=True) != kept_key(tmp_path / "b", may_be_new=True)


def test_who_makes_it_at_the_same_moment_gets_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as threads:
        keys = list(threads.map(lambda _: kept_key(tmp_path, may_be_new=True), range(64)))
    assert len(set(keys)) == 1


def test_a_key_that_was_used_and_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is not there"):
        kept_key(tmp_path, may_be_new=False)
    assert not list(tmp_path.iterdir())


def test_an_empty_key_is_no_key(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("\n")
    with pytest.raises(StoreError, match="is empty"):
        kept_key(tmp_path, may_be_new=True)


def test_a_key_that_cannot_be_kept_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StoreError, match="cannot be used"):
        kept_key(tmp_path / "data", may_be_new=True)
