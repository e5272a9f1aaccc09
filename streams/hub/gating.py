"""Who is known to a hub, and the gate that lets them in: put together from its settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

import pydantic

from connectors.access import Gate
from connectors.access_credentials import FIGURES, Credentials
from connectors.access_keys import Keys, reader
from connectors.access_oauth import Verifier
from streams.core.access import Role
from streams.core.access_file import Access, User, load_access
from streams.core.auditing import Trail
from streams.core.parties import ConfigurationError, Directory
from streams.hub.settings import Settings


def access_of(settings: Settings, directory: Directory) -> Access:
    """The users in the file of the settings, and those of its tokens. Raises ConfigurationError."""
    return with_tokens(load_access(settings.access, directory), settings)


def with_tokens(access: Access, settings: Settings) -> Access:
    """The same, with a user for each token in the settings. Raises ConfigurationError when one is a user's already."""
    roles: dict[str, set[Role]] = {}
    if settings.viewer_token:
        roles.setdefault(settings.viewer_token.get_secret_value(), set()).add(Role.VIEWER)
    if settings.metrics_token:
        roles.setdefault(settings.metrics_token, set()).add(Role.SCRAPER)
    users = tuple(_user(token, frozenset(some)) for token, some in roles.items())
    try:
        return access.with_users(users)
    except pydantic.ValidationError:
        text = (
            f"{settings.access}: a user has the token in IJWHUB_VIEWER_TOKEN or IJWHUB_SCRAPE_TOKEN, or the name "
            "viewer-token or scrape-token; expected one of its own; change it, or leave the token out of the settings"
        )
        raise ConfigurationError((text,)) from None


def _user(token: str, roles: frozenset[Role]) -> User:
    name = "viewer-token" if Role.VIEWER in roles else "scrape-token"
    return User(name=name, roles=roles, token_sha256=sha256(token.encode()).hexdigest())


def open_roles(access: Access) -> frozenset[Role]:
    """Figures and metrics as long as nobody was given a credential for them: whoever reaches the hub may see them."""
    return FIGURES - frozenset(role for user in access.users for role in user.roles)


def gate_for(directory: Directory, access: Access, trail: Trail, clock: Callable[[], datetime]) -> Gate:
    """The gate for these parties and users."""
    verifier = Verifier(access.oauth, Keys(reader(access.oauth.jwks)), clock) if access.oauth else None
    return Gate(Credentials(directory, access, verifier), trail, clock, anyone=open_roles(access))
