"""Row 32: whatever is imported, the answer is an error in one sentence or a report, within bounds of memory.

No file appears or changes outside the vault, nothing is followed, nothing runs, and the vault is whole afterwards.
"""

from __future__ import annotations

import io
import json
import os
import stat
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support.world import World
from tests.unit.transfer.makers import (
    Found,
    chatgpt,
    chatgpt_node,
    dayone,
    dayone_entry,
    found,
    opened,
    options,
    put_json,
    put_zip,
)
from vault.client import Vault
from vault.core.params import KdfParams
from vault.errors import FormatError, InkvaultError, UsageError
from vault.transfer import elements, passes, sources
from vault.transfer.importing import preview, run
from vault.transfer.passes import Job
from vault.transfer.readers import chat, standardnotes
from vault.transfer.reading import choose_reader


@pytest.fixture(autouse=True)
def untouched(tmp_path: Path) -> Iterator[None]:
    """Nothing appears beside what a test puts there before it reads."""
    yield
    assert not (tmp_path.parent / "evil.md").exists()
    assert not list(tmp_path.rglob("*evil*"))


def refused(path: Path, name: str = "auto") -> str:
    """What a source is refused with: one sentence."""
    with pytest.raises(FormatError) as caught:
        found(path, name)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message


# --- archives --------------------------------------------------------------------------------------------------------


def test_an_archive_that_unpacks_to_far_more_than_it_is(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("conversations.json", "w") as member:
        for _ in range(300):
            member.write(b"[" * (1 << 20))
    assert "packed too tightly" in refused(path)


def test_an_archive_whose_sizes_are_lies(tmp_path: Path) -> None:
    path = put_zip(
        tmp_path / "lies.zip", {"conversations.json": [chatgpt(chatgpt_node("a", None, text="x" * 100_000))]}
    )
    data = bytearray(path.read_bytes())
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = struct.pack("<I", 50)
    path.write_bytes(data)
    refused(path, "chatgpt")


def test_files_that_overlap(tmp_path: Path) -> None:
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packed.compress(b"# Text\n" * 1000) + packed.flush()
    crc = zlib.crc32(b"# Text\n" * 1000)
    fixed = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, crc, len(body), 7000, 4, 0)
    table = b"".join(
        b"PK\x01\x02" + struct.pack("<H", 20) + fixed + struct.pack("<HHHII", 0, 0, 0, 0, 0) + b"%d.md" % number
        for number in range(10)
    )
    local = b"PK\x03\x04" + fixed + b"0.md" + body
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 10, 10, len(table), len(local), 0)
    path = tmp_path / "overlap.zip"
    path.write_bytes(local + table + end)
    refused(path)


@pytest.mark.parametrize("is_64", [False, True])
def test_a_table_of_contents_that_would_fill_the_memory(tmp_path: Path, is_64: bool) -> None:
    path = tmp_path / "table.zip"
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF if is_64 else 1 << 30, 0, 0)
    if is_64:
        record = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 1 << 20, 1 << 20, 1 << 30, 0)
        end = record + b"PK\x06\x07" + struct.pack("<IQI", 0, 1 << 20, 1) + end
    path.write_bytes(b"PK\x03\x04" + bytes((1 << 20) - 4) + end)
    assert "lists too many files" in refused(path)


def test_more_files_than_there_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_FILES", 2)
    assert "too many files" in refused(put_zip(tmp_path / "many.zip", {f"{number}.md": "x" for number in range(3)}))
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.md").touch()
    assert "too many files" in refused(folder)


@pytest.mark.parametrize(
    "name",
    ["../evil.md", "/evil.md", "..\\evil.md", "C:\\evil.md", "a/../../evil.md", "evil.md\0.png", "\x1b[2Jevil.md"],
)
def test_names_are_never_paths(tmp_path: Path, name: str) -> None:
    path = tmp_path / "slip.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("x")
        info.filename = name
        archive.writestr(info, "Text")
    before = sorted(tmp_path.parent.rglob("*"))
    result = found(path, "markdown")
    assert [result.texts(place) for place in range(len(result.sessions))] in ([["Text"]], [])
    assert not any(notebook.title.strip("./\\") == "" for notebook in result.notebooks)
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_a_member_without_a_name(tmp_path: Path) -> None:
    path = tmp_path / "nameless.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x", b"text")
        archive.filelist[0].filename = ""
    assert refused(path).startswith("A file without a name cannot be read")


