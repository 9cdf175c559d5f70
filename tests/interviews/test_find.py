"""Tests of finding interviews: filters, order, pages and cursors, on both databases."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hirewire.interviews.model import Interview, MediaType, Status
from hirewire.interviews.search import (
    Filter,
    Order,
    Search,
    SortDirection,
    SortField,
    Span,
)
from hirewire.interviews.service import SCOPE
from hirewire.kit.caller import Caller
from hirewire.kit.clock import MovableClock
from hirewire.kit.cursors import Cursor
from hirewire.kit.entropy import SeededEntropy
from hirewire.runtime.db.database import Database
from tests.interviews.conftest import make_world
from tests.interviews.searching import filters, matches
from tests.interviews.test_events import Counting
from tests.interviews.world import EMPLOYER, FOREIGN, UNKNOWN, World, refusal

NINE: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
CALLER: Final = Caller(
    app_id="a", scopes=frozenset({SCOPE}), expires_at=NINE, employer_id=EMPLOYER
)
FIND: Final = """
query ($first: Int, $after: String, $input: FindVirtualInterviewEventsInput!) {
  findVirtualInterviewEvents(first: $first, after: $after, input: $input) {
    events { title }
    pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
    totalCount
  }
}
"""
RANK: Final = list(Status)


@dataclass(slots=True)
class Calendar:
    """A world with many interviews: equal times, all statuses, all media, and a stranger's."""

    world: World
    now: datetime = NINE
    interviews: list[Interview] = field(default_factory=list)

    async def fill(self) -> None:
        """Put them on the calendar."""
        for number in range(24):
            kept = await self.world.schedule(
                NINE + HOUR * (number % 6 - 3),
                title=f"{number:02}",
                minutes=30 + 60 * (number % 4),
                media_type=list(MediaType)[number % 3],
            )
            if number % 5 == 4:
                await self.world.cancel(kept)
                kept = (await self._again([kept.id]))[0]
            self.interviews.append(kept)
        await self.world.schedule(NINE, title="foreign", employer=FOREIGN)

    async def walk(self, search: Search) -> list[str]:
        """Follow every page to the end, and check what each says of itself."""
        titles: list[str] = []
        after = None
        while True:
            asked = Search(
                first=search.first, after=after, where=search.where, order=search.order
            )
            async with self.world.database.read() as reader:
                page, listing = await self.world.interviews.find(
                    reader, CALLER, asked, self.now
                )
                count = await listing.count(reader)
            assert count == len(self.expected(search))
            assert page.has_previous == bool(titles)
            assert page.place == len(titles)
            titles += [each.title for each in page.interviews]
            if not page.has_next:
                return titles
            assert len(page.interviews) == search.first
            after = str(page.cursor(len(page.interviews) - 1))

    def expected(self, search: Search) -> list[str]:
        """Work the answer out in memory."""
        found = [each for each in self.interviews if matches(each, search.where, self.now)]
        keys = search.keys()
        found.sort(key=lambda each: each.id, reverse=keys[-1].direction is SortDirection.DESC)
        for key in reversed(keys):
            found.sort(
                key=lambda each, by=key.field: _value(each, by, self.now),  # type: ignore[misc]
                reverse=key.direction is SortDirection.DESC,
            )
        return [each.title for each in found]

    async def _again(self, ids: Sequence[Any]) -> list[Interview]:
        async with self.world.database.read() as reader:
            return list((await self.world.interviews.get(reader, CALLER, ids)).values())


@pytest.fixture
async def calendar(database: Database, clock: MovableClock, entropy: SeededEntropy) -> Calendar:
    """A full calendar, on each kind of database in turn."""
    found = Calendar(make_world(database, clock, entropy))
    await found.fill()
    return found


@pytest.fixture
async def on_sqlite(
    sqlite_database: Database, clock: MovableClock, entropy: SeededEntropy
) -> Calendar:
    """A full calendar on SQLite."""
    found = Calendar(make_world(sqlite_database, clock, entropy))
    await found.fill()
    return found


