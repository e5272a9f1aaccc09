"""Who exchanges messages through this hub. Pure, but for `load_directory`, which reads a file."""

import hashlib
import hmac
import os.path
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, TypeVar

import pydantic
import yaml
from pydantic import Field

Kind = Literal["gemeente", "aanbieder", "gi", "cjg"]
Loc = tuple[str | int, ...]
T = TypeVar("T")

_TYPES = "JW301|JW302|JW305|JW306|JW307|JW308|JW315|JW316|JW317|JW318|JW319|JW320|JW323|JW325"
BERICHTEN = frozenset(_TYPES.split("|"))
_CODE = {"gemeente": "[0-9]{4}", "aanbieder": "[0-9]{8}", "gi": "[0-9]{8}"}
_NO_TOKEN = "-" * 64  # as long as a hash, so that a party without a token costs the same time
_UNIQUE: tuple[Loc, ...] = (("id",), ("code",), ("token_sha256",), ("delivery", "path"))
_HELP = {  # per key: what is expected; what to do next
    "": "one key, parties, with a list under it; start the file with 'parties:'",
    "parties": "a list of id, kind, code, name, answers, delivery, token_sha256, mandates; see deploy/example",
    "id": "a word of a-z, 0-9 and hyphens; choose one and keep it, links and logs use it",
    "kind": "gemeente, aanbieder, gi or cjg; write what this party is",
    "code": "4 digits for a gemeente, 8 for an aanbieder or gi, none for a cjg; write its CBS or AGB code",
    "name": "one line of text without spaces around it; write the name people know the party by",
    "answers": "hub or self, and no answers at all for a cjg; choose who answers or remove the key",
    "delivery": "soort and, for a folder, path; write it out, or remove the key to get a mailbox",
    "soort": "folder, mailbox or kafka; choose how this party gets its messages",
    "path": "a folder other than the one this file is in; name a folder of the party's own",
    "token_sha256": "64 lower-case hexadecimal digits; hash the token again, or remove the key",
    "mandates": "a list with gemeente and berichten, for a cjg and only there; add it or remove it",
    "gemeente": "the 4 digits of a gemeente in this file; add that gemeente or correct the code",
    "berichten": f"all, or a list from {_TYPES.replace('|', ' ')}; write all without brackets, or the types",
}


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


class Mandate(_Model):
    """The message types (JW301 … JW325) for which a CJG acts for one gemeente (CBS code, 4 digits).

    `berichten` also takes the word "all". Raises pydantic's ValidationError on anything else.
    """

    gemeente: str = Field(pattern="^[0-9]{4}$")
    berichten: frozenset[Annotated[str, Field(pattern=f"^({_TYPES})$")]] = Field(min_length=1)

    @pydantic.field_validator("berichten", mode="before")
    @classmethod
    def _all(cls, berichten: object) -> object:
        return BERICHTEN if berichten == "all" else berichten


class FolderDelivery(_Model):
    """What a party receives is written into the folder `path` (a Path)."""

    soort: Literal["folder"] = "folder"
    path: Path

    @pydantic.field_validator("path")
    @classmethod
    def _own_folder(cls, path: Path, info: pydantic.ValidationInfo) -> Path:
        if path == Path():
            raise ValueError("a folder of its own is needed")
        # parse_directory says in the context where relative folders start
        return info.context / path if isinstance(info.context, Path) else path


class MailboxDelivery(_Model):
    """What a party receives waits in its mailbox until the party fetches it."""

    soort: Literal["mailbox"] = "mailbox"


class KafkaDelivery(_Model):
    """The party sends and receives over two topics of its own, `party.<id>.in` and `party.<id>.out`."""

    soort: Literal["kafka"] = "kafka"


class Party(_Model):
    """One party, with all str fields as in the file; raises pydantic's ValidationError when one is wrong.

    `code` None: a CJG, which has no address of its own. `token_sha256` None: cannot call the hub.
    `answers`: who answers what this party receives, the hub in its name or the party itself.
    """

    id: str = Field(pattern="^[a-z0-9-]+$")
    kind: Kind
    code: str | None = Field(default=None, validate_default=True)
    name: str = Field(pattern=r"^\S(.*\S)?$")
    answers: Literal["hub", "self"] = "self"
    delivery: Annotated[FolderDelivery | MailboxDelivery | KafkaDelivery, Field(discriminator="soort")] = (
        MailboxDelivery()
    )
    token_sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$", repr=False)
    mandates: tuple[Mandate, ...] = Field(default=(), validate_default=True)

    @pydantic.field_validator("code", "answers", "mandates")
    @classmethod
    def _fits_kind(cls, value: T, info: pydantic.ValidationInfo) -> T:
        kind = info.data.get("kind", "")  # empty when the kind itself is wrong
        fits = bool(value) == (kind == "cjg") if info.field_name == "mandates" else kind != "cjg"
        if info.field_name == "code":
            fits = re.fullmatch(_CODE[kind], str(value)) is not None if kind in _CODE else value is None
        if kind and not fits:
            raise ValueError(f"this does not fit a {kind}")
        return value

    def acts_for(self, gemeente: str, bericht: str) -> bool:
        """Tell whether one of this party's mandates is for this gemeente (code) and type (JW301 …)."""
        return any(m.gemeente == gemeente and bericht in m.berichten for m in self.mandates)


