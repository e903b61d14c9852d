"""A disk that was made read-only: it is said in a sentence, nothing is changed, and what was begun goes on later."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from tests.forensic.test_nuke import disk
from tests.support.erasing import Nuke, eraser_of, rested, scope_of
from tests.support.service import hosted, new_container, new_record
from vault.erase.checkup import examine
from vault.erase.findings import Level
from vault.erase.run import Eraser
from vault.erase.shrink import shrink_database
from vault.errors import StorageError
from vault.server import vault_names
from vault.storage.directory import DataDirectory


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def remount(point: Path, option: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{option}", point], check=True)


def test_a_start_on_a_read_only_disk_changes_nothing(tmp_path: Path) -> None:
    """An erasure was ordered and the service ended, with everything left to do."""
    with disk(tmp_path) as place, pytest.MonkeyPatch.context() as patch:
        data_dir = place.data_dir
        with hosted(data_dir) as host:
            patch.setattr(Eraser, "call", lambda _: None)
            writer = host.writer()
            session = new_container()
            writer.commit(writer.next_commit([session], [new_record(session.container_id)]))
            nuke = Nuke(writer, scope_of([session.container_id]))
            assert nuke.ordered().state == "requested"
            eraser_of(host).close()
        patch.undo()
        before = digests(data_dir)
        remount(data_dir.parent, "ro")
        try:
            for use in (
                lambda: hosted(data_dir).__enter__(),
                lambda: shrink_database(DataDirectory(data_dir)),
                lambda: vault_names(data_dir),
            ):
                with pytest.raises(StorageError, match="mounted read-only, and nothing in it was changed"):
                    use()
            faults = [finding for finding in examine(data_dir, None) if finding.level is Level.FAULT]
            assert [finding.subject for finding in faults] == ["file system"]
            assert "mounted read-only" in faults[0].seen
            assert digests(data_dir) == before
        finally:
            remount(data_dir.parent, "rw")
        with hosted(data_dir) as host:
            rested(host)
            writer.http = host.http
            assert nuke.state().state == "done"
