"""A room among those who come too often, twice, or again: the others go on, and nothing is lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.testclient import TestClient

from aigc_demo.api.classroom import stream
from aigc_demo.classroom import Classroom
from aigc_demo.history.classrooms import MOST_SEATS
from aigc_demo.studio import Studio
from aigc_demo.types import UserError
from tests.api.conftest import NewVisitor
from tests.api.test_class import LINK, desk, make, opened, pupil, under


def test_of_three_hundred_from_one_address_as_many_sit_down_as_there_are_seats(studio: Studio) -> None:
    rooms = Classroom(studio)
    room = rooms.open("teacher", "7b", "en", link=LINK)

    def comes(number: int) -> str:
        entered = rooms.enter(room.code, "10.0.0.1")
        try:
            return rooms.join(f"visitor {number}", entered, None).name
        except UserError as error:
            return error.problem.code

    with ThreadPoolExecutor(16) as all_at_once:
        came = Counter(all_at_once.map(comes, range(300)))
    assert came.pop("class_full") == 300 - MOST_SEATS
    assert set(came.values()) == {1}, "nobody is called like another"
    seat = rooms.seated(next(f"visitor {n}" for n in range(300) if rooms.seat(f"visitor {n}", room)), room)
    assert rooms.make(seat, room, {"prompt": "a cat"}, "en"), "those who sit go on"
    rooms.end("teacher", room.id)


def test_two_tabs_of_a_teacher_are_told_the_same(studio: Studio) -> None:
    rooms = Classroom(studio)
    room = rooms.open("teacher", "7b", "en", link=LINK)

    async def tab(does: dict[str, bool], until: dict[str, bool]) -> dict[str, Any]:
        known: dict[str, Any] = {}
        async for changed in rooms.follow(room.id):
            if not known:
                await asyncio.to_thread(rooms.change, "teacher", room.id, **does)
            known |= changed
            if until.items() <= known["room"].items():
                return known
        return known

    async def both() -> list[dict[str, Any]]:
        wanted = {"door": False, "frozen": True}
        return list(await asyncio.gather(tab({"door": False}, wanted), tab({"frozen": True}, wanted)))

    one, other = asyncio.run(asyncio.wait_for(both(), 60))
    assert one == other


def test_a_projector_that_reloads_and_a_laptop_that_slept_are_told_all_of_it_again(
    ann: TestClient, visitor: NewVisitor, studio: Studio
) -> None:
    room = opened(ann)
    phone = pupil(visitor, room, "Mia")
    rooms = Classroom(studio)

    async def first() -> dict[str, Any]:
        async for changed in rooms.follow(room["id"]):
            return changed
        return {}

    asyncio.run(asyncio.wait_for(first(), 60))
    make(phone, room)
    ann.patch(f"/api/class/{room['id']}", json={"approve": True})
    again = asyncio.run(asyncio.wait_for(first(), 60))
    assert again["room"] == desk(ann, room)["room"]
    assert len(under(again, "result/")) == len(under(again, "seat/")) == 1


def test_a_phone_that_comes_back_is_told_all_of_it_though_nothing_has_changed(studio: Studio) -> None:
    rooms = Classroom(studio)
    room = rooms.open("teacher", "7b", "en", link=LINK)
    seat = rooms.join("mia", room, "Mia")

    async def come_back() -> dict[str, Any]:
        wall = rooms.follow(room.id)
        await anext(wall)
        phone = rooms.follow_seat(seat, room)
        return await anext(phone)

    told = asyncio.run(asyncio.wait_for(come_back(), 60))
    assert told["me"]["name"] == "Mia"


def test_a_stream_says_that_it_is_there_in_a_way_that_a_page_can_hear() -> None:
    async def nothing() -> AsyncIterator[dict[str, Any]]:
        return
        yield {}

    ping = stream(nothing()).ping_message_factory
    assert ping is not None
    assert ping().encode() == b"event: here\r\ndata: {}\r\n\r\n"
