"""Projects: named groups of a visitor's items, across tasks, each with at most one link for anyone.

Knows the tables of projects and what of one a link shows: the items that are still there, each as a share
of its own would show it. Knows nothing of pages. All methods may be called from any thread.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from aigc_demo.history import records, rows, sharing
from aigc_demo.history.errors import not_found
from aigc_demo.history.ids import is_id, new_token, number_of
from aigc_demo.history.schema import jobs, project_items, project_links, projects
from aigc_demo.types import FINAL, Job, UserError

T = TypeVar("T")

MOST_ITEMS = 500
"""Of one project."""
MOST_PROJECTS = 200
"""Of one visitor."""
MOST_NAME = 200


@dataclass(frozen=True)
class ProjectLink:
    """A link to a project: who has ``token`` may read it, until it ``expires`` or is taken back."""

    token: str
    show_prompt: bool
    created: datetime
    expires: datetime | None = None


@dataclass(frozen=True)
class Project:
    """A group of items. ``items`` are those in sight, with the place that each got when it was added."""

    id: str
    name: str
    created: datetime
    items: tuple[tuple[int, Job], ...] = ()
    count: int = 0
    link: ProjectLink | None = None


class Projects:
    """Every visitor's projects, of one store.

    Args:
        write: runs work in the writer's next transaction and gives back what it returns.
        reading: one consistent look at the database.
        new_id: makes ids.
    """

    def __init__(
        self,
        write: Callable[[Callable[[Connection], Any]], Any],
        reading: Callable[[], AbstractContextManager[Connection]],
        new_id: Callable[[], str],
    ) -> None:
        self._writing = write
        self._reading = reading
        self._new_id = new_id

    def _write(self, work: Callable[[Connection], T]) -> T:
        result: T = self._writing(work)
        return result

    def make(self, owner: str, name: str, job_ids: Sequence[str] = ()) -> Project:
        """A new project of the owner's items.

        Raises UserError 404 if one is not there or not the owner's, 409 ``too_many_projects``, 422 as
        :meth:`change`.
        """
        project_id = self._new_id()
        row = {"id": project_id, "owner": owner, "name": _name(name), "created": rows.now()}

        def work(connection: Connection) -> Project:
            mine = select(func.count()).select_from(projects).where(projects.c.owner == owner)
            if (connection.scalar(mine) or 0) >= MOST_PROJECTS:
                raise UserError(
                    "too_many_projects", "error.too_many_projects", status=409, limit=MOST_PROJECTS
                )
            connection.execute(insert(projects).values(row))
            _add(connection, owner, project_id, job_ids)
            return _whole(connection, owner, project_id)

        return self._write(work)

    def mine(self, owner: str) -> tuple[Project, ...]:
        """The owner's projects, newest first, without their items."""
        with self._reading() as connection:
            found = connection.execute(
                select(projects.c.id).where(projects.c.owner == owner).order_by(projects.c.id.desc())
            )
            return tuple(_project(connection, _row(connection, owner, row.id)) for row in found.all())

    def get(self, owner: str, project_id: str) -> Project:
        """The owner's project with its items; the one 404 for another's and for none."""
        with self._reading() as connection:
            return _whole(connection, owner, project_id)

    def change(
        self,
        owner: str,
        project_id: str,
        *,
        name: str | None = None,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
    ) -> Project:
        """Rename a project, add items at its end, take items out of it.

        Raises UserError 404 if anything named is not the owner's, 422 for a name that is too long, 409
        ``too_many_in_project``.
        """

        def work(connection: Connection) -> Project:
            _row(connection, owner, project_id)
            if name is not None:
                renamed = update(projects).where(projects.c.id == project_id).values(name=_name(name))
                connection.execute(renamed)
            numbers = [number_of(job_id) for job_id in remove if is_id(job_id)]
            here = project_items.c.project == project_id, project_items.c.job.in_(numbers)
            connection.execute(delete(project_items).where(*here))
            _add(connection, owner, project_id, add)
            return _whole(connection, owner, project_id)

        return self._write(work)

    def delete(self, owner: str, project_id: str) -> None:
        """Take a project and its link away; its items stay."""

        def work(connection: Connection) -> None:
            _row(connection, owner, project_id)
            _erase(connection, [project_id])

        self._write(work)

    # -- links ------------------------------------------------------------------------------------

    def share(
        self, owner: str, project_id: str, *, show_prompt: bool, expires: datetime | None = None
    ) -> ProjectLink:
        """Make the project's link, or change the one it has: a link that was passed on keeps working."""
        values: dict[str, Any] = {
            "show_prompt": show_prompt,
            "expires": None if expires is None else rows.micros(expires),
        }

        def work(connection: Connection) -> ProjectLink:
            _row(connection, owner, project_id)
            here = project_links.c.project == project_id
            if connection.execute(update(project_links).where(here).values(values)).rowcount == 0:
                token = new_token()
                made = {"digest": sharing.digest(token), "token": token, "project": project_id}
                connection.execute(insert(project_links).values(values | made | {"created": rows.now()}))
            return _link(connection.execute(select(project_links).where(here)).one())

        return self._write(work)

    def unshare(self, owner: str, project_id: str) -> None:
        """End the link at once; nothing happens where there is none."""

        def work(connection: Connection) -> None:
            _row(connection, owner, project_id)
            connection.execute(delete(project_links).where(project_links.c.project == project_id))

        self._write(work)

    def by_token(self, token: object) -> tuple[Project, ProjectLink]:
        """What a link opens, for the server; the one 404 for unknown, ended and expired."""
        if not isinstance(token, str) or not 0 < len(token) <= sharing.LONGEST_TOKEN:
            raise not_found()
        with self._reading() as connection:
            row = connection.execute(
                select(project_links, projects.c.owner)
                .join(projects, projects.c.id == project_links.c.project)
                .where(project_links.c.digest == sharing.digest(token))
            ).one_or_none()
            if row is None or not hmac.compare_digest(row.token.encode(), token.encode("utf-8", "replace")):
                raise not_found()
            if row.expires is not None and row.expires <= rows.now():
                raise not_found()
            return _whole(connection, row.owner, row.project), _link(row)


