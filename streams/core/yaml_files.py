"""Configuration in a YAML file: read, checked by a model, and told what is wrong with it. Reads files."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pydantic
import yaml

from streams.core.parties import ConfigurationError

M = TypeVar("M", bound=pydantic.BaseModel)


def load_yaml(path: Path, model: type[M], hint: str) -> M:
    """What the file says. Raises ConfigurationError with all that is wrong with it.

    An empty file is refused: one that was cut off would silently allow what it forbids.
    """
    try:
        said = yaml.load(path.read_text(encoding="utf-8"), Loader=_Strict)  # noqa: S506 - it is a SafeLoader
        if said is None:
            raise ConfigurationError((f"{path}: holds nothing; expected keys, or no file named at all; {hint}",))
        return model.model_validate(said)
    except pydantic.ValidationError as error:
        raise ConfigurationError(tuple(problems(str(path), error, hint))) from None
    except _Twice as twice:
        raise ConfigurationError((f"{path}:{twice}; expected once; remove one of the two; {hint}",)) from None
    except (OSError, ValueError, yaml.YAMLError) as error:  # ValueError: YAML's own dates, such as the 31st of June
        what = error.strerror if isinstance(error, OSError) else "it is no YAML, or holds a date that does not exist"
        raise ConfigurationError((f"{path}: cannot be read, {what}; expected a YAML file; {hint}",)) from None


class _Twice(yaml.YAMLError):
    """A key that stands twice in a mapping: its line, and that it does."""


class _Strict(yaml.SafeLoader):
    """Refuses a key that stands twice, of which YAML would keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Contract: yaml.SafeLoader."""
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen:
                raise _Twice(f"{key.start_mark.line + 1}: {name} is here twice")
            seen.add(name)
        return super().construct_mapping(node, deep)


def problems(where: str, error: pydantic.ValidationError, hint: str) -> Iterator[str]:
    """Each fault by its place and key, without what stood there."""
    for fault in error.errors(include_url=False, include_input=False):
        name = ".".join(str(step) for step in fault["loc"]) or "the file"
        yield f"{where}: {name}: {fault['msg']}; {hint}"
