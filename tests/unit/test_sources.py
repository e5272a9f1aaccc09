"""The outside sources from files: what they hold, and every way in which they can be wrong told by file and line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from schemas.ijw_3_2.outside import supplied
from streams.cli.app import app
from streams.core.parties import ConfigurationError
from streams.core.sources import load_sources

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "deploy" / "example" / "sources.yaml"
MESSAGES = ROOT / "tests" / "cases" / "messages"
APRIL = date(2026, 4, 1)


def test_the_example_holds_every_source() -> None:
    sources = load_sources(EXAMPLE)
    assert sources.gemeenten is not None
    assert sources.producten is not None
    assert sources.contracten is not None
    assert sources.producten.belongs("45", "45A04", APRIL)
    assert not sources.producten.belongs("54", "45A04", APRIL)
    (line,) = sources.contracten.of("0392", "65656001", "45", "45A04", APRIL)
    assert (line.eenheid, line.tarief) == ("04", 7500)
    assert sources.contracten.of("0392", "65656001", "45", "45A04", date(2029, 1, 1)) == ()


def test_without_a_file_only_the_gemeenten_of_2026_are_there() -> None:
    sources = supplied()
    assert sources.gemeenten is not None
    assert sources.gemeenten.knows("0392", APRIL) is True
    assert sources.gemeenten.knows("9999", APRIL) is False
    assert sources.gemeenten.knows("0392", date(2025, 12, 31)) is None
    assert (sources.producten, sources.contracten) == (None, None)


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.{'yaml' if name == 'sources' else 'csv'}").write_text(text, encoding="utf-8")
    return folder / "sources.yaml"


PRODUCTEN = "producten: {file: producten.csv, version: '1'}\n"
HEAD = "categorie,code,valid_from,valid_to\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, "sources.yaml: cannot be read"),
        ({"sources": "producten: ["}, "sources.yaml: cannot be read, it is no YAML"),
        ({"sources": "products: {}"}, "sources.yaml: products: Extra inputs"),
        ({"sources": PRODUCTEN}, "producten.csv: cannot be read"),
        ({"sources": PRODUCTEN, "producten": f"{HEAD}45,45A04,,\n4,45A05,,\n"}, "producten.csv:3: categorie"),
        ({"sources": PRODUCTEN, "producten": f"{HEAD}45,45A04,1 mei,\n"}, "producten.csv:2: valid_from"),
        ({"sources": PRODUCTEN, "producten": "code\n45A04\n"}, "producten.csv:2: categorie: Field required"),
        (
            {
                "sources": "contracten: {file: contracten.csv, version: '1'}",
                "contracten": "gemeente,aanbieder,categorie,code,eenheid,tarief\n0392,65656001,45,45A04,99,1\n",
            },
            "contracten.csv:2: eenheid",
        ),
    ],
)
def test_what_is_wrong_is_told_by_file_and_line(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    path = written(tmp_path, **files)
    with pytest.raises(ConfigurationError) as told:
        load_sources(path)
    assert expected in str(told.value)


def test_check_takes_the_sources_and_refuses_a_file_that_cannot_be_used(tmp_path: Path) -> None:
    message = str(MESSAGES / "JW301.xml")
    without = CliRunner().invoke(app, ["check", message])
    assert "TR381  not checked: needs the product code list" in without.stdout
    given = CliRunner().invoke(app, ["check", "--sources", str(EXAMPLE), message])
    assert given.exit_code == 0
    assert "not checked" not in given.stdout
    wrong = CliRunner().invoke(app, ["check", "--sources", str(tmp_path / "none.yaml"), message])
    assert wrong.exit_code == 2
    assert "none.yaml: cannot be read" in wrong.stderr
