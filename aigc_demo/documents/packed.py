"""Files that are zips of XML (DOCX, XLSX): members up to a size, XML that declares nothing.

Knows bombs: what a member unpacks to is bounded while it is read, whatever the directory says.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree as ET

from aigc_demo.documents.errors import refused

MOST_UNPACKED = 30_000_000
MOST_MEMBERS = 5_000
_DECLARES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive; UserError where it is none, or may hold more than is read."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS or sum(one.file_size for one in members) > MOST_UNPACKED:
                raise refused("too_large")
            yield archive
    except (zipfile.BadZipFile, OSError, ValueError, KeyError, RuntimeError, EOFError, zlib.error) as error:
        raise refused("damaged") from error


def xml(archive: zipfile.ZipFile, name: str) -> ET.Element:
    """A member as a tree; KeyError without it, UserError where it is damaged, large or declares entities."""
    with archive.open(name) as member:
        data = member.read(MOST_UNPACKED + 1)
    if len(data) > MOST_UNPACKED:
        raise refused("too_large")
    if _DECLARES.search(data.replace(b"\0", b"")):
        raise refused("damaged")
    try:
        return ET.fromstring(data)  # noqa: S314 - it declares nothing
    except ET.ParseError as error:
        raise refused("damaged") from error
