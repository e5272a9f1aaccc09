"""Writes xsd/*.xsd and berichten/*.py from structure.yaml: run `make generate` after changing it.

The result is committed, so that an operator can read the schemas and mypy can see the structures;
tests/unit/test_generate.py fails when the two disagree.
"""

from __future__ import annotations

from pathlib import Path

from schemas.ijw_3_2.generate_schemas import basisschema, bericht_schema
from schemas.ijw_3_2.generate_structures import basis_module, bericht_module, package_module
from schemas.ijw_3_2.structure import HERE, Structure, structure


def generated_files(standard: Structure) -> dict[Path, str]:
    """Every generated file: its path below this folder, and its text."""
    files = {Path("xsd/basisschema.xsd"): basisschema(standard)}
    files[Path("berichten/basis.py")] = basis_module(standard)
    for bericht in standard.berichten.values():
        files[Path(f"xsd/{bericht.name}.xsd")] = bericht_schema(standard, bericht)
        files[Path(f"berichten/{bericht.name.lower()}.py")] = bericht_module(standard, bericht)
    files[Path("berichten/__init__.py")] = package_module(standard)
    return files


def main() -> None:
    """Write all generated files."""
    for path, text in generated_files(structure()).items():
        (HERE / path).parent.mkdir(exist_ok=True)
        (HERE / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
