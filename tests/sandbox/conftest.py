"""Gives the tests of the sandbox one on a database, and somebody who talks to it over HTTP."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from starlette.applications import Starlette

from hirewire.accounts.apps.service import Apps
from hirewire.accounts.passwords import Passwords
from hirewire.accounts.service import Accounts
from hirewire.conversations.service import Conversations
from hirewire.interviews.service import Interviews
from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.kit.ids import IdMaker
from hirewire.kit.node_ids import NodeIds
from hirewire.runtime.db import Database
from hirewire.sandbox.mailbox import Mailbox
from hirewire.sandbox.routes import sandbox_routes
from hirewire.sandbox.service import Sandbox
from hirewire.sandbox.world import Builder
from tests.fixtures.database import MORNING

BASE_URL = "http://127.0.0.1:8000"
NODE_IDS = NodeIds("127.0.0.1")


@pytest.fixture
def passwords(entropy: SeededEntropy) -> Iterator[Passwords]:
    """The real hasher."""
    passwords = Passwords(entropy)
    yield passwords
    passwords.close()


@pytest.fixture
def builder(entropy: SeededEntropy, passwords: Passwords) -> Builder:
    """The builder of the demo world, over the real services."""
    accounts = Accounts(Apps(entropy))
    return Builder(
        accounts=accounts,
        interviews=Interviews(accounts, entropy),
        conversations=Conversations(accounts),
        passwords=passwords,
    )


@pytest.fixture
def forgotten() -> list[str]:
    """What was told to forget the old world, in order."""
    return []


def make_sandbox(
    database: Database, clock: MovableClock, builder: Builder, forgotten: list[str]
) -> Sandbox:
    async def forget_keys() -> None:
        forgotten.append("keys")

    async def close_streams() -> None:
        forgotten.append("streams")

    return Sandbox(
        database=database,
        clock=clock,
        real_clock=MovableClock(MORNING, frozen=True),
        builder=builder,
        mailbox=Mailbox(),
        ids=IdMaker(clock, SeededEntropy(5)),
        on_reset=[forget_keys, close_streams],
    )


@pytest.fixture
async def sandbox(
    sqlite_database: Database, clock: MovableClock, builder: Builder, forgotten: list[str]
) -> Sandbox:
    """A sandbox whose world stands, with the clock frozen at nine in the morning."""
    sandbox = make_sandbox(sqlite_database, clock, builder, forgotten)
    await sandbox.prepare()
    return sandbox


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody on this machine."""
    app = Starlette(routes=sandbox_routes(sandbox, base_url=BASE_URL, node_ids=NODE_IDS))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        yield client
