"""The tables of the database. All content in them is ciphertext; no slot and no key is in them (docs/PROTOCOL.md §8).

``entry`` columns are indexes into the vault's key file. Row counts and bytes of a vault are kept in ``heads``, so that
a quota is checked without counting.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, LargeBinary, MetaData, Table, Text

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _vault_id() -> Column[bytes]:
    return Column("vault_id", LargeBinary, ForeignKey("vaults.vault_id"), primary_key=True)


vaults = Table(
    "vaults",
    metadata,
    Column("vault_id", LargeBinary, primary_key=True),
    Column("handle", Text, nullable=False, unique=True),
    Column("vault_salt", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
"""The directory of vaults: what is looked up by name, before anybody has logged in."""

heads = Table(
    "heads",
    metadata,
    _vault_id(),
    Column("seq", BigInteger, nullable=False),
    Column("head", LargeBinary, nullable=False),
    Column("records", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("erased_seq", BigInteger, nullable=False, server_default="0"),
)
"""The current head of each vault, what the vault holds by now, and which commit erased last (0: none)."""

history = Table(
    "history",
    metadata,
    _vault_id(),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("head_hash", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""SHA-256 of every head, the current one included."""

slots = Table(
    "slots",
    metadata,
    _vault_id(),
    Column("slot_id", LargeBinary, primary_key=True),
    Column("entry", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("last_used_at", BigInteger),
    sqlite_with_rowid=False,
)

pending = Table(
    "pending",
    metadata,
    Column("vault_id", LargeBinary, primary_key=True),
    Column("attempt", LargeBinary, primary_key=True),
    Column("type", BigInteger, primary_key=True, autoincrement=False),
    Column("id", LargeBinary, primary_key=True),
    Column("entry", BigInteger, nullable=False),
    Column("is_planned", Boolean, nullable=False),
    sqlite_with_rowid=False,
)
"""Entries of key files that are to be destroyed unless this database refers to them (vault/storage/destructions.py).

A planned entry may be anywhere from ``entry`` on, if it was written at all; any other is at ``entry``. The vault of a
planned entry may not be there yet.
"""

containers = Table(
    "containers",
    metadata,
    _vault_id(),
    Column("container_id", LargeBinary, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("entry", BigInteger, nullable=False),
    Column("changed_seq", BigInteger, nullable=False),
    Column("header", LargeBinary, nullable=False),
    Index(None, "vault_id", "changed_seq"),
)

records = Table(
    "records",
    metadata,
    _vault_id(),
    Column("container_id", LargeBinary, primary_key=True),
    Column("record_id", LargeBinary, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)

audit_logs = Table(
    "audit_logs",
    metadata,
    Column("log_id", LargeBinary, primary_key=True),
    Column("vault_id", LargeBinary, ForeignKey("vaults.vault_id"), unique=True),
    Column("size", BigInteger, nullable=False),
)
"""The log of each vault (docs/ERASURE.md §2). ``vault_id`` is null once the vault is gone: the log stays."""


def _log_id() -> Column[bytes]:
    return Column("log_id", LargeBinary, ForeignKey("audit_logs.log_id"), primary_key=True)


audit_leaves = Table(
    "audit_leaves",
    metadata,
    _log_id(),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("leaf", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

audit_nodes = Table(
    "audit_nodes",
    metadata,
    _log_id(),
    Column("level", BigInteger, primary_key=True, autoincrement=False),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""The hash of every complete subtree, leaves included: that makes appending and proving cheap."""

audit_details = Table(
    "audit_details",
    metadata,
    _vault_id(),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("salt", LargeBinary, nullable=False),
    Column("detail", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""What opens the commitments in the leaves: the writer's alone, and gone with the vault."""

erasures = Table(
    "erasures",
    metadata,
    Column("vault_id", LargeBinary, primary_key=True),
    Column("erasure_id", LargeBinary, primary_key=True),
    Column("expected_seq", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("problem", Text),
    Column("is_logged_failed", Boolean, nullable=False),
    Column("scope", LargeBinary, nullable=False),
    Column("scope_hash", LargeBinary, nullable=False),
    Column("containers", BigInteger, nullable=False),
    Column("records", BigInteger, nullable=False),
    Column("rekeyed", BigInteger, nullable=False),
    Column("resealed", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("keys", BigInteger, nullable=False),
    Column("staged_bytes", BigInteger, nullable=False),
    Column("requested_at", BigInteger),
    Column("leaf_index", BigInteger),
    Column("order_hash", LargeBinary),
    Column("order_key", LargeBinary),
    Column("signature", LargeBinary),
    Column("log_id", LargeBinary),
    Column("samples", LargeBinary),
    Column("pad", LargeBinary),
    Column("statement", LargeBinary),
    Column("salt", LargeBinary),
)
"""Erasures that were planned or ordered (docs/ERASURE.md §6), also those of vaults that are gone.

``scope`` is that of ERASURE §3, empty once it was ordered; samples of what goes are kept XOR-masked by ``pad`` until it
is done; ``statement``, ``salt`` and ``leaf_index`` are there when it is.
"""

erasing = Table(
    "erasing",
    metadata,
    Column("vault_id", LargeBinary, primary_key=True),
    Column("erasure_id", LargeBinary, primary_key=True),
    Column("requested_at", BigInteger, nullable=False),
    Column("forget_at", BigInteger),
    sqlite_with_rowid=False,
)
"""For which erasures something is left to do; and until when those of vaults that are gone are remembered."""

staged = Table(
    "staged",
    metadata,
    _vault_id(),
    Column("erasure_id", LargeBinary, primary_key=True),
    Column("container_id", LargeBinary, primary_key=True),
    Column("record_id", LargeBinary, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)
"""What stays of containers that get a new key, until the order comes."""

doomed = Table(
    "doomed",
    metadata,
    Column("vault_id", LargeBinary, primary_key=True),
    Column("container_id", LargeBinary, primary_key=True),
    Column("entry", BigInteger, primary_key=True, autoincrement=False),
    Column("erasure_id", LargeBinary, nullable=False),
    Column("is_rekeyed", Boolean, nullable=False),
    sqlite_with_rowid=False,
)
"""Container keys that an erasure under way destroys. A container that is not rekeyed goes with all its records."""
