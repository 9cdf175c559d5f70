"""The table `tasks`: what waits, what runs, and what died."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from hirewire.runtime.db import Reader, TaskCall, UnitOfWork
from hirewire.runtime.tasks.errors import NoSuchDeadTask

# Of one key one task runs at a time, the one begun first.
_CLAIM: Final = """
    WITH due AS MATERIALIZED (
      SELECT id FROM tasks
      WHERE dead_at IS NULL AND due_at <= :now AND name IN :names
        AND (lease_id IS NULL OR leased_until <= :now)
        AND (key IS NULL OR lease_id IS NOT NULL OR NOT EXISTS (
          SELECT 1 FROM tasks AS begun
          WHERE begun.lease_id IS NOT NULL AND begun.name = tasks.name
            AND begun.key = tasks.key
        ))
      ORDER BY due_at, id LIMIT :limit @for_update @skip_locked
    )
    UPDATE tasks
    SET lease_id = :lease_id, leased_until = :leased_until, attempts = attempts + 1
    FROM due WHERE tasks.id = due.id
    RETURNING tasks.id AS "id [uuid]", name, payload, attempts,
      due_at AS "due_at [timestamptz]", lease_id AS "lease_id [uuid]"
"""
# Or SQLite, before it has statistics, takes the index by name, and goes through all that waits.
_NEXT_DUE: Final = """
    SELECT min(due_at) AS "due_at [timestamptz]" FROM tasks
    WHERE dead_at IS NULL AND lease_id IS NULL AND due_at > :now AND name || '' IN :names
"""
_NEXT_LAPSE: Final = """
    SELECT min(leased_until) AS "leased_until [timestamptz]" FROM tasks
    WHERE lease_id IS NOT NULL AND leased_until > :now AND name IN :names
"""
_COMPLETE: Final = "DELETE FROM tasks WHERE id = :id AND lease_id = :lease_id"
_RELEASE: Final = """
    UPDATE tasks
    SET lease_id = NULL, leased_until = NULL, attempts = :attempts, due_at = :due_at,
      last_error = :last_error
    WHERE id = :id AND lease_id = :lease_id AND NOT EXISTS (
      SELECT 1 FROM tasks AS waiting
      WHERE waiting.lease_id IS NULL AND waiting.dead_at IS NULL
        AND waiting.name = :name AND waiting.key = tasks.key
    )
"""
_BURY: Final = """
    UPDATE tasks
    SET lease_id = NULL, leased_until = NULL, dead_at = :dead_at, last_error = :last_error
    WHERE id = :id AND lease_id = :lease_id
"""
_CANCEL: Final = "DELETE FROM tasks WHERE name = :name AND key = :key AND dead_at IS NULL"
_PUT_OFF: Final = """
    UPDATE tasks SET due_at = :until
    WHERE dead_at IS NULL AND lease_id IS NULL AND due_at < :until AND name IN :names
"""
_WAITING: Final = """
    SELECT id, name, key, due_at, attempts, last_error FROM tasks
    WHERE dead_at IS NULL ORDER BY due_at, id LIMIT :limit
"""
_DEAD: Final = """
    SELECT id, name, key, payload, created_at, attempts, dead_at, last_error FROM tasks
    WHERE dead_at IS NOT NULL ORDER BY dead_at, id LIMIT :limit
"""
_COUNT_DEAD: Final = "SELECT count(*) FROM tasks WHERE dead_at IS NOT NULL"
_FORGET_DEAD: Final = """
    DELETE FROM tasks WHERE dead_at IS NOT NULL AND name = :name AND key = :key
"""
_TAKE_DEAD: Final = """
    DELETE FROM tasks WHERE id = :id AND dead_at IS NOT NULL RETURNING name, payload, key
