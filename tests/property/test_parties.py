"""Any directory of parties: it finds them, lets them act for whom it should and no other, and survives its file."""

from __future__ import annotations

import hashlib
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.parties import BERICHTEN, ConfigurationError, Directory, Party
from streams.core.parties_file import parse_directory
from streams.core.routing import addressees

Keys = dict[str, Any]

berichten = st.frozensets(st.sampled_from(sorted(BERICHTEN)), min_size=1)
ids = st.from_regex("[a-z0-9-]{1,9}", fullmatch=True)
deliveries = st.sampled_from(["mailbox", "folder", "sftp", "kafka", "push"])


def delivery(soort: str, id: str) -> Keys:
    keys: dict[str, Keys] = {
        "mailbox": {},
        "folder": {"path": f"out/{id}"},
        "sftp": {"host": "sftp.example.org", "username": id, "key": "k", "known_hosts": "h", "path": "/"},
        "kafka": {},
        "push": {"url": f"https://example.org/{id}", "adapter": "stuf_ggk"},
    }
    return {"soort": soort, **keys[soort]}


@st.composite
def mandates(draw: st.DrawFn, of: str, codes: list[str], least: int) -> list[Keys]:
    if not codes:
        return []
    codes_drawn = draw(st.lists(st.sampled_from(codes), min_size=least, max_size=3))
    return [{of: code, "berichten": draw(berichten)} for code in codes_drawn]


@st.composite
def codes(draw: st.DrawFn, form: str) -> list[str]:
    return draw(st.lists(st.from_regex(form, fullmatch=True), unique=True, max_size=5))


@st.composite
def directories(draw: st.DrawFn) -> Directory:
    gemeenten, aanbieders = draw(codes("[0-9]{4}")), draw(codes("[0-9]{8}"))
    unused = iter(draw(st.lists(ids, unique=True, min_size=18, max_size=18)))
    joint = [{"id": next(unused), "kind": "samenwerkingsverband"} for _ in range(draw(st.integers(0, 2)))]
    submitting: list[Keys] = [
        {"id": next(unused), "kind": "indiener", "mandates": draw(mandates("aanbieder", aanbieders, 0))}
        for _ in range(draw(st.integers(0, 2)))
    ]
    deciding: list[Keys] = [
        {"id": next(unused), "kind": "cjg", "mandates": draw(mandates("gemeente", gemeenten, 1))}
        for _ in range(draw(st.integers(0, 2 if gemeenten else 0)))
    ]
    owning = [(code, "gemeente", joint) for code in gemeenten]
    owning += [(code, draw(st.sampled_from(["aanbieder", "gi"])), submitting) for code in aanbieders]
    rows: list[Keys] = [*joint, *submitting, *deciding]
    for code, kind, connections in owning:
        via = draw(st.none() | st.sampled_from([one["id"] for one in connections])) if connections else None
        answers = draw(st.sampled_from(["hub", "self"]))
        rows.append({"id": next(unused), "kind": kind, "code": code, "answers": answers, "via": via})
    return Directory(tuple(draw(connected(row)) for row in draw(st.permutations(rows))))


@st.composite
def connected(draw: st.DrawFn, row: Keys) -> Party:
    """The party of a row, with a name, and with ways to connect when it does so itself."""
    made = {"name": row["id"], **row}
    if row.get("via") is None:
        digest = hashlib.sha256(row["id"].encode()).hexdigest()
        number = str(int(digest, 16))[:20]
        ways: Keys = {"token_sha256": digest, "oin": number, "oauth_client": row["id"]}
        made |= {key: value for key, value in ways.items() if draw(st.booleans())}
        made["delivery"] = delivery(draw(deliveries), row["id"])
        made["limits"] = {"per_minute": draw(st.integers(1, 9999)), "bytes": draw(st.integers(1, 25_000_000))}
        made["adapters"] = draw(st.dictionaries(st.sampled_from(["stuf_ggk", "x"]), st.just({"name": "a"})))
    return Party.model_validate(made)


