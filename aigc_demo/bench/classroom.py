"""A class: thirty and a hundred simulated phones in a room of a served app, over HTTP and event streams.

Each phone keeps cookies of its own, follows its stream and does what it is asked at the same moment as all
others; the wall follows the room. Thirty do the exercises that the app offers, by its own models; a hundred
write a poem each and vote, once while the server is killed. The phones take a part of the same processor.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from aigc_demo.bench import Figure, at_least, tell
from aigc_demo.bench.served import PATIENCE, SAMPLED, Server, lags, percentile
from aigc_demo.settings import ROOT

CLASS, SCHOOL = 30, 100
COMING = 10.0
"""Seconds within which everybody comes."""
TURNS = 3
"""Pictures that each makes, one after another, where fairness is measured."""
LINKS = {
    "poems": "task=text&model=shigpt&prompt=&form=七绝&lock=form&hide=model",
    "texts": "task=text&prompt=&length=40&temperature=0.8&lock=length,temperature&hide=model",
    "pictures": "task=image&prompt=&steps=12&lock=steps&hide=model,look,style",
}
LIMITS = {"poems": 8.0, "texts": 15.0, "pictures": 20.0}
"""Seconds from the moment that thirty ask until all is on the wall."""
_WORDS = {
    "poems": [f"{where}{what}" for where in "春江山月秋雪花雨竹云" for what in "夜色声光晓暮风影思行"],
    "texts": [f"{n} kites over the town" for n in range(1, SCHOOL + 1)],
    "pictures": [
        f"a {colour} {thing}"
        for colour in (
            "red",
            "blue",
            "green",
            "yellow",
            "black",
            "white",
            "pink",
            "orange",
            "brown",
            "purple",
        )
        for thing in ("cat", "dog", "car", "house", "bird", "tree", "boat", "apple", "fish", "star")
    ],
}


def main() -> None:
    """Measure both classes and tell."""
    with tempfile.TemporaryDirectory() as folder:
        figures = [
            *_served(Path(folder) / "class", CLASS, _thirty),
            *_served(Path(folder) / "school", SCHOOL, _hundred),
        ]
    tell(figures)


def _served(folder: Path, size: int, lesson: Callable[..., Any]) -> list[Figure]:
    """What a class of this size comes to, on a server of its own with a fresh data folder."""
    folder.mkdir()
    log = folder / "lags"
    program = [sys.executable, "-c", SAMPLED, str(log)]
    with Server(ROOT, folder / "data", folder / "cache", program=program) as server:
        figures: list[Figure] = asyncio.run(lesson(server, size, log))
    return figures


# -- two lessons ----------------------------------------------------------------------------------


async def _thirty(server: Server, size: int, log: Path) -> list[Figure]:
    """Who comes is measured, then each of the exercises, then whether turns are fair."""
    async with _Lesson(server) as lesson:
        figures = [await lesson.come(size)]
        for what in LINKS:
            seconds = await lesson.exercise(what)
            note = f"{size} {what} on the wall, from the moment that all ask"
            figures.append(_within(f"class.{what}.seconds", seconds, LIMITS[what], note))
        waits = await lesson.turns()
        note = f"Jain's index of waiting times of {size} seats, {TURNS} pictures each one after another"
        return [*figures, at_least("class.turns", _jain(waits), 0.95, note)]


async def _hundred(server: Server, size: int, log: Path) -> list[Figure]:
    """Who comes, what a seat costs, how long the wall lags behind, and votes that are counted."""
    async with _Lesson(server) as lesson:
        before, began = server.memory(), time.time()
        figures = [await lesson.come(size)]
        held = 1000 * (server.memory() - before) / size
        note = f"kilobytes of the web process for each of {size} seats that are there and follow"
        figures.append(Figure("class.seat.kB", round(held, 1), 200, "kB, at most", held <= 200, note))
        seconds = await lesson.exercise("poems")
        seen = lesson.wall_lags
        note = (
            f"{len(seen)} poems of {size} phones, made in {seconds:.1f} s, from stored to the wall; median "
        )
        note += f"{statistics.median(seen):.3f} s"
        figures.append(_within("class.wall.lag", percentile(seen), 0.5, f"99th percentile of {note}"))
        counted = await lesson.vote()
        figures.append(at_least("class.vote", counted / size, 1.0, f"{counted} of {size} at once counted"))
        late = lags(log, began, time.time())
        ms = round(1000 * percentile(late), 1)
        note = f"event loop's lag, 99th percentile of {len(late)} samples; longest {1000 * max(late):.0f} ms"
        figures.append(Figure("class.loop.ms", ms, 100, "milliseconds, at most", ms <= 100, note))
        kept, known = await lesson.killed_vote()
        note = (
            f"{known} votes acknowledged before a kill -9, all there; then every seat votes: {kept} of {size}"
        )
        return [*figures, at_least("class.vote.killed", kept / size, 1.0, note)]


def _within(name: str, seconds: float, most: float, note: str) -> Figure:
    return Figure(name, round(seconds, 3), most, "seconds, at most", seconds <= most, note)


def _jain(values: Sequence[float]) -> float:
    """Jain's index: 1 where all are equal, 1/n where one has everything."""
    return sum(values) ** 2 / (len(values) * sum(value * value for value in values))