def test_links_and_devices_in_an_archive_are_left_alone_and_named(tmp_path: Path) -> None:
    path = tmp_path / "links.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, kind in (("link.md", stat.S_IFLNK), ("pipe.md", stat.S_IFIFO), ("file.md", stat.S_IFREG)):
            info = zipfile.ZipInfo(name)
            info.external_attr = (kind | 0o644) << 16
            archive.writestr(info, "/etc/passwd")
    with opened(path) as source:
        assert source.left_out == ("link.md", "pipe.md")
        assert [entry.name for entry in source.entries] == ["file.md"]


def test_links_pipes_and_circles_in_a_folder_are_left_alone_and_named(tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "a.md").write_text("Text")
    (folder / "passwd.md").symlink_to("/etc/passwd")
    (folder / "circle").symlink_to(folder)
    os.mkfifo(folder / "pipe.md")
    assert found(folder).texts() == ["Text"]
    with opened(folder) as source:
        assert source.left_out == ("circle", "passwd.md", "pipe.md")


def test_a_file_that_becomes_a_link_after_it_was_listed_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "a.md").write_text("Text")
    with opened(folder) as source:
        (folder / "a.md").unlink()
        (folder / "a.md").symlink_to("/etc/passwd")
        reader = choose_reader(source, "markdown")
        result = Found(reader.name, reader.read(source, options()))
    assert not result.sessions
    assert result.skipped[0].reason.startswith("it cannot be read")


def test_an_archive_under_a_password(tmp_path: Path) -> None:
    path = put_zip(tmp_path / "locked.zip", {"conversations.json": []})
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    path.write_bytes(data)
    assert "protected by a password" in refused(path)


