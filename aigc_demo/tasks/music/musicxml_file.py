"""A MusicXML file as a tree: packed or plain, in any encoding, by parts or by time.

A file that declares entities or attributes of its own is refused before it is parsed: that is how a small
file becomes a large one. Knows nothing of notes beyond how many there may be.
"""

from __future__ import annotations

import io
import re
import zipfile
from xml.etree import ElementTree as ET

from aigc_demo.tasks.music import limits
from aigc_demo.tasks.music.encodings import decoded
from aigc_demo.tasks.music.limits import refused

MAX_UNPACKED = 16_000_000
"""Bytes of the score inside a packed file."""
MAX_MEMBERS = 200
MAX_DEPTH = 50
_CONTAINER = "META-INF/container.xml"
_MAX_CONTAINER = 20_000

_DECLARES = re.compile(r"<!(?:ENTITY|ATTLIST|ELEMENT|NOTATION|\[(?!CDATA\[))")
_DECLARATION = re.compile(r"\s*+<\?xml[^>]{0,200}\?>")
_ENCODING = re.compile(r"encoding\s*+=\s*+[\"']([\w.:-]{1,40}+)")


def tree(data: bytes) -> ET.Element:
    """The score, by parts and without names' spaces. Raises UserError with a sentence of its own."""
    root = _parsed(_unpacked(data))
    if root.tag.startswith("{"):
        for element in root.iter():
            if isinstance(element.tag, str):
                element.tag = element.tag.rpartition("}")[2]
    if root.tag == "score-timewise":
        return _by_parts(root)
    if root.tag != "score-partwise":
        raise refused("file_damaged")
    return root


def _unpacked(data: bytes) -> bytes:
    """The score inside a packed file, read no further than the limit; other data as they are."""
    if not data.startswith(b"PK"):
        return data
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if len(names) > MAX_MEMBERS:
                raise refused("file_damaged")
            with archive.open(_wanted(archive, names)) as member:
                inside = member.read(MAX_UNPACKED + 1)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        raise refused("file_damaged") from error
    except Exception as error:  # the decompressors raise errors of their own
        if type(error).__module__ in ("zlib", "lzma"):
            raise refused("file_damaged") from error
        raise
    if len(inside) > MAX_UNPACKED:
        raise refused("file_too_large", limit_kb=MAX_UNPACKED // 1000)
    return inside


def _wanted(archive: zipfile.ZipFile, names: list[str]) -> str:
    """The member that the container names as the score, else the first that may be one."""
    if _CONTAINER in names:
        with archive.open(_CONTAINER) as member:
            head = member.read(_MAX_CONTAINER)
        try:
            listed = _parsed(head)
        except Exception:  # a broken list is as good as none
            listed = ET.Element("container")
        for element in listed.iter():
            path = element.get("full-path", "")
            if element.tag.rpartition("}")[2] == "rootfile" and path in names:
                return path
    found = [
        name
        for name in names
        if not name.startswith(("META-INF/", "__MACOSX/")) and name.lower().endswith((".xml", ".musicxml"))
    ]
    if not found:
        raise refused("file_damaged")
    return found[0]


def _parsed(data: bytes) -> ET.Element:
    """The tree, of a document that declares nothing and is not nested deeper than music is."""
    said = _ENCODING.search(data[:300].decode("latin-1"))
    text = decoded(data, said[1] if said else "").lstrip("\ufeff \t\r\n")
    if _DECLARES.search(text):
        raise refused("file_declares")
    limits.check_notes(text.count("<note"))
    try:
        # the declaration's encoding no longer holds: it is text by now
        declared = _DECLARATION.match(text)
        root = ET.fromstring(text[declared.end() :] if declared else text)  # noqa: S314 - it declares nothing
    except (ET.ParseError, ValueError) as error:
        raise refused("file_damaged") from error
    level, depth = [root], 0
    while level:
        level = [child for element in level for child in element]
        depth += 1
        if depth > MAX_DEPTH:
            raise refused("file_damaged")
    return root


def _by_parts(root: ET.Element) -> ET.Element:
    """A score that is ordered by time, ordered by parts."""
    score = ET.Element("score-partwise")
    parts: dict[str, ET.Element] = {}
    for child in root:
        if child.tag != "measure":
            score.append(child)
            continue
        for part in child.iterfind("part"):
            name = part.get("id", "")
            if name not in parts:
                if len(parts) >= limits.MAX_TRACKS:
                    raise refused("file_too_many_tracks", limit=limits.MAX_TRACKS)
                parts[name] = ET.SubElement(score, "part", {"id": name})
            measure = ET.SubElement(parts[name], "measure", dict(child.attrib))
            measure.extend(list(part))
    return score
