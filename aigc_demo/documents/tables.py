"""Tables that visitors bring: rows of cells out of CSV and XLSX, as they are written there.

Knows separators and encodings. "NA", "007" and "=1+1" stay the words that they are.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from aigc_demo.documents.errors import refused
from aigc_demo.documents.packed import opened
from aigc_demo.documents.plain import decoded

Row = tuple[str, ...]

MOST_ROWS = 20_000
MOST_CELL = 10_000
"""Characters of a cell; more are cut off."""
MOST_COLUMNS = 50
SEPARATORS = ",;\t|"


def rows(path: Path) -> list[Row]:
    """The rows of a table that have anything in them, cells without the space around them.

    Raises:
        UserError: ``document_damaged``, ``document_empty``, ``document_too_many_rows``.
    """
    found = _xlsx(path) if path.suffix.lower() == ".xlsx" else _csv(decoded(path.read_bytes()))
    if not found:
        raise refused("empty")
    return found


def written(table: Iterable[Row]) -> bytes:
    """Rows as CSV that spreadsheet programs open in the right encoding, computing none of the cells."""
    sheet = io.StringIO()
    csv.writer(sheet).writerows([_harmless(cell) for cell in row] for row in table)
    return sheet.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _csv(text: str) -> list[Row]:
    separator = _separator(text)
    try:
        return _kept(csv.reader(io.StringIO(text), delimiter=separator))
    except csv.Error as error:
        raise refused("damaged") from error


def _separator(text: str) -> str:
    """The separator that cuts most of the first lines into equally many cells, and into most."""
    head = "\n".join(text.split("\n", 30)[:30])

    def worth(separator: str) -> tuple[int, int]:
        try:
            lengths = Counter(len(row) for row in csv.reader(io.StringIO(head), delimiter=separator) if row)
        except csv.Error:
            return (0, 0)
        cells, often = max(((many, often) for many, often in lengths.items() if many > 1), default=(0, 0))
        return (often, cells)

    return max(SEPARATORS, key=worth)


def _xlsx(path: Path) -> list[Row]:
    """The first sheet of a workbook, values as its program last computed them."""
    import openpyxl

    with opened(path):
        pass  # nothing is read of what would unpack to too much
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            values = book.worksheets[0].iter_rows(values_only=True)
            return _kept(["" if cell is None else str(cell) for cell in row] for row in values)
        finally:
            book.close()
    except (ValueError, KeyError, IndexError, TypeError, OSError, SyntaxError) as error:
        raise refused("damaged") from error


def _kept(table: Iterable[Iterable[str]]) -> list[Row]:
    found: list[Row] = []
    for row in table:
        cells = tuple(cell.strip()[:MOST_CELL] for cell in islice(row, MOST_COLUMNS))
        if any(cells):
            found.append(cells)
        if len(found) > MOST_ROWS:
            raise refused("too_many_rows", limit=MOST_ROWS)
    return found
