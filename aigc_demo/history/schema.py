"""The tables of the history, as SQLAlchemy Core sees them.

Knows columns, keys and indexes, for SQLite and PostgreSQL alike. Knows no query. A change here
needs a migration beside it; a test holds the two equal. The full-text index over ``words``, SQLite's own or
a table of PostgreSQL's, is made by the migrations and spoken to by ``search``.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

HEAD = "0008"
"""The newest migration; a database that says so needs none."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""On SQLite an INTEGER primary key is the row's own address, the cheapest key there is."""

jobs = Table(
    "jobs",
    metadata,
    Column("number", _NUMBER, primary_key=True, autoincrement=False),  # the id's time part: newest is highest
    Column("id", String(26), nullable=False, unique=True),
    Column("owner", String(128), nullable=False),
    Column("task", String(64), nullable=False),
    Column("model", String(128), nullable=False),
    Column("status", String(16), nullable=False),
    Column("params", JSON, nullable=False),
    Column("language", String(8), nullable=False),
    Column("created", BigInteger, nullable=False),  # all times: microseconds since 1970, UTC
    Column("started", BigInteger),
    Column("finished", BigInteger),
    Column("seconds", Float),
    Column("load_seconds", Float),
    Column("attempts", Integer, nullable=False),
    Column("problem", JSON(none_as_null=True)),
    Column("reference", String(64)),
    Column("title", Text, nullable=False),
    Column("titled", Boolean, nullable=False, server_default=false()),  # by its owner
    Column("starred", Boolean, nullable=False),
    Column("parent", String(26)),
    Column(
        "imported", BigInteger
    ),  # bytes of the files of an item that was brought in; null for what was made here
    Column("deleted", BigInteger),  # when; 0 once removal has begun and nothing can bring it back
    CheckConstraint(
        "status IN ('queued', 'loading', 'running', 'done', 'failed', 'cancelled')", name="status"
    ),
    Index("ix_jobs_owner", "owner", "number"),
    Index("ix_jobs_owner_task", "owner", "task", "number"),
    Index("ix_jobs_owner_status", "owner", "status", "number"),
    Index("ix_jobs_status", "status", "number"),
    Index("ix_jobs_owner_starred", "owner", "starred", "number"),
    Index(
        "ix_jobs_deleted",
        "deleted",
        sqlite_where=text("deleted IS NOT NULL"),
        postgresql_where=text("deleted IS NOT NULL"),
    ),
)

outputs = Table(
    "outputs",
    metadata,
    Column("job", _NUMBER, ForeignKey("jobs.number", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("name", String(100), nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("text", Text),
    Column("meta", JSON, nullable=False),
    UniqueConstraint("job", "name"),
)

words = Table(
    "words",
    metadata,
    Column(
        "job", _NUMBER, ForeignKey("jobs.number", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("owner", String(32), nullable=False),  # one token that stands for the owner
    Column("body", Text, nullable=False),
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("owner", String(128), nullable=False),
    Column("name", Text, nullable=False),  # as the visitor named it: shown, never part of a path
    Column("stored", String(100), nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("state", String(16), nullable=False, server_default="kept"),  # arriving, kept, leaving
    Index("ix_uploads_owner", "owner", "id"),
)

uses = Table(
    "uses",
    metadata,
    Column("upload", String(26), ForeignKey("uploads.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "job", _NUMBER, ForeignKey("jobs.number", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Index("ix_uses_job", "job"),
)

shares = Table(
    "shares",
    metadata,
    Column("digest", String(64), primary_key=True),  # sha256 of the token: the lookup leaks no prefix of it
    Column("token", String(64), nullable=False),
    Column("job", _NUMBER, ForeignKey("jobs.number", ondelete="CASCADE"), nullable=False, unique=True),
    Column("show_prompt", Boolean, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger),
    Column("caption", Text, nullable=False, server_default=""),
    Column("opened", BigInteger, nullable=False, server_default="0"),
)

projects = Table(
    "projects",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("owner", String(128), nullable=False),
    Column("name", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Index("ix_projects_owner", "owner", "id"),
)

project_items = Table(
    "project_items",
    metadata,
    Column("project", String(26), ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "job", _NUMBER, ForeignKey("jobs.number", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("position", Integer, nullable=False),  # in the order of adding; stays when others go
    UniqueConstraint("project", "position"),
    Index("ix_project_items_job", "job"),
)

project_links = Table(
    "project_links",
    metadata,
    Column("digest", String(64), primary_key=True),  # as of a share
    Column("token", String(64), nullable=False),
    Column("project", String(26), ForeignKey("projects.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("show_prompt", Boolean, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("owner", String(128), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),  # sha256: the token itself is kept nowhere
    Column("name", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("used", BigInteger),
    Index("ix_tokens_owner", "owner", "id"),
)

class_rooms = Table(
    "class_rooms",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("code", String(16), nullable=False, unique=True),  # by which pupils come in
    Column("digest", String(64), nullable=False, unique=True),  # as of a share: of the teacher's secret
    Column("token", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("state", JSON, nullable=False),
)

class_teachers = Table(
    "class_teachers",
    metadata,
    Column("room", String(26), ForeignKey("class_rooms.id", ondelete="CASCADE"), primary_key=True),
    Column("visitor", String(64), primary_key=True),  # digest of who opened the room, or has its secret
)

class_seats = Table(
    "class_seats",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("room", String(26), ForeignKey("class_rooms.id", ondelete="CASCADE"), nullable=False),
    Column("owner", String(128), nullable=False),  # of this seat's jobs: nobody's cookie
    Column("token", String(64), nullable=False),  # by which another device takes the seat, and its work home
    Column("name", Text, nullable=False),
    Column("animal", String(32), nullable=False),
    Column("removed", Boolean, nullable=False, server_default=false()),
    Index("ix_class_seats_room", "room", "id"),
)

class_devices = Table(
    "class_devices",
    metadata,
    Column("room", String(26), ForeignKey("class_rooms.id", ondelete="CASCADE"), primary_key=True),
    Column("visitor", String(64), primary_key=True),
    Column("seat", String(26), ForeignKey("class_seats.id", ondelete="CASCADE"), nullable=False),
)

class_rounds = Table(
    "class_rounds",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("room", String(26), ForeignKey("class_rooms.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("content", JSON, nullable=False),
    Index("ix_class_rounds_room", "room", "id"),
)

class_results = Table(
    "class_results",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("room", String(26), ForeignKey("class_rooms.id", ondelete="CASCADE"), nullable=False),
    Column("round", String(26), ForeignKey("class_rounds.id", ondelete="CASCADE"), nullable=False),
    Column("seat", String(26), ForeignKey("class_seats.id", ondelete="CASCADE"), nullable=False),
    Column("job", String(26), nullable=False),  # of several that asked for exactly the same one has it made
    Column("same", String(64), nullable=False),  # digest of what was asked for
    Column("state", String(16), nullable=False),
    Index("ix_class_results_room", "room", "id"),
)

class_answers = Table(
    "class_answers",
    metadata,
    Column("round", String(26), ForeignKey("class_rounds.id", ondelete="CASCADE"), primary_key=True),
    Column("seat", String(26), ForeignKey("class_seats.id", ondelete="CASCADE"), primary_key=True),
    Column("room", String(26), ForeignKey("class_rooms.id", ondelete="CASCADE"), nullable=False),
    Column("answer", JSON, nullable=False),
    Column("created", BigInteger, nullable=False),
    Index("ix_class_answers_room", "room"),
)

health = Table(
    "health",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
