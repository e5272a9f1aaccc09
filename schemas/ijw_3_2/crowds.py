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


def is_large(data: bytes) -> bool:
    """Whether a message has so many tags that a group in it may be too crowded to be checked as a tree."""
    return len(data) > _FEW * len("<a/>") and data.count(b"<") > _FEW


def narrow(tree: etree._Element, is_valid: Callable[[bytes], bool]) -> dict[etree._Element, int]:
    """Cut a wrong message down until no group is crowded; at least one of its errors stays.

    `is_valid` checks bytes in a time that grows with their number alone; it is asked a few dozen times, about ever
    smaller trees. Returns the place that each member left in a cut group had, counting from 1.
    """
    places: dict[etree._Element, int] = {}
    while groups := _outermost_crowded(tree):
        places.update(_one_each(groups, lambda: not is_valid(etree.tostring(tree))))
    return places


def _outermost_crowded(tree: etree._Element) -> list[etree._Element]:
    found: list[etree._Element] = []
    waiting = [tree]
    while waiting:
        element = waiting.pop()
        if len(element) > CROWD:
            found.append(element)
        else:
            waiting += element
    return found


def _one_each(groups: list[etree._Element], is_wrong: Callable[[], bool]) -> dict[etree._Element, int]:
    """Leave one member in each group: a faulty one, if what is wrong is in any of them."""
    members = [list(group) for group in groups]
    left = [0] * len(groups)

    def group_is_wrong(low: int, high: int) -> bool:
        for n in range(low, high):
            groups[n][:] = members[n]
        wrong = is_wrong()
        for n in range(low, high):
            groups[n][:] = members[n][:1]
        return wrong

    def member_is_wrong(low: int, high: int) -> bool:
        groups[faulty][:] = members[faulty][low:high]
        return is_wrong()

    for group, those in zip(groups, members, strict=True):
        group[:] = those[:1]
    if not is_wrong():
        faulty = _halving(len(groups), group_is_wrong)
        left[faulty] = _halving(len(members[faulty]), member_is_wrong)
        groups[faulty][:] = [members[faulty][left[faulty]]]
    return {those[place]: place + 1 for those, place in zip(members, left, strict=True)}


def _halving(count: int, is_wrong: Callable[[int, int], bool]) -> int:
    """One of so many that is wrong, given that one of them is; `is_wrong` tells of a range."""
    low, high = 0, count
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_wrong(low, middle) else (middle, high)
    return low
