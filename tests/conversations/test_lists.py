"""Lists of threads, on both databases."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from hirewire.conversations.access import reader_of
from hirewire.conversations.errors import BadPageSize, EmployerLost
from hirewire.conversations.inbox.model import ConversationPage, Filter, Place
from hirewire.conversations.inbox.store import Inbox
from hirewire.conversations.model import Candidate, Conversation
from hirewire.kit.caller import MissingScope, NoEmployer
from hirewire.kit.clock import MovableClock
from hirewire.kit.cursors import BadCursor, Cursor
from tests.conversations.acts import hear, link, listed, mark, say, start, unread
from tests.conversations.world import World

SECOND: Final = timedelta(seconds=1)


def ids(page: ConversationPage) -> list[UUID]:
    """Name the threads of a page."""
    return [each.conversation.id for each in page.listed]


def end(page: ConversationPage) -> str:
    """Name the place of its last thread."""
    return str(page.listed[-1].conversation.cursor)


async def threads(
    world: World, clock: MovableClock, count: int, pause: timedelta = SECOND
) -> list[Conversation]:
    """Start as many threads of Acme's."""
    found = []
    for number in range(count):
        await clock.advance(pause)
        candidate = Candidate(name=f"C{number}", email=f"c{number}@example.org")
        posting = f"job {number % 2}"
        found.append(
            (
                await start(world, world.acme_caller, candidate=candidate, posting_id=posting)
            ).conversation
        )
    return found


class TestOrder:
    @pytest.mark.fidelity("conversations.list")
    async def test_the_newest_activity_comes_first(
        self, world: World, clock: MovableClock
    ) -> None:
        """
        A message of either side moves its thread up; edits, deletes and marks do not.
        """
        one, two, three = await threads(world, clock, 3)
        await clock.advance(SECOND)
        sent = await say(world, world.acme_caller, one.id)
        await clock.advance(SECOND)
        await hear(world, two.id)
        await clock.advance(SECOND)
        async with world.database.unit() as uow:
            await world.conversations.edit(uow, world.acme_caller, sent.id, "Bye")
        await mark(world, world.acme_caller, one.id)

        page = await listed(world, world.acme_caller)

        assert ids(page) == [two.id, one.id, three.id, world.thread.id]
        assert [each.unread for each in page.listed] == [1, 0, 0, 0]
        assert page.listed[0].conversation.last_activity_at == clock.now() - SECOND

    async def test_activity_never_runs_backwards(
        self, world: World, clock: MovableClock
    ) -> None:
        """
        A clock that is set back leaves a thread where it was.
        """
        (one,) = await threads(world, clock, 1)
        await say(world, world.acme_caller, one.id)
        before = (await listed(world, world.acme_caller)).listed[0].conversation.active_ms

        await clock.start_over(clock.now() - timedelta(hours=1))
        await say(world, world.acme_caller, one.id)

        after = (await listed(world, world.acme_caller)).listed[0].conversation
        assert (after.id, after.active_ms, after.message_count) == (one.id, before, 2)

    @pytest.mark.fidelity("conversations.list.pages")
    @pytest.mark.parametrize("pause", [SECOND, timedelta()])
    async def test_pages_meet_every_thread_once(
        self, world: World, clock: MovableClock, pause: timedelta
    ) -> None:
        """
        Also those that are of one moment.
        """
        made = await threads(world, clock, 6, pause)
        met, after, ways = [], None, []

        while True:
            page = await listed(world, world.acme_caller, first=2, after=after)
            met += ids(page)
            ways.append((page.has_previous, page.has_next))
            if not page.has_next:
                break
            after = end(page)

        newest_first = sorted([*made, world.thread], key=lambda each: (each.active_ms, each.id))
        assert met == [each.id for each in reversed(newest_first)]
        assert ways == [(False, True), (True, True), (True, True), (True, False)]

    @pytest.mark.fidelity("conversations.list.pages")
    async def test_a_place_stays_when_its_thread_moves_up(
        self, world: World, clock: MovableClock
    ) -> None:
        """
        Whoever pages while people write misses none of those that stayed.
        """
        made = await threads(world, clock, 4)
        first = await listed(world, world.acme_caller, first=2)
        await clock.advance(SECOND)
        await say(world, world.acme_caller, made[2].id)

        second = await listed(world, world.acme_caller, first=10, after=end(first))

        assert ids(second) == [made[1].id, made[0].id, world.thread.id]


