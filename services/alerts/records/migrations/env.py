"""What Alembic runs for every migration: on the connection, and in the transaction, that it was given."""

from alembic import context

from services.alerts.records.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