# -- who is there ---------------------------------------------------------------------------------


class _Follower:
    """Whoever follows an address: what is known, by name, and who waits for it to change."""

    def __init__(self, client: httpx.AsyncClient, path: str) -> None:
        self.client, self.path = client, path
        self.known: dict[str, Any] = {}
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Follow from now on."""
        self._task = asyncio.get_running_loop().create_task(self._follow())

    async def until(self, there: Callable[[dict[str, Any]], bool]) -> None:
        """Return once ``there`` holds of what is known."""
        async with asyncio.timeout(PATIENCE):
            while not there(self.known):
                self._changed.clear()
                await self._changed.wait()

    async def end(self) -> None:
        """Follow no longer."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError, httpx.TransportError):
                await self._task
        await self.client.aclose()

    def changed(self, told: dict[str, Any]) -> None:
        """Take in what a message tells."""
        self.known |= told

    async def _follow(self) -> None:
        async for told in _messages(self.client, self.path):
            self.changed(told)
            self._changed.set()


async def _messages(client: httpx.AsyncClient, path: str) -> AsyncIterator[dict[str, Any]]:
    """The messages of an event stream."""
    with contextlib.suppress(httpx.TransportError):
        async with client.stream("GET", path) as answer:
            answer.raise_for_status()
            async for line in answer.aiter_lines():
                if line.startswith("data:"):
                    yield json.loads(line.removeprefix("data:"))


class _Wall(_Follower):
    """The projector: how long each result took from stored to here."""

    def __init__(self, client: httpx.AsyncClient, path: str) -> None:
        super().__init__(client, path)
        self.lags: dict[str, float] = {}
        """Seconds, by result."""

    def changed(self, told: dict[str, Any]) -> None:
        """Take in a message, and note what is new and done."""
        now = time.time()
        for name, value in told.items():
            if name.startswith("result/") and value and value["status"] == "done" and name not in self.lags:
                self.lags[name] = now - datetime.fromisoformat(value["finished"]).timestamp()
        super().changed(told)

    def done(self, round_id: str) -> int:
        """How many results of a round are there."""
        return sum(
            _is_done(value, round_id) for name, value in self.known.items() if name.startswith("result/")
        )


def _is_done(result: Any, round_id: str) -> bool:
    if result is not None and result["status"] in ("failed", "cancelled"):
        raise RuntimeError(f"A result did not come: {result.get('error', result['status'])}")
    return result is not None and result["round"] == round_id and result["status"] == "done"


class _Phone(_Follower):
    """A pupil."""

    def __init__(self, client: httpx.AsyncClient, code: str) -> None:
        super().__init__(client, f"/api/c/{code}/events")
        self.code = code

    async def join(self, after: float) -> float:
        """Come after some seconds; those from opening the page until everything is there."""
        await asyncio.sleep(after)
        began = time.perf_counter()
        (await self.client.get(f"/c/{self.code}")).raise_for_status()
        (await self.client.post(f"/api/c/{self.code}/seat", json={"name": None})).raise_for_status()
        self.begin()
        await self.until(lambda known: "me" in known)
        return time.perf_counter() - began

    async def make(self, words: str) -> float:
        """Ask for something, and wait until it is here; the seconds."""
        began = time.perf_counter()
        answer = await self.client.post(f"/api/c/{self.code}/make", json={"values": {"prompt": words}})
        answer.raise_for_status()
        name = f"result/{answer.json()['id']}"
        await self.until(lambda known: name in known and _is_done(known[name], known[name]["round"]))
        return time.perf_counter() - began

    async def vote(self, choice: int) -> bool:
        """Whether the vote was acknowledged."""
        with contextlib.suppress(httpx.TransportError):
            answer = await self.client.put(f"/api/c/{self.code}/answer", json={"answer": choice})
            return answer.status_code == httpx.codes.NO_CONTENT
        return False


