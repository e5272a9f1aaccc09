"""Who exchanges messages through this hub, in whose name, and over which connection. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar, Literal, TypeVar

import pydantic
from pydantic import Field

from schemas.ijw_3_2.safe_xml import MAX_BYTES
from streams.core.parties_checks import TYPES, clashes, texts, where

Kind = Literal["gemeente", "aanbieder", "gi", "cjg", "samenwerkingsverband", "indiener"]
T = TypeVar("T")

BERICHTEN = frozenset(TYPES.split("|"))
_CODE = {"gemeente": "[0-9]{4}", "aanbieder": "[0-9]{8}", "gi": "[0-9]{8}"}
_NO_TOKEN = "-" * 64  # as long as a hash, so that a party without a token costs the same time
_URL = r"^(https://[^\s@/?#]+|http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?)([/?][^\s@#]*)?$"


class ConfigurationError(Exception):
    """A configuration that cannot be used; `problems` (tuple of str) lists everything wrong with it."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(self.problems)


class _Model(pydantic.BaseModel):
    # the input of a refused party can hold a token, or its hash
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _from_the_file(path: Path, info: pydantic.ValidationInfo) -> Path:
    if path == Path():
        raise ValueError("a name is needed")
    # parse_directory says in the context where relative paths start
    return info.context / path if isinstance(info.context, Path) else path


Place = Annotated[Path, pydantic.AfterValidator(_from_the_file)]
"""A file or folder; a relative one starts at the folder of the file of parties."""
AdapterName = Annotated[str, Field(pattern="^[a-z0-9_]+$")]
Word = Annotated[str, Field(pattern=r"^\S{1,200}$")]


class Mandate(_Model):
    """The message types (JW301 … JW325) for which a party acts for one gemeente (CBS code) or aanbieder (AGB code).

    Exactly one of the two codes is there, the other is None. `berichten` also takes the word "all". Raises pydantic's
    ValidationError on anything else.
    """

    aanbieder: str | None = Field(default=None, pattern="^[0-9]{8}$")
    gemeente: str | None = Field(default=None, pattern="^[0-9]{4}$", validate_default=True)
    berichten: frozenset[Annotated[str, Field(pattern=f"^({TYPES})$")]] = Field(min_length=1)

    @pydantic.field_validator("gemeente")
    @classmethod
    def _one_of_both(cls, gemeente: str | None, info: pydantic.ValidationInfo) -> str | None:
        if "aanbieder" in info.data and (gemeente is None) == (info.data["aanbieder"] is None):
            raise ValueError("a gemeente or an aanbieder is needed, not both")
        return gemeente

    @pydantic.field_validator("berichten", mode="before")
    @classmethod
    def _all(cls, berichten: object) -> object:
        return BERICHTEN if berichten == "all" else berichten

    @property
    def code(self) -> str:
        """The code of whom this is a mandate of."""
        return self.gemeente or self.aanbieder or ""


class _Delivery(_Model):
    @property
    def files(self) -> tuple[tuple[str, Path], ...]:
        """The files that this way of delivery needs, each with its key; folders are made when they are not there."""
        return tuple((key, value) for key, value in self if isinstance(value, Path) and key != "path")


class MailboxDelivery(_Delivery):
    """What a party receives waits in its mailbox until the party fetches it."""

    soort: Literal["mailbox"] = "mailbox"


class FolderDelivery(_Delivery):
    """What a party receives is written into the folder `path` (a Path); what it drops there is taken in."""

    soort: Literal["folder"] = "folder"
    path: Place
    adapter: AdapterName = "file_drop"


class SftpDelivery(_Delivery):
    """As a folder, but on a server of the party's: `path` is a folder there.

    `key` is the file with the private key to log in with, `known_hosts` that with the server's public key.
    """

    soort: Literal["sftp"] = "sftp"
    host: str = Field(pattern=r"^[A-Za-z0-9._:-]+$")
    port: int = Field(default=22, ge=1, le=65535)
    username: Word
    key: Place
    known_hosts: Place
    path: str = Field(pattern=r"^[^\x00-\x1f]+$")
    adapter: AdapterName = "file_drop"


