"""Finding jobs by what was asked and made, in Chinese as in English.

Knows how text becomes searchable words: folded to one form, and one space between Chinese (and
Japanese, Korean) characters, so that any one to four of them in a row are a phrase of SQLite's
ordinary full-text index; PostgreSQL is given the entries of ``grams`` and finds the same. Knows nothing of
jobs beyond their number.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, delete, insert, select, text
from sqlalchemy.exc import OperationalError

from aigc_demo.history import grams
from aigc_demo.history.grams import EACH_CJK
from aigc_demo.history.schema import jobs, words
from aigc_demo.letters import one_form
from aigc_demo.types import UserError

_ADD = insert(words)
_MOST_INDEXED = 20_000
_LONGEST_QUERY = 200
_MOST_TERMS = 12
_SECONDS = 2.0
_PAGES_AT_ONCE = 500
_AT_ONCE = 500
"""Jobs that one statement names."""

VOCABULARY = "CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab('main', 'search', 'instance')"
"""The words of the index in order, as each reading connection sees them; it keeps nothing itself."""

_PREFIX_INDEXED = 3
"""Beginnings up to this long have lists of their own in the index (`prefix` in its migration)."""
_MOST_ENDINGS = 50

_LITERAL = re.compile(r"([!%_])")
_ONLY_INDEXED = re.compile(r"[^\W_]++(?: [^\W_]++)*+")
"""Text of letters and digits alone: the index sees all of it."""


_INDEX = text(
    "INSERT INTO search(job, entries, words)"
    " VALUES (:job, array_to_tsvector(CAST(:entries AS text[])), :words)"
)
_UNINDEX = text("DELETE FROM search WHERE job = ANY(CAST(:jobs AS bigint[]))")
_SOME = text("SELECT job, owner, body FROM words WHERE job > :last ORDER BY job LIMIT :most")

_LAST_WORD = re.compile(r"(?<![^\W_])(?<![^\x00-\x7f])([^\W_]+)[!-/:-@\[-`{-~]*\Z")
"""The last word, where we and the index surely part words alike: at ASCII's own signs and blanks."""

_ENDINGS = text("""WITH RECURSIVE next(term) AS (
SELECT (SELECT term FROM vocabulary WHERE term >= :start ORDER BY term LIMIT 1)
UNION ALL
SELECT (SELECT term FROM vocabulary WHERE term >= next.term || char(1) ORDER BY term LIMIT 1)
FROM next WHERE term < :end)
SELECT term FROM next WHERE term < :end LIMIT :most""")
"""From each word straight to the next one: a scan would pass every place where a word stands."""


def fold(source: str) -> str:
    """``source`` as the index and the queries see it: one form of each letter, CJK spaced out."""
    clean = source.replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")
    folded = one_form(one_form(clean).casefold())
    return " ".join(EACH_CJK.sub(r" \1 ", folded).split())


def owner_token(owner: str) -> str:
    """One word that stands for the owner inside the index, where every query asks for it."""
    return "o" + hashlib.sha256(owner.encode()).hexdigest()[:30]


def remember(connection: Connection, number: int, owner: str, *texts: str) -> None:
    """Make job ``number`` findable by ``texts``, in place of what it was findable by."""
    if indexed(connection, number) != _body(texts):
        forget(connection, [number])
        add(connection, number, owner, *texts)


def add(connection: Connection, number: int, owner: str, *texts: str) -> None:
    """Make the new job ``number`` findable by ``texts``."""
    _put(connection, number, owner, _body(texts))


def give(connection: Connection, bodies: Mapping[int, str], owner: str) -> None:
    """Make jobs another owner's, by number, with the very words that the index holds of each."""
    everything = iter(bodies.items())
    while some := list(islice(everything, _AT_ONCE)):
        forget(connection, [number for number, _ in some])
        for number, body in some:
            _put(connection, number, owner, body)


def _put(connection: Connection, number: int, owner: str, body: str) -> None:
    put(connection, [{"job": number, "owner": owner_token(owner), "body": body}])


