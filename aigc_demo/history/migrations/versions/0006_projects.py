"""Items that were brought in are told from those made here; projects group items, and have a link."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the column and the tables."""
    op.add_column("jobs", sa.Column("imported", sa.BigInteger))
    op.create_table(
        "projects",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("owner", sa.String(128), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_projects"),
    )
    op.create_index("ix_projects_owner", "projects", ["owner", "id"])
    op.create_table(
        "project_items",
        sa.Column("project", sa.String(26), nullable=False),
        sa.Column("job", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("project", "job", name="pk_project_items"),
        sa.ForeignKeyConstraint(
            ["project"], ["projects.id"], name="fk_project_items_project", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["job"], ["jobs.number"], name="fk_project_items_job", ondelete="CASCADE"),
        sa.UniqueConstraint("project", "position", name="uq_project_items_project"),
    )
    op.create_index("ix_project_items_job", "project_items", ["job"])
    op.create_table(
        "project_links",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("project", sa.String(26), nullable=False),
        sa.Column("show_prompt", sa.Boolean, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger),
        sa.PrimaryKeyConstraint("digest", name="pk_project_links"),
        sa.ForeignKeyConstraint(
            ["project"], ["projects.id"], name="fk_project_links_project", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("project", name="uq_project_links_project"),
    )


def downgrade() -> None:
    """Take it all away again."""
    for name in ("project_links", "project_items", "projects"):
        op.drop_table(name)
    with op.batch_alter_table("jobs") as batch:
        batch.drop_column("imported")