class KafkaDelivery(_Delivery):
    """The party sends and receives over two topics of its own, `party.<id>.in` and `party.<id>.out`."""

    soort: Literal["kafka"] = "kafka"
    adapter: ClassVar[str] = "kafka_direct"


class PushDelivery(_Delivery):
    """The hub brings what a party receives to the address `url`, as the adapter packs it.

    ca                            the authorities that its certificate is held against; None for those of the system.
    certificate, certificate_key  with which the hub makes itself known; both or neither.
    token_file                    holds the token for the header Authorization; None for none.
    """

    soort: Literal["push"] = "push"
    url: str = Field(pattern=_URL)
    adapter: AdapterName
    ca: Place | None = None
    certificate: Place | None = None
    certificate_key: Place | None = Field(default=None, validate_default=True)
    token_file: Place | None = None

    @pydantic.field_validator("certificate_key")
    @classmethod
    def _both_or_neither(cls, key: Path | None, info: pydantic.ValidationInfo) -> Path | None:
        if (key is None) != (info.data.get("certificate") is None):
            raise ValueError("certificate and certificate_key go together")
        return key


Delivery = Annotated[
    FolderDelivery | MailboxDelivery | SftpDelivery | KafkaDelivery | PushDelivery, Field(discriminator="soort")
]


class Limits(_Model):
    """What a party may ask of the hub: requests per minute, and bytes of one message."""

    per_minute: int = Field(default=600, ge=1)
    bytes: int = Field(default=MAX_BYTES, ge=1, le=MAX_BYTES)


def _fits(kind: str, key: str, value: object) -> bool:
    """Whether a party of this kind may have this value under this key."""
    if key == "code":
        return re.fullmatch(_CODE[kind], str(value)) is not None if kind in _CODE else value is None
    if isinstance(value, tuple):
        wanted = {"cjg": "gemeente", "indiener": "aanbieder"}.get(kind)
        return all(wanted and getattr(one, wanted) for one in value) and (bool(value) or kind != "cjg")
    return kind in _CODE


class Party(_Model):
    """One party, with all str fields as in the file; raises pydantic's ValidationError when one is wrong.

    code      None for a CJG, samenwerkingsverband or indiener, which have no address of their own.
    answers   who answers what this party receives, the hub in its name or the party itself.
    via       the id of the party that sends and receives everything for this one; None: it does so itself.
    token_sha256, oin, oauth_client   what it makes itself known with: the hash of a token, the serialNumber of the
              subject of its certificate (20 digits), its name as a client of OAuth. None of them: cannot call the hub.
    adapters  by name of an adapter, the options of this party for it.
    """

    id: str = Field(pattern="^[a-z0-9-]+$")
    kind: Kind
    code: str | None = Field(default=None, validate_default=True)
    name: str = Field(pattern=r"^\S(.*\S)?$")
    answers: Literal["hub", "self"] = "self"
    via: str | None = None
    delivery: Delivery = MailboxDelivery()
    token_sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$", repr=False)
    oin: str | None = Field(default=None, pattern="^[0-9]{20}$")
    oauth_client: Word | None = None
    limits: Limits = Limits()
    adapters: Mapping[AdapterName, Mapping[str, str]] = {}
    mandates: tuple[Mandate, ...] = Field(default=(), validate_default=True)

    @pydantic.field_validator("code", "answers", "via", "mandates")
    @classmethod
    def _fits_kind(cls, value: T, info: pydantic.ValidationInfo) -> T:
        kind = info.data.get("kind", "")  # empty when the kind itself is wrong
        if kind and not _fits(kind, info.field_name or "", value):
            raise ValueError(f"this does not fit a {kind}")
        return value

    @pydantic.field_validator("delivery", "token_sha256", "oin", "oauth_client")
    @classmethod
    def _connects_itself(cls, value: T, info: pydantic.ValidationInfo) -> T:
        if info.data.get("via"):
            raise ValueError("a party with via has no connection of its own")
        return value

    @property
    def fetches(self) -> bool:
        """Tell whether what is for this party waits until it fetches it; else the hub brings it."""
        return isinstance(self.delivery, MailboxDelivery)

    def __hash__(self) -> int:
        return hash(self.id)  # the options of adapters are in dicts, which have no hash

    def acts_for(self, code: str, bericht: str) -> bool:
        """Tell whether one of this party's mandates is for this code (CBS or AGB) and type (JW301 …)."""
        return any(m.code == code and bericht in m.berichten for m in self.mandates)


