"""Groups with very many members, in which one error must not cost as much as all members together.

libxml2 tells the place of every error in a tree, and counts all earlier siblings for that: a claim that is
wrong in each of a million lines would keep it busy for hours. Checked while it is parsed, it tells no places
and takes no longer than a valid message. So a crowded message is checked that way, and when it is wrong it is
narrowed down to one faulty member before anything asks for places.
"""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

CROWD = 300
"""A group that holds more members is crowded. A message of many groups of 300 wrong ones still takes about a second."""

_FEW = 35_000
"""Tags; even if all were wrong and stood in one group, that would cost seconds. A claim of 1,000 lines has fewer."""


def is_crowded(tree: etree._Element, data: bytes) -> bool:
    """Whether any element of a message holds more than CROWD others."""
    return len(data) > _FEW * len("<a/>") and data.count(b"<") > _FEW and _crowded(tree) is not None


def _crowded(tree: etree._Element) -> etree._Element | None:
    return next((element for element in tree.iter() if len(element) > CROWD), None)


def narrow(tree: etree._Element, is_valid: Callable[[bytes], bool]) -> dict[etree._Element, int]:
    """Cut a wrong message down until no group is crowded; at least one of its errors stays.

    `is_valid` checks bytes in a time that grows with their number alone. Returns the place that each member
    left in a cut group had, counting from 1.
    """
    places: dict[etree._Element, int] = {}
    while (crowded := _crowded(tree)) is not None:
        member, place = _faulty_member(crowded, lambda: is_valid(etree.tostring(tree)))
        crowded[:] = [member]
        places[member] = place
    return places


def _faulty_member(group: etree._Element, is_valid: Callable[[], bool]) -> tuple[etree._Element, int]:
    """A member that is wrong, by halving; any member when none is, because the error is elsewhere."""
    members = list(group)
    low, high = 0, len(members)
    while high - low > 1:
        middle = (low + high) // 2
        group[:] = members[low:middle]
        if is_valid():
            low = middle
        else:
            high = middle
    return members[low], low + 1