@pytest.mark.parametrize("method", [9, 93])
def test_an_archive_packed_in_another_way_says_what_to_do(tmp_path: Path, method: int) -> None:
    path = put_zip(tmp_path / "odd.zip", {"conversations.json": []})
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        data[data.index(signature) + offset] = method
    path.write_bytes(data)
    assert "unpack it and import what it holds" in refused(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_archives_packed_as_bzip2_and_lzma_are_read(tmp_path: Path, method: int) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("a.md", "Text")
    assert found(path).texts(0) == ["Text"]


def test_an_empty_file_is_said_to_be_empty(tmp_path: Path) -> None:
    (tmp_path / "conversations.json").touch()
    assert refused(tmp_path / "conversations.json") == "conversations.json is empty; choose another file."
    (tmp_path / "a.md").write_text("Text")
    assert found(tmp_path, "markdown").texts(0) == ["Text"]


def test_archives_in_archives_are_not_opened(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("conversations.json", json.dumps([chatgpt(chatgpt_node("a", None, text="x"))]))
    path = put_zip(tmp_path / "outer.zip", {"inner.zip": inner.getvalue(), "a.md": "Text"})
    assert found(path).texts() == ["Text"]


@pytest.mark.parametrize("cut", [1, 10, 30, 60])
def test_archives_that_end_too_early(tmp_path: Path, cut: int) -> None:
    path = put_zip(tmp_path / "short.zip", {"conversations.json": [chatgpt()]})
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(InkvaultError):
        found(path)


# --- JSON ------------------------------------------------------------------------------------------------------------


def file_of(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "conversations.json"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("data", [b"[" * 1_000_000, b'[{"a":' * 100_000, b'{"a":' * 100_000, b"[[" * 40 + b"]]" * 40])
def test_json_that_is_nested_too_deeply(tmp_path: Path, data: bytes) -> None:
    assert "nested" in refused(file_of(tmp_path, data), "chatgpt")


def test_deep_json_in_a_string_of_an_export(tmp_path: Path) -> None:
    deep = "[" * 500_000 + "]" * 500_000
    assert found(put_json(tmp_path / "J.json", dayone([dayone_entry(1, "", richText=deep)]))).skipped
    note = {"uuid": "n", "content_type": "Note", "content": {"title": "T", "text": deep, "noteType": "super"}}
    assert found(put_json(tmp_path / "n.json", {"version": "004", "items": [note]})).doubts >= {"unknown_part"}


def test_a_super_note_that_is_deep_but_legal_needs_no_stack(tmp_path: Path) -> None:
    state = '{"type":"p","children":[' * 300 + "]}" * 300
    note = {
        "uuid": "n",
        "content_type": "Note",
        "content": {"text": f'{{"root":{state}}}', "title": "T", "noteType": "super"},
    }
    assert len(found(put_json(tmp_path / "n.json", {"version": "004", "items": [note]})).sessions) == 1


@pytest.mark.parametrize(
    "item",
    ['{"a":1,"a":2}', '{"n":' + "9" * 5_000 + "}", '{"n":NaN}', '{"n":}', '{"a" 1}', '"\\ud800"', '{"x":"\x01"}', "{]"],
)
def test_one_item_that_is_no_good_json_is_skipped_and_the_next_one_read(tmp_path: Path, item: str) -> None:
    good = json.dumps(chatgpt(chatgpt_node("a", None, text="Text")))
    result = found(file_of(tmp_path, f"[{good},{item},{good}]".encode()))
    assert len(result.sessions) == 2
    assert len(result.skipped) == 1


@pytest.mark.parametrize("data", [b"\xff\xfe[\0]\0", b"", b"[1,,2]", b"{1:2}", b"[] []"])
def test_bytes_that_are_no_json(tmp_path: Path, data: bytes) -> None:
    refused(file_of(tmp_path, data), "chatgpt")


@pytest.mark.parametrize("data", [b"[\xff]", b'["\xed\xa0\x80"]', b"12", b"\0" * 100, b'{"mapping":{}}'])
def test_json_of_no_conversations_gives_none(tmp_path: Path, data: bytes) -> None:
    assert not found(file_of(tmp_path, data), "chatgpt").sessions


def test_numbers_beyond_all_bounds(tmp_path: Path) -> None:
    text = json.dumps(
        chatgpt(chatgpt_node("a", None, text="Text", create_time="@"), create_time="@", update_time=-(10**400))
    )
    for number in ("1e999", "-1e999", "9" * 4_000, "-0.0", "1e-999"):
        result = found(file_of(tmp_path, f"[{text.replace(json.dumps('@'), number)}]".encode()))
        assert len(result.sessions) == 1


def test_halves_of_characters_and_nul(tmp_path: Path) -> None:
    result = found(
        put_json(tmp_path / "J.json", dayone([dayone_entry(1, "a\ud800b\0c", tags=["\udfff"], uuid="\ud800")]))
    )
    assert result.texts() == ["a\ufffdb\0c"]
    assert result.doubts == {"repaired"}


@pytest.mark.parametrize(
    ("bound", "data"),
    [
        ("MAX_ELEMENT_BYTES", b'["' + b"x" * 300_000 + b'"]'),
        ("MAX_BRACKETS", b"[[" + b"[]," * 1_000 + b"[]]]"),
        ("MAX_COMMAS", b"[[" + b"1," * 1_000 + b"1]]"),
    ],
)
def test_an_item_out_of_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str, data: bytes) -> None:
    monkeypatch.setattr(elements, bound, 100)
    refused(file_of(tmp_path, data), "chatgpt")


def test_bounds_of_what_must_be_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "MAX_HELD_BYTES", 1_000)
    messages = [{"id": number, "session_id": number, "role": "user", "content": "x"} for number in range(10)]
    assert "too large" in refused(put_json(tmp_path / "c.json", {"sessions": [], "messages": messages}), "chat")
    monkeypatch.setattr(standardnotes, "MAX_REFERENCES", 10)
    tag = {"uuid": "t", "content_type": "Tag", "content": {"title": "T", "references": [{"uuid": "n"}] * 20}}
    assert "more tags" in refused(put_json(tmp_path / "n.json", {"version": "004", "items": [tag]}))


def test_a_large_export_takes_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "Journal.json"
    entry = json.dumps(dayone_entry(1, "word " * 2_000))
    with path.open("w") as stream:
        stream.write('{"metadata":{},"entries":[')
        stream.write(",".join([entry] * 500))
        stream.write("]}")
    assert path.stat().st_size > 5_000_000
    with opened(path) as source:
        reader = choose_reader(source)
        tracemalloc.start()
        try:
            assert sum(1 for _ in reader.read(source, options())) == 501
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 2_000_000


# --- what readers make of it -----------------------------------------------------------------------------------------


def test_a_conversation_of_many_branches_stays_linear(tmp_path: Path) -> None:
    nodes = [chatgpt_node("root", None, text="Q")]
    for number in range(3_000):
        nodes.append(chatgpt_node(f"c{number}", f"c{number - 1}" if number else "root", text="deep"))
        nodes.append(chatgpt_node(f"b{number}", f"c{number}", "assistant", "branch"))
    result = found(put_json(tmp_path / "c.json", [chatgpt(*nodes)]))
    assert sum(len(result.texts(place)) for place in range(len(result.sessions))) == 6_001


def test_billions_of_laughs(tmp_path: Path) -> None:
    lines = ["a0: &a0 [lol, lol]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60))]
    path = tmp_path / "a.md"
    path.write_text("---\n" + "\n".join(lines) + "\n---\nText")
    assert found(path).doubts >= {"unknown_part"}


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "<!DOCTYPE x [<!ENTITY a 'b'>]>&a;",
        "=cmd|' /C calc'!A0",
        "\x1b]52;c;AAAA\x07",
        "\u202egnp.exe",
    ],
)
def test_markup_and_escapes_are_text_like_any_other(tmp_path: Path, evil: str) -> None:
    result = found(put_json(tmp_path / "c.json", [chatgpt(chatgpt_node("a", None, text=evil), title=evil)]))
    assert result.texts() == [evil]