@dataclass(frozen=True)
class Directory:
    """All parties of one hub, immutable; raises ConfigurationError when two of them clash.

    They clash on the same id, code, credential or folder, on a mandate for a code that is not there, or on a connection
    that is none.
    """

    parties: tuple[Party, ...]
    _ids: Mapping[str, Party] = field(init=False, repr=False, compare=False)
    _codes: Mapping[str, Party] = field(init=False, repr=False, compare=False)
    _oins: Mapping[str, Party] = field(init=False, repr=False, compare=False)
    _oauth_clients: Mapping[str, Party] = field(init=False, repr=False, compare=False)
    _cjgs: tuple[Party, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        data = {"parties": [party.model_dump(mode="json") for party in self.parties]}
        problems = tuple(f"{where(loc)}: {text}" for loc, text in clashes(dict(texts(data)), Path()))
        if problems:
            raise ConfigurationError(problems)
        object.__setattr__(self, "_ids", _by(self.parties, lambda party: party.id))
        object.__setattr__(self, "_codes", _by(self.parties, lambda party: party.code))
        object.__setattr__(self, "_oins", _by(self.parties, lambda party: party.oin))
        object.__setattr__(self, "_oauth_clients", _by(self.parties, lambda party: party.oauth_client))
        object.__setattr__(self, "_cjgs", tuple(party for party in self.parties if party.kind == "cjg"))

    def by_id(self, id: str) -> Party | None:
        """Return the party with this id, None when there is none."""
        return self._ids.get(id)

    def by_code(self, code: str) -> Party | None:
        """Return the party with this CBS code or AGB code, None when there is none."""
        return self._codes.get(code)

    def by_oin(self, oin: str) -> Party | None:
        """Return the party with this OIN in its client certificate, None when there is none."""
        return self._oins.get(oin)

    def by_oauth_client(self, client: str) -> Party | None:
        """Return the party that a verified OAuth token with this name of a client is of, None when nobody's."""
        return self._oauth_clients.get(client)

    def by_token(self, token: str) -> Party | None:
        """Return the party whose token (the word itself, not its hash) this is, None when nobody's."""
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
        # a comparison for each party, whatever was found: the time taken tells nothing
        found = [p for p in self.parties if hmac.compare_digest(digest, p.token_sha256 or _NO_TOKEN)]
        return found[0] if found and token else None

    def connection(self, party: Party) -> Party:
        """Return the party that sends and receives for this one: itself, or the one that it is connected via."""
        return self._ids[party.via] if party.via else party

    def may_send_as(self, party: Party, code: str, bericht: str) -> bool:
        """Tell whether `party` may send this type (JW301 …) with `code` (CBS or AGB) as its sender.

        It may with its own code, with that of a party that is connected via it, and by a mandate.
        """
        owner = self._codes.get(code)
        return owner is not None and (party.id in (owner.id, owner.via) or party.acts_for(code, bericht))

    def copies_for(self, code: str, bericht: str) -> tuple[Party, ...]:
        """Return the CJGs, in the order of the file, that get a copy of this type for this gemeente."""
        return tuple(party for party in self._cjgs if party.acts_for(code, bericht))


def _by(parties: Iterable[Party], key: Callable[[Party], str | None]) -> Mapping[str, Party]:
    return {value: party for party in parties if (value := key(party))}


def adapter_names(directory: Directory) -> tuple[tuple[Party, str], ...]:
    """Every adapter that a party names, in its delivery or with options, with that party."""
    return tuple((party, name) for party in directory.parties for name in sorted(_adapters(party)))


def _adapters(party: Party) -> set[str]:
    delivered = set() if isinstance(party.delivery, MailboxDelivery) else {party.delivery.adapter}
    return delivered | set(party.adapters)
