"""What interviewers make of the sessions that they took part in, and who may look back."""

from uuid import UUID

from hirewire.accounts.model import Person
from hirewire.interviews import store as interviews
from hirewire.interviews.lobby import model, store
from hirewire.interviews.lobby.errors import NoSuchLobby
from hirewire.interviews.lobby.facts import OutcomeEntered
from hirewire.interviews.lobby.model import EnterOutcome, Session
from hirewire.interviews.model import Interview, Interviewer, Outcome
from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.unit import UnitOfWork


async def sessions_of(
    reader: Reader, interview_id: UUID, person: Person
) -> tuple[Interview, tuple[Session, ...]]:
    """
    Find an interview, and its sessions that *person* took part in.

    Raises:
        NoSuchLobby: there are none, for whatever reason.
    """
    found = (await interviews.by_ids(reader, [interview_id])).get(interview_id)
    interviewer = None if found is None else _interviewer(found, person)
    if found is None or interviewer is None:
        raise NoSuchLobby
    sessions = await store.sessions(reader, interview_id, interviewer.id)
    if not sessions:
        raise NoSuchLobby
    return found, tuple(sessions)


async def took_part(reader: Reader, interview_id: UUID, interviewer_id: UUID) -> bool:
    """Tell whether an interviewer was present in any session of an interview."""
    return bool(await store.sessions(reader, interview_id, interviewer_id))


async def session_of(
    reader: Reader, record_id: UUID, person: Person
) -> tuple[Interview, Session]:
    """
    Find one session that *person* took part in, and its interview.

    Raises:
        NoSuchLobby: it is not there, or not theirs.
    """
    interview_id = await store.interview_of(reader, record_id)
    if interview_id is None:
        raise NoSuchLobby
    interview, sessions = await sessions_of(reader, interview_id, person)
    found = next((each for each in sessions if each.id == record_id), None)
    if found is None:
        raise NoSuchLobby
    return interview, found


async def enter_outcome(
    uow: UnitOfWork, interview_id: UUID, person: Person, command: EnterOutcome
) -> None:
    """
    Keep what *person* makes of a session, instead of what they said before.

    Raises:
        NoSuchLobby: the session is not one of the interview's that they took part in.
    """
    interview = await interviews.lock(uow, interview_id)
    interviewer = None if interview is None else _interviewer(interview, person)
    if interview is None or interviewer is None:
        raise NoSuchLobby
    session = await store.session(uow, command.record_id, interviewer.id)
    if session is None or session.interview_id != interview_id:
        raise NoSuchLobby
    if (session.decision, session.note) == (command.decision, command.note):
        return
    author = Interviewer(interviewer.id, interviewer.email, interviewer.name or person.name)
    outcome = Outcome(author, command.decision, command.note)
    await store.set_outcome(uow, session.id, outcome)
    fact = OutcomeEntered(
        employer_id=interview.employer_id,
        interview_id=interview_id,
        record_id=session.id,
        interviewer_id=interviewer.id,
    )
    uow.tell(fact)


def _interviewer(interview: Interview, person: Person) -> Interviewer | None:
    if not person.email_verified:
        return None
    return model.interviewer_called(interview, person.email)
