"""How the database came to its present shape, version by version (Alembic)."""