@given(directories())
def test_any_directory_finds_its_parties(directory: Directory) -> None:
    for one in directory.parties:
        assert directory.by_id(one.id) is one
        assert directory.by_token(one.id) is (one if one.token_sha256 else None)
        assert one.code is None or directory.by_code(one.code) is one
        assert one.oin is None or directory.by_oin(one.oin) is one
        assert one.oauth_client is None or directory.by_oauth_client(one.oauth_client) is one


@given(directories(), berichten)
def test_a_party_sends_as_itself_its_members_and_its_mandates_and_as_nobody_else(
    directory: Directory, some: frozenset[str]
) -> None:
    for one in directory.parties:
        for owner in directory.parties:
            for bericht in some if owner.code else ():
                mandated = any(owner.code in (m.gemeente, m.aanbieder) and bericht in m.berichten for m in one.mandates)
                allowed = one == owner or owner.via == one.id or mandated
                assert directory.may_send_as(one, owner.code or "", bericht) is allowed


@given(directories(), st.sampled_from(sorted(BERICHTEN)))
def test_what_is_for_a_party_goes_to_its_connection_and_copies_go_to_cjgs_only(
    directory: Directory, bericht: str
) -> None:
    for one in directory.parties:
        if one.code is None:
            continue
        first, *copies = addressees(directory, one.code, bericht)
        connection = directory.connection(one)
        assert (first.party, first.copy) == (one.via or one.id, False)
        assert connection.id == first.party
        assert connection.via is None, "a connection that has a connection"
        for copied in copies:
            cjg = directory.by_id(copied.party)
            assert copied.copy
            assert cjg is not None
            assert (cjg.kind, cjg.acts_for(one.code, bericht)) == ("cjg", True)


@given(directories())
def test_who_is_connected_via_another_has_nothing_to_call_with(directory: Directory) -> None:
    for one in directory.parties:
        if one.via is not None:
            assert (one.token_sha256, one.oin, one.oauth_client) == (None, None, None)
            assert one.fetches, "it would be delivered to apart from its connection"


@given(directories())
def test_any_directory_can_be_written_and_read(directory: Directory) -> None:
    rows = []
    for one in directory.parties:
        row = one.model_dump(mode="json", exclude_defaults=True)
        if one.via is None:
            row["delivery"] = one.delivery.model_dump(mode="json", exclude_none=True)
        rows.append(row)
    assert parse_directory(yaml.safe_dump({"parties": rows}), "p.yaml") == directory


def any_problems(text: str) -> tuple[str, ...]:
    try:
        parse_directory(text, "p.yaml")
    except ConfigurationError as error:
        return error.problems or ("an error without a problem",)
    return ()


@settings(max_examples=300)
@given(st.text() | st.text(alphabet="parties:idcode -[]{}&*!\n\"'|>?#,<0\t\ud800", max_size=60))
def test_any_text_is_a_directory_or_a_configuration_error(text: str) -> None:
    assert all(problem.startswith("p.yaml:") for problem in any_problems(text))


KEYS = [
    "id", "kind", "code", "name", "answers", "via", "delivery", "token_sha256", "oin", "oauth_client", "limits",
    "adapters", "mandates", "soort", "port", "key", "url", "certificate", "per_minute", "gemeente", "aanbieder", "x",
]  # fmt: skip
WORDS = ["cjg", "indiener", "gemeente", "folder", "sftp", "push", "all", "0392", "65656001", "https://x", "7"]
keys = st.sampled_from(KEYS)
trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(st.dictionaries(keys, trees), max_size=3))
def test_any_shape_is_a_directory_or_a_configuration_error(rows: list[object]) -> None:
    assert all(problem.count("; ") >= 2 for problem in any_problems(yaml.safe_dump({"parties": rows})))
