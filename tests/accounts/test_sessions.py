"""Sessions begin, are found, and end."""

from datetime import timedelta

import pytest

from hirewire.accounts.model import Person, RegisterPerson
from hirewire.accounts.service import Accounts
from hirewire.accounts.sessions import NewSession, Sessions, end_sessions_of
from hirewire.accounts.sign_in.facts import SessionEnded
from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.runtime.db.database import Database
from tests.accounts.world import facts


@pytest.fixture
async def person(database: Database, accounts: Accounts) -> Person:
    """Somebody."""
    async with database.unit() as uow:
        return await accounts.register_person(
            uow, RegisterPerson(name="Ada", email="ada@alpenblick.example")
        )


@pytest.fixture
def sessions(entropy: SeededEntropy, clock: MovableClock) -> Sessions:
    """Sessions of an hour."""
    return Sessions(entropy, clock, timedelta(hours=1))


async def _begin(database: Database, sessions: Sessions, person: Person) -> NewSession:
    async with database.unit() as uow:
        return await sessions.begin(uow, person.id)


async def _is_found(database: Database, sessions: Sessions, new: NewSession) -> bool:
    async with database.read() as reader:
        return await sessions.find(reader, new.text) is not None


class TestSessions:
    async def test_are_found_by_their_text(
        self, database: Database, sessions: Sessions, person: Person, clock: MovableClock
    ) -> None:
        """
        A session says who proved it when, and until when it counts.
        """
        new = await _begin(database, sessions, person)

        async with database.read() as reader:
            found = await sessions.find(reader, new.text)
            unknown = await sessions.find(reader, new.text[::-1])
        assert (found, unknown) == (new.session, None)
        assert found is not None
        assert (found.person_id, found.authenticated_at) == (person.id, clock.now())
        assert found.expires_at == clock.now() + timedelta(hours=1)

    async def test_keep_their_text_to_themselves(
        self, database: Database, sessions: Sessions, person: Person
    ) -> None:
        """
        Neither the database, nor the log, nor a repr has what the browser has.
        """
        new = await _begin(database, sessions, person)

        async with database.read() as reader:
            digests = await reader.all(bytes, "SELECT digest FROM sessions")
        told = await facts(database)
        assert [len(digest) for digest in digests] == [32]
        assert new.text.encode() not in digests[0]
        assert told[-1][0] == "person.signed_in"
        assert new.text not in told[-1][1]
        assert new.text not in repr(new)

    async def test_are_over_after_their_lifetime(
        self, database: Database, sessions: Sessions, person: Person, clock: MovableClock
    ) -> None:
        """
        An hour counts from the proof, however often the session is used.
        """
        new = await _begin(database, sessions, person)

        await clock.advance(timedelta(minutes=59))
        assert await _is_found(database, sessions, new)
        await clock.advance(timedelta(minutes=1))
        assert not await _is_found(database, sessions, new)

    async def test_end_one_or_all(
        self, database: Database, sessions: Sessions, person: Person
    ) -> None:
        """
        Ending one leaves the others; ending all leaves none.
        """
        one, two, three = [await _begin(database, sessions, person) for _ in range(3)]

        async with database.unit() as uow:
            await sessions.end(uow, one.session.id)
        after_one = [await _is_found(database, sessions, new) for new in (one, two, three)]
        async with database.unit() as uow:
            await end_sessions_of(uow, person.id)
        after_all = [await _is_found(database, sessions, new) for new in (one, two, three)]

        assert after_one == [False, True, True]
        assert after_all == [False, False, False]

    @pytest.mark.fidelity("sign-in.password-change-signs-out")
    async def test_end_with_the_password(
        self, database: Database, sessions: Sessions, person: Person, accounts: Accounts
    ) -> None:
        """
        Who signed in with the old password, perhaps a thief, is signed in no more.

        Each end is told, as at a sign-out, for what else belongs to the session.
        """
        one, two = [await _begin(database, sessions, person) for _ in range(2)]

        async with database.unit() as uow:
            await accounts.change_password(uow, person.id, "another hash")

        assert not await _is_found(database, sessions, one)
        assert not await _is_found(database, sessions, two)
        ended = {fact.session_id for fact in uow.facts if isinstance(fact, SessionEnded)}
        assert ended == {one.session.id, two.session.id}