def test_origins_cannot_be_forged_by_what_is_read(tmp_path: Path) -> None:
    entry = dayone_entry(1, origin={"tool": "inkvault"}, imported={"run": "0" * 32, "written": 5}, type="root")
    (session,) = found(put_json(tmp_path / "J.json", dayone([entry]))).sessions
    assert set(session.header.extra) == {"origin"}
    assert session.header.extra["origin"]["tool"] == "dayone"


# --- into a vault ----------------------------------------------------------------------------------------------------


@pytest.fixture
def vault(world: World) -> Iterator[Vault]:
    vault, _ = world.device("laptop").create()
    vault.write("Written before.")
    yield vault
    vault.lock()


def hostile_files() -> dict[str, Callable[[Path], Path]]:
    def text(name: str, content: bytes) -> Callable[[Path], Path]:
        def put(folder: Path) -> Path:
            path = folder / name
            path.write_bytes(content)
            return path

        return put

    cyclic = chatgpt(chatgpt_node("a", "b", text="A"), chatgpt_node("b", "a", text="B"), title="T" * 5_000)
    sealed = {"content_type": "Note", "content": "004:x"}
    odd: list[Any] = [None, 1, "x", [], {}, {"mapping": 1}, {"mapping": {"a": None}}, cyclic]
    return {
        "deep": text("c.json", b"[" * 100_000),
        "odd": text("c.json", json.dumps([cyclic, *odd]).encode()),
        "truncated": text("c.json", json.dumps([cyclic]).encode()[:-5]),
        "zip": text("c.zip", b"PK\x03\x04" + b"\0" * 100),
        "nul": text("c.md", b"\0" * 1_000),
        "long line": text("c.md", b"x" * 5_000_000),
        "yaml": text("c.md", b"---\n" + b"- " * 10_000 + b"\n---\nText"),
        "encrypted": text("n.txt", json.dumps({"version": "004", "items": [sealed]}).encode()),
    }  # fmt: skip


@pytest.mark.parametrize("name", hostile_files())
def test_a_vault_is_whole_after_every_hostile_file(vault: Vault, tmp_path: Path, name: str) -> None:
    path = hostile_files()[name](tmp_path)
    with suppress(FormatError, UsageError), opened(path) as source:
        receiver = vault.receiver()
        report = run(preview(Job(source, choose_reader(source), options()), receiver), receiver)
        assert all(tally.is_even for tally in report.tallies.values())
    assert vault.verify().ok
    assert "Written before." in {session.title for session in vault.sessions()}


def test_more_sessions_than_can_be_known_at_once(vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "MAX_SESSIONS", 3)
    path = put_json(tmp_path / "J.json", dayone([dayone_entry(number) for number in range(4)]))
    with opened(path) as source, pytest.raises(FormatError, match="more than 3 sessions"):
        preview(Job(source, choose_reader(source), options()), vault.receiver())
    vault.write("Still works.")


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory, cheap_kdf: KdfParams) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("world"))
    yield world
    world.close()
