"""Alembic's environment: migrations run over the connection that the caller gives."""

from alembic import context

from suyuan.trace.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=metadata, transactional_ddl=True, render_as_batch=False
)
with context.begin_transaction():
    context.run_migrations()
