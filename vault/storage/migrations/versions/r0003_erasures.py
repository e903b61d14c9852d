"""Erasures: plans, orders, and what is still to be destroyed (docs/PROTOCOL.md §11)."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

GUARDED = ("erasures", "staged", "doomed")


def upgrade() -> None:
    """Make the tables; on PostgreSQL show each vault its own rows only."""
    op.add_column("heads", sa.Column("erased_seq", sa.BigInteger, nullable=False, server_default="0"))
    op.create_table(
        "erasures",
        _blob("vault_id"),
        _blob("erasure_id"),
        sa.Column("expected_seq", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("problem", sa.Text, nullable=True),
        sa.Column("is_logged_failed", sa.Boolean, nullable=False),
        _blob("scope"),
        _blob("scope_hash"),
        *(
            sa.Column(name, sa.BigInteger, nullable=False)
            for name in ("containers", "records", "rekeyed", "resealed", "bytes", "keys", "staged_bytes")
        ),
        *(sa.Column(name, sa.BigInteger, nullable=True) for name in ("requested_at", "leaf_index")),
        *(
            sa.Column(name, sa.LargeBinary, nullable=True)
            for name in ("order_hash", "order_key", "signature", "log_id", "samples", "pad", "statement", "salt")
        ),
        sa.PrimaryKeyConstraint("vault_id", "erasure_id", name="pk_erasures"),
    )
    op.create_table(
        "erasing",
        _blob("vault_id"),
        _blob("erasure_id"),
        sa.Column("requested_at", sa.BigInteger, nullable=False),
        sa.Column("forget_at", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("vault_id", "erasure_id", name="pk_erasing"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "staged",
        *(_blob(name) for name in ("vault_id", "erasure_id", "container_id", "record_id")),
        sa.Column("version", sa.BigInteger, nullable=False),
        _blob("envelope"),
        sa.PrimaryKeyConstraint("vault_id", "erasure_id", "container_id", "record_id", name="pk_staged"),
        sa.ForeignKeyConstraint(["vault_id"], ["vaults.vault_id"], name="fk_staged_vault_id"),
    )
    op.create_table(
        "doomed",
        _blob("vault_id"),
        _blob("container_id"),
        sa.Column("entry", sa.BigInteger, nullable=False, autoincrement=False),
        _blob("erasure_id"),
        sa.Column("is_rekeyed", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("vault_id", "container_id", "entry", name="pk_doomed"),
        sqlite_with_rowid=False,
    )
    if op.get_context().dialect.name == "postgresql":
        for table in GUARDED:
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(
                f"CREATE POLICY own_vault ON {table} "
                "USING (vault_id = decode(current_setting('app.vault_id', true), 'hex'))"
            )


def _blob(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)
