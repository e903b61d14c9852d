"""The log of each vault (docs/ERASURE.md §2). Vaults that are there begin theirs empty."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_POLICIES = {
    "audit_logs": "vault_id IS NULL OR vault_id = decode(current_setting('app.vault_id', true), 'hex')",
    "audit_details": "vault_id = decode(current_setting('app.vault_id', true), 'hex')",
}


def upgrade() -> None:
    """Make the tables, and a log for each vault."""
    op.create_table(
        "audit_logs",
        sa.Column("log_id", sa.LargeBinary, nullable=False),
        sa.Column("vault_id", sa.LargeBinary, nullable=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("log_id", name="pk_audit_logs"),
        sa.UniqueConstraint("vault_id", name="uq_audit_logs_vault_id"),
        sa.ForeignKeyConstraint(["vault_id"], ["vaults.vault_id"], name="fk_audit_logs_vault_id"),
    )
    op.create_table(
        "audit_leaves",
        _blob("log_id"),
        sa.Column("position", sa.BigInteger, nullable=False, autoincrement=False),
        _blob("leaf"),
        sa.PrimaryKeyConstraint("log_id", "position", name="pk_audit_leaves"),
        sa.ForeignKeyConstraint(["log_id"], ["audit_logs.log_id"], name="fk_audit_leaves_log_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_nodes",
        _blob("log_id"),
        sa.Column("level", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("position", sa.BigInteger, nullable=False, autoincrement=False),
        _blob("hash"),
        sa.PrimaryKeyConstraint("log_id", "level", "position", name="pk_audit_nodes"),
        sa.ForeignKeyConstraint(["log_id"], ["audit_logs.log_id"], name="fk_audit_nodes_log_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_details",
        _blob("vault_id"),
        sa.Column("position", sa.BigInteger, nullable=False, autoincrement=False),
        _blob("salt"),
        _blob("detail"),
        sa.PrimaryKeyConstraint("vault_id", "position", name="pk_audit_details"),
        sa.ForeignKeyConstraint(["vault_id"], ["vaults.vault_id"], name="fk_audit_details_vault_id"),
        sqlite_with_rowid=False,
    )
    _begin_logs()
    if op.get_context().dialect.name == "postgresql":
        for table, rows in _POLICIES.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY own_vault ON {table} USING ({rows})")


def _blob(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def _begin_logs() -> None:
    """Each log has an id of its own, which does not lead to the vault."""
    connection = op.get_bind()
    insert = sa.text("INSERT INTO audit_logs (log_id, vault_id, size) VALUES (:log_id, :vault_id, 0)")
    for (vault_id,) in connection.execute(sa.text("SELECT vault_id FROM vaults")).all():
        connection.execute(insert, {"log_id": secrets.token_bytes(16), "vault_id": vault_id})
