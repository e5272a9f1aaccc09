"""Which codes an answer gives to which class, from the findings (IV032, IV088)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schemas.ijw_3_2.findings import Finding

NO_REMARK = "0200"
NOT_ASSESSED = "0233"
REFUSED_AS_A_WHOLE = "0001"
GRANTED = "8001"


def header_codes(findings: Sequence[Finding]) -> tuple[str, ...]:
    """The codes of the answer's header, by the case the findings make; none when nothing was found."""
    if not findings:
        return ()
    if any(finding.level == 2 for finding in findings):
        return (REFUSED_AS_A_WHOLE,)
    own = dict.fromkeys(f.retourcode for f in findings if f.klasse == "Header" and f.retourcode)
    return tuple(own) or (NO_REMARK,)


def codes_by_class(findings: Sequence[Finding]) -> Mapping[str, tuple[str, ...]]:
    """The codes of each class at fault, each once, by the path of the class."""
    codes: dict[str, dict[str, None]] = {}
    for finding in findings:
        if finding.retourcode:
            codes.setdefault(class_path(finding), {})[finding.retourcode] = None
    return {path: tuple(found) for path, found in codes.items()}


def class_path(finding: Finding) -> str:
    """The path of the class that a finding is about: its path without the element inside the class."""
    steps = finding.path.split("/")
    last = max(n for n, step in enumerate(steps) if step.partition("[")[0] == finding.klasse)
    return "/".join(steps[: last + 1])
