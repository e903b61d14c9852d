"""Needles, and looking for them byte by byte.

A needle is one token over and over, so that any piece of it holds the token whole. Files are read in a process of its
own, with nothing of Inkvault in it: reading the database file in a process with SQLite connections would drop their
locks when it is closed (https://www.sqlite.org/howtocorrupt.html §2.2).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TOKEN_BYTES = 16
_SEARCH = """
import json, pathlib, sys
question = json.load(sys.stdin)
tokens = [bytes.fromhex(token) for token in question["tokens"]]
found = {}
for name in question["paths"]:
    path = pathlib.Path(name)
    for file in [path] if path.is_file() else sorted(path.rglob("*")):
        if file.is_file():
            data = file.read_bytes()
            counts = [data.count(token) for token in tokens]
            if any(counts):
                found[file.name] = counts
print(json.dumps(found))
"""


class Needle:
    """Bytes that nobody can miss."""

    def __init__(self, size: int) -> None:
        self.token = os.urandom(TOKEN_BYTES)
        self.bytes = (self.token * (size // TOKEN_BYTES + 1))[:size]


def search(path: Path, *needles: Needle) -> dict[str, list[int]]:
    """How often pieces of each needle are in a file, or in each file of a directory; files without any are left out."""
    question = {"tokens": [needle.token.hex() for needle in needles], "paths": [str(path)]}
    command = [sys.executable, "-I", "-c", _SEARCH]
    done = subprocess.run(command, input=json.dumps(question), capture_output=True, text=True, check=True)
    found: dict[str, list[int]] = json.loads(done.stdout)
    return found


class Image:
    """A file system in a file, mounted; its file can be searched as a disk can."""

    def __init__(self, file: Path, mount_point: Path) -> None:
        self.file = file
        self.mount_point = mount_point

    def search(self, *needles: Needle) -> dict[str, list[int]]:
        """How often pieces of each needle are anywhere on this disk."""
        subprocess.run(["sync", "-f", str(self.mount_point)], check=True)
        return search(self.file, *needles)


def which(tool: str) -> str | None:
    """Where a tool is; those for file systems may be where only root looks."""
    return shutil.which(tool, path=os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"]))


def why_no_images() -> str | None:
    """What this machine lacks to mount an image."""
    missing = [tool for tool in ("mkfs.ext4", "mount", "umount") if which(tool) is None]
    if os.geteuid() != 0:
        return "only root can mount an image"
    return f"{', '.join(missing)} cannot be found" if missing else None


@contextmanager
def mounted(folder: Path, *, kind: str = "ext4", options: str = "") -> Iterator[Image]:
    """A new file system of 48 MiB. Raises CalledProcessError where it cannot be mounted."""
    image = Image(folder / "disk.img", folder / "disk")
    image.mount_point.mkdir()
    with image.file.open("wb") as stream:
        stream.truncate(48 << 20)
    subprocess.run([which(f"mkfs.{kind}") or f"mkfs.{kind}", "-q", image.file], check=True)
    option = f"loop,{options}" if options else "loop"
    subprocess.run(["mount", "-o", option, image.file, image.mount_point], check=True, capture_output=True)
    try:
        yield image
    finally:
        subprocess.run(["umount", image.mount_point], check=True)
