import hashlib
import hmac
import pickle
import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from pydantic import ValidationError

from streams.core.parties import (
    BERICHTEN,
    ConfigurationError,
    Directory,
    FolderDelivery,
    MailboxDelivery,
    Mandate,
    Party,
)
from streams.core.parties_file import load_directory, parse_directory

EXAMPLE = Path(__file__).parents[2] / "deploy" / "example" / "parties.yaml"
HASH = hashlib.sha256(b"secret").hexdigest()


def party(id: str = "haarlem", **changed: object) -> Party:
    return Party.model_validate({"id": id, "kind": "gemeente", "code": "0392", "name": "Haarlem", **changed})


def cjg(id: str, *mandates: tuple[str, set[str] | str]) -> Party:
    listed = [{"gemeente": code, "berichten": types} for code, types in mandates]
    return Party.model_validate({"id": id, "kind": "cjg", "name": id, "mandates": listed})


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        parse_directory(text, "p.yaml")
    assert str(caught.value) == "\n".join(caught.value.problems)
    return caught.value.problems


def listed(**changed: str | None) -> str:
    """One gemeente on lines 2-5, then an aanbieder from line 6 with one key per line, some changed."""
    keys = {"id": "example", "kind": "aanbieder", "code": "65656001", "name": "Example", **changed}
    lines = [f"    {key}: {value}" for key, value in keys.items() if value is not None]
    first = "parties:\n  - id: haarlem\n    kind: gemeente\n    code: 0392\n    name: Haarlem\n"
    return first + "  - " + "\n".join(lines).lstrip() + "\n"


# what a file can say


def test_values_are_read_as_they_are_written() -> None:
    text = "parties:\n- {id: no, kind: gemeente, code: 0473, name: 2024}\n"
    assert parse_directory(text, "p.yaml").parties == (party("no", code="0473", name="2024"),)


def test_defaults() -> None:
    one = parse_directory(listed(), "p.yaml").by_id("example")
    assert one is not None
    assert (one.answers, one.delivery, one.token_sha256, one.mandates) == ("self", MailboxDelivery(), None, ())


def test_deliveries() -> None:
    folder = parse_directory(listed(delivery="{soort: folder, path: out/x}"), "p.yaml").parties[1]
    assert folder.delivery == FolderDelivery(path=Path("out/x"))
    mailbox = parse_directory(listed(delivery="{soort: mailbox}"), "p.yaml").parties[1]
    assert mailbox.delivery == MailboxDelivery()


def test_all_means_every_type() -> None:
    text = listed(kind="cjg", code=None, mandates="[{gemeente: 0392, berichten: all}]")
    assert parse_directory(text, "p.yaml").parties[1].mandates == (Mandate(gemeente="0392", berichten=BERICHTEN),)
    assert len(BERICHTEN) == 14
    assert {"JW301", "JW325"} <= BERICHTEN


def test_anchors_can_share_a_list() -> None:
    mandates = "[{gemeente: 0392, berichten: &some [JW301]}, {gemeente: 0392, berichten: *some}]"
    one = parse_directory(listed(kind="cjg", code=None, mandates=mandates), "p.yaml").parties[1]
    assert [mandate.berichten for mandate in one.mandates] == [{"JW301"}, {"JW301"}]


def test_no_parties_is_a_directory_too() -> None:
    assert parse_directory("parties: []", "p.yaml").parties == ()


