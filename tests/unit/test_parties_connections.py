"""How parties connect: over another party, with which credentials, and how they get what is for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from streams.core.parties import (
    ConfigurationError,
    Directory,
    KafkaDelivery,
    Limits,
    Party,
    PushDelivery,
    SftpDelivery,
    adapter_names,
)
from streams.core.parties_file import parse_directory
from streams.core.routing import addressees
from streams.hub.guarding_parties import refuse_unknown_adapters

EXAMPLE = Path(__file__).parents[2] / "deploy" / "example" / "parties.yaml"
OIN = "00000099000000001000"
JOINT = "  - {id: joint, kind: samenwerkingsverband, name: Joint}\n"
OFFICE = "  - {id: office, kind: indiener, name: Office}\n"


def party(id: str, kind: str, **keys: Any) -> Party:
    return Party.model_validate({"id": id, "kind": kind, "name": id, **keys})


def region() -> Directory:
    """A joint office for two of three gemeenten, and an office that submits for one aanbieder and connects another."""
    return Directory(
        (
            party("joint", "samenwerkingsverband"),
            party("north", "gemeente", code="9901", via="joint"),
            party("south", "gemeente", code="9902", via="joint"),
            party("alone", "gemeente", code="9903"),
            party("office", "indiener", mandates=[{"aanbieder": "65656001", "berichten": ["JW323"]}]),
            party("large", "aanbieder", code="65656001"),
            party("small", "gi", code="65656002", via="office"),
            party("cjg", "cjg", mandates=[{"gemeente": "9901", "berichten": ["JW315"]}]),
        )
    )


def one(keys: str, more: str = "") -> str:
    """A file with haarlem on line 2, and an aanbieder from line 3 with keys of its own from line 7 on."""
    first = "parties:\n  - {id: haarlem, kind: gemeente, code: 0392, name: Haarlem}\n"
    return f"{first}  - id: example\n    kind: aanbieder\n    code: 65656001\n    name: Example\n{keys}{more}"


def read(keys: str, more: str = "") -> Party:
    found = parse_directory(one(keys, more), "p.yaml", Path("/conf")).by_id("example")
    assert found is not None
    return found


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        parse_directory(text, "p.yaml")
    return caught.value.problems


# whose connection


def test_everything_for_a_party_goes_to_its_connection() -> None:
    directory = region()
    assert [a.party for a in addressees(directory, "9902", "JW315")] == ["joint"]
    assert [(a.party, a.copy) for a in addressees(directory, "9901", "JW315")] == [("joint", False), ("cjg", True)]
    assert [a.party for a in addressees(directory, "9903", "JW315")] == ["alone"]
    assert [a.party for a in addressees(directory, "65656002", "JW301")] == ["office"]
    assert [a.party for a in addressees(directory, "65656001", "JW323")] == ["large"], "an indiener gets no copies"
    assert addressees(directory, "9904", "JW315") == ()


@pytest.mark.parametrize(
    ("sender", "code", "bericht", "allowed"),
    [
        ("joint", "9901", "JW301", True),
        ("joint", "9902", "JW316", True),
        ("joint", "9903", "JW301", False),
        ("joint", "65656002", "JW305", False),
        ("office", "65656002", "JW305", True),
        ("office", "65656001", "JW323", True),
        ("office", "65656001", "JW305", False),
        ("office", "9901", "JW301", False),
        ("alone", "9901", "JW301", False),
        ("cjg", "9902", "JW315", False),
        ("joint", "", "JW301", False),
        ("joint", "9904", "JW301", False),
    ],
)
def test_in_whose_name_a_party_sends(sender: str, code: str, bericht: str, allowed: bool) -> None:
    directory = region()
    found = directory.by_id(sender)
    assert found is not None
    assert directory.may_send_as(found, code, bericht) is allowed


@pytest.mark.parametrize(
    ("more", "keys", "expected"),
    [
        (OFFICE, "    via: nobody\n", "p.yaml:7: parties[1].via: found 'nobody'; expected the id of"),
        (JOINT, "    via: joint\n", "p.yaml:7: parties[1].via: found 'joint'; expected the id of"),
        (OFFICE, "    via: haarlem\n", "p.yaml:7: parties[1].via: found 'haarlem'"),
        (OFFICE, "    via: example\n", "p.yaml:7: parties[1].via: found 'example'"),
        (OFFICE, "    via: office\n    delivery: {soort: mailbox}\n", "p.yaml:8: parties[1].delivery: cannot be used"),
        (
            OFFICE,
            f"    via: office\n    token_sha256: {'0' * 64}\n",
            "p.yaml:8: parties[1].token_sha256: cannot be used",
        ),
        (
            OFFICE,
            f"    via: office\n    oin: '{OIN}'\n",
            f"p.yaml:8: parties[1].oin: found '{OIN}'; expected 20 digits",
        ),
        (OFFICE, "    via: office\n    oauth_client: x\n", "p.yaml:8: parties[1].oauth_client: found 'x'"),
        (JOINT.replace("}", ", via: joint}"), "", "p.yaml:7: parties[2].via: found 'joint'"),
        (JOINT.replace("}", ", code: 9901}"), "", "p.yaml:7: parties[2].code: found '9901'"),
        (JOINT.replace("}", ", answers: hub}"), "", "p.yaml:7: parties[2].answers: found 'hub'"),
        (OFFICE.replace("}", ", answers: self}"), "", "p.yaml:7: parties[2].answers: found 'self'"),
    ],
)
def test_a_connection_that_is_none(more: str, keys: str, expected: str) -> None:
    (problem,) = problems(one(keys, more))
    assert problem.startswith(expected)
    assert problem.count("; ") >= 2


@pytest.mark.parametrize(
    ("kind", "mandate", "expected"),
    [
        ("indiener", "gemeente: 0392, berichten: all", "p.yaml:7: parties[2].mandates: cannot be used"),
        ("cjg", "aanbieder: 65656001, berichten: all", "p.yaml:7: parties[2].mandates: cannot be used"),
        ("samenwerkingsverband", "gemeente: 0392, berichten: all", "p.yaml:7: parties[2].mandates: cannot be used"),
        ("indiener", "aanbieder: 65656009, berichten: all", "p.yaml:7: parties[2].mandates[0].aanbieder: found"),
        ("indiener", "aanbieder: 0392, berichten: all", "p.yaml:7: parties[2].mandates[0].aanbieder: found '0392'"),
        ("indiener", "berichten: all", "p.yaml:7: parties[2].mandates[0].gemeente: is missing; expected"),
        (
            "indiener",
            "aanbieder: 65656001, gemeente: 0392, berichten: all",
            "p.yaml:7: parties[2].mandates[0].gemeente: found '0392'",
        ),
    ],
)
def test_a_mandate_that_does_not_fit(kind: str, mandate: str, expected: str) -> None:
    (problem,) = problems(one("", f"  - {{id: x, kind: {kind}, name: X, mandates: [{{{mandate}}}]}}\n"))
    assert problem.startswith(expected)


# with which credentials


def test_by_certificate_and_by_oauth_client() -> None:
    known = party("a", "gemeente", code="9901", oin=OIN, oauth_client="client-a")
    directory = Directory((known, party("b", "gemeente", code="9902")))
    assert directory.by_oin(OIN) is known
    assert directory.by_oauth_client("client-a") is known
    for unknown in ("", "None", OIN[:-1], "client-A"):
        assert directory.by_oin(unknown) is directory.by_oauth_client(unknown) is None


@pytest.mark.parametrize("key", [f"oin: '{OIN}'", "oauth_client: shared"])
def test_a_credential_is_of_one_party(key: str) -> None:
    (problem,) = problems(one(f"    {key}\n", f"  - {{id: b, kind: gi, code: 65656009, name: b, {key}}}\n"))
    assert problem.startswith(f"p.yaml:8: parties[2].{key.split(':')[0]}: is that of parties[1] too")


@pytest.mark.parametrize(
    "key",
    ["oin: 123", f"oin: {OIN}0", "oin: 0000009900000000100x", "oauth_client: ''", "oauth_client: a b"],
)
def test_credentials_that_are_refused(key: str) -> None:
    (problem,) = problems(one(f"    {key}\n"))
    assert problem.startswith(f"p.yaml:7: parties[1].{key.split(':')[0]}: found ")


def test_limits() -> None:
    assert read("").limits == Limits(per_minute=600, bytes=25_000_000)
    assert read("    limits: {per_minute: 60}\n").limits == Limits(per_minute=60, bytes=25_000_000)
    assert read("    limits: {bytes: 1}\n").limits == Limits(per_minute=600, bytes=1)


@pytest.mark.parametrize("limits", ["per_minute: 0", "per_minute: many", "bytes: 25000001", "bytes: 0", "bytes: 1.5"])
def test_limits_that_are_refused(limits: str) -> None:
    (problem,) = problems(one(f"    limits:\n      {limits}\n"))
    name, _, value = limits.partition(": ")
    assert problem.startswith(f"p.yaml:8: parties[1].limits.{name}: found '{value}'; expected a number")


# how it gets what is for it

SFTP = "host: h, username: u, key: keys/k, known_hosts: /etc/h, path: /x"
PUSH = "url: 'https://example.org/in', adapter: stuf_ggk"


def test_sftp() -> None:
    made = SftpDelivery(host="h", username="u", key=Path("/conf/keys/k"), known_hosts=Path("/etc/h"), path="/x")
    found = read(f"    delivery: {{soort: sftp, {SFTP}}}\n").delivery
    assert found == made
    assert (made.port, made.adapter) == (22, "file_drop")
    assert found.files == (("key", Path("/conf/keys/k")), ("known_hosts", Path("/etc/h")))
    assert read(f"    delivery: {{soort: sftp, {SFTP}, port: 2222}}\n").delivery == made.model_copy(
        update={"port": 2222}
    )


def test_push() -> None:
    found = read(f"    delivery: {{soort: push, {PUSH}, ca: a.pem, token_file: t}}\n")
    expected = PushDelivery(
        url="https://example.org/in", adapter="stuf_ggk", ca=Path("/conf/a.pem"), token_file=Path("/conf/t")
    )
    assert found.delivery == expected
    assert expected.certificate is expected.certificate_key is None
    assert not found.fetches


def test_who_fetches() -> None:
    assert read("").fetches
    assert not read("    delivery: {soort: kafka}\n").fetches
    assert not read("    delivery: {soort: folder, path: x}\n").fetches


@pytest.mark.parametrize(
    ("delivery", "key", "found"),
    [
        (f"soort: sftp, {SFTP}".replace("host: h, ", ""), "host", "is missing"),
        (f"soort: sftp, {SFTP}".replace("key: keys/k, ", ""), "key", "is missing"),
        (f"soort: sftp, {SFTP}".replace("known_hosts: /etc/h, ", ""), "known_hosts", "is missing"),
        (f"soort: sftp, {SFTP}".replace("host: h", "host: 'sftp://h/'"), "host", "found 'sftp://h/'"),
        (f"soort: sftp, {SFTP}, port: 70000", "port", "found '70000'"),
        (f"soort: sftp, {SFTP}, password: geheim", "password", "is no key that is known"),
        (f"soort: sftp, {SFTP}, adapter: File Drop", "adapter", "found 'File Drop'"),
        (f"soort: sftp, {SFTP}".replace("path: /x", "path: ''"), "path", "found ''"),
        ("soort: push, adapter: stuf_ggk", "url", "is missing"),
        ("soort: push, url: 'https://example.org/in'", "adapter", "is missing"),
        (f"soort: push, {PUSH}, certificate: c.pem", "certificate_key", "is missing"),
        (f"soort: push, {PUSH}, certificate_key: c.key", "certificate_key", "found 'c.key'"),
        (f"soort: push, {PUSH}, ca: ''", "ca", "found ''"),
    ],
)
def test_a_delivery_that_is_refused(delivery: str, key: str, found: str) -> None:
    (problem,) = problems(one(f"    delivery: {{{delivery}}}\n"))
    assert problem.startswith(f"p.yaml:7: parties[1].delivery.{key}: {found}")
    assert "geheim" not in problem
    assert problem.count("; ") >= 2


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://example.org", True),
        ("https://example.org:8443/a/b?c=d", True),
        ("http://localhost:8080/in", True),
        ("http://127.0.0.1/in", True),
        ("http://[::1]:9/in", True),
        ("http://example.org/in", False),
        ("http://127.0.0.1.example.org/", False),
        ("http://localhost@example.org/", False),
        ("https://user:geheim@example.org/", False),
        ("ftp://example.org/", False),
        ("https://example.org/a b", False),
        ("https:///in", False),
    ],
)
def test_messages_are_pushed_over_tls_or_within_this_machine(url: str, allowed: bool) -> None:
    text = one(f"    delivery: {{soort: push, url: '{url}', adapter: x}}\n")
    if allowed:
        assert parse_directory(text, "p.yaml").parties[1].delivery == PushDelivery(url=url, adapter="x")
    else:
        (problem,) = problems(text)
        assert problem.startswith("p.yaml:7: parties[1].delivery.url: found")


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (SFTP, True),
        (SFTP.replace("/x", "/x/../x/"), True),
        (f"{SFTP}, port: 22", True),
        (f"{SFTP}, port: 23", False),
        (SFTP.replace("host: h", "host: g"), False),
        (SFTP.replace("username: u", "username: v"), False),
        (SFTP.replace("path: /x", "path: /y"), False),
    ],
)
def test_two_parties_have_no_folder_together(other: str, same: bool) -> None:
    deliveries = [f"delivery: {{soort: sftp, {keys}}}" for keys in (SFTP, other)]
    text = one(f"    {deliveries[0]}\n", f"  - {{id: b, kind: gi, code: 65656009, name: b, {deliveries[1]}}}\n")
    if same:
        (problem,) = problems(text)
        assert problem.startswith("p.yaml:8: parties[2].delivery.path: is that of parties[1] too")
    else:
        found = parse_directory(text, "p.yaml")
        assert Directory(found.parties) == found, "the parties themselves clash otherwise than their file"


# adapters


def test_options_of_adapters_are_text() -> None:
    found = read("    adapters:\n      stuf_ggk: {fault_list: 2018, jw325: Di01}\n      x: {}\n")
    assert found.adapters == {"stuf_ggk": {"fault_list": "2018", "jw325": "Di01"}, "x": {}}
    assert hash(found) == hash(found.model_copy())


@pytest.mark.parametrize(
    ("adapters", "place"),
    [
        ("[stuf_ggk]", "adapters"),
        ("{stuf_ggk: 2018}", "adapters.stuf_ggk"),
        ("{stuf_ggk: {fault_list: [2018]}}", "adapters.stuf_ggk.fault_list"),
        ("{Stuf GGk: {}}", "adapters.'Stuf GGk'"),
    ],
)
def test_options_that_are_refused(adapters: str, place: str) -> None:
    (problem,) = problems(one(f"    adapters: {adapters}\n"))
    assert problem.startswith(f"p.yaml:7: parties[1].{place}: ")
    assert "expected a name of an adapter, with options and their text under it" in problem


def test_every_adapter_that_is_named() -> None:
    parties = (
        party("a", "gemeente", code="9901", delivery={"soort": "kafka"}),
        party("b", "gemeente", code="9902", delivery={"soort": "folder", "path": "x", "adapter": "zips"}),
        party("c", "gemeente", code="9903", adapters={"vsp_rest": {}, "stuf_ggk": {}}),
        party("d", "gemeente", code="9904"),
    )
    named = [(one.id, name) for one, name in adapter_names(Directory(parties))]
    assert named == [("a", KafkaDelivery.adapter), ("b", "zips"), ("c", "stuf_ggk"), ("c", "vsp_rest")]


def test_a_hub_refuses_adapters_options_and_files_that_are_not_here(tmp_path: Path) -> None:
    (tmp_path / "here").touch()
    files = {"key": str(tmp_path / "here"), "known_hosts": str(tmp_path / "absent")}
    sftp = {"soort": "sftp", "host": "h", "username": "u", "path": "/", **files, "adapter": "pigeon"}
    wrong = Directory((party("a", "gemeente", code="9901", delivery=sftp),))
    with pytest.raises(ConfigurationError) as caught:
        refuse_unknown_adapters(wrong, Path("p.yaml"))
    unknown, absent = caught.value.problems
    assert unknown.startswith("p.yaml: a: there is no adapter 'pigeon'; expected one of file_drop, ")
    assert absent.startswith(f"p.yaml: a: delivery.known_hosts: there is no file {tmp_path}/absent. Expected one;")
    refuse_unknown_adapters(region(), Path("p.yaml"))


# the example


def test_the_ways_to_connect_that_the_example_shows_can_be_used() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    used, _, shown = text.partition("  # More ways to connect.")
    lines = [line.replace("  # ", "  ", 1) for line in shown.splitlines() if line.startswith(("  # - ", "  #   "))]
    directory = parse_directory(used + "\n".join(lines), "parties.yaml")
    dorp, klein, office = (directory.by_id(id) for id in ("voorbeelddorp", "voorbeeld-klein", "voorbeeld-kantoor"))
    assert dorp is not None
    assert klein is not None
    assert office is not None
    assert directory.connection(dorp).id == "voorbeeld-samenwerking"
    assert directory.connection(klein) is office
    assert directory.may_send_as(office, "65656005", "JW323")
    assert {one.delivery.soort for one in directory.parties} == {"mailbox", "folder", "push", "sftp"}


OUTER, INNER = "lies inside that of parties[1]", "holds that of parties[1]"


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ("soort: folder, path: x", "soort: folder, path: x/in", OUTER),
        ("soort: folder, path: x/y/../z/in", "soort: folder, path: ./x", INNER),
        ("soort: folder, path: x", "soort: folder, path: /conf/x/y/z", OUTER),
        ("soort: folder, path: /", "soort: folder, path: x", OUTER),
        (f"soort: sftp, {SFTP}", f"soort: sftp, {SFTP}/in", OUTER),
        (f"soort: sftp, {SFTP}/in", f"soort: sftp, {SFTP}, port: 22", INNER),
        (f"soort: sftp, {SFTP.replace('/x', '.')}", f"soort: sftp, {SFTP.replace('/x', 'x')}", OUTER),
        ("soort: folder, path: x", "soort: folder, path: xy", None),
        ("soort: folder, path: x/in", "soort: folder, path: x/out", None),
        (f"soort: sftp, {SFTP.replace('/x', '.')}", f"soort: sftp, {SFTP}", None),
        (f"soort: sftp, {SFTP}", f"soort: sftp, {SFTP.replace('username: u', 'username: v')}/in", None),
        (f"soort: sftp, {SFTP}", "soort: folder, path: /x/in", None),
    ],
)
def test_no_party_has_a_folder_inside_that_of_another(first: str, second: str, says: str | None) -> None:
    """What is for the one would lie where the other reads and writes."""
    text = one(
        f"    delivery: {{{first}}}\n", f"  - {{id: b, kind: gi, code: 65656009, name: b, delivery: {{{second}}}}}\n"
    )
    if says is None:
        assert len(parse_directory(text, "p.yaml", Path("/conf")).parties) == 3
        return
    with pytest.raises(ConfigurationError) as caught:
        parse_directory(text, "p.yaml", Path("/conf"))
    (problem,) = caught.value.problems
    assert problem.startswith(f"p.yaml:8: parties[2].delivery.path: {says}; expected")
