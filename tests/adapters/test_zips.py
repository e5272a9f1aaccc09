"""A zip with one file is unpacked; every other one is refused by its kind, quickly, whatever it says of itself."""

from __future__ import annotations

import struct
import time
import tracemalloc
import zlib
from io import BytesIO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.contract import Fault
from adapters.zips import unzipped
from tests.support.adapters import MESSAGE

LARGEST = 25_000_000


def zipped(*files: tuple[str, bytes], method: int = ZIP_DEFLATED) -> bytes:
    target = BytesIO()
    with ZipFile(target, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return target.getvalue()


def kind(data: bytes, largest: int = LARGEST) -> str | None:
    found = unzipped(data, largest)
    return found.kind if isinstance(found, Fault) else None


def with_claim(data: bytes, size: int) -> bytes:
    """The same zip that says of its only file, in both places, that it is so large."""
    listed = data.index(b"PK\x01\x02")
    return data[:22] + struct.pack("<I", size) + data[26 : listed + 24] + struct.pack("<I", size) + data[listed + 28 :]


def locked(data: bytes) -> bytes:
    listed = data.index(b"PK\x01\x02")
    return data[:6] + b"\x01" + data[7 : listed + 8] + b"\x01" + data[listed + 9 :]


@pytest.mark.parametrize("method", [ZIP_STORED, ZIP_DEFLATED])
def test_one_file_is_unpacked(method: int) -> None:
    assert unzipped(zipped(("message.xml", MESSAGE), method=method), LARGEST) == MESSAGE


@pytest.mark.parametrize("data", [b"", MESSAGE, b"PK", b" PK\x03\x04"])
def test_what_is_no_zip_comes_back_as_it_is(data: bytes) -> None:
    assert unzipped(data, LARGEST) == data


@pytest.mark.parametrize(
    ("expected", "data"),
    [
        ("zip", zipped(("a.xml", MESSAGE))[:-30]),
        ("zip", b"PK\x03\x04 and nothing more"),
        ("zip", zipped(("a.zip", zipped(("b.xml", MESSAGE))))),
        ("zip", zipped(("a.zip", zipped()))),
        ("zip", zipped(("a.xml", MESSAGE * 9), method=ZIP_BZIP2)),
        ("zip", zipped(("a.xml", MESSAGE * 9), method=ZIP_LZMA)),
        ("zip-many", zipped(("a.xml", MESSAGE), ("b.xml", MESSAGE))),
        ("zip-folder", zipped(("a/", b""), ("a.xml", MESSAGE))),
        ("zip-folder", zipped(("a/b.xml", MESSAGE))),
        ("zip-folder", zipped(("..\\b.xml", MESSAGE))),
        ("zip-password", locked(zipped(("a.xml", MESSAGE)))),
        ("zip-empty", zipped()),
        ("zip-empty", zipped(("a.xml", b""))),
    ],
)
def test_each_wrong_zip_has_its_own_kind(expected: str, data: bytes) -> None:
    assert kind(data) == expected


def test_the_limit_is_of_the_unpacked_file() -> None:
    at_the_limit = zipped(("a.xml", b"<" * 1000))
    assert kind(at_the_limit, 1000) is None
    assert kind(at_the_limit, 999) == "zip-large"


@pytest.mark.parametrize("claim", [0, 10, len(MESSAGE) - 1])
def test_a_file_larger_than_the_zip_says_is_refused(claim: int) -> None:
    assert kind(with_claim(zipped(("a.xml", MESSAGE)), claim)) in ("zip", "zip-empty")


@pytest.mark.parametrize("claim", [len(MESSAGE) + 1, 4_000_000_000])
def test_a_file_is_measured_and_not_what_the_zip_says_of_it(claim: int) -> None:
    assert unzipped(with_claim(zipped(("a.xml", MESSAGE)), claim), LARGEST) == MESSAGE


def test_a_bomb_that_says_it_is_small_is_refused() -> None:
    assert kind(with_claim(zipped(("a.xml", b" " * 50_000_000)), 100)) == "zip"


def test_a_bomb_costs_no_more_than_a_message() -> None:
    bomb, largest = zipped(("a.xml", b" " * 30_000_000)), 1_000_000
    tracemalloc.start()
    try:
        assert kind(bomb, largest) == "zip-large"
        assert tracemalloc.get_traced_memory()[1] < 4 * largest
    finally:
        tracemalloc.stop()


def test_files_that_lie_over_one_another_are_refused_before_they_are_read() -> None:
    """Many names for one piece of the zip: every one of them would unpack to all of it."""
    one = zipped(("a.xml", b" " * 1_000_000))
    place = one.index(b"PK\x01\x02")
    listed = one[place : one.index(b"PK\x05\x06")]
    for count in (2, 90, 500_000):
        directory = listed * count
        end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, *[min(count, 65_535)] * 2, len(directory), place, 0)
        started = time.process_time()
        assert kind(one[:place] + directory + end) == "zip-many"
        assert time.process_time() - started < 2


@settings(max_examples=150)
@given(data=st.data())
def test_no_damage_makes_it_raise_or_gives_other_bytes(data: st.DataObject) -> None:
    good = zipped(("a.xml", MESSAGE * 3), method=data.draw(st.sampled_from([ZIP_STORED, ZIP_DEFLATED])))
    place = data.draw(st.integers(4, len(good) - 1))
    bad = good[:place] + data.draw(st.binary(min_size=1, max_size=4)) + good[place + data.draw(st.integers(0, 4)) :]
    found = unzipped(bad, LARGEST)
    assert isinstance(found, Fault) or zlib.crc32(found) == zlib.crc32(MESSAGE * 3)