# what a file cannot say: each with its line, its place, and nothing else reported


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"id": "Not-A-Slug"}, "p.yaml:6: parties[1].id: found 'Not-A-Slug'; expected a word of a-z"),
        ({"id": "x" * 20 + "-or-So"}, "p.yaml:6: parties[1].id: found a text of 26"),
        ({"id": "''"}, "p.yaml:6: parties[1].id: found ''"),
        ({"kind": "bird"}, "p.yaml:7: parties[1].kind: found 'bird'; expected gemeente, aanbieder, gi, cjg,"),
        ({"code": "6565600"}, "p.yaml:8: parties[1].code: found '6565600'; expected 4 digits for a gemeente, 8"),
        ({"code": "656560011"}, "p.yaml:8: parties[1].code: found '656560011'"),
        ({"code": "٦٥٦٥٦٠٠١"}, "p.yaml:8: parties[1].code: found"),
        ({"code": '"65656001\\n"'}, "p.yaml:8: parties[1].code: found '65656001\\n'"),
        ({"kind": "gemeente"}, "p.yaml:8: parties[1].code: found '65656001'"),
        ({"kind": "gi", "code": "0473"}, "p.yaml:8: parties[1].code: found '0473'"),
        ({"code": "[65656001]"}, "p.yaml:8: parties[1].code: cannot be used"),
        ({"name": "''"}, "p.yaml:9: parties[1].name: found ''; expected one line of text"),
        ({"name": "' Example'"}, "p.yaml:9: parties[1].name: found ' Example'"),
        ({"name": '"two\\nlines"'}, "p.yaml:9: parties[1].name: found 'two\\nlines'"),
        ({"answers": "both"}, "p.yaml:10: parties[1].answers: found 'both'; expected hub or self"),
        ({"delivery": "mail"}, "p.yaml:10: parties[1].delivery: found 'mail'; expected soort"),
        ({"delivery": "\n      soort: pigeon"}, "p.yaml:11: parties[1].delivery.soort: found 'pigeon'"),
        ({"delivery": "\n      path: x"}, "p.yaml:11: parties[1].delivery.soort: is missing"),
        ({"delivery": "\n      soort: folder"}, "p.yaml:11: parties[1].delivery.path: is missing"),
        ({"delivery": "\n      soort: folder\n      path: ''"}, "p.yaml:12: parties[1].delivery.path: found ''"),
        (
            {"delivery": "\n      soort: mailbox\n      path: x"},
            "p.yaml:12: parties[1].delivery.path: is no key that is known",
        ),
        ({"mandates": "\n    - {gemeente: 0392, berichten: all}"}, "p.yaml:11: parties[1].mandates: cannot be"),
        ({"colour": "\n      - red"}, "p.yaml:10: parties[1].colour: is no key that is known; expected a list of id,"),
        ({"<<": "{}"}, "p.yaml:10: parties[1].'<<': is no key that is known"),
        ({"name": None}, "p.yaml:6: parties[1].name: is missing"),
        ({"code": None}, "p.yaml:6: parties[1].code: is missing"),
        ({"kind": None, "code": None}, "p.yaml:6: parties[1].kind: is missing"),
        ({"name": "!env NAME"}, "p.yaml:9: parties[1].name: has a tag"),
        ({"id": "haarlem"}, "p.yaml:6: parties[1].id: is that of parties[0] too"),
        ({"kind": "gemeente", "code": "0392"}, "p.yaml:8: parties[1].code: is that of parties[0] too"),
        ({"name": "Example\n    name: Other"}, "p.yaml:10: parties[1].name: is here twice"),
    ],
)
def test_a_party_that_is_refused(changed: dict[str, str | None], expected: str) -> None:
    (problem,) = problems(listed(**changed))
    assert problem.startswith(expected)
    assert problem.count("; ") >= 2  # found, expected, what to do next


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "p.yaml:6: parties[1].mandates: is missing; expected a list of gemeente with berichten for a cjg"),
        ({"mandates": "[]"}, "p.yaml:9: parties[1].mandates: cannot be used"),
        ({"mandates": "all"}, "p.yaml:9: parties[1].mandates: found 'all'"),
        (
            {"mandates": "\n    - gemeente: 392\n      berichten: all"},
            "p.yaml:10: parties[1].mandates[0].gemeente: found",
        ),
        (
            {"mandates": "\n    - gemeente: 0361\n      berichten: all"},
            "p.yaml:10: parties[1].mandates[0].gemeente: found",
        ),
        ({"mandates": "\n    - berichten: all"}, "p.yaml:10: parties[1].mandates[0].gemeente: is missing"),
        ({"mandates": "\n    - gemeente: 0392"}, "p.yaml:10: parties[1].mandates[0].berichten: is missing"),
        (
            {"mandates": "\n    - gemeente: 0392\n      berichten: JW301"},
            "p.yaml:11: parties[1].mandates[0].berichten: found 'JW301'; expected all, or a list",
        ),
        (
            {"mandates": "\n    - gemeente: 0392\n      berichten: []"},
            "p.yaml:11: parties[1].mandates[0].berichten: cannot be used",
        ),
        (
            {"mandates": "\n    - gemeente: 0392\n      berichten:\n      - JW301\n      - JW303"},
            "p.yaml:13: parties[1].mandates[0].berichten[1]: found 'JW303'",
        ),
        (
            {"mandates": "\n    - gemeente: 0392\n      berichten: all\n      until: 2027"},
            "p.yaml:12: parties[1].mandates[0].until: is no key that is known",
        ),
    ],
)
def test_mandates_that_are_refused(changed: dict[str, str], expected: str) -> None:
    (problem,) = problems(listed(kind="cjg", code=None, **changed))
    assert problem.startswith(expected)


