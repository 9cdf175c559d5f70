"""Tests of starting over on PostgreSQL while others write."""

import asyncio
from dataclasses import replace
from itertools import count

import pytest

from hirewire.accounts.model import Person, RegisterPerson
from hirewire.kit.clock import MovableClock
from hirewire.runtime.db import Database, UnitOfWork
from hirewire.sandbox.demo import DEMO
from hirewire.sandbox.service import Sandbox
from hirewire.sandbox.world import Builder
from tests.fixtures.database import somebody_waits
from tests.sandbox.conftest import make_sandbox

WRITERS = 6
RESETS = 3


@pytest.fixture
def database(postgres: Database) -> Database:
    """Only PostgreSQL lets several write at a time."""
    return postgres


@pytest.fixture
async def sandbox(database: Database, clock: MovableClock, builder: Builder) -> Sandbox:
    """A sandbox whose world stands."""
    sandbox = make_sandbox(database, clock, builder, [])
    await sandbox.prepare()
    return sandbox


async def newcomer(sandbox: Sandbox, uow: UnitOfWork, name: str) -> Person:
    command = RegisterPerson(name=name, email=f"{name}@people.example")
    return await sandbox.builder.accounts.register_person(uow, command)


async def employer(sandbox: Sandbox, uow: UnitOfWork, number: int) -> None:
    terms = replace(DEMO.employers[0].terms, legacy_id=str(number), master_id=None)
    await sandbox.builder.accounts.open_employer(uow, terms)


@pytest.mark.fidelity("sandbox.reset.lets-writers-go-first")
async def test_who_writes_goes_first(database: Database, sandbox: Sandbox) -> None:
    """A unit that has a table which the reset waits for gets one that the reset has."""
    async with database.unit() as uow:
        robin = await newcomer(sandbox, uow, "robin")
        resetting = asyncio.create_task(sandbox.reset())
        await somebody_waits(database)
        await employer(sandbox, uow, 7_000_000)
    await resetting

    async with database.read() as reader:
        assert await sandbox.builder.accounts.person(reader, robin.id) is None
        assert await sandbox.builder.stands(reader)


@pytest.mark.fidelity("sandbox.reset.lets-writers-go-first")
async def test_takes_its_turn_among_many(database: Database, sandbox: Sandbox) -> None:
    """Neither those who write all the time nor the resets between them fail."""
    numbers, is_over = count(7_000_000), asyncio.Event()

    async def write() -> None:
        while not is_over.is_set():
            async with database.unit() as uow:
                number = next(numbers)
                await newcomer(sandbox, uow, f"n{number}")
                await employer(sandbox, uow, number)

    async with asyncio.TaskGroup() as group:
        for _ in range(WRITERS):
            group.create_task(write())
        for _ in range(RESETS):
            await sandbox.reset()
        is_over.set()

    async with database.read() as reader:
        assert await sandbox.builder.stands(reader)
