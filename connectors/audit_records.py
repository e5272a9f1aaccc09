"""Entries of the audit log as rows of its table, the same in either database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from streams.core.auditing import Act, AuditEntry

COLUMNS = "number, at, actor, credential, action, place, subject, reason, previous, hash"
LAST = "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1"

UNREADABLE = datetime.min.replace(tzinfo=UTC)
"""Stands for what is no moment: no act has it, so that verifying finds the entry."""


def audit_values(entry: AuditEntry) -> tuple[object, ...]:
    """What stands in the columns for an entry."""
    act = entry.act
    said = (act.actor, act.credential, act.action, act.where, act.subject, act.reason)
    return (entry.number, act.at, *said, entry.previous, entry.hash)


def audit_entry(values: Sequence[Any]) -> AuditEntry:
    """The entry that stands in the columns, even when somebody put there what the hub never would."""
    number, at, *texts = values
    actor, credential, action, where, subject, reason, previous, hash = map(str, texts)
    at = at if isinstance(at, datetime) and at.tzinfo else UNREADABLE
    act = Act(
        at=at,
        actor=actor,
        credential=credential,
        action=action,  # type: ignore[arg-type]
        where=where,
        subject=subject,
        reason=reason,
    )
    return AuditEntry(number=number, act=act, previous=previous, hash=hash)
