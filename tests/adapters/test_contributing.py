"""The adapter of CONTRIBUTING.md, exactly as it stands there: found by its entry point, and it passes the suite.

And the suite can fail: beside it stand adapters that break the contract, each in one way.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from adapters.registry import UnknownAdapter, adapter, names
from tests.support.adapters_broken import SEEN_BY

ROOT = Path(__file__).parents[2]
SUITE = "tests/adapters/test_contract.py"
MOST_LINES = 60


def block(language: str, containing: str) -> str:
    blocks = re.findall(
        rf"^```{language}\n(.*?)^```$", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE | re.DOTALL
    )
    (found,) = (one for one in blocks if containing in one)
    return str(found)


def install(site: Path, package: str, points: dict[str, str], **modules: str) -> None:
    """What pip leaves of a package: its modules, and what its metadata say of entry points."""
    metadata = site / f"{package}-0.1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.1\n")
    lines = [f"{name} = {value}" for name, value in points.items()]
    (metadata / "entry_points.txt").write_text("\n".join(["[ijwhub.adapters]", *lines, ""]))
    for name, text in modules.items():
        (site / f"{name}.py").write_text(text)


def outcomes(site: Path, *arguments: str) -> dict[str, bool]:
    """Whether each test passed, by its name, when the suite runs with what is installed in a folder."""
    report = site / "report.xml"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--tb=no",
        f"--junitxml={report}",
        *arguments,
    ]
    path = os.pathsep.join([str(site), str(ROOT)])
    subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, capture_output=True, check=False, timeout=300
    )
    cases = ElementTree.parse(report).getroot().iter("testcase")
    return {case.attrib["name"]: case.find("failure") is None and case.find("error") is None for case in cases}


def test_the_adapter_of_the_guide_is_short_and_passes_the_suite(tmp_path: Path) -> None:
    code = block("python", "json_bridge")
    assert len(code.splitlines()) < MOST_LINES
    project = tomllib.loads(block("toml", "entry-points"))["project"]
    points = project["entry-points"]["ijwhub.adapters"]
    install(tmp_path, project["name"].replace("-", "_"), points, json_bridge=code)
    found = outcomes(tmp_path, SUITE, "-k", "json_bridge")
    assert len(found) > 40
    assert [name for name, passed in found.items() if not passed] == []


def test_the_suite_sees_every_adapter_that_breaks_the_contract(tmp_path: Path) -> None:
    points = {f"broken_{name}": f"tests.support.adapters_broken:{name}" for name in SEEN_BY}
    install(tmp_path, "broken", points)
    found = outcomes(tmp_path, *(f"{SUITE}::{test}[broken_{name}]" for name, test in SEEN_BY.items()))
    assert found == {f"{test}[broken_{name}]": False for name, test in SEEN_BY.items()}


def test_an_adapter_that_is_not_installed_is_told_with_those_that_are() -> None:
    with pytest.raises(UnknownAdapter, match=", ".join(names())):
        adapter("carrier_pigeon")


def test_what_cannot_be_loaded_and_what_is_there_twice_is_told(tmp_path: Path) -> None:
    install(tmp_path, "gone", {"gone": "no_such_module:make", "empty": "json:no_such_name"})
    install(tmp_path, "again", {"mailbox": "adapters.kafka_direct:make"})
    asked = """
from adapters.registry import UnknownAdapter, adapter
for name in ("gone", "empty", "mailbox"):
    try:
        adapter(name)
    except UnknownAdapter as error:
        print(error)
print(adapter("kafka_direct").name)
"""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    ran = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    gone, empty, twice, fine = ran.stdout.splitlines()
    assert "no_such_module:make cannot be loaded (ModuleNotFoundError)" in gone
    assert "json:no_such_name cannot be loaded (AttributeError)" in empty
    assert "adapters.kafka_direct:make, adapters.mailbox:make" in twice
    assert fine == "kafka_direct"
