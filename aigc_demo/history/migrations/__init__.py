"""The database's history: one numbered step per change of the schema, run by Alembic at start."""