"""


@dataclass(frozen=True, slots=True)
class ClaimedTask:
    """A task that is ours until its lease runs out."""

    id: UUID
    name: str
    payload: str
    attempts: int
    due_at: datetime
    lease_id: UUID


@dataclass(frozen=True, slots=True)
class WaitingTask:
    """A task that is due some time, or runs; *last_error* says why it did not succeed yet."""

    id: UUID
    name: str
    key: str | None
    due_at: datetime
    attempts: int
    last_error: str | None


@dataclass(frozen=True, slots=True)
class DeadTask:
    """A task that failed at its last attempt; a person decides about it."""

    id: UUID
    name: str
    key: str | None
    payload: str
    created_at: datetime
    attempts: int
    dead_at: datetime
    last_error: str


async def claim(
    uow: UnitOfWork, names: Collection[str], *, leased_until: datetime, limit: int
) -> list[ClaimedTask]:
    """Take up to *limit* tasks that are due, the earliest due first."""
    claimed = await uow.all(
        ClaimedTask,
        _CLAIM,
        now=uow.now,
        names=sorted(names),
        lease_id=uow.new_id(),
        leased_until=leased_until,
        limit=limit,
    )
    return sorted(claimed, key=lambda task: (task.due_at, task.id))


async def next_due(reader: Reader, names: Collection[str], now: datetime) -> datetime | None:
    """Return the next moment after *now* at which a task is due or a lease runs out."""
    moments = [
        await reader.value(sql, now=now, names=sorted(names))
        for sql in (_NEXT_DUE, _NEXT_LAPSE)
    ]
    return min((moment for moment in moments if moment is not None), default=None)


async def complete(uow: UnitOfWork, task: ClaimedTask) -> bool:
    """Remove a task that is done; false when it is no longer ours."""
    return await uow.run(_COMPLETE, id=task.id, lease_id=task.lease_id) == 1


async def release(
    uow: UnitOfWork,
    task: ClaimedTask,
    *,
    due_at: datetime,
    attempts: int,
    last_error: str | None,
) -> None:
    """Let a task wait again; where a double waits already, that one does the work."""
    released = await uow.run(
        _RELEASE,
        id=task.id,
        lease_id=task.lease_id,
        name=task.name,
        due_at=due_at,
        attempts=attempts,
        last_error=last_error,
    )
    if not released:
        await complete(uow, task)


async def bury(uow: UnitOfWork, task: ClaimedTask, last_error: str) -> None:
    """Keep a task that failed for good, for a person to see."""
    await uow.run(
        _BURY, id=task.id, lease_id=task.lease_id, dead_at=uow.now, last_error=last_error
    )


async def cancel(uow: UnitOfWork, name: str, key: str) -> bool:
    """
    Remove the task that waits under *name* and *key*; tell whether there was one.

    One that runs at this moment is undone if all its work is in its transaction.
    """
    return await uow.run(_CANCEL, name=name, key=key) > 0


async def put_off(uow: UnitOfWork, names: Collection[str], until: datetime) -> int:
    """Let the tasks of these *names* that wait be due at *until*, if they are due earlier."""
    return await uow.run(_PUT_OFF, names=sorted(names), until=until)


async def waiting(reader: Reader, limit: int = 100) -> list[WaitingTask]:
    """Return the tasks that wait or run, the earliest due first."""
    return await reader.all(WaitingTask, _WAITING, limit=limit)


async def dead(reader: Reader, limit: int = 100) -> list[DeadTask]:
    """Return the dead tasks, the longest dead first."""
    return await reader.all(DeadTask, _DEAD, limit=limit)


async def count_dead(reader: Reader) -> int:
    """Count the dead tasks, all of them."""
    return int(await reader.value(_COUNT_DEAD))


async def forget_dead(uow: UnitOfWork, name: str, key: str) -> None:
    """Remove the dead tasks under *name* and *key*, whose work another one did."""
    await uow.run(_FORGET_DEAD, name=name, key=key)


async def replay(uow: UnitOfWork, id: UUID) -> None:
    """
    Queue dead task *id* once more, with all its attempts, as a new task.

    Raises:
        NoSuchDeadTask: there is none.
    """
    uow.enqueue(await _take_dead(uow, id))


async def discard(uow: UnitOfWork, id: UUID) -> None:
    """
    Remove dead task *id*.

    Raises:
        NoSuchDeadTask: there is none.
    """
    await _take_dead(uow, id)


async def _take_dead(uow: UnitOfWork, id: UUID) -> TaskCall:
    call = await uow.one(_call, _TAKE_DEAD, id=id)
    if call is None:
        raise NoSuchDeadTask(id=str(id))
    return call


def _call(name: str, payload: str, key: str | None) -> TaskCall:
    return TaskCall(name=name, payload=payload, key=key)
