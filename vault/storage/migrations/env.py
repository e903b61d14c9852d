"""Alembic's entry: runs the revisions in the transaction of the caller."""

from alembic import context

from vault.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
