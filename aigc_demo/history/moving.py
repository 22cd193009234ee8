"""What a visitor has made goes over to the account they signed in with.

Knows which tables name an owner: by the schema, so that a new one is not forgotten. Knows nothing of cookies.
"""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from aigc_demo.history import search
from aigc_demo.history.schema import jobs, metadata, words

OWNED = tuple(table for table in metadata.sorted_tables if "owner" in table.c and table is not words)
"""Tables whose rows are somebody's."""


def move(connection: Connection, owner: str, to: str) -> int:
    """Give all that is ``owner``'s to another; how many jobs. Waiting and running ones go along."""
    moved = connection.execute(
        select(words.c.job, words.c.body)
        .join(jobs, jobs.c.number == words.c.job)
        .where(jobs.c.owner == owner)
    ).all()
    count = 0
    for table in OWNED:
        found = connection.execute(update(table).where(table.c.owner == owner).values(owner=to))
        count += found.rowcount if table is jobs else 0
    search.give(connection, {row.job: row.body for row in moved}, to)
    return count
