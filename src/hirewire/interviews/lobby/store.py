"""The tables of lobbies, records and outcomes: the only place that knows them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from hirewire.interviews.lobby.model import (
    Guest,
    GuestState,
    Host,
    OpenRecord,
    RecordingState,
    Role,
    Session,
)
from hirewire.interviews.model import Decision, Interviewer, Outcome, Record
from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.unit import UnitOfWork

_BEHIND: Final = """
    SELECT id, lobby_token FROM interviews
    WHERE lobby_token = :token OR interviewee_token = :token
"""
_GUEST: Final = """
    SELECT id, interview_id, name, state, knocked_at, decided_at, present_until
    FROM lobby_guests
"""
_GUEST_BY_DIGEST: Final = _GUEST + "WHERE digest = :digest AND interview_id = :interview_id"
_GUEST_BY_ID: Final = _GUEST + "WHERE id = :id AND interview_id = :interview_id"
_GUESTS: Final = (
    _GUEST + "WHERE interview_id = :interview_id AND state IN :states ORDER BY knocked_at, id"
)
_ADD_GUEST: Final = """
    INSERT INTO lobby_guests (id, interview_id, digest, name, state, knocked_at, present_until)
    VALUES (:id, :interview_id, :digest, :name, :state, :knocked_at, :present_until)
"""
_WAIT_ON: Final = """
    UPDATE lobby_guests SET name = :name, present_until = :present_until WHERE id = :id
"""
_DECIDE: Final = """
    UPDATE lobby_guests SET state = :state, decided_at = :at, decided_by = :by WHERE id = :id
"""
_SET_STATE: Final = "UPDATE lobby_guests SET state = :state WHERE id = :id"
_GUEST_SEEN: Final = "UPDATE lobby_guests SET present_until = :until WHERE id = :id"
_FORGET_GUESTS: Final = "DELETE FROM lobby_guests WHERE interview_id = :interview_id"
_KNOCKS_SINCE: Final = """
    SELECT count(*) FROM lobby_guests
    WHERE interview_id = :interview_id AND knocked_at > :since
"""
_HOSTS: Final = """
    SELECT interviewer_id, name, present_until FROM lobby_hosts
    WHERE interview_id = :interview_id ORDER BY name, interviewer_id
"""
_HOST_SEEN: Final = """
    INSERT INTO lobby_hosts (interview_id, interviewer_id, name, present_until)
    VALUES (:interview_id, :interviewer_id, :name, :until)
    ON CONFLICT (interview_id, interviewer_id) DO UPDATE
    SET name = excluded.name, present_until = excluded.present_until
"""
_HOST_LEFT: Final = """
    DELETE FROM lobby_hosts
    WHERE interview_id = :interview_id AND interviewer_id = :interviewer_id
"""
_OPEN_RECORD: Final = """
    SELECT id, began_at FROM interview_records
    WHERE interview_id = :interview_id AND ended_at IS NULL
"""
_BEGIN_RECORD: Final = """
    INSERT INTO interview_records (id, interview_id, began_at, recording_state)
    VALUES (:id, :interview_id, :began_at, 'NEVER')
"""
_END_RECORD: Final = "UPDATE interview_records SET ended_at = :at WHERE id = :id"
_TOOK_PART: Final = """
    INSERT INTO interview_participants (record_id, interviewer_id, joined_at)
    VALUES (:record_id, :interviewer_id, :at)
    ON CONFLICT (record_id, interviewer_id) DO NOTHING
"""
_SESSION: Final = """
    SELECT r.id, r.interview_id, r.began_at, r.ended_at, r.recording_state, o.decision, o.note
    FROM interview_records r
    JOIN interview_participants p
      ON p.record_id = r.id AND p.interviewer_id = :interviewer_id
    LEFT JOIN interview_outcomes o
      ON o.record_id = r.id AND o.interviewer_id = p.interviewer_id
"""
_SESSIONS: Final = _SESSION + "WHERE r.interview_id = :interview_id ORDER BY r.id"
_SESSION_BY_ID: Final = _SESSION + "WHERE r.id = :id"
_INTERVIEW_OF: Final = "SELECT interview_id FROM interview_records WHERE id = :id"
_SET_OUTCOME: Final = """
    INSERT INTO interview_outcomes (record_id, interviewer_id, interviewer_email,
                                    interviewer_name, decision, note, entered_at, changed_at)
    VALUES (:record_id, :interviewer_id, :email, :name, :decision, :note, :at, :at)
    ON CONFLICT (record_id, interviewer_id) DO UPDATE
    SET interviewer_name = excluded.interviewer_name, decision = excluded.decision,
        note = excluded.note, changed_at = excluded.changed_at
