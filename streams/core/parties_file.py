"""Reading the file of parties, and telling everything that is wrong with it. Pure, but for `load_directory`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pydantic
import yaml

from streams.core.parties import ConfigurationError, Directory, Party
from streams.core.parties_checks import EXPECTED, Loc, clashes, shown, texts, where


class _File(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", hide_input_in_errors=True)

    parties: tuple[Party, ...]


class _Fault(NamedTuple):
    line: int
    loc: Loc
    text: str

    def problem(self, source: str) -> str:
        safe = re.sub("[0-9A-Fa-f]{32,}", "(hidden)", f"{where(self.loc)}: {self.text}")
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


def _refusal(loc: Loc, why: str, found: Mapping[Loc, str], lines: _Lines) -> _Fault:
    extra = why == "extra_forbidden"
    loc = _as_written(loc, why)
    key = _key(loc[:-1] if extra else loc)
    what = "is missing" if loc not in lines.of else "is no key that is known" if extra else "cannot be used"
    if loc in found and key != "token_sha256" and not extra:
        what = f"found {shown(found[loc])}"
    return lines.fault(loc, f"{what}; expected {EXPECTED[key]}", of_key=extra)


def _as_written(loc: Loc, why: str) -> Loc:
    """A place as it is in the file, without what pydantic puts in between."""
    if loc[2:3] == ("delivery",):  # the soort that it chose stands between delivery and the key
        return (*loc[:3], *(("soort",) if why.startswith("union_tag") else loc[4:]))
    return loc[:-1] if loc[-1:] == ("[key]",) else loc


def _key(loc: Loc) -> str:
    """The last key of a place that something is said of; names of adapters and their options are made up there."""
    steps = loc[:3] if loc[2:3] == ("adapters",) else loc
    return [step for step in ("", *steps) if isinstance(step, str)][-1]


def _check(root: yaml.Node, base: Path) -> tuple[tuple[Party, ...], list[_Fault]]:
    # BaseLoader keeps values as written; to a full loader an unquoted 0473 is 315, and no is False
    data = yaml.BaseLoader("").construct_document(root)
    lines, found = _Lines(root), dict(texts(data))
    parties: tuple[Party, ...] = ()
    faults: dict[Loc, _Fault] = {}
    try:
        parties = _File.model_validate(data, context=base).parties
    except pydantic.ValidationError as error:
        faults = {f.loc: f for f in (_refusal(e["loc"], e["type"], found, lines) for e in error.errors())}
    for loc, text in clashes(found, base):
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
        parties, faults = _check(root, base) if root else ((), [_Fault(1, (), f"is empty; expected {EXPECTED['']}")])
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