def forget(connection: Connection, owner: str) -> None:
    """Take all of the owner's away."""
    _erase(connection, list(connection.scalars(select(projects.c.id).where(projects.c.owner == owner))))


def _erase(connection: Connection, ids: Sequence[str]) -> None:
    for table in (project_links, project_items):
        connection.execute(delete(table).where(table.c.project.in_(ids)))
    connection.execute(delete(projects).where(projects.c.id.in_(ids)))


def _name(name: str) -> str:
    if len(name) > MOST_NAME:
        raise UserError("title_too_long", "error.title_too_long", status=422, field="name", limit=MOST_NAME)
    shown = rows.one_line(rows.storable(name))
    if not shown:
        raise UserError("no_name", "error.no_name", status=422, field="name")
    return shown


def _add(connection: Connection, owner: str, project_id: str, job_ids: Sequence[str]) -> None:
    """Each item once, behind those that are there."""
    wanted = list(dict.fromkeys(job_ids))
    numbers = [number_of(records.fetch(connection, owner, job_id).id) for job_id in wanted]
    here = project_items.c.project == project_id
    there = set(connection.scalars(select(project_items.c.job).where(here)))
    last = connection.scalar(select(func.max(project_items.c.position)).where(here)) or 0
    new = [number for number in numbers if number not in there]
    if len(there) + len(new) > MOST_ITEMS:
        raise UserError("too_many_in_project", "error.too_many_in_project", status=409, limit=MOST_ITEMS)
    added = [
        {"project": project_id, "job": number, "position": place}
        for place, number in enumerate(new, last + 1)
    ]
    if added:
        connection.execute(insert(project_items), added)


def _row(connection: Connection, owner: str, project_id: str) -> Row[Any]:
    """The owner's project, or the one 404."""
    mine = select(projects).where(projects.c.owner == owner, projects.c.id == project_id)
    row = connection.execute(mine).one_or_none() if is_id(project_id) else None
    if row is None:
        raise not_found()
    return row


def _shown(project_id: str) -> Any:
    """Its items in sight, in order."""
    return (
        select(project_items.c.position, jobs.c.id)
        .join(jobs, jobs.c.number == project_items.c.job)
        .where(
            project_items.c.project == project_id,
            jobs.c.deleted.is_(None),
            jobs.c.status.in_(sorted(FINAL)),
        )
        .order_by(project_items.c.position)
    )


def _project(connection: Connection, row: Row[Any]) -> Project:
    link = connection.execute(select(project_links).where(project_links.c.project == row.id)).one_or_none()
    count = connection.scalar(select(func.count()).select_from(_shown(row.id).subquery())) or 0
    made = rows.moment(row.created)
    return Project(row.id, row.name, made, count=count, link=None if link is None else _link(link))


def _whole(connection: Connection, owner: str, project_id: str) -> Project:
    found = _project(connection, _row(connection, owner, project_id))
    places = connection.execute(_shown(project_id)).all()
    items = tuple((row.position, records.fetch(connection, owner, row.id)) for row in places)
    return Project(found.id, found.name, found.created, items, found.count, found.link)


def _link(row: Row[Any]) -> ProjectLink:
    expires = None if row.expires is None else rows.moment(row.expires)
    return ProjectLink(row.token, row.show_prompt, rows.moment(row.created), expires)
