"""How PostgreSQL finds a page among many interviews: by an index, wherever the page stands."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from hirewire.interviews.listing.store import Listing, place_of
from hirewire.interviews.model import MediaType, Status
from hirewire.interviews.search import Filter, Order, SortDirection, SortField, Span
from hirewire.runtime.db import Database, Reader
from tests.interviews.world import EMPLOYER, FOREIGN

MANY: Final = 10_000
BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
NOW: Final = BEGIN + timedelta(minutes=10 * MANY)
"""Half of the interviews are over by then: one begins every twenty minutes."""

_FILL: Final = """
    INSERT INTO interviews (id, employer_id, title, starts_at, ends_at, zone, media_type,
                            ats_name, lobby_token, created_at, changed_at, sequence,
                            canceled_at, interviewers)
    SELECT gen_random_uuid(), CASE n % 4 WHEN 0 THEN CAST(:foreign_id AS uuid)
           ELSE CAST(:employer_id AS uuid) END,
           'Interview', CAST(:begin AS timestamptz) + n * interval '20 minutes',
           CAST(:begin AS timestamptz) + n * interval '20 minutes' + interval '1 hour', 'UTC',
           (ARRAY['VIDEO', 'PHONE', 'IN_PERSON'])[n % 3 + 1], 'ATS', gen_random_uuid()::text,
           CAST(:begin AS timestamptz), CAST(:begin AS timestamptz), 0,
           CASE n % 10 WHEN 0 THEN CAST(:begin AS timestamptz) END, '[]'
    FROM generate_series(1, CAST(:many AS integer)) AS n
"""
_COUNT: Final = """
    INSERT INTO interview_counts
    SELECT employer_id, floor(extract(epoch FROM starts_at) / 86400)::integer, media_type,
           canceled_at IS NOT NULL, 0, count(*)
    FROM interviews GROUP BY 1, 2, 3, 4
"""
_AT: Final = """
    SELECT id FROM interviews WHERE employer_id = :employer_id
    ORDER BY starts_at, id OFFSET :skipped LIMIT 1
"""
_NAIVE: Final = "SELECT count(*) FROM interviews WHERE employer_id = :employer_id"
_PAGES: Final = re.compile(r"shared hit=(\d+)(?: read=(\d+))?")


@dataclass(slots=True)
class Explaining:
    """A reader that writes down how each statement was answered."""

    reader: Reader
    plans: list[str] = field(default_factory=list)

    async def all(self, make: Callable[..., Any], sql: str, /, **params: object) -> list[Any]:
        await self._explain(sql, params)
        return await self.reader.all(make, sql, **params)

    async def one(self, make: Callable[..., Any], sql: str, /, **params: object) -> Any:
        await self._explain(sql, params)
        return await self.reader.one(make, sql, **params)

    async def value(self, sql: str, /, **params: object) -> Any:
        await self._explain(sql, params)
        return await self.reader.value(sql, **params)

    @property
    def plan(self) -> str:
        return "\n".join(self.plans)

    @property
    def touched(self) -> int:
        """How many blocks of tables and indexes were looked at."""
        found = [_PAGES.search(plan) for plan in self.plans]
        return sum(int(each[1]) + int(each[2] or 0) for each in found if each is not None)

    async def _explain(self, sql: str, params: dict[str, object]) -> None:
        asked = f"EXPLAIN (ANALYZE, BUFFERS) {sql}"
        self.plans.append("\n".join(await self.reader.all(str, asked, **params)))


@pytest.fixture
async def crowd(postgres: Database) -> Database:
    """A database with many interviews, of which the server knows how many."""
    async with postgres.unit() as uow:
        await uow.run("ALTER TABLE interviews DISABLE TRIGGER USER")
        about = {"employer_id": EMPLOYER, "foreign_id": FOREIGN, "begin": BEGIN}
        await uow.run(_FILL, many=MANY, **about)
        await uow.run(_COUNT)
        await uow.run("ALTER TABLE interviews ENABLE TRIGGER USER")
        await uow.run("ANALYZE interviews")
        await uow.run("ANALYZE interview_counts")
    return postgres


EVERYTHING: Final = Filter()


def listing(where: Filter = EVERYTHING, *keys: Order) -> Listing:
    """Ask for the employer's interviews."""
    return Listing(employer_id=EMPLOYER, now=NOW, where=where, keys=keys or (Order(),))


SINCE: Final = Filter(starts=Span(after=NOW))
PHONE: Final = Filter(media_types=(MediaType.PHONE,))
GONE: Final = Filter(statuses=(Status.CANCELED,))
OVER: Final = Filter(statuses=(Status.COMPLETED,))
ENDS: Final = Order(SortField.END_TIME, SortDirection.DESC)

LISTS: Final = [
    pytest.param(listing(), "interviews_by_start", id="start"),
    pytest.param(listing(SINCE), "interviews_by_start", id="start-since"),
    pytest.param(listing(EVERYTHING, ENDS), "interviews_by_end", id="end"),
    pytest.param(listing(PHONE), "interviews_by_media_start", id="medium"),
    pytest.param(listing(PHONE, ENDS), "interviews_by_media_end", id="medium-end"),
    pytest.param(listing(GONE), "interviews_canceled_by_start", id="canceled"),
]
TOTALS: Final = [
    pytest.param(listing(), "TRUE", id="all"),
    pytest.param(listing(SINCE), "starts_at >= :now", id="since"),
    pytest.param(listing(PHONE), "media_type = 'PHONE'", id="medium"),
    pytest.param(listing(OVER), "ends_at <= :now AND canceled_at IS NULL", id="over"),
]


@pytest.mark.parametrize(("asked", "index"), LISTS)
class TestPages:
    @pytest.mark.fidelity("interviews.find.by-index")
    @pytest.mark.parametrize("skipped", [None, MANY // 2], ids=["first", "deep"])
    async def test_are_found_by_their_index(
        self, crowd: Database, asked: Listing, index: str, skipped: int | None
    ) -> None:
        """A page takes as many blocks as its rows, however deep it is; nothing is sorted."""
        async with crowd.read() as reader:
            place = None
            if skipped is not None:
                found_id = await reader.value(_AT, employer_id=EMPLOYER, skipped=skipped)
                place = await place_of(reader, found_id, EMPLOYER, NOW)
            explaining = Explaining(reader)

            found = await asked.page(explaining, place, 51)

        assert len(found) == 51
        assert f"using {index} on" in explaining.plan
        assert "Sort" not in explaining.plan
        assert "Seq Scan" not in explaining.plan
        assert explaining.touched < 100


class TestTotals:
    @pytest.mark.fidelity("interviews.find.by-index")
    @pytest.mark.parametrize(("asked", "condition"), TOTALS)
    async def test_are_read_and_not_counted(
        self, crowd: Database, asked: Listing, condition: str
    ) -> None:
        """The days are counted already; of the interviews only those at the edges are read."""
        naive = f"{_NAIVE} AND {condition}"
        params = {"employer_id": EMPLOYER} | ({"now": NOW} if ":now" in condition else {})
        async with crowd.read() as reader:
            expected = await reader.value(naive, **params)
            explaining = Explaining(reader)

            found = await asked.count(explaining)

        read = re.findall(r"on interviews i .*rows=(\d+)\.00", explaining.plan)
        assert found == expected > 1_000
        assert "Seq Scan on interviews " not in explaining.plan
        assert sum(map(int, read)) <= 3 * 72
