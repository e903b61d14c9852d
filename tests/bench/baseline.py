"""The yardstick: a bare Flask route that inserts one row through SQLAlchemy, durably, behind the same WSGI server."""

from __future__ import annotations

import sys

from flask import Flask, Response, request
from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, create_engine, event
from waitress.server import create_server


def main(path: str) -> None:
    """Serve on an ephemeral port of 127.0.0.1 and print that port."""
    engine = create_engine(f"sqlite:///{path}")
    table = Table("rows", MetaData(), Column("id", Integer, primary_key=True), Column("body", LargeBinary))

    @event.listens_for(engine, "connect")
    def durable(connection: object, _record: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]

    table.metadata.create_all(engine)
    app = Flask(__name__)

    @app.post("/rows")
    def insert() -> Response:
        body = request.get_json()["body"].encode()
        with engine.begin() as connection:
            key = connection.execute(table.insert().values(body=body)).inserted_primary_key
        return Response(f'{{"id":{key[0] if key else 0}}}', mimetype="application/json")

    server = create_server(app, host="127.0.0.1", port=0, threads=8)
    print(server.effective_port, flush=True)
    server.run()


if __name__ == "__main__":
    main(sys.argv[1])
