"""Configuration in a YAML file: read, checked by a model, and told what is wrong with it. Reads files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pydantic
import yaml

from streams.core.parties import ConfigurationError

M = TypeVar("M", bound=pydantic.BaseModel)


def load_yaml(path: Path, model: type[M], hint: str) -> M:
    """What the file says; an empty one says nothing. Raises ConfigurationError with all that is wrong with it."""
    try:
        return model.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except pydantic.ValidationError as error:
        raise ConfigurationError(tuple(problems(str(path), error, hint))) from None
    except (OSError, ValueError, yaml.YAMLError) as error:  # ValueError: YAML's own dates, such as the 31st of June
        what = error.strerror if isinstance(error, OSError) else "it is no YAML, or holds a date that does not exist"
        raise ConfigurationError((f"{path}: cannot be read, {what}; expected a YAML file; {hint}",)) from None


def problems(where: str, error: pydantic.ValidationError, hint: str) -> Iterator[str]:
    """Each fault by its place and key, without what stood there."""
    for fault in error.errors(include_url=False, include_input=False):
        name = ".".join(str(step) for step in fault["loc"]) or "the file"
        yield f"{where}: {name}: {fault['msg']}; {hint}"