class TestFilters:
    @pytest.mark.fidelity("conversations.list.filter")
    async def test_by_posting_candidate_and_unread(
        self, world: World, clock: MovableClock
    ) -> None:
        """
        Each by itself, and together.
        """
        made = await threads(world, clock, 4)
        for each in made[:3]:
            await clock.advance(SECOND)
            await hear(world, each.id)
        await mark(world, world.acme_caller, made[1].id)

        async def found(where: Filter) -> list[int]:
            page = await listed(world, world.acme_caller, where=where)
            return [[each.id for each in made].index(id_) for id_ in ids(page)]

        assert await found(Filter(posting_id="job 1")) == [1, 3]
        assert await found(Filter(candidate_email="C2@EXAMPLE.org")) == [2]
        assert await found(Filter(unread_only=True)) == [2, 0]
        assert await found(Filter(unread_only=True, posting_id="job 1")) == []
        assert await found(Filter(posting_id="job 0", candidate_email="c0@example.org")) == [0]
        assert await found(Filter(posting_id="job")) == []

    @pytest.mark.parametrize("text", ["a\0b", "a\ud800"])
    @pytest.mark.parametrize("by", ["posting_id", "candidate_email"])
    async def test_by_what_no_text_holds_finds_nothing(
        self, world: World, by: str, text: str
    ) -> None:
        """
        No thread can have such a value, and a database would take offence at it.
        """
        where = Filter(**{by: text})  # type: ignore[arg-type]
        place = str(Cursor(world.thread.id, 0))

        page = await listed(world, world.acme_caller, where=where, after=place)

        assert (page.listed, page.has_next, page.has_previous) == ([], False, False)

    async def test_unread_is_the_callers_own(self, world: World, clock: MovableClock) -> None:
        """
        What the app has read, Pat has not.
        """
        (one,) = await threads(world, clock, 1)
        await hear(world, one.id)
        await mark(world, world.acme_caller, one.id)
        only = Filter(unread_only=True)

        apps = await listed(world, world.acme_caller, where=only)
        pats = await listed(world, world.caller(person=world.pat), where=only)

        assert (ids(apps), ids(pats)) == ([], [one.id])

    @pytest.mark.fidelity("conversations.unread.taken-back")
    async def test_what_was_taken_back_is_not_unread(self, world: World) -> None:
        """
        Neither in lists nor for one thread; what was read before it was, counts for nothing.
        """
        started = await start(world, world.acme_caller)
        thread = started.conversation
        token = await link(world, thread.id)
        caller, door = world.acme_caller, world.conversations.candidates
        read = await hear(world, thread.id, "read")
        await mark(world, caller, thread.id)
        sent = [await hear(world, thread.id, text) for text in ("oops", "stays")]
        counts = []

        for message in (None, read, *sent):
            async with world.database.unit() as uow:
                if message is not None:
                    await door.delete(uow, token, message.id)
            page = await listed(world, caller, where=Filter(unread_only=True))
            async with world.database.read() as reader:
                now = await world.conversations.read(reader, caller, thread.id)
                known = (await world.conversations.marks(reader, [now]))[
                    now.id, reader_of(caller)
                ]
                one = await world.conversations.unread(reader, now, known)
            counts.append((one, await unread(world, caller, thread.id), len(ids(page))))

        assert counts == [(2, 2, 1), (2, 2, 1), (1, 1, 1), (0, 0, 0)]


class TestWho:
    async def test_a_person_sees_all_of_their_employers(
        self, world: World, clock: MovableClock
    ) -> None:
        """
        Merged in one order, page by page.
        """
        made = await threads(world, clock, 2)
        await clock.advance(SECOND)
        await hear(world, world.globex_thread.id)
        pat = world.caller(person=world.pat)

        whole = await listed(world, pat)
        first = await listed(world, pat, first=1)
        rest = await listed(world, pat, first=3, after=end(first))

        expected = [world.globex_thread.id, made[1].id, made[0].id]
        assert ids(whole)[:3] == expected
        assert set(ids(whole)[3:]) == {world.thread.id}
        assert ids(first) + ids(rest) == ids(whole)
        assert whole.listed[0].conversation.created_at == world.thread.created_at

    async def test_who_sees_nothing(self, world: World) -> None:
        """
        A person of no employer an empty list; others are refused.
        """
        sam = world.caller(person=world.sam)
        writer = world.caller(employer=world.acme, scopes=frozenset({"email"}))

        assert ids(await listed(world, sam)) == []
        with pytest.raises(NoEmployer):
            await listed(world, world.caller())
        with pytest.raises(EmployerLost):
            await listed(world, world.caller(person=world.sam, employer=world.acme))
        with pytest.raises(MissingScope):
            await listed(world, writer)

    @pytest.mark.parametrize(
        "after", ["", "nonsense", str(Cursor(UUID(int=1), 999_999_999_999_999))]
    )
    async def test_refuses_bad_pages(self, world: World, after: str) -> None:
        """
        A page has 1 to 100 threads, and begins at a place.
        """
        for first in (0, 101):
            with pytest.raises(BadPageSize):
                await listed(world, world.acme_caller, first=first)
        with pytest.raises(BadCursor):
            await listed(world, world.acme_caller, after=after)


class TestCost:
    @pytest.mark.fidelity("conversations.list.pages")
    @pytest.mark.parametrize(
        ("where", "index"),
        [
            (Filter(), "conversations_by_activity"),
            (Filter(unread_only=True), "conversations_by_activity"),
            (Filter(posting_id="job 1"), "conversations_by_posting"),
            (Filter(candidate_email="c@example.org"), "conversations_by_candidate"),
        ],
    )
    async def test_a_page_begins_where_an_index_finds_it(
        self, fast_world: World, where: Filter, index: str
    ) -> None:
        """
        However deep it is: nothing before it is read, and nothing but one candidate's sorted.
        """
        inbox = Inbox(employers=[fast_world.acme.id], who="app:a", where=where)
        spy = Spy()
        await inbox.page(spy, Place(5, UUID(int=5)), 20)

        async with fast_world.database.read() as reader:
            plan = await reader.all(
                lambda *row: str(row[3]), f"EXPLAIN QUERY PLAN {spy.sql}", **spy.params
            )

        assert f"USING INDEX {index} (" in plan[0]
        is_sorted = any("TEMP B-TREE" in step for step in plan)
        assert is_sorted == (where.candidate_email is not None)


class Spy:
    """A reader that finds nothing, and keeps what it was asked."""

    sql = ""

    def __init__(self) -> None:
        self.params: dict[str, object] = {}

    async def all(self, make: Any, sql: str, /, **params: object) -> list[Any]:
        self.sql, self.params = sql, params
        return []

    async def one(self, make: Any, sql: str, /, **params: object) -> Any:
        self.sql, self.params = sql, params

    async def value(self, sql: str, /, **params: object) -> Any:
        pytest.fail(f"A page of the inbox counts nothing: {sql}")
