"""Who somebody is, by what he shows: a client certificate, a static token, a token of OAuth. All must name the same."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from connectors.access_oauth import Claims, Verifier
from connectors.tokens import Told, told
from streams.core.access import Credential, Principal, Role
from streams.core.access_file import Access, User
from streams.core.parties import Directory, Party

FIGURES = frozenset([Role.VIEWER, Role.SCRAPER])
"""What a token as the password of Basic may do: a browser sends it along with whatever another site makes it ask."""


class Certificate(Struct, frozen=True):
    """A client certificate that TLS verified: the OIN in its subject, or None, and the sha256 of its DER."""

    oin: str | None
    sha256: str


class Credentials:
    """Everybody who is known here. `verifier` None: tokens of OAuth are not trusted."""

    def __init__(self, directory: Directory, access: Access, verifier: Verifier | None = None) -> None:
        self._directory = directory
        self._access = access
        self._verifier = verifier

    async def principal(self, headers: Sequence[bytes], certificate: Certificate | None) -> Principal | None:
        """Who shows these (`headers`: each Authorization); None when there are none, one is nobody's, or they differ.

        Raises StoreError when the keys of the issuer of OAuth cannot be had.
        """
        shown: list[Principal | None] = []
        if certificate:
            shown.append(self._by_certificate(certificate))
        for header in headers:
            shown.append(await self._by_header(told(header), certificate))
        known = [one for one in shown if one]
        if not known or len(known) < len(shown) or len({one.name for one in known}) > 1:
            return None
        return known[-1]  # a token of OAuth may name fewer roles than a certificate gives

    def _by_certificate(self, certificate: Certificate) -> Principal | None:
        oin = certificate.oin
        if oin is None or certificate.sha256 in self._access.withdrawn:
            return None
        return _one(self._directory.by_oin(oin), self._access.by_oin(oin), "certificate")

    async def _by_header(self, found: Told | None, certificate: Certificate | None) -> Principal | None:
        if found is None:
            return None
        text = found.token.decode("utf-8", "replace")
        known = _one(self._directory.by_token(text), self._access.by_token(found.token), "token")
        if found.scheme == "basic":
            return _for_figures(known)
        if known or self._verifier is None:
            return known
        claims = await self._verifier.claims(text)
        return self._by_claims(claims, certificate) if claims else None

    def _by_claims(self, claims: Claims, certificate: Certificate | None) -> Principal | None:
        if claims.bound_to and (certificate is None or certificate.sha256 != claims.bound_to):
            return None
        party = self._directory.by_oauth_client(claims.client) if claims.client else None
        user = self._access.by_subject(claims.subject) if claims.subject else None
        found = _one(party, user, "oauth")
        if found is None or claims.roles is None or found.party:
            return found
        return replace(found, roles=found.roles & claims.roles)


def _one(party: Party | None, user: User | None, credential: Credential) -> Principal | None:
    """The principal of a credential; None when it is nobody's, or of two."""
    if party and not user:
        return Principal(name=party.id, roles=frozenset([Role.PARTY]), credential=credential, party=party)
    if user and not party:
        return Principal(name=user.name, roles=user.roles, credential=credential)
    return None


def _for_figures(known: Principal | None) -> Principal | None:
    return replace(known, roles=known.roles & FIGURES, party=None) if known and known.roles & FIGURES else None
