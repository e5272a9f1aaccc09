"""The file of regions: what the example holds, what is there without it, and each mistake told by file and key."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from streams.core.parties import ConfigurationError
from streams.core.parties_file import load_directory
from streams.core.regions import OTHERS, Calendar, Drift, Monitoring, Norms, Region, Rework, load_monitoring

EXAMPLE = Path(__file__).parents[2] / "deploy" / "example"
CATEGORIES = [f"{number}" for number in range(40, 56)]


@pytest.fixture(scope="module")
def example() -> Monitoring:
    return load_monitoring(EXAMPLE / "regions.yaml")


def test_the_example_has_five_regions(example: Monitoring) -> None:
    assert {region.id: len(region.gemeenten) for region in example.regions} == {
        "zuid-kennemerland": 4,
        "ijmond": 3,
        "alkmaar": 6,
        "amsterdam": 4,
        "groningen": 1,
    }
    assert example.region_of("0453").id == "ijmond"
    assert example.region_of("0344").id == OTHERS


def test_every_gemeente_of_the_example_has_a_name_and_a_population(example: Monitoring) -> None:
    for code in (code for region in example.regions for code in region.gemeenten):
        assert code in example.names
        assert set(example.population[code]) == {2024, 2025, 2026}


def test_the_aanbieders_of_the_example_are_those_of_the_parties(example: Monitoring) -> None:
    parties = load_directory(EXAMPLE / "parties.yaml").parties
    aanbieders = {str(one.code): one.name for one in parties if one.kind in ("aanbieder", "gi")}
    assert example.contract_forms.keys() == aanbieders.keys()
    assert {code: example.names[code] for code in aanbieders} == aanbieders


def test_every_category_has_a_segment_and_norms_in_every_region_of_the_example(example: Monitoring) -> None:
    for region in example.regions:
        segments = {region.segment(one) for one in CATEGORIES}
        assert "onbekend" not in segments
        assert all(region.norms_for(one).start for one in segments)
        assert set(region.norms) <= {*segments, "*"}


def test_the_example_shows_every_key_and_changes_no_default_but_those_of_a_region(example: Monitoring) -> None:
    assert example.model_fields_set == set(Monitoring.model_fields)
    assert (example.rework, example.drift) == (Rework(), Drift())
    numbers = ("return_days", "pause_days", "no_start_days", "at_risk_days", "suppress_below")
    assert all(getattr(example, one) == getattr(Monitoring(), one) for one in numbers)


def test_closing_days_are_no_working_days(example: Monitoring) -> None:
    days = example.calendar.working_days()
    assert days.version == "example 2026"
    assert not days.is_working_day(date(2026, 5, 15))
    assert Calendar().working_days().is_working_day(date(2026, 5, 15))


def test_an_empty_file_is_refused_and_no_file_is_everything_by_default(tmp_path: Path) -> None:
    assert load_monitoring(None) == load_monitoring(written(tmp_path, "{}")) == Monitoring()
    with pytest.raises(ConfigurationError, match="holds nothing"):
        load_monitoring(written(tmp_path, ""))


def test_norms_are_those_of_the_segment_or_of_all() -> None:
    own, others = Norms(start=(4,)), Norms(start=(9,))
    region = Region(id="r", name="R", gemeenten=("0453",), norms={"crisis": own, "*": others})
    assert (region.norms_for("crisis"), region.norms_for("ambulant")) == (own, others)
    assert Region(id="r", name="R", gemeenten=("0453",)).norms_for("crisis") == Norms()


def test_a_segment_of_the_region_stands_in_place_of_all_of_the_standard() -> None:
    region = Region(id="r", name="R", gemeenten=("0453",), segments={"licht": ("45",)})
    assert [region.segment(one) for one in ("45", "43", None)] == ["licht", "onbekend", "onbekend"]
    standard = Region(id="r", name="R", gemeenten=("0453",))
    assert [standard.segment(one) for one in ("45", "43", None)] == ["ambulant", "verblijf", "onbekend"]


def written(folder: Path, text: str) -> Path:
    path = folder / "regions.yaml"
    path.write_text(text, encoding="utf-8")
    return path


REGION = "regions: [{{id: ijmond, name: IJmond, gemeenten: ['0453'], {}}}]"


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ("regions: [", "cannot be read", "it is no YAML, or holds a date that does not exist; expected a YAML file"),
        ("just words", "the file", "valid dictionary"),
        ("region: []", "region", "Extra inputs are not permitted"),
        ("regions: [{id: ijmond, gemeenten: ['0453']}]", "regions.0.name", "Field required"),
        (
            "regions: [{id: IJmond, name: IJmond, gemeenten: ['0453']}]",
            "regions.0.id",
            "match pattern '^[a-z0-9-]{1,35}$'",
        ),
        ("regions: [{id: ijmond, name: IJmond, gemeenten: []}]", "regions.0.gemeenten", "at least 1 item"),
        ("regions: [{id: a, name: A, gemeenten: [0361]}]", "regions.0.gemeenten.0", "valid string"),
        ("regions: [{id: a, name: A, gemeenten: ['361']}]", "regions.0.gemeenten.0", "match pattern '^[0-9]{4}$'"),
        (REGION.format("segments: {licht: ['4']}"), "regions.0.segments.licht.0", "match pattern '^[0-9]{2}$'"),
        (
            REGION.format("norms: {crisis: {start: [0]}}"),
            "regions.0.norms.crisis.start.0",
            "greater than or equal to 1",
        ),
        (REGION.format("norms: {crisis: {begin: [4]}}"), "regions.0.norms.crisis.begin", "Extra inputs"),
        (
            "regions: [{id: a, name: A, gemeenten: ['0453']}, {id: b, name: B, gemeenten: ['0453']}]",
            "the file",
            "gemeente 0453 stands in more than one region",
        ),
        (
            "regions: [{id: a, name: A, gemeenten: ['0453']}, {id: a, name: B, gemeenten: ['0375']}]",
            "the file",
            "two regions have the same id",
        ),
        (
            "regions: [{id: overig, name: A, gemeenten: ['0453']}]",
            "the file",
            "no region may have the id overig: it is that of gemeenten in no region",
        ),
        (r'regions: [{id: a, name: "I\x01J", gemeenten: ["0453"]}]', "regions.0.name", "match pattern"),
        (REGION.format(r'segments: {"li\x1bcht": ["45"]}'), "regions.0.segments", "match pattern"),
        (r'names: {"0453": "Vel\nsen"}', "names.0453", "match pattern"),
        (r'names: {"0453": "Vel\uFFFFsen"}', "names.0453", "match pattern"),
        (r'contract_forms: {"65656001": "ta\x85ak"}', "contract_forms.65656001", "match pattern"),
        (r'calendar: {version: "2026\x00"}', "calendar.version", "match pattern"),
        ("population: {'0453': {2026: many}}", "population.0453.2026", "valid integer"),
        ("population: {'0453': {2026: -1}}", "population.0453.2026", "greater than or equal to 0"),
        ("contract_forms: {'123': taak}", "contract_forms.123", "match pattern '^[0-9]{8}$'"),
        ("calendar: {closed: ['2026-13-01']}", "calendar.closed.0", "valid date"),
        ("rework: {refusal: -1}", "rework.refusal", "greater than or equal to 0"),
        ("drift: {chance: 1}", "drift.chance", "less than 0.5"),
        ("drift: {recent_days: 1}", "drift.recent_days", "greater than or equal to 7"),
        ("pause_days: soon", "pause_days", "valid integer"),
    ],
)
def test_a_mistake_is_told_by_file_key_and_what_was_expected(
    tmp_path: Path, text: str, key: str, expected: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigurationError) as told:
        load_monitoring(path)
    fault = told.value.problems[0]
    assert fault.startswith(f"{path}: {key}")
    assert expected in fault
    assert fault.endswith("see deploy/example/regions.yaml")


def test_names_may_have_every_letter_and_mark_of_a_line() -> None:
    names = {"0453": '’s-Gravenhage é ß 😀 <b> & "x" — 1'}
    assert Monitoring(names=names).names == names


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as told:
        load_monitoring(written(tmp_path, "pause_days: soon\nreturn_days: 0\nnames: 1\n"))
    assert [fault.split(": ")[1] for fault in told.value.problems] == ["names", "return_days", "pause_days"]


@pytest.mark.parametrize("content", [None, b"names: {'0453': \xff}"], ids=["missing", "not UTF-8"])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "regions.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"cannot be read, .*; expected a YAML file"):
        load_monitoring(path)