moments = st.none() | st.integers(-5, 5).map(lambda hours: NINE + HOUR * hours)
orders = st.lists(
    st.builds(Order, st.sampled_from(SortField), st.sampled_from(SortDirection)), max_size=5
).map(tuple)
searches = st.builds(
    Search, first=st.integers(1, 30), after=st.none(), where=filters(moments), order=orders
)
patient = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


class TestWalk:
    @pytest.mark.fidelity("interviews.find.filters", "interviews.find.sort")
    @patient
    @given(search=searches)
    async def test_visits_every_interview_once(
        self, on_sqlite: Calendar, search: Search
    ) -> None:
        """Whatever is asked for, the pages together are the list, in its order."""
        titles = await on_sqlite.walk(search)

        assert titles == on_sqlite.expected(search)

    @pytest.mark.parametrize("direction", SortDirection)
    @pytest.mark.parametrize("by", SortField)
    async def test_is_the_same_on_both_databases(
        self, calendar: Calendar, by: SortField, direction: SortDirection
    ) -> None:
        """Each order, and each followed by an opposite one, is walked on both."""
        mixed = (Order(by, direction), Order(SortField.END_TIME, SortDirection.DESC))
        where = Filter(starts=Span(after=NINE - HOUR * 2), statuses=(*RANK[:2], RANK[3]))

        for search in (
            Search(first=5, order=(Order(by, direction),)),
            Search(first=4, order=mixed, where=where),
        ):
            assert await calendar.walk(search) == calendar.expected(search)

    @pytest.mark.parametrize("depth", [0, 15])
    async def test_costs_the_same_at_any_depth(self, on_sqlite: Calendar, depth: int) -> None:
        """A page is a fixed number of statements, whatever it holds and wherever it stands."""
        world = on_sqlite.world
        async with world.database.read() as reader:
            page, _ = await world.interviews.find(reader, CALLER, Search(first=20), NINE)
            counting = Counting(reader)
            deep = Search(first=50, after=str(page.cursor(depth)))
            await world.interviews.find(counting, CALLER, deep, NINE)

        assert counting.statements == 2

    @pytest.mark.parametrize(
        ("by", "index"),
        [
            (SortField.START_TIME, "interviews_by_start"),
            (SortField.END_TIME, "interviews_by_end"),
        ],
    )
    async def test_goes_straight_to_its_page(
        self, on_sqlite: Calendar, by: SortField, index: str
    ) -> None:
        """The database finds a deep page by its index, and sorts nothing."""
        world = on_sqlite.world
        seen: list[str] = []

        class Explaining(Counting):
            async def all(self, make: Any, sql: str, /, **params: object) -> list[Any]:
                plan = f"EXPLAIN QUERY PLAN {sql}"
                seen.extend(await self._reader.all(lambda *row: row[3], plan, **params))
                return await super().all(make, sql, **params)

        order = (Order(by, SortDirection.DESC),)
        async with world.database.read() as reader:
            first = Search(first=10, order=order)
            page, _ = await world.interviews.find(reader, CALLER, first, NINE)
            deep = Search(first=10, order=order, after=str(page.cursor(9)))
            await world.interviews.find(Explaining(reader), CALLER, deep, NINE)

        assert len(seen) == 1
        assert f"USING INDEX {index} (employer_id=? AND " in seen[0]
        assert "_at,id)<(?,?))" in seen[0]


