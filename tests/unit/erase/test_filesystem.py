"""What is said of a file system: read from the mount, never more than it allows."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from vault.erase import filesystem
from vault.erase.filesystem import FileSystem, look


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose mounts a test writes to ``mounts``; ext4's own word is in ``ext4``."""
    monkeypatch.setattr(filesystem, "MOUNTS", tmp_path / "mounts")
    monkeypatch.setattr(filesystem, "EXT4_OPTIONS", tmp_path / "ext4")
    (tmp_path / "data").mkdir()
    return tmp_path


def mount(machine: Path, kind: str, *, point: Path | None = None, options: str = "rw", device: str = "0:999") -> None:
    """One more mount, as the last line."""
    escaped = str(point or machine).replace(" ", "\\040")
    with (machine / "mounts").open("a") as stream:
        stream.write(f"7 1 {device} / {escaped} rw,relatime shared:1 - {kind} /dev/x {options}\n")


def ext4_says(machine: Path, device: str, options: str) -> None:
    folder = machine / "ext4" / Path(f"/sys/dev/block/{device}").resolve().name
    folder.mkdir(parents=True)
    (folder / "options").write_text(options.replace(",", "\n") + "\n")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("xfs", ""),
        ("btrfs", "copy_on_write"),
        ("zfs", "copy_on_write"),
        ("f2fs", "copy_on_write"),
        ("overlay", "layered"),
        ("fuse.gocryptfs", "layered"),
        ("tmpfs", "memory"),
        ("nfs4", "network"),
        ("9p", "network"),
        ("vfat", "unknown_file_system"),
        ("fuse", "unknown_file_system"),
    ],
)
def test_each_kind_has_its_reason(machine: Path, kind: str, reason: str) -> None:
    mount(machine, kind)
    assert look(machine / "data") == FileSystem(kind, "", reason)


@pytest.mark.parametrize("kind", ["ext2", "ext3", "ext4"])
@pytest.mark.parametrize(
    ("mounted", "said", "found"),
    [
        ("rw", "rw,data=ordered", ("data=ordered", "")),
        ("rw", "rw", ("", "")),  # no journal
        ("rw,data=writeback", None, ("data=writeback", "")),
        ("rw,data=journal", None, ("data=journal", "journaled_data")),
        ("rw,nodelalloc", "rw,data=journal", ("data=journal", "journaled_data")),  # by the file system's own default
        ("rw", None, ("", "unknown_file_system")),  # it may be the default, and nobody says
    ],
)
def test_ext_is_in_place_unless_it_journals_data(
    machine: Path, kind: str, mounted: str, said: str | None, found: tuple[str, str]
) -> None:
    mount(machine, kind, options=mounted)
    if said is not None:
        ext4_says(machine, "0:999", said)
    assert look(machine / "data") == FileSystem(kind, *found)


def test_the_mount_nearest_to_the_directory_and_last_made_counts(machine: Path) -> None:
    mount(machine, "xfs", point=Path("/"))
    assert look(machine / "data").type == "xfs"
    mount(machine, "btrfs", point=machine / "data")
    assert look(machine / "data").type == "btrfs"
    mount(machine, "zfs", point=machine / "data")
    assert look(machine / "data").type == "zfs"
    mount(machine, "nfs4", point=machine)
    assert look(machine / "data").type == "zfs"


def test_names_with_spaces_and_links_are_followed(machine: Path) -> None:
    place = machine / "a place"
    place.mkdir()
    (machine / "link").symlink_to(place)
    mount(machine, "xfs")
    mount(machine, "btrfs", point=place)
    assert look(machine / "link").reason == "copy_on_write"


def test_the_keys_decide_when_they_are_elsewhere(machine: Path) -> None:
    keys = machine / "data" / "keys"
    keys.mkdir()
    mount(machine, "xfs")
    assert look(machine / "data").reason == ""
    mount(machine, "tmpfs", point=keys)
    assert look(machine / "data") == FileSystem("tmpfs", "", "memory")


def test_where_nothing_is_known_nothing_is_claimed(machine: Path) -> None:
    assert look(machine / "data") == FileSystem("unknown", "", "unknown_file_system")
    (machine / "mounts").write_text("no line of a mount\n")
    assert look(machine / "data").reason == "unknown_file_system"


def test_files_that_are_journaled_one_by_one_are_noticed(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Setting that flag needs rights that tests have not; the flag "no dump" is read the same way."""
    if subprocess.run(["chattr", "+d", machine / "data"], capture_output=True, check=False).returncode:
        pytest.skip("this file system knows no flags")
    mount(machine, "ext4", options="rw,data=ordered")
    assert look(machine / "data").reason == ""
    monkeypatch.setattr(filesystem, "_JOURNAL_DATA_FLAG", 0x40)
    assert look(machine / "data") == FileSystem("ext4", "data=journal", "journaled_data")


def test_this_machine_says_something(tmp_path: Path) -> None:
    assert look(tmp_path).type
    assert filesystem.MOUNTS.exists() == (look(tmp_path).type != "unknown")
