"""When sessions begin and end, and who took part."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from hirewire.interviews.lobby.pruning import prune_lobbies
from hirewire.interviews.lobby.store import records_of
from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.runtime.db.database import Database
from tests.interviews.lobby.world import BEN, LobbyWorld, make_pages, running_lobby

SECOND = timedelta(seconds=1)
ONCE = ("interviewee_knocked", "interviewee_admitted", "session_began")
PARTICIPANTS = "SELECT interviewer_id FROM interview_participants ORDER BY joined_at"


@pytest.fixture
async def lobby(
    database: Database, clock: MovableClock, entropy: SeededEntropy
) -> AsyncIterator[LobbyWorld]:
    """A lobby on each kind of database: its locks are not the same."""
    async with running_lobby(database, clock, entropy) as world:
        yield world


class TestBeginning:
    @pytest.mark.fidelity("lobby.session.begins")
    async def test_begins_when_the_guest_is_admitted(self, lobby: LobbyWorld) -> None:
        """One who knocks and waits has no session; admitted and connected, they have one."""
        host, guest = await lobby.host(), lobby.guest()
        await guest.knock()
        before = await lobby.records()
        await host.decide()

        assert before == []
        assert await lobby.records() == [(lobby.clock.now(), None)]
        assert (await lobby.told())[-1] == "session_began"

    @pytest.mark.fidelity("lobby.session.begins")
    async def test_waits_for_a_guest_who_is_gone(self, lobby: LobbyWorld) -> None:
        """Admitted while they are away, a guest begins the session by coming back."""
        host, guest = await lobby.host(), lobby.guest()
        await guest.knock()
        await host.look()
        seen = await host.look()
        await lobby.clock.advance(31 * SECOND)
        guest_id = seen.text.partition('name="guest" value="')[2].partition('"')[0]
        await host.send("admit", guest=guest_id)
        away = await lobby.records()

        await lobby.clock.advance(SECOND)
        await guest.look()

        assert away == []
        assert await lobby.records() == [(lobby.clock.now(), None)]

    @pytest.mark.fidelity("lobby.session.once")
    async def test_begins_once_whoever_is_first(self, lobby: LobbyWorld) -> None:
        """Two admit while the guest looks: there is one admission, and one session."""
        ada, ben, guest = await lobby.host(), await lobby.host(BEN), lobby.guest()
        await guest.knock()
        seen = (await ada.look()).text
        guest_id = seen.partition('name="guest" value="')[2].partition('"')[0]

        await asyncio.gather(
            ada.send("admit", guest=guest_id),
            ben.send("admit", guest=guest_id),
            guest.look(),
            guest.look(),
        )
        await guest.look()

        told = await lobby.told()
        assert len(await lobby.records()) == 1
        assert [told.count(kind) for kind in ONCE] == [1, 1, 1]

    @pytest.mark.fidelity("lobby.participants")
    async def test_counts_who_was_there(self, lobby: LobbyWorld) -> None:
        """Interviewers take part who are present in the session, also those who come later."""
        await lobby.session()
        async with lobby.database.read() as reader:
            alone = await reader.all(_id, PARTICIPANTS)
        await lobby.clock.advance(SECOND)
        await (await lobby.host(BEN)).look()

        async with lobby.database.read() as reader:
            both = await reader.all(_id, PARTICIPANTS)
        first, second = lobby.interview.interviewers
        assert (alone, both) == ([first.id], [first.id, second.id])


class TestEnding:
    @pytest.mark.fidelity("lobby.session.leaves")
    async def test_ends_when_the_guest_leaves(self, lobby: LobbyWorld) -> None:
        """Leaving ends the session at once, and a further knock begins a second record."""
        host, guest = await lobby.session()
        began_at = lobby.clock.now()
        await lobby.clock.advance(31 * SECOND)
        await guest.look()
        left_at = lobby.clock.now()
        await lobby.clock.advance(5 * SECOND)
        await guest.look()
        await guest.send("leave")
        await guest.knock()
        await host.decide()

        first, second, third = await lobby.records()
        assert first == (began_at, began_at + 30 * SECOND)
        assert second == (left_at, left_at + 5 * SECOND)
        assert third == (left_at + 5 * SECOND, None)

    @pytest.mark.fidelity("lobby.session.grace")
    async def test_survives_a_short_absence(self, lobby: LobbyWorld) -> None:
        """A page that comes back within 30 s goes on with its session."""
        _, guest = await lobby.session()

        for _ in range(4):
            await lobby.clock.advance(29 * SECOND)
            await guest.look()
            await lobby.run_tasks()

        assert [ended for _, ended in await lobby.records()] == [None]
        assert "session_ended" not in await lobby.told()

    @pytest.mark.fidelity("lobby.session.gone")
    async def test_ends_when_the_guest_is_gone_for_30_s(self, lobby: LobbyWorld) -> None:
        """The clock notices by itself, and the record says when the lease was over."""
        host, _ = await lobby.session()
        began_at = lobby.clock.now()

        await lobby.clock.advance(30 * SECOND)
        await lobby.run_tasks()
        page = await host.page()

        assert await lobby.records() == [(began_at, began_at + 30 * SECOND)]
        assert (await lobby.told())[-1] == "session_ended"
        assert "Waiting for the interviewee" in page

    @pytest.mark.fidelity("lobby.session.closes")
    async def test_ends_with_the_window(self, lobby: LobbyWorld) -> None:
        """Two hours after the end of the interview nobody is connected any more."""
        closes_at = lobby.interview.ends_at + timedelta(hours=2)
        await lobby.at(timedelta(hours=2, minutes=59, seconds=50))
        await lobby.session()
        began_at = lobby.clock.now()

        await lobby.clock.advance(10 * SECOND)
        await lobby.run_tasks()

        assert await lobby.records() == [(began_at, closes_at)]

    @pytest.mark.fidelity("lobby.session.canceled")
    async def test_ends_when_the_interview_is_canceled(self, lobby: LobbyWorld) -> None:
        """A session does not outlive its interview by more than the next look at it."""
        await lobby.session()
        began_at = lobby.clock.now()
        await lobby.clock.advance(10 * SECOND)
        await lobby.cancel()

        await lobby.clock.advance(20 * SECOND)
        await lobby.run_tasks()

        assert await lobby.records() == [(began_at, began_at + 10 * SECOND)]

    @pytest.mark.fidelity("lobby.presence")
    async def test_forgets_interviewers_who_left(self, lobby: LobbyWorld) -> None:
        """Who leaves is not shown any more, and looking at that page brings nobody back."""
        host, guest = await lobby.session()
        with_ada = await guest.page()

        await host.send("leave")
        left = await host.http.get(f"{host.path}?left=1")
        without = await guest.page()

        assert "You have left the lobby" in left.text
        assert ("Ada" in with_ada, "Ada" in without) == (True, False)

    @pytest.mark.fidelity("lobby.presence")
    async def test_takes_nobody_for_present_whose_browser_loads_ahead(
        self, lobby: LobbyWorld
    ) -> None:
        """A page is not looked at that comes before anybody asked for it, or never (HEAD)."""
        host, guest = await lobby.host(), lobby.guest()
        await host.http.get(host.path, headers={"sec-purpose": "prefetch;prerender"})
        await host.http.head(host.path)

        await guest.knock()

        assert "Nobody yet." in await guest.page()

    @pytest.mark.fidelity("lobby.presence")
    async def test_stops_watching_an_empty_lobby(self, lobby: LobbyWorld) -> None:
        """When everybody is gone, no task is left."""
        await lobby.session()
        await lobby.clock.advance(30 * SECOND)

        await lobby.run_tasks()

        async with lobby.database.read() as reader:
            assert (
                await reader.value("SELECT count(*) FROM tasks WHERE name = 'lobby.watch'") == 0
            )

    @pytest.mark.fidelity("lobby.forgets")
    async def test_forgets_names_after_two_days(self, lobby: LobbyWorld) -> None:
        """Who was in a lobby is removed; that there was a session is kept."""
        await lobby.session()
        await lobby.clock.advance(timedelta(days=2, minutes=1))

        async with lobby.database.unit() as uow:
            removed = await prune_lobbies(uow, 10)

        async with lobby.database.read() as reader:
            assert await reader.value("SELECT count(*) FROM lobby_guests") == 0
        assert removed == 2
        assert len(await lobby.records()) == 1


class TestAnotherProcess:
    @pytest.mark.fidelity("lobby.processes")
    async def test_sees_who_is_in_the_first(
        self, lobby: LobbyWorld, entropy: SeededEntropy
    ) -> None:
        """What one process admitted, another shows: all of it is in the rows."""
        await lobby.session()
        other = make_pages(lobby.database, lobby.clock, entropy)

        async with lobby.database.read() as reader:
            sight = await other.reception.lobby.sight(
                reader, lobby.interview.id, lobby.clock.now()
            )

        assert [each.name for each in sight.hosts] == ["Ada"]
        assert [each.name for each in sight.admitted] == ["Casey"]
        assert sight.session is not None


@pytest.mark.fidelity("lobby.records.batched")
async def test_reads_records_in_two_statements(sqlite_database: Database) -> None:
    """Interviews without a record are left out, and nothing is asked for none."""
    async with sqlite_database.read() as reader:
        assert await records_of(reader, []) == {}
        assert await records_of(reader, [UUID(int=1), UUID(int=2)]) == {}


def _id(interviewer_id: UUID) -> UUID:
    return interviewer_id
