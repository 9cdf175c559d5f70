"""
A run: readers and writers on an installation, while whoever runs it breaks something.

It begins when every reader is there, so that each has to have all of it in the end.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final
from uuid import UUID

import httpx

from hirewire.accounts.apps.service import Apps
from hirewire.accounts.model import AppTerms, GrantType, OpenEmployer
from hirewire.accounts.service import Accounts
from hirewire.conversations.facts import MessageSent
from hirewire.conversations.model import Candidate
from hirewire.conversations.service import Conversations
from hirewire.kit.clock import SystemClock
from hirewire.kit.entropy import SeededEntropy, SystemEntropy
from hirewire.kit.facts import Position, Recorded
from hirewire.kit.ids import IdMaker
from hirewire.kit.node_ids import NodeIds
from hirewire.realtime.updates import Updates
from hirewire.runtime.bus import MemoryBus
from hirewire.runtime.db import Database, connect
from hirewire.runtime.log import Log
from tests.acceptance.program import token
from tests.fixtures.database import settled
from tests.history.checker import Report, check
from tests.history.nodes import Installation, Node
from tests.history.readers import Habits, Reader
from tests.history.records import Client, Said
from tests.history.wire import Frames
from tests.history.writers import Writer, Written

SCOPE: Final = "employer_access conversations"
THREADS: Final = 20
PATIENCE_S: Final = 30.0
LATEST_S: Final = 150.0
"""Longer than a node waits at most before it tries again; what comes later still is lost."""

_PAGE: Final = 2_000
_PLACES: Final = "SELECT id, conversation_id, position FROM conversation_messages"
_FILTERS: Final = (None, None, None, frozenset({"new-message"}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An employer, its app's credentials and its threads."""

    id: str
    app: dict[str, Any]
    threads: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """
    How much there is of what.

    Of the *readers* some are *travellers*, who are away for long, and some *forgers*, whose
    cursors are not good now and then; one for each node and employer always stays. *pause_s*
    is each writer's between two calls; all write at the node *writes_at*, or at any.
    """

    readers: int = 40
    writers: int = 4
    pause_s: float = 0.005
    writes_at: int | None = None
    habits: Habits = field(default_factory=Habits)
    travellers: int = 0
    travels_s: float = 30.0
    forgers: int = 2
    seed: int = 1


@dataclass(slots=True, kw_only=True)
class Outcome:
    """
    What a run proves, how much of everything there was, and who was *late* in the end.

    The *signals* that were heard are not in the log. *unkept* messages should be and are not,
    *astray* ones are told there after a later one.
    """

    report: Report
    said: int
    signals: int
    written: Written
    unkept: int
    astray: int
    refusals: Counter[int]
    kills: int
    drains: int
    late: list[str]


