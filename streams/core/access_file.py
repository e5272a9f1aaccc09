"""The hub's own users, and whose OAuth tokens are trusted: read from one YAML file, or made from settings."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

import pydantic
from pydantic import Field

from streams.core.access import Role
from streams.core.parties import ConfigurationError, Directory
from streams.core.yaml_files import load_yaml

_NO_TOKEN = "-" * 64  # as long as a hash, so that a user without a token costs the same time
_HELP = "see deploy/example/access.yaml"
Word = Annotated[str, Field(pattern="^[a-z0-9-]{1,64}$")]


class _Model(pydantic.BaseModel):
    # the input of a refused file can hold a token, or its hash
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class User(_Model):
    """Somebody, or a program, of the hub's own: no party.

    name           as the audit log names it.
    roles          all that it may do; a token of OAuth may name fewer of them.
    token_sha256   sha256 of its token, in hexadecimal. None: it has none.
    oin            the serialNumber in the subject of its client certificate, 20 digits. None: it has none.
    oauth_subject  `sub` in its token of OAuth. None: it has none.
    """

    name: Word
    roles: frozenset[Role] = Field(min_length=1)
    token_sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$", repr=False)
    oin: str | None = Field(default=None, pattern="^[0-9]{20}$")
    oauth_subject: str | None = Field(default=None, min_length=1)

    @pydantic.field_validator("roles")
    @classmethod
    def _no_party(cls, roles: frozenset[Role]) -> frozenset[Role]:
        if Role.PARTY in roles:
            raise ValueError(
                "found party; expected operator, auditor, viewer or scraper; write parties in parties.yaml"
            )
        return roles

    @pydantic.model_validator(mode="after")
    def _can_come_in(self) -> Self:
        if not (self.token_sha256 or self.oin or self.oauth_subject):
            raise ValueError("it cannot come in; expected token_sha256, oin or oauth_subject")
        return self


class OAuth(_Model):
    """Whose tokens are trusted.

    issuer       `iss` as it stands in its tokens.
    audience     `aud` of tokens that are meant for this hub.
    jwks         where the issuer's public keys are: an https address, or a file.
    roles_claim  the claim with roles, in a token of one of the users; dots lead into objects. None: the user's roles.
    """

    issuer: str = Field(min_length=1)
    audience: str = Field(min_length=1)
    jwks: str = Field(min_length=1)
    roles_claim: str | None = Field(default=None, min_length=1)

    @pydantic.field_validator("jwks")
    @classmethod
    def _nobody_listens(cls, jwks: str) -> str:
        where = urlsplit(jwks)
        is_here = where.scheme == "http" and where.hostname in ("127.0.0.1", "::1", "localhost")
        if "://" in jwks and where.scheme != "https" and not is_here:
            raise ValueError(f"found {where.scheme}; expected https, or others could put their own keys in its place")
        return jwks


def _as_written_here(fingerprint: object) -> object:
    """openssl writes one in capitals, with colons."""
    return fingerprint.replace(":", "").lower() if isinstance(fingerprint, str) else fingerprint


Fingerprint = Annotated[str, pydantic.BeforeValidator(_as_written_here), Field(pattern="^[0-9a-f]{64}$")]
"""The sha256 of the DER of a certificate, in hexadecimal."""


class Access(_Model):
    """Who comes in, beside the parties.

    users      of the hub's own.
    oauth      the one issuer whose tokens of OAuth are trusted. None: no tokens of OAuth are.
    withdrawn  client certificates, of parties and users, that let nobody in any more.
    """

    users: tuple[User, ...] = ()
    oauth: OAuth | None = None
    withdrawn: frozenset[Fingerprint] = frozenset()

    @pydantic.model_validator(mode="after")
    def _each_once(self) -> Self:
        for name in ("name", "token_sha256", "oin", "oauth_subject"):
            values = [value for user in self.users if (value := getattr(user, name))]
            if len(set(values)) < len(values):
                raise ValueError(f"two users have the same {name}; expected one of its own for each")
        if self.oauth is None and any(user.oauth_subject for user in self.users):
            raise ValueError("a user has an oauth_subject, and there is no oauth; expected issuer, audience and jwks")
        return self

    def by_token(self, token: bytes) -> User | None:
        """The user with this token; None when it is nobody's. Takes as long whoever's it is."""
        digest = hashlib.sha256(token).hexdigest()
        found = [user for user in self.users if hmac.compare_digest(digest, user.token_sha256 or _NO_TOKEN)]
        return found[0] if found and token else None

    def by_oin(self, oin: str) -> User | None:
        """The user whose certificate has this OIN, or None."""
        return next((user for user in self.users if user.oin == oin), None)

    def by_subject(self, subject: str) -> User | None:
        """The user whom the issuer calls so, or None."""
        return next((user for user in self.users if user.oauth_subject == subject), None)

    def with_users(self, more: tuple[User, ...]) -> Access:
        """The same with more users. Raises ValidationError when one is there already."""
        return Access(users=(*self.users, *more), oauth=self.oauth, withdrawn=self.withdrawn)


def load_access(path: Path | None, directory: Directory) -> Access:
    """What the file says; nobody without one. Raises ConfigurationError with all that is wrong with it.

    A user may not look like a party, or a credential would name two.
    """
    if path is None:
        return Access()
    access = load_yaml(path, Access, _HELP)
    if problems := tuple(_clashes(path, access, directory)):
        raise ConfigurationError(problems)
    return _with_keys(path, access) if access.oauth and "://" not in access.oauth.jwks else access


def _with_keys(path: Path, access: Access) -> Access:
    """The same; its file of keys starts where this one stands. Raises ConfigurationError when it is not there."""
    assert access.oauth is not None, "keys of nobody"
    keys = path.parent / access.oauth.jwks
    if not keys.is_file():
        raise ConfigurationError((f"{path}: oauth.jwks: found no such file; expected one, or an address; {_HELP}",))
    return access.model_copy(update={"oauth": access.oauth.model_copy(update={"jwks": str(keys)})})


def _clashes(path: Path, access: Access, directory: Directory) -> Iterator[str]:
    taken: Mapping[str, set[str | None]] = {
        "name": {party.id for party in directory.parties},
        "token_sha256": {party.token_sha256 for party in directory.parties},
        "oin": {party.oin for party in directory.parties},
    }
    for number, user in enumerate(access.users):
        for key, values in taken.items():
            value = getattr(user, key)
            if value is not None and value in values:
                yield f"{path}: users.{number}: its {key} is that of a party; expected one of its own; {_HELP}"
