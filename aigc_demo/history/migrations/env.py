"""What Alembic runs: the steps, on the connection that ``database.migrate`` hands over.

Knows nothing of where the database is.
"""

from __future__ import annotations

from alembic import context

from aigc_demo.history.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
