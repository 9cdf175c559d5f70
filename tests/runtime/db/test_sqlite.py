"""What is particular to SQLite: shared commits, full disks, and files that are no databases."""

import asyncio
import resource
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.kit.facts import Fact
from hirewire.kit.ids import IdMaker
from hirewire.runtime.db import BadDatabaseUrl, Database, DatabaseUnavailable, connect
from hirewire.runtime.db.sqlite.database import SqliteDatabase

ADD = "INSERT INTO listeners (name, tx, seq) VALUES (:name, 0, 0)"
LARGE = "x" * 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class JarFilled(Fact):
    """A fact that only this module tells."""

    kind: ClassVar[str] = "jar.filled"

    number: int


@pytest.fixture
def sqlite(sqlite_database: Database) -> SqliteDatabase:
    assert isinstance(sqlite_database, SqliteDatabase)
    return sqlite_database


@pytest.fixture
def said(sqlite: SqliteDatabase) -> Iterator[list[str]]:
    """The statements that the writer runs."""
    statements: list[str] = []
    sqlite._writer.connection.set_trace_callback(statements.append)
    yield statements
    sqlite._writer.connection.set_trace_callback(None)


async def write(database: Database, name: str) -> None:
    async with database.unit() as uow:
        await uow.run(ADD, name=name)


async def sizes(database: Database) -> list[int]:
    async with database.read() as reader:
        return await reader.all(int, "SELECT length(name) FROM listeners ORDER BY name")