@dataclass(slots=True, kw_only=True)
class Run:
    """A run in progress."""

    where: Installation
    readers: list[Reader]
    writers: list[Writer]
    written: Written

    @property
    def deliveries(self) -> int:
        return sum(reader.deliveries for reader in self.readers)

    async def written_more(self, calls: int) -> None:
        """Wait until so many more calls were acknowledged."""
        goal = self.written.count + calls
        await until(lambda: self.written.count >= goal, PATIENCE_S)

    async def delivered(self, deliveries: int) -> None:
        """Wait until all readers together have heard so many updates."""
        await until(lambda: self.deliveries >= deliveries, 4 * PATIENCE_S)

    async def restart_killed(self, node: Node) -> None:
        """Kill *node*, and start it again on the same database."""
        await node.kill()
        await node.start()

    async def restart_drained(self, node: Node) -> None:
        """Stop *node* as an operator does, and start it again."""
        assert await node.stop() == 0
        await node.start()

    async def finish(self, said_away: int = 50) -> Outcome:
        """
        Let all come to rest, and check.

        Before the end all but those who stay are away while something is said, and come back
        when nothing is: their verdicts have to count exactly.
        """
        gone = [reader for reader in self.readers if not reader.habits.stays]
        for reader in gone:
            reader.may_come.clear()
            reader.leave()
        await self.written_more(said_away)
        await asyncio.gather(*(writer.rest() for writer in self.writers))
        log = await read_log(self.where.database)
        said = [each for each, _ in log]
        late = await self._all_heard(said, [r for r in self.readers if r.habits.stays])
        for reader in gone:
            reader.said = len(said)
            reader.habits = Habits(stays=True, away_s=reader.habits.away_s)
            reader.is_called.set()
            reader.may_come.set()
        late += await self._all_heard(said, self.readers)
        dead = self.where.dead()
        assert not dead, f"{dead} ended by themselves; late: {late}"
        kept = {about for _, about in log}
        return Outcome(
            report=check(said, [reader.client for reader in self.readers]),
            said=len(said),
            signals=sum(reader.signals for reader in self.readers),
            written=self.written,
            unkept=sum(sent not in kept for sent in self.written.messages),
            astray=await count_astray(self.where.database, [about for _, about in log]),
            refusals=sum((reader.refusals for reader in self.readers), Counter()),
            kills=sum(node.kills for node in self.where.nodes),
            drains=sum(node.drains for node in self.where.nodes),
            late=late,
        )

    async def _all_heard(self, said: Sequence[Said], readers: Sequence[Reader]) -> list[str]:
        """Wait for the last update of each, and tell who does not get it, and how they are."""
        due = {reader.client.name: _last(said, reader.client) for reader in readers}

        def has_all(reader: Reader) -> bool:
            return reader.is_open.is_set() and reader.last in {due[reader.client.name], None}

        await until(lambda: all(map(has_all, readers)), LATEST_S, must=False)
        return [reader.state for reader in readers if not has_all(reader)]


@asynccontextmanager
async def running(where: Installation, load: Load) -> AsyncIterator[Run]:
    """Start *where*, then readers, then writers; all of them end with the block."""
    accounts = await prepare(where.database, employers=2)
    since = len(await read_log(where.database))
    await where.start()
    tokens = [await _token(where, account) for account in accounts]
    written = Written()
    draw = SeededEntropy(load.seed)

    def somewhere(only: Node | None = None) -> str | None:
        up = where.up() if only is None else [url for url in [only.base_url] if url]
        return up[int(draw.fraction() * len(up))] if up else None

    publisher = None if load.writes_at is None else where.nodes[load.writes_at]
    readers = _readers(where, load, somewhere, since, [account.id for account in accounts])
    for number, reader in enumerate(readers):
        reader.bearer = tokens[number % 2]
    writers = [
        Writer(
            bearer=tokens[number % 2],
            threads=accounts[number % 2].threads,
            where=partial(somewhere, publisher),
            entropy=SeededEntropy(load.seed * 1_000 + number),
            written=written,
            pause_s=load.pause_s,
        )
        for number in range(load.writers)
    ]
    tasks = [asyncio.create_task(reader.run()) for reader in readers]
    tasks += [asyncio.create_task(writer.run()) for writer in writers]
    try:
        for reader in readers:
            reader.may_come.set()
        await until(lambda: all(reader.cursor is not None for reader in readers), PATIENCE_S)
        for writer in writers:
            writer.may_write.set()
        yield Run(where=where, readers=readers, writers=writers, written=written)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _readers(
    where: Installation,
    load: Load,
    somewhere: Callable[..., str | None],
    since: int,
    employers: Sequence[str],
) -> list[Reader]:
    """Make them: of two employers in turn, some with a filter, one at each node that stays."""
    frames = Frames()
    clock = SystemClock()

    def reader(number: int, habits: Habits, only: Node | None = None) -> Reader:
        return Reader(
            client=Client(
                name=f"reader {number}",
                employers=frozenset({employers[number % 2]}),
                event_types=_FILTERS[number % len(_FILTERS)],
                since=since,
            ),
            bearer="",
            where=lambda: somewhere(only),
            now=clock.now,
            entropy=SeededEntropy(load.seed * 1_000_000 + number),
            frames=frames,
            habits=habits,
        )

    stay = [
        reader(2 * number + half, Habits(stays=True, away_s=0.1), node)
        for number, node in enumerate(where.nodes)
        for half in range(2)
    ]
    travels = replace(load.habits, away_s=load.travels_s)
    forges = replace(load.habits, forges=0.3)
    kinds = [travels] * load.travellers + [forges] * load.forgers
    kinds += [load.habits] * (load.readers - len(stay) - len(kinds))
    return stay + [reader(len(stay) + number, habits) for number, habits in enumerate(kinds)]