@dataclass(frozen=True)
class Directory:
    """All parties of one hub, immutable; raises ConfigurationError when two of them clash.

    They clash on the same id, code, token or folder, or on a mandate for a gemeente that is not there.
    """

    parties: tuple[Party, ...]
    _ids: Mapping[str, Party] = field(init=False, repr=False, compare=False)
    _codes: Mapping[str, Party] = field(init=False, repr=False, compare=False)
    _cjgs: tuple[Party, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        data = {"parties": [party.model_dump(mode="json") for party in self.parties]}
        problems = tuple(f"{_where(loc)}: {text}" for loc, text in _clashes(dict(_texts(data)), Path()))
        if problems:
            raise ConfigurationError(problems)
        object.__setattr__(self, "_ids", {party.id: party for party in self.parties})
        object.__setattr__(self, "_codes", {party.code: party for party in self.parties if party.code})
        object.__setattr__(self, "_cjgs", tuple(party for party in self.parties if party.mandates))

    def by_id(self, id: str) -> Party | None:
        """Return the party with this id, None when there is none."""
        return self._ids.get(id)

    def by_code(self, code: str) -> Party | None:
        """Return the party with this CBS code or AGB code, None when there is none."""
        return self._codes.get(code)

    def by_token(self, token: str) -> Party | None:
        """Return the party whose token (the word itself, not its hash) this is, None when nobody's."""
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
        # a comparison for each party, whatever was found: the time taken tells nothing
        found = [p for p in self.parties if hmac.compare_digest(digest, p.token_sha256 or _NO_TOKEN)]
        return found[0] if found and token else None

    def may_send_as(self, party: Party, code: str, bericht: str) -> bool:
        """Tell whether `party` may send this type (JW301 …) with `code` (CBS or AGB) as its Afzender."""
        return party.code == code or party.acts_for(code, bericht)

    def copies_for(self, code: str, bericht: str) -> tuple[Party, ...]:
        """Return the CJGs, in the order of the file, that get a copy of this type for this gemeente."""
        return tuple(party for party in self._cjgs if party.acts_for(code, bericht))


def _texts(data: object, loc: Loc = ()) -> Iterator[tuple[Loc, str]]:
    if isinstance(data, str):
        yield loc, data
    elif isinstance(data, (dict, list)):
        for step, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _texts(value, (*loc, step))


def _clashes(texts: Mapping[Loc, str], base: Path) -> Iterator[tuple[Loc, str]]:
    # works on plain text, so that one wrong party does not hide what is wrong between the others
    codes = {text for loc, text in texts.items() if loc[2:] == ("code",)}
    seen: dict[tuple[Loc, str], str | int] = {}
    for loc, text in texts.items():
        if loc[2:] in _UNIQUE:
            value = os.path.normpath(base / text) if loc[-1] == "path" else text
            first = seen.setdefault((loc[2:], value), loc[1])
            if first != loc[1]:
                yield loc, f"is that of parties[{first}] too; expected one of its own; change one of the two"
        elif loc[2:3] == ("mandates",) and loc[4:] == ("gemeente",) and text not in codes:
            yield loc, f"found {_shown(text)}; expected {_HELP['gemeente']}"


def _shown(text: str) -> str:
    return repr(text) if len(text) <= 24 else f"a text of {len(text)} characters"


def _where(loc: Loc) -> str:
    steps = (f"[{s}]" if isinstance(s, int) else f".{s if s.isidentifier() else _shown(s)}" for s in loc)
    return "".join(steps).lstrip(".") or "the file"


class _File(_Model):
    parties: tuple[Party, ...]


class _Fault(NamedTuple):
    line: int
    loc: Loc
    text: str

    def problem(self, source: str) -> str:
        safe = re.sub("[0-9A-Fa-f]{32,}", "(hidden)", f"{_where(self.loc)}: {self.text}")
        return f"{source}:{self.line}: {safe}"


class _Lines:
    def __init__(self, root: yaml.Node) -> None:
        self.of: dict[Loc, tuple[int, int]] = {}  # the line of the key, the line of its value
        self.faults: list[_Fault] = []
        self._walk(root, root, ())

    def _walk(self, key: yaml.Node, node: yaml.Node, loc: Loc) -> None:
        self.of[loc] = (key.start_mark.line + 1, node.start_mark.line + 1)
        if node.tag.startswith("!"):
            self.faults.append(self.fault(loc, "has a tag; expected plain YAML; remove the word with !"))
        for number, item in enumerate(node.value if isinstance(node, yaml.SequenceNode) else []):
            self._walk(item, item, (*loc, number))
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        for number, (name, value) in enumerate(pairs):
            self._walk(name, value, (*loc, name.value))
            if name.value in (earlier.value for earlier, _ in pairs[:number]):
                text = "is here twice; expected once; remove one of the two"
                self.faults.append(self.fault((*loc, name.value), text, of_key=True))

    def fault(self, loc: Loc, text: str, of_key: bool = False) -> _Fault:
        # what is missing is on the line of the mapping that lacks it
        known = next(loc[:end] for end in range(len(loc), -1, -1) if loc[:end] in self.of)
        return _Fault(self.of[known][0 if of_key else 1], loc, text)


def _refusal(loc: Loc, why: str, texts: Mapping[Loc, str], lines: _Lines) -> _Fault:
    extra = why == "extra_forbidden"
    if loc[2:3] == ("delivery",):  # pydantic puts the soort it chose between delivery and the key
        loc = (*loc[:3], *(("soort",) if why.startswith("union_tag") else loc[4:]))
    key = [step for step in ("", *(loc[:-1] if extra else loc)) if isinstance(step, str)][-1]
    found = "is missing" if loc not in lines.of else "is no key that is known" if extra else "cannot be used"
    if loc in texts and key != "token_sha256" and not extra:
        found = f"found {_shown(texts[loc])}"
    return lines.fault(loc, f"{found}; expected {_HELP[key]}", of_key=extra)


def _check(root: yaml.Node, base: Path) -> tuple[tuple[Party, ...], list[_Fault]]:
    # BaseLoader keeps values as written; to a full loader an unquoted 0473 is 315, and no is False
    data = yaml.BaseLoader("").construct_document(root)
    lines, texts = _Lines(root), dict(_texts(data))
    parties: tuple[Party, ...] = ()
    faults: dict[Loc, _Fault] = {}
    try:
        parties = _File.model_validate(data, context=base).parties
    except pydantic.ValidationError as error:
        faults = {f.loc: f for f in (_refusal(e["loc"], e["type"], texts, lines) for e in error.errors())}
    for loc, text in _clashes(texts, base):
        faults.setdefault(loc, lines.fault(loc, text))
    return parties, [*lines.faults, *faults.values()]


def _syntax(error: Exception, text: str) -> _Fault:
    # never str(error): it quotes the line it is about, and a token can stand there
    why = getattr(error, "problem", None) or getattr(error, "reason", "is nested too deeply")
    mark = getattr(error, "problem_mark", None)
    line = mark.line if mark else text.count("\n", 0, getattr(error, "position", 0))
    return _Fault(line + 1, (), f"{why}; expected YAML; correct it here or just above")


def parse_directory(text: str, source: str, base: Path = Path()) -> Directory:
    """Read YAML text into a Directory; `source` (the file's name) stands before every problem.

    Relative folders start at `base` (Path). Raises ConfigurationError with all problems and their lines.
    """
    try:
        root = yaml.compose(text, Loader=yaml.BaseLoader)
        parties, faults = _check(root, base) if root else ((), [_Fault(1, (), f"is empty; expected {_HELP['']}")])
    except (yaml.YAMLError, RecursionError) as error:
        parties, faults = (), [_syntax(error, text)]
    if faults:
        raise ConfigurationError(tuple(f.problem(source) for f in sorted(faults, key=lambda f: f.line)))
    return Directory(parties)


def load_directory(path: Path) -> Directory:
    """Read the file `path`; a relative folder in it starts where it is. Raises ConfigurationError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        fault = _Fault(1, (), f"cannot be read, {why}; expected a YAML file; correct its name or its rights")
        raise ConfigurationError((fault.problem(str(path)),)) from None
    return parse_directory(text, str(path), path.parent.absolute())
