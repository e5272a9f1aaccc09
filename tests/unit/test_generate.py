"""The schemas and structures on disk are those that structure.yaml gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.ijw_3_2.generate import generated_files
from schemas.ijw_3_2.structure import HERE, structure

FILES = generated_files(structure())


@pytest.mark.parametrize("path", FILES, ids=str)
def test_file_is_as_generated(path: Path) -> None:
    on_disk = (HERE / path).read_bytes().decode()
    assert on_disk == FILES[path], f"{path} is not what structure.yaml gives: run `make generate`"


@pytest.mark.parametrize("folder", ["xsd", "berichten"])
def test_no_other_file(folder: str) -> None:
    found = {path.relative_to(HERE) for path in (HERE / folder).rglob("*") if path.is_file()}
    assert {path for path in found if "__pycache__" not in path.parts} == {p for p in FILES if p.parts[0] == folder}