class TestPages:
    @pytest.mark.fidelity("interviews.find.default-page")
    async def test_hold_ten_unless_said_otherwise(self, on_sqlite: Calendar) -> None:
        """Without `first`, or with a null one, a page has the documented ten."""
        world = on_sqlite.world

        asked: tuple[dict[str, Any], ...] = ({"input": {}}, {"input": {}, "first": None})
        for variables in asked:
            answer = await world.api.ask(FIND, variables, token=world.token())
            page = answer["data"]["findVirtualInterviewEvents"]
            assert len(page["events"]) == 10
            assert page["totalCount"] == 24
            assert page["pageInfo"]["hasNextPage"] is True
            assert page["pageInfo"]["hasPreviousPage"] is False

    @pytest.mark.fidelity("interviews.find.first-limit")
    @pytest.mark.parametrize("first", [0, -1, 101])
    async def test_hold_1_to_100(self, world: World, first: int) -> None:
        """Any other size is bad input."""
        answer = await world.api.ask(FIND, {"input": {}, "first": first}, token=world.token())

        assert refusal(answer) == (
            "BAD_USER_INPUT",
            "interviews.bad_page_size",
            f"first: a page holds 1 to 100, got {first}.",
            ["findVirtualInterviewEvents"],
        )

    @pytest.mark.fidelity("interviews.find.lists")
    @pytest.mark.parametrize(
        ("field", "entry"),
        [
            ("status", "CANCELED"),
            ("mediaType", "VIDEO"),
            ("sort", {"sortField": "STATUS", "sortDirection": "DESC"}),
        ],
    )
    async def test_take_lists_of_up_to_100_entries(
        self, on_sqlite: Calendar, field: str, entry: object
    ) -> None:
        """A hundred times the same is the same as once, and more is bad input."""
        world, token = on_sqlite.world, on_sqlite.world.token()

        once, often, over = [
            await world.api.ask(FIND, {"input": {field: [entry] * count}}, token=token)
            for count in (1, 100, 1000)
        ]

        assert often == once
        assert "errors" not in once
        assert refusal(over) == (
            "BAD_USER_INPUT",
            "interviews.too_many_entries",
            f"{field}: takes at most 100 entries, got 1000.",
            ["findVirtualInterviewEvents"],
        )

    async def test_may_be_empty(self, world: World) -> None:
        """An empty page has no cursors and leads nowhere."""
        answer = await world.api.ask(FIND, {"input": {}}, token=world.token())

        assert answer["data"]["findVirtualInterviewEvents"] == {
            "events": [],
            "pageInfo": {
                "startCursor": None,
                "endCursor": None,
                "hasNextPage": False,
                "hasPreviousPage": False,
            },
            "totalCount": 0,
        }

    @pytest.mark.fidelity("interviews.find.range-ends")
    async def test_take_the_start_of_a_range_and_not_its_end(self, on_sqlite: Calendar) -> None:
        """`after` belongs to the range, `before` does not."""
        world = on_sqlite.world
        span = {"after": "2026-03-02T09:00:00Z", "before": "2026-03-02T10:00:00Z"}

        answer = await world.api.ask(FIND, {"input": {"startTime": span}}, token=world.token())

        titles = [e["title"] for e in answer["data"]["findVirtualInterviewEvents"]["events"]]
        assert titles == ["03", "09", "15", "21"]

    async def test_take_enums_in_any_spelling(self, on_sqlite: Calendar) -> None:
        """Single values stand for lists, and lower case for capitals."""
        world = on_sqlite.world
        asked = {
            "status": "canceled",
            "sort": {"sortField": "media_type", "sortDirection": "desc"},
        }

        answer = await world.api.ask(FIND, {"input": asked}, token=world.token())

        titles = [e["title"] for e in answer["data"]["findVirtualInterviewEvents"]["events"]]
        assert titles == ["09", "19", "04", "14"]


class TestCursors:
    @patient
    @given(cursor=st.text(max_size=60) | st.binary(max_size=40).map(bytes.hex))
    async def test_that_are_none_are_refused(self, world: World, cursor: str) -> None:
        """Any other text is answered as the seed shows."""
        answer = await world.api.ask(FIND, {"input": {}, "after": cursor}, token=world.token())

        assert refusal(answer) == (
            "BAD_USER_INPUT",
            "paging.bad_cursor",
            f"Encountered issue parsing cursor '{cursor}'.",
            ["findVirtualInterviewEvents"],
        )

    async def test_of_no_interview_are_refused(self, world: World) -> None:
        """A well-formed cursor that stands on nothing is refused, too."""
        cursor = str(Cursor(UNKNOWN, 3))

        answer = await world.api.ask(FIND, {"input": {}, "after": cursor}, token=world.token())

        assert refusal(answer)[1:3] == (
            "paging.bad_cursor",
            f"Encountered issue parsing cursor '{cursor}'.",
        )


def _value(interview: Interview, by: SortField, now: datetime) -> Any:
    return {
        SortField.START_TIME: interview.starts_at,
        SortField.END_TIME: interview.ends_at,
        SortField.STATUS: RANK.index(interview.status(now)),
        SortField.MEDIA_TYPE: interview.media_type.value,
    }[by]
