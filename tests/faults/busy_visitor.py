"""A visitor who never rests, and remembers what the server acknowledged and what it left open.

Knows the HTTP contract. Knows nothing of kills: a connection that breaks ends the work.
"""

from __future__ import annotations

import io
import random
from dataclasses import dataclass, field

import httpx
from PIL import Image

from tests.faults.running_server import RunningServer, Visitor


@dataclass
class Item:
    """What was acknowledged of one item."""

    title: str
    starred: bool = False
    deleted: bool = False
    link: str | None = None
    ended_links: list[str] = field(default_factory=list)


class BusyVisitor:
    """Makes, renames, stars, shares, deletes and brings things, one after the other.

    ``items`` and ``uploads`` (id to whether it is kept) hold what was acknowledged. ``open`` is the id that
    the last, unanswered request was about: what it was to change may have happened or not.
    """

    def __init__(self, server: RunningServer, name: str) -> None:
        self.visitor = Visitor(server)
        self.http = self.visitor.http
        self.name = name
        self.items: dict[str, Item] = {}
        self.uploads: dict[str, bool] = {}
        self.open: str | None = None
        self.acknowledged = 0
        self._chance = random.Random(name)
        self._count = 0

    def work(self) -> None:
        """Go on until the connection breaks."""
        verbs = [
            self._make,
            self._rename,
            self._star,
            self._share,
            self._unshare,
            self._delete,
            self._restore,
        ]
        verbs += [self._upload, self._upload, self._remove_upload]
        while True:
            self.open = None
            try:
                self._chance.choice(verbs)()
            except httpx.TransportError:
                return

    def _some(self, *, deleted: bool = False) -> str | None:
        found = [item_id for item_id, item in self.items.items() if item.deleted == deleted]
        self.open = self._chance.choice(found) if found else None
        return self.open

    def _ask(self, method: str, path: str, **body: object) -> httpx.Response | None:
        """The answer, if it is an acknowledgement; it must at least be a whole sentence."""
        answer = self.http.request(method, path, **body)  # type: ignore[arg-type]
        assert answer.status_code < 500 or answer.json()["error"]["message"], answer.text
        if not answer.is_success:
            return None
        self.acknowledged += 1
        return answer

    def _make(self) -> None:
        self._count += 1
        title = f"{self.name} {self._count}"
        params = {"prompt": title, "max_new_tokens": 2}
        answer = self._ask(
            "POST", "/api/jobs", json={"task": "text", "model": "debug-text", "params": params}
        )
        if answer is not None:
            self.items[answer.json()["id"]] = Item(title)

    def _rename(self) -> None:
        if (item_id := self._some()) is not None:
            self._count += 1
            title = f"{self.name} renamed {self._count}"
            if self._ask("PATCH", f"/api/history/{item_id}", json={"title": title}):
                self.items[item_id].title = title

    def _star(self) -> None:
        if (item_id := self._some()) is not None:
            starred = not self.items[item_id].starred
            if self._ask("PATCH", f"/api/history/{item_id}", json={"starred": starred}):
                self.items[item_id].starred = starred

    def _share(self) -> None:
        if (item_id := self._some()) is not None:
            answer = self._ask("POST", f"/api/history/{item_id}/share", json={"show_prompt": True})
            if answer is not None:
                self.items[item_id].link = answer.json()["token"]

    def _unshare(self) -> None:
        if (item_id := self._some()) is not None and self._ask("DELETE", f"/api/history/{item_id}/share"):
            self._end_link(self.items[item_id])

    def _delete(self) -> None:
        if (item_id := self._some()) is not None and self._ask("DELETE", f"/api/history/{item_id}"):
            self.items[item_id].deleted = True
            self._end_link(self.items[item_id])

    def _restore(self) -> None:
        item_id = self._some(deleted=True)
        if item_id is not None and self._ask("POST", f"/api/history/{item_id}/restore"):
            self.items[item_id].deleted = False

    def _upload(self) -> None:
        buffer = io.BytesIO()
        Image.new("RGB", (64, 64), (self._chance.randrange(256), 9, 9)).save(buffer, "PNG")
        answer = self._ask("POST", "/api/uploads", files={"file": (f"{self.name}.png", buffer.getvalue())})
        if answer is not None:
            self.uploads[answer.json()["id"]] = True

    def _remove_upload(self) -> None:
        kept = [upload_id for upload_id, is_kept in self.uploads.items() if is_kept]
        if kept:
            self.open = self._chance.choice(kept)
            if self._ask("DELETE", f"/api/uploads/{self.open}"):
                self.uploads[self.open] = False

    @staticmethod
    def _end_link(item: Item) -> None:
        if item.link is not None:
            item.ended_links.append(item.link)
            item.link = None

    # -- what is left -----------------------------------------------------------------------------

    def lost(self, uploads_kept: set[str]) -> list[str]:
        """What was acknowledged and is not so any more; the one thing left open is taken as it is now."""
        wrong = []
        for item_id, item in self.items.items():
            if item_id == self.open:
                self._take_as_it_is(item_id, item)
            else:
                wrong += [f"{self.name}: {item_id} {what}" for what in self._differences(item_id, item)]
        for upload_id, kept in self.uploads.items():
            if upload_id == self.open:
                self.uploads[upload_id] = upload_id in uploads_kept
            elif kept != (upload_id in uploads_kept):
                wrong.append(f"{self.name}: upload {upload_id} is {'lost' if kept else 'still there'}")
        return wrong

    def _differences(self, item_id: str, item: Item) -> list[str]:
        answer = self.http.get(f"/api/history/{item_id}")
        if item.deleted or answer.status_code != 200:
            return [] if item.deleted and answer.status_code == 404 else [f"answered {answer.status_code}"]
        now = answer.json()
        found = [name for name in ("title", "starred") if now[name] != getattr(item, name)]
        if item.link is not None and self.http.get(f"/r/{item.link}").status_code != 200:
            found.append("its link does not open")
        if any(
            self.http.get(f"/r/{link}").status_code == 200 for link in item.ended_links if link != item.link
        ):
            found.append("an ended link opens")
        return found

    def _take_as_it_is(self, item_id: str, item: Item) -> None:
        answer = self.http.get(f"/api/history/{item_id}")
        item.deleted = answer.status_code == 404
        if not item.deleted:
            item.title, item.starred = answer.json()["title"], answer.json()["starred"]
        if item.link is not None and self.http.get(f"/r/{item.link}").status_code != 200:
            self._end_link(item)
