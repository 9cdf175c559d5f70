"""The clock's part in an interview's life: telling that it starts, and that it ends."""

from typing import Final
from uuid import UUID

import msgspec

from hirewire.interviews import store
from hirewire.interviews.facts import InterviewEnded, InterviewStarted
from hirewire.interviews.model import Interview, Status
from hirewire.runtime.db.unit import TaskCall, UnitOfWork
from hirewire.runtime.tasks import Handler

MOVE: Final = "interview.move"
"""The task that is due whenever the clock moves an interview on; its key is the interview."""

_BOTH: Final = 2
_REACHED: Final = {Status.SCHEDULED: 0, Status.IN_PROGRESS: 1, Status.COMPLETED: _BOTH}


def plan(uow: UnitOfWork, interview: Interview, told: int = 0) -> None:
    """
    Queue the task for what is to be told next of *interview*, of which *told* was.

    One that waits already is due at the earlier of both times, finds that it is too early,
    and plans anew. So nothing is ever taken back.
    """
    due_at = interview.ends_at if told else interview.starts_at
    payload = msgspec.json.encode(interview.id).decode()
    uow.enqueue(TaskCall(name=MOVE, payload=payload, key=interview.id.hex, due_at=due_at))


async def move(uow: UnitOfWork, payload: bytes) -> None:
    """Tell what the clock has brought about, once, and plan what it will bring next."""
    interview = await store.lock(uow, msgspec.json.decode(payload, type=UUID))
    if interview is None or interview.canceled_at is not None:
        return
    reached = _REACHED[interview.status(uow.now)]
    told = await store.told(uow, interview.id)
    if told < 1 <= reached:
        uow.tell(_started(interview))
    if told < _BOTH <= reached:
        uow.tell(_ended(interview))
    if told < reached:
        await store.set_told(uow, interview.id, reached)
    if reached < _BOTH:
        plan(uow, interview, reached)


async def replan(uow: UnitOfWork, interview: Interview) -> None:
    """Let what was told of a rescheduled interview be told again, and plan its new times."""
    reached = _REACHED[interview.status(uow.now)]
    told = await store.told(uow, interview.id)
    if reached < told:
        await store.set_told(uow, interview.id, reached)
    if min(reached, told) < _BOTH:
        plan(uow, interview, min(reached, told))


def _started(interview: Interview) -> InterviewStarted:
    return InterviewStarted(
        employer_id=interview.employer_id,
        interview_id=interview.id,
        sequence=interview.sequence,
        starts_at=interview.starts_at,
    )


def _ended(interview: Interview) -> InterviewEnded:
    return InterviewEnded(
        employer_id=interview.employer_id,
        interview_id=interview.id,
        sequence=interview.sequence,
        ends_at=interview.ends_at,
    )


HANDLERS: Final[dict[str, Handler]] = {MOVE: move}
