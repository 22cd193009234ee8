"""A link has a caption, and counts how often it was opened: a number, and nothing of who did."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both; links that there are begin at nought."""
    op.add_column("shares", sa.Column("caption", sa.Text, nullable=False, server_default=""))
    op.add_column("shares", sa.Column("opened", sa.BigInteger, nullable=False, server_default="0"))


def downgrade() -> None:
    """Take both away again."""
    with op.batch_alter_table("shares") as batch:
        batch.drop_column("opened")
        batch.drop_column("caption")
