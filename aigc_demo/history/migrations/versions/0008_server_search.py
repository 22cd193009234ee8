"""On PostgreSQL: the full-text index, of entries that are the same whatever the database's locale."""

from __future__ import annotations

from alembic import op

from aigc_demo.history import search

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TABLE = """CREATE TABLE search (
    job BIGINT CONSTRAINT pk_search PRIMARY KEY
        CONSTRAINT fk_search_job REFERENCES jobs (number) ON DELETE CASCADE,
    entries TSVECTOR NOT NULL,
    words TEXT NOT NULL)"""


def upgrade() -> None:
    """Make it, and index what is there; SQLite has had its own from the first."""
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(_TABLE)
    search.fill(op.get_bind())
    op.execute("CREATE INDEX ix_search_entries ON search USING gin (entries)")


def downgrade() -> None:
    """Remove it."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP TABLE search")
