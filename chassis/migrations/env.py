"""Runs the chassis' and one service's migrations on the connection it is given."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes.get("target_metadata"),
    version_table="migrations",
)
with context.begin_transaction():
    context.run_migrations()