@contextmanager
def disk_full_from(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond *size*, as on a disk without room."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


class TestGroups:
    async def test_share_a_commit(self, sqlite: SqliteDatabase, said: list[str]) -> None:
        """
        Sixty-four units at once need at most two commits.
        """
        await asyncio.gather(*(write(sqlite, f"n{number}") for number in range(64)))

        assert said.count("COMMIT") <= 2
        assert len(await sizes(sqlite)) == 64

    async def test_do_not_grow_without_end(
        self, sqlite: SqliteDatabase, said: list[str]
    ) -> None:
        """
        Six hundred units at once commit in groups of at most 256.
        """
        await asyncio.gather(*(write(sqlite, f"n{number}") for number in range(600)))

        assert said.count("COMMIT") >= 3
        assert len(await sizes(sqlite)) == 600

    async def test_end_when_their_units_keep_failing(
        self, sqlite: SqliteDatabase, said: list[str]
    ) -> None:
        """
        Units that fail count too: one that committed does not wait for ever behind them.
        """

        async def fail() -> None:
            async with sqlite.unit():
                raise ZeroDivisionError

        outcomes = await asyncio.gather(
            write(sqlite, "good"), *(fail() for _ in range(600)), return_exceptions=True
        )

        assert outcomes[0] is None
        assert "COMMIT" in said[: len(said) // 2 + 2]
        assert [type(outcome) for outcome in outcomes[1:]] == [ZeroDivisionError] * 600


class TestFullDisk:
    async def test_in_a_statement_fails_its_unit(self, sqlite: SqliteDatabase) -> None:
        """
        A unit that needs more pages than there are fails alone; later units commit.
        """
        pages = sqlite._writer.connection.execute("PRAGMA page_count").fetchone()[0]
        sqlite._writer.connection.execute(f"PRAGMA max_page_count={pages + 8}")

        outcomes = await asyncio.gather(
            write(sqlite, "a"), write(sqlite, LARGE), write(sqlite, "b"), return_exceptions=True
        )

        await write(sqlite, "c")
        refused = [isinstance(outcome, sqlite3.OperationalError) for outcome in outcomes]
        assert refused[1]
        kept = [1 for was_refused in (refused[0], refused[2]) if not was_refused]
        assert await sizes(sqlite) == [*kept, 1]

    async def test_in_the_commit_fails_everyone_in_it(
        self, sqlite: SqliteDatabase, tmp_path: Path
    ) -> None:
        """
        When the commit finds no room all its units raise and nothing of them is there.
        """
        await write(sqlite, "before")
        heard: list[object] = []
        sqlite.committed.append(heard.append)

        with disk_full_from((tmp_path / "hirewire.db-wal").stat().st_size):
            outcomes = await asyncio.gather(
                *(write(sqlite, f"n{number}") for number in range(3)), return_exceptions=True
            )

        assert [type(outcome) for outcome in outcomes] == [sqlite3.OperationalError] * 3
        assert heard == []
        await write(sqlite, "after!")
        assert await sizes(sqlite) == [6, 6]

    async def test_that_ends_the_transaction_fails_the_whole_group(
        self, sqlite: SqliteDatabase
    ) -> None:
        """
        When SQLite gives the transaction up inside a unit, those before it in it raise too.
        """
        gave_up = asyncio.Event()

        async def give_up() -> None:
            async with sqlite.unit() as uow:
                sqlite._writer.connection.execute("ROLLBACK")
                gave_up.set()
                await uow.run(ADD, name="lost")

        outcomes = await asyncio.gather(
            *(write(sqlite, "first"), write(sqlite, "a"), give_up(), write(sqlite, "bb")),
            return_exceptions=True,
        )

        assert gave_up.is_set()
        assert [str(outcome) for outcome in outcomes] == [
            "the transaction is over",
            "the transaction is over",
            "the transaction is over",
            "None",
        ]
        assert await sizes(sqlite) == [2]

    async def test_tells_others_nothing_of_what_became_of_the_unit(
        self, sqlite: SqliteDatabase
    ) -> None:
        """
        Who shared the transaction is told that it is over, not that it was cancelled itself.
        """
        gave_up = asyncio.Event()

        async def give_up() -> None:
            async with sqlite.unit():
                sqlite._writer.connection.execute("ROLLBACK")
                gave_up.set()
                await asyncio.Event().wait()

        first = asyncio.create_task(write(sqlite, "a"))
        second = asyncio.create_task(give_up())
        await gave_up.wait()
        second.cancel()
        outcomes = await asyncio.gather(first, second, return_exceptions=True)

        assert [type(outcome) for outcome in outcomes] == [
            sqlite3.OperationalError,
            asyncio.CancelledError,
        ]
        assert await sizes(sqlite) == []


class TestFacts:
    async def test_are_written_with_the_commit_in_the_order_of_the_units(
        self, sqlite: SqliteDatabase
    ) -> None:
        """
        Units that share a commit tell one after the other; one that fails tells nothing.
        """

        async def tell(number: int) -> None:
            async with sqlite.unit() as uow:
                uow.tell(JarFilled(employer_id=None, number=number))
                uow.tell(JarFilled(employer_id=None, number=number + 1))
                if number == 20:
                    raise ZeroDivisionError

        await asyncio.gather(*map(tell, (10, 20, 30)), return_exceptions=True)

        async with sqlite.read() as reader:
            bodies = await reader.all(lambda body: body, "SELECT body FROM facts ORDER BY seq")
        assert [body.rpartition(":")[2] for body in bodies] == ["10}", "11}", "30}", "31}"]

    async def test_fail_with_the_commit_that_cannot_write_them(
        self, sqlite: SqliteDatabase
    ) -> None:
        """
        A fact that finds no room fails its unit, and what the unit wrote is gone, too.
        """
        sqlite._writer.connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON facts BEGIN "
            "SELECT RAISE(ABORT, 'no room'); END"
        )

        async def fill() -> None:
            async with sqlite.unit() as uow:
                await uow.run(ADD, name="lost")
                uow.tell(JarFilled(employer_id=None, number=1))

        with pytest.raises(sqlite3.IntegrityError, match="no room"):
            await fill()

        assert await sizes(sqlite) == []
        await write(sqlite, "after")
        assert await sizes(sqlite) == [5]


class TestClose:
    async def test_commits_those_inside_and_refuses_those_who_wait(
        self, sqlite: SqliteDatabase
    ) -> None:
        """
        The unit at work commits, the one behind the close is refused, and so are later ones.
        """
        inside, leave = asyncio.Event(), asyncio.Event()

        async def hold() -> None:
            async with sqlite.unit() as uow:
                await uow.run(ADD, name="a")
                inside.set()
                await leave.wait()

        holder = asyncio.create_task(hold())
        await inside.wait()
        closing = asyncio.create_task(sqlite.close())
        await asyncio.sleep(0)
        late = asyncio.create_task(write(sqlite, "late"))
        await asyncio.sleep(0)
        leave.set()
        outcomes = await asyncio.gather(holder, closing, late, return_exceptions=True)

        assert (outcomes[0], outcomes[1]) == (None, None)
        assert isinstance(outcomes[2], DatabaseUnavailable)
        with pytest.raises(DatabaseUnavailable, match="it was closed"):
            await write(sqlite, "later")
        with pytest.raises(DatabaseUnavailable, match="it was closed"):
            await sizes(sqlite)


def a_folder(path: Path) -> Path:
    path.mkdir()
    return path


def a_text(path: Path) -> Path:
    path.write_text("This is no database, and was never one.\n" * 50, encoding="utf-8")
    return path


def without_folder(path: Path) -> Path:
    return path / "missing" / "hirewire.db"


def in_a_folder_that_takes_no_files(path: Path) -> Path:
    return Path("/proc/hirewire.db")


class TestOpen:
    @pytest.mark.parametrize(
        ("make", "reason"),
        [
            (a_folder, "unable to open database file"),
            (a_text, "file is not a database"),
            (without_folder, "unable to open database file"),
            (in_a_folder_that_takes_no_files, "unable to open database file"),
        ],
    )
    async def test_refuses_what_is_no_database(
        self,
        tmp_path: Path,
        clock: MovableClock,
        ids: IdMaker,
        make: Callable[[Path], Path],
        reason: str,
    ) -> None:
        """
        One clear line says which database it is and why it cannot be opened.
        """
        path = make(tmp_path / "it")

        with pytest.raises(DatabaseUnavailable) as refusal:
            await connect(f"sqlite:{path}", clock=clock, new_id=ids.new)

        assert str(refusal.value) == f"The database sqlite:{path} cannot be opened: {reason}"

    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("", ""),
            ("sqlite:", "sqlite:"),
            ("hirewire.db", "hirewire.db"),
            ("mysql://user:secret@host/x", "mysql://…"),
        ],
    )
    async def test_refuses_what_names_none(
        self, clock: MovableClock, ids: IdMaker, url: str, shown: str
    ) -> None:
        """
        A setting that names no database says how one is named, and shows no password.
        """
        with pytest.raises(BadDatabaseUrl) as refusal:
            await connect(url, clock=clock, new_id=ids.new)

        assert str(refusal.value) == (
            f"'{shown}' names no database: use sqlite:PATH or postgresql://…"
        )

    async def test_survives_a_torn_end_of_its_log(
        self, sqlite: SqliteDatabase, tmp_path: Path, clock: MovableClock, ids: IdMaker
    ) -> None:
        """
        A copy whose last commit reached the disk in part opens with all commits before it.
        """
        await write(sqlite, "a")
        whole = (tmp_path / "hirewire.db-wal").stat().st_size
        await write(sqlite, "bb")
        shutil.copyfile(tmp_path / "hirewire.db", tmp_path / "copy.db")
        log = (tmp_path / "hirewire.db-wal").read_bytes()
        (tmp_path / "copy.db-wal").write_bytes(log[: (whole + len(log)) // 2])

        copy = await connect(f"sqlite:{tmp_path}/copy.db", clock=clock, new_id=ids.new)

        assert await sizes(copy) == [1]
        await copy.close()
