"""Steps of the database (Alembic)."""
