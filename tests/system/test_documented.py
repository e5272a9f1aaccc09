"""What the documents tell people to type: every command and setting exists, and what they try out works as they say."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import typer.main

from streams.cli.app import app
from streams.hub.settings import Settings
from tests.support.process import free_port
from tests.support.services import require

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "deploy/README.md", "deploy/runbook.md", "deploy/conformance.md")
MARKDOWN = sorted({*(ROOT / name for name in (*DOCUMENTS, "CHANGELOG.md")), *ROOT.glob("*/README.md")})
COMMAND = re.compile(r"(?:^|[\s`(=])(?:\.venv/bin/)?ijwhub ((?:[a-z]+ ?)[^`#|\n\[]*)")


def text(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def code(document: str) -> list[str]:
    """What stands in blocks and between backticks."""
    whole = text(document)
    blocks = re.findall(r"^ *```[a-z]*\n(.*?)^ *```$", whole, re.M | re.S)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^ *```.*?^ *```$", "", whole, flags=re.M | re.S))
    return [line for block in blocks for line in block.splitlines()] + inline


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every ijwhub command in the documents, with its words."""
    for document in DOCUMENTS:
        for line in code(document):
            for found in COMMAND.findall(line):
                yield document, shlex.split(found.replace("'", ""), comments=True)


def meant(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words name, and what follows it."""
    command: Any = typer.main.get_command(app)
    rest = list(words)
    while hasattr(command, "commands") and rest:
        name = rest.pop(0)
        assert name in command.commands, f"ijwhub {' '.join(words)}: there is no command {name}"
        command = command.commands[name]
    return command, rest


def test_documents_name_commands_and_options_that_exist() -> None:
    found = list(commands())
    assert len(found) > 40
    for document, words in found:
        command, rest = meant(words)
        known = {name for parameter in command.params for name in parameter.opts}
        unknown = [word for word in rest if word.startswith("--") and word not in known]
        assert unknown == [], f"{document}: ijwhub {' '.join(words)}"


def test_every_setting_is_documented_and_every_documented_setting_exists() -> None:
    known = {f"IJWHUB_{name.upper()}" for name in Settings.model_fields}
    table = set(re.findall(r"(?:IJWHUB|\.\.)_[A-Z_]+", text("deploy/README.md")))
    written = {name.replace(".._", "IJWHUB_KAFKA_") for name in table}
    assert known - written == set()
    others = {name for document in DOCUMENTS for name in re.findall(r"IJWHUB_[A-Z_]+", text(document))}
    assert others - known - {"IJWHUB_REQUIRE_SERVICES"} == set()


def blocks(document: str, heading: str) -> list[str]:
    """The blocks of commands under a heading."""
    section = re.split(r"^#+ ", text(document).split(f"## {heading}\n", 1)[1], flags=re.M)[0]
    return re.findall(r"^ *```\n(.*?)^ *```$", section, re.M | re.S)


class Terminal:
    """Types what documents say, in a folder that looks like the project, with a port of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = str(free_port())
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("IJWHUB_")}
        self._environment |= {"IJWHUB_PORT": self._port, "PYTHONPATH": str(ROOT), "CURL_HOME": str(folder)}
        (folder / ".curlrc").write_text('silent\nshow-error\nfail\nwrite-out = "\\n"\n')
        for name in ("deploy", "tests"):
            (folder / name).symlink_to(ROOT / name)
        program = folder / ".venv" / "bin" / "ijwhub"
        program.parent.mkdir(parents=True)
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m streams.cli "$@"\n')
        program.chmod(0o755)

    def output(self, block: str) -> list[str]:
        """What a block prints; every answer over HTTP ends its line, and one that refuses fails the test."""
        ran = self._typed(block, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, errors = ran.communicate(timeout=60)
        assert ran.returncode == 0, errors.decode()
        return out.decode().splitlines()

    @contextmanager
    def running(self, block: str) -> Iterator[None]:
        """A block that ends with a hub, until that is stopped."""
        log = self._folder / "hub.log"
        with log.open("wb") as into:
            process = self._typed(block, stdout=into, stderr=into)
        try:
            until = time.monotonic() + 60
            while '"started"' not in log.read_text():
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < until
                time.sleep(0.1)
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=30)

    def _typed(self, block: str, stdout: Any, stderr: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["bash", "-euc", block.replace("8320", self._port)],
            cwd=self._folder,
            env=self._environment,
            stdout=stdout,
            stderr=stderr,
            process_group=0,
        )


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    require([f"{name}, which the documents use" for name in ("bash", "curl", "openssl") if shutil.which(name) is None])
    return Terminal(tmp_path)


def test_the_first_message_of_the_readme_and_the_closings_of_the_runbook(terminal: Terminal) -> None:
    start, send = blocks("README.md", "Run it for real")
    (closings,) = blocks("deploy/runbook.md", "A release, or another time in which messages stop")
    with terminal.running(start):
        receipt, mailbox = terminal.output(send)
        freezes = terminal.output(closings)
    assert json.loads(receipt)["herhaling"] is False
    assert json.loads(mailbox) == []  # this party has a folder
    assert len([line for line in freezes if " coming " in line]) == 4


def test_tls_client_certificates_and_roles_of_the_runbook(terminal: Terminal) -> None:
    start, ask = blocks("deploy/runbook.md", "TLS and certificates")
    with terminal.running(start):
        mailbox, given_up, audited, *certificates = terminal.output(ask.replace("-checkend 2592000", "-checkend 86400"))
    assert [json.loads(answer) for answer in (mailbox, given_up, audited)] == [[], [], []]
    assert "Certificate will not expire" in certificates
    assert "00000099000000392000" in certificates[-1]


def test_the_figures_of_the_readme(terminal: Terminal) -> None:
    (figures,) = blocks("README.md", "See the figures")
    assert "--youths 2000" in figures
    with terminal.running(figures.replace("--youths 2000", "--youths 20")):
        page = terminal.output("curl http://127.0.0.1:8320/beelden")
    assert any("IJmond" in line for line in page)


def anchors(path: Path) -> set[str]:
    """The anchors of a document, as Markdown readers make them of headings."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", path.read_text(encoding="utf-8")):
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link
