"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

GUARDED = ("heads", "history", "slots", "containers", "records")


def upgrade() -> None:
    """Make all tables; on PostgreSQL show each vault its own rows only."""
    op.create_table(
        "vaults",
        sa.Column("vault_id", sa.LargeBinary, nullable=False),
        sa.Column("handle", sa.Text, nullable=False),
        sa.Column("vault_salt", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("vault_id", name="pk_vaults"),
        sa.UniqueConstraint("handle", name="uq_vaults_handle"),
    )
    op.create_table(
        "heads",
        _vault_id(),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("head", sa.LargeBinary, nullable=False),
        sa.Column("records", sa.BigInteger, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        *_keys("heads"),
    )
    op.create_table(
        "history",
        _vault_id(),
        sa.Column("seq", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("head_hash", sa.LargeBinary, nullable=False),
        *_keys("history", "seq"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "slots",
        _vault_id(),
        sa.Column("slot_id", sa.LargeBinary, nullable=False),
        sa.Column("entry", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("last_used_at", sa.BigInteger, nullable=True),
        *_keys("slots", "slot_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pending",
        _vault_id(),
        sa.Column("attempt", sa.LargeBinary, nullable=False),
        sa.Column("type", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("id", sa.LargeBinary, nullable=False),
        sa.Column("entry", sa.BigInteger, nullable=False),
        sa.Column("is_planned", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("vault_id", "attempt", "type", "id", name="pk_pending"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "containers",
        _vault_id(),
        sa.Column("container_id", sa.LargeBinary, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("entry", sa.BigInteger, nullable=False),
        sa.Column("changed_seq", sa.BigInteger, nullable=False),
        sa.Column("header", sa.LargeBinary, nullable=False),
        *_keys("containers", "container_id"),
    )
    op.create_index("ix_containers_vault_id_changed_seq", "containers", ["vault_id", "changed_seq"])
    op.create_table(
        "records",
        _vault_id(),
        sa.Column("container_id", sa.LargeBinary, nullable=False),
        sa.Column("record_id", sa.LargeBinary, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
        *_keys("records", "container_id", "record_id"),
    )
    if op.get_context().dialect.name == "postgresql":
        _guard_rows()


def _vault_id() -> sa.Column[bytes]:
    return sa.Column("vault_id", sa.LargeBinary, nullable=False)


def _keys(table: str, *columns: str) -> tuple[sa.Constraint, sa.Constraint]:
    return (
        sa.PrimaryKeyConstraint("vault_id", *columns, name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["vault_id"], ["vaults.vault_id"], name=f"fk_{table}_vault_id"),
    )


def _guard_rows() -> None:
    """Row level security, for the owner of the tables too: a query that forgets its WHERE finds nothing foreign."""
    for table in GUARDED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_vault ON {table} "
            "USING (vault_id = decode(current_setting('app.vault_id', true), 'hex'))"
        )