def put(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Index new jobs by rows of ``words``, whose text is folded and whose owner is the token."""
    connection.execute(_ADD, rows)
    if connection.dialect.name == "sqlite":
        statement = "INSERT INTO search(rowid, owner, body) VALUES (?, ?, ?)"
        connection.exec_driver_sql(statement, [(row["job"], row["owner"], row["body"]) for row in rows])
    else:
        connection.execute(_INDEX, [_entries(row["job"], row["owner"], row["body"]) for row in rows])


def _entries(number: int, owner: str, body: str) -> dict[str, Any]:
    """A row of PostgreSQL's index."""
    found = [grams.owner_entry(owner), *grams.entries(body)]
    return {"job": number, "entries": found, "words": grams.in_a_row(body)}


def fill(connection: Connection) -> None:
    """Index on PostgreSQL what ``words`` holds already."""
    last = -1
    while some := connection.execute(_SOME, {"last": last, "most": _AT_ONCE}).all():
        connection.execute(_INDEX, [_entries(*row) for row in some])
        last = some[-1][0]


def _body(texts: Iterable[str]) -> str:
    return fold("\n".join(part[:_MOST_INDEXED] for part in texts if part))


def forget(connection: Connection, numbers: Sequence[int]) -> None:
    """Take these jobs out of the index, which must be told the very words that were put in."""
    if connection.dialect.name == "sqlite":
        known = connection.execute(select(words).where(words.c.job.in_(numbers))).all()
        for row in known:
            connection.exec_driver_sql(
                "INSERT INTO search(search, rowid, owner, body) VALUES ('delete', ?, ?, ?)", tuple(row)
            )
    else:
        connection.execute(_UNINDEX, {"jobs": list(numbers)})
    connection.execute(delete(words).where(words.c.job.in_(numbers)))


def scrub(connection: Connection, *, first: bool) -> bool:
    """Rewrite a part of the index without what was taken out of it; whether there is more to do.

    Its bytes are gone once it is all rewritten. In parts, so that other visitors' writes come between.
    """
    if connection.dialect.name != "sqlite":
        return False
    raw: Any = connection.connection.driver_connection
    before = raw.total_changes
    pages = -_PAGES_AT_ONCE if first else _PAGES_AT_ONCE  # negative: begin a merge of everything
    connection.exec_driver_sql("INSERT INTO search(search, rank) VALUES ('merge', ?)", (pages,))
    return bool(raw.total_changes - before >= 2)  # SQLite's own sign that it was not the last


def find(
    connection: Connection, owner: str, query: str, *, before: int | None, limit: int, **wanted: Any
) -> list[int]:
    """Numbers of the owner's jobs that hold every term of ``query``, newest first.

    ``wanted`` are further conditions of the jobs table, by column: its value, or several that may be (None is
    no condition).
    Terms are parted by spaces; whatever they hold is literal. A term matches where a word begins.
    Raises UserError ``search_slow`` after two seconds.
    """
    terms = [fold(term) for term in query[:_LONGEST_QUERY].split()[:_MOST_TERMS]]
    terms = [term for term in terms if term]
    conditions = {
        name: value if isinstance(value, tuple) else (value,)
        for name, value in wanted.items()
        if value is not None
    }
    if connection.dialect.name == "sqlite":
        statement, values = _full_text(connection, owner, terms, conditions)
    else:
        statement, values = _server_text(owner, terms, conditions)
    values |= {"owner": owner, "before": 2**62 if before is None else before, "limit": limit}
    bound = {f"{name}{n}": one for name, several in conditions.items() for n, one in enumerate(several)}
    return _bounded(connection, statement, values | bound)


_FULL_TEXT = """SELECT jobs.number FROM search
CROSS JOIN jobs ON jobs.number = search.rowid CROSS JOIN words ON words.job = search.rowid
WHERE search MATCH :match AND search.rowid < :before AND jobs.owner = :owner AND jobs.deleted IS NULL"""
"""The index yields matches newest first and stops at the limit; jobs are looked up one by one."""

_SERVER_TEXT = """SELECT jobs.number FROM search
JOIN jobs ON jobs.number = search.job JOIN words ON words.job = search.job
WHERE search.entries @@ CAST(:match AS tsquery) AND search.job < :before
AND jobs.owner = :owner AND jobs.deleted IS NULL"""
"""On PostgreSQL: the index yields what holds every entry, unordered; patterns settle what is in a row."""


def _full_text(
    connection: Connection, owner: str, terms: list[str], conditions: Mapping[str, tuple[Any, ...]]
) -> tuple[str, dict[str, Any]]:
    """A term with signs that the index drops (C++, 100%, an emoji) is looked for in the text as well."""
    match = [f'owner : "{owner_token(owner)}"']
    match += [_phrase(connection, term) for term in terms if any(char.isalnum() for char in term)]
    like, values = _likes(term for term in terms if not _ONLY_INDEXED.fullmatch(term))
    order = " ORDER BY search.rowid DESC LIMIT :limit"
    return _FULL_TEXT + _among(conditions) + like + order, values | {"match": " AND ".join(match)}


def _server_text(
    owner: str, terms: list[str], conditions: Mapping[str, tuple[Any, ...]]
) -> tuple[str, dict[str, Any]]:
    asked = [found for term in terms if (found := grams.wanted(term))]
    match = [grams.quoted(grams.owner_entry(owner_token(owner))), *(one.match for one in asked)]
    rows = {f"row{n}": one.pattern for n, one in enumerate(asked) if one.pattern is not None}
    like, values = _likes(term for term in terms if not _ONLY_INDEXED.fullmatch(term))
    like += "".join(f" AND search.words LIKE :{name}" for name in rows)
    order = " ORDER BY jobs.number DESC LIMIT :limit"
    values |= rows | {"match": grams.all_of(match)}
    return _SERVER_TEXT + _among(conditions) + like + order, values


def _among(conditions: Mapping[str, tuple[Any, ...]]) -> str:
    known = {column.name for column in jobs.columns}
    if not known.issuperset(conditions):
        raise ValueError(f"no such columns: {sorted(set(conditions) - known)}")
    places = {
        name: ", ".join(f":{name}{n}" for n in range(len(several))) for name, several in conditions.items()
    }
    return "".join(f" AND jobs.{name} IN ({names})" for name, names in places.items())


def _likes(terms: Iterable[str]) -> tuple[str, dict[str, Any]]:
    patterns = {f"like{index}": f"%{_escaped(term)}%" for index, term in enumerate(terms)}
    return "".join(f" AND words.body LIKE :{name} ESCAPE '!'" for name in patterns), patterns


def _phrase(connection: Connection, term: str) -> str:
    """The words of ``term`` in a row; the last may go on, unless it is one whole Chinese character.

    For a beginning with no list of its own the index would first gather every row of every word that
    goes on so. The few such words are named instead: each has a list that is read newest first, and
    only as far as the page needs.
    """
    if EACH_CJK.match(term[-1]):
        return f"body : {_quoted(term)}"
    if (found := _LAST_WORD.search(term)) and len(found[1]) > _PREFIX_INDEXED:
        words_so = _words_beginning(connection, found[1])
        if 0 < len(words_so) <= _MOST_ENDINGS:
            phrases = (_quoted(term[: found.start()] + word) for word in words_so)
            return f"body : ({' OR '.join(phrases)})"
    return f"body : {_quoted(term)}*"


def _words_beginning(connection: Connection, start: str) -> list[str]:
    """Words of the index that begin with ``start``: up to one more than are named.

    None are found where the index keeps a letter in another form (é as e): then its own way is right.
    """
    values = {"start": start, "end": start + "\U0010ffff", "most": _MOST_ENDINGS + 1}
    return list(connection.scalars(_ENDINGS, values))


def _quoted(term: str) -> str:
    return '"' + term.replace('"', '""') + '"'


def _escaped(term: str) -> str:
    return _LITERAL.sub(r"!\1", term)


def _bounded(connection: Connection, statement: str, values: Mapping[str, Any]) -> list[int]:
    if connection.dialect.name != "sqlite":
        return _bounded_by_server(connection, statement, values)
    raw: Any = connection.connection.driver_connection
    deadline = time.monotonic() + _SECONDS
    raw.set_progress_handler(lambda: time.monotonic() > deadline, 20_000)
    try:
        return list(connection.scalars(text(statement), values))
    except OperationalError as error:
        if "interrupted" in str(error):
            raise _slow() from None
        raise
    finally:
        raw.set_progress_handler(None, 0)


def _bounded_by_server(connection: Connection, statement: str, values: Mapping[str, Any]) -> list[int]:
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(_SECONDS * 1000)}")
    try:
        found = list(connection.scalars(text(statement), values))
    except OperationalError as error:
        if "statement timeout" in str(error):
            raise _slow() from None
        raise
    connection.exec_driver_sql("SET LOCAL statement_timeout = DEFAULT")
    return found


def _slow() -> UserError:
    return UserError("search_slow", "error.search_slow", status=503, retry_after=5)


def indexed(connection: Connection, number: int) -> str | None:
    """What job ``number`` is findable by, folded; None if it is not."""
    found: str | None = connection.scalar(select(words.c.body).where(words.c.job == number))
    return found