"""
_PRUNE_GUESTS: Final = """
    DELETE FROM lobby_guests WHERE id IN (
      SELECT id FROM lobby_guests WHERE present_until < :before ORDER BY present_until
      LIMIT :limit
    )
"""
_PRUNE_HOSTS: Final = """
    DELETE FROM lobby_hosts WHERE (interview_id, interviewer_id) IN (
      SELECT interview_id, interviewer_id FROM lobby_hosts
      WHERE present_until < :before ORDER BY present_until LIMIT :limit
    )
"""
_RECORDS: Final = """
    SELECT id, interview_id, recording_state FROM interview_records
    WHERE interview_id IN :ids ORDER BY id
"""
_OUTCOMES: Final = """
    SELECT o.record_id, o.interviewer_id, o.interviewer_email, o.interviewer_name,
           o.decision, o.note
    FROM interview_outcomes o JOIN interview_records r ON r.id = o.record_id
    WHERE r.interview_id IN :ids ORDER BY o.entered_at, o.interviewer_id
"""


async def records_of(
    reader: Reader, interview_ids: Sequence[UUID]
) -> dict[UUID, tuple[Record, ...]]:
    """
    Read the records of interviews with their outcomes, in two statements however many.

    Interviews without one are left out. A recording that is ready has its page's path for an
    address; whoever shows it puts the server's in front.
    """
    if not interview_ids:
        return {}
    ids = list(interview_ids)
    rows = await reader.all(_row, _RECORDS, ids=ids)
    outcomes: dict[UUID, list[Outcome]] = {}
    for record_id, outcome in await reader.all(_outcome, _OUTCOMES, ids=ids):
        outcomes.setdefault(record_id, []).append(outcome)
    found: dict[UUID, tuple[Record, ...]] = {}
    for record_id, interview_id, state in rows:
        url = f"/recordings/{record_id}" if state == RecordingState.READY else None
        record = Record(record_id, url, tuple(outcomes.get(record_id, ())))
        found[interview_id] = (*found.get(interview_id, ()), record)
    return found


async def behind(reader: Reader, token: str) -> tuple[UUID, Role] | None:
    """Find the interview that *token* opens, and the role that it gives."""

    def read(interview_id: UUID, interviewers_token: str) -> tuple[UUID, Role]:
        is_theirs = interviewers_token == token
        return interview_id, Role.INTERVIEWER if is_theirs else Role.INTERVIEWEE

    return await reader.one(read, _BEHIND, token=token)


async def guest_by_digest(reader: Reader, interview_id: UUID, digest: bytes) -> Guest | None:
    """Find the guest whose browser holds what *digest* is of."""
    return await reader.one(_guest, _GUEST_BY_DIGEST, digest=digest, interview_id=interview_id)


async def guest(reader: Reader, interview_id: UUID, id: UUID) -> Guest | None:
    """Find a guest of one interview by id."""
    return await reader.one(_guest, _GUEST_BY_ID, id=id, interview_id=interview_id)


async def guests(reader: Reader, interview_id: UUID) -> list[Guest]:
    """List who waits or is admitted, whether they are present or not, as they came."""
    states = [GuestState.WAITING.value, GuestState.ADMITTED.value]
    return await reader.all(_guest, _GUESTS, interview_id=interview_id, states=states)


async def add_guest(uow: UnitOfWork, guest: Guest, digest: bytes) -> None:
    """Store a guest who has just knocked."""
    await uow.run(
        _ADD_GUEST,
        id=guest.id,
        interview_id=guest.interview_id,
        digest=digest,
        name=guest.name,
        state=guest.state.value,
        knocked_at=guest.knocked_at,
        present_until=guest.present_until,
    )


async def wait_on(uow: UnitOfWork, guest: Guest) -> None:
    """Let a guest who waits go on waiting, under another name perhaps."""
    await uow.run(_WAIT_ON, id=guest.id, name=guest.name, present_until=guest.present_until)


async def decide(uow: UnitOfWork, id: UUID, state: GuestState, by: UUID) -> None:
    """Store what the interviewer *by* decided on a guest."""
    await uow.run(_DECIDE, id=id, state=state.value, at=uow.now, by=by)


async def set_state(uow: UnitOfWork, id: UUID, state: GuestState) -> None:
    """Store how far a guest has come."""
    await uow.run(_SET_STATE, id=id, state=state.value)


async def forget_guests(uow: UnitOfWork, interview_id: UUID) -> None:
    """Remove everybody who knocked at a lobby."""
    await uow.run(_FORGET_GUESTS, interview_id=interview_id)


async def guest_seen(uow: UnitOfWork, id: UUID, until: datetime) -> None:
    """Renew the lease of a guest."""
    await uow.run(_GUEST_SEEN, id=id, until=until)


async def knocks_since(reader: Reader, interview_id: UUID, since: datetime) -> int:
    """Count the guests whose last knock was after *since*."""
    found: int = await reader.value(_KNOCKS_SINCE, interview_id=interview_id, since=since)
    return found


async def hosts(reader: Reader, interview_id: UUID) -> list[Host]:
    """List the interviewers who came and did not leave, by name."""
    return await reader.all(Host, _HOSTS, interview_id=interview_id)


async def host_seen(uow: UnitOfWork, interview_id: UUID, host: Host) -> None:
    """Renew the lease of an interviewer, or let them in."""
    await uow.run(
        _HOST_SEEN,
        interview_id=interview_id,
        interviewer_id=host.interviewer_id,
        name=host.name,
        until=host.present_until,
    )


async def host_left(uow: UnitOfWork, interview_id: UUID, interviewer_id: UUID) -> None:
    """Let an interviewer go."""
    await uow.run(_HOST_LEFT, interview_id=interview_id, interviewer_id=interviewer_id)


async def open_record(reader: Reader, interview_id: UUID) -> OpenRecord | None:
    """Find the session that goes on."""
    return await reader.one(OpenRecord, _OPEN_RECORD, interview_id=interview_id)


async def begin_record(uow: UnitOfWork, interview_id: UUID, record: OpenRecord) -> None:
    """Store that a session began."""
    await uow.run(
        _BEGIN_RECORD, id=record.id, interview_id=interview_id, began_at=record.began_at
    )


async def end_record(uow: UnitOfWork, id: UUID, at: datetime) -> None:
    """Store that a session ended."""
    await uow.run(_END_RECORD, id=id, at=at)


async def took_part(uow: UnitOfWork, record_id: UUID, interviewer_id: UUID) -> None:
    """Store that an interviewer was present in a session."""
    await uow.run(_TOOK_PART, record_id=record_id, interviewer_id=interviewer_id, at=uow.now)


async def sessions(reader: Reader, interview_id: UUID, interviewer_id: UUID) -> list[Session]:
    """List the sessions of an interview that an interviewer took part in, as they began."""
    return await reader.all(
        _session, _SESSIONS, interview_id=interview_id, interviewer_id=interviewer_id
    )


async def session(reader: Reader, id: UUID, interviewer_id: UUID) -> Session | None:
    """Find a session by id, if the interviewer took part in it."""
    return await reader.one(_session, _SESSION_BY_ID, id=id, interviewer_id=interviewer_id)


async def interview_of(reader: Reader, record_id: UUID) -> UUID | None:
    """Find the interview of a record."""
    found: UUID | None = await reader.value(_INTERVIEW_OF, id=record_id)
    return found


async def set_outcome(uow: UnitOfWork, record_id: UUID, outcome: Outcome) -> None:
    """Store the current outcome of one interviewer and record."""
    await uow.run(
        _SET_OUTCOME,
        record_id=record_id,
        interviewer_id=outcome.interviewer.id,
        email=outcome.interviewer.email,
        name=outcome.interviewer.name,
        decision=outcome.decision.value,
        note=outcome.note,
        at=uow.now,
    )


async def prune(uow: UnitOfWork, before: datetime, limit: int) -> int:
    """Remove guests and hosts who were last present before a time; return how many went."""
    guests = await uow.run(_PRUNE_GUESTS, before=before, limit=limit)
    return guests + await uow.run(_PRUNE_HOSTS, before=before, limit=limit - guests)


def _row(id: UUID, interview_id: UUID, state: str) -> tuple[UUID, UUID, str]:
    return id, interview_id, state


def _outcome(record_id: UUID, *rest: Any) -> tuple[UUID, Outcome]:
    interviewer_id, email, name, decision, note = rest
    author = Interviewer(interviewer_id, email, name)
    return record_id, Outcome(author, Decision(decision), note)


def _guest(id: UUID, interview_id: UUID, name: str, state: str, *times: Any) -> Guest:
    knocked_at, decided_at, present_until = times
    return Guest(
        id=id,
        interview_id=interview_id,
        name=name,
        state=GuestState(state),
        knocked_at=knocked_at,
        decided_at=decided_at,
        present_until=present_until,
    )


def _session(id: UUID, interview_id: UUID, began_at: datetime, *rest: Any) -> Session:
    ended_at, state, decision, note = rest
    return Session(
        id=id,
        interview_id=interview_id,
        began_at=began_at,
        ended_at=ended_at,
        recording_state=RecordingState(state),
        decision=None if decision is None else Decision(decision),
        note=note or "",
    )
