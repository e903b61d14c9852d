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


WHOEVER_IS_THERE = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'inkvault'"
ALL_TABLES = """
SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables
WHERE schemaname = 'public' AND tablename <> 'alembic_version'
"""


@dataclass
class Cluster:
    """A running cluster. Databases are made empty, and belong to a role without special rights."""

    socket: Path
    count: int = 0
    reused: str | None = None

    def emptied_database(self) -> str:
        """A URL of the one database that tests take in turns: without rows, and without others who are connected.

        Its tables stay from one turn to the next, because making a database and its tables is most of such a test.
        """
        if self.reused is None:
            self.reused = self.new_database()
        with psycopg.connect(self.reused, user="postgres", autocommit=True) as connection:
            connection.execute(WHOEVER_IS_THERE)
            (tables,) = connection.execute(ALL_TABLES).fetchone() or (None,)
            if tables is not None:
                connection.execute(f"TRUNCATE {tables} RESTART IDENTITY")
        return self.reused

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
