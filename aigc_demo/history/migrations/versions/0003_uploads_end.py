"""Uploads have an end: which jobs name which upload, and whether an upload arrives, is kept or leaves."""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the state and the uses, and note the uses there have been."""
    op.add_column("uploads", sa.Column("state", sa.String(16), nullable=False, server_default="kept"))
    uses = op.create_table(
        "uses",
        sa.Column("upload", sa.String(26), nullable=False),
        sa.Column("job", _NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("upload", "job", name="pk_uses"),
        sa.ForeignKeyConstraint(["upload"], ["uploads.id"], name="fk_uses_upload", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["job"], ["jobs.number"], name="fk_uses_job", ondelete="CASCADE"),
    )
    op.create_index("ix_uses_job", "uses", ["job"])
    if found := _named_so_far():
        op.bulk_insert(uses, found)


def downgrade() -> None:
    """Take both away again."""
    op.drop_table("uses")
    with op.batch_alter_table("uploads") as batch:
        batch.drop_column("state")


def _named_so_far() -> list[dict[str, object]]:
    """Every value of a job's parameters that is the id of an upload of the same owner."""
    connection = op.get_bind()
    mine: dict[str, set[str]] = defaultdict(set)
    for upload, owner in connection.execute(sa.text("SELECT id, owner FROM uploads")):
        mine[owner].add(upload)
    if not mine:
        return []
    jobs = sa.table("jobs", sa.column("number"), sa.column("owner"), sa.column("params", sa.JSON))
    found: list[dict[str, object]] = []
    for number, owner, params in connection.execute(sa.select(jobs.c.number, jobs.c.owner, jobs.c.params)):
        named = {value for value in params.values() if isinstance(value, str)} & mine[owner]
        found += [{"upload": upload, "job": number} for upload in sorted(named)]
    return found