@pytest.mark.parametrize(
    "wrong", [{"code": "0473"}, {"code": "''"}, {"code": "65656001"}, {"answers": "hub"}, {"answers": "self"}]
)
def test_what_a_cjg_does_not_have(wrong: dict[str, str]) -> None:
    mandates = "[{gemeente: 0392, berichten: all}]"
    (problem,) = problems(listed(**{"kind": "cjg", "code": None, **wrong, "mandates": mandates}))
    assert f"parties[1].{next(iter(wrong))}: found" in problem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "p.yaml:1: the file: is empty"),
        ("# nothing\n", "p.yaml:1: the file: is empty"),
        ("\n- id: x", "p.yaml:2: the file: cannot be used; expected one key, parties"),
        ("parties:", "p.yaml:1: parties: found ''"),
        ("parties:\n  haarlem: {}", "p.yaml:2: parties: cannot be used"),
        ("parties:\n- x", "p.yaml:2: parties[0]: found 'x'"),
        ("parties: []\nother: 1", "p.yaml:2: other: is no key that is known"),
        ("parties: []\n\nparties: []", "p.yaml:3: parties: is here twice"),
        ("\nother: []", "p.yaml:2: parties: is missing"),
        ("parties:\n  - {id: x", "p.yaml:2: the file: expected ',' or '}'"),
        ("parties:\n\tx: 1", "p.yaml:2: the file: found character"),
        ("parties: []\n---\nparties: []", "p.yaml:2: the file: but found another document"),
        ("parties: []\n\nx: \x00", "p.yaml:3: the file: special characters are not allowed"),
        ("parties: *nobody", "p.yaml:1: the file: found undefined alias"),
        ("parties: &all\n- *all", "p.yaml:1: the file: found unconstructable recursive node"),
        ("parties:\n- ? [id]\n  : x", "p.yaml:2: the file: found unhashable key"),
        ("[" * 2000, "p.yaml:1: the file: is nested too deeply"),
        ('parties:\n- {"\\ud800": x}', "p.yaml:2: parties[0]: cannot be used"),
    ],
)
def test_a_file_that_is_refused(text: str, expected: str) -> None:
    found = problems(text)
    assert any(problem.startswith(expected) for problem in found), found
    assert str(found).encode()


def test_every_problem_is_listed_in_the_order_of_the_file() -> None:
    text = listed(id="haarlem", code="1", name="''", extra="1", delivery="{soort: folder, path: x}")
    text += "  - {id: b, kind: gi, code: 65656009, name: b, delivery: {soort: folder, path: ./y/../x}}\n"
    text += "  - {id: b, kind: cjg, name: c, mandates: [{gemeente: 0361, berichten: all}]}\n"
    found = [problem.split(": ")[:2] for problem in problems(text)]
    assert found == [
        ["p.yaml:6", "parties[1].id"],
        ["p.yaml:8", "parties[1].code"],
        ["p.yaml:9", "parties[1].name"],
        ["p.yaml:10", "parties[1].extra"],
        ["p.yaml:12", "parties[2].delivery.path"],
        ["p.yaml:13", "parties[3].id"],
        ["p.yaml:13", "parties[3].mandates[0].gemeente"],
    ]


def test_of_one_value_only_the_first_problem_is_listed() -> None:
    text = listed(id="A").replace("id: haarlem", "id: A")
    assert [problem.split(";")[0] for problem in problems(text)] == [
        "p.yaml:2: parties[0].id: found 'A'",
        "p.yaml:6: parties[1].id: found 'A'",
    ]


def test_of_a_double_key_the_problem_of_the_value_is_listed_too() -> None:
    found = problems(listed(code="65656001\n    code: 1"))
    assert sorted(problem.split(";")[0] for problem in found) == [
        "p.yaml:9: parties[1].code: found '1'",
        "p.yaml:9: parties[1].code: is here twice",
    ]


# what no error says