class _Lesson:
    """A room with its teacher, its wall and its phones."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._verify = httpx.create_ssl_context()  # one for all: making it costs more than an exercise
        self._teacher = self._client()
        self._phones: list[_Phone] = []
        self._before: set[str] = set()

    async def __aenter__(self) -> _Lesson:
        """Open the room, and make one of each once, as a teacher does before the lesson."""
        (await self._teacher.get("/class")).raise_for_status()
        room = (await self._teacher.post("/api/class", json={"name": "7b"})).raise_for_status().json()
        self._room, self._code = room["id"], room["code"]
        self._wall = _Wall(self._client(self._teacher.cookies), f"/api/class/{self._room}/events")
        self._wall.begin()
        await self._wall.until(bool)
        first = self._phone()
        await first.join(0)
        for what, link in LINKS.items():
            await self._ask("make", {"link": link})
            await first.make(_WORDS[what][-1])
        seat = next(name.removeprefix("seat/") for name in self._wall.known if name.startswith("seat/"))
        path = f"/api/class/{self._room}/seats/{seat}"
        (await self._teacher.patch(path, json={"removed": True})).raise_for_status()
        await first.end()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Everybody goes."""
        for follower in [self._wall, *self._phones]:
            await follower.end()
        await self._teacher.aclose()

    @property
    def wall_lags(self) -> list[float]:
        """Seconds from stored to the wall, of everything that was made while all were there."""
        return [lag for name, lag in self._wall.lags.items() if name not in self._before]

    async def come(self, size: int) -> Figure:
        """So many come within :data:`COMING`; how long each waited until everything was there."""
        self._phones = [self._phone() for _ in range(size)]
        self._before = set(self._wall.lags)
        pace = COMING / size
        took = await asyncio.gather(*(phone.join(n * pace) for n, phone in enumerate(self._phones)))
        note = (
            f"{size} phones within {COMING:.0f} s, from opening the page until everything is there, median; "
        )
        return _within(
            f"class.join.{size}", statistics.median(took), 1.0, note + f"longest {max(took):.2f} s"
        )

    async def exercise(self, what: str) -> float:
        """All ask at once; seconds until everything is on the wall."""
        round_id = await self._ask("make", {"link": LINKS[what]})
        began = time.perf_counter()
        waits = [phone.make(words) for phone, words in zip(self._phones, _WORDS[what], strict=False)]
        seconds, *_ = await asyncio.gather(self._all_seen(round_id, began), *waits)
        return seconds

    async def _all_seen(self, round_id: str, began: float) -> float:
        """Seconds until the wall has a result of every phone."""
        await self._wall.until(lambda _: self._wall.done(round_id) == len(self._phones))
        return time.perf_counter() - began

    async def turns(self) -> list[float]:
        """Each makes some, one after another; the mean seconds that each seat waited for one."""
        await self._ask("make", {"link": LINKS["pictures"]})

        async def one(phone: _Phone, first: int) -> float:
            return statistics.mean(
                [await phone.make(f"{_WORDS['pictures'][first]} {n}") for n in range(TURNS)]
            )

        return list(await asyncio.gather(*(one(phone, n) for n, phone in enumerate(self._phones))))

    async def vote(self) -> int:
        """All vote at once, every other one for the same; how many are counted where they belong."""
        await self._ask("poll", {"title": "Who?", "choices": ["a person", "a model"]})
        kept = await asyncio.gather(*(phone.vote(n % 2) for n, phone in enumerate(self._phones)))
        if not all(kept):
            raise RuntimeError("A vote was not taken.")
        return await self._counted()

    async def killed_vote(self) -> tuple[int, int]:
        """The same with a kill in the middle, after which those vote again of whom it is not known.

        Returns:
            How many are counted where they belong, and how many were acknowledged before the kill.
        """
        await self._ask("poll", {"title": "Who?", "choices": ["a person", "a model"]})
        kept: dict[int, bool] = {}

        async def one(number: int) -> None:
            kept[number] = await self._phones[number].vote(number % 2)
            if kept[number] and sum(kept.values()) == len(self._phones) // 3:
                self._server.kill()

        await asyncio.gather(*map(one, range(len(self._phones))))
        await asyncio.to_thread(self._server.start)
        for number, acknowledged in kept.items():
            phone = self._phones[number]
            told = (await phone.client.get(f"/api/c/{self._code}")).raise_for_status().json()
            if acknowledged and told["answer"] != number % 2:
                raise RuntimeError("An acknowledged vote is gone.")
            if not acknowledged and not await phone.vote(number % 2):
                raise RuntimeError("A vote was not taken.")
        return await self._counted(), sum(kept.values())

    async def _counted(self) -> int:
        tally = (await self._teacher.get(f"/api/class/{self._room}")).raise_for_status().json()["tally"]
        size = len(self._phones)
        wanted = [size - size // 2, size // 2]
        return size - sum(abs(is_ - due) for is_, due in zip(tally["counts"], wanted, strict=True))

    async def _ask(self, kind: str, content: dict[str, Any]) -> str:
        """The id of a new round, once every phone knows of it."""
        path = f"/api/class/{self._room}/rounds"
        answer = await self._teacher.post(path, json={"kind": kind, "content": content})
        round_id = str(answer.raise_for_status().json()["id"])
        for phone in self._phones:
            await phone.until(lambda known: known["round"] is not None and known["round"]["id"] == round_id)
        return round_id

    def _phone(self) -> _Phone:
        return _Phone(self._client(), self._code)

    def _client(self, cookies: httpx.Cookies | None = None) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self._server.url, timeout=PATIENCE, cookies=cookies, verify=self._verify
        )
