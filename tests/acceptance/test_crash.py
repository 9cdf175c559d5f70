"""The plug is pulled in the middle of a burst: what was acknowledged is there, once."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import count
from pathlib import Path
from typing import Final

import httpx
import pytest

from hirewire.kit.node_ids import NodeIds
from tests.acceptance.program import (
    Program,
    app_named,
    caller,
    demo,
    developing,
    graphql,
    token,
)

CALLERS: Final = 16
ENOUGH: Final = 60

_ids: Final = NodeIds("127.0.0.1")
_SCHEDULE: Final = """
    mutation ($title: String!) {
      createVirtualInterviewEvent(input: {
        startTime: "2030-08-18T22:30:00+00:00", endTime: "2030-08-18T23:30:00+00:00",
        title: $title, timezone: "UTC", interviewers: [{email: "ada@example.com"}],
        requestMetadata: {atsName: "ATS", employerName: "Kestrel"}
      }) { event { id } }
    }
"""

pytestmark = pytest.mark.timeout(90)  # Real processes start and stop.


class TestKill:
    async def test_loses_nothing_that_was_acknowledged(self, tmp_path: Path) -> None:
        """
        After kill -9 and a restart every acknowledged interview and its fact are there,
        none twice, and no interview is there without its fact.
        """
        with developing(tmp_path) as program:
            acknowledged = await _burst(program)
        with developing(tmp_path) as program, closing(_open(tmp_path)) as rows:
            async with caller(program.base_url) as client:
                listed = await _list(client, sorted(acknowledged)[:100])
            stored = _stored(rows, "SELECT id FROM interviews")
            told = _stored(
                rows,
                "SELECT json_extract(body, '$.interview_id') FROM facts"
                " WHERE kind = 'interview.scheduled'",
            )

        assert len(acknowledged) >= ENOUGH
        assert len(listed) == min(100, len(acknowledged))
        assert set(acknowledged) <= set(stored)
        assert sorted(stored) == sorted(told)
        assert len(set(told)) == len(told)


async def _burst(program: Program) -> list[str]:
    """Schedule from many callers at once, until the program is killed under them."""
    acknowledged: list[str] = []
    is_enough = asyncio.Event()
    numbers = count()
    async with caller(program.base_url) as client:
        world = await demo(client)
        app = app_named(world, "agency")
        bearer = await token(client, app, app["employers"][0])
        async with asyncio.TaskGroup() as group:
            for _ in range(CALLERS):
                group.create_task(_schedule(client, bearer, numbers, acknowledged, is_enough))
            await is_enough.wait()
            program.kill()
    return acknowledged


async def _schedule(
    client: httpx.AsyncClient,
    bearer: str,
    numbers: Iterator[int],
    acknowledged: list[str],
    is_enough: asyncio.Event,
) -> None:
    with suppress(httpx.TransportError):
        while True:
            title = f"Interview {next(numbers)}"
            answer = await graphql(client, bearer, _SCHEDULE, {"title": title})
            event = answer["data"]["createVirtualInterviewEvent"]["event"]
            acknowledged.append(str(_ids.read("VirtualInterviewEvent", event["id"])))
            if len(acknowledged) >= ENOUGH:
                is_enough.set()


async def _list(client: httpx.AsyncClient, ids: list[str]) -> list[str]:
    world = await demo(client)
    app = app_named(world, "agency")
    bearer = await token(client, app, app["employers"][0])
    query = (
        "query ($ids: [ID!]!) { virtualInterviewEvents(input: {ids: $ids}) { events { id } } }"
    )
    answer = await graphql(client, bearer, query, {"ids": ids})
    return [event["id"] for event in answer["data"]["virtualInterviewEvents"]["events"]]


def _open(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / "hirewire.db")


def _stored(rows: sqlite3.Connection, sql: str) -> list[str]:
    """Return ids as text, however they are stored."""
    return [
        value if isinstance(value, str) else _spelled(value)
        for (value,) in rows.execute(sql).fetchall()
    ]


def _spelled(value: bytes) -> str:
    digits = value.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
