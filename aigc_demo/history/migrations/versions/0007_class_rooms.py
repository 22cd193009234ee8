"""Class rooms: who teaches, who sits there, what was asked, made and answered."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _of(table: str, column: str, target: str) -> Any:
    name = f"fk_{table}_{column}"
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="CASCADE")


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(26), nullable=False)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "class_rooms",
        _id("id"),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("ends", sa.BigInteger, nullable=False),
        sa.Column("state", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_class_rooms"),
        sa.UniqueConstraint("code", name="uq_class_rooms_code"),
        sa.UniqueConstraint("digest", name="uq_class_rooms_digest"),
    )
    op.create_table(
        "class_teachers",
        _id("room"),
        sa.Column("visitor", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("room", "visitor", name="pk_class_teachers"),
        _of("class_teachers", "room", "class_rooms"),
    )
    op.create_table(
        "class_seats",
        _id("id"),
        _id("room"),
        sa.Column("owner", sa.String(128), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("animal", sa.String(32), nullable=False),
        sa.Column("removed", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name="pk_class_seats"),
        _of("class_seats", "room", "class_rooms"),
    )
    op.create_index("ix_class_seats_room", "class_seats", ["room", "id"])
    op.create_table(
        "class_devices",
        _id("room"),
        sa.Column("visitor", sa.String(64), nullable=False),
        _id("seat"),
        sa.PrimaryKeyConstraint("room", "visitor", name="pk_class_devices"),
        _of("class_devices", "room", "class_rooms"),
        _of("class_devices", "seat", "class_seats"),
    )
    op.create_table(
        "class_rounds",
        _id("id"),
        _id("room"),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_class_rounds"),
        _of("class_rounds", "room", "class_rooms"),
    )
    op.create_index("ix_class_rounds_room", "class_rounds", ["room", "id"])
    op.create_table(
        "class_results",
        _id("id"),
        _id("room"),
        _id("round"),
        _id("seat"),
        _id("job"),
        sa.Column("same", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_class_results"),
        _of("class_results", "room", "class_rooms"),
        _of("class_results", "round", "class_rounds"),
        _of("class_results", "seat", "class_seats"),
    )
    op.create_index("ix_class_results_room", "class_results", ["room", "id"])
    op.create_table(
        "class_answers",
        _id("round"),
        _id("seat"),
        _id("room"),
        sa.Column("answer", sa.JSON, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("round", "seat", name="pk_class_answers"),
        _of("class_answers", "round", "class_rounds"),
        _of("class_answers", "seat", "class_seats"),
        _of("class_answers", "room", "class_rooms"),
    )
    op.create_index("ix_class_answers_room", "class_answers", ["room"])


def downgrade() -> None:
    """Take it all away again."""
    names = ("answers", "results", "rounds", "devices", "seats", "teachers", "rooms")
    for name in names:
        op.drop_table(f"class_{name}")
