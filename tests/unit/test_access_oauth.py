"""Tokens of OAuth 2: of one issuer, for this hub, of this moment, and keys that are read no more often than needed."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from structlog.testing import capture_logs

from connectors.access_credentials import Certificate, Credentials
from connectors.access_keys import LARGEST, OLDEST, REST, Keys, reader
from connectors.access_oauth import LEEWAY, Claims, Verifier
from streams.core.access import Principal, Role
from streams.core.access_file import Access, OAuth, User
from streams.core.parties import Directory, Party
from streams.core.ports import StoreError

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
AT = int(NOW.timestamp())
ISSUER, AUDIENCE = "https://idp.example/realms/jeugd", "ijwhub"
PARTIES = Directory((Party(id="haarlem", kind="gemeente", code="0392", name="Haarlem", oauth_client="backoffice-hlm"),))
USERS = (User(name="beheer", roles={Role.OPERATOR, Role.VIEWER}, oauth_subject="b-17"),)
GOOD: dict[str, Any] = {
    "iss": ISSUER, "aud": AUDIENCE, "exp": AT + 60, "iat": AT, "sub": "s-1", "azp": "backoffice-hlm",
}  # fmt: skip


@cache
def key(kid: str = "k1") -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid})


@cache
def rsa() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "r1"})


def published(*keys: Any) -> bytes:
    return json.dumps(KeySet(list(keys)).as_dict(private=False)).encode()


class Published:
    """What an issuer publishes; counts how often it is read."""

    def __init__(self, *keys: Any) -> None:
        self.body: bytes | None = published(*keys)
        self.count = 0

    async def __call__(self) -> bytes:
        self.count += 1
        if self.body is None:
            raise OSError("no route")
        return self.body


class Time:
    """A clock that stands still until a test moves it."""

    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def verifier(source: Published | None = None, time: Time | None = None, **oauth: Any) -> Verifier:
    told = OAuth(issuer=ISSUER, audience=AUDIENCE, jwks="https://idp.example/certs", **oauth)
    return Verifier(told, Keys(source or Published(key()), time or Time()), lambda: NOW)


def token(claims: dict[str, Any] | None = None, by: Any = None, alg: str = "ES256", **header: Any) -> str:
    signer = by or key()
    told = {"alg": alg, "kid": signer.kid, **header}
    return jwt.encode({k: v for k, v in told.items() if v is not None}, claims or GOOD, signer, algorithms=[alg])


async def verified(text: str, **oauth: Any) -> Claims | None:
    return await verifier(**oauth).claims(text)


async def principal(text: str, certificate: Certificate | None = None, **oauth: Any) -> Principal | None:
    told = OAuth(issuer=ISSUER, audience=AUDIENCE, jwks="https://idp.example/certs", **oauth)
    access = Access(users=USERS, oauth=told)
    known = Credentials(PARTIES, access, verifier(**oauth))
    return await known.principal([f"Bearer {text}".encode()], certificate)


# --- who it is -------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [{"azp": "backoffice-hlm"}, {"client_id": "backoffice-hlm"}])
async def test_a_client_is_a_party(names: dict[str, str]) -> None:
    claims = {**GOOD, "azp": None, **names}
    found = await principal(token({name: value for name, value in claims.items() if value is not None}))
    assert found is not None
    assert (found.name, found.roles, found.credential, found.party) == (
        "haarlem", {Role.PARTY}, "oauth", PARTIES.parties[0],
    )  # fmt: skip


@pytest.mark.parametrize(
    "more",
    [{"azp": "iets-anders"}, {"azp": None}, {"client_id": "iets-anders"}, {"azp": ["backoffice-hlm"]}, {"sub": "b-17"}],
    ids=str,
)
async def test_a_client_of_nobody_or_of_two_is_nobody(more: dict[str, Any]) -> None:
    claims = {name: value for name, value in {**GOOD, **more}.items() if value is not None}
    assert await principal(token(claims)) is None


AS_USER = {**GOOD, "sub": "b-17", "azp": "portaal"}


async def test_a_subject_is_a_user_with_the_roles_in_the_file() -> None:
    found = await principal(token({**AS_USER, "roles": ["auditor"]}))
    assert found is not None
    assert (found.name, found.roles, found.party) == ("beheer", {Role.OPERATOR, Role.VIEWER}, None)


@pytest.mark.parametrize(
    ("told", "roles"),
    [
        (["operator"], {Role.OPERATOR}),
        ("viewer operator", {Role.VIEWER, Role.OPERATOR}),
        (["operator", "auditor", "party", 7, None], {Role.OPERATOR}),
        ([], set()),
        (None, set()),
        ({"operator": True}, set()),
        (7, set()),
    ],
)
@pytest.mark.parametrize("claim", ["roles", "realm.roles", "https://hub.example/roles"])
async def test_a_claim_may_name_fewer_roles_than_the_file(told: Any, roles: set[Role], claim: str) -> None:
    where = {"realm": {"roles": told}} if claim == "realm.roles" else {claim: told}
    found = await principal(token({**AS_USER, **where}), roles_claim=claim)
    assert found is not None
    assert found.roles == roles


# --- what is no token ------------------------------------------------------------------------------


async def test_a_good_token_is_verified() -> None:
    assert await verified(token()) == Claims(subject="s-1", client="backoffice-hlm", roles=None, bound_to=None)
    several = token({**GOOD, "aud": ["iets", AUDIENCE]})
    assert await verified(several) is not None


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://idp.example/realms/ander"}, {"iss": None}, {"iss": [ISSUER]}, {"aud": "iets"}, {"aud": []},
        {"aud": None}, {"exp": None}, {"exp": "straks"}, {"exp": True}, {"sub": 7}, {"nbf": "ooit"},
    ],
    ids=str,
)  # fmt: skip
async def test_another_issuer_audience_or_moment_is_refused(claims: dict[str, Any]) -> None:
    told = {name: value for name, value in {**GOOD, **claims}.items() if value is not None}
    assert await verified(token(told)) is None


@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("beyond", [False, True])
async def test_clocks_may_differ_by_the_leeway_and_no_more(claim: str, beyond: bool) -> None:
    far = LEEWAY + (1 if beyond else -1)
    at = AT - far if claim == "exp" else AT + far
    assert (await verified(token({**GOOD, claim: at})) is None) == beyond


async def test_a_key_of_another_is_refused_whatever_it_is_called() -> None:
    forged = ECKey.generate_key("P-256", {"kid": "k1"})
    assert await verified(token(by=forged)) is None


async def test_the_public_key_is_no_secret_to_sign_with() -> None:
    """The oldest trick: sign with what everybody has, and say that it is symmetric."""
    for public in (key().as_pem(private=False), json.dumps(key().as_dict(private=False)).encode()):
        secret = OctKey.import_key(base64.b64encode(public).decode(), {"kid": "k1"})
        assert await verified(token(by=secret, alg="HS256")) is None


async def test_a_symmetric_key_among_the_keys_is_not_used() -> None:
    shared = OctKey.generate_key(256, {"kid": "s1"})
    source = Published(key())
    source.body = json.dumps({"keys": [shared.as_dict(private=True), key().as_dict(private=False)]}).encode()
    assert await verifier(source).claims(token(by=shared, alg="HS256")) is None
    assert await verifier(source).claims(token()) is not None


async def test_a_token_without_a_signature_is_refused() -> None:
    header, claims, _ = token().split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","kid":"k1"}').rstrip(b"=").decode()
    for text in (f"{none}.{claims}.", f"{header}.{claims}.", f"{header}.{claims}", f"{none}.{claims}.AAAA"):
        assert await verified(text) is None


async def test_algorithms_of_another_kind_of_key_are_refused() -> None:
    source = Published(key(), rsa())
    assert await verifier(source).claims(token(by=rsa(), alg="PS256")) is not None
    assert await verifier(source).claims(token(by=rsa(), alg="PS256", kid="k1")) is None
    assert await verifier(source).claims(token(kid="r1")) is None


async def test_a_token_without_the_id_of_a_key_needs_an_issuer_with_one() -> None:
    assert await verifier(Published(key())).claims(token(kid=None)) is not None
    assert await verifier(Published(key(), rsa())).claims(token(kid=None)) is None


@given(st.one_of(st.text(), st.binary().map(lambda raw: raw.decode("latin-1")), st.from_regex(r"[A-Za-z0-9_.-]{,90}")))
async def test_nonsense_is_no_token(text: str) -> None:
    assert await verified(text) is None


@given(st.integers(0, 10_000), st.integers(0, 255))
async def test_a_token_that_was_changed_is_no_token(where: int, byte: int) -> None:
    text = bytearray(token().encode())
    at = where % len(text)
    changed = text[at] != byte and (at < len(text) - 1)  # the last letter holds bits that count for nothing
    text[at] = byte
    assert (await verified(text.decode("latin-1")) is None) or not changed


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda some: st.lists(some) | st.dictionaries(st.text(), some),
    ),
    st.sampled_from(["sub", "azp", "client_id", "aud", "exp", "nbf", "iat", "cnf", "roles"]),
)
async def test_odd_claims_break_nothing(value: Any, name: str) -> None:
    found = await principal(token({**GOOD, name: value}), roles_claim="roles.x")
    assert found is None or found.name == "haarlem"


# --- bound to a certificate ------------------------------------------------------------------------


async def test_a_token_bound_to_a_certificate_comes_with_it_alone() -> None:
    thumbprint = base64.urlsafe_b64encode(bytes(range(32))).rstrip(b"=").decode()
    party = Party(
        id="haarlem", kind="gemeente", code="0392", name="Haarlem", oauth_client="backoffice-hlm", oin="1" * 20
    )
    access = Access(oauth=OAuth(issuer=ISSUER, audience=AUDIENCE, jwks="https://idp.example/certs"))
    known = Credentials(Directory((party,)), access, verifier())
    bound = [f"Bearer {token({**GOOD, 'cnf': {'x5t#S256': thumbprint}})}".encode()]
    assert await known.principal(bound, Certificate("1" * 20, bytes(range(32)).hex())) is not None
    assert await known.principal(bound, Certificate("1" * 20, bytes(32).hex())) is None
    assert await known.principal(bound, None) is None


@pytest.mark.parametrize("confirmation", [{"jkt": "abc"}, {}, "x", None, {"x5t#S256": 7}])
async def test_a_binding_that_cannot_be_verified_is_refused(confirmation: Any) -> None:
    assert await verified(token({**GOOD, "cnf": confirmation})) is None


# --- keys ------------------------------------------------------------------------------------------


async def test_keys_are_read_once_and_again_for_an_unknown_id() -> None:
    source, time = Published(key()), Time()
    one = verifier(source, time)
    for _ in range(3):
        assert await one.claims(token()) is not None
    assert source.count == 1
    time.seconds += REST
    source.body = published(key(), key("k2"))
    assert await one.claims(token(by=key("k2"))) is not None
    assert source.count == 2


async def test_ids_that_are_made_up_do_not_flood_the_issuer() -> None:
    source, time = Published(key()), Time()
    one = verifier(source, time)
    for number in range(50):
        assert await one.claims(token(kid=f"verzonnen-{number}")) is None
    assert source.count == 1
    time.seconds += REST
    assert await one.claims(token(kid="verzonnen")) is None
    assert source.count == 2


async def test_keys_are_not_asked_for_in_the_name_of_another_issuer() -> None:
    source = Published(key())
    one = verifier(source)
    assert await one.claims(token({**GOOD, "iss": "https://elders.example"})) is None
    assert await one.claims("geen.token.hier") is None
    assert await one.claims(token(by=OctKey.generate_key(256, {"kid": "k1"}), alg="HS256")) is None
    assert source.count == 0


async def test_a_key_that_was_withdrawn_is_not_trusted_for_long() -> None:
    source, time = Published(key()), Time()
    one = verifier(source, time)
    assert await one.claims(token()) is not None
    source.body = published(key("k2"))
    assert await one.claims(token()) is not None
    time.seconds += OLDEST + 1
    assert await one.claims(token()) is None


@pytest.mark.parametrize(
    "body", [None, b"", b"[]", b'{"keys": []}', b'{"keys": 7}', b'{"keys": [{"kty": "EC"}]}', b"\xff"]
)
async def test_without_keys_nobody_is_judged(body: bytes | None) -> None:
    """It is the infrastructure that fails, not the caller; and the issuer is not asked over and over."""
    source, time = Published(key()), Time()
    source.body = body
    one = verifier(source, time)
    with capture_logs() as logs:
        for _ in range(3):
            with pytest.raises(StoreError):
                await one.claims(token())
    assert source.count == len(logs) == 1
    time.seconds += REST
    source.body = published(key())
    assert await one.claims(token()) is not None


async def test_keys_that_are_known_serve_while_the_issuer_is_away() -> None:
    source, time = Published(key()), Time()
    one = verifier(source, time)
    assert await one.claims(token()) is not None
    source.body = None
    time.seconds += OLDEST + 1
    assert await one.claims(token()) is not None
    assert source.count == 2


async def test_keys_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(published(key()))
    assert await Keys(reader(str(file))).holding("k1") is not None
    assert await Keys(reader(str(file))).holding("k2") is None


@contextmanager
def serving(status: int, body: bytes, location: str = "") -> Iterator[str]:
    """An issuer on loopback, that answers everything so."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Location", location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/certs"
        finally:
            server.shutdown()
            thread.join()


async def test_keys_come_from_an_address() -> None:
    with serving(200, published(key())) as address:
        assert await Keys(reader(address)).holding("k1") is not None


async def test_an_address_that_sends_on_or_sends_too_much_is_not_trusted() -> None:
    with serving(200, published(key())) as good:
        for answer in (serving(302, b"", good), serving(500, published(key())), serving(200, b" " * (LARGEST + 1))):
            with answer as address, pytest.raises(StoreError):
                await Keys(reader(address)).holding("k1")
