"""A throw-away PostgreSQL cluster on a socket of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

DEBIAN = Path("/usr/lib/postgresql")


def binaries() -> Path | None:
    """Where initdb and pg_ctl are: on the path, or where Debian puts them."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).parent
    return next((path.parent for path in sorted(DEBIAN.glob("*/bin/initdb"), reverse=True)), None)


@dataclass
class Cluster:
    """A running cluster. Databases are made empty, and belong to a role without special rights."""

    socket: Path
    count: int = 0

    def new_database(self) -> str:
        """A URL as the owner of an empty database."""
        self.count += 1
        name = f"inkvault_{self.count}"
        with psycopg.connect(host=str(self.socket), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} OWNER inkvault")
        return f"postgresql://inkvault@/{name}?host={self.socket}"


@contextmanager
def running_cluster(bin_dir: Path) -> Iterator[Cluster]:
    """Start a cluster, as user postgres when we are root, since PostgreSQL refuses to run as root."""
    folder = Path(tempfile.mkdtemp(prefix="inkvault-pg-"))
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)

    def run(*command: str) -> None:
        subprocess.run(command, check=True, capture_output=True, cwd=folder, user=user)

    data = folder / "data"
    try:
        run(str(bin_dir / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        run(str(bin_dir / "pg_ctl"), "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start")
        try:
            with psycopg.connect(host=str(folder), user="postgres", dbname="postgres", autocommit=True) as connection:
                connection.execute("CREATE ROLE inkvault LOGIN")
            yield Cluster(folder)
        finally:
            run(str(bin_dir / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