@pytest.mark.parametrize(
    "text",
    [
        listed(token_sha256=HASH.upper()),
        listed(token_sha256=HASH + "0"),
        listed(token_sha256="secret-word"),
        listed(token_sha256="[secret-word]"),
        listed(token=HASH),
        listed(token="secret-word"),
        listed(token="{secret-word: secret-word}"),
        listed(**{HASH: "x"}),
        listed(id=HASH, kind=HASH, code=HASH, answers=HASH, delivery=HASH, mandates=HASH),
        listed(name=f"'{HASH} '"),
        listed(token_sha256=f"*{HASH}"),
        listed(token_sha256=f"{HASH}\n   x: ["),
        listed(token_sha256=f"'{HASH}"),
        listed(token_sha256=f"{HASH}\n    token_sha256: {HASH}"),
        listed(token_sha256=HASH).replace("    name: Haarlem\n", f"    name: Haarlem\n    token_sha256: {HASH}\n"),
    ],
)
def test_no_token_and_no_hash_in_an_error(text: str) -> None:
    said = "\n".join(problems(text)).lower()
    assert HASH not in said
    assert "secret-word" not in said


def test_no_hash_in_what_pydantic_says_and_in_the_text_of_a_party() -> None:
    assert HASH not in repr(party(token_sha256=HASH))
    with pytest.raises(ValidationError) as caught:
        party(token_sha256="secret-word")
    assert "secret-word" not in str(caught.value)


def test_the_same_token_twice() -> None:
    text = listed(token_sha256=HASH).replace("    name: Haarlem\n", f"    name: Haarlem\n    token_sha256: {HASH}\n")
    (problem,) = problems(text)
    assert problem.startswith("p.yaml:11: parties[1].token_sha256: is that of parties[0] too")


# the directory


def test_a_directory_built_from_parties_refuses_clashes() -> None:
    folder = {"soort": "folder", "path": "out"}
    parties = (
        party("a", token_sha256=HASH, delivery=folder),
        party("a", token_sha256=HASH, delivery={**folder, "path": "x/../out"}),
        cjg("b", ("0361", "all")),
    )
    with pytest.raises(ConfigurationError) as caught:
        Directory(parties)
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "parties[1].id",
        "parties[1].code",
        "parties[1].token_sha256",
        "parties[1].delivery.path",
        "parties[2].mandates[0].gemeente",
    ]
    assert HASH not in str(caught.value)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.problems, str(again)) == (caught.value.problems, str(caught.value))


def test_by_id_and_by_code() -> None:
    one, two = party(), party("example", kind="aanbieder", code="65656001")
    directory = Directory((one, two, cjg("c", ("0392", "all"))))
    assert (directory.by_id("haarlem"), directory.by_id("nobody")) == (one, None)
    assert (directory.by_code("0392"), directory.by_code("65656001")) == (one, two)
    assert (directory.by_code("0361"), directory.by_code("")) == (None, None)


def test_by_token() -> None:
    one, empty = party(token_sha256=HASH), hashlib.sha256(b"").hexdigest()
    directory = Directory((party("none", code="0473"), one, party("empty", code="0377", token_sha256=empty)))
    assert directory.by_token("secret") is one
    for wrong in ("", "Secret", HASH, "-" * 64, "sécret", "\ud800"):
        assert directory.by_token(wrong) is None


