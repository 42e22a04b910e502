"""Runs the steps on the connection that `migrate` hands over."""

from alembic import context

from dynawave.workbench.store.models import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
