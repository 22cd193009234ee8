"""Jobs, their outputs, uploads and share links, and the full-text index over what was asked and made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")

_SEARCH = """CREATE VIRTUAL TABLE search USING fts5(
    owner, body, content='words', content_rowid='job', tokenize="unicode61 remove_diacritics 2",
    prefix='1 2 3')"""
"""The text stays in `words`. No triggers: a distrusted schema may not write to a virtual table."""


def upgrade() -> None:
    """Make everything."""
    _jobs()
    _belongings()
    if op.get_bind().dialect.name == "sqlite":
        op.execute(_SEARCH)


def downgrade() -> None:
    """Remove everything."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search")
    for name in ("health", "shares", "uploads", "words", "outputs", "jobs"):
        op.drop_table(name)


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("owner", sa.String(128), nullable=False),
        sa.Column("task", sa.String(64), nullable=False),
        sa.Column("model", sa.String(128), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("params", sa.JSON, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("started", sa.BigInteger),
        sa.Column("finished", sa.BigInteger),
        sa.Column("seconds", sa.Float),
        sa.Column("load_seconds", sa.Float),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("problem", sa.JSON),
        sa.Column("reference", sa.String(64)),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("starred", sa.Boolean, nullable=False),
        sa.Column("parent", sa.String(26)),
        sa.Column("deleted", sa.BigInteger),
        sa.PrimaryKeyConstraint("number", name="pk_jobs"),
        sa.UniqueConstraint("id", name="uq_jobs_id"),
        sa.CheckConstraint(
            "status IN ('queued', 'loading', 'running', 'done', 'failed', 'cancelled')",
            name=op.f("ck_jobs_status"),
        ),
    )
    op.create_index("ix_jobs_owner", "jobs", ["owner", "number"])
    op.create_index("ix_jobs_owner_task", "jobs", ["owner", "task", "number"])
    op.create_index("ix_jobs_owner_status", "jobs", ["owner", "status", "number"])
    op.create_index("ix_jobs_status", "jobs", ["status", "number"])
    op.create_index("ix_jobs_owner_starred", "jobs", ["owner", "starred", "number"])
    hidden = sa.text("deleted IS NOT NULL")
    op.create_index("ix_jobs_deleted", "jobs", ["deleted"], sqlite_where=hidden, postgresql_where=hidden)


def _belongings() -> None:
    op.create_table(
        "outputs",
        sa.Column("job", _NUMBER, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("meta", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("job", "position", name="pk_outputs"),
        sa.ForeignKeyConstraint(["job"], ["jobs.number"], name="fk_outputs_job", ondelete="CASCADE"),
        sa.UniqueConstraint("job", "name", name="uq_outputs_job"),
    )
    op.create_table(
        "words",
        sa.Column("job", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("job", name="pk_words"),
        sa.ForeignKeyConstraint(["job"], ["jobs.number"], name="fk_words_job", ondelete="CASCADE"),
    )
    op.create_table(
        "uploads",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("owner", sa.String(128), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("stored", sa.String(100), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_uploads"),
    )
    op.create_index("ix_uploads_owner", "uploads", ["owner", "id"])
    op.create_table(
        "shares",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("job", _NUMBER, nullable=False),
        sa.Column("show_prompt", sa.Boolean, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger),
        sa.PrimaryKeyConstraint("digest", name="pk_shares"),
        sa.ForeignKeyConstraint(["job"], ["jobs.number"], name="fk_shares_job", ondelete="CASCADE"),
        sa.UniqueConstraint("job", name="uq_shares_job"),
    )
    op.create_table(
        "health",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_health"),
    )
