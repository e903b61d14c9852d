"""What the file system of a data directory allows one to say about overwriting (docs/ERASURE.md §6).

Linux tells it in ``/proc/self/mountinfo`` (proc(5)). Elsewhere nothing is known, and so nothing is claimed.
"""

from __future__ import annotations

import fcntl
import os
import re
import struct
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MOUNTS: Final = Path("/proc/self/mountinfo")
EXT4_OPTIONS: Final = Path("/proc/fs/ext4")

IN_PLACE: Final = ""
_EXT: Final = frozenset({"ext2", "ext3", "ext4"})
_REASONS: Final = {
    IN_PLACE: _EXT | {"xfs"},
    "copy_on_write": {"apfs", "bcachefs", "btrfs", "f2fs", "fuse.zfs", "nilfs2", "zfs"},
    "layered": {
        "aufs",
        "ecryptfs",
        "fuse.bindfs",
        "fuse.cryfs",
        "fuse.encfs",
        "fuse.fuse-overlayfs",
        "fuse.gocryptfs",
        "fuse.mergerfs",
        "overlay",
        "overlayfs",
        "unionfs",
    },
    "memory": {"devtmpfs", "ramfs", "tmpfs"},
    "network": {
        "9p",
        "afs",
        "ceph",
        "cifs",
        "fuse.glusterfs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.sshfs",
        "glusterfs",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
        "vboxsf",
        "virtiofs",
    },
}
_REASON_OF: Final = {name: reason for reason, names in _REASONS.items() for name in names}
_GET_FLAGS: Final = 0x8008_6601 if struct.calcsize("l") == 8 else 0x8004_6601
_JOURNAL_DATA_FLAG: Final = 0x4000
_JOURNAL: Final = "data=journal"
_ESCAPED: Final = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True)
class FileSystem:
    """Its type, the mount options that matter, and why overwriting in place is not vouched for; "" when it is."""

    type: str
    options: str
    reason: str


@dataclass(frozen=True)
class _Mount:
    """A line of mountinfo: ``device`` is major:minor, ``source`` what was mounted."""

    device: str
    point: str
    type: str
    options: frozenset[str]
    source: str


def look(directory: Path) -> FileSystem:
    """Judge the file system that holds a data directory. The one of its keys decides when that is another one."""
    found = _look(directory)
    keys = directory / "keys"
    return _look(keys) if not found.reason and keys.is_dir() else found


def _look(directory: Path) -> FileSystem:
    mount = _mount_of(directory.resolve())
    if mount is None:
        return FileSystem("unknown", "", "unknown_file_system")
    reason = _REASON_OF.get(mount.type, "unknown_file_system")
    if mount.type not in _EXT:
        return FileSystem(mount.type, "", reason)
    mode = _data_mode(mount)
    if mode == _JOURNAL or _journals_data(directory):
        return FileSystem(mount.type, _JOURNAL, "journaled_data")
    return FileSystem(mount.type, mode or "", "unknown_file_system" if mode is None else reason)


def _mount_of(path: Path) -> _Mount | None:
    """The mount that a path lies in: of those at the longest of its parents the last, which hides the others."""
    try:
        lines = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    mounts = [_parse(line) for line in lines]
    for parent in (path, *path.parents):
        found = [mount for mount in mounts if mount is not None and mount.point == str(parent)]
        if found:
            return found[-1]
    return None


def _parse(line: str) -> _Mount | None:
    head, _, tail = line.partition(" - ")
    fields, rest = head.split(" "), tail.split(" ")
    if len(fields) < 6 or len(rest) != 3:
        return None
    options = frozenset([*fields[5].split(","), *rest[2].split(",")])
    return _Mount(fields[2], _plain(fields[4]), rest[0], options, _plain(rest[1]))


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 8)), text)


def _data_mode(mount: _Mount) -> str | None:
    """The option ``data=…`` of ext3 and ext4; "" where there is no journal, None when nobody says.

    Mountinfo leaves it out when it is the default that is written into the file system itself, which may be `journal`.
    """
    options = mount.options
    try:
        name = Path(f"/sys/dev/block/{mount.device}").resolve().name
        options |= set((EXT4_OPTIONS / name / "options").read_text(encoding="ascii").split())
        unsaid = ""
    except OSError:
        unsaid = None
    return next((option for option in sorted(options) if option.startswith("data=")), unsaid)


def _journals_data(directory: Path) -> bool:
    """Whether files made here have their data journaled (``chattr +j``), whatever the mount says."""
    with suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            flags = bytearray(8)
            fcntl.ioctl(descriptor, _GET_FLAGS, flags)
            return bool(int.from_bytes(flags[:4], "little") & _JOURNAL_DATA_FLAG)
        finally:
            os.close(descriptor)
    return False
