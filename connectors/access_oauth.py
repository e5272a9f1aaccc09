"""Tokens of OAuth 2 and OpenID Connect: signed by the one issuer that is trusted, for this hub, and of this moment."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from datetime import datetime

from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry, extract_compact, validate_compact
from joserfc.jwt import JWTClaimsRegistry
from msgspec import Struct

from connectors.access_keys import Keys
from streams.core.access import Role
from streams.core.access_file import OAuth

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""Asymmetric ones only: with a symmetric one whoever has the public key could make tokens."""
LEEWAY = 30
"""Seconds that the clocks of issuer and hub may differ."""

_REGISTRY = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)  # issuers add words of their own


class Claims(Struct, frozen=True, kw_only=True):
    """What a token that was verified tells.

    subject   `sub`, or None.
    client    the client to which it was given, or None.
    roles     the roles in the claim for them; None when no claim was configured.
    bound_to  sha256 (hexadecimal) of the client certificate with which alone it may be used (RFC 8705), or None.
    """

    subject: str | None
    client: str | None
    roles: frozenset[Role] | None
    bound_to: str | None


class Verifier:
    """Verifies tokens of one issuer. `clock` is the moment, with time zone."""

    def __init__(self, oauth: OAuth, keys: Keys, clock: Callable[[], datetime]) -> None:
        self._oauth = oauth
        self._keys = keys
        self._clock = clock

    async def claims(self, token: str) -> Claims | None:
        """What it tells; None when it is no token of this issuer for this hub at this moment.

        Raises StoreError when the keys of the issuer cannot be had.
        """
        try:
            told = await self._verified(token)
            return _claims(told, self._oauth.roles_claim)
        except (JoseError, ValueError, TypeError, RecursionError):  # whatever it is, it is no token that can be trusted
            return None

    async def _verified(self, token: str) -> Mapping[str, object]:
        signed = extract_compact(token.encode(), registry=_REGISTRY)
        header, told = signed.headers(), json.loads(signed.payload)
        # Keys are asked for only in the name of the issuer that is trusted.
        if not isinstance(told, dict) or told.get("iss") != self._oauth.issuer or header.get("alg") not in ALGORITHMS:
            raise ValueError("of somebody else")
        keys = await self._keys.holding(header.get("kid"))
        if keys is None or not validate_compact(signed, keys, ALGORITHMS, _REGISTRY):
            raise ValueError("not signed by the issuer")
        self._rules().validate(told)
        return told

    def _rules(self) -> JWTClaimsRegistry:
        return JWTClaimsRegistry(
            now=int(self._clock().timestamp()),
            leeway=LEEWAY,
            iss={"essential": True, "value": self._oauth.issuer},
            aud={"essential": True, "value": self._oauth.audience},
            exp={"essential": True},
        )


def _claims(told: Mapping[str, object], roles_claim: str | None) -> Claims:
    clients = {value for name in ("azp", "client_id") if isinstance(value := told.get(name), str)}
    if len(clients) > 1:
        raise ValueError("given to two clients")
    subject = told.get("sub")
    return Claims(
        subject=subject if isinstance(subject, str) else None,
        client=next(iter(clients), None),
        roles=_roles(told, roles_claim) if roles_claim else None,
        bound_to=_bound_to(told["cnf"]) if "cnf" in told else None,
    )


def _roles(told: Mapping[str, object], claim: str) -> frozenset[Role]:
    found: object = told.get(claim)  # the name of a claim may be an address, with dots in it
    if found is None:
        found = told
        for step in claim.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
    names = found.split() if isinstance(found, str) else found if isinstance(found, list) else []
    return frozenset(role for role in Role if role.value in names)


def _bound_to(confirmation: object) -> str:
    """Raises ValueError for a binding of another kind: what cannot be verified may not be passed over."""
    thumbprint = confirmation.get("x5t#S256") if isinstance(confirmation, Mapping) else None
    if not isinstance(thumbprint, str):
        raise ValueError("bound to something else than a certificate")
    return urlsafe_b64decode(thumbprint + "=" * (-len(thumbprint) % 4)).hex()
