"""
`python -m bench.interviews [--rows N] [--database URL]`: lists among many, and scheduling.

The endpoint is called as a server calls it, without a socket: token, document, database and the
answer's bytes are in the figures, HTTP's own parsing is not. SQLite has synchronous=FULL. A
database that is named and filled already is not filled again.
"""

import argparse
import asyncio
import gc
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import uvloop
from rich.console import Console
from rich.table import Table
from starlette.types import Message, Scope

from bench.graphql.served import EMPLOYER, serve
from hirewire.interviews import store
from hirewire.interviews.model import Interview, Interviewee, Interviewer, MediaType
from hirewire.kit.clock import SystemClock
from hirewire.kit.cursors import Cursor
from hirewire.kit.entropy import SystemEntropy
from hirewire.kit.ids import IdMaker
from hirewire.runtime.db import Database, connect
from hirewire.web.graphql import GraphQLEndpoint

ROWS: Final = 1_000_000
IN_A_UNIT: Final = 10_000
ASKED: Final = 300
CALLERS: Final = 64
SCHEDULED: Final = 6_400
YEARS: Final = timedelta(days=3 * 365)
NOW: Final = datetime.now(UTC).replace(microsecond=0)
IDS: Final = IdMaker(SystemClock(), SystemEntropy())

LIST: Final = """
query List($after: String, $input: FindVirtualInterviewEventsInput!) {
  findVirtualInterviewEvents(first: 50, after: $after, input: $input) {
    events { id title startTime endTime interviewersConnection { interviewers { email } } }
    pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
    %s
  }
}
"""
SCHEDULE: Final = """
mutation Schedule($input: CreateVirtualInterviewEventInput!) {
  createVirtualInterviewEvent(input: $input) { event { id status } }
}
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """What some calls took: how many each second and core, and the slow ones in ms."""

    per_core_s: float
    per_s: float
    p50_ms: float
    p99_ms: float


class Caller:
    """Calls the endpoint as a server does."""

    def __init__(self, endpoint: GraphQLEndpoint, token: str) -> None:
        self._endpoint = endpoint
        self._scope: Scope = {
            "type": "http",
            "method": "POST",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "query_string": b"",
            "scheme": "http",
            "http_version": "1.1",
            "headers": [
                (b"content-type", b"application/json"),
                (b"authorization", f"Bearer {token}".encode()),
            ],
        }

    async def call(self, body: bytes) -> bytes:
        """Send one request, and return the answer's bytes."""
        answer: list[bytes] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            answer.append(message.get("body", b""))

        await self._endpoint(dict(self._scope), receive, send)
        return b"".join(answer)

    def repeating(self, body: bytes) -> Callable[[int], Awaitable[object]]:
        """Send the same request whenever it is asked for."""
        return lambda _: self.call(body)

    async def checked(self, body: bytes) -> dict[str, Any]:
        """Do the same, and see that nothing went wrong."""
        answer: dict[str, Any] = json.loads(await self.call(body))
        if "errors" in answer:
            raise RuntimeError(answer)
        return answer


def asked(query: str, **variables: object) -> bytes:
    """Spell a request."""
    return json.dumps({"query": query, "variables": variables}).encode()


def an_interview(number: int, rows: int) -> Interview:
    """Make one of many, spread over years in no order."""
    starts_at = NOW - YEARS * 2 / 3 + YEARS * ((number * 7_919) % rows / rows)
    return Interview(
        id=IDS.new(),
        employer_id=EMPLOYER,
        title=f"Interview {number}",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30 + number % 60),
        zone="Europe/London",
        media_type=MediaType.PHONE if number % 10 == 0 else MediaType.VIDEO,
        language="fr",
        country="CA",
        ats_name="ExampleATS",
        employer_name=None,
        lobby_token=f"i{number}",
        created_at=NOW,
        changed_at=NOW,
        canceled_at=NOW if number % 20 == 1 else None,
        interviewers=tuple(
            Interviewer(UUID(int=each), f"person{each}@example.com", None) for each in range(5)
        ),
        interviewee=Interviewee(UUID(int=number + 1), "Cy", "cy@example.com", f"c{number}"),
    )