async def read_log(database: str) -> list[tuple[Said, UUID]]:
    """List all updates in the order of the log, each with the id of what it is about."""
    found = []
    updates = Updates(NodeIds("localhost"))
    db = await _connect(database)
    try:
        await settled(db)
        log = Log(db, MemoryBus(), SystemClock())
        position = Position(0, 0)
        while some := await log.read(position, _PAGE):
            position = some[-1].position
            found += [said for each in some if (said := _said(updates, each)) is not None]
    finally:
        await db.close()
    return found


async def count_astray(database: str, told: Sequence[UUID]) -> int:
    """Count the messages that are *told* after a later one of their thread."""
    db = await _connect(database)
    try:
        async with db.read() as reader:
            rows = await reader.all(lambda *row: row, _PLACES)
    finally:
        await db.close()
    places = {message: (thread, position) for message, thread, position in rows}
    last: dict[UUID, int] = {}
    astray = 0
    for message in told:
        thread, position = places.get(message, (message, 0))
        astray += position < last.get(thread, 0)
        last[thread] = position
    return astray


def _said(updates: Updates, recorded: Recorded) -> tuple[Said, UUID] | None:
    update = updates.of(recorded)
    if update is None:
        return None
    said = Said(update.uuid, update.employer_id.hex, update.event_type.value, recorded.at)
    fact = recorded.fact
    return said, fact.message_id if isinstance(fact, MessageSent) else recorded.id


async def prepare(database: str, *, employers: int) -> list[Account]:
    """Migrate, and open employers with their apps and threads."""
    entropy = SystemEntropy()
    accounts = Accounts(Apps(entropy))
    node_ids = NodeIds("localhost")
    terms = AppTerms(
        name="history",
        grant_types=frozenset({GrantType.CLIENT_CREDENTIALS}),
        scopes=frozenset(SCOPE.split()),
    )
    made = []
    db = await _connect(database)
    try:
        await db.migrate()
        for number in range(employers):
            async with db.unit() as uow:
                employer = await accounts.open_employer(uow, _employer(number))
                app, secret = await accounts.apps.register(uow, employer.id, terms)
                threads = [
                    await Conversations(accounts).open(
                        uow, employer.id, Candidate(name="Jordan", email="jordan@example.com")
                    )
                    for _ in range(THREADS)
                ]
            made.append(
                Account(
                    id=employer.id.hex,
                    app={"client_id": app.id, "client_secret": secret.text},
                    threads=[node_ids.mint("Conversation", thread.id) for thread in threads],
                )
            )
    finally:
        await db.close()
    return made


async def _connect(database: str) -> Database:
    clock = SystemClock()
    return await connect(database, clock=clock, new_id=IdMaker(clock, SystemEntropy()).new)


def _employer(number: int) -> OpenEmployer:
    return OpenEmployer(
        legacy_id=f"91{number:05}",
        name=f"Employer {number}",
        country="GB",
        currency="GBP",
        time_zone="Europe/London",
    )


async def _token(where: Installation, account: Account) -> str:
    async with httpx.AsyncClient(
        base_url=where.nodes[0].base_url or "", timeout=PATIENCE_S
    ) as client:
        return await token(client, account.app, account.id, SCOPE)


def _last(said: Sequence[Said], client: Client) -> UUID | None:
    return next((each.uuid for each in reversed(said) if client.may_see(each)), None)


async def until(is_so: Callable[[], bool], seconds: float, *, must: bool = True) -> None:
    """Wait until something is so; after *seconds* that is a failure, or not."""
    try:
        async with asyncio.timeout(seconds):
            while not is_so():  # noqa: ASYNC110 - a count in another's hands
                await asyncio.sleep(0.02)
    except TimeoutError:
        if must:
            raise
