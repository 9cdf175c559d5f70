"""Looking back into the log, on both kinds of database."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.kit.facts import START, Fact, Position
from hirewire.runtime.bus import MemoryBus
from hirewire.runtime.db import Database
from hirewire.runtime.log import Log, prune
from hirewire.runtime.log.epoch import log_epoch, renew_epoch
from hirewire.runtime.log.history import History, Selection
from hirewire.runtime.log.store import Entry
from tests.fixtures.database import MORNING, OpenDatabase, settled

ACME, GLOBEX, INITECH = (UUID(int=number) for number in (1, 2, 3))


@dataclass(frozen=True, slots=True, kw_only=True)
class LampLit(Fact):
    """A fact that only this module tells."""

    kind: ClassVar[str] = "lamp.lit"

    number: int
    lamp_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LampPutOut(Fact):
    """Another one."""

    kind: ClassVar[str] = "lamp.put_out"

    number: int


LIT = Selection(kinds=frozenset({"lamp.lit"}), employer_ids=(ACME, GLOBEX))


async def tell(database: Database, *facts: Fact) -> None:
    for fact in facts:
        async with database.unit() as uow:
            uow.tell(fact)
    await settled(database)


def numbers(entries: list[Entry]) -> list[int]:
    recorded = [entry.recorded() for entry in entries]
    return [each.fact.number for each in recorded if each and isinstance(each.fact, LampLit)]


@pytest.fixture
async def history(database: Database) -> History:
    """Six facts of three employers, of two kinds."""
    await tell(
        database,
        LampLit(employer_id=ACME, number=1),
        LampLit(employer_id=GLOBEX, number=2),
        LampPutOut(employer_id=ACME, number=3),
        LampLit(employer_id=INITECH, number=4),
        LampLit(employer_id=GLOBEX, number=5, lamp_id=UUID(int=9)),
        LampLit(employer_id=ACME, number=6),
    )
    return History(database)


async def ends(history: History) -> list[Position]:
    """The positions of all facts there are."""
    async with history.db.read() as reader:
        return await reader.all(Position, "SELECT tx, seq FROM facts ORDER BY tx, seq")


def _last_column(*columns: object) -> str:
    return str(columns[-1])


class TestRead:
    async def test_finds_those_of_the_employers_in_order(self, history: History) -> None:
        """
        Facts of several employers come in the order of the log, others not at all.
        """
        end = (await ends(history))[-1]

        found = await history.read(LIT, START, end, limit=10)

        assert numbers(found) == [1, 2, 5, 6]
        assert await history.count(LIT, START, end) == 4

    async def test_is_read_page_by_page(self, history: History) -> None:
        """
        Each page goes on after the one before; both bounds are kept.
        """
        places = await ends(history)

        first = await history.read(LIT, START, places[4], limit=2)
        second = await history.read(LIT, first[-1].position, places[4], limit=2)

        assert (numbers(first), numbers(second)) == ([1, 2], [5])
        assert await history.count(LIT, places[0], places[4]) == 2

    async def test_finds_those_that_mention_one_thing(self, history: History) -> None:
        """
        The facts of one thing are found among those of its employer.
        """
        end = (await ends(history))[-1]
        one = Selection(
            kinds=LIT.kinds,
            employer_ids=(GLOBEX,),
            mentions=f'"lamp_id":"{UUID(int=9)}"',
        )

        assert numbers(await history.read(one, START, end, limit=10)) == [5]
        assert await history.count(one, START, end) == 1

    @pytest.mark.parametrize(
        "selection",
        [
            Selection(kinds=LIT.kinds, employer_ids=()),
            Selection(kinds=frozenset(), employer_ids=(ACME,)),
        ],
    )
    async def test_finds_nothing_for_nobody(
        self, history: History, selection: Selection
    ) -> None:
        """
        Without employers, or without kinds, there is nothing to find.
        """
        end = (await ends(history))[-1]

        assert await history.read(selection, START, end, limit=10) == []
        assert await history.count(selection, START, end) == 0


class TestEndAndLast:
    async def test_says_where_the_log_ends(self, history: History) -> None:
        """
        And where the last of some kinds stands between two places.
        """
        places = await ends(history)

        found = await history.end_and_last(frozenset({"lamp.put_out"}), START, places[5])
        later = await history.end_and_last(frozenset({"lamp.put_out"}), places[2], places[5])

        assert found == (places[5], places[2])
        assert later == (places[5], None)


class TestLatest:
    @pytest.mark.parametrize(
        ("among", "wanted", "floor"), [(2, [5, 6], 3), (4, [4, 5, 6], 1), (99, [2, 4, 5, 6], 0)]
    )
    async def test_looks_at_the_latest_only(
        self, history: History, among: int, wanted: list[int], floor: int
    ) -> None:
        """
        However long the log, so many facts are looked at, and it is said after which one.
        """
        places = await ends(history)

        after, entries = await history.latest(LIT.kinds, places[5], among=among)

        assert (after, numbers(entries)) == (places[floor], wanted)

    async def test_finds_nothing_in_an_empty_log(self, database: Database) -> None:
        """
        A new log has no latest facts.
        """
        found = await History(database).latest(LIT.kinds, START, among=10)

        assert found == (START, [])


class TestHasGapAfter:
    async def test_knows_what_was_pruned(self, history: History, clock: MovableClock) -> None:
        """
        Once facts are removed, whoever stood before them is behind a gap.
        """
        places = await ends(history)
        before = await history.has_gap_after(places[0])
        await clock.advance(timedelta(days=2))
        await tell(history.db, LampLit(employer_id=ACME, number=7))

        async with history.db.unit() as uow:
            await prune(uow, MORNING + timedelta(days=1))

        assert (before, await history.has_gap_after(places[0])) == (False, True)
        assert await history.has_gap_after((await ends(history))[0]) is False


class TestPlans:
    @pytest.mark.parametrize(
        ("what", "where", "bounds"),
        [
            (
                "count(*)",
                "employer_id = :id AND @after_place AND @upto_place",
                "facts_employer",
            ),
            ("seq, body", "employer_id = :id AND @after_place AND @upto_place", "facts_"),
            ("seq, body", "@after_place AND kind IN :kinds AND tx < @settled_tx", "facts_"),
        ],
    )
    async def test_reads_from_the_place_on(
        self, history: History, what: str, where: str, bounds: str
    ) -> None:
        """
        Neither database looks at facts before the place, however many there are.
        """
        database = history.db
        is_sqlite = database.dialect == "sqlite"
        explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
        params = {"id": ACME, "kinds": ["lamp.lit"], "tx": 0, "seq": 5, "upto_tx": 0}
        sql = f"{explain} SELECT {what} FROM facts WHERE {where} ORDER BY 1"
        async with database.unit() as uow:
            if not is_sqlite:
                await uow.run("SET LOCAL enable_seqscan = off")
            rows = await uow.all(_last_column, sql, **params, upto_seq=9)

        plan = " ".join(rows)
        assert bounds in plan
        assert ("seq>?" if is_sqlite else "Index Cond: (") in plan


class TestEpoch:
    async def test_is_drawn_once_for_all(self, open_database: OpenDatabase) -> None:
        """
        Whoever comes second takes the name that there is.
        """
        one, two = await open_database(), await open_database()

        drawn = await log_epoch(one, SeededEntropy(1))

        assert await log_epoch(two, SeededEntropy(2)) == drawn
        assert 0 <= drawn < 2**32

    async def test_is_another_after_the_world_was_emptied(self, database: Database) -> None:
        """
        A log whose name is gone is another log.
        """
        entropy = SeededEntropy(1)
        first = await log_epoch(database, entropy)
        async with database.unit() as uow:
            await uow.run("DELETE FROM log_epoch")

        assert await log_epoch(database, entropy) != first

    async def test_is_another_once_it_is_renewed(self, database: Database) -> None:
        """
        For whoever asks from then on; a draw of the same number does not count.
        """
        first = await log_epoch(database, SeededEntropy(1))

        async with database.unit() as uow:
            await renew_epoch(uow, SeededEntropy(1))

        second = await log_epoch(database, SeededEntropy(2))
        assert second != first
        assert await log_epoch(database, SeededEntropy(3)) == second


async def test_log_ends_where_history_does(history: History, clock: MovableClock) -> None:
    """The two agree on where the log ends."""
    end, _ = await history.end_and_last(LIT.kinds, START, START)

    assert end == await Log(history.db, MemoryBus(), clock).end()