def test_by_token_compares_with_every_party(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[int] = []
    compare = hmac.compare_digest

    def counted(left: str, right: str) -> bool:
        compared.append(len(right))
        return compare(left, right)

    parties = tuple(party(f"p{n}", code=f"{n:04}", token_sha256=HASH if n == 1 else None) for n in range(5))
    directory = Directory(parties)
    monkeypatch.setattr(hmac, "compare_digest", counted)
    assert directory.by_token("secret") is parties[1]
    assert compared == [64] * 5


def test_may_send_as() -> None:
    gemeente, other = party(), party("velsen", code="0453")
    office = cjg("c", ("0392", {"JW301"}), ("0392", {"JW319"}))
    directory = Directory((gemeente, other, office))
    assert directory.may_send_as(gemeente, "0392", "JW301")
    assert not directory.may_send_as(gemeente, "0453", "JW301")
    assert directory.may_send_as(office, "0392", "JW301")
    assert directory.may_send_as(office, "0392", "JW319")
    assert not directory.may_send_as(office, "0392", "JW325")
    assert not directory.may_send_as(office, "0453", "JW301")
    assert not directory.may_send_as(office, "", "JW301")


def test_copies_in_the_order_of_the_file_and_each_cjg_once() -> None:
    z, a = cjg("z", ("0392", {"JW305"}), ("0392", "all")), cjg("a", ("0392", {"JW305"}))
    directory = Directory((z, party(), a, party("example", kind="aanbieder", code="65656001")))
    assert directory.copies_for("0392", "JW305") == (z, a)
    assert directory.copies_for("0392", "JW323") == (z,)
    assert directory.copies_for("65656001", "JW301") == ()
    assert directory.copies_for("0361", "JW305") == ()


def test_nothing_can_be_changed() -> None:
    directory = Directory((party(),))
    with pytest.raises(FrozenInstanceError):
        directory.parties = ()  # type: ignore[misc]
    with pytest.raises(ValidationError):
        directory.parties[0].name = "other"
    assert directory == Directory((party(),))
    assert pickle.loads(pickle.dumps(directory)).by_id("haarlem") == party()


# files


def test_relative_folders_start_at_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "conf").mkdir()
    file = tmp_path / "conf" / "parties.yaml"
    file.write_text(listed(delivery="{soort: folder, path: out}"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for path in (file, Path("conf/parties.yaml")):
        assert load_directory(path).parties[1].delivery == FolderDelivery(path=tmp_path / "conf" / "out")
    file.write_text(listed(delivery="{soort: folder, path: /out}"), encoding="utf-8")
    assert load_directory(file).parties[1].delivery == FolderDelivery(path=Path("/out"))


def test_a_relative_and_an_absolute_folder_can_be_the_same(tmp_path: Path) -> None:
    file = tmp_path / "parties.yaml"
    text = listed(delivery="{soort: folder, path: out}")
    file.write_text(
        text + f"  - {{id: b, kind: gi, code: 65656009, name: b, delivery: {{soort: folder, path: {tmp_path}/out}}}}\n"
    )
    with pytest.raises(ConfigurationError) as caught:
        load_directory(file)
    assert caught.value.problems[0].startswith(f"{file}:11: parties[2].delivery.path: is that of parties[1] too")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nothing\.yaml:1: the file: cannot be read, No such file"):
        load_directory(tmp_path / "nothing.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"parties: []  # \xe9")
    with pytest.raises(ConfigurationError, match="it is no UTF-8"):
        load_directory(tmp_path / "latin.yaml")


# the example


def test_the_example_and_its_demo_tokens() -> None:
    directory = load_directory(EXAMPLE)
    for one in directory.parties:
        assert directory.by_token(f"demo-{one.id}") is one
    kinds = [one.kind for one in directory.parties]
    assert {kind: kinds.count(kind) for kind in kinds} == {"gemeente": 7, "cjg": 2, "aanbieder": 5, "gi": 1}
    codes = {one.code for one in directory.parties if one.kind == "gemeente"}
    assert codes == {"0392", "0377", "0397", "0473", "0375", "0396", "0453"}


def test_the_example_mandates() -> None:
    directory = load_directory(EXAMPLE)
    kennemerland, heemstede = directory.by_id("cjg-kennemerland"), directory.by_id("cjg-heemstede")
    assert kennemerland is not None
    assert heemstede is not None
    for one in directory.parties:
        if one.kind == "gemeente" and one.code:
            advises = one.code == "0397"
            assert directory.may_send_as(kennemerland, one.code, "JW301") is not advises
            assert not directory.may_send_as(heemstede, one.code, "JW301")
            assert directory.copies_for(one.code, "JW315") == ((heemstede,) if advises else (kennemerland,))
            assert directory.copies_for(one.code, "JW323") == ()


def test_the_example_writes_only_into_folders_below_itself() -> None:
    folders = [one.delivery.path for one in load_directory(EXAMPLE).parties if isinstance(one.delivery, FolderDelivery)]
    assert [folder.is_relative_to(EXAMPLE.parent / "var" / "demo") for folder in folders] == [True, True]


def test_the_one_liner_for_an_own_token_in_the_example_runs() -> None:
    lines = [line for line in EXAMPLE.read_text(encoding="utf-8").splitlines() if "python -c" in line]
    codes = [line.split('"')[1] for line in lines]
    assert len(codes) == 2
    codes[1] = codes[1].replace("getpass.getpass('token: ')", "'secret'")
    said = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for code in codes
    ]
    assert len(said[0].strip()) >= 32
    assert said[1].strip() == HASH
