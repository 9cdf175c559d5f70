"""What is answered while another process keeps a SQLite file to itself."""

import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.kit.ids import IdMaker
from hirewire.kit.refusals import HirewireError
from hirewire.runtime.db import Database, DatabaseAway, connect

ADD = "INSERT INTO listeners (name, tx, seq) VALUES (:name, 0, 0)"


@pytest.fixture
def path(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("hirewire.runtime.db.sqlite.file._BUSY_TIMEOUT_S", 0.02)
    path = tmp_path / "hirewire.db"
    shutil.copyfile(sqlite_template, path)
    return path


@pytest.fixture
async def database(path: Path, clock: MovableClock, ids: IdMaker) -> AsyncIterator[Database]:
    database = await connect(f"sqlite:{path}", clock=clock, new_id=ids.new)
    yield database
    await database.close()


@pytest.fixture
def heard(database: Database) -> list[HirewireError]:
    """Every outage that was told."""
    heard: list[HirewireError] = []
    database.outages.append(heard.append)
    return heard


@contextmanager
def written_elsewhere(path: Path) -> Iterator[None]:
    """Write to the file, as another process that takes its time."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


async def add(database: Database, name: str) -> None:
    async with database.unit() as uow:
        await uow.run(ADD, name=name)


@pytest.mark.fidelity("outages.file-is-busy")
async def test_a_unit_is_refused_until_the_file_is_free(
    database: Database, path: Path, heard: list[HirewireError]
) -> None:
    """
    Who waited long enough is told to come back; nothing is done, and later all is well.
    """
    with written_elsewhere(path), pytest.raises(DatabaseAway) as refusal:
        await add(database, "a")

    assert heard == [refusal.value]
    assert isinstance(refusal.value.__cause__, sqlite3.OperationalError)
    await add(database, "b")
    async with database.read() as reader:
        assert await reader.all(str, "SELECT name FROM listeners") == ["b"]


async def test_a_look_is_not(
    database: Database, path: Path, heard: list[HirewireError]
) -> None:
    """
    Readers wait for no writer.
    """
    with written_elsewhere(path):
        async with database.read() as reader:
            count = await reader.value("SELECT count(*) FROM listeners")

    assert (count, heard) == (0, [])


async def test_another_fault_stays_what_it_is(
    database: Database, heard: list[HirewireError]
) -> None:
    """
    A statement that is wrong is wrong whenever it is tried.
    """
    with pytest.raises(sqlite3.OperationalError):
        async with database.read() as reader:
            await reader.value("SELECT nothing FROM nowhere")

    assert heard == []
