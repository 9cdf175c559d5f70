"""How sessions end, and all that was allowed in a lobby that is moved to another time."""

from datetime import datetime

from hirewire.interviews.lobby import store
from hirewire.interviews.lobby.facts import SessionEnded
from hirewire.interviews.lobby.model import GuestState, OpenRecord, Phase, Window, phase
from hirewire.interviews.model import Interview
from hirewire.runtime.db.unit import UnitOfWork


async def settle(uow: UnitOfWork, interview: Interview) -> None:
    """End the session when it ended: whoever comes first after that writes it down."""
    session = await store.open_record(uow, interview.id)
    if session is None:
        return
    guests = await store.guests(uow, interview.id)
    leases = [each.present_until for each in guests if each.state is GuestState.ADMITTED]
    ended_at = min(_end_of(interview), max(leases, default=session.began_at))
    if ended_at <= uow.now:
        await end(uow, interview, session, max(ended_at, session.began_at))


async def end(uow: UnitOfWork, interview: Interview, session: OpenRecord, at: datetime) -> None:
    """End a session."""
    await store.end_record(uow, session.id, at)
    fact = SessionEnded(
        employer_id=interview.employer_id, interview_id=interview.id, record_id=session.id
    )
    uow.tell(fact)


async def moved(uow: UnitOfWork, old: Interview, new: Interview) -> None:
    """
    Begin the lobby of a rescheduled interview anew, unless it is open before and after.

    Whoever was let in at another time knocks again, and is let in by somebody who is there.
    """
    if all(phase(each, uow.now) is Phase.OPEN for each in (old, new)):
        return
    await settle(uow, old)
    session = await store.open_record(uow, new.id)
    if session is not None:
        await end(uow, new, session, uow.now)
    await store.forget_guests(uow, new.id)


def _end_of(interview: Interview) -> datetime:
    """Say when a session ends at the latest: with its lobby."""
    return interview.canceled_at or Window.of(interview).closes_at
