"""Freezes: when which messages of whom are kept out, and what a file of them may say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from streams.core.freezes import Freeze, closed, coming, load_freezes
from streams.core.parties import BERICHTEN, ConfigurationError, Directory, Party
from streams.core.regions import Monitoring, load_monitoring

EXAMPLE = Path(__file__).parents[2] / "deploy" / "example"
PARTIES = Directory(tuple(Party(id=f"g{code}", kind="gemeente", code=code, name=code) for code in ("0392", "0453")))
START = datetime(2031, 3, 19, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)


def freeze(
    name: str = "x", hours: int = 10, start: datetime = START, gemeenten: frozenset[str] | None = None
) -> Freeze:
    return Freeze(
        name=name, berichten=frozenset({"JW323"}), start=start, until=start + hours * HOUR, gemeenten=gemeenten
    )


def loaded(tmp_path: Path, text: str, monitoring: Monitoring | None = None) -> tuple[Freeze, ...]:
    (tmp_path / "f.yaml").write_text(text, encoding="utf-8")
    return load_freezes(tmp_path / "f.yaml", monitoring or Monitoring(), PARTIES)


def listed(**changed: str) -> str:
    keys = {"name": "x", "berichten": "[JW323]", "from": "2031-03-19 23:00", "until": "2031-03-31 13:00"}
    keys |= {"gemeenten": "all", **changed}
    return "freezes:\n- {" + ", ".join(f"{key}: {value}" for key, value in keys.items() if value) + "}\n"


# when


@pytest.mark.parametrize(
    ("after", "kept_out"), [(-1, False), (0, True), (10 * 3600 - 1, True), (10 * 3600, False), (11 * 3600, False)]
)
def test_from_its_first_moment_until_just_before_its_last(after: int, kept_out: bool) -> None:
    one = freeze()
    assert closed([one], "JW323", "0392", START + timedelta(seconds=after)) is (one if kept_out else None)


def test_only_its_types_and_gemeenten() -> None:
    one = freeze(gemeenten=frozenset({"0392"}))
    assert closed([one], "JW323", "0392", START) is one
    assert closed([one], "JW323", "0453", START) is None
    assert closed([one], "JW301", "0392", START) is None
    assert closed([freeze()], "JW323", "0453", START) == freeze()
    assert closed([], "JW323", "0453", START) is None


def test_of_several_the_one_that_lasts_longest_is_told() -> None:
    short, long = freeze("short", 5), freeze("long", 9)
    for both in ([short, long], [long, short]):
        assert closed(both, "JW323", "0392", START + HOUR) is long
        assert closed(both, "JW323", "0392", START + 7 * HOUR) is long


def test_what_is_closed_or_comes_in_the_order_of_its_start() -> None:
    past, now, later = freeze(start=START - 20 * HOUR), freeze(), freeze(start=START + 99 * HOUR)
    assert coming([later, now, past], START) == (now, later)
    assert coming([later], START + 109 * HOUR) == ()


# the file


def test_dutch_local_time_or_an_offset(tmp_path: Path) -> None:
    (one,) = loaded(tmp_path, listed())
    assert one == Freeze(
        name="x",
        berichten=frozenset({"JW323"}),
        start=datetime(2031, 3, 19, 22, tzinfo=UTC),  # winter time
        until=datetime(2031, 3, 31, 11, tzinfo=UTC),  # summer time
        gemeenten=None,
    )
    (other,) = loaded(tmp_path, listed(**{"from": "2031-03-19T22:00:00Z", "until": "2031-03-31 13:00:00+02:00"}))
    assert other == one
    (day,) = loaded(tmp_path, listed(**{"from": "2031-03-20"}))
    assert day.start == datetime(2031, 3, 19, 23, tzinfo=UTC)


def test_the_hour_that_comes_twice_has_a_right_order(tmp_path: Path) -> None:
    second = "2031-10-26T02:15:00+01:00"  # after 02:45 of summer time
    (one,) = loaded(tmp_path, listed(**{"from": "2031-10-26 02:45:00", "until": second}))
    assert one.until - one.start == timedelta(minutes=30)


def test_everything_and_everybody(tmp_path: Path) -> None:
    (one,) = loaded(tmp_path, listed(berichten="all"))
    assert (one.berichten, one.gemeenten) == (BERICHTEN, None)
    (other,) = loaded(tmp_path, listed(gemeenten='["0392", "0453"]'))
    assert other.gemeenten == {"0392", "0453"}


def test_a_region_is_its_gemeenten(tmp_path: Path) -> None:
    monitoring = load_monitoring(EXAMPLE / "regions.yaml")
    (one,) = loaded(tmp_path, listed(gemeenten="", regions="[ijmond, zuid-kennemerland]"), monitoring)
    assert one.gemeenten == {"0375", "0396", "0453", "0392", "0377", "0397", "0473"}


def test_without_a_file_nothing_is_closed(tmp_path: Path) -> None:
    assert load_freezes(None, Monitoring(), PARTIES) == ()
    assert loaded(tmp_path, "freezes: []") == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (listed(until="2031-03-19 23:00"), "freezes.0: Value error, until is not later than from"),
        (listed(until=""), "freezes.0.until: Field required"),
        (listed(**{"from": "20310319"}), "freezes.0.from: Value error, found no day or moment"),
        (listed(until="1.5e9"), "freezes.0.until: Value error, found no day or moment"),
        (listed(until="'20310331'"), "freezes.0.until: Value error, found no day or moment"),
        (listed(until="2031-03-19T25:00"), "freezes.0.until: Input should be a valid datetime"),
        (listed(until="yes"), "freezes.0.until: Value error, found no day or moment"),
        (listed(until="soon"), "freezes.0.until: Value error, found no day or moment"),
        (listed(berichten="[JW303]"), "freezes.0.berichten: Value error, expected all, or a list of JW301"),
        (listed(berichten="JW323"), "freezes.0.berichten"),
        (listed(berichten="[]"), "freezes.0.berichten"),
        (listed(gemeenten="[0361]"), "freezes.0.gemeenten"),
        (listed(gemeenten="[]"), "freezes.0.gemeenten"),
        (listed(gemeenten=""), "freezes.0: Value error, expected either gemeenten"),
        (listed(regions="[a]"), "freezes.0: Value error, expected either gemeenten"),
        (listed(gemeenten='["0392", "0932"]'), "freezes.0.gemeenten: 0932 is the code of no party"),
        (listed(name="''"), "freezes.0.name"),
        ("", "holds nothing; expected keys"),
        ("# freezes:", "holds nothing"),
        ("false", "the file: Input should be a valid dictionary"),
        ("[]", "the file: Input should be a valid dictionary"),
        ("? [a, b]\n: c\n", "cannot be read, it is no YAML"),
        (listed(colour="red"), "freezes.0.colour: Extra inputs are not permitted"),
        (listed(gemeenten="", regions="[atlantis]"), "freezes.0.regions: 'atlantis' is no region of IJWHUB_MONITORING"),
    ],
)
def test_a_file_that_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        loaded(tmp_path, text)
    assert all(problem.startswith(f"{tmp_path / 'f.yaml'}: {expected}") for problem in caught.value.problems)
    assert all("see deploy/example/freezes.yaml" in problem for problem in caught.value.problems)


def test_the_example_closes_step_by_step() -> None:
    freezes = load_freezes(EXAMPLE / "freezes.yaml", load_monitoring(EXAMPLE / "regions.yaml"), PARTIES)
    closing = {
        bericht: min(one.start for one in freezes if one.gemeenten is None and bericht in one.berichten)
        for bericht in BERICHTEN
    }
    assert closing["JW323"] < closing["JW301"] < closing["JW302"]
    assert len({one.until for one in freezes if one.gemeenten is None}) == 1
    assert [one.name for one in freezes if one.gemeenten] == ["Turn of the year in IJmond"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("freezes: []\n\nfreezes: []\n", "f.yaml:3: freezes is here twice; expected once"),
        (listed(name="x, until: 2031-04-01"), "f.yaml:2: until is here twice; expected once"),
    ],
)
def test_what_stands_twice_is_refused_with_its_line(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigurationError, match=expected):
        loaded(tmp_path, text)
