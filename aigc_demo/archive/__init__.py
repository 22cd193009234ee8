"""What visitors made as a file: a zip that people can open without us, and another installation can read.

Knows the archive: ``items.jsonl``, one item a line, newest first; ``files/<item id>/<name>``;
``brought/<upload id>.<suffix>``, what items were made from; and ``index.html``, which shows all of it
offline. Knows nothing of HTTP.
"""

from aigc_demo.archive.reading import import_items
from aigc_demo.archive.writing import Selection, select, stream

__all__ = ["Selection", "import_items", "select", "stream"]