async def fill(database: Database, rows: int) -> None:
    """Store that many interviews, unless there are some."""
    async with database.read() as reader:
        if await reader.value("SELECT 1 FROM interviews LIMIT 1"):
            return
    for first in range(0, rows, IN_A_UNIT):
        async with database.unit() as uow:
            for number in range(first, min(first + IN_A_UNIT, rows)):
                await store.insert(uow, an_interview(number, rows))


async def timed(calls: int, callers: int, call: Callable[[int], Awaitable[object]]) -> Figures:
    """Make *calls*, shared by *callers*."""
    took: list[float] = []

    async def some(first: int) -> None:
        for number in range(first, calls, callers):
            begun = time.perf_counter()
            await call(number)
            took.append((time.perf_counter() - begun) * 1e3)

    gc.collect()
    gc.freeze()
    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(some(first) for first in range(callers)))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    took.sort()
    return Figures(calls / cpu, calls / wall, took[calls // 2], took[calls * 99 // 100])


async def lists(database: Database, caller: Caller, rows: int) -> dict[str, Figures]:
    """Measure pages, at the beginning and deep in the list, and totals."""
    found: dict[str, Figures] = {}
    async with database.read() as reader:
        deep = await reader.value(
            "SELECT id FROM interviews WHERE employer_id = :employer AND starts_at > :at"
            " ORDER BY starts_at LIMIT 1",
            employer=EMPLOYER,
            at=NOW + YEARS * 3 / 10,
        )
    cursor = str(Cursor(UUID(bytes=deep) if isinstance(deep, bytes) else deep, rows - 1))
    recent = {"startTime": {"after": (NOW - YEARS / 4).isoformat()}}
    questions: dict[str, tuple[str, object, object]] = {
        "first page": ("", None, {}),
        "deep page": ("", cursor, {}),
        "first page and total": ("totalCount", None, {}),
        "deep page and total, since a date": ("totalCount", cursor, recent),
        "scheduled ones and total": ("totalCount", None, {"status": ["SCHEDULED"]}),
        "by status, deep": ("", cursor, {"sort": [{"sortField": "STATUS"}]}),
    }
    for name, (total, after, where) in questions.items():
        body = asked(LIST % total, after=after, input=where)
        await caller.checked(body)
        found[name] = await timed(ASKED, 1, caller.repeating(body))
    return found


async def scheduling(caller: Caller) -> Figures:
    """Schedule with five interviewers, each durable when it is answered."""
    body = asked(
        SCHEDULE,
        input={
            "title": "Interview with Candidate",
            "startTime": (NOW + timedelta(days=1)).isoformat(),
            "endTime": (NOW + timedelta(days=1, hours=1)).isoformat(),
            "timezone": "America/Los_Angeles",
            "interviewers": [{"email": f"person{each}@example.com"} for each in range(5)],
            "interviewee": {"name": "Candidate", "email": "candidate@example.com"},
            "requestMetadata": {"atsName": "ExampleATS"},
        },
    )
    await caller.checked(body)
    return await timed(SCHEDULED, CALLERS, caller.repeating(body))


async def main(arguments: Sequence[str]) -> None:
    """Print what one database does."""
    parser = argparse.ArgumentParser(prog="python -m bench.interviews")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--database")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as directory:
        url = given.database or f"sqlite:{Path(directory) / 'bench.db'}"
        database = await connect(url, clock=SystemClock(), new_id=IDS.new)
        await database.migrate()
        await fill(database, given.rows)
        served = serve(database)
        caller = Caller(served.endpoint, served.token)
        found = await lists(database, caller, given.rows)
        found[f"schedule, durable, {CALLERS} callers"] = await scheduling(caller)
        await database.close()
    table = Table(title=f"{given.rows:,} interviews, {url.partition(':')[0]}")
    for heading in ("", "per core and s", "per s", "p50 ms", "p99 ms"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, it in found.items():
        figures = (it.per_core_s, it.per_s, it.p50_ms, it.p99_ms)
        table.add_row(name, *(f"{figure:,.2f}" for figure in figures))
    Console().print(table)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1:]))
