"""The chain of the audit log: any entry that is other than it was written breaks it, at the place where it does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec import structs

from streams.core.auditing import (
    BEGINNING,
    Act,
    Anchor,
    AuditEntry,
    anchor_of,
    chained,
    cut_off,
    next_entry,
    place_of,
    verify,
)

TEXTS = st.text(alphabet=st.sampled_from('ab",[]\\é\x00 '), max_size=4)
FIELDS = ("actor", "credential", "where", "subject", "reason")
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
ACTS = st.builds(
    Act,
    at=MOMENTS,
    action=st.sampled_from(["read", "refused", "released"]),
    **dict.fromkeys(FIELDS, TEXTS),
)
LOGS = st.lists(ACTS, min_size=1, max_size=6).map(lambda acts: list(chained(BEGINNING, acts)))


def broken(entries: list[AuditEntry], *anchors: Anchor) -> int | None:
    """The first number at which this log is not as it was written."""
    known = {anchor.number: anchor.hash for anchor in anchors}
    found = verify(entries, BEGINNING, known)
    return cut_off(place_of(entries[-1]) if entries else BEGINNING, known) if found is None else found


@given(LOGS, st.integers(0, 6))
def test_a_log_as_it_was_written_passes_whole_and_page_by_page_with_all_its_anchors(
    log: list[AuditEntry], at: int
) -> None:
    anchors = {entry.number: entry.hash for entry in log}
    first, rest = log[:at], log[at:]

    assert verify(log, BEGINNING, anchors) is None
    assert cut_off(place_of(log[-1]), anchors) is None
    assert verify(first, BEGINNING, anchors) is None
    assert verify(rest, place_of(first[-1]) if first else BEGINNING, anchors) is None


@given(LOGS, st.data())
def test_an_altered_act_is_found_at_its_number(log: list[AuditEntry], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(log) - 1))
    act = data.draw(ACTS)
    assume(act != log[place].act)

    log[place] = structs.replace(log[place], act=act)

    assert broken(log) == place + 1


@given(ACTS, st.sampled_from(FIELDS), st.sampled_from(FIELDS), TEXTS.filter(bool))
def test_text_moved_from_one_field_to_another_gives_another_hash(act: Act, one: str, other: str, text: str) -> None:
    assume(one != other)
    act = structs.replace(act, **{one: "", other: ""})

    first, second = structs.replace(act, **{one: text}), structs.replace(act, **{other: text})

    assert next_entry(BEGINNING, first).hash != next_entry(BEGINNING, second).hash


@given(LOGS, st.data())
def test_a_removed_entry_is_found_at_its_number_unless_it_was_the_last(
    log: list[AuditEntry], data: st.DataObject
) -> None:
    assume(len(log) > 1)
    place = data.draw(st.integers(0, len(log) - 2))

    del log[place]

    assert broken(log) == place + 1


@given(LOGS, st.data())
def test_an_inserted_entry_is_found_even_when_it_is_chained_to_the_one_before(
    log: list[AuditEntry], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(log) - 1))
    before = place_of(log[place - 1]) if place else BEGINNING
    inserted = next_entry(before, data.draw(ACTS))
    assume(inserted != log[place])

    log.insert(place, inserted)

    assert broken(log) == place + 2


@given(LOGS, st.data())
def test_entries_that_changed_places_are_found(log: list[AuditEntry], data: st.DataObject) -> None:
    assume(len(log) > 1)
    one = data.draw(st.integers(0, len(log) - 2))
    other = data.draw(st.integers(one + 1, len(log) - 1))

    log[one], log[other] = log[other], log[one]

    assert broken(log) == one + 1


@given(LOGS, st.data())
def test_a_chain_made_anew_from_an_altered_act_on_fits_itself_and_no_anchor_from_there_on(
    log: list[AuditEntry], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(log) - 1))
    act = data.draw(ACTS)
    assume(act != log[place].act)
    before = place_of(log[place - 1]) if place else BEGINNING
    anew = [*log[:place], *chained(before, [act, *(entry.act for entry in log[place + 1 :])])]

    assert broken(anew) is None
    for entry in log:
        expected = None if entry.number <= place else entry.number
        assert broken(anew, place_of(entry)) == expected


@given(LOGS, st.data())
def test_an_end_that_was_cut_off_is_found_by_an_anchor_beyond_it(log: list[AuditEntry], data: st.DataObject) -> None:
    kept = data.draw(st.integers(0, len(log) - 1))

    assert broken(log[:kept]) is None
    assert broken(log[:kept], place_of(log[-1])) == kept + 1


def test_the_same_moment_in_another_zone_is_the_same_act() -> None:
    act = Act(at=datetime(2026, 5, 4, 12, tzinfo=UTC), actor="a", credential="token", action="read", where="GET /")
    there = structs.replace(act, at=act.at.astimezone(timezone(timedelta(hours=2))))

    assert next_entry(BEGINNING, act).hash == next_entry(BEGINNING, there).hash


def test_the_hash_is_the_published_one() -> None:
    """An auditor recomputes it with other software, and logs of before must go on to fit."""
    act = Act(
        at=datetime(2026, 5, 4, 12, 0, 0, 5, tzinfo=UTC),
        actor="haarlem",
        credential="token",
        action="refused",
        where="GET /v1/postbus/{id}",
        reason="not-found",
    )

    assert next_entry(BEGINNING, act).hash == "af0bf26686dcb5256cb25bbcb5865226ef3a87cfd417302f3ea495b6fc2d0bf1"


@given(LOGS)
def test_an_anchor_is_read_as_it_was_written_with_and_without_hyphens(log: list[AuditEntry]) -> None:
    anchor = place_of(log[-1])

    assert anchor_of(f" {anchor}\n") == anchor
    assert anchor_of(f"{anchor.number}:{anchor.hash.upper()}") == anchor


@given(LOGS)
def test_an_anchor_in_a_text_holds_nothing_that_a_guard_masks_as_a_bsn(log: list[AuditEntry]) -> None:
    digits = "".join(c if c.isdigit() else " " for c in str(place_of(log[-1])))

    assert max(map(len, digits.split()), default=0) < 9


@pytest.mark.parametrize("text", ["", "1", "1:", "0:" + "0" * 64, "-1:" + "0" * 64, "1:" + "0" * 63, "1:" + "g" * 64])
def test_what_is_no_anchor_is_none(text: str) -> None:
    assert anchor_of(text) is None
