"""Whether a title is its owner's own: a job's name by itself may change with what it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from aigc_demo.history.rows import one_line, shortened

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the mark, and set it where a title is not the request's first words."""
    op.add_column("jobs", sa.Column("titled", sa.Boolean, nullable=False, server_default=sa.false()))
    connection = op.get_bind()
    jobs = sa.table(
        "jobs",
        sa.column("number"),
        sa.column("title"),
        sa.column("titled"),
        sa.column("params", sa.JSON),
    )
    found = connection.execute(sa.select(jobs.c.number, jobs.c.title, jobs.c.params))
    own = [number for number, title, params in found if title not in ("", _first_words(params))]
    for start in range(0, len(own), 500):
        chosen = jobs.c.number.in_(own[start : start + 500])
        connection.execute(sa.update(jobs).where(chosen).values(titled=True))


def downgrade() -> None:
    """Take it away again."""
    with op.batch_alter_table("jobs") as batch:
        batch.drop_column("titled")


def _first_words(params: Mapping[str, Any]) -> str:
    """What every job was called until now."""
    for name in ("title", "prompt"):
        if isinstance(value := params.get(name), str) and (line := one_line(value)):
            return shortened(line)
    return ""
