"""Inserting rows by the thousand: past what SQLAlchemy does for each, which takes longer than the database does."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table


def insert_rows(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows, each the values of all columns of `table` in their order. Raises IntegrityError."""
    if rows:
        statement = _insertion(table, connection.dialect.paramstyle)
        connection.exec_driver_sql(statement, rows[0] if len(rows) == 1 else list(rows))


@cache
def _insertion(table: Table, style: str) -> str:
    place = "?" if style == "qmark" else "%s"
    names, places = ", ".join(table.columns.keys()), ", ".join([place] * len(table.columns))
    return f"INSERT INTO {table.name} ({names}) VALUES ({places})"  # noqa: S608 - all of it is our own
