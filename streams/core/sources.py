"""The outside sources of level 4, read from files that say of which edition they are and when they hold."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, TypeVar

import pydantic
from pydantic import Field

from schemas.ijw_3_2.outside import (
    Contracten,
    ContractLine,
    GemeenteList,
    Gemeenten,
    ProductCode,
    Producten,
    Sources,
    Validity,
    supplied,
)
from schemas.ijw_3_2.structure import codelijst
from streams.core.parties import ConfigurationError
from streams.core.yaml_files import load_yaml, problems

_HELP = "see deploy/example/sources.yaml"


class _Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")


class _ListFile(_Model):
    """A file of this edition; `valid_from` and `valid_to` (both included) only where its rows have no dates."""

    file: Path
    version: str = Field(min_length=1)


class _DatedFile(_ListFile):
    valid_from: date
    valid_to: date | None = None


class _File(_Model):
    gemeenten: tuple[_DatedFile, ...] = ()
    producten: _ListFile | None = None
    contracten: _ListFile | None = None


class _Row(_Model):
    valid_from: date | None = None
    valid_to: date | None = None

    @pydantic.field_validator("valid_from", "valid_to", mode="before")
    @classmethod
    def _empty_is_open(cls, value: object) -> object:
        return None if value == "" else value

    @property
    def validity(self) -> Validity:
        return Validity(self.valid_from, self.valid_to)


class _GemeenteRow(pydantic.BaseModel):
    code: str = Field(pattern="^[0-9]{4}$")


class _ProductRow(_Row):
    categorie: str = Field(pattern="^[0-9]{2}$")
    code: str = Field(pattern="^.{1,5}$")


class _ContractRow(_ProductRow):
    gemeente: str = Field(pattern="^[0-9]{4}$")
    aanbieder: str = Field(pattern="^[0-9]{8}$")
    eenheid: str
    tarief: Annotated[int, Field(ge=0)] | None = None

    @pydantic.field_validator("tarief", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @pydantic.field_validator("eenheid")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value not in (*codelijst("WJ756"), "taak"):
            raise ValueError("expected a code of WJ756, or taak for task-based care")
        return value


def load_sources(path: Path | None) -> Sources:
    """The sources that a YAML file names; paths in it start where it is. Without one those that are supplied.

    Gemeenten that it does not name are those that come with the standard. Raises ConfigurationError with what is wrong,
    by file and line.
    """
    sources = supplied()
    if path is None:
        return sources
    named = load_yaml(path, _File, _HELP)
    base = path.parent
    if named.gemeenten:
        sources = replace(sources, gemeenten=Gemeenten(tuple(_gemeenten(base, one) for one in named.gemeenten)))
    if named.producten:
        sources = replace(sources, producten=_producten(base, named.producten))
    if named.contracten:
        sources = replace(sources, contracten=_contracten(base, named.contracten))
    return sources


def _gemeenten(base: Path, listed: _DatedFile) -> GemeenteList:
    rows = _rows(base / listed.file, _GemeenteRow)
    return GemeenteList(
        listed.version, Validity(listed.valid_from, listed.valid_to), frozenset(row.code for row in rows)
    )


def _producten(base: Path, listed: _ListFile) -> Producten:
    rows = _rows(base / listed.file, _ProductRow)
    return Producten(listed.version, tuple(ProductCode(row.categorie, row.code, row.validity) for row in rows))


def _contracten(base: Path, listed: _ListFile) -> Contracten:
    rows = _rows(base / listed.file, _ContractRow)
    return Contracten(listed.version, tuple(_contract_line(row) for row in rows))


def _contract_line(row: _ContractRow) -> ContractLine:
    return ContractLine(
        gemeente=row.gemeente,
        aanbieder=row.aanbieder,
        categorie=row.categorie,
        code=row.code,
        eenheid=row.eenheid,
        tarief=row.tarief,
        validity=row.validity,
    )


M = TypeVar("M", bound=pydantic.BaseModel)


def _rows(path: Path, model: type[M]) -> Sequence[M]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return _checked(path, list(csv.DictReader(lines)), model)
    except (OSError, UnicodeError, csv.Error) as error:
        what = error.strerror if isinstance(error, OSError) else "it is no CSV in UTF-8"
        raise ConfigurationError((f"{path}: cannot be read, {what}; expected a CSV file; {_HELP}",)) from None


def _checked(path: Path, rows: Sequence[Mapping[str, str]], model: type[M]) -> Sequence[M]:
    made: list[M] = []
    wrong: list[str] = []
    for line, row in enumerate(rows, 2):
        try:
            made.append(model.model_validate(row))
        except pydantic.ValidationError as error:
            wrong += problems(f"{path}:{line}", error, _HELP)
    if wrong:
        raise ConfigurationError(tuple(wrong))
    return made
