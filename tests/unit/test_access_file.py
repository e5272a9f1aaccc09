"""The file with users and the issuer of OAuth, and what a hub refuses to start with."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from streams.core.access import Role
from streams.core.access_file import Access, load_access
from streams.core.parties import ConfigurationError, Directory, Party
from streams.hub.gating import access_of, open_roles, with_tokens
from streams.hub.guarding import refuse_demo_tokens, refuse_open_figures, refuse_open_metrics
from streams.hub.settings import Settings

EXAMPLE = Path(__file__).parents[2] / "deploy" / "example" / "access.yaml"
HASH = sha256(b"een-lang-woord").hexdigest()
PARTIES = Directory(
    (
        Party(
            id="haarlem",
            kind="gemeente",
            code="0392",
            name="Haarlem",
            oin="3" * 20,
            token_sha256=sha256(b"van-haarlem").hexdigest(),
        ),
    )
)
USER = {"name": "beheer", "roles": ["operator"], "token_sha256": HASH}
OAUTH = {"issuer": "https://idp.example", "audience": "ijwhub", "jwks": "https://idp.example/certs"}


def written(folder: Path, content: object) -> Path:
    path = folder / "access.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    return path


def test_without_a_file_nobody_is_known() -> None:
    assert load_access(None, PARTIES) == Access()


def test_the_example_can_be_used_and_its_tokens_are_as_it_says() -> None:
    access = load_access(EXAMPLE, PARTIES)
    assert {role for user in access.users for role in user.roles} == set(Role) - {Role.PARTY}
    for user in access.users:
        assert access.by_token(f"demo-{user.name}".encode()) == user


def test_a_list_that_stands_twice_drops_nobody_silently(tmp_path: Path) -> None:
    withdrawn = f"withdrawn: ['{FINGERPRINT}']\n"
    with pytest.raises(ConfigurationError, match=r"access.yaml:2: withdrawn is here twice"):
        load_access(written(tmp_path, withdrawn + withdrawn), PARTIES)


@pytest.mark.parametrize("text", ["", "# users:\n"])
def test_a_file_that_says_nothing_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"access.yaml: holds nothing; expected keys"):
        load_access(written(tmp_path, text), PARTIES)


FINGERPRINT = sha256(b"een certificaat").hexdigest()
AS_OPENSSL_WRITES = ":".join(FINGERPRINT[at : at + 2] for at in range(0, 64, 2)).upper()


@pytest.mark.parametrize("written_as", [FINGERPRINT, AS_OPENSSL_WRITES])
def test_withdrawn_certificates_stay_so_beside_the_tokens_of_the_settings(tmp_path: Path, written_as: str) -> None:
    settings = Settings(access=written(tmp_path, {"withdrawn": [written_as]}), viewer_token="kijken")
    assert access_of(settings, PARTIES).withdrawn == {FINGERPRINT}


@pytest.mark.parametrize("wrong", [FINGERPRINT[:-2], "AA:BB:CC:...", 7])
def test_what_is_no_fingerprint_is_refused(tmp_path: Path, wrong: object) -> None:
    with pytest.raises(ConfigurationError, match=r"withdrawn\.0"):
        load_access(written(tmp_path, {"withdrawn": [wrong]}), PARTIES)


def test_the_commented_part_of_the_example_can_be_used(tmp_path: Path) -> None:
    commented = re.search(r"^# oauth:\n(#   .*\n)+", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert commented is not None
    oauth = load_access(written(tmp_path, re.sub("^# ", "", commented[0], flags=re.MULTILINE)), PARTIES).oauth
    assert oauth is not None
    assert oauth.roles_claim == "realm_access.roles"


def test_who_has_a_credential_is_found_by_it(tmp_path: Path) -> None:
    other = {"name": "wacht", "roles": ["auditor", "viewer"], "oin": "1" * 20, "oauth_subject": "w-1"}
    access = load_access(written(tmp_path, {"users": [USER, other], "oauth": OAUTH}), PARTIES)
    first, second = access.users
    assert access.by_token(b"een-lang-woord") is first
    assert access.by_oin("1" * 20) is access.by_subject("w-1") is second
    assert second.roles == {Role.AUDITOR, Role.VIEWER}
    for token in (b"", b"een-ander-woord", HASH.encode(), b"-" * 64):
        assert access.by_token(token) is None
    assert access.by_oin("2" * 20) is access.by_subject("") is access.by_subject("w-2") is None


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("users: 7", "users: .*tuple"),
        ("gebruikers: []", "gebruikers: Extra"),
        ("[", "no YAML"),
        ({"users": [{**USER, "name": "Be Heer"}]}, "users.0.name: .*pattern"),
        ({"users": [{**USER, "roles": []}]}, "users.0.roles: .*at least 1"),
        ({"users": [{**USER, "roles": ["baas"]}]}, "users.0.roles.0: .*'operator', 'auditor', 'viewer'"),
        ({"users": [{**USER, "roles": ["party"]}]}, "users.0.roles: .*parties.yaml"),
        ({"users": [{**USER, "token_sha256": "geheim"}]}, "users.0.token_sha256: .*pattern"),
        ({"users": [{**USER, "oin": 12345678901234567890}]}, "users.0.oin: .*valid string"),
        ({"users": [{**USER, "oin": "1" * 19}]}, "users.0.oin: .*pattern"),
        ({"users": [{**USER, "token": "geheim"}]}, "users.0.token: Extra"),
        ({"users": [{"name": "beheer", "roles": ["operator"]}]}, "users.0: .*cannot come in"),
        ({"users": [{**USER, "oauth_subject": "x"}]}, "no oauth"),
        ({"users": [USER, {**USER, "name": "ander"}]}, "same token_sha256"),
        ({"users": [USER, {**USER, "token_sha256": None, "oin": "1" * 20}]}, "same name"),
        ({"users": [{**USER, "name": "haarlem"}]}, "users.0: its name is that of a party"),
        ({"users": [{**USER, "oin": "3" * 20}]}, "users.0: its oin is that of a party"),
        ({"users": [{**USER, "token_sha256": PARTIES.parties[0].token_sha256}]}, "users.0: its token_sha256 is that"),
        ({"oauth": {**OAUTH, "jwks": "http://idp.example/certs"}}, "oauth.jwks: .*expected https"),
        ({"oauth": {**OAUTH, "jwks": "ftp://idp.example/certs"}}, "oauth.jwks: .*found ftp; expected https"),
        ({"oauth": {**OAUTH, "jwks": "weg.json"}}, "oauth.jwks: found no such file"),
        ({"oauth": {"issuer": "https://idp.example"}}, "oauth.audience: Field required"),
        ({"oauth": {**OAUTH, "issuer": ""}}, "oauth.issuer: "),
    ],
    ids=str,
)
def test_a_mistake_is_told_by_its_place_without_what_stood_there(
    tmp_path: Path, content: object, expected: str
) -> None:
    path = written(tmp_path, content)
    with pytest.raises(ConfigurationError) as told:
        load_access(path, PARTIES)
    assert re.search(expected, str(told.value))
    assert str(path) in str(told.value)
    assert "deploy/example/access.yaml" in str(told.value)
    assert not re.search("geheim|[0-9a-f]{64}", str(told.value)), "a secret, or its hash"


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, {"users": [{**USER, "name": "A"}, {**USER, "oin": "1"}], "oauth": {}})
    with pytest.raises(ConfigurationError) as told:
        load_access(path, PARTIES)
    assert len(told.value.problems) == 5


def test_a_file_of_keys_starts_where_this_one_stands(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("{}")
    oauth = load_access(written(tmp_path, {"oauth": {**OAUTH, "jwks": "keys.json"}}), PARTIES).oauth
    assert oauth is not None
    assert oauth.jwks == str(tmp_path / "keys.json")


# --- with the settings -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tokens", "roles"),
    [
        ({}, {}),
        ({"viewer_token": "kijk"}, {"kijk": {Role.VIEWER, Role.SCRAPER}}),
        ({"scrape_token": "schraap"}, {"schraap": {Role.SCRAPER}}),
        ({"viewer_token": "kijk", "scrape_token": "schraap"}, {"kijk": {Role.VIEWER}, "schraap": {Role.SCRAPER}}),
        ({"viewer_token": "zelfde", "scrape_token": "zelfde"}, {"zelfde": {Role.VIEWER, Role.SCRAPER}}),
    ],
    ids=["none", "viewer", "scraper", "both", "one for both"],
)
def test_the_tokens_of_the_settings_are_users(tokens: dict[str, str], roles: dict[str, set[Role]]) -> None:
    access = with_tokens(Access(), Settings(**tokens))  # type: ignore[arg-type]
    assert {token: access.by_token(token.encode()).roles for token in roles} == roles  # type: ignore[union-attr]
    assert len(access.users) == len(roles)
    given = {role for some in roles.values() for role in some}
    assert open_roles(access) == {Role.VIEWER, Role.SCRAPER} - given


@pytest.mark.parametrize("user", [USER, {**USER, "name": "viewer-token", "token_sha256": "0" * 64}])
def test_a_token_of_the_settings_that_is_a_users_is_refused(tmp_path: Path, user: dict[str, object]) -> None:
    settings = Settings(access=written(tmp_path, {"users": [user]}), viewer_token="een-lang-woord")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="IJWHUB_VIEWER_TOKEN") as told:
        access_of(settings, PARTIES)
    assert "een-lang-woord" not in str(told.value)


def test_a_hub_that_others_reach_asks_for_credentials() -> None:
    nobody, everybody = Access(), load_access(EXAMPLE, PARTIES)
    here, there = Settings(host="127.0.0.1"), Settings(host="192.0.2.7")
    for refuse, name in ((refuse_open_figures, "VIEWER_TOKEN"), (refuse_open_metrics, "SCRAPE_TOKEN")):
        refuse(here, nobody)
        refuse(there, everybody)
        with pytest.raises(ConfigurationError, match=name):
            refuse(there, nobody)


def test_users_of_the_example_are_for_loopback_only() -> None:
    access = load_access(EXAMPLE, PARTIES)
    refuse_demo_tokens(Settings(host="::1", access=EXAMPLE), PARTIES, access)
    refuse_demo_tokens(Settings(host="192.0.2.7"), PARTIES, Access())
    with pytest.raises(ConfigurationError, match=r"access.yaml: the tokens of beheer, toezicht, prometheus are"):
        refuse_demo_tokens(Settings(host="192.0.2.7", access=EXAMPLE), PARTIES, access)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"certificate": "a.pem"}, "IJWHUB_CERTIFICATE_KEY go together"),
        ({"certificate_key": "a.pem"}, "IJWHUB_CERTIFICATE and"),
        ({"client_ca": "a.pem"}, "IJWHUB_CLIENT_CA"),
    ],
)
def test_settings_of_tls_go_together(given: dict[str, str], expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        Settings(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["access", "freezes", "client_ca", "data", "sources"])
def test_an_empty_name_of_a_file_is_told_by_its_setting(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"IJWHUB_{name.upper()}", "")
    with pytest.raises(ValidationError) as caught:
        Settings()
    (error,) = caught.value.errors()
    assert error["loc"] == (name,)
    assert "it is empty: give a name, or leave it out" in error["msg"]
