"""`ijwhub token`: a new token for a party."""

from __future__ import annotations

import hashlib
import secrets

import typer


def make_token() -> None:
    """Print a random token, and the line for the YAML file with its hash. The token is kept nowhere."""
    token = secrets.token_urlsafe(32)
    typer.echo("Token, for the party alone; it is not kept anywhere:")
    typer.echo(f"    {token}")
    typer.echo("Line for this party in the file of parties:")
    typer.echo(f"    token_sha256: {hashlib.sha256(token.encode()).hexdigest()}")
