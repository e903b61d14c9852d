"""Files that are there as a whole or not at all."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from vault.errors import UsageError
from vault.transfer.files import new_file, new_folder
from vault.transfer.sources import open_source


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def give_up(_written: int) -> None:
    raise KeyboardInterrupt


def test_a_file_takes_its_name_when_it_is_whole(tmp_path: Path) -> None:
    with new_file(tmp_path / "out") as stream:
        stream.write(b"text")
        assert "out" not in names(tmp_path)
    assert (tmp_path / "out").read_bytes() == b"text"
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("force", [False, True])
def test_nothing_is_left_of_a_file_that_failed(tmp_path: Path, force: bool) -> None:
    if force:
        (tmp_path / "out").write_bytes(b"before")
    with pytest.raises(KeyboardInterrupt), new_file(tmp_path / "out", force=force) as stream:
        give_up(stream.write(b"text"))
    assert names(tmp_path) == (["out"] if force else [])


def test_what_is_there_is_replaced_only_by_force(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"before")
    with pytest.raises(UsageError, match="is there already"), new_file(tmp_path / "out"):
        pass
    assert (tmp_path / "out").read_bytes() == b"before"
    with new_file(tmp_path / "out", force=True) as stream:
        stream.write(b"after")
    assert (tmp_path / "out").read_bytes() == b"after"
    assert names(tmp_path) == ["out"]


def test_what_came_meanwhile_is_not_replaced_either(tmp_path: Path) -> None:
    with pytest.raises(UsageError), new_file(tmp_path / "out"):
        (tmp_path / "out").write_bytes(b"came")
    assert (tmp_path / "out").read_bytes() == b"came"
    assert names(tmp_path) == ["out"]


def test_a_link_counts_as_being_there(tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError), new_file(tmp_path / "out"):
        pass
    with pytest.raises(UsageError), new_folder(tmp_path / "out"):
        pass


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Cannot write"), new_file(tmp_path / "none" / "out"):
        pass
    with pytest.raises(UsageError, match="Cannot write"), new_folder(tmp_path / "none" / "out"):
        pass


def test_a_folder_takes_its_name_when_it_is_whole(tmp_path: Path) -> None:
    with new_folder(tmp_path / "out") as folder:
        (folder / "a.md").write_text("a")
    with pytest.raises(UsageError), new_folder(tmp_path / "out"):
        pass
    with pytest.raises(KeyboardInterrupt), new_folder(tmp_path / "other") as folder:
        give_up((folder / "a.md").write_text("a"))
    assert names(tmp_path) == ["out"]
    assert names(tmp_path / "out") == ["a.md"]


_ENDED = """
import signal, sys
from pathlib import Path
from vault.transfer import files
signal.signal(int(sys.argv[3]), signal.SIG_DFL)  # whoever runs the tests may be deaf to it
with getattr(files, sys.argv[1])(Path(sys.argv[2]) / "out") as made:
    (made / "a.md").write_text("secret") if sys.argv[1] == "new_folder" else made.write(b"secret")
    signal.raise_signal(int(sys.argv[3]))
"""


@pytest.mark.parametrize("kind", ["new_file", "new_folder"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_left_when_the_program_is_told_to_end(tmp_path: Path, kind: str, number: int) -> None:
    ended = subprocess.run([sys.executable, "-c", _ENDED, kind, tmp_path, str(int(number))], check=False)
    assert ended.returncode == 128 + number
    assert names(tmp_path) == []


def test_signals_are_handled_as_before_once_the_file_is_there(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with new_file(tmp_path / "out"):
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_all_of_a_folder_is_on_the_disk_before_it_takes_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []

    def fsync(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        assert not (tmp_path / "out").exists() or synced[-1] == tmp_path.name

    monkeypatch.setattr("vault.transfer.files.os.fsync", fsync)
    with new_folder(tmp_path / "out") as folder:
        (folder / "inner").mkdir()
        (folder / "inner" / "a.md").write_text("a")
    assert {"a.md", "inner", tmp_path.name} <= set(synced)


def test_errors_of_what_is_done_meanwhile_are_not_blamed_on_the_file(tmp_path: Path) -> None:
    (tmp_path / "source").write_text("x")
    for opened in (new_file(tmp_path / "a"), new_folder(tmp_path / "b"), open_source(tmp_path / "source")):
        with pytest.raises(ConnectionResetError), opened:
            raise ConnectionResetError
    assert names(tmp_path) == ["source"]


def test_a_full_disk_is_said_in_one_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match="No space left"),
        new_file(tmp_path / "out"),
        Path("/dev/full").open("wb") as f,
    ):
        f.write(b"x")
    assert names(tmp_path) == []
