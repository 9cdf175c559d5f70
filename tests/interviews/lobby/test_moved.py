"""What becomes of those who were let in when an interview is put to another time."""

from datetime import datetime, timedelta

import pytest

from hirewire.interviews.changes import RescheduleInterview
from hirewire.interviews.lobby.model import LEASE
from hirewire.interviews.lobby.store import guests
from tests.interviews.lobby.world import LobbyWorld
from tests.interviews.world import app_of

MINUTE = timedelta(minutes=1)
TWO_DAYS = timedelta(days=2)


@pytest.mark.fidelity("lobby.admission.window")
async def test_admission_ends_with_the_lobby(lobby_on_each: LobbyWorld) -> None:
    """Moved by two days, the same browser knocks again, and begins no session by looking."""
    lobby = lobby_on_each
    host, guest = await lobby.session()
    began_at = lobby.clock.now()
    await lobby.clock.advance(MINUTE / 6)
    moved_at = lobby.clock.now()

    await move(lobby, lobby.interview.starts_at + TWO_DAYS)
    told = await lobby.told()
    await lobby.clock.advance(TWO_DAYS)
    page = await guest.page()
    seen = await host.page()

    assert told[-2:] == ["session_ended", "rescheduled"]
    assert "You are in" not in page
    assert 'name="name"' in page
    assert "knocks" not in seen
    assert await lobby.records() == [(began_at, moved_at)]


@pytest.mark.fidelity("lobby.admission.window")
@pytest.mark.parametrize("hours", [-20, -3])
async def test_session_lasts_until_its_lobby_is_moved_to_the_past(
    lobby_on_each: LobbyWorld, hours: int
) -> None:
    """It ends when the interview is moved, and not when the lobby would have closed there."""
    lobby = lobby_on_each
    await lobby.session()
    began_at = lobby.clock.now()
    await lobby.clock.advance(MINUTE / 6)

    await move(lobby, lobby.interview.starts_at + timedelta(hours=hours, minutes=-11))

    assert await lobby.records() == [(began_at, began_at + MINUTE / 6)]
    assert (await lobby.told())[-2:] == ["session_ended", "rescheduled"]


@pytest.mark.fidelity("lobby.admission.window")
async def test_admission_does_not_come_back_with_a_lobby_that_was_closed(
    lobby_on_each: LobbyWorld,
) -> None:
    """Once the lobby is closed nobody is in, though the interview is moved to right now."""
    lobby = lobby_on_each
    _, guest = await lobby.session()
    began_at = lobby.clock.now()
    await lobby.clock.advance(timedelta(hours=20))

    await move(lobby, lobby.clock.now() + MINUTE)
    page = await guest.page()

    assert "You are in" not in page
    assert await lobby.records() == [(began_at, began_at + LEASE)]


@pytest.mark.fidelity("lobby.admission.window")
async def test_session_goes_on_in_a_lobby_that_stays_open(lobby_on_each: LobbyWorld) -> None:
    """Ten minutes more or less throw nobody out."""
    lobby = lobby_on_each
    _, guest = await lobby.session()
    began_at = lobby.clock.now()

    await move(lobby, lobby.interview.starts_at + MINUTE)
    page = await guest.page()

    assert "You are in" in page
    assert await lobby.records() == [(began_at, None)]


@pytest.mark.fidelity("lobby.admission.window")
async def test_nobody_is_kept_of_a_lobby_that_is_moved(lobby_on_each: LobbyWorld) -> None:
    """Who waits or was declined there is forgotten, too."""
    lobby = lobby_on_each
    waiting = lobby.guest()
    await waiting.knock("Casey")

    await move(lobby, lobby.interview.starts_at + TWO_DAYS)

    async with lobby.database.read() as reader:
        assert await guests(reader, lobby.interview.id) == []


async def move(lobby: LobbyWorld, starts_at: datetime) -> None:
    """Have the employer's app put the interview to another time."""
    old = lobby.interview
    command = RescheduleInterview(
        id=old.id, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1)
    )
    async with lobby.database.unit() as uow:
        await lobby.interviews.reschedule(uow, app_of(old.employer_id), command)
